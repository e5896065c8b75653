//! What trees took beside tokens and money.

use super::{CallState, Node, Outcome, RepairTree};
use crate::{Digest, Effort, Minutes, Part, Seat, Slot, Source, speaks_for_people};
use std::collections::{BTreeMap, BTreeSet};

/// What trees took, by who was asked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Efforts {
    /// By seat. Executions stand with the seat that wrote the program.
    pub by_seat: BTreeMap<Seat, Effort>,
    /// Executions of programs that the strategy put together itself.
    pub made: Effort,
    /// Answers of people whose minutes nobody wrote down.
    pub without_minutes: u64,
}

impl Efforts {
    /// What some trees took. People's time counts once for each row that they wrote, however many nodes it answers.
    pub fn of<'a>(trees: impl IntoIterator<Item = &'a RepairTree>) -> Self {
        let mut efforts = Self::default();
        let mut rows: BTreeSet<(&str, Digest)> = BTreeSet::new();
        for tree in trees {
            for (seat, effort) in tree.calls_and_shown() {
                *efforts.by_seat.entry(seat).or_default() += effort;
            }
            for node in tree.nodes().chain(tree.given()) {
                let to = node.seat.map_or(&mut efforts.made, |seat| efforts.by_seat.entry(seat).or_default());
                to.executions += node.executions();
                if !node.is_question() {
                    continue;
                }
                to.questions += 1;
                let row = node.row().filter(|_| node.model.as_deref().is_some_and(crate::is_human));
                let is_new = row.is_none_or(|row| rows.insert((node.model.as_deref().unwrap_or_default(), row)));
                match node.minutes() {
                    Some(minutes) if is_new => to.minutes += minutes,
                    None if is_new => efforts.without_minutes += 1,
                    _ => {}
                }
            }
        }
        efforts
    }

    /// All of it together.
    pub fn total(&self) -> Effort {
        self.by_seat.values().copied().sum::<Effort>() + self.made
    }
}

impl Node {
    /// How often its program was executed: judged by the problem's tests, by tests of other nodes, or run without a
    /// judgement. A program that waits for its judgement will be.
    pub fn executions(&self) -> u64 {
        let judged = match &self.outcome {
            Some(Outcome::Judged(verdict, _)) => verdict.engine.is_some(),
            Some(Outcome::Read(_) | Outcome::Unscored(_)) => false,
            None => self.slot.is_program() && self.completion.is_some(),
        };
        u64::from(judged) + self.tested.len() as u64 + self.ran.len() as u64
    }

    /// Whether it is an answer of a person, or of whoever sits in a person's seat. What was taken over from another
    /// program asked nobody.
    pub fn is_question(&self) -> bool {
        let is_asked = self.completion.is_some() && self.call.is_some() && !self.is_propagated();
        is_asked && is_question(self.seat, self.model.as_deref())
    }

    fn is_propagated(&self) -> bool {
        self.completion
            .as_ref()
            .and_then(|completion| completion.remark.as_ref())
            .is_some_and(|remark| remark.source == Source::Propagated)
    }

    /// The row that a person wrote for it; `None` of what was taken over or simulated.
    pub fn row(&self) -> Option<Digest> {
        let remark = self.completion.as_ref()?.remark.as_ref()?;
        (remark.source == Source::Human).then_some(remark.row)
    }

    /// What it took of a person's time; `None` where a person was asked and nobody wrote it down.
    pub fn minutes(&self) -> Option<Minutes> {
        if !self.is_question() {
            return Some(Minutes::ZERO);
        }
        match self.model.as_deref() {
            Some(model) if crate::is_human(model) => {
                let remark = self.completion.as_ref()?.remark.as_ref()?;
                if remark.source == Source::Simulated { Some(Minutes::OF_A_SIMULATION) } else { remark.minutes }
            }
            _ => Some(Minutes::OF_A_SIMULATION),
        }
    }
}

/// Whether whoever is asked is a person, or sits in a person's seat.
pub fn is_question(seat: Option<Seat>, model: Option<&str>) -> bool {
    seat.is_some_and(|seat| seat.part() == Part::Annotator) || model.is_some_and(speaks_for_people)
}

/// Whether a call to this seat is an observation by itself.
pub fn observes(seat: Seat) -> bool {
    matches!(seat.part(), Part::Critic | Part::Annotator)
}

impl RepairTree {
    /// What the tree took, all in all.
    pub fn effort(&self) -> Effort {
        Efforts::of([self]).total()
    }

    /// Executions of programs among some nodes that no prompt has shown yet.
    pub fn newly_shown<'a>(&self, shows: impl IntoIterator<Item = &'a Slot>) -> u64 {
        let shown = self.shown();
        let new: BTreeSet<&Slot> = shows.into_iter().filter(|slot| !shown.contains(slot)).collect();
        new.into_iter().filter_map(|slot| self.node(slot)).map(Node::executions).sum()
    }

    /// Whether some prompt shows a node.
    pub fn is_shown(&self, slot: &Slot) -> bool {
        self.shown().contains(slot)
    }

    /// The nodes that some prompt shows.
    fn shown(&self) -> BTreeSet<&Slot> {
        let took = |state: &CallState| !matches!(state, CallState::Refused);
        self.calls.values().filter(|call| took(&call.state)).flat_map(|call| &call.shows).collect()
    }

    /// Calls and observations. An execution that a prompt shows is an observation of the seat whose prompt showed it first.
    fn calls_and_shown(&self) -> Vec<(Seat, Effort)> {
        let mut shown: BTreeSet<&Slot> = BTreeSet::new();
        let mut efforts = Vec::new();
        for call in self.calls.values().filter(|call| !matches!(call.state, CallState::Refused)) {
            let new = call.shows.iter().filter(|slot| shown.insert(slot));
            let executions: u64 = new.filter_map(|slot| self.node(slot)).map(Node::executions).sum();
            let observations = executions + u64::from(observes(call.seat));
            efforts.push((call.seat, Effort { calls: 1, observations, ..Effort::ZERO }));
        }
        efforts
    }
}
