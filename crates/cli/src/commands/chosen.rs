//! What the command line says of a strategy and of the models in its seats.

use crate::args::{CritiqueArg, RunArgs, SeeArg};
use crate::exit::Failure;
use crate::sampling::seat_of;
use mend_core::Seat;
use mend_lab::{Bench, Found};
use mend_repair::{Chosen, Strategy};
use std::collections::BTreeMap;

/// How the flag of the model is told where it is missing.
pub const MODEL: &str = "--model <MODEL>";

/// The models of single seats, as typed.
pub fn of_seats<'a>(args: &'a RunArgs, seats: &[Seat]) -> Result<BTreeMap<Seat, &'a str>, Failure> {
    let mut of_seats: BTreeMap<Seat, &str> = BTreeMap::new();
    if let Some(critic) = &args.critic {
        of_seats.insert(Seat::CRITIC, critic);
    }
    for typed in &args.seats {
        let Some((seat, model)) = typed.split_once('=') else {
            let error = format!("`--seat {typed}`: expected a seat and its model, as in critic=openai/gpt-4o");
            return Err(Failure::usage(error));
        };
        of_seats.insert(seat_of(seat, seats, &format!("--seat {typed}"))?, model);
    }
    Ok(of_seats)
}

/// A strategy with what the command line changes about it.
pub fn chosen(args: &RunArgs, mut found: Strategy) -> Result<Strategy, Failure> {
    let name = found.name().to_owned();
    if args.critic.is_some() && !found.seats().contains(&Seat::CRITIC) {
        found = found.with_critic().ok_or_else(|| {
            let failure = Failure::usage(format!("the strategy `{name}` asks no critic"));
            failure.hint("leave out `--critic`, or use `--strategy critic`")
        })?;
    }
    let mut chosen = Chosen::new();
    let mut choose = |option: &str, parameter: &str, value: String| {
        if found.has(parameter) {
            chosen.insert(parameter.to_owned(), value);
            return Ok(());
        }
        let error = format!("`{option}`: the strategy `{name}` has no parameter `{parameter}`");
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

/// The strategy as mutants want it, where nobody chose otherwise: it takes all of them, and its critic gets the untouched
/// programs too.
pub fn for_bench(strategy: &Strategy, bench: Bench<'_>, args: &RunArgs, found: &Found) -> Result<Strategy, Failure> {
    let is_set = |parameter: &str| {
        args.parameters.iter().any(|typed| typed.split('=').next().is_some_and(|name| name.trim() == parameter))
    };
    let mut chosen = Chosen::new();
    if strategy.has("n_p") && args.n_p.is_none() && !is_set("n_p") {
        chosen.insert("n_p".to_owned(), bench.most(&found.dataset).max(1).to_string());
    }
    if strategy.has("critique") && bench.has_untouched && args.critique.is_none() && !is_set("critique") {
        chosen.insert("critique".to_owned(), "all".to_owned());
    }
    if chosen.is_empty() {
        return Ok(strategy.clone());
    }
    let said: Vec<String> = chosen.iter().map(|(name, value)| format!("{name}={value}")).collect();
    crate::tell(&format!("`--programs mutants` sets {}, since nothing else was chosen", said.join(" and ")));
    strategy.with(&chosen).map_err(Failure::usage)
}
