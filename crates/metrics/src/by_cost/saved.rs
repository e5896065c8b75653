//! Budget saved: how much less one way of spending costs than another until it reaches a pass rate.
//!
//! Both are curves of pass rates by mean cost, linear between their points. `C(r)` is the least cost at which a curve
//! reaches the rate `r`; what is saved is `1 - C(r) / C_baseline(r)`, and the factor is `C_baseline(r) / C(r)`. A curve
//! that ends below the rate never reaches it; one that begins above it would have reached it for less than anybody
//! paid. Either way nothing is saved and nothing lost: the figure is absent.

use super::{ByCost, Line, Point, Shape};
use crate::bootstrap::{ByProblem, Means, Resampling, Table, View};
use crate::{Baseline, Estimate, Figure, Interval, Options, Order, Sample, TokenDefinition};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// The rate that is to be reached.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Target {
    /// A pass rate.
    Rate(f64),
    /// The best that the baseline comes to: in each resample its own.
    BaselinesBest,
}

/// What is saved on the way to one rate.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Saved {
    /// The rate.
    pub rate: Figure,
    /// Whether that is the best that the baseline comes to.
    pub is_baselines_best: bool,
    /// Least mean cost of a problem at which the curve reaches the rate.
    pub cost: Figure,
    /// The same of the baseline.
    pub baseline_cost: Figure,
    /// `1 - cost / baseline_cost`, both resampled together.
    pub saved: Estimate,
    /// `baseline_cost / cost`, with the same interval turned around.
    pub factor: Estimate,
    /// Resamples of the problems in which one of the curves does not reach the rate.
    pub absent_resamples: u64,
    /// All resamples.
    pub resamples: u64,
}

/// What a shape of trees saves against independent programs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BudgetSaved {
    /// `all` or a difficulty.
    pub group: String,
    /// Order of drawing.
    pub order: Order,
    /// Feedbacks per failing program.
    pub n_f: u32,
    /// Repairs per feedback.
    pub n_r: u32,
    /// What counts as a token.
    pub token_definition: TokenDefinition,
    /// The independent programs: all paid for, or one by one until one passes.
    pub baseline: Baseline,
    /// The rate that is to be reached.
    pub rate: Figure,
    /// Whether that is the best that the baseline comes to.
    pub is_baselines_best: bool,
    /// Least mean cost of a problem at which the trees reach the rate.
    pub cost: Figure,
    /// The same of the baseline.
    pub baseline_cost: Figure,
    /// `1 - cost / baseline_cost`, both resampled together.
    pub saved: Estimate,
    /// `baseline_cost / cost`, with the same interval turned around.
    pub factor: Estimate,
    /// Resamples of the problems in which one of the curves does not reach the rate.
    pub absent_resamples: u64,
    /// All resamples.
    pub resamples: u64,
}

/// A row for each shape, definition, baseline and rate.
pub(super) fn rows(
    group: &str,
    curves: &ByCost,
    shapes: &BTreeSet<Shape>,
    definitions: &[TokenDefinition],
    options: &Options,
) -> Vec<BudgetSaved> {
    let targets: Vec<Target> =
        options.reach.iter().map(|rate| Target::Rate(*rate)).chain([Target::BaselinesBest]).collect();
    let mut rows = vec![];
    for (order, n_f, n_r) in shapes.iter().copied().filter(|(_, n_f, _)| *n_f > 0) {
        for definition in definitions {
            let Some(line) = curves.shape((order, n_f, n_r), *definition) else { continue };
            for baseline in baselines(order) {
                let Some(independent) = curves.independent(*baseline, *definition) else { continue };
                rows.extend(targets.iter().map(|target| {
                    let found = saved(&curves.means, line, independent, *target);
                    row(group, (order, n_f, n_r), (*definition, *baseline), found)
                }));
            }
        }
    }
    rows
}

fn row(
    group: &str,
    (order, n_f, n_r): Shape,
    (token_definition, baseline): (TokenDefinition, Baseline),
    found: Saved,
) -> BudgetSaved {
    let Saved { rate, is_baselines_best, cost, baseline_cost, saved, factor, absent_resamples, resamples } = found;
    BudgetSaved {
        group: group.to_owned(),
        order,
        n_f,
        n_r,
        token_definition,
        baseline,
        rate,
        is_baselines_best,
        cost,
        baseline_cost,
        saved,
        factor,
        absent_resamples,
        resamples,
    }
}

/// Programs that are all paid for, and where the trees stop at a pass such as stop there too.
fn baselines(order: Order) -> &'static [Baseline] {
    match order {
        Order::Batch => &[Baseline::Iid],
        Order::Dfs | Order::Bfs => &[Baseline::IidSequential, Baseline::Iid],
    }
}

/// What a curve saves against a baseline, of any two ways of spending on the same problems: of each problem, in one order
/// of the problems, the points of both, each a mean cost and a pass rate, by rising cost. `name` sets the resampling
/// apart from others of the run.
///
/// Where problems have unequal numbers of points, the first so many count that all have.
pub fn budget_saved(
    curve: &[Vec<(f64, f64)>],
    baseline: &[Vec<(f64, f64)>],
    targets: &[Target],
    (name, sample): (&str, Sample),
    options: &Options,
) -> Vec<Saved> {
    let mut table = Table::default();
    let mut line = |by_problem: &[Vec<(f64, f64)>]| -> Line {
        let count = by_problem.iter().map(Vec::len).min().unwrap_or(0);
        let point = |place: usize| {
            let cost = table.add(by_problem.iter().map(|points| Some(points[place].0)))?;
            let pass = table.add(by_problem.iter().map(|points| Some(points[place].1)))?;
            Some(Point { cost, times: 1.0, pass })
        };
        (0..count).map_while(point).collect()
    };
    let (line, baseline) = if curve.len() == baseline.len() { (line(curve), line(baseline)) } else { (vec![], vec![]) };
    let Options { resamples: times, seed, .. } = *options;
    let means = table.means(Resampling { times, seed, name, sample });
    targets.iter().map(|target| saved(&means, &line, &baseline, *target)).collect()
}

/// Rates closer than this are equal.
const EQUAL: f64 = 1e-12;

/// Why a curve has no cost at a rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unreached {
    /// It has no point.
    Empty,
    /// Its last point lies below.
    EndsBelow,
    /// Its first point lies above.
    BeginsAbove,
}

/// The least cost at which a curve reaches a rate.
fn reach(line: &[Point], rate: f64, means: View<'_>) -> Result<f64, Unreached> {
    let first = line.first().ok_or(Unreached::Empty)?;
    if means.mean(first.pass) > rate + EQUAL {
        return Err(Unreached::BeginsAbove);
    }
    let there = line.iter().position(|point| means.mean(point.pass) >= rate - EQUAL).ok_or(Unreached::EndsBelow)?;
    let (cost, pass) = (line[there].cost(means), means.mean(line[there].pass));
    let Some(before) = there.checked_sub(1).map(|before| line[before]) else { return Ok(cost) };
    let (below, from) = (before.cost(means), means.mean(before.pass));
    Ok(below + (cost - below) * ((rate - from) / (pass - from)).clamp(0.0, 1.0))
}

/// The rate of a target, by some means.
fn rate(target: Target, baseline: &[Point], means: View<'_>) -> Option<f64> {
    match target {
        Target::Rate(rate) => Some(rate),
        Target::BaselinesBest => baseline.iter().map(|point| means.mean(point.pass)).reduce(f64::max),
    }
}

pub(super) fn saved(means: &Means, line: &[Point], baseline: &[Point], target: Target) -> Saved {
    let all = means.all_if_any();
    let wanted = all.and_then(|all| rate(target, baseline, all));
    let told = |unreached: Unreached, whose: &str| match (unreached, wanted) {
        (Unreached::Empty, _) | (_, None) => format!("{whose} has no point"),
        (Unreached::EndsBelow, Some(rate)) => format!("{whose} ends below a pass rate of {}", shown(rate)),
        (Unreached::BeginsAbove, Some(rate)) => format!("{whose} begins above a pass rate of {}", shown(rate)),
    };
    let cost_of = |line: &[Point], whose: &str| match all.zip(wanted) {
        None => Err(told(Unreached::Empty, whose)),
        Some((all, rate)) => reach(line, rate, all).map_err(|unreached| told(unreached, whose)),
    };
    let (cost, baseline_cost) = (cost_of(line, "the curve"), cost_of(baseline, "the baseline"));
    let draws = means.draws(|view| {
        let rate = rate(target, baseline, view)?;
        let (cost, other) = (reach(line, rate, view).ok()?, reach(baseline, rate, view).ok()?);
        (cost > 0.0 && other > 0.0).then(|| 1.0 - cost / other)
    });
    let (absent_resamples, resamples) = draws.absent();
    let saved = match (draws.value, &cost, &baseline_cost) {
        (Some(value), ..) => {
            let values = means.pseudo_values(&draws, |_| true);
            let range = all.map_or((value, value), |all| range(line, baseline, all, value));
            let problems = ByProblem { values, range, is_mean: false };
            Estimate { value: Figure::Value(value), interval: means.interval(&draws, &problems) }
        }
        (None, Err(why), _) | (None, _, Err(why)) => Estimate::absent(why),
        (None, Ok(_), Ok(_)) => Estimate::absent("one of them costs nothing"),
    };
    let factor = match &saved {
        Estimate { value: Figure::Value(value), interval } => {
            Estimate { value: Figure::Value(1.0 / (1.0 - value)), interval: turned(interval) }
        }
        Estimate { value: Figure::Absent(why), .. } => Estimate::absent(why),
    };
    let figure = |cost: Result<f64, String>| cost.map_or_else(Figure::Absent, Figure::Value);
    Saved {
        rate: Figure::or_absent(wanted, || "the baseline has no point".to_owned()),
        is_baselines_best: target == Target::BaselinesBest,
        cost: figure(cost),
        baseline_cost: figure(baseline_cost),
        saved,
        factor,
        absent_resamples,
        resamples,
    }
}

/// A rate with at most six decimals.
fn shown(rate: f64) -> f64 {
    (rate * 1e6).round() / 1e6
}

/// Between what lies whatever the two curves could save: the dearest point of one beside the cheapest of the other.
fn range(line: &[Point], baseline: &[Point], all: View<'_>, value: f64) -> (f64, f64) {
    let ends = |line: &[Point]| Some((line.first()?.cost(all), line.last()?.cost(all)));
    match ends(line).zip(ends(baseline)) {
        Some(((cheapest, dearest), (low, high))) if low > 0.0 => (1.0 - dearest / low, 1.0 - cheapest / high),
        _ => (value, value),
    }
}

/// The interval of the factor `1 / (1 - x)`, from that of `x`.
fn turned(interval: &Figure<Interval>) -> Figure<Interval> {
    match interval {
        Figure::Value(Interval { low, high, few_informative }) if *high < 1.0 => Figure::Value(Interval {
            low: 1.0 / (1.0 - low),
            high: 1.0 / (1.0 - high),
            few_informative: *few_informative,
        }),
        Figure::Value(_) => Figure::Absent("all of the budget may be saved: the factor has no upper end".to_owned()),
        Figure::Absent(why) => Figure::Absent(why.clone()),
    }
}

#[cfg(test)]
mod tests;
