//! The harness's side of the zygote: an interpreter that has imported what programs import, and forks cells.

#![expect(unsafe_code, reason = "passes descriptors to a new process")]

use super::spawn;
use super::supervisor;
use super::sys;
use super::wire;
use crate::python::Python;
use crate::{Profile, SandboxError};
use std::io::{self, Read as _};
use std::os::fd::{AsFd as _, AsRawFd as _, BorrowedFd, OwnedFd};
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Stdio};
use std::time::Duration;

/// The native half, as the build script made it.
const NATIVE: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/native.so"));
/// What the interpreter runs.
pub(super) const PROGRAM: &str = include_str!("../zygote.py");

/// How long any step of the zygote may take. Far more than it needs, also on a loaded machine.
pub(super) const PATIENCE: Duration = Duration::from_secs(30);

/// Has the loader look up every function at the start, once for all jobs: or else each job would for itself. Programs do
/// not see it.
const BIND_NOW: (&str, &str) = ("LD_BIND_NOW", "1");

/// Descriptor at which the interpreter finds the native half.
const NATIVE_FD: i32 = 4;

/// The zygote. Ends when dropped.
#[derive(Debug)]
pub(super) struct Zygote {
    child: Child,
    control: OwnedFd,
    messages: OwnedFd,
}

impl Zygote {
    /// Starts the interpreter. What it imports decides how long that takes.
    pub(super) fn start(python: &Python, profile: &Profile) -> Result<Self, SandboxError> {
        let (control, its_control) = sys::packet_sockets()?;
        let native = sys::memory_file(NATIVE)?;
        // Streams of the kind that jobs have: what the interpreter learns of them when it starts stays true.
        let its_stdin = sys::sealed_file(&[])?;
        let (messages, its_output) = sys::pipe()?;
        let its_errors = its_output.try_clone().map_err(|source| SandboxError::System { call: "fcntl", source })?;
        sys::set_nonblocking(messages.as_fd())?;
        #[expect(clippy::disallowed_methods, reason = "this crate starts programs")]
        let mut command = std::process::Command::new(&python.executable);
        command.args(&profile.arguments).args(["-c", PROGRAM, spawn::WORLD]);
        command.arg(format!("/proc/self/fd/{NATIVE_FD}")).arg(profile.imports.join(" ")).args(&python.packages);
        command.env_clear().current_dir("/");
        command.envs(spawn::environment(profile, wire::SCRATCH.as_ref(), None)).envs([BIND_NOW]);
        command.stdin(Stdio::from(its_stdin)).stdout(Stdio::from(its_output)).stderr(Stdio::from(its_errors));
        let fds = [(its_control.as_raw_fd(), wire::CONTROL), (native.as_raw_fd(), NATIVE_FD)];
        let before_exec = move || {
            // Out of the terminal's reach: Ctrl-C is for the harness.
            // SAFETY: calls that only take numbers. Both descriptors are at least 10, so neither overwrites the other.
            unsafe {
                libc::setsid();
                supervisor::default_signals();
                for (from, to) in fds {
                    if libc::dup2(from, to) < 0 {
                        return Err(io::Error::last_os_error());
                    }
                }
                let limit = libc::rlimit { rlim_cur: spawn::STACK_AT_START, rlim_max: libc::RLIM_INFINITY };
                libc::setrlimit(libc::RLIMIT_STACK, &raw const limit);
            }
            Ok(())
        };
        // SAFETY: the closure only makes system calls.
        unsafe { command.pre_exec(before_exec) };
        let child =
            command.spawn().map_err(|source| SandboxError::NoPython { program: python.executable.clone(), source })?;
        Ok(Self { child, control, messages })
    }

    /// Loads a program of our own.
    pub(super) fn load(&mut self, source: &str) -> Result<(), SandboxError> {
        let file = sys::memory_file(source.as_bytes())?;
        self.ask(&[wire::LOAD, source.len() as u64], &[file.as_fd()]).map(drop)
    }

    /// Forks a cell and gives it its control socket. Returns its process id: it is a child of ours.
    pub(super) fn fork_cell(&mut self, control: BorrowedFd<'_>) -> Result<libc::pid_t, SandboxError> {
        self.ask(&[wire::CELL], &[control]).map(|pid| pid as libc::pid_t)
    }

    fn ask(&mut self, words: &[u64], fds: &[BorrowedFd<'_>]) -> Result<u64, SandboxError> {
        let asked = sys::send_packet(self.control.as_fd(), words, fds).and_then(|()| answer(self.control.as_fd()));
        asked.map_err(|error| match error {
            error @ SandboxError::Start { .. } => error,
            error => self.last_words(&error),
        })
    }

    /// What the interpreter said before it went.
    fn last_words(&mut self, error: &SandboxError) -> SandboxError {
        let mut text = Vec::new();
        if let Ok(messages) = self.messages.try_clone() {
            // What is not there now will not come.
            let _ = std::fs::File::from(messages).take(64 << 10).read_to_end(&mut text);
        }
        let text = String::from_utf8_lossy(&text);
        let last = text.trim().lines().last().unwrap_or_default();
        let detail = if last.is_empty() { super::in_full(error) } else { last.to_owned() };
        SandboxError::Zygote { detail }
    }
}

impl Drop for Zygote {
    fn drop(&mut self) {
        // It never runs code of others, so it needs no time to think.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Waits for the answer to an order.
pub(super) fn answer(control: BorrowedFd<'_>) -> Result<u64, SandboxError> {
    match sys::receive_packet(control, PATIENCE)? {
        Some([wire::DONE, result, ..]) => Ok(result),
        Some([wire::FAILED, step, errno, _]) => Err(failed_step(step, errno)),
        Some(_) => Err(SandboxError::Zygote { detail: "something that is not an answer".to_owned() }),
        None => Err(SandboxError::Zygote { detail: format!("no answer in {} s", PATIENCE.as_secs()) }),
    }
}

/// What became of a cell that was to be set up.
pub(super) struct SetUp {
    /// Its stub: a child of ours, to be reaped. Zero if it never came to one.
    pub(super) stub: libc::pid_t,
    /// The error number that kept it from a `/proc` of its own, or 0; or why the cell does not stand.
    pub(super) made: Result<i32, SandboxError>,
}

/// Waits until a cell stands.
pub(super) fn set_up(control: BorrowedFd<'_>) -> Result<SetUp, SandboxError> {
    match sys::receive_packet(control, PATIENCE)? {
        Some([wire::DONE, stub, without_proc, _]) => {
            Ok(SetUp { stub: stub as libc::pid_t, made: Ok(i32::try_from(without_proc).unwrap_or(libc::EPERM)) })
        }
        Some([wire::FAILED, step, errno, stub]) => {
            Ok(SetUp { stub: stub as libc::pid_t, made: Err(failed_step(step, errno)) })
        }
        _ => Err(SandboxError::Zygote { detail: "a cell does not say whether it stands".to_owned() }),
    }
}

/// A step that failed in a new process.
pub(super) fn failed_step(step: u64, errno: u64) -> SandboxError {
    let call = usize::try_from(step).ok().and_then(|step| wire::STEPS.get(step)).copied().unwrap_or("clone3");
    SandboxError::Start { call, source: io::Error::from_raw_os_error(i32::try_from(errno).unwrap_or(0)) }
}
