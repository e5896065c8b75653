//! The map of normalised pass rates: trees of each shape against first programs at the same budget, as the
//! self-repair paper draws it.

use crate::View;
use crate::cell::Cell;
use crate::figures;
use crate::notes::Notes;
use crate::sheet::{Column, ColumnAbout, CsvFile, OfRun, Sheet, column, labels};
use crate::shown::Shown;
use crate::tables::wrap;
use mend_core::OracleLevel;
use mend_metrics::{Baseline, Figure, PassAtT, RunLabels, Selection, Summary};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

/// The ends of the colour scale.
const SCALE: (f64, f64) = (0.70, 1.30);

/// Colours from the low end of the scale to the high one, in the palette of 256.
const COLOURS: [u8; 9] = [33, 75, 117, 159, 231, 224, 217, 210, 203];

/// Characters of a cell.
const CELL: usize = 8;

/// What the paper calls a cell whose budget buys more programs than were collected.
const OUT_OF_BOUNDS: &str = "O.O.B.";

/// Normalised pass rates by shape, all else equal.
struct HeatMap<'a> {
    /// Ascending.
    n_ps: Vec<u32>,
    /// Descending, as the paper has it.
    n_fs: Vec<u32>,
    cells: BTreeMap<(u32, u32), &'a PassAtT>,
}

impl<'a> HeatMap<'a> {
    /// `None` if the settings do not form a map. Columns that some row lacks, as a line of many `n_p` at one
    /// `n_f` has them, are left out.
    fn of(rows: &[&'a PassAtT]) -> Option<Self> {
        let cells: BTreeMap<(u32, u32), &PassAtT> =
            rows.iter().filter(|row| row.n_f > 0).map(|row| ((row.n_p, row.n_f), *row)).collect();
        let n_fs: BTreeSet<u32> = cells.keys().map(|(_, n_f)| *n_f).collect();
        let n_ps: BTreeSet<u32> = cells.keys().map(|(n_p, _)| *n_p).collect();
        let whole = |n_p: &u32| n_fs.iter().all(|n_f| cells.contains_key(&(*n_p, *n_f)));
        let n_ps: Vec<u32> = n_ps.into_iter().filter(whole).collect();
        let n_fs: Vec<u32> = n_fs.into_iter().rev().collect();
        (n_ps.len() > 1 && n_fs.len() > 1).then_some(Self { n_ps, n_fs, cells })
    }

    fn cell(&self, n_p: u32, n_f: u32) -> &'a PassAtT {
        self.cells[&(n_p, n_f)]
    }
}

/// A cell with two decimals, out of bounds, or absent.
fn text(row: &PassAtT) -> Result<String, &'static str> {
    match &row.normalised {
        Figure::Value(value) => Ok(format!("{value:.2}")),
        Figure::Absent(_) if row.out_of_bounds => Err(OUT_OF_BOUNDS),
        Figure::Absent(_) => Err("-"),
    }
}

/// The map of what a terminal shows; `None` if the settings do not form one.
pub(crate) fn section(summary: &Summary, view: View, width: u16, notes: &mut Notes) -> Option<String> {
    let rows = summary.pass_at_t.value()?;
    let shown = Shown::of(rows, view)?;
    let n_r = rows.iter().map(|row| row.n_r).min()?;
    let is_shown = |row: &&PassAtT| row.baseline == Baseline::Iid && row.n_r == n_r;
    let map = HeatMap::of(&shown.rows(rows).into_iter().filter(is_shown).collect::<Vec<_>>())?;
    let repairs = if n_r == 1 { String::new() } else { format!(", n_r {n_r}") };
    let title =
        format!("normalised: pass_rate divided by baseline_pass_rate of iid (heat_map.csv)\n{}{repairs}", shown.how());
    let mut lines: String = title.lines().map(|line| wrap(line, width, 2)).collect();
    lines.push_str("n_f \\ n_p");
    for n_p in &map.n_ps {
        write!(lines, "{n_p:>CELL$}").expect("a String takes any text");
    }
    lines.push('\n');
    for n_f in &map.n_fs {
        write!(lines, "{n_f:>9}").expect("a String takes any text");
        for n_p in &map.n_ps {
            let row = map.cell(*n_p, *n_f);
            let shown = match text(row) {
                Ok(ratio) => ratio,
                Err(OUT_OF_BOUNDS) => OUT_OF_BOUNDS.to_owned(),
                Err(_) => notes.cell(&row.normalised, |_| String::new()),
            };
            let shown = format!("{shown:>CELL$}");
            match row.normalised.value().filter(|_| view.colour) {
                Some(value) => write!(lines, "\u{1b}[48;5;{};30m{shown}\u{1b}[0m", colour(*value)),
                None => write!(lines, "{shown}"),
            }
            .expect("a String takes any text");
        }
        lines.push('\n');
    }
    if map.cells.values().any(|row| row.out_of_bounds) {
        let why = format!("{OUT_OF_BOUNDS}: the same budget buys more first programs than were collected.");
        lines.push_str(&wrap(&why, width, 2));
    }
    if view.colour {
        lines.push_str(&wrap(&format!("Colours from {:.2} (blue) to {:.2} (red).", SCALE.0, SCALE.1), width, 2));
    }
    lines.push_str(&notes.foot(width));
    Some(lines)
}

fn colour(value: f64) -> u8 {
    let place = ((value - SCALE.0) / (SCALE.1 - SCALE.0)).clamp(0.0, 1.0);
    COLOURS[(place * (COLOURS.len() - 1) as f64).round() as usize]
}

/// A line of a map.
pub(crate) struct Line<'a> {
    run: &'a RunLabels,
    /// Any of its cells: what a line has in common.
    like: &'a PassAtT,
}

impl OfRun for Line<'_> {
    fn run(&self) -> &RunLabels {
        self.run
    }

    fn oracle_level(&self) -> OracleLevel {
        figures::level(self.run, self.like.selection)
    }
}

/// How `heat_map.csv` begins. A column for each `n_p` follows: see [`TAIL`].
pub(crate) fn sheet<'a>() -> Sheet<Line<'a>> {
    let column = column::<Line<'a>>;
    let mut columns: Vec<Column<Line<'a>>> = labels();
    columns.extend([
        column("group", "problems that it is about: `all`, or those of one difficulty", |line| {
            Cell::text(&line.like.group)
        }),
        column("estimator", "how it was computed, as in `pass_at_t.csv`", |line| {
            Cell::of(line.like.estimator.as_str())
        }),
        column("order", "order in which a tree is drawn, as in `pass_at_t.csv`", |line| {
            Cell::of(line.like.order.as_str())
        }),
        column("token_definition", "what counts as a token, as in `pass_at_t.csv`", |line| {
            Cell::of(line.like.token_definition.as_str())
        }),
        column("axis", "where the baseline is read, as in `pass_at_t.csv`", |line| Cell::of(line.like.axis.as_str())),
        column("n_r", "repairs by each feedback", |line| Cell::of(line.like.n_r)),
        column("n_f", "feedbacks for each failing program", |line| Cell::of(line.like.n_f)),
    ]);
    let about = "`normalised` of `pass_at_t.csv` as a map, against `iid`: a line for each n_f; only where the shapes \
                 form a map";
    Sheet::new("heat_map.csv", about, columns)
}

/// The columns that depend on the rows.
pub(crate) const TAIL: ColumnAbout = ColumnAbout {
    name: "n_p=<number>",
    means: "for each number of first programs: pass rate of the tree divided by that of first programs at the same \
            budget, with two decimals; `O.O.B.` where that budget buys more first programs than were collected",
    empty: Some("some problem does not hold as much"),
};

/// Every map of the summary, one line for each `n_f`; no line if the settings do not form any. Beside the paper's
/// baseline, which pays for all programs.
pub(crate) fn table(summary: &Summary) -> CsvFile {
    let rows = summary.pass_at_t.value().map_or(&[][..], Vec::as_slice);
    let mut maps: BTreeMap<_, Vec<&PassAtT>> = BTreeMap::new();
    let groups: Vec<&str> = rows.iter().map(|row| row.group.as_str()).fold(vec![], |mut groups, group| {
        if !groups.contains(&group) {
            groups.push(group);
        }
        groups
    });
    for row in rows.iter().filter(|row| row.baseline == Baseline::Iid && row.selection == Selection::OracleAny) {
        let group = groups.iter().position(|group| *group == row.group);
        let key = (group, row.estimator, row.order, row.token_definition, row.axis, row.n_r);
        maps.entry(key).or_default().push(row);
    }
    let maps: Vec<_> = maps.into_values().filter_map(|rows| HeatMap::of(&rows)).collect();
    let n_ps: BTreeSet<u32> = maps.iter().flat_map(|map| map.n_ps.clone()).collect();
    let cell = |map: &HeatMap<'_>, n_p: u32, n_f: u32| match map.n_ps.contains(&n_p).then(|| map.cell(n_p, n_f)) {
        Some(row) => match text(row) {
            Ok(ratio) => Cell::of(ratio),
            Err(OUT_OF_BOUNDS) => Cell::of(OUT_OF_BOUNDS),
            Err(_) => Cell::Empty,
        },
        None => Cell::Empty,
    };
    let (mut lines, mut cells) = (vec![], vec![]);
    for map in &maps {
        for n_f in &map.n_fs {
            lines.push(Line { run: &summary.run, like: map.cell(map.n_ps[0], *n_f) });
            cells.push(n_ps.iter().map(|n_p| cell(map, *n_p, *n_f)).collect());
        }
    }
    let mut file = sheet().filled(lines);
    file.widen(n_ps.iter().map(|n_p| format!("n_p={n_p}")).collect(), cells);
    file
}
