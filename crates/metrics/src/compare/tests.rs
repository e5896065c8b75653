use super::*;
use crate::testing::{Ending, Grown, manifest};
use mend_core::{RepairTree, RunManifest, Status};

const PASSED: Ending = Ending::Judged(Status::Passed);
const WRONG: Ending = Ending::Judged(Status::WrongAnswer);

/// Trees of problems `a/0`, `a/1`, .. with so many programs each, the first of which pass.
fn drawn(right: &[u32], n: u32) -> (RunManifest, Vec<RepairTree>) {
    let ids: Vec<String> = (0..right.len()).map(|place| format!("a/{place}")).collect();
    let named: Vec<(&str, Option<&str>)> = ids.iter().map(|id| (id.as_str(), None)).collect();
    let tree = |(id, right): (&String, &u32)| {
        let mut tree = Grown::new(id, 0);
        for index in 0..n {
            tree = tree.node(&format!("p{index}"), if index < *right { PASSED } else { WRONG });
        }
        tree.submitted(Some("p0")).tree
    };
    (manifest(&named, 1), ids.iter().zip(right).map(tree).collect())
}

fn side(right: &[u32], n: u32) -> Side {
    let (manifest, trees) = drawn(right, n);
    Side::of(&manifest, &trees)
}

fn compared(a: &Side, b: &Side, options: &CompareOptions) -> PairOfRuns {
    compare(a, std::slice::from_ref(b), options).unwrap().pairs.remove(0)
}

#[track_caller]
fn close(figure: &Figure, expected: f64) {
    let value = *figure.value().expect("a value");
    assert!((value - expected).abs() < 1e-6, "{value} is not {expected}");
}

#[test]
fn the_worked_example_holds_from_trees_to_rows() {
    let (a, b) = (side(&[4, 3, 2, 0, 1, 4, 2, 3], 4), side(&[4, 4, 3, 1, 1, 4, 3, 2], 4));
    let options = CompareOptions { metrics: vec![Metric::PassAtK(1), Metric::PassAtK(2)], ..CompareOptions::default() };
    let pair = compared(&a, &b, &options);
    let [one, two] = &pair.figures[..] else { panic!("two figures") };
    close(&one.delta.value, 0.09375);
    close(&one.p, 0.375);
    assert_eq!((one.p_holm, two.p_holm), (None, Some(0.5)), "the first stands outside");
    close(&two.a, 0.770_833);
    close(&two.b, 0.854_167);
    close(&two.p, 0.5);
    assert_eq!(one.mcnemar, None, "four programs each");
    close(&one.if_unscored_fail, 0.09375);
    let same = one.same_problems.value();
    assert!(same.is_none() || same.unwrap().holds(0.09375));
}

#[test]
fn mcnemar_stands_beside_single_programs_and_equals_the_flips() {
    // Two that only A solves, nine that only B does, three that both do.
    let a: Vec<u32> = [vec![1; 2], vec![0; 9], vec![1; 3]].concat();
    let b: Vec<u32> = [vec![0; 2], vec![1; 9], vec![1; 3]].concat();
    let pair = compared(&side(&a, 1), &side(&b, 1), &CompareOptions::default());
    let one = &pair.figures[0];
    assert_eq!(one.subject.metric, Metric::PassAtK(1));
    assert!((one.mcnemar.unwrap() - 0.065_430).abs() < 1e-6);
    close(&one.p, one.mcnemar.unwrap());
    assert_eq!(pair.flips.iter().filter(|flip| flip.metric == Metric::PassAtK(1)).count(), 11);
}

#[test]
fn flips_name_a_program_of_either_run() {
    let pair = compared(&side(&[1, 3, 2], 4), &side(&[2, 0, 2], 4), &CompareOptions::default());
    let flips: Vec<&Flip> = pair.flips.iter().filter(|flip| flip.metric == Metric::PassAtK(1)).collect();
    assert_eq!(flips.iter().map(|flip| flip.problem.as_str()).collect::<Vec<_>>(), ["a/1", "a/0"], "largest first");
    let slots = |flip: &Flip| {
        let slot = |program: &Option<Program>| program.as_ref().and_then(|program| program.slot.clone()).unwrap();
        (slot(&flip.program_a), slot(&flip.program_b))
    };
    assert_eq!(slots(flips[0]), ("p0".to_owned(), "p0".to_owned()), "A passes there, B fails");
    assert_eq!(slots(flips[1]), ("p1".to_owned(), "p0".to_owned()), "A fails there, B passes");
    assert!(flips[0].program_a.as_ref().unwrap().digest.is_some());
}

#[test]
fn only_common_problems_count_and_the_others_are_named() {
    let (a, mut b) = (side(&[1, 0, 1], 1), side(&[1, 1, 1, 0], 1));
    b.problems.remove(0);
    let pair = compared(&a, &b, &CompareOptions::default());
    let names = |ids: &[ProblemId]| ids.iter().map(|id| id.as_str().to_owned()).collect::<Vec<_>>();
    assert_eq!(names(&pair.common.only_a), ["a/0"]);
    assert_eq!(names(&pair.common.only_b), ["a/3"]);
    assert_eq!(names(&pair.common.matched), ["a/1", "a/2"]);
    close(&pair.figures[0].delta.value, 0.5);
}

#[test]
fn unscored_problems_are_named_and_both_bounds_stand_there() {
    let (manifest, mut trees) = drawn(&[1, 1, 0], 1);
    trees[2] = Grown::new("a/2", 0).node("p0", Ending::Unscored).submitted(Some("p0")).tree;
    let unscored = Side::of(&manifest, &trees);
    let pair = compared(&side(&[1, 0, 1], 1), &unscored, &CompareOptions::default());
    assert_eq!(pair.common.unscored_b, [ProblemId::new("a/2")]);
    let one = &pair.figures[0];
    assert_eq!(one.problems, 2);
    close(&one.delta.value, 0.5);
    close(&one.if_unscored_fail, 0.0);
    close(&one.if_unscored_pass, 1.0 / 3.0);
}

#[test]
fn what_decides_numbers_and_differs_is_refused_with_every_reason() {
    let a = side(&[1, 0], 1);
    let mut b = a.clone();
    b.identity.grader = "lenient".to_owned();
    b.identity.tokenizer = "words".to_owned();
    b.identity.limits.cpu_ms += 1;
    let refused = compare(&a, &[b.clone()], &CompareOptions::default()).unwrap_err();
    let grounds: Vec<_> = refused[0].refusals.iter().map(|refusal| refusal.ground.unwrap()).collect();
    assert_eq!(grounds, [Ground::Grader, Ground::Grader, Ground::Tokenizer]);
    let grader = CompareOptions { allowed: [Ground::Grader].into(), ..CompareOptions::default() };
    assert_eq!(compare(&a, &[b.clone()], &grader).unwrap_err()[0].refusals.len(), 1);
    let both = CompareOptions { allowed: [Ground::Grader, Ground::Tokenizer].into(), ..CompareOptions::default() };
    let pair = compared(&a, &b, &both);
    assert_eq!((pair.different.len(), pair.different_words().as_str()), (3, "grader+tokenizer"));
}

#[test]
fn other_data_are_refused_left_out_or_compared_by_name() {
    let a = side(&[1, 0, 1], 1);
    let mut b = side(&[1, 1, 1], 1);
    b.problems[1].entry.digest = mend_core::Digest::of(b"other");
    b.identity.dataset.digest = mend_core::Digest::of(b"all");
    let refused = compare(&a, &[b.clone()], &CompareOptions::default()).unwrap_err();
    assert!(refused[0].refusals.iter().all(|refusal| refusal.ground == Some(Ground::Data)));
    assert_eq!(refused[0].refusals.len(), 2, "{refused:?}");
    let left_out = compared(&a, &b, &CompareOptions { common: true, ..CompareOptions::default() });
    assert_eq!((left_out.common.matched.len(), left_out.common.changed.len()), (2, 1));
    assert!(left_out.different.is_empty());
    close(&left_out.figures[0].delta.value, 0.0);
    let allowed = CompareOptions { allowed: [Ground::Data].into(), ..CompareOptions::default() };
    let compared = compared(&a, &b, &allowed);
    assert_eq!(compared.different_words(), "data");
    close(&compared.figures[0].delta.value, 1.0 / 3.0);
    // Nothing in common is nothing to compare, whatever is allowed.
    let elsewhere = CompareOptions { common: true, allowed: Ground::ALL.into(), ..CompareOptions::default() };
    b.problems.iter_mut().for_each(|of| of.entry.digest = mend_core::Digest::of(of.entry.id.as_str().as_bytes()));
    b.problems.iter_mut().for_each(|of| of.entry.id = ProblemId::new(format!("{}x", of.entry.id)));
    let refused = compare(&a, &[b], &elsewhere).unwrap_err();
    assert_eq!(refused[0].refusals[0].ground, None);
}

#[test]
fn trees_are_compared_at_equal_programs_calls_and_tokens() {
    // A draws four programs; B one, with one repair of it if it fails.
    let a = side(&[0, 1, 4, 2], 4);
    let (manifest, mut trees) = drawn(&[0, 0, 1, 0], 1);
    for (place, passes) in [(0, WRONG), (1, PASSED), (3, PASSED)] {
        let id = format!("a/{place}");
        trees[place] = Grown::new(&id, 0).node("p0", WRONG).node("p0/r0", passes).submitted(None).tree;
    }
    let b = Side::of(&manifest, &trees);
    let axes = [CostAxis::Programs, CostAxis::Calls, CostAxis::Tokens(crate::TokenDefinition::Billed)];
    let options =
        CompareOptions { metrics: axes.map(Metric::PassAtT).to_vec(), at: vec![1.75], ..CompareOptions::default() };
    let pair = compared(&a, &b, &options);
    let [programs, calls, tokens] = &pair.figures[..] else { panic!("three figures") };
    close(&programs.b, 0.75);
    assert_eq!(programs.delta, calls.delta, "a joint repair is one program and one call");
    assert_eq!(programs.subject.equal.as_ref().unwrap().shape_b, Shape { n_f: 1, n_r: 1 });
    assert_eq!(programs.subject.equal.as_ref().unwrap().shape_a, Shape { n_f: 0, n_r: 1 });
    // 1.75 tokens buy nothing.
    assert!(tokens.delta.value.reason().unwrap().contains("the curve of run A goes from 100.0"), "{tokens:?}");
    let at = CompareOptions { at: vec![175.0], metrics: vec![Metric::PassAtT(axes[2])], ..CompareOptions::default() };
    close(&compared(&a, &b, &at).figures[0].b, 0.75);
    // Without a cost of one's own, at each of A's.
    let usual = CompareOptions { metrics: vec![Metric::PassAtT(CostAxis::Programs)], ..CompareOptions::default() };
    let pair = compared(&a, &b, &usual);
    assert_eq!(pair.figures.len(), 4);
    assert!(pair.figures.iter().any(|figure| figure.delta.value.reason().is_some()));
}

#[test]
fn clusters_are_drawn_and_swapped_whole() {
    let (a, b) = (side(&[4, 3, 2, 0, 1, 4, 2, 3], 4), side(&[4, 4, 3, 1, 1, 4, 3, 2], 4));
    let of = (0..8).map(|place| (ProblemId::new(format!("a/{place}")), format!("c{}", place / 2))).collect();
    let clusters = Some(Clusters { by: "contest".to_owned(), of });
    let options = CompareOptions { clusters, metrics: vec![Metric::PassAtK(1)], ..CompareOptions::default() };
    let figure = &compared(&a, &b, &options).figures[0];
    let clustered = figure.clustered.as_ref().unwrap();
    assert_eq!(clustered.clusters, 4);
    assert!((clustered.error - 0.059_839).abs() < 1e-6);
    close(&figure.p, 0.5);
}

#[test]
fn several_runs_are_corrected_together() {
    let (a, b, c) = (side(&[1, 0, 1], 1), side(&[1, 1, 1], 1), side(&[0, 0, 1], 1));
    let options = CompareOptions { metrics: vec![Metric::PassAtK(1)], ..CompareOptions::default() };
    let compared = compare(&a, &[b, c], &options).unwrap();
    assert_eq!((compared.family, compared.pairs.len()), (2, 2));
    assert!(compared.pairs.iter().all(|pair| pair.figures[0].p_holm == Some(1.0)));
}

#[test]
fn a_run_with_itself_shows_no_difference() {
    let a = side(&[1, 3, 2, 0], 4);
    let pair = compared(&a, &a, &CompareOptions::default());
    assert!(pair.remarks.iter().any(|remark| remark.contains("same first programs")), "{:?}", pair.remarks);
    assert!(pair.flips.is_empty());
    for figure in pair.figures.iter().filter(|figure| figure.delta.value.value().is_some()) {
        assert_eq!((figure.delta.value.value(), figure.p.value()), (Some(&0.0), Some(&1.0)), "{figure:?}");
        // At the end of its own curve half of the resamples have no value.
        let is_at_the_end =
            figure.subject.equal.as_ref().is_some_and(|equal| equal.n_p == Some(1) || equal.n_p == Some(4));
        assert!(is_at_the_end || figure.delta.interval.value().unwrap().holds(0.0), "{figure:?}");
        assert!(figure.same_problems.reason().is_some());
    }
}
