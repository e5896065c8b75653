//! One figure of both runs with all that is said of it.

use super::columns::Paired;
use super::draws::{Method, Units, over_all};
use super::metric::{CostAxis, Metric, Shape};
use super::student;
use crate::bootstrap::{Draws, NONE_IF_STOPPED};
use crate::normal::Z;
use crate::tokens::{correlation, mean};
use crate::{Estimate, Figure, Interval, Order, Sample, few, sequence};
use mend_core::ProblemId;
use serde::Serialize;

/// Four in five: how many standard errors of a normal distribution that is.
pub(crate) const POWER: f64 = 0.841_621_233_572_914_3;

/// The same for one side of 5 %.
pub(crate) const ONE_SIDED: f64 = 1.644_853_626_951_472_2;

/// Changes that are named.
const NAMED: usize = 10;

/// What is compared, and where.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Subject {
    /// The figure.
    pub metric: Metric,
    /// `all`, or a difficulty.
    pub group: String,
    /// What shall be equal, and its mean: of pass@t alone.
    pub equal: Option<Equal>,
}

/// Where curves are read.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Equal {
    /// What the cost counts.
    pub axis: CostAxis,
    /// The mean cost of a problem.
    pub cost: f64,
    /// The number of first programs at which the first run's curve has that cost; `None` where a cost was asked for.
    pub n_p: Option<u32>,
    /// In which order trees are drawn.
    pub order: Order,
    /// The first run's trees.
    pub shape_a: Shape,
    /// The second run's trees.
    pub shape_b: Shape,
}

/// How an interval was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum IntervalMethod {
    /// Problems resampled, corrected for bias and skewness.
    Bca,
    /// Clusters of problems resampled.
    BcaOfClusters,
    /// Student's, by the spread between fewer than ten clusters.
    ClusterT,
    /// A confidence sequence: a run was stopped.
    Sequence,
}

impl IntervalMethod {
    /// The word used in files and tables.
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// What clusters of problems do to a difference.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Clustered {
    /// How many there are.
    pub clusters: u32,
    /// Standard error, if whole clusters are what is new.
    pub error: f64,
    /// Student's interval by it.
    pub interval: Interval,
    /// The square of its ratio to the standard error of single problems; absent where that is 0.
    pub design_effect: Figure,
}

/// A difference between two runs. The second minus the first, everywhere.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PairedFigure {
    /// What is compared.
    #[serde(flatten)]
    pub subject: Subject,
    /// The first run's figure.
    pub a: Figure,
    /// The second run's.
    pub b: Figure,
    /// The difference, with its interval over new problems.
    pub delta: Estimate,
    /// How that interval was found.
    pub interval_method: Option<IntervalMethod>,
    /// The bootstrap's interval, before it was widened where few problems differ; `None` if another one stands there.
    pub resampled: Option<Interval>,
    /// Standard error of the difference, by single problems.
    pub error: Figure,
    /// What clusters make of it; `None` if nobody asked.
    pub clustered: Option<Clustered>,
    /// The interval if the same problems were sampled again.
    pub same_problems: Figure<Interval>,
    /// How often swapping the runs on single problems leads as far from zero.
    pub p: Figure,
    /// How that was found.
    pub method: Option<Method>,
    /// The same, corrected for all differences of the command; `None` for the first one.
    pub p_holm: Option<f64>,
    /// McNemar's exact p-value; `None` unless each problem has one program in both runs.
    pub mcnemar: Option<f64>,
    /// Standard deviation of what problems differ by.
    pub sd: Figure,
    /// Correlation of both runs over problems.
    pub correlation: Figure,
    /// Problems on which the second run is better.
    pub better: u32,
    /// Problems on which both are equal.
    pub equal_problems: u32,
    /// Problems on which the second run is worse.
    pub worse: u32,
    /// Problems behind the figure.
    pub problems: u32,
    /// The smallest true difference that the interval would find in four of five cases.
    pub mde: Figure,
    /// The same for a gate that asks on one side, at 5 %.
    pub mde_one_sided: Figure,
    /// The difference if everything that is not scored had failed, in both runs.
    pub if_unscored_fail: Figure,
    /// The difference if everything that is not scored had passed, in both runs.
    pub if_unscored_pass: Figure,
    /// The largest changes, by problem.
    pub largest: Vec<(ProblemId, f64)>,
}

/// What a figure is made of.
pub(crate) struct Made<'a> {
    pub(crate) subject: Subject,
    pub(crate) figure: &'a Paired,
    pub(crate) problems: &'a [ProblemId],
    pub(crate) units: &'a Units,
    pub(crate) sample: Sample,
    pub(crate) draws: &'a Draws,
    pub(crate) p: Option<(f64, Method)>,
}

impl PairedFigure {
    /// A figure that does not exist.
    pub(crate) fn absent(subject: Subject, why: &str) -> Self {
        let absent = || Figure::Absent(why.to_owned());
        Self {
            subject,
            a: absent(),
            b: absent(),
            delta: Estimate::absent(why),
            interval_method: None,
            resampled: None,
            error: absent(),
            clustered: None,
            same_problems: Figure::Absent(why.to_owned()),
            p: absent(),
            method: None,
            p_holm: None,
            mcnemar: None,
            sd: absent(),
            correlation: absent(),
            better: 0,
            equal_problems: 0,
            worse: 0,
            problems: 0,
            mde: absent(),
            mde_one_sided: absent(),
            if_unscored_fail: absent(),
            if_unscored_pass: absent(),
            largest: vec![],
        }
    }

    /// All that is said of a figure but what needs more than its numbers.
    pub(crate) fn of(made: Made<'_>) -> Self {
        let Made { subject, figure, problems, units, sample, draws, p } = made;
        let Some((a, b)) = over_all(figure) else {
            return Self::absent(subject, "it has no value over all problems");
        };
        let (of_a, of_b) = figure.by_problem();
        let spread = Spread::of(&of_a, &of_b);
        let clustered = (!units.are_problems()).then(|| clustered(&spread, units)).flatten();
        let (interval, interval_method) = interval(figure, units, sample, draws, &spread, clustered.as_ref());
        let is_resampled = matches!(interval_method, Some(IntervalMethod::Bca | IntervalMethod::BcaOfClusters));
        let resampled = draws.bounds(Z).ok().filter(|_| is_resampled).map(|(low, high)| Interval::new(low, high));
        let mut changes: Vec<(ProblemId, f64)> = problems
            .iter()
            .cloned()
            .zip(spread.deltas.iter().copied())
            .filter(|(_, delta)| delta.abs() > 1e-12)
            .collect();
        let count = |is: fn(f64) -> bool| spread.deltas.iter().filter(|delta| is(**delta)).count() as u32;
        let (better, worse) = (count(|delta| delta > 1e-12), count(|delta| delta < -1e-12));
        changes.sort_by(|one, other| other.1.abs().total_cmp(&one.1.abs()));
        changes.truncate(NAMED);
        let error = clustered.as_ref().map_or(spread.error(), |clustered| Some(clustered.error));
        let mde = |z: f64| match error {
            Some(error) if error > 1e-12 => Figure::Value((z + POWER) * error),
            Some(_) => Figure::Absent("no problem changed".to_owned()),
            None => Figure::Absent(TWO.to_owned()),
        };
        Self {
            a: Figure::Value(a),
            b: Figure::Value(b),
            delta: Estimate { value: Figure::Value(b - a), interval },
            interval_method,
            resampled,
            error: Figure::or_absent(spread.error(), || TWO.to_owned()),
            p: Figure::or_absent(p.map(|(p, _)| p), || "the difference has no value".to_owned()),
            method: p.map(|(_, method)| method),
            sd: Figure::or_absent(spread.sd, || TWO.to_owned()),
            correlation: Figure::or_absent(correlation(&of_a, &of_b), || {
                "one run has the same figure on each problem".to_owned()
            }),
            better,
            worse,
            equal_problems: spread.deltas.len() as u32 - better - worse,
            problems: spread.deltas.len() as u32,
            mde: mde(Z),
            mde_one_sided: mde(ONE_SIDED),
            largest: changes,
            clustered,
            ..Self::absent(subject, "not worked out for this figure")
        }
    }
}

const TWO: &str = "a spread over problems needs two scored problems";

/// What problems differ by.
#[derive(Debug, Clone)]
pub(crate) struct Spread {
    pub(crate) deltas: Vec<f64>,
    pub(crate) mean: f64,
    pub(crate) sd: Option<f64>,
}

impl Spread {
    pub(crate) fn of(a: &[f64], b: &[f64]) -> Self {
        let deltas: Vec<f64> = a.iter().zip(b).map(|(a, b)| b - a).collect();
        let mean = mean(&deltas).unwrap_or_default();
        let squares: f64 = deltas.iter().map(|delta| (delta - mean) * (delta - mean)).sum();
        let sd = (deltas.len() > 1).then(|| (squares / (deltas.len() - 1) as f64).sqrt());
        Self { deltas, mean, sd }
    }

    pub(crate) fn error(&self) -> Option<f64> {
        self.sd.map(|sd| sd / (self.deltas.len() as f64).sqrt())
    }
}

/// Standard error and interval by clusters; `None` for fewer than two.
pub(crate) fn clustered(spread: &Spread, units: &Units) -> Option<Clustered> {
    let problems = spread.deltas.len() as f64;
    let clusters = units.count as f64;
    if units.count < 2 {
        return None;
    }
    let of_cluster = |(sum, count): &(f64, f64)| sum - count * spread.mean;
    let squares: f64 = units.sums(&spread.deltas).iter().map(of_cluster).map(|sum| sum * sum).sum();
    let error = (clusters / (clusters - 1.0) * squares).sqrt() / problems;
    let half = student::quantile(0.975, units.count as u32 - 1) * error;
    let design_effect = spread.error().filter(|plain| *plain > 1e-12).map(|plain| (error / plain).powi(2));
    Some(Clustered {
        clusters: units.count as u32,
        error,
        interval: Interval::new(spread.mean - half, spread.mean + half),
        design_effect: Figure::or_absent(design_effect, || "no problem changed".to_owned()),
    })
}

fn interval(
    figure: &Paired,
    units: &Units,
    sample: Sample,
    draws: &Draws,
    spread: &Spread,
    clustered: Option<&Clustered>,
) -> (Figure<Interval>, Option<IntervalMethod>) {
    const RANGE: (f64, f64) = (-1.0, 1.0);
    let absent = |why: &str| (Figure::Absent(why.to_owned()), None);
    // What is drawn: problems, or clusters with their means.
    let values: Vec<f64> = units.sums(&spread.deltas).iter().map(|(sum, count)| sum / count).collect();
    if values.len() < 2 {
        return absent(if units.are_problems() {
            "an interval over problems needs two scored problems"
        } else {
            "an interval over clusters needs two of them"
        });
    }
    if sample == Sample::Stopped {
        return if figure.is_mean() && units.are_problems() {
            (Figure::Value(sequence::interval(&values, RANGE)), Some(IntervalMethod::Sequence))
        } else {
            absent(NONE_IF_STOPPED)
        };
    }
    if let Some(clustered) = clustered.filter(|clustered| clustered.clusters < 10) {
        let Interval { low, high, .. } = clustered.interval;
        let interval = Interval::new(low.max(-1.0), high.min(1.0));
        return (Figure::Value(interval), Some(IntervalMethod::ClusterT));
    }
    match draws.bounds(Z) {
        Ok((low, high)) => {
            let mut interval = Interval::new(low, high);
            widen(&mut interval, &values, RANGE);
            let method = if units.are_problems() { IntervalMethod::Bca } else { IntervalMethod::BcaOfClusters };
            (Figure::Value(interval), Some(method))
        }
        Err(why) => absent(&why),
    }
}

/// Where few problems differ from the commonest value, the interval reaches what so few can rule out.
fn widen(interval: &mut Interval, values: &[f64], range: (f64, f64)) {
    if let Some((low, high)) = few::ends(values, range) {
        *interval = Interval { low: interval.low.min(low), high: interval.high.max(high), few_informative: true };
    }
}

#[cfg(test)]
mod tests {
    use super::super::columns::Column;
    use super::super::draws::{flips, resample};
    use super::*;

    fn means(a: Vec<f64>, b: Vec<f64>) -> Paired {
        Paired::Means(Column::new(a, b))
    }

    #[track_caller]
    fn close(value: f64, expected: f64) {
        assert!((value - expected).abs() < 1e-6, "{value} is not {expected}");
    }

    /// Share of passing programs of eight problems, four of each.
    fn eight(k: u32) -> Paired {
        let of = |right: [u32; 8]| right.map(|right| crate::pass_at_k(4, right, k).unwrap()).to_vec();
        means(of([4, 3, 2, 0, 1, 4, 2, 3]), of([4, 4, 3, 1, 1, 4, 3, 2]))
    }

    fn figure(of: &Paired, units: &Units) -> PairedFigure {
        let draws = resample(&[of], units, 2_000, 1, "all").remove(0);
        let p = flips(&[of], units, 1, "all").remove(0);
        let problems: Vec<ProblemId> =
            (0..of.by_problem().0.len()).map(|id| ProblemId::new(format!("a/{id}"))).collect();
        let subject = Subject { metric: Metric::PassAtK(1), group: "all".to_owned(), equal: None };
        let made = Made { subject, figure: of, problems: &problems, units, sample: Sample::Complete, draws: &draws, p };
        PairedFigure::of(made)
    }

    #[test]
    fn the_worked_example_of_two_runs_holds() {
        let found = figure(&eight(1), &Units::problems(8));
        let value = |figure: &Figure| *figure.value().unwrap();
        close(value(&found.delta.value), 0.09375);
        close(value(&found.error), 0.065_763);
        close(value(&found.delta.value) / value(&found.error), 1.425_573);
        close(value(&found.correlation), 0.851_026);
        close(value(&found.p), 0.375);
        let interval = found.resampled.unwrap();
        assert!((interval.low + 0.06).abs() < 0.035 && (interval.high - 0.19).abs() < 0.035, "{interval:?}");
        // Four of eight problems differ by 1/4: what so few exceptions can rule out is less.
        assert!(found.delta.interval.value().unwrap().few_informative);
        assert_eq!((found.better, found.equal_problems, found.worse, found.problems), (4, 3, 1, 8));
        assert_eq!(found.largest.len(), 5);
        close(value(&found.mde), (1.959_964 + 0.841_621) * value(&found.error));
        let found = figure(&eight(2), &Units::problems(8));
        close(value(&found.a), 0.770_833);
        close(value(&found.b), 0.854_167);
        close(value(&found.delta.value), 0.083_333);
        close(value(&found.p), 0.5);
    }

    #[test]
    fn the_worked_example_of_clusters_holds() {
        let units = Units { of: vec![0, 0, 1, 1, 2, 2, 3, 3], count: 4 };
        let found = figure(&eight(1), &units);
        let clustered = found.clustered.as_ref().unwrap();
        close(clustered.error, 0.059_839);
        close(clustered.interval.low, -0.096_685);
        close(clustered.interval.high, 0.284_185);
        close(*found.p.value().unwrap(), 0.5);
        close(*clustered.design_effect.value().unwrap(), 0.827_957);
        assert_eq!(found.interval_method, Some(IntervalMethod::ClusterT), "fewer than ten clusters");
        close(*found.mde.value().unwrap(), (1.959_964 + 0.841_621) * clustered.error);
    }

    #[test]
    fn few_changes_leave_room_for_those_that_were_not_seen() {
        let mut b = vec![1.0; 40];
        (b[3], b[7]) = (0.0, 0.0);
        let found = figure(&means(vec![1.0; 40], b), &Units::problems(40));
        let interval = found.delta.interval.value().unwrap();
        assert!(interval.few_informative && interval.low <= -0.169_196 && interval.high >= 0.088_096, "{interval:?}");
        let none = figure(&means(vec![0.5; 9], vec![0.5; 9]), &Units::problems(9));
        assert_eq!(none.mde.reason(), Some("no problem changed"));
        assert_eq!((none.p.value(), none.correlation.value()), (Some(&1.0), None));
        let one = figure(&means(vec![0.0], vec![1.0]), &Units::problems(1));
        assert!(one.delta.interval.reason().unwrap().contains("two scored problems"));
        assert_eq!((one.sd.value(), one.p.value()), (None, Some(&1.0)));
    }
}
