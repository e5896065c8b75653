//! The `process` engine: the native interpreter as a Linux process.
//!
//! Reading order: `ladder` (what isolation the machine offers), `cell` and `zygote` (how a job starts in namespaces),
//! `spawn` and `supervisor` (how it starts without), `custody` (what is common to both), `running` (the poll loop),
//! `party` (the same with frames). What runs inside the zygote is in the folder `native`.

mod cell;
mod cgroup;
mod custody;
mod filter;
mod ladder;
mod landlock;
mod meter;
mod own;
mod party;
mod root;
mod running;
mod scratch;
mod spawn;
mod streams;
mod supervisor;
mod sys;
mod tree;
#[path = "../../native/wire.rs"]
#[expect(dead_code, unreachable_pub, reason = "shared with the native half, where they are used")]
mod wire;
mod zygote;

use crate::python::{self, Python};
use crate::{
    Engine, How, Identity, Job, LimitKind, Outcome, Party, ProcessOptions, Profile, SandboxError, Spend, Stop, Worker,
};
use cell::Cells;
use landlock::Landlock;
use meter::Meter;
use own::Compiled;
use party::ProcessParty;
use running::Running;
use spawn::Form;
use std::fs;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

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
    profile: Profile,
    scratch_root: PathBuf,
    /// Tasks that the user may have beside the job, where the kernel counts them all. Zero for root, whose tasks the
    /// kernel does not limit.
    other_tasks: u64,
    ground: Ground,
    compiled: Compiled,
}

/// Where jobs run.
#[derive(Debug)]
enum Ground {
    /// In cells.
    Cells(Arc<Cells>),
    /// In the machine's own namespaces, confined or not.
    Shared(Option<Confined>),
}

/// What confines jobs in the machine's own namespaces.
#[derive(Debug)]
struct Confined {
    landlock: Landlock,
    /// The system-call filter, as the kernel reads it.
    filter: Vec<u8>,
}

impl Confined {
    /// The file rules of one job.
    fn ruleset(&self, python: &Python, profile: &Profile, scratch: &Path) -> Result<OwnedFd, SandboxError> {
        let own = python.trees.iter().chain([&python.executable]);
        let readable: Vec<&Path> = profile.readable.iter().chain(own).map(PathBuf::as_path).collect();
        let devices: Vec<&Path> = profile.devices.iter().map(PathBuf::as_path).collect();
        self.landlock.ruleset(&readable, &devices, scratch)
    }
}

impl ProcessEngine {
    /// Finds the interpreter, and the strongest isolation under which it really runs.
    pub fn new(options: ProcessOptions) -> Result<Self, SandboxError> {
        let profile = Profile::python();
        let python = python::resolve(Some(options.python.as_deref().unwrap_or(&profile.interpreter)))?;
        let root = options.scratch_root.unwrap_or_else(std::env::temp_dir);
        // The job sees this path, and from another working directory.
        let scratch_root =
            fs::canonicalize(&root).map_err(|source| SandboxError::Scratch { path: root.clone(), source })?;
        // Without this list nobody would find what a job left.
        fs::read("/proc/thread-self/children")
            .map_err(|source| SandboxError::System { call: "open /proc/thread-self/children", source })?;
        sys::keep_children();
        scratch::sweep(&scratch_root, sys::user());
        let ladder::Step { setup, level, missing } = ladder::climb(&python, profile, &scratch_root, options.level)?;
        let identity = Identity {
            engine: "process".to_owned(),
            level,
            missing,
            interpreter: python.version.clone(),
            executable: python.executable.clone(),
            recipe: ladder::recipe(level),
        };
        Ok(Self { setup: Arc::new(setup), identity })
    }
}

impl Engine for ProcessEngine {
    fn identity(&self) -> &Identity {
        &self.identity
    }

    fn worker(&self) -> Result<Box<dyn Worker>, SandboxError> {
        Ok(Box::new(ProcessWorker { setup: Arc::clone(&self.setup), stop: Stop::default() }))
    }
}

#[derive(Debug)]
struct ProcessWorker {
    setup: Arc<Setup>,
    stop: Stop,
}

impl Worker for ProcessWorker {
    fn run(&mut self, job: &Job) -> Result<Outcome, SandboxError> {
        run(&self.setup, job, &self.stop)
    }

    fn open(&mut self, job: &Job) -> Result<Box<dyn Party>, SandboxError> {
        Ok(Box::new(ProcessParty::open(&self.setup, job, &self.stop)?))
    }

    fn heed(&mut self, stop: &Stop) {
        self.stop = stop.clone();
    }
}

fn run(setup: &Setup, job: &Job, stop: &Stop) -> Result<Outcome, SandboxError> {
    let mut running = Running::start(setup, job, Form::Program, stop)?;
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

/// What is said of a program of our own that did not end as it must.
fn trial_error(outcome: &Outcome) -> SandboxError {
    let stderr = String::from_utf8_lossy(&outcome.stderr.bytes);
    let stderr = stderr.trim().lines().last().unwrap_or("no message").to_owned();
    SandboxError::Trial { how: outcome.how.to_string(), stderr }
}

/// An error with its causes.
fn in_full(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        text = format!("{text}: {cause}");
        next = cause.source();
    }
    text
}

#[expect(clippy::disallowed_methods, reason = "deadlines need a clock")]
fn now() -> Instant {
    Instant::now()
}
