//! pass@k of one problem, from `n` programs of which `c` passed.

use crate::power::power;

/// Counts from which pass@k cannot be estimated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CountError {
    /// Fewer programs than `k`: an estimate would extrapolate.
    #[error("{n} scored programs are fewer than k = {k}")]
    TooFew {
        /// Programs.
        n: u32,
        /// The `k` that was asked for.
        k: u32,
    },
    /// More passes than programs.
    #[error("{c} of {n} programs cannot pass")]
    TooManyPasses {
        /// Programs.
        n: u32,
        /// Passing ones among them.
        c: u32,
    },
}

/// Unbiased estimate of pass@k, `1 - C(n-c, k) / C(n, k)`: the share of all `k`-subsets of the programs
/// that hold a passing one (Chen et al. 2021, section 2.1).
///
/// Yields a probability in 0..=1, as a product of `k` factors in 0..=1. 0 for `k = 0`.
pub fn pass_at_k(n: u32, c: u32, k: u32) -> Result<f64, CountError> {
    check(n, c, k)?;
    let failing = n - c;
    let all_fail: f64 = (0..k).map(|drawn| f64::from(failing.saturating_sub(drawn)) / f64::from(n - drawn)).product();
    Ok(1.0 - all_fail)
}

/// Plug-in estimate of pass@k, `1 - (1 - c/n)^k`: `k` draws with replacement. Biased low for `k > 1`.
///
/// Yields a probability in 0..=1. 0 for `k = 0`.
pub fn plugin_pass_at_k(n: u32, c: u32, k: u32) -> Result<f64, CountError> {
    check(n, c, k)?;
    if k == 0 {
        return Ok(0.0);
    }
    Ok(1.0 - power(f64::from(n - c) / f64::from(n), k))
}

pub(crate) fn check(n: u32, c: u32, k: u32) -> Result<(), CountError> {
    if c > n {
        return Err(CountError::TooManyPasses { n, c });
    }
    if k > n {
        return Err(CountError::TooFew { n, k });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Mean over all `k`-subsets of `n` programs, the first `c` of which pass.
    fn by_enumeration(n: u32, c: u32, k: u32) -> f64 {
        let subsets: Vec<u32> = (0..1_u32 << n).filter(|subset| subset.count_ones() == k).collect();
        let solved = subsets.iter().filter(|subset| **subset & ((1 << c) - 1) != 0).count();
        solved as f64 / subsets.len() as f64
    }

    #[track_caller]
    fn check_value(n: u32, c: u32, k: u32, expected: f64) {
        let value = pass_at_k(n, c, k).unwrap();
        assert!((value - expected).abs() < 1e-12, "{value} is not {expected}");
    }

    #[test]
    fn known_values_hold() {
        check_value(10, 3, 1, 0.3);
        check_value(200, 0, 100, 0.0);
        check_value(200, 200, 1, 1.0);
        check_value(5, 1, 5, 1.0);
        check_value(4, 1, 2, 0.5);
        check_value(3, 2, 0, 0.0);
        check_value(0, 0, 0, 0.0);
    }

    #[test]
    fn too_few_programs_are_an_error_and_not_a_guess() {
        assert_eq!(pass_at_k(2, 1, 3), Err(CountError::TooFew { n: 2, k: 3 }));
        assert_eq!(pass_at_k(0, 0, 1), Err(CountError::TooFew { n: 0, k: 1 }));
        assert_eq!(pass_at_k(2, 3, 1), Err(CountError::TooManyPasses { n: 2, c: 3 }));
        assert_eq!(plugin_pass_at_k(2, 1, 3), Err(CountError::TooFew { n: 2, k: 3 }));
        assert_eq!(plugin_pass_at_k(0, 0, 0), Ok(0.0));
    }

    proptest! {
        #[test]
        fn unbiased_is_the_mean_over_all_subsets(n in 1_u32..11, c_seed in 0_u32..100, k_seed in 0_u32..100) {
            let (c, k) = (c_seed % (n + 1), k_seed % (n + 1));
            prop_assert!((pass_at_k(n, c, k).unwrap() - by_enumeration(n, c, k)).abs() < 1e-12);
        }

        #[test]
        fn pass_at_k_grows_with_passes_and_with_draws(n in 1_u32..300, c_seed in 0_u32..1000, k_seed in 0_u32..1000) {
            let (c, k) = (c_seed % n, k_seed % n);
            for estimate in [pass_at_k, plugin_pass_at_k] {
                let here = estimate(n, c, k).unwrap();
                prop_assert!((0.0..=1.0).contains(&here));
                prop_assert!(estimate(n, c + 1, k).unwrap() >= here);
                prop_assert!(estimate(n, c, k + 1).unwrap() >= here);
            }
        }

        #[test]
        fn plugin_is_never_above_unbiased(n in 1_u32..200, c_seed in 0_u32..1000, k_seed in 0_u32..1000) {
            let (c, k) = (c_seed % (n + 1), k_seed % (n + 1));
            prop_assert!(plugin_pass_at_k(n, c, k).unwrap() <= pass_at_k(n, c, k).unwrap() + 1e-12);
        }
    }
}
