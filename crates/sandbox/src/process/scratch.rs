//! The directory of one job.

use crate::{Job, SandboxError};
use std::fs::{self, DirBuilder, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

/// Name of the program in its directory.
pub(super) const PROGRAM: &str = "main.py";

/// A fresh directory that only the user can enter. Removed when dropped.
#[derive(Debug)]
pub(super) struct Scratch {
    path: PathBuf,
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
        Ok(Self { path: directory.keep() })
    }

    /// Makes a directory with a job's program and files.
    pub(super) fn for_job(root: &Path, job: &Job) -> Result<Self, SandboxError> {
        let taken = |name: &str| matches!(name, "" | "." | ".." | PROGRAM) || name.contains(['/', '\0']);
        if let Some((name, _)) = job.files.iter().find(|(name, _)| taken(name)) {
            return Err(SandboxError::FileName { name: name.clone() });
        }
        let scratch = Self::new(root)?;
        scratch.write(PROGRAM, &job.program)?;
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

impl Drop for Scratch {
    fn drop(&mut self) {
        if let Err(error) = remove(&self.path) {
            tracing::warn!(path = %self.path.display(), %error, "a scratch directory could not be removed");
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
