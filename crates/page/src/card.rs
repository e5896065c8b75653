//! The run card: the command that makes the run again, its files, and all that decided its numbers.

use crate::text::shown;
use maud::{Markup, html};
use mend_core::{RunManifest, Seat, TestsMode};

/// The command that makes the run again, as far as its manifest says; `None` for what was imported.
pub(crate) fn command(manifest: &RunManifest) -> String {
    let (identity, environment) = (&manifest.identity, &manifest.environment);
    if let Some(imported) = &identity.imported {
        return format!("mend import {} {}", imported.format, quoted(&imported.file));
    }
    let model = |seat: Seat| identity.models.get(&seat).map(|model| model.name.as_str());
    let coder = model(Seat::CODER);
    let samples = coder.and_then(|name| name.strip_prefix("samples:"));
    let mut words = vec![if samples.is_some() { "mend score" } else { "mend run" }.to_owned()];
    let mut add = |flag: &str, value: &str| words.push(format!("{flag} {}", quoted(value)));
    add("--dataset", &environment.dataset_source);
    if !identity.dataset.public.is_default() {
        add("--public-tests", &identity.dataset.public.to_string());
    }
    if let Some(samples) = samples {
        add("--samples", samples);
        return words.join(" ");
    }
    if let Some(coder) = coder {
        add("--model", coder);
    }
    for (seat, other) in identity.models.iter().filter(|(seat, _)| **seat != Seat::CODER) {
        match *seat {
            _ if Some(other.name.as_str()) == coder => {}
            Seat::CRITIC => add("--critic", &other.name),
            seat => add("--seat", &format!("{seat}={}", other.name)),
        }
    }
    add("--strategy", &identity.strategy.name);
    for (name, value) in identity.strategy.parameters.iter().flatten() {
        add("--set", &format!("{name}={value}"));
    }
    if identity.replicates > 1 {
        add("--replicates", &identity.replicates.to_string());
    }
    add("--seed", &identity.seed.to_string());
    if let Some(sampling) = identity.models.get(&Seat::CODER).and_then(|model| model.sampling.as_ref()) {
        add("--temperature", &sampling.temperature.to_string());
        add("--max-tokens", &sampling.max_tokens.to_string());
    }
    words.join(" ")
}

/// A word as a shell takes it.
fn quoted(word: &str) -> String {
    let plain = |char: char| char.is_ascii_alphanumeric() || "-_./=:,@%+".contains(char);
    let word = shown(word);
    if !word.is_empty() && word.chars().all(plain) { word } else { format!("'{}'", word.replace('\'', "'\\''")) }
}

/// A list of names and values under a heading.
fn part(title: &str, rows: &[(String, String)]) -> Markup {
    html! {
        section { h3.h3 { (title) } dl { @for (name, value) in rows { dt { (shown(name)) } dd { (shown(value)) } } } }
    }
}

/// The whole card. `files` are those that the run's folder holds, `beside` those of them that the page does not hold too.
pub(crate) fn section(manifest: &RunManifest, files: &[String], beside: &[&str]) -> Markup {
    let (identity, environment) = (&manifest.identity, &manifest.environment);
    let row = |name: &str, value: &dyn std::fmt::Display| (name.to_owned(), value.to_string());
    let mut models = vec![];
    for (seat, model) in &identity.models {
        models.push(row(&seat.to_string(), &model.name));
        if let Some(sampling) = &model.sampling {
            let told = format!(
                "temperature {}, top_p {}, at most {} tokens",
                sampling.temperature, sampling.top_p, sampling.max_tokens
            );
            models.push((format!("{seat} samples with"), told));
        }
    }
    let strategy = &identity.strategy;
    let mut of_strategy = vec![row("strategy", &strategy.name), row("oracle level", &strategy.oracle_level)];
    let yes = |flag: bool| if flag { "yes" } else { "no" };
    let oracle = strategy.oracle;
    of_strategy.extend([
        row("prompts can show hidden tests", &yes(oracle.sees_hidden)),
        row("stops on hidden tests", &yes(oracle.stops_on_hidden)),
        row("selects on hidden tests", &yes(oracle.selects_on_hidden)),
        row("reference in view", &yes(oracle.sees_reference)),
    ]);
    of_strategy.extend(strategy.parameters.iter().flatten().map(|(name, value)| (name.clone(), value.clone())));
    let limits = identity.limits;
    let judging = vec![
        row("engine", &identity.engines()),
        row("grader", &identity.grader),
        row("time limit of a test", &format!("{} ms of CPU", limits.cpu_ms)),
        row("memory", &format!("{} MiB", limits.memory_bytes >> 20)),
        row("tests", &if identity.tests == TestsMode::All { "all" } else { "until the first failure" }),
        row("tokenizer", &identity.tokenizer),
    ];
    let mut data = vec![
        row("data set", &identity.dataset.label()),
        row("problems", &manifest.problems.len()),
        row("digest", &identity.dataset.digest.short()),
        row("selection", &identity.selection.short()),
        row("replicates", &identity.replicates),
        row("seed", &identity.seed),
    ];
    let budget = environment.budget();
    let limit =
        |tokens: Option<mend_core::Tokens>| tokens.map_or_else(|| "no limit".to_owned(), |tokens| tokens.to_string());
    data.push(row("budget in tokens", &limit(budget.tokens)));
    let mut place = vec![row("mend", &environment.mend_version)];
    place.push(row("commit", &environment.commit.as_deref().unwrap_or("not known")));
    place.push(row("host", &environment.host));
    let prompts: Vec<(String, String)> =
        strategy.prompts.iter().map(|(name, digest)| (name.clone(), digest.short())).collect();
    html! {
        div.cmd { pre #cmd { (command(manifest)) } button.icon type="button" #copy { "Copy" } }
        div.files { @for file in files { a href=(file) { (file) } } }
        @if !beside.is_empty() { p.note { "This page does not hold " (beside.join(", ")) ": they are large, and their links lead to the run\u{2019}s folder." } }
        div.card {
            (part("Models and sampling", &models)) (part("Strategy and oracle", &of_strategy)) (part("Judging", &judging))
            (part("Data", &data)) (part("Prompts by digest", &prompts)) (part("Environment", &place))
        }
    }
}
