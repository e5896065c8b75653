//! Tables for a terminal of pass rates at a mean budget, and under a hard cap.

use crate::View;
use crate::cells::{Notes, interval, percent, signed, signed_interval};
use crate::pass_at_t::amount;
use crate::tables::{table, wrap};
use mend_metrics::{Figure, Interval, Summary, TokenDefinition};

/// The tables that were asked for.
pub(crate) fn sections(summary: &Summary, view: View, width: u16) -> Vec<String> {
    [at_budget(summary, view, width), within(summary, view, width)].into_iter().flatten().collect()
}

/// `billed` if it is among those that there are rows for, unless the view says otherwise.
fn definition(view: View, of_rows: &[TokenDefinition]) -> Option<TokenDefinition> {
    let wanted = view.tokens.unwrap_or(TokenDefinition::Billed);
    of_rows.iter().find(|definition| **definition == wanted).or(of_rows.last()).copied()
}

/// The last columns of either table: a pass rate with its interval, the baseline, and their difference with its own.
fn compared(notes: &mut Notes, rates: [&Figure; 3], spans: [&Figure<Interval>; 2]) -> [String; 5] {
    let [pass, baseline, difference] = figures(notes, rates);
    let [pass_interval, difference_interval] = intervals(notes, spans);
    [pass, pass_interval, baseline, difference, difference_interval]
}

fn at_budget(summary: &Summary, view: View, width: u16) -> Option<String> {
    let definitions: Vec<_> = summary.pass_at_budget.iter().map(|row| row.token_definition).collect();
    let definition = definition(view, &definitions)?;
    let mut notes = Notes::default();
    let rows = summary.pass_at_budget.iter().filter(|row| row.group == "all" && row.token_definition == definition);
    let cells: Vec<_> = rows
        .filter(|row| row.pass_rate.value().is_some())
        .map(|row| {
            let rates = [&row.pass_rate, &row.baseline_pass_rate, &row.difference];
            let compared = compared(&mut notes, rates, [&row.interval, &row.difference_interval]);
            [row.order.as_str().to_owned(), row.n_f.to_string(), row.n_r.to_string(), amount(row.budget, definition)]
                .into_iter()
                .chain(compared)
                .collect()
        })
        .collect();
    let header = ["order", "n_f", "n_r", "T", "pass@t@T", "95 %", "baseline", "difference", "95 %"];
    let title = format!("pass@t at mean cost T, over n_p, in %: `{definition}`");
    Some(wrap(&title, width, 2) + &shown(width, &header, cells) + &notes.text(width))
}

fn within(summary: &Summary, view: View, width: u16) -> Option<String> {
    let definitions: Vec<_> = summary.pass_within.iter().map(|row| row.token_definition).collect();
    let definition = definition(view, &definitions)?;
    let mut notes = Notes::default();
    let rows = summary.pass_within.iter().filter(|row| row.group == "all" && row.token_definition == definition);
    let cells: Vec<_> = rows
        .filter(|row| row.pass_rate.value().is_some())
        .map(|row| {
            let rates = [&row.pass_rate, &row.baseline_pass_rate, &row.difference];
            let compared = compared(&mut notes, rates, [&row.interval, &row.difference_interval]);
            [
                row.order.as_str().to_owned(),
                row.n_p.to_string(),
                row.n_f.to_string(),
                row.n_r.to_string(),
                row.cap.to_string(),
            ]
            .into_iter()
            .chain(compared)
            .collect()
        })
        .collect();
    let header = ["order", "n_p", "n_f", "n_r", "T", "within T", "95 %", "in turn", "difference", "95 %"];
    let title = format!("pass rate within a hard cap of T `{definition}` tokens per problem, in %");
    Some(wrap(&title, width, 2) + &shown(width, &header, cells) + &notes.text(width))
}

/// The settings that are there; the files also say which are not.
fn shown(width: u16, header: &[&str], cells: Vec<Vec<String>>) -> String {
    if cells.is_empty() {
        "nothing was collected that reaches so far\n".to_owned()
    } else {
        table(width, 1, header, cells)
    }
}

/// A pass rate, the baseline's, and the difference.
fn figures(notes: &mut Notes, [pass, baseline, difference]: [&Figure; 3]) -> [String; 3] {
    let rate = |notes: &mut Notes, figure: &Figure| notes.cell(figure, |value| percent(*value));
    let (pass, baseline) = (rate(notes, pass), rate(notes, baseline));
    [pass, baseline, notes.cell(difference, |value| signed(*value))]
}

/// The interval of a pass rate and of the difference.
fn intervals(notes: &mut Notes, [pass, difference]: [&Figure<Interval>; 2]) -> [String; 2] {
    [notes.cell(pass, interval), notes.cell(difference, signed_interval)]
}
