//! Tables of repairs that are made on request, of any run: how often repairs pass, how each failing program's repairs
//! ended, and whose explanations help.

use crate::cell::Cell;
use crate::deeper::{GROUP, HIGH, LOW, NO_INTERVAL, Of, SUCCESS, high, low, success};
use crate::notes::{Notes, interval, percent, signed, signed_interval};
use crate::plain::plain;
use crate::sheet::{Column, CsvFile, OfRun, Sheet, SheetAbout, column, labels, optional};
use crate::tables::{fitted, wrap};
use mend_metrics::{AdviceRow, ProgramCounts, RunLabels, Sample, SuccessRow};

/// A table for a terminal and for a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// The table as text.
    pub shown: String,
    /// The same as CSV, with everything that the text leaves out.
    pub csv: Vec<u8>,
}

impl Asked {
    pub(crate) fn of(shown: String, file: &CsvFile) -> Self {
        Self { shown, csv: file.bytes().expect("a row has as many fields as the header") }
    }
}

/// Rows of one run.
#[derive(Debug, Clone)]
pub struct OfOne<T> {
    /// The run.
    pub run: RunLabels,
    /// What sample of its problems they rest on.
    pub sample: Sample,
    /// The rows.
    pub rows: Vec<T>,
}

/// How often repairs pass, by what they have in common, in each run.
pub fn repairs_table(runs: &[OfOne<SuccessRow>], width: u16) -> Asked {
    let notes = &mut Notes::default();
    let mut text = String::new();
    for of in runs {
        let shown = of.rows.iter().map(|row| {
            vec![
                row.by.as_str().to_owned(),
                row.of.clone(),
                row.repairs.to_string(),
                row.passed.to_string(),
                notes.cell(&row.pooled.value, |value| percent(*value)),
                notes.interval(&row.pooled.value, &row.pooled.interval, interval),
                notes.cell(&row.by_program, |value| percent(*value)),
                row.programs.to_string(),
                row.problems.to_string(),
            ]
        });
        let header = ["by", "of", "repairs", "passed", "pooled", "[low, high]", "by_program", "programs", "problems"];
        let words = [true, true, false, false, false, false, false, false, false];
        let what = "repairs of failing programs that pass, in %: pooled over all repairs, and the mean over programs";
        let shown = shown.collect();
        text += &page(&about(&of.run, what), (&words, &header), shown, NO_REPAIR, notes, width);
    }
    let rows = runs.iter().flat_map(|of| of.rows.iter().map(move |row| Of { run: &of.run, sample: of.sample, row }));
    Asked::of(text, &success("repair_success.csv", SUCCESS).filled(rows))
}

/// How the repairs of each failing program ended, in each run.
pub fn programs_table(runs: &[OfOne<ProgramCounts>], width: u16) -> Asked {
    let mut text = String::new();
    for of in runs {
        let shown = of.rows.iter().map(|row| {
            vec![
                row.group.clone().unwrap_or_default(),
                row.problem.to_string(),
                row.replicate.to_string(),
                row.slot.to_string(),
                row.status.to_owned(),
                row.critiques.to_string(),
                row.repairs.to_string(),
                row.passed.to_string(),
            ]
        });
        let header = ["group", "problem", "replicate", "slot", "status", "critiques", "repairs", "passed"];
        let words = [true, true, false, true, true, false, false, false];
        let what = "failing programs that were repaired: how many repairs of each pass";
        let shown = shown.collect();
        text += &page(&about(&of.run, what), (&words, &header), shown, NO_REPAIR, &mut Notes::default(), width);
    }
    let rows = runs.iter().flat_map(|of| of.rows.iter().map(move |row| Counts { run: &of.run, row }));
    Asked::of(text, &programs().filled(rows))
}

/// Whose explanations help, over some runs: each adviser, then each two of them.
pub fn advice_table(rows: &[AdviceRow], width: u16) -> Asked {
    let notes = &mut Notes::default();
    let alone = rows.iter().filter(|row| row.versus.is_none()).map(|row| {
        vec![
            row.group.clone(),
            row.adviser.clone(),
            row.programs.to_string(),
            row.repairs.to_string(),
            row.passed.to_string(),
            notes.cell(&row.pooled.value, |value| percent(*value)),
            notes.interval(&row.pooled.value, &row.pooled.interval, interval),
        ]
    });
    let header = ["group", "adviser", "programs", "repairs", "passed", "pooled", "[low, high]"];
    let words = [true, true, false, false, false, false, false];
    let title = "repairs that pass, in %, by who said what is wrong";
    let alone = alone.collect();
    let mut text = page(title, (&words, &header), alone, NO_REPAIR, notes, width);
    let pairs = rows.iter().filter_map(|row| Some((row, row.versus.as_ref()?))).map(|(row, versus)| {
        vec![
            row.group.clone(),
            row.adviser.clone(),
            versus.clone(),
            row.programs.to_string(),
            notes.cell(&row.pooled.value, |value| percent(*value)),
            notes.cell(&row.versus_pooled.value, |value| percent(*value)),
            notes.cell(&row.diff.value, |value| signed(*value)),
            notes.interval(&row.diff.value, &row.diff.interval, signed_interval),
            notes.cell(&row.ratio, |ratio| format!("{ratio:.2}")),
        ]
    });
    let pairs: Vec<Vec<String>> = pairs.collect();
    if !pairs.is_empty() {
        let header = [
            "group",
            "adviser",
            "versus",
            "programs",
            "pooled",
            "versus_\npooled",
            "diff",
            "[diff_low,\ndiff_high]",
            "ratio",
        ];
        let words = [true, true, true, false, false, false, false, false, false];
        let title = "two advisers on the failing programs that both explained";
        text += &("\n".to_owned() + &page(title, (&words, &header), pairs, NO_REPAIR, notes, width));
    }
    Asked::of(text, &advice().filled(rows))
}

/// What is said of a run without repairs.
const NO_REPAIR: &str = "no failing program has a scored repair";

/// The title of a run's table.
pub(crate) fn about(run: &RunLabels, what: &str) -> String {
    format!("{}, {}: {what}", run.id, run.model)
}

/// A table with its title; `nothing` is said in place of an empty one.
pub(crate) fn page(
    title: &str,
    (words, header): (&[bool], &[&str]),
    rows: Vec<Vec<String>>,
    nothing: &str,
    notes: &mut Notes,
    width: u16,
) -> String {
    let width = width.clamp(40, 160);
    let title = wrap(&plain(title), width, 2);
    if rows.is_empty() {
        return title + nothing + "\n";
    }
    let rows = rows.into_iter().map(|row| row.into_iter().map(|cell| plain(&cell)).collect()).collect();
    title + &fitted(width, words, header, rows) + &notes.foot(width)
}

/// What the dictionary says of the files that no run has by itself.
pub(crate) fn sheets() -> Vec<SheetAbout> {
    vec![programs().into_about(), advice().into_about()]
}

/// A failing program, and the run that it is of.
struct Counts<'a> {
    run: &'a RunLabels,
    row: &'a ProgramCounts,
}

impl OfRun for Counts<'_> {
    fn run(&self) -> &RunLabels {
        self.run
    }
}

fn programs<'a>() -> Sheet<Counts<'a>> {
    let (column, optional) = (column::<Counts<'a>>, optional::<Counts<'a>>);
    let mut columns: Vec<Column<Counts<'a>>> = labels();
    columns.extend([
        optional("group", "the data set's word for how hard the problem is", "the data set says nothing of it", |of| {
            Cell::some_text(of.row.group.as_deref().map(plain))
        }),
        column("problem", "id of the problem", |of| Cell::text(plain(of.row.problem.as_str()))),
        column("replicate", "which of the problem's independent trees, from 0", |of| Cell::of(of.row.replicate)),
        column("slot", "place of the failing program", |of| Cell::of(&of.row.slot)),
        column("status", "how it failed", |of| Cell::of(of.row.status)),
        column(
            "critiques",
            "critiques that its scored repairs go by; 0 where each repair comes with an explanation of its own",
            |of| Cell::of(of.row.critiques),
        ),
        column("repairs", "its scored repairs", |of| Cell::of(of.row.repairs)),
        column("passed", "those of them that pass every scoring test", |of| Cell::of(of.row.passed)),
    ]);
    let about = "one failing program that was repaired; made on request, by `mend report <run> --table programs --out \
                 <file>`";
    Sheet::new("repaired_programs.csv", about, columns)
}

fn advice<'a>() -> Sheet<&'a AdviceRow> {
    const ALONE: &str = "the row is about all programs of one adviser";
    let (column, optional) = (column::<&'a AdviceRow>, optional::<&'a AdviceRow>);
    let columns = vec![
        column("group", GROUP, |row| Cell::text(&row.group)),
        column(
            "adviser",
            "who said what is wrong: the critic's model, or the repairer's where it explains the failure itself",
            |row| Cell::text(plain(&row.adviser)),
        ),
        optional("versus", "another adviser, on the failing programs that both explained", ALONE, |row| {
            Cell::some_text(row.versus.as_deref().map(plain))
        }),
        column("problems", "problems of these programs", |row| Cell::of(row.problems)),
        column("programs", "these programs; one text of a problem is one program, in whatever run it stands", |row| {
            Cell::of(row.programs)
        }),
        column("repairs", "scored repairs of them by the adviser's explanations", |row| Cell::of(row.repairs)),
        column("passed", "those of them that pass every scoring test", |row| Cell::of(row.passed)),
        optional("pooled", "`passed` over `repairs`", "there is no such repair", |row| Cell::figure(&row.pooled.value)),
        optional("low", LOW, NO_INTERVAL, |row| low(&row.pooled.interval)),
        optional("high", HIGH, NO_INTERVAL, |row| high(&row.pooled.interval)),
        optional("versus_pooled", "the same rate by the other's explanations", ALONE, |row| {
            Cell::figure(&row.versus_pooled.value)
        }),
        optional("diff", "`pooled` minus `versus_pooled`", ALONE, |row| Cell::figure(&row.diff.value)),
        optional(
            "diff_low",
            "lower end of the 95 % interval of `diff` over new problems, both sides resampled together",
            NO_INTERVAL,
            |row| low(&row.diff.interval),
        ),
        optional("diff_high", HIGH, NO_INTERVAL, |row| high(&row.diff.interval)),
        optional("ratio", "`pooled` over `versus_pooled`", "the other's is 0, or there is no other", |row| {
            Cell::figure(&row.ratio)
        }),
    ];
    let about = "one adviser, or two on the same failing programs; made on request, by `mend report <run> [<run> ...] \
                 --table advice --out <file>`";
    Sheet::new("advice.csv", about, columns)
}

#[cfg(test)]
mod tests {
    use crate::testing::{critic_run, manifest, repair_tables as tables, trees};

    #[test]
    fn a_run_of_one_round_has_tables_of_its_repairs() {
        let [(_, success), (_, counts), (_, advice), _] = tables(&manifest(), &trees());
        insta::assert_snapshot!(success.shown, @"
        starter-repair-0a1b2c3d, sim/journeyman+sim/expert: repairs of failing programs that pass, in %: pooled over all
          repairs, and the mean over programs
        by      of            repairs  passed  pooled  [low, high]  by_program  programs  problems
        ------------------------------------------------------------------------------------------
        all     all                 7       2    28.6         -(1)        25.0         4         2
        group   easy                2       1    50.0         -(1)        50.0         1         1
        group   hard                5       1    20.0         -(1)        16.7         3         1
        status  no_code             2       0     0.0         -(1)         0.0         1         1
        status  time_limit          1       0     0.0         -(1)         0.0         1         1
        status  wrong_answer        4       2    50.0         -(1)        50.0         2         2
        author  sim/expert          7       2    28.6         -(1)        25.0         4         2
        round   1                   7       2    28.6         -(1)        25.0         4         2
        (1) no interval: fewer than 5 problems
        ");
        insta::assert_snapshot!(counts.shown, @"
        starter-repair-0a1b2c3d, sim/journeyman+sim/expert: failing programs that were repaired: how many repairs of each pass
        group  problem     replicate  slot  status        critiques  repairs  passed
        ----------------------------------------------------------------------------
        easy   starter/10          0  p0    wrong_answer          0        2       1
        hard   starter/9           0  p0    wrong_answer          0        2       1
        hard   starter/9           0  p1    time_limit            0        1       0
        hard   starter/9           0  p2    no_code               0        2       0
        ");
        insta::assert_snapshot!(advice.shown, @"
        repairs that pass, in %, by who said what is wrong
        group  adviser     programs  repairs  passed  pooled  [low, high]
        -----------------------------------------------------------------
        all    sim/expert         3        5       2    40.0         -(1)
        easy   sim/expert         1        2       1    50.0         -(1)
        hard   sim/expert         2        3       1    33.3         -(1)
        (1) no interval was asked for
        ");
        insta::assert_snapshot!(String::from_utf8(counts.csv).unwrap(), @"
        run,dataset,model,strategy,oracle_level,group,problem,replicate,slot,status,critiques,repairs,passed
        starter-repair-0a1b2c3d,starter,sim/journeyman+sim/expert,repair,hidden_stop,easy,starter/10,0,p0,wrong_answer,0,2,1
        starter-repair-0a1b2c3d,starter,sim/journeyman+sim/expert,repair,hidden_stop,hard,starter/9,0,p0,wrong_answer,0,2,1
        starter-repair-0a1b2c3d,starter,sim/journeyman+sim/expert,repair,hidden_stop,hard,starter/9,0,p1,time_limit,0,1,0
        starter-repair-0a1b2c3d,starter,sim/journeyman+sim/expert,repair,hidden_stop,hard,starter/9,0,p2,no_code,0,2,0
        ");
    }

    #[test]
    fn a_critic_is_the_adviser_of_the_repairs_below_its_critiques() {
        let (manifest, trees) = critic_run();
        let [(_, success), _, (_, advice), _] = tables(&manifest, &trees);
        insta::assert_snapshot!(success.shown, @"
        starter-repair-0a1b2c3d, sim/journeyman+sim/expert: repairs of failing programs that pass, in %: pooled over all
          repairs, and the mean over programs
        by       of            repairs  passed  pooled  [low, high]  by_program  programs  problems
        -------------------------------------------------------------------------------------------
        all      all                 2       1    50.0         -(1)        50.0         1         1
        group    easy                2       1    50.0         -(1)        50.0         1         1
        status   wrong_answer        2       1    50.0         -(1)        50.0         1         1
        author   sim/expert          2       1    50.0         -(1)        50.0         1         1
        round    1                   2       1    50.0         -(1)        50.0         1         1
        adviser  sim/expert          2       1    50.0         -(1)        50.0         1         1
        (1) no interval: fewer than 5 problems
        ");
        insta::assert_snapshot!(String::from_utf8(advice.csv).unwrap(), @"
        group,adviser,versus,problems,programs,repairs,passed,pooled,low,high,versus_pooled,diff,diff_low,diff_high,ratio
        all,sim/expert,,1,1,2,1,0.5,,,,,,,
        easy,sim/expert,,1,1,2,1,0.5,,,,,,,
        ");
    }

    #[test]
    fn a_run_without_repairs_says_so() {
        let [(_, success), ..] = tables(&manifest(), &[]);
        assert!(success.shown.ends_with("\nno failing program has a scored repair\n"), "{}", success.shown);
    }
}
