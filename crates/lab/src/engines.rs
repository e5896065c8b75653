//! The engines of a run: which were asked for, and whether they are to be had here.
//!
//! Nothing falls back in silence. Where an engine that was asked for is not to be had, that is an error with a way out.

use crate::failure::Failure;
use crate::guest;
use crate::observer::{Note, Observer};
use mend_core::{Guest, Identity};
use mend_judge::{JudgeOptions, SandboxJudge};
use mend_sandbox::{Engine, Level, ProcessEngine, ProcessOptions, SandboxError};
use std::num::NonZeroUsize;
use std::path::PathBuf;

/// What runs programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum Sandbox {
    /// The machine's own Python, in Linux namespaces.
    Process,
    /// A Python in WebAssembly. What it lacks stays unscored.
    Wasm,
    /// `wasm`, and `process` for what that cannot run.
    Auto,
}

/// What of judging belongs to the machine and not to the numbers.
#[derive(Debug, Clone, Default)]
pub struct Machine {
    /// Candidates judged at the same time; `None` for one on each core.
    pub workers: Option<NonZeroUsize>,
    /// The Python interpreter of the engine `process`; `None` for the real executable behind `python3`.
    pub python: Option<PathBuf>,
    /// The isolation level of the engine `process`, neither more nor less; `None` for the highest that works here.
    pub isolation: Option<Level>,
    /// Whether programs that models wrote may run although isolation level L0 does not contain hostile code.
    pub allow_unsafe: bool,
}

impl Machine {
    /// Judge threads: as many as asked for, or one per core.
    pub fn workers(&self) -> NonZeroUsize {
        self.workers.unwrap_or_else(|| std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN))
    }
}

/// Who wrote the programs that are to run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Author {
    /// People who published them, or a simulation that damages what they wrote.
    Known,
    /// A model.
    Model,
}

impl Sandbox {
    /// The choice that a run began with.
    pub fn of(identity: &Identity) -> Self {
        match (identity.engine.name.as_str(), &identity.fallback) {
            (_, Some(_)) => Self::Auto,
            ("wasm", None) => Self::Wasm,
            (_, None) => Self::Process,
        }
    }

    /// Refuses another choice of engines than a run began with, before anything is built for it.
    pub(crate) fn keep(asked: Option<Self>, identity: &Identity) -> Result<(), Failure> {
        let began = Self::of(identity);
        let Some(asked) = asked.filter(|asked| *asked != began) else { return Ok(()) };
        let error =
            format!("the run began with `--sandbox {}` and cannot go on with `{}`", began.as_str(), asked.as_str());
        let hint = "its numbers would mix two experiments: leave out `--sandbox` and MEND_SANDBOX, or start a new run";
        Err(Failure::usage(error).hint(hint))
    }

    /// Its word.
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// The engines of a run, ready.
pub struct Engines {
    first: Box<dyn Engine>,
    /// Judges what the first does not support.
    fallback: Option<Box<dyn Engine>>,
    /// The interpreter of the engine `wasm`, if it is among them.
    pub guest: Option<Guest>,
}

impl Engines {
    /// The engines that were asked for, unless one would not contain what is to run.
    pub fn set_up(
        sandbox: Sandbox,
        machine: &Machine,
        author: Author,
        observer: &mut dyn Observer,
    ) -> Result<Self, Failure> {
        match sandbox {
            Sandbox::Process => {
                let first = process(sandbox, machine, author)?;
                Ok(Self { first, fallback: None, guest: None })
            }
            Sandbox::Wasm => {
                note_unused(machine, observer);
                let (first, guest) = guest::load(observer)?;
                Ok(Self { first, fallback: None, guest: Some(guest) })
            }
            Sandbox::Auto => {
                guest::is_in_binary()?;
                // First what can be refused at once.
                let fallback = Some(process(sandbox, machine, author)?);
                let (first, guest) = guest::load(observer)?;
                Ok(Self { first, fallback, guest: Some(guest) })
            }
        }
    }

    /// Starts a judge with them.
    pub fn judge(&self, options: JudgeOptions) -> Result<SandboxJudge, Failure> {
        SandboxJudge::start_with_fallback(&*self.first, self.fallback.as_deref(), options).map_err(judge_failure)
    }
}

/// Whether the engine `process` exists on this operating system.
pub const HAS_PROCESS: bool = cfg!(target_os = "linux");

fn process(sandbox: Sandbox, machine: &Machine, author: Author) -> Result<Box<dyn Engine>, Failure> {
    let options =
        ProcessOptions { python: machine.python.clone(), level: machine.isolation, ..ProcessOptions::default() };
    let without = match sandbox {
        Sandbox::Auto => "`--sandbox wasm` does without it, and leaves unscored what it cannot run",
        Sandbox::Process | Sandbox::Wasm => "`--sandbox wasm` runs programs on any machine",
    };
    let engine = ProcessEngine::new(options).map_err(|error| match error {
        SandboxError::Scratch { .. } => judge_failure(error),
        error if !HAS_PROCESS && guest::IN_BINARY => Failure::usage(error).hint(without),
        error if sandbox == Sandbox::Auto => Failure::usage(error)
            .hint(format!("`auto` needs both engines, and `mend doctor` shows what was found; {without}")),
        error => Failure::usage(error).hint("`mend doctor` shows what was found on this machine"),
    })?;
    if engine.identity().level == Level::L0 && author == Author::Model && !machine.allow_unsafe {
        let (error, contained) = match sandbox {
            Sandbox::Auto => (
                "the engine `process`, which is to judge what `wasm` cannot run, has isolation level L0: programs that a \
                 model wrote would run with your rights",
                "`--sandbox wasm` contains them and leaves unscored what it cannot run; ",
            ),
            _ if guest::IN_BINARY => (NOT_CONTAINED, "`--sandbox wasm` contains them; "),
            _ => (NOT_CONTAINED, ""),
        };
        return Err(Failure::usage(error).hint(format!(
            "{contained}where it does no harm (a throw-away machine or container), `--allow-unsafe` runs them; \
             `mend doctor` tells what is missing"
        )));
    }
    Ok(Box::new(engine))
}

const NOT_CONTAINED: &str =
    "the sandbox has isolation level L0: programs that a model wrote would run with your rights";

/// Says which choices mean nothing to the engine `wasm`.
fn note_unused(machine: &Machine, observer: &mut dyn Observer) {
    let choices = [("--python", machine.python.is_some()), ("--isolation", machine.isolation.is_some())];
    for (choice, _) in choices.into_iter().filter(|(_, is_given)| *is_given) {
        observer.note(Note::Unused(choice));
    }
}

/// A judge that does not start: a full disk is told as such.
fn judge_failure(error: SandboxError) -> Failure {
    let is_full = matches!(error, SandboxError::Scratch { .. });
    if is_full {
        Failure::stopped(error).hint("make room for temporary files, then start again")
    } else {
        Failure::usage(error)
    }
}
