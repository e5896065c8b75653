//! What a job may use, and what it did use.

use crate::Profile;
use std::fmt;
use std::time::Duration;

/// What one job may use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// CPU time of [`crate::Worker::run`]. An ask brings its own cap.
    pub cpu: Duration,
    /// Wall time of the same. The backstop for programs that sleep: long enough that a loaded machine does
    /// not fail an honest program.
    pub wall: Duration,
    /// Address space of each process, in bytes; and memory of all processes of the job together, beside its files,
    /// from [`crate::Level::L2`] on.
    pub memory_bytes: u64,
    /// Bytes of stdout, and as many of stderr, that are kept. What follows is counted and dropped.
    pub output_kept_bytes: u64,
    /// Bytes of stdout and stderr together after which the job is killed.
    pub output_bytes: u64,
    /// Processes and threads at a time.
    pub processes: u64,
    /// Open file descriptors of each process.
    pub open_files: u64,
    /// Size of each file that the job writes, in bytes.
    pub file_bytes: u64,
    /// All files of the job together, in bytes. Not enforced below [`crate::Level::L2`].
    pub disk_bytes: u64,
    /// Files and directories of the job. Not enforced below [`crate::Level::L2`].
    pub disk_files: u64,
    /// Stack of a main thread, in bytes.
    pub stack_bytes: u64,
    /// Payload of one frame that a party sends, in bytes.
    pub frame_bytes: u32,
}

impl Limits {
    /// The default limits with another CPU time, and as much more wall time as the profile says.
    pub fn with_cpu(cpu: Duration) -> Self {
        Self { cpu, wall: cpu.saturating_mul(Profile::python().wall_per_cpu()), ..Self::default() }
    }
}

impl Default for Limits {
    /// Those of the profile that is built in.
    fn default() -> Self {
        Profile::python().limits()
    }
}

/// A limit that ended a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LimitKind {
    /// Wall time.
    Wall,
    /// CPU time.
    Cpu,
    /// Memory, where the engine itself saw it run out. Where the program was told, and raised its own
    /// `MemoryError`, the job ends as that program ends.
    Memory,
    /// Processes and threads.
    Processes,
    /// Bytes of stdout and stderr.
    Output,
    /// Bytes written to files.
    Disk,
}

impl fmt::Display for LimitKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Wall => "wall time",
            Self::Cpu => "CPU time",
            Self::Memory => "memory",
            Self::Processes => "processes",
            Self::Output => "output",
            Self::Disk => "disk",
        })
    }
}

/// Cap of one ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spend {
    /// CPU time of the party since the ask began.
    pub cpu: Duration,
    /// Wall time since the ask began.
    pub wall: Duration,
}

/// What one job used.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Used {
    /// CPU time, user and system, of all processes of the job that could be counted.
    pub cpu: Duration,
    /// Wall time. Of a party: the time in which the host waited for it.
    pub wall: Duration,
    /// Deterministic units of work; `None` if the engine counts none.
    pub fuel: Option<u64>,
    /// Largest resident set of the job's main process, in bytes. Zero if unknown: the kernel's figure
    /// starts at the size of the process that forked, so nothing can be said of a program that stays below
    /// the harness's own size.
    pub peak_bytes: u64,
}
