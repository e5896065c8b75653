//! `uptake.csv`: whether repairs change what their feedback named.

use crate::cell::Cell;
use crate::deeper::{COVERAGE, HIGH, LOW, NO_INTERVAL, Of, high, low};
use crate::notes::{Notes, interval, percent};
use crate::plain::plain;
use crate::repairs::{Asked, OfOne, about, page};
use crate::sheet::{Column, CsvFile, Sheet, SheetAbout, column, labels, optional};
use mend_metrics::{Estimate, Figure, Summary, UptakeRow};

/// The file, without a row where the run has nothing for it.
pub(crate) fn table(summary: &Summary) -> CsvFile {
    let sample = summary.coverage.sample;
    sheet().filled(summary.uptake.iter().map(|row| Of { run: &summary.run, sample, row }))
}

/// What the dictionary says of it.
pub(crate) fn about_sheet() -> SheetAbout {
    sheet().into_about()
}

/// The table of some runs, for a terminal and for a file.
pub fn uptake_table(runs: &[OfOne<UptakeRow>], width: u16) -> Asked {
    let notes = &mut Notes::default();
    let mut text = String::new();
    for of in runs {
        let shown = of.rows.iter().map(|row| {
            let mut share = |of: &Estimate| notes.cell(&of.value, |value| percent(*value));
            let [unnamed, uptake, behaviour] = [&row.unnamed, &row.uptake, &row.behaviour_uptake].map(&mut share);
            let [given, none] = [&row.success_given_uptake, &row.success_given_none].map(&mut share);
            vec![
                row.by.as_str().to_owned(),
                row.of.clone(),
                row.feedback.to_string(),
                unnamed,
                uptake,
                notes.interval(&row.uptake.value, &row.uptake.interval, interval),
                behaviour,
                given,
                none,
                notes.cell(&row.auroc_length, |value| format!("{value:.2}")),
            ]
        });
        let header = [
            "by",
            "of",
            "feedback",
            "unnamed",
            "uptake",
            "[low, high]",
            "behaviour_\nuptake",
            "success_\ngiven_uptake",
            "success_\ngiven_none",
            "auroc_\nlength",
        ];
        let words = [true, true, false, false, false, false, false, false, false, false];
        let what =
            "feedback that is taken up, in %: some line that the repair touches is within one of a line that it names";
        text += &page(&about(&of.run, what), (&words, &header), shown.collect(), NOTHING, notes, width);
    }
    let rows = runs.iter().flat_map(|of| of.rows.iter().map(move |row| Of { run: &of.run, sample: of.sample, row }));
    Asked::of(text, &sheet().filled(rows))
}

/// What is said in place of an empty table.
const NOTHING: &str = "no feedback was followed by a repair that holds a program";

/// A line of it for the overview, if some feedback names a line.
pub(crate) fn line(row: &UptakeRow, notes: &mut Notes) -> Option<String> {
    if row.named == 0 {
        return None;
    }
    let mut share = |of: &Estimate| notes.share(&of.value, &of.interval);
    Some(format!(
        "uptake (uptake.csv): {} of {} critiques and hints name no line; of the others {} are taken up; repairs of failing \
         programs pass in {} where they take it up ({} of them), in {} where not ({})",
        share(&row.unnamed),
        row.feedback,
        share(&row.uptake),
        share(&row.success_given_uptake),
        row.taken_up,
        share(&row.success_given_none),
        row.passed_over
    ))
}

fn sheet<'a>() -> Sheet<Of<'a, UptakeRow>> {
    const NO_LINE: &str = "no feedback names a line";
    const NONE: &str = "there is no such repair";
    let (column, optional) = (column::<Of<'a, UptakeRow>>, optional::<Of<'a, UptakeRow>>);
    let mut columns: Vec<Column<Of<'a, UptakeRow>>> = labels();
    columns.extend([
        column(
            "by",
            "what the feedback has in common: `all`, `group` (the difficulty of its problem), `adviser` (the model or the \
             person that wrote it)",
            |of| Cell::of(of.row.by.as_str()),
        ),
        column("of", "its value", |of| Cell::text(plain(&of.row.of))),
        column("problems", "problems of the feedback", |of| Cell::of(of.row.problems)),
        column("feedback", "critiques and hints that were followed by a repair with a program", |of| {
            Cell::of(of.row.feedback)
        }),
        column(
            "named",
            "those of them that name a line of their program: by its number, or by quoting in backticks what stands in it \
             alone",
            |of| Cell::of(of.row.named),
        ),
        optional("unnamed", "share of feedback that names none", "never: there is some", |of| {
            Cell::figure(&of.row.unnamed.value)
        }),
        optional(
            "uptake",
            "share of a feedback's repairs that touch a line within one of a named line: mean over feedback that names one; \
             a repair touches what it deletes or changes, and both neighbours of what it inserts",
            NO_LINE,
            |of| Cell::figure(&of.row.uptake.value),
        ),
        optional("uptake_low", LOW, NO_INTERVAL, |of| low(&of.row.uptake.interval)),
        optional("uptake_high", HIGH, NO_INTERVAL, |of| high(&of.row.uptake.interval)),
        optional(
            "behaviour_uptake",
            "share of a feedback's repairs with which some test that the strategy may show ends in another way: mean over \
             feedback that names a line",
            "no such program was run on such tests",
            |of| Cell::figure(&of.row.behaviour_uptake.value),
        ),
        optional("behaviour_uptake_low", LOW, NO_INTERVAL, |of| low(&of.row.behaviour_uptake.interval)),
        optional("behaviour_uptake_high", HIGH, NO_INTERVAL, |of| high(&of.row.behaviour_uptake.interval)),
        column("taken_up", "scored repairs of failing programs that take their feedback up", |of| Cell::of(of.row.taken_up)),
        optional("success_given_uptake", "share of these that pass", NONE, |of| {
            Cell::figure(&of.row.success_given_uptake.value)
        }),
        optional("success_given_uptake_low", LOW, NO_INTERVAL, |of| low(&of.row.success_given_uptake.interval)),
        optional("success_given_uptake_high", HIGH, NO_INTERVAL, |of| high(&of.row.success_given_uptake.interval)),
        column("passed_over", "scored repairs of failing programs that do not, though a line is named", |of| {
            Cell::of(of.row.passed_over)
        }),
        optional("success_given_none", "share of these that pass", NONE, |of| {
            Cell::figure(&of.row.success_given_none.value)
        }),
        optional("success_given_none_low", LOW, NO_INTERVAL, |of| low(&of.row.success_given_none.interval)),
        optional("success_given_none_high", HIGH, NO_INTERVAL, |of| high(&of.row.success_given_none.interval)),
        optional(
            "auroc_length",
            "probability that feedback which was taken up is longer than feedback which was not, ties by half",
            "feedback is always taken up, or never",
            |of| Cell::figure(&of.row.auroc_length),
        ),
        optional(
            "auroc_score",
            "the same of the score that a judge gave it, in a judgement below it",
            "no judge scored feedback of both kinds",
            |of| Cell::figure(&of.row.auroc_score),
        ),
        column("coverage", COVERAGE, |of| Cell::of(of.sample.as_str())),
        optional("absent", "why the first empty figure of this row is empty, intervals aside", "none is", |of| {
            let row = of.row;
            let shares = [&row.uptake, &row.behaviour_uptake, &row.success_given_uptake, &row.success_given_none];
            let figures = shares.into_iter().map(|share| &share.value).chain([&row.auroc_length, &row.auroc_score]);
            Cell::some_text(figures.into_iter().find_map(Figure::reason).map(plain))
        }),
    ]);
    let about = "feedback that was followed by repairs, and whether these change what it named; there only if there is such \
                 feedback; of published runs on request, by `mend report <run> --table uptake --out <file>`";
    Sheet::new("uptake.csv", about, columns)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::deep_run;
    use mend_metrics::{Options, Run, RunLabels, summarize, uptake_rows};

    #[test]
    fn feedback_that_a_repair_takes_up_is_told() {
        let (manifest, trees) = deep_run();
        let options = Options { resamples: 0, ..Options::default() };
        let summary = summarize(&manifest, &trees, &options);
        let row = &summary.uptake[0];
        let told = line(row, &mut Notes::default()).unwrap();
        assert!(
            told.starts_with(
                "uptake (uptake.csv): 0.0 % (1) of 1 critiques and hints name no line; of the others 100.0 %"
            ),
            "{told}"
        );
        let run = Run { manifest: &manifest, trees: &trees };
        let of = OfOne { run: RunLabels::of(&manifest), sample: run.sample(), rows: uptake_rows(run, &options) };
        let asked = uptake_table(&[of], 160);
        assert_eq!(String::from_utf8(asked.csv).unwrap(), String::from_utf8(table(&summary).bytes().unwrap()).unwrap());
        insta::assert_snapshot!(asked.shown, @"
        starter-chain-0a1b2c3d, sim/journeyman+sim/expert: feedback that is taken up, in %: some line that the repair touches is within one of a line that it names
        by       of          feedback  unnamed  uptake  [low, high]  behaviour_      success_    success_  auroc_
                                                                         uptake  given_uptake  given_none  length
        ---------------------------------------------------------------------------------------------------------
        all      all                1      0.0   100.0         -(3)        -(1)         100.0        -(2)    -(4)
        group    easy               1      0.0   100.0         -(3)        -(1)         100.0        -(2)    -(4)
        adviser  sim/expert         1      0.0   100.0         -(3)        -(1)         100.0        -(2)    -(4)
        (1) no feedback names a line of a program that was run, as its repairs were, on tests which the strategy may show
        (2) no repair of a failing program passes its feedback over
        (3) no interval was asked for
        (4) feedback that names lines is always taken up, or never
        ");
    }

    #[test]
    fn a_run_without_feedback_says_so() {
        let (manifest, _) = deep_run();
        let run = Run { manifest: &manifest, trees: &[] };
        let of = OfOne { run: RunLabels::of(&manifest), sample: run.sample(), rows: vec![] };
        assert!(uptake_table(&[of], 100).shown.ends_with(&format!("\n{NOTHING}\n")));
    }
}
