//! A run's directory: the manifest, and the append-only record of everything that the run learned.
//!
//! Read [`Journal`] first: it creates or resumes a run and appends its entries. [`read`] gives a finished
//! or a running one to reports, and [`Recorded::trees`] folds it back through the same
//! [`RepairTree::apply`](mend_core::RepairTree::apply) that grew the trees live; [`replay`] gives the trees alone. [`Indexed`] does the same one problem at a
//! time, for whoever needs the texts of a run that is larger than memory.
//!
//! The law of this crate: after a kill at any byte, what is read is a prefix of what was appended, and it
//! holds every entry whose [`Ticket`] was durable. Anything else in the file is an error that names its line.
//!
//! It decides nothing about a run: what to ask again, and what a lost request costs, is the driver's business.

mod indexed;
mod journal;
mod recorded;
mod replayed;
mod search;
mod writer;

mod error;
mod line;
mod manifest;

#[cfg(test)]
mod fixture;

pub use error::JournalError;
pub use indexed::Indexed;
pub use journal::Journal;
pub use manifest::{identity_digest, read as read_manifest};
pub use recorded::{Bodies, Recorded, Torn, read};
pub use replayed::{Replayed, replay};
pub use search::{Ended, Excerpt, Found, Part, Step, search};
pub use writer::Ticket;

/// The append-only file of a run's directory.
pub const JOURNAL: &str = "journal.jsonl";
/// The manifest's file of a run's directory.
const MANIFEST: &str = "manifest.json";
/// The manifest while it is written. It may be left behind by a kill, and means nothing.
const MANIFEST_TEMPORARY: &str = ".manifest.json.tmp";
