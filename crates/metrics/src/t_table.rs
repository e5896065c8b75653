//! The means over one group's problems that rows of pass@t are made of, and their resamples.

use crate::amounts::{LANES, Lane};
use crate::baseline::{self, Unmatched, Unreadable};
use crate::bootstrap::{Column, Means, Table, View};
use crate::evaluated::{Evaluated, Variant};
use crate::{Axis, Baseline, Figure, Interval, Order, Setting, TokenDefinition, same_problems};
use std::collections::{BTreeMap, BTreeSet};

/// A cost on each axis; `None` where some count is unknown.
type Cost = [Option<Column>; LANES];

/// One group by one variant.
pub(crate) struct TTable<'a> {
    problems: Vec<&'a Evaluated<'a>>,
    means: Means,
    columns: Columns,
}

#[derive(Default)]
struct Columns {
    /// One first program.
    program: Cost,
    pass: BTreeMap<Setting, Column>,
    /// Beyond one program.
    cost: BTreeMap<(Order, Setting), Cost>,
    /// Batch order: beyond `n_p` programs.
    repairs: BTreeMap<Setting, Cost>,
    /// By `k`, from 1 on.
    iid_pass: Vec<Column>,
    /// Drawn in turn, beyond the first, by `k`.
    sequential: Vec<Cost>,
    /// One further program if the first ones all fail, by their number.
    further: Vec<Cost>,
}

impl<'a> TTable<'a> {
    pub(crate) fn new(
        problems: Vec<&'a Evaluated<'a>>,
        variant: Variant,
        settings: &BTreeSet<(Order, Setting)>,
        (resamples, seed, name): (u32, u64, &str),
    ) -> Self {
        let mut table = Table::default();
        let mut columns = Columns::default();
        let cost = |table: &mut Table, below: bool, of: &dyn Fn(&Evaluated<'a>) -> Option<[f64; LANES]>| -> Cost {
            Lane::ALL.map(|lane| {
                let lane = lane.index();
                table.add(problems.iter().map(|problem| {
                    let known = if below { problem.known.repairs } else { problem.known.programs };
                    Some(of(problem)?[lane]).filter(|_| known[lane])
                }))
            })
        };
        let n_min = problems.iter().map(|problem| problem.problem.n()).min().unwrap_or(0) as usize;
        let iid: Vec<Vec<_>> = problems.iter().map(|problem| problem.iid().take(n_min).collect()).collect();
        for k in 0..n_min {
            columns.iid_pass.extend(table.add(iid.iter().map(|points| Some(points[k].0))));
        }
        let by_place = |points: &dyn Fn(&Evaluated<'a>) -> Vec<[f64; LANES]>, table: &mut Table| -> Vec<Cost> {
            let points: Vec<_> = problems.iter().map(|problem| (problem.known.programs, points(problem))).collect();
            let column = |k: usize, lane: usize, table: &mut Table| {
                table.add(points.iter().map(|(known, points)| Some(points[k][lane]).filter(|_| known[lane])))
            };
            (0..n_min).map(|k| Lane::ALL.map(|lane| column(k, lane.index(), table))).collect()
        };
        columns.sequential = by_place(&|problem| problem.iid().map(|(_, cost)| cost).collect(), &mut table);
        columns.further = by_place(&|problem| problem.draws.iter().map(crate::curve::costs).collect(), &mut table);
        columns.program = columns.further.first().copied().unwrap_or_default();
        for (order, setting) in settings.iter().copied().filter(|(order, _)| variant.has(*order)) {
            if !problems.iter().all(|problem| problem.curve(setting).is_some()) {
                continue;
            }
            let place = setting.n_p as usize - 1;
            let point = |problem: &Evaluated<'a>| problem.curve(setting).map(|curve| curve.points[place]);
            if !columns.pass.contains_key(&setting) {
                let pass = table.add(problems.iter().map(|problem| Some(point(problem)?.pass)));
                columns.pass.extend(pass.map(|pass| (setting, pass)));
            }
            let below = setting.n_f > 0;
            let beyond = |problem: &Evaluated<'a>| Some(problem.curve(setting)?.beyond_program(order, setting.n_p));
            let column = cost(&mut table, below, &beyond);
            columns.cost.insert((order, setting), column);
            if order == Order::Batch {
                let column = cost(&mut table, below, &|problem| Some(point(problem)?.repairs));
                columns.repairs.insert(setting, column);
            }
        }
        let means = table.means(resamples, seed, name);
        Self { problems, means, columns }
    }

    /// Why a setting is absent; `None` if it is there.
    pub(crate) fn why_absent(&self, setting: Setting) -> Option<String> {
        if self.problems.is_empty() {
            return Some("no problem is scored".to_owned());
        }
        let mut shortages = self.problems.iter().filter_map(|problem| {
            problem.collected.check(setting).err().map(|shortage| (&problem.problem.id, shortage))
        });
        shortages.next().map(|(id, shortage)| format!("problem `{id}` {shortage}"))
    }

    pub(crate) fn pass_rate(&self, setting: Setting) -> Option<(f64, Figure<Interval>)> {
        let column = *self.columns.pass.get(&setting)?;
        Some((self.means.all().mean(column), self.means.interval(|means| Some(means.mean(column)))))
    }

    /// The interval of the pass rate if the same problems were sampled again.
    pub(crate) fn same_problems(&self, setting: Setting, pass_rate: f64) -> Figure<Interval> {
        let within: Option<Vec<_>> = self.problems.iter().map(|problem| problem.within(setting)).collect();
        match within {
            Some(within) => same_problems::interval(pass_rate, &within),
            None => Figure::Absent("an interval over the same problems needs the unbiased estimator".to_owned()),
        }
    }

    /// Mean cost of a setting on an axis; `None` if some count is unknown.
    pub(crate) fn cost(&self, order: Order, setting: Setting, lane: Lane) -> Option<f64> {
        let beyond = self.columns.cost.get(&(order, setting))?[lane.index()]?;
        Some(self.means.all().mean(self.columns.program[lane.index()]?) + self.means.all().mean(beyond))
    }

    /// The baseline's pass rate at a setting's place, and the interval of the difference.
    pub(crate) fn against(
        &self,
        order: Order,
        setting: Setting,
        (baseline, axis): (Baseline, Axis),
        lane: Lane,
    ) -> Result<(f64, Figure<Interval>), Unmatched> {
        let unknown = || Unmatched::because(unknown(lane));
        let reading = self.reading(order, setting, (baseline, axis), lane).ok_or_else(unknown)?;
        let pass = self.columns.pass[&setting];
        let count = self.columns.iid_pass.len();
        let value = self.read(&reading, self.means.all()).map_err(|why| why.told(axis, count))?;
        let difference = |means: View<'_>| Some(means.mean(pass) - self.read(&reading, means).ok()?);
        Ok((value, self.means.interval(difference)))
    }

    /// The tree's curve over `n_p`, and that of its baseline, at a mean cost.
    pub(crate) fn at_budget(&self, order: Order, (n_f, n_r): (u32, u32), lane: Lane, budget: f64) -> AtBudget {
        let points: Option<Vec<(Column, Column)>> = (1..)
            .map(|n_p| Setting { n_p, n_f, n_r })
            .map_while(|setting| Some((self.columns.pass.get(&setting)?, self.columns.cost.get(&(order, setting))?)))
            .map(|(pass, cost)| Some((cost[lane.index()]?, *pass)))
            .collect();
        let iid = |k: usize| -> Option<(Column, Column)> {
            Some((self.columns.sequential[k][lane.index()]?, self.columns.iid_pass[k]))
        };
        let iid: Option<Vec<_>> = (0..self.columns.iid_pass.len()).map(iid).collect();
        let Some(((points, iid), program)) = points.zip(iid).zip(self.columns.program[lane.index()]) else {
            return AtBudget::absent(&unknown(lane));
        };
        let tree = |means: View<'_>| {
            let x = budget - means.mean(program);
            let x_at = |place: usize| means.mean(points[place].0);
            read_inside(x, points.len(), x_at, |place| means.mean(points[place].1))
        };
        let baseline = |means: View<'_>| {
            let x = budget - means.mean(program);
            let x_at = |place: usize| match order {
                Order::Batch => place as f64 * means.mean(program),
                Order::Dfs | Order::Bfs => means.mean(iid[place].0),
            };
            read_inside(x, iid.len(), x_at, |place| means.mean(iid[place].1))
        };
        let figure = |of: &dyn Fn(View<'_>) -> Option<f64>| {
            let outside = || "the budget lies outside of what was collected".to_owned();
            let value = Figure::or_absent(of(self.means.all()), outside);
            let interval = match &value {
                Figure::Value(_) => self.means.interval(of),
                Figure::Absent(why) => Figure::Absent(why.clone()),
            };
            (value, interval)
        };
        AtBudget {
            tree: figure(&tree),
            baseline: figure(&baseline),
            difference: figure(&|means| Some(tree(means)? - baseline(means)?)),
        }
    }

    /// Where a baseline is read; `None` if some count is unknown.
    fn reading(
        &self,
        order: Order,
        setting: Setting,
        (baseline, axis): (Baseline, Axis),
        lane: Lane,
    ) -> Option<Reading> {
        let lane = lane.index();
        if axis == Axis::Size {
            let x = Place::Fixed(setting.size() as f64 - 1.0);
            return Some(Reading { x, first: 0, points: Points::Unit });
        }
        let cost = || Some(Place::Mean(self.columns.cost.get(&(order, setting))?[lane]?));
        Some(match baseline {
            Baseline::Iid => Reading { x: cost()?, first: 0, points: Points::Equal(Some(self.columns.program[lane]?)) },
            Baseline::IidSequential => Reading { x: cost()?, first: 0, points: Points::Sequential(lane) },
            Baseline::IidStaged => {
                let further = match self.columns.further.get(setting.n_p as usize) {
                    Some(further) => Some(further[lane]?),
                    None => None,
                };
                let x = Place::Mean(self.columns.repairs.get(&setting)?[lane]?);
                Reading { x, first: setting.n_p as usize - 1, points: Points::Equal(further) }
            }
        })
    }

    fn read(&self, reading: &Reading, means: View<'_>) -> Result<f64, Unreadable> {
        let x = match reading.x {
            Place::Mean(column) => means.mean(column),
            Place::Fixed(x) => x,
        };
        let step = match reading.points {
            Points::Equal(Some(column)) => means.mean(column),
            // Only the first point is there.
            Points::Equal(None) => 0.0,
            Points::Unit | Points::Sequential(_) => 1.0,
        };
        let x_at = |place: usize| match reading.points {
            Points::Sequential(lane) => {
                self.columns.sequential[place][lane].map_or(f64::INFINITY, |column| means.mean(column))
            }
            Points::Unit | Points::Equal(_) => place as f64 * step,
        };
        let pass = &self.columns.iid_pass[reading.first..];
        baseline::pass_rate(x, pass.len(), x_at, |place| means.mean(pass[place]))
    }
}

/// Figures at a mean cost, each with its interval.
pub(crate) struct AtBudget {
    pub(crate) tree: (Figure, Figure<Interval>),
    pub(crate) baseline: (Figure, Figure<Interval>),
    pub(crate) difference: (Figure, Figure<Interval>),
}

impl AtBudget {
    fn absent(why: &str) -> Self {
        let absent = || (Figure::Absent(why.to_owned()), Figure::Absent(why.to_owned()));
        Self { tree: absent(), baseline: absent(), difference: absent() }
    }
}

/// A curve at `x`, which may lie before its first point.
fn read_inside(x: f64, count: usize, x_at: impl Fn(usize) -> f64, pass_at: impl Fn(usize) -> f64) -> Option<f64> {
    if count == 0 || x < x_at(0) {
        return None;
    }
    baseline::pass_rate(x, count, x_at, pass_at).ok()
}

/// How to read a baseline.
struct Reading {
    x: Place,
    /// Its first point, as a place among those of all `k`.
    first: usize,
    points: Points,
}

enum Place {
    Mean(Column),
    Fixed(f64),
}

/// How far apart the points of a baseline are.
enum Points {
    /// One program each.
    Unit,
    /// A mean cost each; `None` if there is but one point.
    Equal(Option<Column>),
    /// Programs in turn.
    Sequential(usize),
}

/// Why a cost is not known.
pub(crate) fn unknown(lane: Lane) -> String {
    match lane {
        Lane::Tokens(TokenDefinition::Dollars) => "the price of some completions is unknown".to_owned(),
        Lane::Tokens(definition) => format!("the `{definition}` tokens of some completions are unknown"),
        Lane::Programs => "the number of programs is unknown".to_owned(),
    }
}
