//! A cell: namespaces of its own, and a root with nothing but the interpreter's files and the cell's own processes.
//!
//! The plan of the root comes from the harness, as lines that end in NUL: a letter and a path. `d` makes a directory,
//! `b` binds the tree, `f` the file and `v` the device of the host that the next line names, `l` makes a symbolic
//! link to what the next line says. `r` names a directory below which all files may be read.

use crate::landlock::Rules;
use crate::sys::{self, call};
use crate::wire::{TEMPORARY, set_up};
use crate::{Buffer, stub};

pub struct Failure(pub &'static str, pub isize);

/// What every job of the cell is confined by.
pub struct Confinement {
    /// File rules; `None` without Landlock.
    pub rules: Option<Rules>,
    /// The system-call filter.
    pub filter: Buffer,
    /// The user and the group that a job becomes; `None` if it is that user already.
    pub user: Option<(u32, u32)>,
}

const CLONE_NEWNS: usize = 0x0002_0000;
const CLONE_NEWCGROUP: usize = 0x0200_0000;
const CLONE_NEWUTS: usize = 0x0400_0000;
const CLONE_NEWIPC: usize = 0x0800_0000;
const CLONE_NEWUSER: usize = 0x1000_0000;
const CLONE_NEWPID: usize = 0x2000_0000;
const CLONE_NEWNET: usize = 0x4000_0000;

const MS_RDONLY: usize = 1;
const MS_NOSUID: usize = 2;
const MS_NODEV: usize = 4;
const MS_REMOUNT: usize = 32;
const MS_BIND: usize = 4096;
const MS_REC: usize = 16384;
const MS_PRIVATE: usize = 1 << 18;
pub const MNT_DETACH: usize = 2;

pub const AT_FDCWD: isize = -100;
const AT_RECURSIVE: usize = 0x8000;
const O_WRONLY: usize = 1;
const O_CREAT: usize = 0o100;
pub const O_CLOEXEC: usize = 0o2_000_000;

pub const PR_SET_DUMPABLE: usize = 4;

/// Moves this process into namespaces of its own, whose pid 1 is the stub that listens to `stub_control`. Also returns
/// the error number that kept it from a `/proc`, or 0.
pub fn enter(words: &[u64], plan: &[u8], filter: Buffer, stub_control: i32) -> Result<(Confinement, u64), Failure> {
    let (uid, gid) = (words[set_up::UID], words[set_up::GID]);
    let spaces = CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWPID | CLONE_NEWNET;
    let mut user = Some((uid as u32, gid as u32));
    if words[set_up::USER_NAMESPACE] == 1 {
        user = None;
        check("unshare", call!(sys::UNSHARE, spaces | CLONE_NEWUSER))?;
        // The files of a process that cannot be dumped belong to root.
        call!(sys::PRCTL, PR_SET_DUMPABLE, 1, 0, 0, 0);
        write_file("/proc/self/setgroups\0", b"deny")?;
        map("/proc/self/uid_map\0", uid)?;
        map("/proc/self/gid_map\0", gid)?;
        call!(sys::PRCTL, PR_SET_DUMPABLE, 0, 0, 0, 0);
    } else {
        check("unshare", call!(sys::UNSHARE, spaces))?;
    }
    call!(sys::SETHOSTNAME, c"mend".as_ptr(), 4);
    let without_proc = make_root(plan, stub_control)?;
    let rules = Rules::of(words, plan)?;
    Ok((Confinement { rules, filter, user }, without_proc))
}

pub fn check(step: &'static str, result: isize) -> Result<isize, Failure> {
    if result < 0 { Err(Failure(step, result)) } else { Ok(result) }
}

/// Maps one user or group to itself.
fn map(path: &'static str, id: u64) -> Result<(), Failure> {
    let mut text = Text::new();
    text.number(id).push(b" ").number(id).push(b" 1\n");
    write_file(path, text.bytes())
}

fn write_file(path: &str, bytes: &[u8]) -> Result<(), Failure> {
    let step = "write to /proc/self/uid_map";
    let file = check(step, call!(sys::OPENAT, AT_FDCWD, path.as_ptr(), O_WRONLY | O_CLOEXEC | O_CREAT, 0o444))?;
    let written = call!(sys::WRITE, file, bytes.as_ptr(), bytes.len());
    call!(sys::CLOSE, file);
    check(step, written).map(drop)
}

fn mount(
    step: &'static str,
    source: *const u8,
    target: *const u8,
    kind: *const u8,
    flags: usize,
) -> Result<(), Failure> {
    check(step, call!(sys::MOUNT, source, target, kind, flags, 0)).map(drop)
}

fn make_root(plan: &[u8], stub_control: i32) -> Result<u64, Failure> {
    let none = core::ptr::null();
    mount("mount", none, c"/".as_ptr().cast(), none, MS_REC | MS_PRIVATE)?;
    // Two roots, one inside the other, so that the host's files stay reachable while the new root is filled.
    let anywhere: *const u8 = c"/proc".as_ptr().cast();
    mount("mount", c"mend".as_ptr().cast(), anywhere, c"tmpfs".as_ptr().cast(), MS_NOSUID | MS_NODEV)?;
    check("pivot_root", call!(sys::CHDIR, anywhere))?;
    for directory in [c"new", c"old"] {
        check("mkdir", call!(sys::MKDIRAT, AT_FDCWD, directory.as_ptr(), 0o755))?;
    }
    check("pivot_root", call!(sys::PIVOT_ROOT, c".".as_ptr(), c"old".as_ptr()))?;
    check("pivot_root", call!(sys::CHDIR, c"/".as_ptr()))?;
    mount("bind mount", c"/new".as_ptr().cast(), c"/new".as_ptr().cast(), none, MS_BIND)?;
    fill(plan)?;
    // While the host's own is still in sight: the kernel gives a user namespace none that shows more than that one.
    let without_proc = stub::bear(stub_control)?;
    let (old, new): (*const u8, *const u8) = (c"/old".as_ptr().cast(), c"/new".as_ptr().cast());
    mount("mount", none, new, none, MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NOSUID | MS_NODEV)?;
    check("umount2", call!(sys::UMOUNT2, old, MNT_DETACH))?;
    check("pivot_root", call!(sys::CHDIR, new))?;
    check("pivot_root", call!(sys::PIVOT_ROOT, c".".as_ptr(), c".".as_ptr()))?;
    check("umount2", call!(sys::UMOUNT2, c".".as_ptr(), MNT_DETACH))?;
    check("pivot_root", call!(sys::CHDIR, c"/".as_ptr()))?;
    Ok(without_proc)
}

/// Fills `/new` by the plan, with the host's files at `/old`.
fn fill(plan: &[u8]) -> Result<(), Failure> {
    let none = core::ptr::null();
    let mut lines = plan.split(|byte| *byte == 0);
    while let Some(line) = lines.next() {
        let Some((kind, path)) = line.split_first() else { continue };
        let mut new = Text::new();
        new.push(b"/new").push(path).push(b"\0");
        if new.is_full {
            return Err(Failure("open", -36));
        }
        let new = new.bytes().as_ptr();
        if *kind == b'r' {
            continue;
        }
        if *kind == b'd' {
            check("mkdir", call!(sys::MKDIRAT, AT_FDCWD, new, 0o755))?;
            continue;
        }
        let mut other = Text::new();
        other.push(if *kind == b'l' { b"" } else { b"/old" }).push(lines.next().unwrap_or_default()).push(b"\0");
        if other.is_full {
            return Err(Failure("open", -36));
        }
        let other = other.bytes().as_ptr();
        if *kind == b'l' {
            check("symlink", call!(sys::SYMLINKAT, other, AT_FDCWD, new))?;
            continue;
        }
        if *kind != b'b' {
            touch(new)?;
        }
        mount("bind mount", other, new, none, MS_BIND | MS_REC)?;
        // Read-only and without set-uid programs; or, for a device, neither that nor anything to run.
        let set: u64 = if *kind == b'v' { 2 | 8 } else { 1 | 2 | 4 };
        let attributes = [set, 0, 0, 0];
        let changed = call!(sys::MOUNT_SETATTR, AT_FDCWD, new, AT_RECURSIVE, attributes.as_ptr(), 32);
        check("mount_setattr", changed)?;
    }
    Ok(())
}

fn touch(path: *const u8) -> Result<(), Failure> {
    let file = check("open", call!(sys::OPENAT, AT_FDCWD, path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o644))?;
    call!(sys::CLOSE, file);
    Ok(())
}

/// Forgets the files of the job before.
pub fn clean() {
    let mut path = Text::new();
    path.push(TEMPORARY.as_bytes()).push(b"\0");
    while call!(sys::UMOUNT2, path.bytes().as_ptr(), MNT_DETACH) == 0 {}
}

/// Mounts fresh room for a job's files.
pub fn make_room(bytes: u64, files: u64, user: Option<(u32, u32)>) -> Result<(), Failure> {
    clean();
    let mut path = Text::new();
    path.push(TEMPORARY.as_bytes()).push(b"\0");
    let mut options = Text::new();
    options.push(b"mode=755,size=").number(bytes).push(b",nr_inodes=").number(files);
    if let Some((uid, gid)) = user {
        options.push(b",uid=").number(uid.into()).push(b",gid=").number(gid.into());
    }
    options.push(b"\0");
    let kind = c"tmpfs".as_ptr();
    let flags = MS_NOSUID | MS_NODEV;
    check("mount", call!(sys::MOUNT, kind, path.bytes().as_ptr(), kind, flags, options.bytes().as_ptr())).map(drop)
}

/// Text in a fixed room.
pub struct Text {
    room: [u8; 4200],
    len: usize,
    is_full: bool,
}

impl Text {
    pub fn new() -> Self {
        Self { room: [0; 4200], len: 0, is_full: false }
    }

    pub fn push(&mut self, bytes: &[u8]) -> &mut Self {
        for byte in bytes {
            match self.room.get_mut(self.len) {
                Some(place) => {
                    *place = *byte;
                    self.len += 1;
                }
                None => self.is_full = true,
            }
        }
        self
    }

    pub fn number(&mut self, number: u64) -> &mut Self {
        let mut digits = [0_u8; 20];
        let mut rest = number;
        let mut at = digits.len();
        loop {
            at -= 1;
            digits[at] = b'0' + (rest % 10) as u8;
            rest /= 10;
            if rest == 0 {
                break;
            }
        }
        let (_, written) = digits.split_at(at);
        self.push(written)
    }

    pub fn bytes(&self) -> &[u8] {
        &self.room[..self.len]
    }
}
