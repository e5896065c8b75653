//! `mend run --amend`: what another run has is taken over, and what it lacks is bought.

use super::chosen::{chosen, of_seats};
use super::going::{check_k, data, folder, go};
use crate::args::RunArgs;
use crate::asked::{budget, commit, connections, limits, machine, problem_budget, select, shipped_prices, variable};
use crate::exit::{Exit, Failure};
use crate::heard::Stderr;
use crate::sampling;
use mend_core::{JudgeLimits, Sampling, Seat, Tokens};
use mend_lab::{Amendment, Asked, Before, Sandbox, Way};
use mend_model::Prices;
use mend_repair::Strategy;
use std::collections::BTreeMap;
use std::path::Path;

/// `mend run --amend`: every flag that is not given stays as it was in the run.
pub fn run(args: &RunArgs, run: &Path) -> Result<Exit, Failure> {
    let mut stderr = Stderr::default();
    let before = Before::read(run)?;
    let strategy = strategy(args, &before)?;
    let asked = asked(args, &before);
    let n_p = strategy.count("n_p").unwrap_or(1);
    check_k(&args.output.show, n_p.saturating_mul(asked.replicates), None)?;
    let is_given = |flag: &str| args.given.contains(flag);
    let is_chosen = ["problems", "conditions", "sample"].into_iter().any(is_given);
    let with = Amendment {
        data: args.data.dataset.is_some().then(|| data(&args.data)).transpose()?,
        select: is_chosen.then(|| select(&args.select, asked.seed)),
        public: args.data.public_tests.clone(),
        asked,
        sampling: sampling(args, &before, &strategy)?,
        models: models(args, &before, &strategy)?,
        programs: args.programs.clone(),
        strategy,
        sandbox: args.judge.machine.sandbox.map_or_else(|| Sandbox::of(&before.manifest().identity), Into::into),
        budget: budget(&args.budget.run),
        prices: mend_lab::prices(prices(args, &before), args.budget.run.prices.as_deref())?,
        record: args.traffic.record.as_deref(),
        cache: args.traffic.cache.as_deref(),
        machine: &machine(&args.judge.machine),
        way: Way { connections: &connections(&args.connections), variables: &variable },
        commit: commit(),
    };
    let session = before.amend(with, |run_id| folder(&args.output, run_id), &mut stderr)?;
    go(session, &args.output.show, &args.status, stderr)
}

/// The prices that the run went by, above those that come with mend.
fn prices(args: &RunArgs, before: &Before) -> Prices {
    let (environment, shipped) = (&before.manifest().environment, shipped_prices(&args.connections));
    if environment.batch != args.connections.batch {
        return shipped;
    }
    shipped.over(&environment.prices, environment.prices_date.as_deref())
}

/// The strategy of the run, with the parameters that were given; another one if another one was given, to be refused.
fn strategy(args: &RunArgs, before: &Before) -> Result<Strategy, Failure> {
    let began = before.strategy();
    if !args.given.contains("strategy") {
        return chosen(args, began.clone());
    }
    let named = mend_lab::strategy(&args.strategy)?;
    let is_same = named.name() == began.name() && named.script().text() == began.script().text();
    chosen(args, if is_same { began.clone() } else { named })
}

/// What the run was asked for, with the flags that were given.
fn asked(args: &RunArgs, before: &Before) -> Asked {
    let began = before.asked();
    let is_given = |flag: &str| args.given.contains(flag);
    let given = limits(&args.judge);
    let limits = JudgeLimits {
        cpu_ms: if is_given("time_limit") { given.cpu_ms } else { began.limits.cpu_ms },
        memory_bytes: if is_given("memory_limit") { given.memory_bytes } else { began.limits.memory_bytes },
        ..began.limits
    };
    Asked {
        limits,
        tests: if is_given("tests") { args.judge.tests.into() } else { began.tests },
        require: if is_given("require") { args.judge.require.into() } else { began.require },
        replicates: if is_given("replicates") { args.replicates.get() } else { began.replicates },
        seed: if is_given("seed") { args.seed } else { began.seed },
        problem_budget: problem_budget(&args.budget).or(began.problem_budget),
        shares_completions: args.traffic.cache_reuse || began.shares_completions,
        extraction: if is_given("extraction") { Some(args.extraction.extraction.into()) } else { began.extraction },
    }
}

/// How each seat sampled, with the flags that were given.
fn sampling(args: &RunArgs, before: &Before, strategy: &Strategy) -> Result<BTreeMap<Seat, Sampling>, Failure> {
    let typed = sampling::sampling(&args.sampling, strategy.seats())?;
    let is_given = |flag: &str| args.given.contains(flag);
    let of_seat = |(seat, typed): (Seat, Sampling)| {
        let Some(mut began) = before.sampling(seat) else {
            // Whoever does not sample, such as people, has none; a seat of whom nothing is known gets what was typed.
            let is_known = before.manifest().identity.models.contains_key(&seat);
            return (seat, if is_known { Sampling::new(0.0, Tokens(0)) } else { typed });
        };
        if is_given("of_seats") {
            return (seat, typed);
        }
        if is_given("temperature") {
            began.temperature = typed.temperature;
        }
        if is_given("top_p") {
            began.top_p = typed.top_p;
        }
        if is_given("max_tokens") {
            began.max_tokens = typed.max_tokens;
        }
        if is_given("max_prompt") {
            began.max_prompt = typed.max_prompt;
        }
        if is_given("stop") {
            began.stop = typed.stop;
        }
        if is_given("reasoning_effort") {
            began.reasoning_effort = typed.reasoning_effort;
        }
        if is_given("omit") {
            began.omit = typed.omit;
        }
        if is_given("completions_per_request") {
            began.per_request = typed.per_request;
        }
        (seat, began)
    };
    Ok(typed.into_iter().map(of_seat).collect())
}

/// The models that were given. `--model` is for the seats that had the model of the run's coder, and for new ones.
fn models(args: &RunArgs, before: &Before, strategy: &Strategy) -> Result<BTreeMap<Seat, String>, Failure> {
    let of_seats = of_seats(args, strategy.seats())?;
    let mut models: BTreeMap<Seat, String> =
        of_seats.into_iter().map(|(seat, typed)| (seat, typed.to_owned())).collect();
    let Some(typed) = &args.model else { return Ok(models) };
    let began = &before.manifest().identity.models;
    let name = |seat: Seat| began.get(&seat).map(|model| model.name.as_str());
    // Where programs were saved the model is the one that repairs them.
    let is_saved = before.manifest().environment.programs_source.is_some();
    let usual = if is_saved { name(Seat::REPAIRER) } else { name(Seat::CODER) };
    for seat in strategy.seats() {
        if name(*seat).is_none() || name(*seat) == usual {
            models.entry(*seat).or_insert_with(|| typed.clone());
        }
    }
    Ok(models)
}
