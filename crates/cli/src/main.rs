//! The binary `mend`: arguments, configuration, files, progress and exit codes. No algorithm lives here.

#![expect(unreachable_pub, reason = "in a binary `pub` says which items a module offers to its neighbours")]

mod args;
mod asked;
mod commands;
mod comparing;
mod config;
#[cfg(test)]
mod documented;
mod exit;
mod grid;
mod heard;
mod log;
mod notices;
mod output;
mod progress;
mod sampling;
mod waiting;

use args::Command;
use exit::{Exit, Failure};
use output::{print, print_json, tell, unless_nobody_reads};
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
            tell(&exit::told(&failure));
            Exit::from(failure.kind()).into()
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
        Command::Plan(plan) => commands::plan::run(&plan),
        Command::Score(score) => commands::score::run(&score),
        Command::Resume(resume) => commands::resume::run(&resume),
        Command::Rejudge(rejudge) => commands::rejudge::run(&rejudge),
        Command::Report(report) => commands::report::run(&report),
        Command::Compare(compare) => commands::compare::run(&compare),
        Command::Gate(gate) => commands::gate::run(&gate),
        Command::Runs(runs) => commands::runs::run(&runs),
        Command::Watch(watch) => commands::watch::run(&watch),
        Command::View(view) => commands::view::run(&view),
        Command::Show(show) => commands::show::run(&show),
        Command::Export(export) => commands::export::run(&export),
        Command::Import(import) => commands::import::run(&import),
        Command::Datasets(datasets) => commands::datasets::run(datasets),
        Command::Strategies(strategies) => commands::strategies::run(strategies),
        Command::Models(models) => commands::models::run(models),
        Command::Cache(cache) => commands::cache::run(cache),
        Command::Feedback(feedback) => commands::feedback::run(feedback),
        Command::Serve(serve) => commands::serve::run(&serve),
        Command::SimServer(server) => commands::sim_server::run(&server),
        Command::Doctor(doctor) => commands::doctor::run(&doctor),
        Command::Tour(tour) => commands::tour::run(&tour),
        Command::Completions(completions) => commands::shell::completions(&completions),
        Command::Man(man) => commands::shell::man(&man),
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
