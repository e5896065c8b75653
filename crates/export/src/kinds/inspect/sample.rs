//! A tree as a sample: its messages, its scores, its usage, and what happened in it.

use super::log::NO_TIME;
use super::scored::{Outcome, SCORERS};
use super::usage::{Spent, Sum};
use super::written::{UNSCORED, object};
use crate::OfProblem;
use crate::messages::{self, Message, completion};
use mend_core::{Call, CallState, FinishReason, Node, Outcome as Ending, RepairTree, Slot};
use serde_json::{Value, json};

/// What a sample wants: there is no one answer that is right.
const TARGET: &str = "a program that passes every hidden test";

/// The most characters of an input that a summary shows.
const SHOWN: usize = 1_000;

/// The sample.
pub(super) fn value(of: &OfProblem<'_>, tree: &RepairTree, outcome: &Outcome<'_>) -> Value {
    let programs = || tree.nodes().filter(|node| node.slot.is_program());
    let told = outcome.node.or_else(|| programs().last());
    let mut said: Vec<Value> = told.and_then(|node| messages::of(tree, node)).iter().flatten().map(message).collect();
    if let Some(node) = told.filter(|node| node.completion.is_some()) {
        said.push(answer(node));
    }
    let asked = programs().next().and_then(|node| messages::of(tree, node));
    let input = match asked {
        Some(asked) => Value::Array(asked.iter().map(message).collect()),
        None => json!(of.entry.id.as_str()),
    };
    let spent = Spent::of(tree);
    let scores = SCORERS.iter().map(|scorer| (scorer.name, Some(score(outcome, (scorer.of)(outcome)))));
    object([
        ("id", Some(json!(of.entry.id.as_str()))),
        ("epoch", Some(json!(tree.key.replicate + 1))),
        ("input", Some(input)),
        ("target", Some(json!(TARGET))),
        ("messages", Some(Value::Array(said))),
        (
            "output",
            Some(told.filter(|node| node.completion.is_some()).map_or_else(|| json!({}), |node| output(&[node]))),
        ),
        ("scores", Some(object(scores))),
        ("metadata", Some(metadata(of, tree, outcome, &spent))),
        ("store", Some(json!({}))),
        ("events", Some(Value::Array(events(tree)))),
        ("model_usage", Some(spent.by_model())),
        ("role_usage", Some(spent.by_seat())),
        ("uuid", Some(json!(format!("{}/{}/{}", of.run.manifest.run_id, of.entry.id, tree.key.replicate)))),
        ("attachments", Some(json!({}))),
    ])
}

/// What lists of samples show of one.
pub(super) fn summary(sample: &Value) -> Value {
    let input = match &sample["input"] {
        Value::Array(messages) => {
            let last = messages.last().and_then(|message| message["content"].as_str());
            json!(last.unwrap_or_default().chars().take(SHOWN).collect::<String>())
        }
        other => other.clone(),
    };
    let taken = ["id", "epoch", "target", "scores", "metadata", "model_usage", "role_usage", "uuid"];
    let fields = taken.into_iter().map(|name| (name, Some(sample[name].clone())));
    let count = sample["messages"].as_array().map(|messages| json!(messages.len()));
    object(fields.chain([("input", Some(input)), ("completed", Some(json!(true))), ("message_count", count)]))
}

fn metadata(of: &OfProblem<'_>, tree: &RepairTree, outcome: &Outcome<'_>, spent: &Spent) -> Value {
    let programs = tree.nodes().filter(|node| node.slot.is_program()).count();
    object([
        ("problem_digest", Some(json!(of.entry.digest.to_string()))),
        ("difficulty", of.entry.difficulty.as_ref().map(|word| json!(word))),
        ("submitted", outcome.node.map(|node| json!(node.slot.to_string()))),
        ("status", outcome.node.and_then(status).map(|status| json!(status))),
        ("programs", Some(json!(programs))),
        ("answers_without_usage", Some(json!(spent.unreported))),
        ("spent_tokens", Some(json!(tree.spent().tokens.0))),
    ])
}

fn score(outcome: &Outcome<'_>, value: Option<f64>) -> Value {
    let explanation = value.is_none().then(|| json!(outcome.why));
    object([
        ("value", Some(value.map_or(UNSCORED, |value| json!(value)))),
        ("answer", outcome.node.and_then(messages::program).map(|program| json!(program))),
        ("explanation", explanation),
        ("reason", value.is_none().then(|| json!("scoring_failed"))),
        ("metadata", Some(object([("slot", outcome.node.map(|node| json!(node.slot.to_string())))]))),
    ])
}

/// How a program ended.
fn status(node: &Node) -> Option<&'static str> {
    match node.outcome.as_ref()? {
        Ending::Judged(verdict, _) => Some(verdict.status.as_str()),
        Ending::Unscored(_) => Some("unscored"),
        Ending::Read(_) => None,
    }
}

fn message(message: &Message<'_>) -> Value {
    json!({"role": message.role, "content": message.content})
}

fn answer(node: &Node) -> Value {
    object([
        ("role", Some(json!("assistant"))),
        ("content", Some(json!(completion(node).unwrap_or_default()))),
        ("source", Some(json!("generate"))),
        ("model", node.model.as_ref().map(|model| json!(model))),
    ])
}

/// What some nodes of one request hold, as one output with a choice for each.
fn output(nodes: &[&Node]) -> Value {
    let choice = |node: &&Node| {
        let reason = node.completion.as_ref().map_or(FinishReason::Unknown, |completion| completion.finish_reason);
        json!({"message": answer(node), "stop_reason": stop_reason(reason)})
    };
    let mut sum = Sum::default();
    let is_known = nodes.iter().all(|node| node.completion.as_ref().is_some_and(|it| sum.add(&it.usage)));
    let model = nodes.first().and_then(|node| node.model.as_deref()).unwrap_or_default();
    object([
        ("model", Some(json!(model))),
        ("choices", Some(nodes.iter().map(choice).collect())),
        ("completion", nodes.first().copied().and_then(completion).map(|text| json!(text))),
        ("usage", is_known.then(|| sum.value())),
    ])
}

fn stop_reason(reason: FinishReason) -> &'static str {
    match reason {
        FinishReason::Stop => "stop",
        FinishReason::Length => "max_tokens",
        FinishReason::ContentFilter | FinishReason::Refusal => "content_filter",
        FinishReason::Unknown => "unknown",
    }
}

/// Each answered request, then what became of its nodes; by the first slot that the request asks for.
fn events(tree: &RepairTree) -> Vec<Value> {
    let mut calls: Vec<&Call> =
        tree.calls().map(|(_, call)| call).filter(|call| matches!(call.state, CallState::Answered { .. })).collect();
    calls.sort_by(|one, other| one.slots.cmp(&other.slots));
    let mut events = vec![];
    for call in calls {
        let nodes: Vec<&Node> = call.slots.iter().filter_map(|slot| tree.node(slot)).collect();
        let Some(first) = nodes.iter().find(|node| node.completion.is_some()) else { continue };
        let input: Vec<Value> = messages::of(tree, first).iter().flatten().map(message).collect();
        events.push(json!({
            "event": "model",
            "timestamp": NO_TIME,
            "working_start": 0.0,
            "model": call.model,
            "role": call.seat.to_string(),
            "input": input,
            "tools": [],
            "tool_choice": "none",
            "config": {},
            "output": output(&nodes),
            "metadata": {"slots": slots(&call.slots), "shows": slots(&call.shows)},
        }));
        events.extend(nodes.iter().filter_map(|node| verdict(node)));
    }
    events
}

fn slots(slots: &[Slot]) -> Vec<String> {
    slots.iter().map(ToString::to_string).collect()
}

/// What a judgement found.
fn verdict(node: &Node) -> Option<Value> {
    let hidden = node.verdict().and_then(|verdict| verdict.hidden.as_ref());
    let data = object([
        ("slot", Some(json!(node.slot.to_string()))),
        ("status", Some(json!(status(node)?))),
        ("unscored", node.unscored().map(|why| json!(why))),
        ("tests_passed", hidden.map(|suite| json!(suite.passed()))),
        ("tests_total", hidden.map(|suite| json!(suite.total))),
    ]);
    Some(json!({"event": "info", "timestamp": NO_TIME, "working_start": 0.0, "source": "mend", "data": data}))
}
