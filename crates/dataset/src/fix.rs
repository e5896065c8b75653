//! HumanEvalPack rows, of which HumanEvalFix is made: HumanEval rows with a program that has one bug.
//!
//! The problem is the one of HumanEval: to complete `prompt`. Its starting program is `declaration`, which is the
//! prompt without its docstring, followed by `buggy_solution`. A row whose prompt shows no example that we can read
//! has `example_test` as its public test, if that is not empty. The data set has six languages, which stand before the
//! number of a task; problems in others than Python are read, with their tests as they stand, and are not judged.

use crate::fields::Fields;
use crate::load::Loaded;
use crate::{Flaw, humaneval};
use mend_core::{Language, Problem, Style, Test, TestSuite};

pub(crate) fn problem(row: &Fields) -> Result<Loaded, Flaw> {
    let id = row.id("task_id")?;
    let language = id.split_once('/').map_or_else(Language::default, |(language, _)| Language::new(language));
    let problem = if language.is_python() { in_python(row)? } else { in_another(row, id, language)? };
    let declaration: String = row.required("declaration")?;
    let buggy_solution: String = row.required("buggy_solution")?;
    let program = format!("{declaration}{buggy_solution}");
    Ok(Loaded { starting_program: Some(program.into()), ..problem.into() })
}

fn in_python(row: &Fields) -> Result<Problem, Flaw> {
    let mut problem = humaneval::problem(row)?;
    if problem.tests.public.is_empty()
        && let Some(example_test) = row.optional::<String>("example_test")?
    {
        let entry_point = problem.style.entry_point().unwrap_or_default();
        problem.tests.public = humaneval::script(&example_test, entry_point);
        problem = problem.with_digest();
    }
    Ok(problem)
}

/// A problem in another language: its tests stand behind the program as they are.
fn in_another(row: &Fields, id: String, language: Language) -> Result<Problem, Flaw> {
    let prompt: String = row.required("prompt")?;
    let entry_point: String = row.required("entry_point")?;
    let solution: Option<String> = row.optional("canonical_solution")?;
    let test: String = row.required("test")?;
    if test.trim().is_empty() {
        return Err(Flaw::NoTests("`test` is empty"));
    }
    let example: Option<String> = row.optional("example_test")?;
    let script = |source: String| Test::Script { source: source.into() };
    let public = example.filter(|example| !example.trim().is_empty()).map(script).into_iter().collect();
    let tests = TestSuite { public, hidden: vec![script(test)] };
    let problem = Problem {
        reference: solution.map(|solution| format!("{prompt}{solution}").into()),
        language,
        ..Problem::new(id, prompt, Style::Completion { entry_point }, tests)
    };
    Ok(problem.with_digest())
}
