//! The means over one group's problems that rows of pass@t are made of, and their resamples.

mod at_budget;
mod points;

pub(crate) use at_budget::AtBudget;

use crate::amounts::{LANES, Lane};
use crate::baseline::{Read, Unmatched, Unreadable};
use crate::bootstrap::{ByProblem, Column, Draws, Means, Resampling, Table, View};
use crate::evaluated::{Evaluated, Variant};
use crate::reading::{Curve, Spacing};
use crate::same_problems::Within;
use crate::{Axis, Baseline, Figure, Interval, Order, Setting, TokenDefinition};
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
        resampling: Resampling<'_>,
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
        let means = table.means(resampling);
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
        Some((self.means.all().mean(column), self.means.interval_of(column, (0.0, 1.0))))
    }

    /// The variance of each problem's own pass rate; `None` for estimators that have none.
    pub(crate) fn within(&self, setting: Setting) -> Option<Vec<Within>> {
        self.problems.iter().map(|problem| problem.within(setting)).collect()
    }

    /// Mean cost of a setting on an axis; `None` if some count is unknown.
    pub(crate) fn cost(&self, order: Order, setting: Setting, lane: Lane) -> Option<f64> {
        let beyond = self.columns.cost.get(&(order, setting))?[lane.index()]?;
        Some(self.means.all().mean(self.columns.program[lane.index()]?) + self.means.all().mean(beyond))
    }

    /// The baseline at a setting's place.
    pub(crate) fn against(
        &self,
        order: Order,
        setting: Setting,
        (baseline, axis): (Baseline, Axis),
        lane: Lane,
    ) -> Result<Against, Unmatched> {
        let reading = self.reading(order, setting, (baseline, axis), lane);
        let reading = reading.ok_or_else(|| Unmatched::because(unknown(lane)))?;
        let all = self.means.all();
        let count = self.columns.iid_pass.len();
        let read = reading.read(all).map_err(|why| why.told(axis, count))?;
        let column = self.columns.pass[&setting];
        let pass = self.means.draws(|means| Some(means.mean(column)));
        let other = self.means.draws(|means| Some(reading.read(means).ok()?.value));
        let linear = |row: View<'_>| [row.mean(column), reading.linear(&read, row)];
        // Along the axis of sizes the baseline is read at one of its points, whichever problems are drawn.
        Ok(self.compared(&pass, &other, axis == Axis::Size, linear))
    }

    /// A pass rate beside another: their difference and their ratio. `linear` is what each problem adds to either.
    fn compared(&self, pass: &Draws, other: &Draws, is_mean: bool, linear: impl Fn(View<'_>) -> [f64; 2]) -> Against {
        let value = other.value.unwrap_or_default();
        let by_problem = |of: &dyn Fn(f64, f64) -> f64| {
            self.means.by_problem(|row| {
                let [pass, other] = linear(row);
                Some(of(pass, other))
            })
        };
        let difference = ByProblem { values: by_problem(&|pass, other| pass - other), range: (-1.0, 1.0), is_mean };
        let quotient = |pass: f64, other: f64| (other > 0.0).then(|| pass / other);
        let quotients = pass.with(other, quotient);
        let normalised = match quotients.value {
            None => Figure::Absent(SOLVES_NOTHING.to_owned()),
            Some(ratio) => {
                let values = by_problem(&|pass, other| ratio + (pass - ratio * other) / value);
                let range = (ratio - ratio / value, ratio + 1.0 / value);
                let interval = self.means.interval(&quotients, &ByProblem { values, range, is_mean: false });
                match interval {
                    Figure::Value(interval) => Figure::Value(Interval { low: interval.low.max(0.0), ..interval }),
                    Figure::Absent(why) => Figure::Absent(why),
                }
            }
        };
        let differences = pass.with(other, |pass, other| Some(pass - other));
        Against { value, difference: self.means.interval(&differences, &difference), normalised }
    }

    /// The points of all first programs, paid for or in turn; `None` if some count is unknown.
    fn own_curve(&self, baseline: Baseline, lane: Lane) -> Option<Curve> {
        let lane = lane.index();
        let spacing = match baseline {
            Baseline::IidSequential => {
                Spacing::Each(self.columns.sequential.iter().map(|cost| cost[lane]).collect::<Option<_>>()?)
            }
            Baseline::Iid | Baseline::IidStaged => Spacing::Equal(Some(self.columns.program[lane]?)),
        };
        Some(Curve { pass: self.columns.iid_pass.clone(), spacing })
    }

    /// Where a baseline is read; `None` if some count is unknown.
    fn reading(
        &self,
        order: Order,
        setting: Setting,
        (baseline, axis): (Baseline, Axis),
        lane: Lane,
    ) -> Option<Reading> {
        if axis == Axis::Size {
            let curve = Curve { pass: self.columns.iid_pass.clone(), spacing: Spacing::Unit };
            return Some(Reading { x: Place::Fixed(setting.size() as f64 - 1.0), curve });
        }
        let place = lane.index();
        if baseline != Baseline::IidStaged {
            let x = Place::Mean(self.columns.cost.get(&(order, setting))?[place]?);
            return Some(Reading { x, curve: self.own_curve(baseline, lane)? });
        }
        let further = match self.columns.further.get(setting.n_p as usize) {
            Some(further) => Some(further[place]?),
            None => None,
        };
        let pass = self.columns.iid_pass[setting.n_p as usize - 1..].to_vec();
        let x = Place::Mean(self.columns.repairs.get(&setting)?[place]?);
        Some(Reading { x, curve: Curve { pass, spacing: Spacing::Equal(further) } })
    }
}

/// A baseline at a place, and how a tree compares with it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Against {
    pub(crate) value: f64,
    pub(crate) difference: Figure<Interval>,
    pub(crate) normalised: Figure<Interval>,
}

/// How to read a baseline.
#[derive(Debug)]
struct Reading {
    x: Place,
    curve: Curve,
}

#[derive(Debug)]
enum Place {
    Mean(Column),
    Fixed(f64),
}

impl Reading {
    fn x(&self, means: View<'_>) -> f64 {
        match self.x {
            Place::Mean(column) => means.mean(column),
            Place::Fixed(x) => x,
        }
    }

    fn read(&self, means: View<'_>) -> Result<Read, Unreadable> {
        self.curve.read(self.x(means), means)
    }

    fn linear(&self, read: &Read, row: View<'_>) -> f64 {
        self.curve.linear(read, self.x(row), row)
    }
}

/// Why there is no quotient of pass rates.
pub(crate) const SOLVES_NOTHING: &str = "the baseline solves nothing";

/// Why a cost is not known.
pub(crate) fn unknown(lane: Lane) -> String {
    match lane {
        Lane::Tokens(TokenDefinition::Dollars) => "the price of some completions is unknown".to_owned(),
        Lane::Tokens(definition) => format!("the `{definition}` tokens of some completions are unknown"),
        Lane::Programs => "the number of programs is unknown".to_owned(),
    }
}
