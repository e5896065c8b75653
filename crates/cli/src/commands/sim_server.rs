//! `mend sim-server`: simulated programmers behind HTTP.

use crate::args::SimServerArgs;
use crate::exit::{Exit, Failure};
use crate::heard::tell_skipped;
use mend_dataset::OnInvalid;
use mend_loopback::Behaviour;
use serde_json::json;
use tokio::net::TcpListener;

/// `mend sim-server`
pub fn run(args: &SimServerArgs) -> Result<Exit, Failure> {
    let found = args.open.dataset(&args.dataset, OnInvalid::Skip)?;
    tell_skipped(&found.skipped());
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(Failure::bug)?;
    runtime.block_on(async {
        let listener = TcpListener::bind(("127.0.0.1", args.port)).await.map_err(|error| {
            Failure::usage(format!("cannot listen on port {} of 127.0.0.1: {error}", args.port))
                .hint("choose another with `--port`, or `--port 0` for any that is free")
        })?;
        let address = listener.local_addr().map_err(Failure::usage)?;
        // A script waits for this line.
        let url = format!("http://{address}/v1");
        if args.json {
            crate::print_json(&json!({ "url": url }))?;
        } else {
            crate::print(&url)?;
        }
        crate::tell(&format!(
            "simulated programmers who know `{}`; Ctrl-C ends it\nfor example: LOCAL_BASE_URL=http://{address}/v1 mend \
             run --dataset {} --model openai-api/local/sim/journeyman",
            found.dataset.name, args.dataset
        ));
        let latency = Some(args.latency).filter(|latency| !latency.is_zero());
        let behaviour = Behaviour { latency, ..Behaviour::default() };
        tokio::select! {
            served = mend_loopback::serve(listener, &found.dataset.problems, behaviour) => served.map_err(Failure::usage)?,
            _ = tokio::signal::ctrl_c() => {}
        }
        Ok(Exit::Complete)
    })
}
