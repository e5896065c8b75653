//! Traces of programs that people and models wrote, and that fail. Skipped where the optional data folder is absent.

use super::look_all;
use crate::common::{judge_all, task, with_cpu};
use crate::real_data::{continuation, humaneval, load_one, unpacked};
use mend_core::{Problem, Status, Suite, Test};
use mend_judge::{JudgeError, Look, Sight, Task};
use mend_testkit::shared;
use serde_json::Value;
use std::collections::BTreeMap;

/// Programs of each source.
const EACH: usize = 100;
/// Bytes of the longest trace that can be.
const LONGEST: usize = 200_000;

/// Programs of the executor corpus: whole ones, with an empty input.
fn corpus() -> Option<Vec<(String, Task)>> {
    let path = shared("data/executor_corpus/programs.jsonl.gz")?;
    let dataset = load_one(&path, unpacked(&path));
    Some(
        dataset.listed().map(|listed| (listed.problem.id.to_string(), task(listed.problem, &listed.program))).collect(),
    )
}

/// What davinci-002 wrote for HumanEval.
fn davinci() -> Option<Vec<(String, Task)>> {
    let path = shared("data/humaneval/HumanEval.jsonl.gz")?;
    let samples = shared("data/samples/davinci-002.humaneval.n3.jsonl.gz")?;
    let problems = humaneval(&path);
    let problems: BTreeMap<&str, &Problem> = problems.iter().map(|problem| (problem.id.as_str(), problem)).collect();
    let named = |(row, line): (usize, &str)| {
        let sample: Value = serde_json::from_str(line).unwrap();
        let problem = problems[sample["task_id"].as_str().unwrap()];
        let program = format!("{}{}", problem.statement, sample["completion"].as_str().unwrap());
        (format!("davinci/{}", row + 1), continuation(problem, &program))
    };
    let text = String::from_utf8(unpacked(&samples)).unwrap();
    Some(text.lines().enumerate().map(named).collect())
}

/// The first programs that fail once they run, each with its first failing test and how it ended.
fn failing(named: &[(String, Task)]) -> Vec<(String, Task, Test, Status, std::time::Duration)> {
    let options = with_cpu(1000);
    let mut failing = Vec::new();
    for some in named.chunks(40) {
        let judged = judge_all(options, some.iter().map(|(_, task)| task.clone()));
        for ((name, task), judged) in some.iter().zip(judged) {
            let Ok(judged) = judged else { continue };
            let first = [Suite::Public, Suite::Hidden].into_iter().find_map(|suite| {
                let failure = judged.verdict.of(suite)?.first_failure()?;
                Some((task.problem.tests.of(suite).get(failure.index as usize)?.clone(), failure.status))
            });
            let Some((test, status)) = first else { continue };
            if !matches!(status, Status::CompileError | Status::MissingEntryPoint) && failing.len() < EACH {
                failing.push((name.clone(), task.clone(), test, status, judged.used.cpu));
            }
        }
        if failing.len() == EACH {
            break;
        }
    }
    failing
}

fn check(source: &str, named: &[(String, Task)]) {
    let options = with_cpu(1000);
    let failing = failing(named);
    let looks = failing.iter().map(|(_, task, test, ..)| Look::Trace { task: task.clone(), test: test.clone() });
    let seen = look_all(options, looks);
    let (mut traced, mut longest, mut ratios, mut none) = (0, 0, Vec::new(), Vec::new());
    for ((name, task, _, status, untraced), seen) in failing.iter().zip(seen) {
        let seen = match seen {
            Ok(seen) => seen,
            Err(JudgeError::Unsupported { why }) => {
                none.push(format!("{name}: unsupported: {why}"));
                continue;
            }
            Err(error) => panic!("{name}: {error}"),
        };
        // What waits for the time limit takes as long, traced or not.
        if *status != Status::TimeLimit && !untraced.is_zero() {
            ratios.push(seen.used.cpu.as_secs_f64() / untraced.as_secs_f64());
        }
        let Sight::Trace(Some(trace)) = seen.sight else {
            none.push(format!("{name}: {status}"));
            continue;
        };
        traced += 1;
        let lines = task.program.lines().count() as u32;
        assert!(trace.steps.len() <= 64, "{name}: {}", trace.steps.len());
        for step in &trace.steps {
            assert!(0 < step.first && step.first <= step.last && step.last <= lines + 1, "{name}: {step:?}");
            assert!(step.values.0.iter().all(|(_, value)| value.chars().count() <= 63), "{name}: {step:?}");
        }
        assert!(trace.steps.is_sorted_by(|one, other| one.number < other.number), "{name}");
        longest = longest.max(serde_json::to_string(&trace).unwrap().len());
    }
    ratios.sort_by(f64::total_cmp);
    let at = |share: f64| ratios.get((share * (ratios.len() - 1) as f64) as usize).copied().unwrap_or(f64::NAN);
    println!(
        "{source}: {} failing programs, {traced} traced, longest trace {longest} bytes; a trace takes {:.2} times the CPU time of a judgement in the median, {:.1} at most; not traced: {none:?}",
        failing.len(),
        at(0.5),
        at(1.0)
    );
    assert!(failing.len() >= EACH / 2, "{source}: {}", failing.len());
    assert!(traced * 10 >= failing.len() * 8, "{source}: {traced} of {}: {none:?}", failing.len());
    assert!(longest < LONGEST, "{source}: {longest}");
    // The same verdicts as before anybody looked.
    let again = judge_all(options, failing.iter().map(|(_, task, ..)| task.clone()));
    for ((name, _, test, status, _), judged) in failing.iter().zip(again) {
        let verdict = judged.unwrap_or_else(|error| panic!("{name}: {error}")).verdict;
        let first = [Suite::Public, Suite::Hidden].into_iter().find_map(|suite| verdict.of(suite)?.first_failure());
        // A time limit is a matter of the machine's load.
        if ![first.map(|first| first.status), Some(*status)].contains(&Some(Status::TimeLimit)) {
            assert_eq!(first.map(|first| first.status), Some(*status), "{name}: {test:?}");
        }
    }
}

#[test]
fn traces_of_failing_programs_of_the_executor_corpus_are_bounded() {
    let Some(named) = corpus() else { return };
    check("executor corpus", &named);
}

#[test]
fn traces_of_failing_samples_of_davinci_are_bounded() {
    let Some(named) = davinci() else { return };
    check("davinci", &named);
}
