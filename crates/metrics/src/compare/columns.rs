//! Numbers of both runs by problem, and figures that are functions of their means.
//!
//! A problem is a row. A resample takes rows, with both runs' numbers, as often as it says; a flip swaps the rows of
//! both runs on some problems. A figure is computed anew from the means of each.

use crate::baseline;
use std::sync::Arc;

/// One number of each problem in both runs. A run that does not have it (its curve is shorter) has no numbers.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Column {
    pub(crate) a: Vec<f64>,
    pub(crate) b: Vec<f64>,
    sums: (f64, f64),
    /// `b` minus `a`; empty where a run has no numbers, which then cannot be swapped.
    differences: Vec<f64>,
}

impl Column {
    pub(crate) fn new(a: Vec<f64>, b: Vec<f64>) -> Self {
        let sums = (a.iter().sum(), b.iter().sum());
        let are_both = a.len() == b.len();
        let differences = if are_both { a.iter().zip(&b).map(|(a, b)| b - a).collect() } else { vec![] };
        Self { a, b, sums, differences }
    }

    /// Whether a problem has other numbers in one run than in the other.
    fn differs_at(&self, row: usize) -> bool {
        self.a.get(row) != self.b.get(row)
    }

    /// The number that all problems have in both runs; `None` if they differ.
    fn constant(&self) -> Option<f64> {
        let first = *self.a.first()?;
        (!self.b.is_empty() && self.a.iter().chain(&self.b).all(|value| *value == first)).then_some(first)
    }
}

/// A set of means.
pub(crate) trait View {
    /// Mean of the first run's numbers; `None` if it has none.
    fn a(&self, column: &Column) -> Option<f64>;
    /// Mean of the second run's numbers.
    fn b(&self, column: &Column) -> Option<f64>;
    /// The second minus the first.
    fn difference(&self, column: &Column) -> Option<f64> {
        Some(self.b(column)? - self.a(column)?)
    }
}

fn of(numbers: &[f64], mean: impl Fn(&[f64]) -> f64) -> Option<f64> {
    (!numbers.is_empty()).then(|| mean(numbers))
}

fn dot(left: &[f64], right: &[f64]) -> f64 {
    // Four sums side by side, so that the processor need not wait for one before the next.
    let mut sums = [0.0; 4];
    let (lefts, rights) = (left.chunks_exact(4), right.chunks_exact(4));
    let rest: f64 = lefts.remainder().iter().zip(rights.remainder()).map(|(x, y)| x * y).sum();
    for (x, y) in lefts.zip(rights) {
        for lane in 0..4 {
            sums[lane] += x[lane] * y[lane];
        }
    }
    (sums[0] + sums[2]) + (sums[1] + sums[3]) + rest
}

/// Every problem once.
pub(crate) struct All;

impl View for All {
    fn a(&self, column: &Column) -> Option<f64> {
        of(&column.a, |numbers| column.sums.0 / numbers.len() as f64)
    }

    fn b(&self, column: &Column) -> Option<f64> {
        of(&column.b, |numbers| column.sums.1 / numbers.len() as f64)
    }
}

/// Each problem so many times.
pub(crate) struct Weighted<'a> {
    pub(crate) times: &'a [f64],
    pub(crate) total: f64,
}

impl View for Weighted<'_> {
    fn a(&self, column: &Column) -> Option<f64> {
        of(&column.a, |numbers| dot(self.times, numbers) / self.total)
    }

    fn b(&self, column: &Column) -> Option<f64> {
        of(&column.b, |numbers| dot(self.times, numbers) / self.total)
    }
}

/// The runs swapped on problems whose flag is 1.
pub(crate) struct Flipped<'a> {
    pub(crate) flags: &'a [f64],
}

impl View for Flipped<'_> {
    fn a(&self, column: &Column) -> Option<f64> {
        self.swapped(column).map(|moved| (column.sums.0 + moved) / column.a.len() as f64)
    }

    fn b(&self, column: &Column) -> Option<f64> {
        self.swapped(column).map(|moved| (column.sums.1 - moved) / column.b.len() as f64)
    }

    fn difference(&self, column: &Column) -> Option<f64> {
        let (a, b) = column.sums;
        self.swapped(column).map(|moved| (b - a - 2.0 * moved) / column.b.len() as f64)
    }
}

impl Flipped<'_> {
    /// What the first run's sum gains; `None` if one run lacks the column, which then cannot be swapped.
    fn swapped(&self, column: &Column) -> Option<f64> {
        of(&column.differences, |differences| dot(self.flags, differences))
    }
}

/// Pass rates of both runs by what they cost, for each number of first programs.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Curves {
    /// Mean cost by place.
    pub(crate) cost: Vec<Column>,
    /// Pass rate by place.
    pub(crate) pass: Vec<Column>,
}

/// A figure of both runs.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Paired {
    /// Means of one column.
    Means(Column),
    /// Both curves read at one mean cost. `near` are the places where they were read over all problems.
    AtCost { curves: Arc<Curves>, cost: f64, near: (usize, usize) },
}

/// How a curve was read.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Read {
    value: f64,
    low: usize,
    share: f64,
    slope: f64,
}

/// Why a curve has no value at a cost.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Outside {
    /// Where the curve begins and ends.
    pub(crate) range: Option<(f64, f64)>,
}

impl Curves {
    /// Reads one run's curve, first where it was read before.
    fn read(&self, cost: f64, near: usize, mean: impl Fn(&Column) -> Option<f64>) -> Option<Read> {
        if let (Some(below), Some(above)) = (self.cost.get(near), self.cost.get(near + 1))
            && let (Some(below), Some(above)) = (mean(below), mean(above))
            && below < cost
            && cost < above
        {
            let (here, there) = (mean(&self.pass[near])?, mean(&self.pass[near + 1])?);
            let (share, slope) = ((cost - below) / (above - below), (there - here) / (above - below));
            return Some(Read { value: here + (there - here) * share, low: near, share, slope });
        }
        let count = self.cost.iter().take_while(|column| mean(column).is_some()).count();
        let at = |columns: &[Column], place: usize| mean(&columns[place]).unwrap_or_default();
        let first = self.cost.first().and_then(&mean)?;
        // Rounding is no extrapolation.
        if cost < first * (1.0 - 1e-9) {
            return None;
        }
        let read = baseline::read(cost.max(first), count, |place| at(&self.cost, place), |place| at(&self.pass, place));
        read.ok().map(|read| Read { value: read.value, low: read.low, share: read.share, slope: read.slope })
    }

    /// Where one run's curve begins and ends.
    fn range(&self, mean: impl Fn(&Column) -> Option<f64>) -> Option<(f64, f64)> {
        let mut costs = self.cost.iter().map_while(mean);
        let first = costs.next()?;
        Some((first, costs.last().unwrap_or(first)))
    }

    /// Of one run, what each problem adds to a reading to first order: the mean of these is what was read.
    fn linear(&self, read: Read, cost: f64, numbers: impl Fn(&Column) -> &[f64]) -> Vec<f64> {
        let count = numbers(&self.cost[read.low]).len();
        let between = |columns: &[Column], row: usize| {
            let here = numbers(&columns[read.low])[row];
            if read.share == 0.0 { here } else { here + (numbers(&columns[read.low + 1])[row] - here) * read.share }
        };
        (0..count).map(|row| between(&self.pass, row) + read.slope * (cost - between(&self.cost, row))).collect()
    }

    /// Places that both runs have.
    fn common(&self) -> usize {
        self.cost.iter().filter(|column| !column.a.is_empty() && !column.b.is_empty()).count()
    }
}

impl Paired {
    /// Both curves at a mean cost; why not, if one does not reach it: the first run's reason, or the second's.
    pub(crate) fn at_cost(curves: &Arc<Curves>, cost: f64) -> Result<Self, (Option<Outside>, Option<Outside>)> {
        let a = curves.read(cost, 0, |column| All.a(column));
        let b = curves.read(cost, 0, |column| All.b(column));
        let (Some(read_a), Some(read_b)) = (a, b) else {
            let outside = |is_there: bool, range| (!is_there).then_some(Outside { range });
            return Err((
                outside(a.is_some(), curves.range(|column| All.a(column))),
                outside(b.is_some(), curves.range(|column| All.b(column))),
            ));
        };
        // Where a place costs the same on every problem in both runs, no resample reads elsewhere.
        let is_fixed = |read: Read| {
            let places = if read.share == 0.0 { read.low..=read.low } else { read.low..=read.low + 1 };
            places.into_iter().all(|place| curves.cost[place].constant().is_some())
        };
        if is_fixed(read_a) && is_fixed(read_b) {
            let a = curves.linear(Read { slope: 0.0, ..read_a }, cost, |column| &column.a);
            let b = curves.linear(Read { slope: 0.0, ..read_b }, cost, |column| &column.b);
            return Ok(Self::Means(Column::new(a, b)));
        }
        Ok(Self::AtCost { curves: Arc::clone(curves), cost, near: (read_a.low, read_b.low) })
    }

    /// The figure of both runs by some means; `None` if it has no value there.
    pub(crate) fn both(&self, view: &impl View) -> Option<(f64, f64)> {
        match self {
            Self::Means(column) => Some((view.a(column)?, view.b(column)?)),
            Self::AtCost { curves, cost, near } => {
                let a = curves.read(*cost, near.0, |column| view.a(column))?;
                let b = curves.read(*cost, near.1, |column| view.b(column))?;
                Some((a.value, b.value))
            }
        }
    }

    /// The second run's figure minus the first's.
    pub(crate) fn difference(&self, view: &impl View) -> Option<f64> {
        match self {
            Self::Means(column) => view.difference(column),
            Self::AtCost { .. } => self.both(view).map(|(a, b)| b - a),
        }
    }

    /// What each problem adds to either run's figure, to first order where it is no mean.
    pub(crate) fn by_problem(&self) -> (Vec<f64>, Vec<f64>) {
        match self {
            Self::Means(column) => (column.a.clone(), column.b.clone()),
            Self::AtCost { curves, cost, near } => {
                let a = curves.read(*cost, near.0, |column| All.a(column));
                let b = curves.read(*cost, near.1, |column| All.b(column));
                let a = a.map(|read| curves.linear(read, *cost, |column| &column.a));
                let b = b.map(|read| curves.linear(read, *cost, |column| &column.b));
                (a.unwrap_or_default(), b.unwrap_or_default())
            }
        }
    }

    /// Whether the figure is the mean of what each problem says, in every sample.
    pub(crate) fn is_mean(&self) -> bool {
        matches!(self, Self::Means(_))
    }

    /// Whether the runs can be swapped on single problems: both reach the places where either is read. If not, what each
    /// problem adds to first order can be.
    pub(crate) fn swappable(&self) -> bool {
        match self {
            Self::Means(_) => true,
            // The next place too: what is read lies before it.
            Self::AtCost { curves, near, .. } => {
                near.0.max(near.1) + 1 < curves.common() || curves.common() == curves.cost.len()
            }
        }
    }

    /// Whether a problem's numbers that the figure uses are not the same in both runs.
    pub(crate) fn differs_at(&self, row: usize) -> bool {
        match self {
            Self::Means(column) => column.differs_at(row),
            Self::AtCost { curves, .. } => {
                let mut columns = curves.cost.iter().chain(&curves.pass);
                columns.any(|column| !column.a.is_empty() && !column.b.is_empty() && column.differs_at(row))
            }
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// Columns from rows of problems.
    pub(in super::super) fn curves(a: [&[[f64; 3]]; 2], b: [&[[f64; 3]]; 2]) -> Arc<Curves> {
        let columns = |a: &[[f64; 3]], b: &[[f64; 3]]| -> Vec<Column> {
            let of = |rows: &[[f64; 3]], place: usize| rows.iter().map(|row| row[place]).collect();
            (0..3).map(|place| Column::new(of(a, place), of(b, place))).collect()
        };
        Arc::new(Curves { cost: columns(a[0], b[0]), pass: columns(a[1], b[1]) })
    }

    /// The worked example of equal cost.
    pub(in super::super) fn example() -> Arc<Curves> {
        curves(
            [&[[10.0, 20.0, 30.0]; 3], &[[0.5, 0.75, 0.9], [0.2, 0.4, 0.5], [1.0, 1.0, 1.0]]],
            [&[[12.0, 18.0, 24.0]; 3], &[[0.6, 0.8, 0.95], [0.3, 0.45, 0.55], [0.9, 1.0, 1.0]]],
        )
    }

    #[test]
    fn both_curves_are_read_at_one_cost() {
        let paired = Paired::at_cost(&example(), 20.0).unwrap();
        let (a, b) = paired.both(&All).unwrap();
        assert!((a - 0.716_667).abs() < 1e-6 && (b - 0.777_778).abs() < 1e-6, "{a}, {b}");
        assert!((paired.difference(&All).unwrap() - 0.061_111).abs() < 1e-6);
        let (of_a, of_b) = paired.by_problem();
        let mean = |values: &[f64]| values.iter().sum::<f64>() / 3.0;
        assert!((mean(&of_b) - mean(&of_a) - 0.061_111).abs() < 1e-6, "{of_a:?} {of_b:?}");
        let (a, b) = Paired::at_cost(&example(), 25.0).unwrap_err();
        assert_eq!((a, b.unwrap().range), (None, Some((12.0, 24.0))), "never beyond a curve");
        let (a, b) = Paired::at_cost(&example(), 11.0).unwrap_err();
        assert!(a.is_none() && b.is_some());
    }

    #[test]
    fn the_eight_flips_of_the_example_have_the_printed_values() {
        let paired = Paired::at_cost(&example(), 20.0).unwrap();
        let mut found: Vec<f64> = (0..8)
            .map(|mask| {
                let flags: Vec<f64> = (0..3).map(|row| f64::from(mask >> row & 1)).collect();
                paired.difference(&Flipped { flags: &flags }).unwrap().abs()
            })
            .collect();
        found.sort_by(f64::total_cmp);
        let expected = [0.008_741, 0.008_741, 0.008_741, 0.008_741, 0.042_075, 0.042_075, 0.061_111, 0.061_111];
        for (got, expected) in found.iter().zip(expected) {
            assert!((got - expected).abs() < 1e-6, "{found:?}");
        }
    }

    #[test]
    fn where_places_cost_the_same_everywhere_the_figure_is_a_mean() {
        let costs = [[1.0, 2.0, 3.0]; 2];
        let same = curves([&costs, &[[0.5, 0.75, 1.0], [0.0; 3]]], [&costs, &[[0.5, 0.5, 0.5], [0.0, 0.5, 1.0]]]);
        let Paired::Means(column) = Paired::at_cost(&same, 1.5).unwrap() else { panic!("a mean") };
        assert_eq!((column.a, column.b), (vec![0.625, 0.0], vec![0.5, 0.25]));
        assert!(matches!(Paired::at_cost(&example(), 20.0), Ok(Paired::AtCost { .. })));
    }

    #[test]
    fn a_shorter_curve_cannot_be_swapped_beyond_its_end() {
        let mut curves = (*example()).clone();
        curves.cost[2] = Column::new(curves.cost[2].a.clone(), vec![]);
        curves.pass[2] = Column::new(curves.pass[2].a.clone(), vec![]);
        let curves = Arc::new(curves);
        assert!(Paired::at_cost(&curves, 15.0).unwrap().swappable());
        assert!(!Paired::at_cost(&curves, 18.0).unwrap().swappable(), "the second ends there");
        assert_eq!(Paired::at_cost(&curves, 20.0).unwrap_err().1.unwrap().range, Some((12.0, 18.0)));
    }
}
