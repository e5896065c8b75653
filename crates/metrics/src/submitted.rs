//! What a user without the hidden suite would hand in, and how often it is right.
//!
//! *Submitted* is the first program, in the strategy's order, that passes the public suite: the first one at all where
//! the problem has no public tests. Of independent programs it is the best of `n` by the public tests, so it says
//! nothing without `n` and without what all of them cost.

use crate::coverage::Counted;
use crate::deeper::is_deep;
use crate::frozen::judges_nobody;
use crate::summary::{Bounded, Counts, bounded};
use crate::tokens::mean;
use crate::{Costs, Estimate, Figure, Options, TokenCounts, TokenDefinition, selection};
use mend_core::{Node, ProblemEntry, RepairTree, RunManifest, Suite};
use serde::{Deserialize, Serialize};

/// Share of trees whose submitted program passes the hidden suite.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Submitted {
    /// Mean over each problem's trees, then over problems. A tree that submits nothing fails, unless none of its
    /// programs could be scored.
    pub passes: Bounded,
    /// Share of trees in which some program passes the hidden suite, minus the share in which the submitted one does, over
    /// the trees behind `passes`: what choosing loses. `None` where the strategy chooses by the hidden suite, or `passes`
    /// is absent.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub selection_loss: Option<Estimate>,
    /// Fewest programs, repairs included, that a tree had to choose from; `None` without a tree.
    pub n_min: Option<u32>,
    /// Most programs, repairs included, that a tree had to choose from; `None` without a tree.
    pub n_max: Option<u32>,
    /// What a tree cost, all that it holds: mean over each problem's trees, then over problems.
    pub cost: Costs,
}

/// What a finished tree hands in: what its strategy did, unless that chose by the hidden suite; then what it would
/// have handed in by the public one. `None` for nothing.
pub fn handed_in<'a>(manifest: &RunManifest, tree: &'a RepairTree) -> Option<&'a Node> {
    if !tree.is_finished() {
        return None;
    }
    if !manifest.identity.strategy.oracle.selects_on_hidden {
        return tree.node(tree.submitted()?);
    }
    let passing = |node: &&Node| node.verdict().is_some() && node.passes(Suite::Public) != Some(false);
    tree.nodes().filter(passing).min_by_key(|node| (node.slot.depth(), &node.slot))
}

/// The figure over those problems of a run that are `wanted`.
pub(crate) fn submitted(
    manifest: &RunManifest,
    counted: &Counted<'_>,
    options: &Options,
    wanted: impl Fn(&ProblemEntry) -> bool,
) -> Submitted {
    let by_problem = counted.by_problem();
    let entries: Vec<&ProblemEntry> = manifest.problems.iter().filter(|entry| wanted(entry)).collect();
    let trees = |entry: &ProblemEntry| by_problem.get(&entry.id).map_or(&[][..], Vec::as_slice);
    let n = || {
        let trees = entries.iter().flat_map(|entry| trees(entry));
        trees.map(|tree| tree.nodes().filter(|node| node.slot.is_program()).count() as u32)
    };
    let counts: Vec<Counts> = entries.iter().map(|entry| counts(manifest, trees(entry))).collect();
    let mut passes = bounded(&counts, counted.sample, options);
    let chooses_by_hidden = manifest.identity.strategy.oracle.selects_on_hidden;
    if let Some(why) = nothing_to_choose_by(manifest, counted, &entries) {
        let why = why.to_owned();
        passes.value = Figure::Absent(why.clone());
        passes.interval = Figure::Absent(why.clone());
        passes.if_unscored_fail = Figure::Absent(why.clone());
        passes.if_unscored_pass = Figure::Absent(why);
    }
    let selection_loss = (!chooses_by_hidden && passes.value.value().is_some()).then(|| {
        let scored = entries.iter().map(|entry| trees(entry)).filter(|trees| !judges_nobody(trees));
        let losses = scored.filter_map(|trees| selection::loss(trees, |tree| outcome(manifest, tree)));
        selection::estimate(&losses.collect::<Vec<_>>(), counted.sample, options)
    });
    let cost = Costs::each(|definition| {
        let each = entries.iter().map(|entry| trees(entry)).filter(|trees| !trees.is_empty());
        let means: Option<Vec<f64>> = each.map(|trees| cost_of(trees, definition)).collect();
        let why = || format!("the `{definition}` cost of some trees is unknown");
        Figure::or_absent(means.and_then(|means| mean(&means)), why)
    });
    Submitted { passes, selection_loss, n_min: n().min(), n_max: n().max(), cost }
}

/// Why nobody chose among the programs of some problems; `None` if somebody did.
pub(crate) fn nothing_to_choose_by(
    manifest: &RunManifest,
    counted: &Counted<'_>,
    entries: &[&ProblemEntry],
) -> Option<&'static str> {
    // A deeper strategy may choose by what it likes: tests of its own, a judge, or the last of a chain.
    let chooses_by_hidden = manifest.identity.strategy.oracle.selects_on_hidden;
    let is_own = !chooses_by_hidden && counted.trees.iter().any(|tree| is_deep(tree));
    let has_tests = entries.iter().any(|entry| entry.public_tests > 0);
    (!is_own && !has_tests).then_some("no problem has public tests to choose by")
}

/// What the trees of one problem handed in. A problem without any counts as one that was not scored.
pub(crate) fn counts(manifest: &RunManifest, trees: &[&RepairTree]) -> Counts {
    let mut counts = Counts::default();
    let is_unscored = trees.is_empty() || judges_nobody(trees);
    for tree in trees.iter().filter(|_| !is_unscored) {
        match outcome(manifest, tree) {
            Some(passed) => {
                counts.n += 1;
                counts.c += u32::from(passed);
            }
            None => counts.unscored += 1,
        }
    }
    counts.unscored += if is_unscored { trees.len().max(1) as u32 } else { 0 };
    counts
}

/// Whether what a finished tree hands in passes the hidden suite; one that hands in nothing fails. `None` if that cannot be told.
pub fn handed_in_passes(manifest: &RunManifest, tree: &RepairTree) -> Option<bool> {
    outcome(manifest, tree).filter(|_| tree.is_finished())
}

/// Whether what a tree hands in passes; `None` if that cannot be told.
pub(crate) fn outcome(manifest: &RunManifest, tree: &RepairTree) -> Option<bool> {
    match handed_in(manifest, tree) {
        Some(node) => node.passes(Suite::Hidden),
        None => nothing_passes(tree),
    }
}

/// That a tree which hands in nothing fails; `None` if that may not be the strategy's doing: it has programs, none of
/// which is scored, or it has no program and some node of it never got an outcome.
pub(crate) fn nothing_passes(tree: &RepairTree) -> Option<bool> {
    let mut programs = tree.nodes().filter(|node| node.slot.is_program()).peekable();
    let fails = if programs.peek().is_some() {
        programs.any(|node| node.passes(Suite::Hidden).is_some())
    } else {
        tree.nodes().all(|node| node.unscored().is_none())
    };
    fails.then_some(false)
}

/// What the answers among some nodes cost together; `None` if some cost is unknown.
pub(crate) fn cost_of_nodes<'a>(nodes: impl Iterator<Item = &'a Node>, definition: TokenDefinition) -> Option<f64> {
    let answered = nodes.filter(|node| node.completion.is_some());
    let sum: Option<f64> = answered.map(|node| TokenCounts::of_node(node).by(definition)).sum();
    // Of nothing the sum is minus zero.
    sum.map(|sum| sum + 0.0)
}

/// Mean cost of some trees. What nobody answered cost nothing.
pub(crate) fn cost_of(trees: &[&RepairTree], definition: TokenDefinition) -> Option<f64> {
    let of_tree = |tree: &&RepairTree| cost_of_nodes(tree.nodes(), definition);
    mean(&trees.iter().map(of_tree).collect::<Option<Vec<f64>>>()?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Ending, Grown, manifest};
    use mend_core::Status;

    const PASSED: Ending = Ending::Judged(Status::Passed);
    const WRONG: Ending = Ending::Judged(Status::WrongAnswer);
    /// Passes the public suite and fails the hidden one.
    const DECEIVES: Ending = Ending::Deceives;

    fn of(manifest: &RunManifest, trees: Vec<Grown>) -> Submitted {
        let trees: Vec<RepairTree> = trees.into_iter().map(|grown| grown.tree).collect();
        let options = Options { resamples: 200, ..Options::default() };
        submitted(manifest, &Counted::of(manifest, &trees), &options, |_| true)
    }

    #[test]
    fn a_strategy_that_chooses_by_the_hidden_suite_is_shown_by_what_the_public_one_would_choose() {
        let mut manifest = manifest(&[("a/0", None), ("a/1", None)], 1);
        manifest.identity.strategy.oracle.selects_on_hidden = true;
        let deceived = Grown::new("a/0", 0).node("p0", DECEIVES).node("p0/r0", PASSED).submitted(Some("p0/r0"));
        // Programs come before repairs.
        let repaired = Grown::new("a/1", 0).node("p0", WRONG).node("p0/r0", DECEIVES).node("p1", PASSED);
        let submitted = of(&manifest, vec![deceived, repaired.submitted(Some("p1"))]);
        assert_eq!(submitted.passes.value, Figure::Value(0.5));
        manifest.identity.strategy.oracle.selects_on_hidden = false;
        let deceived = Grown::new("a/0", 0).node("p0", DECEIVES).node("p1", PASSED).submitted(Some("p0"));
        let nothing = Grown::new("a/1", 0).node("p0", WRONG).submitted(None);
        assert_eq!(of(&manifest, vec![deceived, nothing]).passes.value, Figure::Value(0.0));
    }

    #[test]
    fn it_stands_beside_how_many_it_was_chosen_from_its_interval_and_its_cost() {
        let manifest = manifest(&[("a/0", None), ("a/1", None)], 1);
        let three = Grown::new("a/0", 0).node("p0", PASSED).node("p1", WRONG).node("p2", WRONG).submitted(Some("p0"));
        let one = Grown::new("a/1", 0).node("p0", PASSED).submitted(Some("p0"));
        let submitted = of(&manifest, vec![three, one]);
        assert_eq!((submitted.n_min, submitted.n_max), (Some(1), Some(3)));
        assert_eq!(submitted.cost.billed, Figure::Value(200.0));
        assert_eq!(submitted.cost.dollars.reason(), Some("the `dollars` cost of some trees is unknown"));
        let interval = submitted.passes.interval.value().unwrap();
        assert!(interval.few_informative && interval.low < 0.2, "two problems say little: {interval:?}");
    }

    #[test]
    fn what_choosing_loses_is_what_an_oracle_would_have_picked() {
        // Of four problems one has nothing right, one picks what is right, and two pick what is wrong or nothing. The
        // second tree of the last is not scored, and counts on neither side.
        let mut manifest = manifest(&[("a/0", None), ("a/1", None), ("a/2", None), ("a/3", None)], 2);
        let two = |id: &str, first: Ending, second: Ending, picked: Option<&str>| {
            [0, 1].map(|replicate| Grown::new(id, replicate).node("p0", first).node("p1", second).submitted(picked))
        };
        let mut trees: Vec<Grown> = [
            two("a/0", WRONG, WRONG, Some("p0")),
            two("a/1", PASSED, WRONG, Some("p0")),
            two("a/2", DECEIVES, PASSED, Some("p0")),
        ]
        .into_iter()
        .flatten()
        .collect();
        trees.push(Grown::new("a/3", 0).node("p0", WRONG).node("p0/r0", PASSED).submitted(None));
        trees.push(Grown::new("a/3", 1).node("p0", Ending::Unscored).node("p1", PASSED).submitted(Some("p0")));
        let figures = of(&manifest, trees.iter().map(Grown::again).collect());
        let loss = figures.selection_loss.unwrap();
        assert_eq!((figures.passes.value, loss.value), (Figure::Value(0.25), Figure::Value(0.5)));
        let interval = loss.interval.value().unwrap();
        assert!(interval.holds(0.5) && interval.low < interval.high, "{interval:?}");
        manifest.identity.strategy.oracle.selects_on_hidden = true;
        assert_eq!(of(&manifest, trees).selection_loss, None, "whoever chooses by the hidden suite loses nothing");
    }

    #[test]
    fn a_tree_that_never_came_to_a_program_fails_unless_an_answer_is_missing() {
        let grown = || Grown::new("a/0", 0);
        for (tree, passes) in [
            (grown(), Some(false)),
            (grown().node("q0", Ending::Answers(Some(true))), Some(false)),
            (grown().node("q0", Ending::Answers(Some(true))).node("q1", Ending::Unscored), None),
            (grown().node("q0", Ending::Answers(Some(true))).node("p0", WRONG), Some(false)),
            (grown().node("q0", Ending::Answers(Some(true))).node("p0", Ending::Unscored), None),
            (grown().node("p0", Ending::Unscored).node("p1", WRONG), Some(false)),
        ] {
            assert_eq!(nothing_passes(&tree.tree), passes, "{:?}", tree.tree);
        }
    }

    #[test]
    fn without_public_tests_there_is_nothing_to_choose_by() {
        let mut manifest = manifest(&[("a/0", None)], 1);
        manifest.problems[0].public_tests = 0;
        let submitted = of(&manifest, vec![Grown::new("a/0", 0).node("p0", PASSED).submitted(Some("p0"))]);
        assert_eq!(submitted.passes.value.reason(), Some("no problem has public tests to choose by"));
    }
}
