//! System calls without a C library: nothing here takes a lock, allocates, or relies on thread-local state, so all
//! of it may run in a process that was just cloned.
//!
//! Each call returns what the kernel returns: a negative number is an error number, negated.

use core::arch::asm;

macro_rules! numbers {
    ($($name:ident $x86_64:literal $aarch64:literal),* $(,)?) => {
        $(
            #[cfg(target_arch = "x86_64")]
            pub const $name: usize = $x86_64;
            #[cfg(target_arch = "aarch64")]
            pub const $name: usize = $aarch64;
        )*
    };
}

numbers! {
    CLOSE 3 57, MMAP 9 222, RT_SIGACTION 13 134, RT_SIGPROCMASK 14 135, PREAD64 17 67, SENDMSG 46 211, RECVMSG 47 212,
    EXIT_GROUP 231 94, WAIT4 61 260, KILL 62 129, CHDIR 80 49, UMASK 95 166, GETRUSAGE 98 165, SETSID 112 157,
    SETGROUPS 116 159, SETRESUID 117 147, SETRESGID 119 149, CAPSET 126 91, PIVOT_ROOT 155 41, PRCTL 157 167,
    MOUNT 165 40, UMOUNT2 166 39, SETHOSTNAME 170 161, OPENAT 257 56, MKDIRAT 258 34, SYMLINKAT 266 36,
    UNSHARE 272 97, DUP3 292 24, PRLIMIT64 302 261, SECCOMP 317 277, CLONE3 435 435, CLOSE_RANGE 436 436,
    MOUNT_SETATTR 442 442, LANDLOCK_CREATE_RULESET 444 444, LANDLOCK_ADD_RULE 445 445,
    LANDLOCK_RESTRICT_SELF 446 446, WRITE 1 64, READ 0 63, PIPE2 293 59,
}

pub const EINTR: isize = -4;
pub const ESRCH: isize = -3;
pub const ECHILD: isize = -10;

/// A system call with as many arguments as any takes.
///
/// # Safety
/// Pointers among the arguments must be valid for what the call does with them.
#[cfg(target_arch = "x86_64")]
pub unsafe fn raw(number: usize, args: [usize; 6]) -> isize {
    let [a, b, c, d, e, f] = args;
    let result: isize;
    // SAFETY: the kernel's own convention; the caller vouches for the pointers.
    unsafe {
        asm!("syscall", inlateout("rax") number as isize => result, in("rdi") a, in("rsi") b, in("rdx") c,
            in("r10") d, in("r8") e, in("r9") f, lateout("rcx") _, lateout("r11") _, options(nostack));
    }
    result
}

/// A system call with as many arguments as any takes.
///
/// # Safety
/// Pointers among the arguments must be valid for what the call does with them.
#[cfg(target_arch = "aarch64")]
pub unsafe fn raw(number: usize, args: [usize; 6]) -> isize {
    let [a, b, c, d, e, f] = args;
    let result: isize;
    // SAFETY: the kernel's own convention; the caller vouches for the pointers.
    unsafe {
        asm!("svc 0", in("x8") number, inlateout("x0") a as isize => result, in("x1") b, in("x2") c, in("x3") d,
            in("x4") e, in("x5") f, options(nostack));
    }
    result
}

/// A system call that takes numbers and pointers to live values.
macro_rules! call {
    ($number:expr $(, $arg:expr)*) => {{
        let given = [$($arg as usize),*];
        let mut args = [0_usize; 6];
        args[..given.len()].copy_from_slice(&given);
        // SAFETY: the pointers at every use are those of live values of the kind that the call wants.
        unsafe { $crate::sys::raw($number, args) }
    }};
}
pub(crate) use call;

/// Ends this process without running anything.
pub fn exit(status: i32) -> ! {
    loop {
        call!(EXIT_GROUP, status);
    }
}

/// The kernel's `struct clone_args`.
#[repr(C)]
#[derive(Default)]
pub struct CloneArgs {
    pub flags: u64,
    pub pidfd: u64,
    pub child_tid: u64,
    pub parent_tid: u64,
    pub exit_signal: u64,
    pub stack: u64,
    pub stack_size: u64,
    pub tls: u64,
    pub set_tid: u64,
    pub set_tid_size: u64,
    pub cgroup: u64,
}

const CLONE_PARENT: u64 = 0x8000;
const CLONE_CHILD_SETTID: u64 = 0x0100_0000;
const CLONE_CHILD_CLEARTID: u64 = 0x0020_0000;
const PR_GET_TID_ADDRESS: usize = 40;

/// Forks into a child of our parent. `pid` is the child's id in its own pid namespace; 0 lets the kernel choose.
///
/// # Safety
/// This process must have one thread.
pub unsafe fn fork(pid: i32) -> isize {
    let mut args = CloneArgs { flags: CLONE_PARENT, ..CloneArgs::default() };
    // Where the C library keeps this thread's id, so that the child's copy is right without its fork(3).
    let mut tid_address: u64 = 0;
    if call!(PRCTL, PR_GET_TID_ADDRESS, &raw mut tid_address) == 0 && tid_address != 0 {
        args.flags |= CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID;
        args.child_tid = tid_address;
    }
    let wanted = [pid];
    if pid != 0 {
        args.set_tid = &raw const wanted as u64;
        args.set_tid_size = 1;
    }
    call!(CLONE3, &raw const args, size_of::<CloneArgs>())
}

/// Gives every signal its default effect and unblocks all.
pub fn default_signals() {
    let action = [0_u64; 4];
    for signal in 1..=64 {
        call!(RT_SIGACTION, signal, &raw const action, 0, 8);
    }
    let none = 0_u64;
    call!(RT_SIGPROCMASK, 2, &raw const none, 0, 8);
}

/// Puts `fds` at the numbers from 0 on and closes all others. None of them may be below their number.
pub fn keep(fds: &[i32]) -> isize {
    for (number, fd) in fds.iter().enumerate() {
        if usize::try_from(*fd) == Ok(number) {
            continue;
        }
        let result = call!(DUP3, *fd, number, 0);
        if result < 0 {
            return result;
        }
    }
    call!(CLOSE_RANGE, fds.len(), u32::MAX, 0)
}
