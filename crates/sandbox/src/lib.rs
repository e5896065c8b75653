//! Runs one untrusted program under limits.
//!
//! This crate is blocking, sees bytes only, and knows nothing of tests, problems or verdicts. It is the
//! only crate with unsafe code, and the only one that starts programs.
//!
//! Read [`Job`] first (what to run), then [`Worker`] (the two ways to run it) and [`Outcome`] (how it
//! ended). [`Worker::run`] runs a program from start to end; [`Worker::open`] starts a program that
//! answers questions, a [`Party`]. An [`Outcome`] is always about the program. A [`SandboxError`] is
//! always about us: no interpreter, no room for a scratch directory, a system call that failed.
//!
//! There are two engines. [`ProcessEngine`] runs the native interpreter as a Linux process, as isolated as the machine
//! allows. Its [`Level`] is found by really running a program; [`Identity::missing`] says what keeps it from a higher one.
//! `WasmEngine` (feature `wasm`) runs an interpreter in WebAssembly in this process: what a program finds and how long it
//! may take depend on no machine, but it lacks some of the language's library.
//!
//! ```no_run
//! use mend_sandbox::{Engine, How, Job, ProcessEngine, ProcessOptions};
//!
//! let engine = ProcessEngine::new(ProcessOptions::default())?;
//! let job = Job { program: "print(6 * 7)".into(), ..Job::default() };
//! let outcome = engine.worker()?.run(&job)?;
//! assert_eq!((outcome.how, outcome.stdout.bytes), (How::Exit(0), b"42\n".to_vec()));
//! # Ok::<(), mend_sandbox::SandboxError>(())
//! ```

mod engine;
mod error;
mod job;
mod limits;
mod profile;
mod stop;

#[cfg(target_os = "linux")]
mod frame;
#[cfg(target_os = "linux")]
mod process;
#[cfg(target_os = "linux")]
mod python;

#[cfg(not(target_os = "linux"))]
mod elsewhere;

#[cfg(feature = "wasm")]
mod wasm;

pub use engine::{
    Answer, Called, Calls, Engine, Identity, Level, Missing, Party, ProcessOptions, Said, UnknownLevel, Worker,
};
pub use error::SandboxError;
pub use job::{Captured, How, Job, Outcome, Program};
pub use limits::{LimitKind, Limits, Spend, Used};
pub use profile::Profile;
pub use stop::Stop;

#[cfg(not(target_os = "linux"))]
pub use elsewhere::ProcessEngine;
#[cfg(target_os = "linux")]
pub use process::ProcessEngine;
#[cfg(feature = "wasm")]
pub use wasm::{FUEL_PER_SECOND, WasmEngine, WasmOptions};
