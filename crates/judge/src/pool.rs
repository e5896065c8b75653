//! The judge: named threads with one sandbox worker each, for the whole run.

use crate::GRADER;
use crate::bench::Bench;
use crate::guests;
use crate::look::cost::Costs;
use crate::look::look;
use crate::soundness::Soundness;
use crate::task::{Done, Judge, JudgeError, JudgeOptions, Judgement, Look, Looked, Ran, RanDone, Seen, Task, Terms};
use crate::verdict::verdict;
use mend_core::{Digest, EngineIdentity, Engines, JudgeLimits, Problem, Used};
use mend_sandbox::{Engine, How, Job, Limits, SandboxError, Stop, Worker};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

/// A judge over a sandbox engine, and perhaps another for what the first does not support.
#[derive(Debug)]
pub struct SandboxJudge {
    queue: Option<Sender<Wanted>>,
    threads: Vec<JoinHandle<()>>,
    engine: EngineIdentity,
    fallback: Option<EngineIdentity>,
    missing: Vec<String>,
}

/// What somebody wants of the judge.
enum Wanted {
    /// `None` for the judge's own terms.
    Verdict(Task, Option<Terms>, Done),
    Sight(Look, Looked),
    Run(Job, Stop, RanDone),
}

/// What all threads of a judge know.
#[derive(Default)]
struct Known {
    soundness: Soundness,
    costs: Costs,
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
        let (queue, tasks) = channel::<Wanted>();
        let tasks = Arc::new(Mutex::new(tasks));
        let known = Arc::new(Known::default());
        let mut threads = Vec::new();
        for index in 0..options.workers.get() {
            let seats = engines.iter().map(|engine| Seat::of(*engine)).collect::<Result<_, _>>()?;
            let (tasks, known) = (Arc::clone(&tasks), Arc::clone(&known));
            let thread = std::thread::Builder::new()
                .name(format!("judge-{index}"))
                .spawn(move || serve(seats, options, &tasks, &known))
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

    /// Hands in a candidate on terms of its own and returns at once. Once its stop is set the judgement ends, if it has
    /// begun, and fails with [`SandboxError::Stopped`].
    pub fn submit_on(&self, task: Task, terms: Terms, done: Done) {
        self.send(Wanted::Verdict(task, Some(terms), done));
    }

    /// Hands in a program that runs as it stands, by the first engine that supports it, and returns at once.
    pub fn run(&self, job: Job, stop: Stop, done: RanDone) {
        self.send(Wanted::Run(job, stop, done));
    }

    /// A send fails only if every thread died: then what waits for the answer is dropped, which its owner sees.
    fn send(&self, wanted: Wanted) {
        if let Some(queue) = &self.queue {
            let _ = queue.send(wanted);
        }
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
        self.send(Wanted::Verdict(task, None, done));
    }

    fn look(&self, look: Look, done: Looked) {
        self.send(Wanted::Sight(look, done));
    }
}

impl Drop for SandboxJudge {
    fn drop(&mut self) {
        self.queue = None;
        let current = std::thread::current().id();
        // Whoever waits for an answer may hold the judge, and let go of it on one of these threads.
        for thread in self.threads.drain(..).filter(|thread| thread.thread().id() != current) {
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

fn serve(mut seats: Vec<Seat>, options: JudgeOptions, tasks: &Mutex<Receiver<Wanted>>, known: &Known) {
    loop {
        let next = tasks.lock().unwrap_or_else(PoisonError::into_inner).recv();
        match next {
            Ok(Wanted::Verdict(task, terms, done)) => {
                let options = of_problem(heed(&mut seats, options, terms), &task.problem);
                done(outlived(|| judge(&mut seats, options, &task, &known.soundness)));
            }
            Ok(Wanted::Sight(wanted, done)) => {
                let options = heed(&mut seats, options, None);
                let options = wanted.problem().map_or(options, |problem| of_problem(options, problem));
                done(outlived(|| see(&mut seats, options, &wanted, known)));
            }
            Ok(Wanted::Run(job, stop, done)) => {
                for seat in &mut seats {
                    seat.worker.heed(&stop);
                }
                done(outlived(|| run(&mut seats, &job)));
            }
            Err(_) => return,
        }
    }
}

/// Has workers heed the stop of what they do next. Returns the options with its terms.
fn heed(seats: &mut [Seat], options: JudgeOptions, terms: Option<Terms>) -> JudgeOptions {
    let (options, stop) = match terms {
        Some(Terms { limits, tests, stop }) => (JudgeOptions { limits, tests, ..options }, stop),
        None => (options, Stop::default()),
    };
    for seat in seats {
        seat.worker.heed(&stop);
    }
    options
}

/// A bug that one candidate brings to light costs no other its judge. The panic has said so on stderr.
fn outlived<T>(work: impl FnOnce() -> Result<T, JudgeError>) -> Result<T, JudgeError> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or(Err(JudgeError::Gone))
}

/// Runs a program as it stands by the first engine that supports it.
fn run(seats: &mut [Seat], job: &Job) -> Result<Ran, JudgeError> {
    let mut unsupported = String::new();
    for Seat { engine, worker } in seats {
        let outcome = worker.run(job)?;
        match outcome.how {
            How::Unsupported(why) => unsupported = why,
            _ => return Ok(Ran { outcome, engine: engine.clone() }),
        }
    }
    Err(JudgeError::Unsupported { why: unsupported })
}

fn limits(judge: JudgeLimits) -> Limits {
    let cpu = Duration::from_millis(judge.cpu_ms);
    Limits { memory_bytes: judge.memory_bytes, output_bytes: judge.output_bytes, ..Limits::with_cpu(cpu) }
}

/// The options with the limits that a problem sets itself.
fn of_problem(options: JudgeOptions, problem: &Problem) -> JudgeOptions {
    JudgeOptions { limits: problem.limits.over(options.limits), ..options }
}

/// Has a candidate judged by the first engine that supports it. That is no second try: what an engine does not support, it
/// has not judged.
fn judge(
    seats: &mut [Seat],
    options: JudgeOptions,
    task: &Task,
    soundness: &Soundness,
) -> Result<Judgement, JudgeError> {
    let (verdict, used) =
        by_turns(seats, options, soundness, |worker, bench, engine| verdict(worker, bench, engine, options, task))?;
    Ok(Judgement { verdict, used })
}

/// Looks with the first engine that supports it.
fn see(seats: &mut [Seat], options: JudgeOptions, wanted: &Look, known: &Known) -> Result<Seen, JudgeError> {
    let (sight, used) = by_turns(seats, options, &known.soundness, |worker, bench, engine| {
        look(worker, bench, (engine, options), &known.costs, wanted)
    })?;
    Ok(Seen { sight, used })
}

/// What the first engine finds that supports what is wanted, and what it took.
fn by_turns<T>(
    seats: &mut [Seat],
    options: JudgeOptions,
    soundness: &Soundness,
    mut find: impl FnMut(&mut dyn Worker, &mut Bench<'_>, &str) -> Result<T, JudgeError>,
) -> Result<(T, Used), JudgeError> {
    let mut used = Used::default();
    let mut unsupported = None;
    for Seat { engine, worker } in seats {
        // Time is what it took in all. Fuel belongs to a verdict, so that it is comparable.
        used.fuel = None;
        let limits = limits(options.limits);
        let mut bench = Bench { limits, soundness, used: &mut used, own: Used::default() };
        match find(worker.as_mut(), &mut bench, engine) {
            Ok(found) => return Ok((found, used)),
            Err(JudgeError::Unsupported { why }) => unsupported = Some(why),
            Err(error) => return Err(error),
        }
    }
    Err(JudgeError::Unsupported { why: unsupported.unwrap_or_default() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::task::Sight;
    use mend_core::{ExtractionRule, Integrity, Problem, Status, Style, Test, TestSuite, TestsMode};
    use mend_sandbox::{Captured, Identity, Level, LimitKind, Outcome, Party};
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

        fn heed(&mut self, _: &Stop) {}
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
    fn a_look_goes_to_the_other_engine_too() {
        let options = JudgeOptions {
            limits: JudgeLimits { cpu_ms: 1000, memory_bytes: 1 << 20, output_bytes: 1 << 20 },
            tests: TestsMode::All,
            require: Integrity::Cooperative,
            workers: NonZeroUsize::MIN,
        };
        let seen = |first: &Scripted, other: &Scripted| {
            let judge = SandboxJudge::start_with_fallback(first, Some(other), options).unwrap();
            let (sender, receiver) = channel();
            let texts = vec!["1".to_owned(), "2".to_owned()].into();
            judge.look(Look::Cells { texts }, Box::new(move |result| sender.send(result).unwrap()));
            receiver.recv().unwrap()
        };
        let (first, other) =
            (Scripted::new("first", unsupported(), Some(5)), Scripted::new("other", How::Exit(0), None));
        let Seen { sight, used } = seen(&first, &other).unwrap();
        // It tells nothing that a session tells.
        let ended = "(the session ended in this cell: the interpreter ended)".to_owned();
        assert_eq!(sight, Sight::Cells(vec![ended, "(not run: the session had ended)".to_owned()]));
        assert_eq!((used.cpu, used.fuel), (Duration::from_millis(2), None));
        let why = seen(&first, &Scripted::new("other", How::Unsupported("sockets".to_owned()), None)).unwrap_err();
        assert_eq!(why.to_string(), "unsupported: sockets");
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
