//! The headline figures of a run, how it fails, and what limits what one may conclude.

use super::markdown::Page;
use mend_core::{FinishReason, Integrity, OracleLevel, RunManifest, Status};
use mend_metrics::{Bounded, Figure, Interval, NodeTally, Sample, Summary};
use std::collections::{BTreeMap, BTreeSet};

/// The figures, the failure modes and the limits.
pub(super) fn evaluation(page: &mut Page, manifest: &RunManifest, summary: &Summary) {
    page.table(
        &["figure", "value", "95 % interval", "if what is unscored failed, or passed", "what it is"],
        figures(summary),
    );
    page.part("Known failure modes");
    page.table(&["what", "first programs", "all others"], failures(summary));
    let reasons = reasons(summary);
    page.table(&["why unscored", "programs"], reasons.into_iter().map(|(why, count)| vec![why, count.to_string()]));
    page.part("Limits");
    page.list(limits(manifest, summary));
}

fn figures(summary: &Summary) -> Vec<Vec<String>> {
    let bounded = |name: &str, figure: &Bounded, what: &str| {
        let bounds = match (figure.if_unscored_fail.value(), figure.if_unscored_pass.value()) {
            (Some(low), Some(high)) => format!("{low:.4} to {high:.4}"),
            _ => String::new(),
        };
        vec![name.to_owned(), share(&figure.value), interval(&figure.interval), bounds, what.to_owned()]
    };
    let cost = &summary.submitted.cost.billed;
    let success = &summary.repair_success;
    vec![
        bounded("pass@1", &summary.pass_at_1, "share of first programs that pass the hidden tests, mean over problems"),
        bounded(
            "submitted",
            &summary.submitted.passes,
            "share of trees that hand in a program that passes the hidden tests",
        ),
        vec![
            "repair success".to_owned(),
            share(&success.value),
            interval(&success.interval),
            String::new(),
            format!(
                "share of a failing program's repairs that pass, mean over {} failing programs",
                summary.repaired_programs
            ),
        ],
        vec![
            "cost of a tree".to_owned(),
            told(cost, |tokens| format!("{tokens:.1} tokens")),
            String::new(),
            String::new(),
            "tokens that servers report, prompts included, mean over problems".to_owned(),
        ],
    ]
}

fn share(figure: &Figure) -> String {
    told(figure, |value| format!("{value:.4}"))
}

/// A figure in words; the reason where there is none.
pub(super) fn told(figure: &Figure, words: impl Fn(f64) -> String) -> String {
    match figure {
        Figure::Value(value) => words(*value),
        Figure::Absent(why) => why.clone(),
    }
}

/// An interval in words; the reason where there is none.
pub(super) fn interval(figure: &Figure<Interval>) -> String {
    match figure {
        Figure::Value(Interval { low, high, few_informative }) => {
            let few = if *few_informative { " (few problems decide it)" } else { "" };
            format!("{low:.4} to {high:.4}{few}")
        }
        Figure::Absent(why) => why.clone(),
    }
}

fn failures(summary: &Summary) -> Vec<Vec<String>> {
    let tallies = [&summary.first_programs, &summary.repairs];
    let row = |name: &str, of: &dyn Fn(&NodeTally) -> u64| {
        let [first, others] = tallies.map(of);
        vec![name.to_owned(), first.to_string(), others.to_string()]
    };
    let mut rows = vec![
        row("programs", &|tally| tally.total),
        row("unscored", &|tally| tally.unscored),
        vec!["cooperative passes".to_owned(), summary.cooperative_passes.to_string(), "not counted apart".to_owned()],
        row("no_code", &|tally| tally.of(Status::NoCode)),
    ];
    let stops: BTreeSet<FinishReason> = tallies.iter().flat_map(|tally| tally.no_code.keys()).copied().collect();
    for reason in &stops {
        rows.push(row(&format!("no_code, and the model stopped by `{}`", reason.as_str()), &|tally| {
            tally.no_code.get(reason).copied().unwrap_or(0)
        }));
    }
    let statuses: BTreeSet<Status> = tallies.iter().flat_map(|tally| tally.statuses.keys()).copied().collect();
    for status in statuses.iter().filter(|status| **status != Status::NoCode) {
        rows.push(row(status.as_str(), &|tally| tally.of(*status)));
    }
    rows.push(row("answers with characters that no text holds", &|tally| tally.replaced));
    rows
}

fn reasons(summary: &Summary) -> BTreeMap<String, u64> {
    let mut reasons: BTreeMap<String, u64> = BTreeMap::new();
    for tally in [&summary.first_programs, &summary.repairs] {
        for (why, count) in &tally.unscored_reasons {
            *reasons.entry(why.clone()).or_default() += count;
        }
    }
    reasons
}

/// What limits the conclusions that the figures allow, a sentence each.
fn limits(manifest: &RunManifest, summary: &Summary) -> Vec<String> {
    let (identity, coverage) = (&manifest.identity, &summary.coverage);
    let mut limits = vec![];
    if summary.run.simulated {
        limits.push("A simulated model took part: no figure says anything about a model.".to_owned());
    }
    if coverage.sample == Sample::Stopped {
        limits.push("The run was stopped: how many problems it reached depends on their outcomes, so means over them are biased.".to_owned());
    }
    if summary.run.oracle_level != OracleLevel::Clean {
        limits.push(format!(
            "The strategy leans on what a real user would not have (oracle level {}).",
            summary.run.oracle_level
        ));
    }
    let unscored = coverage.reached - coverage.scored;
    if unscored > 0 {
        limits.push(format!(
            "{unscored} of {} reached problems have no scored first program, and are in no mean.",
            coverage.reached
        ));
    }
    if !summary.judges_nobody.is_empty() {
        limits.push(format!(
            "The test of {} problems can judge nobody; they are unscored as a whole.",
            summary.judges_nobody.len()
        ));
    }
    let cooperative = manifest.problems.iter().filter(|entry| entry.integrity == Integrity::Cooperative).count();
    if cooperative > 0 {
        limits.push(format!("On {cooperative} problems a program that is made to fool this grader could pass."));
    }
    if identity.imported.is_some() {
        limits.push("Programs and verdicts were published by somebody else, and not judged again.".to_owned());
    }
    if identity.shares_completions {
        limits.push(
            "Completions of runs with another seed were used again: the run is not independent of these.".to_owned(),
        );
    }
    let spending = &summary.spending;
    if spending.lost > 0 || spending.open > 0 {
        limits.push(format!(
            "{} requests were lost and {} are open; they are charged, and part of no tree's cost.",
            spending.lost, spending.open
        ));
    }
    limits.push(format!("Intervals say what {} other problems of this kind could show; they allow for no other model, prompt or data set.", coverage.problems));
    limits
}
