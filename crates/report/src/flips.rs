//! `flips.csv`: the verdicts of a run that are others once its programs are judged anew, each with the reason.

use crate::cell::Cell;
use crate::failure::{first_failure, told};
use crate::plain::plain;
use crate::sheet::{Column, CsvFile, OfRun, Sheet, column, labels, optional};
use crate::tables::{fitted, wrap};
use crate::write::{ReportError, write_table};
use mend_core::{OracleLevel, ProblemId, Suite, TestVerdict};
use mend_metrics::{Fared, Flip, Flips, RunLabels, TestFlip, Turn};
use std::collections::BTreeSet;
use std::path::Path;

/// What a second judgement of a run's programs changed, with the words that stand beside it.
#[derive(Debug, Clone, Copy)]
pub struct OfFlips<'a> {
    /// The run that judged anew.
    pub run: &'a RunLabels,
    /// Id of the run whose programs these are.
    pub source: &'a str,
    /// What changed.
    pub flips: &'a Flips<'a>,
    /// Problems whose statement or tests are others than in the source.
    pub other_problems: &'a BTreeSet<ProblemId>,
}

/// One verdict that flipped.
pub(crate) struct Row<'a> {
    of: OfFlips<'a>,
    flip: &'a Flip<'a>,
}

impl OfRun for Row<'_> {
    fn run(&self) -> &RunLabels {
        self.of.run
    }

    fn oracle_level(&self) -> OracleLevel {
        self.of.run.oracle_level
    }
}

impl Row<'_> {
    fn test(&self) -> Option<TestFlip<'_>> {
        self.flip.test
    }

    /// Why the verdict flipped, in one line.
    fn why(&self) -> String {
        let Flip { before, after, is_another_program, .. } = self.flip;
        let mut parts = Vec::new();
        if *is_another_program {
            let rule = |fared: &Fared<'_>| fared.rule.map_or("none", |rule| rule.as_str());
            parts.push(format!("another program was found ({}, now {})", rule(before), rule(after)));
        }
        if self.of.other_problems.contains(&self.flip.tree.problem) {
            parts.push("the problem is another one".to_owned());
        }
        match (before.unscored, after.unscored, self.test()) {
            (_, Some(why), _) => parts.push(format!("unscored now: {why}")),
            (Some(why), None, _) => parts.push(format!("unscored before: {why}")),
            (None, None, Some(test)) => {
                let ended = |test: Option<&TestVerdict>| {
                    test.map_or("did not run".to_owned(), |test| test.status.as_str().replace('_', " "))
                };
                let place = format!("{} test {}", test.suite, test.index);
                parts.push(format!("{place}: {}, now {}", ended(test.before), ended(test.after)));
                let failing = test.after.filter(|test| test.facts.is_some()).or(test.before);
                parts.extend(failing.filter(|test| test.facts.is_some()).map(told));
            }
            (None, None, None) => {
                let ended = |fared: &Fared<'_>| fared.word().replace('_', " ");
                parts.push(format!("{}, now {}", ended(before), ended(after)));
                parts.extend(after.verdict.and_then(first_failure).or_else(|| first_failure(before.verdict?)));
            }
        }
        parts.join("; ")
    }
}

/// Writes `flips.csv` into a run's folder.
pub fn write_flips(dir: &Path, of: OfFlips<'_>) -> Result<(), ReportError> {
    let table = table(of);
    write_table(dir, table.name, &table)
}

fn rows(of: OfFlips<'_>) -> impl Iterator<Item = Row<'_>> {
    of.flips.flipped.iter().map(move |flip| Row { of, flip })
}

fn table(of: OfFlips<'_>) -> CsvFile {
    sheet().filled(rows(of))
}

/// How it is laid out.
pub(crate) fn sheet<'a>() -> Sheet<Row<'a>> {
    const NO_TEST: &str = "no test tells the two verdicts apart";
    const NO_SUITE: &str = "it is unscored, or the problem has no such suite";
    let (column, optional) = (column::<Row<'a>>, optional::<Row<'a>>);
    let mut columns: Vec<Column<Row<'a>>> = labels();
    columns.extend([
        column("source", "id of the run whose programs were judged anew", |row| Cell::text(row.of.source)),
        column("problem", "id of the problem", |row| Cell::text(&row.flip.tree.problem)),
        column("replicate", "which of the problem's independent trees, from 0", |row| {
            Cell::of(row.flip.tree.replicate)
        }),
        column("slot", "place in the tree", |row| Cell::of(row.flip.slot)),
        column(
            "turn",
            "what happened: `failed_to_passed`, `passed_to_failed`, `unscored_to_scored`, `scored_to_unscored`, or \
             `public_only` where only the verdict of the public tests is another",
            |row| Cell::of(row.flip.turn().as_str()),
        ),
        column("before", "status in the source, or `unscored`", |row| Cell::of(row.flip.before.word())),
        column("after", "status now, or `unscored`", |row| Cell::of(row.flip.after.word())),
        optional("public_before", "whether it passed the public tests in the source", NO_SUITE, |row| {
            Cell::some(row.flip.before.passes(Suite::Public))
        }),
        optional("public_after", "whether it passes them now", NO_SUITE, |row| {
            Cell::some(row.flip.after.passes(Suite::Public))
        }),
        optional("engine_before", "engine of the source's verdict", "nothing ran", |row| {
            Cell::some_text(row.flip.before.verdict.and_then(|verdict| verdict.engine.as_deref()))
        }),
        optional("engine_after", "engine of the verdict now", "nothing ran", |row| {
            Cell::some_text(row.flip.after.verdict.and_then(|verdict| verdict.engine.as_deref()))
        }),
        column(
            "same_program",
            "whether the program is the same to the byte: other rules may find another one",
            |row| Cell::of(!row.flip.is_another_program),
        ),
        column("same_problem", "whether statement and tests are the same", |row| {
            Cell::of(!row.of.other_problems.contains(&row.flip.tree.problem))
        }),
        optional("suite", "suite of the first test that ended otherwise", NO_TEST, |row| {
            Cell::some(row.test().map(|test| test.suite))
        }),
        optional("test", "number of that test in its suite, from 0", NO_TEST, |row| {
            Cell::some(row.test().map(|test| test.index))
        }),
        optional("test_before", "how that test ended in the source", "it did not run there", |row| {
            Cell::some(row.test().and_then(|test| test.before).map(|test| test.status))
        }),
        optional("test_after", "how that test ends now", "it does not run now", |row| {
            Cell::some(row.test().and_then(|test| test.after).map(|test| test.status))
        }),
        optional(
            "facts_before",
            "what is known of that test's failure in the source",
            "it did not fail there",
            |row| {
                Cell::some_text(row.test().and_then(|test| test.before).filter(|test| test.facts.is_some()).map(told))
            },
        ),
        optional("facts_after", "what is known of that test's failure now", "it does not fail now", |row| {
            Cell::some_text(row.test().and_then(|test| test.after).filter(|test| test.facts.is_some()).map(told))
        }),
        column("why", "why the verdict flipped, in one line", |row| Cell::text(plain(&row.why()))),
    ]);
    let about =
        "a verdict that flipped when the programs of another run were judged anew; there only after `mend rejudge`";
    Sheet::new("flips.csv", about, columns)
}

/// What changed, for a terminal: a line of counts, then a line for each verdict that flipped, at most so many.
pub fn flips_table(of: OfFlips<'_>, width: u16, most: usize) -> String {
    let width = width.clamp(40, 160);
    let counts = of.flips.counts();
    let told = |turn: Turn| {
        let words = match turn {
            Turn::FailedToPassed => "failed before and pass now",
            Turn::PassedToFailed => "passed before and fail now",
            Turn::UnscoredToScored => "were unscored and are scored now",
            Turn::ScoredToUnscored => "were scored and are unscored now",
            Turn::PublicOnly => "differ in their public tests alone",
        };
        counts.get(&turn).map(|count| format!("{count} {words}"))
    };
    let turns =
        [Turn::FailedToPassed, Turn::PassedToFailed, Turn::UnscoredToScored, Turn::ScoredToUnscored, Turn::PublicOnly];
    let mut said: Vec<String> = turns.into_iter().filter_map(told).collect();
    if of.flips.otherwise > 0 {
        said.push(format!("{} more fail as before, with another status", of.flips.otherwise));
    }
    let flipped = of.flips.flipped.len();
    let detail = if said.is_empty() { String::new() } else { format!(": {}", said.join(", ")) };
    let line = format!("{flipped} of {} verdicts flipped against {}{detail}", of.flips.programs, of.source);
    let mut text = wrap(&plain(&line), width, 2);
    if flipped == 0 {
        return text;
    }
    let row = |row: Row<'_>| {
        let Flip { tree, slot, before, after, .. } = row.flip;
        let mut place = tree.problem.to_string();
        if tree.replicate > 0 {
            place = tree.to_string();
        }
        vec![place, slot.to_string(), before.word().to_owned(), after.word().to_owned(), row.why()]
    };
    let header = ["problem", "slot", "before", "after", "why"];
    text.push('\n');
    text.push_str(&fitted(width, &[true; 5], &header, rows(of).take(most).map(row).collect()));
    if flipped > most {
        text.extend([format!("and {} more: flips.csv has all of them\n", flipped - most)]);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{manifest, rejudged_trees, trees};
    use mend_core::{Facts, Slot, Status, TreeKey};

    #[test]
    fn each_flip_has_a_row_that_says_why_and_the_terminal_counts_them() {
        let (before, after) = (trees(), rejudged_trees());
        let flips = mend_metrics::flips(&before, &after);
        let run = RunLabels::of(&manifest());
        let of = OfFlips { run: &run, source: "before-1a2b3c4d", flips: &flips, other_problems: &BTreeSet::new() };
        let csv = String::from_utf8(table(of).bytes().unwrap()).unwrap();
        let rows: Vec<&str> = csv.lines().skip(1).collect();
        assert_eq!(rows.len(), 4);
        for (place, told) in [
            ("starter/9,0,p1,", "failed_to_passed,time_limit,passed,"),
            ("starter/9,0,p1/r1,", "unscored_to_scored,unscored,wrong_answer,"),
            ("starter/10,0,p1,", "passed_to_failed,passed,time_limit,"),
            ("starter/10,0,p2,", "scored_to_unscored,passed,unscored,"),
        ] {
            let row = rows.iter().find(|row| row.contains(place)).unwrap();
            assert!(row.contains(&format!("before-1a2b3c4d,{place}{told}")), "{row}");
        }
        let row = rows.iter().find(|row| row.contains("passed_to_failed")).unwrap();
        assert!(row.ends_with(",hidden,1,passed,time_limit,,,\"hidden test 1: passed, now time limit\""), "{row}");
        assert!(rows.iter().any(|row| row.ends_with("unscored now: it needs threads")));
        let shown = flips_table(of, 120, 2);
        let counts = "4 of 15 verdicts flipped against before-1a2b3c4d: 1 failed before and pass now, 1 passed before and fail \
                      now, 1 were unscored and are scored now, 1 were scored and are unscored now, 1 more fail as before, \
                      with another status";
        assert!(shown.split_whitespace().collect::<Vec<_>>().join(" ").starts_with(counts), "{shown}");
        assert!(shown.ends_with("and 2 more: flips.csv has all of them\n"), "{shown}");
        let nothing = mend_metrics::flips(&before, &before);
        let shown = flips_table(OfFlips { flips: &nothing, ..of }, 100, 2);
        assert_eq!(shown, "0 of 15 verdicts flipped against before-1a2b3c4d\n");
    }

    #[test]
    fn the_reason_names_the_test_its_facts_another_program_and_another_problem() {
        let key = TreeKey { problem: ProblemId::new("p/0"), replicate: 0 };
        let slot = Slot::program(0);
        let facts = Facts { call: Some("f(1)".into()), note: Some("=slow".into()), ..Facts::default() };
        let passed = TestVerdict { index: 3, status: Status::Passed, facts: None };
        let slow = TestVerdict { index: 3, status: Status::TimeLimit, facts: Some(facts.into()) };
        let fared = Fared { verdict: None, unscored: None, rule: None };
        let test = TestFlip { suite: Suite::Hidden, index: 3, before: Some(&passed), after: Some(&slow) };
        let mut flip =
            Flip { tree: &key, slot: &slot, before: fared, after: fared, is_another_program: false, test: Some(test) };
        let run = RunLabels::of(&manifest());
        let flips = mend_metrics::flips(&[], &[]);
        let (same, other) = (BTreeSet::new(), BTreeSet::from([key.problem.clone()]));
        let of = OfFlips { run: &run, source: "s", flips: &flips, other_problems: &same };
        assert_eq!(Row { of, flip: &flip }.why(), "hidden test 3: passed, now time limit; f(1): =slow");
        flip.is_another_program = true;
        let of = OfFlips { other_problems: &other, ..of };
        let why = Row { of, flip: &flip }.why();
        assert!(
            why.starts_with("another program was found (none, now none); the problem is another one; hidden test 3")
        );
        flip.after.unscored = Some("no threads");
        assert!(Row { of, flip: &flip }.why().ends_with("; unscored now: no threads"));
    }
}
