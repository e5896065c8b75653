//! Recorded traffic, and its replay without a network.
//!
//! A cassette is a file of JSON lines: a header with the models of the recorded run, then one line for each answer that
//! was used. An answer is found by the digest of model, sampling and messages, and by problem, replicate and node; so
//! the same prompt at two nodes has two answers, and neither order nor concurrency matters. Bodies of responses are
//! kept, headers and keys are not. Read [`Recorder`] and [`Tape`].

mod miss;
mod record;
mod replay;

pub use miss::Miss;
pub use record::{Recorded, Recorder};
pub use replay::{Replay, Tape};

use crate::protocol::request_digest;
use crate::saved::SavedAnswer;
use crate::{Message, Request};
use mend_core::{Digest, ModelIdentity, ProblemId, Sampling, Seat, Slot};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Version of the layout of cassettes.
const FORMAT: u32 = 1;

/// A model of the recorded run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RecordedModel {
    /// Who it was.
    pub identity: ModelIdentity,
    /// The completions that one request asked for at most; `None` for as many as there were to ask for.
    pub per_request: Option<u32>,
}

/// Line 1.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    cassette: u32,
    models: BTreeMap<Seat, RecordedModel>,
}

#[derive(Deserialize)]
struct FormatOnly {
    cassette: u32,
}

/// Any other line.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Exchange {
    /// [`request_digest`] of the request.
    request: Digest,
    model: String,
    seat: Seat,
    problem: ProblemId,
    replicate: u32,
    slots: Vec<Slot>,
    sampling: Sampling,
    messages: Vec<Message>,
    outcome: Outcome,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Outcome {
    Answer(SavedAnswer),
    /// Nobody asked any more.
    GaveUp(String),
}

impl Exchange {
    fn of(model: &str, request: &Request, outcome: Outcome) -> Self {
        Self {
            request: request_digest(model, request),
            model: model.to_owned(),
            seat: request.seat,
            problem: request.problem.clone(),
            replicate: request.replicate,
            slots: request.slots.clone(),
            sampling: request.sampling.clone(),
            messages: request.messages.clone(),
            outcome,
        }
    }
}

/// A cassette that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CassetteError {
    /// There is nothing in it.
    #[error("{path}: holds no recorded traffic")]
    Empty {
        /// The file, as the user named it.
        path: String,
    },
    /// Another layout.
    #[error("{path}: written in layout {found} of cassettes, and this mend reads {FORMAT}")]
    Format {
        /// The file.
        path: String,
        /// Its layout.
        found: u32,
    },
    /// A line is none.
    #[error("{path}:{line}: {why}")]
    Line {
        /// The file.
        path: String,
        /// The line, from 1.
        line: usize,
        /// What is wrong with it.
        why: String,
    },
    /// It was recorded with other models.
    #[error("{path}: was recorded with other models: {recorded}")]
    OtherModels {
        /// The file.
        path: String,
        /// Those of the file.
        recorded: String,
    },
    /// It cannot be written.
    #[error("cannot write {path}: {why}")]
    Write {
        /// The file.
        path: String,
        /// What is wrong.
        why: String,
    },
}

#[cfg(test)]
mod tests;
