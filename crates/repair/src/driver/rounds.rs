//! Rounds: which trees may grow now, and what is learnt from those that are done.
//!
//! A tree of a round begins once the state of the round is known, and that is once every tree of the round before is handed
//! in. The state is a pure function of the state before and of these trees, in their order. It is worked out from the trees
//! as they stand, live as on a resumption, and compared with what an earlier session wrote down.

use super::growing::Growing;
use super::{Driver, RunError};
use crate::script::{Finished, Memory, ScriptError, State};
use mend_core::{Entry, Event};
use std::sync::Arc;

impl Driver<'_> {
    /// Where the trees end in the order that may grow now.
    pub(super) fn end_of_round(&self) -> usize {
        self.schedule.range(self.round).end
    }

    /// What a tree knows of earlier rounds; `None` for a script that keeps no state.
    pub(super) fn memory(&self, position: usize) -> Option<Memory> {
        let turn = self.schedule.turn(position);
        let state = self.states.get(turn.round as usize)?;
        Some(Memory { state: Arc::clone(state), turn, rounds: self.schedule.rounds() as u32 })
    }

    /// Begins the next round wherever all trees of one are handed in. Returns whether one began.
    pub(super) fn begin_rounds(&mut self) -> Result<bool, RunError> {
        if self.trees.is_empty() {
            return Ok(false);
        }
        let script = self.plan.strategy.script();
        let mut has_begun = false;
        if self.states.is_empty() {
            let start = script.start().map_err(|error| RunError::Learning { round: 0, error })?;
            let Some(state) = start else { return Ok(false) };
            self.know(state)?;
            has_begun = true;
        }
        while self.round + 1 < self.schedule.rounds() && self.submitted >= self.end_of_round() {
            let next = self.round + 1;
            let range = self.schedule.range(self.round);
            let trees = range.map(|position| self.finished(position)).collect::<Result<Vec<_>, _>>()?;
            let state = script.learn(&self.states[self.round], &trees);
            self.know(state.map_err(|error| RunError::Learning { round: next, error })?)?;
            self.round = next;
            has_begun = true;
        }
        self.progress.round = self.round as u32;
        self.progress.rounds = self.schedule.rounds() as u32;
        Ok(has_begun)
    }

    /// What a tree that is handed in left for its script to learn from.
    fn finished(&self, position: usize) -> Result<Finished, RunError> {
        let growing = &self.trees[position];
        let mut solver = growing.solver(self.plan, self.memory(position));
        solver.next(&*growing.tree).map_err(|error| growing.failed(error))?;
        let place = self.schedule.turn(position).place;
        Ok(Finished { problem: Arc::clone(growing.problem), place, kept: solver.kept().to_vec() })
    }

    /// Takes note of the state of the next round: it is written down, or is what was written down.
    fn know(&mut self, state: State) -> Result<(), RunError> {
        let round = self.states.len();
        match self.plan.states.get(round) {
            Some(before) if *before == state.digest() => {}
            Some(before) => {
                let file = self.plan.strategy.script().file().to_owned();
                let (before, now) = (before.short(), state.digest().short());
                let error = ScriptError::Unlearnt { file, round, before, now };
                return Err(RunError::Learning { round, error });
            }
            None => {
                let event = Event::State { round: round as u32, state: state.text().clone() };
                self.latest = Some(self.journal.append(&Entry { tree: None, event })?);
            }
        }
        self.states.push(Arc::new(state));
        Ok(())
    }
}

impl Growing<'_> {
    /// The script's failure at this tree.
    pub(super) fn failed(&self, error: ScriptError) -> RunError {
        RunError::Script { tree: self.tree.key.to_string(), error }
    }
}
