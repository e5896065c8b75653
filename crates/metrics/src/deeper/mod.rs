//! Figures of trees that hold more than programs, critiques and one round of repairs: chains, searches, and whatever
//! asks for notes, tests or judgements on its way.
//!
//! Such a tree is no sample from which other trees could be evaluated: what it did is all that is known. So these are
//! the figures of what it did, by round, by edge from a program to its repair, by seat; and its one realised point
//! against independent samples. Runs whose trees are simpler have none of them.

mod decay;
mod lines;
mod point;
mod rounds;
mod seats;
mod success;
mod transitions;

pub use decay::DecayRow;
pub use point::StrategyPoint;
pub use rounds::RoundRow;
pub use seats::SeatRow;
pub use success::{SuccessBy, SuccessRow};
pub use transitions::TransitionRow;

use crate::coverage::Counted;
use crate::frozen::{is_beyond_repairs, judges_nobody};
use crate::group::{ALL, Group};
use crate::{Estimate, FrozenProblem, Options};
use mend_core::{ProblemId, RepairTree, RunManifest};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// What trees did that are no complete trees of programs and repairs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Deeper {
    /// A row for each group and round; none if no tree has a repair of a repair.
    pub rounds: Vec<RoundRow>,
    /// A row for each group; none if no tree has a repair of a repair.
    pub transitions: Vec<TransitionRow>,
    /// How soon lines are solved and how that decays, a row for each group; none if no tree has a repair of a repair.
    #[serde(default)]
    pub decay: Vec<DecayRow>,
    /// How repairs fare, by what they are about and who wrote them; none if no tree has a repair of a repair.
    pub repair_success: Vec<SuccessRow>,
    /// Share of a failing program's repairs that pass, of programs of every round: mean over programs. Told as the
    /// summary's own figure.
    #[serde(skip)]
    pub(crate) all_repairs: Option<(Estimate, u64)>,
    /// What each seat was asked and what its programs were run for.
    pub seats: Vec<SeatRow>,
    /// The realised point beside each baseline.
    pub points: Vec<StrategyPoint>,
}

/// The trees of one problem, if its tests can judge somebody.
pub(crate) struct Trees<'a> {
    pub(crate) id: &'a ProblemId,
    pub(crate) group: Option<&'a str>,
    pub(crate) all: Vec<&'a RepairTree>,
}

/// The figures; `None` of a run whose trees are complete trees of programs and one round of repairs.
pub(crate) fn figures(
    manifest: &RunManifest,
    counted: &Counted<'_>,
    all: &Group<'_>,
    options: &Options,
) -> Option<Deeper> {
    if !counted.trees.iter().any(|tree| is_beyond_repairs(tree)) {
        return None;
    }
    let by_problem = counted.by_problem();
    let trees_of = |entry: &'_ mend_core::ProblemEntry| by_problem.get(&entry.id).cloned();
    let problems: Vec<Trees<'_>> = manifest
        .problems
        .iter()
        .filter_map(|entry| Some(Trees { id: &entry.id, group: entry.difficulty.as_deref(), all: trees_of(entry)? }))
        .filter(|problem| !judges_nobody(&problem.all))
        .collect();
    let has_rounds = counted.trees.iter().flat_map(|tree| tree.nodes()).any(|node| node.slot.round() > 1);
    let (mut rounds, mut transitions, mut decay, mut repair_success) = (vec![], vec![], vec![], vec![]);
    if has_rounds {
        for name in names(&problems) {
            let group: Vec<&Trees<'_>> =
                problems.iter().filter(|problem| name == ALL || problem.group == Some(name)).collect();
            let about = About { name, sample: counted.sample, options };
            let lines = rounds::lines_of(&group);
            rounds.extend(rounds::rows(&about, &group, &lines));
            decay.push(decay::row(&about, &group, &lines));
            transitions.push(transitions::row(&about, &group, manifest.identity.tests));
        }
        repair_success = success::rows(&problems, counted.sample, options);
    }
    let seats = seats::rows(counted);
    let points = point::points(manifest, &problems, &all.problems, counted.sample, options);
    let all_repairs = Some(success::of_all(&problems, counted.sample, options));
    Some(Deeper { rounds, transitions, decay, repair_success, all_repairs, seats, points })
}

/// A group of problems, and how its figures are resampled.
pub(crate) struct About<'a> {
    pub(crate) name: &'a str,
    pub(crate) sample: crate::Sample,
    pub(crate) options: &'a Options,
}

impl About<'_> {
    pub(crate) fn resampling(&self) -> crate::bootstrap::Resampling<'_> {
        let Options { resamples: times, seed, .. } = *self.options;
        crate::bootstrap::Resampling { times, seed, name: self.name, sample: self.sample }
    }
}

/// `all`, then each difficulty.
fn names<'a>(problems: &[Trees<'a>]) -> Vec<&'a str> {
    let difficulties: BTreeSet<&str> =
        problems.iter().filter_map(|problem| problem.group).filter(|name| *name != ALL).collect();
    std::iter::once(ALL).chain(difficulties).collect()
}

/// The problems of a group by id, for what needs their first programs.
pub(crate) fn frozen_of<'a>(frozen: &[&'a FrozenProblem], id: &ProblemId) -> Option<&'a FrozenProblem> {
    frozen.iter().find(|problem| problem.id == *id).copied()
}

#[cfg(test)]
mod tests;
