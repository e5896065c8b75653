//! How often 95 % intervals hold what they should, by simulation: problems whose pass rates follow a known
//! distribution, programs that pass at those rates, and the intervals that a report would show.
//!
//! In full by `MEND_FULL=1`; a twentieth of the replicates otherwise, with a band as much wider as that calls for.

mod few;
mod pass_rates;
mod stopped;

use crate::bootstrap::below;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng as _;
use rayon::prelude::*;

/// A distribution of pass rates over problems.
#[derive(Debug, Clone, Copy)]
enum Rates {
    /// Beta(1/2, 1/2): most problems are easy or hopeless.
    Edges,
    /// Beta(1, 9): most are hard.
    Hard,
    /// Beta(5, 5): most are in between.
    Middle,
    /// Beta(9, 1): most are easy.
    Easy,
    /// Beta(3, 1): many are easy.
    Mild,
    /// Beta(1/5, 2): nearly all are hopeless.
    Hopeless,
    /// All alike.
    At(f64),
}

impl Rates {
    fn draw(self, generator: &mut ChaCha8Rng) -> f64 {
        match self {
            Self::Edges => (std::f64::consts::FRAC_PI_2 * uniform(generator)).sin().powi(2),
            Self::Hard => 1.0 - uniform(generator).powf(1.0 / 9.0),
            Self::Middle => {
                let mut nine: [f64; 9] = std::array::from_fn(|_| uniform(generator));
                nine.sort_by(f64::total_cmp);
                nine[4]
            }
            Self::Easy => uniform(generator).powf(1.0 / 9.0),
            Self::Mild => uniform(generator).powf(1.0 / 3.0),
            // Jöhnk's way: two powers of uniform numbers whose sum is below one.
            Self::Hopeless => loop {
                let (x, y) = (uniform(generator).powi(5), uniform(generator).sqrt());
                if x + y <= 1.0 {
                    return x / (x + y);
                }
            },
            Self::At(rate) => rate,
        }
    }

    /// Expected `(1 - p)^k` of a new problem.
    fn fails(self, k: u32) -> f64 {
        let (a, b) = match self {
            Self::Edges => (0.5, 0.5),
            Self::Hard => (1.0, 9.0),
            Self::Middle => (5.0, 5.0),
            Self::Easy => (9.0, 1.0),
            Self::Mild => (3.0, 1.0),
            Self::Hopeless => (0.2, 2.0),
            Self::At(rate) => return (1.0 - rate).powi(k.cast_signed()),
        };
        (0..k).map(|i| (b + f64::from(i)) / (a + b + f64::from(i))).product()
    }
}

fn uniform(generator: &mut ChaCha8Rng) -> f64 {
    (below(1 << 52, generator) as f64 + 0.5) / (1_u64 << 52) as f64
}

fn replicates() -> u32 {
    if mend_testkit::is_full() { 4_000 } else { 200 }
}

/// Shares of replicates in which each of some things holds.
fn shares<const N: usize>(replicate: impl Fn(&mut ChaCha8Rng, u64) -> [bool; N] + Sync) -> [f64; N] {
    let once = |seed: u32| replicate(&mut ChaCha8Rng::seed_from_u64(u64::from(seed)), u64::from(seed));
    let held: Vec<[bool; N]> = (0..replicates()).into_par_iter().map(once).collect();
    std::array::from_fn(|what| held.iter().filter(|held| held[what]).count() as f64 / f64::from(replicates()))
}

/// What a share of 95 % may differ by in so many replicates: three standard errors.
fn slack() -> f64 {
    3.0 * (0.05 * 0.95 / f64::from(replicates())).sqrt()
}

#[track_caller]
fn check_share(told: &str, share: f64, (low, high): (f64, f64)) {
    let told = format!("{told}: {:.1} %, wanted {:.1} to {:.1} %", 100.0 * share, 100.0 * low, 100.0 * high);
    println!("{told}");
    assert!((low - slack()..=high + slack()).contains(&share), "{told}");
}
