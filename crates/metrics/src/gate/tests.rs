use super::*;
use crate::compare::ONE_SIDED;
use crate::testing::{Ending, Grown, manifest};
use mend_core::{RepairTree, RunManifest, Status};

mod simulated;

const PASSED: Ending = Ending::Judged(Status::Passed);
const WRONG: Ending = Ending::Judged(Status::WrongAnswer);

/// A run of problems `a/0`, `a/1`, .. with so many programs each, the first of which pass; `None` for one that is not
/// finished.
fn side(right: &[Option<u32>], n: u32) -> Side {
    let (manifest, trees) = drawn(right, n);
    Side::of(&manifest, &trees)
}

fn drawn(right: &[Option<u32>], n: u32) -> (RunManifest, Vec<RepairTree>) {
    let ids: Vec<String> = (0..right.len()).map(|place| format!("a/{place}")).collect();
    let named: Vec<(&str, Option<&str>)> = ids.iter().map(|id| (id.as_str(), None)).collect();
    let tree = |(id, right): (&String, &Option<u32>)| {
        let mut tree = Grown::new(id, 0);
        let Some(right) = right else { return tree.tree };
        for index in 0..n {
            tree = tree.node(&format!("p{index}"), if index < *right { PASSED } else { WRONG });
        }
        tree.submitted(Some("p0")).tree
    };
    (manifest(&named, 1), ids.iter().zip(right).map(tree).collect())
}

fn whole(right: &[u32]) -> Side {
    side(&right.iter().copied().map(Some).collect::<Vec<_>>(), 4)
}

fn asked(margin: f64) -> GateOptions {
    GateOptions {
        metric: Metric::PassAtK(1),
        margin,
        alpha: 0.05,
        alpha_early: None,
        compare: CompareOptions { resamples: 500, ..CompareOptions::default() },
    }
}

#[test]
fn verdicts_follow_from_both_bounds() {
    for (lower, upper, expected) in [
        (-0.04, 0.02, Verdict::Ok),
        (-0.04, -0.01, Verdict::RegressionWithinMargin),
        (-0.08, -0.01, Verdict::Regression),
        (-0.08, 0.02, Verdict::Undecided),
        (-0.05, 0.02, Verdict::Undecided),
        (0.01, 0.2, Verdict::Ok),
    ] {
        assert_eq!(Verdict::of(lower, upper, 0.05), expected, "[{lower}, {upper}]");
    }
}

#[test]
fn the_worked_example_of_bounds_holds() {
    let error = 0.36 / 164.0_f64.sqrt();
    assert!((error - 0.028_111).abs() < 1e-6);
    let half = student_quantile(0.95, 163) * error;
    assert!((-0.012 - half + 0.058_503).abs() < 1e-6 && (-0.012 + half - 0.034_503).abs() < 1e-6, "{half}");
    assert!((settle::quantiles(0.05) * error - 0.069_898).abs() < 1e-6);
    assert!((settle::one_sided(0.05) - ONE_SIDED).abs() < 1e-12);
    assert!((crate::normal::quantile(0.95) - ONE_SIDED).abs() < 1e-9);
}

#[test]
fn equal_runs_pass_a_margin_that_so_many_problems_can_rule_out() {
    let many = whole(&[2; 60]);
    let same = gate(&many, &many, &asked(0.1)).unwrap();
    assert_eq!(same.verdict, Verdict::Ok, "{:?}", same.bounds);
    assert_eq!(same.mde.reason(), Some("no problem changed"));
    // Five problems that do not differ rule out no loss of a tenth.
    let few = whole(&[2; 5]);
    let undecided = gate(&few, &few, &asked(0.1)).unwrap();
    assert_eq!(undecided.verdict, Verdict::Undecided);
    assert!(undecided.bounds.value().unwrap().few_informative);
}

#[test]
fn a_clear_loss_is_a_regression_and_a_small_one_within_the_margin() {
    let before: Vec<u32> = (0..80).map(|place| 2 + place % 3).collect();
    let after: Vec<u32> = before.iter().enumerate().map(|(place, right)| right - u32::from(place % 2 == 0)).collect();
    let (a, b) = (whole(&before), whole(&after));
    assert_eq!(gate(&a, &b, &asked(0.05)).unwrap().verdict, Verdict::Regression);
    let within = gate(&a, &b, &asked(0.3)).unwrap();
    assert_eq!(within.verdict, Verdict::RegressionWithinMargin, "{:?}", within.bounds);
    assert_eq!(gate(&b, &a, &asked(0.05)).unwrap().verdict, Verdict::Ok);
    assert!(within.settle.omega_squared.value().is_some(), "four programs tell chance and problems apart");
}

#[test]
fn what_cannot_be_answered_is_an_error_and_never_a_pass() {
    let a = whole(&[2, 3]);
    assert!(matches!(gate(&whole(&[1]), &whole(&[1]), &asked(0.1)), Err(GateError::TooFew(1))));
    let mut other = a.clone();
    other.identity.grader = "lenient".to_owned();
    assert!(matches!(gate(&a, &other, &asked(0.1)), Err(GateError::Refused(_))));
    let nine = GateOptions { metric: Metric::PassAtK(9), ..asked(0.1) };
    assert!(matches!(gate(&a, &a, &nine), Err(GateError::Absent(_))));
    let (manifest, mut trees) = drawn(&[Some(1); 10], 1);
    trees[3] = Grown::new("a/3", 0).node("p0", Ending::Unscored).submitted(Some("p0")).tree;
    let unscored = Side::of(&manifest, &trees);
    let full = side(&[Some(1); 10], 1);
    let found = gate(&full, &unscored, &asked(0.5));
    assert!(matches!(found, Err(GateError::Unscored { run: "B", unscored: 1, problems: 10 })), "{found:?}");
}

#[test]
fn an_unscored_problem_may_not_decide() {
    // One in fifty has no score: few enough to answer, unless the answer hangs on it.
    let (manifest, mut trees) = drawn(&[Some(1); 50], 1);
    trees[3] = Grown::new("a/3", 0).node("p0", Ending::Unscored).submitted(Some("p0")).tree;
    let (full, unscored) = (side(&[Some(1); 50], 1), Side::of(&manifest, &trees));
    // 49 equal problems rule out a loss of 5.93 %, and 49 of 50 a loss of 9.14 %.
    let found = gate(&full, &unscored, &asked(0.07)).unwrap();
    assert_eq!(found.verdict, Verdict::Undecided);
    assert!(found.reasons[0].contains("hangs on what is not scored"), "{:?}", found.reasons);
    assert_eq!(gate(&full, &unscored, &asked(0.1)).unwrap().verdict, Verdict::Ok);
}

#[test]
fn a_stream_stops_where_it_is_clear_and_looks_at_an_unbroken_beginning() {
    let sequential = GateOptions { alpha_early: Some(0.01), ..asked(0.05) };
    let a = side(&[Some(1); 60], 1);
    let clear = gate(&a, &side(&[Some(0); 60], 1), &sequential).unwrap();
    assert_eq!(clear.verdict, Verdict::Regression);
    let stream = clear.sequential.as_ref().unwrap();
    assert!(stream.stream.seen < 15 && !clear.goes_on(), "{stream:?}");
    assert!(stream.confidence_sequence.unwrap().1 < 0.0);
    // Problems beyond the first that is missing do not count.
    let order = a.order.clone();
    let place = |position: usize| order[position].as_str()[2..].parse::<usize>().unwrap();
    let mut right = vec![Some(0); 60];
    right[place(5)] = None;
    let broken = gate(&a, &side(&right, 1), &sequential).unwrap();
    assert_eq!(broken.sequential.as_ref().unwrap().stream.seen, 5);
    assert!(broken.goes_on() && broken.verdict == Verdict::Undecided);
    // Nothing yet is no error while more is to come.
    let nothing = gate(&a, &side(&[None; 60], 1), &sequential).unwrap();
    assert!(nothing.goes_on() && nothing.figure.delta.value.value().is_none());
    // Once all is in, the rest of alpha is spent on one look.
    let all = gate(&a, &a, &sequential).unwrap();
    assert_eq!(all.verdict, Verdict::Undecided);
    assert!((all.bounds.value().unwrap().alpha - 0.04).abs() < 1e-12);
    assert!(!all.goes_on());
}

#[test]
fn a_stream_of_clusters_counts_whole_ones() {
    let of = (0..6).map(|place| (ProblemId::new(format!("a/{place}")), format!("c{}", place % 2))).collect();
    let clusters = Some(compare::Clusters { by: "contest".to_owned(), of });
    let options = GateOptions {
        alpha_early: Some(0.01),
        compare: CompareOptions { clusters, ..asked(0.05).compare },
        ..asked(0.05)
    };
    let a = side(&[Some(1); 6], 1);
    let found = gate(&a, &side(&[Some(0); 6], 1), &options).unwrap();
    let stream = found.sequential.as_ref().unwrap();
    assert_eq!((stream.of, stream.stream.seen, stream.mean_seen), (2, 2, Some(-1.0)));
    assert!(found.remarks.iter().any(|remark| remark.contains("clusters")));
    assert_eq!(whole_units(&[Some(1.0), None, Some(0.0)], &Units { of: vec![0, 1, 0, 1], count: 2 }), [Some(0.5)]);
}

#[test]
fn a_figure_at_equal_cost_is_looked_at_once() {
    let a = whole(&[2, 3, 1, 4, 0, 2]);
    let metric = "pass@t:programs".parse().unwrap();
    let options = GateOptions { metric, alpha_early: Some(0.01), ..asked(0.5) };
    let found = gate(&a, &a, &options).unwrap();
    assert!(found.sequential.is_none() && found.figure.subject.equal.is_some());
    assert!((found.bounds.value().unwrap().alpha - 0.05).abs() < 1e-12, "nothing was spent before");
}
