//! What a run would buy, and what it could show, before anything is sent.
//!
//! At worst every program fails and every answer fills its limit. What is expected follows from a pilot run, or from
//! stated lengths: the share `phi` of first programs that fail, and the mean prompt and answer of each seat.

mod pilot;

pub use pilot::{Pilot, PilotSeat};

use crate::Figure;
use crate::compare::POWER;
use crate::gate::one_sided;
use crate::normal::Z;
use serde::Serialize;
use std::collections::BTreeMap;

/// Dollars for a token of the prompt, and of the answer.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct TokenPrice {
    /// Of the prompt.
    pub prompt: f64,
    /// Of the answer.
    pub completion: f64,
}

/// Requests of one seat for one kind of node, all alike.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Load {
    /// Who is asked.
    pub seat: String,
    /// Completions.
    pub calls: f64,
    /// Tokens of the prompt of one.
    pub prompt: f64,
    /// Tokens of the answer.
    pub completion: f64,
}

/// What something takes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct Amount {
    /// Completions.
    pub calls: f64,
    /// Tokens of prompts and answers, each completion with its full prompt.
    pub tokens: f64,
    /// Money; `None` if some price is not known.
    pub dollars: Option<f64>,
}

/// Loads by seat, and in all. A seat without a price has no dollars, and nor has the whole if it asks for anything.
pub fn amounts(loads: &[Load], prices: &BTreeMap<String, TokenPrice>) -> (BTreeMap<String, Amount>, Amount) {
    let nothing = Amount { dollars: Some(0.0), ..Amount::default() };
    let mut by_seat: BTreeMap<String, Amount> = BTreeMap::new();
    let mut all = nothing;
    for load in loads {
        let dollars = prices
            .get(&load.seat)
            .map(|price| load.calls * (load.prompt * price.prompt + load.completion * price.completion))
            .or((load.calls == 0.0).then_some(0.0));
        for amount in [by_seat.entry(load.seat.clone()).or_insert(nothing), &mut all] {
            amount.calls += load.calls;
            amount.tokens += load.calls * (load.prompt + load.completion);
            amount.dollars = amount.dollars.zip(dollars).map(|(sum, more)| sum + more);
        }
    }
    (by_seat, all)
}

/// The sizes of a complete tree, and of a run of such trees.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Sizes {
    /// Problems.
    pub problems: u32,
    /// Trees of each problem.
    pub replicates: u32,
    /// First programs of each tree.
    pub n_p: u32,
    /// Repairs of each failing program, or critiques where there is a critic.
    pub n_f: u32,
    /// Repairs by each critique; `None` where a repair explains itself.
    pub n_r: Option<u32>,
    /// Whether passing programs are criticised too.
    pub critique_all: bool,
}

/// Completions of each kind that are expected of complete trees: programs, critiques, repairs.
pub fn expected_calls(sizes: Sizes, phi: f64) -> [f64; 3] {
    let Sizes { problems, replicates, n_p, n_f, n_r, critique_all } = sizes;
    let programs = f64::from(problems) * f64::from(replicates) * f64::from(n_p);
    let failing = programs * phi;
    match n_r {
        None => [programs, 0.0, failing * f64::from(n_f)],
        Some(n_r) => {
            let criticised = if critique_all { programs } else { failing };
            [programs, criticised * f64::from(n_f), criticised * f64::from(n_f) * f64::from(n_r)]
        }
    }
}

/// An expectation with the interval in which 95 of 100 runs end.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Expected {
    /// What is expected.
    pub amount: Amount,
    /// Tokens: the lower and the upper end; `None` where nothing tells how much problems differ.
    pub tokens: Option<(f64, f64)>,
    /// Money: the same.
    pub dollars: Option<(f64, f64)>,
}

/// An expectation for so many problems, of which a pilot shows how much their costs differ.
pub fn expected(amount: Amount, problems: u32, sd_tokens: Option<f64>, sd_dollars: Option<f64>) -> Expected {
    let ends = |mean: f64, sd: f64| {
        let half = Z * sd * f64::from(problems).sqrt();
        ((mean - half).max(0.0), mean + half)
    };
    Expected {
        amount,
        tokens: sd_tokens.map(|sd| ends(amount.tokens, sd)),
        dollars: amount.dollars.zip(sd_dollars).map(|(mean, sd)| ends(mean, sd)),
    }
}

/// The smallest effect that so many problems and samples show in four of five cases, on one side at `alpha`.
///
/// `omega_squared` is how differently problems react, `w` the mean of `p (1 - p)`.
pub fn smallest_effect(problems: u32, samples: u32, w: f64, omega_squared: f64, alpha: f64) -> f64 {
    let variance = (omega_squared + 2.0 * w / f64::from(samples.max(1))) / f64::from(problems.max(1));
    (one_sided(alpha) + POWER) * variance.sqrt()
}

/// What one size of run could show.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct EffectRow {
    /// Problems.
    pub problems: u32,
    /// First programs of each.
    pub samples: u32,
    /// The smallest effect, if every problem reacts alike: no run of this size shows a smaller one.
    pub at_least: f64,
    /// The smallest effect at the stated `omega_squared`; `None` if nobody stated one.
    pub stated: Option<f64>,
    /// Tokens that both runs are expected to take; `None` without an expectation.
    pub tokens: Option<f64>,
    /// Money that both runs are expected to take.
    pub dollars: Option<f64>,
}

/// Effects at half, once and twice the problems and at all of them, and at once, twice and five times the samples.
pub fn effects(
    (problems, all): (u32, u32),
    samples: u32,
    w: f64,
    omega_squared: Option<f64>,
    alpha: f64,
    run: Option<Amount>,
) -> Vec<EffectRow> {
    let mut sizes: Vec<u32> =
        [problems / 2, problems, problems * 2, all].into_iter().filter(|count| *count > 1).collect();
    sizes.sort_unstable();
    sizes.dedup();
    let row = |(size, factor): (u32, u32)| {
        let n = samples * factor;
        let share = 2.0 * f64::from(size) * f64::from(factor) / f64::from(problems.max(1));
        EffectRow {
            problems: size,
            samples: n,
            at_least: smallest_effect(size, n, w, 0.0, alpha),
            stated: omega_squared.map(|omega| smallest_effect(size, n, w, omega, alpha)),
            tokens: run.map(|run| run.tokens * share),
            dollars: run.and_then(|run| run.dollars).map(|dollars| dollars * share),
        }
    };
    sizes.into_iter().flat_map(|size| [1, 2, 5].map(|factor| (size, factor))).map(row).collect()
}

/// One seat of a run to come.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SeatPlan {
    /// Who is asked.
    pub seat: String,
    /// The model; `None` for a seat that costs nothing, because its answers are there already.
    pub model: Option<String>,
    /// At most.
    pub worst: Amount,
    /// What is expected; `None` without an expectation.
    pub expected: Option<Amount>,
}

/// What a run would buy, and what it could show.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RunPlan {
    /// The data set.
    pub dataset: String,
    /// The strategy, with the parameters that make it another experiment.
    pub strategy: String,
    /// Problems of the run.
    pub problems: u32,
    /// Problems of the whole data set.
    pub all_problems: u32,
    /// Trees of each problem.
    pub replicates: u32,
    /// First programs of each problem; `None` where the strategy does not fix that.
    pub samples: Option<u32>,
    /// By seat.
    pub seats: Vec<SeatPlan>,
    /// At most: every program fails, and every answer fills its limit.
    pub worst: Amount,
    /// What is expected; absent with the reason.
    pub expected: Figure<Expected>,
    /// What the expectation follows from.
    pub from: Option<String>,
    /// Share of the problems that the budget reaches: in expectation, and at worst. `None` without a budget.
    pub reached: Option<Reached>,
    /// The smallest effects that runs of some sizes could show; absent with the reason.
    pub effects: Figure<Vec<EffectRow>>,
    /// Mean of `p (1 - p)` over problems, behind the effects.
    pub w: Option<f64>,
    /// How differently problems react, as it was stated.
    pub omega_squared: Option<f64>,
}

/// How far a budget reaches.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Reached {
    /// In expectation; `None` without one.
    pub expected: Option<f64>,
    /// If every request costs as much as it can.
    pub worst: f64,
}

/// How far a budget of tokens, of money, or of both reaches.
pub fn reached(tokens: Option<f64>, dollars: Option<f64>, expected: Option<Amount>, worst: Amount) -> Option<Reached> {
    let share = |amount: Amount| {
        let of_tokens = tokens.map(|tokens| tokens / amount.tokens.max(1e-12));
        let of_dollars = dollars.zip(amount.dollars).map(|(dollars, worst)| dollars / worst.max(1e-12));
        of_tokens.into_iter().chain(of_dollars).fold(1.0, f64::min)
    };
    (tokens.is_some() || dollars.is_some()).then(|| Reached { expected: expected.map(share), worst: share(worst) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(seat: &str, calls: f64, prompt: f64, completion: f64) -> Load {
        Load { seat: seat.to_owned(), calls, prompt, completion }
    }

    fn prices() -> BTreeMap<String, TokenPrice> {
        let price = TokenPrice { prompt: 0.15e-6, completion: 0.6e-6 };
        ["coder", "repairer"].map(|seat| (seat.to_owned(), price)).into()
    }

    #[test]
    fn the_worked_example_holds() {
        let sizes = Sizes { problems: 40, replicates: 1, n_p: 5, n_f: 1, n_r: None, critique_all: false };
        let [programs, critiques, repairs] = expected_calls(sizes, 0.4);
        assert_eq!((programs, critiques, repairs), (200.0, 0.0, 80.0));
        let loads = [load("coder", programs, 400.0, 300.0), load("repairer", repairs, 900.0, 350.0)];
        let (by_seat, all) = amounts(&loads, &prices());
        assert_eq!((all.calls, all.tokens), (280.0, 240_000.0));
        assert!((all.dollars.unwrap() - 0.0756).abs() < 1e-9, "{all:?}");
        assert_eq!(by_seat["repairer"].tokens, 100_000.0);
        let worst = [load("coder", 200.0, 900.0, 2048.0), load("repairer", 200.0, 3548.0, 2048.0)];
        let (_, all) = amounts(&worst, &prices());
        assert_eq!((all.calls, all.tokens), (400.0, 1_708_800.0));
        assert!((all.dollars.unwrap() - 0.624_96).abs() < 1e-9, "{all:?}");
        assert!((smallest_effect(164, 10, 0.14, 0.0736, 0.05) - 0.061_888).abs() < 1e-6);
    }

    #[test]
    fn a_budget_reaches_the_smaller_of_both_shares_and_never_more_than_all() {
        let amount = |tokens, dollars| Amount { calls: 1.0, tokens, dollars };
        let expected = Some(amount(100.0, Some(1.0)));
        let found = reached(Some(50.0), Some(2.0), expected, amount(400.0, Some(10.0))).unwrap();
        assert_eq!((found.expected, found.worst), (Some(0.5), 0.125));
        assert_eq!(reached(Some(1e9), None, expected, amount(400.0, None)).unwrap().worst, 1.0);
        assert_eq!(reached(None, None, expected, amount(400.0, None)), None);
    }

    #[test]
    fn critics_multiply_and_a_missing_price_is_no_zero() {
        let sizes = Sizes { problems: 10, replicates: 2, n_p: 3, n_f: 2, n_r: Some(4), critique_all: false };
        assert_eq!(expected_calls(sizes, 0.5), [60.0, 60.0, 240.0]);
        assert_eq!(expected_calls(Sizes { critique_all: true, ..sizes }, 0.5), [60.0, 120.0, 480.0]);
        let (by_seat, all) = amounts(&[load("coder", 2.0, 1.0, 1.0), load("critic", 1.0, 1.0, 1.0)], &prices());
        assert_eq!((all.dollars, by_seat["critic"].dollars), (None, None));
        assert!(by_seat["coder"].dollars.is_some());
        assert_eq!(amounts(&[load("critic", 0.0, 1.0, 1.0)], &prices()).1.dollars, Some(0.0));
    }

    #[test]
    fn effects_shrink_with_problems_and_samples_and_cost_both_runs() {
        let run = Amount { calls: 100.0, tokens: 1000.0, dollars: Some(1.0) };
        let rows = effects((40, 164), 5, 0.14, Some(0.07), 0.05, Some(run));
        assert_eq!(rows.len(), 12);
        assert_eq!((rows[0].problems, rows[0].samples, rows[0].tokens), (20, 5, Some(1000.0)));
        let all = rows.iter().find(|row| (row.problems, row.samples) == (164, 10)).unwrap();
        assert!(all.at_least < rows[0].at_least && all.stated.unwrap() > all.at_least);
        assert_eq!(all.tokens, Some(1000.0 * 2.0 * 164.0 / 40.0 * 2.0));
        assert_eq!(effects((40, 40), 1, 0.1, None, 0.05, None).len(), 9, "all of them are the chosen ones");
    }
}
