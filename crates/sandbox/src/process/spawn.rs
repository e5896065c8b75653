//! Starts a job under a supervisor: pipes, command line, environment, limits, and the fork.

#![expect(unsafe_code, reason = "forks")]

use super::supervisor::{self, Image};
use super::{sys, wire};
use crate::python::Python;
use crate::{Job, Limits, Profile, SandboxError};
use libc::{c_char, c_long, pid_t};
use std::ffi::{CString, OsStr, OsString};
use std::os::fd::{AsFd as _, AsRawFd as _, OwnedFd, RawFd};
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::path::Path;
use std::ptr;

/// The interpreter's program that starts a job's, in place of its own start-up.
pub(super) const START: &str = include_str!("../start.py");
/// What makes the world of a program whole, however it is started.
pub(super) const WORLD: &str = include_str!("../world.py");

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

/// The harness's ends of a job's streams. All are non-blocking.
#[derive(Debug)]
pub(super) struct Streams {
    /// The job's standard output.
    pub(super) stdout: OwnedFd,
    /// The job's standard error.
    pub(super) stderr: OwnedFd,
    /// Where a party reads requests, and where its answers come from.
    pub(super) channel: Option<(OwnedFd, OwnedFd)>,
}

/// What a new job is given.
#[derive(Debug)]
pub(super) struct Ends {
    /// Descriptors 0, 1, 2 and, for a party, 3 and 4.
    pub(super) guest: Vec<OwnedFd>,
    /// CPU seconds after which the kernel ends it by itself.
    pub(super) cpu_seconds: u64,
}

/// Who may open a job's output anew: anybody to write, since nobody but the job has a name for it. The harness alone reads.
const MODE_OF_OUTPUT: libc::mode_t = 0o222;

/// Who may open the channel of a party anew.
const MODE_OF_CHANNEL: libc::mode_t = 0;

/// Makes the streams of a job. Its input is a file, which it can seek, size and map.
pub(super) fn streams(job: &Job, form: Form) -> Result<(Streams, Ends), SandboxError> {
    let input = match form {
        Form::Program => job.stdin.as_slice(),
        Form::Party => &[],
    };
    let (stdout, guest_stdout) = sys::pipe()?;
    let (stderr, guest_stderr) = sys::pipe()?;
    for output in [&guest_stdout, &guest_stderr] {
        sys::set_mode(output.as_fd(), MODE_OF_OUTPUT)?;
    }
    let mut guest = vec![sys::sealed_file(input)?, guest_stdout, guest_stderr];
    let mut channel = None;
    if form == Form::Party {
        let (guest_requests, requests) = sys::pipe()?;
        let (answers, guest_answers) = sys::pipe()?;
        for end in [&guest_requests, &guest_answers] {
            sys::set_mode(end.as_fd(), MODE_OF_CHANNEL)?;
        }
        guest.extend([guest_requests, guest_answers]);
        channel = Some((requests, answers));
    }
    for fd in [&stdout, &stderr].into_iter().chain(channel.iter().flat_map(|(a, b)| [a, b])) {
        sys::set_nonblocking(fd.as_fd())?;
    }
    // The poll loop ends a job at its CPU limit; the kernel's own limit is for a harness that cannot.
    let cpu_seconds = match form {
        Form::Program => job.limits.cpu.as_secs().saturating_add(2),
        Form::Party => PARTY_CPU_SECONDS,
    };
    Ok((Streams { stdout, stderr, channel }, Ends { guest, cpu_seconds }))
}

/// Nobody's home: what a program leaves in a home would be found by the next one, if it could write there.
pub(super) const NO_HOME: &str = "/nonexistent";

/// Read by the C library when the interpreter starts; programs do not see it. Without it each thread would set aside
/// address space for memory of its own, and few threads would fit into the limit.
const ONE_ARENA: (&str, &str) = ("MALLOC_ARENA_MAX", "1");

/// The whole environment of a job, in the order of its names. Without a seed: of the process that forks jobs.
pub(super) fn environment(profile: &Profile, directory: &OsStr, seed: Option<u64>) -> Vec<(String, OsString)> {
    let own = profile.environment.iter().map(|(name, value)| (name.clone(), value.into()));
    let mut environment: Vec<(String, OsString)> = own.collect();
    environment.push(("HOME".to_owned(), NO_HOME.into()));
    environment.push((ONE_ARENA.0.to_owned(), ONE_ARENA.1.into()));
    environment.push(("TMPDIR".to_owned(), directory.to_owned()));
    if let Some(seed) = seed {
        environment.push(("MEND_SEED".to_owned(), seed.to_string().into()));
    }
    environment.sort();
    environment
}

/// A job that runs under a supervisor, and how to end it.
#[derive(Debug)]
pub(super) struct Spawned {
    /// A child of the harness, to be reaped.
    pub(super) supervisor: pid_t,
    /// Closing it ends the job.
    pub(super) control: OwnedFd,
    /// Reports of the supervisor. Non-blocking.
    pub(super) report: OwnedFd,
}

/// What confines a job that shares the machine's namespaces.
#[derive(Debug)]
pub(super) struct Rules {
    /// A Landlock ruleset.
    pub(super) ruleset: OwnedFd,
    /// The system-call filter, as the kernel reads it.
    pub(super) filter: Vec<u8>,
}

/// Starts a job in its directory, under a supervisor. `other_tasks` is what the user may have running beside it.
pub(super) fn spawn(
    python: &Python,
    profile: &Profile,
    directory: &Path,
    job: &Job,
    ends: &Ends,
    rules: Option<&Rules>,
    other_tasks: u64,
) -> Result<Spawned, SandboxError> {
    let executable = c_string(python.executable.as_os_str())?;
    let mut argv = vec![executable.clone()];
    let stack = job.limits.stack_bytes.to_string();
    for argument in
        profile.arguments.iter().map(String::as_str).chain(["-c", START, WORLD, super::scratch::PROGRAM, &stack])
    {
        argv.push(c_string(argument.as_ref())?);
    }
    for folder in &python.packages {
        argv.push(c_string(folder.as_os_str())?);
    }
    let mut envp = Vec::new();
    for (name, value) in environment(profile, directory.as_os_str(), Some(job.seed)) {
        let mut entry = OsString::from(name);
        entry.push("=");
        entry.push(value);
        envp.push(c_string(&entry)?);
    }
    let directory = c_string(directory.as_os_str())?;
    let limits = resource_limits(&job.limits, ends.cpu_seconds, other_tasks);
    let (argv_pointers, envp_pointers) = (pointers(&argv), pointers(&envp));
    let filter = rules.map(|rules| libc::sock_fprog {
        len: (rules.filter.len() / size_of::<libc::sock_filter>()) as u16,
        filter: rules.filter.as_ptr().cast_mut().cast(),
    });
    let image = Image {
        executable: executable.as_ptr(),
        argv: argv_pointers.as_ptr(),
        envp: envp_pointers.as_ptr(),
        directory: directory.as_ptr(),
        limits: &limits,
        filter: filter.as_ref(),
    };

    let (control_in, control) = sys::pipe()?;
    let (report, report_in) = sys::pipe()?;
    sys::set_nonblocking(report.as_fd())?;
    let guest: Vec<RawFd> = ends.guest.iter().map(OwnedFd::as_raw_fd).collect();
    let mut kept = guest.clone();
    kept.extend([control_in.as_raw_fd(), report_in.as_raw_fd()]);
    let ruleset = rules.map_or(-1, |rules| rules.ruleset.as_raw_fd());
    kept.extend(Some(ruleset).filter(|fd| *fd >= 0));
    kept.sort_unstable();
    let ends = supervisor::Ends {
        control: control_in.as_raw_fd(),
        report: report_in.as_raw_fd(),
        ruleset,
        guest: &guest,
        kept: &kept,
    };
    let supervisor = fork_supervisor(&image, &ends)?;
    Ok(Spawned { supervisor, control, report })
}

fn fork_supervisor(image: &Image<'_>, ends: &supervisor::Ends<'_>) -> Result<pid_t, SandboxError> {
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

/// Stack of an interpreter that starts, in bytes: as in most shells.
pub(super) const STACK_AT_START: u64 = 8 << 20;

/// Resource, soft limit, hard limit.
fn resource_limits(limits: &Limits, cpu: u64, other_tasks: u64) -> [(c_long, u64, u64); 7] {
    // The kernel counts all tasks of the user, not those of the job.
    let tasks = limits.processes.saturating_add(other_tasks);
    let memory = limits.memory_bytes;
    [
        (c_long::from(libc::RLIMIT_CPU), cpu, cpu.saturating_add(1)),
        (c_long::from(libc::RLIMIT_AS), memory, memory.saturating_add(wire::STACKS)),
        (c_long::from(libc::RLIMIT_FSIZE), limits.file_bytes, limits.file_bytes),
        (c_long::from(libc::RLIMIT_NOFILE), limits.open_files, limits.open_files),
        (c_long::from(libc::RLIMIT_NPROC), tasks, tasks),
        // The C library gives each thread as much as the main thread has when the interpreter starts; the interpreter's
        // first lines then raise it for the main thread alone.
        (c_long::from(libc::RLIMIT_STACK), limits.stack_bytes.min(STACK_AT_START), libc::RLIM_INFINITY),
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
