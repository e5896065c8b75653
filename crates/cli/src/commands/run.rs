//! `mend run`.

use super::chosen::{MODEL, chosen, for_bench, of_seats};
use super::going::{begin, check_k, data, list, required, scarcest};
use crate::args::{ForecastArgs, RunArgs};
use crate::asked::{
    budget, commit, connections, limits, machine, on_invalid, problem_budget, sandbox, select, shipped_prices, variable,
};
use crate::exit::{Exit, Failure};
use crate::heard::Stderr;
use crate::sampling;
use mend_core::{ProblemId, Sampling, Seat, TrafficFiles};
use mend_lab::{Asked, Bench, Choices, Experiment, Found, Seated, Usher, Way};
use mend_model::{Batches, Prices};
use mend_repair::Strategy;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// `mend run`
pub fn run(args: &RunArgs) -> Result<Exit, Failure> {
    if args.forecast.dry_run {
        return super::plan::run(args);
    }
    let ForecastArgs { pilot, lengths, failing, omega, .. } = &args.forecast;
    if pilot.is_some() || !lengths.is_empty() || failing.is_some() || omega.is_some() {
        let error = "`--pilot`, `--lengths`, `--failing` and `--omega` say what to expect of a run, and change none";
        return Err(Failure::usage(error).hint("add `--dry-run`, or use `mend plan`"));
    }
    if let Some(before) = &args.amend {
        return super::amend::run(args, before);
    }
    let mut stderr = Stderr::default();
    let experiment = experiment(args, &mut stderr)?;
    begin(experiment, &args.output, &args.status, stderr)
}

/// What the arguments ask for, ready to begin.
pub fn experiment(args: &RunArgs, stderr: &mut Stderr) -> Result<Experiment, Failure> {
    required(args.data.dataset.as_ref(), "--dataset <NAME|PATH>")?;
    required(args.model.as_ref(), MODEL)?;
    let mut found = data(&args.data)?;
    select(&args.select, args.seed).keep(&mut found.dataset)?;
    let bench = args.programs.as_deref().and_then(Bench::of);
    let mut strategy = chosen(args, mend_lab::strategy(&args.strategy)?)?;
    if let Some(bench) = bench {
        strategy = for_bench(&strategy, bench, args, &found)?;
    }
    found.make_public(args.data.public_tests.as_ref(), strategy.header().public.as_ref(), stderr)?;
    let sampling = sampling::sampling(&args.sampling, strategy.seats())?;
    let prices = mend_lab::prices(shipped_prices(&args.connections), args.budget.run.prices.as_deref())?;
    let (models, traffic, batches) = models(args, &strategy, &found, &sampling, &prices, stderr)?;
    let samples = models.get(&Seat::CODER).and_then(Seated::as_samples);
    let replicates = args.replicates.get();
    let missing = samples.map(|samples| samples.missing(replicates)).unwrap_or_default();
    if bench.is_some() && !missing.is_empty() {
        crate::tell(&format!("no mutant to start from: {} left out", list(&missing, 1)));
        let left: BTreeSet<ProblemId> = found.dataset.problems.iter().map(|problem| problem.id.clone()).collect();
        found.dataset.keep(&left.into_iter().filter(|id| !missing.contains(id)).collect());
    } else if !missing.is_empty() {
        let source = args.programs.as_ref().or(args.model.as_ref()).map_or("", String::as_str);
        let failure = Failure::usage(format!("`{source}` has no sample for {}", list(&missing, replicates)));
        return Err(failure.hint(match (replicates, &args.programs) {
            (1, None) => "`mend score --allow-missing` scores only the problems that have samples",
            (1, Some(_)) => "choose the problems that have one, with `--problems` or `--where`",
            _ => "only a run with as many replicates has programs for each of them",
        }));
    }
    let n_p = strategy.count("n_p").unwrap_or(1);
    let counts = samples.map(|samples| samples.per_problem(0)).unwrap_or_default();
    let scarce = scarcest(&counts.into_iter().filter(|(_, n)| bench.is_none() || *n > 0).collect::<Vec<_>>());
    let available = scarce.as_ref().map_or(n_p, |(_, n)| n_p.min(*n)).saturating_mul(replicates);
    check_k(&args.output.show, available, scarce.filter(|(_, n)| *n < n_p).map(|(id, _)| id).as_ref())?;
    let choices = Choices {
        asked: Asked {
            limits: limits(&args.judge),
            tests: args.judge.tests.into(),
            require: args.judge.require.into(),
            replicates,
            seed: args.seed,
            problem_budget: problem_budget(&args.budget),
            shares_completions: args.traffic.cache_reuse,
            extraction: Some(args.extraction.extraction.into()),
        },
        data: found,
        strategy,
        models,
        sampling,
        sandbox: sandbox(&args.judge.machine),
        budget: budget(&args.budget.run),
        prices,
        traffic,
        batches,
        commit: commit(),
    };
    let machine = machine(&args.judge.machine);
    Experiment::new(choices, &machine, args.connections.max_connections, stderr)
}

/// The model of each role, the files of what they exchange, and the batches that requests go out in.
type Models = (BTreeMap<Seat, Seated>, TrafficFiles, Option<Arc<Batches>>);

/// The model of each role: saved programs for the coder if there are any, the critic's own for the critic, and
/// `--model` for the rest.
fn models(
    args: &RunArgs,
    strategy: &Strategy,
    found: &Found,
    sampling: &BTreeMap<Seat, Sampling>,
    prices: &Prices,
    stderr: &mut Stderr,
) -> Result<Models, Failure> {
    let on_invalid = on_invalid(args.data.skip_invalid);
    let way = Way { connections: &connections(&args.connections), variables: &variable };
    let mut usher = Usher::new(&found.dataset, on_invalid, sampling, prices, &way)?;
    let programs = args.programs.as_ref();
    let programs =
        programs.map(|source| Seated::programs(source, &found.dataset, on_invalid, None, stderr)).transpose()?;
    let of_seats = of_seats(args, strategy.seats())?;
    let model = required(args.model.as_ref(), MODEL)?;
    let mut seats: BTreeMap<Seat, Seated> = BTreeMap::new();
    for seat in strategy.seats() {
        let typed = of_seats.get(seat).copied().unwrap_or(model);
        let seated = match (*seat, &programs) {
            (Seat::CODER, Some(programs)) => programs.clone(),
            _ => usher.seat(typed, *seat, stderr)?,
        };
        seats.insert(*seat, seated);
    }
    if let Some(cache) = &args.traffic.cache {
        seats = usher.cached(seats, cache, args.traffic.cache_reuse)?;
    }
    if let Some(cassette) = &args.traffic.record {
        seats = usher.recorded(seats, cassette, false)?;
    }
    Ok((seats, usher.files, usher.batches))
}
