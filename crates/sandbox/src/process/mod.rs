//! The `process` engine: the native interpreter as an ordinary process under resource limits.
//!
//! Reading order: `spawn` (how a job starts), `supervisor` (what runs between harness and job), `running`
//! (the poll loop), `party` (the same with frames).

mod meter;
mod party;
mod running;
mod scratch;
mod spawn;
mod streams;
mod supervisor;
mod sys;

use crate::python::{self, Python};
use crate::{
    Engine, How, Identity, Job, Level, LimitKind, Limits, Missing, Outcome, Party, ProcessOptions, SandboxError, Spend,
    Worker,
};
use meter::Meter;
use party::ProcessParty;
use running::Running;
use spawn::Form;
use std::ffi::OsStr;
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Changes whenever the engine treats programs differently in a way that nothing else in the recipe shows.
const VERSION: &str = "process/1";

/// What an ordinary user may have running beside a job, over what ran when the engine was made.
const TASK_HEADROOM: u64 = 1024;

/// The `process` engine. Linux only.
///
/// It relies on `SIGPIPE` being ignored in the harness, as in every Rust program by default.
#[derive(Debug)]
pub struct ProcessEngine {
    setup: Arc<Setup>,
    identity: Identity,
}

/// What all jobs of an engine share.
#[derive(Debug)]
struct Setup {
    python: Python,
    scratch_root: PathBuf,
    /// Tasks that the user may have beside the job. Zero for root, whose tasks the kernel does not limit.
    other_tasks: u64,
}

impl ProcessEngine {
    /// Finds the interpreter and runs a first program with it.
    pub fn new(options: ProcessOptions) -> Result<Self, SandboxError> {
        let python = python::resolve(options.python.as_deref())?;
        let root = options.scratch_root.unwrap_or_else(std::env::temp_dir);
        // The job sees this path, and from another working directory.
        let scratch_root =
            fs::canonicalize(&root).map_err(|source| SandboxError::Scratch { path: root.clone(), source })?;
        // Without this list a sweep would not find what a job left.
        fs::read("/proc/thread-self/children")
            .map_err(|source| SandboxError::System { call: "open /proc/thread-self/children", source })?;
        let user = sys::user();
        let other_tasks = if user == 0 { 0 } else { count_tasks(user) + TASK_HEADROOM };
        let identity = Identity {
            engine: "process".to_owned(),
            level: Level::L0,
            missing: missing(user),
            interpreter: python.version.clone(),
            executable: python.executable.clone(),
            recipe: recipe(),
        };
        let setup = Arc::new(Setup { python, scratch_root, other_tasks });
        trial(&setup)?;
        Ok(Self { setup, identity })
    }
}

impl Engine for ProcessEngine {
    fn identity(&self) -> &Identity {
        &self.identity
    }

    fn worker(&self) -> Result<Box<dyn Worker>, SandboxError> {
        Ok(Box::new(ProcessWorker { setup: Arc::clone(&self.setup) }))
    }
}

#[derive(Debug)]
struct ProcessWorker {
    setup: Arc<Setup>,
}

impl Worker for ProcessWorker {
    fn run(&mut self, job: &Job) -> Result<Outcome, SandboxError> {
        run(&self.setup, job)
    }

    fn open(&mut self, job: &Job) -> Result<Box<dyn Party>, SandboxError> {
        Ok(Box::new(ProcessParty::open(&self.setup, job)?))
    }
}

fn run(setup: &Setup, job: &Job) -> Result<Outcome, SandboxError> {
    let mut running = Running::start(setup, job, Form::Program)?;
    let meter = Meter::start(Spend { cpu: job.limits.cpu, wall: job.limits.wall }, Duration::ZERO);
    let mut overdue = false;
    loop {
        let cpu_left = meter.check_cpu(&mut running);
        if running.is_ending() {
            break;
        }
        if overdue {
            running.stop(How::Limit(LimitKind::Wall));
            break;
        }
        let wall_left = meter.wall_left();
        overdue = wall_left.is_zero();
        running.turn(cpu_left.min(wall_left))?;
    }
    let wall = meter.wall();
    running.settle()?;
    running.outcome(meter.cpu_cap(), wall)
}

/// Runs a program that cannot fail, so that an engine that was made does work.
fn trial(setup: &Setup) -> Result<(), SandboxError> {
    let limits = Limits { wall: Duration::from_mins(1), cpu: Duration::from_secs(20), ..Limits::default() };
    let outcome = run(setup, &Job { program: b"print('ready')".to_vec(), limits, ..Job::default() })?;
    if outcome.how == How::Exit(0) && outcome.stdout.bytes == b"ready\n" {
        return Ok(());
    }
    let stderr = String::from_utf8_lossy(&outcome.stderr.bytes);
    let stderr = stderr.trim().lines().last().unwrap_or("no message").to_owned();
    Err(SandboxError::Trial { how: outcome.how.to_string(), stderr })
}

/// Digest of all that the engine decides about a program. Parts are prefixed by their length.
fn recipe() -> [u8; 32] {
    let Limits {
        cpu,
        wall,
        memory_bytes,
        output_kept_bytes,
        output_bytes,
        processes,
        open_files,
        file_bytes,
        stack_bytes,
        frame_bytes,
    } = Limits::default();
    let mut parts = vec![VERSION.to_owned(), Level::L0.to_string()];
    parts.extend(spawn::ARGUMENTS.map(str::to_owned));
    for (name, value) in spawn::environment(OsStr::new("<scratch>"), "<seed>") {
        parts.push(format!("{name}={}", value.display()));
    }
    parts.push(format!(
        "cpu_us={} wall_us={} memory={memory_bytes} kept={output_kept_bytes} output={output_bytes} \
         processes={processes} files={open_files} file={file_bytes} stack={stack_bytes} frame={frame_bytes}",
        cpu.as_micros(),
        wall.as_micros(),
    ));
    let mut hasher = blake3::Hasher::new();
    for part in parts {
        hasher.update(&(part.len() as u64).to_le_bytes());
        hasher.update(part.as_bytes());
    }
    *hasher.finalize().as_bytes()
}

fn missing(user: u32) -> Vec<Missing> {
    let entry = |mechanism: &str, reason: &str, remedy: &str| Missing {
        mechanism: mechanism.to_owned(),
        reason: reason.to_owned(),
        remedy: remedy.to_owned(),
    };
    let mut missing: Vec<Missing> = ["namespaces", "seccomp", "Landlock", "cgroups"]
        .map(|mechanism| entry(mechanism, "not built into this version", "run only programs that you trust"))
        .into();
    missing.push(if user == 0 {
        entry("process limit", "the kernel does not limit the processes of root", "run as an ordinary user")
    } else {
        entry(
            "process limit",
            "the kernel counts all processes of the user, so a job's own are limited only roughly",
            "run only programs that you trust",
        )
    });
    missing
}

/// Processes and threads of a user.
fn count_tasks(user: u32) -> u64 {
    let Ok(processes) = fs::read_dir("/proc") else { return 0 };
    let own = processes.flatten().filter(|entry| entry.metadata().is_ok_and(|metadata| metadata.uid() == user));
    own.map(|entry| fs::read_dir(entry.path().join("task")).map_or(0, |tasks| tasks.count() as u64)).sum()
}

#[expect(clippy::disallowed_methods, reason = "deadlines need a clock")]
fn now() -> Instant {
    Instant::now()
}
