//! `mend view`: runs in a browser.

use crate::args::ViewArgs;
use crate::exit::{Exit, Failure};
use mend_page::Parts;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;
use tokio::net::TcpListener;

/// `mend view`
pub fn run(args: &ViewArgs) -> Result<Exit, Failure> {
    if let Some(run) = &args.figures_of {
        let parts = super::report::parts(run)?;
        crate::print(&serde_json::to_string(&parts).map_err(Failure::bug)?)?;
        return Ok(Exit::Complete);
    }
    let address = match args.listen {
        None => SocketAddr::from((Ipv4Addr::LOCALHOST, args.port)),
        Some(address) if address.ip().is_loopback() => address,
        Some(address) => {
            let hint = "listen on 127.0.0.1, and reach it from elsewhere through ssh -L";
            let words =
                format!("{address} can be reached from other machines, and `mend view` asks nobody for a password");
            return Err(Failure::usage(words).hint(hint));
        }
    };
    check(&args.folder)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(Failure::bug)?;
    let exit: Result<Exit, Failure> = runtime.block_on(async {
        let listener = TcpListener::bind(address).await.map_err(|error| {
            Failure::usage(format!("cannot listen on {address}: {error}"))
                .hint("choose another with `--port`, or `--port 0` for any that is free")
        })?;
        let address = listener.local_addr().map_err(Failure::usage)?;
        // A script waits for this line.
        crate::print(&format!("http://{address}/"))?;
        crate::tell(&format!("shows the runs of `{}`; Ctrl-C ends it", args.folder.display()));
        if args.open
            && let Err(failure) = super::report::open_in_browser(&format!("http://{address}/"))
        {
            // It can be opened by hand.
            crate::tell(&crate::exit::told(&failure));
        }
        tokio::select! {
            served = mend_view::serve(listener, &args.folder, Arc::new(figures)) => served.map_err(Failure::usage)?,
            _ = tokio::signal::ctrl_c() => {}
        }
        Ok(Exit::Complete)
    });
    // Nobody waits for answers that are still being made.
    runtime.shutdown_background();
    exit
}

/// Whether there is such a folder.
fn check(folder: &Path) -> Result<(), Failure> {
    std::fs::read_dir(folder).map(drop).map_err(|source| {
        let failure = Failure::usage(format!("cannot read `{}`: {source}", folder.display()));
        failure.hint("`mend run` and `mend score` put runs below `results`; name another folder if yours lie elsewhere")
    })
}

/// The figures of a run, by a process of its own: they may take far more memory than a server should.
#[expect(clippy::disallowed_methods, reason = "this very program, to read a journal; no candidate is near")]
fn figures(run: &Path) -> Result<Parts, String> {
    let own = std::env::current_exe().map_err(|error| format!("cannot find the program `mend`: {error}"))?;
    let mut command = std::process::Command::new(own);
    command.args(["view", "--figures-of"]).arg(run).stdin(Stdio::null());
    let output = command.output().map_err(|error| format!("cannot start `mend`: {error}"))?;
    if !output.status.success() {
        let told = String::from_utf8_lossy(&output.stderr);
        return Err(told.trim().trim_start_matches("error: ").to_owned());
    }
    serde_json::from_slice(&output.stdout).map_err(|error| format!("`mend` said something else than figures: {error}"))
}
