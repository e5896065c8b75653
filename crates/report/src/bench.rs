//! `mutants.csv` and `critic_lengths.csv`, and the same for a terminal: what critics find of damages that are known.

use crate::cell::Cell;
use crate::deeper::{COVERAGE, HIGH, LOW, NO_INTERVAL, Of, high, low};
use crate::notes::{Notes, interval, percent};
use crate::plain::plain;
use crate::sheet::{Column, CsvFile, Sheet, SheetAbout, column, labels, optional};
use crate::tables::{fitted, wrap};
use mend_metrics::{BenchRow, LengthRow, Summary};

/// The files, each without a row where the run has nothing for it.
pub(crate) fn tables(summary: &Summary) -> Vec<CsvFile> {
    let sample = summary.coverage.sample;
    let programs = summary.bugs.iter().flat_map(|bugs| &bugs.programs);
    let lengths = summary.bugs.iter().flat_map(|bugs| &bugs.lengths);
    vec![
        mutants().filled(programs.map(|row| Of { run: &summary.run, sample, row })),
        lengths_sheet().filled(lengths.map(|row| Of { run: &summary.run, sample, row })),
    ]
}

/// What the dictionary says of them.
pub(crate) fn sheets() -> Vec<SheetAbout> {
    vec![mutants().into_about(), lengths_sheet().into_about()]
}

fn mutants<'a>() -> Sheet<Of<'a, BenchRow>> {
    let (column, optional) = (column::<Of<'a, BenchRow>>, optional::<Of<'a, BenchRow>>);
    let mut columns: Vec<Column<Of<'a, BenchRow>>> = labels();
    columns.extend([
        column("problem", "id of the problem", |of| Cell::text(&of.row.problem)),
        optional("damage", "name of the damage, as the data set has it", "nothing is damaged", |of| {
            Cell::some_text(of.row.damage.as_deref().map(plain))
        }),
        optional("lines", "the damaged lines, from 1, with blanks between", "nothing is damaged", |of| {
            let lines: Vec<String> = of.row.lines.iter().map(u32::to_string).collect();
            Cell::some((!lines.is_empty()).then(|| lines.join(" ")))
        }),
        column("critiques", "critiques of the program, in all replicates", |of| Cell::of(of.row.critiques)),
        column("naming", "those of them that name lines", |of| Cell::of(of.row.naming)),
        column("caught", "those of them that name a damaged line, or one beside it", |of| Cell::of(of.row.caught)),
        column("incorrect", "those of them that call the program incorrect", |of| Cell::of(of.row.incorrect)),
        column("correct", "those of them that call it correct", |of| Cell::of(of.row.correct)),
        optional(
            "adversarial",
            "`true` if one of its first three critiques names no damaged line: what `--programs mutants:<run>` keeps",
            "nothing is damaged, or it has fewer than three critiques, all of which name one",
            |of| Cell::some(of.row.adversarial),
        ),
        column("program_digest", "BLAKE3 of the program, as in samples.csv", |of| Cell::of(of.row.program)),
    ]);
    let about = "a program that the run started from and of which it is known what is wrong with it, and its critiques; there \
                 only if a critic got such programs (`--programs mutants`)";
    Sheet::new("mutants.csv", about, columns)
}

fn lengths_sheet<'a>() -> Sheet<Of<'a, LengthRow>> {
    let (column, optional) = (column::<Of<'a, LengthRow>>, optional::<Of<'a, LengthRow>>);
    let mut columns: Vec<Column<Of<'a, LengthRow>>> = labels();
    columns.extend([
        column("length", "the most tokens of a critique, by our count: longer ones count as silent", |of| {
            Cell::of(of.row.length)
        }),
        column("critiques", "critiques that are no longer", |of| Cell::of(of.row.critiques)),
        optional(
            "precision",
            "share of those of them that name a damaged line, or one beside it, among those that name lines, of whichever program",
            "none of them names lines",
            |of| Cell::figure(&of.row.precision.value),
        ),
        optional("precision_low", LOW, NO_INTERVAL, |of| low(&of.row.precision.interval)),
        optional("precision_high", HIGH, NO_INTERVAL, |of| high(&of.row.precision.interval)),
        optional(
            "recall",
            "how many of them name such a line, over all critiques of damaged programs, of any length",
            "no damaged program was criticised",
            |of| Cell::figure(&of.row.recall.value),
        ),
        optional("recall_low", LOW, NO_INTERVAL, |of| low(&of.row.recall.interval)),
        optional("recall_high", HIGH, NO_INTERVAL, |of| high(&of.row.recall.interval)),
        column("coverage", COVERAGE, |of| Cell::of(of.sample.as_str())),
    ]);
    let about = "a length of critiques, and what those find that are no longer: a tenth of the critiques is no longer than the \
                 first, and so on; there only if damaged programs were criticised";
    Sheet::new("critic_lengths.csv", about, columns)
}

/// Precision and recall by length; nothing of a run without damages.
pub(crate) fn section(summary: &Summary, width: u16, notes: &mut Notes) -> Option<String> {
    let bugs = summary.bugs.as_ref().filter(|bugs| bugs.lengths.len() > 1)?;
    let row = |row: &LengthRow| {
        vec![
            row.length.to_string(),
            row.critiques.to_string(),
            notes.cell(&row.precision.value, |value| percent(*value)),
            notes.interval(&row.precision.value, &row.precision.interval, interval),
            notes.cell(&row.recall.value, |value| percent(*value)),
            notes.interval(&row.recall.value, &row.recall.interval, interval),
        ]
    };
    let rows: Vec<Vec<String>> = bugs.lengths.iter().map(row).collect();
    let header = ["length", "critiques", "precision", "[low, high]", "recall", "[low, high]"];
    let title =
        "damages found in %, by critiques of at most so many tokens; longer ones count as silent (critic_lengths.csv)";
    Some(wrap(title, width, 2) + &fitted(width, &[false; 6], &header, rows) + &notes.foot(width))
}

#[cfg(test)]
mod tests {
    use crate::testing::bench_run;
    use mend_metrics::{Options, summarize};

    #[test]
    fn each_known_program_has_a_row_with_what_its_critiques_say() {
        let (manifest, trees) = bench_run();
        let summary = summarize(&manifest, &trees, &Options { resamples: 0, ..Options::default() });
        let tables: Vec<String> =
            super::tables(&summary).iter().map(|table| String::from_utf8(table.bytes().unwrap()).unwrap()).collect();
        let short = tables
            .join("")
            .replace("starter-repair-0a1b2c3d,starter,sim/journeyman+sim/expert,repair,hidden_stop,", "..");
        let short: Vec<String> = short
            .lines()
            .map(|line| line.split(',').map(|field| &field[..field.len().min(20)]).collect::<Vec<_>>().join(","))
            .collect();
        insta::assert_snapshot!(short.join("\n"), @"
        run,dataset,model,strategy,oracle_level,problem,damage,lines,critiques,naming,caught,incorrect,correct,adversarial,program_digest
        ..starter/10,off-by-one,1,1,0,0,1,0,true,43de76ac066c4916065d
        ..starter/10,,,1,0,0,0,1,,c88ae6fa9a0defa80f59
        run,dataset,model,strategy,oracle_level,length,critiques,precision,precision_low,precision_high,recall,recall_low,recall_high,coverage
        ..38,2,,,,0,,,stopped_sample
        ");
    }
}
