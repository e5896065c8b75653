//! From a candidate to a verdict, with one engine: the suites of its problem, and the tests of each.

use crate::bench::{Bench, Ran};
use crate::task::{JudgeError, JudgeOptions, Task};
use crate::{TIME_LIMITS_PER_SUITE, cooperative, functions, programs};
use mend_core::{Integrity, Status, Suite, SuiteVerdict, Test, TestVerdict, TestsMode, Verdict};
use mend_sandbox::Worker;

/// What one engine finds of a candidate in all suites.
pub(crate) fn verdict(
    worker: &mut dyn Worker,
    bench: &mut Bench<'_>,
    engine: &str,
    options: JudgeOptions,
    task: &Task,
) -> Result<Verdict, JudgeError> {
    if let Some(why) = task.problem.unjudged() {
        return Err(JudgeError::Unsupported { why });
    }
    if task.problem.integrity == Integrity::Cooperative && options.require == Integrity::Isolated {
        let why = "the problem's tests need to share an interpreter with the candidate, and isolated ones are required";
        return Err(JudgeError::Unsupported { why: why.to_owned() });
    }
    let mut side = functions::TestsSide::default();
    let suites = suites(worker, bench, options, task, &mut side);
    side.close(bench)?;
    let [public, hidden] = suites?;
    let status = hidden.as_ref().or(public.as_ref()).map(|suite: &SuiteVerdict| suite.status).ok_or_else(|| {
        JudgeError::BrokenTest { problem: task.problem.id.clone(), why: "the problem has no tests".to_owned() }
    })?;
    Ok(Verdict { status, public, hidden, engine: Some(engine.to_owned()) })
}

/// The public suite and the hidden one, each if the problem has it.
fn suites(
    worker: &mut dyn Worker,
    bench: &mut Bench<'_>,
    options: JudgeOptions,
    task: &Task,
    side: &mut functions::TestsSide,
) -> Result<[Option<SuiteVerdict>; 2], JudgeError> {
    let mut public = None;
    let mut hidden = None;
    let mut unloadable = None;
    for (suite, found) in [(Suite::Public, &mut public), (Suite::Hidden, &mut hidden)] {
        let tests = task.problem.tests.of(suite);
        if tests.is_empty() {
            continue;
        }
        // A program that cannot be loaded for one suite cannot be loaded for the other.
        let verdicts = match unloadable.take() {
            Some(verdict) => vec![verdict],
            None => run_suite(worker, bench, options.tests, task, tests, side)?,
        };
        if let [Ran { verdict, loaded: false }] = &verdicts[..] {
            unloadable = Some(Ran { verdict: verdict.clone(), loaded: false });
        }
        let tests: Vec<TestVerdict> = verdicts.into_iter().map(Ran::told).collect();
        let failure =
            tests.iter().map(|test| test.status).find(|status| *status != Status::Passed && status.is_scored());
        // A test that fails is enough; one that proves nothing is not, either way.
        if failure.is_none()
            && let Some(test) = tests.iter().find(|test| !test.status.is_scored())
        {
            let why = test.facts.as_ref().and_then(|facts| facts.note.clone()).unwrap_or_default();
            return Err(JudgeError::Unproven { index: test.index, why });
        }
        let total = task.problem.tests.of(suite).len() as u32;
        *found = Some(SuiteVerdict { status: failure.unwrap_or(Status::Passed), tests, total });
    }
    Ok([public, hidden])
}

/// The tests of one suite that ran, in order: one at least.
fn run_suite(
    worker: &mut dyn Worker,
    bench: &mut Bench<'_>,
    mode: TestsMode,
    task: &Task,
    tests: &[Test],
    side: &mut functions::TestsSide,
) -> Result<Vec<Ran>, JudgeError> {
    match task.problem.style.entry_point() {
        Some(entry) if task.problem.integrity == Integrity::Cooperative => {
            in_turn(mode, tests, |index, test| cooperative::judge(worker, bench, task, entry, index, test))
        }
        Some(entry) => {
            let mut session = functions::Session::new(worker, bench, task, entry, side);
            let run = in_turn(mode, tests, |index, test| session.run(index, test));
            let run = run.and_then(|run| session.examine(tests).map(|()| run));
            session.close()?;
            run
        }
        None => in_turn(mode, tests, |index, test| {
            let verdict = programs::judge(worker, bench, &task.problem, &task.program, index, test)?;
            let loaded = verdict.status != Status::CompileError;
            Ok(Ran { verdict, loaded })
        }),
    }
}

/// Runs tests until the suite ends.
fn in_turn(
    mode: TestsMode,
    tests: &[Test],
    mut judge: impl FnMut(u32, &Test) -> Result<Ran, JudgeError>,
) -> Result<Vec<Ran>, JudgeError> {
    let mut run: Vec<Ran> = Vec::with_capacity(tests.len());
    for (index, test) in tests.iter().enumerate() {
        run.push(judge(index as u32, test)?);
        if ends_suite(mode, &run) {
            break;
        }
    }
    Ok(run)
}

fn ends_suite(mode: TestsMode, run: &[Ran]) -> bool {
    let status = |ran: &Ran| ran.verdict.status;
    let slow = run.iter().filter(|ran| status(ran) == Status::TimeLimit).count() as u32;
    match run {
        [Ran { loaded: false, .. }] => true,
        [.., last] if status(last) != Status::Passed && status(last).is_scored() => {
            mode == TestsMode::FirstFailure || slow >= TIME_LIMITS_PER_SUITE
        }
        _ => false,
    }
}
