//! The few system calls of the harness that the standard library does not offer, each made safe.

#![expect(unsafe_code, reason = "system calls without a safe wrapper in the standard library")]

use crate::SandboxError;
use std::io;
use std::os::fd::{AsRawFd as _, BorrowedFd, FromRawFd as _, OwnedFd, RawFd};
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

/// The same descriptor at a number that no new process gives to another.
pub(super) fn raised(fd: OwnedFd) -> Result<OwnedFd, SandboxError> {
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

/// Whether a process exists, ours or not.
pub(super) fn exists(pid: libc::pid_t) -> bool {
    // SAFETY: without a signal the call only looks.
    pid > 0 && (unsafe { libc::kill(pid, 0) } == 0 || io::Error::last_os_error().raw_os_error() != Some(libc::ESRCH))
}

/// Makes sure that children of ours stay until we reap them: a parent of ours may have had SIGCHLD ignored.
pub(super) fn keep_children() {
    // SAFETY: reads and sets the effect of one signal; the structure is made of integers and a pointer.
    unsafe {
        let mut action: libc::sigaction = std::mem::zeroed();
        if libc::sigaction(libc::SIGCHLD, std::ptr::null(), &raw mut action) == 0
            && action.sa_sigaction == libc::SIG_IGN
        {
            libc::signal(libc::SIGCHLD, libc::SIG_DFL);
        }
    }
}

/// A descriptor that becomes readable when a child of ours ends.
pub(super) fn pidfd(pid: libc::pid_t) -> Result<OwnedFd, SandboxError> {
    let flags: libc::c_long = 0;
    // SAFETY: the call only takes numbers.
    let fd = unsafe { libc::syscall(libc::SYS_pidfd_open, libc::c_long::from(pid), flags) };
    owned(fd, "pidfd_open")
}

fn owned(fd: libc::c_long, call: &'static str) -> Result<OwnedFd, SandboxError> {
    if fd < 0 {
        return Err(failed(call));
    }
    // SAFETY: the kernel has just made it for us, and nobody else knows of it.
    raised(unsafe { OwnedFd::from_raw_fd(fd as libc::c_int) })
}

/// How a child ended: wait status, CPU time with the children that it waited for, and largest resident set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Ended {
    pub(super) status: i32,
    pub(super) cpu: Duration,
    pub(super) peak_bytes: u64,
}

/// Reaps a child of ours if it has ended.
pub(super) fn reap_ended(pid: libc::pid_t) -> Result<Option<Ended>, SandboxError> {
    // SAFETY: a structure of integers.
    let mut usage: libc::rusage = unsafe { std::mem::zeroed() };
    let mut status = 0;
    // SAFETY: both pointers are valid for writes.
    let reaped = unsafe { libc::wait4(pid, &raw mut status, libc::WNOHANG | libc::__WALL, &raw mut usage) };
    if reaped < 0 {
        return Err(failed("wait4"));
    }
    let time = |time: libc::timeval| {
        Duration::new(u64::try_from(time.tv_sec).unwrap_or(0), u32::try_from(time.tv_usec).unwrap_or(0) * 1000)
    };
    let ended = Ended {
        status,
        cpu: time(usage.ru_utime) + time(usage.ru_stime),
        peak_bytes: u64::try_from(usage.ru_maxrss).unwrap_or(0) << 10,
    };
    Ok((reaped == pid).then_some(ended))
}

/// A file in memory with these bytes, read from its start, that nobody can ever write to.
pub(super) fn sealed_file(bytes: &[u8]) -> Result<OwnedFd, SandboxError> {
    let file = memory_file(bytes)?;
    let seals = libc::F_SEAL_WRITE | libc::F_SEAL_GROW | libc::F_SEAL_SHRINK | libc::F_SEAL_SEAL;
    // SAFETY: the call only takes numbers.
    if unsafe { libc::fcntl(file.as_raw_fd(), libc::F_ADD_SEALS, seals) } < 0 {
        return Err(failed("fcntl"));
    }
    // Read-only, as a file that a shell hands over, and with a position of its own.
    let path = format!("/proc/self/fd/{}", file.as_raw_fd());
    let reader = std::fs::File::open(path).map_err(|source| SandboxError::System { call: "open", source })?;
    raised(reader.into())
}

/// Sets who may open a pipe anew by the name that it has in a table of descriptors.
pub(super) fn set_mode(pipe: BorrowedFd<'_>, mode: libc::mode_t) -> Result<(), SandboxError> {
    // SAFETY: the call only takes numbers.
    if unsafe { libc::fchmod(pipe.as_raw_fd(), mode) } < 0 { Err(failed("fchmod")) } else { Ok(()) }
}

/// A file in memory with these bytes, read from its start.
pub(super) fn memory_file(bytes: &[u8]) -> Result<OwnedFd, SandboxError> {
    // SAFETY: the name is NUL-terminated.
    let fd = unsafe { libc::memfd_create(c"mend".as_ptr(), libc::MFD_CLOEXEC | libc::MFD_ALLOW_SEALING) };
    let fd = owned(fd.into(), "memfd_create")?;
    let mut file = std::fs::File::from(fd);
    // No room, or a limit on the size of files: what a full disk is elsewhere.
    io::Write::write_all(&mut file, bytes)
        .map_err(|source| SandboxError::Scratch { path: "a file in memory".into(), source })?;
    Ok(file.into())
}

/// Two ends of a connection that carries packets.
pub(super) fn packet_sockets() -> Result<(OwnedFd, OwnedFd), SandboxError> {
    let mut fds = [-1; 2];
    // SAFETY: the pointer is valid for two descriptors.
    let made =
        unsafe { libc::socketpair(libc::AF_UNIX, libc::SOCK_SEQPACKET | libc::SOCK_CLOEXEC, 0, fds.as_mut_ptr()) };
    if made < 0 {
        return Err(failed("socketpair"));
    }
    let [a, b] = fds;
    // Both are owned before anything can fail.
    // SAFETY: the kernel has just made both for us.
    let (a, b) = unsafe { (OwnedFd::from_raw_fd(a), OwnedFd::from_raw_fd(b)) };
    Ok((raised(a)?, raised(b)?))
}

const MOST_FDS: usize = 6;

#[repr(C)]
struct Rights {
    header: libc::cmsghdr,
    fds: [RawFd; MOST_FDS],
}

/// Sends one packet of words, with descriptors.
pub(super) fn send_packet(socket: BorrowedFd<'_>, words: &[u64], fds: &[BorrowedFd<'_>]) -> Result<(), SandboxError> {
    let mut vector = libc::iovec { iov_base: words.as_ptr().cast_mut().cast(), iov_len: size_of_val(words) };
    // SAFETY: structures of integers and pointers.
    let (mut header, mut rights): (libc::msghdr, Rights) = unsafe { (std::mem::zeroed(), std::mem::zeroed()) };
    header.msg_iov = &raw mut vector;
    header.msg_iovlen = 1;
    let bytes = size_of::<libc::cmsghdr>() + 4 * fds.len();
    if !fds.is_empty() {
        rights.header.cmsg_level = libc::SOL_SOCKET;
        rights.header.cmsg_type = libc::SCM_RIGHTS;
        rights.header.cmsg_len = bytes as _;
        for (place, fd) in rights.fds.iter_mut().zip(fds) {
            *place = fd.as_raw_fd();
        }
        header.msg_control = (&raw mut rights).cast();
        header.msg_controllen = bytes as _;
    }
    loop {
        // SAFETY: the header points to live values of the sizes that it says.
        let sent = unsafe { libc::sendmsg(socket.as_raw_fd(), &raw const header, libc::MSG_NOSIGNAL) };
        if sent >= 0 {
            return Ok(());
        }
        let error = failed("sendmsg");
        if !matches!(&error, SandboxError::System { source, .. } if source.kind() == io::ErrorKind::Interrupted) {
            return Err(error);
        }
    }
}

/// The next packet of words, if one comes in time. Descriptors are not expected.
pub(super) fn receive_packet(socket: BorrowedFd<'_>, timeout: Duration) -> Result<Option<[u64; 4]>, SandboxError> {
    let start = super::now();
    loop {
        let left = timeout.saturating_sub(start.elapsed());
        let mut fds = [libc::pollfd { fd: socket.as_raw_fd(), events: libc::POLLIN, revents: 0 }];
        poll(&mut fds, left)?;
        if fds[0].revents == 0 {
            if left.is_zero() {
                return Ok(None);
            }
            continue;
        }
        let mut words = [0_u64; 4];
        // SAFETY: the pointer is valid for as many bytes.
        let received = unsafe {
            libc::recv(socket.as_raw_fd(), words.as_mut_ptr().cast(), size_of_val(&words), libc::MSG_DONTWAIT)
        };
        match received {
            0 => {
                let source = io::Error::new(io::ErrorKind::UnexpectedEof, "the other side is gone");
                return Err(SandboxError::System { call: "recv", source });
            }
            1.. => return Ok(Some(words)),
            _ => {
                let error = failed("recv");
                let SandboxError::System { source, .. } = &error else { return Err(error) };
                if !matches!(source.kind(), io::ErrorKind::Interrupted | io::ErrorKind::WouldBlock) {
                    return Err(error);
                }
            }
        }
    }
}

/// The group whose rights the harness has.
pub(super) fn group() -> u32 {
    // SAFETY: cannot fail and touches no memory.
    unsafe { libc::getegid() }
}
