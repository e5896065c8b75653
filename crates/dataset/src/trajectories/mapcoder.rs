//! MapCoder's results: independent tries at a problem, each with the tokens of all that was asked for it.
//!
//! Tries end with the first that passes the hidden tests, so that all before the last one fail.

use super::row::Row;
use super::step::Step;
use super::task::{Completed, NO_TESTS, Task, id_of};
use mend_core::{ProblemId, Slot, Usage};

/// What a row has beside what is kept as it stands.
const TAKEN: [&str; 8] = [
    "canonical_solution",
    "entry_point",
    "prompt",
    "prompt_tokens",
    "completion_tokens",
    "responses",
    "source_codes",
    "test",
];

pub(super) fn task(row: &Row) -> Result<Task, String> {
    let id = id_of(row.text("task_id")?.map_or_else(|| row.needed("name"), Ok)?);
    if let Some(other) = row.text("language")?.filter(|language| !language.starts_with("Python")) {
        return Err(format!("`language`: found `{other}`, and only Python can be judged anew"));
    }
    let programs = row.some_texts("source_codes")?;
    let answers = row.texts("responses")?;
    let is_solved = row.flag("is_solved")?;
    let mut steps = Vec::new();
    for (index, program) in programs.iter().enumerate() {
        let mut step = Step::program(Slot::program(index as u32), program);
        if let Some(answer) = answers.get(index) {
            step.text.replace_range(.., answer);
        }
        step.usage = Usage {
            prompt: row.tokens_at("prompt_tokens", index)?,
            completion: row.tokens_at("completion_tokens", index)?,
            ..Usage::default()
        };
        if let Some(ran) = step.ran_mut() {
            ran.hidden = Some(is_solved && index + 1 == programs.len());
        }
        steps.push(step);
    }
    // The published `sample_io` holds asserts that are no Python, by which nobody could be judged; no flag is about them.
    let problem = Completed::of(row, &id, &[])?;
    let oddities = if problem.is_none() { vec![NO_TESTS] } else { Vec::new() };
    Ok(Task { id: ProblemId::new(id), problem, rest: row.without(&TAKEN), steps, oddities })
}
