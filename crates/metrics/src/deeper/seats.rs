//! What each seat was asked, and what its programs were run for.

use crate::coverage::Counted;
use mend_core::{CallState, Cost, Digest, Minutes, Node, Outcome, Seat};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// A seat and the model in it, over finished trees.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeatRow {
    /// The seat, as a word.
    pub seat: String,
    /// The model that was asked.
    pub model: String,
    /// Requests that were answered.
    pub calls: u64,
    /// Answers to them.
    pub answers: u64,
    /// What the answers cost.
    pub cost: Cost,
    /// Those of the requests that were questions to a person, or to whoever sits in a person's seat: of an annotator all,
    /// of another seat those that people answered.
    #[serde(default)]
    pub questions: u64,
    /// People's minutes for these, each row of theirs once; half a minute for a question to whoever only stands for a
    /// person.
    #[serde(default)]
    pub minutes: Minutes,
    /// Programs of the seat that were judged by the problem's tests.
    pub judged: u64,
    /// How often such a program was judged by tests of another node.
    pub tested: u64,
    /// How often something was run for such an answer without a judgement: inputs, or an instrument.
    pub ran: u64,
}

/// A row for each seat and model, in the order of the seats. What came to nothing does not count: it is no property of
/// a tree.
pub(crate) fn rows(counted: &Counted<'_>) -> Vec<SeatRow> {
    let mut rows: BTreeMap<(Seat, Arc<str>), SeatRow> = BTreeMap::new();
    let mut made = SeatRow::default();
    let mut seen: BTreeSet<(Option<&str>, Digest)> = BTreeSet::new();
    for tree in &counted.trees {
        for (_, call) in tree.calls() {
            let CallState::Answered { cost } = call.state else { continue };
            let row = rows.entry((call.seat, call.model.clone())).or_default();
            row.calls += 1;
            // What was taken over from another program asked nobody.
            let mut answers = call.slots.iter().filter_map(|slot| tree.node(slot));
            row.questions += u64::from(answers.any(Node::is_question));
            row.cost += cost;
        }
        for node in tree.nodes().chain(tree.given()) {
            let row = match (node.seat, &node.model) {
                (Some(seat), Some(model)) => rows.entry((seat, model.clone())).or_default(),
                _ if node.is_made() => &mut made,
                _ => continue,
            };
            let is_new = node.row().is_none_or(|row| seen.insert((node.model.as_deref(), row)));
            row.minutes += node.minutes().filter(|_| is_new).unwrap_or_default();
            row.answers += u64::from(node.completion.is_some() && !node.is_made());
            let ran = matches!(&node.outcome, Some(Outcome::Judged(verdict, _)) if verdict.engine.is_some());
            row.judged += u64::from(ran);
            row.tested += node.tested.len() as u64;
            row.ran += node.ran.len() as u64;
        }
    }
    let named = |((seat, model), row): ((Seat, Arc<str>), SeatRow)| SeatRow {
        seat: seat.to_string(),
        model: model.to_string(),
        ..row
    };
    let executed = made.judged + made.tested + made.ran > 0;
    let made = executed.then(|| SeatRow { seat: "script".to_owned(), model: "none".to_owned(), ..made });
    rows.into_iter().map(named).chain(made).collect()
}
