//! Counts over nodes and requests.

use mend_core::{CallState, Cost, Effort, Efforts, FinishReason, Node, RepairTree, Seat, Status, Tokens, Usd};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How some nodes ended.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NodeTally {
    /// Nodes in all.
    pub total: u64,
    /// Nodes that could not be scored, for whatever reason.
    pub unscored: u64,
    /// Why they could not be scored, by the reason in words.
    #[serde(default)]
    pub unscored_reasons: BTreeMap<String, u64>,
    /// Scored nodes by status.
    pub statuses: BTreeMap<Status, u64>,
    /// Nodes without a program, by the reason why the model stopped.
    pub no_code: BTreeMap<FinishReason, u64>,
    /// Nodes whose answer held characters that no text can, each replaced by U+FFFD.
    #[serde(default)]
    pub replaced: u64,
}

impl NodeTally {
    /// Nodes that were scored.
    pub fn scored(&self) -> u64 {
        self.total - self.unscored
    }

    /// Nodes that ended so.
    pub fn of(&self, status: Status) -> u64 {
        self.statuses.get(&status).copied().unwrap_or(0)
    }

    /// Counts a node. Where its problem's test judges nobody, no verdict on it counts.
    pub(crate) fn add(&mut self, node: &Node, is_judged: bool) {
        self.total += 1;
        self.replaced += u64::from(node.completion.as_ref().is_some_and(|completion| completion.replaced > 0));
        let Some(verdict) = node.verdict().filter(|_| is_judged) else {
            self.unscored += 1;
            let never_got_there = "it failed before the problem's test, which can judge nobody";
            let reason = node.unscored().or_else(|| node.verdict().map(|_| never_got_there));
            if let Some(reason) = reason {
                *self.unscored_reasons.entry(reason.to_owned()).or_default() += 1;
            }
            return;
        };
        *self.statuses.entry(verdict.status).or_default() += 1;
        if verdict.status == Status::NoCode {
            let reason = node.completion.as_ref().map_or(FinishReason::Unknown, |completion| completion.finish_reason);
            *self.no_code.entry(reason).or_default() += 1;
        }
    }
}

/// What a run cost, unfinished trees included.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spending {
    /// Tokens: answers at their price, losses and open requests at their worst.
    pub tokens: Tokens,
    /// The same in money; `None` where a request has no known price.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub usd: Option<Usd>,
    /// Part of it that answers cost.
    #[serde(default)]
    pub answers: Cost,
    /// Part of it that was charged for requests that came to nothing, lost or still open.
    #[serde(default)]
    pub came_to_nothing: Cost,
    /// All of it by who was asked.
    pub by_role: BTreeMap<Seat, Cost>,
    /// What it took beside tokens and money.
    #[serde(default)]
    pub effort: Effort,
    /// The same by who was asked; an execution stands with the seat that wrote the program.
    #[serde(default)]
    pub effort_by_role: BTreeMap<Seat, Effort>,
    /// Answers of people of which nobody says how long they took.
    #[serde(default)]
    pub without_minutes: u64,
    /// Requests in all.
    pub calls: u64,
    /// Requests that came to nothing after a server took them; each was charged at its worst, or as the server reported.
    pub lost: u64,
    /// Requests that were turned away or never got there; none was charged.
    pub refused: u64,
    /// Requests sent and not heard of since.
    pub open: u64,
}

impl Spending {
    pub(crate) fn of(trees: &[RepairTree]) -> Self {
        let Cost { tokens, usd } = trees.iter().map(RepairTree::spent).sum();
        let efforts = Efforts::of(trees);
        let effort = efforts.total();
        let Efforts { by_seat: effort_by_role, without_minutes, .. } = efforts;
        let mut spending = Self { tokens, usd, effort, effort_by_role, without_minutes, ..Self::default() };
        for (seat, cost) in trees.iter().flat_map(RepairTree::spent_by_seat) {
            *spending.by_role.entry(seat).or_default() += cost;
        }
        for (_, call) in trees.iter().flat_map(RepairTree::calls) {
            spending.calls += 1;
            match &call.state {
                CallState::Answered { cost } => spending.answers += *cost,
                CallState::Open { worst_cost } => {
                    spending.open += 1;
                    spending.came_to_nothing += *worst_cost;
                }
                CallState::Lost { charged } => {
                    spending.lost += 1;
                    spending.came_to_nothing += *charged;
                }
                CallState::Refused => spending.refused += 1,
            }
        }
        spending
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use mend_core::{CallId, Event, ProblemId, Slot, Terms, Text, TreeKey, Usage};

    #[test]
    fn what_came_to_nothing_is_told_apart_from_what_answers_cost() {
        let mut tree = RepairTree::new(TreeKey { problem: ProblemId::new("a/1"), replicate: 0 });
        let slot = Slot::program(0);
        let sent = |attempt| Event::Sent {
            call: CallId::new(&slot, attempt),
            slots: vec![slot.clone()],
            seat: Seat::CODER,
            template: None,
            shows: vec![],
            terms: Terms::default(),
            model: "a/b".into(),
            worst_cost: Tokens(100).into(),
            prompt: Text::new("prompt"),
        };
        let call = |attempt| CallId::new(&slot, attempt);
        let why = String::new();
        let events = [
            sent(0),
            Event::Lost { call: call(0), charged: Tokens(100).into(), why: why.clone() },
            sent(1),
            Event::Refused { call: call(1), why: why.clone() },
            sent(2),
            Event::Lost { call: call(2), charged: Tokens(29).into(), why },
            sent(3),
            Event::Sampled { call: call(3), completions: vec![], usage: Usage::default(), cost: Tokens(7).into() },
            sent(4),
        ];
        for event in &events {
            tree.apply(event).unwrap();
        }
        let spending = Spending::of(&[tree]);
        assert_eq!((spending.answers, spending.came_to_nothing), (Tokens(7).into(), Tokens(229).into()));
        assert_eq!(spending.tokens, Tokens(236));
        assert_eq!((spending.calls, spending.lost, spending.refused, spending.open), (5, 2, 1, 1));
        // One that was turned away took nobody's effort.
        assert_eq!(spending.effort, Effort { calls: 4, ..Effort::ZERO });
        assert_eq!(spending.effort_by_role[&Seat::CODER].calls, 4);
    }
}
