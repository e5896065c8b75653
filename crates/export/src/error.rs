//! What can go wrong with an export.

use crate::Flag;
use mend_journal::JournalError;
use std::io;

/// An export that cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// A run that cannot be read.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// An option that the kind would pass over.
    #[error("`{kind}` does not use `{flag}`")]
    UnusedFlag {
        /// The kind.
        kind: &'static str,
        /// The option.
        flag: &'static str,
        /// Those that it uses.
        known: &'static [Flag],
    },
    /// An option with a value that means nothing.
    #[error("`{flag}` is {found}, and must be {expected}")]
    BadOption {
        /// The option.
        flag: &'static str,
        /// Its value.
        found: String,
        /// What would do.
        expected: &'static str,
    },
    /// A run that was named twice.
    #[error("the run `{run}` was named twice: by `{folder}`, too")]
    NamedTwice {
        /// The run's id.
        run: String,
        /// The second folder.
        folder: String,
    },
    /// Several runs, of which there can be one alone.
    #[error("`{kind}` is about one run, and several were named")]
    OneRun {
        /// The kind.
        kind: &'static str,
    },
    /// What was made cannot be written.
    #[error("cannot write the export")]
    Write(#[source] io::Error),
}

impl ExportError {
    /// What the user can do about it, as a lowercase fragment; `None` if the message says it all, and for runs.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::UnusedFlag { kind, known: [], .. } => Some(format!("leave it out: `{kind}` takes no options")),
            Self::UnusedFlag { kind, known, .. } => {
                let names: Vec<String> = known.iter().map(|flag| format!("`{}`", flag.name())).collect();
                Some(format!("leave it out: `{kind}` takes {}", names.join(", ")))
            }
            Self::NamedTwice { .. } => Some("name each run once: its rows would stand there twice".to_owned()),
            Self::OneRun { kind } => Some(format!("name one: `mend export {kind} <run>`, once for each")),
            Self::Write(_) => Some("make room, or name another file by `--out`".to_owned()),
            Self::Journal(_) | Self::BadOption { .. } => None,
        }
    }
}
