//! Tests that a model or a person wrote during a run: how many are right, and how well they tell right programs from
//! wrong ones.
//!
//! A test is *valid* if the reference solution passes it. A suite is taken as the strategy takes it: all tests of a tree
//! that tried a program. It is *fooled* by a program that fails the hidden suite and passes all of them (a false
//! positive), and *rejects* one that passes the hidden suite and fails some of them (a false negative).

use crate::bootstrap::{Column, Resampling, Table};
use crate::coverage::Counted;
use crate::frozen::judges_nobody;
use crate::{Estimate, Figure, Options};
use mend_core::{Found, Kind, Node, Part, RepairTree, Slot, Status, Suite};
use serde::{Deserialize, Serialize};

/// Whose tests they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// Those that any seat wrote but an annotator's.
    Generated,
    /// Those that an annotator confirmed or put right.
    Confirmed,
}

impl Origin {
    /// The word used in files and tables.
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    fn of(node: &Node) -> Self {
        let is_annotators = node.seat.is_some_and(|seat| seat.part() == Part::Annotator);
        if is_annotators { Self::Confirmed } else { Self::Generated }
    }
}

/// What tests of one origin are worth, over finished trees.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GeneratedTests {
    /// Whose they are.
    pub origin: Origin,
    /// Nodes that hold such tests, or should.
    pub nodes: u64,
    /// Tests that could be read in them.
    pub tests: u64,
    /// Asserts in them that could not be read, or stood there twice.
    pub dropped: u64,
    /// Those of `tests` that a reference solution was tried on.
    pub checked: u64,
    /// Those of `checked` that it passes.
    pub valid: u64,
    /// `valid` over `checked`.
    pub valid_share: Estimate,
    /// The same share of each problem with a checked test: mean over such problems.
    pub valid_share_by_problem: Estimate,
    /// Programs that fail the hidden suite and that such tests tried.
    pub failing_tried: u64,
    /// Those of them that pass all such tests which tried them.
    pub failing_passed_all: u64,
    /// `failing_passed_all` over `failing_tried`.
    pub false_positive_rate: Estimate,
    /// Programs that pass the hidden suite and that such tests tried.
    pub passing_tried: u64,
    /// Those of them that fail some such test.
    pub passing_failed_some: u64,
    /// `passing_failed_some` over `passing_tried`.
    pub false_negative_rate: Estimate,
}

/// Programs that tests tried, by how they fare on the hidden suite. One that is not scored counts in the first two alone.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tried {
    /// Programs that were tried.
    pub programs: u64,
    /// Those of them that pass all tests that tried them.
    pub passed_all: u64,
    /// Those of `programs` that fail the hidden suite.
    pub failing: u64,
    /// Those of `failing` that pass all tests that tried them.
    pub failing_passed_all: u64,
    /// Those of `programs` that pass the hidden suite.
    pub passing: u64,
    /// Those of `passing` that fail some test that tried them.
    pub passing_failed_some: u64,
}

impl Tried {
    /// Counts the programs of a tree that tests of some nodes tried.
    fn add(&mut self, tree: &RepairTree, is_wanted: impl Fn(&Slot) -> bool) {
        for program in tree.nodes() {
            let Some(passes_all) = passes_all(program, &is_wanted) else { continue };
            self.programs += 1;
            self.passed_all += u64::from(passes_all);
            match program.passes(Suite::Hidden) {
                Some(true) => {
                    self.passing += 1;
                    self.passing_failed_some += u64::from(!passes_all);
                }
                Some(false) => {
                    self.failing += 1;
                    self.failing_passed_all += u64::from(passes_all);
                }
                None => {}
            }
        }
    }
}

/// Whether a program passes all tests of some nodes; `None` if none of them tried it. One that can judge nobody is not
/// passed, as the strategy has it.
fn passes_all(node: &Node, is_wanted: impl Fn(&Slot) -> bool) -> Option<bool> {
    // An answer without a program was asked to be judged, and was not tried.
    node.candidate.as_ref()?;
    let verdicts = node.tested.iter().filter(|(tests, _)| is_wanted(tests)).map(|(_, (verdict, _))| verdict);
    let mut said = verdicts.filter(|verdict| verdict.total > 0).peekable();
    said.peek()?;
    Some(said.all(|verdict| verdict.status == Status::Passed))
}

/// A node that holds tests, as a table shows it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SuiteCounts {
    /// Tests that could be read; `None` if nothing was read.
    pub tests: Option<u64>,
    /// Asserts that could not be read, or stood there twice; `None` if nothing was read.
    pub dropped: Option<u64>,
    /// Tests that the reference solution passes; `None` if it was not tried.
    pub valid: Option<u64>,
    /// Programs of its tree that its tests tried.
    pub tried: Tried,
}

impl SuiteCounts {
    /// What a node's tests did in its tree.
    pub fn of(tree: &RepairTree, node: &Node) -> Self {
        let mut counts = Self::default();
        if let Some(Found::Tests { tests, dropped }) = node.found() {
            counts.tests = Some(tests.len() as u64);
            counts.dropped = Some(u64::from(*dropped));
        }
        counts.valid = node.checked.as_ref().map(|checked| u64::from(checked.0.passed()));
        counts.tried.add(tree, |tests| *tests == node.slot);
        counts
    }

    /// The share of tests that are valid; `None` without a test, or a reference solution that was tried.
    pub fn valid_share(&self) -> Option<f64> {
        let tests = self.tests.filter(|tests| *tests > 0)?;
        Some(self.valid? as f64 / tests as f64)
    }
}

/// What tests of one origin did on the trees of one problem.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Tally {
    nodes: u64,
    tests: u64,
    dropped: u64,
    checked: u64,
    valid: u64,
    tried: Tried,
}

impl Tally {
    fn add(&mut self, tree: &RepairTree, origin: Origin) {
        let is_wanted = |node: &Node| node.slot.kind() == Kind::Tests && Origin::of(node) == origin;
        for node in tree.nodes().filter(|node| is_wanted(node)) {
            let counts = SuiteCounts::of(tree, node);
            let tests = counts.tests.unwrap_or(0);
            self.nodes += 1;
            self.tests += tests;
            self.dropped += counts.dropped.unwrap_or(0);
            self.checked += if counts.valid.is_some() { tests } else { 0 };
            self.valid += counts.valid.unwrap_or(0);
        }
        self.tried.add(tree, |tests| tree.node(tests).is_some_and(is_wanted));
    }
}

/// The figures, for each origin of which the run has tests.
pub(crate) fn figures(counted: &Counted<'_>, options: &Options) -> Vec<GeneratedTests> {
    let by_problem = counted.by_problem();
    let problems: Vec<_> = by_problem.values().filter(|trees| !judges_nobody(trees)).collect();
    let of_origin = |origin: Origin| {
        let tally = |trees: &&Vec<&RepairTree>| {
            let mut tally = Tally::default();
            trees.iter().for_each(|tree| tally.add(tree, origin));
            tally
        };
        let tallies: Vec<Tally> = problems.iter().map(tally).collect();
        let has_some = tallies.iter().any(|tally| tally.nodes > 0);
        has_some.then(|| of_tallies(origin, &tallies, counted, options))
    };
    [Origin::Generated, Origin::Confirmed].into_iter().filter_map(of_origin).collect()
}

fn of_tallies(origin: Origin, tallies: &[Tally], counted: &Counted<'_>, options: &Options) -> GeneratedTests {
    let name = format!("tests {}", origin.as_str());
    let resampling = Resampling { times: options.resamples, seed: options.seed, name: &name, sample: counted.sample };
    let mut table = Table::default();
    let mut column = |of: fn(&Tally) -> u64| {
        table.add(tallies.iter().map(|tally| Some(of(tally) as f64))).expect("a problem has tests")
    };
    let valid = (column(|tally| tally.valid), column(|tally| tally.checked));
    let fooled = (column(|tally| tally.tried.failing_passed_all), column(|tally| tally.tried.failing));
    let rejected = (column(|tally| tally.tried.passing_failed_some), column(|tally| tally.tried.passing));
    let means = table.means(resampling);
    let ratio = |(part, whole): (Column, Column), why: &str| means.ratio(&[(part, 1.0)], &[(whole, 1.0)], why);
    let sum = |of: fn(&Tally) -> u64| tallies.iter().map(of).sum::<u64>();
    GeneratedTests {
        origin,
        nodes: sum(|tally| tally.nodes),
        tests: sum(|tally| tally.tests),
        dropped: sum(|tally| tally.dropped),
        checked: sum(|tally| tally.checked),
        valid: sum(|tally| tally.valid),
        valid_share: ratio(valid, NONE_CHECKED),
        valid_share_by_problem: by_problem(tallies, resampling),
        failing_tried: sum(|tally| tally.tried.failing),
        failing_passed_all: sum(|tally| tally.tried.failing_passed_all),
        false_positive_rate: ratio(fooled, "no program that fails the hidden tests was tried by such tests"),
        passing_tried: sum(|tally| tally.tried.passing),
        passing_failed_some: sum(|tally| tally.tried.passing_failed_some),
        false_negative_rate: ratio(rejected, "no program that passes the hidden tests was tried by such tests"),
    }
}

const NONE_CHECKED: &str = "no reference solution was tried on such a test";

/// Mean over problems of the share of valid tests, over those with a checked test.
fn by_problem(tallies: &[Tally], resampling: Resampling<'_>) -> Estimate {
    let mut table = Table::default();
    let checked = tallies.iter().filter(|tally| tally.checked > 0);
    match table.add(checked.map(|tally| Some(tally.valid as f64 / tally.checked as f64))) {
        None => Estimate::absent(NONE_CHECKED),
        Some(column) => {
            let means = table.means(resampling);
            let value = Figure::Value(means.all().mean(column));
            Estimate { value, interval: means.interval_of(column, (0.0, 1.0)) }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::summarize;
    use crate::testing::{Ending, Grown, manifest};

    const PASSED: Ending = Ending::Judged(Status::Passed);
    const WRONG: Ending = Ending::Judged(Status::WrongAnswer);

    fn of(trees: Vec<Grown>) -> Vec<GeneratedTests> {
        let manifest = manifest(&[("a/0", None), ("a/1", None), ("a/2", None)], 1);
        let trees: Vec<RepairTree> = trees.into_iter().map(|grown| grown.submitted(None).tree).collect();
        summarize(&manifest, &trees, &Options { resamples: 200, ..Options::default() }).generated_tests
    }

    #[track_caller]
    fn close(estimate: &Estimate, expected: f64) {
        let value = *estimate.value.value().unwrap_or_else(|| panic!("absent: {estimate:?}"));
        assert!((value - expected).abs() < 1e-9, "{value} is not {expected}");
    }

    /// Three of four tests are valid on the first problem, two of six on the second, and the third has none.
    fn worked() -> Vec<Grown> {
        vec![
            Grown::new("a/0", 0)
                .tests("t0", "tester", 4, 1)
                .checked("t0", 4, 3)
                .node("p0", PASSED)
                .tested("p0", "t0", 4, 3)
                .node("p1", WRONG)
                .tested("p1", "t0", 4, 4)
                .node("p2", WRONG)
                .tested("p2", "t0", 4, 2)
                .node("p3", Ending::Judged(Status::NoCode))
                .tested("p3", "t0", 4, 0),
            Grown::new("a/1", 0)
                .tests("t0", "tester", 2, 0)
                .checked("t0", 2, 2)
                .tests("t1", "coder", 4, 2)
                .checked("t1", 4, 0)
                .node("p0", PASSED)
                .tested("p0", "t0", 2, 2)
                .tested("p0", "t1", 4, 0)
                .node("p1", WRONG)
                .tested("p1", "t0", 2, 1)
                .node("p2", PASSED)
                .tested("p2", "t0", 2, 2)
                .node("p3", WRONG)
                .node("p4", Ending::Unscored)
                .tested("p4", "t0", 2, 2),
            Grown::new("a/2", 0).node("p0", PASSED),
        ]
    }

    #[test]
    fn tests_are_held_against_the_reference_and_programs_against_the_hidden_suite() {
        let found = of(worked());
        let [tests] = found.as_slice() else { panic!("one origin: {found:?}") };
        assert_eq!((tests.origin, tests.nodes, tests.tests, tests.dropped), (Origin::Generated, 3, 10, 3));
        assert_eq!((tests.checked, tests.valid), (10, 5));
        close(&tests.valid_share, 0.5);
        close(&tests.valid_share_by_problem, f64::midpoint(3.0 / 4.0, 2.0 / 6.0));
        assert_eq!((tests.failing_tried, tests.failing_passed_all), (3, 1));
        close(&tests.false_positive_rate, 1.0 / 3.0);
        assert_eq!((tests.passing_tried, tests.passing_failed_some), (3, 2));
        close(&tests.false_negative_rate, 2.0 / 3.0);
        for estimate in [&tests.valid_share, &tests.false_positive_rate, &tests.false_negative_rate] {
            let interval = estimate.interval.value().expect("two problems have one");
            assert!(interval.holds(*estimate.value.value().unwrap()) && interval.low < interval.high);
        }
    }

    #[test]
    fn a_figure_without_its_denominator_is_absent_with_the_reason() {
        let untried = of(vec![Grown::new("a/0", 0).tests("t0", "tester", 2, 0).node("p0", PASSED)]);
        let [tests] = untried.as_slice() else { panic!("{untried:?}") };
        for (estimate, why) in [
            (&tests.valid_share, "no reference solution was tried on such a test"),
            (&tests.valid_share_by_problem, "no reference solution was tried on such a test"),
            (&tests.false_positive_rate, "no program that fails the hidden tests was tried by such tests"),
            (&tests.false_negative_rate, "no program that passes the hidden tests was tried by such tests"),
        ] {
            assert_eq!((estimate.value.reason(), estimate.interval.reason()), (Some(why), Some(why)));
        }
        assert!(of(vec![Grown::new("a/0", 0).node("p0", PASSED)]).is_empty(), "a run without such tests has none");
    }

    #[test]
    fn what_an_annotator_confirmed_counts_apart() {
        let found = of(vec![
            Grown::new("a/0", 0)
                .tests("t0", "tester", 2, 0)
                .checked("t0", 2, 1)
                .tests("t1", "annotator", 1, 0)
                .checked("t1", 1, 1)
                .node("p0", WRONG)
                .tested("p0", "t0", 2, 2)
                .tested("p0", "t1", 1, 0),
        ]);
        let told: Vec<_> = found.iter().map(|tests| (tests.origin, tests.valid, tests.failing_passed_all)).collect();
        assert_eq!(told, [(Origin::Generated, 1, 1), (Origin::Confirmed, 1, 0)]);
    }

    #[test]
    fn a_node_is_counted_by_what_its_own_tests_did() {
        let trees = worked();
        let tree = &trees[1].tree;
        let of = |slot: &str| SuiteCounts::of(tree, tree.node(&slot.parse().unwrap()).unwrap());
        let first = of("t0");
        assert_eq!(
            (first.tests, first.dropped, first.valid, first.valid_share()),
            (Some(2), Some(0), Some(2), Some(1.0))
        );
        let tried =
            Tried { programs: 4, passed_all: 3, failing: 1, failing_passed_all: 0, passing: 2, passing_failed_some: 0 };
        assert_eq!(first.tried, tried);
        let second = of("t1");
        let (programs, rejected) = (second.tried.programs, second.tried.passing_failed_some);
        assert_eq!((second.valid_share(), programs, rejected), (Some(0.0), 1, 1));
    }
}
