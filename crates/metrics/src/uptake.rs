//! Uptake: whether a repair changes its program where the feedback pointed.
//!
//! The lines that a feedback names are those that it numbers, and those from which it quotes what stands in one line of
//! the program alone ([`named_lines`](crate::named_lines)). The lines that a repair touches are those of its program
//! which it deletes or changes, and, where it inserts some and changes none, both neighbours. A feedback is *taken up* if
//! some touched line is within one of a named line. A feedback that names no line cannot be taken up or passed over in
//! this sense: its uptake is absent, and the share of such feedback stands beside the mean.
//!
//! Behaviour uptake asks the same of what the program does: whether some test that the strategy may show ends in another
//! way.

mod edits;

use crate::bootstrap::{Resampling, Table};
use crate::coverage::Counted;
use crate::damaged::damaged_lines;
use crate::deeper::{SuccessBy, trees_by_problem};
use crate::group::ALL;
use crate::tokens::mean;
use crate::{Estimate, Figure, Options, Run, Sample};
use edits::{Edit, edits};
use mend_core::{RunManifest, Span};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// The lines of a program that a repair of it touches, counted from 1: those that it deletes or changes, and where it
/// inserts lines in place of none, both neighbours.
pub fn touched_lines(program: &str, repair: &str) -> BTreeSet<u32> {
    damaged_lines(program, repair)
}

/// How far a touched line may lie from a named one.
const NEAR: u32 = 1;

/// Whether some touched line is within one of a named line; `None` if no line is named.
pub fn uptake(named: &[Span], touched: &BTreeSet<u32>) -> Option<bool> {
    let is_near = |span: &Span| {
        let (first, last) = (span.first.saturating_sub(NEAR), span.last.max(span.first).saturating_add(NEAR));
        touched.range(first..=last).next().is_some()
    };
    (!named.is_empty()).then(|| named.iter().any(is_near))
}

/// How well a number tells which of two kinds something is of: the probability that one of the first kind has the larger
/// number, ties counting half. The area under the receiver operating characteristic, as a rank statistic. `None` if one
/// of the kinds is not there, or some number is none.
pub fn auroc(scored: &[(f64, bool)]) -> Option<f64> {
    let positives = scored.iter().filter(|(_, is)| *is).count();
    let negatives = scored.len() - positives;
    if positives == 0 || negatives == 0 || scored.iter().any(|(score, _)| score.is_nan()) {
        return None;
    }
    let mut sorted = scored.to_vec();
    sorted.sort_by(|a, b| a.0.total_cmp(&b.0));
    // How many of the other kind lie below each of the first kind, equals by half.
    let (mut below, mut wins) = (0_u64, 0_u64);
    for equal in sorted.chunk_by(|a, b| a.0 == b.0) {
        let of_first = equal.iter().filter(|(_, is)| *is).count() as u64;
        let others = equal.len() as u64 - of_first;
        wins += of_first * (2 * below + others);
        below += others;
    }
    Some(wins as f64 / (2 * positives * negatives) as f64)
}

/// Feedback that was followed by repairs, and whether it was taken up.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct UptakeRow {
    /// What the feedback has in common: nothing, its problem's difficulty, or who wrote it.
    pub by: SuccessBy,
    /// Its value.
    pub of: String,
    /// Problems of the feedback.
    pub problems: u64,
    /// Feedback with a repair that holds a program.
    pub feedback: u64,
    /// Those of them that name a line.
    pub named: u64,
    /// Share of feedback that names none.
    pub unnamed: Estimate,
    /// Share of a feedback's repairs that take it up: mean over feedback that names a line.
    pub uptake: Estimate,
    /// Share of a feedback's repairs with which some visible test ends in another way: mean over feedback that names a
    /// line and whose program and repairs were run on such tests.
    pub behaviour_uptake: Estimate,
    /// Repairs of failing programs that take up their feedback.
    pub taken_up: u64,
    /// Share of these that pass.
    pub success_given_uptake: Estimate,
    /// Repairs of failing programs that do not, though the feedback names a line.
    pub passed_over: u64,
    /// Share of these that pass.
    pub success_given_none: Estimate,
    /// How well the length of a feedback tells whether it is taken up.
    pub auroc_length: Figure,
    /// How well the score that a judge gave it tells that.
    pub auroc_score: Figure,
}

/// The rows of a run: all feedback, then by difficulty and by who wrote it. None if no feedback has a repair, or if
/// texts were not read.
pub fn uptake_rows(run: Run<'_>, options: &Options) -> Vec<UptakeRow> {
    rows(run.manifest, &Counted::of(run.manifest, run.trees), options)
}

pub(crate) fn rows(manifest: &RunManifest, counted: &Counted<'_>, options: &Options) -> Vec<UptakeRow> {
    let problems = trees_by_problem(manifest, counted);
    let sees_hidden = manifest.identity.strategy.oracle.sees_hidden;
    let mut kinds: BTreeMap<(SuccessBy, String), BTreeMap<usize, Vec<Edit>>> = BTreeMap::new();
    for (place, problem) in problems.iter().enumerate() {
        for edit in problem.all.iter().flat_map(|tree| edits(tree, sees_hidden)) {
            let of = [
                Some((SuccessBy::All, ALL.to_owned())),
                problem.group.map(|group| (SuccessBy::Group, group.to_owned())),
                edit.adviser.clone().map(|adviser| (SuccessBy::Adviser, adviser)),
            ];
            for kind in of.into_iter().flatten() {
                kinds.entry(kind).or_default().entry(place).or_default().push(edit.clone());
            }
        }
    }
    let row = |((by, of), edits)| row(by, of, &edits, problems.len(), counted.sample, options);
    kinds.into_iter().map(row).collect()
}

/// Sums over one problem's feedback.
#[derive(Default)]
struct Sums {
    feedback: f64,
    named: f64,
    taken: f64,
    behaved: f64,
    behaviour: f64,
    taken_up: f64,
    taken_up_passed: f64,
    passed_over: f64,
    passed_over_passed: f64,
}

impl Sums {
    fn of(edits: &[Edit]) -> Self {
        let mut sums = Self::default();
        // The repairs by one feedback stand together.
        for of_one in edits.chunk_by(|a, b| a.feedback == b.feedback) {
            sums.feedback += 1.0;
            let share = |of: fn(&Edit) -> Option<bool>| {
                let known: Option<Vec<f64>> = of_one.iter().map(|edit| of(edit).map(number)).collect();
                known.and_then(|known| mean(&known))
            };
            let Some(taken) = share(|edit| edit.uptake) else { continue };
            sums.named += 1.0;
            sums.taken += taken;
            if let Some(behaviour) = share(|edit| edit.behaviour) {
                sums.behaved += 1.0;
                sums.behaviour += behaviour;
            }
            for edit in of_one {
                let (Some(taken), Some(passes)) = (edit.uptake, edit.passes) else { continue };
                let (count, passed) = if taken {
                    (&mut sums.taken_up, &mut sums.taken_up_passed)
                } else {
                    (&mut sums.passed_over, &mut sums.passed_over_passed)
                };
                *count += 1.0;
                *passed += number(passes);
            }
        }
        sums
    }
}

/// Why nothing is taken up.
const NO_LINE: &str = "no feedback names a line";

fn number(is: bool) -> f64 {
    f64::from(u8::from(is))
}

fn row(
    by: SuccessBy,
    of: String,
    edits: &BTreeMap<usize, Vec<Edit>>,
    all_problems: usize,
    sample: Sample,
    options: &Options,
) -> UptakeRow {
    let by_problem: Vec<Sums> =
        (0..all_problems).map(|place| Sums::of(edits.get(&place).map_or(&[], Vec::as_slice))).collect();
    let mut table = Table::default();
    let mut column = |of: fn(&Sums) -> f64| table.add(by_problem.iter().map(|sums| Some(of(sums)))).expect("a problem");
    let (feedback, named) = (column(|sums| sums.feedback), column(|sums| sums.named));
    let unnamed = column(|sums| sums.feedback - sums.named);
    let (taken, behaved, behaviour) =
        (column(|sums| sums.taken), column(|sums| sums.behaved), column(|sums| sums.behaviour));
    let (taken_up, taken_up_passed) = (column(|sums| sums.taken_up), column(|sums| sums.taken_up_passed));
    let (passed_over, passed_over_passed) = (column(|sums| sums.passed_over), column(|sums| sums.passed_over_passed));
    let name = format!("uptake {} {of}", by.as_str());
    let means = table.means(Resampling { times: options.resamples, seed: options.seed, name: &name, sample });
    let ratio = |part, whole, why: &str| means.ratio(&[(part, 1.0)], &[(whole, 1.0)], why);
    let sum = |of: fn(&Sums) -> f64| by_problem.iter().map(of).sum::<f64>() as u64;
    let telling = |of: fn(&Edit) -> Option<f64>, why: &str| {
        let scored = edits.values().flatten().filter_map(|edit| Some((of(edit)?, edit.uptake?)));
        Figure::or_absent(auroc(&scored.collect::<Vec<_>>()), || why.to_owned())
    };
    UptakeRow {
        problems: edits.len() as u64,
        feedback: sum(|sums| sums.feedback),
        named: sum(|sums| sums.named),
        unnamed: ratio(unnamed, feedback, "no feedback has a repair"),
        uptake: ratio(taken, named, NO_LINE),
        behaviour_uptake: ratio(
            behaviour,
            behaved,
            "no feedback names a line of a program that was run, as its repairs were, on tests which the strategy may show",
        ),
        taken_up: sum(|sums| sums.taken_up),
        success_given_uptake: ratio(taken_up_passed, taken_up, "no repair of a failing program takes its feedback up"),
        passed_over: sum(|sums| sums.passed_over),
        success_given_none: ratio(
            passed_over_passed,
            passed_over,
            "no repair of a failing program passes its feedback over",
        ),
        auroc_length: telling(|edit| Some(edit.length), "feedback that names lines is always taken up, or never"),
        auroc_score: telling(|edit| edit.score, "no judge scored feedback of both kinds, taken up and not"),
        by,
        of,
    }
}

#[cfg(test)]
mod tests;
