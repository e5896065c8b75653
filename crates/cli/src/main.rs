//! The binary `mend`: arguments, configuration, files, progress and exit codes. No algorithm lives here.

#![expect(unreachable_pub, reason = "in a binary `pub` says which items a module offers to its neighbours")]

mod args;
mod commands;
mod config;
mod engines;
mod exit;
mod experiment;
mod files;
mod grid;
#[cfg(feature = "wasm")]
mod guest;
#[cfg(not(feature = "wasm"))]
#[path = "without_guest.rs"]
mod guest;
mod log;
mod notices;
mod progress;
mod seats;
#[cfg(feature = "wasm")]
mod waiting;

use args::Command;
use exit::{Exit, Failure};
use std::ffi::OsString;
use std::io::Write as _;
use std::panic;
use std::process::ExitCode;
use tokio::signal::unix::{SignalKind, signal};

fn main() -> ExitCode {
    panic::set_hook(Box::new(|info| {
        tell(&format!("error: mend has a bug: {info}\nhint: please report it with what you did; a run can be resumed"));
    }));
    outlive_file_size_limit();
    let arguments: Vec<OsString> = std::env::args_os().collect();
    match panic::catch_unwind(|| run(&arguments)) {
        Ok(Ok(exit)) => exit.into(),
        Ok(Err(failure)) => {
            tell(&failure.to_string());
            failure.exit.into()
        }
        Err(_) => Exit::Bug.into(),
    }
}

fn run(arguments: &[OsString]) -> Result<Exit, Failure> {
    let cli = match config::parse(arguments)? {
        Ok(cli) => cli,
        Err(message) => {
            let exit = if message.use_stderr() { Exit::Usage } else { Exit::Complete };
            let printed = message.print().and_then(|()| std::io::stdout().flush());
            if exit == Exit::Complete {
                printed.or_else(|source| unless_nobody_reads(&source))?;
            }
            return Ok(exit);
        }
    };
    log::start(&cli.log)?;
    match cli.command {
        Command::Run(run) => commands::run::run(&run),
        Command::Score(score) => commands::run::score(&score),
        Command::Resume(resume) => commands::run::resume(&resume),
        Command::Report(report) => commands::report::run(&report),
        Command::Runs(runs) => commands::runs::run(&runs),
        Command::Show(show) => commands::show::run(&show),
        Command::Import(import) => commands::import::run(&import),
        Command::Datasets(datasets) => commands::datasets::run(datasets),
        Command::Strategies(strategies) => commands::strategies::run(strategies),
        Command::Models(models) => commands::models::run(models),
        Command::Cache(cache) => commands::cache::run(cache),
        Command::Feedback(feedback) => commands::feedback::run(feedback),
        Command::SimServer(server) => commands::sim_server::run(&server),
        Command::Doctor(doctor) => commands::doctor::run(&doctor),
    }
}

/// Lets a file-size limit be an error of the write instead of the end of the process.
fn outlive_file_size_limit() {
    const SIGXFSZ: SignalKind = SignalKind::from_raw(25);
    // The handler that the runtime installs stays when the runtime goes.
    let installed = tokio::runtime::Builder::new_current_thread().enable_io().build().and_then(|runtime| {
        let _inside = runtime.enter();
        signal(SIGXFSZ)
    });
    // Without it a full disk is still told, and only the limit is not.
    drop(installed);
}

/// Writes a message to stderr.
fn tell(message: &str) {
    // Nobody reads a closed stderr.
    let _ = writeln!(std::io::stderr(), "{}", exit::printable(message));
}

/// Writes data to stdout. A reader that went away, such as `head`, ends the output quietly; any other refusal is an
/// error, since whoever asked does not have the data.
fn print(data: &str) -> Result<(), Failure> {
    let mut stdout = std::io::stdout().lock();
    let written = writeln!(stdout, "{}", data.trim_end_matches('\n')).and_then(|()| stdout.flush());
    written.or_else(|source| unless_nobody_reads(&source))
}

fn unless_nobody_reads(source: &std::io::Error) -> Result<(), Failure> {
    if source.kind() == std::io::ErrorKind::BrokenPipe {
        return Ok(());
    }
    let failure = Failure::usage(format!("cannot write to standard output: {source}")).with_exit(Exit::Stopped);
    Err(failure.hint("make room, or send the output elsewhere, then ask again"))
}
