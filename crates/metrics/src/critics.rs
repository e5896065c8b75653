//! How good critiques are, and what becomes of the programs that got them.
//!
//! A critique is a test of its program: *positive* is that the program fails. Every figure is a function of counts per
//! problem, so that problems are resampled with all their critiques.

use crate::bootstrap::{ByProblem, Column, Draws, Means, Resampling, Table, View};
use crate::coverage::Counted;
use crate::frozen::judges_nobody;
use crate::group::ALL;
use crate::{Estimate, Figure, Options};
use mend_core::{Kind, Node, Opinion, RepairTree, Slot, Suite};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What critiques say, against the hidden suite; and the four transitions of their programs.
///
/// Whether a critic can tell a failing program from a passing one shows only where it is given both: a strategy with
/// `critique = "all"`. Critiques of programs that could not be scored do not count.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CriticFigures {
    /// Critiques of scored programs.
    pub critiques: u64,
    /// Those among them that give an opinion of the program as a whole.
    pub with_opinion: u64,
    /// Share of critiques whose program fails: what a critic who always says so would score as accuracy.
    pub base_rate: Estimate,
    /// The larger of `base_rate` and its complement: what a critic scores who always says the same.
    pub constant_accuracy: Figure,
    /// Share of critiques whose opinion is right. One without an opinion is not.
    pub accuracy: Estimate,
    /// Share of failing programs among those called incorrect.
    pub precision: Estimate,
    /// Share of critiques that say so among those of failing programs.
    pub recall: Estimate,
    /// Share of critiques that say so among those of passing programs.
    pub specificity: Estimate,
    /// Harmonic mean of `precision` and `recall`.
    pub f1: Estimate,
    /// Mean of `recall` and `specificity`: 50 % for a critic who always says the same.
    pub balanced_accuracy: Estimate,
    /// Matthews' correlation of opinions and outcomes, in -1..=1; a critique without an opinion is wrong.
    pub mcc: Estimate,
    /// Share of repairs that pass, of programs that fail: mean over programs. Its complement stay incorrect.
    pub incorrect_to_correct: Estimate,
    /// Share of repairs that fail, of programs that pass: mean over programs. Its complement stay correct.
    pub correct_to_incorrect: Estimate,
}

/// A program and what is known of it.
struct Reviewed<'a> {
    passed: bool,
    critiques: Vec<&'a Node>,
    repairs: Vec<bool>,
}

/// Critiques of one problem's programs by what they say, and the sums that the transitions are means of.
#[derive(Debug, Clone, Copy, Default)]
struct Tally {
    true_positive: f64,
    false_negative: f64,
    silent_on_failing: f64,
    false_positive: f64,
    true_negative: f64,
    silent_on_passing: f64,
    /// Shares of passing repairs, summed over failing programs, and how many these are.
    mended: (f64, f64),
    /// Shares of failing repairs, summed over passing programs, and how many these are.
    broken: (f64, f64),
}

impl Tally {
    fn add(&mut self, program: &Reviewed<'_>) {
        for critique in &program.critiques {
            let count = match (program.passed, critique.opinion()) {
                (false, Some(Opinion::Incorrect)) => &mut self.true_positive,
                (false, Some(Opinion::Correct)) => &mut self.false_negative,
                (false, None) => &mut self.silent_on_failing,
                (true, Some(Opinion::Incorrect)) => &mut self.false_positive,
                (true, Some(Opinion::Correct)) => &mut self.true_negative,
                (true, None) => &mut self.silent_on_passing,
            };
            *count += 1.0;
        }
        if !program.repairs.is_empty() {
            let changed = program.repairs.iter().filter(|repaired| **repaired != program.passed).count();
            let (sum, count) = if program.passed { &mut self.broken } else { &mut self.mended };
            *sum += changed as f64 / program.repairs.len() as f64;
            *count += 1.0;
        }
    }
}

/// The figures of a run's trees; `None` if they hold no critique.
pub(crate) fn figures(counted: &Counted<'_>, options: &Options) -> Option<CriticFigures> {
    let mut tallies = vec![];
    let mut has_critiques = false;
    for trees in counted.by_problem().values() {
        let mut tally = Tally::default();
        let is_judged = !judges_nobody(trees);
        for program in trees.iter().filter(|_| is_judged).flat_map(|tree| reviewed(tree)) {
            has_critiques |= !program.critiques.is_empty();
            tally.add(&program);
        }
        tallies.push(tally);
    }
    has_critiques.then(|| of_tallies(&tallies, counted, options))
}

fn of_tallies(tallies: &[Tally], counted: &Counted<'_>, options: &Options) -> CriticFigures {
    let mut table = Table::default();
    let mut column = |of: fn(&Tally) -> f64| table.add(tallies.iter().map(|tally| Some(of(tally)))).expect("a problem");
    let counts = Counts {
        tp: column(|tally| tally.true_positive),
        missed: column(|tally| tally.false_negative),
        silent_on_failing: column(|tally| tally.silent_on_failing),
        fp: column(|tally| tally.false_positive),
        tn: column(|tally| tally.true_negative),
        silent_on_passing: column(|tally| tally.silent_on_passing),
    };
    let mended = (column(|tally| tally.mended.0), column(|tally| tally.mended.1));
    let broken = (column(|tally| tally.broken.0), column(|tally| tally.broken.1));
    let (seed, sample) = (options.seed, counted.sample);
    let means = table.means(Resampling { times: options.resamples, seed, name: ALL, sample });
    let sum = |of: fn(&Tally) -> f64| tallies.iter().map(of).sum::<f64>() as u64;
    let failing = sum(|tally| tally.true_positive + tally.false_negative + tally.silent_on_failing);
    let passing = sum(|tally| tally.false_positive + tally.true_negative + tally.silent_on_passing);
    let silent = sum(|tally| tally.silent_on_failing + tally.silent_on_passing);
    let (critiques, with_opinion) = (failing + passing, failing + passing - silent);
    let opinions = if with_opinion == 0 {
        Opinions::absent("no critique gives an opinion")
    } else if passing == 0 {
        Opinions::absent("only failing programs were criticised: whoever calls all of them incorrect is right")
    } else if failing == 0 {
        Opinions::absent("only passing programs were criticised: whoever calls all of them correct is right")
    } else {
        counts.opinions(&means)
    };
    let base_rate =
        means.ratio(&ones(&counts.failing()), &ones(&counts.all()), "no program with a critique was scored");
    let transition = |(part, whole): (Column, Column), empty: &str| means.ratio(&ones(&[part]), &ones(&[whole]), empty);
    CriticFigures {
        critiques,
        with_opinion,
        constant_accuracy: match &base_rate.value {
            Figure::Value(rate) => Figure::Value(rate.max(1.0 - rate)),
            Figure::Absent(why) => Figure::Absent(why.clone()),
        },
        base_rate,
        accuracy: opinions.accuracy,
        precision: opinions.precision,
        recall: opinions.recall,
        specificity: opinions.specificity,
        f1: opinions.f1,
        balanced_accuracy: opinions.balanced_accuracy,
        mcc: opinions.mcc,
        incorrect_to_correct: transition(mended, "no failing program has a scored repair"),
        correct_to_incorrect: transition(broken, "no passing program has a scored repair"),
    }
}

/// Columns of counts.
struct Counts {
    tp: Column,
    missed: Column,
    silent_on_failing: Column,
    fp: Column,
    tn: Column,
    silent_on_passing: Column,
}

/// The figures that compare opinions with outcomes.
struct Opinions {
    accuracy: Estimate,
    precision: Estimate,
    recall: Estimate,
    specificity: Estimate,
    f1: Estimate,
    balanced_accuracy: Estimate,
    mcc: Estimate,
}

impl Opinions {
    fn absent(why: &str) -> Self {
        let absent = || Estimate::absent(why);
        Self {
            accuracy: absent(),
            precision: absent(),
            recall: absent(),
            specificity: absent(),
            f1: absent(),
            balanced_accuracy: absent(),
            mcc: absent(),
        }
    }
}

/// Columns that are counted once each.
fn ones(columns: &[Column]) -> Vec<(Column, f64)> {
    columns.iter().map(|column| (*column, 1.0)).collect()
}

impl Counts {
    fn failing(&self) -> [Column; 3] {
        [self.tp, self.missed, self.silent_on_failing]
    }

    fn passing(&self) -> [Column; 3] {
        [self.fp, self.tn, self.silent_on_passing]
    }

    fn all(&self) -> Vec<Column> {
        [self.failing(), self.passing()].concat()
    }

    fn opinions(&self, means: &Means) -> Opinions {
        let Self { tp, fp, tn, .. } = *self;
        let ratio = |part: &[Column], whole: &[Column], why: &str| means.ratio(&ones(part), &ones(whole), why);
        let twice = |rest: &[Column]| [vec![(tp, 2.0)], ones(rest)].concat();
        let none = "no program fails, and none was called incorrect";
        Opinions {
            accuracy: ratio(&[tp, tn], &self.all(), "no program with a critique was scored"),
            precision: ratio(&[tp], &[tp, fp], "no program was called incorrect"),
            recall: ratio(&[tp], &self.failing(), "no failing program was criticised"),
            specificity: ratio(&[tn], &self.passing(), "no passing program was criticised"),
            f1: means.ratio(&[(tp, 2.0)], &twice(&[fp, self.missed, self.silent_on_failing]), none),
            balanced_accuracy: self.smooth(means, (0.0, 1.0), |view| {
                let (failing, passing) = (sum(&self.failing(), view), sum(&self.passing(), view));
                let is_told = [failing, passing].iter().all(|part| *part > NOTHING);
                is_told.then(|| f64::midpoint(view.mean(tp) / failing, view.mean(tn) / passing))
            }),
            mcc: self.smooth(means, (-1.0, 1.0), |view| {
                let (hit, clear) = (view.mean(tp), view.mean(tn));
                let wrong = sum(&[fp, self.silent_on_passing], view);
                let missed = sum(&[self.missed, self.silent_on_failing], view);
                let parts = [hit + wrong, hit + missed, clear + wrong, clear + missed];
                let is_told = parts.iter().all(|part| *part > NOTHING);
                is_told.then(|| (hit * clear - wrong * missed) / parts.iter().product::<f64>().sqrt())
            }),
        }
    }

    /// A figure that is no ratio of sums. What a problem says of it is what leaving it out would change.
    fn smooth(&self, means: &Means, range: (f64, f64), statistic: impl Fn(View<'_>) -> Option<f64>) -> Estimate {
        let draws: Draws = means.draws(statistic);
        let Some(value) = draws.value else { return Estimate::absent("opinions or outcomes are all alike") };
        let values = means.pseudo_values(&draws, |row| sum(&self.all(), row) > NOTHING);
        let problems = ByProblem { values, range, is_mean: false };
        Estimate { value: Figure::Value(value), interval: means.interval(&draws, &problems) }
    }
}

/// A mean count below this is rounding.
const NOTHING: f64 = 1e-12;

fn sum(columns: &[Column], means: View<'_>) -> f64 {
    columns.iter().map(|column| means.mean(*column)).sum()
}

/// The scored programs of a tree, repairs among them: a critique is about the nearest program above it, and a repair
/// by a critique is of that program.
fn reviewed(tree: &RepairTree) -> Vec<Reviewed<'_>> {
    let mut programs: BTreeMap<&Slot, Reviewed<'_>> = BTreeMap::new();
    for node in tree.nodes().filter(|node| node.slot.is_program()) {
        if let Some(passed) = node.passes(Suite::Hidden) {
            programs.insert(&node.slot, Reviewed { passed, critiques: vec![], repairs: vec![] });
        }
    }
    for node in tree.nodes() {
        let Some(reviewed) = node.slot.program_above().and_then(|program| programs.get_mut(&program)) else { continue };
        let follows_a_critique = node.slot.parent().is_some_and(|parent| parent.kind() == Kind::Feedback);
        match node.slot.kind() {
            Kind::Feedback if node.unscored().is_none() => reviewed.critiques.push(node),
            Kind::Program | Kind::Repair if follows_a_critique => {
                reviewed.repairs.extend(node.passes(Suite::Hidden));
            }
            _ => {}
        }
    }
    programs.into_values().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Ending, Grown, manifest};
    use mend_core::Status;

    const PASSED: Ending = Ending::Judged(Status::Passed);
    const WRONG: Ending = Ending::Judged(Status::WrongAnswer);
    const CORRECT: Ending = Ending::Critiqued(Some(Opinion::Correct));
    const INCORRECT: Ending = Ending::Critiqued(Some(Opinion::Incorrect));
    const SILENT: Ending = Ending::Critiqued(None);

    fn of(nodes: &[(&str, Ending)]) -> Option<CriticFigures> {
        let grown = nodes.iter().fold(Grown::new("a/0", 0), |grown, (slot, ending)| grown.node(slot, *ending));
        let manifest = manifest(&[("a/0", None)], 1);
        let trees = [grown.submitted(None).tree];
        figures(&Counted::of(&manifest, &trees), &Options { resamples: 0, ..Options::default() })
    }

    #[test]
    fn opinions_are_compared_with_the_hidden_suite() {
        let figures = of(&[
            ("p0", WRONG),
            ("p0/f0", INCORRECT),
            ("p0/f0/r0", PASSED),
            ("p0/f1", CORRECT),
            ("p0/f1/r0", WRONG),
            ("p1", PASSED),
            ("p1/f0", CORRECT),
            ("p1/f0/r0", PASSED),
            ("p1/f1", INCORRECT),
            ("p1/f1/r0", WRONG),
            ("p1/f2", SILENT),
            ("p1/f2/r0", PASSED),
            ("p1/f2/r1", PASSED),
            ("p2", Ending::Unscored),
            ("p2/f0", CORRECT),
        ])
        .unwrap();
        assert_eq!((figures.critiques, figures.with_opinion), (5, 4));
        assert_eq!(figures.base_rate.value, Figure::Value(0.4));
        assert_eq!(figures.accuracy.value, Figure::Value(0.4));
        assert_eq!((figures.precision.value, figures.recall.value), (Figure::Value(0.5), Figure::Value(0.5)));
        assert_eq!(figures.f1.value, Figure::Value(0.5));
        assert_eq!(figures.incorrect_to_correct.value, Figure::Value(0.5));
        assert_eq!(figures.correct_to_incorrect.value, Figure::Value(0.25));
    }

    #[test]
    fn a_critic_who_gets_failing_programs_only_has_no_accuracy() {
        let figures = of(&[("p0", WRONG), ("p0/f0", INCORRECT), ("p0/f0/r0", PASSED)]).unwrap();
        assert_eq!(figures.base_rate.value, Figure::Value(1.0));
        for figure in [&figures.accuracy.value, &figures.precision.value, &figures.recall.value, &figures.f1.value] {
            assert!(figure.reason().unwrap().starts_with("only failing programs"), "{figure:?}");
        }
        assert_eq!(figures.incorrect_to_correct.value, Figure::Value(1.0));
        assert_eq!(figures.correct_to_incorrect.value.reason(), Some("no passing program has a scored repair"));
        let silent = of(&[("p0", WRONG), ("p0/f0", SILENT)]).unwrap();
        assert_eq!(silent.accuracy.value.reason(), Some("no critique gives an opinion"));
    }

    #[test]
    fn trees_without_a_critic_have_no_such_figures() {
        assert_eq!(of(&[("p0", WRONG), ("p0/r0", PASSED)]), None);
    }

    /// Section 6's example, as one problem's counts.
    #[test]
    fn the_worked_example_holds() {
        let tally = Tally {
            true_positive: 30.0,
            false_negative: 10.0,
            silent_on_failing: 4.0,
            false_positive: 6.0,
            true_negative: 24.0,
            silent_on_passing: 2.0,
            ..Tally::default()
        };
        let of = |tally: Tally| {
            let manifest = manifest(&[("a/0", None)], 1);
            of_tallies(&[tally], &Counted::of(&manifest, &[]), &Options { resamples: 0, ..Options::default() })
        };
        let figures = of(tally);
        let expected = [
            (&figures.accuracy, 0.710_526),
            (&figures.base_rate, 0.578_947),
            (&figures.precision, 0.833_333),
            (&figures.recall, 0.681_818),
            (&figures.f1, 0.75),
            (&figures.balanced_accuracy, 0.715_909),
            (&figures.mcc, 0.426_401),
        ];
        for (estimate, expected) in expected {
            assert!((estimate.value.value().unwrap() - expected).abs() < 1e-6, "{estimate:?} is not {expected}");
        }
        assert_eq!((figures.critiques, figures.with_opinion), (76, 70));
        assert_eq!(figures.constant_accuracy, figures.base_rate.value);
        let spoken = of(Tally { silent_on_failing: 0.0, silent_on_passing: 0.0, ..tally });
        assert!((spoken.mcc.value.value().unwrap() - 0.544_581).abs() < 1e-6);
    }

    #[test]
    fn a_critic_that_is_always_right_on_few_problems_has_no_interval_without_width() {
        let right = Tally { true_positive: 2.0, true_negative: 3.0, ..Tally::default() };
        let manifest = manifest(&[("a/0", None)], 1);
        let options = Options { resamples: 200, ..Options::default() };
        let mut counted = Counted::of(&manifest, &[]);
        counted.sample = crate::Sample::Complete;
        // Problems without a critique say nothing of it.
        let tallies = [vec![right; 4], vec![Tally::default(); 16]].concat();
        let figures = of_tallies(&tallies, &counted, &options);
        for estimate in [&figures.accuracy, &figures.precision, &figures.recall, &figures.specificity, &figures.f1] {
            assert_eq!(estimate.value, Figure::Value(1.0));
            let interval = estimate.interval.value().unwrap();
            assert!(interval.few_informative && interval.low < 0.4, "{interval:?}");
        }
        for estimate in [&figures.balanced_accuracy, &figures.mcc] {
            let interval = estimate.interval.value().unwrap();
            assert!(interval.few_informative && interval.high - interval.low > 0.1, "{interval:?}");
        }
    }
}
