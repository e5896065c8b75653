//! How repairs wear off: how soon lines are solved, and how fast what each round adds decays.
//!
//! Of the lines whose first program fails, the share `e_j` that the j-th repair solves is taken to fall as
//! `E0 exp(-lambda (j - 1))`; the rest is never solved. That is fitted by maximum likelihood over the counts, so that
//! rounds which add nothing count too. What is open gets harder as the easy lines leave it: so a repairer that never tires
//! shows a decay as well ([`DecayRow::constant_lambda`]), and so do fresh programs ([`DecayRow::fresh_lambda`]). Only what
//! lies beyond both says that repairing wears off.

use super::lines::{Line, solved, stands};
use super::rounds::{estimate, estimate_within};
use super::trend::trend;
use super::{About, Ddi, Trees};
use crate::bootstrap::{ByProblem, Table};
use crate::tokens::mean;
use crate::{Estimate, Figure, Interval};
use mend_core::{RepairTree, Suite};
use serde::{Deserialize, Serialize};
use std::f64::consts::LN_2;

/// How soon the lines of a group are solved, and how that decays by round.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DecayRow {
    /// `all` or a difficulty.
    pub group: String,
    /// Most repairs of a line, which is how many rounds the fit is over.
    pub rounds: u32,
    /// Problems that have a line.
    pub problems: u64,
    /// Lines, all of whose programs are scored.
    pub lines: u64,
    /// Mean reciprocal rank: 1 over the number of the first program of a line that passes, 0 if none does; mean over a
    /// problem's lines, then over problems.
    pub mrr: Estimate,
    /// Share of lines of which some program passes.
    pub recall: Estimate,
    /// What one more program of a line adds to the share of lines whose current program passes: the slope of the straight
    /// line through the rounds, by least squares.
    pub slope: Estimate,
    /// The share of that rise and fall which the straight line explains.
    pub slope_r2: Figure,
    /// Lines whose first program fails.
    pub failed_first: u64,
    /// Those of them that a repair solves.
    pub gained: u64,
    /// Share of them that the first repair solves, by the fit.
    pub e0: Figure,
    /// How fast that share falls from one round to the next.
    pub lambda: Estimate,
    /// Rounds after which half as much is added.
    pub half_life: Estimate,
    /// Rounds after which a fifth as much is added.
    pub t_80: Figure,
    /// Newly solved lines over lines at risk, of all rounds.
    pub hazard: Figure,
    /// The lambda of a repairer whose every repair solves this share of what is open.
    pub constant_lambda: Figure,
    /// The same fit to further first programs of the same trees.
    pub fresh_lambda: Figure,
    /// The fit as the paper on debugging decay has it.
    #[serde(default = "untold")]
    pub ddi: Figure<Ddi>,
}

/// What summaries that were written before say of it.
fn untold() -> Figure<Ddi> {
    Figure::Absent("it was not told then".to_owned())
}

/// Fewest rounds of a fit.
const FEWEST_ROUNDS: usize = 3;
/// Fewest lines that were solved late.
const FEWEST_GAINED: f64 = 10.0;

/// The row of one group, from the lines of each of its problems.
pub(crate) fn row(about: &About<'_>, group: &[&Trees<'_>], by_problem: &Result<Vec<Vec<Line>>, String>) -> DecayRow {
    let lines: &[Vec<Line>] = by_problem.as_ref().map_or(&[], Vec::as_slice);
    let rounds = lines.iter().flatten().map(|line| line.len() - 1).max().unwrap_or(0);
    let gains: Vec<Gains> = lines.iter().map(|lines| Gains::of(lines.iter().map(Vec::as_slice), rounds)).collect();
    let all = Gains::sum(&gains, rounds);
    let absent = |why: &str| match by_problem {
        Ok(_) => why.to_owned(),
        Err(why) => why.clone(),
    };
    let over_lines = |of: fn(&Line, usize) -> f64| {
        let shares =
            lines.iter().filter_map(|lines| mean(&lines.iter().map(|line| of(line, rounds)).collect::<Vec<_>>()));
        estimate(about, shares.collect(), &absent("no line of programs is scored"))
    };
    let lambda = lambda(about, &gains, &all, &absent("no line of programs is scored"));
    let fitted = fit(&all.by_round, all.failed).filter(|_| lambda.value.value().is_some());
    let no_fit = || lambda.value.reason().unwrap_or("there is no fit").to_owned();
    let decays =
        || if lambda.value.value().is_some() { "no decay: lambda is not above 0".to_owned() } else { no_fit() };
    let after = |of: f64| {
        let rate = lambda.value.value().filter(|rate| **rate > 0.0);
        Figure::or_absent(rate.map(|rate| of / rate), decays)
    };
    let hazard = all.hazard();
    let (slope, slope_r2) = rise(about, lines, rounds, &absent("no line of programs is scored"));
    let half_life = Estimate { value: after(LN_2), interval: half_life(&lambda.interval) };
    DecayRow {
        group: about.name.to_owned(),
        rounds: rounds as u32,
        problems: lines.len() as u64,
        lines: lines.iter().map(Vec::len).sum::<usize>() as u64,
        mrr: over_lines(|line, _| line.iter().position(|passes| *passes).map_or(0.0, |first| 1.0 / (first + 1) as f64)),
        recall: over_lines(|line, rounds| f64::from(u8::from(solved(line, rounds)))),
        slope,
        slope_r2,
        failed_first: all.failed as u64,
        gained: all.gained() as u64,
        e0: Figure::or_absent(fitted.map(|fit| fit.e0), no_fit),
        half_life,
        t_80: after(5.0_f64.ln()),
        hazard: Figure::or_absent(hazard, || absent("no line is at risk")),
        constant_lambda: Figure::or_absent(
            hazard.filter(|hazard| *hazard < 1.0).map(|hazard| -(-hazard).ln_1p()),
            || absent("no line is at risk, or the first repair solves each"),
        ),
        fresh_lambda: fresh(group),
        ddi: ddi(lines, rounds, &absent("no line of programs is scored")),
        lambda,
    }
}

/// The decay index by what each program of a line adds to the share of all lines that are solved.
fn ddi(by_problem: &[Vec<Line>], rounds: usize, no_line: &str) -> Figure<Ddi> {
    if by_problem.is_empty() {
        return Figure::Absent(no_line.to_owned());
    }
    let share = |lines: &Vec<Line>, round: usize| {
        lines.iter().filter(|line| line.get(round) == Some(&true) && !solved_before(line, round)).count() as f64
            / lines.len() as f64
    };
    let added: Vec<f64> = (0..=rounds)
        .map(|round| {
            let shares: Vec<f64> = by_problem.iter().map(|lines| share(lines, round)).collect();
            mean(&shares).unwrap_or_default()
        })
        .collect();
    Ddi::of(&added)
}

fn solved_before(line: &[bool], round: usize) -> bool {
    line.iter().take(round).any(|passes| *passes)
}

/// The slope of the share of lines that stand solved, by programs, and how straight that is. A slope is a weighted sum of
/// the shares, so the mean over problems is the slope of the mean.
fn rise(about: &About<'_>, by_problem: &[Vec<Line>], rounds: usize, no_line: &str) -> (Estimate, Figure) {
    let shares = |lines: &Vec<Line>| -> Vec<f64> {
        let standing = |round: usize| lines.iter().filter(|line| stands(line, round)).count() as f64;
        (0..=rounds).map(|round| standing(round) / lines.len() as f64).collect()
    };
    let by_problem: Vec<Vec<f64>> = by_problem.iter().map(shares).collect();
    let why = if by_problem.is_empty() { no_line } else { "no program has a repair: one point has no slope" };
    let slopes = by_problem.iter().filter_map(|shares| trend(shares)).map(|trend| trend.slope).collect();
    let means: Option<Vec<f64>> =
        (0..=rounds).map(|round| mean(&by_problem.iter().map(|shares| shares[round]).collect::<Vec<_>>())).collect();
    let whole = means.as_deref().and_then(trend);
    let r_squared = Figure::or_absent(whole.and_then(|trend| trend.r_squared), || {
        if whole.is_some() { "the share is the same in every round".to_owned() } else { why.to_owned() }
    });
    (estimate_within(about, slopes, (-1.0, 1.0), why), r_squared)
}

/// What repairs add, round by round.
#[derive(Debug, Clone, PartialEq)]
struct Gains {
    /// Lines whose first program fails.
    failed: f64,
    /// How many of them each round solves.
    by_round: Vec<f64>,
    /// How many are open before each round, by what each line did.
    at_risk: Vec<f64>,
}

impl Gains {
    fn of<'a>(lines: impl Iterator<Item = &'a [bool]>, rounds: usize) -> Self {
        let mut gains = Self { failed: 0.0, by_round: vec![0.0; rounds], at_risk: vec![0.0; rounds] };
        for line in lines.filter(|line| !line[0]) {
            gains.failed += 1.0;
            let first = line.iter().position(|passes| *passes);
            if let Some(first) = first {
                gains.by_round[first - 1] += 1.0;
            }
            // A line that stopped unsolved stays open.
            for open in &mut gains.at_risk[..first.unwrap_or(rounds).min(rounds)] {
                *open += 1.0;
            }
        }
        gains
    }

    fn sum(all: &[Self], rounds: usize) -> Self {
        let column =
            |of: fn(&Self) -> &Vec<f64>| (0..rounds).map(|at| all.iter().map(|gains| of(gains)[at]).sum()).collect();
        Self {
            failed: all.iter().map(|gains| gains.failed).sum(),
            by_round: column(|gains| &gains.by_round),
            at_risk: column(|gains| &gains.at_risk),
        }
    }

    fn gained(&self) -> f64 {
        self.by_round.iter().sum()
    }

    fn hazard(&self) -> Option<f64> {
        let at_risk: f64 = self.at_risk.iter().sum();
        (at_risk > 0.0).then(|| self.gained() / at_risk)
    }
}

/// What a fit comes to.
#[derive(Debug, Clone, Copy)]
struct Fit {
    e0: f64,
    lambda: f64,
}

/// The most likely decay of what each round adds, of so many lines in all. `None` if nothing is added, or all of it by
/// the first round or by the last: no finite rate is most likely then.
fn fit(gains: &[f64], failed: f64) -> Option<Fit> {
    let gained: f64 = gains.iter().sum();
    if gained <= 0.0 || failed <= 0.0 || gains.len() < 2 {
        return None;
    }
    // Given that it is solved, a line is solved in round j with a probability in proportion to exp(-lambda (j - 1)): the
    // mean round decides. What share is solved at all is a question of its own.
    let mean_of = |weights: &dyn Fn(usize) -> f64| {
        let (sum, whole) =
            (0..gains.len()).fold((0.0, 0.0), |(sum, whole), at| (sum + at as f64 * weights(at), whole + weights(at)));
        sum / whole
    };
    let found = mean_of(&|at| gains[at]);
    let last = (gains.len() - 1) as f64;
    if found < 1e-9 || found > last - 1e-9 {
        return None;
    }
    // Weights are scaled so that none overflows.
    let expected =
        |lambda: f64| mean_of(&|at| (-lambda * if lambda < 0.0 { at as f64 - last } else { at as f64 }).exp());
    let (mut low, mut high) = (-64.0, 64.0);
    for _ in 0..80 {
        let middle = f64::midpoint(low, high);
        if expected(middle) > found { low = middle } else { high = middle }
    }
    let lambda = f64::midpoint(low, high);
    let whole: f64 = (0..gains.len()).map(|at| (-lambda * at as f64).exp()).sum();
    Some(Fit { e0: gained / failed / whole, lambda })
}

/// Why there is no fit to these gains.
fn no_fit(gains: &[f64]) -> Option<String> {
    let gained: f64 = gains.iter().sum();
    if gains.len() < FEWEST_ROUNDS {
        return Some(format!("a decay needs {FEWEST_ROUNDS} rounds, and there are {}", gains.len()));
    }
    if gained < FEWEST_GAINED {
        return Some(format!(
            "a decay needs {FEWEST_GAINED} lines that a later program solved, and there are {gained}"
        ));
    }
    None
}

/// Why a fit has no finite rate.
const NO_RATE: &str = "one round alone adds something: no finite rate is the most likely";

fn lambda(about: &About<'_>, by_problem: &[Gains], all: &Gains, no_line: &str) -> Estimate {
    if by_problem.is_empty() {
        return Estimate::absent(no_line);
    }
    if let Some(why) = no_fit(&all.by_round) {
        return Estimate::absent(&why);
    }
    let mut table = Table::default();
    let mut add = |of: &dyn Fn(&Gains) -> f64| table.add(by_problem.iter().map(|gains| Some(of(gains))));
    let failed = add(&|gains| gains.failed);
    let rounds: Option<Vec<_>> = (0..all.by_round.len()).map(|at| add(&|gains| gains.by_round[at])).collect();
    let (Some(failed), Some(rounds)) = (failed, rounds) else { return Estimate::absent(no_line) };
    let means = table.means(about.resampling());
    let draws = means.draws(|view| {
        let gains: Vec<f64> = rounds.iter().map(|column| view.mean(*column)).collect();
        fit(&gains, view.mean(failed)).map(|fit| fit.lambda)
    });
    let Some(value) = draws.value else { return Estimate::absent(NO_RATE) };
    let values = means.pseudo_values(&draws, |view| view.mean(failed) > 0.0);
    let problems = ByProblem { values, range: (-64.0, 64.0), is_mean: false };
    Estimate { value: Figure::Value(value), interval: means.interval(&draws, &problems) }
}

/// The interval of the half-life: that of lambda, turned around.
fn half_life(lambda: &Figure<Interval>) -> Figure<Interval> {
    match lambda {
        Figure::Value(Interval { low, high, few_informative }) if *low > 0.0 => {
            Figure::Value(Interval { low: LN_2 / high, high: LN_2 / low, few_informative: *few_informative })
        }
        Figure::Value(_) => {
            Figure::Absent("the interval of lambda holds 0, so that the half-life has no upper end".to_owned())
        }
        Figure::Absent(why) => Figure::Absent(why.clone()),
    }
}

/// The same fit to first programs: those of each tree, in their order.
fn fresh(group: &[&Trees<'_>]) -> Figure {
    let trees: Vec<&RepairTree> = group.iter().flat_map(|problem| problem.all.iter().copied()).collect();
    let outcomes = |tree: &RepairTree| -> Option<Vec<bool>> {
        let first = tree.nodes().filter(|node| node.slot.is_program() && node.slot.depth() == 0);
        first.map(|node| node.passes(Suite::Hidden)).collect()
    };
    let Some(all) = trees.into_iter().map(outcomes).collect::<Option<Vec<Vec<bool>>>>() else {
        return Figure::Absent("some first program is not scored".to_owned());
    };
    let all: Vec<&[bool]> = all.iter().map(Vec::as_slice).filter(|programs| !programs.is_empty()).collect();
    let least = all.iter().map(|programs| programs.len()).min().unwrap_or(0);
    if all.iter().any(|programs| programs.len() != least) {
        return Figure::Absent(
            "trees hold unequal numbers of first programs: their outcomes may decide how many".to_owned(),
        );
    }
    let gains = Gains::of(all.into_iter(), least.saturating_sub(1));
    match no_fit(&gains.by_round) {
        Some(why) => Figure::Absent(format!("first programs: {why}")),
        None => Figure::or_absent(fit(&gains.by_round, gains.failed).map(|fit| fit.lambda), || NO_RATE.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn close(value: f64, expected: f64) {
        assert!((value - expected).abs() < 1e-6, "{value} is not {expected}");
    }

    /// 200 lines, 120 of them right at first, the rest solved by so many in each round.
    fn example() -> Vec<Line> {
        let gains = [30, 12, 5, 2, 1];
        let mut lines: Vec<Line> = (0..120).map(|_| vec![true]).collect();
        for (at, count) in gains.into_iter().enumerate() {
            let line = |_| (0..=at + 1).map(|round| round == at + 1).collect::<Line>();
            lines.extend((0..count).map(line));
        }
        let open = 200 - lines.len();
        lines.extend((0..open).map(|_| vec![false; 6]));
        lines
    }

    #[test]
    fn the_worked_example_is_met_to_the_digit() {
        let gains = Gains::of(example().iter().map(Vec::as_slice), 5);
        assert_eq!((gains.failed, gains.gained()), (80.0, 50.0));
        assert_eq!(gains.at_risk, [80.0, 50.0, 38.0, 33.0, 31.0]);
        let hazards: Vec<f64> = gains.by_round.iter().zip(&gains.at_risk).map(|(gain, risk)| gain / risk).collect();
        for (hazard, expected) in hazards.into_iter().zip([0.375, 0.24, 0.131_579, 0.060_606, 0.032_258]) {
            close(hazard, expected);
        }
        let fit = fit(&gains.by_round, gains.failed).unwrap();
        close(fit.e0, 0.372_079);
        close(fit.lambda, 0.887_422);
        close(LN_2 / fit.lambda, 0.781_079);
        close(5.0_f64.ln() / fit.lambda, 1.813_610);
        let pooled = gains.hazard().unwrap();
        close(pooled, 0.215_517);
        close(-(-pooled).ln_1p(), 0.242_731);
    }

    #[test]
    fn a_repairer_that_never_tires_shows_its_constant_lambda() {
        // Half of what is open, round by round.
        let fitted = fit(&[512.0, 256.0, 128.0, 64.0, 32.0], 1024.0).unwrap();
        close(fitted.lambda, LN_2);
        close(fitted.e0, 0.5);
    }

    #[test]
    fn gains_that_do_not_fall_have_no_positive_rate_and_one_round_alone_has_none() {
        close(fit(&[5.0, 5.0, 5.0], 40.0).unwrap().lambda, 0.0);
        assert!(fit(&[1.0, 2.0, 9.0], 40.0).unwrap().lambda < 0.0);
        assert!(fit(&[12.0, 0.0, 0.0], 40.0).is_none() && fit(&[0.0, 0.0, 12.0], 40.0).is_none());
        assert!(fit(&[0.0, 0.0, 0.0], 40.0).is_none());
    }

    #[test]
    fn few_rounds_and_few_gains_have_no_fit() {
        assert_eq!(no_fit(&[30.0, 12.0]).unwrap(), "a decay needs 3 rounds, and there are 2");
        assert_eq!(
            no_fit(&[5.0, 3.0, 1.0]).unwrap(),
            "a decay needs 10 lines that a later program solved, and there are 9"
        );
        assert_eq!(no_fit(&[5.0, 3.0, 2.0]), None);
    }
}
