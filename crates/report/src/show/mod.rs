//! What a run holds, for people: its problems, the tree of one, and one node whole.
//!
//! Figures are elsewhere. Here stand the texts: prompts as they were sent, answers, programs, what tests found. Texts
//! come from models and programs, so that [`visible`] goes over each of them. Read [`Place`] first.

mod changes;
mod json;
mod node;
mod problems;
mod state;
mod tree;

pub use json::{node_json, problems_json, state_json, tree_json};
pub use node::show_node;
pub use problems::show_problems;
pub use state::show_state;
pub use tree::show_tree;

use crate::plain::visible;
use crate::tables::wrap;
use mend_core::{
    Call, CallId, CallState, Found, Node, Opinion, Outcome, RepairTree, RunManifest, Seat, Slot, Span, Text,
};
use std::collections::BTreeMap;

/// How something is shown.
#[derive(Debug, Clone, Copy)]
pub struct Look {
    /// Columns of the terminal. Tables fit into them; texts stand as they are.
    pub width: u16,
    /// Whether there are colours.
    pub colour: bool,
}

/// A place of a tree that somebody was asked to fill: what stands there, and the requests for it.
pub(crate) struct Place<'a> {
    pub(crate) slot: &'a Slot,
    pub(crate) node: Option<&'a Node>,
    pub(crate) calls: Vec<(&'a CallId, &'a Call)>,
}

/// Every place of a tree, parents first.
pub(crate) fn places(tree: &RepairTree) -> BTreeMap<&Slot, Place<'_>> {
    let mut places = BTreeMap::new();
    for node in tree.nodes() {
        places.insert(&node.slot, Place { slot: &node.slot, node: Some(node), calls: vec![] });
    }
    for (id, call) in tree.calls() {
        for slot in &call.slots {
            places.entry(slot).or_insert(Place { slot, node: None, calls: vec![] }).calls.push((id, call));
        }
    }
    places
}

/// The slots that [`show_node`] knows: those with a node, and those that a request asks for.
pub fn shown_slots(tree: &RepairTree) -> Vec<&Slot> {
    places(tree).into_keys().collect()
}

impl<'a> Place<'a> {
    /// The request that the node answers; of a place without a node the last one.
    pub(crate) fn call(&self) -> Option<(&'a CallId, &'a Call)> {
        let answered = self.node.and_then(|node| node.call.as_ref());
        match answered {
            Some(id) => self.calls.iter().find(|(other, _)| *other == id).copied(),
            None => self.calls.last().copied(),
        }
    }

    /// Who was asked.
    pub(crate) fn seat(&self) -> Option<Seat> {
        self.node.and_then(|node| node.seat).or_else(|| self.call().map(|(_, call)| call.seat))
    }

    /// How it ended or what was read, in a few words.
    pub(crate) fn ended(&self) -> String {
        match self.node {
            Some(node) => ended(node),
            None => self.call().map_or("", |(_, call)| fate(&call.state)).to_owned(),
        }
    }
}

/// What became of a request, in a few words.
pub(crate) fn fate(state: &CallState) -> &'static str {
    match state {
        CallState::Open { .. } => "no answer yet",
        CallState::Answered { .. } => "answered",
        CallState::Lost { .. } => "lost",
        CallState::Refused => "refused",
    }
}

/// How a node ended or what was read of it, in a few words.
pub(crate) fn ended(node: &Node) -> String {
    match &node.outcome {
        Some(Outcome::Judged(verdict, _)) => verdict.status.to_string(),
        Some(Outcome::Read(found)) => read(found),
        Some(Outcome::Unscored(_)) => "unscored".to_owned(),
        None if node.slot.is_program() => "not judged yet".to_owned(),
        None => "not read yet".to_owned(),
    }
}

/// What was read out of a node that holds no program.
pub(crate) fn read(found: &Found) -> String {
    match found {
        Found::Critique { opinion, spans, defects } => {
            let opinion = opinion.map_or("no opinion", Opinion::as_str);
            let named = if spans.is_empty() { opinion.to_owned() } else { format!("{opinion}, {}", lines(spans)) };
            if defects.is_empty() { named } else { format!("{named}, {}", counted(defects.len() as u64, "defect")) }
        }
        Found::Note => "read".to_owned(),
        Found::Tests { tests, dropped } => {
            let count = counted(tests.len() as u64, "test");
            if *dropped > 0 { format!("{count}, {dropped} dropped") } else { count }
        }
        Found::Judgement { score, choice } => {
            let score = score.map(|score| format!("score {score}"));
            let choice = choice.map(|choice| format!("choice {choice}"));
            let said: Vec<String> = score.into_iter().chain(choice).collect();
            if said.is_empty() { "no score, no choice".to_owned() } else { said.join(", ") }
        }
        Found::Answer { yes } => match yes {
            Some(true) => "yes".to_owned(),
            Some(false) => "no".to_owned(),
            None => "neither yes nor no".to_owned(),
        },
    }
}

fn lines(spans: &[Span]) -> String {
    let span = |Span { first, last }: &Span| if first == last { first.to_string() } else { format!("{first}-{last}") };
    let word = if spans.len() == 1 && spans[0].first == spans[0].last { "line" } else { "lines" };
    format!("{word} {}", spans.iter().map(span).collect::<Vec<_>>().join(", "))
}

/// A number with its noun.
pub(crate) fn counted(count: u64, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}

/// The words of a text, harmless; or that they are missing.
pub(crate) fn words(text: &Text) -> String {
    match text.body() {
        Some(body) if body.is_empty() => "(empty)\n".to_owned(),
        Some(body) => {
            let body = visible(body);
            if body.ends_with('\n') { body } else { body + "\n" }
        }
        None => format!(
            "(missing: the journal names a text by its digest {} and does not hold it)\n",
            text.digest().short()
        ),
    }
}

/// The first characters of a line, with dots where something was cut.
pub(crate) fn within(line: &str, width: usize) -> String {
    if line.chars().count() <= width {
        return line.to_owned();
    }
    let kept: String = line.chars().take(width.saturating_sub(3)).collect();
    kept.trim_end().to_owned() + "..."
}

/// Said wherever results of a simulation are shown; empty otherwise.
pub(crate) fn warning(manifest: &RunManifest, width: u16) -> String {
    if manifest.identity.models.values().any(|model| model.simulated) {
        wrap("!! simulated model: this says nothing about models", width, 3)
    } else {
        String::new()
    }
}

#[cfg(test)]
mod tests;
