//! Counts over nodes and requests.

use mend_core::{CallState, Cost, FinishReason, Node, RepairTree, Seat, Status, Tokens, Usd};
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

    pub(crate) fn add(&mut self, node: &Node) {
        self.total += 1;
        let Some(verdict) = node.verdict() else {
            self.unscored += 1;
            if let Some(reason) = node.unscored() {
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
    /// The same by who was asked.
    pub by_role: BTreeMap<Seat, Cost>,
    /// Requests in all.
    pub calls: u64,
    /// Requests whose answer will never be known; each was charged at its worst.
    pub lost: u64,
    /// Requests that were turned away or never got there; none was charged.
    pub refused: u64,
    /// Requests sent and not heard of since.
    pub open: u64,
}

impl Spending {
    pub(crate) fn of(trees: &[RepairTree]) -> Self {
        let Cost { tokens, usd } = trees.iter().map(RepairTree::spent).sum();
        let mut spending = Self { tokens, usd, ..Self::default() };
        for (seat, cost) in trees.iter().flat_map(RepairTree::spent_by_seat) {
            *spending.by_role.entry(seat).or_default() += cost;
        }
        for (_, call) in trees.iter().flat_map(RepairTree::calls) {
            spending.calls += 1;
            match call.state {
                CallState::Open { .. } => spending.open += 1,
                CallState::Lost { .. } => spending.lost += 1,
                CallState::Refused => spending.refused += 1,
                CallState::Answered { .. } => {}
            }
        }
        spending
    }
}
