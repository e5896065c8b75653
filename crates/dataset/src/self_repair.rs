//! The published data of the self-repair experiments (Olausson et al., arXiv 2306.09896): programs with repairs,
//! and verdicts that its authors reached.
//!
//! Read [`self_repair`] first. A file holds one task a line, or is one JSON object keyed by task. What is odd in
//! such files is counted in [`Quirks`], so that whoever imports one can say it.

mod grow;
mod name;
mod read;
mod status;

use mend_core::jsonl::RowError;
use mend_core::{Digest, ProblemId, SuiteVerdict, Tokens};

/// A published experiment.
#[derive(Debug, Clone, PartialEq)]
pub struct Published {
    /// Its tasks, in file order.
    pub tasks: Vec<PublishedTask>,
    /// What is odd about the file.
    pub quirks: Quirks,
    /// Why each row that was left out could not be used. Empty unless invalid rows are skipped.
    pub skipped: Vec<RowError>,
}

/// One task with all that was drawn for it.
#[derive(Debug, Clone, PartialEq)]
pub struct PublishedTask {
    /// `apps/` and the last segment of `prob_path`, or the `task_id`.
    pub id: ProblemId,
    /// Digest of the task's part of the file.
    pub digest: Digest,
    /// By the numbering of the test split of APPS, where the path tells that it is one.
    pub difficulty: Option<String>,
    /// First programs, in file order.
    pub programs: Vec<PublishedProgram>,
}

/// A first program.
#[derive(Debug, Clone, PartialEq)]
pub struct PublishedProgram {
    /// What was run, and how it ended.
    pub attempt: Attempt,
    /// Its repairs, each with its own explanation. Empty for those that pass.
    pub repairs: Vec<Attempt>,
}

/// A program or a repair.
#[derive(Debug, Clone, PartialEq)]
pub struct Attempt {
    /// The completion; for a repair the explanation and the program.
    pub text: String,
    /// The program that was run; `None` if there is none.
    pub program: Option<String>,
    /// The explanation before a repair's program.
    pub explanation: Option<String>,
    /// `tokens_generated`, which for a repair counts the explanation too; `None` if the file has no counts at all.
    pub tokens: Option<Tokens>,
    /// How it ended. A test for each entry of `errors`; one for all where the file has none.
    pub verdict: SuiteVerdict,
}

/// What is odd about a file, in numbers of programs and repairs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Quirks {
    /// `binary` is the text `"True"` or `"False"`.
    pub text_booleans: u64,
    /// Programs that pass by `fault` alone.
    pub passed_by_fault: u64,
    /// Failing programs with exactly one repair: the mark of a program that passed when it was run again.
    pub rerun_marks: u64,
    /// Failing programs without any repair.
    pub unrepaired: u64,
    /// Repairs of passing programs, which count nowhere.
    pub needless_repairs: u64,
    /// Failures that the file does not explain. They stand as wrong answers.
    pub unexplained: u64,
}

/// How to read what can be read in two ways.
#[derive(Debug, Clone, Copy, Default)]
pub struct Reading {
    /// Whether a failing program with one repair is just that, and no mark.
    pub single_repairs: bool,
    /// Whether rows that cannot be used are left out, rather than refused.
    pub skip_invalid: bool,
}

/// Reads a file of published programs and repairs.
///
/// # Errors
/// A row or a field that is not as the format has it, with file, line and field; a task that stands twice; a file
/// in which only some programs have `tokens_generated`; a file without any task.
pub fn self_repair(path: &str, bytes: &[u8], reading: Reading) -> Result<Published, RowError> {
    read::published(path, bytes, reading)
}
