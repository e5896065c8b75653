//! MINT's outputs: a conversation in which a model runs code in an interpreter, or proposes a solution.
//!
//! A turn with `<solution>` is a proposal, also where it runs code, too: the published harness goes by that word. What a
//! turn ran is a note with what came back; the second proposal is a repair of the first. The rows name no problem but by
//! their place in MINT's own choice, so ids are `mint-<task name>/<task id>`.

use super::row::Row;
use super::step::{End, Step};
use super::task::{Completed, NO_TESTS, Task, asserted};
use mend_core::{Problem, ProblemId, Seat, Slot, Step as Place};
use serde_json::Value;

/// What the harness says of a wrong proposal.
const WRONG: &str = "Your answer is wrong";

pub(super) fn task(row: &Row) -> Result<Task, String> {
    let (state, about) = (row.within("state")?, row.within("task")?);
    let name = about.needed("task_name")?;
    let number = match about.get("task_id") {
        Some(Value::String(text)) => text.clone(),
        Some(value @ Value::Number(_)) => value.to_string(),
        _ => return Err("`task.task_id`: expected a text or a number".to_owned()),
    };
    let id = format!("mint-{name}/{number}");
    let turns = turns(&state)?;
    let success = state.flag("success")?;
    let mut steps: Vec<Step> = Vec::new();
    let mut latest: Option<Slot> = None;
    let mut notes = 0;
    for (index, (_, text)) in turns.iter().enumerate().filter(|(_, (role, _))| *role == "assistant") {
        let answer = turns.get(index + 1).map(|(_, text)| *text);
        let before = &turns[..index];
        let (slot, seat, end) = if let Some(program) = between(text, "<solution>", "</solution>") {
            let slot = latest.as_ref().map_or_else(|| Slot::program(0), |latest| latest.repair(0));
            let mut step = Step::program(slot.clone(), program);
            if let Some(ran) = step.ran_mut() {
                ran.hidden = match answer {
                    Some(answer) if answer.contains(WRONG) => Some(false),
                    Some(_) => None,
                    None => Some(success),
                };
            }
            latest = Some(slot);
            (step.slot, step.seat, step.end)
        } else {
            notes += 1;
            (Slot::below(None, Place::Note(notes - 1)), Seat::CODER, End::Note)
        };
        let shows = steps.iter().map(|step| step.slot.clone()).collect();
        let prompt = before.iter().map(|(role, text)| format!("{role}:\n{text}")).collect::<Vec<_>>().join("\n\n");
        let told = answer.map(str::to_owned);
        steps.push(Step { prompt, shows, told, ..Step::of(slot, seat, text, end) });
    }
    let programs: Vec<&str> = steps.iter().filter_map(|step| step.ran()?.program.as_deref()).collect();
    let problem = problem(&id, &about, &programs)?;
    let mut oddities = Vec::new();
    if programs.is_empty() {
        oddities.push("tasks without any proposal");
    }
    if problem.is_none() {
        oddities.push(NO_TESTS);
    }
    if turns
        .iter()
        .any(|(role, text)| *role == "assistant" && text.contains("<solution>") && text.contains("<execute>"))
    {
        oddities.push("turns that run code and propose: taken as proposals");
    }
    let mut rest = state.without(&["history", "latest_output"]);
    rest.extend(about.without(&["prompt", "reference"]));
    Ok(Task { id: ProblemId::new(id), problem, rest, steps, oddities })
}

/// The messages: who, and what.
fn turns(state: &Row) -> Result<Vec<(&str, &str)>, String> {
    let turn = |(index, message)| {
        let wrong = || format!("`state.history[{index}]`: expected an object with `role` and `content`");
        words(message).ok_or_else(wrong)
    };
    state.list("history")?.ok_or("missing field `state.history`")?.iter().enumerate().map(turn).collect()
}

fn words(message: &Value) -> Option<(&str, &str)> {
    Some((message.get("role")?.as_str()?, message.get("content")?.as_str()?))
}

/// What stands between two tags, the first time; to the end if the second is missing.
fn between<'a>(text: &'a str, open: &str, close: &str) -> Option<&'a str> {
    let inner = &text[text.find(open)? + open.len()..];
    let inner = inner.find(close).map_or(inner, |end| &inner[..end]);
    Some(inner.trim_matches('\n'))
}

/// The problem by the row's reference: asserts, or a check as HumanEval has it.
fn problem(id: &str, about: &Row, programs: &[&str]) -> Result<Option<Problem>, String> {
    let (Some(reference), Some(prompt)) = (about.text("reference")?, about.text("prompt")?) else { return Ok(None) };
    let lines: Vec<&str> = reference.lines().filter(|line| !line.trim().is_empty()).collect();
    if lines.iter().all(|line| line.starts_with("assert")) {
        return Ok(asserted(id, prompt, &lines, programs).ok());
    }
    let called =
        reference.trim_end().lines().next_back().and_then(|line| line.strip_prefix("check(")?.strip_suffix(')'));
    let Some(entry_point) = called else { return Ok(None) };
    Ok(Completed { id, prompt, entry_point, solution: None, test: reference, visible: &[] }.problem().ok())
}
