//! Programs with their scores, by the prompt that they answer.

use crate::messages::{self, MADE};
use crate::{OfProblem, Out, ScoredOn};
use mend_core::{Digest, Node, RepairTree, Slot};
use std::collections::BTreeMap;

/// How far a difference of two shares may be from what it is.
pub(crate) const ROUNDING: f64 = 1e-12;

/// A program, or an answer without one, that has a score and whose words are there.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sample<'a> {
    pub(crate) tree: &'a RepairTree,
    pub(crate) node: &'a Node,
    /// The node whose answer it is: itself, unless the strategy took it out of another one's answer.
    pub(crate) author: &'a Node,
    /// The answer, whole.
    pub(crate) completion: &'a str,
    /// The share of tests that it passes.
    pub(crate) score: f64,
}

/// A program as a sample; counts why it is none.
pub(crate) fn sample<'a>(
    tree: &'a RepairTree,
    node: &'a Node,
    scored_on: ScoredOn,
    out: &mut Out<'_>,
) -> Option<Sample<'a>> {
    let Some(score) = scored_on.score(node) else {
        out.leave_out(scored_on.absent(node), 1);
        return None;
    };
    let Some(author) = messages::author(tree, node) else {
        out.leave_out(MADE, 1);
        return None;
    };
    let Some(completion) = messages::completion(author) else {
        out.leave_out("the journal does not hold the text", 1);
        return None;
    };
    Some(Sample { tree, node, author, completion, score })
}

/// What programs answer alike: a prompt; or, where the journal holds none, a place in the tree.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Asked {
    Prompt(Digest),
    Below(u32, Option<Slot>),
}

impl Asked {
    /// What a node answers.
    pub(crate) fn of(tree: &RepairTree, node: &Node) -> Self {
        let call = node.call.as_ref().and_then(|id| tree.call(id));
        // Runs that were imported have an empty prompt throughout.
        let prompt = call.map(|call| call.prompt.digest()).filter(|digest| *digest != Digest::of(b""));
        if let Some(digest) = prompt {
            return Self::Prompt(digest);
        }
        // First programs of all replicates answer the statement.
        let above = node.slot.parent();
        Self::Below(if above.is_none() { 0 } else { tree.key.replicate }, above)
    }
}

/// The programs of a problem by the prompt that they answer: prompts in the order of their first programs, programs by
/// replicate and slot.
pub(crate) fn by_prompt<'a>(of: &OfProblem<'a>, scored_on: ScoredOn, out: &mut Out<'_>) -> Vec<Vec<Sample<'a>>> {
    let mut groups: Vec<Vec<Sample<'a>>> = Vec::new();
    let mut places: BTreeMap<Asked, usize> = BTreeMap::new();
    for (tree, node) in of.programs() {
        let Some(sample) = sample(tree, node, scored_on, out) else { continue };
        let place = *places.entry(Asked::of(tree, sample.author)).or_insert(groups.len());
        if place == groups.len() {
            groups.push(Vec::new());
        }
        groups[place].push(sample);
    }
    groups
}

/// The best and the worst, each the first of its equals; `None` of nothing.
pub(crate) fn ends<'s, 'a>(samples: &'s [Sample<'a>]) -> Option<(&'s Sample<'a>, &'s Sample<'a>)> {
    let first = samples.first()?;
    let better = |best: &'s Sample<'a>, next: &'s Sample<'a>| if next.score > best.score { next } else { best };
    let worse = |worst: &'s Sample<'a>, next: &'s Sample<'a>| if next.score < worst.score { next } else { worst };
    Some((samples.iter().fold(first, better), samples.iter().fold(first, worse)))
}
