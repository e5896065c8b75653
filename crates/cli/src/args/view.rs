//! `mend view`.

use clap::Args;
use std::net::SocketAddr;
use std::path::PathBuf;

/// `mend view`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  mend view
  mend view results/presets --open
  mend view results/starter-self-repair-sim-journeyman-1a2b3c4d --port 0

It listens on 127.0.0.1 alone, answers nothing but GET, and changes nothing. Ctrl-C ends it.
From another machine: ssh -L 8090:127.0.0.1:8090 <machine>")]
pub struct ViewArgs {
    /// The folder that holds runs, or one run.
    #[arg(default_value = "results", value_name = "DIR")]
    pub folder: PathBuf,
    /// The port of 127.0.0.1 to listen on; 0 for any that is free.
    #[arg(long, default_value = "8090")]
    pub port: u16,
    /// Where to listen instead: an address of this machine that no other reaches, such as `[::1]:8090`.
    #[arg(long, value_name = "ADDRESS", conflicts_with = "port")]
    pub listen: Option<SocketAddr>,
    /// Open it in a browser.
    #[arg(long)]
    pub open: bool,
    /// Print what is served of this run, and end. The server asks for it, so that it stays small itself.
    #[arg(long, hide = true, value_name = "RUN", conflicts_with_all = ["listen", "open"])]
    pub figures_of: Option<PathBuf>,
    /// Print the page that compares these two runs, and end.
    #[arg(long, hide = true, num_args = 2, value_name = "RUN", conflicts_with_all = ["listen", "open", "figures_of"])]
    pub comparison_of: Vec<PathBuf>,
    /// The addresses under which both runs are served.
    #[arg(long, hide = true, num_args = 2, value_name = "ADDRESS", requires = "comparison_of")]
    pub links: Vec<String>,
}
