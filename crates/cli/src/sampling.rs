//! How the models of the seats sample, as typed.

use crate::args::asking::SamplingArgs;
use crate::exit::Failure;
use mend_core::{Sampling, Seat, Tokens};
use std::collections::BTreeMap;

/// How the model of each seat samples, as typed: for all of them, and for single ones as `critic.temperature=0`.
pub fn sampling(args: &SamplingArgs, seats: &[Seat]) -> Result<BTreeMap<Seat, Sampling>, Failure> {
    let everybody = Sampling {
        top_p: args.top_p,
        stop: args.stop.clone(),
        reasoning_effort: args.reasoning_effort.clone(),
        omit: args.omit.iter().map(|omit| omit.as_str().to_owned()).collect(),
        per_request: args.completions_per_request,
        max_prompt: args.max_prompt.map(|most| Tokens(most.get())),
        ..Sampling::new(args.temperature, Tokens(args.max_tokens.get()))
    };
    let mut sampling: BTreeMap<Seat, Sampling> = seats.iter().map(|seat| (*seat, everybody.clone())).collect();
    for typed in &args.of_seats {
        let form =
            || format!("`--sampling {typed}`: expected a seat, a parameter and a value, as in critic.temperature=0");
        let (place, value) = typed.split_once('=').ok_or_else(|| Failure::usage(form()))?;
        let (seat, parameter) = place.split_once('.').ok_or_else(|| Failure::usage(form()))?;
        let seat = seat_of(seat, seats, &format!("--sampling {typed}"))?;
        let one = sampling.get_mut(&seat).expect("the strategy asks this seat");
        let bad = |what: &str| Failure::usage(format!("`--sampling {typed}`: `{value}` is not {what}"));
        match parameter {
            "temperature" => {
                one.temperature = value
                    .parse()
                    .ok()
                    .filter(|number: &f64| number.is_finite() && *number >= 0.0)
                    .ok_or_else(|| bad("a number from 0"))?;
            }
            "top_p" | "top-p" => {
                one.top_p = value
                    .parse()
                    .ok()
                    .filter(|number: &f64| *number > 0.0 && *number <= 1.0)
                    .ok_or_else(|| bad("a number above 0, at most 1"))?;
            }
            "max_tokens" | "max-tokens" => {
                let most = value.parse().ok().filter(|most| *most > 0).ok_or_else(|| bad("a whole number above 0"))?;
                one.max_tokens = Tokens(most);
            }
            "max_prompt" | "max-prompt" => {
                let most = value.parse().ok().filter(|most| *most > 0).ok_or_else(|| bad("a whole number above 0"))?;
                one.max_prompt = Some(Tokens(most));
            }
            "stop" => one.stop = vec![value.to_owned()],
            "reasoning_effort" | "reasoning-effort" => one.reasoning_effort = Some(value.to_owned()),
            _ => {
                let failure = Failure::usage(format!("`--sampling {typed}`: no parameter `{parameter}`"));
                return Err(failure.hint("known: temperature, top_p, max_tokens, max_prompt, stop, reasoning_effort"));
            }
        }
    }
    Ok(sampling)
}

/// A seat as typed, among those that a strategy asks. `option` is what names it.
pub fn seat_of(word: &str, seats: &[Seat], option: &str) -> Result<Seat, Failure> {
    let asked: Vec<String> = seats.iter().map(ToString::to_string).collect();
    let found = word.parse::<Seat>().ok().filter(|seat| seats.contains(seat));
    found.ok_or_else(|| {
        let failure = Failure::usage(format!("`{option}`: the strategy asks no `{word}`"));
        failure.hint(format!("it asks: {}", asked.join(", ")))
    })
}
