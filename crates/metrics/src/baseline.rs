//! What drawing more first programs would have solved for the same tokens.
//!
//! A baseline is a row of points at equal token distances: it is read between two of them by linear
//! interpolation, and never beyond the last one.

/// How far the fractional place may lie beyond the last point: rounding, not extrapolation.
const SLACK: f64 = 1e-9;

/// The pass rate `excess` tokens beyond the first point.
///
/// - `excess`: tokens beyond those of the first point, at least 0.
/// - `step`: tokens from one point to the next, at least 0.
/// - `passes`: pass rate at each point; never falls.
///
/// `None` out of bounds, and where further draws cost nothing and yet solve more: there is then no draw
/// at equal tokens.
pub(crate) fn pass_rate(excess: f64, step: f64, passes: &[f64]) -> Option<f64> {
    let (first, last) = (*passes.first()?, *passes.last()?);
    if step == 0.0 {
        return (excess == 0.0 && first == last).then_some(first);
    }
    let place = excess / step;
    let top = passes.len() - 1;
    if place > top as f64 + SLACK {
        return None;
    }
    let below = (place.floor() as usize).min(top);
    let above = (below + 1).min(top);
    Some(passes[below] + (passes[above] - passes[below]) * (place - below as f64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(excess: f64, step: f64, passes: &[f64], expected: Option<f64>) {
        let got = pass_rate(excess, step, passes);
        let close = got.zip(expected).is_none_or(|(got, expected)| (got - expected).abs() < 1e-12);
        assert!(got.is_some() == expected.is_some() && close, "{got:?} is not {expected:?}");
    }

    #[test]
    fn points_are_interpolated_and_never_extrapolated() {
        check(0.0, 10.0, &[0.5, 0.7, 0.8], Some(0.5));
        check(5.0, 10.0, &[0.5, 0.7, 0.8], Some(0.6));
        check(20.0, 10.0, &[0.5, 0.7, 0.8], Some(0.8));
        check(20.0 + 1e-12, 10.0, &[0.5, 0.7, 0.8], Some(0.8));
        check(20.1, 10.0, &[0.5, 0.7, 0.8], None);
        check(0.0, 10.0, &[], None);
    }

    #[test]
    fn free_draws_have_a_pass_rate_only_if_they_change_nothing() {
        check(0.0, 0.0, &[1.0, 1.0], Some(1.0));
        check(0.0, 0.0, &[0.5, 0.7], None);
        check(1.0, 0.0, &[1.0, 1.0], None);
    }
}
