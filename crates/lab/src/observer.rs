//! What a run and its set-up tell while they go on. Nothing below a front end prints.

use crate::found::GUEST_NEEDS;
use mend_dataset::Joined;
use mend_journal::Torn;
use mend_repair::Report;
use std::any::Any;
use std::fmt;

/// Rows of a file that were left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Skipped {
    /// The file or data set.
    pub source: String,
    /// What one row is, such as `problem`.
    pub what: &'static str,
    /// Where each row stands and why it was left out.
    pub rows: Vec<String>,
}

/// Something that whoever waits should know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Note {
    /// Rows were left out, as somebody asked.
    Skipped(Skipped),
    /// Example tests of a file were joined to the data set.
    Joined {
        /// What that came to.
        joined: Joined,
        /// The file's name.
        file: String,
        /// How many problems were chosen.
        problems: usize,
    },
    /// A choice for the engine `process` changes nothing, because `wasm` runs every program.
    Unused(&'static str),
    /// The interpreter of the engine `wasm` is built already.
    GuestWasThere,
    /// The interpreter of the engine `wasm` was built and compiled.
    GuestBuilt {
        /// How long that took.
        seconds: u64,
        /// Where it is.
        path: String,
        /// Its size, if it can be told.
        bytes: Option<u64>,
    },
    /// A kill had left an unfinished entry at the journal's end, which was cut off.
    Cut(Torn),
    /// What a run goes on with is not what it began with.
    Changed(String),
    /// What a run took over of another one.
    TakenOver(String),
}

/// A wait that may be long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wait {
    /// The interpreter of the engine `wasm` is loaded: usually short, but the first time it is compiled.
    LoadingGuest,
    /// The interpreter of the engine `wasm` is built: a minute or two.
    BuildingGuest,
}

impl fmt::Display for Wait {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::LoadingGuest => {
                f.write_str("loading the interpreter of the engine `wasm` (the first time it is compiled)")
            }
            Self::BuildingGuest => write!(
                f,
                "building the interpreter of the engine `wasm`, once: this takes {GUEST_NEEDS}, and a minute or two"
            ),
        }
    }
}

/// Hears what is told. Does nothing by default.
pub trait Observer: Send {
    /// Hears of something that its user should know.
    fn note(&mut self, note: Note) {
        drop(note);
    }

    /// Hears how far a run is, and of its retries. Called for every event.
    fn report(&mut self, report: Report) {
        drop(report);
    }

    /// Hears that a wait begins. It is over when what this returns is dropped.
    fn wait(&mut self, wait: Wait) -> Box<dyn Any> {
        Box::new(wait)
    }
}

/// Hears nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Observer for Silent {}
