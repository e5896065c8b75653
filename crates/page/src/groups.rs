//! The same tree in each group of problems.

use crate::claim::{difference, whisker};
use crate::head::capital;
use crate::lens::Lens;
use crate::number::percent_or_dash;
use crate::svg::{Drawing, Scale};
use crate::text::shown;
use maud::{Markup, PreEscaped, html};
use mend_metrics::{Drawn, PassAtK, PassAtT, Summary};

/// A group's name, its first programs, and its row of pass@t.
type Member<'a> = (&'a PassAtK, &'a PassAtT);

fn members<'a>(summary: &'a Summary, drawn: &'a Drawn, lens: &Lens) -> Vec<Member<'a>> {
    let first = summary.pass_at_k.iter().filter(|row| row.k == 1);
    first.filter_map(|first| Some((first, lens.row(drawn, &first.group)?))).collect()
}

/// The table, with a mark for each of three shares and the difference.
pub(crate) fn section(summary: &Summary, drawn: &Drawn, lens: &Lens) -> Markup {
    let members = members(summary, drawn, lens);
    let reach = reach(&members);
    html! {
        div.legend #difflegend {
            span { (PreEscaped(sign("first"))) "first program (pass@1)" }
            span { (PreEscaped(sign("sampling"))) "plain sampling, same cost" }
            span { (PreEscaped(sign("repair"))) "with repair" }
        }
        div.scroll tabindex="0" role="region" aria-label="Table by difficulty" {
            table.tbl.dtbl {
                thead { tr {
                    th { "Problems" } th.num { span.sr { "how many" } } th.wide { "solved, 0 to 100 %" } th.num.hide-s { "pass@1" }
                    th.num.hide-s { "sampling" } th.num.hide-s { "repair" } th.hide-s { "difference" } th.num { "points, 95 %" }
                } }
                tbody #diff {
                    @for (first, row) in members {
                        tr {
                            th scope="row" { (capital(&shown(&first.group))) }
                            td.num.dim { (first.problems) }
                            td { (PreEscaped(line(first, row, 300.0))) }
                            td.num.hide-s { (percent_or_dash(&first.value)) }
                            td.num.hide-s { (percent_or_dash(&row.baseline_pass_rate)) }
                            td.num.hide-s { b { (percent_or_dash(&row.pass_rate)) } }
                            td.hide-s { (PreEscaped(whisker(Some(row), reach, false))) }
                            td.num.dv { (difference(Some(row))) }
                        }
                    }
                }
            }
        }
    }
}

/// How far the whiskers of all groups go.
fn reach(members: &[Member<'_>]) -> f64 {
    let ends = members.iter().flat_map(|(_, row)| {
        let of = row.difference_interval.value();
        [row.difference.value().copied(), of.map(|of| of.low), of.map(|of| of.high)]
    });
    ends.flatten().fold(0.02_f64, |reach, value| reach.max(value.abs()))
}

fn sign(kind: &str) -> String {
    let mut drawing = Drawing::default();
    mark(&mut drawing, kind, 7.0);
    drawing.finish(14.0, 24.0, "", " class=\"mk\"").replace(" role=\"img\" aria-label=\"\"", " aria-hidden=\"true\"")
}

fn mark(drawing: &mut Drawing, kind: &str, x: f64) {
    match kind {
        "first" => drawing.line([x, 6.0, x, 18.0], "var(--ink)", &[("stroke-width", "1.6")]),
        "sampling" => {
            let more = [("fill", "var(--bg)"), ("stroke", "var(--base)"), ("stroke-width", "1.6")];
            drawing.rect([x - 4.0, 8.0, 8.0, 8.0], &more);
        }
        _ => drawing.circle((x, 12.0), 4.6, &[("fill", "var(--good)")]),
    }
}

/// Three shares of one group on a line.
fn line(first: &PassAtK, row: &PassAtT, width: f64) -> String {
    let scale = Scale::new((0.0, 1.0), (6.0, width - 6.0));
    let mut drawing = Drawing::default();
    drawing.line([6.0, 12.0, width - 6.0, 12.0], "var(--rule)", &[]);
    for tick in [0.0, 0.5, 1.0] {
        drawing.line([scale.at(tick), 8.0, scale.at(tick), 16.0], "var(--line)", &[]);
    }
    let (repair, sampling) = (row.pass_rate.value(), row.baseline_pass_rate.value());
    if let (Some(repair), Some(sampling)) = (repair, sampling) {
        let colour = if repair >= sampling { "var(--good)" } else { "var(--bad)" };
        let ends = [scale.at(*repair), 12.0, scale.at(*sampling), 12.0];
        drawing.line(ends, colour, &[("stroke-width", "2"), ("opacity", "0.6")]);
    }
    for (kind, value) in [("first", first.value.value()), ("sampling", sampling), ("repair", repair)] {
        if let Some(value) = value {
            mark(&mut drawing, kind, scale.at(*value));
        }
    }
    drawing.finish(width, 24.0, "", " class=\"line\"").replace(" role=\"img\" aria-label=\"\"", " aria-hidden=\"true\"")
}

/// The groups as a drawing of its own.
pub(crate) fn drawing(summary: &Summary, drawn: &Drawn, lens: &Lens) -> String {
    let members = members(summary, drawn, lens);
    let reach = reach(&members);
    let mut drawing = Drawing::default();
    for (place, (first, row)) in members.iter().enumerate() {
        let y = place as f64 * 30.0;
        drawing.text((0.0, y + 16.0), "start", &capital(&shown(&first.group)), &[("fill", "var(--ink)")]);
        for (x, svg) in [(130.0, line(first, row, 300.0)), (450.0, whisker(Some(row), reach, false))] {
            drawing.open("g", &[("transform", format!("translate({x} {y})"))]);
            drawing.raw(&svg);
            drawing.close("g");
        }
        let told = row.difference.value().map_or_else(String::new, |difference| crate::number::points(*difference));
        drawing.text((700.0, y + 16.0), "start", &told, &[("fill", "var(--ink)")]);
    }
    let height = members.len() as f64 * 30.0;
    let legend =
        "tick: first program, square: plain sampling at the same cost, disc: repair; 0 to 100 %; difference in points";
    drawing.text((0.0, height + 16.0), "start", legend, &[("fill", "var(--ink2)")]);
    drawing.finish(760.0, height + 26.0, "Solved by difficulty, and the difference from plain sampling", "")
}
