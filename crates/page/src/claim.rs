//! The answer: a sentence with its interval, a verdict that follows from the interval alone, the same tree in other orders,
//! and five figures.

use crate::lens::{Lens, cost, order_name};
use crate::number::{count, fixed, interval, percent, percent_or_dash, points, points_interval};
use crate::svg::{Drawing, Scale};
use crate::text::shown;
use maud::{Markup, PreEscaped, html};
use mend_core::Usd;
use mend_metrics::{Drawn, Figure, Interval, Order, PassAtT, Selection, Summary};
use mend_report::{Headline, Verdict, View};

/// The claim, the verdict and the rule, and beside them the ladder.
pub(crate) fn hero(summary: &Summary, drawn: &Drawn, lens: Option<&Lens>) -> Markup {
    match lens.and_then(|lens| Some((lens, lens.row(drawn, "all")?))) {
        Some((lens, row)) => html! {
            div.hero {
                div {
                    h1.claim #claim { (sentence(lens, row)) }
                    p.verdict #verdict { (verdict(row, summary.coverage.scored)) }
                    p.fine #fine { (rule(summary, lens)) }
                }
                div.fig {
                    h2.h3 { "Difference from plain sampling at the same cost " small { "points, 95 % interval over problems" } }
                    div #ladder { (ladder(drawn, lens)) }
                }
            }
        },
        None => told(&Headline::of(summary, View::default())),
    }
}

fn told(headline: &Headline) -> Markup {
    html! {
        div.hero.one {
            div {
                h1.claim #claim { (shown(&headline.sentence)) }
                @for remark in &headline.remarks { p.fine { (shown(remark)) } }
            }
        }
    }
}

fn sentence(lens: &Lens, row: &PassAtT) -> Markup {
    let subject = match lens.selection {
        Selection::OracleAny => "Repair solves ",
        Selection::Submitted => "What repair hands in solves ",
    };
    html! {
        (subject) b.rep { (percent_or_dash(&row.pass_rate)) "\u{a0}%" } " of problems"
        @if let Some(mean) = row.mean_tokens.value() { " at a mean of " b { (cost(*mean, lens.definition)) } }
        "; " @match row.baseline_pass_rate.value() {
            Some(rate) => {
                "plain sampling solves " b { (percent(*rate)) "\u{a0}%" } " with the same " (money(lens)) ". "
                @if let Some(difference) = row.difference.value() {
                    "Difference " b { (points(*difference)) "\u{a0}points" }
                    @if let Some(of) = row.difference_interval.value() { " " span.ci { (points_interval(of)) } }
                    "."
                }
            }
            None => { "what plain sampling solves with the same " (money(lens)) " is not known." }
        }
    }
}

fn money(lens: &Lens) -> &'static str {
    if lens.definition == mend_metrics::TokenDefinition::Dollars { "money" } else { "tokens" }
}

/// The tag and the sentence that follow from the interval.
fn verdict(row: &PassAtT, problems: u32) -> Markup {
    let (Some(difference), Figure::Value(of)) = (row.difference.value(), &row.difference_interval) else {
        let why =
            row.baseline_pass_rate.reason().or(row.difference_interval.reason()).unwrap_or("there is no interval");
        let todo = if row.out_of_bounds { " More first programs (--n-p) of each problem would tell." } else { "" };
        return html! { (tag("undecided", "Not known")) " " span.muted { (crate::head::capital(why)) "." (todo) } };
    };
    match Verdict::of(of) {
        Verdict::Better => {
            html! { (tag("better", "Repair pays")) " " span.muted { "The whole interval lies above zero." } }
        }
        Verdict::Worse => {
            html! { (tag("worse", "Repair does not pay")) " " span.muted { "The whole interval lies below zero." } }
        }
        _ => html! {
            (tag("undecided", "Undecided")) " " span.muted {
                "The interval holds zero."
                @if let Some(needed) = of.settled_by(*difference, problems) {
                    " If the difference stays as it is, about " b { (count(needed)) " problems" } " like these " (problems) " would settle it."
                }
            }
        },
    }
}

pub(crate) fn tag(kind: &str, words: &str) -> Markup {
    let path = match kind {
        "better" => "M5 1 9 9H1z",
        "worse" => "M5 9 9 1H1z",
        _ => "M1 4h8v2H1z",
    };
    html! { span class=(format!("tag {kind}")) { svg viewBox="0 0 10 10" aria-hidden="true" { path fill="currentColor" d=(path) {} } (words) } }
}

/// What the tree of the claim is, and by which rule it was picked.
fn rule(summary: &Summary, lens: &Lens) -> Markup {
    let (n_p, each) = (lens.n_p, lens.n_f * lens.n_r);
    let what = if summary.critics.is_some() { "critique and repair" } else { "repair" };
    let order = match lens.order {
        Order::Batch => "in batch order",
        Order::Dfs => "depth first",
        Order::Bfs => "breadth first",
    };
    let against = if lens.stops { "sampling that stops once one passes" } else { "sampling that pays for all" };
    html! {
        (n_p) " first program" @if n_p != 1 { "s" } " and, if all fail, " (each) " " (what)
        @if each != 1 && summary.critics.is_none() { "s" } " of each, " (order) ", against " (against)
        ". " (crate::glossary::term("interval", "Intervals")) " are 95 %, over problems. The tree is picked by "
        (crate::glossary::term("headline", "rule")) ", not by result: most first programs, then most repairs, whose difference from "
        (against) " has an interval."
    }
}

/// The same tree in three orders against both baselines; each row is a button that sets both.
fn ladder(drawn: &Drawn, lens: &Lens) -> Markup {
    let found = |order, stops| lens.with(order, stops).row(drawn, "all");
    let bounds = Order::ALL.into_iter().flat_map(|order| [found(order, true), found(order, false)]).flatten();
    let reach = bounds.flat_map(|row| {
        let of = row.difference_interval.value();
        [row.difference.value().copied(), of.map(|of| of.low), of.map(|of| of.high)]
    });
    let reach = reach.flatten().fold(0.02_f64, |reach, value| reach.max(value.abs()));
    html! {
        table.ladder {
            caption.sr { "Difference of repair from plain sampling, by order and baseline" }
            @for order in Order::ALL {
                @if found(order, true).is_some() || found(order, false).is_some() {
                    tbody {
                        tr.grp { th scope="rowgroup" colspan="3" { (order_name(order)) } }
                        @for stops in [true, false] {
                            @let row = found(order, stops);
                            @let on = (order, stops) == (lens.order, lens.stops);
                            tr.on[on] {
                                th scope="row" {
                                    button.pick data-o=(order.as_str()) data-b=(if stops { "stop" } else { "iid" }) aria-pressed=(on.to_string()) {
                                        @if stops { "sampling stops when solved" } @else { "sampling pays for all" }
                                    }
                                }
                                td.plotcell { (PreEscaped(whisker(row, reach, on))) }
                                td.v { (difference(row)) }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// A difference with its interval in text, or why there is none.
pub(crate) fn difference(row: Option<&PassAtT>) -> Markup {
    let Some(row) = row else { return html! { "\u{2013}" } };
    match (row.difference.value(), &row.difference_interval) {
        (Some(difference), Figure::Value(of)) => html! { (points(*difference)) " " span { (points_interval(of)) } },
        (Some(difference), Figure::Absent(why)) => {
            html! { (points(*difference)) " " span title=(why) { "no interval" } }
        }
        (None, _) => {
            let why = row.difference.reason().unwrap_or("absent");
            html! { span title=(why) { @if row.out_of_bounds { "beyond what was collected" } @else { "\u{2013} " (why) } } }
        }
    }
}

/// Zero, an interval and a point on one line.
pub(crate) fn whisker(row: Option<&PassAtT>, reach: f64, on: bool) -> String {
    let of = row.and_then(|row| row.difference_interval.value());
    whisker_of(row.and_then(|row| row.difference.value().copied()), of, reach, on, None)
}

/// A difference with its interval on a line around zero; `margin` is shaded on both sides of it.
pub(crate) fn whisker_of(
    value: Option<f64>,
    of: Option<&Interval>,
    reach: f64,
    on: bool,
    margin: Option<f64>,
) -> String {
    let (width, height) = (220.0, 24.0);
    let scale = Scale::new((-reach, reach), (6.0, width - 6.0));
    let mut drawing = Drawing::default();
    if let Some(margin) = margin.map(|margin| margin.min(reach)) {
        let ground = [scale.at(-margin), 0.0, scale.at(margin) - scale.at(-margin), height];
        drawing.rect(ground, &[("fill", "var(--inset)")]);
    }
    drawing.line([scale.at(0.0), 0.0, scale.at(0.0), height], "var(--line2)", &[]);
    if let Some(value) = value {
        let colour = match of.map(Verdict::of) {
            Some(Verdict::Better) => "var(--good)",
            Some(Verdict::Worse) => "var(--bad)",
            Some(_) => "var(--ink)",
            None => "var(--base)",
        };
        if let Some(of) = of {
            let thick = if on { "2.6" } else { "1.6" };
            let ends = [scale.at(of.low.max(-reach)), 12.0, scale.at(of.high.min(reach)), 12.0];
            drawing.line(ends, colour, &[("stroke-width", thick)]);
        }
        let fill = if of.is_some() { colour } else { "var(--bg)" };
        let radius = if on { 4.4 } else { 3.4 };
        drawing.circle((scale.at(value), 12.0), radius, &[("fill", fill), ("stroke", colour), ("stroke-width", "1.5")]);
    }
    let svg = drawing.finish(width, height, "", " class=\"whisker\"");
    svg.replace(" role=\"img\" aria-label=\"\"", " aria-hidden=\"true\"")
}

/// Five figures over all that was collected.
pub(crate) fn figures(summary: &Summary) -> Markup {
    let first = &summary.pass_at_1;
    let handed_in = &summary.submitted.passes;
    let spending = &summary.spending;
    let share = |figure: &Figure| match figure.value() {
        Some(value) => format!("{}\u{a0}%", percent(*value)),
        None => "\u{2013}".to_owned(),
    };
    let why = |figure: &Figure| figure.reason().map(str::to_owned);
    let of = |of: &Figure<Interval>| of.value().map(interval).unwrap_or_default();
    html! {
        dl.kpis {
            div { dt { "First program right" } dd { (share(&first.value)) small {
                @match why(&first.value) { Some(why) => { (why) } None => { (of(&first.interval)) " " (crate::glossary::term("pass@k", "pass@1")) } } } } }
            div { dt { (crate::glossary::term("handed in", "Handed in")) " and right" } dd { (share(&handed_in.value)) small {
                @match why(&handed_in.value) { Some(why) => { (why) } None => { (of(&handed_in.interval)) " of problems, whole trees" } } } } }
            div { dt { "Repairs that pass" } dd { (share(&summary.repair_success.value)) small {
                @match why(&summary.repair_success.value) { Some(why) => { (why) } None => { (of(&summary.repair_success.interval)) " mean over " (count(summary.repaired_programs)) " failing programs" } } } } }
            div { dt { "Tokens spent" } dd { (count(spending.tokens.0)) small { "in " (count(spending.calls)) " calls, " (count(spending.lost)) " lost" } } }
            div { dt { "Dollars" } dd { @match spending.usd {
                Some(usd) => { (dollars(usd)) small { "at list prices" } }
                None => { "\u{2013}" small { "the price of some answers is not known" } } } } }
        }
    }
}

fn dollars(usd: Usd) -> String {
    format!("${}", fixed(usd.as_f64(), 2))
}
