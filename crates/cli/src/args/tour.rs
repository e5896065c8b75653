//! `mend tour`.

use clap::Args;

/// `mend tour`
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  mend tour --open")]
pub struct TourArgs {
    /// Open the report in a browser at the end.
    #[arg(long)]
    pub open: bool,
}
