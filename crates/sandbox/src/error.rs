//! What can go wrong on our side.

use std::io;
use std::path::PathBuf;

/// The sandbox could not do its work. Never about the program that it was to run.
#[derive(Debug, thiserror::Error)]
pub enum SandboxError {
    /// This engine does not exist on this operating system.
    #[error("the `{engine}` engine needs Linux, this is {os}")]
    UnsupportedPlatform {
        /// The engine that was asked for.
        engine: &'static str,
        /// The operating system at hand.
        os: &'static str,
    },
    /// The interpreter could not be started.
    #[error(
        "cannot start the interpreter `{}`: install CPython 3.11 or newer (Debian and Ubuntu: `apt install python3`; \
         anywhere: `uv python install 3.13`) or name another one", program.display()
    )]
    NoPython {
        /// What was started.
        program: PathBuf,
        /// Why it did not start.
        #[source]
        source: io::Error,
    },
    /// The interpreter started and did not say what it is.
    #[error("`{}` does not answer like a Python interpreter: {detail}", program.display())]
    NotPython {
        /// What was started.
        program: PathBuf,
        /// What it did instead.
        detail: String,
    },
    /// The interpreter is another implementation, or too old.
    #[error(
        "`{}` is {found}, but CPython 3.11 or newer is needed (its flag `-P`): install one \
         (`uv python install 3.13`) or name another one", program.display()
    )]
    PythonTooOld {
        /// The interpreter's real path.
        program: PathBuf,
        /// Name and version of what was found.
        found: String,
    },
    /// A scratch directory could not be made or filled.
    #[error("cannot write the scratch directory at `{}`", path.display())]
    Scratch {
        /// The path that failed.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A file of a job has a name that is not plain.
    #[error("`{name}` is not a plain file name, or is taken")]
    FileName {
        /// The name.
        name: String,
    },
    /// A path or variable holds a NUL byte.
    #[error("`{what}` holds a NUL byte")]
    Nul {
        /// Where it stands.
        what: String,
    },
    /// A frame of the host does not fit its length field.
    #[error("a frame of {len} bytes is longer than the protocol allows")]
    FrameTooLong {
        /// Bytes of the payload.
        len: usize,
    },
    /// A system call of the harness failed.
    #[error("system call `{call}` failed")]
    System {
        /// The call.
        call: &'static str,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A new process could not become the job.
    #[error("cannot start a job: `{call}` failed in the new process")]
    Start {
        /// The system call that failed there.
        call: &'static str,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A file of a control group could not be written.
    #[error("cannot write `{}`", path.display())]
    ControlGroup {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The process that forks jobs did not start, or went away.
    #[error("the interpreter that is kept ready for jobs failed: {detail}")]
    Zygote {
        /// What it said last, or what became of it.
        detail: String,
    },
    /// This machine does not offer what was asked for.
    #[error("isolation level {wanted} cannot be reached here: {why}")]
    Level {
        /// The level that was asked for.
        wanted: crate::Level,
        /// What is missing, and the remedy.
        why: String,
    },
    /// The guest of the engine `wasm` was never built.
    #[error("the interpreter of the engine `wasm` is not built: `{}` does not exist", path.display())]
    NoGuest {
        /// Where it would be.
        path: PathBuf,
    },
    /// The guest of the engine `wasm` cannot be built here.
    #[error("cannot build the interpreter of the engine `wasm`: {detail}")]
    GuestBuild {
        /// What the build said last.
        detail: String,
    },
    /// A file or folder that keeps compiled code cannot be trusted or used.
    #[error("cannot use `{}`: {why}", path.display())]
    Cache {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        why: String,
    },
    /// The WebAssembly runtime failed.
    #[error("the WebAssembly runtime failed: {detail}")]
    Wasm {
        /// What it said.
        detail: String,
    },
    /// Somebody set the [`crate::Stop`] of a job: nobody waits for it.
    #[error("the job was ended, because nobody waits for it any more")]
    Stopped,
    /// The trial run at the engine's start did not end as it must.
    #[error("the engine's trial run {how}: {stderr}")]
    Trial {
        /// How it ended.
        how: String,
        /// The last line of its standard error.
        stderr: String,
    },
}
