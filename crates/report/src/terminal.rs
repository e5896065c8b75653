//! A summary as tables for a terminal.

use crate::headline::Headline;
use crate::notes::{Notes, interval, percent};
use crate::plain::plain;
use crate::shown::amount;
use crate::tables::{fitted, wrap};
use crate::view::View;
use crate::{bench, budgets, by_cost, by_round, heat_map, overview, pass_at_t};
use mend_core::RunManifest;
use mend_metrics::{Summary, TokenDefinition};

/// The summary as text, within `width` columns (at least 40, at most 120: longer lines are hard to read). Rates are in
/// percent, words are those of the files. The answer comes last, above the table that it rests on: there a terminal
/// stands when a run ends.
///
/// Nothing in it is a control character but the line feeds, and colours where the view asks for them.
pub fn render(manifest: &RunManifest, summary: &Summary, view: View, width: u16) -> String {
    let width = width.clamp(40, 120);
    let notes = &mut Notes::default();
    let mut sections = vec![
        overview::header(manifest, summary, width),
        overview::overview(manifest, summary, width, notes),
        overview::statuses(summary, width),
        pass_at_k(summary, view, width, notes),
    ];
    sections.extend(by_round::sections(summary, width, notes));
    sections.extend(bench::section(summary, width, notes));
    sections.extend([answer(summary, view, width), pass_at_t::section(summary, view, width, notes)]);
    sections.extend(by_cost::section(summary, view, width, notes));
    if view.heat_map {
        sections.extend(heat_map::section(summary, view, width, notes));
    }
    sections.extend(budgets::sections(summary, view, width, notes));
    sections.join("\n")
}

fn answer(summary: &Summary, view: View, width: u16) -> String {
    let Headline { sentence, remarks, .. } = Headline::of(summary, view);
    let sentence = wrap(&plain(&sentence), width, 2);
    let sentence = if view.colour { format!("\u{1b}[1m{}\u{1b}[0m\n", sentence.trim_end()) } else { sentence };
    let remarks: String = remarks.iter().map(|remark| wrap(&plain(&format!("  {remark}")), width, 2)).collect();
    sentence + &remarks
}

fn pass_at_k(summary: &Summary, view: View, width: u16, notes: &mut Notes) -> String {
    let known =
        |definition: &TokenDefinition| summary.pass_at_k.iter().any(|row| row.cost.by(*definition).value().is_some());
    let wanted = view.tokens.unwrap_or(TokenDefinition::Billed);
    let definition = [wanted, TokenDefinition::Paper].into_iter().find(known);
    let rows = summary
        .pass_at_k
        .iter()
        .map(|row| {
            let mut cells = vec![
                plain(&row.group),
                row.k.to_string(),
                notes.cell(&row.value, |value| percent(*value)),
                notes.interval(&row.value, &row.interval, interval),
                row.problems.to_string(),
            ];
            cells.extend(definition.map(|definition| match row.value.value() {
                Some(_) => notes.cell(row.cost.by(definition), |cost| amount(*cost, definition)),
                None => String::new(),
            }));
            cells
        })
        .collect();
    let cost = definition.map(|definition| match definition {
        TokenDefinition::Billed => "billed_tokens",
        TokenDefinition::Completion => "completion_tokens",
        TokenDefinition::Paper => "paper_tokens",
        TokenDefinition::Dollars => "dollars",
    });
    let header: Vec<&str> = ["group", "k", "value", "[low, high]", "problems"].into_iter().chain(cost).collect();
    let words: Vec<bool> = header.iter().map(|name| *name == "group").collect();
    let title = "pass@k in %: problems that at least one of k programs solves (pass_at_k.csv)";
    wrap(title, width, 2) + &fitted(width, &words, &header, rows) + &notes.foot(width)
}

#[cfg(test)]
mod tests;
