//! What would settle an undecided gate: how many problems, or samples of each.
//!
//! With the present spread `s` of differences, problems needed follow from the distance between the difference and what
//! is to be ruled out. Part of the spread is chance within problems, `W (1/n_A + 1/n_B)`, which more samples shrink; the
//! rest, `omega^2`, is how differently problems react, which only more problems average out.

use crate::Figure;
use crate::compare::{ONE_SIDED, POWER};
use crate::normal;
use serde::Serialize;

/// Chance within problems, by the programs that each has.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct WithinProblems {
    /// Mean over problems and both runs of `p (1 - p)`, without bias.
    pub w: f64,
    /// Mean of one over the number of programs of a problem, in the first run and in the second, added.
    pub per_sample: f64,
}

/// What would settle it. Numbers are rounded up, and rough.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Settle {
    /// Problems at which a pass is found in four of five cases, if the present difference is the true one.
    pub pass_problems: Figure<u64>,
    /// Problems at which a regression is found in four of five cases, if the present difference is the true one.
    pub fail_problems: Figure<u64>,
    /// Problems at which a pass is found in four of five cases, if nothing has really changed.
    pub unchanged_problems: Figure<u64>,
    /// How differently problems react: the variance of their true differences.
    pub omega_squared: Figure,
    /// Problems that a pass needs at twice the samples of each.
    pub pass_problems_at_twice_the_samples: Figure<u64>,
    /// Problems that a pass needs however many samples each has.
    pub pass_problems_at_least: Figure<u64>,
    /// Samples of each problem and run at which a pass is found with the present problems.
    pub pass_samples: Figure<u64>,
}

/// The sum of the quantiles that a finding in four of five cases needs, at a one-sided level.
pub(crate) fn quantiles(alpha: f64) -> f64 {
    one_sided(alpha) + POWER
}

/// The quantile that one side of a level leaves out.
pub(crate) fn one_sided(alpha: f64) -> f64 {
    if alpha == 0.05 { ONE_SIDED } else { normal::quantile(1.0 - alpha) }
}

/// What would settle a gate on `problems` problems whose differences have a mean and a standard deviation.
pub(crate) fn settle(
    (delta, sd): (f64, f64),
    problems: usize,
    margin: f64,
    alpha: f64,
    within: Option<WithinProblems>,
) -> Settle {
    let c = quantiles(alpha);
    let room = delta + margin;
    let needed = |variance: f64, distance: f64| Figure::Value(up(c * c * variance / (distance * distance)));
    let unchanged = "no problem changed, so that nothing says how much problems differ";
    let beyond = "the difference lies at the margin or beyond it: more problems would not pass it";
    let pass = |variance: f64| match (sd > 1e-12, room > 1e-12) {
        (false, _) => Figure::Absent(unchanged.to_owned()),
        (true, false) => Figure::Absent(beyond.to_owned()),
        (true, true) => needed(variance, room),
    };
    let spread = sd * sd;
    let Some(within) = within.filter(|_| sd > 1e-12) else {
        let why = "samples and problems cannot be told apart with one program a problem, or for this figure";
        return Settle {
            pass_problems: pass(spread),
            fail_problems: fail(delta, sd, c),
            unchanged_problems: if sd > 1e-12 { needed(spread, margin) } else { Figure::Absent(unchanged.to_owned()) },
            omega_squared: Figure::Absent(why.to_owned()),
            pass_problems_at_twice_the_samples: Figure::Absent(why.to_owned()),
            pass_problems_at_least: Figure::Absent(why.to_owned()),
            pass_samples: Figure::Absent(why.to_owned()),
        };
    };
    let WithinProblems { w, per_sample } = within;
    let omega = (spread - w * per_sample).max(0.0);
    let rest = problems as f64 * room * room / (c * c) - omega;
    Settle {
        pass_problems: pass(spread),
        fail_problems: fail(delta, sd, c),
        unchanged_problems: needed(spread, margin),
        omega_squared: Figure::Value(omega),
        pass_problems_at_twice_the_samples: pass(omega + w * per_sample / 2.0),
        pass_problems_at_least: pass(omega),
        pass_samples: if room <= 1e-12 {
            Figure::Absent(beyond.to_owned())
        } else if rest <= 1e-12 {
            Figure::Absent("more samples cannot settle this, more problems can".to_owned())
        } else {
            Figure::Value(up(2.0 * w / rest).max(1))
        },
    }
}

fn fail(delta: f64, sd: f64, c: f64) -> Figure<u64> {
    if delta >= -1e-12 {
        return Figure::Absent("the candidate is not behind".to_owned());
    }
    if sd <= 1e-12 {
        return Figure::Absent("all problems differ by the same: nothing says how much they vary".to_owned());
    }
    Figure::Value(up((c * sd / delta).powi(2)))
}

/// Rounded up, but for rounding errors.
fn up(number: f64) -> u64 {
    (number - 1e-9).ceil().max(0.0) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worked_example_holds() {
        let alone = settle((-0.012, 0.36), 164, 0.05, 0.05, None);
        assert_eq!(alone.pass_problems, Figure::Value(555));
        assert_eq!(alone.unchanged_problems, Figure::Value(321));
        assert!((quantiles(0.05) * 0.36 / 164.0_f64.sqrt() - 0.069_898).abs() < 1e-6);
        assert!(alone.omega_squared.reason().unwrap().contains("one program a problem"));
        let within = WithinProblems { w: 0.14, per_sample: 2.0 / 5.0 };
        let five = settle((-0.012, 0.36), 164, 0.05, 0.05, Some(within));
        assert!((five.omega_squared.value().unwrap() - 0.0736).abs() < 1e-9);
        assert_eq!(five.pass_problems_at_twice_the_samples, Figure::Value(436));
        assert_eq!(five.pass_problems_at_least, Figure::Value(316));
        assert_eq!(five.pass_samples.reason(), Some("more samples cannot settle this, more problems can"));
        assert_eq!(settle((-0.012, 0.36), 400, 0.05, 0.05, Some(within)).pass_samples, Figure::Value(15));
    }

    #[test]
    fn what_nothing_settles_says_why() {
        let lost = settle((-0.1, 0.3), 50, 0.05, 0.05, None);
        assert!(lost.pass_problems.reason().unwrap().contains("beyond"));
        assert_eq!(lost.fail_problems, Figure::Value(56));
        let same = settle((0.0, 0.0), 50, 0.05, 0.05, None);
        assert!(same.pass_problems.reason().is_some() && same.fail_problems.reason().is_some());
        let ahead = settle((0.2, 0.3), 50, 0.05, 0.05, None);
        assert_eq!(ahead.fail_problems.reason(), Some("the candidate is not behind"));
    }
}
