//! Tables for a terminal of pass rates at a mean budget, and under a hard cap.

use crate::View;
use crate::notes::{Notes, interval, percent, signed, signed_interval};
use crate::shown::{amount, counted};
use crate::tables::{fitted, wrap};
use mend_metrics::{Figure, Interval, Summary, TokenDefinition};

/// The tables that were asked for.
pub(crate) fn sections(summary: &Summary, view: View, width: u16, notes: &mut Notes) -> Vec<String> {
    [at_budget(summary, view, width, notes), within(summary, view, width, notes)].into_iter().flatten().collect()
}

/// `billed` if it is among those that there are rows for, unless the view says otherwise.
fn definition(view: View, of_rows: &[TokenDefinition]) -> Option<TokenDefinition> {
    let wanted = view.tokens.unwrap_or(TokenDefinition::Billed);
    of_rows.iter().find(|definition| **definition == wanted).or(of_rows.last()).copied()
}

fn at_budget(summary: &Summary, view: View, width: u16, notes: &mut Notes) -> Option<String> {
    let definitions: Vec<_> = summary.pass_at_budget.iter().map(|row| row.token_definition).collect();
    let definition = definition(view, &definitions)?;
    let rows = summary.pass_at_budget.iter().filter(|row| row.group == "all" && row.token_definition == definition);
    let cells: Vec<_> = rows
        .filter(|row| row.pass_rate.value().is_some())
        .map(|row| {
            let mut cells = vec![row.order.as_str().to_owned(), row.n_f.to_string(), row.n_r.to_string()];
            cells.extend([amount(row.budget, definition), rate(notes, &row.pass_rate, &row.interval)]);
            cells.push(row.baseline.as_str().to_owned());
            cells.push(notes.cell(&row.baseline_pass_rate, |value| percent(*value)));
            cells.push(difference(notes, &row.difference, &row.difference_interval));
            cells
        })
        .collect();
    let header =
        ["order", "n_f", "n_r", "budget", RATE, "baseline", "baseline_\npass_rate", "diff\n[diff_low, diff_high]"];
    let title = format!(
        "pass@t in % at a mean budget of {}, between the two nearest n_p (pass_at_budget.csv)",
        counted(definition)
    );
    let words = header.map(|name| name == "order" || name == "baseline");
    Some(wrap(&title, width, 2) + &shown(width, &words, &header, cells) + &notes.foot(width))
}

fn within(summary: &Summary, view: View, width: u16, notes: &mut Notes) -> Option<String> {
    let definitions: Vec<_> = summary.pass_within.iter().map(|row| row.token_definition).collect();
    let definition = definition(view, &definitions)?;
    let rows = summary.pass_within.iter().filter(|row| row.group == "all" && row.token_definition == definition);
    let cells: Vec<_> = rows
        .filter(|row| row.pass_rate.value().is_some())
        .map(|row| {
            let mut cells = vec![row.order.as_str().to_owned()];
            cells.extend([row.n_p, row.n_f, row.n_r].map(|number| number.to_string()));
            cells.extend([row.cap.to_string(), rate(notes, &row.pass_rate, &row.interval)]);
            cells.push(notes.cell(&row.baseline_pass_rate, |value| percent(*value)));
            cells.push(difference(notes, &row.difference, &row.difference_interval));
            cells
        })
        .collect();
    let header = ["order", "n_p", "n_f", "n_r", "cap", RATE, "baseline_\npass_rate", "diff\n[diff_low, diff_high]"];
    let title = format!(
        "pass@t in % within a hard cap on the {} of a problem (pass_within.csv); the baseline draws first programs one by one",
        counted(definition)
    );
    let words = header.map(|name| name == "order");
    Some(wrap(&title, width, 2) + &shown(width, &words, &header, cells) + &notes.foot(width))
}

const RATE: &str = "pass_rate\n[low, high]";

/// The settings that are there; the files also say which are not.
fn shown(width: u16, words: &[bool], header: &[&str], cells: Vec<Vec<String>>) -> String {
    if cells.is_empty() {
        "nothing was collected that reaches so far\n".to_owned()
    } else {
        fitted(width, words, header, cells)
    }
}

/// A pass rate and its interval.
fn rate(notes: &mut Notes, figure: &Figure, of_it: &Figure<Interval>) -> String {
    let shown = notes.cell(figure, |value| percent(*value));
    format!("{shown} {}", notes.interval(figure, of_it, interval)).trim_end().to_owned()
}

/// A difference and its interval. Where there is none the baseline already says why.
fn difference(notes: &mut Notes, figure: &Figure, of_it: &Figure<Interval>) -> String {
    let Some(value) = figure.value() else { return String::new() };
    format!("{} {}", signed(*value), notes.interval(figure, of_it, signed_interval)).trim_end().to_owned()
}
