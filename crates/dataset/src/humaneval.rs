//! HumanEval rows: one JSON object a line, with a module to complete and a script of asserts.
//!
//! Our own optional fields are `public_test`, `difficulty`, `tolerance` and `mutants`. Further fields are ignored,
//! because other people's files have them.

use crate::fields::{Fields, identifier};
use crate::load::Found;
use crate::{Flaw, SourceFile, mutants};
use mend_core::{Digest, Integrity, Problem, ProblemId, Style, Test, TestSuite, jsonl};
use serde_json::value::RawValue;
use std::path::Path;

/// Whether a file holds rows: `*.jsonl`, or `*.jsonl.gz` that the caller has decompressed.
pub(crate) fn holds_rows(path: &str) -> bool {
    Path::new(path.strip_suffix(".gz").unwrap_or(path)).extension().is_some_and(|extension| extension == "jsonl")
}

/// The problems of one file, in its order.
pub(crate) fn problems(file: &SourceFile) -> Vec<Found> {
    let found: Vec<Found> = jsonl::rows::<Fields>(&file.path, &file.bytes)
        .map(|row| match row {
            Ok(row) => (format!("{}:{}", file.path, row.line), problem(&row.value)),
            Err(error) => (format!("{}:{}", error.path, error.line), Err(Flaw::Json(error.why))),
        })
        .collect();
    if found.is_empty() { vec![(file.path.clone(), Err(Flaw::EmptyFile))] } else { found }
}

fn problem(row: &Fields) -> Result<Problem, Flaw> {
    let id: String = row.required("task_id")?;
    if id.trim().is_empty() {
        return Err(Flaw::Field { field: "task_id".into(), why: "is empty".into() });
    }
    let prompt: String = row.required("prompt")?;
    let entry_point = identifier("entry_point", row.required("entry_point")?)?;
    let solution: Option<String> = row.optional("canonical_solution")?;
    let test: String = row.required("test")?;
    let public_test: Option<String> = row.optional("public_test")?;
    let raw_mutants: Option<Vec<Box<RawValue>>> = row.optional("mutants")?;

    let hidden = script(&test, &entry_point);
    if hidden.is_empty() {
        return Err(Flaw::NoTests("`test` is empty"));
    }
    let public = script(&public_test.unwrap_or_default(), &entry_point);
    let reference = solution.map(|solution| format!("{prompt}{solution}"));
    let mutants = mutants::read(&raw_mutants.unwrap_or_default(), reference.as_deref())?;
    let problem = Problem {
        id: ProblemId::new(id),
        digest: Digest::of(b""),
        // The prompt is the beginning of a module: its imports and helpers belong to both sides.
        context: Some(prompt.as_str().into()),
        statement: prompt.into(),
        style: Style::Completion { entry_point },
        starter_code: None,
        reference: reference.map(Into::into),
        mutants,
        tests: TestSuite { public, hidden },
        tolerance: row.tolerance()?,
        difficulty: row.optional("difficulty")?,
        integrity: Integrity::Isolated,
    };
    Ok(problem.with_digest())
}

/// A test text defines `check(candidate)` and does not call it.
fn script(test: &str, entry_point: &str) -> Vec<Test> {
    if test.trim().is_empty() {
        return Vec::new();
    }
    vec![Test::Script { source: format!("{test}\ncheck({entry_point})\n").into() }]
}
