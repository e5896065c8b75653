//! The directory of one job.

use crate::{Job, Program, SandboxError};
use std::fs::{self, DirBuilder, File, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Name of the program in its directory.
pub(super) const PROGRAM: &str = "main.py";

/// A fresh directory that only the user can enter. Removed when dropped.
#[derive(Debug)]
pub(super) struct Scratch {
    path: PathBuf,
    /// Held as long as the directory is in use: a directory without a lock was left by a harness that was killed.
    _lock: Option<File>,
}

impl Scratch {
    /// Makes an empty directory below `root`.
    pub(super) fn new(root: &Path) -> Result<Self, SandboxError> {
        let failed = |source| SandboxError::Scratch { path: root.to_owned(), source };
        let directory = tempfile::Builder::new()
            .prefix("mend-")
            .permissions(Permissions::from_mode(0o700))
            .tempdir_in(root)
            .map_err(failed)?;
        // Removal is ours: a job can leave directories that `tempfile` cannot remove.
        let path = directory.keep();
        let lock = File::open(&path).ok().filter(|file| file.try_lock().is_ok());
        Ok(Self { path, _lock: lock })
    }

    /// Makes a directory with a job's program and files.
    pub(super) fn for_job(root: &Path, job: &Job) -> Result<Self, SandboxError> {
        check_names(job)?;
        let scratch = Self::new(root)?;
        if let Program::Foreign(program) = &job.program {
            scratch.write(PROGRAM, program)?;
        }
        for (name, bytes) in &job.files {
            scratch.write(name, bytes)?;
        }
        Ok(scratch)
    }

    /// The directory.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    fn write(&self, name: &str, bytes: &[u8]) -> Result<(), SandboxError> {
        let path = self.path.join(name);
        fs::write(&path, bytes).map_err(|source| SandboxError::Scratch { path, source })
    }
}

/// Whether the names of a job's files are plain.
pub(super) fn check_names(job: &Job) -> Result<(), SandboxError> {
    let taken = |name: &str| matches!(name, "" | "." | ".." | PROGRAM) || name.contains(['/', '\0']);
    match job.files.iter().find(|(name, _)| taken(name)) {
        Some((name, _)) => Err(SandboxError::FileName { name: name.clone() }),
        None => Ok(()),
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        if let Err(error) = remove(&self.path) {
            tracing::warn!(path = %self.path.display(), %error, "a scratch directory could not be removed");
        }
    }
}

/// How old a directory must be to be taken for one that was left: younger ones may be about to be locked.
const LEFT_AFTER: Duration = Duration::from_secs(30);

/// Removes the directories of harnesses that were killed.
pub(super) fn sweep(root: &Path, user: u32) {
    let Ok(entries) = fs::read_dir(root) else { return };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let is_ours = name
            .to_str()
            .and_then(|name| name.strip_prefix("mend-"))
            .is_some_and(|rest| rest.len() == 6 && rest.bytes().all(|byte| byte.is_ascii_alphanumeric()));
        let Ok(metadata) = fs::symlink_metadata(entry.path()) else { continue };
        let is_left = metadata.is_dir()
            && metadata.uid() == user
            && metadata.modified().is_ok_and(|time| time.elapsed().is_ok_and(|age| age > LEFT_AFTER));
        if !is_ours || !is_left {
            continue;
        }
        // Whoever holds the lock is alive. A job may have taken the right to read away.
        let is_free = File::open(entry.path()).map_or(true, |file| file.try_lock().is_ok());
        if is_free && let Err(error) = remove(&entry.path()) {
            tracing::warn!(path = %entry.path().display(), %error, "a directory that was left could not be removed");
        }
    }
}

/// Removes a directory, whatever a program made of it.
fn remove(root: &Path) -> io::Result<()> {
    let error = match fs::remove_dir_all(root) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => error,
        _ => return Ok(()),
    };
    match fs::symlink_metadata(root)?.file_type() {
        kind if kind.is_dir() => flatten(root),
        // A link would lead out of what is ours.
        kind if kind.is_symlink() => Err(error),
        _ => fs::remove_file(root),
    }
}

/// Removes a directory with locked or very deep subdirectories: every subdirectory is unlocked, its entries
/// move up to the root, and what is empty goes. No path is longer than two names, however deep the tree.
fn flatten(root: &Path) -> io::Result<()> {
    fs::set_permissions(root, Permissions::from_mode(0o700))?;
    // Names that no entry has: a directory of our own beside what the program left.
    let mut next = 0_u64;
    let holding = loop {
        let candidate = root.join(format!("mend-removal-{next}"));
        match DirBuilder::new().mode(0o700).create(&candidate) {
            Ok(()) => break candidate,
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => next += 1,
            Err(error) => return Err(error),
        }
    };
    // The first round moves the root's entries into the holding directory, so that from then on all names are ours.
    for entry in fs::read_dir(root)? {
        let entry = entry?;
        if entry.path() != holding {
            take(&entry, &holding, &mut next)?;
        }
    }
    loop {
        let mut progress = false;
        for entry in fs::read_dir(&holding)? {
            let entry = entry?;
            progress = true;
            if entry.file_type()?.is_dir() {
                for inner in fs::read_dir(entry.path())? {
                    take(&inner?, &holding, &mut next)?;
                }
                fs::remove_dir(entry.path())?;
            } else {
                fs::remove_file(entry.path())?;
            }
        }
        if !progress {
            break;
        }
    }
    fs::remove_dir(&holding)?;
    fs::remove_dir(root)
}

/// Moves an entry into the holding directory under a new name, unlocked if it is a directory.
fn take(entry: &fs::DirEntry, holding: &Path, next: &mut u64) -> io::Result<()> {
    if entry.file_type()?.is_dir() {
        fs::set_permissions(entry.path(), Permissions::from_mode(0o700))?;
    }
    *next += 1;
    fs::rename(entry.path(), holding.join(next.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn job(name: &str) -> Job {
        Job { files: vec![(name.to_owned(), b"x".to_vec())], ..Job::default() }
    }

    #[track_caller]
    fn check(name: &str, accepted: bool) {
        let root = tempfile::tempdir().unwrap();
        let made = Scratch::for_job(root.path(), &job(name));
        assert_eq!(made.is_ok(), accepted, "{name:?}");
        drop(made);
        assert_eq!(fs::read_dir(root.path()).unwrap().count(), 0, "{name:?} leaves something behind");
    }

    #[test]
    fn only_plain_names_are_accepted() {
        check("data.txt", true);
        check("..data", true);
        for name in ["", ".", "..", "a/b", "/etc/x", "../x", "a\0b", "main.py"] {
            check(name, false);
        }
    }

    #[test]
    fn the_directory_is_private() {
        let root = tempfile::tempdir().unwrap();
        let scratch = Scratch::new(root.path()).unwrap();
        assert_eq!(fs::metadata(scratch.path()).unwrap().permissions().mode() & 0o777, 0o700);
    }

    #[test]
    fn locked_deep_and_colliding_entries_are_flattened_away() {
        let root = tempfile::tempdir().unwrap();
        let scratch = Scratch::new(root.path()).unwrap();
        let top = scratch.path().to_owned();
        fs::create_dir_all(top.join("a/b/c")).unwrap();
        fs::write(top.join("a/b/c/file"), b"x").unwrap();
        fs::create_dir_all(top.join("mend-removal-0/1/2")).unwrap();
        fs::write(top.join("1"), b"x").unwrap();
        std::os::unix::fs::symlink("/", top.join("a/link")).unwrap();
        fs::set_permissions(top.join("a/b/c"), Permissions::from_mode(0o000)).unwrap();
        fs::set_permissions(top.join("a"), Permissions::from_mode(0o000)).unwrap();
        flatten(&top).unwrap();
        assert!(!top.exists());
    }

    #[test]
    fn an_unwritable_root_is_named() {
        let error = Scratch::new(Path::new("/nonexistent/scratch")).unwrap_err();
        assert!(error.to_string().contains("`/nonexistent/scratch`"), "{error}");
    }
}
