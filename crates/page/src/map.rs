//! Every tree at once: first programs by repairs, each cell with its difference from plain sampling.

use crate::lens::Lens;
use crate::number::{percent_or_dash, points, points_interval};
use crate::svg::Drawing;
use maud::{Markup, html};
use mend_metrics::{Drawn, Figure, PassAtT};
use std::collections::BTreeSet;

/// Columns of a map that is drawn whole.
const WHOLE: usize = 12;

/// The first programs that a wider map shows, beside those of the chosen tree.
const SOME: [u32; 6] = [1, 2, 5, 10, 25, 50];

struct Map<'a> {
    n_ps: Vec<u32>,
    /// Descending, as the paper has it.
    n_fs: Vec<u32>,
    rows: Vec<&'a PassAtT>,
}

impl<'a> Map<'a> {
    fn of(drawn: &'a Drawn, lens: &'a Lens) -> Self {
        let rows: Vec<&PassAtT> = lens.rows(drawn, "all").filter(|row| row.n_f > 0).collect();
        let n_ps: BTreeSet<u32> = rows.iter().map(|row| row.n_p).collect();
        let few = n_ps.len() <= WHOLE;
        let n_ps = n_ps.into_iter().filter(|n_p| few || SOME.contains(n_p) || *n_p == lens.n_p).collect();
        let n_fs: BTreeSet<u32> = rows.iter().map(|row| row.n_f).collect();
        Self { n_ps, n_fs: n_fs.into_iter().rev().collect(), rows }
    }

    fn cell(&self, n_p: u32, n_f: u32) -> Option<&'a PassAtT> {
        self.rows.iter().find(|row| (row.n_p, row.n_f) == (n_p, n_f)).copied()
    }
}

/// How strong the colour of a difference is, in three steps.
pub(crate) fn shade(difference: f64) -> &'static str {
    let strength = usize::from(difference.abs() >= 0.02) + usize::from(difference.abs() >= 0.08);
    match (difference >= 0.0, strength) {
        (_, 0) => "s0",
        (true, 1) => "g1",
        (true, _) => "g2",
        (false, 1) => "l1",
        (false, _) => "l2",
    }
}

/// The map as buttons.
pub(crate) fn map(drawn: &Drawn, lens: &Lens) -> Markup {
    let map = Map::of(drawn, lens);
    html! {
        table.map #map aria-label="Every tree: first programs by repairs" {
            thead { tr { th scope="col" { i { "n_f" } } @for n_p in &map.n_ps { th scope="col" { (n_p) } } } }
            tbody {
                @for n_f in &map.n_fs {
                    tr {
                        th scope="row" { (n_f) }
                        @for n_p in &map.n_ps { td { @if let Some(row) = map.cell(*n_p, *n_f) { (cell(row, lens)) } } }
                    }
                }
            }
        }
    }
}

fn cell(row: &PassAtT, lens: &Lens) -> Markup {
    let on = (row.n_p, row.n_f) == (lens.n_p, lens.n_f);
    let sure = row.difference_interval.value().is_some_and(|of| !of.holds(0.0));
    let class = match row.difference.value() {
        Some(difference) => format!("cell {}{}", shade(*difference), if sure { " sure" } else { "" }),
        None => "cell absent".to_owned(),
    };
    let label = label(row);
    html! {
        button class=(class) data-np=(row.n_p) data-nf=(row.n_f) aria-pressed=(on.to_string()) tabindex=(if on { "0" } else { "-1" }) aria-label=(label) title=(label) {
            @if let Some(difference) = row.difference.value() { (points(*difference)) }
        }
    }
}

fn label(row: &PassAtT) -> String {
    let difference = match (row.difference.value(), &row.difference_interval) {
        (Some(difference), Figure::Value(of)) => {
            format!("difference {} points {}", points(*difference), points_interval(of))
        }
        (Some(difference), Figure::Absent(why)) => {
            format!("difference {} points, no interval: {why}", points(*difference))
        }
        (None, _) => row.difference.reason().unwrap_or("absent").to_owned(),
    };
    format!("n_p {}, n_f {}: {} % solved; {difference}", row.n_p, row.n_f, percent_or_dash(&row.pass_rate))
}

/// The map as a drawing of its own.
pub(crate) fn drawing(drawn: &Drawn, lens: &Lens) -> String {
    let map = Map::of(drawn, lens);
    let (width, height) = (60.0, 34.0);
    let mut drawing = Drawing::default();
    let grey = [("fill", "var(--ink2)")];
    for (column, n_p) in map.n_ps.iter().enumerate() {
        drawing.text((46.0 + (column as f64 + 0.5) * width, 16.0), "middle", &n_p.to_string(), &grey);
    }
    for (line, n_f) in map.n_fs.iter().enumerate() {
        let y = 24.0 + line as f64 * height;
        drawing.text((36.0, y + 20.0), "end", &n_f.to_string(), &grey);
        for (column, n_p) in map.n_ps.iter().enumerate() {
            let Some(row) = map.cell(*n_p, *n_f) else { continue };
            let x = 46.0 + column as f64 * width;
            let fill = match row.difference.value().map(|difference| shade(*difference)) {
                Some("g1") => "var(--gain1)",
                Some("g2") => "var(--gain2)",
                Some("l1") => "var(--loss1)",
                Some("l2") => "var(--loss2)",
                Some(_) => "var(--inset)",
                None => "var(--bg)",
            };
            let stroke = if row.difference.value().is_some() { fill } else { "var(--line2)" };
            drawing.rect(
                [x + 1.0, y + 1.0, width - 2.0, height - 2.0],
                &[("fill", fill), ("stroke", stroke), ("rx", "3")],
            );
            if let Some(difference) = row.difference.value() {
                let sure = row.difference_interval.value().is_some_and(|of| !of.holds(0.0));
                let more = [("fill", "var(--ink)"), ("font-weight", if sure { "650" } else { "400" })];
                drawing.text((x + width / 2.0, y + 21.0), "middle", &points(*difference), &more);
            }
        }
    }
    let height = 24.0 + map.n_fs.len() as f64 * height;
    drawing.text((8.0, 16.0), "start", "n_f", &grey);
    let more = [("fill", "var(--ink2)")];
    drawing.text(
        (46.0, height + 18.0),
        "start",
        "n_p, first programs; points of difference, bold where the interval excludes zero",
        &more,
    );
    drawing.finish(
        (46.0 + map.n_ps.len() as f64 * width).max(480.0),
        height + 28.0,
        "Difference from plain sampling by tree, in points",
        "",
    )
}
