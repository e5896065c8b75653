//! The runs of a folder, and the files of a run: nothing outside the folder, whatever links lie in it.

use mend_journal::JOURNAL;
use rustix::fs::OFlags;
use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// A folder with runs.
#[derive(Debug)]
pub(crate) struct Folder {
    root: PathBuf,
}

impl Folder {
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        let root = path.canonicalize()?;
        fs::read_dir(&root)?;
        Ok(Self { root })
    }

    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// The runs by name: the folders in it that hold one, and itself if it is one. Links that lead out are none.
    pub(crate) fn runs(&self) -> io::Result<Vec<(String, PathBuf)>> {
        let mut runs = vec![];
        for entry in fs::read_dir(&self.root)? {
            let entry = entry?;
            let Ok(name) = entry.file_name().into_string() else { continue };
            let Ok(path) = entry.path().canonicalize() else { continue };
            if path.starts_with(&self.root) && path != self.root && is_run(&path) {
                runs.push((name, path));
            }
        }
        if is_run(&self.root) {
            let name = self.root.file_name().and_then(|name| name.to_str()).unwrap_or("run").to_owned();
            runs.retain(|(other, _)| *other != name);
            runs.push((name, self.root.clone()));
        }
        runs.sort();
        Ok(runs)
    }

    /// A run by its name.
    pub(crate) fn run(&self, name: &str) -> Option<PathBuf> {
        let runs = self.runs().ok()?;
        runs.into_iter().find(|(own, _)| own == name).map(|(_, path)| path)
    }
}

/// Whether a folder holds a run whose files are its own.
fn is_run(folder: &Path) -> bool {
    let kind = |name: &str| fs::symlink_metadata(folder.join(name)).map(|data| data.is_file());
    kind("manifest.json").is_ok_and(|is_file| is_file) && kind(JOURNAL).unwrap_or(true)
}

/// Opens a file of a run that is a file itself, and no link.
pub(crate) fn open(run: &Path, name: &str) -> io::Result<File> {
    let flags =
        i32::try_from((OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC).bits()).map_err(io::Error::other)?;
    let file = OpenOptions::new().read(true).custom_flags(flags).open(run.join(name))?;
    if file.metadata()?.is_file() { Ok(file) } else { Err(io::ErrorKind::NotFound.into()) }
}

/// What tells one state of a run's files from another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stamp {
    pub(crate) journal: Option<(u64, SystemTime)>,
    pub(crate) manifest: Option<(u64, SystemTime)>,
    pub(crate) summary: Option<(u64, SystemTime)>,
    pub(crate) report: Option<(u64, SystemTime)>,
}

impl Stamp {
    pub(crate) fn of(run: &Path) -> Self {
        let of = |name: &str| {
            let data = fs::symlink_metadata(run.join(name)).ok().filter(fs::Metadata::is_file)?;
            Some((data.len(), data.modified().unwrap_or(SystemTime::UNIX_EPOCH)))
        };
        Self {
            journal: of(JOURNAL),
            manifest: of("manifest.json"),
            summary: of("summary.json"),
            report: of("report.html"),
        }
    }

    /// Bytes of the journal.
    pub(crate) fn length(&self) -> u64 {
        self.journal.map_or(0, |(length, _)| length)
    }

    /// When the journal last changed, in seconds of Unix time.
    pub(crate) fn changed(&self) -> u64 {
        let since = |(_, time): (u64, SystemTime)| time.duration_since(SystemTime::UNIX_EPOCH).ok();
        self.journal.and_then(since).map_or(0, |since| since.as_secs())
    }

    /// Whether the summary is about the journal as it is.
    pub(crate) fn has_fresh_summary(&self) -> bool {
        self.is_fresh(self.summary)
    }

    /// Whether the report is.
    pub(crate) fn has_fresh_report(&self) -> bool {
        self.is_fresh(self.report)
    }

    /// A file is about the journal as it is if it was written after it: files that were copied may differ by a moment.
    fn is_fresh(&self, file: Option<(u64, SystemTime)>) -> bool {
        const MOMENT: Duration = Duration::from_secs(2);
        match (file, self.journal) {
            (Some((_, file)), Some((_, journal))) => file + MOMENT >= journal,
            (file, None) => file.is_some(),
            (None, Some(_)) => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    fn run(path: &Path) {
        fs::create_dir_all(path).unwrap();
        fs::write(path.join("manifest.json"), "{}").unwrap();
        fs::write(path.join("journal.jsonl"), "").unwrap();
        fs::write(path.join("summary.json"), "{}").unwrap();
    }

    #[test]
    fn links_that_lead_out_are_no_runs_and_no_files() {
        let dir = tempfile::tempdir().unwrap();
        let (inside, outside) = (dir.path().join("results"), dir.path().join("secret"));
        run(&inside.join("a"));
        run(&outside);
        symlink(&outside, inside.join("out")).unwrap();
        symlink("../secret", inside.join("up")).unwrap();
        symlink("a", inside.join("again")).unwrap();
        fs::create_dir(inside.join("b")).unwrap();
        symlink(outside.join("manifest.json"), inside.join("b/manifest.json")).unwrap();
        run(&inside.join("c"));
        fs::remove_file(inside.join("c/journal.jsonl")).unwrap();
        symlink(outside.join("journal.jsonl"), inside.join("c/journal.jsonl")).unwrap();
        let folder = Folder::open(&inside).unwrap();
        let names: Vec<String> = folder.runs().unwrap().into_iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["a", "again"]);
        for name in ["out", "up", "..", "../secret", "b", "c", ""] {
            assert_eq!(folder.run(name), None, "{name}");
        }
        let a = folder.run("a").unwrap();
        assert!(open(&a, "summary.json").is_ok());
        fs::remove_file(a.join("summary.json")).unwrap();
        symlink(outside.join("summary.json"), a.join("summary.json")).unwrap();
        assert!(open(&a, "summary.json").is_err());
        assert_eq!(Stamp::of(&a).summary, None);
    }

    #[test]
    fn the_folder_of_one_run_holds_that_run() {
        let dir = tempfile::tempdir().unwrap();
        let own = dir.path().join("one");
        run(&own);
        run(&own.join("inner"));
        let folder = Folder::open(&own).unwrap();
        let names: Vec<String> = folder.runs().unwrap().into_iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["inner", "one"]);
        assert!(Folder::open(&dir.path().join("none")).is_err());
    }
}
