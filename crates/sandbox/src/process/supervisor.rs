//! What runs between the harness and the job: a small process of our own per job.
//!
//! The supervisor is a fork of the harness that never execs. It starts the job, waits for it, reports how it
//! ended, and in every case ends by killing and reaping every process that the job left, also those that
//! moved to a session of their own: as the job's subreaper it inherits them all. It does the same as
//! soon as the control pipe closes, which the kernel does for us if the harness is killed.
//!
//! The harness has many threads, and a fork of such a process may only make async-signal-safe calls. So
//! nothing here allocates, locks, panics or unwinds; all that is needed was made before the fork.

#![expect(unsafe_code, reason = "runs after a raw fork, with system calls only")]

use libc::{c_char, c_int, c_long, pid_t};
use std::os::fd::RawFd;
use std::ptr;

/// Descriptor on which a child reports that it could not become the job. Closed by a successful exec.
const CHILD_REPORT: RawFd = 5;

/// The job's command line, environment, directory and limits, ready for the kernel.
pub(super) struct Image<'a> {
    /// NUL-terminated path of the interpreter.
    pub(super) executable: *const c_char,
    /// Its arguments, ended by a null pointer.
    pub(super) argv: *const *const c_char,
    /// Its environment, ended by a null pointer.
    pub(super) envp: *const *const c_char,
    /// NUL-terminated path of the scratch directory.
    pub(super) directory: *const c_char,
    /// Resource limits: soft, hard.
    pub(super) limits: &'a [(c_long, u64, u64)],
    /// System-call filter; `None` without.
    pub(super) filter: Option<&'a libc::sock_fprog>,
}

/// The descriptors that the supervisor uses or hands on. All are at least 10.
pub(super) struct Ends<'a> {
    /// Ends of file once the harness wants the job to end, or is gone.
    pub(super) control: RawFd,
    /// Takes [`Report`]s.
    pub(super) report: RawFd,
    /// A Landlock ruleset; -1 without.
    pub(super) ruleset: RawFd,
    /// The job's descriptors 0, 1, 2 and, for a party, 3 and 4.
    pub(super) guest: &'a [RawFd],
    /// All of the above in ascending order.
    pub(super) kept: &'a [RawFd],
}

/// What the supervisor tells the harness.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Report {
    /// The job's main process exists.
    Started { pid: pid_t },
    /// It could not become the job.
    Failed { step: Step, errno: c_int },
    /// The main process ended: wait status, CPU microseconds with children that it waited for, and its
    /// largest resident set in KiB, 0 if unknown.
    Ended { status: c_int, cpu_us: i64, peak_kib: i64 },
    /// No process of the job is left: CPU microseconds of all that were reaped.
    Swept { cpu_us: i64 },
}

/// Bytes of a report: below PIPE_BUF, so that each is written whole.
pub(super) const REPORT_BYTES: usize = 32;

impl Report {
    fn to_words(self) -> [i64; 4] {
        match self {
            Self::Started { pid } => [1, i64::from(pid), 0, 0],
            Self::Failed { step, errno } => [2, step as i64, i64::from(errno), 0],
            Self::Ended { status, cpu_us, peak_kib } => [3, i64::from(status), cpu_us, peak_kib],
            Self::Swept { cpu_us } => [4, cpu_us, 0, 0],
        }
    }

    /// The report in these bytes; `None` if they hold none.
    pub(super) fn from_bytes(bytes: &[u8; REPORT_BYTES]) -> Option<Self> {
        let (words, _) = bytes.as_chunks::<8>();
        let &[tag, a, b, c] = words else { return None };
        let [tag, a, b, c] = [tag, a, b, c].map(i64::from_ne_bytes);
        Some(match tag {
            1 => Self::Started { pid: pid_t::try_from(a).ok()? },
            2 => Self::Failed { step: Step::from_word(a)?, errno: c_int::try_from(b).ok()? },
            3 => Self::Ended { status: c_int::try_from(a).ok()?, cpu_us: b, peak_kib: c },
            4 => Self::Swept { cpu_us: a },
            _ => return None,
        })
    }
}

/// A call on the way from the fork to the job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    Signalfd,
    Fork,
    Setsid,
    Prctl,
    Dup,
    Chdir,
    Limit,
    Capabilities,
    Landlock,
    Filter,
    Exec,
}

impl Step {
    const ALL: [Self; 11] = [
        Self::Signalfd,
        Self::Fork,
        Self::Setsid,
        Self::Prctl,
        Self::Dup,
        Self::Chdir,
        Self::Limit,
        Self::Capabilities,
        Self::Landlock,
        Self::Filter,
        Self::Exec,
    ];

    fn from_word(word: i64) -> Option<Self> {
        Self::ALL.into_iter().find(|&step| step as i64 == word)
    }

    /// Name of the system call.
    pub(super) fn call(self) -> &'static str {
        match self {
            Self::Signalfd => "signalfd",
            Self::Fork => "fork",
            Self::Setsid => "setsid",
            Self::Prctl => "prctl",
            Self::Dup => "dup3",
            Self::Chdir => "chdir",
            Self::Limit => "prlimit",
            Self::Capabilities => "capset",
            Self::Landlock => "landlock_restrict_self",
            Self::Filter => "seccomp",
            Self::Exec => "execve",
        }
    }
}

/// Forks the calling thread. Returns 0 in the new process, or a negative number on failure.
///
/// A raw clone rather than fork(3), so that no fork handler of any library runs and no allocator lock is
/// taken. It copies the page tables of the harness: cheap while the harness is small. If that ever
/// shows, the remedy is a pre-started process that forks jobs, not vfork, which would suspend the harness's
/// thread until the exec.
///
/// # Safety
/// The new process may make async-signal-safe calls only, and must not return from the caller's function.
pub(super) unsafe fn fork() -> pid_t {
    let none: c_long = 0;
    // SAFETY: without CLONE_VM the new process gets a copy of the whole address space, this stack included.
    unsafe { libc::syscall(libc::SYS_clone, c_long::from(libc::SIGCHLD), none, none, none, none) as pid_t }
}

/// The life of the supervisor.
///
/// # Safety
/// Call it only in a process just made by [`fork`], with all signals blocked. The pointers in `image` must be
/// valid and end as they say; the descriptors in `ends` must be open.
pub(super) unsafe fn supervise(image: &Image<'_>, ends: &Ends<'_>) -> ! {
    // SAFETY: system calls on numbers, and on local values that outlive them. The caller vouches for `image`.
    unsafe {
        // Out of the terminal's reach: Ctrl-C is for the harness, which then closes the control pipe.
        libc::setsid();
        libc::prctl(libc::PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
        // This process has a copy of the harness's memory, keys included. Nobody without privileges may look.
        libc::prctl(libc::PR_SET_DUMPABLE, 0, 0, 0, 0);
        libc::prctl(libc::PR_SET_NAME, c"mend-supervisor".as_ptr(), 0, 0, 0);
        // If the harness ignores SIGCHLD, so would we, and there would be nothing to wait for.
        set_default(libc::SIGCHLD);
        close_all_but(ends.kept);

        let mut children = empty_signals();
        libc::sigaddset(&raw mut children, libc::SIGCHLD);
        let signals = libc::signalfd(-1, &raw const children, libc::SFD_CLOEXEC | libc::SFD_NONBLOCK);
        if signals < 0 {
            fail(ends.report, Step::Signalfd);
        }
        let supervisor = libc::getpid();
        let main = fork();
        if main == 0 {
            become_job(image, ends, supervisor);
        }
        if main < 0 {
            fail(ends.report, Step::Fork);
        }
        report(ends.report, Report::Started { pid: main });
        for &fd in ends.guest {
            libc::close(fd);
        }
        watch(main, ends, signals);
        sweep(main, ends.report, signals);
        report(ends.report, Report::Swept { cpu_us: used(libc::RUSAGE_CHILDREN).0 });
        libc::_exit(0)
    }
}

/// Turns a fresh fork into the job.
///
/// # Safety
/// As for [`supervise`], in a fork of it.
unsafe fn become_job(image: &Image<'_>, ends: &Ends<'_>, supervisor: pid_t) -> ! {
    // SAFETY: system calls on numbers and on pointers that the caller vouches for.
    unsafe {
        // The report must survive until the exec, at a number that the job's own do not take.
        if libc::dup3(ends.report, CHILD_REPORT, libc::O_CLOEXEC) < 0 {
            fail(ends.report, Step::Dup);
        }
        if libc::setsid() < 0 {
            fail(CHILD_REPORT, Step::Setsid);
        }
        // If the supervisor is killed, which a job at this level can do, at least the main process goes too.
        // No new privileges: otherwise a set-uid program could become something that we cannot kill.
        if libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL, 0, 0, 0) < 0
            || libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0
        {
            fail(CHILD_REPORT, Step::Prctl);
        }
        if libc::getppid() != supervisor {
            libc::_exit(127);
        }
        if ends.ruleset >= 0 {
            confine(ends.ruleset);
        }
        let mut number: RawFd = 0;
        for &fd in ends.guest {
            if libc::dup2(fd, number) < 0 {
                fail(CHILD_REPORT, Step::Dup);
            }
            number = number.wrapping_add(1);
        }
        close_range(number, CHILD_REPORT.wrapping_sub(1));
        close_range(CHILD_REPORT.wrapping_add(1), RawFd::MAX);
        if libc::chdir(image.directory) < 0 {
            fail(CHILD_REPORT, Step::Chdir);
        }
        libc::umask(0o022);
        for &(resource, soft, hard) in image.limits {
            if !set_limit(resource, soft, hard) {
                fail(CHILD_REPORT, Step::Limit);
            }
        }
        default_signals();
        if let Some(filter) = image.filter {
            let (mode, flags): (c_long, c_long) = (1, 0);
            if libc::syscall(libc::SYS_seccomp, mode, flags, ptr::from_ref(filter)) < 0 {
                fail(CHILD_REPORT, Step::Filter);
            }
        }
        libc::execve(image.executable, image.argv, image.envp);
        fail(CHILD_REPORT, Step::Exec)
    }
}

/// Gives up all capabilities, which an exec does not give back to a process without new privileges, and takes up
/// the file rules.
fn confine(ruleset: RawFd) {
    // The header names version 3 and this process; all sets are empty.
    let (header, none) = ([0x2008_0522_u32, 0], [0_u32; 6]);
    // SAFETY: both pointers are valid for what the call reads.
    if unsafe { libc::syscall(libc::SYS_capset, header.as_ptr(), none.as_ptr()) } < 0 {
        fail(CHILD_REPORT, Step::Capabilities);
    }
    super::landlock::add_own(ruleset);
    let flags: c_long = 0;
    // SAFETY: the call only takes numbers.
    if unsafe { libc::syscall(libc::SYS_landlock_restrict_self, c_long::from(ruleset), flags) } < 0 {
        fail(CHILD_REPORT, Step::Landlock);
    }
}

/// Waits until the main process has ended and is reported, or the harness wants the job to end.
fn watch(main: pid_t, ends: &Ends<'_>, signals: RawFd) {
    loop {
        let wait = |fd| libc::pollfd { fd, events: libc::POLLIN, revents: 0 };
        let mut fds = [wait(ends.control), wait(signals)];
        // SAFETY: the pointer and the count are those of a live array.
        unsafe { libc::poll(fds.as_mut_ptr(), 2, -1) };
        let [control, _] = fds;
        if control.revents != 0 {
            return;
        }
        clear(signals);
        if let Reaped::Main = reap(main, ends.report) {
            return;
        }
    }
}

/// Kills and reaps until no child is left. Children of those killed become ours, and are next.
fn sweep(main: pid_t, report_fd: RawFd, signals: RawFd) {
    loop {
        kill_children();
        match reap(main, report_fd) {
            Reaped::NoneLeft => return,
            Reaped::Main | Reaped::Others => {}
            Reaped::Nothing => {
                let mut fds = [libc::pollfd { fd: signals, events: libc::POLLIN, revents: 0 }];
                // SAFETY: the pointer and the count are those of a live array.
                unsafe { libc::poll(fds.as_mut_ptr(), 1, 5) };
                clear(signals);
            }
        }
    }
}

enum Reaped {
    /// The main process, and maybe others.
    Main,
    /// Others only.
    Others,
    /// Nothing has ended.
    Nothing,
    /// There is nothing to wait for.
    NoneLeft,
}

/// Reaps all children that have ended, and reports the main process if it is among them.
fn reap(main: pid_t, report_fd: RawFd) -> Reaped {
    let mut reaped = Reaped::Nothing;
    loop {
        let mut status: c_int = 0;
        let mut usage = no_usage();
        // SAFETY: both pointers are valid for writes.
        let pid = unsafe { libc::wait4(-1, &raw mut status, libc::WNOHANG | libc::__WALL, &raw mut usage) };
        if pid == main {
            let (cpu_us, peak_kib) = (cpu_us(&usage), usage.ru_maxrss);
            // Until its exec the main process was a fork of us, and the kernel counts those pages as its own.
            let own = used(libc::RUSAGE_SELF).1.saturating_add(1024);
            let peak_kib = if peak_kib > own { peak_kib } else { 0 };
            report(report_fd, Report::Ended { status, cpu_us, peak_kib });
            reaped = Reaped::Main;
        } else if pid > 0 {
            if let Reaped::Nothing = reaped {
                reaped = Reaped::Others;
            }
        } else if pid < 0 {
            return if let Reaped::Nothing = reaped { Reaped::NoneLeft } else { reaped };
        } else {
            return reaped;
        }
    }
}

/// Kills every process that is a child of ours right now. None of them can be another's: a child keeps its
/// id until we reap it.
fn kill_children() {
    // SAFETY: the path is NUL-terminated.
    let list = unsafe { libc::open(c"/proc/thread-self/children".as_ptr(), libc::O_RDONLY | libc::O_CLOEXEC) };
    let mut pid: pid_t = 0;
    let mut text = [0_u8; 4096];
    loop {
        // SAFETY: the buffer is valid for that many bytes. A failed open makes the read fail.
        let n = unsafe { libc::read(list, text.as_mut_ptr().cast(), text.len()) };
        let Some(read) = usize::try_from(n).ok().filter(|&n| n > 0).and_then(|n| text.get(..n)) else { break };
        for &byte in read {
            if byte.is_ascii_digit() {
                pid = pid.wrapping_mul(10).wrapping_add(pid_t::from(byte.wrapping_sub(b'0')));
            } else {
                if pid > 1 {
                    // SAFETY: the call only takes numbers.
                    unsafe { libc::kill(pid, libc::SIGKILL) };
                }
                pid = 0;
            }
        }
    }
    // SAFETY: closes what was opened above; a failed open makes this fail without effect.
    unsafe { libc::close(list) };
}

/// Empties the descriptor that says that children ended.
fn clear(signals: RawFd) {
    let mut buffer = [0_u8; 1024];
    // SAFETY: the buffer is valid for that many bytes; the descriptor does not block.
    while unsafe { libc::read(signals, buffer.as_mut_ptr().cast(), buffer.len()) } > 0 {}
}

/// CPU microseconds and largest resident set in KiB.
fn used(who: c_int) -> (i64, i64) {
    let mut usage = no_usage();
    // SAFETY: the pointer is valid for writes.
    unsafe { libc::getrusage(who, &raw mut usage) };
    (cpu_us(&usage), usage.ru_maxrss)
}

fn no_usage() -> libc::rusage {
    // SAFETY: a structure of integers, for which zeros are valid.
    unsafe { std::mem::zeroed() }
}

fn cpu_us(usage: &libc::rusage) -> i64 {
    let micros = |time: libc::timeval| time.tv_sec.wrapping_mul(1_000_000).wrapping_add(time.tv_usec);
    micros(usage.ru_utime).wrapping_add(micros(usage.ru_stime))
}

fn report(fd: RawFd, report: Report) {
    let words = report.to_words();
    // SAFETY: the pointer and the length are those of a live array. The pipe has room for all reports of a job,
    // and without a reader there is nobody to tell.
    unsafe { libc::write(fd, words.as_ptr().cast(), REPORT_BYTES) };
}

/// Reports the last error and ends this process.
fn fail(report_fd: RawFd, step: Step) -> ! {
    // SAFETY: errno is a valid thread-local.
    let errno = unsafe { *libc::__errno_location() };
    report(report_fd, Report::Failed { step, errno });
    // SAFETY: ends this process without running anything.
    unsafe { libc::_exit(127) }
}

/// Sets a limit, or the highest that we may set. Returns false on failure.
fn set_limit(resource: c_long, soft: u64, hard: u64) -> bool {
    let pid: c_long = 0;
    let mut old = libc::rlimit64 { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: one null pointer, one valid for writes.
    if unsafe { libc::syscall(libc::SYS_prlimit64, pid, resource, ptr::null::<libc::rlimit64>(), &raw mut old) } < 0 {
        return false;
    }
    let new = libc::rlimit64 { rlim_cur: soft.min(old.rlim_max), rlim_max: hard.min(old.rlim_max) };
    // SAFETY: one pointer valid for reads, one null.
    unsafe { libc::syscall(libc::SYS_prlimit64, pid, resource, &raw const new, ptr::null_mut::<libc::rlimit64>()) == 0 }
}

/// Gives every signal its default effect, and blocks no signal any more: whoever started the harness may have had some
/// ignored or blocked.
pub(super) fn default_signals() {
    for signal in 1..=64 {
        set_default(signal);
    }
    let none = empty_signals();
    // SAFETY: one pointer valid for reads, one null.
    unsafe { libc::sigprocmask(libc::SIG_SETMASK, &raw const none, ptr::null_mut()) };
}

/// Gives a signal its default effect. Not with sigaction(3), which refuses the C library's own signals, 32 and
/// 33: a parent of the harness may have had them ignored.
fn set_default(signal: c_int) {
    // The kernel's own structure is four words at most, and all zeros mean the default.
    let action = [0_u64; 4];
    let mask_bytes: c_long = 8;
    // SAFETY: one pointer valid for reads, one null. Signals that cannot be set are refused without effect.
    unsafe {
        libc::syscall(
            libc::SYS_rt_sigaction,
            c_long::from(signal),
            action.as_ptr(),
            ptr::null_mut::<u64>(),
            mask_bytes,
        );
    };
}

fn empty_signals() -> libc::sigset_t {
    // SAFETY: a structure of integers.
    let mut set: libc::sigset_t = unsafe { std::mem::zeroed() };
    // SAFETY: the pointer is valid for writes.
    unsafe { libc::sigemptyset(&raw mut set) };
    set
}

/// Closes every descriptor that is not in `kept`, which is in ascending order.
fn close_all_but(kept: &[RawFd]) {
    let mut first: RawFd = 0;
    for &fd in kept {
        close_range(first, fd.wrapping_sub(1));
        first = fd.wrapping_add(1);
    }
    close_range(first, RawFd::MAX);
}

/// Closes the descriptors from `first` to `last`, if there are any in between.
fn close_range(first: RawFd, last: RawFd) {
    if first > last {
        return;
    }
    let flags: c_long = 0;
    // SAFETY: the call only takes numbers; nothing in this process relies on the closed descriptors.
    if unsafe { libc::syscall(libc::SYS_close_range, c_long::from(first), c_long::from(last), flags) } == 0 {
        return;
    }
    // Linux before 5.9.
    for fd in first..=last.min(65_535) {
        // SAFETY: as above.
        unsafe { libc::close(fd) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_survives_its_bytes() {
        let mut reports = vec![
            Report::Started { pid: 4711 },
            Report::Ended { status: 0x0f00, cpu_us: 12_345_678, peak_kib: 9_000 },
            Report::Swept { cpu_us: i64::MAX },
        ];
        reports.extend(Step::ALL.map(|step| Report::Failed { step, errno: libc::EACCES }));
        for report in reports {
            let mut bytes = [0; REPORT_BYTES];
            for (chunk, word) in bytes.chunks_exact_mut(8).zip(report.to_words()) {
                chunk.copy_from_slice(&word.to_ne_bytes());
            }
            assert_eq!(Report::from_bytes(&bytes), Some(report));
        }
        assert_eq!(Report::from_bytes(&[0; REPORT_BYTES]), None);
    }
}
