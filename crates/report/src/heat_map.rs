//! The map of normalised pass rates: trees of each shape against first programs at the same budget, as the
//! self-repair paper draws it.

use crate::View;
use crate::cells::Notes;
use crate::csv_file::{CsvFile, labels};
use crate::pass_at_t::Shown;
use crate::tables::wrap;
use mend_metrics::{Axis, Baseline, Figure, PassAtT, Selection, Summary};
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
pub(crate) fn section(summary: &Summary, view: View, width: u16) -> Option<String> {
    let rows = summary.pass_at_t.value()?;
    let shown = Shown::of(rows, view)?;
    let n_r = rows.iter().map(|row| row.n_r).min()?;
    let is_shown = |row: &&PassAtT| row.baseline == Baseline::Iid && row.n_r == n_r;
    let map = HeatMap::of(&shown.rows(rows).into_iter().filter(is_shown).collect::<Vec<_>>())?;
    let same = match shown.axis {
        Axis::Tokens => "for the same mean cost",
        Axis::Programs => "for as many programs on average",
        Axis::Size => "for as many programs as the whole tree has",
    };
    let repairs = if n_r == 1 { String::new() } else { format!(", n_r = {n_r}") };
    let title = format!("pass rate of trees divided by that of first programs {same}: {}{repairs}", shown.how());
    let mut lines = wrap(&title, width, 2);
    let mut notes = Notes::default();
    lines.push_str("n_f \\ n_p");
    for n_p in &map.n_ps {
        write!(lines, "{n_p:>CELL$}").expect("a String takes any text");
    }
    lines.push('\n');
    for n_f in &map.n_fs {
        write!(lines, "{n_f:>9}").expect("a String takes any text");
        for n_p in &map.n_ps {
            let row = map.cell(*n_p, *n_f);
            let cell = text(row);
            if cell == Err("-") {
                notes.cell(&row.normalised, |_| String::new());
            }
            let shown = format!("{:>CELL$}", cell.as_deref().unwrap_or_else(|mark| mark));
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
    lines.push_str(&notes.text(width));
    Some(lines)
}

fn colour(value: f64) -> u8 {
    let place = ((value - SCALE.0) / (SCALE.1 - SCALE.0)).clamp(0.0, 1.0);
    COLOURS[(place * (COLOURS.len() - 1) as f64).round() as usize]
}

/// Every map of the summary, one line for each `n_f`; `None` if the settings do not form any. Beside the paper's
/// baseline, which pays for all programs.
pub(crate) fn table(summary: &Summary) -> Option<CsvFile> {
    let rows = summary.pass_at_t.value()?;
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
    let maps: Vec<_> = maps.into_iter().filter_map(|(key, rows)| Some((key, HeatMap::of(&rows)?))).collect();
    let n_ps: BTreeSet<u32> = maps.iter().flat_map(|(_, map)| map.n_ps.clone()).collect();
    if maps.is_empty() {
        return None;
    }
    let mut header: Vec<String> =
        ["run", "dataset", "model", "strategy", "oracle_level", "group", "estimator", "order", "token_definition"]
            .map(str::to_owned)
            .into();
    header.extend(["axis", "n_r", "n_f"].map(str::to_owned));
    header.extend(n_ps.iter().map(|n_p| format!("n_p={n_p}")));
    let mut file = CsvFile::new(&header.iter().map(String::as_str).collect::<Vec<_>>());
    let run = labels(&summary.run);
    for ((_, estimator, order, definition, axis, n_r), map) in maps {
        for n_f in &map.n_fs {
            let group = &map.cell(map.n_ps[0], *n_f).group;
            let words = [group, estimator.as_str(), order.as_str(), definition.as_str(), axis.as_str()];
            let mut line: Vec<String> = run.iter().cloned().chain(words.map(str::to_owned)).collect();
            line.extend([n_r.to_string(), n_f.to_string()]);
            line.extend(n_ps.iter().map(|n_p| match map.n_ps.contains(n_p).then(|| text(map.cell(*n_p, *n_f))) {
                Some(Ok(cell)) => cell,
                Some(Err(OUT_OF_BOUNDS)) => OUT_OF_BOUNDS.to_owned(),
                Some(Err(_)) | None => String::new(),
            }));
            file.push(line);
        }
    }
    Some(file)
}
