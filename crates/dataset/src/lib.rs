//! Benchmark files to problems: the only crate that knows the formats of data sets.
//!
//! Read [`load()`] first. It takes a bundle of files as bytes and yields a [`Dataset`]; opening, fetching and
//! decompressing files is the caller's work. A [`Card`] describes a data set that people know by name, and
//! [`starter()`] is the one that is always at hand.
//!
//! Rows stand in `*.jsonl` files, one a line, or in a `*.json` file that holds one array of objects. What a row is of
//! is told by its keys, and a folder by its files; formats may be mixed in one bundle. Of several lines of this table
//! that fit, the first one counts:
//!
//! | told by | format | asks for | tests |
//! |---|---|---|---|
//! | key `statement` | ours, `datasets/problem.schema.json` | function or program | calls and scripts, or inputs and outputs |
//! | keys `program` and `expected` | recorded programs | nothing | an empty input |
//! | key `buggy_solution` | HumanEvalFix, Python | the rest of a module | one script; examples of the prompt |
//! | key `test_list` | MBPP, full or sanitized | function | one script for each assert |
//! | key `question` | APPS as rows | function or program | calls, or inputs and outputs |
//! | any other row | HumanEval | the rest of a module | one script; examples of the prompt |
//! | file `question.txt` | APPS as folders | function or program | calls, or inputs and outputs |
//! | folder `python_programs` | QuixBugs | function | calls, or scripts |
//!
//! HumanEvalFix and QuixBugs are sets of bugs: see [`Dataset::starting_programs`]. All programs that stand in a data
//! set, solutions and damaged ones, come out of [`Dataset::listed`]. [`Dataset::select`] takes a part of the problems,
//! [`Dataset::split`] makes other tests public.

mod apps;
mod card;
mod error;
mod examples;
mod fields;
mod fix;
mod humaneval;
mod listed;
mod load;
mod mbpp;
mod mutants;
mod own;
mod pin;
mod python;
mod quixbugs;
mod recorded;
mod rows;
mod select;
mod self_repair;
mod split;
mod starter;

pub use card::{Card, CardFile, cards, check_sha256, pins};
pub use error::{DatasetError, Flaw};
pub use listed::{Listed, Part, Recorded, outcome};
pub use load::{Dataset, Skipped, SourceFile, load, load_pinned, may_hold_problems};
pub use mend_core::OnInvalid;
pub use own::written;
pub use pin::Pin;
pub use select::{Condition, Field, Sample, SelectError, Selection};
pub use self_repair::{
    Attempt, Published, PublishedError, PublishedProgram, PublishedTask, Quirks, Reading, SingleRepairs, self_repair,
};
pub use split::{Joined, SplitError};
pub use starter::starter;
