//! What stands above the answer: what weakens it, what was checked, and what the run is.

use crate::number::{count, percent_or_dash};
use crate::text::shown;
use maud::{Markup, PreEscaped, html};
use mend_core::{OracleLevel, Part, RunManifest, Seat};
use mend_metrics::{Sample, Summary};

const TRIANGLE: &str =
    "<svg viewBox=\"0 0 16 16\" aria-hidden=\"true\"><path d=\"M8 1.5 15 14H1z\" fill=\"var(--warn-line)\"/></svg>";
pub(crate) const TICK: &str = "<svg viewBox=\"0 0 12 12\" aria-hidden=\"true\"><path d=\"M2 6.5 5 9.5 10 3\" fill=\"none\" stroke=\"var(--good)\" stroke-width=\"1.6\"/></svg>";

/// The words of a warning.
pub(crate) fn warning(content: &Markup) -> Markup {
    html! { div.warn role="note" { (PreEscaped(TRIANGLE)) span { (content) } } }
}

/// The names of the run's simulated models.
fn simulated(manifest: &RunManifest) -> Vec<&str> {
    let mut names: Vec<&str> = vec![];
    for model in manifest.identity.models.values().filter(|model| model.simulated) {
        if !names.contains(&&*model.name) {
            names.push(&model.name);
        }
    }
    names
}

/// The band of a run whose models are simulated.
pub(crate) fn simulated_band(manifest: &RunManifest) -> Markup {
    warning(&html! {
        b { "Simulated models." } " Programmers of known probabilities answered (" (shown(&simulated(manifest).join(", ")))
        "). These figures show that everything works; they say nothing about any model."
    })
}

/// Bands for what weakens the answer, and a quiet line for what was checked.
pub(crate) fn warnings(manifest: &RunManifest, summary: &Summary) -> Markup {
    let identity = &manifest.identity;
    let coverage = &summary.coverage;
    let engine = &identity.engine;
    let unscored = summary.first_programs.unscored + summary.repairs.unscored;
    let programs = summary.first_programs.total + summary.repairs.total;
    let imported = identity.imported.as_ref();
    let weak = imported.is_none() && matches!(engine.level.as_str(), "L0" | "L1");
    html! {
        div.warns {
            @if summary.run.simulated { (simulated_band(manifest)) }
            @if summary.run.oracle_level != OracleLevel::Clean {
                (warning(&html! {
                    b { (oracle_title(summary.run.oracle_level)) } " (" (crate::glossary::term("oracle level", "oracle level")) " "
                    code { (summary.run.oracle_level.to_string()) } "). " (oracle_words(summary.run.oracle_level))
                }))
            }
            @if weak {
                (warning(&html! {
                    b { "Weak isolation." } " Programs ran at level " code { (engine.level) }
                    ": they could reach more of this machine than a sandbox should allow. " code { "mend doctor" } " says what is missing."
                }))
            }
            @if summary.cooperative_passes > 0 {
                (warning(&html! {
                    b { (count(summary.cooperative_passes)) " cooperative passes." }
                    " Their tests share an interpreter with the program, which could reach them; "
                    code { "--require isolated" } " leaves such problems out."
                }))
            }
            @if unscored > 0 {
                (warning(&html! {
                    b { (count(unscored)) " of " (count(programs)) " programs are unscored." }
                    " They are in no rate. If all of them had failed, pass@1 would be "
                    (percent_or_dash(&summary.pass_at_1.if_unscored_fail)) "\u{a0}%; if all had passed, "
                    (percent_or_dash(&summary.pass_at_1.if_unscored_pass)) "\u{a0}%."
                    @for (why, n) in summary.first_programs.unscored_reasons.iter().chain(&summary.repairs.unscored_reasons).take(3) {
                        " " (count(*n)) ": " (shown(why)) "."
                    }
                }))
            }
            @if coverage.sample == Sample::Stopped {
                (warning(&html! {
                    b { "Stopped early." } " " (coverage.finished) " of " (coverage.trees)
                    " trees are finished. Which problems those are depends on how they turned out, so rates are biased."
                }))
            }
            @if identity.shares_completions {
                (warning(&html! {
                    b { "Shared completions." } " Answers that runs with another seed bought were used again: this run is not independent of them."
                }))
            }
            ul.checks {
                @if let Some(file) = imported {
                    li { (PreEscaped(TICK)) "Verdicts as published in " (shown(&file.file)) ", none of ours" }
                } @else if !weak {
                    li { (PreEscaped(TICK)) "Isolation " (engine.level) }
                }
                @if imported.is_none() && summary.cooperative_passes == 0 { li { (PreEscaped(TICK)) "No pass of a program that shared an interpreter with its tests" } }
                @if unscored == 0 && programs > 0 { li { (PreEscaped(TICK)) "All " (count(programs)) " programs scored" } }
                @if coverage.sample == Sample::Complete { li { (PreEscaped(TICK)) "All " (count(coverage.problems.into())) " problems complete" } }
            }
        }
    }
}

fn oracle_title(level: OracleLevel) -> &'static str {
    match level {
        OracleLevel::Clean => "",
        OracleLevel::HiddenStop => "Hidden tests decide when to stop",
        OracleLevel::TestsVisible => "Repairs saw the hidden tests",
        OracleLevel::ReferenceInView => "The reference solution is in view",
    }
}

fn oracle_words(level: OracleLevel) -> Markup {
    html! {
        @match level {
            OracleLevel::Clean => {}
            OracleLevel::HiddenStop => { "A user does not have them, so that somebody else should expect less." }
            OracleLevel::TestsVisible => { "Who has only the public tests should expect less; " code { "--see public" } " measures that." }
            OracleLevel::ReferenceInView => { "A user does not have it: this measures what feedback can be worth at best." }
        }
    }
}

/// What the run is, for the margin.
pub(crate) fn facts(manifest: &RunManifest, summary: &Summary) -> Markup {
    let identity = &manifest.identity;
    let model = |seat: Seat| identity.models.get(&seat).map(|model| model.name.as_str());
    let coder = model(Seat::CODER);
    let others: Vec<(String, &str)> = identity
        .models
        .iter()
        .filter(|(seat, model)| seat.part() != Part::Coder && Some(model.name.as_str()) != coder)
        .map(|(seat, model)| (capital(&seat.to_string()), model.name.as_str()))
        .collect();
    let replicates = identity.replicates;
    html! {
        dl.facts {
            div { dt { "Data" } dd { (shown(&summary.run.dataset)) ", " (count(summary.coverage.problems.into())) " problems"
                @if replicates > 1 { ", " (replicates) " trees each" } } }
            div { dt { "Model" } dd { (shown(coder.unwrap_or(&summary.run.model))) } }
            @for (seat, name) in &others { div { dt { (seat) } dd { (shown(name)) } } }
            div { dt { "Strategy" } dd { (shown(&summary.run.strategy)) @if let Some(told) = parameters(manifest) { ": " (told) } } }
            @match &identity.imported {
                Some(file) => { div { dt { "Verdicts" } dd { "as published in " (shown(&file.file)) } } }
                None => { div { dt { "Engine" } dd { (identity.engines().to_string()) } } }
            }
            div { dt { "Seed" } dd { (identity.seed) } }
        }
    }
}

/// The size of the strategy's trees in words, where its parameters have the usual names.
fn parameters(manifest: &RunManifest) -> Option<String> {
    let parameters = manifest.identity.strategy.parameters.as_ref()?;
    let number = |name: &str| parameters.get(name).and_then(|value| value.parse::<u32>().ok());
    let (n_p, n_f, n_r) = (number("n_p")?, number("n_f"), number("n_r").unwrap_or(1));
    let programs = if n_p == 1 { "1 program".to_owned() } else { format!("{n_p} programs") };
    Some(match n_f {
        Some(n_f) => format!(
            "{programs}, {} of each failing one",
            match n_f * n_r {
                1 => "1 repair".to_owned(),
                n => format!("{n} repairs"),
            }
        ),
        None => programs,
    })
}

/// A word with a capital.
pub(crate) fn capital(word: &str) -> String {
    let mut chars = word.chars();
    chars.next().map(|first| first.to_uppercase().collect::<String>() + chars.as_str()).unwrap_or_default()
}
