//! The page that shows two runs beside each other, problem by problem. Its script asks the server for both.

use crate::data;
use crate::head::warning;
use crate::parts::bar;
use crate::shelf::address;
use crate::shell::{self, Script, Served};
use crate::text::{in_script, shown};
use maud::{PreEscaped, html};
use mend_metrics::RunLabels;
use serde_json::json;

/// The page of two runs by the names under which they are served. `whole` is the address of their comparison with
/// intervals, where there is one.
pub fn beside(folder: &str, runs: [(&str, &RunLabels); 2], whole: Option<&str>) -> Served {
    let about = |(name, labels): (&str, &RunLabels)| {
        let RunLabels { dataset, model, strategy, simulated, .. } = labels;
        let what = format!("{}, {}, {}", shown(dataset), shown(strategy), shown(model));
        json!({"name": shown(name), "at": address(name), "what": what, "simulated": simulated})
    };
    let boot = json!({"runs": runs.map(about), "statuses": data::statuses(), "rows": [], "run": {}});
    let columns =
        [("b-id", "Problem"), ("b-fate", "Handed in"), ("b-a", "A"), ("b-ha", ""), ("b-b", "B"), ("b-hb", "")];
    let body = html! {
        a.skip href="#list" { "Skip to the problems" }
        (bar(&shown(folder)))
        main #report {
            h1.shelf-title { "Two runs, problem by problem" }
            @if runs.iter().any(|(_, labels)| labels.simulated) {
                div.warns #simulated { (warning(&html! { b { "Simulated models." } " What is marked " i { "simulated" } " says nothing about any model." })) }
            }
            dl.pair {
                @for (letter, (name, labels)) in ["A", "B"].into_iter().zip(runs) {
                    div { dt { (letter) } dd {
                        a href=(address(name)) { (shown(name)) } " "
                        span.muted { (shown(&labels.dataset)) ", " (shown(&labels.strategy)) ", " (shown(&labels.model)) }
                        @if labels.simulated { " " span.simulated { "simulated" } }
                        " " span.dim id=(format!("state-{letter}")) {}
                    } }
                }
            }
            p.said #said role="status" { "Reading both runs\u{2026}" }
            @if let Some(whole) = whole { p.fine { a href=(whole) { "The comparison with intervals" } ": what differs, at equal tokens, and how sure that is." } }
            div.filter {
                div.search { label.sr for="q" { "Filter problems" } input #q type="search" autocomplete="off" spellcheck="false" placeholder="part of a problem\u{2019}s id"; kbd aria-hidden="true" { "/" } }
                div.chips #chips {}
                p.count #count role="status" {}
            }
            div.list.pairs #list role="table" aria-label="Problems of both runs" {
                div role="rowgroup" { div.lrow.head role="row" { @for (class, name) in columns { span role="columnheader" class=(class) { @if name.is_empty() { span.sr { "handed in" } } @else { (name) } } } } }
                div #body role="rowgroup" {}
            }
            div.empty #empty hidden { "No problem matches. " button.link type="button" #clear { "Clear the filter" } }
        }
        main #view hidden {}
        div.toast #toast role="status" hidden {}
        script id="boot" type="application/json" { (PreEscaped(in_script(&boot.to_string()))) }
    };
    shell::served("Two runs", None, &body, Some(&Script::beside()))
}
