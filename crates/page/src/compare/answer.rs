//! Who is compared, what weakens the answer, the answer, the same by difficulty, and what would settle it.

use super::told::{Kind, Told};
use super::{Pair, metric_words};
use crate::claim::{tag, whisker_of};
use crate::head::{TICK, warning};
use crate::number::{count, fixed, points, points_interval};
use crate::text::shown;
use maud::{Markup, PreEscaped, html};
use mend_core::OracleLevel;
use mend_metrics::{Figure, PairedFigure, RunLabels, SAME_PROGRAMS};

/// How far below zero a difference may lie and still count as no worse.
pub(super) const MARGIN: f64 = 0.02;

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
            @for remark in of.remarks.iter().filter(|remark| *remark != SAME_PROGRAMS) { (warning(&html! { (shown(remark)) })) }
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
                @if of.remarks.iter().any(|remark| remark == SAME_PROGRAMS) { li { (PreEscaped(TICK)) "The same first programs, so that pairing is stronger" } }
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
    let told = Told::of(figure);
    html! {
        div.hero {
            div {
                h1.claim id=(pair.id("claim")) { (sentence(&told)) }
                p.verdict { span data-tag { (tag_of(told.kind)) } " " span.muted data-say="why" { (told.why) } }
                p.fine { (rule(pair, figure, &told)) }
                div.kinds hidden { @for kind in Kind::ALL { span data-kind=(kind.as_str()) { (tag_of(kind)) } } }
            }
            div.fig {
                h2.h3 { "Difference, B less A " small { "points, 95 % interval over problems, paired; shaded: the margin" } }
                (ladder(pair, figure))
            }
        }
    }
}

/// The claim, of which the script replaces what is told of another point.
fn sentence(told: &Told) -> Markup {
    html! {
        span data-say="before" { (told.before) } b data-say="cost" { (told.cost) } ", " span.ab.A { "A" } " "
        span data-known hidden[told.missing.is_some()] {
            "solves " b data-say="a" { (told.a) } " of " span data-say="of" { (told.of) } " and " span.ab.B { "B" } " solves " b.rep data-say="b" { (told.b) }
            ". Difference " b data-say="delta" { (told.delta) } " " span.ci data-say="interval" { (told.interval) } "."
        }
        @if let Some(why) = &told.missing { "and " span.ab.B { "B" } " cannot be compared: " (why) "." }
    }
}

/// A verdict in a word, with its sign.
fn tag_of(kind: Kind) -> Markup {
    match kind {
        Kind::Better => tag("better", "B is better"),
        Kind::NoWorse => tag("better", "B is no worse"),
        Kind::Worse => tag("worse", "B is worse"),
        Kind::Undecided => tag("undecided", "Undecided"),
        Kind::Unknown => tag("undecided", "Not known"),
    }
}

pub(super) fn told_p(p: f64) -> String {
    if p < 0.000_1 { "< 0.0001".to_owned() } else { fixed(p, 4) }
}

fn rule(pair: &Pair<'_>, figure: &PairedFigure, told: &Told) -> Markup {
    html! {
        span data-say="shape" { (told.shape) }
        @if figure.subject.equal.is_some() {
            span data-by-rule { "The budget is picked by rule and not by result: the largest of A\u{2019}s curve at which the difference has an interval. " }
        }
        span data-by-reader hidden { "You picked this point. " button.link type="button" data-back { "Back to the one that the rule picks" @if !told.cost.is_empty() { ": " (told.cost) } } ". " }
        "Both runs on the same " span data-say="problems" { (told.problems) } " problems, " (crate::glossary::term("interval", "resampled together"))
        @if let Some(by) = pair.clustered_by { ", those that belong together by " (shown(by)) " as one" }
        "; " span data-say="counts" { (told.counts) } "."
    }
}

pub(super) fn shape(n_f: u32, n_r: u32) -> String {
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
    html! { (PreEscaped(whisker_of(figure.delta.value.value().copied(), figure.delta.interval.value(), reach, on, Some(MARGIN)))) }
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
    let groups = pair.groups();
    let row = |name: &Markup, of: &PairedFigure, group: Option<usize>| {
        let on = group.is_some() && of.subject.group == figure.subject.group;
        let interval = of.delta.interval.value();
        html! {
            tr.on[on] data-row data-group=[group] data-delta=[of.delta.value.value()] data-low=[interval.map(|of| of.low)] data-high=[interval.map(|of| of.high)] {
                th scope="row" { (name) } td.plotcell { (drawn(of, reach, on)) } td.v { (difference(of)) }
            }
        }
    };
    let name = |of: &PairedFigure, place: usize| {
        html! { button.pick type="button" data-pick-group=(place) aria-pressed=(if of.subject.group == figure.subject.group { "true" } else { "false" }) { (shown(&of.subject.group)) " " span.dim { (of.problems) } } }
    };
    html! {
        table.ladder data-ladder data-margin=(MARGIN) {
            caption.sr { "Difference of B from A" }
            tbody {
                tr.grp { th colspan="3" scope="rowgroup" data-say="metric" { (Told::of(figure).metric) } }
                @for of in &by_group {
                    @let place = groups.iter().position(|group| *group == of.subject.group).unwrap_or(0);
                    @if figure.subject.equal.is_some() && groups.len() > 1 { (row(&name(of, place), of, Some(place))) }
                    @else { (row(&html! { (shown(&of.subject.group)) " " span.dim { (of.problems) } }, of, Some(place))) }
                }
            }
            @if !others.is_empty() {
                tbody {
                    tr.grp { th colspan="3" scope="rowgroup" { "Other figures, all problems" } }
                    @for of in &others { (row(&html! { span.muted { (metric_words(of)) } }, of, None)) }
                }
            }
        }
    }
}

/// What this comparison can show, and what would settle it.
pub(super) fn settle(pair: &Pair<'_>) -> Markup {
    let Some(figure) = pair.headline() else { return html! {} };
    let told = Told::of(figure);
    let [mde, mde_why, no_worse, itself, two] = &told.settle;
    html! {
        dl.kpis.few data-settle hidden[!told.settles] {
            div { dt { "Smallest difference that " span data-say="problems" { (told.problems) } " problems would show (MDE)" }
                dd { span data-say="settle0" { (mde) } small data-say="settle1" { (mde_why) } } }
            div { dt { "To show B no worse, by the margin of " (fixed(MARGIN * 100.0, 1)) " points" }
                dd { span data-say="settle2" { (no_worse) } small { "if the difference stays as it is" } } }
            div { dt { "To show " span data-say="delta" { (told.delta) } " itself" } dd { span data-say="settle3" { (itself) } small { "if the difference stays as it is" } } }
            div { dt { "To show a difference of 2 points" } dd { span data-say="settle4" { (two) } small { "8 times in 10" } } }
        }
    }
}
