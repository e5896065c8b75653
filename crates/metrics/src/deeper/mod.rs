//! Figures of trees that hold more than programs, critiques and one round of repairs: chains, searches, and whatever
//! asks for notes, tests or judgements on its way.
//!
//! Such a tree is no sample from which other trees could be evaluated: what it did is all that is known. So these are
//! the figures of what it did, by round, by edge from a program to its repair, by seat; and its one realised point
//! against independent samples. Runs whose trees are simpler have none of them; where right programs were repaired in one
//! round, what became of them is told.

mod ddi;
mod decay;
mod hints;
mod lines;
mod plausible;
mod point;
mod questions;
mod region;
mod rounds;
mod seats;
mod success;
mod transitions;
mod trend;

pub use ddi::Ddi;
pub use decay::DecayRow;
pub use hints::HintsRow;
pub use plausible::PlausibleRow;
pub use point::StrategyPoint;
pub use questions::QuestionRow;
pub use region::Region;
pub use rounds::RoundRow;
pub use seats::SeatRow;
pub use success::{SuccessBy, SuccessRow};
pub use transitions::TransitionRow;

pub(crate) use lines::edges;
pub(crate) use point::{Beyond, points, submission_passes};
pub(crate) use success::{adviser, rows as success_rows, shares as repair_shares};

use crate::coverage::Counted;
use crate::frozen::{is_beyond_repairs, judges_nobody};
use crate::group::{ALL, Group};
use crate::{Estimate, FrozenProblem, Options, TokenCounts};
use mend_core::{ProblemId, RepairTree, RunManifest};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// What trees did that are no complete trees of programs and repairs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Deeper {
    /// A row for each group and round; none if no tree has a repair of a repair.
    pub rounds: Vec<RoundRow>,
    /// A row for each group; none if no tree has a repair of a repair, or of a right program.
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
    /// What passes the public tests, and what that is worth: a row for each group; none without public tests.
    #[serde(default)]
    pub plausible: Vec<PlausibleRow>,
    /// How many hints it takes: a row for each group, suite and share of its tests; none if nobody gives a hint.
    #[serde(default)]
    pub hints: Vec<HintsRow>,
    /// Questions about programs: a row for each group and number of a question; none without such questions.
    #[serde(default)]
    pub questions: Vec<QuestionRow>,
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

/// The figures; `None` of a run whose trees are complete trees of programs and one round of repairs of failing ones.
pub(crate) fn figures(
    manifest: &RunManifest,
    counted: &Counted<'_>,
    all: &Group<'_>,
    loop_share: TokenCounts,
    options: &Options,
) -> Option<Deeper> {
    // A strategy that learns from other problems has spent more than its trees show.
    let learns = manifest.identity.strategy.rounds.is_some() && !counted.trees.is_empty();
    let is_deep = learns || counted.trees.iter().any(|tree| is_deep(tree));
    // Critiques of right programs show what becomes of these: trees of one round hold them too.
    let mends_right =
        counted.trees.iter().flat_map(|tree| edges(tree)).any(|edge| edge.passes().is_some_and(|(right, _)| right));
    // One round of repairs by somebody's hints is no deeper than one by critiques, but was counted in hints.
    let is_hinted = counted.trees.iter().any(|tree| hints::has_hint(tree));
    if !is_deep && !mends_right && !is_hinted {
        return None;
    }
    let problems = trees_by_problem(manifest, counted);
    let has_rounds = counted.trees.iter().flat_map(|tree| tree.nodes()).any(|node| node.slot.round() > 1);
    let (mut rounds, mut transitions, mut decay, mut repair_success) = (vec![], vec![], vec![], vec![]);
    if has_rounds || mends_right {
        for name in names(&problems) {
            let group: Vec<&Trees<'_>> =
                problems.iter().filter(|problem| name == ALL || problem.group == Some(name)).collect();
            let about = About { name, sample: counted.sample, options };
            if has_rounds {
                let lines = rounds::lines_of(&group);
                rounds.extend(rounds::rows(&about, &group, &lines));
                decay.push(decay::row(&about, &group, &lines));
            }
            transitions.push(transitions::row(&about, &group, manifest.identity.tests));
        }
    }
    if has_rounds {
        repair_success = success::rows(&problems, counted.sample, options, |_| true);
    }
    let (hints, questions) = helped(manifest, &problems, counted.sample, options, is_hinted);
    let plausible = if is_deep { plausible::rows(manifest, &problems, counted.sample, options) } else { vec![] };
    let seats = if is_deep { seats::rows(counted) } else { vec![] };
    let points = if is_deep {
        points(manifest, &problems, &all.problems, loop_share, (counted.sample, Beyond::Absent), options)
    } else {
        vec![]
    };
    let all_repairs = is_deep.then(|| success::of_all(&problems, counted.sample, options));
    Some(Deeper { rounds, transitions, decay, repair_success, all_repairs, plausible, hints, questions, seats, points })
}

/// The rows of hints and of questions.
fn helped(
    manifest: &RunManifest,
    problems: &[Trees<'_>],
    sample: crate::Sample,
    options: &Options,
    is_hinted: bool,
) -> (Vec<HintsRow>, Vec<QuestionRow>) {
    let with_public: BTreeSet<&ProblemId> =
        manifest.problems.iter().filter(|entry| entry.public_tests > 0).map(|entry| &entry.id).collect();
    let (mut hints, mut questions) = (vec![], vec![]);
    for name in names(problems) {
        let group: Vec<&Trees<'_>> =
            problems.iter().filter(|problem| name == ALL || problem.group == Some(name)).collect();
        let about = About { name, sample, options };
        if is_hinted {
            hints.extend(hints::rows(&about, &group, &with_public, manifest.identity.tests));
        }
        questions.extend(questions::rows(&about, &group));
    }
    (hints, questions)
}

/// Whether a tree holds more than programs, critiques and one round of repairs, or tried its programs by more than the
/// problem's tests: its strategy may then choose by what it found out itself.
pub(crate) fn is_deep(tree: &RepairTree) -> bool {
    is_beyond_repairs(tree) || tree.nodes().any(|node| !node.tested.is_empty() || !node.ran.is_empty())
}

/// The trees of each problem whose tests can judge somebody, in the manifest's order.
pub(crate) fn trees_by_problem<'a>(manifest: &'a RunManifest, counted: &Counted<'a>) -> Vec<Trees<'a>> {
    let by_problem = counted.by_problem();
    let trees_of = |entry: &mend_core::ProblemEntry| by_problem.get(&entry.id).cloned();
    manifest
        .problems
        .iter()
        .filter_map(|entry| Some(Trees { id: &entry.id, group: entry.difficulty.as_deref(), all: trees_of(entry)? }))
        .filter(|problem| !judges_nobody(&problem.all))
        .collect()
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
