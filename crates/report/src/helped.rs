//! `hints.csv` and `questions.csv`: what it takes to help, and what programs are like by those who were asked.

use crate::cell::Cell;
use crate::deeper::{COVERAGE, GROUP, HIGH, LOW, NO_INTERVAL, Of, high, low};
use crate::plain::plain;
use crate::sheet::{Column, CsvFile, Sheet, SheetAbout, column, labels, optional};
use mend_metrics::{HintsRow, QuestionRow, Summary};

const CUT: &str = "tests end at the first failure, and `q` is less than 1";

/// The files, each without a row where the run has nothing for it.
pub(crate) fn tables(summary: &Summary) -> Vec<CsvFile> {
    let sample = summary.coverage.sample;
    let question_rows = summary.deeper.iter().flat_map(|deeper| &deeper.questions);
    vec![hints_table(summary), questions().filled(question_rows.map(|row| Of { run: &summary.run, sample, row }))]
}

/// `hints.csv`.
pub(crate) fn hints_table(summary: &Summary) -> CsvFile {
    let rows = summary.deeper.iter().flat_map(|deeper| &deeper.hints);
    hints().filled(rows.map(|row| Of { run: &summary.run, sample: summary.coverage.sample, row }))
}

/// What the dictionary says of them.
pub(crate) fn sheets() -> Vec<SheetAbout> {
    vec![hints().into_about(), questions().into_about()]
}

fn hints<'a>() -> Sheet<Of<'a, HintsRow>> {
    let (column, optional) = (column::<Of<'a, HintsRow>>, optional::<Of<'a, HintsRow>>);
    let mut columns: Vec<Column<Of<'a, HintsRow>>> = labels();
    columns.extend([
        column("group", GROUP, |of| Cell::text(&of.row.group)),
        column("suite", "whose tests have to pass: `public` or `hidden`", |of| Cell::of(of.row.suite)),
        column("q", "the share of these tests that has to pass", |of| Cell::number(of.row.q)),
        column("problems", "problems with such tests and a scored program", |of| Cell::of(of.row.problems)),
        column("trees", "their trees", |of| Cell::of(of.row.trees)),
        optional(
            "hints",
            "critiques by the seat `annotator` on the way to a program that passes the share, the fewest of a tree: 0 where a \
             first program does, `cap` where no program does with as few; mean over a problem's trees, then over problems (hints@q)",
            CUT,
            |of| Cell::figure(&of.row.hints.value),
        ),
        optional("hints_low", LOW, NO_INTERVAL, |of| low(&of.row.hints.interval)),
        optional("hints_high", HIGH, NO_INTERVAL, |of| high(&of.row.hints.interval)),
        optional("capped", "share of trees in which no program passes the share within `cap` hints", CUT, |of| {
            Cell::figure(&of.row.capped.value)
        }),
        optional("capped_low", LOW, NO_INTERVAL, |of| low(&of.row.capped.interval)),
        optional("capped_high", HIGH, NO_INTERVAL, |of| high(&of.row.capped.interval)),
        column("coverage", COVERAGE, |of| Cell::of(of.sample.as_str())),
        optional("absent", "why `hints` is empty", "it is not", |of| {
            Cell::some_text(of.row.hints.value.reason().map(plain))
        }),
        column("cap", "the most hints that count", |of| Cell::of(of.row.cap)),
    ]);
    let about = "a suite and a share of its tests, and how many hints it takes until a program passes that share; there only if \
                 an annotator wrote a critique";
    Sheet::new("hints.csv", about, columns)
}

fn questions<'a>() -> Sheet<Of<'a, QuestionRow>> {
    let (column, optional) = (column::<Of<'a, QuestionRow>>, optional::<Of<'a, QuestionRow>>);
    let mut columns: Vec<Column<Of<'a, QuestionRow>>> = labels();
    columns.extend([
        column("group", GROUP, |of| Cell::text(&of.row.group)),
        column("number", "number of the question below its program, from 0: the strategy says what it means", |of| {
            Cell::of(of.row.number)
        }),
        column("problems", "problems with such a question that was answered", |of| Cell::of(of.row.problems)),
        column("questions", "such questions that were answered", |of| Cell::of(of.row.questions)),
        column("unread", "those of them whose answer is neither yes nor no", |of| Cell::of(of.row.unread)),
        optional(
            "yes",
            "share of yes among the other ones: mean over a problem's questions, then over problems",
            "no answer says yes or no",
            |of| Cell::figure(&of.row.yes.value),
        ),
        optional("yes_low", LOW, NO_INTERVAL, |of| low(&of.row.yes.interval)),
        optional("yes_high", HIGH, NO_INTERVAL, |of| high(&of.row.yes.interval)),
        optional(
            "passed",
            "share of the programs asked about that pass the scoring tests, means as before",
            "none of these programs is scored",
            |of| Cell::figure(&of.row.passed.value),
        ),
        optional("passed_low", LOW, NO_INTERVAL, |of| low(&of.row.passed.interval)),
        optional("passed_high", HIGH, NO_INTERVAL, |of| high(&of.row.passed.interval)),
        column("coverage", COVERAGE, |of| Cell::of(of.sample.as_str())),
        optional("absent", "why `yes` or `passed` is empty: the first of these", "none is", |of| {
            let figures = [&of.row.yes.value, &of.row.passed.value];
            Cell::some_text(figures.iter().find_map(|figure| figure.reason()).map(plain))
        }),
    ]);
    let about =
        "the questions of one number about programs, and the answers; there only if somebody was asked about a program";
    Sheet::new("questions.csv", about, columns)
}
