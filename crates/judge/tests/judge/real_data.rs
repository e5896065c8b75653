//! Published data sets, judged. Skipped where the optional data folder is absent.

use crate::common::{AMPLE, judge_all, portion, task, with_cpu};
use flate2::read::GzDecoder;
use mend_core::{ExtractionRule, Problem, Status};
use mend_dataset::{Dataset, OnInvalid, SourceFile, load};
use mend_judge::Task;
use mend_testkit::{is_full, shared};
use serde_json::Value;
use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::Path;
use std::sync::Arc;

pub(crate) fn load_one(path: &Path, bytes: Vec<u8>) -> Dataset {
    let path = path.to_str().unwrap().to_owned();
    load("test", &[SourceFile { path, bytes }], OnInvalid::Fail).unwrap()
}

pub(crate) fn humaneval(path: &Path) -> Vec<Problem> {
    load_one(path, unpacked(path)).problems
}

pub(crate) fn unpacked(path: &Path) -> Vec<u8> {
    let mut bytes = Vec::new();
    GzDecoder::new(&*std::fs::read(path).unwrap()).read_to_end(&mut bytes).unwrap();
    bytes
}

/// One in `step` of what CodeGen wrote for HumanEval, or all in a full run; `None` where the data are absent.
pub(crate) fn codegen(step: usize) -> Option<Vec<(String, Task)>> {
    let path = shared("data/humaneval/HumanEval.jsonl.gz")?;
    let samples = shared("data/samples/codegen-16b.humaneval.n100.jsonl.gz")?;
    let problems = humaneval(&path);
    let problems: BTreeMap<&str, &Problem> = problems.iter().map(|problem| (problem.id.as_str(), problem)).collect();
    let step = if is_full() { 1 } else { step };
    let named = |(row, line): (usize, &str)| {
        let sample: Value = serde_json::from_str(line).unwrap();
        let problem = problems[sample["task_id"].as_str().unwrap()];
        let program = format!("{}{}", problem.statement, sample["completion"].as_str().unwrap());
        (format!("codegen/{}", row + 1), continuation(problem, &program))
    };
    let text = String::from_utf8(unpacked(&samples)).unwrap();
    // Another one of each problem's hundred.
    let some = text.lines().enumerate().filter(|(row, _)| (row + row / 100).is_multiple_of(step));
    Some(some.map(named).collect())
}

pub(crate) fn continuation(problem: &Problem, program: &str) -> Task {
    Task { rule: ExtractionRule::Continuation, ..task(problem, program) }
}

#[test]
fn canonical_solutions_of_humaneval_pass() {
    let Some(path) = shared("data/humaneval/HumanEval.jsonl.gz") else { return };
    let problems = portion(humaneval(&path));
    let tasks = problems.iter().map(|problem| continuation(problem, problem.reference.as_deref().unwrap()));
    let judged = judge_all(AMPLE, tasks);
    println!("{} of 164 canonical solutions", judged.len());
    for (problem, judged) in problems.iter().zip(judged) {
        let verdict = judged.unwrap().verdict;
        assert_eq!(verdict.status, Status::Passed, "{}: {verdict:?}", problem.id);
    }
}

#[test]
fn canonical_functions_of_humaneval_pass_as_fenced_answers() {
    let Some(path) = shared("data/humaneval/HumanEval.jsonl.gz") else { return };
    let problems = portion(humaneval(&path));
    let tasks = problems.iter().map(|problem| {
        let reference = problem.reference.as_deref().unwrap();
        // What a chat model answers: the function alone, without the imports and helpers before it.
        let entry = format!("def {}(", problem.style.entry_point().unwrap());
        let program = &reference[reference.rfind(&entry).unwrap()..];
        Task { rule: ExtractionRule::LastFence, ..task(problem, program) }
    });
    for (problem, judged) in problems.iter().zip(judge_all(AMPLE, tasks)) {
        let verdict = judged.unwrap().verdict;
        assert_eq!(verdict.status, Status::Passed, "{}: {verdict:?}", problem.id);
    }
}

#[test]
fn statements_of_humaneval_alone_do_not_pass() {
    let Some(path) = shared("data/humaneval/HumanEval.jsonl.gz") else { return };
    let problems = portion(humaneval(&path));
    let tasks = problems.iter().map(|problem| continuation(problem, &problem.statement));
    for (problem, judged) in problems.iter().zip(judge_all(AMPLE, tasks)) {
        let status = judged.unwrap().verdict.status;
        assert!(matches!(status, Status::WrongAnswer | Status::CompileError), "{}: {status}", problem.id);
    }
}

#[test]
fn three_of_the_six_example_samples_pass_as_published() {
    let Some(problems) = shared("data/humaneval/example_problem.jsonl") else { return };
    let Some(samples) = shared("data/humaneval/example_samples.jsonl") else { return };
    let problem = load_one(&problems, std::fs::read(&problems).unwrap()).problems.remove(0);
    let samples = std::fs::read_to_string(samples).unwrap();
    let completions: Vec<String> = samples
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["completion"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(completions.len(), 6);
    // The first one starts a process that removes files. It fails as published, and does not run here.
    assert!(completions[0].contains("rm -rf"));
    let programs = completions[1..].iter().map(|completion| format!("{}{completion}", problem.statement));
    let judged = judge_all(with_cpu(1000), programs.map(|program| continuation(&problem, &program)));
    let statuses: Vec<Status> = judged.into_iter().map(|judged| judged.unwrap().verdict.status).collect();
    let passed = Status::Passed;
    assert_eq!(statuses, [Status::TimeLimit, Status::RuntimeError, passed, passed, passed]);
}

#[test]
fn listed_solutions_of_apps_pass_as_the_whole_programs_that_they_are() {
    let Some(root) = shared("data/apps/apps_layout/train") else { return };
    let mut judged_in_all = 0;
    let mut failed: Vec<String> = Vec::new();
    for name in ["0001", "0111", "2287", "2404", "4184"] {
        let folder = root.join(name);
        let files = folder.read_dir().unwrap().map(|entry| {
            let path = entry.unwrap().path();
            SourceFile { path: path.to_str().unwrap().to_owned(), bytes: std::fs::read(&path).unwrap() }
        });
        let problem = load("apps", &files.collect::<Vec<_>>(), OnInvalid::Fail).unwrap().problems.remove(0);
        let solutions = std::fs::read(folder.join("solutions.json")).unwrap();
        let solutions: Vec<String> = serde_json::from_slice(&solutions).unwrap();
        let problem = Arc::new(problem);
        let chosen = portion(solutions.into_iter().enumerate().collect());
        let tasks =
            chosen.iter().map(|(_, solution)| Task { problem: Arc::clone(&problem), ..task(&problem, solution) });
        for ((index, _), judged) in chosen.iter().zip(judge_all(AMPLE, tasks)) {
            judged_in_all += 1;
            let verdict = judged.unwrap().verdict;
            let Some(failure) = verdict.hidden.as_ref().unwrap().first_failure() else { continue };
            // APPS runs a program as the body of a function, where these may return. They are no programs.
            let exception = failure.facts.clone().unwrap().exception;
            assert_eq!(
                exception.as_deref(),
                Some("SyntaxError: 'return' outside function"),
                "{name}[{index}]: {verdict:?}"
            );
            assert_eq!(verdict.status, Status::CompileError);
            failed.push(format!("{name}[{index}]"));
        }
    }
    println!("{} of {judged_in_all} listed solutions pass; not {failed:?}", judged_in_all - failed.len());
    if is_full() {
        assert_eq!((failed, judged_in_all), (vec!["2287[2]".into(), "2287[4]".into(), "2287[9]".into()], 101));
    }
}
