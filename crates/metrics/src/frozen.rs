//! A number-only view of finished trees, which every estimator works on.

use crate::TokenCounts;
use crate::tokens::mean;
use mend_core::{Node, ProblemEntry, ProblemId, RepairTree, RunManifest, Slot, Status, Step, Suite};
use std::collections::BTreeMap;

/// One problem with the first programs of all its finished trees.
#[derive(Debug, Clone, PartialEq)]
pub struct FrozenProblem {
    /// The problem.
    pub id: ProblemId,
    /// The data set's word for its difficulty, if it has one.
    pub group: Option<String>,
    /// Scored first programs. Replicates are pooled: all are independent draws from one statement.
    pub programs: Vec<FrozenProgram>,
    /// First programs that could not be scored. They leave the sample with their repairs.
    pub unscored: u32,
    /// First programs drawn in each finished tree, scored or not.
    pub drawn: Vec<u32>,
    /// Whether a tree holds more than programs and their direct repairs, as chains do: its repairs are
    /// then no sample from which other settings could be evaluated.
    pub beyond_repairs: bool,
}

/// A scored first program.
#[derive(Debug, Clone, PartialEq)]
pub struct FrozenProgram {
    /// Whether it passes the hidden suite.
    pub passed: bool,
    /// Whether it failed the hidden suite by its time limit.
    pub timed_out: bool,
    /// What it cost.
    pub tokens: TokenCounts,
    /// Its scored repairs, each written with its own feedback. A program that passes may have some too,
    /// if it fails the public suite; no estimator here looks at them.
    pub repairs: Vec<FrozenRepair>,
}

/// A scored repair.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FrozenRepair {
    /// Whether it passes the hidden suite.
    pub passed: bool,
    /// What it cost, feedback included.
    pub tokens: TokenCounts,
}

impl FrozenProgram {
    /// Share of its repairs that pass; `None` if it has none.
    pub fn repair_success(&self) -> Option<f64> {
        let passes: Vec<f64> = self.repairs.iter().map(|repair| f64::from(u8::from(repair.passed))).collect();
        mean(&passes)
    }
}

impl FrozenProblem {
    /// The view of one problem's trees, all of which count: in the order given, finished or not.
    pub fn pool<'a>(entry: &ProblemEntry, trees: impl IntoIterator<Item = &'a RepairTree>) -> Self {
        let mut problem = Self {
            id: entry.id.clone(),
            group: entry.difficulty.clone(),
            programs: vec![],
            unscored: 0,
            drawn: vec![],
            beyond_repairs: false,
        };
        for tree in trees {
            add_tree(&mut problem, tree);
        }
        problem
    }

    /// Number of scored programs.
    pub fn n(&self) -> u32 {
        self.programs.len() as u32
    }

    /// Number of programs that pass.
    pub fn c(&self) -> u32 {
        self.programs.iter().filter(|program| program.passed).count() as u32
    }

    /// Share of its programs that fail; `None` if it has none.
    pub fn failing_share(&self) -> Option<f64> {
        (self.n() > 0).then(|| f64::from(self.n() - self.c()) / f64::from(self.n()))
    }

    /// Number of programs that timed out.
    pub fn timed_out(&self) -> u32 {
        self.programs.iter().filter(|program| program.timed_out).count() as u32
    }

    /// Programs that fail, in order.
    pub fn failing(&self) -> impl Iterator<Item = &FrozenProgram> + Clone {
        self.programs.iter().filter(|program| !program.passed)
    }

    /// The fewest repairs that a failing program has; `None` if no program fails.
    pub fn fewest_repairs(&self) -> Option<u32> {
        self.failing().map(|program| program.repairs.len() as u32).min()
    }
}

/// The problems that at least one finished tree belongs to, in the manifest's order.
///
/// Unfinished trees are left out, and so are trees of problems that the manifest does not list. A run
/// stops in an order that does not depend on outcomes, so the finished trees are a fair sample.
pub fn freeze(manifest: &RunManifest, trees: &[RepairTree]) -> Vec<FrozenProblem> {
    let mut finished: BTreeMap<&ProblemId, Vec<&RepairTree>> = BTreeMap::new();
    for tree in trees.iter().filter(|tree| tree.is_finished()) {
        finished.entry(&tree.key.problem).or_default().push(tree);
    }
    manifest
        .problems
        .iter()
        .filter_map(|entry| {
            let mut trees = finished.remove(&entry.id)?;
            trees.sort_by_key(|tree| tree.key.replicate);
            Some(FrozenProblem::pool(entry, trees))
        })
        .collect()
}

fn add_tree(problem: &mut FrozenProblem, tree: &RepairTree) {
    let mut drawn = 0;
    for node in tree.nodes() {
        match node.slot.steps() {
            [Step::Program(_)] => {
                drawn += 1;
                match passes(node) {
                    Some(passed) => problem.programs.push(FrozenProgram {
                        passed,
                        timed_out: node.verdict().is_some_and(|verdict| verdict.status == Status::TimeLimit),
                        tokens: TokenCounts::of_node(node),
                        repairs: repairs(tree, &node.slot),
                    }),
                    None => problem.unscored += 1,
                }
            }
            [Step::Program(_), Step::Repair(_)] => {}
            _ => problem.beyond_repairs = true,
        }
    }
    problem.drawn.push(drawn);
}

fn repairs(tree: &RepairTree, program: &Slot) -> Vec<FrozenRepair> {
    tree.nodes()
        .filter(|node| matches!(node.slot.last(), Step::Repair(_)) && node.slot.parent().as_ref() == Some(program))
        .filter_map(|node| Some(FrozenRepair { passed: passes(node)?, tokens: TokenCounts::of_node(node) }))
        .collect()
}

/// Whether the node counts as a success; `None` if it is not scored.
pub(crate) fn passes(node: &Node) -> Option<bool> {
    node.passes(Suite::Hidden)
}
