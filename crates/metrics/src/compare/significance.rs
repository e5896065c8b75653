//! Tests that need no resampling: McNemar's, and Holm's correction of several.

/// McNemar's exact test: `b` problems that only the first run solves, `c` that only the second does.
pub fn mcnemar(b: u32, c: u32) -> f64 {
    let n = b + c;
    // Terms of Bin(n, 1/2), each from the one before in logarithms: 2^-n underflows for large n.
    let mut log_term = -f64::from(n) * std::f64::consts::LN_2;
    let mut sum = 0.0;
    for events in 0..=b.min(c) {
        sum += log_term.exp();
        log_term += f64::from(n - events).ln() - f64::from(events + 1).ln();
    }
    if n == 0 { 1.0 } else { (2.0 * sum).min(1.0) }
}

/// Holm's adjusted p-values, in the order of `ps`.
pub(crate) fn holm(ps: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..ps.len()).collect();
    order.sort_by(|a, b| ps[*a].total_cmp(&ps[*b]));
    let mut adjusted = vec![0.0; ps.len()];
    let mut least: f64 = 0.0;
    for (rank, index) in order.into_iter().enumerate() {
        least = least.max(((ps.len() - rank) as f64 * ps[index]).min(1.0));
        adjusted[index] = least;
    }
    adjusted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn worked_examples_hold() {
        assert!((mcnemar(2, 9) - 0.065_430).abs() < 1e-6, "{}", mcnemar(2, 9));
        assert_eq!((mcnemar(0, 0), mcnemar(3, 3)), (1.0, 1.0));
        let adjusted = holm(&[0.012, 0.030, 0.045, 0.2]);
        for (got, expected) in adjusted.iter().zip([0.048, 0.09, 0.09, 0.2]) {
            assert!((got - expected).abs() < 1e-12, "{adjusted:?}");
        }
        // The order in which they are asked for does not matter.
        assert_eq!(holm(&[0.2, 0.012])[1], 0.024);
        assert!(holm(&[]).is_empty());
    }

    #[test]
    fn many_discordant_problems_do_not_underflow() {
        let p = mcnemar(900, 1100);
        assert!(p > 1e-6 && p < 1e-4, "{p}");
    }
}
