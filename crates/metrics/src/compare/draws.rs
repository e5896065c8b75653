//! Both runs resampled by problem, and swapped on some of them.
//!
//! What is drawn is a *unit*: a problem, or a cluster of problems that belong together. All figures of a comparison
//! are computed from the same draws.

use super::columns::{All, Flipped, Paired, Weighted};
use crate::bootstrap::{Draws, below};
use mend_core::seed_for;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use rayon::prelude::*;

/// Flips that are drawn where there are too many to try all.
pub(crate) const FLIPS: u32 = 20_000;

/// Units whose flips are all tried.
const EXACT: usize = 16;

/// Which problems belong together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Units {
    /// The unit of each problem.
    pub(crate) of: Vec<usize>,
    /// How many there are.
    pub(crate) count: usize,
}

impl Units {
    /// Each problem by itself.
    pub(crate) fn problems(count: usize) -> Self {
        Self { of: (0..count).collect(), count }
    }

    /// Whether each problem stands by itself.
    pub(crate) fn are_problems(&self) -> bool {
        self.count == self.of.len()
    }

    /// A number of each unit, for each of its problems.
    fn spread(&self, of_units: &[f64]) -> Vec<f64> {
        self.of.iter().map(|unit| of_units[*unit]).collect()
    }

    /// Sums over each unit's problems, and how many these are.
    pub(crate) fn sums(&self, values: &[f64]) -> Vec<(f64, f64)> {
        let mut sums = vec![(0.0, 0.0); self.count];
        for (unit, value) in self.of.iter().zip(values) {
            sums[*unit].0 += value;
            sums[*unit].1 += 1.0;
        }
        sums
    }
}

/// How a p-value was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// All flips were tried.
    ExactFlips,
    /// So many flips were drawn.
    DrawnFlips,
    /// Flips of what each problem adds to first order: one run's curve ends before the other is read.
    LinearFlips,
}

impl Method {
    /// The word used in files and tables.
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// Every figure's difference over all problems, over each resample of units, and without each unit.
pub(crate) fn resample(figures: &[&Paired], units: &Units, times: u32, seed: u64, name: &str) -> Vec<Draws> {
    let seed = seed_for(seed, &["compare", name]);
    let differences = |view: &(dyn Fn(&Paired) -> Option<f64> + Sync)| -> Vec<Option<f64>> {
        figures.iter().map(|figure| view(figure)).collect()
    };
    let resampled = |stream: u32| {
        let mut generator = generator(&seed, stream);
        let mut of_units = vec![0.0; units.count];
        for _ in 0..units.count {
            of_units[below(units.count, &mut generator)] += 1.0;
        }
        let times = units.spread(&of_units);
        let view = Weighted { times: &times, total: times.iter().sum() };
        differences(&|figure| figure.difference(&view))
    };
    let without = |unit: usize| {
        let times: Vec<f64> = units.of.iter().map(|of| if *of == unit { 0.0 } else { 1.0 }).collect();
        let view = Weighted { times: &times, total: times.iter().sum() };
        differences(&|figure| figure.difference(&view))
    };
    let enough = if units.count > 1 { (times, units.count) } else { (0, 0) };
    let resampled: Vec<Vec<Option<f64>>> = (0..enough.0).into_par_iter().map(resampled).collect();
    let without: Vec<Vec<Option<f64>>> = (0..enough.1).into_par_iter().map(without).collect();
    let column = |rows: &[Vec<Option<f64>>], place: usize| rows.iter().map(|row| row[place]).collect();
    figures
        .iter()
        .enumerate()
        .map(|(place, figure)| Draws::new(figure.difference(&All), column(&resampled, place), column(&without, place)))
        .collect()
}

/// Every figure's p-value: the share of flips that lead as far from zero as what was found. The null hypothesis is that
/// the runs are exchangeable within each unit.
pub(crate) fn flips(figures: &[&Paired], units: &Units, seed: u64, name: &str) -> Vec<Option<(f64, Method)>> {
    let seed = seed_for(seed, &["flips", name]);
    let prepared: Vec<Prepared> = figures.iter().map(|figure| Prepared::of(figure, units)).collect();
    let drawn: Vec<usize> = (0..prepared.len()).filter(|place| prepared[*place].differing.len() > EXACT).collect();
    let hits = |stream: u32| -> Vec<u32> {
        let mut generator = generator(&seed, stream);
        let mut bits = 0_u64;
        let of_units: Vec<f64> = (0..units.count)
            .map(|unit| {
                if unit.is_multiple_of(64) {
                    bits = generator.next_u64();
                }
                let flag = bits & 1;
                bits >>= 1;
                flag as f64
            })
            .collect();
        let flags = units.spread(&of_units);
        drawn.iter().map(|place| u32::from(prepared[*place].is_hit(&flags))).collect()
    };
    let add = |mut left: Vec<u32>, right: Vec<u32>| {
        left.iter_mut().zip(right).for_each(|(left, right)| *left += right);
        left
    };
    let counts = if drawn.is_empty() {
        vec![]
    } else {
        (0..FLIPS).into_par_iter().map(hits).reduce(|| vec![0; drawn.len()], add)
    };
    let mut ps: Vec<Option<(f64, Method)>> = prepared
        .par_iter()
        .map(|figure| {
            figure.observed?;
            if figure.differing.len() > EXACT {
                return None;
            }
            let masks = 1_u32 << figure.differing.len();
            let hits = (0..masks).filter(|mask| figure.is_hit(&figure.flags(*mask, units))).count();
            Some((hits as f64 / f64::from(masks), figure.method(Method::ExactFlips)))
        })
        .collect();
    for (place, hits) in drawn.into_iter().zip(counts) {
        if prepared[place].observed.is_some() {
            let p = f64::from(1 + hits) / f64::from(1 + FLIPS);
            ps[place] = Some((p, prepared[place].method(Method::DrawnFlips)));
        }
    }
    ps
}

fn generator(seed: &mend_core::Digest, stream: u32) -> ChaCha8Rng {
    let mut generator = ChaCha8Rng::from_seed(*seed.as_bytes());
    generator.set_stream(u64::from(stream));
    generator
}

/// A figure whose runs are about to be swapped.
struct Prepared {
    figure: Paired,
    is_linear: bool,
    observed: Option<f64>,
    /// Units in which some problem differs.
    differing: Vec<usize>,
}

impl Prepared {
    fn of(figure: &Paired, units: &Units) -> Self {
        let is_linear = !figure.swappable();
        let linear = |figure: &Paired| {
            let (a, b) = figure.by_problem();
            Paired::Means(super::columns::Column::new(a, b))
        };
        let figure = if is_linear { linear(figure) } else { figure.clone() };
        let mut differing: Vec<usize> =
            (0..units.of.len()).filter(|row| figure.differs_at(*row)).map(|row| units.of[row]).collect();
        differing.sort_unstable();
        differing.dedup();
        Self { observed: figure.difference(&All), figure, is_linear, differing }
    }

    fn method(&self, method: Method) -> Method {
        if self.is_linear { Method::LinearFlips } else { method }
    }

    /// The flags of each problem, by those of the units that differ.
    fn flags(&self, mask: u32, units: &Units) -> Vec<f64> {
        let mut of_units = vec![0.0; units.count];
        for (bit, unit) in self.differing.iter().enumerate() {
            of_units[*unit] = f64::from(mask >> bit & 1);
        }
        units.spread(&of_units)
    }

    /// A flip without a value counts as one.
    fn is_hit(&self, flags: &[f64]) -> bool {
        let observed = self.observed.unwrap_or_default().abs() - 1e-12;
        self.figure.difference(&Flipped { flags }).is_none_or(|difference| difference.abs() >= observed)
    }
}

/// Both runs' figures over all problems.
pub(crate) fn over_all(figure: &Paired) -> Option<(f64, f64)> {
    figure.both(&All)
}

#[cfg(test)]
mod tests {
    use super::super::columns::{Column, tests::example};
    use super::*;

    fn means(a: &[f64], b: &[f64]) -> Paired {
        Paired::Means(Column::new(a.to_vec(), b.to_vec()))
    }

    /// The worked example: four programs of each of eight problems.
    fn eight() -> Paired {
        let share = |right: [f64; 8]| right.map(|right| right / 4.0);
        means(&share([4.0, 3.0, 2.0, 0.0, 1.0, 4.0, 2.0, 3.0]), &share([4.0, 4.0, 3.0, 1.0, 1.0, 4.0, 3.0, 2.0]))
    }

    #[test]
    fn sign_flips_of_the_worked_examples_are_exact() {
        let eight = eight();
        let p = flips(&[&eight], &Units::problems(8), 0, "all")[0];
        assert_eq!(p, Some((96.0 / 256.0, Method::ExactFlips)));
        let clusters = Units { of: vec![0, 0, 1, 1, 2, 2, 3, 3], count: 4 };
        assert_eq!(flips(&[&eight], &clusters, 0, "all")[0], Some((0.5, Method::ExactFlips)));
        let at_cost = Paired::at_cost(&example(), 20.0).unwrap();
        assert_eq!(flips(&[&at_cost], &Units::problems(3), 0, "all")[0], Some((0.25, Method::ExactFlips)));
    }

    #[test]
    fn acceleration_of_the_worked_example_holds() {
        let eight = eight();
        let draws = resample(&[&eight], &Units::problems(8), 2_000, 7, "all").remove(0);
        assert_eq!(draws.value, Some(0.09375));
        assert!((draws.acceleration() + 0.038_919).abs() < 1e-6, "{}", draws.acceleration());
        let (low, high) = draws.bounds(crate::normal::Z).unwrap();
        assert!((low + 0.06).abs() < 0.035 && (high - 0.19).abs() < 0.04, "[{low}, {high}]");
    }

    #[test]
    fn drawn_flips_come_near_all_of_them() {
        // 20 problems that differ by 0.1, 0.2, .. with alternating signs, in part.
        let b: Vec<f64> =
            (0..20).map(|row| f64::from(row % 5) * if row % 3 == 0 { -0.1 } else { 0.1 } + 0.05).collect();
        let figure = means(&[0.0; 20], &b);
        let (p, method) = flips(&[&figure], &Units::problems(20), 3, "all")[0].unwrap();
        assert_eq!(method, Method::DrawnFlips);
        let observed: f64 = b.iter().sum::<f64>().abs() - 1e-9;
        let hits = (0..1_u32 << 20).filter(|mask| {
            let sum: f64 = b.iter().enumerate().map(|(row, b)| if mask >> row & 1 == 1 { -b } else { *b }).sum();
            sum.abs() >= observed
        });
        let exact = hits.count() as f64 / f64::from(1_u32 << 20);
        assert!((p - exact).abs() < 4.0 * (exact * (1.0 - exact) / f64::from(FLIPS)).sqrt(), "{p}, {exact}");
    }

    #[test]
    fn exact_flips_of_single_programs_are_mcnemars_test() {
        for (b, c) in [(0, 0), (2, 9), (1, 1), (0, 6), (5, 3), (7, 7)] {
            let concordant = [(1.0, 1.0), (0.0, 0.0), (1.0, 1.0)];
            let rows = std::iter::repeat_n((1.0, 0.0), b).chain(std::iter::repeat_n((0.0, 1.0), c)).chain(concordant);
            let (left, right): (Vec<f64>, Vec<f64>) = rows.unzip();
            let figure = means(&left, &right);
            let (p, method) = flips(&[&figure], &Units::problems(left.len()), 1, "all")[0].unwrap();
            let expected = super::super::significance::mcnemar(b as u32, c as u32);
            assert!(method == Method::ExactFlips && (p - expected).abs() < 1e-12, "{b}, {c}: {p}, {expected}");
        }
    }

    #[test]
    fn draws_depend_on_the_seed_and_not_on_threads() {
        let eight = eight();
        let of = |seed| resample(&[&eight], &Units::problems(8), 200, seed, "all").remove(0).bounds(1.96);
        let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
        assert_eq!(pool.install(|| of(1)), of(1));
        assert_ne!(of(1), of(2));
        assert!(Units::problems(3).are_problems());
    }
}
