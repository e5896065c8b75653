//! Few informative problems: what a sample that is nearly all alike leaves open.
//!
//! Resampling cannot show what no problem of the sample shows: twenty problems that all pass would have the interval
//! `[1, 1]`, though one problem in ten may well fail. So where fewer than five problems differ from the commonest
//! value, the interval reaches at least as far as it must if every exception that was not seen were total: with `v` the
//! commonest value, `j` the problems below or above it, and `cp` the upper bound of Clopper and Pearson for `j` events
//! of `D`, from `v - cp(j below, D) (v - low)` to `v + cp(j above, D) (high - v)`.

use crate::power::power;

/// Fewer exceptions than these are few.
const FEW: usize = 5;

/// One-sided level of the bounds: half of what a 95 % interval leaves out.
const LEVEL: f64 = 0.025;

/// Values closer than this, in relation to their size, are equal.
const EQUAL: f64 = 1e-12;

/// The ends that an interval must reach, of a figure that is the mean of a value of each problem, each within `range`;
/// `None` if enough problems differ. Two values that half of the problems hold each are both the commonest.
pub(crate) fn ends(values: &[f64], range: (f64, f64)) -> Option<(f64, f64)> {
    ends_of(values, range, FEW, LEVEL)
}

/// The same where fewer than `few` exceptions are few, and each end leaves out `level`.
pub(crate) fn ends_of(values: &[f64], (low, high): (f64, f64), few: usize, level: f64) -> Option<(f64, f64)> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let n = sorted.len();
    let (mut start, mut ends): (usize, Option<(f64, f64)>) = (0, None);
    while start < n {
        let value = sorted[start];
        let equal = sorted[start..].iter().take_while(|other| **other - value <= EQUAL * (1.0 + value.abs())).count();
        let (below, above) = (start, n - start - equal);
        if below + above < few && 2 * equal >= n {
            let reach = |events: usize, room: f64| upper_bound(events as u32, n as u32, level) * room.max(0.0);
            let (to, from) = (value - reach(below, value - low), value + reach(above, high - value));
            ends = Some(ends.map_or((to, from), |(other, another): (f64, f64)| (other.min(to), another.max(from))));
        }
        start += equal;
    }
    ends
}

/// Upper bound of Clopper and Pearson for the share of which `events` of `n` were seen: the share at which no more
/// than these are seen with probability `level`.
fn upper_bound(events: u32, n: u32, level: f64) -> f64 {
    if events >= n {
        return 1.0;
    }
    let (mut low, mut high) = (0.0, 1.0);
    for _ in 0..60 {
        let middle = f64::midpoint(low, high);
        if at_most(events, n, middle) > level {
            low = middle;
        } else {
            high = middle;
        }
    }
    f64::midpoint(low, high)
}

/// Probability of no more than `events` in `n` trials, for few events and a share below 1.
fn at_most(events: u32, n: u32, share: f64) -> f64 {
    let mut term = power(1.0 - share, n);
    let mut sum = term;
    for seen in 0..events {
        term *= f64::from(n - seen) / f64::from(seen + 1) * share / (1.0 - share);
        sum += term;
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(values: &[f64], range: (f64, f64), expected: Option<(f64, f64)>) {
        let got = ends(values, range);
        let close = |a: (f64, f64), b: (f64, f64)| (a.0 - b.0).abs() < 1e-6 && (a.1 - b.1).abs() < 1e-6;
        let is_same = match (got, expected) {
            (Some(got), Some(expected)) => close(got, expected),
            (None, None) => true,
            _ => false,
        };
        assert!(is_same, "{got:?} is not {expected:?}");
    }

    #[test]
    fn worked_examples_hold() {
        check(&[1.0; 20], (0.0, 1.0), Some((0.831_567, 1.0)));
        check(&[0.5; 5], (0.0, 1.0), Some((0.239_088, 0.760_912)));
        let mut losses = vec![0.0; 38];
        losses.extend([-1.0, -1.0]);
        check(&losses, (-1.0, 1.0), Some((-0.169_197, 0.088_097)));
    }

    #[test]
    fn five_exceptions_or_no_common_value_are_enough() {
        let with = |exceptions: usize| [vec![1.0; 20], vec![0.0; exceptions]].concat();
        check(&with(5), (0.0, 1.0), None);
        assert!(ends(&with(4), (0.0, 1.0)).is_some());
        check(&[0.1, 0.2, 0.3], (0.0, 1.0), None);
        check(&[], (0.0, 1.0), None);
    }

    #[test]
    fn two_values_of_half_the_problems_are_both_the_commonest() {
        let (low, high) = ends(&[0.0, 1.0], (0.0, 1.0)).unwrap();
        assert!(low < 0.013 && (low + high - 1.0).abs() < 1e-12, "[{low}, {high}]");
    }

    #[test]
    fn values_that_differ_by_rounding_are_equal() {
        let rounded: Vec<f64> = (0..20).map(|index| 1.0 - f64::from(index % 3) * 1e-13).collect();
        check(&rounded, (0.0, 1.0), Some((0.831_567, 1.0)));
    }

    #[test]
    fn the_bound_is_where_so_few_events_are_seen_one_time_in_forty() {
        for (events, n, expected) in [(0, 40, 0.088_097), (2, 40, 0.169_197), (4, 4, 1.0), (0, 1, 0.975)] {
            let got = upper_bound(events, n, LEVEL);
            assert!((got - expected).abs() < 1e-6, "{events} of {n}: {got}");
        }
    }
}
