//! HumanEval rows: a module to complete, and a script of asserts.
//!
//! Our own optional fields are `public_test`, `difficulty`, `tolerance` and `mutants`. Further fields are ignored,
//! because other people's files have them. A row without `public_test` has the examples of its prompt as public
//! tests, see [`examples`].

use crate::fields::{Fields, identifier};
use crate::{Flaw, examples, mutants};
use mend_core::{Problem, Style, Test, TestSuite};
use serde_json::value::RawValue;

pub(crate) fn problem(row: &Fields) -> Result<Problem, Flaw> {
    let id = row.id("task_id")?;
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
    let public = match public_test {
        Some(public_test) => script(&public_test, &entry_point),
        None => examples::tests(&prompt, &entry_point),
    };
    let reference = solution.map(|solution| format!("{prompt}{solution}"));
    let mutants = mutants::read(&raw_mutants.unwrap_or_default(), reference.as_deref())?;
    let problem = Problem {
        // The prompt is the beginning of a module: its imports and helpers belong to both sides.
        context: Some(prompt.as_str().into()),
        reference: reference.map(Into::into),
        mutants,
        tolerance: row.tolerance()?,
        difficulty: row.optional("difficulty")?,
        ..Problem::new(id, prompt, Style::Completion { entry_point }, TestSuite { public, hidden })
    };
    Ok(problem.with_digest())
}

/// A test text defines `check`; some also call it in their last line, others leave that to us.
pub(crate) fn script(test: &str, entry_point: &str) -> Vec<Test> {
    if test.trim().is_empty() {
        return Vec::new();
    }
    let call = format!("check({entry_point})");
    let source = if test.trim_end().lines().next_back() == Some(call.as_str()) {
        test.to_owned()
    } else {
        format!("{test}\n{call}\n")
    };
    vec![Test::Script { source: source.into() }]
}
