use super::*;
use crate::summarize;
use crate::testing::{Ending, Grown, manifest};
use mend_core::{RepairTree, Status, TestsMode};

const PASSED: Ending = Ending::Judged(Status::Passed);
const WRONG: Ending = Ending::Judged(Status::WrongAnswer);

fn rows_of(trees: Vec<Grown>, replicates: u32, options: &Options) -> Vec<SamplingRow> {
    let mut ids: Vec<String> = trees.iter().map(|grown| grown.tree.key.problem.to_string()).collect();
    ids.dedup();
    let entries: Vec<(&str, Option<&str>)> = ids.iter().map(|id| (id.as_str(), None)).collect();
    let mut manifest = manifest(&entries, replicates);
    manifest.identity.tests = TestsMode::All;
    let trees: Vec<RepairTree> = trees.into_iter().map(|grown| grown.submitted(Some("p0")).tree).collect();
    summarize(&manifest, &trees, options).sampling
}

fn options(ks: &[u32]) -> Options {
    Options { ks: ks.to_vec(), resamples: 0, ..Options::default() }
}

fn programs(problem: &str, endings: &[Ending]) -> Grown {
    let numbered = endings.iter().enumerate();
    numbered.fold(Grown::new(problem, 0), |grown, (place, ending)| grown.node(&format!("p{place}"), *ending))
}

#[track_caller]
fn value(rows: &[SamplingRow], metric: SamplingMetric, k: u32, tau: Option<f64>) -> f64 {
    let row = rows.iter().find(|row| (row.metric, row.k, row.tau) == (metric, Some(k), tau));
    *row.unwrap_or_else(|| panic!("no row of {metric:?}")).value.value.value().unwrap_or_else(|| panic!("{row:?}"))
}

#[track_caller]
fn close(found: f64, expected: f64) {
    assert!((found - expected).abs() < 1e-9, "{found} is not {expected}");
}

#[test]
fn rows_are_means_over_problems() {
    let trees = vec![programs("a/0", &[PASSED, PASSED, WRONG]), programs("a/1", &[PASSED, WRONG, WRONG])];
    let rows = rows_of(trees, 1, &options(&[1, 2, 3, 4]));
    close(value(&rows, SamplingMetric::AllPass, 2, None), f64::midpoint(1.0 / 3.0, 0.0));
    close(value(&rows, SamplingMetric::GPass, 2, Some(0.5)), f64::midpoint(1.0, 2.0 / 3.0));
    close(value(&rows, SamplingMetric::GPass, 3, Some(0.5)), 0.5);
    let absent = rows.iter().find(|row| row.k == Some(4)).unwrap();
    assert_eq!(absent.value.value.reason(), Some("problem `a/0` has 3 scored programs, fewer than k = 4"));
    assert!(rows.iter().all(|row| row.k != Some(1)), "of one draw they are pass@1");
    assert_eq!((absent.n_min, absent.n_max, absent.problems), (Some(3), Some(3), 2));
}

#[test]
fn whether_all_pass_has_both_intervals() {
    let trees =
        (0..8).map(|place| programs(&format!("a/{place}"), &[PASSED, PASSED, if place < 4 { WRONG } else { PASSED }]));
    let rows = rows_of(trees.collect(), 1, &Options { resamples: 200, ..options(&[2]) });
    let row = &rows[0];
    assert_eq!((row.metric, row.k), (SamplingMetric::AllPass, Some(2)));
    let (value, interval) = (*row.value.value.value().unwrap(), row.value.interval.value().unwrap());
    close(value, f64::midpoint(1.0 / 3.0, 1.0));
    assert!(interval.holds(value) && interval.low < interval.high, "{row:?}");
    let same = row.same_problems.value().unwrap();
    assert!(same.holds(value) && same.low < same.high && same.high <= 1.0, "{row:?}");
}

/// Programs that pass the public test and fail the hidden ones behave alike with those that pass both.
#[test]
fn the_majority_is_of_programs_that_behave_alike_on_public_tests() {
    let rows = rows_of(
        vec![programs("a/0", &[PASSED, Ending::Deceives, Ending::Judged(Status::NoCode)])],
        1,
        &options(&[2, 3]),
    );
    // A pair holds a voter always, and half of the voters are right.
    close(value(&rows, SamplingMetric::Majority, 2, None), 0.5);
    close(value(&rows, SamplingMetric::Majority, 3, None), 0.5);
    // Equal by the public tests: the earlier is picked, and the one without code only if it is alone.
    close(value(&rows, SamplingMetric::Picked, 2, None), 2.0 / 3.0);
    close(value(&rows, SamplingMetric::Loss, 2, None), 0.0);
    let late =
        rows_of(vec![programs("a/0", &[Ending::Deceives, PASSED, Ending::Judged(Status::NoCode)])], 1, &options(&[2]));
    close(value(&late, SamplingMetric::Picked, 2, None), 1.0 / 3.0);
    close(value(&late, SamplingMetric::Loss, 2, None), 1.0 / 3.0);
    // What a failing program returned is not recorded here.
    let unknown = rows_of(vec![programs("a/0", &[PASSED, WRONG])], 1, &options(&[2]));
    let row = unknown.iter().find(|row| row.metric == SamplingMetric::Majority).unwrap();
    assert_eq!(row.value.value.reason(), Some("what some program returned on a public test is not recorded"));
}

#[test]
fn without_public_tests_nobody_votes_or_ranks() {
    let rows = rows_of(vec![programs("a/0", &[Ending::Tests(&[1]), Ending::Tests(&[2])])], 1, &options(&[2]));
    assert!(rows.iter().all(|row| row.metric != SamplingMetric::Majority && row.metric != SamplingMetric::Picked));
}

#[test]
fn replicates_are_draws_of_what_the_strategy_hands_in() {
    let outcomes = [PASSED, PASSED, PASSED, WRONG, WRONG];
    let trees = outcomes.iter().zip(0..).map(|(ending, replicate)| Grown::new("a/0", replicate).node("p0", *ending));
    let rows = rows_of(trees.collect(), 5, &options(&[1, 2]));
    let of_trees: Vec<&SamplingRow> = rows.iter().filter(|row| row.draws == Draws::Submissions).collect();
    let consistency = of_trees.iter().find(|row| row.metric == SamplingMetric::Consistency).unwrap();
    assert_eq!(consistency.value.value, Figure::Value(0.4));
    let all = of_trees.iter().find(|row| (row.metric, row.k) == (SamplingMetric::AllPass, Some(2))).unwrap();
    close(*all.value.value.value().unwrap(), 0.3);
    assert!(of_trees.iter().any(|row| (row.metric, row.k) == (SamplingMetric::Pass, Some(5))));
    let single = rows_of(vec![Grown::new("a/0", 0).node("p0", PASSED)], 1, &options(&[1]));
    assert!(single.is_empty());
}

#[test]
fn bayes_is_an_option_and_says_so() {
    let trees = || (0..20).map(|place| programs(&format!("a/{place:02}"), &[PASSED])).collect::<Vec<_>>();
    assert!(rows_of(trees(), 1, &options(&[1])).is_empty());
    let rows = rows_of(trees(), 1, &Options { bayes: true, ..options(&[1]) });
    assert_eq!((rows.len(), rows[0].metric, rows[0].estimator), (1, SamplingMetric::Bayes, SamplingEstimator::Bayes));
    close(*rows[0].value.value.value().unwrap(), 2.0 / 3.0);
    assert_eq!(rows[0].value.interval.reason(), Some("it is about the same problems alone"));
    assert!(rows[0].same_problems.value().is_some_and(|interval| interval.low > 0.5 && interval.high < 0.8));
}

/// Twenty problems of ten programs each, more and more of which pass.
fn spread() -> Vec<Grown> {
    let endings = |place: usize| (0..10).map(|draw| if draw < place / 2 { PASSED } else { WRONG }).collect::<Vec<_>>();
    (0..20).map(|place| programs(&format!("a/{place:02}"), &endings(place))).collect()
}

#[test]
fn an_extrapolation_joins_what_was_measured_and_says_what_it_is() {
    let asked = Options { extrapolate: vec![11, 30, 31, 10], resamples: 200, ..options(&[10]) };
    let rows = rows_of(spread(), 1, &asked);
    let beyond: Vec<&SamplingRow> =
        rows.iter().filter(|row| row.estimator == SamplingEstimator::Extrapolated).collect();
    let figure = |place: usize| beyond[place].value.value.value().copied();
    assert!(beyond.iter().all(|row| row.extrapolated_from == Some(10) && row.metric == SamplingMetric::Pass));
    // Eighteen of twenty are solved by ten; every further program adds less.
    let (next, far) = (figure(0).unwrap(), figure(1).unwrap());
    assert!(0.9 < next && next < far && far < 1.0, "{next} {far}");
    let interval = beyond[1].value.interval.value().unwrap();
    assert!(interval.holds(far) && interval.low < interval.high, "{interval:?}");
    assert!(beyond[2].value.value.reason().unwrap().contains("`--extrapolate-far`"));
    assert_eq!(beyond[3].value.value.reason(), Some("each problem has 10 programs: pass@10 is measured"));
    let rows = rows_of(spread(), 1, &Options { extrapolate_far: true, extrapolate: vec![100], ..options(&[10]) });
    let row = rows.iter().find(|row| row.estimator == SamplingEstimator::Extrapolated).unwrap();
    let (value, second) = (*row.value.value.value().unwrap(), *row.with_hopeless.value().unwrap());
    assert!(second <= value + 1e-9 && second >= 0.9, "{value} {second}");
    let few = rows_of(spread().into_iter().take(8).collect(), 1, &Options { extrapolate: vec![12], ..options(&[10]) });
    let row = few.iter().find(|row| row.estimator == SamplingEstimator::Extrapolated).unwrap();
    assert_eq!(row.value.value.reason(), Some("an extrapolation needs 20 problems, and there are 8"));
}
