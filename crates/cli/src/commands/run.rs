//! `mend run`, `mend score` and `mend resume`.

use crate::args::{
    CritiqueArg, DataArgs, JudgeArgs, OutputArgs, ResumeArgs, RunArgs, Sandbox, ScoreArgs, SeeArg, SelectArgs, ShowArgs,
};
use crate::exit::{Exit, Failure};
use crate::experiment::{Choices, Experiment, choices_of, journal_failure};
use crate::files::{self, Found};
use crate::seats::{self, Seated, Usher};
use mend_core::{
    Entry, Environment, Event, Form, Identity, JudgeLimits, Price, ProblemId, RunManifest, Sampling, Seat, Tokens,
    TrafficFiles,
};
use mend_dataset::{Condition, Dataset, OnInvalid, Sample, SelectError, Selection};
use mend_journal::Journal;
use mend_model::{Limits, Prices};
use mend_repair::{Chosen, Strategy, strategy_names};
use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Bytes of output after which a candidate is stopped.
const OUTPUT_BYTES: u64 = 16 << 20;

/// `mend run`
pub fn run(args: &RunArgs) -> Result<Exit, Failure> {
    let mut found = data(&args.data)?;
    select(&mut found.dataset, &args.select, args.seed)?;
    let strategy = strategy(args)?;
    let sampling = seats::sampling(&args.sampling, strategy.seats())?;
    let prices = seats::prices(Prices::shipped(), args.budget.run.prices.as_deref())?;
    let (models, traffic) = models(args, &strategy, &found, &sampling, &prices)?;
    let samples = models.get(&Seat::CODER).and_then(Seated::as_samples);
    let replicates = args.replicates.get();
    let missing = samples.map(|samples| samples.missing(replicates)).unwrap_or_default();
    if !missing.is_empty() {
        let source = args.programs.as_ref().unwrap_or(&args.model);
        let failure = Failure::usage(format!("`{source}` has no sample for {}", list(&missing, replicates)));
        return Err(failure.hint(match (replicates, &args.programs) {
            (1, None) => "`mend score --allow-missing` scores only the problems that have samples",
            (1, Some(_)) => "choose the problems that have one, with `--problems` or `--where`",
            _ => "only a run with as many replicates has programs for each of them",
        }));
    }
    let n_p = strategy.count("n_p").unwrap_or(1);
    let scarce = samples.and_then(|samples| scarcest(&samples.per_problem(0)));
    let available = scarce.as_ref().map_or(n_p, |(_, n)| n_p.min(*n)).saturating_mul(replicates);
    check_k(&args.output.show, available, scarce.filter(|(_, n)| *n < n_p).map(|(id, _)| id).as_ref())?;
    let choices = Choices {
        dataset: found.dataset.name,
        dataset_digest: found.dataset.digest,
        dataset_source: found.source,
        problems: found.dataset.problems,
        strategy,
        models,
        sampling,
        extraction: args.extraction.extraction.into(),
        limits: limits(&args.judge),
        tests: args.judge.tests.into(),
        require: args.judge.require.into(),
        sandbox: sandbox(&args.judge),
        replicates,
        seed: args.seed,
        budget: Limits { tokens: args.budget.run.budget_tokens.map(Tokens), usd: args.budget.run.budget_usd },
        problem_budget: Limits {
            tokens: args.budget.problem_budget_tokens.map(Tokens),
            usd: args.budget.problem_budget_usd,
        },
        prices,
        shares_completions: args.traffic.cache_reuse,
        traffic,
    };
    let experiment = Experiment::new(choices, &args.judge.machine, args.connections.max_connections)?;
    experiment.start(&folder(&args.output, &experiment.manifest), &args.output.show)
}

/// `mend score`
pub fn score(args: &ScoreArgs) -> Result<Exit, Failure> {
    let mut found = data(&args.data)?;
    select(&mut found.dataset, &args.select, args.seed)?;
    let form = args.form.map(Into::into);
    let model = Seated::samples(&args.samples, &found.dataset, on_invalid(&args.data), form)?;
    if let Some(samples) = model.as_samples().filter(|_| form.is_none()) {
        for (field, form) in samples.forms() {
            crate::tell(&format!("`{field}` of `{}` is taken as {}", args.samples.display(), taken_as(form)));
        }
    }
    let samples = model.as_samples().map(|samples| (samples.missing(1), samples.per_problem(0)));
    let (missing, mut counts) = samples.unwrap_or_default();
    if !missing.is_empty() {
        if !args.allow_missing {
            let error = format!("`{}` has no sample for {}", args.samples.display(), list(&missing, 1));
            return Err(Failure::usage(error).hint("`--allow-missing` scores only the problems that have samples"));
        }
        found.dataset.problems.retain(|problem| !missing.contains(&problem.id));
        counts.retain(|(id, _)| !missing.contains(id));
        if counts.is_empty() {
            let error = format!("`{}` has no sample for any chosen problem", args.samples.display());
            return Err(Failure::usage(error).hint("choose other problems, or another file"));
        }
        crate::tell(&format!("no sample for {}: left out", list(&missing, 1)));
    }
    let scarce = scarcest(&counts);
    let available = scarce.as_ref().map_or(0, |(_, n)| *n);
    check_k(&args.output.show, available, scarce.map(|(id, _)| id).as_ref())?;
    let most = counts.iter().map(|(_, n)| *n).max().unwrap_or(1);
    let choices = Choices {
        dataset: found.dataset.name,
        dataset_digest: found.dataset.digest,
        dataset_source: found.source,
        problems: found.dataset.problems,
        strategy: samples_strategy(most)?,
        models: [(Seat::CODER, model)].into(),
        sampling: [(Seat::CODER, Sampling::new(0.0, Tokens(0)))].into(),
        extraction: args.extraction.extraction.into(),
        limits: limits(&args.judge),
        tests: args.judge.tests.into(),
        require: args.judge.require.into(),
        sandbox: sandbox(&args.judge),
        replicates: 1,
        seed: args.seed,
        budget: Limits::default(),
        problem_budget: Limits::default(),
        prices: Prices::shipped(),
        shares_completions: false,
        traffic: TrafficFiles::default(),
    };
    let experiment = Experiment::new(choices, &args.judge.machine, NonZeroUsize::MIN)?;
    experiment.start(&folder(&args.output, &experiment.manifest), &args.output.show)
}

/// What texts of a form are, in words, and how to take them as something else.
fn taken_as(form: Form) -> &'static str {
    match form {
        Form::Chat => "answers of a chat model (else: `--form continuation` or `--form whole`)",
        Form::Continuation => "the rest of the statement, verbatim (else: `--form chat` or `--form whole`)",
        Form::Whole => "whole programs, verbatim (else: `--form chat` or `--form continuation`)",
    }
}

/// `mend resume`
pub fn resume(args: &ResumeArgs) -> Result<Exit, Failure> {
    let (journal, recorded) = Journal::resume(&args.run).map_err(journal_failure)?;
    if let Some(imported) = &recorded.manifest.identity.imported {
        let error =
            format!("the run was imported from `{}`: it is complete, and nobody can be asked again", imported.file);
        return Err(Failure::usage(error).hint(format!("`mend report {}` shows it", args.run.display())));
    }
    if let Some(torn) = &recorded.cut {
        crate::tell(&format!(
            "journal.jsonl:{}: cut {} bytes of an entry that was never finished",
            torn.line, torn.bytes
        ));
    }
    let trees = recorded.trees().map_err(journal_failure)?;
    keep_sandbox(args.machine.sandbox, &recorded.manifest.identity)?;
    let experiment = {
        let choices = choices_of(&recorded.manifest, &args.budget, &args.connections)?;
        Experiment::new(choices, &args.machine, args.connections.max_connections)?
    };
    let differ = differences(&recorded.manifest.identity, &experiment.manifest.identity);
    if !differ.is_empty() {
        let error = format!("the run cannot go on: {} differ from when it began", differ.join(", "));
        return Err(Failure::usage(error).hint("its numbers would mix two experiments: start a new run instead"));
    }
    let mut changed = changes(&recorded.manifest, &experiment.manifest);
    let environment = &experiment.manifest.environment;
    let budget = Limits { tokens: environment.budget_tokens, usd: environment.budget_usd };
    let shown = |limit: Option<String>| limit.unwrap_or_else(|| "none".to_owned());
    if budget.tokens != recorded.manifest.environment.budget_tokens {
        changed.push(format!("budget_tokens: {}", shown(budget.tokens.map(|tokens| tokens.to_string()))));
    }
    if budget.usd != recorded.manifest.environment.budget_usd {
        changed.push(format!("budget_usd: {}", shown(budget.usd.map(|usd| usd.to_string()))));
    }
    for change in &changed {
        crate::tell(&format!("changed since the run began: {change}"));
    }
    let resumed = Entry { tree: None, event: Event::Resumed { changed } };
    journal.append(&resumed).map_err(journal_failure)?;
    experiment.go(&args.run, Arc::new(journal), trees, budget, &args.show)
}

fn on_invalid(args: &DataArgs) -> OnInvalid {
    if args.skip_invalid { OnInvalid::Skip } else { OnInvalid::Fail }
}

fn data(args: &DataArgs) -> Result<Found, Failure> {
    let found = files::dataset(&args.dataset, &args.data_dir, on_invalid(args))?;
    found.tell_skipped();
    if !found.dataset.recorded.is_empty() {
        let failure = Failure::usage(format!("`{}` holds recorded programs, which answer no question", args.dataset));
        return Err(failure.hint(format!("`mend datasets verify {}` runs them and compares outcomes", args.dataset)));
    }
    Ok(found)
}

/// Leaves the chosen problems.
pub fn select(dataset: &mut Dataset, args: &SelectArgs, seed: u64) -> Result<(), Failure> {
    let problems: Vec<ProblemId> = dataset.problems.iter().map(|problem| problem.id.clone()).collect();
    let refused = |error: SelectError| {
        let hint = match &error {
            SelectError::NoCondition(_) | SelectError::UnknownField { .. } => "such as `--where difficulty=interview`",
            SelectError::NothingLeft { .. } => "ask for less with `--where`",
            SelectError::UnknownValue { .. } | SelectError::UnknownProblem { .. } => {
                "`mend datasets show` lists the problems of a data set"
            }
            SelectError::TooFew { .. } => "ask for a smaller `--sample`",
        };
        let (word, known): (String, Vec<&str>) = match &error {
            SelectError::UnknownProblem { id, .. } => {
                (id.to_string(), problems.iter().map(ProblemId::as_str).collect())
            }
            SelectError::UnknownValue { value, known, .. } => {
                (value.clone(), known.iter().map(String::as_str).collect())
            }
            SelectError::UnknownField { field } => (field.clone(), Condition::fields().to_vec()),
            _ => return Failure::usage(error).hint(hint),
        };
        let near = mend_core::nearest(&word, known).map(str::to_owned);
        Failure::usage(error).hint(near.map_or(hint.to_owned(), |near| format!("did you mean `{near}`? {hint}")))
    };
    let named = args.problems.as_deref().map(named_problems).transpose()?;
    let conditions: Result<Vec<Condition>, SelectError> = args.conditions.iter().map(|text| text.parse()).collect();
    let sample = args.sample.map(|count| Sample { count: count.get(), seed });
    let selection = Selection { named, conditions: conditions.map_err(refused)?, sample };
    let chosen = dataset.select(&selection).map_err(refused)?;
    dataset.keep(&chosen);
    Ok(())
}

/// The ids in a file, one a line, without comments.
fn named_problems(path: &Path) -> Result<Vec<ProblemId>, Failure> {
    let bytes = files::read(path)?;
    let text = String::from_utf8(bytes)
        .map_err(|error| Failure::usage(format!("`{}` is not UTF-8: {}", path.display(), error.utf8_error())))?;
    let lines = text.lines().map(|line| line.split('#').next().unwrap_or_default().trim());
    let ids: Vec<ProblemId> = lines.filter(|line| !line.is_empty()).map(ProblemId::new).collect();
    if ids.is_empty() {
        let failure = Failure::usage(format!("`{}` names no problem", path.display()));
        return Err(failure.hint("write one problem id a line; `mend datasets show` lists them"));
    }
    Ok(ids)
}

/// The model of each role: saved programs for the coder if there are any, the critic's own for the critic, and
/// `--model` for the rest.
fn models(
    args: &RunArgs,
    strategy: &Strategy,
    found: &Found,
    sampling: &BTreeMap<Seat, Sampling>,
    prices: &Prices,
) -> Result<(BTreeMap<Seat, Seated>, TrafficFiles), Failure> {
    let mut usher = Usher::new(&found.dataset, on_invalid(&args.data), sampling, prices, &args.connections)?;
    let programs = args.programs.as_ref();
    let programs =
        programs.map(|source| Seated::programs(source, &found.dataset, on_invalid(&args.data), None)).transpose()?;
    let mut of_seats: BTreeMap<Seat, &str> = BTreeMap::new();
    if let Some(critic) = &args.critic {
        of_seats.insert(Seat::CRITIC, critic);
    }
    for typed in &args.seats {
        let Some((seat, model)) = typed.split_once('=') else {
            let error = format!("`--seat {typed}`: expected a seat and its model, as in critic=openai/gpt-4o");
            return Err(Failure::usage(error));
        };
        of_seats.insert(seats::seat_of(seat, strategy.seats(), &format!("--seat {typed}"))?, model);
    }
    let mut seats: BTreeMap<Seat, Seated> = BTreeMap::new();
    for seat in strategy.seats() {
        let typed = of_seats.get(seat).copied().unwrap_or(&args.model);
        let seated = match (*seat, &programs) {
            (Seat::CODER, Some(programs)) => programs.clone(),
            _ => usher.seat(typed, *seat)?,
        };
        seats.insert(*seat, seated);
    }
    if let Some(cache) = &args.traffic.cache {
        seats = usher.cached(seats, cache, args.traffic.cache_reuse)?;
    }
    if let Some(cassette) = &args.traffic.record {
        seats = usher.recorded(seats, cassette, false)?;
    }
    Ok((seats, usher.files))
}

/// The strategy by name or file, with what the command line changes about it.
fn strategy(args: &RunArgs) -> Result<Strategy, Failure> {
    let mut found = named_strategy(&args.strategy)?;
    if args.critic.is_some() && !found.seats().contains(&Seat::CRITIC) {
        found = found.with_critic().ok_or_else(|| {
            let failure = Failure::usage(format!("the strategy `{}` asks no critic", args.strategy));
            failure.hint("leave out `--critic`, or use `--strategy critic`")
        })?;
    }
    let mut chosen = Chosen::new();
    let mut choose = |option: &str, parameter: &str, value: String| {
        if found.has(parameter) {
            chosen.insert(parameter.to_owned(), value);
            return Ok(());
        }
        let error = format!("`{option}`: the strategy `{}` has no parameter `{parameter}`", args.strategy);
        if matches!(parameter, "n_r" | "critique") && found.with_critic().is_some() {
            let hint = "only a critic's critiques have repairs of their own: add `--critic <model>`, or use \
                        `--strategy critic`";
            return Err(Failure::usage(error).hint(hint));
        }
        let known: Vec<&str> = found.script().parameters().keys().map(String::as_str).collect();
        let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
        let hint = format!("it has: {known}");
        if !option.starts_with("--set") {
            return Err(Failure::usage(error).hint(hint));
        }
        let names = found.script().parameters().keys().map(String::as_str);
        Err(Failure::usage(error).meant(parameter, names, hint))
    };
    let widths = [("--n-p", "n_p", args.n_p), ("--n-f", "n_f", args.n_f), ("--n-r", "n_r", args.n_r)];
    for (option, parameter, width) in widths {
        if let Some(width) = width {
            choose(option, parameter, width.to_string())?;
        }
    }
    if let Some(critique) = args.critique {
        let word = match critique {
            CritiqueArg::Failing => "failing",
            CritiqueArg::All => "all",
        };
        choose("--critique", "critique", word.to_owned())?;
    }
    if let Some(see) = args.see {
        let word = match see {
            SeeArg::None => "none",
            SeeArg::Public => "public",
            SeeArg::Hidden => "hidden",
        };
        // A strategy that shows nothing may still stop on something.
        if found.has("see") || !found.has("stop_on") {
            choose("--see", "see", word.to_owned())?;
        }
        if see != SeeArg::None && found.has("stop_on") {
            choose("--see", "stop_on", word.to_owned())?;
        }
    }
    for typed in &args.parameters {
        let Some((parameter, value)) = typed.split_once('=') else {
            let error = format!("`--set {typed}`: expected a parameter and its value, as in n_p=5");
            return Err(Failure::usage(error));
        };
        choose(&format!("--set {typed}"), parameter.trim(), value.trim().to_owned())?;
    }
    found.with(&chosen).map_err(Failure::usage)
}

/// A strategy by the name or the file that somebody typed.
pub fn named_strategy(typed: &str) -> Result<Strategy, Failure> {
    if let Some(strategy) = Strategy::named(typed) {
        return Ok(strategy);
    }
    let path = Path::new(typed);
    if !path.is_file() {
        let failure = Failure::usage(format!("unknown strategy `{typed}`"));
        let hint = format!("shipped: {}; or name a script, such as mine.star", strategy_names().join(", "));
        return Err(failure.meant(typed, strategy_names(), hint));
    }
    let text =
        std::fs::read_to_string(path).map_err(|source| Failure::usage(format!("cannot read `{typed}`: {source}")))?;
    if path.extension().is_some_and(|extension| extension == "toml") {
        return Strategy::from_toml(typed, &text).map_err(Failure::usage);
    }
    Strategy::from_script(typed, &text, &Chosen::new()).map_err(Failure::usage)
}

/// The strategy of saved samples: as many independent programs as there are.
fn samples_strategy(most: u32) -> Result<Strategy, Failure> {
    let iid = Strategy::named("iid").expect("it is shipped");
    iid.with(&[("n_p".to_owned(), most.max(1).to_string())].into()).map_err(Failure::usage)
}

/// What runs programs, in a run that begins.
pub fn sandbox(args: &JudgeArgs) -> Sandbox {
    args.machine.sandbox.unwrap_or(Sandbox::Process)
}

pub fn limits(args: &JudgeArgs) -> JudgeLimits {
    JudgeLimits {
        cpu_ms: (args.time_limit * 1000.0).round() as u64,
        memory_bytes: u64::from(args.memory_limit.get()) << 20,
        output_bytes: OUTPUT_BYTES,
    }
}

fn folder(output: &OutputArgs, manifest: &RunManifest) -> PathBuf {
    output.out.clone().unwrap_or_else(|| Path::new("results").join(&manifest.run_id))
}

/// The problem with the fewest samples.
fn scarcest(counts: &[(ProblemId, u32)]) -> Option<(ProblemId, u32)> {
    counts.iter().min_by_key(|(_, n)| *n).cloned()
}

/// Refuses a k that the run cannot carry, before anything is paid for.
fn check_k(show: &ShowArgs, available: u32, problem: Option<&ProblemId>) -> Result<(), Failure> {
    let Some(k) = show.k.iter().map(|k| k.get()).find(|k| *k > available) else { return Ok(()) };
    let whose = problem.map_or("each problem".to_owned(), |id| format!("problem {id}"));
    let error = format!("pass@{k} needs {k} programs of every problem, and {whose} gets {available}");
    Err(Failure::usage(error).hint("ask for a smaller `--k`, or collect more"))
}

/// A few names, and how many more.
fn list(ids: &[ProblemId], replicates: u32) -> String {
    let tail = if replicates > 1 { format!(" in each of {replicates} replicates") } else { String::new() };
    if let [id] = ids {
        return format!("problem {id}{tail}");
    }
    let named: Vec<_> = ids.iter().take(5).map(ProblemId::as_str).collect();
    let more = ids.len().saturating_sub(named.len());
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("{} problems{tail}: {}{more}", ids.len(), named.join(", "))
}

/// Refuses another choice of engines than a run began with, before anything is built for it.
fn keep_sandbox(asked: Option<Sandbox>, identity: &Identity) -> Result<(), Failure> {
    let began = Sandbox::of(identity);
    let Some(asked) = asked.filter(|asked| *asked != began) else { return Ok(()) };
    let error = format!("the run began with `--sandbox {}` and cannot go on with `{}`", began.as_str(), asked.as_str());
    let hint = "its numbers would mix two experiments: leave out `--sandbox` and MEND_SANDBOX, or start a new run";
    Err(Failure::usage(error).hint(hint))
}

/// The parts of two identities that are not equal.
fn differences(then: &Identity, now: &Identity) -> Vec<String> {
    let engines = match (then.engines(), now.engines()) {
        (then, now) if then.to_string() == now.to_string() => "the recipe of the sandbox engine".to_owned(),
        (then, now) => format!("the sandbox engine or its interpreter ({then} -> {now})"),
    };
    let parts = [
        ("the data", then.dataset != now.dataset || then.selection != now.selection),
        ("the strategy or its prompts", then.strategy != now.strategy),
        ("the models", then.models != now.models),
        ("the rules that find programs in answers", then.extraction != now.extraction),
        ("what saved texts are taken for", then.forms != now.forms),
        ("the tokenizer", then.tokenizer != now.tokenizer),
        ("the limits", then.limits != now.limits || then.tests != now.tests),
        ("the rules of judging", then.grader != now.grader || then.require != now.require),
        (engines.as_str(), then.engines() != now.engines()),
        ("the seeds", then.seed != now.seed || then.replicates != now.replicates),
    ];
    parts.into_iter().filter(|(_, differs)| *differs).map(|(part, _)| part.to_owned()).collect()
}

/// What differs in the environment, one line each.
fn changes(then: &RunManifest, now: &RunManifest) -> Vec<String> {
    let (then, now) = (&then.environment, &now.environment);
    let none = || "none".to_owned();
    let guest = |environment: &Environment| {
        environment.guest.as_ref().map_or_else(none, |guest| format!("{} at {}", guest.digest.short(), guest.path))
    };
    let prices = |environment: &Environment| {
        let of = |(name, price): (&String, &Price)| {
            let cached = price.cached.map_or(String::new(), |cached| format!(", cached {cached}"));
            format!("{name} at prompt {}{cached}, completion {}", price.prompt, price.completion)
        };
        let all: Vec<String> = environment.prices.iter().map(of).collect();
        if all.is_empty() { none() } else { all.join("; ") }
    };
    let fields = [
        ("mend_version", then.mend_version.clone(), now.mend_version.clone()),
        ("commit", then.commit.clone().unwrap_or_else(none), now.commit.clone().unwrap_or_else(none)),
        ("host", then.host.clone(), now.host.clone()),
        ("guest", guest(then), guest(now)),
        ("prices", prices(then), prices(now)),
    ];
    let differ = fields.into_iter().filter(|(_, then, now)| then != now);
    differ.map(|(name, then, now)| format!("{name}: {then} -> {now}")).collect()
}
