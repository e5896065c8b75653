//! Rates of runs whose trees are no programs with repairs alone: what so many programs solve, and what the strategy did.

use crate::number::{count, fixed, interval, percent, percent_or_dash, points, points_interval};
use crate::svg::{Drawing, Scale, through, ticks};
use crate::text::shown;
use maud::{Markup, PreEscaped, html};
use mend_metrics::{Figure, PassAtK, Summary, TokenDefinition};

/// How to read it.
pub(crate) fn notes(summary: &Summary) -> Markup {
    html! {
        p { "What so many first programs solve (" (crate::glossary::term("pass@k", "pass@k")) "), with 95 % intervals over problems." }
        @if let Some(why) = summary.pass_at_t.reason() { p { "No pass@t: " (shown(why)) "." } }
    }
}

/// The plot of pass@k, and the tables of what a strategy of its own shape did.
pub(crate) fn content(summary: &Summary) -> Markup {
    html! {
        div.fig { (PreEscaped(plot(summary, 800.0)))
            div.scroll tabindex="0" role="region" aria-label="pass@k" { table.tbl.short {
                thead { tr { th { "group" } th.num { "k" } th.num { "solved, %" } th.num { "95 % interval" } th.num { "problems" } } }
                tbody { @for row in &summary.pass_at_k { tr {
                    td { (shown(&row.group)) } td.num { (row.k) } td.num { (percent_or_dash(&row.value)) }
                    td.num { @match row.interval.value() { Some(of) => { (interval(of)) } None => { span.dim { (row.interval.reason().unwrap_or("")) } } } } td.num { (row.problems) } } } }
            } }
        }
        @if let Some(deeper) = &summary.deeper {
            @if !deeper.points.is_empty() {
                h3.h3 { "What the strategy did, beside plain sampling at the same cost" }
                div.scroll tabindex="0" role="region" aria-label="The strategy beside plain sampling" { table.tbl.short {
                    thead { tr { th { "tokens" } th { "baseline" } th.num { "cost of a problem" } th.num { "handed in and right, %" } th.num { "sampling, %" } th.num { "difference, points" } th.num { "95 % interval" } } }
                    tbody { @for point in &deeper.points { tr {
                        td { (point.token_definition.as_str()) } td { (shown(&point.baseline)) }
                        td.num { (cost(&point.cost, point.token_definition)) } td.num { (percent_or_dash(&point.pass.value)) } td.num { (percent_or_dash(&point.baseline_pass)) }
                        td.num { @match point.diff.value.value() { Some(diff) => { (points(*diff)) } None => { span.dim { (point.diff.value.reason().unwrap_or("")) } } } }
                        td.num { @match point.diff.interval.value() { Some(of) => { (points_interval(of)) } None => { "\u{2013}" } } }
                    } } }
                } }
            }
        }
    }
}

fn cost(cost: &Figure, definition: TokenDefinition) -> String {
    match cost.value() {
        Some(cost) if definition == TokenDefinition::Dollars => format!("${}", fixed(*cost, 4)),
        Some(cost) => count(cost.round() as u64),
        None => "\u{2013}".to_owned(),
    }
}

/// pass@k over k for all problems.
pub(crate) fn plot(summary: &Summary, width: f64) -> String {
    let rows: Vec<&PassAtK> =
        summary.pass_at_k.iter().filter(|row| row.group == "all" && row.value.value().is_some()).collect();
    let most = rows.iter().map(|row| row.k).max().unwrap_or(1);
    let (left, right, top, foot) = (44.0, width - 18.0, 24.0, 250.0);
    let x = Scale::new((0.0, f64::from(most)), (left, right));
    let y = Scale::new((0.0, 1.0), (foot, top));
    let mut drawing = Drawing::default();
    for tick in ticks((0.0, 1.0), 5) {
        let at = y.at(tick);
        drawing.line([left, at, right, at], "var(--rule)", &[]);
        drawing.text((left - 8.0, at + 4.0), "end", &fixed(tick * 100.0, 0), &[("fill", "var(--ink3)")]);
    }
    for tick in ticks((0.0, f64::from(most)), 8).into_iter().filter(|tick| tick.fract() == 0.0) {
        drawing.text((x.at(tick), foot + 18.0), "middle", &fixed(tick, 0), &[("fill", "var(--ink3)")]);
    }
    drawing.text((left, top - 10.0), "start", "solved, %", &[("fill", "var(--ink2)")]);
    drawing.text((f64::midpoint(left, right), foot + 38.0), "middle", "first programs (k)", &[("fill", "var(--ink2)")]);
    let place = |row: &&PassAtK| (x.at(f64::from(row.k)), y.at(row.value.value().copied().unwrap_or_default()));
    let band: Vec<(f64, f64, f64)> = rows
        .iter()
        .filter_map(|row| row.interval.value().map(|of| (place(row).0, y.at(of.low), y.at(of.high))))
        .collect();
    let up = band.iter().map(|(x, low, _)| (*x, *low));
    let outline = through(up.chain(band.iter().rev().map(|(x, _, high)| (*x, *high))));
    if !outline.is_empty() {
        drawing.path(&(outline + "Z"), &[("fill", "var(--base)"), ("opacity", "0.18")]);
    }
    drawing.path(
        &through(rows.iter().map(place)),
        &[("fill", "none"), ("stroke", "var(--ink2)"), ("stroke-width", "1.8")],
    );
    for row in &rows {
        let hollow = row.interval.value().is_none();
        let fill = if hollow { "var(--bg)" } else { "var(--ink2)" };
        drawing.circle(place(row), 3.2, &[("fill", fill), ("stroke", "var(--ink2)")]);
        let told = row.value.value().map_or_else(String::new, |value| percent(*value));
        let (x, y) = place(row);
        drawing.text((x, y - 8.0), "middle", &told, &[("fill", "var(--ink2)"), ("font-size", "11")]);
    }
    drawing.finish(width, foot + 46.0, "pass@k by the number of first programs", "")
}
