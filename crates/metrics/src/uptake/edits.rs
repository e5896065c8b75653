//! The repairs that follow a feedback, and what each did with it.

use crate::bugs::named_lines;
use crate::deeper::edges;
use crate::uptake::{touched_lines, uptake};
use mend_core::{Found, Kind, Node, ProblemId, RepairTree, Slot, Status, Suite, SuiteVerdict, Verdict};
use std::collections::BTreeMap;

/// A repair that goes by a feedback.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Edit {
    /// The feedback.
    pub(super) feedback: (ProblemId, u32, Slot),
    /// Who wrote it.
    pub(super) adviser: Option<String>,
    /// Its characters.
    pub(super) length: f64,
    /// What a judge made of it; the mean of several.
    pub(super) score: Option<f64>,
    /// Whether the repair takes it up; `None` if it names no line.
    pub(super) uptake: Option<bool>,
    /// Whether some visible test ends in another way; `None` if there is none.
    pub(super) behaviour: Option<bool>,
    /// Of a failing program whether the repair passes; `None` of others, and where one of the two is not scored.
    pub(super) passes: Option<bool>,
}

/// The repairs of a tree that go by a feedback and hold a program, in the order of their slots. None of those whose
/// texts were not read.
pub(super) fn edits(tree: &RepairTree, sees_hidden: bool) -> Vec<Edit> {
    let mut edits: Vec<Edit> = edges(tree)
        .filter_map(|edge| {
            let feedback = edge.child.slot.parent().filter(|above| above.kind() == Kind::Feedback)?;
            let feedback = tree.node(&feedback)?;
            let Some(Found::Critique { spans, .. }) = feedback.found() else { return None };
            let said = feedback.completion.as_ref()?.text.body()?;
            let (program, repair) = (text_of(edge.parent)?, text_of(edge.child)?);
            let named = named_lines(spans, said, program);
            Some(Edit {
                feedback: (tree.key.problem.clone(), tree.key.replicate, feedback.slot.clone()),
                adviser: feedback.model.as_deref().map(str::to_owned),
                length: said.chars().count() as f64,
                score: score(tree, feedback),
                uptake: uptake(&named, &touched_lines(program, repair)),
                behaviour: behaves_otherwise(edge.parent, edge.child, sees_hidden),
                passes: edge.passes().and_then(|(before, after)| (!before).then_some(after)),
            })
        })
        .collect();
    edits.sort_by(|a, b| a.feedback.cmp(&b.feedback));
    edits
}

fn text_of(program: &Node) -> Option<&str> {
    program.candidate.as_ref()?.program.body().map(|text| &**text)
}

/// The mean of the scores that judges gave a feedback.
fn score(tree: &RepairTree, feedback: &Node) -> Option<f64> {
    let of_it = tree.nodes().filter(|node| node.slot.parent().as_ref() == Some(&feedback.slot));
    let scores = of_it.filter_map(|node| match node.found() {
        Some(Found::Judgement { score, .. }) => *score,
        _ => None,
    });
    crate::tokens::mean(&scores.collect::<Vec<_>>())
}

/// Whether some test that the strategy may show ends in another way with a repair; `None` if neither was run on any.
fn behaves_otherwise(program: &Node, repair: &Node, sees_hidden: bool) -> Option<bool> {
    let (before, after) = (program.verdict()?, repair.verdict()?);
    let suites: &[Suite] = if sees_hidden { &[Suite::Public, Suite::Hidden] } else { &[Suite::Public] };
    let changes: Vec<bool> = suites.iter().filter_map(|suite| changes(before, after, *suite)).collect();
    (!changes.is_empty()).then(|| changes.contains(&true))
}

/// The same of one suite. What never ran passed nothing, and ended as it is; where suites end early, the tests count that
/// both came to.
fn changes(before: &Verdict, after: &Verdict, suite: Suite) -> Option<bool> {
    match (before.of(suite), after.of(suite)) {
        (None, None) => None,
        (Some(ran), None) => Some(differs_from_none(ran, after.status)),
        (None, Some(ran)) => Some(differs_from_none(ran, before.status)),
        (Some(before), Some(after)) => {
            let ends = |suite: &SuiteVerdict| -> BTreeMap<u32, Status> {
                suite.tests.iter().map(|test| (test.index, test.status)).collect()
            };
            let (before, after) = (ends(before), ends(after));
            Some(before.iter().any(|(index, status)| after.get(index).is_some_and(|other| other != status)))
        }
    }
}

/// Whether a suite that ran ended otherwise than all of its tests would have without a run.
fn differs_from_none(ran: &SuiteVerdict, without: Status) -> bool {
    ran.tests.iter().any(|test| test.status != without)
}
