//! Figures that a page draws beside a summary: the points of the baselines, the rates of each problem, what each seat was
//! asked, and what repairs came to. Start with [`drawn`].

use crate::amounts::Lane;
use crate::baseline::read;
use crate::coverage::Counted;
use crate::deeper::{edges, success_rows, trees_by_problem};
use crate::evaluated::{Evaluated, Variant};
use crate::frozen::frozen;
use crate::group::{Group, groups};
use crate::t_rows::{definitions, settings, why_none};
use crate::t_table::TTable;
use crate::{
    Axis, Baseline, Block, Estimator, Figure, FrozenProblem, Grid, Interval, Options, Order, PassAtT, Selection,
    Setting, SuccessBy, SuccessRow, TokenDefinition, t_rows,
};
use mend_core::{CallState, ProblemId, RepairTree, RunManifest, Seat, Status};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// What a page draws of a run beside its summary.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Drawn {
    /// pass@t over a grid that is dense in first programs, at equal tokens and at equal programs, for each group; empty where
    /// trees are of another shape.
    pub curve: Vec<PassAtT>,
    /// The baselines, point by point.
    pub baselines: Vec<BaselinePoint>,
    /// Each problem at each setting.
    pub problem_rates: Vec<ProblemRate>,
    /// What each seat was asked.
    pub seats: Vec<SeatSpending>,
    /// How often repairs of failing programs pass: all, by the status of the failure, and by round.
    pub success: Vec<SuccessRow>,
    /// The statuses that repairs of a failing program ended with, by that program's status.
    pub became: BTreeMap<Status, BTreeMap<Status, u64>>,
}

/// So many first programs of each problem, without repairs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BaselinePoint {
    /// `all` or a difficulty.
    pub group: String,
    /// Whether the cost counts tokens or programs.
    pub axis: Axis,
    /// By which definition tokens are counted.
    pub token_definition: TokenDefinition,
    /// When it stops to draw.
    pub baseline: Baseline,
    /// The first programs of the trees that [`Baseline::IidStaged`] stops as; `None` for the other baselines.
    pub n_p: Option<u32>,
    /// Programs at most.
    pub k: u32,
    /// Mean cost of a problem.
    pub cost: f64,
    /// Share of problems solved.
    pub pass_rate: f64,
    /// Its interval over new problems.
    pub interval: Figure<Interval>,
}

/// One problem at one setting, by the selection [`Selection::OracleAny`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ProblemRate {
    /// The problem.
    pub problem: ProblemId,
    /// The order in which trees are drawn.
    pub order: Order,
    /// First programs.
    pub n_p: u32,
    /// Feedbacks for each failing program.
    pub n_f: u32,
    /// Repairs by each feedback.
    pub n_r: u32,
    /// Probability that the problem is solved.
    pub pass_rate: f64,
    /// What that costs on average by the first definition that is known; `None` if none is.
    pub mean_tokens: Option<f64>,
    /// What the baseline that stops as the tree does solves of this problem at that cost; `None` beyond the programs that
    /// the problem has.
    pub sampling: Option<f64>,
    /// The same of the baseline that pays for all of its programs.
    pub sampling_paid: Option<f64>,
}

/// A seat's answers, over all trees.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeatSpending {
    /// The seat, as a word.
    pub seat: String,
    /// Different prompts that were answered, each once in its tree however many answers it was asked for, and in how many
    /// requests: a run that was amended and one that asked for all at once then say the same.
    pub calls: u64,
    /// Answers.
    pub answers: u64,
    /// Tokens of the prompts, each answer with its whole prompt; `None` where a server did not say.
    pub prompt: Option<u64>,
    /// Tokens of the answers; `None` where a server did not say.
    pub completion: Option<u64>,
}

/// Up to so many first programs every number of them is drawn; beyond, every fifth.
const DENSE: u32 = 12;

/// The shapes of trees that are drawn: those of the summary, with every number of first programs between.
fn dense(all: &Group<'_>, options: &Options) -> Grid {
    let settings = settings(all, options).unwrap_or_default();
    let of = |pick: fn(&Setting) -> u32| -> Vec<u32> {
        let numbers: BTreeSet<u32> =
            settings.iter().map(|(_, setting)| setting).filter(|setting| setting.n_f > 0).map(pick).collect();
        numbers.into_iter().collect()
    };
    let mut n_p: BTreeSet<u32> = of(|setting| setting.n_p).into_iter().collect();
    let most = n_p.iter().copied().max().unwrap_or(0);
    n_p.extend((1..=most).filter(|n_p| *n_p <= DENSE || n_p.is_multiple_of(5)));
    let most = all.problems.iter().map(|problem| problem.n()).min().unwrap_or(0);
    n_p.extend((1..=most).filter(|n_p| *n_p <= DENSE));
    let n_p = n_p.into_iter().filter(|n_p| *n_p <= most).collect();
    Grid::Asked(vec![Block { n_p, n_f: of(|s| s.n_f), n_r: of(|s| s.n_r), orders: Order::ALL.to_vec() }])
}

/// Computes them from a run's finished trees, over the summary's grid with every number of first programs between.
pub fn drawn(manifest: &RunManifest, trees: &[RepairTree], options: &Options) -> Drawn {
    let seats = seats(trees);
    let manifest = &manifest.reported();
    let counted = Counted::of(manifest, trees);
    let by_problem = trees_by_problem(manifest, &counted);
    let wanted = |by| matches!(by, SuccessBy::All | SuccessBy::Status | SuccessBy::Round);
    let success = success_rows(&by_problem, counted.sample, options, wanted);
    let mut became: BTreeMap<Status, BTreeMap<Status, u64>> = BTreeMap::new();
    for edge in by_problem.iter().flat_map(|problem| &problem.all).flat_map(|tree| edges(tree)) {
        if let (Some(parent), Some(child)) = (edge.parent.verdict(), edge.child.verdict())
            && edge.passes().is_some_and(|(right, _)| !right)
        {
            *became.entry(parent.status).or_default().entry(child.status).or_default() += 1;
        }
    }
    let frozen = frozen(manifest, &counted);
    let groups = groups(manifest, &frozen, counted.sample);
    let grid = groups.first().map_or_else(Grid::default, |all| dense(all, options));
    let options = &Options {
        grid,
        axes: vec![Axis::Tokens, Axis::Programs],
        estimators: vec![Estimator::Unbiased],
        ..options.clone()
    };
    let curve = match t_rows::rows(&groups, options) {
        Figure::Value(rows) => rows,
        Figure::Absent(_) => vec![],
    };
    let (baselines, problem_rates) = of_trees(&groups, options);
    Drawn { curve, baselines, problem_rates, seats, success, became }
}

fn of_trees(groups: &[Group<'_>], options: &Options) -> (Vec<BaselinePoint>, Vec<ProblemRate>) {
    let Some(all) = groups.first().filter(|all| why_none(all).is_none()) else { return (vec![], vec![]) };
    let settings = settings(all, options).unwrap_or_default();
    let definitions = definitions(&all.problems);
    let variant = Variant { estimator: Estimator::Unbiased, selection: Selection::OracleAny };
    let evaluated: Vec<Evaluated<'_>> =
        all.problems.par_iter().map(|problem| Evaluated::new(problem, variant, &settings, false)).collect();
    let n_ps: BTreeSet<u32> =
        settings.iter().filter(|(_, setting)| setting.n_f > 0).map(|(_, setting)| setting.n_p).collect();
    let points = |group: &Group<'_>| {
        let members: BTreeSet<_> = group.problems.iter().map(|problem| &problem.id).collect();
        let problems = evaluated.iter().filter(|problem| members.contains(&problem.problem.id)).collect();
        let table = TTable::new(problems, variant, &BTreeSet::new(), group.resampling(options));
        let intervals = table.sampling_intervals();
        let mut rows = vec![];
        let by_tokens = definitions.iter().map(|definition| (Axis::Tokens, Lane::Tokens(*definition), definition));
        let by_programs = definitions.first().map(|definition| (Axis::Programs, Lane::Programs, definition));
        for (axis, lane, definition) in by_tokens.chain(by_programs) {
            let staged = n_ps.iter().map(|n_p| (Baseline::IidStaged, Some(*n_p)));
            let alone = [(Baseline::Iid, None), (Baseline::IidSequential, None)];
            for (baseline, n_p) in alone.into_iter().chain(staged) {
                let points = table.points(baseline, n_p.unwrap_or(1), lane, &intervals);
                rows.extend(points.into_iter().map(|point| BaselinePoint {
                    group: group.name.clone(),
                    axis,
                    token_definition: *definition,
                    baseline,
                    n_p,
                    k: point.k,
                    cost: point.cost,
                    pass_rate: point.pass,
                    interval: point.interval,
                }));
            }
        }
        rows
    };
    let baselines = groups.iter().flat_map(points).collect();
    let rates = evaluated.iter().flat_map(|problem| rates(problem, &settings, &definitions)).collect();
    (baselines, rates)
}

fn rates(
    problem: &Evaluated<'_>,
    settings: &BTreeSet<(Order, Setting)>,
    definitions: &[TokenDefinition],
) -> Vec<ProblemRate> {
    let frozen: &FrozenProblem = problem.problem;
    let sampling: Vec<_> = problem.iid().collect();
    let mut rates = vec![];
    for (order, setting) in settings {
        let Some(curve) = problem.curve(*setting) else { continue };
        let place = setting.n_p as usize - 1;
        let known = if setting.n_f > 0 { problem.known.repairs } else { problem.known.programs };
        let lane = definitions.iter().map(|definition| Lane::Tokens(*definition).index()).find(|lane| known[*lane]);
        // Both are counted from where the tree and the baseline part, so that a small difference survives.
        let baseline = lane.filter(|_| setting.n_f > 0).and_then(|lane| match order.paired() {
            Baseline::IidStaged => {
                let step = problem.draws.get(setting.n_p as usize).map_or(0.0, |draw| draw[lane]);
                let from = place;
                let x_at = |at: usize| at as f64 * step;
                read(curve.points[place].repairs[lane], sampling.len() - from, x_at, |at| sampling[from + at].0).ok()
            }
            Baseline::Iid | Baseline::IidSequential => {
                let x = curve.beyond_program(*order, setting.n_p)[lane];
                read(x, sampling.len(), |at| sampling[at].1[lane], |at| sampling[at].0).ok()
            }
        });
        let paid = lane.filter(|_| setting.n_f > 0).and_then(|lane| {
            let x = curve.beyond_program(*order, setting.n_p)[lane];
            read(x, sampling.len(), |at| at as f64 * curve.program[lane], |at| sampling[at].0).ok()
        });
        rates.push(ProblemRate {
            problem: frozen.id.clone(),
            order: *order,
            n_p: setting.n_p,
            n_f: setting.n_f,
            n_r: setting.n_r,
            pass_rate: curve.points[place].pass,
            mean_tokens: lane.map(|lane| curve.cost(*order, setting.n_p)[lane]),
            sampling: baseline.map(|read| read.value),
            sampling_paid: paid.map(|read| read.value),
        });
    }
    rates
}

fn seats(trees: &[RepairTree]) -> Vec<SeatSpending> {
    let empty = || SeatSpending { prompt: Some(0), completion: Some(0), ..SeatSpending::default() };
    let mut seats: BTreeMap<Seat, SeatSpending> = BTreeMap::new();
    for tree in trees {
        let answered = tree.calls().filter(|(_, call)| matches!(call.state, CallState::Answered { .. }));
        let prompts: BTreeSet<_> = answered.map(|(_, call)| (call.seat, *call.prompt.digest().as_bytes())).collect();
        for (seat, _) in prompts {
            seats.entry(seat).or_insert_with(empty).calls += 1;
        }
        for node in tree.nodes() {
            let (Some(seat), Some(completion)) = (node.seat, &node.completion) else { continue };
            let row = seats.entry(seat).or_insert_with(empty);
            row.answers += 1;
            let add = |sum: Option<u64>, tokens: Option<mend_core::Tokens>| Some(sum? + tokens?.0);
            row.prompt = add(row.prompt, completion.usage.prompt);
            row.completion = add(row.completion, completion.usage.completion);
        }
    }
    seats.into_iter().map(|(seat, row)| SeatSpending { seat: seat.to_string(), ..row }).collect()
}

#[cfg(test)]
mod tests;
