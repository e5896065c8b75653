//! picked@k: how often a selector that ranks programs once and for all picks a right one among `k` of them.

/// The mean over all `k`-subsets of whether the best of the subset by a fixed ranking passes; unbiased. `ranked` says of
/// each program, the best first, whether it passes. `None` where there are fewer than `k` programs, or `k` is 0.
pub fn picked_at_k(ranked: &[bool], k: u32) -> Option<f64> {
    let n = ranked.len() as u32;
    if k == 0 || k > n {
        return None;
    }
    // The probability that the program of a rank is drawn, and none of those before it.
    let mut is_best = f64::from(k) / f64::from(n);
    let mut sum = 0.0;
    for (rank, passes) in (0..n).zip(ranked) {
        if *passes {
            sum += is_best;
        }
        if rank + 1 < n {
            is_best *= f64::from((n - rank).saturating_sub(k)) / f64::from(n - 1 - rank);
        }
    }
    Some(sum.min(1.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pass_at_k;
    use proptest::prelude::*;

    #[test]
    fn the_worked_example_is_met_to_the_digit() {
        let ranked = [false, true, true, false];
        for (k, expected, loss) in [(1, 0.5, 0.0), (2, 0.5, 0.333_333), (3, 0.25, 0.75), (4, 0.0, 1.0)] {
            let picked = picked_at_k(&ranked, k).unwrap();
            assert!((picked - expected).abs() < 5e-7, "picked@{k}: {picked}");
            let lost = pass_at_k(4, 2, k).unwrap() - picked;
            assert!((lost - loss).abs() < 5e-7, "loss at {k}: {lost}");
        }
        assert_eq!((picked_at_k(&ranked, 5), picked_at_k(&ranked, 0), picked_at_k(&[], 1)), (None, None, None));
    }

    proptest! {
        #[test]
        fn the_closed_form_is_the_mean_over_all_subsets(ranked in proptest::collection::vec(any::<bool>(), 1..11), k in 1_u32..11) {
            let k = k.min(ranked.len() as u32);
            let subsets: Vec<u32> = (0..1_u32 << ranked.len()).filter(|subset| subset.count_ones() == k).collect();
            let right = subsets.iter().filter(|subset| ranked[subset.trailing_zeros() as usize]).count();
            let picked = picked_at_k(&ranked, k).unwrap();
            prop_assert!((picked - right as f64 / subsets.len() as f64).abs() < 1e-9);
            prop_assert!(picked <= pass_at_k(ranked.len() as u32, ranked.iter().filter(|is| **is).count() as u32, k).unwrap() + 1e-9);
        }
    }
}
