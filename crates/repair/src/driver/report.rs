//! What a run tells while it goes on.

use mend_core::{CallId, CallState, Cost, Event, Node, RepairTree, Seat, Slot, Status, Suite, Tokens, TreeKey};
use mend_model::{Kind, Oddity};
use std::time::Duration;

/// Something that a run tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Report {
    /// How far it is. Told often.
    Progress(Progress),
    /// A tree is finished and handed in. Told once for each tree, in the run's own order.
    HandedIn(Box<RepairTree>),
    /// What became of a request, a program or a tree. Told each time.
    Became(Became),
    /// A request failed and is asked again. Told each time.
    Retrying(Retrying),
    /// Requests wait, because a provider lets nothing through for a while. Told by each of them.
    Paused {
        /// The model, as `provider/model`.
        model: String,
        /// How long from now on.
        pause: Duration,
    },
    /// Something about an answer is odd. Told each time.
    Odd {
        /// The model.
        model: String,
        /// What.
        oddity: Oddity,
    },
}

/// What became of a request, a program or a tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Became {
    /// A request was answered.
    Answered {
        /// Who was asked.
        seat: Seat,
        /// The model, as `provider/model`.
        model: String,
        /// What it cost.
        cost: Cost,
    },
    /// A request came to nothing, and is charged if it may have been billed.
    Unanswered {
        /// Who was asked.
        seat: Seat,
        /// The model.
        model: String,
        /// What was charged; `None` if it was turned away.
        charged: Option<Cost>,
        /// What happened.
        why: String,
    },
    /// A node got no outcome that counts.
    Unscored {
        /// Its tree.
        tree: TreeKey,
        /// Its place there.
        slot: Slot,
        /// The reason.
        why: String,
    },
    /// A program was judged.
    Judged {
        /// Its tree.
        tree: TreeKey,
        /// Its place there.
        slot: Slot,
        /// How it fared.
        status: Status,
    },
    /// A tree has nothing left to do.
    Done(TreeKey),
}

impl Became {
    /// What an event says that was just applied to its tree.
    pub(super) fn of(event: &Event, tree: &RepairTree) -> Option<Self> {
        let asked = |call: &CallId| tree.call(call).map(|call| (call.seat, call.model.to_string()));
        match event {
            Event::Sampled { call, cost, .. } => {
                asked(call).map(|(seat, model)| Self::Answered { seat, model, cost: *cost })
            }
            Event::Lost { call, charged, why } => asked(call).map(|(seat, model)| Self::Unanswered {
                seat,
                model,
                charged: Some(*charged),
                why: why.clone(),
            }),
            Event::Refused { call, why } => {
                asked(call).map(|(seat, model)| Self::Unanswered { seat, model, charged: None, why: why.clone() })
            }
            Event::Unscored { slot, why, .. } => {
                Some(Self::Unscored { tree: tree.key.clone(), slot: slot.clone(), why: why.clone() })
            }
            Event::Judged { slot, verdict, .. } => {
                Some(Self::Judged { tree: tree.key.clone(), slot: slot.clone(), status: verdict.status })
            }
            _ => None,
        }
    }
}

/// A request that is asked again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Retrying {
    /// The model, as `provider/model`.
    pub model: String,
    /// What happened.
    pub kind: Kind,
    /// The server's words, or those of the connection.
    pub detail: String,
    /// How long until then.
    pub pause: Duration,
    /// The number of the attempt that comes next, from 1.
    pub attempt: u32,
    /// Attempts at most.
    pub attempts: u32,
}

/// How far a run is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Progress {
    /// Trees with nothing left to do.
    pub trees_done: u64,
    /// All trees.
    pub trees: u64,
    /// Programs judged or given up so far, in this and earlier sessions.
    pub judged: u64,
    /// Programs among them that pass the hidden suite.
    pub passed: u64,
    /// What was spent, lost requests included.
    pub spent: Cost,
    /// Tokens among it that were charged for requests that came to nothing.
    pub lost: Tokens,
    /// Programs that are at the judge.
    pub judging: u64,
    /// Trees that ended at the limit of what may be spent on each.
    pub at_limit: u64,
    /// Nodes that wait for people's feedback.
    pub waiting: u64,
    /// The round whose trees grow, from 0.
    pub round: u32,
    /// Rounds of a strategy that learns from one problem for others; 0 for any other.
    pub rounds: u32,
}

impl Progress {
    pub(super) fn count(&mut self, node: &Node) {
        if !node.slot.is_program() {
            return;
        }
        self.judged += u64::from(node.outcome.is_some());
        self.passed += u64::from(node.passes(Suite::Hidden) == Some(true));
    }

    /// Counts what an earlier session left.
    pub(super) fn count_tree(&mut self, tree: &RepairTree) {
        tree.nodes().for_each(|node| self.count(node));
        let lost = tree.calls().filter_map(|(_, call)| match &call.state {
            CallState::Lost { charged } => Some(charged.tokens),
            CallState::Open { .. } | CallState::Answered { .. } | CallState::Refused => None,
        });
        self.lost += lost.sum();
    }
}
