//! `mend view`: runs in a browser.

use crate::args::ViewArgs;
use crate::exit::{Exit, Failure};
use mend_page::{Parts, Served};
use serde::de::DeserializeOwned;
use std::ffi::OsStr;
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
    if !args.comparison_of.is_empty() {
        let page = super::compare::served(&args.comparison_of, &args.links)?;
        crate::print(&serde_json::to_string(&page).map_err(Failure::bug)?)?;
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
            served = mend_view::serve(listener, &args.folder, mend_view::Makers { figures: Arc::new(figures), comparison: Arc::new(comparison) }) => served.map_err(Failure::usage)?,
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
fn figures(run: &Path) -> Result<Parts, String> {
    said(&[OsStr::new("--figures-of"), run.as_os_str()])
}

/// The page that compares two runs, by a process of its own as well.
fn comparison(runs: [(&str, &Path); 2]) -> Result<Served, String> {
    let [(a, folder_a), (b, folder_b)] = runs;
    let links = [a, b].map(mend_page::address);
    let words = ["--comparison-of".as_ref(), folder_a.as_os_str(), folder_b.as_os_str(), "--links".as_ref()];
    said(&[&words[..], &links.each_ref().map(OsStr::new)].concat())
}

/// What another process of this very program says, as JSON.
#[expect(clippy::disallowed_methods, reason = "this very program, to read a journal; no candidate is near")]
fn said<T: DeserializeOwned>(words: &[&OsStr]) -> Result<T, String> {
    let own = std::env::current_exe().map_err(|error| format!("cannot find the program `mend`: {error}"))?;
    let mut command = std::process::Command::new(own);
    command.arg("view").args(words).stdin(Stdio::null());
    let output = command.output().map_err(|error| format!("cannot start `mend`: {error}"))?;
    if !output.status.success() {
        let told = String::from_utf8_lossy(&output.stderr);
        return Err(told.trim().trim_start_matches("error: ").to_owned());
    }
    serde_json::from_slice(&output.stdout).map_err(|error| format!("`mend` said something else than a page: {error}"))
}
