//! What a run would buy, before anything is sent.

use crate::data::Found;
use crate::failure::{Failure, journal_failure};
use mend_core::{Budget, Problem, Sampling, Seat};
use mend_journal::Bodies;
use mend_metrics::{
    Amount, Figure, Load, Pilot, RunPlan, SeatPlan, Sizes, TokenPrice, amounts, effects, expected_amount,
    expected_calls, reached,
};
use mend_model::Prices;
use mend_repair::{Strategy, TrialError, foresee};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

/// Strategies whose trees are first programs with one round of repairs, in numbers that the sizes fix.
const COMPLETE: [&str; 3] = ["iid", "self-repair", "critic"];

/// A run to come.
pub struct ToPlan<'a> {
    /// The data, with the chosen problems.
    pub data: &'a Found,
    /// Problems of the whole data set.
    pub all_problems: u32,
    /// The strategy.
    pub strategy: &'a Strategy,
    /// How each seat samples.
    pub sampling: &'a BTreeMap<Seat, Sampling>,
    /// The model of each seat; `None` for answers that are there already.
    pub models: BTreeMap<Seat, Option<String>>,
    /// What tokens cost.
    pub prices: &'a Prices,
    /// Trees of each problem.
    pub replicates: u32,
    /// What may be spent.
    pub budget: Budget,
    /// A run that shows what to expect.
    pub pilot: Option<&'a Path>,
    /// Lengths and a rate of failures that somebody states.
    pub lengths: Option<Lengths>,
    /// How differently problems react, as somebody states it.
    pub omega_squared: Option<f64>,
    /// The level of the gate whose effects are told.
    pub alpha: f64,
}

/// Stated lengths.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Lengths {
    /// Mean tokens of prompt and answer, by seat.
    pub seats: BTreeMap<Seat, (f64, f64)>,
    /// The share of first programs that fail.
    pub failing: Option<f64>,
}

/// What the run would buy, and what it could show.
pub fn plan(run: &ToPlan<'_>) -> Result<RunPlan, Failure> {
    let problems = &run.data.dataset.problems;
    let count = problems.len() as u32;
    let prices = token_prices(run);
    let worst_loads = worst(run, problems)?;
    let (worst_by_seat, worst) = amounts(&worst_loads, &prices);
    let sizes = sizes(run, count);
    let pilot = run.pilot.map(read_pilot).transpose()?;
    let found = match (&pilot, &run.lengths) {
        (Some(pilot), _) => of_pilot(run, pilot, sizes, count),
        (None, Some(lengths)) => of_lengths(run, lengths, sizes),
        (None, None) => {
            Err("nothing says how long answers are and how many programs fail: name a `--pilot`, or state \
                             `--lengths` and `--failing`"
                .to_owned())
        }
    };
    let (expected_by_seat, expectation, from) = match found {
        Ok((loads, from)) => {
            let (by_seat, all) = amounts(&loads, &prices);
            let (sd_tokens, sd_dollars) =
                pilot.as_ref().map_or((None, None), |pilot| pilot.spread(sizes, run.replicates, &prices));
            (by_seat, Figure::Value(expected_amount(all, count, sd_tokens, sd_dollars)), Some(from))
        }
        Err(why) => (BTreeMap::new(), Figure::Absent(why), None),
    };
    let amount = expectation.value().map(|expected| expected.amount);
    let samples = run.strategy.count("n_p").map(|n_p| n_p * run.replicates);
    let w = pilot.as_ref().and_then(|pilot| pilot.w);
    let effects = match (w, samples) {
        (Some(w), Some(samples)) => {
            Figure::Value(effects((count, run.all_problems), samples, w, run.omega_squared, run.alpha, amount))
        }
        (None, _) if pilot.is_some() => {
            Figure::Absent("the pilot has one program of some problem: chance within it is unknown".to_owned())
        }
        (None, _) => Figure::Absent("without a `--pilot` nothing says how much problems vary".to_owned()),
        (_, None) => Figure::Absent("the strategy does not fix how many first programs it draws".to_owned()),
    };
    let seat = |(seat, model): (&Seat, &Option<String>)| SeatPlan {
        seat: seat.to_string(),
        model: model.clone(),
        worst: worst_by_seat.get(&seat.to_string()).copied().unwrap_or(NOTHING),
        expected: amount.map(|_| expected_by_seat.get(&seat.to_string()).copied().unwrap_or(NOTHING)),
    };
    let dollars = run.budget.usd.map(mend_core::Usd::as_f64);
    Ok(RunPlan {
        dataset: run.data.dataset.name.clone(),
        strategy: run.strategy.label(),
        problems: count,
        all_problems: run.all_problems,
        replicates: run.replicates,
        samples,
        seats: run.models.iter().map(seat).collect(),
        reached: reached(run.budget.tokens.map(|tokens| tokens.0 as f64), dollars, amount, worst),
        worst,
        expected: expectation,
        from,
        effects,
        w,
        omega_squared: run.omega_squared,
    })
}

const NOTHING: Amount = Amount { calls: 0.0, tokens: 0.0, dollars: Some(0.0) };

/// Dollars by token of each seat; answers that are there already cost nothing.
fn token_prices(run: &ToPlan<'_>) -> BTreeMap<String, TokenPrice> {
    let price = |(seat, model): (&Seat, &Option<String>)| {
        let price = match model {
            None => TokenPrice { prompt: 0.0, completion: 0.0 },
            Some(model) => {
                let price = run.prices.of(model)?;
                let prompt = price.prompt.max(price.cached.unwrap_or_default());
                TokenPrice { prompt: prompt.as_f64() / 1e6, completion: price.completion.as_f64() / 1e6 }
            }
        };
        Some((seat.to_string(), price))
    };
    run.models.iter().filter_map(price).collect()
}

/// Requests at worst, of all trees. Seats whose answers are there already are asked for nothing.
fn worst(run: &ToPlan<'_>, problems: &[Problem]) -> Result<Vec<Load>, Failure> {
    let mut loads = vec![];
    for problem in problems {
        let foreseen = foresee(run.strategy.script(), &Arc::new(problem.clone()), run.sampling).map_err(refused)?;
        let paid = foreseen.into_iter().filter(|request| run.models.get(&request.seat).is_some_and(Option::is_some));
        loads.extend(paid.map(|request| Load {
            seat: request.seat.to_string(),
            calls: (request.completions * u64::from(run.replicates)) as f64,
            prompt: request.prompt.0 as f64,
            completion: request.limit.0 as f64,
        }));
    }
    Ok(loads)
}

fn refused(error: TrialError) -> Failure {
    Failure::usage(error).hint("`mend strategies check` tries the script at a few problems")
}

fn read_pilot(folder: &Path) -> Result<Pilot, Failure> {
    let recorded = mend_journal::read(folder, Bodies::Without).map_err(journal_failure)?;
    let trees = recorded.trees().map_err(journal_failure)?;
    Pilot::of(&recorded.manifest, &trees)
        .map_err(|why| Failure::usage(format!("`{}` is not a pilot: {why}", folder.display())))
}

/// The sizes of a complete tree; `None` for a strategy that grows others.
fn sizes(run: &ToPlan<'_>, problems: u32) -> Option<Sizes> {
    let strategy = run.strategy;
    if !COMPLETE.contains(&strategy.name()) {
        return None;
    }
    let count = |parameter: &str| strategy.count(parameter);
    let critique = strategy.identity().parameters.and_then(|parameters| parameters.get("critique").cloned());
    Some(Sizes {
        problems,
        replicates: run.replicates,
        n_p: count("n_p")?,
        n_f: count("n_f").unwrap_or(0),
        n_r: count("n_r"),
        critique_all: critique.is_some_and(|word| word.trim_matches('"') == "all"),
    })
}

/// Loads, and what they follow from.
type Follows = Result<(Vec<Load>, String), String>;

fn of_pilot(run: &ToPlan<'_>, pilot: &Pilot, sizes: Option<Sizes>, problems: u32) -> Follows {
    let from = format!("the pilot {} ({}, {} problems)", pilot.run, pilot.strategy, pilot.problems);
    let loads = match sizes {
        Some(sizes) if !pilot.beyond_repairs => pilot.of_sizes(sizes)?,
        _ if pilot.strategy == run.strategy.label() => pilot.of_trees(f64::from(problems) * f64::from(run.replicates)),
        _ => {
            return Err(format!(
                "the pilot's strategy is `{}`, and trees of `{}` are not complete: only a pilot of the same strategy tells",
                pilot.strategy,
                run.strategy.label()
            ));
        }
    };
    let is_paid = |load: &Load| run.models.iter().any(|(seat, model)| model.is_some() && seat.to_string() == load.seat);
    Ok((loads.into_iter().filter(is_paid).collect(), from))
}

fn of_lengths(run: &ToPlan<'_>, lengths: &Lengths, sizes: Option<Sizes>) -> Follows {
    let sizes = sizes.ok_or("stated lengths tell of complete trees alone: name a `--pilot` of the same strategy")?;
    let has_repairs = sizes.n_f > 0;
    let failing = match lengths.failing {
        Some(failing) => failing,
        None if !has_repairs => 0.0,
        None => return Err("`--failing` is missing: which share of first programs fails?".to_owned()),
    };
    let [programs, critiques, repairs] = expected_calls(sizes, failing);
    let repairer = if run.models.contains_key(&Seat::REPAIRER) { Seat::REPAIRER } else { Seat::CODER };
    let mut loads = vec![];
    for (seat, calls) in [(Seat::CODER, programs), (Seat::CRITIC, critiques), (repairer, repairs)] {
        if calls == 0.0 || run.models.get(&seat).is_some_and(Option::is_none) {
            continue;
        }
        let Some((prompt, completion)) = lengths.seats.get(&seat) else {
            return Err(format!(
                "`--lengths` says nothing of the {seat}: expected {seat}=<prompt tokens>/<answer tokens>"
            ));
        };
        loads.push(Load { seat: seat.to_string(), calls, prompt: *prompt, completion: *completion });
    }
    Ok((loads, "stated lengths".to_owned()))
}
