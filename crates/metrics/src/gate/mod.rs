//! Whether a candidate is worse than a baseline by more than a margin: an answer for a build that goes on or fails.
//!
//! The difference is candidate minus baseline, and `L` and `U` are its one-sided bounds at `1 - alpha`. A loss of the
//! margin is ruled out where `L > -margin`; that nothing was lost is ruled out where `U < 0`. Where fewer than ten
//! problems differ from the commonest difference, the bounds reach what so few can rule out.

mod sequential;
mod settle;

pub use sequential::{Early, Purses, Stream};
pub use settle::{Settle, WithinProblems};

pub(crate) use settle::one_sided;

use crate::compare::{
    self, Both, Column, Common, CompareOptions, Counted, Metric, OfProblem, One, Paired, PairedFigure, Refusal,
    Refused, Side, Spread, Units, clustered, counted, matched, refusals, remarks, resample, student_quantile,
};
use crate::{Figure, RunLabels, Sample, few, pass_at_k, sequence};
use mend_core::ProblemId;
use serde::Serialize;
use std::collections::BTreeMap;

/// Fewer problems than these that differ from the commonest difference are few.
const FEW: usize = 10;

/// The largest share of problems without a score with which a gate may answer.
const MOST_UNSCORED: f64 = sequential::MOST_UNSCORED;

/// What is asked.
#[derive(Debug, Clone)]
pub struct GateOptions {
    /// The figure.
    pub metric: Metric,
    /// The loss that does not matter, above 0 and below 1.
    pub margin: f64,
    /// The share of false alarms, and of false passes, that is borne.
    pub alpha: f64,
    /// The part of it that is spent on early stops; `None` for a gate that looks once, at the end.
    pub alpha_early: Option<f64>,
    /// How the runs are compared. Of `at` the first counts.
    pub compare: CompareOptions,
}

impl GateOptions {
    /// The part of `alpha` that a sequential gate spends on early stops unless somebody says otherwise.
    pub fn usual_alpha_early(alpha: f64) -> f64 {
        alpha / 5.0
    }
}

/// What a gate says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// A loss of the margin or more is ruled out.
    Ok,
    /// The same, though something was lost.
    RegressionWithinMargin,
    /// Something was lost, perhaps more than the margin.
    Regression,
    /// Neither is ruled out.
    Undecided,
}

impl Verdict {
    /// The word used in files.
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// The word as people read it.
    pub fn told(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::RegressionWithinMargin => "regression within margin",
            Self::Regression => "regression",
            Self::Undecided => "undecided",
        }
    }

    fn of(lower: f64, upper: f64, margin: f64) -> Self {
        match (lower > -margin, upper < 0.0) {
            (true, false) => Self::Ok,
            (true, true) => Self::RegressionWithinMargin,
            (false, true) => Self::Regression,
            (false, false) => Self::Undecided,
        }
    }
}

/// The one-sided bounds of a difference.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Bounds {
    /// The level of each of them is one minus this.
    pub alpha: f64,
    /// The lower one.
    pub lower: f64,
    /// The upper one.
    pub upper: f64,
    /// Whether they were widened, because few problems differ.
    pub few_informative: bool,
}

/// An answer, with all that it rests on.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Gate {
    /// The answer.
    pub verdict: Verdict,
    /// Why it is not a clearer one: a sentence each.
    pub reasons: Vec<String>,
    /// The run that must not be lost against.
    pub baseline: RunLabels,
    /// The run that wants to pass.
    pub candidate: RunLabels,
    /// The loss that does not matter.
    pub margin: f64,
    /// The share of false alarms that is borne.
    pub alpha: f64,
    /// The difference: candidate minus baseline.
    pub figure: PairedFigure,
    /// Its bounds; absent with the reason.
    pub bounds: Figure<Bounds>,
    /// The smallest true loss that this gate finds in four of five cases.
    pub mde: Figure,
    /// What would settle it.
    pub settle: Settle,
    /// The stream, of a sequential gate.
    pub sequential: Option<Sequential>,
    /// The problems of both runs.
    pub common: Common,
    /// What the runs differ in though it decides numbers, because somebody allowed it.
    pub different: Vec<Refusal>,
    /// What weakens the answer: a sentence each.
    pub remarks: Vec<String>,
}

impl Gate {
    /// Whether looking further may still change the answer: a sequential gate that nothing stopped, with problems left.
    pub fn goes_on(&self) -> bool {
        self.sequential.as_ref().is_some_and(|sequential| sequential.stream.early.is_none() && !sequential.all_in)
    }
}

/// What a sequential gate looked at.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Sequential {
    /// Spent on early stops.
    pub alpha_early: f64,
    /// Left for the look at the end.
    pub alpha_at_the_end: f64,
    /// The stream.
    #[serde(flatten)]
    pub stream: Stream,
    /// All that there is to look at: problems, or clusters.
    pub of: u32,
    /// Whether all of it is there.
    pub all_in: bool,
    /// Whether clusters of problems are what is looked at.
    pub by_cluster: bool,
    /// The confidence sequence of what was seen, at one minus `alpha_early`; `None` if no early stop is possible.
    pub confidence_sequence: Option<(f64, f64)>,
    /// The mean difference of what was seen. It is biased away from 0 by an early stop.
    pub mean_seen: Option<f64>,
}

/// Why a gate does not answer.
#[derive(Debug, Clone, PartialEq)]
pub enum GateError {
    /// The runs are not comparable.
    Refused(Refused),
    /// The figure does not exist.
    Absent(String),
    /// There are fewer than two common problems.
    TooFew(usize),
    /// Too many problems have no score: their number, and all of them.
    Unscored {
        /// `A` or `B`.
        run: &'static str,
        /// Problems without a score.
        unscored: usize,
        /// Common problems.
        problems: usize,
    },
}

/// Asks whether the candidate is worse than the baseline by more than the margin.
pub fn gate(baseline: &Side, candidate: &Side, options: &GateOptions) -> Result<Gate, GateError> {
    let with_changed = !options.compare.common && options.compare.allowed.contains(&compare::Ground::Data);
    let (both, common) = matched(baseline, candidate, with_changed);
    let (different, refused): (Vec<Refusal>, Vec<Refusal>) =
        refusals(baseline, candidate, &common, options.compare.common)
            .into_iter()
            .partition(|refusal| refusal.ground.is_some_and(|ground| options.compare.allowed.contains(&ground)));
    let may_begin = options.alpha_early.is_some() && refused.iter().all(|refusal| refusal.ground.is_none());
    let begins = may_begin && !common.unfinished.is_empty();
    if !refused.is_empty() && !begins {
        return Err(GateError::Refused(Refused { run: candidate.labels.id.clone(), refusals: refused }));
    }
    let finished: Vec<Both<'_>> =
        both.iter().copied().filter(|(a, b)| a.frozen.is_some() && b.frozen.is_some()).collect();
    let sequential = options.alpha_early.and_then(|alpha| look(candidate, &both, options, alpha));
    let goes_on = sequential.as_ref().is_some_and(|sequential| sequential.stream.early.is_none() && !sequential.all_in);
    let mut remarks = remarks(baseline, candidate, &finished);
    let head = |figure: PairedFigure, verdict: Verdict, reasons: Vec<String>, bounds, settle| Gate {
        verdict,
        reasons,
        baseline: baseline.labels.clone(),
        candidate: candidate.labels.clone(),
        margin: options.margin,
        alpha: options.alpha,
        mde: mde(&figure, options.alpha),
        figure,
        bounds,
        settle,
        sequential: sequential.clone(),
        common: common.clone(),
        different: different.clone(),
        remarks: vec![],
    };
    let one = match enough(&finished, options, goes_on || early(sequential.as_ref()).is_some()).and_then(|()| {
        compare::one(baseline, candidate, &finished, options.metric, &options.compare).map_err(GateError::Absent)
    }) {
        Ok(one) => one,
        // Nothing is there yet, and more is to come.
        Err(_) if goes_on => {
            let subject = compare::Subject { metric: options.metric, group: crate::group::ALL.to_owned(), equal: None };
            let why = "too few problems are finished in both runs";
            let figure = PairedFigure::absent(subject, why);
            let settle = settle::settle((0.0, 0.0), 0, options.margin, options.alpha, None);
            return Ok(head(
                figure,
                Verdict::Undecided,
                vec![GOES_ON.to_owned()],
                Figure::Absent(why.to_owned()),
                settle,
            ));
        }
        Err(error) => return Err(error),
    };
    let settle = settling(&one, &finished, options);
    let stopped = early(sequential.as_ref());
    let alpha = sequential.as_ref().map_or(options.alpha, |sequential| sequential.alpha_at_the_end);
    let bounds = bounds(&one.figure, &one.units, &one.draws, one.sample, alpha);
    let mut reasons = vec![];
    let verdict = match (stopped, &bounds) {
        (Some(Early::Pass), _) => Verdict::Ok,
        (Some(Early::Fail), _) => Verdict::Regression,
        (None, _) if goes_on => {
            reasons.push(GOES_ON.to_owned());
            Verdict::Undecided
        }
        (None, Err(why)) => {
            reasons.push(format!("There are no bounds: {why}."));
            Verdict::Undecided
        }
        (None, Ok(found)) => {
            let verdict = Verdict::of(found.lower, found.upper, options.margin);
            match depends_on_unscored(verdict, &finished, options, one.sample, alpha) {
                Some(why) => {
                    reasons.push(why);
                    Verdict::Undecided
                }
                None => verdict,
            }
        }
    };
    if sequential.as_ref().is_some_and(|sequential| sequential.by_cluster) {
        remarks.push("The stream is one of clusters: its mean is over clusters, not over problems.".to_owned());
    }
    if stopped.is_some() {
        remarks.push(
            "The stream was stopped early: the difference is biased away from 0, and the confidence sequence holds all the same."
                .to_owned(),
        );
    }
    if options.alpha_early.is_some() && sequential.is_none() {
        remarks.push(
            "A figure that is read between two points has no difference of each problem: the gate looks once."
                .to_owned(),
        );
    }
    let bounds = bounds.map_or_else(Figure::Absent, Figure::Value);
    Ok(Gate { remarks, ..head(one.row, verdict, reasons, bounds, settle) })
}

const GOES_ON: &str = "Neither answer is clear yet, and problems are left to look at.";

fn early(sequential: Option<&Sequential>) -> Option<Early> {
    sequential.and_then(|sequential| sequential.stream.early)
}

/// What a sequential gate sees so far, without the answer's other parts: cheap enough to be asked after every problem.
/// `None` for a gate that looks once, for a figure that has no difference of each problem, and for runs that are not
/// comparable.
pub fn look_at(baseline: &Side, candidate: &Side, options: &GateOptions) -> Option<Sequential> {
    let with_changed = !options.compare.common && options.compare.allowed.contains(&compare::Ground::Data);
    let (both, common) = matched(baseline, candidate, with_changed);
    let refused = refusals(baseline, candidate, &common, options.compare.common);
    let is_refused =
        |refusal: &Refusal| refusal.ground.is_some_and(|ground| !options.compare.allowed.contains(&ground));
    if refused.iter().any(is_refused) {
        return None;
    }
    look(candidate, &both, options, options.alpha_early?)
}

/// Whether there are enough problems to answer by.
fn enough(finished: &[Both<'_>], options: &GateOptions, is_early: bool) -> Result<(), GateError> {
    if finished.len() < 2 {
        return Err(GateError::TooFew(finished.len()));
    }
    if is_early {
        return Ok(());
    }
    let is_unscored = |of: &OfProblem| match options.metric {
        Metric::Submission => of.submissions.0 == 0,
        _ => of.n() == 0,
    };
    let problems = finished.len();
    let in_a = finished.iter().filter(|(of_a, _)| is_unscored(of_a)).count();
    let in_b = finished.iter().filter(|(_, of_b)| is_unscored(of_b)).count();
    for (run, unscored) in [("A", in_a), ("B", in_b)] {
        if unscored as f64 > MOST_UNSCORED * problems as f64 {
            return Err(GateError::Unscored { run, unscored, problems });
        }
    }
    Ok(())
}

/// Looks at the differences of a stream, in the candidate's order, as far as it is unbroken.
/// `None` for a figure that has no difference of each problem.
fn look(candidate: &Side, both: &[Both<'_>], options: &GateOptions, alpha: f64) -> Option<Sequential> {
    let (counted, k) = counted(options.metric)?;
    let by_id: BTreeMap<&ProblemId, &Both<'_>> = both.iter().map(|both| (&both.0.entry.id, both)).collect();
    // Problems that the baseline never finished are no pairs.
    let ordered: Vec<&Both<'_>> = candidate
        .order
        .iter()
        .filter_map(|id| by_id.get(id).copied())
        .filter(|(of_a, _)| of_a.frozen.is_some())
        .collect();
    let ids: Vec<ProblemId> = ordered.iter().map(|both| both.0.entry.id.clone()).collect();
    let units = compare::units(&ids, options.compare.clusters.as_ref());
    let prefix = ordered.iter().take_while(|(_, of_b)| of_b.frozen.is_some()).count();
    let delta = |(of_a, of_b): &Both<'_>| {
        let side = |of: &OfProblem| {
            let (n, c, _) = counted(of);
            pass_at_k(n, c, k).ok()
        };
        Some(side(of_b)? - side(of_a)?)
    };
    let deltas: Vec<Option<f64>> = ordered[..prefix].iter().map(|both| delta(both)).collect();
    let deltas = whole_units(&deltas, &units);
    let all_in = prefix == ordered.len();
    let stream = sequential::stream(deltas.iter().copied(), options.margin, alpha);
    let seen: Vec<f64> = deltas.iter().take(stream.seen as usize).flatten().copied().collect();
    Some(Sequential {
        alpha_early: alpha,
        alpha_at_the_end: options.alpha - alpha,
        of: units.count as u32,
        all_in,
        by_cluster: !units.are_problems(),
        confidence_sequence: (alpha > 0.0).then(|| sequential::ends(&seen, alpha)),
        mean_seen: crate::tokens::mean(&seen),
        stream,
    })
}

/// The mean difference of each unit, in the order in which the last of its problems came; only whole units.
fn whole_units(deltas: &[Option<f64>], units: &Units) -> Vec<Option<f64>> {
    let mut last = vec![0; units.count];
    let mut sizes = vec![0_usize; units.count];
    for (place, unit) in units.of.iter().enumerate() {
        last[*unit] = place;
        sizes[*unit] += 1;
    }
    let mut sums: Vec<(f64, usize)> = vec![(0.0, 0); units.count];
    let mut whole = vec![];
    for (place, delta) in deltas.iter().enumerate() {
        let unit = units.of[place];
        if let Some(delta) = delta {
            sums[unit].0 += delta;
            sums[unit].1 += 1;
        }
        if last[unit] == place {
            let (sum, count) = sums[unit];
            whole.push((count > 0).then(|| sum / count as f64));
        }
    }
    whole
}

/// The one-sided bounds of a difference at a level.
fn bounds(
    figure: &Paired,
    units: &Units,
    draws: &crate::bootstrap::Draws,
    sample: Sample,
    alpha: f64,
) -> Result<Bounds, String> {
    const RANGE: (f64, f64) = (-1.0, 1.0);
    let (of_a, of_b) = figure.by_problem();
    let spread = Spread::of(&of_a, &of_b);
    let values: Vec<f64> = units.sums(&spread.deltas).iter().map(|(sum, count)| sum / count).collect();
    let found = |(lower, upper): (f64, f64), few_informative| Bounds { alpha, lower, upper, few_informative };
    if values.len() < 2 {
        return Err("bounds need two problems, or clusters of them".to_owned());
    }
    if sample == Sample::Stopped {
        return if figure.is_mean() && units.are_problems() {
            Ok(found(sequence::ends(&values, RANGE, 1.0 / alpha), false))
        } else {
            Err(crate::bootstrap::NONE_IF_STOPPED.to_owned())
        };
    }
    let of_clusters = clustered(&spread, units).filter(|_| !units.are_problems());
    if let Some(clustered) = of_clusters.filter(|clustered| clustered.clusters < 10) {
        let half = student_quantile(1.0 - alpha, clustered.clusters - 1) * clustered.error;
        return Ok(found((spread.mean - half, spread.mean + half), false));
    }
    let (mut lower, mut upper) = draws.bounds(settle::one_sided(alpha))?;
    let few = few::ends_of(&values, RANGE, FEW, alpha);
    if let Some((low, high)) = few {
        (lower, upper) = (lower.min(low), upper.max(high));
    }
    Ok(found((lower, upper), few.is_some()))
}

/// Why a verdict hangs on programs that are not scored; `None` if it is the same if they all fail, and if they all pass.
fn depends_on_unscored(
    verdict: Verdict,
    finished: &[Both<'_>],
    options: &GateOptions,
    sample: Sample,
    alpha: f64,
) -> Option<String> {
    let counted = counted(options.metric)?;
    if finished.iter().all(|(a, b)| (counted.0)(a).2 == 0 && (counted.0)(b).2 == 0) {
        return None;
    }
    for (passes, word) in [(false, "failed"), (true, "passed")] {
        let Some(figure) = filled(finished, counted, passes) else { continue };
        let ids: Vec<ProblemId> = finished.iter().map(|both| both.0.entry.id.clone()).collect();
        let units = compare::units(&ids, options.compare.clusters.as_ref());
        let draws =
            resample(&[&figure], &units, options.compare.resamples, options.compare.seed, crate::group::ALL).remove(0);
        let other = bounds(&figure, &units, &draws, sample, alpha).ok()?;
        let other = Verdict::of(other.lower, other.upper, options.margin);
        if other != verdict {
            return Some(format!(
                "The answer hangs on what is not scored: it would be `{}` if all of that had {word}, and is `{}` without it.",
                other.told(),
                verdict.told()
            ));
        }
    }
    None
}

/// The figure if everything without a score had failed, or passed.
fn filled(finished: &[Both<'_>], (counted, k): Counted, passes: bool) -> Option<Paired> {
    let side = |of: &OfProblem| {
        let (n, c, unscored) = counted(of);
        pass_at_k(n + unscored, if passes { c + unscored } else { c }, k).ok()
    };
    let pairs: Option<Vec<(f64, f64)>> = finished.iter().map(|(a, b)| Some((side(a)?, side(b)?))).collect();
    let (a, b) = pairs?.into_iter().unzip();
    Some(Paired::Means(Column::new(a, b)))
}

/// The smallest true loss that a gate at this level finds in four of five cases.
fn mde(figure: &PairedFigure, alpha: f64) -> Figure {
    let error = figure.clustered.as_ref().map(|clustered| clustered.error).or(figure.error.value().copied());
    match error {
        Some(error) if error > 1e-12 => Figure::Value(settle::quantiles(alpha) * error),
        Some(_) => Figure::Absent("no problem changed".to_owned()),
        None => Figure::Absent(figure.error.reason().unwrap_or("there are too few problems").to_owned()),
    }
}

fn settling(one: &One, finished: &[Both<'_>], options: &GateOptions) -> Settle {
    let delta = one.row.delta.value.value().copied().unwrap_or_default();
    let problems = one.row.problems as usize;
    // By clusters the spread is that of as many independent problems with the same standard error.
    let by_clusters = one.row.clustered.as_ref().map(|clustered| clustered.error * (problems as f64).sqrt());
    let sd = by_clusters.or(one.row.sd.value().copied()).unwrap_or_default();
    let within = counted(options.metric).filter(|(_, k)| *k == 1 && by_clusters.is_none());
    let within = within.and_then(|(counted, _)| within_problems(finished, counted));
    settle::settle((delta, sd), problems, options.margin, options.alpha, within)
}

/// Chance within problems; `None` where some problem has fewer than two programs.
fn within_problems(finished: &[Both<'_>], counted: fn(&OfProblem) -> (u32, u32, u32)) -> Option<WithinProblems> {
    let scored: Vec<(u32, u32, u32, u32)> = finished
        .iter()
        .map(|(a, b)| ((counted)(a), (counted)(b)))
        .filter(|((n_a, ..), (n_b, ..))| *n_a > 0 && *n_b > 0)
        .map(|((n_a, c_a, _), (n_b, c_b, _))| (n_a, c_a, n_b, c_b))
        .collect();
    if scored.is_empty() || scored.iter().any(|(n_a, _, n_b, _)| *n_a < 2 || *n_b < 2) {
        return None;
    }
    let variance = |n: u32, c: u32| {
        let (n, p) = (f64::from(n), f64::from(c) / f64::from(n));
        p * (1.0 - p) * n / (n - 1.0)
    };
    let count = scored.len() as f64;
    let w = scored.iter().map(|(n_a, c_a, n_b, c_b)| variance(*n_a, *c_a) + variance(*n_b, *c_b)).sum::<f64>();
    let per_sample = scored.iter().map(|(n_a, _, n_b, _)| 1.0 / f64::from(*n_a) + 1.0 / f64::from(*n_b)).sum::<f64>();
    Some(WithinProblems { w: w / (2.0 * count), per_sample: per_sample / count })
}

#[cfg(test)]
mod tests;
