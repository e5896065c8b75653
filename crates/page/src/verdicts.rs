//! How programs ended, what became of failures, and where the tokens went: all that was collected.

use crate::curve::shares;
use crate::marks::{STATUSES, inline, mark, place, words};
use crate::number::{count, fixed, interval, percent};
use crate::svg::{Drawing, Scale};
use crate::text::shown;
use maud::{Markup, PreEscaped, html};
use mend_core::Status;
use mend_metrics::{Drawn, Estimate, NodeTally, SeatSpending, SuccessBy, SuccessRow, Summary};

/// Programs by status: first programs beside repairs.
pub(crate) fn statuses(summary: &Summary) -> Markup {
    let (first, repairs) = (&summary.first_programs, &summary.repairs);
    let known = || STATUSES.into_iter().filter(|status| first.of(*status) + repairs.of(*status) > 0);
    let share = |tally: &NodeTally, status: Status| match tally.scored() {
        0 => 0.0,
        scored => tally.of(status) as f64 / scored as f64,
    };
    html! {
        table.tbl {
            thead { tr { th { span.sr { "status" } } th.num { "first" span.sr { " programs" } } th.cq3 { span.sr { "bar" } } th.num { "%" }
                th.num { "repairs" } th.cq3 { span.sr { "bar" } } th.num { "%" } } }
            tbody {
                @for status in known() {
                    tr {
                        td { span.st { (PreEscaped(inline(status))) (words(status)) } }
                        @for tally in [first, repairs] {
                            td.num { (count(tally.of(status))) }
                            td.cq3.barcell { (PreEscaped(bar(share(tally, status), mark(status).colour))) }
                            td.num.muted { @if tally.scored() > 0 { (percent(share(tally, status))) } @else { "\u{2013}" } }
                        }
                    }
                }
                @if first.unscored + repairs.unscored > 0 {
                    tr { td { span.st { (PreEscaped(inline(Status::Unsupported))) (crate::glossary::term("unscored", "unscored")) } }
                        td.num { (count(first.unscored)) } td.cq3 {} td {} td.num { (count(repairs.unscored)) } td.cq3 {} td {} }
                }
            }
            tfoot { tr { td { "all" } td.num { (count(first.total)) } td.cq3 {} td {} td.num { (count(repairs.total)) } td.cq3 {} td {} } }
        }
    }
}

fn bar(share: f64, colour: &str) -> String {
    let mut drawing = Drawing::default();
    drawing.rect([0.0, 0.0, 100.0 * share, 8.0], &[("fill", &format!("var({colour})"))]);
    let svg = drawing.finish(100.0, 8.0, "", " preserveAspectRatio=\"none\" class=\"bar\"");
    svg.replace(" role=\"img\" aria-label=\"\"", " aria-hidden=\"true\"")
}

/// How often repairs pass, by the status of the failure and by round, and what they became.
pub(crate) fn repairs(drawn: &Drawn) -> Markup {
    let by_status: Vec<&SuccessRow> = sorted(drawn);
    let rounds: Vec<&SuccessRow> = drawn.success.iter().filter(|row| row.by == SuccessBy::Round).collect();
    html! {
        table.tbl {
            thead { tr { th { "failure" } th.num { "programs" } th.cq3.barcell { "0\u{a0}to\u{a0}100\u{a0}%" } th.num { "repairs that pass" } } }
            tbody {
                @for row in &by_status {
                    tr.lead { (success(row, &status_words(&row.of))) }
                    tr { td colspan="4" { (became(drawn, row)) } }
                }
                @if rounds.len() > 1 {
                    tr.grp { th scope="rowgroup" colspan="4" { "by round" } }
                    @for row in &rounds { tr { (success(row, &html! { "round " (row.of) })) } }
                }
            }
        }
        @let few: Vec<String> = by_status.iter().filter(|row| row.problems < 10).map(|row| format!("{} ({})", row.of.replace('_', " "), row.problems)).collect();
        @if !few.is_empty() { p.note { "Few problems stand behind " (few.join(", ")) ": read such an interval with care." } }
    }
}

fn status_of(word: &str) -> Option<Status> {
    STATUSES.into_iter().find(|status| status.as_str() == word)
}

fn status_words(word: &str) -> Markup {
    html! { span.st { @if let Some(status) = status_of(word) { (PreEscaped(inline(status))) } (word.replace('_', " ")) } }
}

fn sorted(drawn: &Drawn) -> Vec<&SuccessRow> {
    let mut rows: Vec<&SuccessRow> = drawn.success.iter().filter(|row| row.by == SuccessBy::Status).collect();
    rows.sort_by_key(|row| (std::cmp::Reverse(row.programs), status_of(&row.of).map(place)));
    rows
}

fn success(row: &SuccessRow, name: &Markup) -> Markup {
    html! {
        td { (name) } td.num { (count(row.programs)) }
        td.cq3.barcell { (PreEscaped(dot(&row.pooled, 120.0))) }
        td.num.nowrap { @match row.pooled.value.value() { Some(share) => { b { (percent(*share)) } } None => { "\u{2013}" } }
            " " @match row.pooled.interval.value() { Some(of) => { span.dim { (interval(of)) } } None => { span.dim title=(row.pooled.interval.reason().unwrap_or("")) { "no interval" } } } }
    }
}

/// A share with its interval on a line from 0 to 100 %.
fn dot(of: &Estimate, width: f64) -> String {
    let scale = Scale::new((0.0, 1.0), (4.0, width - 4.0));
    let mut drawing = Drawing::default();
    drawing.line([4.0, 8.0, width - 4.0, 8.0], "var(--line)", &[]);
    if let Some(interval) = of.interval.value() {
        let ends = [scale.at(interval.low), 8.0, scale.at(interval.high), 8.0];
        drawing.line(ends, "var(--good)", &[("stroke-width", "2")]);
    }
    if let Some(value) = of.value.value() {
        let fill = if of.interval.value().is_some() { "var(--good)" } else { "var(--bg)" };
        drawing.circle((scale.at(*value), 8.0), 3.6, &[("fill", fill), ("stroke", "var(--good)")]);
    }
    drawing.finish(width, 16.0, "", "").replace(" role=\"img\" aria-label=\"\"", " aria-hidden=\"true\"")
}

fn became(drawn: &Drawn, row: &SuccessRow) -> Markup {
    let ends = status_of(&row.of).and_then(|status| drawn.became.get(&status));
    let Some(ends) = ends else { return html! {} };
    let known: Vec<(Status, u64)> =
        STATUSES.into_iter().filter_map(|status| Some((status, *ends.get(&status)?))).collect();
    let parts: Vec<(f64, String, &str)> = known
        .iter()
        .map(|(status, n)| {
            let opacity = if *status == Status::Passed { "1" } else { "0.72" };
            (*n as f64, format!("var({})", mark(*status).colour), opacity)
        })
        .collect();
    let borrowed: Vec<(f64, &str, &str)> = parts.iter().map(|(n, colour, o)| (*n, colour.as_str(), *o)).collect();
    let told: Vec<String> = known.iter().map(|(status, n)| format!("{} {n}", words(*status))).collect();
    let label = format!("{} repairs became: {}", row.repairs, told.join(", "));
    html! {
        (PreEscaped(shares(&borrowed, 400.0, 10.0, &label)))
        div.note.ends { span { (count(row.repairs)) " repairs:" }
            @for (status, n) in &known { span.st title=(words(*status)) { (PreEscaped(inline(*status))) (count(*n)) span.sr { " " (words(*status)) } } } }
    }
}

/// Tokens by seat.
pub(crate) fn seats(summary: &Summary, drawn: &Drawn) -> Markup {
    let total = |seat: &SeatSpending| Some(seat.prompt? + seat.completion?);
    let sum: Option<u64> = drawn.seats.iter().map(total).sum();
    let opacities = ["0.95", "0.6", "0.34", "0.75", "0.45", "0.25"];
    let parts: Vec<(f64, &str, &str)> = drawn
        .seats
        .iter()
        .enumerate()
        .map(|(place, seat)| (total(seat).unwrap_or(0) as f64, "var(--ink2)", opacities[place % opacities.len()]))
        .collect();
    let told: Vec<String> = drawn.seats.iter().map(|seat| format!("{} {}", seat.seat, dash(total(seat)))).collect();
    let column = |of: fn(&SeatSpending) -> Option<u64>| drawn.seats.iter().map(of).sum::<Option<u64>>();
    html! {
        @if sum.is_some_and(|sum| sum > 0) { (PreEscaped(shares(&parts, 400.0, 16.0, &told.join(", ")))) }
        table.tbl {
            thead { tr { th { span.sr { "seat" } } th.num.cq1 { "calls" } th.num { "prompt" } th.num { "output" } th.num { "tokens" } } }
            tbody {
                @for seat in &drawn.seats {
                    tr { td { (shown(&seat.seat)) @if let (Some(part), Some(sum)) = (total(seat), sum.filter(|sum| *sum > 0)) {
                            " " span.dim.cq2 { (fixed(part as f64 / sum as f64 * 100.0, 0)) "\u{a0}%" } } }
                        td.num.cq1 { (count(seat.calls)) } td.num { (dash(seat.prompt)) } td.num { (dash(seat.completion)) } td.num { (dash(total(seat))) } }
                }
            }
            tfoot { tr { td { "all" } td.num.cq1 { (count(drawn.seats.iter().map(|seat| seat.calls).sum())) }
                td.num { (dash(column(|seat| seat.prompt))) } td.num { (dash(column(|seat| seat.completion))) } td.num { (dash(sum)) } } }
        }
        p.note { "Each answer counts with its whole prompt. The run was charged " (count(summary.spending.tokens.0)) " tokens in all." }
    }
}

fn dash(value: Option<u64>) -> String {
    value.map_or_else(|| "\u{2013}".to_owned(), count)
}

/// Programs by status, as a drawing of its own.
pub(crate) fn statuses_drawing(summary: &Summary) -> String {
    let mut drawing = Drawing::default();
    let (first, repairs) = (&summary.first_programs, &summary.repairs);
    let known: Vec<Status> =
        STATUSES.into_iter().filter(|status| first.of(*status) + repairs.of(*status) > 0).collect();
    let grey = [("fill", "var(--ink2)")];
    drawing.text((150.0, 14.0), "start", "first programs, %", &grey);
    drawing.text((400.0, 14.0), "start", "repairs, %", &grey);
    for (line, status) in known.iter().enumerate() {
        let y = 24.0 + line as f64 * 22.0;
        crate::marks::draw(&mut drawing, *status, (8.0, y + 8.0), 4.2);
        drawing.text((20.0, y + 12.0), "start", &words(*status), &[("fill", "var(--ink)")]);
        for (x, tally) in [(150.0, first), (400.0, repairs)] {
            if tally.scored() == 0 {
                continue;
            }
            let share = tally.of(*status) as f64 / tally.scored() as f64;
            let colour = format!("var({})", mark(*status).colour);
            drawing.rect([x, y + 3.0, 160.0 * share, 10.0], &[("fill", &colour)]);
            let told = format!("{} ({})", percent(share), count(tally.of(*status)));
            drawing.text((x + 166.0 * share + 6.0, y + 12.0), "start", &told, &[("fill", "var(--ink)")]);
        }
    }
    drawing.finish(660.0, 30.0 + known.len() as f64 * 22.0, "Programs by status", "")
}

/// Repair success by the failure's status and by round, as a drawing of its own.
pub(crate) fn repairs_drawing(drawn: &Drawn) -> String {
    let mut drawing = Drawing::default();
    let rounds = drawn.success.iter().filter(|row| row.by == SuccessBy::Round);
    let rows: Vec<&SuccessRow> = sorted(drawn).into_iter().chain(rounds).collect();
    for (line, row) in rows.iter().enumerate() {
        let y = line as f64 * 24.0;
        let name = if row.by == SuccessBy::Round { format!("round {}", row.of) } else { row.of.replace('_', " ") };
        drawing.text((0.0, y + 14.0), "start", &name, &[("fill", "var(--ink)")]);
        drawing.open("g", &[("transform", format!("translate(150 {y})"))]);
        drawing.raw(&dot(&row.pooled, 300.0));
        drawing.close("g");
        let share = row.pooled.value.value().map_or_else(String::new, |share| percent(*share));
        let of = row.pooled.interval.value().map(interval).unwrap_or_default();
        let told = format!("{share} {of} of {} repairs", count(row.repairs));
        drawing.text((470.0, y + 14.0), "start", &told, &[("fill", "var(--ink)")]);
    }
    let label = "Repairs that pass, 0 to 100 %, by the status of the failure and by round";
    drawing.finish(720.0, rows.len() as f64 * 24.0 + 8.0, label, "")
}

/// Tokens by seat, as a drawing of its own.
pub(crate) fn seats_drawing(drawn: &Drawn) -> String {
    let mut drawing = Drawing::default();
    let most = drawn.seats.iter().filter_map(|seat| Some(seat.prompt? + seat.completion?)).max().unwrap_or(1).max(1);
    let scale = Scale::new((0.0, most as f64), (0.0, 380.0));
    for (line, seat) in drawn.seats.iter().enumerate() {
        let y = line as f64 * 26.0;
        drawing.text((0.0, y + 15.0), "start", &shown(&seat.seat), &[("fill", "var(--ink)")]);
        let (Some(prompt), Some(output)) = (seat.prompt, seat.completion) else { continue };
        let (from, middle, to) = (110.0, scale.at(prompt as f64), scale.at((prompt + output) as f64));
        drawing.rect([from, y + 5.0, middle, 12.0], &[("fill", "var(--ink2)"), ("opacity", "0.45")]);
        drawing.rect([from + middle, y + 5.0, to - middle, 12.0], &[("fill", "var(--ink2)")]);
        let told = format!("{} prompt, {} output", count(prompt), count(output));
        drawing.text((from + to + 8.0, y + 15.0), "start", &told, &[("fill", "var(--ink)")]);
    }
    drawing.finish(760.0, drawn.seats.len() as f64 * 26.0 + 6.0, "Tokens by seat, prompts pale and answers dark", "")
}
