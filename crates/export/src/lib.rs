//! What runs hold, as records for trainers and other tools: samples to train on, pairs, trajectories.
//!
//! Read [`Kind`] first: a kind of export is a table entry with a name, options, the schema of its rows, and what makes them.
//! [`export()`] reads runs one problem at a time and gives each problem's trees to it, so that memory is bounded by one
//! problem's trees. A kind is one file below `kinds`, with its type of row: what a field means stands there once, and is both
//! the schema's description and the page of documentation.
//!
//! It computes no figure that a report has (what a critique names it asks where those figures come from), and opens no file but runs and a nameless scratch file: a [`Sink`] takes what it
//! makes.

mod export;
mod kind;
mod options;
mod out;
mod problem;

mod kinds;

mod card;
mod changes;
mod parquet;
mod uptake;

mod alike_rows;
mod distinct;
mod edits;
mod messages;
mod node;
mod provenance;
mod samples;
mod score;
mod shown;
mod verdict;

mod docs;
mod error;
mod schema;

#[cfg(test)]
mod fixture;

pub use changes::{FieldChange, changes};
pub use docs::documentation;
pub use error::ExportError;
pub use export::export;
pub use kind::{Form, Kind, Make};
pub use kinds::{KINDS, LogFormat, Rule, kind};
pub use options::{Flag, Options, Statements, WITH_STATEMENTS};
pub use out::{Out, RunState, Sink, Tally};
pub use parquet::Parquet;
pub use problem::{OfProblem, Run};
pub use provenance::Provenance;
pub use score::ScoredOn;

/// Version of the layout of exports: every row has it. A field that goes away or changes its meaning raises it; one that is
/// added does not.
pub const EXPORT_VERSION: u32 = 1;
