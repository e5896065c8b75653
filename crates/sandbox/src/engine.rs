//! The seam between what runs programs and who wants them run.
//!
//! An [`Engine`] makes a [`Worker`] per thread; a worker runs [`Job`]s to their end, or opens them as
//! [`Party`]s.

use crate::{Job, Outcome, SandboxError, Spend, Stop};
use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

/// How well an engine isolates a program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Resource limits, deadline and sweep only. The program acts with the user's rights: for programs that
    /// are trusted.
    L0,
    /// System-call filter and file rules as well, in the machine's own namespaces.
    L1,
    /// Namespaces as well: no other process, no network, no file but the interpreter's own and a little room.
    L2,
    /// Control groups as well, which limit memory and processes exactly. Also what an engine has that runs no program
    /// natively.
    L3,
}

impl Level {
    /// All levels, from the strongest on.
    pub const ALL: [Self; 4] = [Self::L3, Self::L2, Self::L1, Self::L0];
}

impl FromStr for Level {
    type Err = UnknownLevel;

    fn from_str(text: &str) -> Result<Self, UnknownLevel> {
        let known = Self::ALL.into_iter().find(|level| level.to_string().eq_ignore_ascii_case(text));
        known.ok_or_else(|| UnknownLevel { text: text.to_owned() })
    }
}

/// A word that names no level.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not an isolation level: expected L0, L1, L2 and L3")]
pub struct UnknownLevel {
    /// The word.
    pub text: String,
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::L0 => "L0",
            Self::L1 => "L1",
            Self::L2 => "L2",
            Self::L3 => "L3",
        })
    }
}

/// A mechanism that would isolate better and is not in use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missing {
    /// The mechanism, such as `seccomp`.
    pub mechanism: String,
    /// Why it is not in use.
    pub reason: String,
    /// What a user can do about it.
    pub remedy: String,
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} ({})", self.mechanism, self.reason, self.remedy)
    }
}

/// What decides an engine's behaviour.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// Name of the engine, such as `process`.
    pub engine: String,
    /// How well it isolates.
    pub level: Level,
    /// What keeps it from a higher level.
    pub missing: Vec<Missing>,
    /// Name and version of the interpreter, such as `CPython 3.11.7`.
    pub interpreter: String,
    /// The interpreter's real path. Says where a run took place; decides nothing.
    pub executable: PathBuf,
    /// BLAKE3 digest over the engine's own choices: profile, start of programs, system calls, level.
    /// The interpreter's version and its path are not part of it.
    pub recipe: [u8; 32],
}

/// Makes workers. One per process is enough.
pub trait Engine: Send + Sync {
    /// What decides the engine's behaviour.
    fn identity(&self) -> &Identity;

    /// A worker for one thread.
    fn worker(&self) -> Result<Box<dyn Worker>, SandboxError>;
}

/// Runs jobs, one after another. Parties that it opened live on their own, also beside each other and
/// longer than the worker.
pub trait Worker: Send {
    /// Runs a program until it ends or reaches a limit. Afterwards no process of the job is left.
    fn run(&mut self, job: &Job) -> Result<Outcome, SandboxError>;

    /// Starts a program that answers frames. Returns at once: a program that fails before it is asked is reported by the
    /// first ask.
    fn open(&mut self, job: &Job) -> Result<Box<dyn Party>, SandboxError>;

    /// Whatever it runs or opens from now on ends once this is set, with [`SandboxError::Stopped`]. Until it is told so it
    /// heeds nothing.
    fn heed(&mut self, stop: &Stop);
}

/// A running program that answers frames.
///
/// # Wire
/// With the engine `process` the guest reads frames from descriptor 3 and writes frames to descriptor 4; `wasm` calls
/// the program's functions instead. A frame is the length of its
/// payload (`u32`, little-endian), its kind (one byte), and the payload.
///
/// | direction | kind | meaning |
/// |---|---|---|
/// | host to guest | 0 | request: an ask |
/// | host to guest | 1 | reply to the guest's call |
/// | host to guest | 2 | the guest's call was aborted; no payload |
/// | guest to host | 0 | answer to the request |
/// | guest to host | 1 | call |
///
/// A guest answers each request once, sends calls only while a request is open, and reads all that it
/// was sent before it calls. Frames that it writes before it ends count: an answer is never lost to the
/// guest's death.
pub trait Party: Send {
    /// Sends a request and waits for its answer, while serving the guest's calls.
    ///
    /// While `calls` runs, neither clock of this party runs. A guest that calls although `calls` is `None`
    /// breaks the protocol. The first ask pays for the interpreter's start. Once a
    /// party has ended, every further ask returns the same outcome. Streams are read while the host is in here:
    /// a guest that prints much in between waits.
    fn ask(&mut self, frame: &[u8], cap: Spend, calls: Option<Calls>) -> Result<Answer, SandboxError>;

    /// The same, but a call of the guest comes back as [`Answer::Called`], and the guest waits until it gets a reply.
    /// Until then neither clock of this party runs, and it takes nothing else. Whoever has no reply closes the party.
    fn converse(&mut self, said: Said<'_>, cap: Spend) -> Result<Answer, SandboxError>;

    /// Ends the party at once and returns its outcome. Afterwards no process of it is left. Dropping a party
    /// does the same.
    fn close(self: Box<Self>) -> Result<Outcome, SandboxError>;
}

/// What a host says in a conversation, in which the guest may call in between.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Said<'a> {
    /// A request.
    Request(&'a [u8]),
    /// The reply to the guest's call.
    Reply(&'a [u8]),
}

/// What a party made of an ask.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// It answered.
    Frame {
        /// Payload of the answer.
        frame: Vec<u8>,
        /// What the ask took, calls apart.
        spent: Spend,
    },
    /// It calls, in a conversation, and waits for the reply.
    Called {
        /// Payload of the call.
        frame: Vec<u8>,
        /// What the guest took since it was last spoken to.
        spent: Spend,
    },
    /// It ended instead, or was ended.
    Ended(Outcome),
}

/// What the host makes of a guest's call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Called {
    /// Payload of the reply.
    Reply(Vec<u8>),
    /// No reply: the guest is told to give up on its request, and to answer it.
    Abort,
}

/// Serves a guest's calls, each given by its payload. May drive another party.
pub type Calls = Box<dyn FnMut(&[u8]) -> Called + Send>;

/// How to set up the `process` engine.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ProcessOptions {
    /// The interpreter to run, or a name to look up on `PATH`; `None` for the one that the profile names.
    pub python: Option<PathBuf>,
    /// Where scratch directories are made; `None` for the system's temporary directory. From [`Level::L2`] on jobs
    /// have their files in memory, and no directory is made.
    pub scratch_root: Option<PathBuf>,
    /// The level to run at, neither more nor less; `None` for the highest that works here.
    pub level: Option<Level>,
}
