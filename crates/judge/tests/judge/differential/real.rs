//! Published problems with their canonical programs and with what models wrote.

use super::{Said, Table};
use crate::common::{is_wasm, judge_all, task, with_cpu};
use crate::real_data::{codegen, continuation, humaneval, load_one, unpacked};
use mend_core::{Integrity, Problem, Status, Test, TestsMode};
use mend_judge::{JudgeOptions, Task};
use mend_sandbox::{Engine as _, How, Job, Limits, ProcessEngine, ProcessOptions};
use mend_testkit::{is_full, shared};
use std::fmt::Write as _;
use std::time::Duration;

/// The status of a program that got to its end.
const REACHED: i32 = 77;
/// What a program may take, in either way.
const CPU_MS: u64 = 1500;
const OPTIONS: JudgeOptions = JudgeOptions { tests: TestsMode::FirstFailure, ..with_cpu(CPU_MS) };

/// What one interpreter makes of a program with all its tests behind it, or `None` where it took too long.
fn plain(worker: &mut dyn mend_sandbox::Worker, task: &Task) -> Option<String> {
    let mut source = task.program.to_string();
    for test in &task.problem.tests.hidden {
        let Test::Script { source: test } = test else { panic!("a test of another sort") };
        source.push('\n');
        source.push_str(test);
    }
    writeln!(source, "\n__import__('os')._exit({REACHED})").unwrap();
    let job = Job {
        program: source.as_str().into(),
        limits: Limits::with_cpu(Duration::from_millis(CPU_MS)),
        ..Job::default()
    };
    let outcome = worker.run(&job).unwrap();
    match outcome.how {
        How::Exit(REACHED) => Some("passed".to_owned()),
        How::Limit(mend_sandbox::LimitKind::Cpu | mend_sandbox::LimitKind::Wall) => None,
        how => Some(how.to_string()),
    }
}

/// Compares all these, and prints the table.
fn compare(named: &[(String, Task)], known: &[(&str, &str)]) -> Table {
    let engine = ProcessEngine::new(ProcessOptions::default()).unwrap();
    let mut worker = engine.worker().unwrap();
    let mut table = Table::default();
    let mut slow = 0;
    let judged = judge_all(OPTIONS, named.iter().map(|(_, task)| task.clone()));
    for ((name, task), judged) in named.iter().zip(judged) {
        let plain = plain(worker.as_mut(), task);
        let is_slow = judged.as_ref().is_ok_and(|judged| judged.verdict.status == Status::TimeLimit);
        match plain {
            Some(plain) if !is_slow => table.add(name.clone(), &plain, Said::of(&judged), known),
            _ => slow += 1,
        }
    }
    println!("{slow} of {} reach the time limit", named.len());
    assert!(slow * 20 <= named.len().max(40), "{slow}");
    table
}

/// Every so manieth, or all in a full run.
fn part<T>(items: Vec<T>, step: usize) -> Vec<T> {
    let step = if is_full() { 1 } else { step };
    items.into_iter().step_by(step).collect()
}

fn is_isolated(problem: &Problem) -> bool {
    problem.integrity == Integrity::Isolated
}

#[test]
fn canonical_programs_fare_as_in_one_interpreter() {
    if is_wasm() {
        return;
    }
    let mut named = Vec::new();
    if let Some(path) = shared("data/humaneval/HumanEval.jsonl.gz") {
        for problem in part(humaneval(&path), 4) {
            let program = problem.reference.as_deref().unwrap();
            named.push((problem.id.to_string(), continuation(&problem, program)));
        }
    }
    for file in ["data/mbpp/mbpp.jsonl.gz", "data/mbpp/sanitized-mbpp.json.gz"] {
        let Some(path) = shared(file) else { continue };
        let problems = load_one(&path, unpacked(&path)).problems;
        for problem in part(problems.into_iter().filter(is_isolated).collect(), 8) {
            named.push((format!("{} of {file}", problem.id), task(&problem, problem.reference.as_deref().unwrap())));
        }
    }
    if named.is_empty() {
        return;
    }
    compare(&named, &[]).check(200, 200);
}

#[test]
fn samples_of_models_fare_as_in_one_interpreter() {
    if is_wasm() {
        return;
    }
    let Some(named) = codegen(100) else { return };
    compare(&named, &[]).check(100, 100);
}
