//! What sampling the same problems again would change: the variance of each problem's own figure.
//!
//! The units are a problem's programs, each with everything below it: they are independent draws. With `u(n)` the
//! unbiased estimate that `n` units all fail, `u(n)^2 - u(2n)` estimates the variance of `1 - u(n)` without bias;
//! for pass@1 it is `p(1-p)/(N-1)`. Where `2n` units are not there, and as a floor at half of it, stands the
//! jackknife, which leaves each unit out in turn and errs upwards.
//!
//! The interval is Wilson's, at as many draws of a 0/1 value as have that variance, and no fewer than there are
//! problems. A problem whose units are all alike shows no variance though it has some: Jeffreys' prior,
//! `(c + 1/2) / (N + 1)`, gives it one where otherwise a whole group would have none; and where all is solved, or
//! nothing, each `n_p` units are one draw. A problem that has no more than `n_p` units shows nothing of its variance:
//! it is then one draw itself.

use crate::in_turn::InTurn;
use crate::normal::Z;
use crate::power::power;
use crate::{Figure, Interval, Selection};

/// Variance of one problem's figure.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Within {
    /// As its units show it; may be below 0, and is `None` where all units are needed at once.
    pub(crate) shown: Option<f64>,
    /// A floor for the sum of what is shown.
    at_least: f64,
    /// With the share of failures smoothed by Jeffreys' prior.
    pub(crate) smoothed: f64,
    /// How often its units make up the figure.
    draws: u32,
}

/// The variance of a problem's figure for each `n_p` from 1 on. A unit is the probability that it fails, and
/// that it succeeds.
pub(crate) fn within(units: &[(f64, f64)], selection: Selection, n_p: u32) -> Vec<Within> {
    let n = units.len() as u32;
    let jackknife = jackknife(units, selection, n_p.min(n.saturating_sub(1)));
    let mut all = InTurn::<1>::new(n.min(2 * n_p));
    for (fails, _) in units {
        all.add(*fails, &[0.0]);
    }
    let mean = |of: fn(&(f64, f64)) -> f64| units.iter().map(of).sum::<f64>() / f64::from(n);
    let (fails, succeeds) = (mean(|unit| unit.0), mean(|unit| unit.1));
    let smooth = |share: f64| (share * f64::from(n) + 0.5) / (f64::from(n) + 1.0);
    (1..=n_p)
        .map(|n_p| {
            let slope = |share: f64| match selection {
                Selection::OracleAny => f64::from(n_p) * power(share, n_p - 1),
                Selection::Submitted => geometric(share, n_p),
            };
            let share = match selection {
                Selection::OracleAny => smooth(fails),
                Selection::Submitted => smooth(1.0 - succeeds),
            };
            let smoothed = power(slope(smooth(fails)), 2) * share * (1.0 - share) / f64::from(n);
            let by_jackknife = jackknife.get(n_p as usize - 1).copied();
            let shown = match by_jackknife {
                Some(_) if 2 * n_p <= n && selection == Selection::OracleAny => {
                    Some(power(all.all_fail(n_p), 2) - all.all_fail(2 * n_p))
                }
                other => other,
            };
            let at_least = by_jackknife.unwrap_or(0.0) / 2.0;
            Within { shown, at_least, smoothed, draws: n / n_p }
        })
        .collect()
}

fn geometric(a: f64, n: u32) -> f64 {
    (0..n).fold(0.0, |sum, _| sum * a + 1.0)
}

/// Jackknife variance for each `n_p`; equal units are left out once and counted often.
fn jackknife(units: &[(f64, f64)], selection: Selection, n_p: u32) -> Vec<f64> {
    let mut sorted = units.to_vec();
    sorted.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
    let kinds: Vec<&[(f64, f64)]> = sorted.chunk_by(|a, b| a == b).collect();
    let n = units.len() as f64;
    let without: Vec<Vec<f64>> = (0..kinds.len())
        .map(|skipped| {
            let mut in_turn = InTurn::<1>::new(n_p);
            for (index, kind) in kinds.iter().enumerate() {
                for (fails, succeeds) in &kind[usize::from(index == skipped)..] {
                    in_turn.add(*fails, &[*succeeds]);
                }
            }
            match selection {
                Selection::OracleAny => (1..=n_p).map(|n_p| 1.0 - in_turn.all_fail(n_p)).collect(),
                Selection::Submitted => (1..=n_p).map(|n_p| in_turn.until(n_p)[0]).collect(),
            }
        })
        .collect();
    (0..n_p as usize)
        .map(|place| {
            let each = || kinds.iter().zip(&without).map(|(kind, values)| (kind.len() as f64, values[place]));
            let mean = each().map(|(count, value)| count * value).sum::<f64>() / n;
            (n - 1.0) / n * each().map(|(count, value)| count * power(value - mean, 2)).sum::<f64>()
        })
        .collect()
}

/// 95 % interval of a mean over problems.
pub(crate) fn interval(mean: f64, within: &[Within]) -> Figure<Interval> {
    let n = within.len() as f64;
    // Rounding may leave a mean of ones a little below one.
    let spread = mean * (1.0 - mean);
    if spread < 1e-12 {
        let draws: u32 = within.iter().map(|within| within.draws).sum();
        return Figure::Value(wilson(mean.round(), f64::from(draws).max(n)));
    }
    Figure::Value(wilson(mean, (spread * n * n / variance(spread, within)).max(n)))
}

/// Variance of a sum over problems; never 0. `spread` stands for that of a problem which shows nothing of its own.
pub(crate) fn variance(spread: f64, within: &[Within]) -> f64 {
    let shown: f64 = within.iter().map(|within| within.shown.unwrap_or(spread)).sum();
    let at_least = within.iter().map(|within| within.at_least).sum();
    match shown.max(at_least) {
        // Below this it is rounding.
        shown if shown > 1e-18 => shown,
        _ => within.iter().map(|within| within.smoothed).sum(),
    }
}

/// Wilson's score interval for a share that `draws` draws have shown.
fn wilson(share: f64, draws: f64) -> Interval {
    let square = Z * Z / draws;
    let center = (share + square / 2.0) / (1.0 + square);
    let half = Z * (share * (1.0 - share) / draws + square / (4.0 * draws)).sqrt() / (1.0 + square);
    Interval::new((center - half).clamp(0.0, share), (center + half).clamp(share, 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Problems of so many passing and failing units.
    fn of(problems: &[(usize, usize)], n_p: u32) -> Interval {
        let within: Vec<Within> = problems
            .iter()
            .map(|(passes, fails)| {
                let units = [vec![(0.0, 1.0); *passes], vec![(1.0, 0.0); *fails]].concat();
                *within(&units, Selection::OracleAny, n_p).last().unwrap()
            })
            .collect();
        let pass =
            |(passes, fails): &(usize, usize)| crate::pass_at_k((passes + fails) as u32, *passes as u32, n_p).unwrap();
        let mean = problems.iter().map(pass).sum::<f64>() / problems.len() as f64;
        *interval(mean, &within).value().unwrap()
    }

    #[track_caller]
    fn check(interval: Interval, low: f64, high: f64) {
        assert!((interval.low - low).abs() < 1e-6 && (interval.high - high).abs() < 1e-6, "{interval:?}");
    }

    #[test]
    fn worked_examples_hold() {
        check(of(&[(1, 0); 20], 1), 0.838_875, 1.0);
        let one_fails = [vec![(1, 0); 19], vec![(0, 1)]].concat();
        check(of(&one_fails, 1), 0.763_869, 0.991_119);
    }

    #[test]
    fn where_all_units_are_needed_at_once_each_problem_is_one_draw() {
        let one_fails = [vec![(5, 0); 19], vec![(0, 5)]].concat();
        check(of(&one_fails, 5), 0.763_869, 0.991_119);
        // What problems with more units show counts beside it.
        let some = [vec![(5, 0); 19], vec![(1, 99)]].concat();
        let all = of(&some, 5);
        assert!(all.low > 0.7 && all.high < 0.999, "{all:?}");
    }

    #[test]
    fn where_all_is_solved_as_many_units_as_the_figure_needs_are_one_draw() {
        check(of(&[(10, 0); 2], 1), 0.838_875, 1.0);
        check(of(&[(0, 11); 4], 2), 0.0, 1.0 - 0.838_875);
        // Fewer draws than problems there are not.
        check(of(&[(1, 0); 20], 1), 0.838_875, 1.0);
    }
}
