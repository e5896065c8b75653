//! One tree of a run, with all that the driver knows of it.

use super::{Plan, RunError};
use crate::script::{Ground, Memory, Next, ScriptError, Solver};
use mend_core::{Event, Member, Node, Problem, RepairTree, Sampling, Schedule, Seat, Slot, Tokens};
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
    /// The trees of a run in the order in which they are started and finished.
    pub(super) fn in_order(plan: &'a Plan, trees: &'a mut [RepairTree], schedule: &Schedule) -> Vec<Self> {
        let mut places: Vec<(usize, &mut RepairTree)> = trees.iter_mut().enumerate().collect();
        let mut turns = vec![0; places.len()];
        for (position, place) in schedule.order().iter().enumerate() {
            turns[*place] = position;
        }
        places.sort_by_key(|(place, _)| turns[*place]);
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
    pub(super) fn begin(&mut self, plan: &Plan, memory: Option<Memory>) -> Vec<Slot> {
        self.stage = Stage::Growing { solver: Box::new(self.solver(plan, memory)) };
        let is_open = |node: &&Node| node.completion.is_some() && node.outcome.is_none();
        self.tree.nodes().chain(self.tree.given()).filter(is_open).map(|node| node.slot.clone()).collect()
    }

    /// What tells what the tree wants, and has not looked at it yet.
    pub(super) fn solver(&self, plan: &Plan, memory: Option<Memory>) -> Solver {
        solver(plan, (self.problem, self.programs), self.tree.key.replicate, memory)
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
        match next {
            Ok(next) => Ok(Some(next)),
            Err(error) => Err(self.failed(error)),
        }
    }

    /// What is handed in, if its limit allows no further request and nothing is on its way: it is done with what it
    /// has.
    pub(super) fn cut_short(&self) -> Option<Vec<Slot>> {
        let Stage::Growing { solver } = &self.stage else { return None };
        (self.is_at_limit && self.in_flight == 0).then(|| solver.submission(self.tree))
    }
}

/// What tells what a tree wants.
fn solver(plan: &Plan, (problem, programs): (&Arc<Problem>, u32), replicate: u32, memory: Option<Memory>) -> Solver {
    let ground = Ground {
        problem: Arc::clone(problem),
        seed: plan.seed,
        replicate,
        programs,
        longest_prompts: longest_prompts(&plan.sampling),
        memory,
    };
    Solver::new(plan.strategy.script().clone(), ground)
}

/// Why a tree that another run grew is no beginning of a plan's tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Misfit {
    /// The plan's strategy asks otherwise for a node that is there, or fails.
    Script(ScriptError),
    /// The plan's strategy never asks for this node.
    Unwanted(Slot),
}

/// Whether all nodes of a tree that another run grew would be asked for, with the same prompts, by the tree of this number
/// of a plan. Nothing is asked.
///
/// # Errors
/// The first node that would not.
pub fn check_beginning(plan: &Plan, number: usize, tree: &RepairTree) -> Result<(), Misfit> {
    let Some(problem) = plan.problems.get(number) else { return Ok(()) };
    let programs = plan.programs.as_ref().map_or(u32::MAX, |programs| programs[number]);
    let mut solver = solver(plan, (problem, programs), tree.key.replicate, None);
    solver.next(tree).map_err(Misfit::Script)?;
    match tree.nodes().find(|node| !solver.claims(&node.slot)) {
        Some(unwanted) => Err(Misfit::Unwanted(unwanted.slot.clone())),
        None => Ok(()),
    }
}

/// The order of a plan's trees, and its rounds.
pub(super) fn schedule(plan: &Plan, trees: &[RepairTree]) -> Schedule {
    let member = |(tree, problem): (&RepairTree, &Arc<Problem>)| Member {
        is_dev: plan.dev.contains(&problem.id),
        replicate: tree.key.replicate,
        problem: problem.digest,
    };
    let members: Vec<Member> = trees.iter().zip(&plan.problems).map(member).collect();
    let size = plan.strategy.header().rounds.as_ref().map(|rounds| rounds.size);
    Schedule::new(&members, plan.seed, size)
}

/// The most tokens of a prompt to each seat, where its sampling says so.
pub fn longest_prompts(sampling: &BTreeMap<Seat, Sampling>) -> BTreeMap<Seat, Tokens> {
    sampling.iter().filter_map(|(seat, sampling)| Some((*seat, sampling.max_prompt?))).collect()
}
