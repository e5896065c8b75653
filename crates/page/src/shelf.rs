//! The pages of a server that are about no single run: the list of runs, and what is said where something is not there.

use crate::head::warning;
use crate::number::{count, percent};
use crate::parts::{Headline, Rate, bar};
use crate::shell::{self, Script, Served};
use crate::text::shown;
use maud::{Markup, PreEscaped, html};
use mend_core::OracleLevel;
use mend_metrics::RunLabels;

/// A run in the list.
#[derive(Debug, Clone, PartialEq)]
pub struct Shelved {
    /// The name under which it is served, which is that of its folder.
    pub name: String,
    /// What it is about.
    pub labels: RunLabels,
    /// `complete`, `running` or `stopped`.
    pub state: &'static str,
    /// Finished trees, where that is known.
    pub finished: Option<usize>,
    /// All trees.
    pub trees: usize,
    /// Its figures, as far as they are known.
    pub headline: Headline,
    /// When its journal last changed, in seconds of Unix time.
    pub changed: u64,
}

impl Shelved {
    /// How far it is, in words.
    pub fn words(&self) -> String {
        progress(self.state, self.finished, self.trees)
    }
}

/// How far a run is, in words.
pub fn progress(state: &str, finished: Option<usize>, trees: usize) -> String {
    match (state, finished) {
        ("complete", _) | (_, None) => state.to_owned(),
        (_, Some(finished)) => format!("{state}, {} of {} trees", count(finished as u64), count(trees as u64)),
    }
}

/// The columns by the key under which the script sorts them.
const COLUMNS: [(&str, &str, &str); 9] = [
    ("id", "Run", "r-id"),
    ("data", "Data", "r-data"),
    ("model", "Model", "r-model"),
    ("strategy", "Strategy", "r-strategy"),
    ("state", "State", "r-state"),
    ("pass", "pass@1, %", "r-pass"),
    ("hand", "Handed in, %", "num r-hand"),
    ("tok", "Tokens", "num r-tok"),
    ("changed", "Changed, UTC", "num r-changed"),
];

/// The list of runs.
pub fn shelf(folder: &str, runs: &[Shelved], left_out: &[String]) -> Served {
    let choice = |key: &str, words: &str| html! { label.by { (words) " " select id=(format!("by-{key}")) { option value="" { "all" } } } };
    let body = html! {
        a.skip href="#list" { "Skip to the runs" }
        (bar(&shown(folder)))
        main #report {
            h1.shelf-title { "Runs" }
            @if runs.iter().any(|run| run.labels.simulated) {
                div.warns { (warning(&html! {
                    b { "Simulated models." } " Runs that are marked " i { "simulated" } " show that everything works; they say nothing about any model."
                })) }
            }
            div.filter {
                div.search { label.sr for="q" { "Filter runs" } input #q type="search" autocomplete="off" spellcheck="false" placeholder="words of a run, its data, model or strategy"; kbd aria-hidden="true" { "/" } }
                (choice("data", "Data")) (choice("model", "Model")) (choice("strategy", "Strategy")) (choice("state", "State"))
                label.sortsel { "Sort " select #sortsel { @for (key, name, _) in COLUMNS { option value=(key) selected[key == "changed"] { (name) } } } }
                p.count #count role="status" { (count(runs.len() as u64)) " of " (count(runs.len() as u64)) }
            }
            p.picked #picked role="status" {}
            (rows(runs, left_out))
            div.empty #empty hidden { "No run matches. " button.link type="button" #clear { "Clear the filter" } }
            @if runs.is_empty() { p.empty { "This folder holds no run. " code { "mend run" } " and " code { "mend score" } " put runs below " code { "results" } "; name another folder: " code { "mend view <folder>" } "." } }
        }
        script id="boot" type="application/json" { "{}" }
    };
    shell::served("Runs", None, &body, Some(&Script::shelf()))
}

/// The rows alone, for a list that follows its folder.
pub fn shelf_rows(runs: &[Shelved], left_out: &[String]) -> String {
    rows(runs, left_out).into_string()
}

fn rows(runs: &[Shelved], left_out: &[String]) -> Markup {
    let mut sorted: Vec<&Shelved> = runs.iter().collect();
    sorted.sort_by(|a, b| b.changed.cmp(&a.changed).then_with(|| a.name.cmp(&b.name)));
    html! {
        div.list.runs #list role="table" aria-label="Runs" aria-rowcount=(runs.len() + 1) hidden[runs.is_empty()] {
            div role="rowgroup" { div.lrow.head role="row" {
                span.r-pick role="columnheader" { span.sr { "Compare" } }
                @for (key, name, class) in COLUMNS {
                    span role="columnheader" class=(class) aria-sort=(if key == "changed" { "descending" } else { "none" }) { button type="button" data-k=(key) { (name) } }
                }
            } }
            div #body role="rowgroup" { @for run in sorted { (row(run)) } }
        }
        @if !left_out.is_empty() {
            div.left-out { h2.h3 { "Left out" } ul { @for why in left_out { li { (shown(why)) } } } }
        }
    }
}

fn row(run: &Shelved) -> Markup {
    let Shelved { name, labels, state, headline, changed, .. } = run;
    let Headline { pass_at_1, handed_in, tokens } = headline;
    let (data, model, strategy) = (shown(&labels.dataset), shown(&labels.model), shown(&labels.strategy));
    let number = |rate: &Option<Rate>| rate.map(|rate| rate.value.to_string()).unwrap_or_default();
    let dash = "\u{2013}";
    html! {
        div.lrow.item role="row" data-id=(segment(name)) data-data=(data) data-model=(model) data-strategy=(strategy) data-state=(state)
            data-pass=(number(pass_at_1)) data-hand=(number(handed_in)) data-tok=(tokens.map(|tokens| tokens.to_string()).unwrap_or_default()) data-changed=(changed) {
            span.r-pick role="cell" { input type="checkbox" aria-label=(format!("Compare {}", shown(name))); }
            span.r-id role="cell" { a.pid href=(address(name)) { (shown(name)) } }
            span.r-data role="cell" { (data) }
            span.r-model role="cell" { (model) @if labels.simulated { " " span.simulated { "simulated" } } }
            span.r-strategy role="cell" { (strategy) @if labels.oracle_level != OracleLevel::Clean { " " span.dim { "oracle " (labels.oracle_level.to_string().replace('_', " ")) } } }
            span.r-state role="cell" data-state=(state) { (run.words()) }
            span.r-pass role="cell" { @match pass_at_1 {
                Some(rate) => { (PreEscaped(bar_of(rate))) span { b { (percent(rate.value)) } @if let Some((low, high)) = rate.interval { " " span.dim { "[" (percent(low)) ", " (percent(high)) "]" } } } }
                None => { span.dim { (dash) } }
            } }
            span.num.r-hand role="cell" { @match handed_in { Some(rate) => { (percent(rate.value)) } None => { span.dim { (dash) } } } }
            span.num.r-tok role="cell" { @match tokens { Some(tokens) => { (count(*tokens)) } None => { span.dim { (dash) } } } }
            span.num.r-changed.dim role="cell" { (date(*changed)) }
        }
    }
}

/// A rate with its interval on a line from 0 to 1.
fn bar_of(rate: &Rate) -> String {
    let at = |share: f64| crate::number::coordinate(3.0 + share.clamp(0.0, 1.0) * 84.0);
    let whisker = rate.interval.map(|(low, high)| {
        let (low, high) = (at(low), at(high));
        format!("<line x1=\"{low}\" x2=\"{high}\" y1=\"7\" y2=\"7\" stroke=\"var(--good)\" stroke-width=\"1.6\"/>")
    });
    let fill = if whisker.is_some() { "var(--good)" } else { "var(--bg)" };
    format!(
        "<svg viewBox=\"0 0 90 14\" width=\"90\" height=\"14\" aria-hidden=\"true\"><line x1=\"3\" x2=\"87\" y1=\"7\" y2=\"7\" stroke=\"var(--line)\"/>{}<circle \
         cx=\"{}\" cy=\"7\" r=\"3\" fill=\"{fill}\" stroke=\"var(--good)\"/></svg>",
        whisker.unwrap_or_default(),
        at(rate.value)
    )
}

/// The address of a run on its server.
pub fn address(name: &str) -> String {
    format!("/run/{}/", segment(name))
}

/// A name as one segment of an address, or one value of its query.
pub fn segment(name: &str) -> String {
    let mut address = String::new();
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_~".contains(&byte) || byte == b'.' && name.len() > 2 {
            address.push(char::from(byte));
        } else {
            address.extend([format!("%{byte:02X}")]);
        }
    }
    address
}

/// Seconds of Unix time as a date and a time of day.
fn date(seconds: u64) -> String {
    let (days, rest) = (seconds / 86_400, seconds % 86_400);
    // Years begin in March here, so that a leap day is a year's last; 146,097 days are 400 years.
    let shifted = days + 719_468;
    let (era, day) = (shifted / 146_097, shifted % 146_097);
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let of_year = day - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let of_month = of_year - (153 * month + 2) / 5 + 1;
    let (month, year) = if month < 10 { (month + 3, year + era * 400) } else { (month - 9, year + era * 400 + 1) };
    format!("{year:04}-{month:02}-{of_month:02} {:02}:{:02}", rest / 3_600, rest % 3_600 / 60)
}

/// A page that says why there is nothing else, and the way back.
pub fn refusal(title: &str, words: &str, hint: Option<&str>) -> Served {
    let body = html! {
        header.top { div { a.brand href="/" { "mend" i { "bench" } } } }
        main.refusal {
            h1.claim { (shown(title)) }
            p.fine { (shown(words)) }
            @if let Some(hint) = hint { p.fine { (shown(hint)) } }
            p.fine { a href="/" { "All runs" } }
        }
    };
    shell::served(title, None, &body, None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_those_of_the_calendar() {
        let expected = [
            (0, "1970-01-01 00:00"),
            (951_782_400, "2000-02-29 00:00"),
            (951_868_800, "2000-03-01 00:00"),
            (1_796_083_199, "2026-11-30 23:59"),
            (4_107_542_400, "2100-03-01 00:00"),
        ];
        for (seconds, words) in expected {
            assert_eq!(date(seconds), words);
        }
    }

    #[test]
    fn a_name_stays_one_segment_of_an_address() {
        assert_eq!(address("run-1.b"), "/run/run-1.b/");
        assert_eq!(address(".."), "/run/%2E%2E/");
        assert_eq!(address("a/b?c#d é"), "/run/a%2Fb%3Fc%23d%20%C3%A9/");
    }

    #[test]
    fn progress_names_what_is_known() {
        assert_eq!(progress("complete", Some(4), 4), "complete");
        assert_eq!(progress("running", Some(1200), 4000), "running, 1,200 of 4,000 trees");
        assert_eq!(progress("stopped", None, 4), "stopped");
    }
}
