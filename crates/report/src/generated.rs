//! `tests.csv`: one row per node that holds tests, with how many of them are right and what they say of programs.

use crate::cell::Cell;
use crate::notes::Notes;
use crate::plain::plain;
use crate::sheet::{Column, CsvFile, OfRun, Sheet, column, labels, optional};
use mend_core::{Kind, Node, OracleLevel, ProblemEntry, RepairTree};
use mend_metrics::{Estimate, GeneratedTests, Origin, RunLabels, SuiteCounts};

/// A node that holds tests, where it stands, and what its tests did.
pub(crate) struct Row<'a> {
    run: &'a RunLabels,
    tree: &'a RepairTree,
    node: &'a Node,
    counts: SuiteCounts,
}

/// Held against the reference solution and the hidden tests, but selects nothing: the strategy's own level holds.
impl OfRun for Row<'_> {
    fn run(&self) -> &RunLabels {
        self.run
    }

    fn oracle_level(&self) -> OracleLevel {
        self.run.oracle_level
    }
}

/// The table, without a row where no node holds tests.
pub(crate) fn table(run: &RunLabels, trees: &[(&ProblemEntry, &RepairTree)]) -> CsvFile {
    let rows = trees.iter().flat_map(|&(_, tree)| {
        let nodes = tree.nodes().filter(|node| node.slot.kind() == Kind::Tests);
        nodes.map(move |node| Row { run, tree, node, counts: SuiteCounts::of(tree, node) })
    });
    sheet().filled(rows)
}

/// How it is laid out.
pub(crate) fn sheet<'a>() -> Sheet<Row<'a>> {
    const UNREAD: &str = "no answer came, or it was not read yet";
    let (column, optional) = (column::<Row<'a>>, optional::<Row<'a>>);
    let mut columns: Vec<Column<Row<'a>>> = labels();
    columns.extend([
        column("problem", "id of the problem", |row| Cell::text(&row.tree.key.problem)),
        column("replicate", "which of the problem's independent trees, from 0", |row| Cell::of(row.tree.key.replicate)),
        column("slot", "place in the tree: `t0` is the first set of tests for the problem", |row| {
            Cell::of(&row.node.slot)
        }),
        optional("seat", "who was asked", "nobody was asked", |row| Cell::some(row.node.seat)),
        optional("asked_model", "model that was asked", "nobody was asked", |row| {
            Cell::some_text(row.node.model.as_deref().map(plain))
        }),
        optional("tests", "tests that could be read in it", UNREAD, |row| Cell::some(row.counts.tests)),
        optional("dropped", "asserts that could not be read, or stood there twice", UNREAD, |row| {
            Cell::some(row.counts.dropped)
        }),
        optional(
            "valid",
            "those of `tests` that the reference solution passes",
            "the reference solution was not tried on them",
            |row| Cell::some(row.counts.valid),
        ),
        optional(
            "valid_share",
            "`valid` over `tests`",
            "there is no test, or the reference solution was not tried on them",
            |row| row.counts.valid_share().map_or(Cell::Empty, Cell::number),
        ),
        column("programs_tried", "programs that were judged by some of its tests", |row| {
            Cell::of(row.counts.tried.programs)
        }),
        column("programs_passing", "those of them that pass all of its tests that tried them", |row| {
            Cell::of(row.counts.tried.passed_all)
        }),
        column("failing_tried", "those of `programs_tried` that fail a scoring test", |row| {
            Cell::of(row.counts.tried.failing)
        }),
        column("false_positives", "those of `failing_tried` that pass all of its tests that tried them", |row| {
            Cell::of(row.counts.tried.failing_passed_all)
        }),
        column("passing_tried", "those of `programs_tried` that pass every scoring test", |row| {
            Cell::of(row.counts.tried.passing)
        }),
        column("false_negatives", "those of `passing_tried` that fail some of its tests", |row| {
            Cell::of(row.counts.tried.passing_failed_some)
        }),
    ]);
    let about = "one node that holds tests which were written during the run, of unfinished trees too; there only if \
                 some node does";
    Sheet::new("tests.csv", about, columns)
}

/// What tests of one origin are worth, for a terminal.
pub(crate) fn lines(tests: &GeneratedTests, notes: &mut Notes) -> [String; 2] {
    let name = match tests.origin {
        Origin::Generated => "generated tests (tests.csv)",
        Origin::Confirmed => "tests that an annotator gave (tests.csv)",
    };
    let mut share = |of: &Estimate| notes.share(&of.value, &of.interval);
    [
        format!(
            "{name}: valid_share {} ({} of {} pass on the reference solution), mean over problems {}; {} could not be read",
            share(&tests.valid_share),
            tests.valid,
            tests.checked,
            share(&tests.valid_share_by_problem),
            tests.dropped
        ),
        format!(
            "{name}: false_positive_rate {} ({} of {} failing programs pass all that tried them), false_negative_rate {} \
             ({} of {} passing programs fail some)",
            share(&tests.false_positive_rate),
            tests.failing_passed_all,
            tests.failing_tried,
            share(&tests.false_negative_rate),
            tests.passing_failed_some,
            tests.passing_tried
        ),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{deep_run, manifest, trees};
    use mend_core::{Event, RunManifest, Status, SuiteVerdict, TestVerdict, Used};
    use mend_metrics::{Options, summarize};

    /// The deep run, whose two tests the reference solution was tried on: it passes one.
    fn checked_run() -> (RunManifest, Vec<RepairTree>) {
        let (manifest, mut trees) = deep_run();
        let test = |(index, status)| TestVerdict { index, status, facts: None };
        let tests = [(0, Status::Passed), (1, Status::WrongAnswer)].map(test).to_vec();
        let verdict = SuiteVerdict { status: Status::WrongAnswer, tests, total: 2 };
        let event = Event::Checked { tests: "t0".parse().unwrap(), verdict, used: Used::default() };
        trees[0].apply(&event).unwrap();
        (manifest, trees)
    }

    #[test]
    fn each_node_of_tests_has_a_row() {
        let (manifest, trees) = checked_run();
        let trees: Vec<_> = trees.iter().map(|tree| (&manifest.problems[0], tree)).collect();
        let text = String::from_utf8(table(&RunLabels::of(&manifest), &trees).bytes().unwrap()).unwrap();
        let short: Vec<String> =
            text.lines().map(|line| line.split(',').skip(5).collect::<Vec<_>>().join(",")).collect();
        assert_eq!(
            short,
            [
                "problem,replicate,slot,seat,asked_model,tests,dropped,valid,valid_share,programs_tried,programs_passing,\
                 failing_tried,false_positives,passing_tried,false_negatives",
                "starter/10,0,t0,tester,sim/expert,2,1,1,0.5,1,0,1,0,0,0",
            ]
        );
    }

    #[test]
    fn a_run_without_such_tests_has_no_rows_and_no_lines() {
        let (manifest, trees) = (manifest(), trees());
        let listed: Vec<_> = trees.iter().map(|tree| (&manifest.problems[0], tree)).collect();
        assert!(table(&RunLabels::of(&manifest), &listed).is_empty());
        let summary = summarize(&manifest, &trees, &Options { resamples: 0, ..Options::default() });
        assert!(summary.generated_tests.is_empty());
        assert!(!crate::to_json(&summary, crate::View::default()).contains("generated_tests"));
    }

    #[test]
    fn what_they_are_worth_is_told_with_the_counts_behind_it() {
        let (manifest, trees) = checked_run();
        let summary = summarize(&manifest, &trees, &Options { resamples: 0, ..Options::default() });
        let mut notes = Notes::default();
        let told: Vec<String> = summary.generated_tests.iter().flat_map(|tests| lines(tests, &mut notes)).collect();
        let said = told.join("\n") + "\n" + &notes.foot(100);
        insta::assert_snapshot!(said, @"
        generated tests (tests.csv): valid_share 50.0 % (1) (1 of 2 pass on the reference solution), mean over problems 50.0 % (1); 1 could not be read
        generated tests (tests.csv): false_positive_rate 0.0 % (1) (0 of 1 failing programs pass all that tried them), false_negative_rate -(2) (0 of 0 passing programs fail some)
        (1) no interval was asked for
        (2) no program that passes the hidden tests was tried by such tests
        ");
    }
}
