//! MultiPL-E rows: HumanEval and MBPP in many languages, Python among them.
//!
//! `prompt` begins a module, and `tests` judges what completes it. The language is `language`, Python as `py`; other
//! languages are read and not judged. The function is the last one that a prompt in Python begins, else what the name has
//! behind its number, as in `HumanEval_23_strlen`. The id is `name`, which is the same in all languages: so one bundle
//! holds one of them. There is no solution in such a row.

use crate::fields::{Fields, identifier};
use crate::{Flaw, examples};
use mend_core::{Language, Problem, Style, Test, TestSuite};

pub(crate) fn problem(row: &Fields) -> Result<Problem, Flaw> {
    let id = row.id("name")?;
    let prompt: String = row.required("prompt")?;
    let tests: String = row.required("tests")?;
    if tests.trim().is_empty() {
        return Err(Flaw::NoTests("`tests` is empty"));
    }
    let language = Language::new(&row.required::<String>("language")?);
    let begun = prompt.lines().rev().find_map(|line| line.strip_prefix("def ")?.split('(').next());
    let begun = begun.map(|name| name.trim().to_owned()).filter(|_| language.is_python());
    let named = || id.splitn(3, '_').nth(2).unwrap_or(&id).to_owned();
    let entry_point = identifier("name", begun.unwrap_or_else(named))?;
    let public = if language.is_python() { examples::tests(&prompt, &entry_point) } else { Vec::new() };
    let tests = TestSuite { public, hidden: vec![Test::Script { source: tests.into() }] };
    let problem = Problem {
        context: language.is_python().then(|| prompt.as_str().into()),
        language,
        ..Problem::new(id, prompt, Style::Completion { entry_point }, tests)
    };
    Ok(problem.with_digest())
}
