//! A confidence sequence: an interval that holds whatever decided when to stop looking.
//!
//! A run that its budget stopped has seen more problems the easier they were, and its mean is drawn towards the hard
//! beginnings: a bootstrap of what it finished covers too little. A wager cannot be fooled so. Whoever bets a fixed
//! share of a purse, problem by problem, that the true mean lies above `m`, has no better than even odds if it does
//! not, and multiplies the purse by 40 at any time with a probability of at most one in forty (Ville's inequality;
//! Waudby-Smith and Ramdas 2024). A mean against which the purse has grown so far is ruled out.
//!
//! ```text
//! purse(m) = mean over g of prod over problems of (1 + g (x - m) / (m - low))       g = 1/8, 1/4, 1/2, 3/4
//! ```
//!
//! It falls in `m`; the upper end is the same of `-x`. Only which problems were seen counts, and not their order.

use crate::Interval;

/// Shares of the largest bet that can be paid, in equal parts of the purse.
pub(crate) const SHARES: [f64; 4] = [0.125, 0.25, 0.5, 0.75];

/// The purse that rules a mean out: one over half of what a 95 % interval leaves out.
const RULED_OUT: f64 = 40.0;

/// The 95 % interval of the mean that `values`, each within `range`, were drawn from one by one, however many they
/// came to be.
pub(crate) fn interval(values: &[f64], range: (f64, f64)) -> Interval {
    let (low, high) = ends(values, range, RULED_OUT);
    Interval::new(low, high)
}

/// The ends that a purse of so much leaves open: each is wrong with a probability of at most one over it.
pub(crate) fn ends(values: &[f64], (low, high): (f64, f64), ruled_out: f64) -> (f64, f64) {
    let mirrored: Vec<f64> = values.iter().map(|value| -value).collect();
    (lower_end(values, (low, high), ruled_out), -lower_end(&mirrored, (-high, -low), ruled_out))
}

/// The largest mean below which all are ruled out.
fn lower_end(values: &[f64], (low, high): (f64, f64), enough: f64) -> f64 {
    let (mut ruled_out, mut open) = (low, high);
    for _ in 0..50 {
        let middle = f64::midpoint(ruled_out, open);
        if purse(values, middle, low) >= enough {
            ruled_out = middle;
        } else {
            open = middle;
        }
    }
    ruled_out
}

fn purse(values: &[f64], mean: f64, low: f64) -> f64 {
    let part = |share: &f64| {
        let factors = values.iter().map(|value| 1.0 + share * (value - mean) / (mean - low));
        product(factors) / SHARES.len() as f64
    };
    SHARES.iter().map(part).sum()
}

/// A product, kept within what floats hold by powers of two, which are exact. Infinite if it is beyond them.
fn product(factors: impl Iterator<Item = f64>) -> f64 {
    /// 2^256
    const STEP: f64 = f64::from_bits(0x4ff0_0000_0000_0000);
    let (mut product, mut steps) = (1.0_f64, 0_i32);
    for factor in factors {
        product *= factor;
        if product > STEP {
            (product, steps) = (product / STEP, steps + 1);
        } else if product < 1.0 / STEP {
            (product, steps) = (product * STEP, steps - 1);
        }
    }
    match steps {
        0 => product,
        1.. => f64::INFINITY,
        _ => 0.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The stream of the sequential gate's worked example: both of its wagers are this one.
    #[test]
    fn the_worked_example_of_a_stream_of_losses_holds() {
        let losses = [-1.0, 0.0, -1.0, -1.0, 0.0, -1.0, -1.0, -1.0, 0.0, -1.0, -1.0, -1.0, -1.0, -1.0];
        let expected = [
            1.406_25, 1.406_25, 2.0352, 3.0278, 3.0278, 4.6212, 7.2152, 11.4889, 11.4889, 18.6, 30.5298, 50.6793,
            84.9037, 143.3059,
        ];
        for (seen, expected) in (1..).zip(expected) {
            // Against a mean of 0, for gains: (1 + g x / 1).
            let gains: Vec<f64> = losses[..seen].iter().map(|loss| -loss).collect();
            assert!((purse(&gains, 0.0, -1.0) - expected).abs() < 1e-4, "after {seen}: {}", purse(&gains, 0.0, -1.0));
        }
        // Against a mean of -0.05: 1 + g (x + 0.05) / 0.95.
        assert!((purse(&losses[..1], -0.05, -1.0) - 0.593_75).abs() < 1e-4);
    }

    #[test]
    fn the_ends_are_where_the_purse_reaches_its_goal() {
        let values = [1.0, 0.0, 1.0, 1.0, 0.5, 1.0, 1.0, 0.0, 1.0, 1.0];
        let interval = interval(&values, (0.0, 1.0));
        assert!((purse(&values, interval.low, 0.0) - RULED_OUT).abs() < 1e-6, "{interval:?}");
        let mirrored = values.map(|value| -value);
        assert!((purse(&mirrored, -interval.high, -1.0) - RULED_OUT).abs() < 1e-6, "{interval:?}");
        assert!(interval.holds(0.75));
    }

    #[test]
    fn alike_values_leave_room_and_many_of_them_less() {
        for (n, room) in [(2, 0.95), (20, 0.3), (2_000, 0.004)] {
            let Interval { low, high, .. } = interval(&vec![1.0; n], (0.0, 1.0));
            assert!(high == 1.0 && low < 1.0 && low > 1.0 - room, "{n}: [{low}, {high}]");
        }
        assert_eq!(interval(&[0.0], (0.0, 1.0)).low, 0.0);
    }
}
