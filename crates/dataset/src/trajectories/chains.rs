//! Logs of Reflexion and of what grew out of its code: LDB and LATS. A row has `implementations`, `test_feedback` and
//! `reflections`, and `is_solved`, the verdict of the hidden tests on the last program.

use super::row::Row;
use super::step::{End, Step, recorded};
use super::task::{Completed, NO_TESTS, Task, id_of};
use mend_core::{Facts, ProblemId, Seat, Slot, Status, SuiteVerdict, TestVerdict};
use serde_json::Value;

/// What a row has beside what is kept as it stands.
const TAKEN: [&str; 13] = [
    "canonical_solution",
    "entry_point",
    "generated_test",
    "given_tests",
    "implementations",
    "prompt",
    "reflections",
    "seed",
    "solution",
    "stop_tokens",
    "test",
    "test_feedback",
    "visible_tests",
];

/// What LATS writes in the place of reflections.
const NO_REFLECTION: &str = "MCTS reflections";

/// LDB: a seed, and repairs after what the visible tests gave.
pub(super) fn ldb(row: &Row) -> Result<Task, String> {
    let (id, mut oddities) = begin(row)?;
    let programs = row.some_texts("implementations")?;
    let visible = row.texts("given_tests")?;
    let feedback = row.list("test_feedback")?.unwrap_or_default();
    if feedback.len() != programs.len() {
        return Err(format!(
            "`test_feedback` has {} entries and `implementations` {}: expected one for each",
            feedback.len(),
            programs.len()
        ));
    }
    let mut steps: Vec<Step> = Vec::new();
    for (index, (program, told)) in programs.iter().zip(feedback).enumerate() {
        let shows: Vec<Slot> = steps.last().map(|step| step.slot.clone()).into_iter().collect();
        let slot = shows.first().map_or_else(|| Slot::program(0), |above| above.repair(0));
        let mut step = Step { shows, ..Step::program(slot, program) };
        if let Some(ran) = step.ran_mut() {
            ran.is_complete = true;
            ran.public = Some(seen(&visible, told, index)?);
        }
        steps.push(step);
    }
    let last = flag_last(row, &mut steps, &programs, &mut oddities)?;
    let passes = last.and_then(|last| steps[last].ran()?.public.as_ref()).map(|suite| suite.status == Status::Passed);
    if row.get("is_passing").and_then(Value::as_bool).is_some_and(|said| passes.is_some_and(|passes| passes != said)) {
        oddities.push("tasks whose `is_passing` contradicts their `test_feedback`");
    }
    finish(row, id, steps, &visible, oddities)
}

/// What the visible tests gave: all of them pass but those that the feedback lists, each with what came out.
fn seen(visible: &[&str], told: &Value, index: usize) -> Result<SuiteVerdict, String> {
    let wrong = || format!("`test_feedback[{index}]`: expected a list of failing tests");
    let failing: Option<Vec<&str>> = told.as_array().ok_or_else(wrong)?.iter().map(Value::as_str).collect();
    let failing = failing.ok_or_else(wrong)?;
    let test = |(index, test): (u32, &&str)| {
        let failed = failing.iter().find_map(|line| line.strip_prefix(test));
        let facts = failed.map(|rest| {
            Box::new(Facts {
                assertion: Some((*test).to_owned()),
                actual: rest.split_once("Real Execution Output:").map(|(_, output)| output.trim().to_owned()),
                ..Facts::default()
            })
        });
        let status = if failed.is_some() { Status::WrongAnswer } else { Status::Passed };
        TestVerdict { index, status, facts }
    };
    let tests: Vec<TestVerdict> = (0..).zip(visible).map(test).collect();
    let total = tests.len() as u32;
    if total == 0 {
        return Ok(recorded(failing.is_empty(), 0));
    }
    Ok(SuiteVerdict::of(tests, total, Status::Passed))
}

/// Reflexion: programs, each after a reflection on the one before.
pub(super) fn reflexion(row: &Row) -> Result<Task, String> {
    let (id, mut oddities) = begin(row)?;
    let programs = row.some_texts("implementations")?;
    let reflections = row.texts("reflections")?;
    if !reflections.is_empty() && reflections.len() + 1 != programs.len() {
        return Err(format!(
            "`reflections` has {} entries and `implementations` {}: which belongs to which cannot be told (expected one \
             reflection fewer than programs)",
            reflections.len(),
            programs.len()
        ));
    }
    let feedback = row.list("test_feedback")?.unwrap_or_default();
    let mut steps: Vec<Step> = Vec::new();
    let mut above: Option<Slot> = None;
    for (index, program) in programs.iter().enumerate() {
        let mut shows: Vec<Slot> = above.clone().into_iter().collect();
        let mut slot = above.as_ref().map_or_else(|| Slot::program(0), |above| above.repair(0));
        if let (Some(above), Some(reflection)) = (&above, index.checked_sub(1).and_then(|at| reflections.get(at))) {
            let critique = above.feedback(0);
            let step = Step::of(critique.clone(), Seat::CRITIC, reflection, End::Critique);
            steps.push(Step { shows: vec![above.clone()], ..step });
            slot = critique.repair(0);
            shows.push(critique);
        }
        above = Some(slot.clone());
        steps.push(Step { shows, told: told(feedback.get(index)), ..Step::program(slot, program) });
    }
    flag_last(row, &mut steps, &programs, &mut oddities)?;
    finish(row, id, steps, &row.texts("visible_tests").unwrap_or_default(), oddities)
}

/// LATS: what its search kept. How the kept programs stand to each other, the file does not say.
pub(super) fn lats(row: &Row) -> Result<Task, String> {
    let (id, mut oddities) = begin(row)?;
    let programs = row.some_texts("implementations")?;
    let reflections = row.texts("reflections")?;
    if reflections.iter().any(|reflection| *reflection != NO_REFLECTION) {
        return Err(format!(
            "`reflections` holds reflections, and LATS writes `{NO_REFLECTION}` in their place: is this a log of Reflexion?"
        ));
    }
    let mut steps: Vec<Step> =
        (0..).zip(&programs).map(|(index, program)| Step::program(Slot::program(index), program)).collect();
    flag_last(row, &mut steps, &programs, &mut oddities)?;
    oddities.push("tasks with what the search kept alone: its tree was not published");
    finish(row, id, steps, &row.texts("visible_tests").unwrap_or_default(), oddities)
}

fn begin(row: &Row) -> Result<(String, Vec<&'static str>), String> {
    let name = row.text("task_id")?.map_or_else(|| row.needed("name"), Ok)?;
    if let Some(other) = row.text("language")?.filter(|language| !["py", "python"].contains(language)) {
        return Err(format!("`language`: found `{other}`, and only Python can be judged anew"));
    }
    Ok((id_of(name), Vec::new()))
}

/// Notes `is_solved` at the program that was handed in: the last one that is `solution`, else the last. Returns its place
/// among the steps; `None` if the programs lack `solution`.
fn flag_last(
    row: &Row,
    steps: &mut [Step],
    programs: &[&str],
    oddities: &mut Vec<&'static str>,
) -> Result<Option<usize>, String> {
    let is_solved = row.flag("is_solved")?;
    let solution = row.text("solution")?.or(programs.last().copied());
    let is_solution = |step: &Step| step.ran().is_some_and(|ran| ran.program.as_deref() == solution);
    let last = steps.iter().rposition(is_solution);
    match last.and_then(|last| steps[last].ran_mut()) {
        Some(ran) => ran.hidden = Some(is_solved),
        None => oddities.push("tasks whose `implementations` lack their `solution`: their flag is left out"),
    }
    Ok(last)
}

fn finish(
    row: &Row,
    id: String,
    steps: Vec<Step>,
    visible: &[&str],
    mut oddities: Vec<&'static str>,
) -> Result<Task, String> {
    let problem = Completed::of(row, &id, visible)?;
    if problem.is_none() {
        oddities.push(NO_TESTS);
    }
    Ok(Task { id: ProblemId::new(id), problem, rest: row.without(&TAKEN), steps, oddities })
}

/// Feedback in words: a text, or a list of texts.
fn told(feedback: Option<&Value>) -> Option<String> {
    match feedback? {
        Value::String(text) => Some(text.clone()),
        Value::Array(lines) => Some(lines.iter().filter_map(Value::as_str).collect::<Vec<_>>().join("\n")),
        _ => None,
    }
}
