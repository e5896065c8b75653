//! `samples.csv`: one row per program.

use crate::csv_file::{CsvFile, labels, optional};
use crate::plain::plain;
use mend_core::{Integrity, Node, Outcome, ProblemEntry, RepairTree, RunManifest, Suite, Tokens};
use mend_metrics::{RunLabels, TokenCounts};

const HEADER: [&str; 33] = [
    "run",
    "dataset",
    "model",
    "strategy",
    "oracle_level",
    "problem",
    "replicate",
    "slot",
    "parent",
    "depth",
    "role",
    "served_model",
    "finish_reason",
    "extraction_rule",
    "status",
    "unscored",
    "public_passed",
    "hidden_passed",
    "tests_passed",
    "tests_run",
    "tests_total",
    "submitted",
    "integrity",
    "engine",
    "fuel",
    "prompt_tokens",
    "cached_tokens",
    "reasoning_tokens",
    "completion_tokens",
    "paper_tokens",
    "tokenizer",
    "dollars",
    "program_digest",
];

/// The table. Nodes of unfinished trees have rows too; a node that is not judged yet has no status.
/// Counts of tests are those of the hidden suite. `unscored` tells why there is no verdict, where there is none.
/// `fuel` counts the instructions of candidate and tests where the engine that judged counts them.
pub(crate) fn table(manifest: &RunManifest, trees: &[(&ProblemEntry, &RepairTree)]) -> CsvFile {
    let run = labels(&RunLabels::of(manifest));
    let mut file = CsvFile::new(&HEADER);
    for (problem, tree) in trees {
        for node in tree.nodes().filter(|node| node.slot.is_program()) {
            let fields = row(&manifest.identity.tokenizer, problem, tree, node);
            file.push(run.iter().cloned().chain(fields).collect());
        }
    }
    file
}

fn row(tokenizer: &str, problem: &ProblemEntry, tree: &RepairTree, node: &Node) -> [String; 28] {
    let completion = node.completion.as_ref();
    let usage = completion.map(|completion| completion.usage).unwrap_or_default();
    let count = |tokens: Option<Tokens>| optional(tokens);
    let status = match &node.outcome {
        Some(Outcome::Judged(verdict, _)) => verdict.status.as_str(),
        Some(Outcome::Unscored(_)) => "unscored",
        Some(Outcome::Read(_)) | None => "",
    };
    let hidden = node.verdict().and_then(|verdict| verdict.of(Suite::Hidden));
    let public_passed = node.passes(Suite::Public).filter(|_| problem.public_tests > 0);
    let (engine, fuel) = match &node.outcome {
        Some(Outcome::Judged(verdict, used)) => (verdict.engine.clone(), used.fuel),
        _ => (None, None),
    };
    [
        problem.id.to_string(),
        tree.key.replicate.to_string(),
        node.slot.to_string(),
        optional(node.slot.parent()),
        node.slot.depth().to_string(),
        optional(node.seat),
        optional(completion.and_then(|completion| completion.served_model.as_deref()).map(plain)),
        optional(completion.map(|completion| completion.finish_reason.as_str())),
        optional(node.candidate.as_ref().map(|candidate| candidate.rule.as_str())),
        status.to_owned(),
        optional(node.unscored().map(plain)),
        optional(public_passed),
        optional(node.passes(Suite::Hidden)),
        optional(hidden.map(mend_core::SuiteVerdict::passed)),
        optional(hidden.map(|suite| suite.tests.len())),
        optional(hidden.map(|suite| suite.total)),
        optional(tree.is_finished().then(|| tree.submitted() == Some(&node.slot))),
        integrity(problem.integrity).to_owned(),
        optional(engine),
        optional(fuel),
        count(usage.prompt),
        count(usage.cached),
        count(usage.reasoning),
        count(usage.completion),
        optional(TokenCounts::of_node(node).paper),
        tokenizer.to_owned(),
        optional(completion.and_then(|completion| completion.usd)),
        optional(node.candidate.as_ref().map(|candidate| candidate.program.digest())),
    ]
}

fn integrity(integrity: Integrity) -> &'static str {
    match integrity {
        Integrity::Isolated => "isolated",
        Integrity::Cooperative => "cooperative",
    }
}
