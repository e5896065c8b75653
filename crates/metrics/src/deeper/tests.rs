use super::*;
use crate::testing::{Ending, Grown, manifest};
use crate::{Figure, summarize};
use mend_core::Status;

const PASSED: Ending = Ending::Judged(Status::Passed);
const WRONG: Ending = Ending::Judged(Status::WrongAnswer);

/// A chain of programs, with `1` for one that passes.
fn chain(problem: &str, outcomes: &str) -> Grown {
    let mut slot = String::new();
    let mut tree = Grown::new(problem, 0);
    for outcome in outcomes.chars() {
        slot = if slot.is_empty() { "p0".to_owned() } else { slot + "/r0" };
        tree = tree.node(&slot, if outcome == '1' { PASSED } else { WRONG });
    }
    tree.submitted(Some(&slot))
}

fn of(problems: usize, trees: Vec<Grown>) -> Option<Deeper> {
    let ids: Vec<String> = (0..problems).map(|place| format!("a/{place}")).collect();
    let entries: Vec<(&str, Option<&str>)> = ids.iter().map(|id| (id.as_str(), None)).collect();
    let trees: Vec<RepairTree> = trees.into_iter().map(|grown| grown.tree).collect();
    let options = Options { resamples: 0, ..Options::default() };
    summarize(&manifest(&entries, 1), &trees, &options).deeper
}

fn chains(outcomes: &[&str]) -> Deeper {
    let trees = outcomes.iter().enumerate().map(|(place, outcomes)| chain(&format!("a/{place}"), outcomes));
    of(outcomes.len(), trees.collect()).unwrap()
}

fn values(rows: &[RoundRow], of: fn(&RoundRow) -> &Figure) -> Vec<f64> {
    rows.iter().map(|row| *of(row).value().unwrap()).collect()
}

#[track_caller]
fn close(figure: &Figure, expected: f64) {
    let value = *figure.value().unwrap_or_else(|| panic!("absent: {figure:?}"));
    assert!((value - expected).abs() < 1e-6, "{value} is not {expected}");
}

#[test]
fn a_line_that_stopped_keeps_its_last_program() {
    let deeper = chains(&["1", "01", "001", "0000"]);
    assert_eq!(values(&deeper.rounds, |row| &row.solved.value), [0.25, 0.5, 0.75, 0.75]);
    assert_eq!(values(&deeper.rounds, |row| &row.solved_any.value), [0.25, 0.5, 0.75, 0.75]);
    assert_eq!(values(&deeper.rounds, |row| &row.newly_solved), [0.25, 0.25, 0.25, 0.0]);
    assert_eq!(deeper.rounds.iter().map(|row| row.at_risk).collect::<Vec<_>>(), [4, 3, 2, 1]);
    assert_eq!(values(&deeper.rounds, |row| &row.hazard), [0.25, 1.0 / 3.0, 0.5, 0.0]);
    // Accuracy is that of the programs which a round wrote, and trees that stopped spend nothing.
    assert_eq!(values(&deeper.rounds, |row| &row.accuracy), [0.25, 1.0 / 3.0, 0.5, 0.0]);
    assert_eq!(values(&deeper.rounds, |row| &row.cost.billed), [100.0, 75.0, 50.0, 25.0]);
    let transitions = &deeper.transitions[0];
    assert_eq!((transitions.cc, transitions.ci, transitions.ic, transitions.ii), (0, 0, 2, 4));
    let reason = transitions.ci_of_right.value.reason();
    assert_eq!(reason, Some("no right program has a repair: each line stops at its first pass"));
}

#[test]
fn the_mean_reciprocal_rank_and_what_is_solved_at_last_are_told() {
    let row = &chains(&["1", "01", "001", "0000"]).decay[0];
    close(&row.mrr.value, 0.458_333_333);
    close(&row.recall.value, 0.75);
    assert_eq!((row.rounds, row.failed_first, row.gained), (3, 3, 2));
    // 0.25, 0.5, 0.75 and 0.75 stand solved: 0.875 / 5, and 0.875^2 / (5 * 0.171875).
    close(&row.slope.value, 0.175);
    close(&row.slope_r2, 0.890_909_09);
    // Three, two and one line are open before the rounds.
    close(&row.hazard, 2.0 / 6.0);
    let why = "a decay needs 10 lines that a later program solved, and there are 2";
    assert_eq!((row.lambda.value.reason(), row.half_life.value.reason()), (Some(why), Some(why)));
    let why = "first programs: a decay needs 3 rounds, and there are 0";
    assert_eq!(row.fresh_lambda.reason(), Some(why));
}

#[test]
fn the_decay_of_a_run_is_that_of_its_lines_and_of_its_first_programs() {
    // Of each problem one tree: its repairs solve it in the first, second or third round, or never; its first programs
    // all fail but the last of some.
    let outcomes = ["01", "01", "01", "01", "01", "01", "001", "001", "001", "0001", "0000", "0000"];
    let row = &chains(&outcomes).decay[0];
    assert_eq!((row.failed_first, row.gained), (12, 10));
    // The mean round of ten gains 6, 3, 1 is 0.5: x + 2 x^2 = 0.5 (1 + x + x^2), x = exp(-lambda).
    let x = ((0.25_f64 + 3.0).sqrt() - 0.5) / 3.0;
    close(&row.lambda.value, -x.ln());
    close(&row.half_life.value, std::f64::consts::LN_2 / -x.ln());
    close(&row.e0, 10.0 / 12.0 / (1.0 + x + x * x));
    let level = &chains(&["000", "000"]).decay[0];
    assert_eq!(level.slope.value.value(), Some(&0.0));
    assert_eq!(level.slope_r2.reason(), Some("the share is the same in every round"));
    let several =
        Grown::new("a/0", 0).node("p0", WRONG).node("p1", WRONG).node("p0/r0", WRONG).node("p0/r0/r0", PASSED);
    let deeper = of(1, vec![several.submitted(None)]).unwrap();
    let why = "first programs: a decay needs 3 rounds, and there are 1";
    assert_eq!(deeper.decay[0].fresh_lambda.reason(), Some(why));
}

#[test]
fn transitions_have_both_denominators_and_the_deltas_add_up() {
    let deeper = chains(&["110", "011", "000", "101"]);
    let row = &deeper.transitions[0];
    assert_eq!((row.edges, row.cc, row.ci, row.ic, row.ii), (8, 2, 2, 2, 2));
    close(&row.ci_of_right.value, 0.5);
    close(&row.ic_of_wrong.value, 0.5);
    assert_eq!(row.joint(row.ci), Some(0.25));
    close(&row.delta_up.value, 0.25);
    close(&row.delta_down.value, 0.25);
    assert_eq!(values(&deeper.rounds, |row| &row.solved.value), [0.5, 0.5, 0.5]);
    assert_eq!(values(&deeper.rounds, |row| &row.solved_any.value), [0.5, 0.75, 0.75]);
    // Each answer of a tree is the same text.
    assert_eq!((row.repairs, row.repeated), (8, 8));
}

#[test]
fn regressed_and_fixed_tests_are_told_by_edge() {
    let tree = Grown::new("a/0", 0)
        .node("p0", Ending::Tests(&[1, 2, 3]))
        .node("p0/r0", Ending::Tests(&[1, 2, 4, 5]))
        .node("p0/r0/r0", Ending::Judged(Status::NoCode));
    let row = of(1, vec![tree.submitted(None)]).unwrap().transitions.remove(0);
    // 1/3 on the first edge; on the second all tests, since no program is left.
    close(&row.regressed, 2.0 / 3.0);
    close(&row.fixed, 0.5);
    assert_eq!((row.regressed_edges, row.fixed_edges, row.not_run), (2, 2, 1));
    close(&row.any_regressed, 1.0);
    assert_eq!((row.repairs, row.repeated), (1, 0));
}

#[test]
fn single_tests_need_suites_that_run_to_their_end() {
    let mut manifest = manifest(&[("a/0", None)], 1);
    manifest.identity.tests = mend_core::TestsMode::FirstFailure;
    let trees = [chain("a/0", "000").tree];
    let deeper = summarize(&manifest, &trees, &Options { resamples: 0, ..Options::default() }).deeper.unwrap();
    let why = "suites end at their first failing test: `--tests all` runs the others";
    assert_eq!(deeper.transitions[0].regressed.reason(), Some(why));
}

#[test]
fn where_programs_have_several_repairs_no_line_runs_and_edges_do() {
    let tree = Grown::new("a/0", 0)
        .node("p0", WRONG)
        .node("p0/r0", WRONG)
        .node("p0/r1", PASSED)
        .node("p0/r0/r0", PASSED)
        .submitted(Some("p0/r1"));
    let deeper = of(1, vec![tree]).unwrap();
    let why = "program `p0` of `a/0` has several repairs: no line runs through it";
    assert_eq!(deeper.rounds[1].solved.value.reason(), Some(why));
    assert_eq!(deeper.transitions[0].delta_up.value.reason(), Some(why));
    assert_eq!(values(&deeper.rounds, |row| &row.accuracy), [0.0, 0.5, 1.0]);
    assert_eq!((deeper.transitions[0].ic, deeper.transitions[0].ii), (2, 1));
    let all = &deeper.repair_success[0];
    assert_eq!((all.repairs, all.passed, all.programs), (3, 2, 2));
    close(&all.pooled.value, 2.0 / 3.0);
    close(&all.by_program, 0.75);
}

#[test]
fn the_summary_counts_repairs_critiques_and_first_programs_of_every_round() {
    let chain = Grown::new("a/0", 0)
        .node("n0", Ending::Noted)
        .node("p0", WRONG)
        .node("p0/f0", Ending::Critiqued(Some(mend_core::Opinion::Incorrect)))
        .node("p0/f0/r0", WRONG)
        .node("p0/f0/r0/f0", Ending::Critiqued(Some(mend_core::Opinion::Incorrect)))
        .node("p0/f0/r0/f0/r0", PASSED)
        .node("p0/f0/r0/f0/r0/f0", Ending::Critiqued(Some(mend_core::Opinion::Correct)))
        .submitted(Some("p0/f0/r0/f0/r0"));
    let mut manifest = manifest(&[("a/0", None)], 1);
    manifest.problems[0].public_tests = 0;
    let summary = summarize(&manifest, &[chain.tree], &Options { resamples: 0, ks: vec![1], ..Options::default() });
    close(&summary.repair_success.value, 0.5);
    assert_eq!(summary.repaired_programs, 2);
    assert_eq!((summary.first_programs.total, summary.repairs.total), (1, 2));
    let critics = summary.critics.unwrap();
    assert_eq!((critics.critiques, critics.with_opinion), (3, 3));
    close(&critics.accuracy.value, 1.0);
    close(&critics.incorrect_to_correct.value, 0.5);
    // What the strategy hands in is its own choice, with or without public tests.
    close(&summary.submitted.passes.value, 1.0);
    close(&summary.pass_at_k[0].value, 0.0);
    let why = "trees hold more than programs and their repairs: only what they did is known";
    assert_eq!(summary.pass_at_t.reason(), Some(why));
}

#[test]
fn pass_at_k_of_programs_from_one_note_stops_at_one() {
    let tree = Grown::new("a/0", 0).node("n0", Ending::Noted).node("n0/p0", PASSED).node("n0/p1", WRONG);
    let trees = [tree.submitted(None).tree];
    let options = Options { resamples: 0, ks: vec![1, 2], ..Options::default() };
    let rows = summarize(&manifest(&[("a/0", None)], 1), &trees, &options).pass_at_k;
    close(&rows[0].value, 0.5);
    assert!(rows[0].cost.billed.value().is_none(), "a program from a note has no cost by itself");
    let why = "first programs of problem `a/0` were written from one note, so the draws are not independent";
    assert_eq!(rows[1].value.reason(), Some(why));
}

#[test]
fn repairs_are_told_by_status_author_and_round() {
    let tree = Grown::new("a/0", 0)
        .node("p0", Ending::Judged(Status::RuntimeError))
        .node("p0/r0", WRONG)
        .node("p0/r0/r0", PASSED)
        .submitted(None);
    let rows = of(1, vec![tree]).unwrap().repair_success;
    let told: Vec<String> =
        rows.iter().map(|row| format!("{} {} {}/{}", row.by.as_str(), row.of, row.passed, row.repairs)).collect();
    assert_eq!(
        told,
        [
            "all all 1/2",
            "status runtime_error 0/1",
            "status wrong_answer 1/1",
            "author sim/journeyman 1/2",
            "round 1 0/1",
            "round 2 1/1",
        ]
    );
    assert_eq!(rows[0].pooled.interval.reason(), Some("no interval: fewer than 5 problems"));
}

#[test]
fn notes_and_tests_count_to_the_round_that_they_serve() {
    let tree = Grown::new("a/0", 0)
        .node("t0", Ending::Noted)
        .node("p0", WRONG)
        .node("p0/n0", Ending::Noted)
        .node("p0/r0", WRONG)
        .node("p0/r0/f0", Ending::Critiqued(None))
        .node("p0/r0/f0/r0", PASSED)
        .submitted(Some("p0/r0/f0/r0"));
    let deeper = of(1, vec![tree]).unwrap();
    assert_eq!(values(&deeper.rounds, |row| &row.cost.billed), [200.0, 200.0, 200.0]);
    assert_eq!(values(&deeper.rounds, |row| &row.solved.value), [0.0, 0.0, 1.0]);
    let seat = &deeper.seats[0];
    assert_eq!((seat.calls, seat.answers, seat.judged, seat.tested), (6, 6, 3, 0));
}

#[test]
fn trees_of_one_round_have_none_of_these_figures() {
    let joint = || Grown::new("a/0", 0).node("p0", WRONG).node("p0/r0", PASSED).submitted(Some("p0/r0"));
    assert_eq!(of(1, vec![joint()]), None);
    let critic = Grown::new("a/0", 0).node("p0", WRONG).node("p0/f0", Ending::Critiqued(None)).node("p0/f0/r0", PASSED);
    assert_eq!(of(1, vec![critic.submitted(None)]), None);
    // Tests beside one round of repairs: no rounds, and all the same seats and a point.
    let tested = Grown::new("a/0", 0).node("t0", Ending::Noted).node("p0", WRONG).submitted(Some("p0"));
    let deeper = of(1, vec![tested]).unwrap();
    assert!(deeper.rounds.is_empty() && deeper.transitions.is_empty() && deeper.repair_success.is_empty());
    assert!(!deeper.seats.is_empty() && !deeper.points.is_empty());
    // A tree that is not finished counts for nothing.
    assert_eq!(of(1, vec![Grown::new("a/0", 0).node("p0", WRONG).node("p0/r0", WRONG).node("p0/r0/r0", WRONG)]), None);
}

#[test]
fn one_round_of_repairs_of_right_programs_has_transitions() {
    let mended = Grown::new("a/0", 0).node("p0", WRONG).node("p0/r0", PASSED).submitted(Some("p0/r0"));
    let spoilt = Grown::new("a/1", 0).node("p0", PASSED).node("p0/r0", WRONG).submitted(Some("p0/r0"));
    let kept = Grown::new("a/2", 0).node("p0", PASSED).node("p0/r0", PASSED).submitted(Some("p0/r0"));
    let deeper = of(3, vec![mended, spoilt, kept]).unwrap();
    let row = &deeper.transitions[0];
    assert_eq!((row.cc, row.ci, row.ic, row.ii), (1, 1, 1, 0));
    close(&row.ci_of_right.value, 0.5);
    close(&row.delta_up.value, 1.0 / 3.0);
    close(&row.delta_down.value, 1.0 / 3.0);
    assert!(deeper.points.is_empty());
    assert!(deeper.rounds.is_empty() && deeper.repair_success.is_empty() && deeper.seats.is_empty());
}

#[test]
fn the_change_of_pass_at_1_is_what_goes_up_without_what_goes_down() {
    for outcomes in [["110", "011", "000", "101"], ["011", "100", "001", "101"], ["1", "010", "0", "001"]] {
        let deeper = chains(&outcomes);
        let solved = values(&deeper.rounds, |row| &row.solved.value);
        let row = &deeper.transitions[0];
        let (up, down) = (row.delta_up.value.value().unwrap(), row.delta_down.value.value().unwrap());
        assert!((solved[2] - solved[0] - (up - down)).abs() < 1e-12, "{outcomes:?}");
    }
}

#[test]
fn unscored_programs_take_their_line_out_and_broken_tests_their_problem() {
    let broken = Grown::new("a/0", 0).node("p0", WRONG).node("p0/r0", Ending::Unscored).node("p0/r0/r0", PASSED);
    let deeper = of(2, vec![broken.submitted(None), chain("a/1", "001")]).unwrap();
    assert_eq!((deeper.rounds[2].problems, deeper.rounds[2].lines), (1, 1));
    close(&deeper.rounds[2].solved.value, 1.0);
    // Outcomes of its other programs are known all the same.
    assert_eq!(deeper.rounds[2].programs, 2);
}
