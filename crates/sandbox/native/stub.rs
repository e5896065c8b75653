//! The stub: pid 1 of a cell. It is born while the cell's root is being made, since only a process of the new namespace
//! can make a `/proc` that shows that namespace; from then on it ends what jobs leave.

use crate::cell::Failure;
use crate::packet;
use crate::sys::{self, call};

const MS_RDONLY: usize = 1;
const MS_NOSUID: usize = 2;
const MS_NODEV: usize = 4;
const MS_NOEXEC: usize = 8;
const O_CLOEXEC: usize = 0o2_000_000;

/// Process id of this cell's stub, as the harness sees it; 0 before it is born.
static mut BORN: u64 = 0;

/// Process id of this cell's stub; 0 if there is none.
pub fn born() -> u64 {
    // SAFETY: this process has one thread.
    unsafe { BORN }
}

/// Forks the stub, which makes the cell's `/proc` in the root that is being filled. Returns the error number that kept it
/// from that, or 0: a container may hide parts of its own, and then the kernel gives nobody inside a whole one.
pub fn bear(control: i32) -> Result<u64, Failure> {
    let mut ends = [-1_i32; 2];
    let made = call!(sys::PIPE2, ends.as_mut_ptr(), O_CLOEXEC);
    if made < 0 {
        return Err(Failure("read", made));
    }
    let [told, tells] = ends;
    // SAFETY: this process has one thread; the stub never returns into the interpreter.
    let forked = unsafe { sys::fork(0) };
    if forked == 0 {
        let word = mount_proc().unsigned_abs() as u64;
        call!(sys::WRITE, tells, &raw const word, size_of::<u64>());
        // One socket is all that it keeps.
        if sys::keep(&[control]) < 0 {
            sys::exit(124);
        }
        live(0)
    }
    call!(sys::CLOSE, tells);
    let mut word = 0_u64;
    let mut read = 0;
    if forked > 0 {
        // SAFETY: this process has one thread.
        unsafe { BORN = forked as u64 };
        while {
            read = call!(sys::READ, told, &raw mut word, size_of::<u64>());
            read == sys::EINTR
        } {}
    }
    call!(sys::CLOSE, told);
    match forked {
        ..0 => Err(Failure("clone3", forked)),
        // It did not live to say anything.
        _ if read != 8 => Err(Failure("read", -5)),
        _ => Ok(word),
    }
}

/// Shows the processes of this namespace at `/new/proc`, each to itself alone, and nothing else that the kernel tells
/// there. Nobody can write to it.
fn mount_proc() -> isize {
    let kind = c"proc".as_ptr();
    let flags = MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC;
    let options = c"subset=pid,hidepid=ptraceable".as_ptr();
    call!(sys::MOUNT, kind, c"/new/proc".as_ptr(), kind, flags, options)
}

/// The life of pid 1: reaps orphans by killing and waiting when it is told to. It ignores every signal from inside,
/// as pid 1 does, and ends with the harness, which ends the cell.
fn live(socket: i32) -> ! {
    sys::default_signals();
    while packet::Packet::receive(socket).is_some() {
        let mut status = 0_i32;
        loop {
            // Everybody but pid 1. The kernel holds off forks meanwhile, so nobody slips through.
            let nobody = call!(sys::KILL, -1_isize, 9) == sys::ESRCH;
            let flags = if nobody { 1 } else { 0 } | 0x4000_0000;
            let waited = call!(sys::WAIT4, -1_isize, &raw mut status, flags, 0);
            if nobody && (waited == sys::ECHILD || waited == 0) {
                break;
            }
        }
        // Of all that were waited for, in microseconds.
        let mut usage = [0_i64; 18];
        call!(sys::GETRUSAGE, -1_isize, usage.as_mut_ptr());
        let [user_s, user_us, system_s, system_us, ..] = usage;
        packet::done(socket, (user_s + system_s).unsigned_abs() * 1_000_000 + (user_us + system_us).unsigned_abs());
    }
    sys::exit(0)
}
