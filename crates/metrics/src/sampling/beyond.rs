//! pass@K beyond the number of programs that were drawn: an extrapolation, which no other figure may rest on.
//!
//! The pass rates of the problems are taken for draws from a beta distribution, which is fitted to the counts by maximum
//! likelihood. With it a problem is solved within `K` programs with the probability `F(K) = 1 - B(a, b + K) / B(a, b)`; the
//! value is pass@n plus `F(K) - F(n)`, so that it joins the measured curve. It is as good as that assumption: where a
//! share of the problems can never be solved it promises too much, so that far beyond `n` a second fit with such a share
//! stands beside it.

/// A beta distribution of pass rates, and the share of problems that are never solved.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RateFit {
    /// Its first parameter.
    pub a: f64,
    /// Its second parameter.
    pub b: f64,
    /// Share of problems with a rate of 0 beside those of the distribution.
    pub hopeless: f64,
}

impl RateFit {
    /// The share of problems that one of `k` programs solves.
    pub fn solved_within(&self, k: u32) -> f64 {
        (1.0 - self.hopeless) * (1.0 - never(self.a, self.b, k))
    }
}

/// The probability that `k` draws fail at a rate from the distribution.
fn never(a: f64, b: f64, k: u32) -> f64 {
    (0..k).map(|i| (b + f64::from(i)) / (a + b + f64::from(i))).product()
}

/// How far the logarithms of the parameters may lie from 0.
const FAR: f64 = 7.0;

/// The most likely beta distribution behind some counts of draws and of passes among them. `None` where all shares are
/// the same: they tell nothing of their spread.
pub fn rate_fit(counts: &[(u32, u32)]) -> Option<RateFit> {
    let tally = Tally::of(counts.iter().map(|count| (*count, 1.0)));
    let (u, v) = has_spread(counts).then(|| tally.best(tally.coarse()))?;
    Some(RateFit { a: u.exp(), b: v.exp(), hopeless: 0.0 })
}

/// The same with a share of problems that are never solved, by expectation and maximisation.
pub fn rate_fit_with_hopeless(counts: &[(u32, u32)]) -> Option<RateFit> {
    let all = Tally::of(counts.iter().map(|count| (*count, 1.0)));
    let (mut u, mut v) = has_spread(counts).then(|| all.best(all.coarse()))?;
    let zeros = counts.iter().filter(|(_, c)| *c == 0).count() as f64 / counts.len() as f64;
    let mut hopeless = zeros / 2.0;
    for _ in 0..STEPS {
        // How far each problem that nothing solved is taken for one of the distribution.
        let (a, b) = (f64::exp(u), f64::exp(v));
        let weight = |(n, c): (u32, u32)| {
            let by_chance = (1.0 - hopeless) * never(a, b, n);
            if c > 0 || by_chance + hopeless <= 0.0 { 1.0 } else { by_chance / (by_chance + hopeless) }
        };
        let weighted: Vec<((u32, u32), f64)> = counts.iter().map(|count| (*count, weight(*count))).collect();
        let share = 1.0 - weighted.iter().map(|(_, weight)| weight).sum::<f64>() / counts.len() as f64;
        (u, v) = Tally::of(weighted.into_iter()).best((u, v));
        let moved = (share - hopeless).abs();
        hopeless = share;
        if moved < 1e-9 {
            break;
        }
    }
    Some(RateFit { a: u.exp(), b: v.exp(), hopeless })
}

/// Steps of each iteration.
const STEPS: usize = 400;

fn has_spread(counts: &[(u32, u32)]) -> bool {
    let share = |(n, c): &(u32, u32)| f64::from(*c) / f64::from(*n);
    let mut shares = counts.iter().filter(|(n, _)| *n > 0).map(share);
    shares.next().is_some_and(|first| shares.any(|other| (other - first).abs() > 1e-12))
}

/// The weight of problems with more than `i` passes, failures and draws, for each `i`: all that the likelihood needs.
struct Tally {
    passes: Vec<f64>,
    failures: Vec<f64>,
    draws: Vec<f64>,
}

/// The logarithm of the likelihood with its slopes and curvatures by the logarithms of the parameters.
struct Slopes {
    value: f64,
    first: [f64; 2],
    second: [f64; 3],
}

impl Tally {
    fn of(counts: impl Iterator<Item = ((u32, u32), f64)>) -> Self {
        let mut tally = Self { passes: vec![], failures: vec![], draws: vec![] };
        for ((n, c), weight) in counts {
            let c = c.min(n);
            for (sums, count) in [(&mut tally.passes, c), (&mut tally.failures, n - c), (&mut tally.draws, n)] {
                if sums.len() < count as usize {
                    sums.resize(count as usize, 0.0);
                }
                for sum in &mut sums[..count as usize] {
                    *sum += weight;
                }
            }
        }
        tally
    }

    fn likelihood(&self, (u, v): (f64, f64)) -> f64 {
        let (a, b) = (u.exp(), v.exp());
        let sum = |sums: &[f64], from: f64| -> f64 {
            sums.iter().enumerate().map(|(i, weight)| weight * (from + i as f64).ln()).sum()
        };
        sum(&self.passes, a) + sum(&self.failures, b) - sum(&self.draws, a + b)
    }

    fn slopes(&self, at: (f64, f64)) -> Slopes {
        let (a, b) = (at.0.exp(), at.1.exp());
        let inverse = |sums: &[f64], from: f64| {
            sums.iter().enumerate().fold((0.0, 0.0), |(first, second), (i, weight)| {
                let x = from + i as f64;
                (first + weight / x, second + weight / (x * x))
            })
        };
        let ((pass, pass2), (fail, fail2)) = (inverse(&self.passes, a), inverse(&self.failures, b));
        let (draw, draw2) = inverse(&self.draws, a + b);
        let (by_a, by_b) = (pass - draw, fail - draw);
        Slopes {
            value: self.likelihood(at),
            first: [a * by_a, b * by_b],
            second: [a * by_a + a * a * (draw2 - pass2), a * b * draw2, b * by_b + b * b * (draw2 - fail2)],
        }
    }

    /// The best of some places all over, so that the climb begins at the right hill.
    fn coarse(&self) -> (f64, f64) {
        let places = || (-4..=4).map(|step| f64::from(step) * 1.6);
        let all = places().flat_map(|u| places().map(move |v| (u, v)));
        all.max_by(|a, b| self.likelihood(*a).total_cmp(&self.likelihood(*b))).unwrap_or((0.0, 0.0))
    }

    /// Climbs to the most likely parameters within bounds, by damped steps of Newton's.
    fn best(&self, start: (f64, f64)) -> (f64, f64) {
        let (mut here, mut damping) = (start, 1e-3);
        for _ in 0..STEPS {
            let Slopes { value, first, second } = self.slopes(here);
            let [mut uu, mut uv, mut vv] = second.map(|curvature| -curvature);
            // A parameter at its bound that would go beyond stays.
            let is_stuck = |at: f64, slope: f64| (at >= FAR && slope > 0.0) || (at <= -FAR && slope < 0.0);
            let stuck = [is_stuck(here.0, first[0]), is_stuck(here.1, first[1])];
            let slope = [if stuck[0] { 0.0 } else { first[0] }, if stuck[1] { 0.0 } else { first[1] }];
            if stuck[0] || stuck[1] {
                uv = 0.0;
            }
            let scale = uu.abs().max(vv.abs()).max(1e-9);
            // Where the hill is not round the step goes straight up.
            let lift = (-uu).max(-vv).max(uv.abs() - uu.min(vv)).max(0.0);
            (uu, vv) = (uu + lift + damping * scale, vv + lift + damping * scale);
            let determinant = uu * vv - uv * uv;
            let step = ((vv * slope[0] - uv * slope[1]) / determinant, (uu * slope[1] - uv * slope[0]) / determinant);
            let next = ((here.0 + step.0).clamp(-FAR, FAR), (here.1 + step.1).clamp(-FAR, FAR));
            if !(next.0.is_finite() && next.1.is_finite()) {
                return here;
            }
            if self.likelihood(next) >= value {
                let moved = (next.0 - here.0).abs().max((next.1 - here.1).abs());
                here = next;
                damping = (damping / 10.0).max(1e-12);
                if moved < 1e-12 {
                    break;
                }
            } else {
                damping *= 10.0;
                if damping > 1e12 {
                    break;
                }
            }
        }
        here
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(passes: &[u32], n: u32) -> Vec<(u32, u32)> {
        passes.iter().map(|c| (n, *c)).collect()
    }

    #[track_caller]
    fn close(found: f64, expected: f64, within: f64) {
        assert!((found - expected).abs() < within, "{found} is not {expected}");
    }

    #[test]
    fn the_worked_example_is_met() {
        let counts = of(&[0, 0, 1, 2, 5, 8, 10, 10], 10);
        let fit = rate_fit(&counts).unwrap();
        close(fit.a, 0.285_659, 1e-4);
        close(fit.b, 0.318_651, 1e-4);
        close(fit.solved_within(10), 0.726_830, 1e-4);
        close(fit.solved_within(100), 0.858_619, 1e-4);
        close(0.75 + fit.solved_within(100) - fit.solved_within(10), 0.881_789, 1e-4);
    }

    #[test]
    fn no_neighbour_is_likelier_than_the_fit() {
        for counts in [of(&[0, 0, 1, 2, 5, 8, 10, 10], 10), of(&[1, 2, 2, 3, 3, 4], 5), of(&[0, 10, 0, 10, 10], 10)] {
            let tally = Tally::of(counts.iter().map(|count| (*count, 1.0)));
            let fit = rate_fit(&counts).unwrap();
            let (u, v) = (fit.a.ln(), fit.b.ln());
            let best = tally.likelihood((u, v));
            for (du, dv) in [(0.01, 0.0), (-0.01, 0.0), (0.0, 0.01), (0.0, -0.01), (0.01, 0.01), (-0.01, -0.01)] {
                let there = ((u + du).clamp(-FAR, FAR), (v + dv).clamp(-FAR, FAR));
                assert!(tally.likelihood(there) <= best + 1e-9, "{counts:?}: {fit:?} {there:?}");
            }
            assert!(fit.a.ln().abs() <= FAR + 1e-9 && fit.b.ln().abs() <= FAR + 1e-9);
        }
    }

    #[test]
    fn shares_that_are_all_alike_have_no_fit() {
        assert_eq!(rate_fit(&of(&[3, 3, 3], 10)), None);
        assert_eq!(rate_fit(&[(2, 1), (4, 2)]), None);
        assert_eq!(rate_fit(&[]), None);
        assert!(rate_fit(&[(2, 1), (4, 3)]).is_some());
    }

    #[test]
    fn problems_that_nothing_solves_are_told_from_hard_ones_by_a_second_fit() {
        // Half of the problems are never solved, the others in one draw of two.
        let counts: Vec<(u32, u32)> =
            (0..40).map(|place| (20, if place % 2 == 0 { 0 } else { 8 + place % 5 })).collect();
        let (plain, split) = (rate_fit(&counts).unwrap(), rate_fit_with_hopeless(&counts).unwrap());
        close(split.hopeless, 0.5, 0.02);
        close(split.solved_within(1_000), 0.5, 0.02);
        assert!(plain.solved_within(1_000) > 0.6, "{plain:?}");
        // Where every problem is solved now and then nobody is hopeless.
        let counts: Vec<(u32, u32)> = (0..40).map(|place| (20, 1 + place % 18)).collect();
        close(rate_fit_with_hopeless(&counts).unwrap().hopeless, 0.0, 1e-6);
    }
}
