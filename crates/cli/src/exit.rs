//! How `mend` ends: its exit codes, and how it tells an error.

pub use mend_lab::{Failure, Kind};

use std::error::Error as _;
use std::fmt::Write as _;
use std::process::ExitCode;

/// The exit codes, a promise to scripts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// Everything was done.
    Complete = 0,
    /// A check found something: programs of a data set that do not fare as listed.
    Found = 1,
    /// The command line, the configuration or the input is wrong.
    Usage = 2,
    /// Data do not match their digest.
    Digest = 3,
    /// Finished, with problems that could not be scored.
    Unscored = 4,
    /// Stopped early by a budget, an interrupt or a full disk. `mend resume` goes on.
    Stopped = 5,
    /// A bug of ours.
    Bug = 70,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

impl From<Kind> for Exit {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Usage => Self::Usage,
            Kind::Digest => Self::Digest,
            Kind::Stopped => Self::Stopped,
            Kind::Bug => Self::Bug,
        }
    }
}

/// A failure as the user reads it: the chain of causes, and one hint.
pub fn told(failure: &Failure) -> String {
    let mut text = format!("error: {failure}");
    let mut cause = failure.source();
    while let Some(error) = cause {
        let _ = write!(text, "\n  cause: {error}");
        cause = error.source();
    }
    if let Some(hint) = failure.advice() {
        let _ = write!(text, "\nhint: {hint}");
    }
    printable(&text)
}

/// Text without control sequences: names in it come from files.
pub fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() && c != '\n' { '\u{fffd}' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_tell_causes_and_one_hint_without_control_sequences() {
        let failure = Failure::usage("bad \u{1b}[31mred").hint("look at it");
        assert_eq!(told(&failure), "error: bad \u{fffd}[31mred\nhint: look at it");
    }
}
