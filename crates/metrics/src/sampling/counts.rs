//! Figures of `n` independent draws of which `c` pass, over all subsets of `k` of them: how often all pass, or a share.

use crate::pass_at_k::{CountError, check};

/// `pass^k`, `C(c, k) / C(n, k)`: the share of all `k`-subsets of the draws in which every draw passes. Unbiased. 1 for
/// `k = 0`.
pub fn all_pass_at_k(n: u32, c: u32, k: u32) -> Result<f64, CountError> {
    check(n, c, k)?;
    Ok((0..k).map(|drawn| f64::from(c.saturating_sub(drawn)) / f64::from(n - drawn)).product())
}

/// `G-Pass@k_tau`: the share of all `k`-subsets in which at least a share `tau` of the draws passes, and one at least.
/// Unbiased. At `tau = 1` it is `pass^k`, near 0 pass@k.
pub fn g_pass_at_k(n: u32, c: u32, k: u32, tau: f64) -> Result<f64, CountError> {
    let exactly = exactly(n, c, k)?;
    // 0.6 of 5 is 3, whatever its last digit says.
    let least = (tau * f64::from(k) - 1e-12).ceil().max(1.0) as usize;
    Ok(exactly.iter().skip(least).sum::<f64>().min(1.0))
}

/// `mG-Pass@k`: twice the mean of `G-Pass@k_tau` over the shares `i / k` above one half, divided by `k` of them all. Unbiased.
pub fn mg_pass_at_k(n: u32, c: u32, k: u32) -> Result<f64, CountError> {
    let exactly = exactly(n, c, k)?;
    let at_least = |i: u32| exactly.iter().skip(i as usize).sum::<f64>();
    let sum: f64 = (k.div_ceil(2) + 1..=k).map(at_least).sum();
    Ok(if k == 0 { 0.0 } else { 2.0 * sum / f64::from(k) })
}

/// Share of the pairs of a problem's trees that end alike, of `r` trees of which `c` pass; `None` of fewer than two.
pub fn outcome_consistency(r: u32, c: u32) -> Option<f64> {
    let (r, c) = (f64::from(r), f64::from(c.min(r)));
    let pairs = |count: f64| count * (count - 1.0);
    (r >= 2.0).then(|| (pairs(c) + pairs(r - c)) / pairs(r))
}

/// Bayes@N: the mean of the posterior of a problem's pass rate under a uniform prior, and its variance. The prior pulls it
/// towards one half, so that it is no estimate of pass@1.
pub fn bayes_at_n(n: u32, c: u32) -> (f64, f64) {
    let (right, wrong) = (f64::from(c.min(n)) + 1.0, f64::from(n - c.min(n)) + 1.0);
    let all = right + wrong;
    (right / all, right * wrong / (all * all * (all + 1.0)))
}

/// The probability that exactly 0, 1, and so on up to `k` of `k` draws pass.
fn exactly(n: u32, c: u32, k: u32) -> Result<Vec<f64>, CountError> {
    check(n, c, k)?;
    let (least, most) = ((c + k).saturating_sub(n), c.min(k));
    // In relation to the likeliest number, so that nothing overflows and no sum loses digits.
    let mode = (((u64::from(k) + 1) * (u64::from(c) + 1)) / (u64::from(n) + 2)).clamp(least.into(), most.into()) as u32;
    let ratio = |j: u32| f64::from(c - j) * f64::from(k - j) / (f64::from(j + 1) * f64::from(n - c + j + 1 - k));
    let mut weights = vec![0.0; k as usize + 1];
    weights[mode as usize] = 1.0;
    for j in mode..most {
        weights[j as usize + 1] = weights[j as usize] * ratio(j);
    }
    for j in (least..mode).rev() {
        weights[j as usize] = weights[j as usize + 1] / ratio(j);
    }
    let sum: f64 = weights.iter().sum();
    Ok(weights.into_iter().map(|weight| weight / sum).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pass_at_k;
    use proptest::prelude::*;

    /// The mean over all `k`-subsets of `n` draws, the first `c` of which pass, of what their number of passes says.
    fn by_enumeration(n: u32, c: u32, k: u32, of: impl Fn(u32) -> f64) -> f64 {
        let subsets: Vec<u32> = (0..1_u32 << n).filter(|subset| subset.count_ones() == k).collect();
        let sum: f64 = subsets.iter().map(|subset| of((subset & ((1 << c) - 1)).count_ones())).sum();
        sum / subsets.len() as f64
    }

    fn close(found: Result<f64, CountError>, expected: f64) {
        let found = found.unwrap();
        assert!((found - expected).abs() < 5e-7, "{found} is not {expected}");
    }

    #[test]
    fn the_worked_example_is_met_to_the_digit() {
        close(all_pass_at_k(10, 6, 3), 0.166_667);
        close(g_pass_at_k(10, 6, 3, 0.5), 0.666_667);
        close(mg_pass_at_k(10, 6, 3), 0.111_111);
        assert_eq!(outcome_consistency(5, 3), Some(0.4));
        assert_eq!((outcome_consistency(1, 1), outcome_consistency(2, 2)), (None, Some(1.0)));
        // Twenty problems of one draw each, all right.
        assert!((bayes_at_n(1, 1).0 - 0.666_667).abs() < 5e-7);
        assert_eq!(bayes_at_n(0, 0), (0.5, 1.0 / 12.0));
    }

    #[test]
    fn too_few_draws_have_no_such_figure() {
        assert_eq!(all_pass_at_k(2, 1, 3), Err(CountError::TooFew { n: 2, k: 3 }));
        assert_eq!(g_pass_at_k(2, 1, 3, 0.5), Err(CountError::TooFew { n: 2, k: 3 }));
        assert_eq!(mg_pass_at_k(2, 3, 1), Err(CountError::TooManyPasses { n: 2, c: 3 }));
    }

    #[test]
    fn large_counts_stay_in_bounds() {
        for (n, c, k) in [(2_000, 1_000, 1_000), (5_000, 1, 4_999), (5_000, 4_999, 5_000), (3_000, 0, 10)] {
            for tau in [0.01, 0.5, 1.0] {
                let found = g_pass_at_k(n, c, k, tau).unwrap();
                assert!((0.0..=1.0).contains(&found), "{n} {c} {k} {tau}: {found}");
            }
            assert!((0.0..=1.0).contains(&mg_pass_at_k(n, c, k).unwrap()));
        }
    }

    proptest! {
        #[test]
        fn closed_forms_are_the_means_over_all_subsets(n in 1_u32..11, c in 0_u32..11, k in 0_u32..11, share in 0_u32..11) {
            let (c, k) = (c.min(n), k.min(n));
            let tau = f64::from(share) / 10.0;
            let near = |found: f64, expected: f64| (found - expected).abs() < 1e-9;
            let all = by_enumeration(n, c, k, |passes| f64::from(u8::from(passes == k)));
            prop_assert!(near(all_pass_at_k(n, c, k).unwrap(), all));
            let least = (tau * f64::from(k) - 1e-9).ceil().max(1.0) as u32;
            let g = by_enumeration(n, c, k, |passes| f64::from(u8::from(passes >= least)));
            prop_assert!(near(g_pass_at_k(n, c, k, tau).unwrap(), g));
            prop_assert!(near(g_pass_at_k(n, c, k, 1e-9).unwrap(), pass_at_k(n, c, k).unwrap()));
            if k > 0 {
                prop_assert!(near(g_pass_at_k(n, c, k, 1.0).unwrap(), all));
                let beyond = |passes: u32| f64::from(passes.saturating_sub(k.div_ceil(2)));
                let mg = 2.0 / f64::from(k) * by_enumeration(n, c, k, beyond);
                prop_assert!(near(mg_pass_at_k(n, c, k).unwrap(), mg));
            }
        }
    }
}
