//! How much of a run its figures rest on.

use mend_core::{ProblemId, RepairTree, RunManifest};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// How much of a run its figures rest on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Coverage {
    /// Problems of the run.
    pub problems: u32,
    /// Problems with a finished tree. Fewer than `problems` after a stop: only these count.
    pub reached: u32,
    /// Reached problems with a scored first program. The others are in no mean.
    pub scored: u32,
    /// Trees of the run: problems times replicates.
    pub trees: u32,
    /// Finished trees.
    pub finished: u32,
    /// Replicates that count. Of a run that stopped after its first replicate was whole, only whole ones do.
    pub replicates: u32,
    /// What sample of the run's problems the figures rest on.
    pub sample: Sample,
}

/// What sample of a run's problems figures rest on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum Sample {
    /// All problems of the run.
    #[default]
    #[serde(rename = "complete")]
    Complete,
    /// Those that were finished when a budget or an interrupt stopped the run. Which ones they are does not depend on
    /// their own outcomes, but how many does: easy ones leave more of a budget for the next. So a mean over them is
    /// biased, an interval must allow for any way of stopping, and a figure that has none such has no interval.
    #[serde(rename = "stopped_sample")]
    #[strum(serialize = "stopped_sample")]
    Stopped,
}

impl Sample {
    /// The word used in files and tables.
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// The trees of a run that count.
#[derive(Debug, Clone)]
pub(crate) struct Counted<'a> {
    /// Finished trees of problems that the manifest lists to be reported, in whole replicates if there is one, sorted by problem and
    /// replicate.
    pub(crate) trees: Vec<&'a RepairTree>,
    pub(crate) finished: u32,
    pub(crate) replicates: u32,
    pub(crate) sample: Sample,
}

impl<'a> Counted<'a> {
    /// Trees finish replicate by replicate. Where a replicate is whole the next, of which some trees are missing, is
    /// left out: which problems have one more tree depends on outcomes, theirs among them.
    pub(crate) fn of(manifest: &RunManifest, trees: &'a [RepairTree]) -> Self {
        let listed: BTreeSet<&ProblemId> =
            manifest.problems.iter().filter(|entry| !entry.dev).map(|entry| &entry.id).collect();
        let mut trees: Vec<&RepairTree> =
            trees.iter().filter(|tree| tree.is_finished() && listed.contains(&tree.key.problem)).collect();
        trees.sort_by(|a, b| a.key.cmp(&b.key));
        let finished = trees.len() as u32;
        let mut by_replicate: BTreeMap<u32, usize> = BTreeMap::new();
        for tree in &trees {
            *by_replicate.entry(tree.key.replicate).or_default() += 1;
        }
        let is_whole = |replicate: &u32| by_replicate.get(replicate) == Some(&listed.len());
        let whole = (0..manifest.identity.replicates).take_while(is_whole).count() as u32;
        let (replicates, sample) = if whole > 0 { (whole, Sample::Complete) } else { (1, Sample::Stopped) };
        trees.retain(|tree| tree.key.replicate < replicates);
        Self { trees, finished, replicates, sample }
    }

    /// The trees of each problem, by replicate.
    pub(crate) fn by_problem(&self) -> BTreeMap<&'a ProblemId, Vec<&'a RepairTree>> {
        let mut by_problem: BTreeMap<&ProblemId, Vec<&RepairTree>> = BTreeMap::new();
        for tree in &self.trees {
            by_problem.entry(&tree.key.problem).or_default().push(tree);
        }
        by_problem
    }
}
