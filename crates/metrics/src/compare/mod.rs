//! Two runs on the same problems: paired differences, and whether they are more than chance.
//!
//! A [`Side`] is what a comparison needs of a run, so that the trees of many runs need not be held at once; [`compare`]
//! sets the first run against each of the others. Everything is a difference of means over common problems, the second
//! run minus the first, resampled with both runs' numbers side by side.

mod changes;
mod columns;
mod common;
mod draws;
mod metric;
mod paired;
mod side;
mod significance;
mod student;

pub use changes::{Flip, OfBoth, TreeOfBoth};
pub use common::{Common, Ground, Refusal, SAME_PROGRAMS};
pub use draws::Method;
pub use metric::{CostAxis, Metric, Shape, UnknownMetric};
pub use paired::{Clustered, Equal, IntervalMethod, PairedFigure, Subject};
pub use side::{Program, ProgramPlace, Side};
pub use significance::mcnemar;

pub(crate) use columns::{Column, Paired};
pub(crate) use common::{matched, refusals, remarks};
pub(crate) use draws::{Units, resample};
pub(crate) use metric::Both;
pub(crate) use paired::{ONE_SIDED, POWER, Spread, clustered};
pub(crate) use side::OfProblem;
pub(crate) use student::quantile as student_quantile;

use crate::bootstrap::Draws;
use crate::group::ALL;
use crate::same_problems::{self, variance};
use crate::{Figure, Interval, Order, RunLabels, Sample, Selection, k_rows, pass_at_k};
use mend_core::ProblemId;
use paired::Made;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// What to compare.
#[derive(Debug, Clone)]
pub struct CompareOptions {
    /// The figures; the usual ones if there are none. The first, over all problems, is the one that the comparison is
    /// about.
    pub metrics: Vec<Metric>,
    /// In which order trees are drawn.
    pub order: Order,
    /// Feedbacks of each failing program; what each run collected if nothing is said.
    pub n_f: Option<u32>,
    /// Repairs of each feedback.
    pub n_r: Option<u32>,
    /// Mean costs at which curves are read; those of the first run's curve if there are none.
    pub at: Vec<f64>,
    /// Resamples behind each interval.
    pub resamples: u32,
    /// Seed of resampling and flips.
    pub seed: u64,
    /// Problems that belong together, and by what.
    pub clusters: Option<Clusters>,
    /// What the runs may differ in.
    pub allowed: BTreeSet<Ground>,
    /// Whether problems that differ are left out, so that data may differ.
    pub common: bool,
}

impl Default for CompareOptions {
    fn default() -> Self {
        Self {
            metrics: vec![],
            order: Order::Batch,
            n_f: None,
            n_r: None,
            at: vec![],
            resamples: 2_000,
            seed: 0,
            clusters: None,
            allowed: BTreeSet::new(),
            common: false,
        }
    }
}

/// Which problems belong together. A problem that is not named stands by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clusters {
    /// By what, in a word.
    pub by: String,
    /// The cluster of each problem.
    pub of: BTreeMap<ProblemId, String>,
}

/// One run against others.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Comparison {
    /// The run that others are compared with.
    pub a: RunLabels,
    /// The others, in the order in which they were named.
    pub pairs: Vec<PairOfRuns>,
    /// By what problems were clustered; `None` if they were not.
    pub clustered_by: Option<String>,
    /// Seed of resampling and flips.
    pub seed: u64,
    /// Differences for which p-values were corrected.
    pub family: u32,
}

/// Two runs.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PairOfRuns {
    /// The second run.
    pub b: RunLabels,
    /// The problems of both.
    pub common: Common,
    /// What the runs differ in though it decides numbers, because somebody allowed it. It stands beside every figure.
    pub different: Vec<Refusal>,
    /// What weakens the comparison: a sentence each.
    pub remarks: Vec<String>,
    /// The differences: the first over all problems is what the comparison is about.
    pub figures: Vec<PairedFigure>,
    /// Problems that one run solves more often than the other.
    pub flips: Vec<Flip>,
    /// Every matched problem, in the first run's order.
    #[serde(skip)]
    pub problems: Vec<OfBoth>,
    /// How often trees with so many first programs solve each of these problems, for as many as both runs have.
    #[serde(skip)]
    pub trees: Vec<TreeOfBoth>,
    /// Whether both runs are complete.
    pub complete: bool,
}

impl PairOfRuns {
    /// What the runs differ in though it decides numbers, as files have it.
    pub fn different_words(&self) -> String {
        let grounds: BTreeSet<Ground> = self.different.iter().filter_map(|refusal| refusal.ground).collect();
        grounds.into_iter().map(Ground::as_str).collect::<Vec<_>>().join("+")
    }
}

/// Why some run is not compared with the first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// Id of that run.
    pub run: String,
    /// Every reason.
    pub refusals: Vec<Refusal>,
}

/// The first run against each of the others; why not, if some cannot be compared with it.
pub fn compare(a: &Side, others: &[Side], options: &CompareOptions) -> Result<Comparison, Vec<Refused>> {
    let mut refused = vec![];
    let mut pairs = vec![];
    for b in others {
        let with_changed = !options.common && options.allowed.contains(&Ground::Data);
        let (both, common) = common::matched(a, b, with_changed);
        let (different, refusals): (Vec<Refusal>, Vec<Refusal>) = common::refusals(a, b, &common, options.common)
            .into_iter()
            .partition(|refusal| refusal.ground.is_some_and(|ground| options.allowed.contains(&ground)));
        if !refusals.is_empty() {
            refused.push(Refused { run: b.labels.id.clone(), refusals });
            continue;
        }
        pairs.push(PairOfRuns {
            b: b.labels.clone(),
            common,
            different,
            remarks: common::remarks(a, b, &both),
            figures: figures(a, b, &both, options),
            flips: changes::flips(&both),
            problems: both.iter().map(|both| OfBoth::of(*both)).collect(),
            trees: trees(&both, options),
            complete: a.is_complete() && b.is_complete(),
        });
    }
    if !refused.is_empty() {
        return Err(refused);
    }
    let family = correct(&mut pairs);
    Ok(Comparison {
        a: a.labels.clone(),
        pairs,
        clustered_by: options.clusters.as_ref().map(|clusters| clusters.by.clone()),
        seed: options.seed,
        family,
    })
}

/// Corrects p-values for their number. The first difference of all stands outside.
fn correct(pairs: &mut [PairOfRuns]) -> u32 {
    let single = pairs.len() == 1;
    let mut figures: Vec<&mut PairedFigure> = pairs.iter_mut().flat_map(|pair| &mut pair.figures).collect();
    let first = usize::from(single);
    let family: Vec<usize> =
        (first.min(figures.len())..figures.len()).filter(|place| figures[*place].p.value().is_some()).collect();
    let ps: Vec<f64> = family.iter().filter_map(|place| figures[*place].p.value().copied()).collect();
    for (place, p) in family.iter().zip(significance::holm(&ps)) {
        figures[*place].p_holm = Some(p);
    }
    family.len() as u32
}

/// Trees of one shape in both runs. Nothing where no pass@t can be had.
fn trees(both: &[Both<'_>], options: &CompareOptions) -> Vec<TreeOfBoth> {
    let scored: Vec<usize> = (0..both.len()).filter(|place| both[*place].0.n() > 0 && both[*place].1.n() > 0).collect();
    let of: Vec<Both<'_>> = scored.iter().map(|place| both[*place]).collect();
    if of.is_empty() {
        return vec![];
    }
    let Ok(trees) = metric::of_trees(&of, CostAxis::Programs, options.order, (options.n_f, options.n_r)) else {
        return vec![];
    };
    let is_whole = |column: &&Column| column.a.len() == of.len() && column.b.len() == of.len();
    let tree = |(n_p, column): (u32, &Column)| {
        let mut rates = vec![None; both.len()];
        for (place, (a, b)) in scored.iter().zip(column.a.iter().zip(&column.b)) {
            rates[*place] = Some((*a, *b));
        }
        TreeOfBoth { n_p, rates }
    };
    (1..).zip(trees.curves.pass.iter().take_while(is_whole)).map(tree).collect()
}

/// A figure before it is drawn.
#[derive(Clone)]
struct Planned {
    subject: Subject,
    /// Problems of the group behind it, by their place among the matched ones.
    problems: Vec<usize>,
    figure: Result<Paired, String>,
}

fn figures(a: &Side, b: &Side, both: &[Both<'_>], options: &CompareOptions) -> Vec<PairedFigure> {
    let metrics = if options.metrics.is_empty() {
        let scored: Vec<Both<'_>> = both.iter().copied().filter(|(a, b)| a.n() > 0 && b.n() > 0).collect();
        metric::usual(a, b, &scored)
    } else {
        options.metrics.clone()
    };
    let sample = sample(a, b);
    let shares = common::shares_programs(both);
    let mut rows = vec![];
    for group in groups(both) {
        let members: Vec<usize> = (0..both.len())
            .filter(|place| group == ALL || both[*place].0.entry.difficulty.as_deref() == Some(&group))
            .collect();
        let planned: Vec<Planned> =
            metrics.iter().flat_map(|metric| plan(*metric, &group, &members, both, options)).collect();
        rows.extend(drawn(&group, &planned, both, &members, sample, shares, options));
    }
    rows
}

/// `all`, then each difficulty.
fn groups(both: &[Both<'_>]) -> Vec<String> {
    let difficulties: BTreeSet<&str> =
        both.iter().filter_map(|(a, _)| a.entry.difficulty.as_deref()).filter(|name| *name != ALL).collect();
    // Where all problems are alike in that, one group says it.
    let difficulties = if difficulties.len() > 1 { difficulties } else { BTreeSet::new() };
    std::iter::once(ALL).chain(difficulties).map(str::to_owned).collect()
}

/// The figures of one metric: one, or one for each cost.
fn plan(metric: Metric, group: &str, members: &[usize], both: &[Both<'_>], options: &CompareOptions) -> Vec<Planned> {
    let problems: Vec<usize> = match metric {
        Metric::Submission => {
            members.iter().copied().filter(|place| both[*place].0.submissions.0 > 0 && both[*place].1.submissions.0 > 0)
        }
        .collect(),
        _ => members.iter().copied().filter(|place| both[*place].0.n() > 0 && both[*place].1.n() > 0).collect(),
    };
    let of: Vec<Both<'_>> = problems.iter().map(|place| both[*place]).collect();
    let subject = |equal| Subject { metric, group: group.to_owned(), equal };
    let one = |figure| vec![Planned { subject: subject(None), problems: problems.clone(), figure }];
    if of.is_empty() {
        return one(Err("no problem is scored in both runs".to_owned()));
    }
    let axis = match metric {
        Metric::PassAtK(k) => return one(metric::pass_at(&of, k)),
        Metric::Submission => return one(metric::submission(&of)),
        Metric::PassAtT(axis) => axis,
    };
    let trees = match metric::of_trees(&of, axis, options.order, (options.n_f, options.n_r)) {
        Ok(trees) => trees,
        Err(why) => return one(Err(why)),
    };
    let costs: Vec<(Option<u32>, f64)> = if options.at.is_empty() {
        let last = trees.costs.len() as u32;
        let is_shown = |n_p: u32| last <= 10 || crate::options::USUAL_N_P.contains(&n_p) || n_p == 100 || n_p == last;
        trees.costs.iter().filter(|(n_p, _)| is_shown(*n_p)).map(|(n_p, cost)| (Some(*n_p), *cost)).collect()
    } else {
        options.at.iter().map(|cost| (None, *cost)).collect()
    };
    let of_cost = |(n_p, cost): (Option<u32>, f64)| {
        let (shape_a, shape_b) = trees.shapes;
        let equal = Equal { axis, cost, n_p, order: options.order, shape_a, shape_b };
        let figure = Paired::at_cost(&trees.curves, cost).map_err(|outside| metric::outside(&outside, axis));
        Planned { subject: subject(Some(equal)), problems: problems.clone(), figure }
    };
    costs.into_iter().map(of_cost).collect()
}

/// The planned figures of one group, drawn together where they are about the same problems.
fn drawn(
    group: &str,
    planned: &[Planned],
    both: &[Both<'_>],
    members: &[usize],
    sample: Sample,
    shares: bool,
    options: &CompareOptions,
) -> Vec<PairedFigure> {
    let mut rows: Vec<Option<PairedFigure>> = planned.iter().map(|_| None).collect();
    let mut batches: BTreeMap<&[usize], Vec<usize>> = BTreeMap::new();
    for (place, plan) in planned.iter().enumerate() {
        match &plan.figure {
            Ok(_) => batches.entry(&plan.problems).or_default().push(place),
            Err(why) => rows[place] = Some(PairedFigure::absent(plan.subject.clone(), why)),
        }
    }
    for (problems, places) in batches {
        let ids: Vec<ProblemId> = problems.iter().map(|place| both[*place].0.entry.id.clone()).collect();
        let units = units(&ids, options.clusters.as_ref());
        let figures: Vec<&Paired> = places.iter().filter_map(|place| planned[*place].figure.as_ref().ok()).collect();
        let drawn = draws::resample(&figures, &units, options.resamples, options.seed, group);
        let flipped = draws::flips(&figures, &units, options.seed, group);
        for (((place, figure), draws), p) in places.iter().zip(&figures).zip(&drawn).zip(flipped) {
            let subject = planned[*place].subject.clone();
            let made = Made { subject, figure, problems: &ids, units: &units, sample, draws, p };
            let mut row = PairedFigure::of(made);
            let of: Vec<Both<'_>> = problems.iter().map(|place| both[*place]).collect();
            let all: Vec<Both<'_>> = members.iter().map(|place| both[*place]).collect();
            complete(&mut row, &of, &all, sample, shares);
            rows[*place] = Some(row);
        }
    }
    rows.into_iter().flatten().collect()
}

/// One difference over all common problems, with all that it was drawn from.
pub(crate) struct One {
    pub(crate) row: PairedFigure,
    pub(crate) figure: Paired,
    pub(crate) units: Units,
    pub(crate) draws: Draws,
    pub(crate) sample: Sample,
}

/// One metric over all common problems: of pass@t at the one cost that is asked for, or the largest that both curves
/// reach. Why not, if there is no such difference.
pub(crate) fn one(
    a: &Side,
    b: &Side,
    both: &[Both<'_>],
    metric: Metric,
    options: &CompareOptions,
) -> Result<One, String> {
    let members: Vec<usize> = (0..both.len()).collect();
    let mut planned = plan(metric, ALL, &members, both, options);
    let sample = sample(a, b);
    let draw = |plan: &Planned, figure: &Paired| {
        let ids: Vec<ProblemId> = plan.problems.iter().map(|place| both[*place].0.entry.id.clone()).collect();
        let units = units(&ids, options.clusters.as_ref());
        let draws = resample(&[figure], &units, options.resamples, options.seed, ALL).remove(0);
        (ids, units, draws)
    };
    // At the end of a curve many resamples end before it: the largest cost that nearly all of them reach.
    let carried = (0..planned.len()).rev().find(|place| {
        let plan = &planned[*place];
        plan.figure.as_ref().is_ok_and(|figure| draw(plan, figure).2.bounds(crate::normal::Z).is_ok())
    });
    let chosen = carried.or_else(|| planned.iter().rposition(|plan| plan.figure.is_ok())).unwrap_or(0);
    let plan = planned.swap_remove(chosen);
    let figure = plan.figure.clone()?;
    let (ids, units, draws) = draw(&plan, &figure);
    let Planned { subject, problems, .. } = plan;
    let p = draws::flips(&[&figure], &units, options.seed, ALL).remove(0);
    let made = Made { subject, figure: &figure, problems: &ids, units: &units, sample, draws: &draws, p };
    let mut row = PairedFigure::of(made);
    let of: Vec<Both<'_>> = problems.iter().map(|place| both[*place]).collect();
    complete(&mut row, &of, both, sample, common::shares_programs(both));
    Ok(One { row, figure, units, draws, sample })
}

fn sample(a: &Side, b: &Side) -> Sample {
    if a.sample == Sample::Stopped || b.sample == Sample::Stopped { Sample::Stopped } else { Sample::Complete }
}

pub(crate) fn units(ids: &[ProblemId], clusters: Option<&Clusters>) -> Units {
    let Some(clusters) = clusters else { return Units::problems(ids.len()) };
    let mut known: BTreeMap<String, usize> = BTreeMap::new();
    let mut of = vec![];
    for id in ids {
        // A problem that nobody named stands by itself: no cluster has a name with a line end.
        let name = clusters.of.get(id).cloned().unwrap_or_else(|| format!("\n{id}"));
        let next = known.len();
        of.push(*known.entry(name).or_insert(next));
    }
    Units { of, count: known.len() }
}

/// (n, c, unscored) of a problem, and k, of a metric that is a pass@k of something.
pub(crate) type Counted = (fn(&OfProblem) -> (u32, u32, u32), u32);

/// How a metric counts; `None` for one that is no pass@k.
pub(crate) fn counted(metric: Metric) -> Option<Counted> {
    match metric {
        Metric::PassAtK(k) => Some((|of| (of.n(), of.c(), of.unscored()), k)),
        Metric::Submission => Some((|of| of.submissions, 1)),
        Metric::PassAtT(_) => None,
    }
}

/// What needs the counts of programs, and not only the figure's numbers.
fn complete(row: &mut PairedFigure, of: &[Both<'_>], all: &[Both<'_>], sample: Sample, shares: bool) {
    let Some((counted, k)) = counted(row.subject.metric) else { return };
    let bound = |passes: bool| -> Figure {
        let side = |of: &side::OfProblem| {
            let (n, c, unscored) = counted(of);
            pass_at_k(n + unscored, if passes { c + unscored } else { c }, k).ok()
        };
        let deltas: Option<Vec<f64>> = all.iter().map(|(a, b)| Some(side(b)? - side(a)?)).collect();
        let mean = deltas.and_then(|deltas| crate::tokens::mean(&deltas));
        Figure::or_absent(mean, || format!("some problem has fewer than k = {k} programs, scored or not"))
    };
    (row.if_unscored_fail, row.if_unscored_pass) = (bound(false), bound(true));
    let singles: Option<Vec<(bool, bool)>> = of
        .iter()
        .map(|(a, b)| match (counted(a), counted(b)) {
            ((1, a, _), (1, b, _)) => Some((a == 1, b == 1)),
            _ => None,
        })
        .collect();
    row.mcnemar = singles.filter(|_| k == 1).map(|singles| {
        let count = |of: (bool, bool)| singles.iter().filter(|single| **single == of).count() as u32;
        significance::mcnemar(count((true, false)), count((false, true)))
    });
    row.same_problems = same_problems(row, of, sample, shares, k);
}

/// The interval of a difference if the same problems were sampled again, with independent draws.
fn same_problems(row: &PairedFigure, of: &[Both<'_>], sample: Sample, shares: bool, k: u32) -> Figure<Interval> {
    if sample == Sample::Stopped {
        return Figure::Absent(crate::bootstrap::NONE_IF_STOPPED.to_owned());
    }
    if shares {
        return Figure::Absent("the runs share first programs, so the draws are not independent".to_owned());
    }
    let (Some(a), Some(b), Some(delta)) = (row.a.value(), row.b.value(), row.delta.value.value()) else {
        return Figure::Absent("the difference has no value".to_owned());
    };
    let side = |mean: f64, problems: &mut dyn Iterator<Item = &side::OfProblem>| {
        let within: Vec<_> = problems
            .filter_map(|problem| match row.subject.metric {
                Metric::Submission => {
                    let (n, c, _) = problem.submissions;
                    let units = [vec![(0.0, 1.0); c as usize], vec![(1.0, 0.0); (n - c) as usize]].concat();
                    same_problems::within(&units, Selection::OracleAny, 1).pop()
                }
                _ => problem.frozen.as_ref().map(|frozen| k_rows::within_of(frozen, k)),
            })
            .collect();
        variance(mean * (1.0 - mean), &within)
    };
    let of_a = side(*a, &mut of.iter().map(|both| both.0));
    let of_b = side(*b, &mut of.iter().map(|both| both.1));
    let half = crate::normal::Z * (of_a + of_b).sqrt() / of.len() as f64;
    Figure::Value(Interval::new((delta - half).max(-1.0), (delta + half).min(1.0)))
}

#[cfg(test)]
mod tests;
