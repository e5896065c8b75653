//! Starts a job: pipes, command line, environment, limits, and the fork of its supervisor.

#![expect(unsafe_code, reason = "forks")]

use super::supervisor::{self, Ends, Image};
use super::sys;
use crate::python::Python;
use crate::{Job, Limits, SandboxError};
use libc::{c_char, c_long, pid_t};
use std::ffi::{CString, OsStr, OsString};
use std::os::fd::{AsFd as _, AsRawFd as _, OwnedFd, RawFd};
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::path::Path;
use std::ptr;

/// Arguments of the interpreter: no user packages, no start-up files of installed ones, no scratch directory on
/// the module path, no bytecode files. Not `-I`, which would ignore `PYTHONHASHSEED`. The program's path and the
/// folders of installed packages follow.
pub(super) const ARGUMENTS: [&str; 6] = ["-s", "-S", "-P", "-B", "-c", include_str!("../start.py")];

/// CPU seconds after which the kernel ends a party that spends them between asks.
const PARTY_CPU_SECONDS: u64 = 3600;

/// How a job is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// Standard streams only.
    Program,
    /// Frames on descriptors 3 and 4, too.
    Party,
}

/// The harness's ends of a job that was started. All are non-blocking but `control`.
#[derive(Debug)]
pub(super) struct Spawned {
    /// A child of the harness, to be reaped.
    pub(super) supervisor: pid_t,
    /// Closing it ends the job.
    pub(super) control: OwnedFd,
    /// Reports of the supervisor.
    pub(super) report: OwnedFd,
    /// The job's standard input.
    pub(super) stdin: OwnedFd,
    /// The job's standard output.
    pub(super) stdout: OwnedFd,
    /// The job's standard error.
    pub(super) stderr: OwnedFd,
    /// Where a party reads requests, and where its answers come from.
    pub(super) channel: Option<(OwnedFd, OwnedFd)>,
}

/// The whole environment of a job.
pub(super) fn environment(directory: &OsStr, seed: &str) -> [(&'static str, OsString); 8] {
    [
        ("PATH", "/usr/bin:/bin".into()),
        ("HOME", directory.to_owned()),
        ("TMPDIR", directory.to_owned()),
        ("PYTHONHASHSEED", "0".into()),
        ("PYTHONUTF8", "1".into()),
        ("LC_ALL", "C.UTF-8".into()),
        ("OMP_NUM_THREADS", "1".into()),
        ("MEND_SEED", seed.into()),
    ]
}

/// Starts a job in its directory. `other_tasks` is what the user may have running beside it.
pub(super) fn spawn(
    python: &Python,
    directory: &Path,
    job: &Job,
    form: Form,
    other_tasks: u64,
) -> Result<Spawned, SandboxError> {
    let executable = c_string(python.executable.as_os_str())?;
    let mut argv = vec![executable.clone()];
    for argument in ARGUMENTS {
        argv.push(c_string(argument.as_ref())?);
    }
    argv.push(c_string(super::scratch::PROGRAM.as_ref())?);
    for folder in &python.packages {
        argv.push(c_string(folder.as_os_str())?);
    }
    let mut envp = Vec::new();
    for (name, value) in environment(directory.as_os_str(), &job.seed.to_string()) {
        let mut entry = OsString::from(name);
        entry.push("=");
        entry.push(value);
        envp.push(c_string(&entry)?);
    }
    let directory = c_string(directory.as_os_str())?;
    let limits = resource_limits(&job.limits, form, other_tasks);
    let (argv_pointers, envp_pointers) = (pointers(&argv), pointers(&envp));
    let image = Image {
        executable: executable.as_ptr(),
        argv: argv_pointers.as_ptr(),
        envp: envp_pointers.as_ptr(),
        directory: directory.as_ptr(),
        limits: &limits,
    };

    let (control_in, control) = sys::pipe()?;
    let (report, report_in) = sys::pipe()?;
    let (guest_stdin, stdin) = sys::pipe()?;
    let (stdout, guest_stdout) = sys::pipe()?;
    let (stderr, guest_stderr) = sys::pipe()?;
    let mut guest_ends = vec![guest_stdin, guest_stdout, guest_stderr];
    let mut channel = None;
    if form == Form::Party {
        let (guest_requests, requests) = sys::pipe()?;
        let (answers, guest_answers) = sys::pipe()?;
        guest_ends.extend([guest_requests, guest_answers]);
        channel = Some((requests, answers));
    }
    for fd in [&report, &stdin, &stdout, &stderr].into_iter().chain(channel.iter().flat_map(|(a, b)| [a, b])) {
        sys::set_nonblocking(fd.as_fd())?;
    }

    let guest: Vec<RawFd> = guest_ends.iter().map(OwnedFd::as_raw_fd).collect();
    let mut kept = guest.clone();
    kept.extend([control_in.as_raw_fd(), report_in.as_raw_fd()]);
    kept.sort_unstable();
    let ends = Ends { control: control_in.as_raw_fd(), report: report_in.as_raw_fd(), guest: &guest, kept: &kept };
    let supervisor = fork_supervisor(&image, &ends)?;
    Ok(Spawned { supervisor, control, report, stdin, stdout, stderr, channel })
}

fn fork_supervisor(image: &Image<'_>, ends: &Ends<'_>) -> Result<pid_t, SandboxError> {
    // With all signals blocked no handler of the harness can run in the new process, where they stay blocked.
    // SAFETY: `all` and `before` are valid for reads and writes; the structure is made of integers.
    let before = unsafe {
        let mut all: libc::sigset_t = std::mem::zeroed();
        let mut before: libc::sigset_t = std::mem::zeroed();
        libc::sigfillset(&raw mut all);
        libc::pthread_sigmask(libc::SIG_SETMASK, &raw const all, &raw mut before);
        before
    };
    // SAFETY: the new process goes straight into `supervise`, which makes async-signal-safe calls only.
    let pid = unsafe { supervisor::fork() };
    if pid == 0 {
        // SAFETY: this is the new process, signals are blocked, and `spawn` keeps everything that `image` and `ends`
        // point to alive.
        unsafe { supervisor::supervise(image, ends) }
    }
    let result = if pid < 0 { Err(sys::failed("fork")) } else { Ok(pid) };
    // SAFETY: restores the mask that was read above.
    unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, &raw const before, ptr::null_mut()) };
    result
}

/// Resource, soft limit, hard limit.
fn resource_limits(limits: &Limits, form: Form, other_tasks: u64) -> [(c_long, u64, u64); 7] {
    // The poll loop ends a job at its CPU limit; the kernel's own limit is for a harness that cannot.
    let cpu = match form {
        Form::Program => limits.cpu.as_secs().saturating_add(2),
        Form::Party => PARTY_CPU_SECONDS,
    };
    // The kernel counts all tasks of the user, not those of the job.
    let tasks = limits.processes.saturating_add(other_tasks);
    [
        (c_long::from(libc::RLIMIT_CPU), cpu, cpu.saturating_add(1)),
        (c_long::from(libc::RLIMIT_AS), limits.memory_bytes, limits.memory_bytes),
        (c_long::from(libc::RLIMIT_FSIZE), limits.file_bytes, limits.file_bytes),
        (c_long::from(libc::RLIMIT_NOFILE), limits.open_files, limits.open_files),
        (c_long::from(libc::RLIMIT_NPROC), tasks, tasks),
        (c_long::from(libc::RLIMIT_STACK), limits.stack_bytes, limits.stack_bytes),
        (c_long::from(libc::RLIMIT_CORE), 0, 0),
    ]
}

fn c_string(text: &OsStr) -> Result<CString, SandboxError> {
    CString::new(text.to_owned().into_vec())
        .map_err(|_| SandboxError::Nul { what: String::from_utf8_lossy(text.as_bytes()).into_owned() })
}

/// Pointers to the strings, ended by a null pointer.
fn pointers(strings: &[CString]) -> Vec<*const c_char> {
    strings.iter().map(|string| string.as_ptr()).chain([ptr::null()]).collect()
}
