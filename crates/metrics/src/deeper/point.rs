//! The one point that a strategy realised, against independent samples at the same cost.
//!
//! A chain or a search is no sample of other trees, so nothing is interpolated along it. The baseline is drawn from
//! its own first programs, if their number was fixed before any outcome. It must know as much as the strategy: whoever
//! stops or chooses by hidden tests is compared with sampling that stops at the first hidden pass, too.

use super::region::{Region, region};
use super::{Trees, frozen_of};
use crate::amounts::Lane;
use crate::baseline::read;
use crate::bootstrap::{ByProblem, Column, Resampling, Table, View};
use crate::curve::{Curve, curves};
use crate::submitted::{cost_of, nothing_passes};
use crate::tokens::{correlation, mean};
use crate::{
    Estimate, Estimator, Figure, FrozenProblem, Interval, Options, Order, Sample, Selection, TokenCounts,
    TokenDefinition, selection,
};
use mend_core::{ProblemId, RepairTree, RunManifest, Suite};
use serde::{Deserialize, Serialize};

/// A strategy's realised point by one definition of tokens, beside one baseline.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StrategyPoint {
    /// What counts as a token.
    pub token_definition: TokenDefinition,
    /// Problems with a scored submission.
    pub problems: u64,
    /// Mean cost of a tree, all that it holds: over a problem's trees, then over problems.
    pub cost: Figure,
    /// Its interval over new problems.
    pub cost_interval: Figure<Interval>,
    /// Part of the cost that was spent on other problems, to learn from them: the same for each problem.
    #[serde(skip_serializing_if = "is_nothing", default = "nothing")]
    pub loop_share: Figure,
    /// Share of trees whose submission passes the hidden suite.
    pub pass: Estimate,
    /// Share of trees in which some program passes the hidden suite, minus `pass`, over the same trees: what choosing
    /// loses.
    #[serde(default = "untold")]
    pub selection_loss: Estimate,
    /// Share of trees that hand in a program: less than all where the strategy may abstain.
    #[serde(default = "untold")]
    pub handed_in: Estimate,
    /// Share of the programs that were handed in that pass the hidden suite.
    #[serde(default = "untold")]
    pub precision: Estimate,
    /// Correlation of cost and pass rate over problems.
    pub correlation: Figure,
    /// How far both may be off together.
    #[serde(default = "unknown")]
    pub region: Figure<Region>,
    /// `iid` (all programs are paid for), `iid_sequential` (one by one until one passes the hidden tests) or
    /// `public_stopped` (one by one until one passes the public tests).
    pub baseline: String,
    /// The baseline's pass rate at the same mean cost.
    pub baseline_pass: Figure,
    /// `pass` minus `baseline_pass`, both sides resampled together.
    pub diff: Estimate,
}

fn unknown() -> Figure<Region> {
    Figure::Absent("the file does not say".to_owned())
}

/// What is spent on other problems by a strategy that learns from none.
fn nothing() -> Figure {
    Figure::Value(0.0)
}

fn is_nothing(share: &Figure) -> bool {
    *share == nothing()
}

/// What a summary says that was written before this was counted.
fn untold() -> Estimate {
    Estimate::absent("it was not counted when this was written")
}

const BASELINES: [(&str, Selection, Order); 3] = [
    ("iid", Selection::OracleAny, Order::Batch),
    ("iid_sequential", Selection::OracleAny, Order::Dfs),
    ("public_stopped", Selection::Submitted, Order::Dfs),
];

/// What the baseline comes to at a cost that buys more first programs than there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Beyond {
    /// It is not known.
    Absent,
    /// It draws the last one and spends less: at least as good as that.
    AtLeast,
}

/// The realised point by each known definition, beside the baselines that know as much.
pub(crate) fn points(
    manifest: &RunManifest,
    problems: &[Trees<'_>],
    frozen: &[&FrozenProblem],
    loop_share: TokenCounts,
    (sample, beyond): (Sample, Beyond),
    options: &Options,
) -> Vec<StrategyPoint> {
    let oracle = &manifest.identity.strategy.oracle;
    let sees_hidden = oracle.stops_on_hidden || oracle.selects_on_hidden;
    let scored: Vec<(&ProblemId, f64, &[&RepairTree])> = problems
        .iter()
        .filter_map(|problem| Some((problem.id, passes(&problem.all)?, problem.all.as_slice())))
        .collect();
    let is_wanted = |name: &str| match name {
        "iid" => true,
        "iid_sequential" => sees_hidden,
        _ => !sees_hidden && frozen.iter().any(|problem| problem.has_public_tests),
    };
    let mut points = vec![];
    for definition in TokenDefinition::ALL {
        let costs: Option<Vec<f64>> = scored.iter().map(|(_, _, trees)| cost_of(trees, definition)).collect();
        // What it took to learn is paid for by all that is reported.
        let Some(learnt) = loop_share.by(definition) else { continue };
        let costs = costs.map(|costs| costs.into_iter().map(|cost| cost + learnt).collect::<Vec<f64>>());
        let Some(costs) = costs.filter(|costs| !costs.is_empty()) else { continue };
        for (name, selection, order) in BASELINES.into_iter().filter(|(name, ..)| is_wanted(name)) {
            let baseline = baseline(&scored, frozen, selection, order, definition);
            let resampling =
                Resampling { times: options.resamples, seed: options.seed, name: "strategy point", sample };
            let passes: Vec<f64> = scored.iter().map(|(_, passes, _)| *passes).collect();
            let losses: Option<Vec<f64>> =
                scored.iter().map(|(_, _, trees)| selection::loss(trees, submission_passes)).collect();
            let losses = losses.expect("each of these problems has a scored submission");
            let handed: Vec<f64> = scored.iter().map(|(_, _, trees)| handed_in(trees)).collect();
            let of_trees = OfTrees { costs: &costs, passes: &passes, losses: &losses, handed: &handed };
            let found = point(definition, name, &of_trees, (&baseline, beyond), resampling);
            points.push(StrategyPoint { loop_share: Figure::Value(learnt), ..found });
        }
    }
    points
}

/// Share of a problem's trees whose submission passes; `None` if none of them is scored.
fn passes(trees: &[&RepairTree]) -> Option<f64> {
    let scored = trees.iter().filter_map(|tree| submission_passes(tree));
    mean(&scored.map(|passes| f64::from(u8::from(passes))).collect::<Vec<f64>>())
}

/// Share of a problem's scored trees that hand in a program.
fn handed_in(trees: &[&RepairTree]) -> f64 {
    let scored: Vec<&&RepairTree> = trees.iter().filter(|tree| submission_passes(tree).is_some()).collect();
    let handed: Vec<f64> = scored.iter().map(|tree| if tree.submitted().is_some() { 1.0 } else { 0.0 }).collect();
    mean(&handed).unwrap_or_default()
}

/// Whether what a tree's strategy chose passes; `None` if it is not scored.
pub(crate) fn submission_passes(tree: &RepairTree) -> Option<bool> {
    match tree.submitted() {
        Some(slot) => tree.node(slot)?.passes(Suite::Hidden),
        None => nothing_passes(tree),
    }
}

/// What the trees of each problem came to, in one order of the problems.
struct OfTrees<'a> {
    costs: &'a [f64],
    passes: &'a [f64],
    losses: &'a [f64],
    handed: &'a [f64],
}

/// Cost and pass rate of each problem's first programs, for each number of them.
type Baseline = Vec<Vec<(f64, f64)>>;

fn baseline(
    scored: &[(&ProblemId, f64, &[&RepairTree])],
    frozen: &[&FrozenProblem],
    selection: Selection,
    order: Order,
    definition: TokenDefinition,
) -> Result<Baseline, String> {
    let problems: Option<Vec<&FrozenProblem>> = scored.iter().map(|(id, ..)| frozen_of(frozen, id)).collect();
    let problems = problems.ok_or("some problem has no scored first program")?;
    let mut drawn = problems.iter().flat_map(|problem| &problem.drawn);
    let first = drawn.next();
    if drawn.any(|other| Some(other) != first) {
        return Err("trees hold unequal numbers of first programs: their outcomes may decide how many".to_owned());
    }
    let most = problems.iter().map(|problem| problem.n()).min().unwrap_or(0);
    let lane = Lane::Tokens(definition).index();
    let of_problem = |problem: &&FrozenProblem| -> Option<Vec<(f64, f64)>> {
        problem.programs.iter().all(|program| program.tokens.by(definition).is_some()).then_some(())?;
        let curve: Curve = curves(problem, Estimator::Unbiased, selection, 1, &[0], most).remove(0);
        Some((1..=most).map(|k| (curve.cost(order, k)[lane], curve.points[k as usize - 1].pass)).collect())
    };
    let baseline: Option<Baseline> = problems.iter().map(of_problem).collect();
    baseline.ok_or_else(|| format!("the `{definition}` cost of some first programs is unknown"))
}

fn point(
    definition: TokenDefinition,
    name: &str,
    &OfTrees { costs, passes, losses, handed }: &OfTrees<'_>,
    (baseline, beyond): (&Result<Baseline, String>, Beyond),
    resampling: Resampling<'_>,
) -> StrategyPoint {
    let mut table = Table::default();
    let mut add = |numbers: Vec<f64>| table.add(numbers.into_iter().map(Some)).expect("a problem");
    let (cost, pass, lost) = (add(costs.to_vec()), add(passes.to_vec()), add(losses.to_vec()));
    let handed = add(handed.to_vec());
    let ks = baseline.as_ref().map_or(0, |baseline| baseline[0].len());
    let mut curve: Vec<(Column, Column)> = vec![];
    if let Ok(baseline) = baseline {
        for k in 0..ks {
            let side = |of: fn(&(f64, f64)) -> f64| baseline.iter().map(|points| of(&points[k])).collect();
            curve.push((add(side(|point| point.0)), add(side(|point| point.1))));
        }
    }
    let means = table.means(resampling);
    let at = |view: View<'_>| {
        let x = view.mean(cost);
        let (first, _) = curve.first()?;
        // Cheaper than one program: there is no such baseline.
        if x < view.mean(*first) * (1.0 - 1e-12) {
            return None;
        }
        let x = match (beyond, curve.last()) {
            (Beyond::AtLeast, Some((last, _))) => x.min(view.mean(*last)),
            _ => x,
        };
        let read = read(x, curve.len(), |k| view.mean(curve[k].0), |k| view.mean(curve[k].1));
        read.ok().map(|read| read.value)
    };
    let all = means.all();
    let baseline_pass = match (baseline, at(all)) {
        (Err(why), _) => Figure::Absent(why.clone()),
        (Ok(_), Some(value)) => Figure::Value(value),
        (Ok(_), None) => Figure::Absent(match curve.first() {
            Some((first, _)) if all.mean(cost) < all.mean(*first) => "it costs less than one first program".to_owned(),
            _ => format!("the same cost buys more first programs than the {ks} that each problem has"),
        }),
    };
    let draws = means.draws(|view| Some(view.mean(pass) - at(view)?));
    let diff = match (draws.value, baseline_pass.reason()) {
        (Some(value), _) => {
            let values = means.pseudo_values(&draws, |_| true);
            let is_short = values.len() < 2 && costs.len() > 1 && resampling.times > 0;
            let problems = ByProblem { values, range: (-1.0, 1.0), is_mean: false };
            let interval = if is_short {
                Figure::Absent("no interval: without some problem the baseline cannot be read there".to_owned())
            } else {
                means.interval(&draws, &problems)
            };
            Estimate { value: Figure::Value(value), interval }
        }
        (None, why) => Estimate::absent(why.unwrap_or("the baseline cannot be read there")),
    };
    let most = costs.iter().copied().fold(0.0, f64::max);
    let shares = means
        .draws(|view| Some(view.mean(handed)).filter(|handed| *handed > 0.0).map(|handed| view.mean(pass) / handed));
    let precision = match shares.value {
        None => Estimate::absent("nothing was handed in"),
        Some(value) => {
            let values = means.pseudo_values(&shares, |_| true);
            let problems = ByProblem { values, range: (0.0, 1.0), is_mean: false };
            Estimate { value: Figure::Value(value), interval: means.interval(&shares, &problems) }
        }
    };
    StrategyPoint {
        token_definition: definition,
        problems: costs.len() as u64,
        cost: Figure::Value(all.mean(cost)),
        // What no problem cost bounds nothing: few problems are told by the most that one did.
        cost_interval: means.interval_of(cost, (0.0, most)),
        loop_share: Figure::Value(0.0),
        pass: Estimate { value: Figure::Value(all.mean(pass)), interval: means.interval_of(pass, (0.0, 1.0)) },
        selection_loss: Estimate {
            value: Figure::Value(all.mean(lost)),
            interval: means.interval_of(lost, (0.0, 1.0)),
        },
        handed_in: Estimate { value: Figure::Value(all.mean(handed)), interval: means.interval_of(handed, (0.0, 1.0)) },
        precision,
        correlation: Figure::or_absent(correlation(costs, passes), || {
            "cost or outcome is the same on each problem".to_owned()
        }),
        region: region(costs, passes),
        baseline: name.to_owned(),
        baseline_pass,
        diff,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn close(value: Option<&f64>, expected: f64) {
        let value = *value.expect("a value");
        assert!((value - expected).abs() < 1e-6, "{value} is not {expected}");
    }

    /// Four first programs of 90 tokens each, so many of which pass on each problem.
    fn independent(right: &[u32]) -> Baseline {
        let of_problem = |right: &u32| {
            let point = |k: u32| (90.0 * f64::from(k), crate::pass_at_k(4, *right, k).unwrap());
            (1..=4).map(point).collect()
        };
        right.iter().map(of_problem).collect()
    }

    /// Some program of a tree is right wherever none was handed in, on half of the trees.
    const LOSSES: [f64; 6] = [0.0, 0.25, 0.5, 0.0, 0.25, 0.5];

    fn at(costs: &[f64]) -> StrategyPoint {
        let passes = [1.0, 0.5, 0.0, 1.0, 0.5, 0.0];
        let resampling = Resampling { times: 200, seed: 1, name: "point", sample: Sample::Complete };
        let baseline = Ok(independent(&[3, 2, 0, 4, 2, 0]));
        let of_trees = OfTrees { costs, passes: &passes, losses: &LOSSES, handed: &[1.0; 6] };
        point(TokenDefinition::Billed, "iid", &of_trees, (&baseline, Beyond::Absent), resampling)
    }

    #[test]
    fn the_point_is_compared_with_independent_samples_at_its_own_mean_cost() {
        let found = at(&[100.0, 180.0, 400.0, 120.0, 220.0, 380.0]);
        close(found.cost.value(), 233.333_333_333);
        close(found.pass.value.value(), 0.5);
        close(found.selection_loss.value.value(), 0.25);
        let lost = found.selection_loss.interval.value().expect("an interval");
        assert!(lost.holds(0.25) && lost.low < lost.high, "{lost:?}");
        close(found.correlation.value(), -0.972_285_4);
        close(found.baseline_pass.value(), 0.644_032_9);
        close(found.diff.value.value(), -0.144_032_9);
        let interval = found.diff.interval.value().expect("an interval");
        assert!(interval.holds(-0.144) && interval.low >= -1.0 && interval.high <= 1.0, "{interval:?}");
    }

    #[test]
    fn beyond_the_baseline_there_is_no_comparison() {
        let dear = at(&[400.0; 6]);
        let why = "the same cost buys more first programs than the 4 that each problem has";
        assert_eq!(dear.diff.value.reason(), Some(why));
        assert_eq!(dear.correlation.reason(), Some("cost or outcome is the same on each problem"));
        // Where all four are enough to be compared with, they are what it is compared with.
        let passes = [1.0, 0.5, 0.0, 1.0, 0.5, 0.0];
        let resampling = Resampling { times: 0, seed: 1, name: "point", sample: Sample::Complete };
        let baseline = Ok(independent(&[3, 2, 0, 4, 2, 0]));
        let baseline = (&baseline, Beyond::AtLeast);
        let of_trees = OfTrees { costs: &[400.0; 6], passes: &passes, losses: &LOSSES, handed: &[1.0; 6] };
        let least = point(TokenDefinition::Billed, "iid", &of_trees, baseline, resampling);
        close(least.baseline_pass.value(), 4.0 / 6.0);
        close(least.diff.value.value(), 0.5 - 4.0 / 6.0);
        let cheap = at(&[10.0; 6]);
        assert_eq!(cheap.baseline_pass.reason(), Some("it costs less than one first program"));
    }

    /// A gate as PyFiXV's: what it shows falls with its threshold h, and what it shows is right more often.
    #[test]
    fn a_gate_has_a_precision_and_a_coverage_for_each_threshold() {
        // Tries of ten that agree with the fix of each problem, and whether the fix is right.
        let problems = [(10, true), (7, true), (4, false), (2, true), (0, false)];
        let expected = |h: u32| match h {
            1 | 2 => (0.75, 0.8),
            3 | 4 => (2.0 / 3.0, 0.6),
            5..=7 => (1.0, 0.4),
            _ => (1.0, 0.2),
        };
        for h in 1..=10 {
            let handed = problems.map(|(agree, _)| if agree >= h { 1.0 } else { 0.0 });
            let passes = problems.map(|(agree, is_right)| if agree >= h && is_right { 1.0 } else { 0.0 });
            let resampling = Resampling { times: 200, seed: 1, name: "gate", sample: Sample::Complete };
            let of_trees = OfTrees { costs: &[90.0; 5], passes: &passes, losses: &[0.0; 5], handed: &handed };
            let baseline = Err("no baseline".to_owned());
            let found = point(TokenDefinition::Billed, "iid", &of_trees, (&baseline, Beyond::Absent), resampling);
            let (precision, coverage) = expected(h);
            close(found.precision.value.value(), precision);
            close(found.handed_in.value.value(), coverage);
            close(found.pass.value.value(), precision * coverage);
        }
        let nothing = OfTrees { costs: &[90.0; 2], passes: &[0.0; 2], losses: &[0.0; 2], handed: &[0.0; 2] };
        let resampling = Resampling { times: 10, seed: 1, name: "gate", sample: Sample::Complete };
        let baseline = Err("no baseline".to_owned());
        let found = point(TokenDefinition::Billed, "iid", &nothing, (&baseline, Beyond::Absent), resampling);
        assert_eq!(found.precision.value.reason(), Some("nothing was handed in"));
    }
}
