//! What is read of completions that hold no program.

use crate::feedback::opinion;
use mend_core::{Found, Kind, Problem};

/// Reads a completion of a kind.
pub(crate) fn read(kind: Kind, text: &str, _problem: &Problem) -> Found {
    match kind {
        Kind::Program | Kind::Repair | Kind::Note => Found::Note,
        Kind::Feedback => Found::Critique { opinion: opinion(text), spans: Vec::new() },
        Kind::Tests => Found::Tests { tests: Vec::new(), dropped: 0 },
        Kind::Judgement => Found::Judgement { score: None, choice: None },
        Kind::Question => Found::Answer { yes: None },
    }
}
