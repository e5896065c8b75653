//! Two runs, or one against several, as one self-contained page: `compare.html`.
//!
//! [`compare_page`] yields it from a comparison that `mend-metrics` worked out, [`compare_served`] the same for a server.
//! All of it is written here as HTML and SVG: the script (`assets/compare.js`) shows and hides, sorts and filters what
//! stands there, and puts the words about another point into their places.

mod answer;
mod curve;
mod flips;
mod problems;
mod settings;
mod told;

use crate::block::compressed;
use crate::page::section;
use crate::shell::{self, Script, Served};
use crate::text::shown;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use maud::{Markup, PreEscaped, html};
use mend_core::Node;
use mend_metrics::{
    Comparison, CostAxis, Metric, PairOfRuns, PairedFigure, ProgramPlace, RunLabels, TokenDefinition, TreeOfBoth,
};
use mend_report::Compared;
use std::collections::BTreeMap;

/// What a page of a comparison is made of.
#[derive(Debug, Clone, Copy)]
pub struct CompareInput<'a> {
    /// The figures, where the runs lie, and what differs.
    pub compared: Compared<'a>,
    /// Where the report of each run is: the first run's, then those of the others; `None` for one without.
    pub links: &'a [Option<String>],
    /// Programs of problems that flipped, of the first run and then of the others, as far as they were read.
    pub programs: &'a [BTreeMap<ProgramPlace, ShownProgram>],
    /// The same runs with other numbers of repairs of each failing program, from the fewest on: of these only the figures
    /// at equal cost are looked at.
    pub shapes: &'a [(u32, Comparison)],
    /// Tables of the comparison by their names, which the page offers as downloads.
    pub files: &'a [(&'static str, Vec<u8>)],
}

/// A program as the page shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShownProgram {
    /// Its text; `None` if it has none, or the journal does not hold it.
    pub text: Option<String>,
    /// How it fared, in a word; empty if it was not judged.
    pub status: String,
    /// Its first failing test in a line; `None` if it passes.
    pub failure: Option<String>,
}

impl ShownProgram {
    /// A node's program, with how it fared.
    pub fn of(node: &Node) -> Self {
        let candidate = node.candidate.as_ref();
        let status = match (node.verdict(), node.unscored()) {
            (Some(verdict), _) => verdict.status.as_str().replace('_', " "),
            (None, Some(why)) => format!("unscored ({why})"),
            (None, None) => String::new(),
        };
        Self {
            text: candidate.and_then(|candidate| candidate.program.body()).map(ToString::to_string),
            status,
            failure: node.verdict().and_then(mend_report::first_failure),
        }
    }
}

const MORE_STYLE: &str = include_str!("../../assets/compare.css");

/// Bytes of programs and changes that a page holds at most.
const MOST_PROGRAMS: usize = 8_000_000;

/// Characters of a table, compressed and encoded, up to which the page holds it.
const MOST_TABLE: usize = 1_000_000;

/// Programs of a run, by their places.
type Programs = BTreeMap<ProgramPlace, ShownProgram>;

/// One pair of runs, for the parts of its section.
#[derive(Clone, Copy)]
struct Pair<'a> {
    a: &'a RunLabels,
    of: &'a PairOfRuns,
    /// Where the reports are.
    links: (Option<&'a str>, Option<&'a str>),
    differences: &'a [String],
    programs: (Option<&'a Programs>, Option<&'a Programs>),
    /// The same two runs with other numbers of repairs.
    others: &'a [(u32, Comparison)],
    /// Which of the pairs it is.
    place: usize,
    /// What the ids of this pair begin with: nothing for the first.
    key: &'a str,
    clustered_by: Option<&'a str>,
}

impl<'a> Pair<'a> {
    fn id(&self, name: &str) -> String {
        format!("{}{name}", self.key)
    }

    /// The rows over all problems or one difficulty.
    fn figures(&self, group: &'a str) -> impl Iterator<Item = &'a PairedFigure> + use<'a> {
        self.of.figures.iter().filter(move |figure| figure.subject.group == group)
    }

    /// How many repairs, or critiques, of a failing program the run with more of them has collected.
    fn n_f(&self) -> u32 {
        let equal = self.of.figures.iter().filter_map(|figure| figure.subject.equal.as_ref());
        equal.map(|equal| equal.shape_a.n_f.max(equal.shape_b.n_f)).max().unwrap_or(0)
    }

    /// The pair by its number of repairs, from the fewest on.
    fn shapes(&self) -> Vec<(u32, &'a PairOfRuns)> {
        let own = self.n_f();
        let others = self.others.iter().filter(|(n_f, _)| *n_f != own);
        let mut shapes: Vec<(u32, &PairOfRuns)> =
            others.filter_map(|(n_f, comparison)| Some((*n_f, comparison.pairs.get(self.place)?))).collect();
        shapes.push((own, self.of));
        shapes.sort_by_key(|(n_f, _)| *n_f);
        shapes
    }

    /// The tree by which problems are drawn first: that of the claim where it names one, else the largest that both runs
    /// have.
    fn tree(&self) -> Option<&'a TreeOfBoth> {
        let claimed = self.headline().and_then(|figure| figure.subject.equal.as_ref()?.n_p);
        let found = self.of.trees.iter().find(|tree| Some(tree.n_p) == claimed);
        found.or(self.of.trees.last())
    }

    /// `all`, then each difficulty.
    fn groups(&self) -> Vec<&'a str> {
        let mut groups: Vec<&str> = vec![];
        for figure in &self.of.figures {
            if !groups.contains(&figure.subject.group.as_str()) {
                groups.push(&figure.subject.group);
            }
        }
        groups
    }

    /// What the page claims: the figure that the comparison is about, and where that is pass@1 and trees are compared at
    /// equal tokens too, those at the largest cost that has an interval.
    fn headline(&self) -> Option<&'a PairedFigure> {
        let first = self.of.figures.first()?;
        let tokens = |figure: &&PairedFigure| matches!(figure.subject.metric, Metric::PassAtT(CostAxis::Tokens(definition)) if definition != TokenDefinition::Dollars);
        let rows: Vec<&PairedFigure> = match first.subject.metric {
            Metric::PassAtK(1) => self.figures("all").filter(tokens).collect(),
            Metric::PassAtT(_) => {
                self.figures("all").filter(|figure| figure.subject.metric == first.subject.metric).collect()
            }
            _ => return Some(first),
        };
        let with_interval = rows.into_iter().rfind(|figure| figure.delta.interval.value().is_some());
        Some(with_interval.unwrap_or(first))
    }

    /// The same figure of another group.
    fn like(&self, figure: &PairedFigure, group: &str) -> Option<&'a PairedFigure> {
        let same = |other: &&PairedFigure| {
            let at =
                |figure: &PairedFigure| figure.subject.equal.as_ref().map(|equal| (equal.n_p, equal.cost.to_bits()));
            let n_p = |figure: &PairedFigure| figure.subject.equal.as_ref().and_then(|equal| equal.n_p);
            other.subject.group == group
                && other.subject.metric == figure.subject.metric
                && (at(other) == at(figure) || n_p(figure).is_some() && n_p(other) == n_p(figure))
        };
        self.of.figures.iter().find(same)
    }
}

/// The page as a file. Its bytes are a function of the input alone.
pub fn compare_page(input: &CompareInput<'_>) -> String {
    let (title, body) = page(input, &html! { a.brand href="#result" { "mend" i { "bench" } } });
    shell::file(&title, MORE_STYLE, &body, &Script::compare())
}

/// The same for a server of all runs.
pub fn compare_served(input: &CompareInput<'_>) -> Served {
    let back = html! { a.brand href="/" { "mend" i { "bench" } } a.up href="/" { "All runs" } };
    let (title, body) = page(input, &back);
    shell::served_with(&title, MORE_STYLE, None, &body, Some(&Script::compare()))
}

fn page(input: &CompareInput<'_>, brand: &Markup) -> (String, Markup) {
    let comparison = input.compared.comparison;
    let keys: Vec<String> = (0..comparison.pairs.len())
        .map(|place| if place == 0 { String::new() } else { format!("b{}-", place + 1) })
        .collect();
    let mut room = MOST_PROGRAMS;
    let pairs: Vec<Pair<'_>> = comparison
        .pairs
        .iter()
        .zip(&keys)
        .enumerate()
        .map(|(place, (of, key))| Pair {
            a: &comparison.a,
            of,
            links: (link(input, 0), link(input, place + 1)),
            differences: input.compared.differences.get(place).map_or(&[][..], Vec::as_slice),
            programs: (input.programs.first(), input.programs.get(place + 1)),
            others: input.shapes,
            place,
            key,
            clustered_by: comparison.clustered_by.as_deref(),
        })
        .collect();
    let title = title(&pairs);
    let sections: Vec<Markup> = pairs.iter().map(|pair| one_pair(pair, &mut room)).collect();
    let tables: Vec<(&str, String)> = input
        .files
        .iter()
        .map(|(name, bytes)| (*name, STANDARD.encode(compressed(bytes))))
        .filter(|(_, packed)| packed.len() <= MOST_TABLE)
        .collect();
    let is_simulated = comparison.a.simulated || comparison.pairs.iter().any(|pair| pair.b.simulated);
    let body = html! {
        a.skip href="#result" { "Skip to the result" }
        header.top { div {
            (brand) span.runid title=(title) { (title) }
            nav aria-label="Sections" #nav {
                @if pairs.len() == 1 {
                    a href="#result" { "Result" } a href="#curve" { "Cost" } a href="#metrics" { "Metrics" }
                    a href="#problems" { "Problems" } a href="#settings" { "Settings" } a href="#glossary" { "Words" }
                } @else {
                    @for (place, pair) in pairs.iter().enumerate() { a href=(format!("#{}", pair.id("result"))) { "A and B" (place + 1) } }
                    a href="#glossary" { "Words" }
                }
            }
            button.icon type="button" #theme aria-label="Change the theme" title="Theme (t)" { "\u{25d1}" }
            button.icon type="button" #help aria-label="Keys" title="Keys (?)" { "?" }
        } }
        main #compare data-title=(title) data-simulated[is_simulated] {
            @for section in &sections { (section) }
            @if !tables.is_empty() {
                (section("tables", "Tables", &html! { p { "All figures and all flips of this comparison, as " code { "mend compare --out" } " writes them." } }, &html! {
                    div.files { @for (name, _) in &tables { button type="button" data-file=(name) { (name) } } }
                }))
            }
            (section("glossary", "Words", &html! { p { "What the words of this page mean." } }, &crate::glossary::section()))
        }
        dialog #keys aria-labelledby="h-keys" { (keys_of_the_page()) }
        @for (name, packed) in &tables { script id=(format!("csv:{name}")) type="application/gzip" { (PreEscaped(packed)) } }
    };
    (title, body)
}

fn link<'a>(input: &CompareInput<'a>, place: usize) -> Option<&'a str> {
    input.links.get(place).and_then(Option::as_deref)
}

fn title(pairs: &[Pair<'_>]) -> String {
    let Some(first) = pairs.first() else { return "Comparison".to_owned() };
    let others: Vec<String> = pairs.iter().map(|pair| shown(&pair.of.b.id)).collect();
    format!("{} \u{2192} {}", shown(&first.a.id), others.join(", "))
}

fn one_pair(pair: &Pair<'_>, room: &mut usize) -> Markup {
    let id = |name: &str| pair.id(name);
    html! {
        div.pair data-key=(pair.key) {
            section.band.result id=(id("result")) aria-labelledby=(id("claim")) {
                header { (answer::who(pair)) }
                div { (answer::warnings(pair)) (answer::hero(pair)) (answer::settle(pair)) }
            }
            (section(&id("curve"), "At equal cost", &curve::notes(), &curve::section(pair)))
            (section(&id("metrics"), "Every figure", &settings::notes(pair), &settings::metrics(pair)))
            (section(&id("problems"), "Problem by problem", &problems::notes(), &problems::section(pair, room)))
            (section(&id("settings"), "What differs", &html! { p { "Settings that decide numbers and are not the same in both runs, and where they ran." } }, &settings::differences(pair)))
        }
    }
}

fn keys_of_the_page() -> Markup {
    let parts: [(&str, &[(&str, &str)]); 3] = [
        ("Everywhere", &[("?", "these keys"), ("t", "light or dark"), ("/", "filter the problems")]),
        ("Plot", &[("\u{2190} \u{2192}", "less, more cost"), ("Home End", "the least, the most")]),
        (
            "List of problems",
            &[
                ("j k", "next, previous row"),
                ("Enter", "both programs and what differs"),
                ("Esc", "close it again"),
                ("a b", "the report of that run"),
            ],
        ),
    ];
    html! {
        h2 #h-keys { "Keys" }
        @for (title, keys) in parts {
            h3 { (title) }
            dl { @for (key, words) in keys { dt { @for key in key.split(' ') { kbd { (key) } " " } } dd { (words) } } }
        }
        p.note { button.icon type="button" #close-keys { "Close" } }
    }
}

/// A metric in words.
fn metric_words(figure: &PairedFigure) -> String {
    match (figure.subject.metric, &figure.subject.equal) {
        (Metric::PassAtT(axis), Some(equal)) => format!("pass@t at {}", cost_words(equal.cost, axis)),
        (Metric::PassAtT(axis), None) => format!("pass@t at equal {}", axis_words(axis)),
        (Metric::Submission, _) => "handed in and right".to_owned(),
        (metric, _) => metric.to_string(),
    }
}

/// A mean cost with its unit.
fn cost_words(cost: f64, axis: CostAxis) -> String {
    match axis {
        CostAxis::Tokens(TokenDefinition::Dollars) => amount(cost, axis),
        _ => format!("{} {}", amount(cost, axis), axis_words(axis)),
    }
}

/// A mean cost without its unit.
fn amount(cost: f64, axis: CostAxis) -> String {
    match axis {
        CostAxis::Tokens(TokenDefinition::Dollars) => format!("${}", crate::number::fixed(cost, 5)),
        CostAxis::Tokens(_) => crate::number::grouped(cost),
        CostAxis::Programs | CostAxis::Calls => crate::number::fixed(cost, 2),
    }
}

/// What a cost counts.
fn axis_words(axis: CostAxis) -> &'static str {
    match axis {
        CostAxis::Tokens(TokenDefinition::Billed) => "tokens",
        CostAxis::Tokens(TokenDefinition::Completion) => "output tokens",
        CostAxis::Tokens(TokenDefinition::Paper) => "tokens by the paper\u{2019}s count",
        CostAxis::Tokens(TokenDefinition::Dollars) => "dollars",
        CostAxis::Programs => "programs",
        CostAxis::Calls => "calls",
    }
}

#[cfg(test)]
mod tests;
