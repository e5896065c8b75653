//! `plausible.csv`: programs that pass the public tests, and how often they are right.

use crate::cell::Cell;
use crate::deeper::{COVERAGE, GROUP, HIGH, LOW, NO_INTERVAL, Of, high, low};
use crate::sheet::{Column, CsvFile, Sheet, column, labels, optional};
use mend_metrics::{PlausibleRow, Summary};

const NO_TREE: &str = "no tree holds a plausible program";

/// The file, without a row where the run has nothing for it.
pub(crate) fn table(summary: &Summary) -> CsvFile {
    let rows = summary.deeper.iter().flat_map(|deeper| &deeper.plausible);
    sheet().filled(rows.map(|row| Of { run: &summary.run, sample: summary.coverage.sample, row }))
}

pub(crate) fn sheet<'a>() -> Sheet<Of<'a, PlausibleRow>> {
    let (column, optional) = (column::<Of<'a, PlausibleRow>>, optional::<Of<'a, PlausibleRow>>);
    let mut columns: Vec<Column<Of<'a, PlausibleRow>>> = labels();
    columns.extend([
        column("group", GROUP, |of| Cell::text(&of.row.group)),
        column("problems", "problems with public tests and a scored program", |of| Cell::of(of.row.problems)),
        column("trees", "their trees", |of| Cell::of(of.row.trees)),
        column("plausible_trees", "those of them that hold a plausible program: one that passes the public tests", |of| {
            Cell::of(of.row.plausible_trees)
        }),
        column("plausible", "share of trees that hold a plausible program", |of| Cell::figure(&of.row.plausible.value)),
        optional("plausible_low", LOW, NO_INTERVAL, |of| low(&of.row.plausible.interval)),
        optional("plausible_high", HIGH, NO_INTERVAL, |of| high(&of.row.plausible.interval)),
        column("correct", "share of trees whose first plausible program passes every scoring test", |of| {
            Cell::figure(&of.row.correct.value)
        }),
        optional("correct_low", LOW, NO_INTERVAL, |of| low(&of.row.correct.interval)),
        optional("correct_high", HIGH, NO_INTERVAL, |of| high(&of.row.correct.interval)),
        column("overfit", "share of trees whose first plausible program fails a scoring test", |of| {
            Cell::figure(&of.row.overfit.value)
        }),
        optional("overfit_low", LOW, NO_INTERVAL, |of| low(&of.row.overfit.interval)),
        optional("overfit_high", HIGH, NO_INTERVAL, |of| high(&of.row.overfit.interval)),
        optional("overfit_of_plausible", "`overfit` over `plausible`", NO_TREE, |of| {
            Cell::figure(&of.row.overfit_of_plausible.value)
        }),
        optional(
            "tries",
            "programs up to the first plausible one, itself included, in the order of their slots: mean over trees that \
             hold one. A first program that was given (`--programs`) counts too",
            NO_TREE,
            |of| Cell::figure(&of.row.tries),
        ),
        column("tries_of_all", "the same, and all programs of a tree without one: mean over all trees", |of| {
            Cell::figure(&of.row.tries_of_all)
        }),
        column("programs", "programs of these trees", |of| Cell::of(of.row.programs)),
        column("unique", "those of them that differ, to the byte, from every earlier program of their tree", |of| {
            Cell::of(of.row.unique)
        }),
        column("plausible_programs", "plausible programs", |of| Cell::of(of.row.plausible_programs)),
        column("unique_plausible", "those of them that differ from every earlier plausible program of their tree", |of| {
            Cell::of(of.row.unique_plausible)
        }),
        column("coverage", COVERAGE, |of| Cell::of(of.sample.as_str())),
    ]);
    let about = "what passes the public tests, and whether that is right; there only if some tree holds more than \
                 programs, critiques and one round of repairs, or runs programs by other means than the problem's \
                 tests, and some problem has public tests";
    Sheet::new("plausible.csv", about, columns)
}
