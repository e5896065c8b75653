//! A tree's curve over `n_p` and its baselines, read at a mean cost that nobody collected at.

use super::{Against, Place, Reading, TTable, unknown};
use crate::amounts::Lane;
use crate::baseline::Read;
use crate::bootstrap::{ByProblem, Column, View};
use crate::reading::{Curve, Spacing};
use crate::{Axis, Baseline, Figure, Interval, Order, Setting};

impl TTable<'_> {
    /// The tree's curve over `n_p`, and a baseline of it, at a mean cost.
    pub(crate) fn at_budget(
        &self,
        (order, n_f, n_r): (Order, u32, u32),
        baseline: Baseline,
        lane: Lane,
        budget: f64,
    ) -> AtBudget {
        let carried = |setting: &Setting| self.columns.pass.contains_key(setting);
        let most = self.columns.iid_pass.len() as u32;
        let line: Vec<Setting> = (1..=most).map(|n_p| Setting { n_p, n_f, n_r }).take_while(carried).collect();
        let costs: Option<Vec<Column>> =
            line.iter().map(|setting| self.columns.cost.get(&(order, *setting))?[lane.index()]).collect();
        let others: Option<Vec<Reading>> = if baseline == Baseline::IidStaged {
            line.iter().map(|setting| self.reading(order, *setting, (baseline, Axis::Tokens), lane)).collect()
        } else {
            self.own_curve(baseline, lane).map(|curve| vec![Reading { x: Place::Fixed(0.0), curve }])
        };
        let Some(((costs, others), program)) = costs.zip(others).zip(self.columns.program[lane.index()]) else {
            return AtBudget::absent(&unknown(lane));
        };
        let curve = Curve {
            pass: line.iter().map(|setting| self.columns.pass[setting]).collect(),
            spacing: Spacing::Each(costs),
        };
        let x = |means: View<'_>| budget - means.mean(program);
        let tree = |means: View<'_>| curve.read_inside(x(means), means);
        let staged = Staged { tree: &curve, others: &others };
        // A baseline that stops as the setting does has a curve of its own for each of them.
        let other = |means: View<'_>| match baseline {
            Baseline::IidStaged => staged.read(&tree(means)?, means),
            Baseline::Iid | Baseline::IidSequential => others[0].curve.read_inside(x(means), means),
        };
        let outside = || "the budget lies outside of what was collected".to_owned();
        let all = self.means.all();
        let pass = self.means.draws(|means| Some(tree(means)?.value));
        let drawn = self.means.draws(|means| Some(other(means)?.value));
        let interval = match tree(all) {
            None => Figure::Absent(outside()),
            Some(read) => {
                let values = self.means.by_problem(|row| Some(curve.linear(&read, x(row), row)));
                self.means.interval(&pass, &ByProblem { values, range: (0.0, 1.0), is_mean: false })
            }
        };
        let against = match (tree(all), other(all)) {
            (Some(here), Some(there)) => Figure::Value(self.compared(&pass, &drawn, false, |row| {
                let other = match baseline {
                    Baseline::IidStaged => staged.linear(&here, &there, (x(row), all), row),
                    Baseline::Iid | Baseline::IidSequential => others[0].curve.linear(&there, x(row), row),
                };
                [curve.linear(&here, x(row), row), other]
            })),
            _ => Figure::Absent(outside()),
        };
        AtBudget {
            pass_rate: Figure::or_absent(pass.value, outside),
            interval,
            baseline_pass_rate: Figure::or_absent(drawn.value, outside),
            against,
        }
    }
}

/// Figures at a mean cost.
pub(crate) struct AtBudget {
    pub(crate) pass_rate: Figure,
    pub(crate) interval: Figure<Interval>,
    pub(crate) baseline_pass_rate: Figure,
    pub(crate) against: Figure<Against>,
}

impl AtBudget {
    fn absent(why: &str) -> Self {
        let absent = || Figure::Absent(why.to_owned());
        let (interval, against) = (Figure::Absent(why.to_owned()), Figure::Absent(why.to_owned()));
        Self { pass_rate: absent(), interval, baseline_pass_rate: absent(), against }
    }
}

/// A baseline that is another one for each `n_p`: between two of the tree's points it lies between theirs.
struct Staged<'a> {
    tree: &'a Curve,
    others: &'a [Reading],
}

impl Staged<'_> {
    fn read(&self, tree: &Read, means: View<'_>) -> Option<Read> {
        let below = self.others[tree.low].read(means).ok()?.value;
        let (above, share) = match tree.share {
            0.0 => (below, 0.0),
            share => (self.others[tree.low + 1].read(means).ok()?.value, share),
        };
        let run = if share > 0.0 { self.tree.x_at(tree.low + 1, means) - self.tree.x_at(tree.low, means) } else { 1.0 };
        Some(Read { value: below + (above - below) * share, slope: (above - below) / run, ..*tree })
    }

    /// What a problem adds to what was `read` at the place `tree` of the tree's curve, by the means of `all`.
    fn linear(&self, tree: &Read, read: &Read, (x, all): (f64, View<'_>), row: View<'_>) -> f64 {
        let at = |place: usize| {
            let reading = &self.others[place];
            reading.read(all).map_or(0.0, |read| reading.linear(&read, row))
        };
        let between = |of: &dyn Fn(usize) -> f64| match tree.share {
            0.0 => of(tree.low),
            share => of(tree.low) + (of(tree.low + 1) - of(tree.low)) * share,
        };
        between(&at) + read.slope * (x - between(&|place| self.tree.x_at(place, row)))
    }
}
