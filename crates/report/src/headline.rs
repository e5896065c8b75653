//! The answer in a sentence: what repair solves, what plain sampling solves at the same cost, and whether the two
//! can be told apart.

use crate::View;
use crate::figures::level;
use crate::notes::{interval, percent, signed, signed_interval};
use crate::overview::cost;
use crate::shown::{Shown, per_problem};
use mend_core::OracleLevel;
use mend_metrics::{
    Axis, Band, Baseline, Coverage, Figure, Interval, PassAtK, PassAtT, Sample, Selection, Setting, StrategyPoint,
    Summary,
};
use std::fmt::Write as _;

/// Adds to a sentence.
macro_rules! said {
    ($sentence:ident, $($format:tt)*) => { write!($sentence, $($format)*).expect("a String takes any text") };
}

/// The answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Headline {
    /// What the interval of the difference says.
    pub verdict: Verdict,
    /// The sentence.
    pub sentence: String,
    /// What it is about, and what weakens it: a sentence each.
    pub remarks: Vec<String>,
}

/// Whether repair pays, by the interval of the difference alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum Verdict {
    /// The whole interval lies above zero.
    Better,
    /// The whole interval lies below zero.
    Worse,
    /// The interval holds zero.
    #[strum(serialize = "not distinguishable")]
    NotDistinguishable,
    /// There is no such interval.
    #[strum(serialize = "not known")]
    NotKnown,
}

impl Verdict {
    /// The word used in files and on terminals.
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// What the interval of a difference says.
    pub fn of(difference: &Interval) -> Self {
        if difference.low > 0.0 {
            Self::Better
        } else if difference.high < 0.0 {
            Self::Worse
        } else {
            Self::NotDistinguishable
        }
    }
}

impl Headline {
    /// The answer that a summary gives, seen as a terminal would show it.
    pub fn of(summary: &Summary, view: View) -> Self {
        let rows = match &summary.pass_at_t {
            Figure::Value(rows) => rows.as_slice(),
            Figure::Absent(_) => &[],
        };
        let of_trees = Shown::of(rows, view).and_then(|shown| Some((shown, claimed(&shown.rows(rows))?)));
        // What it took to learn from other problems is in the cost of the realised point alone.
        let learns = summary.learning.as_ref().is_some_and(|learning| learning.dev_problems > 0);
        let of_trees = of_trees.filter(|_| !learns || realised(summary, view).is_none());
        let realised = realised(summary, view).filter(|_| learns || summary.pass_at_t.value().is_none());
        let mut headline = match (of_trees, &summary.pass_at_t) {
            (Some((shown, row)), _) => of_repair(summary, shown, row),
            (None, pass_at_t) => match realised {
                Some(point) => of_point(summary, point),
                None => of_sampling(summary, pass_at_t.reason()),
            },
        };
        if let Some(point) = realised.filter(|_| learns)
            && let Some(share) = point.loop_share.value()
        {
            let share = per_problem(*share, point.token_definition);
            headline.remarks.push(format!("The cost holds what it took to learn from other problems: {share}."));
        }
        headline.sentence = capital(&headline.sentence);
        if summary.coverage.sample == Sample::Stopped {
            let why = "A stopped sample: how many problems were finished depends on how they turned out, so rates are \
                       biased; intervals hold whatever stopped the run.";
            headline.remarks.push(why.to_owned());
        }
        headline
    }

    /// The row of the tree that the answer is about, against the baseline that stops as the tree does; `None` if the answer
    /// is about no complete tree of programs and repairs.
    pub fn row(summary: &Summary, view: View) -> Option<&PassAtT> {
        let rows = summary.pass_at_t.value()?;
        claimed(&Shown::of(rows, view)?.rows(rows))
    }

    /// The shape that the answer is about, of rows that are shown together.
    pub(crate) fn shape(rows: &[&PassAtT]) -> Option<Setting> {
        claimed(rows).map(PassAtT::setting)
    }
}

/// The tree that the sentence is about, fixed before any result: the most first programs, then the most repairs, whose
/// difference from the baseline that stops as the tree does has an interval; if none has, the largest that is there.
fn claimed<'a>(rows: &[&'a PassAtT]) -> Option<&'a PassAtT> {
    let stops_alike =
        |row: &&PassAtT| row.baseline == if row.axis == Axis::Size { Baseline::Iid } else { row.order.paired() };
    let paired = || rows.iter().copied().filter(stops_alike).filter(|row| row.n_f > 0);
    let size = |row: &&PassAtT| (row.n_p, row.n_f * row.n_r, row.n_f);
    let carried = paired().filter(|row| row.pass_rate.value().is_some()).max_by_key(size);
    paired().filter(|row| row.difference_interval.value().is_some()).max_by_key(size).or(carried)
}

fn of_repair(summary: &Summary, shown: Shown, row: &PassAtT) -> Headline {
    let repair = match row.selection {
        Selection::OracleAny => "repair solves",
        Selection::Submitted => "what repair hands in solves",
    };
    let intervals = row.band == Band::NewProblems;
    let cost = match (row.axis, row.mean_tokens.value()) {
        (Axis::Tokens, Some(cost)) => format!(" at {}", per_problem(*cost, shown.definition)),
        (Axis::Tokens, None) => String::new(),
        (Axis::Programs, _) => " with as many programs".to_owned(),
        (Axis::Size, _) => " with as many programs as the whole tree has".to_owned(),
        (axis, _) => format!(" with as many {}", axis.as_str()),
    };
    let solved = with_interval(&row.pass_rate, row.interval.value().filter(|_| intervals));
    let mut sentence = format!("{}{repair} {solved} of {}{cost}", beginning(summary), problems(&summary.coverage));
    let baseline = row.baseline.as_str();
    let mut remarks = vec![];
    let verdict = match (row.baseline_pass_rate.value(), row.difference.value(), row.difference_interval.value()) {
        (Some(rate), Some(difference), Some(of_difference)) if intervals => {
            let verdict = Verdict::of(of_difference);
            said!(
                sentence,
                ", plain sampling ({baseline}) {} %, difference {} points {}: {}.",
                percent(*rate),
                signed(*difference),
                signed_interval(of_difference),
                verdict.as_str()
            );
            verdict
        }
        (Some(rate), Some(difference), _) => {
            said!(
                sentence,
                ", plain sampling ({baseline}) {} %, difference {} points; whether that is chance is not known",
                percent(*rate),
                signed(*difference)
            );
            match (intervals, row.difference_interval.reason()) {
                (true, Some(why)) => said!(sentence, " ({why})."),
                _ => sentence.push_str(" (resampling noise does not make an interval)."),
            }
            Verdict::NotKnown
        }
        _ => {
            let why = row.baseline_pass_rate.reason().unwrap_or("there is no baseline");
            said!(sentence, "; whether plain sampling ({baseline}) solves as much is not known ({why}).");
            remarks.push("More first programs (`--n-p`) for each problem would tell.".to_owned());
            Verdict::NotKnown
        }
    };
    let counted = |count: u32, what: &str| format!("{count} {what}{}", if count == 1 { "" } else { "s" });
    let repairs = match summary.critics {
        None => format!("{} of each that fails (n_f {})", counted(row.n_f, "repair"), row.n_f),
        Some(_) => format!(
            "{} of each that fails (n_f {}), {} by each (n_r {})",
            counted(row.n_f, "critique"),
            row.n_f,
            counted(row.n_r, "repair"),
            row.n_r
        ),
    };
    let programs = counted(row.n_p, "program");
    let tree = format!("Trees of {programs} (n_p {}), {repairs}, order {}.", row.n_p, row.order.as_str());
    remarks.insert(0, tree);
    let is_few = |of_it: &Figure<Interval>| of_it.value().is_some_and(|interval| interval.few_informative);
    if is_few(&row.difference_interval) || is_few(&row.interval) {
        remarks.push(few_informative());
    }
    remarks.insert(1, oracle(level(&summary.run, row.selection)));
    Headline { verdict, sentence, remarks }
}

/// The realised point that the sentence is about: by the definition that was asked for, else the first that is known;
/// beside the baseline that knows as much as the strategy, else beside the one that pays for all of its programs.
fn realised(summary: &Summary, view: View) -> Option<&StrategyPoint> {
    let points = &summary.deeper.as_ref()?.points;
    let usual = points.first()?.token_definition;
    let definition = view.tokens.unwrap_or(usual);
    // The baselines stand in the order of what they know.
    points.iter().rfind(|point| point.token_definition == definition)
}

/// A tree that is no complete tree of programs and repairs: what it did, beside sampling at the same cost.
fn of_point(summary: &Summary, point: &StrategyPoint) -> Headline {
    let StrategyPoint { baseline, pass, diff, .. } = point;
    let cost = point.cost.value().map_or_else(String::new, |cost| {
        let cost = per_problem(*cost, point.token_definition);
        format!(" at {cost}")
    });
    let mut sentence = format!(
        "{}what the strategy hands in solves {} of {}{cost}",
        beginning(summary),
        with_interval(&pass.value, pass.interval.value()),
        some_of(point.problems, summary.coverage.reached)
    );
    let mut remarks = vec![
        "Trees of a strategy's own shape: this is what they did, at the cost of all that they hold.".to_owned(),
        oracle(summary.run.oracle_level),
    ];
    let verdict = if let (Some(rate), Some(difference)) = (point.baseline_pass.value(), diff.value.value()) {
        let (rate, difference) = (percent(*rate), signed(*difference));
        said!(sentence, ", plain sampling ({baseline}) {rate} %, difference {difference} points");
        if let Some(of_it) = diff.interval.value() {
            let verdict = Verdict::of(of_it);
            said!(sentence, " {}: {}.", signed_interval(of_it), verdict.as_str());
            verdict
        } else {
            let why = diff.interval.reason().unwrap_or_default();
            said!(sentence, "; whether that is chance is not known ({why}).");
            Verdict::NotKnown
        }
    } else {
        let why = point.baseline_pass.reason().unwrap_or("there is no baseline");
        said!(sentence, "; whether plain sampling ({baseline}) solves as much is not known ({why}).");
        Verdict::NotKnown
    };
    if [&diff.interval, &pass.interval].iter().any(|of_it| of_it.value().is_some_and(|of_it| of_it.few_informative)) {
        remarks.push(few_informative());
    }
    Headline { verdict, sentence, remarks }
}

/// Without repairs there is nothing to compare: what first programs alone solve.
fn of_sampling(summary: &Summary, why: Option<&str>) -> Headline {
    let mut rows = summary.pass_at_k.iter().filter(|row| row.group == "all" && row.value.value().is_some());
    let first = rows.next();
    let last = rows.next_back();
    let sampling =
        if summary.run.model.starts_with("samples:") { "the saved samples solve" } else { "plain sampling solves" };
    let solved = |row: &PassAtK| {
        let cost = cost(&row.cost).map(|(cost, definition)| format!(", {}", per_problem(cost, definition)));
        let programs = if row.k == 1 { "one program".to_owned() } else { format!("{} programs", row.k) };
        let (solved, cost) = (with_interval(&row.value, row.interval.value()), cost.unwrap_or_default());
        (solved, format!("with {programs} (pass@{}{cost})", row.k))
    };
    let mut few = false;
    let mut is_few = |row: &PassAtK| few |= row.interval.value().is_some_and(|interval| interval.few_informative);
    let sentence = match first {
        None => format!("{}nothing can be said yet: no problem is scored.", beginning(summary)),
        Some(row) => {
            is_few(row);
            let (share, programs) = solved(row);
            let problems = problems(&summary.coverage);
            let mut sentence = format!("{}{sampling} {share} of {problems} {programs}", beginning(summary));
            if let Some(row) = last {
                is_few(row);
                let (share, programs) = solved(row);
                said!(sentence, ", {share} {programs}");
            }
            sentence + "."
        }
    };
    let why = match why {
        Some("no repair of a failing program was collected") | None => {
            "Nothing was repaired, so there is nothing to compare.".to_owned()
        }
        Some(why) => format!("Whether repair does better at the same cost is not known: {why}."),
    };
    Headline {
        verdict: Verdict::NotKnown,
        sentence,
        remarks: std::iter::once(why).chain(few.then(few_informative)).collect(),
    }
}

/// What has to be said before any number.
fn beginning(summary: &Summary) -> String {
    let coverage = &summary.coverage;
    let stopped = format!("on a stopped sample ({} of {}), ", coverage.reached, counted_problems(coverage.problems));
    match (summary.run.simulated, coverage.sample == Sample::Stopped) {
        (false, false) => String::new(),
        (true, false) => "in this simulation, ".to_owned(),
        (false, true) => stopped,
        (true, true) => format!("in this simulation, {stopped}"),
    }
}

fn problems(coverage: &Coverage) -> String {
    some_of(coverage.scored.into(), coverage.reached)
}

/// So many problems, and how many of those with a finished tree are not among them.
fn some_of(scored: u64, reached: u32) -> String {
    match u64::from(reached).saturating_sub(scored) {
        0 => counted_problems(scored),
        others => format!("{} ({others} more could not be scored)", counted_problems(scored)),
    }
}

fn counted_problems(count: impl Into<u64>) -> String {
    let count = count.into();
    if count == 1 { "1 problem".to_owned() } else { format!("{count} problems") }
}

fn with_interval(rate: &Figure, of_it: Option<&Interval>) -> String {
    let rate = rate.value().map_or_else(|| "-".to_owned(), |rate| percent(*rate));
    match of_it {
        Some(of_it) => format!("{rate} % {}", interval(of_it)),
        None => format!("{rate} %"),
    }
}

fn few_informative() -> String {
    "Few problems differ from the rest (few_informative): intervals are widened to what so few can rule out.".to_owned()
}

/// What a level means to somebody who has not read about it.
fn oracle(level: OracleLevel) -> String {
    let means = match level {
        OracleLevel::Clean => "nothing but what a user has was used before scoring",
        OracleLevel::HiddenStop => {
            "hidden tests decide when to stop or which program counts; a user does not have them"
        }
        OracleLevel::TestsVisible => "feedback shows hidden tests; a user does not have them",
        OracleLevel::ReferenceInView => "the reference solution is in view; a user does not have it",
    };
    format!("Oracle level {level}: {means}.")
}

/// The text with a capital letter first.
fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{deep_run, whole_run};
    use mend_metrics::{Estimate, Estimator, Options, TokenDefinition, summarize};

    fn summary() -> Summary {
        let (manifest, trees) = whole_run("self-repair");
        summarize(&manifest, &trees, &Options { ks: vec![1, 4], resamples: 100, ..Options::default() })
    }

    /// The sentence where every difference from the paired baseline is this.
    fn with(difference: f64, of_it: Result<[f64; 2], &str>) -> Headline {
        let mut summary = summary();
        let Figure::Value(rows) = &mut summary.pass_at_t else { panic!("rows") };
        for row in rows.iter_mut() {
            row.pass_rate = Figure::Value(0.75);
            row.interval = Figure::Value(Interval::new(0.5, 0.875));
            row.mean_tokens = Figure::Value(1234.5);
            row.baseline_pass_rate = Figure::Value(0.75 - difference);
            row.difference = Figure::Value(difference);
            row.difference_interval = match of_it {
                Ok([low, high]) => Figure::Value(Interval::new(low, high)),
                Err(why) => Figure::Absent(why.to_owned()),
            };
        }
        Headline::of(&summary, View::default())
    }

    #[test]
    fn the_interval_of_the_difference_alone_decides() {
        let cases = [
            (0.1, Ok([0.01, 0.2]), Verdict::Better),
            (-0.1, Ok([-0.2, -0.01]), Verdict::Worse),
            (0.1, Ok([-0.01, 0.2]), Verdict::NotDistinguishable),
            (0.1, Ok([0.0, 0.2]), Verdict::NotDistinguishable),
            (-0.1, Ok([-0.2, 0.0]), Verdict::NotDistinguishable),
            (0.5, Err("too few problems"), Verdict::NotKnown),
        ];
        for (difference, of_it, verdict) in cases {
            let headline = with(difference, of_it);
            assert_eq!(headline.verdict, verdict, "{}", headline.sentence);
            assert!(of_it.is_err() || headline.sentence.ends_with(&format!(": {}.", verdict.as_str())));
        }
    }

    #[test]
    fn the_answer_is_one_sentence_about_the_largest_tree() {
        let headline = with(0.1, Ok([0.0004, 0.2]));
        insta::assert_snapshot!(headline.sentence, @"Repair solves 75.0 % [50.0, 87.5] of 10 problems at 1234 billed tokens a problem, plain sampling (iid_staged) 65.0 %, difference +10.0 points [+0.04, +20.0]: better.");
        insta::assert_snapshot!(headline.remarks.join("\n"), @"
        Trees of 3 programs (n_p 3), 1 repair of each that fails (n_f 1), order batch.
        Oracle level hidden_stop: hidden tests decide when to stop or which program counts; a user does not have them.
        ");
        insta::assert_snapshot!(with(0.1, Err("too few problems")).sentence, @"Repair solves 75.0 % [50.0, 87.5] of 10 problems at 1234 billed tokens a problem, plain sampling (iid_staged) 65.0 %, difference +10.0 points; whether that is chance is not known (too few problems).");
    }

    #[test]
    fn what_is_read_along_another_axis_or_in_money_or_handed_in_is_called_so() {
        let said = |change: &dyn Fn(&mut PassAtT), view: View| {
            let mut summary = summary();
            let Figure::Value(rows) = &mut summary.pass_at_t else { panic!("rows") };
            rows.iter_mut().for_each(change);
            Headline::of(&summary, view).sentence
        };
        let usual = View::default();
        let told = [
            said(&|row| row.axis = Axis::Programs, usual),
            said(
                &|row| row.token_definition = TokenDefinition::Dollars,
                View { tokens: Some(TokenDefinition::Dollars), ..usual },
            ),
            said(&|_| (), View { selection: Selection::Submitted, ..usual }),
            said(&|row| row.band = Band::ResamplingNoise, usual),
            said(&|row| row.baseline_pass_rate = Figure::Absent("nobody knows".into()), usual),
        ];
        insta::assert_snapshot!(told.join("\n"), @"
        Repair solves 70.0 % [50.4, 83.3] of 10 problems with as many programs, plain sampling (iid_staged) 81.6 %, difference -11.6 points [-23.8, +0.5]: not distinguishable.
        Repair solves 86.7 % [26.2, 100.0] of 10 problems at $76.0000 a problem, plain sampling (iid_staged) 90.0 %, difference -3.3 points [-65.2, +44.5]: not distinguishable.
        What repair hands in solves 55.0 % [32.7, 70.0] of 10 problems at 100 billed tokens a problem, plain sampling (iid_sequential) 55.0 %, difference +0.0 points [-30.8, +30.8]: not distinguishable.
        Repair solves 70.0 % of 10 problems at 186 billed tokens a problem, plain sampling (iid_staged) 81.6 %, difference -11.6 points; whether that is chance is not known (resampling noise does not make an interval).
        Repair solves 70.0 % [50.4, 83.3] of 10 problems at 186 billed tokens a problem; whether plain sampling (iid_staged) solves as much is not known (nobody knows).
        ");
    }

    #[test]
    fn a_strategy_of_its_own_shape_is_told_by_the_point_that_it_realised() {
        let (manifest, trees) = deep_run();
        let options = Options { resamples: 0, ..Options::default() };
        let mut summary = summarize(&manifest, &trees, &options);
        let unknown = Headline::of(&summary, View::default());
        assert_eq!(unknown.verdict, Verdict::NotKnown);
        insta::assert_snapshot!(unknown.sentence, @"In this simulation, what the strategy hands in solves 50.0 % of 2 problems at 500 billed tokens a problem; whether plain sampling (iid_sequential) solves as much is not known (the same cost buys more first programs than the 1 that each problem has).");
        let points = &mut summary.deeper.as_mut().unwrap().points;
        for (point, difference) in points.iter_mut().zip([0.5, -0.25].into_iter().cycle()) {
            point.pass = Estimate { value: Figure::Value(0.75), interval: Figure::Value(Interval::new(0.5, 0.875)) };
            point.baseline_pass = Figure::Value(0.75 - difference);
            point.diff.value = Figure::Value(difference);
            point.diff.interval = Figure::Value(Interval::new(difference - 0.2, difference + 0.2));
        }
        let known = Headline::of(&summary, View::default());
        assert_eq!(known.verdict, Verdict::Worse, "the baseline that stops at a hidden pass decides");
        insta::assert_snapshot!(known.sentence, @"In this simulation, what the strategy hands in solves 75.0 % [50.0, 87.5] of 2 problems at 500 billed tokens a problem, plain sampling (iid_sequential) 100.0 %, difference -25.0 points [-45.0, -5.0]: worse.");
        insta::assert_snapshot!(known.remarks.join("\n"), @"
        Trees of a strategy's own shape: this is what they did, at the cost of all that they hold.
        Oracle level hidden_stop: hidden tests decide when to stop or which program counts; a user does not have them.
        ");
    }

    #[test]
    fn a_handed_in_program_is_as_clean_as_the_strategy_and_any_passing_one_is_not() {
        let (mut manifest, trees) = whole_run("self-repair");
        manifest.identity.strategy.oracle_level = OracleLevel::Clean;
        let options = Options { resamples: 50, estimators: vec![Estimator::Unbiased], ..Options::default() };
        let summary = summarize(&manifest, &trees, &options);
        let level = |selection| Headline::of(&summary, View { selection, ..View::default() }).remarks[1].clone();
        assert!(level(Selection::OracleAny).starts_with("Oracle level hidden_stop: "));
        assert!(level(Selection::Submitted).starts_with("Oracle level clean: "));
    }

    #[test]
    fn nothing_that_is_scored_is_nothing_to_say() {
        let (manifest, _) = whole_run("self-repair");
        let summary = summarize(&manifest, &[], &Options { ks: vec![1], resamples: 10, ..Options::default() });
        let headline = Headline::of(&summary, View::default());
        assert_eq!(headline.verdict, Verdict::NotKnown);
        insta::assert_snapshot!(headline.sentence, @"On a stopped sample (0 of 10 problems), nothing can be said yet: no problem is scored.");
    }
}
