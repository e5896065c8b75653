//! The judge: named threads with one sandbox worker each, for the whole run.

use crate::bench::{Bench, Ran};
use crate::soundness::Soundness;
use crate::task::{Done, Judge, JudgeError, JudgeOptions, Judgement, Task};
use crate::{GRADER, TIME_LIMITS_PER_SUITE, cooperative, functions, guests, programs};
use mend_core::{
    Digest, EngineIdentity, Engines, Integrity, JudgeLimits, Status, Suite, SuiteVerdict, Test, TestVerdict, TestsMode,
    Used, Verdict,
};
use mend_sandbox::{Engine, Limits, SandboxError, Worker};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

/// A judge over a sandbox engine, and perhaps another for what the first does not support.
#[derive(Debug)]
pub struct SandboxJudge {
    queue: Option<Sender<(Task, Done)>>,
    threads: Vec<JoinHandle<()>>,
    engine: EngineIdentity,
    fallback: Option<EngineIdentity>,
    missing: Vec<String>,
}

impl SandboxJudge {
    /// Starts the threads of a judge with one engine.
    ///
    /// # Errors
    /// A worker or a thread that does not start.
    pub fn start(engine: &dyn Engine, options: JudgeOptions) -> Result<Self, SandboxError> {
        Self::start_with_fallback(engine, None, options)
    }

    /// Starts the threads of a judge that has candidates which `engine` does not support judged by `fallback`: all their
    /// tests anew, since a verdict comes from one engine.
    ///
    /// # Errors
    /// A worker or a thread that does not start.
    pub fn start_with_fallback(
        engine: &dyn Engine,
        fallback: Option<&dyn Engine>,
        options: JudgeOptions,
    ) -> Result<Self, SandboxError> {
        let engines: Vec<&dyn Engine> = std::iter::once(engine).chain(fallback).collect();
        let (queue, tasks) = channel::<(Task, Done)>();
        let tasks = Arc::new(Mutex::new(tasks));
        let soundness = Arc::new(Soundness::default());
        let mut threads = Vec::new();
        for index in 0..options.workers.get() {
            let seats = engines.iter().map(|engine| Seat::of(*engine)).collect::<Result<_, _>>()?;
            let (tasks, soundness) = (Arc::clone(&tasks), Arc::clone(&soundness));
            let thread = std::thread::Builder::new()
                .name(format!("judge-{index}"))
                .spawn(move || serve(seats, options, &tasks, &soundness))
                .map_err(|source| SandboxError::System { call: "clone", source })?;
            threads.push(thread);
        }
        let missing = engines.iter().flat_map(|engine| &engine.identity().missing).map(ToString::to_string).collect();
        let (engine, fallback) = (identity(engine), fallback.map(identity));
        Ok(Self { queue: Some(queue), threads, engine, fallback, missing })
    }

    /// What keeps the engines from a higher isolation level: each mechanism with the reason and the remedy.
    pub fn missing(&self) -> &[String] {
        &self.missing
    }

    /// The engines and the guests, as a manifest records them.
    pub fn engines(&self) -> Engines<'_> {
        Engines { first: &self.engine, fallback: self.fallback.as_ref() }
    }
}

/// An engine and the guests, as a manifest records them.
fn identity(engine: &dyn Engine) -> EngineIdentity {
    let identity = engine.identity();
    let sources = guests::sources().map(str::as_bytes);
    EngineIdentity {
        name: identity.engine.clone(),
        level: identity.level.to_string(),
        recipe: Digest::of_parts([&identity.recipe[..], GRADER.as_bytes()].into_iter().chain(sources)),
        interpreter: identity.interpreter.clone(),
    }
}

impl Judge for SandboxJudge {
    fn submit(&self, task: Task, done: Done) {
        // A send fails only if every thread died: then `done` is dropped, which its owner sees.
        if let Some(queue) = &self.queue {
            let _ = queue.send((task, done));
        }
    }
}

impl Drop for SandboxJudge {
    fn drop(&mut self) {
        self.queue = None;
        for thread in self.threads.drain(..) {
            // A thread that panicked has said so on stderr.
            let _ = thread.join();
        }
    }
}

/// A worker of one engine, and the engine's name.
struct Seat {
    engine: String,
    worker: Box<dyn Worker>,
}

impl Seat {
    fn of(engine: &dyn Engine) -> Result<Self, SandboxError> {
        Ok(Self { engine: engine.identity().engine.clone(), worker: engine.worker()? })
    }
}

fn serve(mut seats: Vec<Seat>, options: JudgeOptions, tasks: &Mutex<Receiver<(Task, Done)>>, soundness: &Soundness) {
    loop {
        let next = tasks.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok((task, done)) = next else { return };
        done(judge(&mut seats, options, &task, soundness));
    }
}

fn limits(judge: JudgeLimits) -> Limits {
    let cpu = Duration::from_millis(judge.cpu_ms);
    Limits { memory_bytes: judge.memory_bytes, output_bytes: judge.output_bytes, ..Limits::with_cpu(cpu) }
}

/// Has a candidate judged by the first engine that supports it. That is no second try: what an engine does not support, it
/// has not judged.
fn judge(
    seats: &mut [Seat],
    options: JudgeOptions,
    task: &Task,
    soundness: &Soundness,
) -> Result<Judgement, JudgeError> {
    if task.problem.integrity == Integrity::Cooperative && options.require == Integrity::Isolated {
        let why = "the problem's tests need to share an interpreter with the candidate, and isolated ones are required";
        let why = why.to_owned();
        return Err(JudgeError::Unsupported { why });
    }
    let mut used = Used::default();
    let mut unsupported = None;
    for Seat { engine, worker } in seats {
        // Time is what it took in all. Fuel belongs to a verdict, so that it is comparable.
        used.fuel = None;
        let mut bench = Bench { limits: limits(options.limits), soundness, used: &mut used };
        match verdict(worker.as_mut(), &mut bench, engine, options, task) {
            Ok(verdict) => return Ok(Judgement { verdict, used }),
            Err(JudgeError::Unsupported { why }) => unsupported = Some(why),
            Err(error) => return Err(error),
        }
    }
    Err(JudgeError::Unsupported { why: unsupported.unwrap_or_default() })
}

/// What one engine finds of a candidate in all suites.
fn verdict(
    worker: &mut dyn Worker,
    bench: &mut Bench<'_>,
    engine: &str,
    options: JudgeOptions,
    task: &Task,
) -> Result<Verdict, JudgeError> {
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

#[cfg(test)]
mod tests {
    use super::*;
    use mend_core::{ExtractionRule, Problem, Style, TestSuite};
    use mend_sandbox::{Captured, How, Identity, Job, Level, LimitKind, Outcome, Party};
    use std::num::NonZeroUsize;
    use std::sync::atomic::{AtomicU32, Ordering};

    /// Ends every program in the same way, and counts them.
    struct Scripted {
        identity: Identity,
        how: How,
        fuel: Option<u64>,
        runs: Arc<AtomicU32>,
    }

    impl Scripted {
        fn new(name: &str, how: How, fuel: Option<u64>) -> Self {
            let identity = Identity {
                engine: name.to_owned(),
                level: Level::L3,
                missing: Vec::new(),
                interpreter: "none".to_owned(),
                executable: "/nonexistent".into(),
                recipe: [0; 32],
            };
            Self { identity, how, fuel, runs: Arc::default() }
        }
    }

    impl Engine for Scripted {
        fn identity(&self) -> &Identity {
            &self.identity
        }

        fn worker(&self) -> Result<Box<dyn Worker>, SandboxError> {
            let (how, fuel, runs) = (self.how.clone(), self.fuel, Arc::clone(&self.runs));
            Ok(Box::new(ScriptedWorker { how, fuel, runs }))
        }
    }

    struct ScriptedWorker {
        how: How,
        fuel: Option<u64>,
        runs: Arc<AtomicU32>,
    }

    impl Worker for ScriptedWorker {
        fn run(&mut self, _: &Job) -> Result<Outcome, SandboxError> {
            self.runs.fetch_add(1, Ordering::Relaxed);
            let millisecond = Duration::from_millis(1);
            let used = mend_sandbox::Used { cpu: millisecond, wall: millisecond, fuel: self.fuel, peak_bytes: 7 };
            let stdout = Captured { bytes: b"1\n".into(), total: 2 };
            Ok(Outcome { how: self.how.clone(), stdout, stderr: Captured::default(), used })
        }

        fn open(&mut self, _: &Job) -> Result<Box<dyn Party>, SandboxError> {
            unreachable!("a whole program is no party")
        }
    }

    /// Judges a program of one public and two hidden tests by both engines, and returns how often each ran it.
    fn judged(first: &Scripted, fallback: Option<&Scripted>) -> (Result<Judgement, JudgeError>, [u32; 2]) {
        let test = || Test::Stdio { input: "".into(), expected: "1\n".into() };
        let tests = TestSuite { public: vec![test()], hidden: vec![test(), test()] };
        let problem = Problem { tests, ..mend_testkit::problem("t/1", Style::Program, "") };
        let task = Task { problem: Arc::new(problem), program: "".into(), rule: ExtractionRule::Whole };
        let options = JudgeOptions {
            limits: JudgeLimits { cpu_ms: 1000, memory_bytes: 1 << 20, output_bytes: 1 << 20 },
            tests: TestsMode::All,
            require: Integrity::Cooperative,
            workers: NonZeroUsize::MIN,
        };
        let behind = fallback.map(|engine| engine as &dyn Engine);
        let judge = SandboxJudge::start_with_fallback(first, behind, options).unwrap();
        let (sender, receiver) = channel();
        judge.submit(task, Box::new(move |result| sender.send(result).unwrap()));
        let result = receiver.recv().unwrap();
        let runs = |engine: &Scripted| engine.runs.load(Ordering::Relaxed);
        (result, [runs(first), fallback.map_or(0, runs)])
    }

    fn unsupported() -> How {
        How::Unsupported("threads".to_owned())
    }

    #[test]
    fn what_the_first_engine_does_not_support_is_judged_as_a_whole_by_the_other() {
        let first = Scripted::new("first", unsupported(), Some(5));
        let (result, runs) = judged(&first, Some(&Scripted::new("other", How::Exit(0), None)));
        let Judgement { verdict, used } = result.unwrap();
        assert_eq!((verdict.status, verdict.engine.as_deref()), (Status::Passed, Some("other")));
        assert_eq!(runs, [1, 3]);
        // What it took in all, and the fuel of who judged.
        assert_eq!((used.cpu, used.peak_bytes, used.fuel), (Duration::from_millis(4), 7, None));
    }

    #[test]
    fn fuel_adds_up_over_all_tests() {
        let (result, _) = judged(&Scripted::new("first", How::Exit(0), Some(5)), None);
        assert_eq!(result.unwrap().used.fuel, Some(15));
    }

    #[test]
    fn every_other_end_is_final() {
        for how in [How::Exit(1), How::Limit(LimitKind::Cpu), How::Signal(9), How::Violation("x".to_owned())] {
            let first = Scripted::new("first", how, None);
            let (result, runs) = judged(&first, Some(&Scripted::new("other", How::Exit(0), None)));
            let verdict = result.unwrap().verdict;
            assert_ne!(verdict.status, Status::Passed);
            assert_eq!((verdict.engine.as_deref(), runs), (Some("first"), [3, 0]));
        }
    }

    #[test]
    fn what_no_engine_supports_is_unscored_with_the_last_reason() {
        let first = Scripted::new("first", unsupported(), None);
        let why = |result: Result<Judgement, JudgeError>| result.unwrap_err().to_string();
        assert_eq!(why(judged(&first, None).0), "unsupported: threads");
        let other = Scripted::new("other", How::Unsupported("sockets".to_owned()), None);
        let (result, runs) = judged(&first, Some(&other));
        assert_eq!((why(result), runs), ("unsupported: sockets".to_owned(), [2, 1]));
    }
}
