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
    let (author, completion) = answer(tree, node, out)?;
    Some(Sample { tree, node, author, completion, score })
}

/// The node whose answer a node is, and that answer's words; counts why there are none.
pub(crate) fn answer<'a>(tree: &'a RepairTree, node: &'a Node, out: &mut Out<'_>) -> Option<(&'a Node, &'a str)> {
    let Some(author) = messages::author(tree, node) else {
        out.leave_out(MADE, 1);
        return None;
    };
    let Some(completion) = messages::completion(author) else {
        out.leave_out("the journal does not hold the text", 1);
        return None;
    };
    Some((author, completion))
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
    let samples = of.programs().filter_map(|(tree, node)| sample(tree, node, scored_on, out));
    grouped(samples.map(|sample| (Asked::of(sample.tree, sample.author), sample)))
}

/// What answers the same stands together, in the order of the first of each.
pub(crate) fn grouped<T>(answers: impl Iterator<Item = (Asked, T)>) -> Vec<Vec<T>> {
    let mut groups: Vec<Vec<T>> = Vec::new();
    let mut places: BTreeMap<Asked, usize> = BTreeMap::new();
    for (asked, answer) in answers {
        let place = *places.entry(asked).or_insert(groups.len());
        if place == groups.len() {
            groups.push(Vec::new());
        }
        groups[place].push(answer);
    }
    groups
}

/// The best and the worst, each the first of its equals; `None` of nothing.
pub(crate) fn ends<T>(items: &[T], score: impl Fn(&T) -> f64) -> Option<(&T, &T)> {
    let first = items.first()?;
    let best = items.iter().fold(first, |best, next| if score(next) > score(best) { next } else { best });
    let worst = items.iter().fold(first, |worst, next| if score(next) < score(worst) { next } else { worst });
    Some((best, worst))
}

/// The best and the worst of what answers one prompt, with how far apart they are; counts why they make no pair: `alone`
/// and `equal` say so of one answer and of equal scores, `least` is what they have to differ by.
pub(crate) fn apart<'s, T>(
    group: &'s [T],
    score: impl Fn(&T) -> f64,
    least: Option<f64>,
    [alone, equal]: [&'static str; 2],
    out: &mut Out<'_>,
) -> Option<(&'s T, &'s T, f64)> {
    let (best, worst) = ends(group, &score)?;
    let margin = score(best) - score(worst);
    let why = if group.len() == 1 {
        alone
    } else if margin <= 0.0 {
        equal
    } else if is_below(margin, least) {
        "the scores differ by less than `--margin`"
    } else {
        return Some((best, worst, margin));
    };
    out.leave_out(why, 1);
    None
}

/// Whether a difference of two shares, which is rounded, is less than it has to be.
pub(crate) fn is_below(margin: f64, least: Option<f64>) -> bool {
    least.is_some_and(|least| margin + ROUNDING < least)
}
