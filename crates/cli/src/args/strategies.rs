//! `mend strategies`

use super::MachineArgs;
use clap::{Args, Subcommand};

/// `mend strategies`
#[derive(Debug, Subcommand)]
pub enum StrategiesCommand {
    /// List the strategies that come with mend.
    List {
        /// JSON instead of a table.
        #[arg(long, env = "MEND_JSON")]
        json: bool,
    },
    /// Show what a strategy does and may know, and its text; `lib` shows the helpers that any strategy may load.
    #[command(
        after_help = "Examples:\n  mend strategies show self-repair\n  mend strategies show self-repair --set see=public\n  mend strategies show self-repair --templates\n  mend strategies show mine.star\n  mend strategies show lib --templates"
    )]
    Show {
        /// A name, a file that ends in `.star`, or `lib`.
        strategy: String,
        /// Also the helpers that it loads, and the pieces of text that its templates include.
        #[arg(long)]
        templates: bool,
        /// A parameter of the strategy, as in `--set n_p=20`.
        #[arg(long, value_name = "NAME=VALUE")]
        set: Vec<String>,
        /// JSON instead of text.
        #[arg(long, env = "MEND_JSON")]
        json: bool,
    },
    /// Check a strategy, and run it against a simulated programmer on a few problems of `starter`.
    Check(Box<CheckArgs>),
    /// Write a strategy to begin with: it works, and its comments say what to change.
    New {
        /// The strategy's name; its file is `<name>.star`, in the current folder.
        name: String,
        /// JSON instead of words.
        #[arg(long, env = "MEND_JSON")]
        json: bool,
    },
}

/// `mend strategies check`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  mend strategies check mine.star
  mend strategies check widths --set widths=3,2 --problems 5")]
pub struct CheckArgs {
    /// A name, or a file that ends in `.star`.
    pub strategy: String,
    /// A parameter of the strategy, as in `--set n_p=20`.
    #[arg(long, value_name = "NAME=VALUE")]
    pub set: Vec<String>,
    /// Problems of `starter` to try it on.
    #[arg(long, default_value = "6", value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub problems: u16,
    /// The simulated programmer.
    #[arg(long, default_value = "sim/journeyman", value_name = "MODEL")]
    pub model: String,
    /// This machine.
    #[command(flatten)]
    pub machine: MachineArgs,
    /// JSON instead of text.
    #[arg(long, env = "MEND_JSON")]
    pub json: bool,
}
