use super::*;
use crate::testing::{Ending, Grown, manifest};
use crate::{Estimator, TokenDefinition};
use mend_core::{FinishReason, ModelIdentity, Seat, Status, Tokens};

use Ending::{Judged, Unscored};

const PASSED: Ending = Judged(Status::Passed);
const WRONG: Ending = Judged(Status::WrongAnswer);

fn summary(manifest: &RunManifest, trees: Vec<Grown>) -> Summary {
    let trees: Vec<RepairTree> = trees.into_iter().map(|grown| grown.tree).collect();
    summarize(manifest, &trees, &Options { resamples: 200, ..Options::default() })
}

#[test]
fn only_finished_trees_count_and_the_others_still_cost() {
    let manifest = manifest(&[("a/0", None), ("a/1", None), ("a/2", None)], 1);
    let done = Grown::new("a/0", 0).node("p0", PASSED).submitted(Some("p0"));
    let open = Grown::new("a/1", 0).node("p0", WRONG);
    let summary = summary(&manifest, vec![done, open]);
    let sample = Sample::Stopped;
    let coverage = Coverage { problems: 3, reached: 1, scored: 1, trees: 3, finished: 1, replicates: 1, sample };
    assert_eq!(summary.coverage, coverage);
    assert_eq!(summary.pass_at_1.value, Figure::Value(1.0));
    assert_eq!(summary.first_programs.total, 1);
    assert_eq!((summary.spending.calls, summary.spending.tokens), (2, Tokens(200)));
}

#[test]
fn replicates_of_a_problem_are_pooled() {
    let manifest = manifest(&[("a/0", None)], 2);
    let first = Grown::new("a/0", 0).node("p0", PASSED).node("p1", WRONG).submitted(Some("p0"));
    let second = Grown::new("a/0", 1).node("p0", WRONG).node("p1", WRONG).submitted(Some("p0"));
    let summary = summary(&manifest, vec![second, first]);
    assert_eq!((summary.pass_at_k[1].n_min, &summary.pass_at_k[1].value), (Some(4), &Figure::Value(0.5)));
    assert_eq!(summary.submitted.passes.value, Figure::Value(0.5));
}

#[test]
fn unscored_programs_leave_the_sample_and_show_as_bounds() {
    let manifest = manifest(&[("a/0", None), ("a/1", None), ("a/2", None)], 1);
    let trees = vec![
        Grown::new("a/0", 0).node("p0", PASSED).node("p1", Unscored).submitted(Some("p0")),
        Grown::new("a/1", 0).node("p0", WRONG).node("p1", WRONG).submitted(None),
        Grown::new("a/2", 0).node("p0", Unscored).node("p1", Judged(Status::Unsupported)).submitted(None),
    ];
    let summary = summary(&manifest, trees);
    let Bounded { value, interval, if_unscored_fail, if_unscored_pass } = summary.pass_at_1;
    assert_eq!((value, if_unscored_fail), (Figure::Value(0.5), Figure::Value(0.5 / 3.0)));
    assert_eq!(if_unscored_pass, Figure::Value(2.0 / 3.0));
    assert!(interval.value().unwrap().few_informative);
    assert_eq!((summary.coverage.reached, summary.coverage.scored), (3, 2));
    assert_eq!((summary.first_programs.total, summary.first_programs.unscored), (6, 3));
    assert_eq!(summary.submitted.passes.value, Figure::Value(0.5), "nothing handed in is a failure if it was scored");
    assert_eq!(summary.submitted.passes.if_unscored_pass, Figure::Value(2.0 / 3.0));
    let reason = summary.pass_at_k[1].value.reason().unwrap();
    assert_eq!(reason, "problem `a/0` has 1 scored programs, fewer than k = 2");
}

#[test]
fn submissions_are_also_shown_for_problems_with_public_tests_alone() {
    let mut manifest = manifest(&[("a/0", None), ("a/1", None)], 1);
    manifest.problems[1].public_tests = 0;
    let tree = |id, ending| Grown::new(id, 0).node("p0", ending).submitted(Some("p0"));
    let summary = summary(&manifest, vec![tree("a/0", PASSED), tree("a/1", WRONG)]);
    assert_eq!(summary.submitted.passes.value, Figure::Value(0.5));
    assert_eq!(summary.submitted_with_public_tests.passes.value, Figure::Value(1.0));
    assert_eq!(summary.problems_with_public_tests, 1);
}

#[test]
fn time_limits_are_shown_as_if_they_had_passed() {
    let manifest = manifest(&[("a/0", None)], 1);
    let slow = Judged(Status::TimeLimit);
    let tree = Grown::new("a/0", 0).node("p0", slow).node("p1", WRONG).node("p2", PASSED).node("p3", WRONG);
    let summary = summary(&manifest, vec![tree.submitted(None)]);
    assert_eq!(summary.pass_at_1.value, Figure::Value(0.25));
    assert_eq!(summary.pass_at_1_without_time_limits, Figure::Value(0.5));
    assert_eq!(summary.first_programs.of(Status::TimeLimit), 1);
}

#[test]
fn repair_success_is_a_mean_over_failing_programs() {
    let manifest = manifest(&[("a/0", None)], 1);
    let tree = Grown::new("a/0", 0)
        .node("p0", WRONG)
        .node("p0/r0", PASSED)
        .node("p1", WRONG)
        .node("p1/r0", WRONG)
        .node("p1/r1", WRONG)
        .node("p1/r2", Unscored)
        .node("p2", WRONG)
        .node("p3", PASSED)
        .node("p3/r0", PASSED);
    let summary = summary(&manifest, vec![tree.submitted(None)]);
    assert_eq!((summary.repair_success.value, summary.repaired_programs), (Figure::Value(0.5), 2));
    assert_eq!((summary.repairs.total, summary.repairs.unscored, summary.repairs.scored()), (5, 1, 4));
}

#[test]
fn no_code_is_counted_apart_by_finish_reason() {
    let manifest = manifest(&[("a/0", None)], 1);
    let tree = Grown::new("a/0", 0).node("p0", Judged(Status::NoCode)).node("p1", PASSED);
    let summary = summary(&manifest, vec![tree.submitted(Some("p1"))]);
    assert_eq!(summary.first_programs.no_code, BTreeMap::from([(FinishReason::Stop, 1)]));
    assert_eq!(summary.extraction, BTreeMap::from([(ExtractionRule::OneBlock, 1)]));
}

#[test]
fn joint_pairs_carry_pass_at_t_and_chains_do_not() {
    let mut manifest = manifest(&[("a/0", Some("easy")), ("a/1", Some("hard"))], 1);
    let tree = |id| Grown::new(id, 0).node("p0", WRONG).node("p0/r0", PASSED).node("p1", PASSED);
    let trees = || vec![tree("a/0").submitted(Some("p1")), tree("a/1").submitted(Some("p1"))];
    let rows = summary(&manifest, trees()).pass_at_t;
    let first = &rows.value().unwrap()[0];
    assert_eq!((first.n_p, first.n_f, first.token_definition), (1, 1, TokenDefinition::Billed));
    assert_eq!((first.estimator, &first.pass_rate), (Estimator::Unbiased, &Figure::Value(1.0)));
    let mut groups: Vec<_> = rows.value().unwrap().iter().map(|row| row.group.as_str()).collect();
    groups.dedup();
    assert_eq!(groups, ["all", "easy", "hard"]);
    let mut trees = trees();
    manifest.identity.replicates = 2;
    for id in ["a/0", "a/1"] {
        trees.push(Grown::new(id, 1).node("p0", WRONG).node("p0/r0/r0", WRONG).submitted(None));
    }
    assert!(summary(&manifest, trees).pass_at_t.reason().is_some());
}

#[test]
fn a_run_without_a_finished_tree_has_a_summary_without_figures() {
    let manifest = manifest(&[("a/0", None)], 1);
    let summary = summary(&manifest, vec![]);
    assert_eq!(summary.pass_at_1.value.reason(), Some("no problem is scored"));
    assert_eq!(summary.submitted.passes.value.reason(), Some("no problem is scored"));
    assert!(summary.pass_at_k.iter().all(|row| row.value.reason().is_some()));
    assert!(summary.pass_at_t.reason().is_some());
    let json = serde_json::to_string(&summary).unwrap();
    assert_eq!(serde_json::from_str::<Summary>(&json).unwrap(), summary);
}

#[test]
fn the_model_label_names_a_repairer_only_if_it_differs() {
    let mut manifest = manifest(&[], 1);
    let coder = manifest.identity.models[&Seat::CODER].clone();
    manifest.identity.models.insert(Seat::REPAIRER, coder.clone());
    assert_eq!(RunLabels::of(&manifest).model, "sim/journeyman");
    let repairer = ModelIdentity { name: "openai/x".into(), simulated: false, ..coder };
    manifest.identity.models.insert(Seat::REPAIRER, repairer);
    let labels = RunLabels::of(&manifest);
    assert_eq!((labels.model.as_str(), labels.simulated), ("sim/journeyman+openai/x", true));
}

#[test]
fn a_summary_does_not_depend_on_the_order_of_trees() {
    let manifest = manifest(&[("a/0", None), ("a/1", None)], 1);
    let trees = |order: [&str; 2]| {
        order.map(|id| Grown::new(id, 0).node("p0", if id == "a/0" { PASSED } else { WRONG }).submitted(None)).into()
    };
    assert_eq!(summary(&manifest, trees(["a/0", "a/1"])), summary(&manifest, trees(["a/1", "a/0"])));
}

#[test]
fn a_stopped_run_bounds_the_whole_by_what_it_did_not_reach() {
    let manifest = manifest(&[("a/0", None), ("a/1", None), ("a/2", None), ("a/3", None)], 1);
    let tree = |id, ending| Grown::new(id, 0).node("p0", ending).submitted(Some("p0"));
    let stopped = summary(&manifest, vec![tree("a/0", PASSED), tree("a/2", WRONG)]);
    assert_eq!((stopped.coverage.sample.as_str(), stopped.coverage.reached), ("stopped_sample", 2));
    assert_eq!(stopped.pass_at_1.value, Figure::Value(0.5));
    assert_eq!(stopped.pass_at_1.if_unscored_fail, Figure::Value(0.25));
    assert_eq!(stopped.pass_at_1.if_unscored_pass, Figure::Value(0.75));
    assert_eq!(stopped.submitted.passes.if_unscored_pass, Figure::Value(0.75));
    let row = &stopped.pass_at_k[0];
    assert!(row.same_problems.reason().unwrap().starts_with("the run was stopped"));
    assert!(row.interval.value().unwrap().high > 0.98, "two problems rule little out, whatever stopped the run");
    let trees = ["a/0", "a/1", "a/2", "a/3"].map(|id| tree(id, PASSED)).into();
    assert_eq!(summary(&manifest, trees).coverage.sample, Sample::Complete);
}

#[test]
fn of_a_run_that_stopped_in_its_second_replicate_the_first_counts() {
    let manifest = manifest(&[("a/0", None), ("a/1", None)], 3);
    let tree = |id, replicate, ending| Grown::new(id, replicate).node("p0", ending).submitted(Some("p0"));
    let trees = vec![tree("a/0", 0, WRONG), tree("a/1", 0, PASSED), tree("a/1", 1, PASSED)];
    let summary = summary(&manifest, trees);
    let coverage = &summary.coverage;
    assert_eq!((coverage.sample, coverage.replicates, coverage.finished), (Sample::Complete, 1, 3));
    assert_eq!((summary.pass_at_k[0].n_max, summary.first_programs.total), (Some(1), 2));
    assert_eq!(summary.pass_at_1.value, Figure::Value(0.5));
}

#[test]
fn a_problem_whose_test_judges_nobody_is_in_no_mean_and_is_named() {
    let manifest = manifest(&[("a/0", None), ("a/1", None)], 1);
    let broken = Grown::new("a/0", 0).node("p0", Ending::Broken).node("p1", Judged(Status::CompileError));
    let fine = Grown::new("a/1", 0).node("p0", PASSED).node("p1", PASSED);
    let summary = summary(&manifest, vec![broken.submitted(Some("p1")), fine.submitted(Some("p0"))]);
    assert_eq!(summary.pass_at_1.value, Figure::Value(1.0));
    assert_eq!((&summary.pass_at_1.if_unscored_fail, summary.coverage.scored), (&Figure::Value(0.5), 1));
    assert_eq!(summary.judges_nobody, [mend_core::ProblemId::new("a/0")]);
    assert_eq!(summary.submitted.passes.value, Figure::Value(1.0));
    assert_eq!((summary.first_programs.unscored, summary.first_programs.of(Status::CompileError)), (2, 0));
    let why = "it failed before the problem's test, which can judge nobody";
    assert_eq!(summary.first_programs.unscored_reasons[why], 1);
}

#[test]
fn independent_programs_have_figures_against_tokens() {
    let manifest = manifest(&[("a/0", None), ("a/1", None)], 1);
    let tree = |id, first| Grown::new(id, 0).node("p0", first).node("p1", WRONG).submitted(None);
    let summary = summary(&manifest, vec![tree("a/0", PASSED), tree("a/1", WRONG)]);
    let rows = summary.pass_at_t.value().unwrap();
    let told: Vec<_> = rows
        .iter()
        .filter(|row| (row.selection, row.token_definition) == (crate::Selection::OracleAny, TokenDefinition::Billed))
        .map(|row| (row.baseline.as_str(), row.n_p, *row.mean_tokens.value().unwrap(), *row.pass_rate.value().unwrap()))
        .collect();
    // In turn the second program is drawn unless the first passes: always for one problem, half the time for the other.
    let expected = [
        ("iid", 1, 100.0, 0.25),
        ("iid", 2, 200.0, 0.5),
        ("iid_sequential", 1, 100.0, 0.25),
        ("iid_sequential", 2, 175.0, 0.5),
    ];
    assert_eq!(told, expected);
    assert!(
        rows.iter()
            .all(|row| row.n_f == 0
                && row.difference.reason() == Some("independent programs are the baseline themselves"))
    );
}
