//! The starter data set is what its records say.

use crate::common::{AMPLE, judge_all, portion, task, with_cpu};
use mend_core::{Mutant, Problem, Status, Suite, TestsMode, Verdict};
use mend_dataset::starter;
use mend_judge::{JudgeOptions, Task};
use std::ops::Range;

/// The status of a suite is that of its first failure.
const UNTIL_FAILURE: JudgeOptions = JudgeOptions { tests: TestsMode::FirstFailure, ..with_cpu(1000) };

/// The reference with some mutants in it. Their places do not overlap.
fn damaged(problem: &Problem, mutants: &[&Mutant]) -> String {
    let mut program = problem.reference.as_deref().unwrap().to_owned();
    let mut places: Vec<(Range<usize>, &str)> = mutants.iter().map(|mutant| place(&program, mutant)).collect();
    places.sort_by_key(|(range, _)| range.start);
    for (range, replace) in places.into_iter().rev() {
        program.replace_range(range, replace);
    }
    program
}

fn place<'a>(reference: &str, mutant: &'a Mutant) -> (Range<usize>, &'a str) {
    let start = reference.find(&mutant.find).unwrap();
    (start..start + mutant.find.len(), &mutant.replace)
}

fn verdicts(options: JudgeOptions, tasks: Vec<Task>) -> Vec<Verdict> {
    judge_all(options, tasks).into_iter().map(|judged| judged.unwrap().verdict).collect()
}

#[test]
fn every_reference_passes_both_suites() {
    let problems = starter().unwrap().problems;
    let tasks = problems.iter().map(|problem| task(problem, problem.reference.as_deref().unwrap())).collect();
    for (problem, verdict) in problems.iter().zip(verdicts(AMPLE, tasks)) {
        for suite in [Suite::Public, Suite::Hidden] {
            assert_eq!(verdict.passes(suite), Some(true), "{} {suite}: {verdict:?}", problem.id);
        }
    }
}

#[test]
fn every_mutant_has_its_recorded_statuses() {
    let problems = starter().unwrap().problems;
    let mutants: Vec<_> =
        problems.iter().flat_map(|problem| problem.mutants.iter().map(move |mutant| (problem, mutant))).collect();
    let tasks = mutants.iter().map(|(problem, mutant)| task(problem, &damaged(problem, &[mutant]))).collect();
    let mut wrong = Vec::new();
    for ((problem, mutant), verdict) in mutants.iter().zip(verdicts(UNTIL_FAILURE, tasks)) {
        let found = [Suite::Public, Suite::Hidden].map(|suite| verdict.of(suite).unwrap().status);
        if found != [mutant.public, mutant.hidden] {
            wrong.push(format!("{} {}: {found:?}", problem.id, mutant.name));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn mutants_together_never_pass_the_hidden_suite() {
    let problems = starter().unwrap().problems;
    let mut combined = Vec::new();
    for problem in &problems {
        let mutants: Vec<&Mutant> = problem.mutants.iter().collect();
        for first in 0..mutants.len() {
            for second in first + 1..mutants.len() {
                combined.push((problem, vec![mutants[first], mutants[second]]));
                for third in &mutants[second + 1..] {
                    combined.push((problem, vec![mutants[first], mutants[second], third]));
                }
            }
        }
    }
    let all = combined.len();
    let combined = portion(combined);
    println!("{} of {all} combinations", combined.len());
    let tasks = combined.iter().map(|(problem, mutants)| task(problem, &damaged(problem, mutants))).collect();
    for ((problem, mutants), verdict) in combined.iter().zip(verdicts(UNTIL_FAILURE, tasks)) {
        let names: Vec<&str> = mutants.iter().map(|mutant| mutant.name.as_str()).collect();
        assert!(verdict.status != Status::Passed, "{}: {}", problem.id, names.join(" and "));
    }
}
