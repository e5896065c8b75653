//! What a kind is given: a run, and the trees of one of its problems.

use crate::Provenance;
use mend_core::{Node, ProblemEntry, RepairTree, RunManifest};
use std::path::PathBuf;

/// A run that is exported.
#[derive(Debug)]
pub struct Run {
    /// Its manifest.
    pub manifest: RunManifest,
    /// Its folder, as it was named.
    pub folder: PathBuf,
    /// How many trees it has, and how many of them the strategy is done with.
    pub trees: (usize, usize),
    pub(crate) words: Words,
}

/// What every row says of a run, worked out once.
#[derive(Debug)]
pub(crate) struct Words {
    pub(crate) dataset: String,
    pub(crate) dataset_digest: String,
    pub(crate) strategy: String,
    pub(crate) oracle_level: String,
    pub(crate) simulated: bool,
}

impl Run {
    pub(crate) fn new(manifest: RunManifest, folder: PathBuf, trees: (usize, usize)) -> Self {
        let identity = &manifest.identity;
        let strategy = &identity.strategy;
        let words = Words {
            dataset: identity.dataset.label(),
            dataset_digest: identity.dataset.digest.to_string(),
            strategy: strategy.label.clone().unwrap_or_else(|| strategy.name.clone()),
            oracle_level: strategy.oracle_level.to_string(),
            simulated: identity.models.values().any(|model| model.simulated),
        };
        Self { manifest, folder, trees, words }
    }
}

/// A problem of a run, with its trees.
#[derive(Debug, Clone, Copy)]
pub struct OfProblem<'a> {
    /// The run.
    pub run: &'a Run,
    /// What the manifest says of the problem.
    pub entry: &'a ProblemEntry,
    /// Its trees by replicate, empty ones included, with the words that the journal holds.
    pub trees: &'a [RepairTree],
}

impl<'a> OfProblem<'a> {
    pub(crate) fn new(run: &'a Run, at: usize, trees: &'a [RepairTree]) -> Self {
        Self { run, entry: &run.manifest.problems[at], trees }
    }

    /// Where a row comes from: a node, or a whole tree.
    pub fn provenance(&self, tree: &'a RepairTree, node: Option<&'a Node>) -> Provenance<'a> {
        Provenance::new(self, tree, node)
    }

    /// All nodes, each with its tree, by replicate and slot.
    pub fn nodes(&self) -> impl Iterator<Item = (&'a RepairTree, &'a Node)> + use<'a> {
        self.trees.iter().flat_map(|tree| tree.nodes().map(move |node| (tree, node)))
    }

    /// All programs, each with its tree, by replicate and slot.
    pub fn programs(&self) -> impl Iterator<Item = (&'a RepairTree, &'a Node)> + use<'a> {
        self.nodes().filter(|(_, node)| node.slot.is_program())
    }
}
