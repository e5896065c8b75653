//! What can go wrong with a run's directory.

use crate::line::LineError;
use mend_core::{Digest, TreeError, TreeKey};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A run's directory that cannot be made, read or written. Cheap to clone, because a failed journal answers
/// every later append with its first error.
#[derive(Debug, Clone, thiserror::Error)]
pub enum JournalError {
    /// The directory already holds a run.
    #[error("`{}` already holds a run", .dir.display())]
    Exists {
        /// The run's directory.
        dir: PathBuf,
    },
    /// The directory holds files that are not a run's.
    #[error("`{}` is not empty and holds no run", .dir.display())]
    NotEmpty {
        /// The directory.
        dir: PathBuf,
    },
    /// The directory has no manifest.
    #[error("`{}` holds no run: it has no `manifest.json`", .dir.display())]
    NotARun {
        /// The directory.
        dir: PathBuf,
    },
    /// Another process writes to this run.
    #[error("`{}` is in use by another process", .dir.display())]
    Locked {
        /// The run's directory.
        dir: PathBuf,
    },
    /// A directory or a file cannot be made.
    #[error("cannot create `{}`", .path.display())]
    Create {
        /// What was to be made.
        path: PathBuf,
        /// The system's reason.
        source: Arc<io::Error>,
    },
    /// A file cannot be read.
    #[error("cannot read `{}`", .path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        source: Arc<io::Error>,
    },
    /// A file cannot be written. The journal was cut back to its last whole entry and takes no more.
    #[error("cannot write `{}`", .path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        source: Arc<io::Error>,
    },
    /// What was written cannot be made durable. The journal takes no more.
    #[error("cannot make `{}` durable", .path.display())]
    Sync {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        source: Arc<io::Error>,
    },
    /// A file of another version of mend.
    #[error("`{}` has format {found}, and this version reads format {supported}", .path.display())]
    Format {
        /// The file.
        path: PathBuf,
        /// The version that the file states.
        found: u64,
        /// The one version that is read.
        supported: u32,
    },
    /// Journal and manifest do not belong together, or the manifest was edited.
    #[error(
        "`{}` was written for identity {}, and the manifest's is {}", .path.display(), .journal.short(), .manifest.short()
    )]
    Identity {
        /// The journal.
        path: PathBuf,
        /// The identity in line 1 of the journal.
        journal: Digest,
        /// The identity of the manifest.
        manifest: Digest,
    },
    /// A line that is not what it should be.
    #[error("{}:{line}: {why}", .path.display())]
    Line {
        /// The file.
        path: PathBuf,
        /// Line in the file, counted from 1.
        line: usize,
        /// What is wrong, naming the field where there is one.
        why: String,
    },
    /// An entry for a tree that the manifest does not have.
    #[error("{}:{line}: the run has no tree {key}", .path.display())]
    UnknownTree {
        /// The journal.
        path: PathBuf,
        /// Line in the file, counted from 1.
        line: usize,
        /// The tree that the entry names.
        key: TreeKey,
    },
    /// An entry that contradicts the ones before it.
    #[error("{}:{line}: the event does not fit tree {key}", .path.display())]
    Refused {
        /// The journal.
        path: PathBuf,
        /// Line in the file, counted from 1.
        line: usize,
        /// The tree.
        key: TreeKey,
        /// The contradiction.
        source: TreeError,
    },
    /// An entry names a text whose body is neither at hand nor in the journal.
    #[error("text {} has no body to store in `{}`", .text.short(), .path.display())]
    NoBody {
        /// The journal.
        path: PathBuf,
        /// The text.
        text: Digest,
    },
}

impl JournalError {
    pub(crate) fn line(path: &Path, line: usize, error: LineError) -> Self {
        let (LineError::Unreadable(why) | LineError::Altered(why)) = error;
        Self::Line { path: path.to_owned(), line, why }
    }

    /// What the user can do about it, as a lowercase fragment; `None` if the message says it all.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Exists { dir } => {
                let dir = dir.display();
                Some(format!("go on with it by `mend resume {dir}`, or choose another directory with `--out`"))
            }
            Self::NotEmpty { .. } => Some("choose another directory with `--out`".to_owned()),
            Self::Locked { .. } => Some("wait until the other `mend` is done with the run, or stop it".to_owned()),
            Self::Write { .. } | Self::Sync { .. } => {
                Some("what was recorded before is kept: make room, then continue with `mend resume`".to_owned())
            }
            _ => None,
        }
    }

    pub(crate) fn create(path: &Path, source: io::Error) -> Self {
        Self::Create { path: path.to_owned(), source: Arc::new(source) }
    }

    pub(crate) fn read(path: &Path, source: io::Error) -> Self {
        Self::Read { path: path.to_owned(), source: Arc::new(source) }
    }

    pub(crate) fn write(path: &Path, source: io::Error) -> Self {
        Self::Write { path: path.to_owned(), source: Arc::new(source) }
    }

    pub(crate) fn sync(path: &Path, source: io::Error) -> Self {
        Self::Sync { path: path.to_owned(), source: Arc::new(source) }
    }
}
