//! Seeded chance. Built on raw 64-bit draws of one specified stream, so that a seed means the same everywhere.

use mend_core::Digest;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// A stream of decisions.
pub(super) struct Dice(ChaCha8Rng);

impl Dice {
    pub(super) fn new(seed: Digest) -> Self {
        Self(ChaCha8Rng::from_seed(*seed.as_bytes()))
    }

    /// Uniform in `0.0..1.0`, with 53 bits.
    pub(super) fn unit(&mut self) -> f64 {
        (self.0.next_u64() >> 11) as f64 / (1_u64 << 53) as f64
    }

    pub(super) fn chance(&mut self, p: f64) -> bool {
        self.unit() < p
    }

    /// One of the items, each as likely as the other; `None` of none.
    pub(super) fn pick<'a, T>(&mut self, items: &'a [T]) -> Option<&'a T> {
        let index = (self.unit() * items.len() as f64) as usize;
        items.get(index.min(items.len().saturating_sub(1)))
    }

    /// A number below a bound, each as likely as the other; `None` where there is none.
    pub(super) fn below(&mut self, bound: usize) -> Option<usize> {
        let number = (self.unit() * bound as f64) as usize;
        bound.checked_sub(1).map(|last| number.min(last))
    }

    /// Index of one of the weights, in proportion to them. They sum to more than zero.
    pub(super) fn weighted(&mut self, weights: &[f64]) -> usize {
        let mut left = self.unit() * weights.iter().sum::<f64>();
        for (index, weight) in weights.iter().enumerate() {
            if left < *weight {
                return index;
            }
            left -= weight;
        }
        // Rounding only: the last one that can be drawn.
        weights.iter().rposition(|weight| *weight > 0.0).unwrap_or(0)
    }

    /// Standard normal, by Box and Muller.
    pub(super) fn normal(&mut self) -> f64 {
        let radius = (-2.0 * (1.0 - self.unit()).ln()).sqrt();
        radius * (std::f64::consts::TAU * self.unit()).cos()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn normal_draws_have_mean_zero_and_variance_one() {
        let mut dice = Dice::new(Digest::of(b"normal"));
        let draws: Vec<f64> = (0..20_000).map(|_| dice.normal()).collect();
        let mean = draws.iter().sum::<f64>() / 20_000.0;
        let variance = draws.iter().map(|draw| (draw - mean).powi(2)).sum::<f64>() / 20_000.0;
        assert!(mean.abs() < 0.03, "{mean}");
        assert!((variance - 1.0).abs() < 0.05, "{variance}");
    }

    #[test]
    fn weights_of_zero_are_never_drawn() {
        let mut dice = Dice::new(Digest::of(b"weights"));
        let mut counts = [0; 3];
        for _ in 0..1000 {
            counts[dice.weighted(&[1.0, 0.0, 3.0])] += 1;
        }
        assert_eq!(counts[1], 0);
        assert!((680..820).contains(&counts[2]), "{counts:?}");
    }
}
