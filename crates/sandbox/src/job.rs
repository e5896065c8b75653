//! What to run, and how it ended.

use crate::{LimitKind, Limits, Used};
use std::fmt;
use std::sync::Arc;

/// The program of a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Program {
    /// Anybody's Python source, run as `main.py`: it lies in the scratch directory, which is also the working
    /// directory.
    Foreign(Vec<u8>),
    /// A program of the harness itself: Python source that only defines things. `main` is called without arguments
    /// where frames come on descriptors; where the engine hands over requests itself it calls `party`, which returns the
    /// function that answers one, and puts a `call` into the program that asks the host and returns the reply, or None
    /// if the call was aborted. An engine may load the program once, anywhere, and call it in many jobs.
    Own(Arc<str>),
}

impl Default for Program {
    fn default() -> Self {
        Self::Foreign(Vec::new())
    }
}

impl From<&str> for Program {
    fn from(source: &str) -> Self {
        Self::Foreign(source.into())
    }
}

/// One program and all that it gets to see.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Job {
    /// The program. It finds itself in a fresh scratch directory.
    pub program: Program,
    /// Further files in the scratch directory, by plain name: no separator, not `.`, `..` or `main.py`.
    pub files: Vec<(String, Vec<u8>)>,
    /// Standard input. A program need not read it. Ignored for a party, whose standard input is empty.
    pub stdin: Vec<u8>,
    /// What the job may use.
    pub limits: Limits,
    /// Passed to a foreign program in the variable `MEND_SEED`, in decimal.
    pub seed: u64,
}

/// Why a job ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum How {
    /// It exited with this status, 0 to 255.
    Exit(i32),
    /// A signal ended it. `Signal(9)` is also what is said of a party that was alive when it was closed, and,
    /// below [`crate::Level::L2`], of a job that killed its own supervisor.
    Signal(i32),
    /// It reached a limit and was killed.
    Limit(LimitKind),
    /// A party broke the protocol: an oversized, malformed or unsolicited frame.
    Violation(String),
    /// The engine lacks something that the program needs, so nothing can be said of the program.
    Unsupported(String),
}

impl fmt::Display for How {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exit(code) => write!(f, "exited with status {code}"),
            Self::Signal(signal) => write!(f, "ended by signal {signal}"),
            Self::Limit(kind) => write!(f, "reached its limit of {kind}"),
            Self::Violation(what) => write!(f, "broke the protocol: {what}"),
            Self::Unsupported(what) => write!(f, "needs what this engine lacks: {what}"),
        }
    }
}

/// What was written to one stream.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Captured {
    /// The first bytes, at most [`Limits::output_kept_bytes`].
    pub bytes: Vec<u8>,
    /// Number of bytes that were written until the job ended. More than the length of `bytes` if some were
    /// dropped.
    pub total: u64,
}

/// How a job ended. It is about the program: what went wrong on our side is a [`crate::SandboxError`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// Why it ended.
    pub how: How,
    /// Its standard output.
    pub stdout: Captured,
    /// Its standard error.
    pub stderr: Captured,
    /// What it used.
    pub used: Used,
}
