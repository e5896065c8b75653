//! HumanEvalFix rows: HumanEval rows with a program that has one bug.
//!
//! The problem is the one of HumanEval: to complete `prompt`. Its starting program is `declaration`, which is the
//! prompt without its docstring, followed by `buggy_solution`. A row whose prompt shows no example that we can read
//! has `example_test` as its public test, if that is not empty. The data set has six languages; all but Python are
//! refused.

use crate::fields::Fields;
use crate::load::Loaded;
use crate::{Flaw, humaneval};

pub(crate) fn problem(row: &Fields) -> Result<Loaded, Flaw> {
    let id = row.id("task_id")?;
    match id.split_once('/') {
        Some(("Python", _)) | None => {}
        Some((language, _)) => {
            let language = language.to_owned();
            return Err(Flaw::NotPython { field: "task_id", value: id, language });
        }
    }
    let mut problem = humaneval::problem(row)?;
    if problem.tests.public.is_empty()
        && let Some(example_test) = row.optional::<String>("example_test")?
    {
        let entry_point = problem.style.entry_point().unwrap_or_default();
        problem.tests.public = humaneval::script(&example_test, entry_point);
        problem = problem.with_digest();
    }
    let declaration: String = row.required("declaration")?;
    let buggy_solution: String = row.required("buggy_solution")?;
    let program = format!("{declaration}{buggy_solution}");
    Ok(Loaded { starting_program: Some(program.into()), ..problem.into() })
}
