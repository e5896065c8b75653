//! Pairs by scores: those of judges, of edits, of revisions, and of units.

use super::{Making, Pair, Rule, about};
use crate::{ScoredOn, edits, samples};
use mend_core::{Found, Kind, Node, RepairTree, Slot};
use std::collections::BTreeMap;

/// Makes the pairs of a rule.
type Pairs = for<'a> fn(&Making<'a, '_>) -> Vec<Pair<'a>>;

/// The rules that compare scores, in the order of their rows.
pub(super) const RULES: [(Rule, Pairs); 4] = [
    (Rule::Score, by_judges),
    (Rule::Edits, by_edits),
    (Rule::Revision, by_revisions),
    (Rule::Sound, super::sound::pairs),
];

/// The highest and the lowest of some scored items, ties to the earlier; `None` of fewer than two.
pub(super) fn ends<T: Copy>(items: &[(T, f64)]) -> Option<[(T, f64); 2]> {
    let (best, worst) = samples::ends(items, |(_, score)| *score).filter(|_| items.len() > 1)?;
    Some([*best, *worst])
}

/// The pair of the highest and the lowest of some scored nodes.
pub(super) fn pair<'a>(rule: Rule, items: &[(&'a Node, f64)]) -> Option<Pair<'a>> {
    let [best, worst] = ends(items)?;
    // Where all score the same the two ends are one node.
    (best.1 > worst.1).then(|| Pair::by_score(rule, [best.0, worst.0], [best.1, worst.1]))
}

pub(super) fn mean(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}

/// Programs of a tree, and critiques of each program, by the mean of their judges' scores.
fn by_judges<'a>(making: &Making<'a, '_>) -> Vec<Pair<'a>> {
    let tree = making.tree;
    let mut scores: BTreeMap<Slot, Vec<f64>> = BTreeMap::new();
    for judgement in tree.nodes().filter(|node| node.slot.kind() == Kind::Judgement) {
        if let (Some(Found::Judgement { score: Some(score), .. }), Some(about)) =
            (judgement.found(), judgement.slot.parent())
        {
            scores.entry(about).or_default().push(*score);
        }
    }
    // Programs of the whole tree compete; of critiques those of one program.
    let mut groups: BTreeMap<Option<Slot>, Vec<(&Node, f64)>> = BTreeMap::new();
    for (slot, scores) in &scores {
        let (Some(node), Some(score)) = (tree.node(slot), mean(scores)) else { continue };
        if slot.is_program() {
            groups.entry(None).or_default().push((node, score));
        } else if slot.kind() == Kind::Feedback {
            groups.entry(about(node)).or_default().push((node, score));
        }
    }
    groups.values().filter_map(|items| pair(Rule::Score, items)).collect()
}

/// The critiques of each program.
fn critiques(tree: &RepairTree) -> BTreeMap<Slot, Vec<&Node>> {
    let mut critiques: BTreeMap<Slot, Vec<&Node>> = BTreeMap::new();
    for node in tree.nodes().filter(|node| node.slot.kind() == Kind::Feedback && node.completion.is_some()) {
        if let Some(about) = about(node) {
            critiques.entry(about).or_default().push(node);
        }
    }
    critiques
}

/// The critiques of each program, each with its worth, where it has one.
fn of_critiques<'a>(tree: &'a RepairTree, worth: impl Fn(&Node) -> Option<f64>) -> Vec<Vec<(&'a Node, f64)>> {
    let valued = |nodes: Vec<&'a Node>| nodes.into_iter().filter_map(|node| Some((node, worth(node)?))).collect();
    critiques(tree).into_values().map(valued).collect()
}

fn by_edits<'a>(making: &Making<'a, '_>) -> Vec<Pair<'a>> {
    let worth = |critique: &Node| worth(making.tree, critique, making.scored_on);
    of_critiques(making.tree, worth).iter().filter_map(|items| pair(Rule::Edits, items)).collect()
}

fn by_revisions<'a>(making: &Making<'a, '_>) -> Vec<Pair<'a>> {
    let tree = making.tree;
    let worth = |critique: &Node| {
        let passes: Vec<bool> =
            edits::of(tree, &critique.slot).filter_map(|edit| making.scored_on.passes(edit)).collect();
        let is_right = critique.opinion().is_some() && passes.contains(&true);
        (!passes.is_empty()).then(|| f64::from(u8::from(is_right)))
    };
    of_critiques(tree, worth).iter().filter_map(|items| pair(Rule::Revision, items)).collect()
}

/// The share of tests that a program passes, or that the edits by a critique pass on average.
pub(super) fn worth(tree: &RepairTree, node: &Node, scored_on: ScoredOn) -> Option<f64> {
    if node.slot.is_program() {
        return scored_on.score(node);
    }
    if node.slot.kind() != Kind::Feedback {
        return None;
    }
    let shares: Vec<f64> = edits::of(tree, &node.slot).filter_map(|edit| scored_on.score(edit)).collect();
    mean(&shares)
}
