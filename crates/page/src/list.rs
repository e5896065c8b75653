//! The problems: a row for each tree, with a mark for each program.

use crate::data::Row;
use crate::lens::Lens;
use crate::marks::{STATUSES, inline, mark, words};
use crate::number::{coordinate, count, percent, points};
use crate::text::shown;
use maud::{Markup, PreEscaped, html};
use mend_core::Status;
use mend_metrics::{Drawn, ProblemRate};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

/// Rows that stand in the page itself; the script makes the rest as somebody scrolls.
pub(crate) const FIRST: usize = 60;

/// What a row is about at the tree of the page: the rate with repair, and that of sampling at the same cost.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rates {
    pass: f64,
    sampling: Option<f64>,
}

/// A row with its rates.
pub(crate) type Rated<'a> = (&'a Row<'a>, Option<Rates>);

/// The rows by what repair gains, most first, as the page shows them; places in `rows`.
pub(crate) fn sorted<'a>(rows: &'a [Row<'a>], drawn: &'a Drawn, lens: Option<&Lens>) -> Vec<(usize, Rated<'a>)> {
    let of = |lens: &Lens, rate: &ProblemRate| Rates {
        pass: rate.pass_rate,
        sampling: if lens.stops { rate.sampling } else { rate.sampling_paid },
    };
    let rates: BTreeMap<_, Rates> = match lens {
        Some(lens) => lens.rates(drawn).map(|rate| (&rate.problem, of(lens, rate))).collect(),
        None => BTreeMap::new(),
    };
    let mut sorted: Vec<_> =
        rows.iter().enumerate().map(|(place, row)| (place, (row, rates.get(&row.entry.id).copied()))).collect();
    if lens.is_some() {
        // Those without a gain come last, and equal ones keep the order of the data.
        sorted.sort_by(|(_, (_, a)), (_, (_, b))| {
            let of = |rate: &Option<Rates>| rate.and_then(gain).map_or(f64::NEG_INFINITY, round);
            of(b).total_cmp(&of(a))
        });
    }
    sorted
}

/// What is told apart: the decimals that the script has.
fn round(gain: f64) -> f64 {
    (gain * 1e4).round()
}

fn gain(rate: Rates) -> Option<f64> {
    Some((rate.pass * 1e4).round() / 1e4 - (rate.sampling? * 1e4).round() / 1e4)
}

/// The legend of the marks that the list has.
pub(crate) fn legend(rows: &[Row<'_>]) -> Markup {
    let found: BTreeSet<Status> = rows
        .iter()
        .flat_map(|row| &row.strip)
        .flat_map(|(status, repairs)| std::iter::once(status).chain(repairs))
        .filter_map(|status| *status)
        .collect();
    html! {
        div.legend {
            @for status in STATUSES.into_iter().filter(|status| found.contains(status)) { span { (PreEscaped(inline(status))) (words(status)) } }
            span { (PreEscaped("<svg class=\"mk\" width=\"8\" height=\"12\" aria-hidden=\"true\"><rect x=\"1\" y=\"2\" width=\"4\" height=\"8\" fill=\"var(--good)\"/></svg>")) "repair passes" }
            span { (PreEscaped("<svg class=\"mk\" width=\"8\" height=\"12\" aria-hidden=\"true\"><rect x=\"1.5\" y=\"2.5\" width=\"3.4\" height=\"7\" fill=\"none\" stroke=\"var(--bad)\"/></svg>")) "repair fails" }
        }
    }
}

/// Programs of a row that are drawn; more are counted beside them.
const MARKS: usize = 26;

/// Small marks below one first program.
const SMALL: usize = 12;

/// The marks of one tree: one path for each status, not one element for each node.
pub(crate) fn strip(row: &Row<'_>) -> String {
    let mut paths: BTreeMap<(bool, usize), String> = BTreeMap::new();
    let step = 13.0;
    for (place, (status, repairs)) in row.strip.iter().take(MARKS).enumerate() {
        let (x, y) = (7.0 + place as f64 * step, 8.0);
        let status = status.unwrap_or(Status::Unsupported);
        let path = paths.entry((false, crate::marks::place(status))).or_default();
        path.push_str(&outline(status, x, y, 4.0));
        for (index, repair) in repairs.iter().take(SMALL).enumerate() {
            let (column, line) = (index % 3, index / 3);
            let (left, top) = (x - 5.5 + column as f64 * 4.0, 16.0 + line as f64 * 6.5);
            let status = repair.unwrap_or(Status::Unsupported);
            let path = paths.entry((true, crate::marks::place(status))).or_default();
            // Half a line's width within, where only the line is drawn.
            let _ = if status == Status::Passed {
                write!(path, "M{} {}h3v5h-3z", coordinate(left), coordinate(top))
            } else {
                write!(path, "M{} {}h2v4h-2z", coordinate(left + 0.5), coordinate(top + 0.5))
            };
        }
    }
    let lines = row.strip.iter().map(|(_, repairs)| repairs.len().min(SMALL).div_ceil(3)).max().unwrap_or(0);
    let (width, height) = (14.0 + row.strip.len().min(MARKS) as f64 * step, 16.0 + lines as f64 * 6.5);
    let mut body = String::new();
    for ((small, place), path) in paths {
        let status = STATUSES[place];
        let colour = mark(status).colour;
        let hollow = small && status != Status::Passed || status == Status::Unsupported;
        let _ = if hollow {
            write!(body, "<path d=\"{path}\" fill=\"none\" stroke=\"var({colour})\" stroke-width=\"1\"/>")
        } else {
            write!(body, "<path d=\"{path}\" fill=\"var({colour})\"/>")
        };
    }
    let more = row.strip.len().saturating_sub(MARKS);
    if more > 0 {
        let _ = write!(
            body,
            "<text x=\"{}\" y=\"12\" font-size=\"11\" fill=\"var(--ink2)\">+{more}</text>",
            coordinate(width - 6.0)
        );
    }
    let width = if more > 0 { width + 30.0 } else { width };
    format!(
        "<svg width=\"{w}\" height=\"{h}\" viewBox=\"0 0 {w} {h}\" aria-hidden=\"true\">{body}</svg>",
        w = coordinate(width),
        h = coordinate(height)
    )
}

/// The outline of a status at a place.
fn outline(status: Status, x: f64, y: f64, radius: f64) -> String {
    let corners = crate::marks::corners(mark(status).shape);
    if corners.is_empty() {
        let (left, across) = (coordinate(x - radius), coordinate(2.0 * radius));
        let (r, y) = (coordinate(radius), coordinate(y));
        return format!("M{left} {y}a{r} {r} 0 1 0 {across} 0a{r} {r} 0 1 0 -{across} 0z");
    }
    let mut path = String::new();
    for (place, (dx, dy)) in corners.iter().enumerate() {
        let letter = if place == 0 { 'M' } else { 'L' };
        let _ = write!(path, "{letter}{} {}", coordinate(x + dx * radius), coordinate(y + dy * radius));
    }
    path + "z"
}

/// The columns, by the key under which the script sorts them.
const COLUMNS: [(&str, &str, &str); 10] = [
    ("id", "Problem", "c-id"),
    ("g", "Difficulty", "c-w"),
    ("", "Programs and their repairs", "c-strip"),
    ("c", "First right", "num c-w"),
    ("r", "Repairs right", "num c-w"),
    ("pass", "With repair, %", "num c-w c-rate"),
    ("base", "Sampling, %", "num c-w c-rate"),
    ("gain", "Gain, points", "c-diff c-rate"),
    ("tok", "Tokens", "num c-w"),
    ("hand", "Handed in", "c-hand"),
];

/// The list with its filter.
pub(crate) fn section(rows: &[Row<'_>], drawn: &Drawn, lens: Option<&Lens>) -> Markup {
    let sorted = sorted(rows, drawn, lens);
    let gains = sorted.iter().filter_map(|(_, (_, rate))| rate.and_then(gain));
    let reach = gains.fold(0.05_f64, |reach, gain| reach.max(gain.abs()));
    let items = html! { @for (place, rated) in sorted.iter().take(FIRST) { (item(*place, *rated, reach)) } };
    frame(rows.len(), lens.is_some(), &legend(rows), &items)
}

/// The list before any tree was looked at: the script makes the rows.
pub(crate) fn bare() -> Markup {
    frame(0, false, &html! {}, &html! {})
}

fn frame(rows: usize, rated: bool, legend: &Markup, items: &Markup) -> Markup {
    html! {
        div.filter {
            div.search { label.sr for="q" { "Filter problems" } input #q type="search" autocomplete="off" spellcheck="false" placeholder="c03   status:runtime_error   tokens:>30000"; kbd aria-hidden="true" { "/" } }
            div.chips #chips {}
            label.sortsel { "Sort " select #sortsel { @for (key, name, _) in COLUMNS { @if !key.is_empty() && (rated || !matches!(key, "pass" | "base" | "gain")) { option value=(key) selected[key == if rated { "gain" } else { "id" }] { (name) } } } } }
            p.count #count role="status" { (count(rows as u64)) " of " (count(rows as u64)) }
        }
        (legend)
        div.list.plain[!rated] #list role="table" aria-label="Problems" aria-rowcount=(rows + 1) {
            div role="rowgroup" {
                div.lrow.head role="row" {
                    @for (key, name, class) in COLUMNS {
                        @let active = rated && key == "gain" || !rated && key == "id";
                        span role="columnheader" class=(class) aria-sort=(if active { if rated { "descending" } else { "ascending" } } else { "none" }) {
                            @if key.is_empty() { (name) } @else { button type="button" data-k=(key) { (name) } }
                        }
                    }
                }
            }
            div #body role="rowgroup" { (items) }
            @if rows > FIRST { noscript { p.note { "The other " (rows - FIRST) " problems stand in problems.csv." } } }
        }
        div.empty #empty hidden { "No problem matches. " button.link type="button" #clear { "Clear the filter" } }
    }
}

fn item(place: usize, (row, rate): Rated<'_>, reach: f64) -> Markup {
    let ((c, n), (right, repairs)) = (row.first(), row.repairs());
    let replicate = row.tree.key.replicate;
    let gain = rate.and_then(gain);
    html! {
        div.lrow.item role="row" data-i=(place) {
            span.c-id role="cell" { a.pid href=(format!("#problem={place}")) { (shown(row.entry.id.as_str())) @if replicate > 0 { " \u{b7} " (replicate) } } }
            span.c-w.muted role="cell" { (row.entry.difficulty.as_deref().map_or_else(|| "\u{2013}".to_owned(), shown)) }
            span.c-strip role="cell" { (PreEscaped(strip(row))) span.sr { (c) " of " (n) " first programs pass" } }
            span.num.c-w role="cell" { (c) " / " (n) }
            span.num.c-w role="cell" { @if repairs > 0 { (right) " / " (repairs) } @else { "none" } }
            span.num.c-w.c-rate role="cell" { (rate.map_or_else(|| "\u{2013}".to_owned(), |rate| percent(rate.pass))) }
            span.num.c-w.c-rate role="cell" { (rate.and_then(|rate| rate.sampling).map_or_else(|| "\u{2013}".to_owned(), percent)) }
            span.c-diff.c-rate role="cell" { (PreEscaped(gain_bar(gain, reach))) span { (gain.map_or_else(|| "\u{2013}".to_owned(), points)) } }
            span.num.c-w role="cell" { (row.tokens.map_or_else(|| "\u{2013}".to_owned(), crate::number::grouped)) }
            span.c-hand role="cell" { @match &row.submitted {
                Some((slot, status)) => { (PreEscaped(inline(status.unwrap_or(Status::Unsupported)))) " " code { (slot) } span.sr { " " (status.map_or_else(|| "unscored".to_owned(), words)) } }
                None => { span.dim { @if row.tree.is_finished() { "nothing" } @else { "not finished" } } }
            } }
        }
    }
}

fn gain_bar(gain: Option<f64>, reach: f64) -> String {
    let width = 120.0;
    let middle = width / 2.0;
    let mut drawing = crate::svg::Drawing::default();
    drawing.line([middle, 0.0, middle, 14.0], "var(--line2)", &[]);
    if let Some(gain) = gain {
        let wide = gain.abs() / reach * (middle - 2.0);
        let (left, colour) = if gain >= 0.0 { (middle, "var(--good)") } else { (middle - wide, "var(--bad)") };
        drawing.rect([left, 3.0, wide, 8.0], &[("fill", colour)]);
    }
    drawing.finish(width, 14.0, "", "").replace(" role=\"img\" aria-label=\"\"", " aria-hidden=\"true\"")
}
