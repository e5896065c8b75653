//! Figures of independent draws beyond pass@k: whether all of `k` programs pass, or a share of them, or the largest group
//! that behaves alike; what a ranking of them picks; and, on request, what more of them would solve.
//!
//! The draws are the first programs of a problem, and, where a run grew several trees of each, what these handed in.

mod beyond;
mod counts;
mod drawn;
mod extrapolated;
mod majority;
mod picked;

pub use beyond::{RateFit, rate_fit, rate_fit_with_hopeless};
pub use counts::{all_pass_at_k, bayes_at_n, g_pass_at_k, mg_pass_at_k, outcome_consistency};
pub use majority::{Alike, maj_at_k};
pub use picked::picked_at_k;

use crate::bootstrap::{Means, Table};
use crate::coverage::Counted;
use crate::deeper::trees_by_problem;
use crate::group::Group;
use crate::k_rows::why_no_pass_at_k;
use crate::normal::Z;
use crate::same_problems::{Within, within};
use crate::submitted::outcome;
use crate::{Estimate, Figure, Interval, Options, Selection, pass_at_k};
use drawn::Drawn;
use mend_core::{ProblemId, RunManifest};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, strum::IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Draws {
    /// First programs.
    Programs,
    /// What the trees of the problem handed in.
    Submissions,
}

/// What a figure says of the draws.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, strum::IntoStaticStr)]
pub enum SamplingMetric {
    /// One of `k` passes.
    #[serde(rename = "pass@k")]
    #[strum(serialize = "pass@k")]
    Pass,
    /// All of `k` pass.
    #[serde(rename = "pass^k")]
    #[strum(serialize = "pass^k")]
    AllPass,
    /// At least a share tau of `k` passes.
    #[serde(rename = "g_pass@k")]
    #[strum(serialize = "g_pass@k")]
    GPass,
    /// Twice the mean of that over the shares above one half.
    #[serde(rename = "mg_pass@k")]
    #[strum(serialize = "mg_pass@k")]
    MgPass,
    /// Two draws end alike.
    #[serde(rename = "outcome_consistency")]
    #[strum(serialize = "outcome_consistency")]
    Consistency,
    /// The largest group of `k` that behaves alike is right.
    #[serde(rename = "maj@k")]
    #[strum(serialize = "maj@k")]
    Majority,
    /// What a ranking picks of `k` passes.
    #[serde(rename = "picked@k")]
    #[strum(serialize = "picked@k")]
    Picked,
    /// One of `k` passes, and what the ranking picks does not.
    #[serde(rename = "selection_loss@k")]
    #[strum(serialize = "selection_loss@k")]
    Loss,
    /// The posterior mean of the pass rate under a uniform prior.
    #[serde(rename = "bayes@n")]
    #[strum(serialize = "bayes@n")]
    Bayes,
}

/// How a figure was computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, strum::IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum SamplingEstimator {
    /// The mean over all subsets.
    Unbiased,
    /// Beyond what was drawn, by a distribution of pass rates that was fitted to it.
    Extrapolated,
    /// With a prior.
    Bayes,
}

macro_rules! words {
    ($($word:ty),*) => {$(
        impl $word {
            /// The word used in files and tables.
            pub fn as_str(self) -> &'static str {
                self.into()
            }
        }
    )*};
}
words!(Draws, SamplingMetric, SamplingEstimator);

/// A figure of independent draws, of one group of problems.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SamplingRow {
    /// `all` or a difficulty.
    pub group: String,
    /// What is drawn.
    pub draws: Draws,
    /// What is said of them.
    pub metric: SamplingMetric,
    /// How many of them; `None` where all are meant.
    pub k: Option<u32>,
    /// The share that has to pass; `None` of other metrics.
    pub tau: Option<f64>,
    /// How it was computed.
    pub estimator: SamplingEstimator,
    /// The draws from which it is an extrapolation; `None` if it is none.
    pub extrapolated_from: Option<u32>,
    /// The figure, with its interval over new problems.
    pub value: Estimate,
    /// Its interval if the same problems were sampled again.
    pub same_problems: Figure<Interval>,
    /// Of an extrapolation far beyond the draws the value by a second fit, in which some problems are never solved.
    pub with_hopeless: Figure,
    /// Scored problems.
    pub problems: u32,
    /// Fewest draws of one.
    pub n_min: Option<u32>,
    /// Most draws of one.
    pub n_max: Option<u32>,
}

/// The shares that have to pass in rows of `g_pass@k`.
const TAUS: [f64; 3] = [0.25, 0.5, 0.75];

/// The rows of each group; none where no problem has two draws, nor anything was asked for.
pub(crate) fn rows(
    manifest: &RunManifest,
    counted: &Counted<'_>,
    groups: &[Group<'_>],
    options: &Options,
) -> Vec<SamplingRow> {
    let trees = trees_by_problem(manifest, counted);
    let drawn: BTreeMap<&ProblemId, Drawn> =
        trees.par_iter().map(|problem| (problem.id, Drawn::of(&problem.all, manifest.identity.tests))).collect();
    let submissions: BTreeMap<&ProblemId, (u32, u32)> = trees
        .iter()
        .map(|problem| {
            let passes: Vec<bool> = problem.all.iter().filter_map(|tree| outcome(manifest, tree)).collect();
            (problem.id, (passes.len() as u32, passes.iter().filter(|passes| **passes).count() as u32))
        })
        .collect();
    let mut rows = vec![];
    for group in groups {
        let programs: Vec<(u32, u32)> = group.problems.iter().map(|problem| (problem.n(), problem.c())).collect();
        let about = About { group, draws: Draws::Programs, counts: &programs, options };
        let by_behaviour: Option<Vec<&Drawn>> = group.problems.iter().map(|problem| drawn.get(&problem.id)).collect();
        rows.extend(about.program_rows(by_behaviour.as_deref().unwrap_or_default()));
        let of_trees: Option<Vec<(u32, u32)>> =
            group.problems.iter().map(|problem| submissions.get(&problem.id).copied()).collect();
        let of_trees = of_trees.unwrap_or_default();
        if of_trees.iter().any(|(n, _)| *n > 1) {
            rows.extend(About { group, draws: Draws::Submissions, counts: &of_trees, options }.submission_rows());
        }
    }
    rows
}

/// A group with the draws of each of its problems, and the passing ones.
pub(super) struct About<'a> {
    pub(super) group: &'a Group<'a>,
    pub(super) draws: Draws,
    pub(super) counts: &'a [(u32, u32)],
    pub(super) options: &'a Options,
}

impl About<'_> {
    fn n_min(&self) -> Option<u32> {
        self.counts.iter().map(|(n, _)| *n).min()
    }

    fn program_rows(&self, drawn: &[&Drawn]) -> Vec<SamplingRow> {
        let mut rows = vec![];
        let ks: Vec<u32> = self.options.ks.iter().copied().filter(|k| *k > 1).collect();
        for k in &ks {
            rows.extend(self.count_rows(*k));
            if drawn.iter().any(|problem| problem.has_inputs) {
                rows.extend(self.behaviour_rows(*k, drawn));
            }
        }
        rows.extend(self.bayes());
        rows.extend(extrapolated::rows(self));
        rows
    }

    fn submission_rows(&self) -> Vec<SamplingRow> {
        let most = self.n_min().unwrap_or(0);
        let mut ks: Vec<u32> = self.options.ks.iter().copied().filter(|k| *k <= most).collect();
        if !ks.contains(&most) && most > 0 {
            ks.push(most);
        }
        let mut rows = vec![];
        for k in ks {
            rows.push(self.by_counts(SamplingMetric::Pass, k, None, |n, c| pass_at_k(n, c, k).ok()));
            if k > 1 {
                rows.extend(self.count_rows(k));
            }
        }
        let values: Option<Vec<f64>> = self.counts.iter().map(|(n, c)| outcome_consistency(*n, *c)).collect();
        let why = || "some problem has fewer than two scored trees".to_owned();
        let mut row = self.row(SamplingMetric::Consistency, None, values.ok_or_else(why));
        row.same_problems = Figure::Absent(ONLY_NEW.to_owned());
        rows.push(row);
        rows
    }

    /// What the numbers of draws and of passes tell.
    fn count_rows(&self, k: u32) -> Vec<SamplingRow> {
        let mut rows = vec![self.by_counts(SamplingMetric::AllPass, k, None, |n, c| all_pass_at_k(n, c, k).ok())];
        for tau in TAUS {
            rows.push(self.by_counts(SamplingMetric::GPass, k, Some(tau), |n, c| g_pass_at_k(n, c, k, tau).ok()));
        }
        rows.push(self.by_counts(SamplingMetric::MgPass, k, None, |n, c| mg_pass_at_k(n, c, k).ok()));
        rows
    }

    fn by_counts(
        &self,
        metric: SamplingMetric,
        k: u32,
        tau: Option<f64>,
        of: impl Fn(u32, u32) -> Option<f64>,
    ) -> SamplingRow {
        let values = match self.why_absent(k) {
            Some(why) => Err(why),
            None => self.counts.iter().map(|(n, c)| of(*n, *c)).collect::<Option<_>>().ok_or_else(|| self.short(k)),
        };
        let mut row = self.row(metric, Some(k), values);
        row.tau = tau;
        // That all pass is that none of the failures is drawn.
        let flips = metric == SamplingMetric::AllPass;
        row.same_problems = match row.value.value.value() {
            Some(value) if flips || metric == SamplingMetric::Pass => self.same_problems(*value, k, flips),
            Some(_) => Figure::Absent(ONLY_NEW.to_owned()),
            None => Figure::Absent(row.value.value.reason().unwrap_or_default().to_owned()),
        };
        row
    }

    fn same_problems(&self, value: f64, k: u32, flips: bool) -> Figure<Interval> {
        let of = |(n, c): &(u32, u32)| -> Within {
            let passes = (0..*n).map(|draw| (draw < *c) != flips);
            let units: Vec<(f64, f64)> = passes.map(|passes| if passes { (0.0, 1.0) } else { (1.0, 0.0) }).collect();
            let mut all = within(&units, Selection::OracleAny, k);
            all.remove(all.len() - 1)
        };
        let within: Vec<Within> = self.counts.iter().map(of).collect();
        match self.group.same_problems(if flips { 1.0 - value } else { value }, &within) {
            Figure::Value(Interval { low, high, .. }) if flips => Figure::Value(Interval::new(1.0 - high, 1.0 - low)),
            other => other,
        }
    }

    /// What behaviour on public inputs tells.
    fn behaviour_rows(&self, k: u32, drawn: &[&Drawn]) -> Vec<SamplingRow> {
        let of = |of: &dyn Fn(&Drawn) -> Result<f64, String>| match self.why_absent(k) {
            Some(why) => Err(why),
            None => drawn.iter().map(|problem| of(problem)).collect::<Result<Vec<f64>, String>>(),
        };
        let short = || self.short(k);
        let majority = of(&|problem| {
            let (groups, without_vote) = problem.groups()?;
            maj_at_k(&groups, without_vote, k).ok_or_else(short)
        });
        let picked = |problem: &Drawn| picked_at_k(&problem.ranked, k).ok_or_else(short);
        let lost = |problem: &Drawn| {
            let right = problem.ranked.iter().filter(|passes| **passes).count() as u32;
            let best = pass_at_k(problem.ranked.len() as u32, right, k).map_err(|_| short())?;
            Ok((best - picked(problem)?).max(0.0))
        };
        let rows = [
            (SamplingMetric::Majority, majority),
            (SamplingMetric::Picked, of(&picked)),
            (SamplingMetric::Loss, of(&lost)),
        ];
        rows.into_iter().map(|(metric, values)| self.row(metric, Some(k), values)).collect()
    }

    /// An option: the posterior mean, and its interval for the same problems.
    fn bayes(&self) -> Option<SamplingRow> {
        self.options.bayes.then_some(())?;
        let of: Vec<(f64, f64)> = self.counts.iter().map(|(n, c)| bayes_at_n(*n, *c)).collect();
        let means: Vec<f64> = of.iter().map(|(mean, _)| *mean).collect();
        let values = if means.is_empty() { Err(NO_PROBLEM.to_owned()) } else { Ok(means) };
        let mut row = self.row(SamplingMetric::Bayes, None, values);
        row.estimator = SamplingEstimator::Bayes;
        row.value.interval = Figure::Absent("it is about the same problems alone".to_owned());
        if let Some(value) = row.value.value.value() {
            let wide = Z * of.iter().map(|(_, variance)| variance).sum::<f64>().sqrt() / of.len() as f64;
            row.same_problems = Figure::Value(Interval::new((value - wide).max(0.0), (value + wide).min(1.0)));
        }
        Some(row)
    }

    fn short(&self, k: u32) -> String {
        match self.draws {
            Draws::Programs => match self.group.problems.iter().find(|problem| problem.n() < k) {
                Some(short) => format!("problem `{}` has {} scored programs, fewer than k = {k}", short.id, short.n()),
                None => format!("some problem has more programs than are counted for k = {k}"),
            },
            Draws::Submissions => format!("some problem has fewer than k = {k} scored trees"),
        }
    }

    /// Why the draws carry no figure for `k` of them.
    fn why_absent(&self, k: u32) -> Option<String> {
        match self.draws {
            Draws::Programs => why_no_pass_at_k(self.group, k),
            Draws::Submissions if self.counts.is_empty() => Some(NO_PROBLEM.to_owned()),
            Draws::Submissions => None,
        }
    }

    fn means(&self, values: &[f64]) -> Option<(Means, crate::bootstrap::Column)> {
        let mut table = Table::default();
        let column = table.add(values.iter().copied().map(Some))?;
        Some((table.means(self.group.resampling(self.options)), column))
    }

    fn row(&self, metric: SamplingMetric, k: Option<u32>, values: Result<Vec<f64>, String>) -> SamplingRow {
        let value = match values.map(|values| self.means(&values)) {
            Ok(Some((means, column))) => Estimate {
                value: Figure::Value(means.all().mean(column)),
                interval: means.interval_of(column, (0.0, 1.0)),
            },
            Ok(None) => Estimate::absent(NO_PROBLEM),
            Err(why) => Estimate::absent(&why),
        };
        let same_problems = Figure::Absent(value.value.reason().unwrap_or(ONLY_NEW).to_owned());
        SamplingRow {
            group: self.group.name.clone(),
            draws: self.draws,
            metric,
            k,
            tau: None,
            estimator: SamplingEstimator::Unbiased,
            extrapolated_from: None,
            value,
            same_problems,
            with_hopeless: Figure::Absent("it does not extrapolate far beyond the draws".to_owned()),
            problems: self.counts.len() as u32,
            n_min: self.n_min(),
            n_max: self.counts.iter().map(|(n, _)| *n).max(),
        }
    }
}

const NO_PROBLEM: &str = "no problem is scored";
const ONLY_NEW: &str = "this figure has an interval over new problems alone";

#[cfg(test)]
mod tests;
