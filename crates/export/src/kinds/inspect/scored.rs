//! What trees are scored by, and the metrics that this comes to.

use super::usage::Spent;
use super::written::object;
use crate::OfProblem;
use mend_core::{Node, RepairTree, Suite};
use mend_metrics::{handed_in, handed_in_passes, judges_nobody};
use serde_json::{Value, json};

/// A scorer: its name, what it says, and how a tree scores.
pub(super) struct Scorer {
    pub(super) name: &'static str,
    pub(super) about: &'static str,
    pub(super) of: fn(&Outcome<'_>) -> Option<f64>,
}

/// The scorers, in the order in which they are told.
pub(super) const SCORERS: [Scorer; 3] = [
    Scorer { name: "submitted", about: "what is handed in passes the hidden tests", of: |outcome| outcome.submitted },
    Scorer {
        name: "first_programs",
        about: "share of the first programs that pass the hidden tests",
        of: |outcome| outcome.first_programs,
    },
    Scorer { name: "any", about: "some program of the tree passes the hidden tests", of: |outcome| outcome.any },
];

/// What became of a finished tree.
pub(super) struct Outcome<'a> {
    /// The program that it hands in.
    pub(super) node: Option<&'a Node>,
    submitted: Option<f64>,
    first_programs: Option<f64>,
    any: Option<f64>,
    /// Why what cannot be scored cannot be.
    pub(super) why: String,
}

/// What became of each tree of a problem; `None` of one that is not finished.
pub(super) fn outcomes<'a>(of: &OfProblem<'a>) -> Vec<Option<Outcome<'a>>> {
    let finished: Vec<&RepairTree> = of.trees.iter().filter(|tree| tree.is_finished()).collect();
    let is_broken = judges_nobody(&finished);
    of.trees.iter().map(|tree| tree.is_finished().then(|| outcome(of, tree, is_broken))).collect()
}

fn outcome<'a>(of: &OfProblem<'a>, tree: &'a RepairTree, is_broken: bool) -> Outcome<'a> {
    let manifest = &of.run.manifest;
    let node = handed_in(manifest, tree);
    let share = |passes: Vec<bool>| {
        let passed = passes.iter().filter(|passes| **passes).count();
        (!passes.is_empty()).then(|| passed as f64 / passes.len() as f64)
    };
    let scored = |is_wanted: fn(&Node) -> bool| -> Vec<bool> {
        let programs = tree.nodes().filter(|node| node.slot.is_program() && is_wanted(node) && !is_broken);
        programs.filter_map(|node| node.passes(Suite::Hidden)).collect()
    };
    let every = scored(|_| true);
    let as_number = |passes: bool| f64::from(u8::from(passes));
    let unscored = || {
        let mut programs = tree.nodes().filter(|node| node.slot.is_program());
        let of_node = node.and_then(Node::unscored).or_else(|| programs.find_map(Node::unscored));
        of_node.unwrap_or("no program could be scored").to_owned()
    };
    Outcome {
        submitted: handed_in_passes(manifest, tree).filter(|_| !is_broken).map(as_number),
        first_programs: share(scored(|node| node.slot.program_above().is_none())),
        any: (!every.is_empty()).then(|| as_number(every.contains(&true))),
        why: if is_broken { "the problem's test can judge nobody".to_owned() } else { unscored() },
        node,
    }
}

/// Sums over a run.
#[derive(Debug, Default)]
pub(super) struct Totals {
    /// Trees that are no samples since the strategy is not done with them.
    pub(super) unfinished: u64,
    /// Trees of problems that the strategy learns from.
    pub(super) dev: u64,
    /// Samples.
    pub(super) samples: u64,
    /// What their answers cost.
    pub(super) spent: Spent,
    /// Of each scorer, the mean of each problem that has some scored sample; and problems without any.
    scores: [(Vec<f64>, u64); SCORERS.len()],
}

impl Totals {
    pub(super) fn add(&mut self, of: &OfProblem<'_>) {
        if of.entry.dev {
            self.dev += of.trees.len() as u64;
            return;
        }
        let outcomes = outcomes(of);
        self.unfinished += outcomes.iter().filter(|outcome| outcome.is_none()).count() as u64;
        for (tree, _) in of.trees.iter().zip(&outcomes).filter(|(_, outcome)| outcome.is_some()) {
            self.samples += 1;
            self.spent.and(&Spent::of(tree));
        }
        if outcomes.iter().flatten().next().is_none() {
            return;
        }
        for (scorer, (means, unscored)) in SCORERS.iter().zip(&mut self.scores) {
            let values: Vec<f64> = outcomes.iter().flatten().filter_map(scorer.of).collect();
            if values.is_empty() {
                *unscored += 1;
            } else {
                means.push(values.iter().sum::<f64>() / values.len() as f64);
            }
        }
    }

    /// The scores as a log's results have them. Replicates are reduced to their mean first, where there are several.
    pub(super) fn scores(&self, replicates: u32) -> Value {
        let scores = SCORERS.iter().zip(&self.scores).map(|(scorer, (means, unscored))| {
            object([
                ("name", Some(json!(scorer.name))),
                ("scorer", Some(json!(scorer.name))),
                ("reducer", (replicates > 1).then(|| json!("mean"))),
                ("scored_samples", Some(json!(means.len()))),
                ("unscored_samples", Some(json!(unscored))),
                ("params", Some(json!({}))),
                ("metrics", Some(metrics(means))),
                ("metadata", Some(json!({"about": scorer.about}))),
            ])
        });
        Value::Array(scores.collect())
    }
}

/// Mean and standard error over problems; none of no problem, and no error of one.
fn metrics(means: &[f64]) -> Value {
    let n = means.len() as f64;
    let metric = |name: &str, value: f64| json!({"name": name, "value": value, "params": {}});
    let accuracy = means.iter().sum::<f64>() / n;
    let squares = means.iter().map(|mean| (mean - accuracy) * (mean - accuracy)).sum::<f64>();
    object([
        ("accuracy", (!means.is_empty()).then(|| metric("accuracy", accuracy))),
        ("stderr", (means.len() > 1).then(|| metric("stderr", (squares / (n - 1.0) / n).sqrt()))),
    ])
}
