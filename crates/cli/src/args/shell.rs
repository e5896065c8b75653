//! What a shell and `man` take from the command line's own description, and the tour.

use clap::Args;
use clap_complete::Shell;
use std::path::PathBuf;

/// `mend completions`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  mend completions bash > ~/.local/share/bash-completion/completions/mend
  mend completions zsh > ~/.zfunc/_mend
  mend completions fish > ~/.config/fish/completions/mend.fish")]
pub struct CompletionsArgs {
    /// The shell.
    pub shell: Shell,
}

/// `mend man`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  mend man | man -l -
  mend man --out ~/.local/share/man/man1")]
pub struct ManArgs {
    /// A folder for the pages of all commands. [default: the page of `mend` goes to standard output]
    #[arg(long, value_name = "FOLDER")]
    pub out: Option<PathBuf>,
}

/// `mend tour`
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  mend tour --open")]
pub struct TourArgs {
    /// Open the report in a browser at the end.
    #[arg(long)]
    pub open: bool,
}
