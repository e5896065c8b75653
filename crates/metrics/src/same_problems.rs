//! What sampling the same problems again would change: the variance of each problem's own figure.
//!
//! The units are a problem's programs, each with everything below it: they are independent draws. With `u(n)` the
//! unbiased estimate that `n` units all fail, `u(n)^2 - u(2n)` estimates the variance of `1 - u(n)` without bias;
//! for pass@1 it is `p(1-p)/(N-1)`. Where `2n` units are not there, and as a floor at half of it, stands the
//! jackknife, which leaves each unit out in turn and errs upwards.
//!
//! A problem whose units are all alike shows no variance though it has some: Jeffreys' prior, `(c + 1/2) / (N + 1)`,
//! gives it one where otherwise a whole group would have none. A single unit shows no variance either; then what
//! it could be at most is taken, from the spread over the problems.

use crate::in_turn::InTurn;
use crate::normal::Z;
use crate::power::power;
use crate::{Figure, Interval, Selection};

/// Variance of one problem's figure.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Within {
    /// As its units show it; may be below 0, and is `None` for a single unit.
    pub(crate) shown: Option<f64>,
    /// A floor for the sum of what is shown.
    at_least: f64,
    /// With the share of failures smoothed by Jeffreys' prior.
    pub(crate) smoothed: f64,
    /// How much the figure moves with the share of failures.
    slope: f64,
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
    let spread = units.iter().map(|unit| power(unit.0 - fails, 2)).sum::<f64>() / f64::from(n.max(2) - 1);
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
                Some(variance) => Some(variance),
                // All units are needed at once: to first order.
                None if n > 1 => Some(power(slope(fails), 2) * spread / f64::from(n)),
                None => None,
            };
            let at_least = by_jackknife.unwrap_or(0.0) / 2.0;
            Within { shown, at_least, smoothed, slope: slope(smooth(fails)) }
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

/// 95 % interval of a mean over problems: normal, within 0..=1, and never without width.
pub(crate) fn interval(mean: f64, within: &[Within]) -> Figure<Interval> {
    let n = within.len() as f64;
    let shown: Option<f64> = within.iter().map(|within| within.shown).sum();
    let at_least = within.iter().map(|within| within.at_least).sum();
    let variance = match shown.map(|shown| shown.max(at_least)) {
        // Below this it is rounding.
        Some(shown) if shown > 1e-18 => shown,
        Some(_) => within.iter().map(|within| within.smoothed).sum(),
        None => {
            let p = (mean * n + 0.5) / (n + 1.0);
            let at_most = |within: &Within| power(within.slope, 2) * p * (1.0 - p);
            within.iter().map(|within| within.shown.unwrap_or_else(|| at_most(within))).sum()
        }
    };
    let half = Z * f64::sqrt(variance) / n;
    Figure::Value(Interval { low: (mean - half).max(0.0), high: (mean + half).min(1.0) })
}

#[cfg(test)]
mod coverage;
