//! APPS rows as on the hub: one JSON object a line, with `question` and, as JSON within strings, `input_output` and
//! `solutions`.
//!
//! The id is `<data set>/<problem_id>`, a number filled up to four digits, as the folders of APPS are named; older
//! files call the field `id`. `solutions`, `starter_code` and `difficulty` may be absent or empty. A row whose
//! `input_output` is empty has no tests, so it is invalid.

use super::{Cases, judged_by};
use crate::Flaw;
use crate::fields::Fields;
use crate::load::Loaded;
use mend_core::{Problem, jsonl};
use serde_json::value::RawValue;

const TESTS: &str = "input_output";
const SOLUTIONS: &str = "solutions";

pub(crate) fn problem(dataset: &str, row: &Fields) -> Result<Loaded, Flaw> {
    let number: u64 = row.required(if row.has("problem_id") || !row.has("id") { "problem_id" } else { "id" })?;
    read(format!("{dataset}/{number:04}"), row)
}

/// A row of this name.
pub(crate) fn read(id: String, row: &Fields) -> Result<Loaded, Flaw> {
    let statement: String = row.required("question")?;
    let starter_code: Option<String> = row.optional("starter_code")?;
    let starter_code = starter_code.filter(|code| !code.trim().is_empty());

    let tests: Option<String> = row.optional(TESTS)?;
    let tests = tests.filter(|tests| !tests.trim().is_empty()).ok_or(Flaw::NoTests("`input_output` is empty"))?;
    let hidden = Fields::from_row(&tests).and_then(|fields| Cases::read(&fields)).map_err(|flaw| flaw.within(TESTS))?;
    let judged = judged_by(&hidden, &Cases::default(), starter_code.as_deref().unwrap_or_default());
    let judged = judged.map_err(|(_, flaw)| flaw.within(TESTS))?;

    let solutions: Option<String> = row.optional(SOLUTIONS)?;
    let solutions = solutions.filter(|solutions| !solutions.trim().is_empty()).unwrap_or_else(|| "[]".to_owned());
    let solutions: Vec<Box<RawValue>> =
        serde_json::from_str(&solutions).map_err(|source| Flaw::Json(jsonl::message(&source)).within(SOLUTIONS))?;
    let mut solutions = super::solutions(&solutions).map_err(|flaw| flaw.within(SOLUTIONS))?.into_iter();
    let problem = Problem {
        context: judged.context.map(Into::into),
        starter_code: starter_code.map(Into::into),
        reference: solutions.next(),
        difficulty: row.optional("difficulty")?,
        ..Problem::new(id, statement, judged.style, judged.tests)
    };
    Ok(Loaded { further_solutions: solutions.collect(), ..problem.with_digest().into() })
}
