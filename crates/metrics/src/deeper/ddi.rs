//! The debugging decay index as its paper computes it, to reproduce it: a line `E0 exp(-lambda t)` through what each
//! program adds to the share of all lines that are solved, the first one at `t = 0`, by least squares without weights.
//!
//! The step from the first program to the first repair decides it, since that is the largest by far; how repairs wear off
//! is better told by the fit of [`DecayRow`](crate::DecayRow), which leaves the first program out and counts lines.

use crate::Figure;
use serde::{Deserialize, Serialize};

/// What the fit comes to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Ddi {
    /// What it starts at.
    pub e0: f64,
    /// How fast it falls from one program to the next.
    pub lambda: f64,
    /// The share of the variance that the fit explains; absent where each program adds as much.
    pub r2: Figure,
    /// Programs after which a fifth as much is added.
    pub t_80: Figure,
}

/// The largest rate that is looked at: beyond it all is added by the first program, to the last digit.
const MOST: f64 = 30.0;

impl Ddi {
    /// The fit to what the first program and each later one add.
    pub(crate) fn of(added: &[f64]) -> Figure<Self> {
        if added.len() < 3 {
            return Figure::Absent(format!("a decay needs 3 programs of a line, and there are {}", added.len()));
        }
        if added.iter().all(|share| *share <= 0.0) {
            return Figure::Absent("nothing was solved".to_owned());
        }
        let (lambda, e0) = best(added);
        if lambda > MOST - 0.1 {
            return Figure::Absent("the first program alone solves something: no finite rate fits best".to_owned());
        }
        let mean = added.iter().sum::<f64>() / added.len() as f64;
        let spread: f64 = added.iter().map(|share| (share - mean) * (share - mean)).sum();
        let r2 = (spread > 1e-18).then(|| 1.0 - left_over(added, lambda) / spread);
        let t_80 = (lambda > 0.0).then(|| 5.0_f64.ln() / lambda);
        Figure::Value(Self {
            e0,
            lambda,
            r2: Figure::or_absent(r2, || "each program adds as much".to_owned()),
            t_80: Figure::or_absent(t_80, || "no decay: lambda is not above 0".to_owned()),
        })
    }
}

/// The start that fits best at a rate.
fn start(added: &[f64], lambda: f64) -> f64 {
    let (mut both, mut squares) = (0.0, 0.0);
    for (t, share) in added.iter().enumerate() {
        let x = (-lambda * t as f64).exp();
        both += share * x;
        squares += x * x;
    }
    both / squares
}

/// The squares that are left over at a rate.
fn left_over(added: &[f64], lambda: f64) -> f64 {
    let e0 = start(added, lambda);
    let rest = |(t, share): (usize, &f64)| {
        let rest = share - e0 * (-lambda * t as f64).exp();
        rest * rest
    };
    added.iter().enumerate().map(rest).sum()
}

/// The rate with the least squares, from the best of some on a grid by golden sections.
fn best(added: &[f64]) -> (f64, f64) {
    const STEP: f64 = 0.125;
    let at = |place: i32| f64::from(place) * STEP;
    let places = (-40..=(MOST / STEP) as i32).map(at);
    let coarse = places.min_by(|a, b| left_over(added, *a).total_cmp(&left_over(added, *b))).unwrap_or(0.0);
    let golden = (5.0_f64.sqrt() - 1.0) / 2.0;
    let (mut low, mut high) = (coarse - STEP, coarse + STEP);
    for _ in 0..80 {
        let (left, right) = (high - golden * (high - low), low + golden * (high - low));
        if left_over(added, left) < left_over(added, right) { high = right } else { low = left }
    }
    let lambda = f64::midpoint(low, high);
    (lambda, start(added, lambda))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn close(found: f64, expected: f64) {
        assert!((found - expected).abs() < 1e-4, "{found} is not {expected}");
    }

    #[test]
    fn the_worked_example_is_met() {
        // 200 lines, 120 right at first, and 30, 12, 5, 2 and 1 by each repair.
        let added = [120, 30, 12, 5, 2, 1].map(|lines| f64::from(lines) / 200.0);
        let found = Ddi::of(&added);
        let found = found.value().unwrap();
        close(found.e0, 0.598_168);
        close(found.lambda, 1.304_933);
        close(*found.r2.value().unwrap(), 0.997_589);
        close(*found.t_80.value().unwrap(), 1.233_349);
    }

    #[test]
    fn an_exact_decay_is_found_and_a_level_one_has_no_rate_to_speak_of() {
        let exact: Vec<f64> = (0..6).map(|t| 0.4 * (-0.7 * f64::from(t)).exp()).collect();
        let found = Ddi::of(&exact);
        let found = found.value().unwrap();
        close(found.lambda, 0.7);
        close(found.e0, 0.4);
        close(*found.r2.value().unwrap(), 1.0);
        let level = Ddi::of(&[0.1, 0.1, 0.1]);
        let level = level.value().unwrap();
        close(level.lambda, 0.0);
        assert_eq!(level.r2.reason(), Some("each program adds as much"));
    }

    #[test]
    fn what_has_no_decay_says_why() {
        assert_eq!(Ddi::of(&[0.5, 0.1]).reason(), Some("a decay needs 3 programs of a line, and there are 2"));
        assert_eq!(Ddi::of(&[0.0; 4]).reason(), Some("nothing was solved"));
        assert!(Ddi::of(&[0.5, 0.0, 0.0, 0.0]).reason().unwrap().contains("no finite rate"));
        let rising = Ddi::of(&[0.1, 0.2, 0.4]);
        assert!(rising.value().unwrap().t_80.reason().is_some());
    }
}
