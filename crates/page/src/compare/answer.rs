//! Who is compared, what weakens the answer, the answer, the same by difficulty, and what would settle it.

use super::{Pair, axis_words, cost_words, metric_words};
use crate::claim::{tag, whisker_of};
use crate::head::{TICK, capital, warning};
use crate::number::{count, fixed, percent, points, points_interval};
use crate::text::shown;
use maud::{Markup, PreEscaped, html};
use mend_core::OracleLevel;
use mend_metrics::{Figure, Interval, Metric, PairedFigure, RunLabels};

/// How far below zero a difference may lie and still count as no worse.
pub(super) const MARGIN: f64 = 0.02;

/// Standard errors of a difference that shows in four of five cases: 1.96 and 0.84.
const SHOWS: f64 = 2.801_585_218;

/// Both runs, for the margin.
pub(super) fn who(pair: &Pair<'_>) -> Markup {
    let one = |name: &str, run: &RunLabels, link: Option<&str>| {
        html! {
            span class=(format!("ab {name}")) { (name) }
            div {
                (shown(&run.model)) br; span.muted { (shown(&run.strategy)) } small.mono { (shown(&run.id)) }
                @if let Some(link) = link { a href=(link) data-report=(name) { "Report of " (name) } }
            }
        }
    };
    html! { div.who { (one("A", pair.a, pair.links.0)) (one("B", &pair.of.b, pair.links.1)) } }
}

/// Bands for what weakens the comparison, and a quiet line for what was checked.
pub(super) fn warnings(pair: &Pair<'_>) -> Markup {
    let of = pair.of;
    let (a, b) = (pair.a.oracle_level, of.b.oracle_level);
    let common = &of.common;
    let missing = [
        ("only in A", common.only_a.len()),
        ("only in B", common.only_b.len()),
        ("not finished in both", common.unfinished.len()),
        ("not scored in A", common.unscored_a.len()),
        ("not scored in B", common.unscored_b.len()),
        (
            if of.different.is_empty() { "changed, and left out" } else { "changed, and compared all the same" },
            common.changed.len(),
        ),
    ];
    let missing: Vec<String> =
        missing.iter().filter(|(_, n)| *n > 0).map(|(what, n)| format!("{} {what}", count(*n as u64))).collect();
    let bounds =
        of.figures.first().and_then(|first| Some((*first.if_unscored_fail.value()?, *first.if_unscored_pass.value()?)));
    let is_unscored = !common.unscored_a.is_empty() || !common.unscored_b.is_empty();
    html! {
        div.warns {
            @for refusal in &of.different {
                (warning(&html! { b { "Different, and compared because somebody allowed it: " } (shown(&refusal.what)) "." }))
            }
            @if a == b && a != OracleLevel::Clean {
                (warning(&html! { b { "Both runs lean on what a user would not have" } " (" (crate::glossary::term("oracle level", "oracle level")) " " code { (a.to_string()) } ")." }))
            }
            @for remark in &of.remarks { (warning(&html! { (shown(remark)) })) }
            @if !missing.is_empty() {
                (warning(&html! {
                    b { "Not all problems count: " } (missing.join("; ")) "."
                    @if let Some((fail, pass)) = bounds.filter(|_| is_unscored) {
                        " If all that is not scored had failed the first difference of the table would be " (points(fail)) " points; if it had passed, " (points(pass)) "."
                    }
                }))
            }
            ul.checks {
                li { (PreEscaped(TICK)) "The same " (count(common.matched.len() as u64)) " problems" }
                @if of.different.is_empty() { li { (PreEscaped(TICK)) "The same data, grader and tokenizer" } }
                @if of.complete { li { (PreEscaped(TICK)) "Both runs complete" } }
            }
        }
    }
}

/// The claim, the verdict and the rule, and beside them the same by group.
pub(super) fn hero(pair: &Pair<'_>) -> Markup {
    let Some(figure) = pair.headline() else {
        return html! { div.hero.one { div { h1.claim id=(pair.id("claim")) { "Nothing is compared: the runs have no figure in common." } } } };
    };
    html! {
        div.hero {
            div {
                h1.claim id=(pair.id("claim")) { (sentence(figure)) }
                p.verdict { (verdict(figure)) }
                p.fine { (rule(pair, figure)) }
            }
            div.fig {
                h2.h3 { "Difference, B less A " small { "points, 95 % interval over problems, paired" } }
                (ladder(pair, figure))
            }
        }
    }
}

fn sentence(figure: &PairedFigure) -> Markup {
    let solved = |value: f64| html! { b { (percent(value)) "\u{a0}%" } };
    let about = match (figure.subject.metric, &figure.subject.equal) {
        (Metric::PassAtT(axis), Some(equal)) => html! { "At a mean of " b { (cost_words(equal.cost, axis)) } ", " },
        (Metric::PassAtT(axis), None) => html! { "At equal " (axis_words(axis)) ", " },
        (Metric::Submission, _) => html! { "Of what they hand in, " },
        (Metric::PassAtK(k), _) => html! { "Within " (k) " first program" @if k != 1 { "s" } ", " },
    };
    html! {
        (about) span.ab.A { "A" } " "
        @match (figure.a.value(), figure.b.value(), figure.delta.value.value()) {
            (Some(a), Some(b), Some(delta)) => {
                "solves " (solved(*a)) " of problems and " span.ab.B { "B" } " solves " b.rep { (percent(*b)) "\u{a0}%" } ". Difference "
                b { (points(*delta)) "\u{a0}points" }
                @if let Some(of) = figure.delta.interval.value() { " " span.ci { (points_interval(of)) } } "."
            }
            _ => { "and " span.ab.B { "B" } " cannot be compared: " (shown(figure.delta.value.reason().unwrap_or("a figure is missing"))) "." }
        }
    }
}

/// What an interval says of B.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Says {
    Better,
    NoWorse,
    Worse,
    Undecided,
}

pub(super) fn says(of: &Interval) -> Says {
    match of {
        of if of.low > 0.0 => Says::Better,
        of if of.high < 0.0 => Says::Worse,
        of if of.low > -MARGIN => Says::NoWorse,
        _ => Says::Undecided,
    }
}

fn verdict(figure: &PairedFigure) -> Markup {
    let Figure::Value(of) = &figure.delta.interval else {
        let why = figure.delta.interval.reason().unwrap_or("there is no interval");
        return html! { (tag("undecided", "Not known")) " " span.muted { (capital(&shown(why))) "." } };
    };
    let margin = fixed(-MARGIN * 100.0, 1);
    let p = figure.p.value().map(|p| format!(" p {} by swapping the runs.", told_p(*p))).unwrap_or_default();
    match says(of) {
        Says::Better => {
            html! { (tag("better", "B is better")) " " span.muted { "The whole interval lies above zero." (p) } }
        }
        Says::NoWorse => {
            html! { (tag("better", "B is no worse")) " " span.muted { "The whole interval lies above the margin of " (margin) " points." (p) } }
        }
        Says::Worse => {
            html! { (tag("worse", "B is worse")) " " span.muted { "The whole interval lies below zero." (p) } }
        }
        Says::Undecided => {
            html! { (tag("undecided", "Undecided")) " " span.muted { "The interval reaches below the margin of " (margin) " and holds zero." (p) } }
        }
    }
}

pub(super) fn told_p(p: f64) -> String {
    if p < 0.000_1 { "< 0.0001".to_owned() } else { fixed(p, 4) }
}

fn rule(pair: &Pair<'_>, figure: &PairedFigure) -> Markup {
    html! {
        @if let Some(equal) = &figure.subject.equal {
            "Trees of A have " (shape(equal.shape_a.n_f, equal.shape_a.n_r)) ", those of B " (shape(equal.shape_b.n_f, equal.shape_b.n_r)) ", read over n_p in " (equal.order.as_str())
            " order. The budget is picked by rule and not by result: the largest of A\u{2019}s curve at which the difference has an interval. "
        }
        "Both runs on the same " (count(figure.problems.into())) " problems, " (crate::glossary::term("interval", "resampled together"))
        @if let Some(by) = pair.clustered_by { ", those that belong together by " (shown(by)) " as one" }
        "; better on " (count(figure.better.into())) ", equal on " (count(figure.equal_problems.into())) ", worse on " (count(figure.worse.into())) "."
        @if figure.delta.interval.value().is_some_and(|of| of.few_informative) { " Few problems differ, so the interval reaches what so few can rule out." }
    }
}

fn shape(n_f: u32, n_r: u32) -> String {
    match n_f * n_r {
        0 => "no repairs".to_owned(),
        1 => "1 repair of each failing program".to_owned(),
        n => format!("{n} repairs of each failing program"),
    }
}

/// How far the drawings of a list of figures reach on either side of zero.
pub(super) fn reach<'a>(figures: impl Iterator<Item = &'a PairedFigure>) -> f64 {
    let ends = figures.flat_map(|figure| {
        let of = figure.delta.interval.value();
        [figure.delta.value.value().copied(), of.map(|of| of.low), of.map(|of| of.high)]
    });
    ends.flatten().fold(0.03_f64, |reach, value| reach.max(value.abs()))
}

/// A difference with its interval in text, or why there is none.
pub(super) fn difference(figure: &PairedFigure) -> Markup {
    match (figure.delta.value.value(), &figure.delta.interval) {
        (Some(delta), Figure::Value(of)) => html! { (points(*delta)) " " span { (points_interval(of)) } },
        (Some(delta), Figure::Absent(why)) => html! { (points(*delta)) " " span title=(shown(why)) { "no interval" } },
        (None, _) => html! { span title=(shown(figure.delta.value.reason().unwrap_or("absent"))) { "\u{2013}" } },
    }
}

pub(super) fn drawn(figure: &PairedFigure, reach: f64, on: bool) -> Markup {
    html! { (PreEscaped(whisker_of(figure.delta.value.value().copied(), figure.delta.interval.value(), reach, on))) }
}

/// The claim's figure by group, and the other figures over all problems.
fn ladder(pair: &Pair<'_>, figure: &PairedFigure) -> Markup {
    let by_group: Vec<&PairedFigure> = pair.groups().into_iter().filter_map(|group| pair.like(figure, group)).collect();
    let mut others: Vec<&PairedFigure> = vec![];
    for other in pair.figures("all").filter(|other| other.subject.metric != figure.subject.metric) {
        // Of each metric the last row that has an interval.
        match others.last().copied() {
            Some(last) if last.subject.metric == other.subject.metric => {
                if other.delta.interval.value().is_some() {
                    others.pop();
                    others.push(other);
                }
            }
            _ => others.push(other),
        }
    }
    let reach = reach(by_group.iter().chain(&others).copied());
    let row = |name: &Markup, of: &PairedFigure, on: bool| {
        html! { tr.on[on] { th scope="row" { (name) } td.plotcell { (drawn(of, reach, on)) } td.v { (difference(of)) } } }
    };
    html! {
        table.ladder {
            caption.sr { "Difference of B from A" }
            tbody {
                tr.grp { th colspan="3" scope="rowgroup" { (capital(&metric_words(figure))) } }
                @for of in &by_group {
                    (row(&html! { (shown(&of.subject.group)) " " span.dim { (of.problems) } }, of, of.subject.group == "all"))
                }
            }
            @if !others.is_empty() {
                tbody {
                    tr.grp { th colspan="3" scope="rowgroup" { "Other figures, all problems" } }
                    @for of in &others { (row(&html! { span.muted { (metric_words(of)) } }, of, false)) }
                }
            }
        }
    }
}

/// What this comparison can show, and what would settle it.
pub(super) fn settle(pair: &Pair<'_>) -> Markup {
    let Some(figure) = pair.headline() else { return html! {} };
    let (Some(delta), Some(sd)) = (figure.delta.value.value(), figure.sd.value()) else { return html! {} };
    let needed = |difference: f64| needed(*sd, difference);
    html! {
        dl.kpis.few {
            div { dt { "Smallest difference that " (figure.problems) " problems would show (MDE)" }
                dd { @match figure.mde.value() { Some(mde) => { (fixed(mde * 100.0, 1)) " points" } None => { "\u{2013}" } }
                    small { @match figure.mde.reason() { Some(why) => { (shown(why)) } None => { "8 times in 10, two-sided 5 %" } } } } }
            div { dt { "To show B no worse, by the margin of " (fixed(MARGIN * 100.0, 1)) " points" }
                dd { @if *delta > -MARGIN { (needed(delta + MARGIN)) } @else { "never" } small { "if the difference stays as it is" } } }
            div { dt { "To show " (points(*delta)) " itself" } dd { (needed(*delta)) small { "if the difference stays as it is" } } }
            div { dt { "To show a difference of 2 points" } dd { (needed(0.02)) small { "8 times in 10" } } }
        }
    }
}

/// Problems that would show a difference four times in five.
fn needed(sd: f64, difference: f64) -> String {
    let problems = (SHOWS * sd / difference).powi(2).ceil();
    match problems {
        n if n.is_nan() || n > 4_000.0 => "more than 4,000 problems".to_owned(),
        n if n <= 2.0 => "2 problems".to_owned(),
        n => format!("about {} problems", count(n as u64)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_verdict_follows_from_the_interval_alone() {
        let check = |low, high, expected| assert_eq!(says(&Interval::new(low, high)), expected, "[{low}, {high}]");
        check(0.001, 0.2, Says::Better);
        check(-0.019, 0.2, Says::NoWorse);
        check(-0.3, -0.001, Says::Worse);
        check(-0.02, 0.1, Says::Undecided);
        check(0.0, 0.0, Says::NoWorse);
    }

    #[test]
    fn problems_needed_are_rough_and_bounded() {
        // (2.8016 x 0.36 / 0.05)^2 = 406.9.
        assert_eq!(needed(0.36, 0.05), "about 407 problems");
        assert_eq!(needed(0.36, 0.0), "more than 4,000 problems");
        assert_eq!(needed(0.0, 0.02), "2 problems");
    }
}
