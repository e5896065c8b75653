//! `mend plan`, and `mend run --dry-run`: what a run would buy, before anything is sent.

use super::chosen::{MODEL, chosen, for_bench, of_seats};
use super::going::{data, required};
use crate::args::RunArgs;
use crate::asked::{budget, select};
use crate::exit::{Exit, Failure};
use crate::heard::Stderr;
use crate::sampling::{self, seat_of};
use mend_core::Seat;
use mend_lab::{Bench, Lengths, ToPlan};
use mend_model::Prices;
use mend_repair::Strategy;
use std::collections::BTreeMap;

/// `mend plan`
pub fn run(args: &RunArgs) -> Result<Exit, Failure> {
    let mut found = data(&args.data)?;
    let all_problems = found.dataset.problems.len() as u32;
    select(&args.select, args.seed).keep(&mut found.dataset)?;
    let mut strategy = chosen(args, mend_lab::strategy(&args.strategy)?)?;
    if let Some(bench) = args.programs.as_deref().and_then(Bench::of) {
        strategy = for_bench(&strategy, bench, args, &found)?;
    }
    found.make_public(args.data.public_tests.as_ref(), strategy.header().public.as_ref(), &mut Stderr::default())?;
    let sampling = sampling::sampling(&args.sampling, strategy.seats())?;
    let prices = mend_lab::prices(Prices::shipped(), args.budget.run.prices.as_deref())?;
    let to_plan = ToPlan {
        data: &found,
        all_problems,
        strategy: &strategy,
        sampling: &sampling,
        models: models(args, &strategy)?,
        prices: &prices,
        replicates: args.replicates.get(),
        budget: budget(&args.budget.run),
        pilot: args.forecast.pilot.as_deref(),
        lengths: lengths(args, &strategy)?,
        omega_squared: args.forecast.omega,
        alpha: 0.05,
    };
    let plan = mend_lab::plan(&to_plan)?;
    crate::print(&if args.output.show.json {
        mend_report::plan_json(&plan)
    } else {
        mend_report::plan_text(&plan, super::width())
    })?;
    Ok(Exit::Complete)
}

/// The model of each seat by its name alone: nobody is asked, so no key is needed. `None` for answers that are there.
fn models(args: &RunArgs, strategy: &Strategy) -> Result<BTreeMap<Seat, Option<String>>, Failure> {
    let typed = of_seats(args, strategy.seats())?;
    let usual = required(args.model.as_ref(), MODEL)?;
    let model = |seat: &Seat| {
        let name = typed.get(seat).copied().unwrap_or(usual);
        let is_there = (*seat == Seat::CODER && args.programs.is_some())
            || ["samples:", "human:"].iter().any(|prefix| name.starts_with(prefix));
        (*seat, (!is_there).then(|| name.to_owned()))
    };
    Ok(strategy.seats().iter().map(model).collect())
}

fn lengths(args: &RunArgs, strategy: &Strategy) -> Result<Option<Lengths>, Failure> {
    let forecast = &args.forecast;
    if forecast.lengths.is_empty() && forecast.failing.is_none() {
        return Ok(None);
    }
    let mut lengths = Lengths { failing: forecast.failing, ..Lengths::default() };
    for typed in &forecast.lengths {
        let wrong = || {
            let failure =
                Failure::usage(format!("`--lengths {typed}`: expected a seat with mean tokens of prompt and answer"));
            failure.hint("as in coder=400/300")
        };
        let (seat, tokens) = typed.split_once('=').ok_or_else(wrong)?;
        let (prompt, answer) = tokens.split_once('/').ok_or_else(wrong)?;
        let count = |text: &str| text.trim().parse::<f64>().ok().filter(|count| (0.0..1e9).contains(count));
        let (prompt, answer) = count(prompt).zip(count(answer)).ok_or_else(wrong)?;
        lengths.seats.insert(seat_of(seat, strategy.seats(), &format!("--lengths {typed}"))?, (prompt, answer));
    }
    Ok(Some(lengths))
}
