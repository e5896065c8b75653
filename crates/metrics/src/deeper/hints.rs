//! hints@q: how many hints of somebody who knows it takes until a program passes a share q of the tests.
//!
//! A hint is a critique by an annotator. The hints of a program are those on its path from the root of the tree; what a
//! tree takes is the least of any program that passes the share. Zero if a first program does. A tree in which no program
//! does counts as many hints as the cap says, and the share of such trees stands beside the mean: a mean over those that get there
//! would say the less the harder the problems are.

use super::rounds::estimate_within;
use super::{About, Trees};
use crate::Estimate;
use crate::tokens::mean;
use mend_core::{Kind, Node, Part, ProblemId, RepairTree, Slot, Suite, SuiteVerdict, TestsMode};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// The shares of tests.
const SHARES: [f64; 3] = [0.5, 0.95, 1.0];

/// How many hints it takes, for a group of problems, a suite, and a share of its tests.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HintsRow {
    /// `all` or a difficulty.
    pub group: String,
    /// Whose tests have to pass.
    pub suite: Suite,
    /// The share of them.
    pub q: f64,
    /// Problems with such tests and a scored program.
    pub problems: u64,
    /// Their trees.
    pub trees: u64,
    /// Hints until a program passes the share: mean over a problem's trees, then over problems.
    pub hints: Estimate,
    /// Share of trees in which no program does within the cap.
    pub capped: Estimate,
    /// What these count as.
    #[serde(default = "usual_cap")]
    pub cap: u32,
}

/// The cap of summaries that were written before it could be chosen.
fn usual_cap() -> u32 {
    10
}

/// Whether somebody gave a hint in a tree.
pub(crate) fn has_hint(tree: &RepairTree) -> bool {
    tree.nodes().any(is_hint)
}

fn is_hint(node: &Node) -> bool {
    node.slot.kind() == Kind::Feedback && node.seat.is_some_and(|seat| seat.part() == Part::Annotator)
}

/// The rows of one group. `with_public` are the problems that have public tests.
pub(crate) fn rows(
    about: &About<'_>,
    group: &[&Trees<'_>],
    with_public: &BTreeSet<&ProblemId>,
    tests: TestsMode,
) -> Vec<HintsRow> {
    let mut rows = vec![];
    for suite in [Suite::Public, Suite::Hidden] {
        for q in SHARES {
            let has_suite = |problem: &&&Trees<'_>| suite == Suite::Hidden || with_public.contains(problem.id);
            let taken: Vec<Vec<Option<u32>>> = group
                .iter()
                .filter(has_suite)
                .map(|problem| problem.all.iter().filter_map(|tree| taken(tree, suite, q)).collect())
                .filter(|trees: &Vec<Option<u32>>| !trees.is_empty())
                .collect();
            if !taken.is_empty() {
                rows.push(row(about, suite, q, &taken, tests));
            }
        }
    }
    rows
}

fn row(about: &About<'_>, suite: Suite, q: f64, taken: &[Vec<Option<u32>>], tests: TestsMode) -> HintsRow {
    let means = |of: &dyn Fn(&Option<u32>) -> f64| {
        taken.iter().filter_map(|trees| mean(&trees.iter().map(of).collect::<Vec<_>>())).collect::<Vec<f64>>()
    };
    let is_known = q >= 1.0 || tests == TestsMode::All;
    let estimated = |values: Vec<f64>, most: f64| {
        if is_known {
            estimate_within(about, values, (0.0, most), "no program is scored")
        } else {
            Estimate::absent("tests end at the first failure: run with `--tests all`")
        }
    };
    let cap = about.options.hint_cap;
    HintsRow {
        group: about.name.to_owned(),
        suite,
        q,
        problems: taken.len() as u64,
        trees: taken.iter().map(Vec::len).sum::<usize>() as u64,
        hints: estimated(means(&|hints| f64::from(hints.unwrap_or(cap).min(cap))), f64::from(cap)),
        capped: estimated(means(&|hints| f64::from(u8::from(hints.is_none_or(|hints| hints > cap)))), 1.0),
        cap,
    }
}

/// The fewest hints of a program that passes the share of a suite: `Some(None)` if there is no such program, `None` of a
/// tree of which nothing is scored.
#[expect(clippy::option_option, reason = "not scored and not reached are two things")]
fn taken(tree: &RepairTree, suite: Suite, q: f64) -> Option<Option<u32>> {
    let scored: Vec<(&Node, f64)> = tree.nodes().filter_map(|node| Some((node, fraction(node, suite)?))).collect();
    if scored.is_empty() {
        return None;
    }
    // A share may come out a digit below what it is.
    let reached = scored.iter().filter(|(_, fraction)| *fraction >= q - 1e-9);
    Some(reached.map(|(node, _)| hints_of(tree, &node.slot)).min())
}

/// The share of a suite's tests that a scored program passes; none of them if it never ran.
fn fraction(node: &Node, suite: Suite) -> Option<f64> {
    let passes = node.passes(suite)?;
    let verdict = node.verdict()?;
    let of_suite = match suite {
        Suite::Public => verdict.public.as_ref(),
        Suite::Hidden => verdict.hidden.as_ref(),
    };
    let share = |suite: &SuiteVerdict| f64::from(suite.passed()) / f64::from(suite.total.max(1));
    Some(if passes { 1.0 } else { of_suite.map_or(0.0, share) })
}

/// The hints on the path to a node.
fn hints_of(tree: &RepairTree, slot: &Slot) -> u32 {
    let above = std::iter::successors(slot.parent(), Slot::parent);
    above.filter(|slot| tree.node(slot).is_some_and(is_hint)).count() as u32
}

#[cfg(test)]
mod tests {
    use crate::testing::{Ending, Grown, manifest};
    use crate::{Figure, HintsRow, Options, summarize};
    use mend_core::{RepairTree, Suite, TestsMode};

    const HALF: Ending = Ending::Tests(&[1]);
    const MOST: Ending = Ending::Tests(&[1, 2, 3]);
    const ALL: Ending = Ending::Tests(&[1, 2, 3, 4, 5]);

    /// A chain of programs with a hint between each two.
    fn chain(problem: &str, programs: &[Ending]) -> RepairTree {
        let (mut tree, mut slot) = (Grown::new(problem, 0), "p0".to_owned());
        for (place, ending) in programs.iter().enumerate() {
            if place > 0 {
                slot += "/f0";
                tree = tree.seat(&slot, "annotator", Ending::Critiqued(None));
                slot += "/r0";
            }
            tree = tree.node(&slot, *ending);
        }
        tree.submitted(Some(&slot)).tree
    }

    fn rows(chains: &[&[Ending]], tests: TestsMode) -> Vec<HintsRow> {
        rows_within(chains, tests, 10)
    }

    fn rows_within(chains: &[&[Ending]], tests: TestsMode, hint_cap: u32) -> Vec<HintsRow> {
        let ids: Vec<String> = (0..chains.len()).map(|place| format!("a/{place}")).collect();
        let entries: Vec<(&str, Option<&str>)> = ids.iter().map(|id| (id.as_str(), None)).collect();
        let mut manifest = manifest(&entries, 1);
        manifest.identity.tests = tests;
        for entry in &mut manifest.problems {
            entry.public_tests = 0;
        }
        let trees: Vec<RepairTree> = ids.iter().zip(chains).map(|(id, chain_of)| chain(id, chain_of)).collect();
        summarize(&manifest, &trees, &Options { resamples: 0, hint_cap, ..Options::default() }).deeper.unwrap().hints
    }

    fn values(rows: &[HintsRow]) -> Vec<(f64, f64, f64)> {
        let value = |figure: &Figure| *figure.value().unwrap();
        rows.iter().map(|row| (row.q, value(&row.hints.value), value(&row.capped.value))).collect()
    }

    #[test]
    fn shares_of_a_fifth_three_fifths_and_all_take_one_and_two_hints() {
        let found = rows(&[&[HALF, MOST, ALL]], TestsMode::All);
        assert_eq!(values(&found), [(0.5, 1.0, 0.0), (0.95, 2.0, 0.0), (1.0, 2.0, 0.0)]);
        assert!(found.iter().all(|row| row.suite == Suite::Hidden && row.group == "all" && row.trees == 1));
    }

    #[test]
    fn a_tree_that_never_gets_there_counts_as_ten_hints_and_is_flagged() {
        // 0, 1 and 3 hints, and never: (0 + 1 + 3 + 10) / 4.
        let found = rows(&[&[ALL], &[HALF, ALL], &[HALF, HALF, MOST, ALL], &[HALF, HALF]], TestsMode::All);
        assert_eq!(values(&found[2..]), [(1.0, 3.5, 0.25)]);
        assert_eq!((found[2].problems, found[2].trees), (4, 4));
        // A program that was never scored says nothing, one without code passes nothing.
        let found = rows(&[&[Ending::Unscored], &[Ending::Judged(mend_core::Status::NoCode), ALL]], TestsMode::All);
        assert_eq!((values(&found[2..]), found[2].problems), (vec![(1.0, 1.0, 0.0)], 1));
    }

    #[test]
    fn whoever_needs_more_hints_than_the_cap_counts_as_the_cap() {
        // The worked example: 0, 1, 3, and not within 5.
        let chains: [&[Ending]; 4] =
            [&[ALL], &[HALF, ALL], &[HALF, HALF, MOST, ALL], &[HALF, HALF, HALF, HALF, HALF, HALF, ALL]];
        let found = rows_within(&chains, TestsMode::All, 5);
        assert_eq!((values(&found[2..]), found[2].cap), (vec![(1.0, 2.25, 0.25)], 5));
        let found = rows_within(&chains, TestsMode::All, 6);
        assert_eq!((values(&found[2..]), found[2].cap), (vec![(1.0, 2.5, 0.0)], 6));
    }

    #[test]
    fn shares_below_one_are_absent_where_tests_end_at_the_first_failure() {
        let found = rows(&[&[HALF, MOST, ALL]], TestsMode::FirstFailure);
        let why = Some("tests end at the first failure: run with `--tests all`");
        assert_eq!([found[0].hints.value.reason(), found[1].capped.value.reason()], [why, why]);
        assert_eq!(values(&found[2..]), [(1.0, 2.0, 0.0)]);
    }

    #[test]
    fn critiques_of_others_are_no_hints() {
        let tree = Grown::new("a/0", 0).node("p0", HALF).node("p0/f0", Ending::Critiqued(None)).node("p0/f0/r0", ALL);
        let trees = [tree.submitted(None).tree];
        let found = summarize(&manifest(&[("a/0", None)], 1), &trees, &Options::default());
        assert!(found.deeper.is_none_or(|deeper| deeper.hints.is_empty()));
    }
}
