//! Benchmark files to problems: the only crate that knows the formats of data sets.
//!
//! Read [`load()`] first. It takes a bundle of files as bytes and yields a [`Dataset`]; opening, fetching and
//! decompressing files is the caller's work. A [`Card`] describes a data set that people know by name, and
//! [`starter()`] is the one that is always at hand.
//!
//! Rows stand in `*.jsonl` files, one a line, or in a `*.json` file that holds one array of objects. What a row is of
//! is told by its keys, and a folder by its files; formats may be mixed in one bundle. Of several lines of this table
//! that fit, the first one counts; a row that fits none is an error. [`Loading::format`] has all of a bundle read as
//! one format. The table in code is [`Format::all`].
//!
//! | format | told by | what it is | asks for | tests |
//! |---|---|---|---|---|
//! | `own` | key `statement` | ours, `datasets/problem.schema.json` | function or program | calls and scripts, or inputs and outputs |
//! | `recorded` | keys `program` and `expected` | recorded programs | nothing | an empty input |
//! | `humanevalpack` | key `buggy_solution` | HumanEvalPack and HumanEvalFix; judged in Python | the rest of a module | one script; examples of the prompt |
//! | `evalplus` | keys `base_input` and `plus_input` | HumanEval+, MBPP+ | the rest of a module, or function | scripts against the solution; examples of the prompt |
//! | `multipl-e` | keys `name`, `language`, `prompt` and `tests` | MultiPL-E; judged in Python | the rest of a module | one script; examples of the prompt |
//! | `bigcodebench` | keys `task_id` and `complete_prompt` | BigCodeBench | the rest of a module | one script of unittest classes |
//! | `livecodebench` | keys `question_id` and `public_test_cases` | LiveCodeBench | function or program | calls, or inputs and outputs |
//! | `codecontests` | keys `description` and `public_tests` | CodeContests | program | inputs and outputs |
//! | `sandboxfusion` | keys `content`, `labels` and `test` | samples of CodeContests and LiveCodeBench | function or program | calls, or inputs and outputs |
//! | `mbpp` | keys `task_id` and `test_list` | MBPP, full or sanitized, and the hub's MBPP+ | function | one script for each assert |
//! | `taco` | keys `question` and `skill_types` or `raw_tags` | TACO | function or program | calls, or inputs and outputs |
//! | `apps` | key `question` with `input_output` or `problem_id` | APPS as rows | function or program | calls, or inputs and outputs |
//! | `humaneval` | key `task_id` with `entry_point` or `canonical_solution` | HumanEval | the rest of a module | one script; examples of the prompt |
//! | `apps-folders` | file `question.txt` | APPS as folders | function or program | calls, or inputs and outputs |
//! | `quixbugs` | folder `python_programs` | QuixBugs | function | calls, or scripts |
//!
//! HumanEvalFix and QuixBugs are sets of bugs: see [`Dataset::starting_programs`]. All programs that stand in a data
//! set, solutions and damaged ones, come out of [`Dataset::listed`]. [`Dataset::select`] takes a part of the problems,
//! [`Dataset::split`] makes other tests public.

mod apps;
mod bigcodebench;
mod card;
mod codecontests;
mod error;
mod evalplus;
mod examples;
mod fields;
mod fix;
mod format;
mod humaneval;
mod listed;
mod livecodebench;
mod load;
mod mbpp;
mod multipl_e;
mod mutants;
mod own;
mod pickled;
mod pin;
mod python;
mod quixbugs;
mod recorded;
mod rows;
mod sandboxfusion;
mod select;
mod self_repair;
mod split;
mod starter;
mod taco;
mod trajectories;

pub use card::{Card, CardFile, cards, check_sha256, pins};
pub use error::{DatasetError, Flaw};
pub use format::Format;
pub use listed::{Listed, Part, Recorded, outcome};
pub use load::{Dataset, Loading, Skipped, SourceFile, load, load_with, may_hold_problems};
pub use mend_core::OnInvalid;
pub use own::written;
pub use pin::Pin;
pub use select::{Condition, Field, Sample, SelectError, Selection};
pub use self_repair::{
    Attempt, Published, PublishedError, PublishedProgram, PublishedTask, Quirks, Reading, SingleRepairs, self_repair,
};
pub use split::{Joined, SplitError};
pub use starter::starter;
pub use trajectories::{Trajectories, Trajectory, TrajectoryFormat, trajectories};
