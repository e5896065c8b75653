//! The system-call filter: an allow-list, compiled into the kernel's own language.
//!
//! The list is a decision tree rather than a chain. When a process takes up a filter the kernel runs it once for
//! every call there is, to remember those that are always allowed: with a chain that alone takes longer than all
//! else that confines a process.

use libc::c_long;

/// What becomes of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Action {
    Allow,
    /// It fails with this error number.
    Refuse(i32),
    /// It is allowed by what the low halves of some arguments say.
    Check(&'static [Argument]),
}

/// A condition on the low 32 bits of an argument. No call of the list looks at the high half.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Argument {
    /// None of these bits.
    Without { index: u32, bits: u32 },
    /// Anything but this value.
    Not { index: u32, value: u32 },
    /// One of these values.
    OneOf { index: u32, values: &'static [u32], error: i32 },
}

const NEW_NAMESPACES: u32 = (libc::CLONE_NEWNS | libc::CLONE_NEWCGROUP | libc::CLONE_NEWUTS | libc::CLONE_NEWIPC)
    as u32
    | (libc::CLONE_NEWUSER | libc::CLONE_NEWPID | libc::CLONE_NEWNET) as u32;

/// Calls that are allowed under conditions, all of which must hold.
const CHECKED: &[(c_long, &[Argument])] = &[
    // No namespaces; and no siblings, which would be children of the harness.
    (
        libc::SYS_clone,
        &[Argument::Without { index: 0, bits: NEW_NAMESPACES | (libc::CLONE_PARENT | libc::CLONE_PTRACE) as u32 }],
    ),
    // The parent is outside and has no number in here, so "my parent" would be "my whole group".
    (libc::SYS_kill, &[Argument::Not { index: 0, value: 0 }]),
    (libc::SYS_socketpair, &[Argument::OneOf { index: 0, values: &[1], error: libc::EAFNOSUPPORT }]),
    // Of itself only.
    (libc::SYS_prlimit64, &[Argument::OneOf { index: 0, values: &[0], error: libc::EPERM }]),
    (libc::SYS_sched_setaffinity, &[Argument::OneOf { index: 0, values: &[0], error: libc::EPERM }]),
    // Of the process itself: not of its group or its user.
    (
        libc::SYS_setpriority,
        &[
            Argument::OneOf { index: 0, values: &[libc::PRIO_PROCESS], error: libc::EPERM },
            Argument::OneOf { index: 1, values: &[0], error: libc::EPERM },
        ],
    ),
    // Death signal, dumpable, name, seccomp state, bounding set, no new privileges, names of mappings.
    (
        libc::SYS_prctl,
        &[Argument::OneOf { index: 0, values: &[1, 2, 3, 15, 16, 21, 23, 38, 39, 0x5356_4d41], error: libc::EPERM }],
    ),
    // Terminal attributes, foreground group, window size, bytes to read, blocking and close-on-exec.
    (
        libc::SYS_ioctl,
        &[Argument::OneOf {
            index: 1,
            values: &[0x5401, 0x540f, 0x5413, 0x541b, 0x5421, 0x5450, 0x5451],
            error: libc::ENOTTY,
        }],
    ),
];

/// Calls that are said not to exist, so that a C library falls back to older ones that are allowed.
const UNKNOWN: &[c_long] =
    &[libc::SYS_clone3, libc::SYS_openat2, libc::SYS_pidfd_open, libc::SYS_memfd_create, libc::SYS_io_uring_setup];

/// Calls of Python, C++ and Node programs that reach no further than the process, its files and its children.
const ALLOWED: &[c_long] = &[
    libc::SYS_accept4,
    libc::SYS_brk,
    libc::SYS_capget,
    libc::SYS_chdir,
    libc::SYS_clock_getres,
    libc::SYS_clock_gettime,
    libc::SYS_clock_nanosleep,
    libc::SYS_close,
    libc::SYS_close_range,
    libc::SYS_copy_file_range,
    libc::SYS_dup,
    libc::SYS_dup3,
    libc::SYS_epoll_create1,
    libc::SYS_epoll_ctl,
    libc::SYS_epoll_pwait,
    libc::SYS_epoll_pwait2,
    libc::SYS_eventfd2,
    libc::SYS_execve,
    libc::SYS_exit,
    libc::SYS_exit_group,
    libc::SYS_faccessat,
    libc::SYS_faccessat2,
    libc::SYS_fadvise64,
    libc::SYS_fallocate,
    libc::SYS_fchdir,
    libc::SYS_fchmod,
    libc::SYS_fchmodat,
    libc::SYS_fchown,
    libc::SYS_fchownat,
    libc::SYS_fcntl,
    libc::SYS_fdatasync,
    libc::SYS_fgetxattr,
    libc::SYS_flistxattr,
    libc::SYS_flock,
    libc::SYS_fstat,
    libc::SYS_fstatfs,
    libc::SYS_fsync,
    libc::SYS_ftruncate,
    libc::SYS_futex,
    libc::SYS_get_robust_list,
    libc::SYS_getcpu,
    libc::SYS_getcwd,
    libc::SYS_getdents64,
    libc::SYS_getegid,
    libc::SYS_geteuid,
    libc::SYS_getgid,
    libc::SYS_getgroups,
    libc::SYS_getitimer,
    libc::SYS_getpeername,
    libc::SYS_getpgid,
    libc::SYS_getpid,
    libc::SYS_getppid,
    libc::SYS_getpriority,
    libc::SYS_getrandom,
    libc::SYS_getresgid,
    libc::SYS_getresuid,
    libc::SYS_getrusage,
    libc::SYS_getsid,
    libc::SYS_getsockname,
    libc::SYS_getsockopt,
    libc::SYS_gettid,
    libc::SYS_gettimeofday,
    libc::SYS_getuid,
    libc::SYS_getxattr,
    libc::SYS_inotify_add_watch,
    libc::SYS_inotify_init1,
    libc::SYS_inotify_rm_watch,
    libc::SYS_lgetxattr,
    libc::SYS_linkat,
    libc::SYS_listxattr,
    libc::SYS_llistxattr,
    libc::SYS_lseek,
    libc::SYS_madvise,
    libc::SYS_membarrier,
    libc::SYS_mincore,
    libc::SYS_mkdirat,
    libc::SYS_mknodat,
    libc::SYS_mlock,
    libc::SYS_mmap,
    libc::SYS_mprotect,
    libc::SYS_mremap,
    libc::SYS_msync,
    libc::SYS_munlock,
    libc::SYS_munmap,
    libc::SYS_nanosleep,
    libc::SYS_newfstatat,
    libc::SYS_openat,
    libc::SYS_pipe2,
    libc::SYS_ppoll,
    libc::SYS_pread64,
    libc::SYS_preadv,
    libc::SYS_preadv2,
    libc::SYS_pselect6,
    libc::SYS_pwrite64,
    libc::SYS_pwritev,
    libc::SYS_pwritev2,
    libc::SYS_read,
    libc::SYS_readlinkat,
    libc::SYS_readv,
    libc::SYS_recvfrom,
    libc::SYS_recvmmsg,
    libc::SYS_recvmsg,
    libc::SYS_renameat,
    libc::SYS_renameat2,
    libc::SYS_restart_syscall,
    libc::SYS_rseq,
    libc::SYS_rt_sigaction,
    libc::SYS_rt_sigpending,
    libc::SYS_rt_sigprocmask,
    libc::SYS_rt_sigreturn,
    libc::SYS_rt_sigsuspend,
    libc::SYS_rt_sigtimedwait,
    libc::SYS_sched_get_priority_max,
    libc::SYS_sched_get_priority_min,
    libc::SYS_sched_getaffinity,
    libc::SYS_sched_getparam,
    libc::SYS_sched_getscheduler,
    libc::SYS_sched_yield,
    libc::SYS_sendfile,
    libc::SYS_sendmmsg,
    libc::SYS_sendmsg,
    libc::SYS_sendto,
    libc::SYS_set_robust_list,
    libc::SYS_set_tid_address,
    libc::SYS_setitimer,
    libc::SYS_setpgid,
    libc::SYS_setrlimit,
    libc::SYS_getrlimit,
    libc::SYS_setsid,
    libc::SYS_setsockopt,
    libc::SYS_shutdown,
    libc::SYS_sigaltstack,
    libc::SYS_splice,
    libc::SYS_statfs,
    libc::SYS_statx,
    libc::SYS_symlinkat,
    libc::SYS_sync_file_range,
    libc::SYS_sysinfo,
    libc::SYS_tee,
    libc::SYS_tgkill,
    libc::SYS_timer_create,
    libc::SYS_timer_delete,
    libc::SYS_timer_getoverrun,
    libc::SYS_timer_gettime,
    libc::SYS_timer_settime,
    libc::SYS_timerfd_create,
    libc::SYS_timerfd_gettime,
    libc::SYS_timerfd_settime,
    libc::SYS_times,
    libc::SYS_tkill,
    libc::SYS_truncate,
    libc::SYS_umask,
    libc::SYS_uname,
    libc::SYS_unlinkat,
    libc::SYS_utimensat,
    libc::SYS_wait4,
    libc::SYS_waitid,
    libc::SYS_write,
    libc::SYS_writev,
];

/// The same, of processors that still have the older calls.
#[cfg(target_arch = "x86_64")]
const ALLOWED_HERE: &[c_long] = &[
    libc::SYS_access,
    libc::SYS_alarm,
    libc::SYS_arch_prctl,
    libc::SYS_chmod,
    libc::SYS_chown,
    libc::SYS_creat,
    libc::SYS_dup2,
    libc::SYS_epoll_create,
    libc::SYS_epoll_wait,
    libc::SYS_eventfd,
    libc::SYS_fork,
    libc::SYS_getdents,
    libc::SYS_getpgrp,
    libc::SYS_inotify_init,
    libc::SYS_lchown,
    libc::SYS_link,
    libc::SYS_lstat,
    libc::SYS_mkdir,
    libc::SYS_mknod,
    libc::SYS_open,
    libc::SYS_pause,
    libc::SYS_pipe,
    libc::SYS_poll,
    libc::SYS_readlink,
    libc::SYS_rename,
    libc::SYS_rmdir,
    libc::SYS_select,
    libc::SYS_stat,
    libc::SYS_symlink,
    libc::SYS_time,
    libc::SYS_unlink,
    libc::SYS_utime,
    libc::SYS_utimes,
    libc::SYS_vfork,
];
#[cfg(not(target_arch = "x86_64"))]
const ALLOWED_HERE: &[c_long] = &[];

#[cfg(target_arch = "x86_64")]
const ARCHITECTURE: u32 = 0xc000_003e;
#[cfg(not(target_arch = "x86_64"))]
const ARCHITECTURE: u32 = 0xc000_00b7;

/// Calls from here on are newer than this list: they are said not to exist, and every program copes with that.
const BEYOND: u32 = 1024;

/// The bytes of a program for `seccomp(2)`, eight for each instruction.
pub(super) fn program() -> Vec<u8> {
    let tree = tree(&ranges());
    let mut instructions = vec![
        Instruction::load(4),
        Instruction::jump(EQUAL, ARCHITECTURE, 1, 0),
        Instruction::end(libc::SECCOMP_RET_KILL_PROCESS),
        Instruction::load(0),
    ];
    instructions.extend(tree);
    instructions.into_iter().flat_map(Instruction::bytes).collect()
}

/// Where each action begins, in ascending order. It holds until the next one begins.
fn ranges() -> Vec<(u32, Action)> {
    let action = |number: u32| {
        let call = c_long::from(number);
        if let Some((_, arguments)) = CHECKED.iter().find(|(checked, _)| *checked == call) {
            return Action::Check(arguments);
        }
        if UNKNOWN.contains(&call) {
            return Action::Refuse(libc::ENOSYS);
        }
        let allowed = ALLOWED.contains(&call) || ALLOWED_HERE.contains(&call);
        if allowed { Action::Allow } else { Action::Refuse(libc::EPERM) }
    };
    let mut ranges = vec![(0, action(0))];
    for number in 1..BEYOND {
        let action = action(number);
        if ranges.last().is_some_and(|(_, last)| *last != action) {
            ranges.push((number, action));
        }
    }
    // Also the second set of calls that x86_64 has, from 0x4000_0000 on.
    ranges.push((BEYOND, Action::Refuse(libc::ENOSYS)));
    ranges
}

fn tree(ranges: &[(u32, Action)]) -> Vec<Instruction> {
    let middle = ranges.len() / 2;
    let (left, right) = ranges.split_at(middle);
    let (Some((first, _)), false) = (right.first(), left.is_empty()) else {
        return ranges.first().map_or(Vec::new(), |(_, action)| leaf(*action));
    };
    let (left, right) = (tree(left), tree(right));
    let mut instructions = match u8::try_from(left.len()) {
        Ok(over) => vec![Instruction::jump(AT_LEAST, *first, over, 0)],
        // A conditional jump goes 255 instructions far at most.
        Err(_) => vec![Instruction::jump(AT_LEAST, *first, 0, 1), Instruction::skip(left.len() as u32)],
    };
    instructions.extend(left);
    instructions.extend(right);
    instructions
}

fn leaf(action: Action) -> Vec<Instruction> {
    let allow = Instruction::end(libc::SECCOMP_RET_ALLOW);
    match action {
        Action::Allow => vec![allow],
        Action::Refuse(error) => vec![refuse(error)],
        Action::Check(arguments) => arguments.iter().flat_map(|argument| check(*argument)).chain([allow]).collect(),
    }
}

fn refuse(error: i32) -> Instruction {
    Instruction::end(libc::SECCOMP_RET_ERRNO | error.unsigned_abs())
}

/// Refuses unless the argument is as it must be; else goes on behind.
fn check(argument: Argument) -> Vec<Instruction> {
    // Arguments are 64 bits wide and follow 16 bytes of other things.
    let load = |index: u32| Instruction::load(16 + 8 * index);
    match argument {
        Argument::Without { index, bits } => {
            vec![load(index), Instruction::jump(ANY_BIT, bits, 0, 1), refuse(libc::EPERM)]
        }
        Argument::Not { index, value } => {
            vec![load(index), Instruction::jump(EQUAL, value, 0, 1), refuse(libc::EPERM)]
        }
        Argument::OneOf { index, values, error } => {
            let mut instructions = vec![load(index)];
            for (at, value) in values.iter().enumerate() {
                // Over the values that follow, and the refusal.
                instructions.push(Instruction::jump(EQUAL, *value, (values.len() - at) as u8, 0));
            }
            instructions.push(refuse(error));
            instructions
        }
    }
}

/// One instruction of the kernel's packet filter.
#[derive(Debug, Clone, Copy)]
struct Instruction {
    code: u16,
    if_true: u8,
    if_false: u8,
    value: u32,
}

const EQUAL: u16 = 0x15;
const AT_LEAST: u16 = 0x35;
const ANY_BIT: u16 = 0x45;

impl Instruction {
    /// Loads 32 bits at this offset of the call's description.
    fn load(offset: u32) -> Self {
        Self { code: 0x20, if_true: 0, if_false: 0, value: offset }
    }

    fn jump(code: u16, value: u32, if_true: u8, if_false: u8) -> Self {
        Self { code, if_true, if_false, value }
    }

    fn skip(count: u32) -> Self {
        Self { code: 0x05, if_true: 0, if_false: 0, value: count }
    }

    fn end(value: u32) -> Self {
        Self { code: 0x06, if_true: 0, if_false: 0, value }
    }

    fn bytes(self) -> [u8; 8] {
        let [a, b] = self.code.to_ne_bytes();
        let [c, d, e, f] = self.value.to_ne_bytes();
        [a, b, self.if_true, self.if_false, c, d, e, f]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the program says of a call, by an interpreter of the few instructions that it uses.
    fn verdict(architecture: u32, number: u32, args: [u32; 6]) -> u32 {
        let word = |offset: u32| match offset {
            0 => number,
            4 => architecture,
            _ => args[(offset as usize - 16) / 8],
        };
        let program = program();
        let (mut at, mut loaded) = (0, 0);
        loop {
            let bytes: [u8; 8] = program[at * 8..at * 8 + 8].try_into().unwrap();
            let code = u16::from_ne_bytes([bytes[0], bytes[1]]);
            let value = u32::from_ne_bytes([bytes[4], bytes[5], bytes[6], bytes[7]]);
            at += 1;
            let holds = match code {
                0x20 => {
                    loaded = word(value);
                    continue;
                }
                0x06 => return value,
                0x05 => {
                    at += value as usize;
                    continue;
                }
                EQUAL => loaded == value,
                AT_LEAST => loaded >= value,
                ANY_BIT => loaded & value != 0,
                other => panic!("unknown instruction {other:#x}"),
            };
            at += usize::from(if holds { bytes[2] } else { bytes[3] });
        }
    }

    #[track_caller]
    fn check(call: c_long, args: [u32; 6], expected: Result<(), i32>) {
        let expected =
            expected.map_or_else(|error| libc::SECCOMP_RET_ERRNO | error.unsigned_abs(), |()| libc::SECCOMP_RET_ALLOW);
        assert_eq!(verdict(ARCHITECTURE, call as u32, args), expected, "call {call} {args:?}");
    }

    const NO_ARGS: [u32; 6] = [0; 6];

    #[test]
    fn every_call_gets_what_the_lists_say() {
        for number in 0..BEYOND + 10 {
            let call = c_long::from(number);
            if CHECKED.iter().any(|(checked, _)| *checked == call) {
                continue;
            }
            let allowed = ALLOWED.contains(&call) || ALLOWED_HERE.contains(&call);
            let unknown = UNKNOWN.contains(&call) || number >= BEYOND;
            assert!(!(allowed && unknown), "call {call} stands in two lists");
            let refused = if unknown { libc::ENOSYS } else { libc::EPERM };
            check(call, NO_ARGS, if allowed { Ok(()) } else { Err(refused) });
        }
    }

    #[test]
    fn what_reaches_other_processes_or_the_kernels_depths_is_refused() {
        for call in [
            libc::SYS_ptrace,
            libc::SYS_process_vm_readv,
            libc::SYS_process_vm_writev,
            libc::SYS_pidfd_getfd,
            libc::SYS_kcmp,
            libc::SYS_perf_event_open,
            libc::SYS_bpf,
            libc::SYS_userfaultfd,
            libc::SYS_io_uring_enter,
            libc::SYS_keyctl,
            libc::SYS_add_key,
            libc::SYS_shmget,
            libc::SYS_msgget,
            libc::SYS_semget,
            libc::SYS_mq_open,
            libc::SYS_unshare,
            libc::SYS_setns,
            libc::SYS_mount,
            libc::SYS_socket,
            libc::SYS_connect,
            libc::SYS_bind,
            libc::SYS_personality,
            libc::SYS_seccomp,
        ] {
            check(call, NO_ARGS, Err(libc::EPERM));
        }
        check(libc::SYS_clone3, NO_ARGS, Err(libc::ENOSYS));
    }

    #[test]
    fn arguments_decide_where_they_must() {
        let first = |value: i32| [value.cast_unsigned(), 0, 0, 0, 0, 0];
        let second = |value: u32| [0, value, 0, 0, 0, 0];
        check(libc::SYS_clone, first(libc::SIGCHLD), Ok(()));
        check(libc::SYS_clone, first(libc::CLONE_VM | libc::CLONE_THREAD | libc::CLONE_SIGHAND), Ok(()));
        check(libc::SYS_clone, first(libc::CLONE_NEWUSER | libc::SIGCHLD), Err(libc::EPERM));
        check(libc::SYS_clone, first(libc::CLONE_PARENT | libc::SIGCHLD), Err(libc::EPERM));
        check(libc::SYS_kill, first(0), Err(libc::EPERM));
        check(libc::SYS_kill, first(-1), Ok(()));
        check(libc::SYS_socketpair, first(libc::AF_UNIX), Ok(()));
        check(libc::SYS_socketpair, first(libc::AF_INET), Err(libc::EAFNOSUPPORT));
        check(libc::SYS_ioctl, second(0x5413), Ok(()));
        check(libc::SYS_ioctl, second(0x5412), Err(libc::ENOTTY));
        check(libc::SYS_prlimit64, first(1), Err(libc::EPERM));
        check(libc::SYS_prctl, first(libc::PR_SET_CHILD_SUBREAPER), Err(libc::EPERM));
        check(libc::SYS_prctl, first(libc::PR_SET_NAME), Ok(()));
        // Which, who, and the priority.
        check(libc::SYS_setpriority, [libc::PRIO_PROCESS, 0, 19, 0, 0, 0], Ok(()));
        check(libc::SYS_setpriority, [libc::PRIO_PROCESS, 1, 19, 0, 0, 0], Err(libc::EPERM));
        check(libc::SYS_setpriority, [libc::PRIO_PGRP, 0, 19, 0, 0, 0], Err(libc::EPERM));
        check(libc::SYS_setpriority, [libc::PRIO_USER, 0, 19, 0, 0, 0], Err(libc::EPERM));
    }

    #[test]
    fn another_architecture_is_killed() {
        assert_eq!(verdict(0x4000_0003, 1, NO_ARGS), libc::SECCOMP_RET_KILL_PROCESS);
    }

    #[test]
    fn a_call_passes_few_instructions() {
        assert!(program().len() / 8 < 400, "{}", program().len() / 8);
    }
}
