//! Where a row comes from. Every row of every kind has it.

use crate::messages;
use crate::{EXPORT_VERSION, OfProblem};
use mend_core::{Node, RepairTree, Seat};
use schemars::JsonSchema;
use serde::Serialize;

/// Where a row comes from.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Provenance<'a> {
    /// The run's id.
    pub run: &'a str,
    /// The data set's name, with what counts as public where that is not the data set's own choice.
    pub dataset: &'a str,
    /// Digest of the data set.
    pub dataset_digest: &'a str,
    /// The strategy, with the parameters that make it another experiment.
    pub strategy: &'a str,
    /// The problem's id within the data set.
    pub problem: &'a str,
    /// Digest of all that decides how the problem is asked and judged: its statement and its tests.
    pub problem_digest: String,
    /// Whether the strategy learnt from the problem, so that it is in no figure of the run.
    pub dev: bool,
    /// Which of the problem's trees, from 0.
    pub replicate: u32,
    /// The node in its tree, such as `p0/r1`; null for a row about a whole tree.
    pub slot: Option<String>,
    /// How strongly the strategy leans on what a real user would not have: `clean`, `hidden_stop`, `tests_visible` or
    /// `reference_in_view`.
    pub oracle_level: &'a str,
    /// The model that wrote the node, as `provider/model`; for a whole tree the one that writes first programs. Null for what
    /// the strategy put together of several answers.
    pub model: Option<&'a str>,
    /// The model that the server says it used, if it says.
    pub served_model: Option<&'a str>,
    /// Whether any model of the run is a simulation, whose texts say nothing about models.
    pub simulated: bool,
    /// The run's seed.
    pub seed: u64,
    /// Version of mend that made the run.
    pub mend_version: &'a str,
    /// Version of the layout of exports.
    pub schema_version: u32,
}

impl<'a> Provenance<'a> {
    pub(crate) fn new(of: &OfProblem<'a>, tree: &'a RepairTree, node: Option<&'a Node>) -> Self {
        let author = node.and_then(|node| messages::author(tree, node));
        let (manifest, words) = (&of.run.manifest, &of.run.words);
        let coder = || manifest.identity.models.get(&Seat::CODER).map(|model| &*model.name);
        Self {
            run: &manifest.run_id,
            dataset: &words.dataset,
            dataset_digest: &words.dataset_digest,
            strategy: &words.strategy,
            problem: of.entry.id.as_str(),
            problem_digest: of.entry.digest.to_string(),
            dev: of.entry.dev,
            replicate: tree.key.replicate,
            slot: node.map(|node| node.slot.to_string()),
            oracle_level: &words.oracle_level,
            model: match node {
                Some(_) => author.and_then(|author| author.model.as_deref()),
                None => coder(),
            },
            served_model: author.and_then(served),
            simulated: words.simulated,
            seed: manifest.identity.seed,
            mend_version: &manifest.environment.mend_version,
            schema_version: EXPORT_VERSION,
        }
    }
}

/// The model that a server says it used.
pub(crate) fn served(node: &Node) -> Option<&str> {
    node.completion.as_ref()?.served_model.as_deref()
}
