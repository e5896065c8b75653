//! A run's report for whoever serves it: the page without its trees and tables, which are asked for one at a time.

use crate::page::{end, section, top};
use crate::shell::{self, Script, Served};
use crate::text::{escaped, in_script, shown};
use crate::{Input, data, list};
use maud::{Markup, PreEscaped, html};
use mend_core::RunManifest;
use mend_metrics::{Bounded, RunLabels, Summary};
use serde::{Deserialize, Serialize};

/// The parts of a report. They are plain text, so that another process may make them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Parts {
    /// The run's name.
    pub title: String,
    /// What stands in the page's body, as HTML.
    pub body: String,
    /// What the script knows at once, as JSON.
    pub boot: String,
    /// The rates of every problem, as JSON; `None` where no tree is measured.
    pub rates: Option<String>,
    /// What a list of runs shows of it.
    pub headline: Headline,
}

/// What a list of runs shows of a run.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Headline {
    /// pass@1.
    pub pass_at_1: Option<Rate>,
    /// How often what is handed in is right.
    pub handed_in: Option<Rate>,
    /// Tokens that it took.
    pub tokens: Option<u64>,
}

/// A share with its interval, where there is one.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Rate {
    /// The share.
    pub value: f64,
    /// Its 95 % interval.
    pub interval: Option<(f64, f64)>,
}

impl Headline {
    pub(crate) fn of(summary: &Summary) -> Self {
        let rate = |bounded: &Bounded| {
            let value = *bounded.value.value()?;
            Some(Rate { value, interval: bounded.interval.value().map(|of| (of.low, of.high)) })
        };
        Self {
            pass_at_1: rate(&summary.pass_at_1),
            handed_in: rate(&summary.submitted.passes),
            tokens: Some(summary.spending.tokens.0).filter(|tokens| *tokens > 0),
        }
    }
}

impl Parts {
    /// The parts of a run's report. Of the files only the names are looked at.
    pub fn of(input: &Input<'_>) -> Self {
        crate::page::parts(input)
    }

    /// What can be shown of a run before its figures are computed: its problems, each with its tree.
    pub fn bare(manifest: &RunManifest) -> Self {
        let labels = RunLabels::of(manifest);
        let run = shown(&labels.id);
        let body = html! {
            a.skip href="#problems" { "Skip to the problems" }
            (top(&run, "Rates"))
            main #report {
                section.band #result aria-labelledby="claim" {
                    header { dl.facts {
                        div { dt { "Data" } dd { (shown(&labels.dataset)) } }
                        div { dt { "Model" } dd { (shown(&labels.model)) } }
                        div { dt { "Strategy" } dd { (shown(&labels.strategy)) } }
                    } }
                    div {
                        @if labels.simulated { div.warns { (crate::head::simulated_band(manifest)) } }
                        h1.claim #claim { "The figures of this run are being computed." }
                        p.fine { "They appear here by themselves. The problems below can be opened meanwhile." }
                    }
                }
                (section("problems", "Problems", &html! { p { "Open a problem to see its tree." } }, &list::bare()))
            }
            (end())
        };
        Self {
            title: run,
            body: body.into_string(),
            boot: data::bare(manifest).to_string(),
            rates: None,
            headline: Headline::default(),
        }
    }

    /// The page of a run as a server shows it.
    ///
    /// `figures` names the state of the run that the parts show, `None` of bare ones; `words` say how far the run is, and
    /// `state` says it in one word.
    pub fn served(&self, figures: Option<&str>, state: &str, words: &str) -> Served {
        let boot = in_script(&self.boot);
        let body = html! {
            (PreEscaped(with_way_back(&self.body, state, words)))
            script id="boot" type="application/json" { (PreEscaped(&boot)) }
        };
        shell::served(&self.title, figures, &body, Some(&Script::live()))
    }
}

/// The bar on top with the way back to all runs, and how far this one is.
fn with_way_back(body: &str, state: &str, words: &str) -> String {
    let own = "<a class=\"brand\" href=\"#result\">mend<i>bench</i></a>";
    let all = format!(
        "<a class=\"brand\" href=\"/\">mend<i>bench</i></a><a class=\"up\" href=\"/\">All runs</a><a class=\"up\" href=\"/search\">Search</a>\
         <span class=\"live\" id=\"live\" role=\"status\" data-state=\"{}\">{}</span>",
        escaped(state),
        escaped(words)
    );
    body.replacen(own, &all, 1)
}

/// The bar on top of pages that are about no run.
pub(crate) fn bar(here: &str) -> Markup {
    html! {
        header.top { div {
            a.brand href="/" { "mend" i { "bench" } }
            span.runid { (here) }
            nav aria-label="Pages" { a href="/" { "Runs" } a href="/search" { "Search" } }
            span.live #live role="status" {}
            button.icon type="button" #theme aria-label="Change the theme" title="Theme (t)" { "\u{25d1}" }
        } }
    }
}
