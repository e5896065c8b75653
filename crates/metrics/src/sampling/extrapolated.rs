//! Rows of pass@K beyond the programs that were drawn.

use super::beyond::{RateFit, rate_fit, rate_fit_with_hopeless};
use super::{About, SamplingEstimator, SamplingMetric, SamplingRow};
use crate::bootstrap::{NONE_IF_STOPPED, below};
use crate::{Estimate, Figure, Interval, Sample, pass_at_k};
use mend_core::seed_for;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use rayon::prelude::*;

/// Fewer problems tell too little of how rates are spread.
const LEAST_PROBLEMS: usize = 20;
/// Refits behind an interval.
const REFITS: u32 = 200;
/// So many times the draws are far.
const FAR: u32 = 3;

/// A row for each `K` that was asked for.
pub(super) fn rows(about: &About<'_>) -> Vec<SamplingRow> {
    about.options.extrapolate.iter().map(|k| row(about, *k)).collect()
}

fn row(about: &About<'_>, k: u32) -> SamplingRow {
    let counts = about.counts;
    let n = counts.iter().map(|(n, _)| *n).min().unwrap_or(0);
    let why_not = why_not(about, n, k);
    let of = |counts: &[(u32, u32)], fit: fn(&[(u32, u32)]) -> Option<RateFit>| {
        let fit = fit(counts)?;
        Some((measured(counts, n)? + fit.solved_within(k) - fit.solved_within(n)).clamp(0.0, 1.0))
    };
    let no_fit = "all problems have the same share of passing programs: that tells nothing of how rates are spread";
    let value = match why_not {
        Some(why) => Figure::Absent(why),
        None => Figure::or_absent(of(counts, rate_fit), || no_fit.to_owned()),
    };
    let interval = match value.reason() {
        Some(why) => Figure::Absent(why.to_owned()),
        None => interval(about, |counts| of(counts, rate_fit)),
    };
    let mut row = about.row(SamplingMetric::Pass, Some(k), Err(String::new()));
    let is_far = k > FAR * n && value.value().is_some();
    if is_far {
        let second = of(counts, rate_fit_with_hopeless);
        row.with_hopeless = Figure::or_absent(second, || no_fit.to_owned());
    }
    row.estimator = SamplingEstimator::Extrapolated;
    row.extrapolated_from = Some(n);
    row.same_problems = Figure::Absent("an extrapolation has an interval over new problems alone".to_owned());
    row.value = Estimate { value, interval };
    row
}

/// pass@n at the fewest draws.
fn measured(counts: &[(u32, u32)], n: u32) -> Option<f64> {
    let values: Option<Vec<f64>> = counts.iter().map(|(drawn, c)| pass_at_k(*drawn, *c, n).ok()).collect();
    crate::tokens::mean(&values?)
}

fn why_not(about: &About<'_>, n: u32, k: u32) -> Option<String> {
    if let Some(why) = about.why_absent(1) {
        return Some(why);
    }
    if k <= n {
        return Some(format!("each problem has {n} programs: pass@{k} is measured"));
    }
    if about.counts.len() < LEAST_PROBLEMS {
        let count = about.counts.len();
        return Some(format!("an extrapolation needs {LEAST_PROBLEMS} problems, and there are {count}"));
    }
    let is_too_far = k > FAR.saturating_mul(n) && !about.options.extrapolate_far;
    is_too_far.then(|| {
        format!("{k} is more than {FAR} times the {n} programs of each problem: `--extrapolate-far` goes so far")
    })
}

/// The percentiles of what resampled problems come to, each with a fit of its own.
fn interval(about: &About<'_>, of: impl Fn(&[(u32, u32)]) -> Option<f64> + Sync) -> Figure<Interval> {
    if about.group.sample == Sample::Stopped {
        return Figure::Absent(NONE_IF_STOPPED.to_owned());
    }
    let times = REFITS.min(about.options.resamples);
    if times == 0 {
        return Figure::Absent("no interval was asked for".to_owned());
    }
    let seed = seed_for(about.options.seed, &["extrapolation", &about.group.name]);
    let draw = |stream: u32| {
        let mut generator = ChaCha8Rng::from_seed(*seed.as_bytes());
        generator.set_stream(u64::from(stream));
        let count = about.counts.len();
        let drawn: Vec<(u32, u32)> = (0..count).map(|_| about.counts[below(count, &mut generator)]).collect();
        of(&drawn)
    };
    let mut values: Vec<f64> = (0..times).into_par_iter().filter_map(draw).collect();
    let dropped = times as usize - values.len();
    if dropped * 20 >= times as usize {
        return Figure::Absent(format!(
            "no interval: the figure does not exist in {dropped} of {times} resamples of the problems"
        ));
    }
    values.sort_by(f64::total_cmp);
    let at = |share: f64| {
        let place = share * (values.len() - 1) as f64;
        let (low, high) = (values[place.floor() as usize], values[place.ceil() as usize]);
        low + (high - low) * place.fract()
    };
    Figure::Value(Interval::new(at(0.025), at(0.975)))
}
