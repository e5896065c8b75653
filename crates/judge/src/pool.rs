//! The judge: named threads with one sandbox worker each, for the whole run.

use crate::{GRADER, TIME_LIMITS_PER_SUITE, cooperative, functions, guests, programs};
use mend_core::{
    Digest, EngineIdentity, ExtractionRule, Integrity, JudgeLimits, Problem, ProblemId, Status, Style, Suite,
    SuiteVerdict, Test, TestVerdict, TestsMode, Used, Verdict,
};
use mend_sandbox::{Engine, Limits, SandboxError, Spend, Worker};
use std::num::NonZeroUsize;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

/// A candidate to judge.
#[derive(Debug, Clone)]
pub struct Task {
    /// The problem that it answers.
    pub problem: Arc<Problem>,
    /// The program.
    pub program: Arc<str>,
    /// How the program was found: decides whether the statement's helpers run before it.
    pub rule: ExtractionRule,
}

impl Task {
    /// What runs before the program. A program that continues the statement, or that is complete as it stands,
    /// brings the statement's code along; imports that go without saying are in nobody's program.
    pub(crate) fn context(&self) -> &str {
        let wanted = match self.problem.style {
            Style::Completion { .. } => self.rule.wants_context(),
            Style::Function { .. } | Style::Program => true,
        };
        if wanted { self.problem.context.as_deref().unwrap_or_default() } else { "" }
    }
}

/// A verdict and what it cost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judgement {
    /// What was found.
    pub verdict: Verdict,
    /// What it cost to find out.
    pub used: Used,
}

/// Why there is no verdict. Always about us, never about the candidate.
#[derive(Debug, thiserror::Error)]
pub enum JudgeError {
    /// The problem or the program needs what this engine cannot do. The node is unscored.
    #[error("unsupported: {why}")]
    Unsupported {
        /// What is missing.
        why: String,
    },
    /// A test that cannot judge anybody, or a statement whose own code fails. The node is unscored.
    #[error("problem {problem}: {why}")]
    BrokenTest {
        /// The problem.
        problem: ProblemId,
        /// What is wrong with it.
        why: String,
    },
    /// The sandbox failed before or beside the candidate. The run should stop: it can resume.
    #[error("the sandbox failed")]
    Sandbox(#[from] SandboxError),
    /// A judge thread is gone.
    #[error("a judge thread ended unexpectedly")]
    Gone,
}

/// Receives the judgement, on one of the judge's threads.
pub type Done = Box<dyn FnOnce(Result<Judgement, JudgeError>) + Send>;

/// Judges candidates, in any order. `done` is called exactly once, or dropped if the judge is gone.
pub trait Judge: Send + Sync {
    /// Hands in a candidate and returns at once.
    fn submit(&self, task: Task, done: Done);
}

/// How to judge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct JudgeOptions {
    /// Limits of the candidate in one test. Of a function, the output of all tests of a suite counts, since one process
    /// answers them all.
    pub limits: JudgeLimits,
    /// Whether a suite goes on after a failing test.
    pub tests: TestsMode,
    /// The least integrity that is judged: with `Isolated`, cooperative problems stay unscored.
    pub require: Integrity,
    /// Threads, each with a sandbox worker.
    pub workers: NonZeroUsize,
}

/// A judge over a sandbox engine.
#[derive(Debug)]
pub struct SandboxJudge {
    queue: Option<Sender<(Task, Done)>>,
    threads: Vec<JoinHandle<()>>,
    engine: EngineIdentity,
    missing: Vec<String>,
}

impl SandboxJudge {
    /// Starts the threads.
    ///
    /// # Errors
    /// A worker or a thread that does not start.
    pub fn start(engine: &dyn Engine, options: JudgeOptions) -> Result<Self, SandboxError> {
        let identity = engine.identity();
        let sources = guests::sources().map(str::as_bytes);
        let recipe = Digest::of_parts([&identity.recipe[..], GRADER.as_bytes()].into_iter().chain(sources));
        let engine_identity = EngineIdentity {
            name: identity.engine.clone(),
            level: identity.level.to_string(),
            recipe,
            interpreter: identity.interpreter.clone(),
        };
        let (queue, tasks) = channel::<(Task, Done)>();
        let tasks = Arc::new(Mutex::new(tasks));
        let mut threads = Vec::new();
        for index in 0..options.workers.get() {
            let worker = engine.worker()?;
            let tasks = Arc::clone(&tasks);
            let name = identity.engine.clone();
            let thread = std::thread::Builder::new()
                .name(format!("judge-{index}"))
                .spawn(move || serve(worker, &name, options, &tasks))
                .map_err(|source| SandboxError::System { call: "clone", source })?;
            threads.push(thread);
        }
        let missing = identity.missing.iter().map(ToString::to_string).collect();
        Ok(Self { queue: Some(queue), threads, engine: engine_identity, missing })
    }

    /// What keeps the engine from a higher isolation level: each mechanism with the reason and the remedy.
    pub fn missing(&self) -> &[String] {
        &self.missing
    }

    /// The engine and the guests, as a manifest records them.
    pub fn engine(&self) -> &EngineIdentity {
        &self.engine
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

fn serve(mut worker: Box<dyn Worker>, engine: &str, options: JudgeOptions, tasks: &Mutex<Receiver<(Task, Done)>>) {
    loop {
        let next = tasks.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok((task, done)) = next else { return };
        done(judge(worker.as_mut(), engine, options, &task));
    }
}

/// Limits and costs of one judgement.
pub(crate) struct Bench<'a> {
    pub(crate) limits: Limits,
    used: &'a mut Used,
}

impl Bench<'_> {
    /// What one test may take of the candidate.
    pub(crate) fn spend(&self) -> Spend {
        Spend { cpu: self.limits.cpu, wall: self.limits.wall }
    }

    pub(crate) fn charge(&mut self, used: &mend_sandbox::Used) {
        self.used.cpu += used.cpu;
        self.used.wall += used.wall;
        self.used.peak_bytes = self.used.peak_bytes.max(used.peak_bytes);
    }
}

fn limits(judge: JudgeLimits) -> Limits {
    let cpu = Duration::from_millis(judge.cpu_ms);
    Limits { memory_bytes: judge.memory_bytes, output_bytes: judge.output_bytes, ..Limits::with_cpu(cpu) }
}

fn judge(worker: &mut dyn Worker, engine: &str, options: JudgeOptions, task: &Task) -> Result<Judgement, JudgeError> {
    if task.problem.integrity == Integrity::Cooperative && options.require == Integrity::Isolated {
        let why = "the problem's tests need to share an interpreter with the candidate, and isolated ones are required";
        let why = why.to_owned();
        return Err(JudgeError::Unsupported { why });
    }
    let mut used = Used::default();
    let mut bench = Bench { limits: limits(options.limits), used: &mut used };
    let mut public = None;
    let mut hidden = None;
    let mut unloadable = None;
    let mut side = functions::TestsSide::default();
    for (suite, found) in [(Suite::Public, &mut public), (Suite::Hidden, &mut hidden)] {
        let tests = task.problem.tests.of(suite);
        if tests.is_empty() {
            continue;
        }
        // A program that cannot be loaded for one suite cannot be loaded for the other.
        let verdicts = match unloadable.take() {
            Some(verdict) => vec![verdict],
            None => run_suite(worker, &mut bench, options.tests, task, tests, &mut side)?,
        };
        if let [Ran { verdict, loaded: false }] = &verdicts[..] {
            unloadable = Some(Ran { verdict: verdict.clone(), loaded: false });
        }
        let tests: Vec<TestVerdict> = verdicts.into_iter().map(|ran| ran.verdict).collect();
        let failure = tests.iter().map(|test| test.status).find(|status| *status != Status::Passed);
        let total = task.problem.tests.of(suite).len() as u32;
        *found = Some(SuiteVerdict { status: failure.unwrap_or(Status::Passed), tests, total });
    }
    side.close(&mut bench)?;
    let status = hidden.as_ref().or(public.as_ref()).map(|suite: &SuiteVerdict| suite.status).ok_or_else(|| {
        JudgeError::BrokenTest { problem: task.problem.id.clone(), why: "the problem has no tests".to_owned() }
    })?;
    Ok(Judgement { verdict: Verdict { status, public, hidden, engine: Some(engine.to_owned()) }, used })
}

/// A test that ran.
pub(crate) struct Ran {
    pub(crate) verdict: TestVerdict,
    /// Whether the program could be loaded at all.
    pub(crate) loaded: bool,
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
    let mut run: Vec<Ran> = Vec::with_capacity(tests.len());
    match task.problem.style.entry_point() {
        Some(entry) if task.problem.integrity == Integrity::Cooperative => {
            for (index, test) in tests.iter().enumerate() {
                run.push(cooperative::judge(worker, bench, task, entry, index as u32, test)?);
                if ends_suite(mode, &run) {
                    break;
                }
            }
        }
        Some(entry) => {
            let mut session = functions::Session::new(worker, bench, task, entry, side);
            for (index, test) in tests.iter().enumerate() {
                run.push(session.run(index as u32, test)?);
                if ends_suite(mode, &run) {
                    break;
                }
            }
            session.close()?;
        }
        None => {
            for (index, test) in tests.iter().enumerate() {
                let verdict = programs::judge(worker, bench, &task.problem, &task.program, index as u32, test)?;
                let loaded = verdict.status != Status::CompileError;
                run.push(Ran { verdict, loaded });
                if ends_suite(mode, &run) {
                    break;
                }
            }
        }
    }
    Ok(run)
}

fn ends_suite(mode: TestsMode, run: &[Ran]) -> bool {
    let status = |ran: &Ran| ran.verdict.status;
    let slow = run.iter().filter(|ran| status(ran) == Status::TimeLimit).count() as u32;
    match run {
        [Ran { loaded: false, .. }] => true,
        [.., last] if status(last) != Status::Passed => {
            mode == TestsMode::FirstFailure || slow >= TIME_LIMITS_PER_SUITE
        }
        _ => false,
    }
}
