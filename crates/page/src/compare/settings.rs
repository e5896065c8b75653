//! Every figure of a pair as a table, and the settings that differ.

use super::answer::{difference, drawn, reach, told_p};
use super::{Pair, metric_words};
use crate::number::{count, fixed, percent_or_dash};
use crate::text::shown;
use maud::{Markup, html};
use mend_metrics::{Figure, PairedFigure};

pub(super) fn notes(pair: &Pair<'_>) -> Markup {
    html! {
        p { "B less A in points, paired by problem. p says how often swapping the runs on single problems leads as far from zero." }
        p { "Holm corrects p for all rows but the first of the comparison. Intervals are not corrected." }
        @if pair.clustered_by.is_some() { p { "Clusters: problems that belong together are resampled and swapped as one. The design effect is the squared ratio of both standard errors." } }
    }
}

pub(super) fn metrics(pair: &Pair<'_>) -> Markup {
    let groups = pair.groups();
    html! {
        @for (place, group) in groups.iter().enumerate() {
            @let rows: Vec<&PairedFigure> = pair.figures(group).collect();
            @let reach = reach(rows.iter().copied());
            @let table = html! {
                div.scroll tabindex="0" role="region" aria-label=(format!("Figures over {}", if *group == "all" { "all problems".to_owned() } else { shown(group) })) {
                    table.tbl.figs {
                        thead { tr {
                            th scope="col" { "Figure" } th.num scope="col" { "A, %" } th.num scope="col" { "B, %" } th.hide-s scope="col" { span.sr { "Drawn" } } th.num scope="col" { "B less A" }
                            th.num scope="col" { "p" } th.num scope="col" { "Holm" } th.num scope="col" { "better / worse" } th.num scope="col" { "MDE" }
                            @if pair.clustered_by.is_some() { th.num scope="col" { "clusters" } th.num scope="col" { "design effect" } }
                        } }
                        tbody { @for row in &rows { (line(pair, row, reach)) } }
                    }
                }
            };
            @if place == 0 { (table) } @else {
                details.fold { summary { b { (shown(group)) } span { (count(rows.first().map_or(0, |row| row.problems.into()))) " problems" } } (table) }
            }
        }
    }
}

fn line(pair: &Pair<'_>, row: &PairedFigure, reach: f64) -> Markup {
    let dash = || "\u{2013}".to_owned();
    let absent = row.delta.value.reason();
    html! {
        tr {
            th scope="row" { (metric_words(row)) @if let Some(n_p) = row.subject.equal.as_ref().and_then(|equal| equal.n_p) { span.dim { " n_p " (n_p) } } @if !pair.of.different.is_empty() { span.dim { " (" (pair.of.different_words()) " differs)" } } }
            @match absent {
                Some(why) => { td colspan=(if pair.clustered_by.is_some() { "10" } else { "8" }) { span.muted { "\u{2013} " (shown(why)) } } }
                None => {
                    td.num { (percent_or_dash(&row.a)) } td.num { (percent_or_dash(&row.b)) }
                    td.hide-s { (drawn(row, reach, false)) } td.num.dv { (difference(row)) }
                    td.num { (row.p.value().map_or_else(dash, |p| told_p(*p))) }
                    td.num { (row.p_holm.map_or_else(dash, told_p)) }
                    td.num { (row.better) " / " (row.worse) }
                    td.num { (points_of(&row.mde)) }
                    @if pair.clustered_by.is_some() {
                        @match &row.clustered {
                            Some(of) => { td.num { (of.clusters) } td.num { (of.design_effect.value().map_or_else(dash, |effect| fixed(*effect, 2))) } }
                            None => { td.num { "\u{2013}" } td.num { "\u{2013}" } }
                        }
                    }
                }
            }
        }
    }
}

fn points_of(figure: &Figure) -> Markup {
    match figure {
        Figure::Value(value) => html! { (fixed(value * 100.0, 1)) },
        Figure::Absent(why) => html! { span title=(shown(why)) { "\u{2013}" } },
    }
}

pub(super) fn differences(pair: &Pair<'_>) -> Markup {
    let lists = [
        ("Only in A", &pair.of.common.only_a),
        ("Only in B", &pair.of.common.only_b),
        ("Not finished in both", &pair.of.common.unfinished),
        ("Not scored in A", &pair.of.common.unscored_a),
        ("Not scored in B", &pair.of.common.unscored_b),
        ("Another statement or other tests", &pair.of.common.changed),
    ];
    html! {
        @if pair.differences.is_empty() {
            p.muted { "Nothing that decides numbers differs between A and B." }
        } @else {
            ul.differs { @for line in pair.differences {
                li { @match line.split_once(": ") {
                    Some((what, values)) => { b { (shown(what)) } " " @match values.split_once(" -> ") {
                        Some((a, b)) => { span.ab.A { "A" } " " span.mono { (shown(a)) } " " span.ab.B { "B" } " " span.mono { (shown(b)) } }
                        None => { span.mono { (shown(values)) } }
                    } }
                    None => { b { (shown(line)) } }
                } }
            } }
        }
        @for (what, ids) in lists.iter().filter(|(_, ids)| !ids.is_empty()) {
            details.fold { summary { b { (what) } span { (count(ids.len() as u64)) " problems" } } p.ids { @for id in ids.iter().take(1000) { span.mono { (shown(id.as_str())) } " " } } }
        }
    }
}
