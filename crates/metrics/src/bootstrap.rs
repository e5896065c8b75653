//! Resampling problems: the bootstrap, corrected for bias and skewness (Efron 1987, BCa).
//!
//! Every statistic here is a function of means over problems. So a table of one row per problem is
//! resampled once, and each statistic is computed from the resampled means: figures that are compared
//! are thereby resampled jointly, each problem with its whole tree. The plain percentile interval covers too
//! little where a few problems decide a mean, such as the few that are never solved.

use crate::normal::{self, Z};
use crate::{Figure, Interval};
use mend_core::seed_for;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use rayon::prelude::*;

/// Numbers by problem: a row for each, all of one length.
#[derive(Debug, Default)]
pub(crate) struct Table {
    columns: Vec<Vec<f64>>,
}

/// A column of a [`Table`].
#[derive(Debug, Clone, Copy)]
pub(crate) struct Column(usize);

/// Means of a table's columns over all problems, and over each resample of them.
#[derive(Debug)]
pub(crate) struct Means {
    all: Vec<f64>,
    resampled: Vec<Vec<f64>>,
    /// The table, by problem.
    rows: Vec<Vec<f64>>,
}

/// One set of means: of all problems or of one resample.
#[derive(Debug, Clone, Copy)]
pub(crate) struct View<'a>(&'a [f64]);

/// More resamples than this share without a value make an interval absent.
const MOST_DROPPED: f64 = 0.05;

impl Table {
    /// Adds a number of every problem; `None`, and no column, if one of them is unknown or there are none.
    pub(crate) fn add(&mut self, numbers: impl IntoIterator<Item = Option<f64>>) -> Option<Column> {
        let numbers: Vec<f64> = numbers.into_iter().collect::<Option<_>>()?;
        if numbers.is_empty() {
            return None;
        }
        self.columns.push(numbers);
        Some(Column(self.columns.len() - 1))
    }

    /// Resamples the problems. `name` sets tables of one run apart. The result is a pure function of the
    /// arguments: resample `b` draws from stream `b`, whichever thread computes it.
    pub(crate) fn means(&self, resamples: u32, seed: u64, name: &str) -> Means {
        let rows = self.rows();
        let n_problems = rows.len();
        let seed = seed_for(seed, &["bootstrap", name]);
        let resample = |stream: u32| {
            let mut generator = ChaCha8Rng::from_seed(*seed.as_bytes());
            generator.set_stream(u64::from(stream));
            let mut times = vec![0; n_problems];
            for _ in 0..n_problems {
                times[below(n_problems, &mut generator)] += 1;
            }
            mean_of(&rows, &times)
        };
        let resampled = if n_problems == 0 { vec![] } else { (0..resamples).into_par_iter().map(resample).collect() };
        Means { all: mean_of(&rows, &vec![1; n_problems]), resampled, rows }
    }

    /// The table by problem, which is how it is resampled.
    fn rows(&self) -> Vec<Vec<f64>> {
        let n_problems = self.columns.first().map_or(0, Vec::len);
        (0..n_problems).map(|row| self.columns.iter().map(|column| column[row]).collect()).collect()
    }
}

/// Mean row, with each row counted so many times.
fn mean_of(rows: &[Vec<f64>], times: &[u32]) -> Vec<f64> {
    let mut mean = vec![0.0; rows.first().map_or(0, Vec::len)];
    for (row, times) in rows.iter().zip(times).filter(|(_, times)| **times > 0) {
        for (sum, value) in mean.iter_mut().zip(row) {
            *sum += f64::from(*times) * value;
        }
    }
    for sum in &mut mean {
        *sum /= rows.len() as f64;
    }
    mean
}

impl View<'_> {
    /// Mean of a column.
    pub(crate) fn mean(self, column: Column) -> f64 {
        self.0[column.0]
    }
}

impl Means {
    /// Means over all problems, each once.
    pub(crate) fn all(&self) -> View<'_> {
        View(&self.all)
    }

    /// Interval of a statistic. Resamples for which it has no value are dropped if they are few; else the
    /// interval is absent.
    pub(crate) fn interval(&self, statistic: impl Fn(View<'_>) -> Option<f64>) -> Figure<Interval> {
        let total = self.resampled.len();
        if total == 0 && !self.rows.is_empty() {
            return Figure::Absent("no interval was asked for".to_owned());
        }
        if self.rows.len() < 2 {
            return Figure::Absent("an interval over problems needs two scored problems".to_owned());
        }
        let mut values: Vec<f64> = self.resampled.iter().filter_map(|means| statistic(View(means))).collect();
        let dropped = total - values.len();
        if values.is_empty() || dropped as f64 >= MOST_DROPPED * total as f64 {
            return Figure::Absent(format!("{dropped} of {total} resamples have no value"));
        }
        values.sort_by(f64::total_cmp);
        let (low, high) = match statistic(self.all()) {
            Some(value) => self.shares(value, &values, &statistic),
            None => (normal::below(-Z), normal::below(Z)),
        };
        Figure::Value(Interval { low: quantile(&values, low), high: quantile(&values, high) })
    }

    /// The quantiles of the resampled values that bound the interval: 2.5 % and 97.5 %, moved by how far the
    /// value lies from the resamples' median, and by how skewed the problems' influence on it is.
    fn shares(&self, value: f64, sorted: &[f64], statistic: &impl Fn(View<'_>) -> Option<f64>) -> (f64, f64) {
        // Equal but for rounding is equal.
        let slack = 1e-12 * (1.0 + value.abs());
        let (below, upto) = (
            sorted.partition_point(|other| *other < value - slack),
            sorted.partition_point(|other| *other <= value + slack),
        );
        let bias = normal::quantile((below + upto) as f64 / (2 * sorted.len()) as f64);
        let acceleration = self.acceleration(statistic);
        // Where nearly all resamples lie on one side, or one problem decides everything, there is nothing to correct by.
        let corrected = |z: f64| bias + (bias + z) / (1.0 - acceleration * (bias + z));
        let is_sound = |z: f64| bias.abs() < 1.5 && acceleration * (bias + z) < 0.9;
        if is_sound(-Z) && is_sound(Z) {
            (normal::below(corrected(-Z)), normal::below(corrected(Z)))
        } else {
            (normal::below(-Z), normal::below(Z))
        }
    }

    /// A sixth of the skewness of the values without each problem.
    fn acceleration(&self, statistic: &impl Fn(View<'_>) -> Option<f64>) -> f64 {
        let n = self.rows.len() as f64;
        let mut means = vec![0.0; self.all.len()];
        let without: Vec<f64> = self
            .rows
            .iter()
            .filter_map(|row| {
                for ((mean, all), value) in means.iter_mut().zip(&self.all).zip(row) {
                    *mean = (n * all - value) / (n - 1.0);
                }
                statistic(View(&means))
            })
            .collect();
        let mean = without.iter().sum::<f64>() / without.len().max(1) as f64;
        let (mut squares, mut cubes) = (0.0, 0.0);
        for value in without {
            let from_mean = mean - value;
            squares += from_mean * from_mean;
            cubes += from_mean * from_mean * from_mean;
        }
        if squares < 1e-24 { 0.0 } else { cubes / (6.0 * squares * squares.sqrt()) }
    }
}

/// A uniform number in `0..n`. The bias of the multiplication is below `n / 2^64`.
pub(crate) fn below(n: usize, generator: &mut ChaCha8Rng) -> usize {
    ((u128::from(generator.next_u64()) * n as u128) >> 64) as usize
}

/// Quantile of sorted values, interpolated linearly between neighbours.
fn quantile(sorted: &[f64], share: f64) -> f64 {
    let place = share * (sorted.len() - 1) as f64;
    let (below, above) = (sorted[place.floor() as usize], sorted[place.ceil() as usize]);
    below + (above - below) * place.fract()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(values: &[f64]) -> (Table, Column) {
        let mut table = Table::default();
        let column = table.add(values.iter().map(|value| Some(*value))).unwrap();
        (table, column)
    }

    #[test]
    fn interval_of_a_mean_has_the_width_of_its_standard_error() {
        let values: Vec<f64> = (0..400).map(|row| f64::from(u8::from(row % 2 == 0))).collect();
        let (table, column) = table(&values);
        let means = table.means(2_000, 7, "all");
        assert_eq!(means.all().mean(column), 0.5);
        let interval = *means.interval(|view| Some(view.mean(column))).value().unwrap();
        // 1.96 standard errors of 0.5 / 20 each way.
        assert!((interval.low - 0.451).abs() < 0.006 && (interval.high - 0.549).abs() < 0.006, "{interval:?}");
    }

    #[test]
    fn resamples_depend_on_seed_and_name_and_not_on_the_number_of_threads() {
        let (table, _) = table(&[0.0, 1.0, 4.0, 9.0]);
        let here = table.means(50, 1, "all").resampled;
        let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
        assert_eq!(pool.install(|| table.means(50, 1, "all").resampled), here);
        assert_ne!(table.means(50, 2, "all").resampled, here);
        assert_ne!(table.means(50, 1, "easy").resampled, here);
    }

    #[test]
    fn columns_are_resampled_jointly() {
        let (mut table, first) = table(&[0.0, 1.0, 4.0, 9.0]);
        let second = table.add([1.0, 2.0, 5.0, 10.0].map(Some)).unwrap();
        let interval = table.means(200, 1, "all").interval(|view| Some(view.mean(second) - view.mean(first)));
        assert_eq!(interval, Figure::Value(Interval { low: 1.0, high: 1.0 }));
    }

    #[test]
    fn an_interval_without_support_is_absent() {
        let (table, column) = table(&[0.0, 1.0, 1.0]);
        let means = table.means(2_000, 1, "all");
        let above = |least: f64| means.interval(|view| Some(view.mean(column)).filter(|mean| *mean > least));
        assert!(above(0.0).value().is_some(), "one resample in 27 is dropped");
        assert!(above(0.5).reason().unwrap().ends_with("of 2000 resamples have no value"));
        let (table, column) = super::tests::table(&[1.0]);
        let single = table.means(100, 1, "all").interval(|view| Some(view.mean(column)));
        assert_eq!(single.reason(), Some("an interval over problems needs two scored problems"));
    }

    #[test]
    fn a_column_without_a_number_for_every_problem_is_not_added() {
        let mut table = Table::default();
        assert!(table.add([Some(1.0), None]).is_none());
        assert!(table.add([]).is_none());
        assert!(table.columns.is_empty());
    }
}
