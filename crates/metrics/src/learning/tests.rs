use super::*;
use crate::testing::{Ending, Grown};
use crate::{Options, summarize};
use mend_core::{Rounds, Status};

const PASSED: Ending = Ending::Judged(Status::Passed);
const WRONG: Ending = Ending::Judged(Status::WrongAnswer);

/// Three problems to learn from, in rounds of two, and two to report.
fn manifest() -> RunManifest {
    let problems = ["d/0", "d/1", "d/2", "t/0", "t/1"].map(|id| (id, None));
    let mut manifest = crate::testing::manifest(&problems, 1);
    for entry in &mut manifest.problems {
        entry.dev = entry.id.as_str().starts_with('d');
        entry.digest = Digest::of(entry.id.as_str().as_bytes());
    }
    manifest.identity.strategy.rounds = Some(Rounds {
        round: 2,
        dev: 0.6,
        passes: 1,
        learn_on: Some("hidden".to_owned()),
        dev_oracle: Some(OracleLevel::TestsVisible),
    });
    manifest
}

/// Every problem that is learnt from passes at once, every other one is repaired once and fails.
fn trees() -> Vec<RepairTree> {
    let dev = |id: &str| Grown::new(id, 0).node("p0", PASSED).submitted(Some("p0")).tree;
    let test = |id: &str| Grown::new(id, 0).node("p0", WRONG).node("p0/r0", WRONG).submitted(Some("p0/r0")).tree;
    vec![dev("d/0"), dev("d/1"), dev("d/2"), test("t/0"), test("t/1")]
}

fn options() -> Options {
    Options { resamples: 0, ks: vec![1], ..Options::default() }
}

#[test]
fn what_is_learnt_from_is_in_no_figure_and_its_cost_is_told() {
    let summary = summarize(&manifest(), &trees(), &options());
    assert_eq!(summary.pass_at_1.value, Figure::Value(0.0));
    assert_eq!((summary.coverage.problems, summary.coverage.trees, summary.coverage.finished), (2, 2, 2));
    assert_eq!(summary.submitted.passes.value, Figure::Value(0.0));
    assert_eq!((summary.first_programs.total, summary.repairs.total), (2, 2));
    assert!(summary.pass_at_k.iter().all(|row| row.problems == 2));
    // All that was spent is told as before, and the loop's part of it apart: three answers of a hundred tokens.
    assert_eq!(summary.spending.tokens, Tokens(700));
    let learning = summary.learning.unwrap();
    assert_eq!((learning.dev_problems, learning.dev_oracle), (3, Some(OracleLevel::TestsVisible)));
    assert_eq!((learning.loop_tokens, learning.loop_calls, learning.loop_executions), (Tokens(300), 3, 3));
    assert_eq!(learning.loop_share.billed, Figure::Value(150.0));
    assert_eq!(learning.loop_share.completion, Figure::Value(15.0));
    // The point of a strategy pays for it.
    let points = summary.deeper.unwrap().points;
    let billed = points.iter().find(|point| point.token_definition == TokenDefinition::Billed).unwrap();
    assert_eq!((&billed.cost, &billed.loop_share), (&Figure::Value(350.0), &Figure::Value(150.0)));
    assert_eq!(billed.pass.value, Figure::Value(0.0));
}

#[test]
fn a_strategy_that_keeps_no_state_has_no_such_figures() {
    let mut manifest = manifest();
    manifest.identity.strategy.rounds = None;
    manifest.problems.iter_mut().for_each(|entry| entry.dev = false);
    let summary = summarize(&manifest, &trees(), &options());
    assert!(summary.learning.is_none());
    assert_eq!(summary.coverage.problems, 5);
}

#[test]
fn each_round_that_began_has_a_row() {
    let mut trees = trees();
    let learning = figures(&manifest(), &trees, &options()).unwrap();
    let told = |row: &LearningRow| (row.round, row.is_dev, row.trees, row.of, row.programs, row.tokens.0);
    assert_eq!(
        learning.rounds.iter().map(told).collect::<Vec<_>>(),
        [(0, true, 2, 2, 2, 200), (1, true, 1, 1, 1, 100), (2, false, 2, 2, 4, 400)]
    );
    let last = &learning.rounds[2];
    assert_eq!((&last.repairs, &last.pass), (&Figure::Value(1.0), &Figure::Value(0.0)));
    // Both programs of a tree are one and the same text.
    assert_eq!((&last.distinct, &last.length), (&Figure::Value(0.5), &Figure::Value(8.0)));
    assert_eq!((&learning.rounds[0].pass, &learning.rounds[0].distinct), (&Figure::Value(1.0), &Figure::Value(1.0)));
    // A round that did not begin has none.
    trees.truncate(3);
    trees.extend(["t/0", "t/1"].map(|id| Grown::new(id, 0).tree));
    let learning = figures(&manifest(), &trees, &options()).unwrap();
    assert_eq!(learning.rounds.len(), 2);
    let summary = summarize(&manifest(), &trees, &options());
    assert_eq!((summary.coverage.finished, summary.coverage.trees), (0, 2));
}

#[test]
fn programs_that_are_the_same_but_for_their_formatting_are_one() {
    let writes = |program| Ending::Writes(program, true);
    let tree = Grown::new("d/0", 0).node("p0", writes("a = 1")).node("p1", writes("a=1")).node("p2", writes("b"));
    let trees = [tree.submitted(Some("p0")).tree];
    let of =
        |shapes| figures(&manifest(), &trees, &Options { shapes, ..options() }).unwrap().rounds[0].distinct.clone();
    assert_eq!(of(BTreeMap::new()), Figure::Value(1.0));
    let [first, second] = ["a = 1", "a=1"].map(|text| Digest::of(text.as_bytes()));
    assert_eq!(of(BTreeMap::from([(second, first)])), Figure::Value(2.0 / 3.0));
}
