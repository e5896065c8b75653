//! Rows of recorded programs: each a whole program and how it ended somewhere else. They compare executors, so there
//! is nothing to solve and nothing to read: the input is empty, and what a program prints is not looked at.
//!
//! A row has `id`, `program` and `expected` (`expected_script` in other people's files), and perhaps `flags`, a list
//! of reasons why the outcome may differ elsewhere. Further fields are ignored.

use crate::Flaw;
use crate::fields::Fields;
use crate::listed::Recorded;
use crate::load::Loaded;
use mend_core::{Problem, Style, Test, TestSuite};

/// What marks such a row, beside `program`.
pub(crate) const OUTCOMES: [&str; 2] = ["expected", "expected_script"];

pub(crate) fn problem(row: &Fields) -> Result<Loaded, Flaw> {
    let id = row.id("id")?;
    let program: String = row.required("program")?;
    let [own, other] = OUTCOMES;
    let outcome: String = row.required(if row.has(own) { own } else { other })?;
    let flags: Vec<String> = row.optional("flags")?.unwrap_or_default();
    let tests = TestSuite { public: Vec::new(), hidden: vec![Test::Stdio { input: "".into(), expected: "".into() }] };
    let problem = Problem::new(id, "", Style::Program, tests);
    let recorded = Recorded { program: program.into(), outcome, flags };
    Ok(Loaded { recorded: Some(recorded), ..problem.with_digest().into() })
}
