//! One tree of a run, with all that the driver knows of it.

use super::{Plan, RunError};
use crate::script::{Ground, Next, Solver};
use mend_core::{Event, Node, Problem, RepairTree, Sampling, Seat, Slot, Tokens, seed_for};
use mend_model::Retries;
use std::collections::BTreeMap;
use std::sync::Arc;

/// How far a tree is.
pub(super) enum Stage {
    /// It did not begin.
    Waiting,
    /// Something is left to do.
    Growing {
        /// What tells what.
        solver: Box<Solver>,
    },
    /// Nothing is left to do.
    Done {
        /// What to hand in, best first.
        ranking: Vec<Slot>,
    },
}

/// A tree that grows.
pub(super) struct Growing<'a> {
    pub(super) tree: &'a mut RepairTree,
    pub(super) problem: &'a Arc<Problem>,
    /// Programs that it may draw.
    programs: u32,
    pub(super) stage: Stage,
    /// Requests and judgements that wait to leave or are on their way.
    pub(super) in_flight: u32,
    /// Whether its limit allows no further request.
    pub(super) is_at_limit: bool,
    /// The attempts left to requests that are admitted anew, by the first of their nodes.
    pub(super) retries: BTreeMap<Slot, Retries>,
}

impl<'a> Growing<'a> {
    /// The trees of a run in the order in which they are started and finished: replicate by replicate, shuffled by the
    /// run's seed.
    pub(super) fn in_seeded_order(plan: &'a Plan, trees: &'a mut [RepairTree]) -> Vec<Self> {
        let mut places: Vec<(usize, &mut RepairTree)> = trees.iter_mut().enumerate().collect();
        places.sort_by_cached_key(|(place, tree)| {
            let digest = plan.problems[*place].digest.to_string();
            (tree.key.replicate, seed_for(plan.seed, &["order", &digest]), *place)
        });
        let growing = |(place, tree): (usize, &'a mut RepairTree)| Self {
            tree,
            problem: &plan.problems[place],
            programs: plan.programs.as_ref().map_or(u32::MAX, |programs| programs[place]),
            stage: Stage::Waiting,
            in_flight: 0,
            is_at_limit: false,
            retries: BTreeMap::new(),
        };
        places.into_iter().map(growing).collect()
    }

    /// Begins to grow from what an earlier session left. Returns the nodes that have no outcome yet.
    pub(super) fn begin(&mut self, plan: &Plan) -> Vec<Slot> {
        let ground = Ground {
            problem: Arc::clone(self.problem),
            seed: plan.seed,
            replicate: self.tree.key.replicate,
            programs: self.programs,
            longest_prompts: longest_prompts(&plan.sampling),
        };
        self.stage = Stage::Growing { solver: Box::new(Solver::new(plan.strategy.script().clone(), ground)) };
        let is_open = |node: &&Node| node.completion.is_some() && node.outcome.is_none();
        self.tree.nodes().filter(is_open).map(|node| node.slot.clone()).collect()
    }

    /// Applies an event that is in the journal.
    pub(super) fn apply(&mut self, event: &Event) -> Result<(), RunError> {
        self.tree.apply(event).map_err(|source| RunError::Tree { tree: self.tree.key.to_string(), source })?;
        if let Stage::Growing { solver } = &mut self.stage {
            solver.learned(event);
        }
        Ok(())
    }

    /// What the strategy wants now; `None` if the tree does not grow.
    pub(super) fn next(&mut self) -> Result<Option<Next>, RunError> {
        let Stage::Growing { solver } = &mut self.stage else { return Ok(None) };
        let next = solver.next(self.tree);
        next.map(Some).map_err(|error| RunError::Script { tree: self.tree.key.to_string(), error })
    }

    /// What is handed in, if its limit allows no further request and nothing is on its way: it is done with what it
    /// has.
    pub(super) fn cut_short(&self) -> Option<Vec<Slot>> {
        let Stage::Growing { solver } = &self.stage else { return None };
        (self.is_at_limit && self.in_flight == 0).then(|| solver.submission(self.tree))
    }
}

/// The most tokens of a prompt to each seat, where its sampling says so.
pub fn longest_prompts(sampling: &BTreeMap<Seat, Sampling>) -> BTreeMap<Seat, Tokens> {
    sampling.iter().filter_map(|(seat, sampling)| Some((*seat, sampling.max_prompt?))).collect()
}
