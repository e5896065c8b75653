//! What a run is made of: models and prompts, data and people, budget, judging and isolation.

use super::markdown::Page;
use mend_core::{Budget, Digest, EffortLimits, Environment, Identity, Integrity, ModelIdentity, RunManifest, Sampling};
use mend_metrics::{Coverage, Sample, Summary};
use std::collections::BTreeMap;
use std::path::Path;

/// The run, its models, and its prompts by digest.
pub(super) fn system(page: &mut Page, manifest: &RunManifest, summary: &Summary) {
    let RunManifest { identity, environment, .. } = manifest;
    page.fields(&[
        ("run", manifest.run_id.clone()),
        ("state", state(&summary.coverage)),
        ("mend", version(environment)),
        ("host", environment.host.clone()),
        ("tokenizer of our own counts", identity.tokenizer.clone()),
    ]);
    page.table(
        &["seat", "model", "simulated", "sampling", "digest"],
        identity.models.iter().map(|(seat, model)| {
            let ModelIdentity { name, simulated, digest, sampling } = model;
            let sampling = sampling.as_ref().map_or_else(|| "none: saved or simulated answers".to_owned(), sampled);
            let digest = digest.map_or(String::new(), |digest| digest.short());
            vec![seat.to_string(), name.clone(), yes_no(*simulated), sampling, digest]
        }),
    );
    let prompts = identity.strategy.prompts.iter().map(|(name, digest)| (name.as_str(), *digest));
    let script = ("(the script)", Digest::of(identity.strategy.definition.as_bytes()));
    page.table(
        &["prompt or script", "BLAKE3"],
        std::iter::once(script).chain(prompts).map(|(name, digest)| vec![name.to_owned(), digest.to_string()]),
    );
    let parameters = identity.strategy.parameters.iter().flatten();
    page.table(
        &["parameter of the strategy", "value"],
        parameters.map(|(name, value)| vec![name.clone(), value.clone()]),
    );
}

fn state(coverage: &Coverage) -> String {
    let trees = format!("{} of {} trees are finished", coverage.finished, coverage.trees);
    match coverage.sample {
        Sample::Complete if coverage.finished == coverage.trees => format!("complete: {trees}"),
        Sample::Complete => format!("stopped early: {trees}; figures rest on {} whole replicates", coverage.replicates),
        Sample::Stopped => format!("stopped early: {trees}; figures are those of a stopped sample"),
    }
}

fn version(environment: &Environment) -> String {
    let commit = environment.commit.as_ref().map_or(String::new(), |commit| format!(", commit {commit}"));
    format!("{}{commit}", environment.mend_version)
}

fn sampled(sampling: &Sampling) -> String {
    let Sampling { temperature, top_p, max_tokens, max_prompt, stop, reasoning_effort, omit, per_request: _ } =
        sampling;
    let mut words =
        vec![format!("temperature {temperature}"), format!("top-p {top_p}"), format!("at most {max_tokens} tokens")];
    words.extend(max_prompt.map(|most| format!("prompts of at most {most} tokens")));
    words.extend(reasoning_effort.as_ref().map(|effort| format!("reasoning effort {effort}")));
    if !stop.is_empty() {
        words.push(format!("stops at {}", serde_json::Value::from(stop.clone())));
    }
    words.extend(omit.iter().map(|parameter| format!("{parameter} left to the model")));
    words.join(", ")
}

/// The data, how problems were chosen, and what people had a part in it.
pub(super) fn interface(page: &mut Page, manifest: &RunManifest) {
    let RunManifest { identity, environment, problems, .. } = manifest;
    let dev = problems.iter().filter(|entry| entry.dev).count();
    let mut fields = vec![
        ("data", identity.dataset.label()),
        ("digest of the data", identity.dataset.digest.to_string()),
        (
            "problems",
            format!(
                "{}{}",
                problems.len(),
                if dev > 0 {
                    format!(", of which {dev} shape the strategy and are not reported")
                } else {
                    String::new()
                }
            ),
        ),
        ("digest of the selection", identity.selection.to_string()),
        ("difficulties", difficulties(manifest)),
        (
            "public tests",
            format!("{} problems have some", problems.iter().filter(|entry| entry.public_tests > 0).count()),
        ),
        ("replicates", identity.replicates.to_string()),
    ];
    if let Some(file) = &identity.imported {
        let choices = file.choices.iter().map(|(name, value)| format!(", {name} {value}")).collect::<Vec<_>>().concat();
        fields.push(("verdicts", format!("as published in {} ({}{choices}), none of ours", file.file, file.format)));
    }
    if let Some(source) = &environment.programs_source {
        fields.push(("first programs", format!("saved before: {}", file_name(source))));
    }
    fields.extend(people(environment));
    page.fields(&fields);
}

/// What people wrote, by the seat that they took.
fn people(environment: &Environment) -> Vec<(&'static str, String)> {
    let traffic = &environment.traffic;
    let mut words: Vec<String> =
        traffic.feedback.iter().map(|file| format!("the critic's feedback stands in {}", file_name(file))).collect();
    words
        .extend(traffic.people.iter().map(|(seat, file)| format!("the {seat}'s answers stand in {}", file_name(file))));
    let words = if words.is_empty() { "nobody was asked".to_owned() } else { words.join("; ") };
    vec![("people", words)]
}

fn difficulties(manifest: &RunManifest) -> String {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for entry in manifest.problems.iter().filter(|entry| !entry.dev) {
        *counts.entry(entry.difficulty.as_deref().unwrap_or("without a word for it")).or_default() += 1;
    }
    let each: Vec<String> = counts.iter().map(|(word, count)| format!("{word} {count}")).collect();
    each.join(", ")
}

/// The last part of a path: a card may be published, and the folders of a machine are nobody's business.
fn file_name(path: &str) -> String {
    Path::new(path).file_name().map_or_else(|| path.to_owned(), |name| name.to_string_lossy().into_owned())
}

/// Budget, judging and isolation.
pub(super) fn implementation(page: &mut Page, manifest: &RunManifest, summary: &Summary) {
    let RunManifest { identity, environment, problems, .. } = manifest;
    let limits = &identity.limits;
    let cooperative = problems.iter().filter(|entry| entry.integrity == Integrity::Cooperative).count();
    page.fields(&[
        ("budget of the run", budget(&environment.budget())),
        ("budget of a tree", identity.problem_budget.as_ref().map_or_else(|| "none".to_owned(), budget)),
        ("spent", spent(summary)),
        ("seed", identity.seed.to_string()),
        ("judging", format!("grader {}; {}", identity.grader, tests_mode(identity))),
        (
            "limits of a test",
            format!(
                "{} ms of CPU time, {} bytes of memory, {} bytes of output",
                limits.cpu_ms, limits.memory_bytes, limits.output_bytes
            ),
        ),
        ("isolation", identity.engines().to_string()),
        (
            "problems without isolation",
            format!(
                "{cooperative} cooperative: their tests and a program share an interpreter; {}",
                if identity.require == Integrity::Isolated {
                    "they stay unscored"
                } else {
                    "passes there are counted apart"
                }
            ),
        ),
        (
            "programs are found by",
            identity.extraction.map_or("an earlier build, or whoever published them", |rule| rule.as_str()).to_owned(),
        ),
        ("shares completions with other runs", yes_no(identity.shares_completions)),
    ]);
    let missing = &environment.isolation_missing;
    if !missing.is_empty() {
        page.text("What kept the sandbox from a higher level of isolation:");
        page.list(missing.iter().cloned());
    }
}

fn budget(budget: &Budget) -> String {
    let tokens = budget.tokens.map(|tokens| format!("{tokens} tokens"));
    let usd = budget.usd.map(|usd| format!("${usd}"));
    let EffortLimits { calls, executions, questions, minutes, observations } = budget.effort;
    let counts =
        [("calls", calls), ("executions", executions), ("questions", questions), ("observations", observations)];
    let counts = counts.into_iter().filter_map(|(what, limit)| Some(format!("{} {what}", limit?)));
    let minutes = minutes.map(|minutes| format!("{minutes} minutes of people"));
    let all: Vec<String> = tokens.into_iter().chain(usd).chain(counts).chain(minutes).collect();
    if all.is_empty() { "none".to_owned() } else { all.join(", ") }
}

fn spent(summary: &Summary) -> String {
    let spending = &summary.spending;
    let usd = spending.usd.map_or(String::new(), |usd| format!(", ${usd}"));
    let by_seat: Vec<String> = spending.by_role.iter().map(|(seat, cost)| format!("{seat} {cost}")).collect();
    let by_seat = if by_seat.is_empty() { String::new() } else { format!(" ({})", by_seat.join(", ")) };
    let effort = spending.effort;
    let people = match effort.questions {
        0 => String::new(),
        questions => format!("; {questions} questions to people, {} minutes of theirs", effort.minutes),
    };
    format!("{} tokens{usd} in {} calls{by_seat}{people}", spending.tokens, spending.calls)
}

fn tests_mode(identity: &Identity) -> &'static str {
    match identity.tests {
        mend_core::TestsMode::All => "every test of a suite runs",
        mend_core::TestsMode::FirstFailure => "a suite ends at its first failing test",
    }
}

fn yes_no(holds: bool) -> String {
    if holds { "yes" } else { "no" }.to_owned()
}
