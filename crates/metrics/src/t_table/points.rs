//! The points of the baselines themselves: what so many first programs cost and solve.

use super::TTable;
use crate::amounts::Lane;
use crate::{Baseline, Figure, Interval};

/// A point of a baseline over one group.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Point {
    pub(crate) k: u32,
    pub(crate) cost: f64,
    pub(crate) pass: f64,
    pub(crate) interval: Figure<Interval>,
}

impl TTable<'_> {
    /// The intervals of what 1, 2, ... first programs solve: the same whatever these cost, and dear to work out.
    pub(crate) fn sampling_intervals(&self) -> Vec<Figure<Interval>> {
        self.columns.iid_pass.iter().map(|column| self.means.interval_of(*column, (0.0, 1.0))).collect()
    }

    /// The points of a baseline, for trees of `n_p` first programs where it stops as these do; nothing where some count is
    /// unknown. Those are the points between which a tree's place is read.
    ///
    /// `intervals` are those of [`TTable::sampling_intervals`].
    pub(crate) fn points(
        &self,
        baseline: Baseline,
        n_p: u32,
        lane: Lane,
        intervals: &[Figure<Interval>],
    ) -> Vec<Point> {
        let lane = lane.index();
        let all = self.means.all();
        let Some(program) = self.columns.program[lane].map(|column| all.mean(column)) else { return vec![] };
        let further = self.columns.further.get(n_p as usize).and_then(|cost| cost[lane]).map(|column| all.mean(column));
        let cost = |k: u32| match baseline {
            Baseline::Iid => Some(program * f64::from(k)),
            Baseline::IidSequential => {
                self.columns.sequential.get(k as usize - 1)?[lane].map(|column| program + all.mean(column))
            }
            Baseline::IidStaged if k < n_p => None,
            Baseline::IidStaged if k == n_p => Some(program * f64::from(n_p)),
            Baseline::IidStaged => further.map(|further| program * f64::from(n_p) + further * f64::from(k - n_p)),
        };
        let point = |(place, column): (usize, &crate::bootstrap::Column)| {
            let k = place as u32 + 1;
            let interval = intervals.get(place)?.clone();
            Some(Point { k, cost: cost(k)?, pass: all.mean(*column), interval })
        };
        self.columns.iid_pass.iter().enumerate().filter_map(point).collect()
    }
}
