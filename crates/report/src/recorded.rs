//! `recorded.csv`: verdicts and scores that a file recorded of its programs, where ours are others.

use crate::cell::Cell;
use crate::failure::first_failure;
use crate::plain::plain;
use crate::sheet::{Column, CsvFile, OfRun, Sheet, column, labels, optional};
use crate::tables::{fitted, table, wrap};
use crate::write::{ReportError, write_table};
use mend_core::{Said, Suite};
use mend_metrics::{Claimed, Match, Ours, Recorded, RecordedCounts, RunLabels};
use serde_json::{Value, json};
use std::path::Path;

/// What a file recorded, laid beside what a run found.
#[derive(Debug, Clone, Copy)]
pub struct OfRecorded<'a> {
    /// The run.
    pub run: &'a RunLabels,
    /// Who recorded it: the file or the run that says so.
    pub by: &'a str,
    /// Both sides.
    pub recorded: &'a Recorded<'a>,
}

/// One claim that differs from what the run found.
pub(crate) struct Row<'a> {
    of: OfRecorded<'a>,
    against: &'a Claimed<'a>,
}

impl OfRun for Row<'_> {
    fn run(&self) -> &RunLabels {
        self.of.run
    }
}

impl Row<'_> {
    fn said(&self) -> String {
        match self.against.claim.said {
            Said::Passes(passes) => word(passes).to_owned(),
            Said::Share(share) => share.to_string(),
        }
    }

    fn ours(&self) -> String {
        match self.against.ours {
            Ours::Passes(passes) => word(passes).to_owned(),
            Ours::Share(share) => share.to_string(),
            Ours::Unscored | Ours::NotJudged => String::new(),
        }
    }

    fn status(&self) -> Option<&'static str> {
        let verdict = self.against.node?.verdict()?;
        Some(verdict.of(self.against.claim.suite).map_or(verdict.status, |suite| suite.status).as_str())
    }

    /// The first test that fails here, with its facts.
    fn why(&self) -> Option<String> {
        let mut verdict = self.against.node?.verdict()?.clone();
        if self.against.claim.suite == Suite::Public && verdict.public.is_some() {
            verdict.hidden = None;
        }
        first_failure(&verdict)
    }
}

fn word(passes: bool) -> &'static str {
    if passes { "passed" } else { "failed" }
}

/// Writes `recorded.csv` into a run's folder.
pub fn write_recorded(dir: &Path, of: OfRecorded<'_>) -> Result<(), ReportError> {
    let table = filled(of);
    write_table(dir, table.name, &table)
}

fn rows(of: OfRecorded<'_>) -> impl Iterator<Item = Row<'_>> {
    of.recorded.differing().map(move |against| Row { of, against })
}

fn filled(of: OfRecorded<'_>) -> CsvFile {
    sheet().filled(rows(of))
}

/// How it is laid out.
pub(crate) fn sheet<'a>() -> Sheet<Row<'a>> {
    const OF_SEVERAL: &str = "it is about all first programs of the tree";
    let (column, optional) = (column::<Row<'a>>, optional::<Row<'a>>);
    let mut columns: Vec<Column<Row<'a>>> = labels();
    columns.extend([
        column("by", "the file, or the imported run, that recorded it", |row| Cell::text(row.of.by)),
        column("problem", "id of the problem", |row| Cell::text(&row.against.claim.tree.problem)),
        column("replicate", "which of the problem's independent trees, from 0", |row| {
            Cell::of(row.against.claim.tree.replicate)
        }),
        optional("slot", "place in the tree", OF_SEVERAL, |row| Cell::some(row.against.claim.slot.as_ref())),
        column("field", "the file's field that says it", |row| Cell::text(plain(&row.against.claim.field))),
        column("suite", "the tests that it is about: `hidden`, those that decide, or `public`", |row| {
            Cell::of(row.against.claim.suite)
        }),
        column("recorded", "what the file says: `passed`, `failed`, or the share of programs that pass", |row| {
            Cell::text(row.said())
        }),
        column("here", "what our judge found", |row| Cell::text(row.ours())),
        optional("status", "status of the suite here", OF_SEVERAL, |row| Cell::some(row.status())),
        optional("why", "the first test that fails here, with what is known of it", "nothing fails here", |row| {
            Cell::some_text(row.why().as_deref().map(plain))
        }),
    ]);
    let about = "a recorded verdict or score that differs from what our judge found; there only where a file of samples, or an \
                 imported run that was judged anew, records some";
    Sheet::new("recorded.csv", about, columns)
}

/// What differs, as JSON: counts by field, and each difference.
pub fn recorded_json(of: OfRecorded<'_>) -> Value {
    let count = |(field, counts): (&str, RecordedCounts)| {
        let RecordedCounts { recorded, agree, passes_here, fails_here, other_share, unscored, not_judged } = counts;
        json!({
            "field": field, "recorded": recorded, "agree": agree, "passes_here": passes_here, "fails_here": fails_here,
            "other_share": other_share, "unscored": unscored, "not_judged": not_judged,
        })
    };
    let row = |row: Row<'_>| {
        let claim = row.against.claim;
        json!({
            "problem": claim.tree.problem, "replicate": claim.tree.replicate,
            "slot": claim.slot.as_ref().map(ToString::to_string), "field": claim.field, "suite": claim.suite.to_string(),
            "recorded": row.said(), "here": row.ours(), "status": row.status(), "why": row.why(),
        })
    };
    json!({
        "by": of.by,
        "counts": of.recorded.counts().into_iter().map(count).collect::<Vec<_>>(),
        "differing": rows(of).map(row).collect::<Vec<_>>(),
    })
}

/// What differs, for a terminal: counts by field, then a line for each difference, at most so many.
pub fn recorded_table(of: OfRecorded<'_>, width: u16, most: usize) -> String {
    let width = width.clamp(40, 160);
    let differing = of.recorded.differing().count();
    let compared = of.recorded.compared.iter();
    let known = compared.filter(|against| !matches!(against.matched(), Match::Unscored | Match::NotJudged)).count();
    let line = format!("{differing} of {known} recorded verdicts differ from ours ({})", of.by);
    let mut text = wrap(&plain(&line), width, 2);
    let header = ["field", "recorded", "agree", "pass here", "fail here", "other share", "unscored", "not judged"];
    let count = |(field, counts): (&str, RecordedCounts)| {
        let RecordedCounts { recorded, agree, passes_here, fails_here, other_share, unscored, not_judged } = counts;
        let numbers = [recorded, agree, passes_here, fails_here, other_share, unscored, not_judged];
        std::iter::once(field.to_owned()).chain(numbers.map(|number| number.to_string())).collect()
    };
    text.push('\n');
    text.push_str(&table(width, 1, &header, of.recorded.counts().into_iter().map(count).collect()));
    if differing == 0 {
        return text;
    }
    let row = |row: Row<'_>| {
        let claim = row.against.claim;
        let slot = claim.slot.as_ref().map(ToString::to_string).unwrap_or_default();
        vec![
            claim.tree.problem.to_string(),
            slot,
            claim.field.clone(),
            row.said(),
            row.ours(),
            row.why().unwrap_or_default(),
        ]
    };
    let header = ["problem", "slot", "field", "recorded", "here", "why"];
    text.push('\n');
    text.push_str(&fitted(width, &[true; 6], &header, rows(of).take(most).map(row).collect()));
    if differing > most {
        text.extend([format!("and {} more: recorded.csv has all of them\n", differing - most)]);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{manifest, trees};
    use mend_core::{Claim, ProblemId, Slot, TreeKey};

    fn claim(problem: &str, slot: Option<u32>, field: &str, said: Said) -> Claim {
        let tree = TreeKey { problem: ProblemId::new(problem), replicate: 0 };
        Claim { tree, slot: slot.map(Slot::program), suite: Suite::Hidden, field: field.to_owned(), said }
    }

    #[test]
    fn counts_stand_before_the_differences_in_words_csv_and_json() {
        let claims = [
            claim("starter/10", Some(1), "passed", Said::Passes(true)),
            claim("starter/10", Some(2), "passed", Said::Passes(false)),
            claim("starter/9", Some(1), "passed", Said::Passes(true)),
            claim("starter/9", Some(70), "passed", Said::Passes(true)),
            claim("starter/none", None, "pass@1", Said::Share(0.5)),
        ];
        let trees = trees();
        let recorded = mend_metrics::recorded(&claims, &trees);
        let run = RunLabels::of(&manifest());
        let of = OfRecorded { run: &run, by: "samples.jsonl", recorded: &recorded };
        let words = recorded_table(of, 120, 1);
        assert!(words.starts_with("2 of 3 recorded verdicts differ from ours (samples.jsonl)\n"), "{words}");
        assert!(words.ends_with("and 1 more: recorded.csv has all of them\n"), "{words}");
        let json = recorded_json(of);
        let counts = &json["counts"][1];
        assert_eq!((&counts["field"], &counts["recorded"]), (&json!("passed"), &json!(4)));
        let counts = ["agree", "passes_here", "fails_here", "not_judged"].map(|name| counts[name].as_u64().unwrap());
        assert_eq!(counts, [1, 1, 1, 1]);
        let csv = String::from_utf8(filled(of).bytes().unwrap()).unwrap();
        assert_eq!(csv.lines().count(), 3);
        assert!(csv.contains(",samples.jsonl,starter/10,0,p2,passed,hidden,failed,passed,passed,"), "{csv}");
        assert_eq!(json["differing"].as_array().unwrap().len(), 2);
        assert_eq!(json["counts"][0]["not_judged"], 1, "a share of a tree that is not there");
    }
}
