//! One answer in a trajectory: where it stands, what it holds, and what the file says of it.

use mend_core::{Seat, Slot, Status, SuiteVerdict, Usage};

/// An answer of the model.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Step {
    /// Its place.
    pub(super) slot: Slot,
    /// Who wrote it.
    pub(super) seat: Seat,
    /// What it answers, as far as the file has it.
    pub(super) prompt: String,
    /// The answers that its prompt showed.
    pub(super) shows: Vec<Slot>,
    /// The answer.
    pub(super) text: String,
    /// What the file counts for it.
    pub(super) usage: Usage,
    /// What its harness told of it, in words.
    pub(super) told: Option<String>,
    /// What it is.
    pub(super) end: End,
}

/// What an answer is.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum End {
    /// A text that later prompts show.
    Note,
    /// A reflection on the program above it.
    Critique,
    /// A program.
    Program(Ran),
}

/// A program, and what the file records of it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Ran {
    /// The program; `None` if the answer holds none.
    pub(super) program: Option<String>,
    /// Whether it is complete as it stands, rather than to run behind the statement's imports and helpers.
    pub(super) is_complete: bool,
    /// What the visible tests gave.
    pub(super) public: Option<SuiteVerdict>,
    /// Whether it passes the deciding tests.
    pub(super) hidden: Option<bool>,
}

impl Step {
    /// A program with nothing recorded of it.
    pub(super) fn program(slot: Slot, text: &str) -> Self {
        let seat = if slot.is_first_program() { Seat::CODER } else { Seat::REPAIRER };
        let end = End::Program(Ran { program: Some(text.to_owned()), is_complete: false, public: None, hidden: None });
        Self::of(slot, seat, text, end)
    }

    /// An answer without anything beside its text.
    pub(super) fn of(slot: Slot, seat: Seat, text: &str, end: End) -> Self {
        Self {
            slot,
            seat,
            prompt: String::new(),
            shows: Vec::new(),
            text: text.to_owned(),
            usage: Usage::default(),
            told: None,
            end,
        }
    }

    /// The program that it is; `None` for other answers.
    pub(super) fn ran_mut(&mut self) -> Option<&mut Ran> {
        match &mut self.end {
            End::Program(ran) => Some(ran),
            End::Note | End::Critique => None,
        }
    }

    /// The program that it is; `None` for other answers.
    pub(super) fn ran(&self) -> Option<&Ran> {
        match &self.end {
            End::Program(ran) => Some(ran),
            End::Note | End::Critique => None,
        }
    }
}

/// A suite of which only the end is known.
pub(super) fn recorded(passes: bool, total: u32) -> SuiteVerdict {
    // The file says that it fails, and not how.
    let status = if passes { Status::Passed } else { Status::WrongAnswer };
    SuiteVerdict { status, tests: Vec::new(), total }
}
