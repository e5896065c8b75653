//! `pass_within@T`: the pass rate under a hard cap of `T` tokens per problem.
//!
//! In a sequential order a success counts if everything up to and with it costs at most `T`. The process is that
//! of [`crate::unbiased`], with probabilities replaced by distributions over spent tokens: series in `z`, where
//! the coefficient of `z^s` belongs to `s` tokens spent, cut off beyond `T`.

use crate::{FrozenFeedback, FrozenProblem, Order, Setting, TokenCounts, TokenDefinition};

/// Probability that a sequential order succeeds within each of `caps`, in tokens, without replacement.
///
/// `None` if a count that is needed is unknown or no whole number, for [`Order::Batch`], which knows no
/// sequence, and if the problem does not carry the setting. Time grows with the largest cap times the number of
/// distinct costs.
pub fn pass_within(
    problem: &FrozenProblem,
    setting: Setting,
    order: Order,
    definition: TokenDefinition,
    caps: &[u64],
) -> Option<Vec<f64>> {
    let Setting { n_p, n_f, .. } = setting;
    crate::curve::Collected::of(problem, crate::Selection::OracleAny).check(setting).ok()?;
    let cap = usize::try_from(caps.iter().copied().max()?).ok()?;
    let mut programs = vec![];
    for program in &problem.programs {
        let spent = Series::spent(tokens(&program.tokens, definition)?, cap);
        let below = if program.passes.hidden {
            None
        } else {
            let feedbacks = program.feedbacks.iter().filter(|_| n_f > 0);
            let turns: Option<Vec<Turn>> =
                feedbacks.map(|feedback| of_feedback(feedback, setting, definition, cap)).collect();
            Some(in_turn(&turns?, n_f, cap))
        };
        programs.push((spent, below));
    }
    let success = match order {
        Order::Batch => return None,
        Order::Dfs => {
            let turn = |(spent, below): &(Series, Option<Turn>)| match below {
                None => Turn { fails: Series::zero(cap), succeeds: spent.clone() },
                Some(below) => Turn { fails: spent.times(&below.fails), succeeds: spent.times(&below.succeeds) },
            };
            in_turn(&programs.iter().map(turn).collect::<Vec<_>>(), n_p, cap).succeeds
        }
        Order::Bfs => {
            let searched = |(spent, below): &(Series, Option<Turn>)| match below {
                None => Turn { fails: Series::zero(cap), succeeds: spent.clone() },
                Some(_) => Turn { fails: spent.clone(), succeeds: Series::zero(cap) },
            };
            let mut success = in_turn(&programs.iter().map(searched).collect::<Vec<_>>(), n_p, cap).succeeds;
            success.add(&repaired_after_all(&programs, n_p, cap), 1.0);
            success
        }
    };
    let within = |cap: &u64| success.0.iter().take(*cap as usize + 1).sum::<f64>().clamp(0.0, 1.0);
    Some(caps.iter().map(within).collect())
}

fn tokens(counts: &TokenCounts, definition: TokenDefinition) -> Option<usize> {
    let count = counts.by(definition)?;
    (count >= 0.0 && count.fract() == 0.0).then_some(count as usize)
}

/// A probability for each number of tokens up to the cap.
#[derive(Debug, Clone, PartialEq)]
struct Series(Vec<f64>);

impl Series {
    fn zero(cap: usize) -> Self {
        Self(vec![0.0; cap + 1])
    }

    /// So many tokens, surely. Nothing is left of it beyond the cap.
    fn spent(tokens: usize, cap: usize) -> Self {
        let mut series = Self::zero(cap);
        if let Some(place) = series.0.get_mut(tokens) {
            *place = 1.0;
        }
        series
    }

    fn add(&mut self, other: &Self, factor: f64) {
        for (sum, value) in self.0.iter_mut().zip(&other.0) {
            *sum += factor * value;
        }
    }

    fn scale(&mut self, factor: f64) {
        self.0.iter_mut().for_each(|value| *value *= factor);
    }

    /// Adds the product of two series. Cheap where the first has few places.
    fn add_product(&mut self, sparse: &Self, other: &Self, factor: f64) {
        for (shift, share) in sparse.0.iter().enumerate().filter(|(_, share)| **share != 0.0) {
            let factor = factor * share;
            for (sum, value) in self.0[shift..].iter_mut().zip(&other.0) {
                *sum += factor * value;
            }
        }
    }

    fn times(&self, other: &Self) -> Self {
        let mut product = Self(vec![0.0; self.0.len()]);
        product.add_product(self, other, 1.0);
        product
    }
}

/// An item that may be drawn: what it spends if it fails, and if it succeeds.
struct Turn {
    fails: Series,
    succeeds: Series,
}

/// Draws items until one succeeds, `n` at most: the recurrence of [`crate::in_turn`] over series.
fn in_turn(items: &[Turn], n: u32, cap: usize) -> Turn {
    let n = n as usize;
    let mut all_fail = vec![Series::zero(cap); n + 1];
    all_fail[0] = Series::spent(0, cap);
    let mut succeeds = vec![Series::zero(cap); n];
    for (before, item) in items.iter().enumerate() {
        let share = 1.0 / (before as f64 + 1.0);
        for m in (0..n.min(before + 1)).rev() {
            let (lower, upper) = succeeds.split_at_mut(m);
            let here = &mut upper[0];
            here.scale((before - m) as f64 * share);
            if let Some(below) = lower.last() {
                here.add_product(&item.fails, below, m as f64 * share);
            }
            here.add_product(&item.succeeds, &all_fail[m], share);
        }
        for m in (1..=n.min(before + 1)).rev() {
            let (lower, upper) = all_fail.split_at_mut(m);
            upper[0].scale((before + 1 - m) as f64 * share);
            upper[0].add_product(&item.fails, &lower[m - 1], m as f64 * share);
        }
    }
    let mut success = Series::zero(cap);
    for draw in &succeeds {
        success.add(draw, 1.0);
    }
    Turn { fails: all_fail.swap_remove(n), succeeds: success }
}

fn of_feedback(feedback: &FrozenFeedback, setting: Setting, definition: TokenDefinition, cap: usize) -> Option<Turn> {
    let turn = |repair: &crate::FrozenRepair| {
        let spent = Series::spent(tokens(&repair.tokens, definition)?, cap);
        let (fails, succeeds) =
            if repair.passes.hidden { (Series::zero(cap), spent) } else { (spent, Series::zero(cap)) };
        Some(Turn { fails, succeeds })
    };
    let repairs: Vec<Turn> = feedback.repairs.iter().map(turn).collect::<Option<_>>()?;
    let repairs = in_turn(&repairs, setting.n_r, cap);
    let phi = Series::spent(tokens(&feedback.tokens, definition)?, cap);
    Some(Turn { fails: phi.times(&repairs.fails), succeeds: phi.times(&repairs.succeeds) })
}

/// Breadth first, after `n_p` programs that all fail and are all paid for: what is spent until one of their
/// repairs succeeds.
///
/// Of the drawn programs, `m` come before the one that is repaired and `r` after it. State `(m, r)` holds the
/// distribution over ordered draws, divided by their number, as in [`crate::in_turn`].
fn repaired_after_all(programs: &[(Series, Option<Turn>)], n_p: u32, cap: usize) -> Series {
    let failing: Vec<(&Series, &Turn)> =
        programs.iter().filter_map(|(spent, below)| Some((spent, below.as_ref()?))).collect();
    let last = n_p as usize - 1;
    let mut success = Series::zero(cap);
    if failing.len() <= last {
        return success;
    }
    let side = last + 1;
    let at = |m: usize, r: usize| m * side + r;
    let mut without = vec![Series::zero(cap); side * side];
    let mut with = without.clone();
    without[0] = Series::spent(0, cap);
    for (before, (spent, below)) in failing.iter().enumerate() {
        let share = 1.0 / (before as f64 + 1.0);
        let failed = spent.times(&below.fails);
        let repaired = spent.times(&below.succeeds);
        for m in (0..side).rev() {
            for r in (0..side - m).rev() {
                let drawn = m + r;
                if drawn <= before {
                    let mut next = with[at(m, r)].clone();
                    next.scale((before - drawn) as f64 * share);
                    if m > 0 {
                        next.add_product(&failed, &with[at(m - 1, r)], m as f64 * share);
                    }
                    if r > 0 {
                        next.add_product(spent, &with[at(m, r - 1)], r as f64 * share);
                    }
                    next.add_product(&repaired, &without[at(m, r)], share);
                    with[at(m, r)] = next;
                }
                if drawn > 0 && drawn <= before + 1 {
                    let mut next = without[at(m, r)].clone();
                    next.scale((before + 1 - drawn) as f64 * share);
                    if m > 0 {
                        next.add_product(&failed, &without[at(m - 1, r)], m as f64 * share);
                    }
                    if r > 0 {
                        next.add_product(spent, &without[at(m, r - 1)], r as f64 * share);
                    }
                    without[at(m, r)] = next;
                }
            }
        }
    }
    // Each place of the repaired program among the drawn ones.
    for m in 0..side {
        success.add(&with[at(m, last - m)], 1.0);
    }
    let counts = (programs.len() as u32, failing.len() as u32);
    success.scale(crate::in_turn::all_of_one_kind(counts, n_p));
    success
}
