//! Resampling problems: the bootstrap, corrected for bias and skewness (Efron 1987, BCa).
//!
//! Every statistic here is a function of means over problems. So a table of one row per problem is
//! resampled once, and each statistic is computed from the resampled means: figures that are compared
//! are thereby resampled jointly, each problem with its whole tree. The plain percentile interval covers too
//! little where a few problems decide a mean, such as the few that are never solved; and where only a few differ at
//! all, no resampling covers enough: see [`crate::few`].

use crate::normal::{self, Z};
use crate::{Estimate, Figure, Interval, Sample, few, sequence};
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

/// How a table is resampled.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Resampling<'a> {
    /// Resamples; 0 for no intervals at all.
    pub(crate) times: u32,
    /// Seed of the run's resampling.
    pub(crate) seed: u64,
    /// What sets the tables of one run apart.
    pub(crate) name: &'a str,
    /// What sample of problems the rows are.
    pub(crate) sample: Sample,
}

/// Means of a table's columns over all problems, and over each resample of them.
#[derive(Debug)]
pub(crate) struct Means {
    all: Vec<f64>,
    resampled: Vec<Vec<f64>>,
    /// The table, by problem.
    rows: Vec<Vec<f64>>,
    sample: Sample,
}

/// One set of means: of all problems, of one resample, of all but one problem, or of one problem alone.
#[derive(Debug, Clone, Copy)]
pub(crate) struct View<'a> {
    means: &'a [f64],
    /// The row that is left out, and the number of rows.
    without: Option<(&'a [f64], f64)>,
}

/// A statistic of all problems, of each resample, and of all problems but each one. `None` where it has no value.
#[derive(Debug, Clone)]
pub(crate) struct Draws {
    pub(crate) value: Option<f64>,
    resampled: Vec<Option<f64>>,
    without: Vec<Option<f64>>,
}

/// What each problem says of a statistic.
#[derive(Debug, Clone)]
pub(crate) struct ByProblem {
    /// Of each problem that says anything: its own value, or what it adds to first order, so that the mean of these
    /// is the statistic.
    pub(crate) values: Vec<f64>,
    /// Between what such a value lies.
    pub(crate) range: (f64, f64),
    /// Whether the statistic is exactly the mean of these values, in every sample of problems.
    pub(crate) is_mean: bool,
}

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

    /// Resamples the problems. The result is a pure function of table and arguments: resample `b` draws from stream
    /// `b`, whichever thread computes it.
    pub(crate) fn means(&self, Resampling { times, seed, name, sample }: Resampling<'_>) -> Means {
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
        let resampled = if n_problems == 0 { vec![] } else { (0..times).into_par_iter().map(resample).collect() };
        Means { all: mean_of(&rows, &vec![1; n_problems]), resampled, rows, sample }
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

impl<'a> View<'a> {
    fn of(means: &'a [f64]) -> Self {
        Self { means, without: None }
    }

    /// Mean of a column.
    pub(crate) fn mean(self, column: Column) -> f64 {
        let mean = self.means[column.0];
        match self.without {
            None => mean,
            Some((row, n)) => (n * mean - row[column.0]) / (n - 1.0),
        }
    }
}

impl Draws {
    /// How many resamples the statistic has no value for, and how many there are.
    pub(crate) fn absent(&self) -> (u64, u64) {
        (self.resampled.iter().filter(|value| value.is_none()).count() as u64, self.resampled.len() as u64)
    }

    /// A statistic that is computed from this one and another.
    pub(crate) fn with(&self, other: &Self, of: impl Fn(f64, f64) -> Option<f64>) -> Self {
        let both = |a: &Option<f64>, b: &Option<f64>| of((*a)?, (*b)?);
        let each = |a: &[Option<f64>], b: &[Option<f64>]| a.iter().zip(b).map(|(a, b)| both(a, b)).collect();
        Self {
            value: both(&self.value, &other.value),
            resampled: each(&self.resampled, &other.resampled),
            without: each(&self.without, &other.without),
        }
    }
}

impl Means {
    /// Means over all problems, each once.
    pub(crate) fn all(&self) -> View<'_> {
        View::of(&self.all)
    }

    /// The same, unless there is no problem.
    pub(crate) fn all_if_any(&self) -> Option<View<'_>> {
        (!self.rows.is_empty()).then(|| self.all())
    }

    /// A statistic of every set of means.
    pub(crate) fn draws(&self, statistic: impl Fn(View<'_>) -> Option<f64>) -> Draws {
        let n = self.rows.len() as f64;
        let without = |row| View { means: &self.all, without: Some((row, n)) };
        let is_resampled = !self.resampled.is_empty() && self.rows.len() > 1;
        let rows = if is_resampled { self.rows.as_slice() } else { &[] };
        Draws {
            value: if self.rows.is_empty() { None } else { statistic(self.all()) },
            resampled: self.resampled.iter().map(|means| statistic(View::of(means))).collect(),
            without: rows.iter().map(|row| statistic(without(row))).collect(),
        }
    }

    /// A statistic of each problem alone; problems that have none are left out.
    pub(crate) fn by_problem(&self, statistic: impl Fn(View<'_>) -> Option<f64>) -> Vec<f64> {
        self.rows.iter().filter_map(|row| statistic(View::of(row))).collect()
    }

    /// What each problem adds to a statistic that is no mean: the statistic, moved by what leaving the problem out
    /// changes, as often as there are problems. Only those count that say anything.
    pub(crate) fn pseudo_values(&self, draws: &Draws, says_anything: impl Fn(View<'_>) -> bool) -> Vec<f64> {
        let said: Vec<bool> = self.rows.iter().map(|row| says_anything(View::of(row))).collect();
        let n = said.iter().filter(|said| **said).count() as f64;
        let Some(value) = draws.value else { return vec![] };
        let without = draws.without.iter().zip(said).filter_map(|(without, said)| without.filter(|_| said));
        without.map(|without| n * value - (n - 1.0) * without).collect()
    }

    /// The ratio of two sums of columns, each with its factor: the ratio of means, and never a mean of ratios. What a
    /// problem says of it is its own ratio. `why` tells that there is nothing to divide by.
    pub(crate) fn ratio(&self, part: &[(Column, f64)], whole: &[(Column, f64)], why: &str) -> Estimate {
        let sum = |of: &[(Column, f64)], means: View<'_>| {
            of.iter().map(|(column, factor)| factor * means.mean(*column)).sum::<f64>()
        };
        let ratio = |means: View<'_>| {
            let whole = sum(whole, means);
            (whole > 1e-12).then(|| sum(part, means) / whole)
        };
        let draws = self.draws(ratio);
        let Some(value) = draws.value else { return Estimate::absent(why) };
        let problems = ByProblem { values: self.by_problem(ratio), range: (0.0, 1.0), is_mean: false };
        Estimate { value: Figure::Value(value), interval: self.interval(&draws, &problems) }
    }

    /// Interval of a column's mean.
    pub(crate) fn interval_of(&self, column: Column, range: (f64, f64)) -> Figure<Interval> {
        let values = self.by_problem(|row| Some(row.mean(column)));
        self.interval(&self.draws(|means| Some(means.mean(column))), &ByProblem { values, range, is_mean: true })
    }

    /// Interval of a statistic. Resamples for which it has no value are dropped if they are few; else the
    /// interval is absent.
    pub(crate) fn interval(&self, draws: &Draws, problems: &ByProblem) -> Figure<Interval> {
        let total = self.resampled.len();
        if total == 0 && !self.rows.is_empty() {
            return Figure::Absent("no interval was asked for".to_owned());
        }
        if problems.values.len() < 2 {
            return Figure::Absent("an interval over problems needs two scored problems".to_owned());
        }
        if self.sample == Sample::Stopped {
            return if problems.is_mean {
                Figure::Value(sequence::interval(&problems.values, problems.range))
            } else {
                Figure::Absent(NONE_IF_STOPPED.to_owned())
            };
        }
        let mut interval = match draws.bounds(Z) {
            Ok((low, high)) => Interval::new(low, high),
            Err(why) => return Figure::Absent(why),
        };
        if let Some((low, high)) = few::ends(&problems.values, problems.range) {
            interval = Interval { low: interval.low.min(low), high: interval.high.max(high), few_informative: true };
        }
        Figure::Value(interval)
    }
}

/// Why a figure of a stopped run has no interval.
pub(crate) const NONE_IF_STOPPED: &str = "the run was stopped: how many problems it finished depends on their outcomes, and no interval allows for that here";

impl Draws {
    /// A statistic that was drawn elsewhere.
    pub(crate) fn new(value: Option<f64>, resampled: Vec<Option<f64>>, without: Vec<Option<f64>>) -> Self {
        Self { value, resampled, without }
    }

    /// The bounds that lie `z` standard errors of a normal distribution off on each side; why there are none, if too
    /// many resamples have no value.
    pub(crate) fn bounds(&self, z: f64) -> Result<(f64, f64), String> {
        let total = self.resampled.len();
        let mut values: Vec<f64> = self.resampled.iter().flatten().copied().collect();
        let dropped = total - values.len();
        if values.is_empty() || dropped as f64 >= MOST_DROPPED * total as f64 {
            return Err(format!(
                "no interval: the figure does not exist in {dropped} of {total} resamples of the problems"
            ));
        }
        let (low, high) = match self.value {
            Some(value) => self.shares(value, &values, z),
            None => (normal::below(-z), normal::below(z)),
        };
        Ok((quantile(&mut values, low), quantile(&mut values, high)))
    }

    /// The quantiles of the resampled values that bound the interval, such as 2.5 % and 97.5 %, moved by how far the
    /// value lies from the resamples' median, and by how skewed the problems' influence on it is.
    fn shares(&self, value: f64, resampled: &[f64], z: f64) -> (f64, f64) {
        // Equal but for rounding is equal.
        let slack = 1e-12 * (1.0 + value.abs());
        let below = resampled.iter().filter(|other| **other < value - slack).count();
        let upto = resampled.iter().filter(|other| **other <= value + slack).count();
        let bias = normal::quantile((below + upto) as f64 / (2 * resampled.len()) as f64);
        let acceleration = self.acceleration();
        // Where nearly all resamples lie on one side, or one problem decides everything, there is nothing to correct by.
        let corrected = |z: f64| bias + (bias + z) / (1.0 - acceleration * (bias + z));
        let is_sound = |z: f64| bias.abs() < 1.5 && acceleration * (bias + z) < 0.9;
        if is_sound(-z) && is_sound(z) {
            (normal::below(corrected(-z)), normal::below(corrected(z)))
        } else {
            (normal::below(-z), normal::below(z))
        }
    }

    /// A sixth of the skewness of the values without each problem.
    pub(crate) fn acceleration(&self) -> f64 {
        let without: Vec<f64> = self.without.iter().flatten().copied().collect();
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

/// Quantile of some values, interpolated linearly between neighbours. Leaves them in another order.
fn quantile(values: &mut [f64], share: f64) -> f64 {
    let place = share * (values.len() - 1) as f64;
    let (_, below, rest) = values.select_nth_unstable_by(place.floor() as usize, f64::total_cmp);
    let below = *below;
    let above = if place.fract() > 0.0 { rest.iter().copied().min_by(f64::total_cmp) } else { None };
    below + (above.unwrap_or(below) - below) * place.fract()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(values: &[f64]) -> (Table, Column) {
        let mut table = Table::default();
        let column = table.add(values.iter().map(|value| Some(*value))).unwrap();
        (table, column)
    }

    fn resampling(times: u32, seed: u64) -> Resampling<'static> {
        Resampling { times, seed, name: "all", sample: Sample::Complete }
    }

    #[test]
    fn interval_of_a_mean_has_the_width_of_its_standard_error() {
        let values: Vec<f64> = (0..400).map(|row| f64::from(u8::from(row % 2 == 0))).collect();
        let (table, column) = table(&values);
        let means = table.means(resampling(2_000, 7));
        assert_eq!(means.all().mean(column), 0.5);
        let interval = *means.interval_of(column, (0.0, 1.0)).value().unwrap();
        // 1.96 standard errors of 0.5 / 20 each way.
        assert!((interval.low - 0.451).abs() < 0.006 && (interval.high - 0.549).abs() < 0.006, "{interval:?}");
    }

    #[test]
    fn resamples_depend_on_seed_and_name_and_not_on_the_number_of_threads() {
        let (table, _) = table(&[0.0, 1.0, 4.0, 9.0]);
        let here = table.means(resampling(50, 1)).resampled;
        let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
        assert_eq!(pool.install(|| table.means(resampling(50, 1)).resampled), here);
        assert_ne!(table.means(resampling(50, 2)).resampled, here);
        assert_ne!(table.means(Resampling { name: "easy", ..resampling(50, 1) }).resampled, here);
    }

    #[test]
    fn columns_are_resampled_jointly() {
        let values: Vec<f64> = (0..12_u32).map(|row| f64::from(row * row)).collect();
        let (mut table, first) = table(&values);
        let second = table.add(values.iter().zip(0..).map(|(value, row)| Some(value + f64::from(row)))).unwrap();
        let means = table.means(resampling(200, 1));
        let difference = |view: View<'_>| Some(view.mean(second) - view.mean(first));
        let values = means.by_problem(difference);
        let problems = ByProblem { values, range: (-20.0, 20.0), is_mean: true };
        let interval = *means.interval(&means.draws(difference), &problems).value().unwrap();
        assert!(interval.low > 3.0 && interval.high < 8.0, "{interval:?}");
        let apart = means
            .draws(|view| Some(view.mean(second)))
            .with(&means.draws(|view| Some(view.mean(first))), |a, b| Some(a - b));
        assert_eq!(means.interval(&apart, &problems), Figure::Value(interval));
    }

    #[test]
    fn an_interval_without_support_is_absent() {
        let (table, column) = table(&[0.0, 1.0, 1.0]);
        let means = table.means(resampling(2_000, 1));
        let above = |least: f64| {
            let draws = means.draws(|view| Some(view.mean(column)).filter(|mean| *mean > least));
            let values = means.by_problem(|row| Some(row.mean(column)));
            means.interval(&draws, &ByProblem { values, range: (0.0, 1.0), is_mean: true })
        };
        assert!(above(0.0).value().is_some(), "one resample in 27 is dropped");
        assert!(above(0.5).reason().unwrap().ends_with("of 2000 resamples of the problems"));
        let (table, column) = super::tests::table(&[1.0]);
        let single = table.means(resampling(100, 1)).interval_of(column, (0.0, 1.0));
        assert_eq!(single.reason(), Some("an interval over problems needs two scored problems"));
    }

    #[test]
    fn problems_that_are_all_alike_leave_room_for_those_that_are_not() {
        let check = |values: &[f64], low: f64, high: f64| {
            let (table, column) = table(values);
            let interval = *table.means(resampling(200, 1)).interval_of(column, (0.0, 1.0)).value().unwrap();
            assert!((interval.low - low).abs() < 1e-6 && (interval.high - high).abs() < 1e-6, "{interval:?}");
            assert!(interval.few_informative);
        };
        check(&[1.0; 20], 0.831_567, 1.0);
        check(&[0.0; 8], 0.0, 0.369_417);
        check(&[0.5; 5], 0.239_088, 0.760_912);
        let (table, column) = table(&[0.0, 1.0].repeat(20));
        let interval = *table.means(resampling(200, 1)).interval_of(column, (0.0, 1.0)).value().unwrap();
        assert!(!interval.few_informative, "twenty exceptions inform");
    }

    #[test]
    fn a_stopped_sample_has_intervals_of_means_alone_and_they_are_wider() {
        let values: Vec<f64> = (0..40).map(|row| f64::from(u8::from(row % 2 == 0))).collect();
        let (table, column) = table(&values);
        let means = |sample| table.means(Resampling { sample, ..resampling(2_000, 7) });
        let width = |sample| {
            let interval = *means(sample).interval_of(column, (0.0, 1.0)).value().unwrap();
            interval.high - interval.low
        };
        assert!(width(Sample::Stopped) > 1.3 * width(Sample::Complete));
        let stopped = means(Sample::Stopped);
        let values = stopped.by_problem(|row| Some(row.mean(column)));
        let problems = ByProblem { values, range: (0.0, 1.0), is_mean: false };
        let interval = stopped.interval(&stopped.draws(|view| Some(view.mean(column))), &problems);
        assert_eq!(interval.reason(), Some(NONE_IF_STOPPED));
    }

    #[test]
    fn a_column_without_a_number_for_every_problem_is_not_added() {
        let mut table = Table::default();
        assert!(table.add([Some(1.0), None]).is_none());
        assert!(table.add([]).is_none());
        assert!(table.columns.is_empty());
    }
}
