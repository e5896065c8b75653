//! One run as one self-contained page of HTML, and its plots as files.
//!
//! [`page()`] yields `report.html`: style, script and data are in it, nothing is loaded from anywhere, and the same run
//! gives the same bytes. [`plots`] yields the same drawings as SVG. Nothing here computes a figure: those come from
//! `mend-metrics` ([`mend_metrics::summarize`] and [`mend_metrics::drawn`]), and the rule of the headline from
//! `mend-report`. The script and the style are files in `assets/`; a tree's data ([`tree_json`]) are the same whether they
//! stand in a page or are served. [`compare_page`] is the page of runs against each other. What a server shows of a run and beside runs is [`Parts`] and [`shelf()`].

mod compare;
mod page;

mod beside;
mod found;
mod kept;
mod parts;
mod shelf;
mod shell;

mod card;
mod claim;
mod curve;
mod groups;
mod head;
mod list;
mod map;
mod sampling;
mod verdicts;

mod block;
mod changes;
mod data;
mod highlight;
mod lens;

mod glossary;
mod marks;
mod number;
mod svg;
mod text;

pub use beside::beside;
pub use compare::{CompareInput, ShownProgram, compare_page, compare_served};
pub use found::{SEARCHED, search};
pub use parts::{Headline, Parts, Rate};
pub use shelf::{Shelved, address, progress, refusal, segment, shelf, shelf_rows};
pub use shell::Served;
pub use text::shown;

use mend_core::{RepairTree, RunManifest};
use mend_metrics::{Drawn, Summary};

/// What a page is made of.
#[derive(Debug, Clone, Copy)]
pub struct Input<'a> {
    /// The run.
    pub manifest: &'a RunManifest,
    /// Its trees, with whatever texts were read.
    pub trees: &'a [RepairTree],
    /// Its usual figures.
    pub summary: &'a Summary,
    /// What is drawn beside them.
    pub drawn: &'a Drawn,
    /// The tables of the run's folder by their names, which the page offers as downloads.
    pub files: &'a [(String, Vec<u8>)],
}

/// A page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Html {
    /// The whole file.
    pub html: String,
    /// What of the trees did not fit, in words; `None` if all is there.
    pub left_out: Option<&'static str>,
}

/// The page of a run. Its bytes are a function of the input alone.
pub fn page(input: &Input<'_>) -> Html {
    let page::Page { html, detail } = page::page(input);
    let left_out = match detail {
        block::Detail::Full => None,
        block::Detail::FailingAnswers => Some("the answers of programs that pass"),
        block::Detail::NoPrompts => Some("the prompts, and the answers of programs that pass"),
        block::Detail::NoTrees => Some("the trees with all their texts"),
    };
    Html { html, left_out }
}

/// A drawing as a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plot {
    /// The file's name.
    pub name: &'static str,
    /// The drawing.
    pub svg: String,
}

/// Names of all files that [`plots`] may yield.
pub const PLOT_NAMES: [&str; 7] = [
    "curve.svg",
    "map.svg",
    "difficulty.svg",
    "pass_at_k.svg",
    "statuses.svg",
    "repair_success.svg",
    "tokens_by_seat.svg",
];

/// The plots of a run, as far as it has what they show.
pub fn plots(input: &Input<'_>) -> Vec<Plot> {
    let Input { summary, drawn, .. } = *input;
    let lens = lens::Lens::of(summary, drawn);
    let lens = lens.as_ref();
    let drawings = [
        ("curve.svg", lens.map(|lens| curve::plot(drawn, lens, 860.0)), "Pass rate against cost"),
        ("map.svg", lens.map(|lens| map::drawing(drawn, lens)), "Difference from plain sampling by tree"),
        ("difficulty.svg", lens.map(|lens| groups::drawing(summary, drawn, lens)), "By difficulty"),
        ("pass_at_k.svg", Some(sampling::plot(summary, 860.0)), "pass@k"),
        ("statuses.svg", Some(verdicts::statuses_drawing(summary)), "Programs by status"),
        ("repair_success.svg", (!drawn.success.is_empty()).then(|| verdicts::repairs_drawing(drawn)), "Repair success"),
        ("tokens_by_seat.svg", (!drawn.seats.is_empty()).then(|| verdicts::seats_drawing(drawn)), "Tokens by seat"),
    ];
    let simulated = if summary.run.simulated { " (simulated models)" } else { "" };
    let title = |words: &str| format!("{words}: {}{simulated}", text::shown(&summary.run.id));
    drawings
        .into_iter()
        .filter_map(|(name, svg, words)| Some(Plot { name, svg: svg::standalone(&svg?, &title(words)) }))
        .collect()
}

/// What the script reads of one tree, as JSON: all of its nodes and texts.
pub fn tree_json(manifest: &RunManifest, tree: &RepairTree) -> String {
    block::json(manifest, tree)
}
