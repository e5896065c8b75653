use super::*;
use crate::group::Group;
use crate::testing::{mixed_problems, problem};
use crate::{Block, FrozenProblem, Grid, by_cost, t_rows};

fn without_intervals() -> Options {
    Options { resamples: 0, ..Options::default() }
}

fn of_one(curve: &[(f64, f64)], baseline: &[(f64, f64)], target: Target) -> Saved {
    let about = ("saved", Sample::Complete);
    budget_saved(&[curve.to_vec()], &[baseline.to_vec()], &[target], about, &without_intervals()).remove(0)
}

#[track_caller]
fn close(figure: &Figure, expected: f64) {
    let value = *figure.value().unwrap_or_else(|| panic!("absent: {figure:?}"));
    assert!((value - expected).abs() < 1e-9, "{value} is not {expected}");
}

#[test]
fn half_of_the_budget_is_saved_on_the_way_to_half_and_nothing_can_be_said_beyond() {
    let (curve, baseline) = ([(1.0, 0.2), (2.0, 0.5)], [(1.0, 0.1), (4.0, 0.5)]);
    let half = of_one(&curve, &baseline, Target::Rate(0.5));
    close(&half.saved.value, 0.5);
    close(&half.factor.value, 2.0);
    assert_eq!((half.cost.value(), half.baseline_cost.value()), (Some(&2.0), Some(&4.0)));
    let more = of_one(&curve, &baseline, Target::Rate(0.6));
    assert_eq!(more.saved.value.reason(), Some("the curve ends below a pass rate of 0.6"));
    assert_eq!(more.factor.value.reason(), more.saved.value.reason());
    // A quarter lies between the points of both: 1 + 1/6, and 1 + 3 * 3/8.
    let quarter = of_one(&curve, &baseline, Target::Rate(0.25));
    close(&quarter.saved.value, 1.0 - (7.0 / 6.0) / 2.125);
    let best = of_one(&curve, &baseline, Target::BaselinesBest);
    assert!(best.is_baselines_best && best.rate == Figure::Value(0.5));
    close(&best.saved.value, 0.5);
}

#[test]
fn a_fifth_is_saved_in_the_worked_example() {
    let baseline = [(10.0, 0.5), (20.0, 0.7), (30.0, 0.8)];
    let curve = [(12.0, 0.6), (18.0, 0.75)];
    let at = |target| of_one(&curve, &baseline, target);
    let found = at(Target::Rate(0.7));
    close(&found.cost, 16.0);
    close(&found.baseline_cost, 20.0);
    close(&found.saved.value, 0.2);
    close(&found.factor.value, 1.25);
    assert_eq!(
        at(Target::Rate(0.55)).saved.value.reason(),
        Some("the curve begins above a pass rate of 0.55"),
        "what a single program of the curve would have cost less is not known"
    );
    assert_eq!(at(Target::BaselinesBest).saved.value.reason(), Some("the curve ends below a pass rate of 0.8"));
    close(&at(Target::Rate(0.6)).cost, 12.0);
}

#[test]
fn a_level_curve_reaches_its_rate_at_its_cheapest_point_and_no_curve_reaches_nothing() {
    let level = [(1.0, 0.5), (2.0, 0.5), (3.0, 0.5)];
    close(&of_one(&level, &[(2.0, 0.5)], Target::Rate(0.5)).saved.value, 0.5);
    assert_eq!(of_one(&[], &level, Target::Rate(0.5)).saved.value.reason(), Some("the curve has no point"));
    assert_eq!(of_one(&level, &[], Target::BaselinesBest).rate.reason(), Some("the baseline has no point"));
    assert_eq!(
        of_one(&[(0.0, 0.5)], &level, Target::Rate(0.5)).saved.value.reason(),
        Some("one of them costs nothing")
    );
    let unequal = budget_saved(
        &[level.to_vec(), level.to_vec()],
        &[level.to_vec()],
        &[Target::Rate(0.5)],
        ("saved", Sample::Complete),
        &without_intervals(),
    );
    assert_eq!(unequal[0].saved.value.reason(), Some("the curve has no point"), "they are not the same problems");
}

/// Problems that are solved more or less often, at costs of their own.
fn by_problem(rate: impl Fn(usize) -> f64, cost: f64) -> Vec<Vec<(f64, f64)>> {
    let points = |place: usize| {
        let share = rate(place);
        vec![
            (cost, share),
            (2.0 * cost, 1.0 - (1.0 - share) * (1.0 - share)),
            (4.0 * cost, 1.0 - (1.0 - share).powi(4)),
        ]
    };
    (0..30).map(points).collect()
}

#[test]
fn both_curves_are_resampled_together_and_resamples_that_do_not_get_there_are_counted() {
    let share = |place: usize| (place % 10) as f64 / 10.0;
    let (curve, baseline) = (by_problem(share, 10.0), by_problem(share, 20.0));
    let options = Options { resamples: 500, ..Options::default() };
    let about = ("saved", Sample::Complete);
    let targets = [Target::Rate(0.6), Target::Rate(0.82), Target::BaselinesBest];
    let found = budget_saved(&curve, &baseline, &targets, about, &options);
    // The same rates at half of the cost: half is saved in every resample, wherever it is reached.
    close(&found[0].saved.value, 0.5);
    let interval = found[0].saved.interval.value().unwrap();
    assert!(interval.holds(0.5), "{interval:?}");
    let factor = found[0].factor.interval.value().unwrap();
    assert!((factor.low - 1.0 / (1.0 - interval.low)).abs() < 1e-9 && factor.holds(2.0), "{factor:?}");
    // In a few resamples one program alone solves more, or none get there.
    assert!((1..25).contains(&found[0].absent_resamples) && found[0].resamples == 500, "{:?}", found[0]);
    assert!(found[1].absent_resamples > 25, "{}", found[1].absent_resamples);
    let why = found[1].saved.interval.reason().or(found[1].saved.value.reason()).unwrap();
    assert!(why.contains("does not exist in") || why.contains("ends below"), "{why}");
    assert_eq!(found[2].absent_resamples, 0, "the baseline's best is another one in each resample");
    let again = budget_saved(&curve, &baseline, &targets, about, &options);
    assert_eq!(again, found);
}

/// What the rows must say, from the figures of pass@t.
#[test]
fn rows_agree_with_the_figures_of_single_settings() {
    let problems: Vec<FrozenProblem> = mixed_problems();
    let groups = [Group::of_all(&problems)];
    let block = Block { n_p: vec![1, 2, 3, 4, 5], n_f: vec![1], n_r: vec![1], orders: Order::ALL.to_vec() };
    let grid = Grid::Asked(vec![block]);
    let options = Options { grid, resamples: 0, reach: vec![0.45, 0.5], ..Options::default() };
    let cells = t_rows::rows(&groups, &options);
    let rows = by_cost::rows(&groups, &options).saved;
    let definition = TokenDefinition::Billed;
    for order in Order::ALL {
        let line: Vec<(f64, f64)> = cells
            .value()
            .unwrap()
            .iter()
            .filter(|row| (row.order, row.token_definition, row.baseline) == (order, definition, Baseline::Iid))
            .map(|row| (*row.mean_tokens.value().unwrap(), *row.pass_rate.value().unwrap()))
            .collect();
        let own: Vec<&BudgetSaved> =
            rows.iter().filter(|row| (row.order, row.token_definition) == (order, definition)).collect();
        assert_eq!(own.len(), baselines(order).len() * 3);
        let programs: Vec<(f64, f64)> = (1..=5)
            .map(|k| {
                let of = |problem: &FrozenProblem| crate::pass_at_k(5, problem.c(), k).unwrap();
                let tokens = |problem: &FrozenProblem| {
                    problem.programs.iter().map(|program| program.tokens.billed.unwrap()).sum::<f64>() / 5.0
                };
                let mean = |of: &dyn Fn(&FrozenProblem) -> f64| problems.iter().map(of).sum::<f64>() / 3.0;
                (f64::from(k) * mean(&tokens), mean(&of))
            })
            .collect();
        for row in own.iter().filter(|row| row.baseline == Baseline::Iid && !row.is_baselines_best) {
            let expected = of_one(&line, &programs, Target::Rate(*row.rate.value().unwrap()));
            match (&expected.saved.value, &row.saved.value) {
                (Figure::Value(expected), found) => close(found, *expected),
                (Figure::Absent(why), found) => assert_eq!(found.reason(), Some(why.as_str())),
            }
        }
    }
}

#[test]
fn programs_alone_save_nothing_against_themselves() {
    let programs = [problem(&[(true, 1.0, &[]), (false, 1.0, &[])])];
    let rows = by_cost::rows(&[Group::of_all(&programs)], &without_intervals());
    assert!(rows.saved.is_empty() && !rows.covered.is_empty());
    assert!(by_cost::rows(&[], &without_intervals()).covered.is_empty());
}
