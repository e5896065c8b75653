//! A folder for code that will run natively: it belongs to us and lets nobody else in.
//!
//! Everything is reached from the folder's own descriptor, no link is followed, and a file's owner and mode are checked on
//! the descriptor that is then read.

use crate::SandboxError;
use rustix::fs::{AtFlags, Mode, OFlags, fstat, open, openat, renameat, unlinkat};
use rustix::io::Errno;
use std::fs::{DirBuilder, File};
use std::io::{Read as _, Write as _};
use std::os::fd::OwnedFd;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

pub(super) struct Folder {
    descriptor: OwnedFd,
    path: PathBuf,
}

impl Folder {
    /// Opens a folder, and makes it first if it is absent.
    pub(super) fn open(path: &Path) -> Result<Self, SandboxError> {
        let made = DirBuilder::new().recursive(true).mode(0o700).create(path);
        made.map_err(|error| unusable(path, &error.to_string()))?;
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let descriptor = open(path, flags, Mode::empty()).map_err(|error| unusable(path, &error.to_string()))?;
        check(path, &descriptor, 0o077)?;
        Ok(Self { descriptor, path: path.to_owned() })
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// Waits until nobody else builds or compiles here. The lock is held until the file is dropped.
    pub(super) fn lock(&self) -> Result<File, SandboxError> {
        let flags = OFlags::RDWR | OFlags::CREATE | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let file = openat(&self.descriptor, "lock", flags, Mode::from_raw_mode(0o600));
        let file = File::from(file.map_err(|error| unusable(&self.path("lock"), &error.to_string()))?);
        file.lock().map_err(|error| unusable(&self.path("lock"), &error.to_string()))?;
        Ok(file)
    }

    /// Opens a file that nobody but us can have written. `None` if there is none.
    pub(super) fn file(&self, name: &str) -> Result<Option<File>, SandboxError> {
        let path = self.path(name);
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let descriptor = match openat(&self.descriptor, name, flags, Mode::empty()) {
            Ok(descriptor) => descriptor,
            Err(Errno::NOENT) => return Ok(None),
            Err(Errno::LOOP) => return Err(unusable(&path, "it is a link")),
            Err(error) => return Err(unusable(&path, &error.to_string())),
        };
        check(&path, &descriptor, 0o022)?;
        let file = File::from(descriptor);
        match file.metadata() {
            Ok(found) if found.is_file() => Ok(Some(file)),
            Ok(_) => Err(unusable(&path, "it is not a file")),
            Err(error) => Err(unusable(&path, &error.to_string())),
        }
    }

    pub(super) fn read(&self, name: &str) -> Result<Option<Vec<u8>>, SandboxError> {
        let Some(mut file) = self.file(name)? else { return Ok(None) };
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).map_err(|error| unusable(&self.path(name), &error.to_string()))?;
        Ok(Some(bytes))
    }

    /// Writes a file at once: others see all of it or nothing.
    pub(super) fn write(&self, name: &str, bytes: &[u8]) -> Result<(), SandboxError> {
        let part = format!("{name}.part");
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        // Of a process that was killed. Whoever writes holds the lock.
        let _ = unlinkat(&self.descriptor, &*part, AtFlags::empty());
        let whole = || -> std::io::Result<()> {
            let mut file = File::from(openat(&self.descriptor, &*part, flags, Mode::from_raw_mode(0o600))?);
            file.write_all(bytes)?;
            file.sync_all()?;
            renameat(&self.descriptor, &*part, &self.descriptor, name)?;
            Ok(())
        };
        whole().map_err(|error| unusable(&self.path(name), &error.to_string()))
    }
}

fn check(path: &Path, descriptor: &OwnedFd, forbidden: u32) -> Result<(), SandboxError> {
    let found = fstat(descriptor).map_err(|error| unusable(path, &error.to_string()))?;
    if found.st_uid != rustix::process::geteuid().as_raw() {
        return Err(unusable(path, "it belongs to another user"));
    }
    if found.st_mode & forbidden != 0 {
        return Err(unusable(path, &format!("its mode {:o} lets others in", found.st_mode & 0o7777)));
    }
    Ok(())
}

fn unusable(path: &Path, why: &str) -> SandboxError {
    SandboxError::Cache { path: path.to_owned(), why: why.to_owned() }
}
