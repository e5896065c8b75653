//! What a process does between its fork from a cell and the first line of a program: it takes its place and its
//! limits, and gives up all else.

use crate::cell::{Confinement, Failure, Text};
use crate::sys::{self, call};
use crate::wire::{SCRATCH, job};

const PR_SET_NO_NEW_PRIVS: usize = 38;
const SECCOMP_SET_MODE_FILTER: usize = 1;
const AT_FDCWD: isize = -100;

/// Confines this process for good. What follows obeys the filter already.
pub fn confine(words: &[u64], confinement: &Confinement) -> Result<(), Failure> {
    let check = |step: &'static str, result: isize| if result < 0 { Err(Failure(step, result)) } else { Ok(()) };
    call!(sys::SETSID);
    if let Some((uid, gid)) = confinement.user {
        check("setgroups", call!(sys::SETGROUPS, 0, 0))?;
        check("setresgid", call!(sys::SETRESGID, gid, gid, gid))?;
        check("setresuid", call!(sys::SETRESUID, uid, uid, uid))?;
    }
    call!(sys::UMASK, 0o022);
    let mut scratch = Text::new();
    scratch.push(SCRATCH.as_bytes()).push(b"\0");
    check("mkdir", call!(sys::MKDIRAT, AT_FDCWD, scratch.bytes().as_ptr(), 0o755))?;
    check("mkdir", call!(sys::CHDIR, scratch.bytes().as_ptr()))?;
    let limits = [
        (0, job::CPU, job::CPU_HARD),
        (9, job::MEMORY, job::MEMORY_HARD),
        (1, job::FILE_BYTES, job::FILE_BYTES),
        (7, job::OPEN_FILES, job::OPEN_FILES),
        (6, job::PROCESSES, job::PROCESSES),
    ];
    for (resource, soft, hard) in limits {
        set_limit(resource, words[soft], words[hard])?;
    }
    // A program may ask for any stack: what it uses of it counts as memory.
    set_limit(3, words[job::STACK], u64::MAX)?;
    set_limit(4, 0, 0)?;
    set_limit(12, 0, 0)?;
    // The header names version 3 and this process; all sets are empty.
    let (header, none) = ([0x2008_0522_u32, 0], [0_u32; 6]);
    check("capset", call!(sys::CAPSET, header.as_ptr(), none.as_ptr()))?;
    check("prctl", call!(sys::PRCTL, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))?;
    if let Some(rules) = &confinement.rules {
        rules.take_up()?;
    }
    let filter = confinement.filter.bytes();
    let program = [filter.len() / 8, filter.as_ptr() as usize];
    check("seccomp", call!(sys::SECCOMP, SECCOMP_SET_MODE_FILTER, 0, program.as_ptr()))
}

/// Sets a limit, or the highest that we may set.
fn set_limit(resource: usize, soft: u64, hard: u64) -> Result<(), Failure> {
    let mut old = [0_u64; 2];
    let read = call!(sys::PRLIMIT64, 0, resource, 0, old.as_mut_ptr());
    let new = [soft.min(old[1]), hard.min(old[1])];
    let set = call!(sys::PRLIMIT64, 0, resource, new.as_ptr(), 0);
    if read < 0 || set < 0 { Err(Failure("prlimit", read.min(set))) } else { Ok(()) }
}
