//! The page as a whole: its sections, and what its script reads.

use crate::block::{Detail, compressed, encoded};
use crate::data::{Row, boot, rates};
use crate::lens::Lens;
use crate::parts::{Headline, Parts};
use crate::shell::{self, Script};
use crate::text::{in_script, shown};
use crate::{Input, card, claim, curve, glossary, groups, head, list, map, sampling, verdicts};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use maud::{Markup, PreEscaped, html};
use rayon::prelude::*;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The largest that a file may get before texts are left out.
const LARGEST: usize = 10_000_000;

/// What style, script and head take of it, and some more.
const OWN: usize = 250_000;

/// What tables may take of it, compressed and encoded. Those that do not fit stay beside the page.
const TABLES: usize = 2_000_000;

/// A table of more bytes is not looked at: it would not fit.
const LARGEST_TABLE: usize = 40_000_000;

/// A page and how much of the texts it holds.
pub(crate) struct Page {
    pub(crate) html: String,
    pub(crate) detail: Detail,
}

/// The page of a run.
pub(crate) fn page(input: &Input<'_>) -> Page {
    let rows = Row::all(input.manifest, input.trees);
    let lens = Lens::of(input.summary, input.drawn);
    let csvs = tables(input.files);
    let names: Vec<String> = input.files.iter().map(|(name, _)| name.clone()).collect();
    let beside: Vec<&str> =
        names.iter().map(String::as_str).filter(|name| !csvs.iter().any(|(held, _)| held == name)).collect();
    let mut boot = boot(input.summary, input.drawn, lens.as_ref(), &rows, &names, Detail::Full);
    let rates = lens.as_ref().map(|lens| STANDARD.encode(compressed(rates(input.drawn, lens).to_string().as_bytes())));
    let report = body(input, &rows, lens.as_ref(), &names, &beside).into_string();
    // Trees have what all else leaves them.
    let tables: usize = csvs.iter().map(|(_, csv)| csv.len() + 60).sum();
    let rest = report.len() + boot.to_string().len() + rates.as_ref().map_or(0, String::len) + tables;
    let (blocks, detail) = blocks(input, &rows, LARGEST.saturating_sub(OWN + rest));
    boot["cut"] = (detail as u8).into();
    let data = |id: &str, kind: &str, text: &str| html! { script id=(id) type=(kind) { (PreEscaped(text)) } };
    let body = html! {
        (PreEscaped(report))
        (data("boot", "application/json", &in_script(&boot.to_string())))
        @if let Some(rates) = &rates { (data("rates", "application/gzip", rates)) }
        @for (place, block) in blocks.iter().enumerate() { (data(&format!("t{place}"), "application/gzip", block)) }
        @for (name, csv) in &csvs { (data(&format!("csv:{name}"), "application/gzip", csv)) }
    };
    let html = shell::file(&shown(&input.summary.run.id), "", &body, &Script::report());
    Page { html, detail }
}

/// Tables that fit, compressed and encoded, in their order: the small ones first have their place.
fn tables(files: &[(String, Vec<u8>)]) -> Vec<(String, String)> {
    let fitting = files.par_iter().filter(|(_, bytes)| bytes.len() <= LARGEST_TABLE);
    let mut packed: Vec<(String, String)> =
        fitting.map(|(name, bytes)| (name.clone(), STANDARD.encode(compressed(bytes)))).collect();
    let mut lengths: Vec<usize> = packed.iter().map(|(_, csv)| csv.len()).collect();
    lengths.sort_unstable();
    let mut sum = 0;
    let most = lengths.into_iter().take_while(|length| {
        sum += length;
        sum <= TABLES
    });
    let most = most.last().unwrap_or(0);
    packed.retain(|(_, csv)| csv.len() <= most);
    packed
}

/// The page without its trees and tables, for whoever serves those one at a time.
pub(crate) fn parts(input: &Input<'_>) -> Parts {
    let rows = Row::all(input.manifest, input.trees);
    let lens = Lens::of(input.summary, input.drawn);
    let names: Vec<String> = input.files.iter().map(|(name, _)| name.clone()).collect();
    let boot = boot(input.summary, input.drawn, lens.as_ref(), &rows, &names, Detail::Full);
    Parts {
        title: shown(&input.summary.run.id),
        body: body(input, &rows, lens.as_ref(), &names, &[]).into_string(),
        boot: boot.to_string(),
        rates: lens.as_ref().map(|lens| rates(input.drawn, lens).to_string()),
        headline: Headline::of(input.summary),
    }
}

/// The trees at the most detail that fits.
fn blocks(input: &Input<'_>, rows: &[Row<'_>], room: usize) -> (Vec<String>, Detail) {
    for detail in Detail::ALL {
        if detail == Detail::NoTrees {
            break;
        }
        let sum = AtomicUsize::new(0);
        let blocks: Option<Vec<String>> = rows
            .par_iter()
            .map(|row| {
                // Once there is too much, the rest need not be made.
                if sum.load(Ordering::Relaxed) > room {
                    return None;
                }
                let block = encoded(input.manifest, row.tree, detail);
                (sum.fetch_add(block.len() + 60, Ordering::Relaxed) + block.len() <= room).then_some(block)
            })
            .collect();
        if let Some(blocks) = blocks {
            return (blocks, detail);
        }
    }
    (vec![], Detail::NoTrees)
}

pub(crate) fn section(id: &str, title: &str, notes: &Markup, content: &Markup) -> Markup {
    html! {
        section.band id=(id) aria-labelledby=(format!("h-{id}")) {
            header { h2 id=(format!("h-{id}")) { (title) } (notes) }
            div { (content) }
        }
    }
}

fn body(input: &Input<'_>, rows: &[Row<'_>], lens: Option<&Lens>, files: &[String], beside: &[&str]) -> Markup {
    let Input { manifest, summary, drawn, .. } = input;
    let run = shown(&summary.run.id);
    html! {
        a.skip href="#result" { "Skip to the result" }
        (top(&run, if lens.is_some() { "Tokens" } else { "Rates" }))
        main #report {
            section.band #result aria-labelledby="claim" {
                header { (head::facts(manifest, summary)) }
                div { (head::warnings(manifest, summary)) (claim::hero(summary, drawn, lens)) (claim::figures(summary)) }
            }
            @match lens {
                Some(lens) => { (section("curve", "Pass rate against tokens", &curve_notes(), &curve_content(input, lens)))
                    (section("difficulty", "By difficulty", &html! { p { "The same tree in each group of problems, and what plain sampling does there at the same cost." } }, &html! { div.fig { (groups::section(summary, drawn, lens)) } })) }
                None => { (section("curve", "Pass rates", &sampling::notes(summary), &sampling::content(summary))) }
            }
            (section("verdicts", "Verdicts", &html! { p { "How programs ended, what became of the failures, and where the tokens went. All that was collected, not only the tree above." } }, &html! {
                div.three {
                    div.fig #status { h3.h3 { "Programs by status" } (verdicts::statuses(summary)) }
                    @if !drawn.success.is_empty() { div.fig #trans { h3.h3 { "Repair success by the failure\u{2019}s status" } (verdicts::repairs(drawn)) } }
                    @if !drawn.seats.is_empty() { div.fig #seats { h3.h3 { "Tokens by seat" } (verdicts::seats(summary, drawn)) } }
                }
            }))
            (section("problems", "Problems", &html! {
                p { "One column of marks for each " (glossary::term("first program", "first program")) "; the small marks below it are its repairs." }
                @if lens.is_some() { p { "Gain is this problem\u{2019}s pass rate with repair less that of sampling at this problem\u{2019}s tokens. It shows where repair pays; its mean is not the headline." } }
                p { "Open a problem to see its " (glossary::term("tree", "tree")) "." }
            }, &list::section(rows, drawn, lens)))
            (section("card", "Run card", &html! { p { "The command makes the run again. Tables are those of the run\u{2019}s folder, byte for byte." } }, &card::section(manifest, files, beside)))
            (section("glossary", "Words", &html! { p { "What the words of this page mean." } }, &glossary::section()))
        }
        (end())
    }
}

/// The bar on top.
pub(crate) fn top(run: &str, rates: &str) -> Markup {
    html! {
        header.top { div {
            a.brand href="#result" { "mend" i { "bench" } } span.runid title=(run) { (run) }
            nav aria-label="Sections" #nav {
                a href="#result" { "Result" } a href="#curve" { (rates) } a href="#verdicts" { "Verdicts" }
                a href="#problems" { "Problems" } a href="#card" { "Run card" } a href="#glossary" { "Words" }
            }
            button.icon type="button" #theme aria-label="Change the theme" title="Theme (t)" { "\u{25d1}" }
            button.icon type="button" #help aria-label="Keys" title="Keys (?)" { "?" }
        } }
    }
}

/// What stands behind the report: the place of a problem, and what opens above all.
pub(crate) fn end() -> Markup {
    html! {
        main #view hidden {}
        dialog #keys aria-labelledby="h-keys" {}
        div.toast #toast role="status" hidden {}
    }
}

fn curve_notes() -> Markup {
    html! {
        p { "Each blue point is a " (glossary::term("tree", "tree")) ": " (glossary::term("n_p, n_f, n_r", "n_p")) " first programs, and if all fail n_f repairs of each. Grey is the " (glossary::term("baseline", "baseline")) ": what the same cost buys in first programs alone." }
        p { "Read the lower panel first: the difference is paired by problem, so its intervals are far narrower than the bands above." }
        p { "Pick another tree in the plot or in the map: the whole page follows." }
    }
}

fn curve_content(input: &Input<'_>, lens: &Lens) -> Markup {
    let drawn = input.drawn;
    let (header, rows) = curve::as_table(drawn, lens);
    html! {
        div.lens #lens {}
        div.two {
            figure.fig {
                div #plot tabindex="0" role="group" aria-label="Plot. Arrow keys move between trees, Enter picks one." { (PreEscaped(curve::plot(drawn, lens, 800.0))) }
                div.figbar { button type="button" #save-plot { "SVG" } button type="button" #csv-plot { "CSV of these points" } button type="button" #table-plot aria-expanded="false" aria-controls="plot-table" { "Show as table" }
                    span.dim { "Bands: 95 % over problems. Numbers on the curve: n_p. Hollow: no interval." } }
                div.astable #plot-table hidden tabindex="0" role="region" aria-label="The points of the plot" {
                    table.tbl { thead { tr { @for name in header { th.num scope="col" { (name) } } } } tbody { @for row in rows { tr { @for cell in row { td.num { (cell) } } } } } }
                }
            }
            div {
                div.readout #readout aria-live="polite" {}
                h3.h3.maphead { "Every tree" span.sp {} span.seg #mapseg {} }
                div #mapbox { (map::map(drawn, lens)) }
                p.note #mapnote { "Blue: repair ahead. Orange: sampling ahead. " b { "Bold" } ": the interval excludes zero. Hatched: no difference, with its reason in the readout." }
            }
        }
    }
}
