//! Curves over the means of a table: pass rates by what they cost, read between two of their points.

use crate::baseline::{self, Read, Unreadable};
use crate::bootstrap::{Column, View};

/// A row of points, each with a pass rate and a cost.
#[derive(Debug, Clone)]
pub(crate) struct Curve {
    pub(crate) pass: Vec<Column>,
    pub(crate) spacing: Spacing,
}

/// Where the points of a curve lie.
#[derive(Debug, Clone)]
pub(crate) enum Spacing {
    /// One program each.
    Unit,
    /// A mean cost each; `None` if there is but one point.
    Equal(Option<Column>),
    /// At costs of their own.
    Each(Vec<Column>),
}

impl Curve {
    /// Where a point lies by some means.
    pub(crate) fn x_at(&self, place: usize, means: View<'_>) -> f64 {
        match &self.spacing {
            Spacing::Unit => place as f64,
            Spacing::Equal(Some(step)) => place as f64 * means.mean(*step),
            Spacing::Equal(None) => 0.0,
            Spacing::Each(columns) => means.mean(columns[place]),
        }
    }

    /// Reads the curve of some means at `x`, which must not lie before its first point.
    pub(crate) fn read(&self, x: f64, means: View<'_>) -> Result<Read, Unreadable> {
        baseline::read(x, self.pass.len(), |place| self.x_at(place, means), |place| means.mean(self.pass[place]))
    }

    /// The same for an `x` that may lie before the first point: there is nothing to read then.
    pub(crate) fn read_inside(&self, x: f64, means: View<'_>) -> Option<Read> {
        let is_inside = !self.pass.is_empty() && x >= self.x_at(0, means);
        self.read(x, means).ok().filter(|_| is_inside)
    }

    /// What one problem, by its own numbers, adds to a reading of the curve: its own curve at the same two points,
    /// and the slope times how far its own `x` lies from there. The mean of this over all problems is what was read.
    pub(crate) fn linear(&self, read: &Read, x: f64, row: View<'_>) -> f64 {
        let between = |of: &dyn Fn(usize) -> f64| {
            if read.share == 0.0 { of(read.low) } else { of(read.low) + (of(read.low + 1) - of(read.low)) * read.share }
        };
        let pass = between(&|place| row.mean(self.pass[place]));
        if read.slope == 0.0 { pass } else { pass + read.slope * (x - between(&|place| self.x_at(place, row))) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Sample;
    use crate::bootstrap::{Resampling, Table};

    /// Section 7's example: six problems, four programs of 90 tokens each as their baseline.
    #[test]
    fn the_worked_example_of_a_strategy_against_programs_holds() {
        let passes = [1.0, 0.5, 0.0, 1.0, 0.5, 0.0];
        let costs = [100.0, 180.0, 400.0, 120.0, 220.0, 380.0];
        let right = [3, 2, 0, 4, 2, 0];
        let mut table = Table::default();
        let mut add = |numbers: &[f64]| table.add(numbers.iter().copied().map(Some)).unwrap();
        let (y, c) = (add(&passes), add(&costs));
        let first = add(&[90.0; 6]);
        let pass: Vec<Column> =
            (1..=4).map(|k| add(&right.map(|right| crate::pass_at_k(4, right, k).unwrap()))).collect();
        let curve = Curve { pass, spacing: Spacing::Equal(Some(first)) };
        let means = table.means(Resampling { times: 10, seed: 1, name: "all", sample: Sample::Complete });
        let x = |means: View<'_>| means.mean(c) - means.mean(first);
        let read = curve.read(x(means.all()), means.all()).unwrap();
        assert!((read.value - 0.644_033).abs() < 1e-6 && (read.slope - 0.000_617_284).abs() < 1e-9, "{read:?}");
        assert!((means.all().mean(y) - read.value + 0.144_033).abs() < 1e-6);
        let psi = means.by_problem(|row| Some(row.mean(y) - curve.linear(&read, x(row), row)));
        let mean = psi.iter().sum::<f64>() / 6.0;
        assert!((mean + 0.144_033).abs() < 1e-6, "the mean of what problems add is the difference: {mean}");
        let variance = psi.iter().map(|value| (value - mean) * (value - mean)).sum::<f64>() / 5.0;
        assert!(((variance / 6.0).sqrt() - 0.090_366).abs() < 1e-6, "{}", (variance / 6.0).sqrt());
    }
}
