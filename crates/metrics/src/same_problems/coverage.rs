//! How often 95 % intervals hold what they should, by simulation: problems whose pass rates follow a known
//! distribution, programs that pass at those rates, and the intervals that a report would show.
//!
//! In full by `MEND_FULL=1`; a twentieth of the replicates otherwise, with a band as much wider as that calls for.

use crate::bootstrap::below;
use crate::group::Group;
use crate::k_rows;
use crate::testing::problem;
use crate::{FrozenProblem, Interval, Options};
use mend_core::ProblemId;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng as _;
use rayon::prelude::*;

/// As many as HumanEval has.
const PROBLEMS: usize = 164;

/// A distribution of pass rates over problems, Beta(a, b).
#[derive(Debug, Clone, Copy)]
enum Rates {
    /// Beta(1/2, 1/2): most problems are easy or hopeless.
    Edges,
    /// Beta(1, 9): most are hard.
    Hard,
    /// Beta(5, 5): most are in between.
    Middle,
}

impl Rates {
    fn parameters(self) -> (f64, f64) {
        match self {
            Self::Edges => (0.5, 0.5),
            Self::Hard => (1.0, 9.0),
            Self::Middle => (5.0, 5.0),
        }
    }

    fn draw(self, generator: &mut ChaCha8Rng) -> f64 {
        match self {
            Self::Edges => (std::f64::consts::FRAC_PI_2 * uniform(generator)).sin().powi(2),
            Self::Hard => 1.0 - uniform(generator).powf(1.0 / 9.0),
            Self::Middle => {
                let mut nine: [f64; 9] = std::array::from_fn(|_| uniform(generator));
                nine.sort_by(f64::total_cmp);
                nine[4]
            }
        }
    }

    /// Expected pass@k of a new problem: `1 - E (1 - p)^k`.
    fn pass_at(self, k: u32) -> f64 {
        let (a, b) = self.parameters();
        1.0 - (0..k).map(|i| (b + f64::from(i)) / (a + b + f64::from(i))).product::<f64>()
    }
}

fn uniform(generator: &mut ChaCha8Rng) -> f64 {
    (below(1 << 52, generator) as f64 + 0.5) / (1_u64 << 52) as f64
}

fn is_full() -> bool {
    std::env::var_os("MEND_FULL").is_some_and(|value| value == "1")
}

fn replicates() -> u32 {
    if is_full() { 4_000 } else { 200 }
}

/// Shares of replicates whose interval over new problems, and over the same ones, holds the truth.
fn coverage(rates: Rates, n: u32, k: u32) -> [f64; 2] {
    let replicate = |seed: u32| {
        let mut generator = ChaCha8Rng::seed_from_u64(u64::from(seed));
        let mut same = 0.0;
        let problems: Vec<FrozenProblem> = (0..PROBLEMS)
            .map(|index| {
                let p = rates.draw(&mut generator);
                same += (1.0 - (1.0 - p).powi(k.cast_signed())) / PROBLEMS as f64;
                let programs: Vec<_> = (0..n).map(|_| (uniform(&mut generator) < p, 1.0, &[][..])).collect();
                FrozenProblem { id: ProblemId::new(format!("a/{index}")), ..problem(&programs) }
            })
            .collect();
        let group = Group { name: "all".into(), problems: problems.iter().collect() };
        let options = Options { ks: vec![k], seed: u64::from(seed), ..Options::default() };
        let row = k_rows::rows(&[group], &options).remove(0);
        let holds = |interval: &Interval, truth: f64| (interval.low..=interval.high).contains(&truth);
        [holds(row.interval.value().unwrap(), rates.pass_at(k)), holds(row.same_problems.value().unwrap(), same)]
    };
    let held: Vec<[bool; 2]> = (0..replicates()).into_par_iter().map(replicate).collect();
    [0, 1].map(|target| held.iter().filter(|held| held[target]).count() as f64 / f64::from(replicates()))
}

/// One of the simulated settings, and what its coverage must lie within.
#[track_caller]
fn check(rates: Rates, n: u32, k: u32, same_within: (f64, f64)) {
    let [new, same] = coverage(rates, n, k);
    // Three standard errors of the simulation itself.
    let slack = 3.0 * (0.05 * 0.95 / f64::from(replicates())).sqrt();
    let told =
        format!("{rates:?}, n = {n}, pass@{k}: new problems {:.1} %, same problems {:.1} %", 100.0 * new, 100.0 * same);
    println!("{told}");
    let inside = |share: f64, (low, high): (f64, f64)| (low - slack..=high + slack).contains(&share);
    assert!(inside(new, (0.93, 0.97)) && inside(same, same_within), "{told}");
}

const GOAL: (f64, f64) = (0.93, 0.97);

#[test]
fn intervals_of_pass_at_1_from_ten_and_a_hundred_programs_cover_as_they_say() {
    for rates in [Rates::Edges, Rates::Hard, Rates::Middle] {
        check(rates, 10, 1, GOAL);
        check(rates, 100, 1, GOAL);
    }
}

#[test]
fn intervals_of_pass_at_k_cover_as_they_say() {
    for rates in [Rates::Edges, Rates::Hard, Rates::Middle] {
        check(rates, 10, 5, GOAL);
        check(rates, 100, 10, GOAL);
    }
}

/// One program per problem cannot tell a problem's own variance from that between problems, so the interval
/// over the same problems takes all of it for the former, and covers too much where problems differ most.
#[test]
fn intervals_from_single_programs_never_cover_too_little() {
    check(Rates::Hard, 1, 1, GOAL);
    check(Rates::Middle, 1, 1, GOAL);
    check(Rates::Edges, 1, 1, (0.97, 1.0));
}
