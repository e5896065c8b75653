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
use mend_core::{Digest, ProblemId, Status, SuiteVerdict, Tokens};

/// A published experiment.
#[derive(Debug, Clone, PartialEq)]
pub struct Published {
    /// Its tasks, in file order.
    pub tasks: Vec<PublishedTask>,
    /// How failing programs with exactly one repair were read; `None` if the file has none, so that it has one reading.
    pub single_repairs: Option<SingleRepairs>,
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
    /// Failing programs with exactly one repair that were read as marks of programs that passed when they were run again.
    pub rerun_marks: u64,
    /// Failing programs with exactly one repair that were read as just that.
    pub repaired_once: u64,
    /// Failing programs without any repair.
    pub unrepaired: u64,
    /// Repairs of passing programs, which count nowhere.
    pub needless_repairs: u64,
    /// Failures that the file does not explain. They stand as wrong answers.
    pub unexplained: u64,
}

/// What a failing program with exactly one repair is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum SingleRepairs {
    /// A program that passed when it was run again: the format marks it so. Its repair is none.
    Passed,
    /// A program that failed, and was repaired once.
    Repaired,
}

impl SingleRepairs {
    /// The word used in files and arguments.
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// How to read what can be read in two ways.
#[derive(Debug, Clone, Copy, Default)]
pub struct Reading {
    /// What a failing program with exactly one repair is. `None` for the format's own rule, by which it passed, as long
    /// as other programs have more repairs: where none has, nothing tells a mark from a repair.
    pub single_repairs: Option<SingleRepairs>,
    /// Whether rows that cannot be used are left out, rather than refused.
    pub skip_invalid: bool,
}

/// A file that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PublishedError {
    /// A row or a field that is not as the format has it.
    #[error(transparent)]
    Row(#[from] RowError),
    /// Every failing program that has repairs has exactly one, and nobody said what that means.
    #[error(
        "{path}: all failing programs with repairs have exactly one ({once} of {programs} programs): either they passed \
         when they were run again, as the format marks it, and {if_passed} programs pass; or they failed and were \
         repaired once, and {if_repaired} pass"
    )]
    Ambiguous {
        /// The file, as the caller named it.
        path: String,
        /// First programs of the file.
        programs: u64,
        /// Those among them that fail and have one repair.
        once: u64,
        /// Programs that pass if these passed.
        if_passed: u64,
        /// Programs that pass if these failed.
        if_repaired: u64,
    },
}

/// Reads a file of published programs and repairs.
///
/// # Errors
/// A row or a field that is not as the format has it, with file, line and field; a task that stands twice; a file
/// in which only some programs have `tokens_generated`; a file without any task. A file that `reading` leaves open.
pub fn self_repair(path: &str, bytes: &[u8], reading: Reading) -> Result<Published, PublishedError> {
    let published = read::published(path, bytes, reading)?;
    let programs = || published.tasks.iter().flat_map(|task| &task.programs);
    let once = published.quirks.rerun_marks;
    let is_open = reading.single_repairs.is_none() && once > 0;
    if is_open && programs().all(|program| program.repairs.is_empty()) {
        let if_passed = programs().filter(|program| program.attempt.verdict.status == Status::Passed).count() as u64;
        return Err(PublishedError::Ambiguous {
            path: path.to_owned(),
            programs: programs().count() as u64,
            once,
            if_passed,
            if_repaired: if_passed - once,
        });
    }
    Ok(published)
}
