//! pass@t along what is counted beside tokens and money: requests, executions, questions to people, and their minutes.
//!
//! Costs of one kind are evaluated like those of another. So the trees are priced anew, with the count in the place of
//! billed tokens, and read at equal tokens; what was read stands in rows that are otherwise those of the trees as they are.

use super::plain_rows;
use crate::amounts::Lane;
use crate::group::Group;
use crate::t_table::unknown;
use crate::{Axis, Figure, FrozenFeedback, FrozenProblem, FrozenProgram, FrozenRepair, Options, PassAtT, TokenCounts};

/// The rows along these axes, in the order of `plain`, which are the rows along tokens.
pub(super) fn along(groups: &[Group<'_>], axes: &[Axis], plain: &[PassAtT], options: &Options) -> Vec<PassAtT> {
    axes.iter().filter(|axis| axis.is_of_effort()).flat_map(|axis| along_one(groups, *axis, plain, options)).collect()
}

fn along_one(groups: &[Group<'_>], axis: Axis, plain: &[PassAtT], options: &Options) -> Vec<PassAtT> {
    let priced: Vec<Vec<FrozenProblem>> =
        groups.iter().map(|group| group.problems.iter().map(|problem| priced(problem, axis)).collect()).collect();
    let groups: Vec<Group<'_>> = groups
        .iter()
        .zip(&priced)
        .map(|(group, problems)| Group {
            name: group.name.clone(),
            problems: problems.iter().collect(),
            sample: group.sample,
        })
        .collect();
    let options = Options { axes: vec![Axis::Tokens], ..options.clone() };
    let Figure::Value(rows) = plain_rows(&groups, &options) else { return vec![] };
    rows.into_iter().filter(|row| row.n_f > 0).filter_map(|row| named(row, axis, plain)).collect()
}

/// A row that was read at equal counts, with the tokens of the trees as they are.
fn named(row: PassAtT, axis: Axis, plain: &[PassAtT]) -> Option<PassAtT> {
    let place = |row: &PassAtT| (row.selection, row.group.clone(), row.order, row.setting(), row.estimator);
    let same = plain.iter().find(|other| place(other) == place(&row))?;
    let no_price = unknown(Lane::Tokens(row.token_definition));
    let is_free = row.out_of_bounds && matches!(axis, Axis::Questions | Axis::Minutes);
    let why = |figure: Figure| match figure {
        Figure::Absent(why) if why == no_price => Figure::Absent(not_known(axis)),
        // First programs ask nobody, so that their curve has no length to end.
        Figure::Absent(_) if is_free => Figure::Absent(format!("first programs take no {}", axis.as_str())),
        figure => figure,
    };
    Some(PassAtT {
        token_definition: same.token_definition,
        mean_tokens: same.mean_tokens.clone(),
        mean_programs: same.mean_programs.clone(),
        mean_effort: Some(why(row.mean_tokens)),
        baseline_pass_rate: why(row.baseline_pass_rate),
        difference: why(row.difference),
        normalised: why(row.normalised),
        axis,
        out_of_bounds: row.out_of_bounds && !is_free,
        ..row
    })
}

/// Why a count is not known.
fn not_known(axis: Axis) -> String {
    match axis {
        Axis::Minutes => "nobody wrote down how many minutes some answers took".to_owned(),
        axis => format!("the {} of some nodes are unknown", axis.as_str()),
    }
}

/// A problem with a count in the place of tokens.
fn priced(problem: &FrozenProblem, axis: Axis) -> FrozenProblem {
    let price = |tokens: &TokenCounts| TokenCounts {
        billed: tokens.effort.by(axis),
        effort: tokens.effort,
        ..TokenCounts::default()
    };
    let feedback = |feedback: &FrozenFeedback| FrozenFeedback {
        tokens: price(&feedback.tokens),
        repairs: feedback
            .repairs
            .iter()
            .map(|repair| FrozenRepair { tokens: price(&repair.tokens), ..*repair })
            .collect(),
    };
    let program = |program: &FrozenProgram| FrozenProgram {
        tokens: price(&program.tokens),
        feedbacks: program.feedbacks.iter().map(feedback).collect(),
        ..program.clone()
    };
    FrozenProblem { programs: problem.programs.iter().map(program).collect(), ..problem.clone() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Baseline, EffortCounts, FirstDraws, Order, Passes, pass_at_t};
    use mend_core::ProblemId;

    /// Two programs of which one fails, with a critique that took so many minutes and a repair that passes.
    fn problem(id: &str, minutes: Option<f64>) -> FrozenProblem {
        let tokens = |effort| TokenCounts { effort, ..TokenCounts::alike(10.0) };
        let asked = EffortCounts { calls: 1.0, executions: 1.0, ..EffortCounts::default() };
        let critique = EffortCounts { executions: 0.0, questions: 1.0, minutes, ..asked };
        let program = |passed, feedbacks| FrozenProgram {
            passes: Passes::both(passed),
            timed_out: false,
            tokens: tokens(asked),
            feedbacks,
        };
        let repairs = vec![FrozenRepair { passes: Passes::both(true), tokens: tokens(asked) }];
        let feedback = FrozenFeedback { tokens: tokens(critique), repairs };
        FrozenProblem {
            id: ProblemId::new(id),
            group: None,
            has_public_tests: false,
            programs: vec![program(true, vec![]), program(false, vec![feedback])],
            unscored: 0,
            judges_nobody: false,
            drawn: vec![2],
            beyond_repairs: false,
            draws: FirstDraws::Independent,
        }
    }

    fn row(problems: &[FrozenProblem], axis: Axis) -> PassAtT {
        let options = Options { axes: vec![axis], resamples: 0, ..Options::default() };
        let rows = pass_at_t(problems, &options);
        let is_it =
            |row: &&PassAtT| (row.n_p, row.order, row.baseline, row.axis) == (1, Order::Dfs, Baseline::Iid, axis);
        rows.value().unwrap().iter().find(is_it).cloned().unwrap()
    }

    #[test]
    fn a_tree_is_read_at_equal_counts_of_whatever_is_counted() {
        let problems = [problem("a/0", Some(2.5)), problem("a/1", Some(5.0))];
        // One program, and with one half a critique and a repair.
        for (axis, mean, baseline) in [
            (Axis::Calls, 2.0, Some(1.0)),
            (Axis::Executions, 1.5, Some(0.75)),
            (Axis::Questions, 0.5, None),
            (Axis::Minutes, 1.875, None),
        ] {
            let row = row(&problems, axis);
            assert_eq!(row.mean_effort, Some(Figure::Value(mean)), "{axis:?}");
            assert_eq!(row.mean_tokens, Figure::Value(20.0));
            assert_eq!(row.mean_programs, Figure::Value(1.5));
            assert_eq!(row.pass_rate, Figure::Value(1.0));
            assert_eq!(row.baseline_pass_rate.value().copied(), baseline, "{axis:?}");
        }
        let free = row(&problems, Axis::Minutes).baseline_pass_rate;
        assert_eq!(free.reason(), Some("first programs take no minutes"));
    }

    #[test]
    fn minutes_that_nobody_wrote_down_are_no_zero() {
        let row = row(&[problem("a/0", Some(2.5)), problem("a/1", None)], Axis::Minutes);
        let why = "nobody wrote down how many minutes some answers took";
        assert_eq!(row.mean_effort.as_ref().and_then(Figure::reason), Some(why));
        assert_eq!(row.baseline_pass_rate.reason(), Some(why));
    }
}
