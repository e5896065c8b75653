//! Reading a baseline at a tree's budget.
//!
//! A baseline is a row of points, one for each number of programs that was collected. It is read between two
//! of them by linear interpolation over the whole data set, and never beyond the last one.

use crate::Axis;

/// How far a place may lie beyond the last point, as a share of that: rounding, not extrapolation.
const SLACK: f64 = 1e-9;

/// Why a baseline has no pass rate at a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unreadable {
    /// The place lies beyond the last point.
    OutOfBounds,
    /// Several points lie at the place and differ: more draws cost nothing and solve more.
    Free,
}

/// Why a setting is not compared with a baseline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Unmatched {
    /// The reason.
    pub(crate) why: String,
    /// Whether it is that the baseline ends before.
    pub(crate) out_of_bounds: bool,
}

impl Unmatched {
    /// For another reason than that the baseline ends.
    pub(crate) fn because(why: String) -> Self {
        Self { why, out_of_bounds: false }
    }
}

impl Unreadable {
    /// In words, for a baseline of `count` programs.
    pub(crate) fn told(self, axis: Axis, count: usize) -> Unmatched {
        let out_of_bounds = self == Self::OutOfBounds;
        let why = match (self, axis) {
            (Self::Free, _) => "further first programs cost nothing and solve more".to_owned(),
            (Self::OutOfBounds, Axis::Tokens) => {
                format!("the same budget buys more first programs than the {count} that each problem has")
            }
            (Self::OutOfBounds, Axis::Calls | Axis::Executions | Axis::Questions | Axis::Minutes) => {
                format!("as many {} buy more first programs than the {count} that each problem has", axis.as_str())
            }
            (Self::OutOfBounds, Axis::Programs | Axis::Size) => {
                format!("as many first programs are more than the {count} that each problem has")
            }
        };
        Unmatched { why, out_of_bounds }
    }
}

/// A curve as it was read at a place.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Read {
    /// The pass rate there.
    pub(crate) value: f64,
    /// The last point that is not beyond the place.
    pub(crate) low: usize,
    /// How far the place lies from there to the next point, as a share.
    pub(crate) share: f64,
    /// How much the pass rate rises with the cost there.
    pub(crate) slope: f64,
}

/// Reads a curve of `count` points at `x`. `x_at` never falls, and begins at or below `x`.
pub(crate) fn read(
    x: f64,
    count: usize,
    x_at: impl Fn(usize) -> f64,
    pass_at: impl Fn(usize) -> f64,
) -> Result<Read, Unreadable> {
    let Some(last) = count.checked_sub(1) else { return Err(Unreadable::OutOfBounds) };
    if x > x_at(last) * (1.0 + SLACK) {
        return Err(Unreadable::OutOfBounds);
    }
    // The last point that is not beyond x.
    let (mut low, mut high) = (0, last);
    while low < high {
        let middle = usize::midpoint(low, high + 1);
        if x_at(middle) <= x {
            low = middle;
        } else {
            high = middle - 1;
        }
    }
    let slope = |from: usize| {
        let run = x_at(from + 1) - x_at(from);
        if run > 0.0 { (pass_at(from + 1) - pass_at(from)) / run } else { 0.0 }
    };
    let (below, here) = (x_at(low), pass_at(low));
    if low == last {
        let slope = low.checked_sub(1).map_or(0.0, slope);
        return at_a_point(Read { value: here, low, share: 0.0, slope }, x_at, pass_at);
    }
    if below >= x {
        return at_a_point(Read { value: here, low, share: 0.0, slope: slope(low) }, x_at, pass_at);
    }
    let (above, there) = (x_at(low + 1), pass_at(low + 1));
    let share = (x - below) / (above - below);
    Ok(Read { value: here + (there - here) * share, low, share, slope: (there - here) / (above - below) })
}

/// A reading at a point itself, unless others lie at the same place and differ.
fn at_a_point(read: Read, x_at: impl Fn(usize) -> f64, pass_at: impl Fn(usize) -> f64) -> Result<Read, Unreadable> {
    let below = x_at(read.low);
    let twins = (0..read.low).rev().take_while(|place| x_at(*place) == below);
    if twins.map(pass_at).all(|pass| pass == read.value) { Ok(read) } else { Err(Unreadable::Free) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(x: f64, points: &[(f64, f64)], expected: Result<f64, Unreadable>) {
        let got = read(x, points.len(), |place| points[place].0, |place| points[place].1).map(|read| read.value);
        let close = got.ok().zip(expected.ok()).is_none_or(|(got, expected)| (got - expected).abs() < 1e-12);
        assert!(got.err() == expected.err() && close, "{got:?} is not {expected:?}");
    }

    const CURVE: [(f64, f64); 3] = [(0.0, 0.5), (10.0, 0.7), (20.0, 0.8)];

    #[test]
    fn points_are_interpolated_and_never_extrapolated() {
        check(0.0, &CURVE, Ok(0.5));
        check(5.0, &CURVE, Ok(0.6));
        check(15.0, &CURVE, Ok(0.75));
        check(20.0, &CURVE, Ok(0.8));
        check(20.0 + 1e-12, &CURVE, Ok(0.8));
        check(20.1, &CURVE, Err(Unreadable::OutOfBounds));
        check(0.0, &[], Err(Unreadable::OutOfBounds));
    }

    #[test]
    fn the_slope_is_that_of_the_line_on_which_the_place_lies() {
        let slope = |x: f64| read(x, 3, |place| CURVE[place].0, |place| CURVE[place].1).unwrap().slope;
        for (x, expected) in [(0.0, 0.02), (5.0, 0.02), (10.0, 0.01), (15.0, 0.01), (20.0, 0.01)] {
            assert!((slope(x) - expected).abs() < 1e-12, "at {x}: {}", slope(x));
        }
        assert_eq!(read(0.0, 1, |_| 0.0, |_| 0.5).unwrap().slope, 0.0);
    }

    #[test]
    fn free_draws_have_a_pass_rate_only_if_they_change_nothing() {
        check(0.0, &[(0.0, 1.0), (0.0, 1.0)], Ok(1.0));
        check(0.0, &[(0.0, 0.5), (0.0, 0.7)], Err(Unreadable::Free));
        check(1.0, &[(0.0, 1.0), (0.0, 1.0)], Err(Unreadable::OutOfBounds));
        check(5.0, &[(0.0, 0.5), (0.0, 0.7), (10.0, 0.8)], Ok(0.75));
    }
}
