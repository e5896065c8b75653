//! What a run shows while it goes on, and whoever watches it.

use clap::Args;
use std::path::PathBuf;
use std::time::Duration;

/// Where a run shows how it is.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Output")]
pub struct StatusArgs {
    /// Show how the run is also in this file, or on this Unix socket (`unix:<path>`, or a path that ends in `.sock`).
    /// `mend watch <RUN>` needs neither.
    #[arg(long, env = "MEND_STATUS", value_name = "FILE|SOCKET")]
    pub status: Option<PathBuf>,
    /// Keep no `status.json` in the run's folder while it goes on. Without any status a run cannot be paused.
    #[arg(long, env = "MEND_NO_STATUS")]
    pub no_status: bool,
}

/// `mend watch`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  mend watch results/starter-self-repair-sim-journeyman-1a2b3c4d
  mend watch results/starter-self-repair-sim-journeyman-1a2b3c4d --once --json
  mend watch results/starter-self-repair-sim-journeyman-1a2b3c4d --pause
  mend run --dataset starter --model sim/journeyman --status /tmp/status.json &
  mend watch /tmp/status.json

On a terminal it shows the run until it ends, and takes keys: p pauses, r goes on, q ends the watching and not the run. \
Elsewhere it writes a line each time that something changed.

A pause buys nothing new, and lets what is in flight come home. It is kept in the run's memory alone: a paused run that \
is stopped or killed goes on by `mend resume` like any other, and no number depends on a pause.

A run that ended, or that keeps no status, is shown by its journal. One whose process is gone without a word has `died`.")]
#[expect(clippy::struct_excessive_bools, reason = "independent switches of a command line")]
pub struct WatchArgs {
    /// The folder of the run, or the file or socket of its `--status`.
    #[arg(value_name = "RUN|STATUS")]
    pub run: PathBuf,
    /// Show how it is now, and end.
    #[arg(long, env = "MEND_ONCE")]
    pub once: bool,
    /// JSON instead of words: one document with `--once`, else a line each time.
    #[arg(long, env = "MEND_JSON")]
    pub json: bool,
    /// Ask the run for a pause, wait until nothing of it is in flight, show it and end.
    #[arg(long, conflicts_with = "resume")]
    pub pause: bool,
    /// Ask a paused run to go on, show it and end.
    #[arg(long)]
    pub resume: bool,
    /// How often it looks, in seconds.
    #[arg(long, env = "MEND_EVERY", default_value = "1", value_name = "SECONDS", value_parser = every)]
    pub every: Duration,
}

fn every(text: &str) -> Result<Duration, String> {
    match text.parse::<f64>() {
        Ok(seconds) if (0.1..=3600.0).contains(&seconds) => Ok(Duration::from_secs_f64(seconds)),
        _ => Err("expected seconds between 0.1 and 3600".to_owned()),
    }
}
