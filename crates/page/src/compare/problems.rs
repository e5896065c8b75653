//! The problems of both runs: what each handed in, how often each solves them, and both programs where they differ.

use super::{Pair, flips};
use crate::number::{coordinate, count, points};
use crate::svg::Drawing;
use crate::text::shown;
use maud::{Markup, PreEscaped, html};
use mend_metrics::{OfBoth, PairOfRuns, RunFlip, TreeOfBoth, mcnemar};
use std::collections::BTreeMap;

/// Problems times numbers of repairs up to which a page holds the rates of every tree.
const MOST_TREES: usize = 3_000;

/// Rows that a page has at most.
const MOST_ROWS: usize = 5_000;

pub(super) fn notes() -> Markup {
    html! {
        p { "The same tree in both runs: hollow is A, filled is B, and the line between is what changed. Blue: B solves it more often. Orange: less. A grey dot: equal." }
        p { "The square counts what each run " (crate::glossary::term("handed in", "handed in")) ". Choose a field to list those problems." }
        p { "Open a problem that differs to see a program of either run." }
    }
}

/// What both runs handed in of a problem: whether each is right, where each has one tree or all its trees end alike.
fn fate(of: &OfBoth) -> Option<(bool, bool)> {
    let sure = |share: Option<f64>| share.filter(|share| *share == 0.0 || *share == 1.0).map(|share| share > 0.5);
    Some((sure(of.submission.0)?, sure(of.submission.1)?))
}

fn word(of: &OfBoth) -> &'static str {
    match fate(of) {
        Some((true, true)) => "both",
        Some((true, false)) => "only-a",
        Some((false, true)) => "only-b",
        Some((false, false)) => "neither",
        None => "mixed",
    }
}

pub(super) fn section(pair: &Pair<'_>, room: &mut usize) -> Markup {
    let problems = &pair.of.problems;
    let number = |wanted: &str| problems.iter().filter(|of| word(of) == wanted).count() as u64;
    let (only_a, only_b, mixed) = (number("only-a"), number("only-b"), number("mixed"));
    let mut by_problem: BTreeMap<&str, &RunFlip> = BTreeMap::new();
    for flip in &pair.of.flips {
        // What was handed in says more than a first program.
        by_problem.insert(flip.problem.as_str(), flip);
    }
    let tree = pair.tree();
    let change = |place: usize, of: &OfBoth| of_tree(tree, place, of).map_or(0.0, |(a, b)| b - a);
    let handed = |of: &OfBoth| of.submission.0.zip(of.submission.1).map_or(0.0, |(a, b)| b - a);
    let mut rows: Vec<(usize, &OfBoth)> = problems.iter().enumerate().collect();
    rows.sort_by(|(x, one), (y, other)| {
        change(*y, other).total_cmp(&change(*x, one)).then(handed(other).total_cmp(&handed(one)))
    });
    let shapes = pair.shapes();
    // Of very many problems the page holds one tree.
    let shapes = if rows.len() * shapes.len() > MOST_TREES { vec![] } else { shapes };
    let words = |n_p: u32, n_f: u32| format!("Solved by trees with n_p {n_p}, n_f {n_f}; 0 to 100 %");
    let drawn =
        tree.map_or_else(|| "First programs that pass, 0 to 100 %".to_owned(), |tree| words(tree.n_p, pair.n_f()));
    let left_out = rows.len().saturating_sub(MOST_ROWS);
    if left_out > 0 {
        // Those that differ most are at both ends.
        rows.drain(MOST_ROWS / 2..MOST_ROWS / 2 + left_out);
    }
    let field = |fate: &str, class: &str, what: &str| {
        html! { td { button type="button" class=(class) data-fate=(fate) aria-pressed="false" { (number(fate)) small { (what) } } } }
    };
    let mut without = 0_u64;
    let items: Vec<Markup> = rows
        .iter()
        .map(|(place, of)| {
            let flip = by_problem.get(of.problem.as_str()).copied();
            let body = flip.map(|flip| flips::body(pair, flip).into_string()).and_then(|body| {
                let fits = body.len() <= *room;
                *room -= if fits { body.len() } else { 0 };
                without += u64::from(!fits);
                fits.then_some(body)
            });
            item(*place, of, of_tree(tree, *place, of), &rates(&shapes, *place), body.as_deref())
        })
        .collect();
    html! {
        div.square {
            div {
                h3.h3 { "What was handed in" }
                table.mc {
                    thead { tr { td {} th scope="col" { "B solves" } th scope="col" { "B does not" } } }
                    tbody {
                        tr { th scope="row" { "A solves" } (field("both", "", "both")) (field("only-a", "loss", "only A")) }
                        tr { th scope="row" { "A does not" } (field("only-b", "gain", "only B")) (field("neither", "", "neither")) }
                    }
                }
            }
            div {
                p.note {
                    (count(only_a + only_b)) " problems differ, " (count(only_b)) " of them for B"
                    @if only_a + only_b > 0 { ": sign test p " (super::answer::told_p(mcnemar(only_a as u32, only_b as u32))) }
                    ". It uses what each run handed in; the intervals above use all that was collected."
                    @if mixed > 0 { " " (count(mixed)) " problems have trees that end differently, or one that is not scored: they are in no field." }
                }
                @if without > 0 { p.note { "The programs of " (count(without)) " problems are left out: the page would be too large. " code { "mend show" } " shows them." } }
                @if left_out > 0 { p.note { (count(left_out as u64)) " problems that differ little are left out of the list. " code { "compare_flips.csv" } " has all that differ." } }
            }
        }
        div.filter {
            div.search { label.sr for=(pair.id("q")) { "Filter problems" } input id=(pair.id("q")) type="search" autocomplete="off" spellcheck="false" placeholder="sort difficulty:easy fate:only-b"; kbd aria-hidden="true" { "/" } }
            label.sorted { "Sort by " select data-sort { option value="change" { "difference" } option value="fewest" { "difference, A first" } option value="id" { "problem" } option value="group" { "difficulty" } option value="a" { "solved by A" } option value="b" { "solved by B" } } }
            span.count role="status" {}
        }
        @if let Some(tree) = tree.filter(|_| !shapes.is_empty()) {
            div.lens.trees data-n-p=(tree.n_p) data-n-f=(pair.n_f()) data-words=(words(0, 0).replace("n_p 0", "n_p {p}").replace("n_f 0", "n_f {f}")) {
                fieldset { legend { "First programs" } div.seg { @for of in pair.of.trees.iter().filter(|of| of.n_p <= 10 || [20, 25, 50, 100].contains(&of.n_p) || of.n_p == tree.n_p) {
                    label { input type="radio" name=(pair.id("np")) data-pick="np" value=(of.n_p) checked[of.n_p == tree.n_p]; span { (of.n_p) } }
                } } }
            }
        }
        div.plist {
            div.prow.head aria-hidden="true" { span { "Problem" } span { "Difficulty" } span { "Handed in" } span data-tree[!shapes.is_empty()] { (drawn) } span.num { "A, %" } span.num { "B, %" } span.num { "B less A" } }
            @for item in &items { (item) }
            p.empty hidden { "No problem fits. " button.link type="button" data-clear { "Clear the filter" } }
        }
    }
}

/// How often both runs solve a problem: by trees, or where there are none by first programs.
fn of_tree(tree: Option<&TreeOfBoth>, place: usize, of: &OfBoth) -> Option<(f64, f64)> {
    match tree {
        Some(tree) => tree.rates.get(place).copied().flatten(),
        None => of.first.0.zip(of.first.1),
    }
}

/// A problem's rates in thousandths, of A and B by turns for one first program, two and so on: by the number of repairs.
fn rates(shapes: &[(u32, &PairOfRuns)], place: usize) -> String {
    let of_tree = |tree: &TreeOfBoth| match tree.rates.get(place).copied().flatten() {
        Some((a, b)) => format!("{} {}", coordinate(a * 1000.0), coordinate(b * 1000.0)),
        None => "- -".to_owned(),
    };
    let of_shape = |(n_f, of): &(u32, &PairOfRuns)| {
        let trees: Vec<String> = of.trees.iter().map(of_tree).collect();
        format!("{n_f}:{}", trees.join(" "))
    };
    shapes.iter().map(of_shape).collect::<Vec<_>>().join(";")
}

fn item(place: usize, of: &OfBoth, both: Option<(f64, f64)>, rates: &str, body: Option<&str>) -> Markup {
    let (a, b) = (both.map(|(a, _)| a), both.map(|(_, b)| b));
    let delta = a.zip(b).map(|(a, b)| b - a);
    let handed = of.submission.0.zip(of.submission.1).map_or(0.0, |(a, b)| b - a);
    let share = |share: Option<f64>| share.map_or_else(|| "\u{2013}".to_owned(), crate::number::percent);
    let hand = |share: Option<f64>| match share {
        None => "not scored",
        Some(1.0) => "right",
        Some(0.0) => "wrong",
        Some(_) => "some right",
    };
    let (hand_a, hand_b) = (hand(of.submission.0), hand(of.submission.1));
    let class = match handed.total_cmp(&0.0) {
        std::cmp::Ordering::Greater => "gain",
        std::cmp::Ordering::Less => "loss",
        std::cmp::Ordering::Equal => "",
    };
    let group = of.group.as_deref().unwrap_or_default();
    let number = |value: Option<f64>| value.map(coordinate_of).unwrap_or_default();
    let cells = html! {
        span.pid { (shown(of.problem.as_str())) }
        span.muted { (shown(group)) }
        span class=(format!("hand {class}")) { @if hand_a == hand_b { (hand_a) " in both" } @else { (hand_a) " \u{2192} " (hand_b) } }
        span.strip { (PreEscaped(dumbbell(a, b))) }
        span.num { (share(a)) } span.num { (share(b)) }
        span.num { b { (delta.map_or_else(|| "\u{2013}".to_owned(), points)) } }
    };
    html! {
        div.item data-i=(place) data-id=(shown(of.problem.as_str()).to_lowercase()) data-group=(group.to_lowercase()) data-fate=(word(of)) data-a=(number(a)) data-b=(number(b)) data-change=(coordinate_of(delta.unwrap_or(0.0) * 1000.0 + handed)) data-handed=(coordinate(handed)) data-rates=[Some(rates).filter(|rates| !rates.is_empty())] {
            @match body {
                Some(body) => { details { summary.prow { (cells) } div.opened { (PreEscaped(body)) } } }
                None => { div.prow.plain { (cells) } }
            }
        }
    }
}

fn coordinate_of(value: f64) -> String {
    coordinate(value * 100.0)
}

/// Both shares on one line from 0 to 100 %.
fn dumbbell(a: Option<f64>, b: Option<f64>) -> String {
    let (width, height) = (160.0, 16.0);
    let at = |share: f64| 8.0 + share * (width - 16.0);
    let mut drawing = Drawing::default();
    drawing.line([8.0, 8.0, width - 8.0, 8.0], "var(--rule)", &[]);
    if let (Some(a), Some(b)) = (a, b) {
        let colour = if b > a {
            "var(--good)"
        } else if b < a {
            "var(--bad)"
        } else {
            "var(--base)"
        };
        if a == b {
            drawing.circle((at(a), 8.0), 3.4, &[("fill", colour)]);
        } else {
            drawing.line([at(a), 8.0, at(b), 8.0], colour, &[("stroke-width", "2")]);
            drawing.circle((at(a), 8.0), 3.8, &[("fill", "var(--bg)"), ("stroke", colour), ("stroke-width", "1.6")]);
            drawing.circle((at(b), 8.0), 4.2, &[("fill", colour)]);
        }
    }
    drawing.finish(width, height, "", "").replace(" role=\"img\" aria-label=\"\"", " aria-hidden=\"true\"")
}
