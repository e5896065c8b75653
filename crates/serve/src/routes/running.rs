//! What the services that only run programs have in common.

use crate::config::Config;
use mend_core::JudgeLimits;
use mend_sandbox::{How, Job, LimitKind, Limits};
use std::time::Duration;

/// What a request wants to run.
pub(super) struct Wanted {
    pub(super) program: String,
    pub(super) stdin: String,
    pub(super) files: Vec<(String, Vec<u8>)>,
    /// CPU time; `None` for the server's own.
    pub(super) time: Option<Duration>,
    /// `None` for the server's own.
    pub(super) memory_bytes: Option<u64>,
}

impl Wanted {
    /// The job that it is, under limits that are never above the server's.
    pub(super) fn job(self, config: &Config) -> Job {
        let JudgeLimits { cpu_ms, memory_bytes, output_bytes } = config.most;
        let time = self.time.unwrap_or(Duration::from_millis(config.limits.cpu_ms)).min(Duration::from_millis(cpu_ms));
        let memory_bytes = self.memory_bytes.unwrap_or(config.limits.memory_bytes).min(memory_bytes);
        // All that it writes is wanted.
        let limits = Limits { memory_bytes, output_bytes, output_kept_bytes: output_bytes, ..Limits::with_cpu(time) };
        Job {
            program: self.program.as_str().into(),
            files: self.files,
            stdin: self.stdin.into(),
            limits,
            ..Job::default()
        }
    }
}

/// Whether a file may lie beside the program under this name.
pub(super) fn is_plain(name: &str) -> bool {
    !matches!(name, "" | "." | ".." | "main.py") && !name.contains(['/', '\0']) && name.len() <= 255
}

/// How a program ended, as services tell it.
pub(super) struct End {
    /// Its exit status.
    pub(super) code: Option<i32>,
    /// The signal that ended it.
    pub(super) signal: Option<i32>,
    /// The limit of time that it reached.
    pub(super) is_timeout: bool,
    /// The limit of output that it reached.
    pub(super) is_flood: bool,
    /// What there is to say of it.
    pub(super) message: Option<String>,
}

const SIGKILL: i32 = 9;

impl End {
    pub(super) fn of(how: &How) -> Self {
        let end = Self { code: None, signal: None, is_timeout: false, is_flood: false, message: None };
        match how {
            How::Exit(code) => Self { code: Some(*code), ..end },
            How::Signal(signal) => Self { signal: Some(*signal), message: Some(how.to_string()), ..end },
            How::Limit(kind) => Self {
                signal: Some(SIGKILL),
                is_timeout: matches!(kind, LimitKind::Cpu | LimitKind::Wall),
                is_flood: *kind == LimitKind::Output,
                message: Some(how.to_string()),
                ..end
            },
            How::Violation(_) | How::Unsupported(_) => {
                Self { signal: Some(SIGKILL), message: Some(how.to_string()), ..end }
            }
        }
    }
}

/// Bytes as text; what is not text becomes U+FFFD.
pub(super) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
