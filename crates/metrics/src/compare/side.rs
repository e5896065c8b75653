//! What a comparison needs of a run, so that its trees need not be held.

use crate::coverage::Counted;
use crate::deeper::submission_passes;
use crate::frozen::{frozen, judges_nobody};
use crate::{FrozenProblem, RunLabels, Sample};
use mend_core::{Digest, Identity, Node, ProblemEntry, ProblemId, RepairTree, RunManifest, Suite};
use serde::Serialize;
use std::collections::BTreeMap;

/// One run of a comparison.
#[derive(Debug, Clone)]
pub struct Side {
    /// What it is.
    pub labels: RunLabels,
    /// What decides its numbers.
    pub identity: Identity,
    /// Finished trees.
    pub finished: u32,
    /// All trees of reported problems.
    pub trees: u32,
    pub(crate) sample: Sample,
    /// Reported problems, in the manifest's order.
    pub(crate) problems: Vec<OfProblem>,
    /// The same, in the order in which they are handed in.
    pub(crate) order: Vec<ProblemId>,
}

/// One problem of a run.
#[derive(Debug, Clone)]
pub(crate) struct OfProblem {
    pub(crate) entry: ProblemEntry,
    /// Its first programs with their repairs; `None` if no tree of it is finished.
    pub(crate) frozen: Option<FrozenProblem>,
    /// Scored trees, those whose submission passes, and trees that are not scored.
    pub(crate) submissions: (u32, u32, u32),
    /// Digests of its first programs, in order; `None` for one without a program.
    pub(crate) programs: Vec<Option<Digest>>,
    /// The first of its first programs that passes, and the first that fails.
    pub(crate) passing: Option<Program>,
    pub(crate) failing: Option<Program>,
    /// What its trees handed in: the first that passes, and the first that fails.
    pub(crate) handed_in_passing: Option<Program>,
    pub(crate) handed_in_failing: Option<Program>,
}

/// Where a program stands in a run: its problem, its replicate, and its slot.
pub type ProgramPlace = (ProblemId, u32, String);

/// A program of a run, by where it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Program {
    /// Its replicate.
    pub replicate: u32,
    /// Its slot; `None` for a tree that handed in nothing.
    pub slot: Option<String>,
    /// Digest of its text; `None` if it holds no program.
    pub digest: Option<Digest>,
}

impl Program {
    fn of(tree: &RepairTree, node: Option<&Node>) -> Self {
        Self {
            replicate: tree.key.replicate,
            slot: node.map(|node| node.slot.to_string()),
            digest: node.and_then(|node| node.candidate.as_ref()).map(|candidate| candidate.program.digest()),
        }
    }
}

impl Side {
    /// A run, as it lies in its folder.
    pub fn of(manifest: &RunManifest, trees: &[RepairTree]) -> Self {
        let counted = Counted::of(manifest, trees);
        let by_problem = counted.by_problem();
        let mut frozen: BTreeMap<ProblemId, FrozenProblem> =
            frozen(manifest, &counted).into_iter().map(|problem| (problem.id.clone(), problem)).collect();
        let reported = || manifest.problems.iter().filter(|entry| !entry.dev);
        let problems = reported()
            .map(|entry| {
                let trees = by_problem.get(&entry.id).map_or(&[][..], Vec::as_slice);
                OfProblem::of(entry, frozen.remove(&entry.id), trees)
            })
            .collect();
        Self {
            labels: RunLabels::of(manifest),
            identity: manifest.identity.clone(),
            finished: counted.finished,
            trees: reported().map(|entry| manifest.replicates(entry)).sum(),
            sample: counted.sample,
            problems,
            order: order(manifest),
        }
    }

    /// Whether every tree is finished.
    pub fn is_complete(&self) -> bool {
        self.finished >= self.trees
    }
}

/// Reported problems in the order in which their first trees are handed in.
fn order(manifest: &RunManifest) -> Vec<ProblemId> {
    let keys: Vec<_> = manifest.trees().collect();
    let dev: std::collections::BTreeSet<&ProblemId> =
        manifest.problems.iter().filter(|entry| entry.dev).map(|entry| &entry.id).collect();
    let schedule = manifest.schedule();
    let first = schedule.order().iter().map(|index| &keys[*index]).filter(|key| key.replicate == 0);
    first.map(|key| key.problem.clone()).filter(|problem| !dev.contains(problem)).collect()
}

impl OfProblem {
    fn of(entry: &ProblemEntry, frozen: Option<FrozenProblem>, trees: &[&RepairTree]) -> Self {
        let mut of = Self {
            entry: entry.clone(),
            frozen,
            submissions: (0, 0, 0),
            programs: vec![],
            passing: None,
            failing: None,
            handed_in_passing: None,
            handed_in_failing: None,
        };
        let is_unscored = trees.is_empty() || judges_nobody(trees);
        for tree in trees {
            let is_first = |node: &&Node| node.slot.is_first_program();
            for node in tree.nodes().filter(is_first) {
                let program = Program::of(tree, Some(node));
                of.programs.push(program.digest);
                let place = match node.passes(Suite::Hidden) {
                    Some(true) => &mut of.passing,
                    Some(false) => &mut of.failing,
                    None => continue,
                };
                place.get_or_insert(program);
            }
            let submission = if is_unscored { None } else { submission_passes(tree) };
            let handed_in = || Program::of(tree, tree.submitted().and_then(|slot| tree.node(slot)));
            match submission {
                Some(true) => {
                    of.submissions.0 += 1;
                    of.submissions.1 += 1;
                    of.handed_in_passing.get_or_insert_with(handed_in);
                }
                Some(false) => {
                    of.submissions.0 += 1;
                    of.handed_in_failing.get_or_insert_with(handed_in);
                }
                None => of.submissions.2 += 1,
            }
        }
        // A problem of which nothing is there counts as one tree that is not scored.
        if trees.is_empty() {
            of.submissions.2 = 1;
        }
        of
    }

    /// Scored first programs.
    pub(crate) fn n(&self) -> u32 {
        self.frozen.as_ref().map_or(0, FrozenProblem::n)
    }

    /// Those that pass.
    pub(crate) fn c(&self) -> u32 {
        self.frozen.as_ref().map_or(0, FrozenProblem::c)
    }

    /// First programs that are not scored; one where nothing is there.
    pub(crate) fn unscored(&self) -> u32 {
        self.frozen.as_ref().map_or(1, |problem| problem.unscored)
    }
}
