//! Landlock: file rules, no network, and signals that do not leave the job.

#![expect(unsafe_code, reason = "system calls without a safe wrapper")]

use super::{sys, wire};
use crate::SandboxError;
use libc::c_long;
use std::ffi::CString;
use std::fs;
use std::os::fd::{AsRawFd as _, FromRawFd as _, OwnedFd, RawFd};
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

const EXECUTE: u64 = 1;
const READ_FILE: u64 = 1 << 2;
const READ_DIRECTORY: u64 = 1 << 3;
/// Rights that exist for files, not for directories only.
const OF_FILES: u64 = EXECUTE | (1 << 1) | READ_FILE | (1 << 14) | (1 << 15);

/// What the kernel's version of Landlock can confine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Landlock {
    /// The kernel's number for what it offers.
    pub(super) abi: i64,
}

impl Landlock {
    /// What is there; an error number if it is not.
    pub(super) fn find() -> Result<Self, i32> {
        let (none, version): (c_long, c_long) = (0, 1);
        // SAFETY: without attributes the call only returns a number.
        let abi = unsafe { libc::syscall(libc::SYS_landlock_create_ruleset, none, none, version) };
        if abi > 0 {
            return Ok(Self { abi });
        }
        Err(std::io::Error::last_os_error().raw_os_error().unwrap_or(libc::ENOSYS))
    }

    /// All rights on files that this version knows.
    pub(super) fn files(self) -> u64 {
        let count = match self.abi {
            1 => 13,
            2 => 14,
            3 | 4 => 15,
            _ => 16,
        };
        (1 << count) - 1
    }

    /// Rights to read and run.
    pub(super) fn read() -> u64 {
        EXECUTE | READ_FILE | READ_DIRECTORY
    }

    /// Rights on the network: to bind and to connect.
    pub(super) fn network(self) -> u64 {
        if self.abi >= 4 { 3 } else { 0 }
    }

    /// What does not leave the job: abstract sockets and signals.
    pub(super) fn scopes(self) -> u64 {
        if self.abi >= 6 { 3 } else { 0 }
    }

    /// Bytes of a ruleset's attributes.
    pub(super) fn attribute_bytes(self) -> u64 {
        match self.abi {
            1..4 => 8,
            4 | 5 => 16,
            _ => 24,
        }
    }

    /// A ruleset by which `readable` paths may be read and run, `writable` devices also written, and everything
    /// in `scratch` done. Paths that do not exist are left out.
    pub(super) fn ruleset(
        self,
        readable: &[&Path],
        writable: &[&Path],
        scratch: &Path,
    ) -> Result<OwnedFd, SandboxError> {
        let attributes = [self.files(), self.network(), self.scopes()];
        let (bytes, flags): (c_long, c_long) = (self.attribute_bytes().cast_signed(), 0);
        // SAFETY: the pointer is valid for as many bytes.
        let fd = unsafe { libc::syscall(libc::SYS_landlock_create_ruleset, attributes.as_ptr(), bytes, flags) };
        if fd < 0 {
            return Err(sys::failed("landlock_create_ruleset"));
        }
        // SAFETY: the kernel has just made it for us.
        let ruleset = sys::raised(unsafe { OwnedFd::from_raw_fd(fd as i32) })?;
        for path in readable {
            add(&ruleset, path, Self::read())?;
        }
        for path in writable {
            add(&ruleset, path, Self::read() | 1 << 1)?;
        }
        add(&ruleset, scratch, self.files())?;
        Ok(ruleset)
    }
}

/// Adds the rules that only the process itself can make. What cannot be added stays unreadable.
///
/// Makes async-signal-safe calls only.
pub(super) fn add_own(ruleset: RawFd) {
    // SAFETY: the path is NUL-terminated.
    let own = unsafe { libc::open(wire::OWN.as_ptr(), libc::O_PATH | libc::O_CLOEXEC) };
    if own < 0 {
        return;
    }
    let descriptors = [(c"fd", READ_DIRECTORY)];
    for (name, rights) in wire::OWN_FILES.into_iter().map(|name| (name, READ_FILE)).chain(descriptors) {
        // SAFETY: the name is NUL-terminated.
        let target = unsafe { libc::openat(own, name.as_ptr(), libc::O_PATH | libc::O_CLOEXEC) };
        if target >= 0 {
            add_rule(ruleset, target, rights);
            // SAFETY: closes what was opened above.
            unsafe { libc::close(target) };
        }
    }
    // SAFETY: closes what was opened above.
    unsafe { libc::close(own) };
}

/// Allows what lies below a descriptor. Returns false on failure.
fn add_rule(ruleset: RawFd, target: RawFd, rights: u64) -> bool {
    // A packed structure: eight bytes of rights, four of the descriptor.
    let rule = [rights, u64::from(target.cast_unsigned())];
    let (kind, flags): (c_long, c_long) = (1, 0);
    let ruleset = c_long::from(ruleset);
    // SAFETY: the pointer is valid for the twelve bytes that are read.
    unsafe { libc::syscall(libc::SYS_landlock_add_rule, ruleset, kind, rule.as_ptr(), flags) >= 0 }
}

fn add(ruleset: &OwnedFd, path: &Path, rights: u64) -> Result<(), SandboxError> {
    let Ok(metadata) = fs::metadata(path) else { return Ok(()) };
    let rights = if metadata.is_dir() { rights } else { rights & OF_FILES };
    let path = CString::new(path.as_os_str().as_bytes())
        .map_err(|_| SandboxError::Nul { what: path.display().to_string() })?;
    // SAFETY: the path is NUL-terminated.
    let fd = unsafe { libc::open(path.as_ptr(), libc::O_PATH | libc::O_CLOEXEC) };
    if fd < 0 {
        return Err(sys::failed("open"));
    }
    // SAFETY: the kernel has just made it for us.
    let target = unsafe { OwnedFd::from_raw_fd(fd) };
    if add_rule(ruleset.as_raw_fd(), target.as_raw_fd(), rights) {
        Ok(())
    } else {
        Err(sys::failed("landlock_add_rule"))
    }
}
