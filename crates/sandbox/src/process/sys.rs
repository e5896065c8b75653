//! The few system calls of the harness that the standard library does not offer, each made safe.

#![expect(unsafe_code, reason = "system calls without a safe wrapper in the standard library")]

use crate::SandboxError;
use std::io;
use std::os::fd::{AsRawFd as _, BorrowedFd, FromRawFd as _, OwnedFd};
use std::time::Duration;

/// Descriptors of the harness that a new process inherits are at least this high, above every number
/// that the process gives to them, so that putting one in place never overwrites another.
const LOWEST: libc::c_int = 10;

/// A failed call, by name, with the thread's last error.
pub(super) fn failed(call: &'static str) -> SandboxError {
    SandboxError::System { call, source: io::Error::last_os_error() }
}

/// A pipe, closed on exec: what is read from, and what is written to.
pub(super) fn pipe() -> Result<(OwnedFd, OwnedFd), SandboxError> {
    let (reader, writer) = io::pipe().map_err(|source| SandboxError::System { call: "pipe2", source })?;
    Ok((raised(reader.into())?, raised(writer.into())?))
}

fn raised(fd: OwnedFd) -> Result<OwnedFd, SandboxError> {
    if fd.as_raw_fd() >= LOWEST {
        return Ok(fd);
    }
    // SAFETY: duplicates a descriptor that we own; no memory is involved.
    let copy = unsafe { libc::fcntl(fd.as_raw_fd(), libc::F_DUPFD_CLOEXEC, LOWEST) };
    if copy < 0 {
        return Err(failed("fcntl"));
    }
    // SAFETY: the kernel has just made `copy` for us, and nobody else knows of it.
    Ok(unsafe { OwnedFd::from_raw_fd(copy) })
}

/// Makes reads and writes return at once. Concerns this end of a pipe only.
pub(super) fn set_nonblocking(fd: BorrowedFd<'_>) -> Result<(), SandboxError> {
    // SAFETY: reads the flags of an open descriptor.
    let flags = unsafe { libc::fcntl(fd.as_raw_fd(), libc::F_GETFL) };
    // SAFETY: sets the flags of an open descriptor.
    if flags < 0 || unsafe { libc::fcntl(fd.as_raw_fd(), libc::F_SETFL, flags | libc::O_NONBLOCK) } < 0 {
        return Err(failed("fcntl"));
    }
    Ok(())
}

/// Waits for one of the descriptors, at most `timeout`, rounded up to milliseconds. A signal that the
/// harness handles ends the wait early.
pub(super) fn poll(fds: &mut [libc::pollfd], timeout: Duration) -> Result<(), SandboxError> {
    let millis = timeout.as_nanos().div_ceil(1_000_000).min(60_000) as libc::c_int;
    // SAFETY: the pointer and the length are those of one live, exclusively borrowed slice.
    let ready = unsafe { libc::poll(fds.as_mut_ptr(), fds.len() as libc::nfds_t, millis) };
    if ready >= 0 {
        return Ok(());
    }
    let error = failed("poll");
    for fd in fds {
        fd.revents = 0;
    }
    match &error {
        SandboxError::System { source, .. } if source.kind() == io::ErrorKind::Interrupted => Ok(()),
        _ => Err(error),
    }
}

/// CPU time of all threads of one process so far; `None` once it has been reaped.
pub(super) fn process_cpu(pid: libc::pid_t) -> Option<Duration> {
    // The kernel's encoding of "the scheduler's CPU clock of this process", see clock_getcpuclockid(3).
    let clock: libc::clockid_t = (!pid << 3) | 2;
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: `time` is valid for writes; an unknown clock is an error, not undefined.
    if unsafe { libc::clock_gettime(clock, &raw mut time) } != 0 {
        return None;
    }
    Some(Duration::new(u64::try_from(time.tv_sec).ok()?, u32::try_from(time.tv_nsec).ok()?))
}

/// Sends a signal to a child of ours that was not reaped yet.
pub(super) fn signal_child(pid: libc::pid_t, signal: libc::c_int) {
    if pid > 1 {
        // SAFETY: the call only takes numbers. The process is an unreaped child, so its id is not reused.
        unsafe { libc::kill(pid, signal) };
    }
}

/// Reaps a child of ours that is ending.
pub(super) fn reap_child(pid: libc::pid_t) {
    // SAFETY: a null status is allowed.
    while unsafe { libc::waitpid(pid, std::ptr::null_mut(), 0) } < 0
        && io::Error::last_os_error().kind() == io::ErrorKind::Interrupted
    {}
}

/// The user whose rights the harness has.
pub(super) fn user() -> u32 {
    // SAFETY: cannot fail and touches no memory.
    unsafe { libc::geteuid() }
}
