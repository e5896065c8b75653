//! `problems.csv`: one row per problem and replicate.

use crate::csv_file::{CsvFile, labels, optional};
use mend_core::{Outcome, ProblemEntry, RepairTree, RunManifest, TreeKey};
use mend_metrics::{FrozenProblem, RunLabels};
use std::collections::BTreeMap;

const HEADER: [&str; 14] = [
    "run",
    "dataset",
    "model",
    "strategy",
    "oracle_level",
    "group",
    "problem",
    "replicate",
    "n",
    "c",
    "submitted",
    "submitted_status",
    "tokens",
    "unscored",
];

/// The table. A tree that is not finished shows what it cost and no result: it is in no figure.
///
/// `n` and `c` count scored and passing first programs, `unscored` those that could not be scored; a
/// finished tree with an empty `submitted` handed in nothing. `group` is the difficulty.
pub(crate) fn table(manifest: &RunManifest, trees: &[(&ProblemEntry, &RepairTree)]) -> CsvFile {
    let run = labels(&RunLabels::of(manifest));
    let mut file = CsvFile::new(&HEADER);
    let trees: BTreeMap<_, _> = trees.iter().map(|(_, tree)| (&tree.key, *tree)).collect();
    for problem in &manifest.problems {
        for replicate in 0..manifest.identity.replicates {
            let key = TreeKey { problem: problem.id.clone(), replicate };
            file.push(run.iter().cloned().chain(row(problem, replicate, trees.get(&key).copied())).collect());
        }
    }
    file
}

fn row(problem: &ProblemEntry, replicate: u32, tree: Option<&RepairTree>) -> [String; 9] {
    let frozen = tree.filter(|tree| tree.is_finished()).map(|tree| FrozenProblem::pool(problem, [tree]));
    let submitted = tree.and_then(|tree| tree.node(tree.submitted()?));
    let status = submitted.and_then(|node| node.outcome.as_ref()).map(|outcome| match outcome {
        Outcome::Judged(verdict, _) => verdict.status.as_str(),
        Outcome::Unscored(_) => "unscored",
        Outcome::Read(_) => "",
    });
    [
        optional(problem.difficulty.as_deref()),
        problem.id.to_string(),
        replicate.to_string(),
        optional(frozen.as_ref().map(FrozenProblem::n)),
        optional(frozen.as_ref().map(FrozenProblem::c)),
        optional(submitted.map(|node| &node.slot)),
        optional(status),
        optional(tree.map(|tree| tree.paid().tokens)),
        optional(frozen.map(|frozen| frozen.unscored)),
    ]
}
