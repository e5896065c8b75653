//! Benchmark files to problems: the only crate that knows the formats of data sets.
//!
//! Read [`load()`] first. It takes a bundle of files as bytes and yields a [`Dataset`]; opening, fetching and
//! decompressing files is the caller's work. Two formats are understood and may be mixed in one bundle: HumanEval
//! rows in `*.jsonl` files, and APPS folders with a `question.txt`. A [`Card`] describes a data set that people know
//! by name, and [`starter()`] is the one that is always at hand.

mod apps;
mod card;
mod error;
mod fields;
mod humaneval;
mod load;
mod mutants;
mod starter;

pub use card::{Card, CardFile, cards, check_sha256};
pub use error::{DatasetError, Flaw};
pub use load::{Dataset, OnInvalid, Skipped, SourceFile, load};
pub use starter::starter;
