//! A run that can be appended to: the one place where its directory is made, locked and repaired.

use crate::line::{self, Chain};
use crate::recorded::{Scan, scan};
use crate::writer::{Storage as _, Tail, Ticket, Writer};
use crate::{Bodies, JOURNAL, JournalError, MANIFEST, MANIFEST_TEMPORARY, Recorded, identity_digest, manifest};
use mend_core::{Digest, Entry, RunManifest};
use std::collections::BTreeSet;
use std::fmt;
use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

/// A run's directory, open for appending and locked against every other process.
///
/// [`Journal::append`] returns when the entry is written; its [`Ticket`] tells when it is durable. After a
/// failed write or sync every later append fails with that first error, so a run stops, and can be resumed.
pub struct Journal {
    dir: PathBuf,
    writer: Writer,
    /// Stands after the writer, so that the directory is let go when everything is durable.
    _lock: Lock,
}

impl Journal {
    /// Makes a run's directory, with its parents. An empty directory is taken as it is.
    ///
    /// # Errors
    /// The directory holds a run or other files, is being made by another process, or cannot be made.
    pub fn create(dir: &Path, manifest: &RunManifest) -> Result<Self, JournalError> {
        fs::create_dir_all(dir).map_err(|source| JournalError::create(dir, source))?;
        check_vacant(dir)?;
        let path = dir.join(JOURNAL);
        let file = File::options()
            .read(true)
            .append(true)
            .create(true)
            .open(&path)
            .map_err(|source| JournalError::create(&path, source))?;
        let lock = Lock::take(&file, dir, &path)?;
        // Somebody else may have made a run here before the lock was ours.
        check_vacant(dir)?;
        manifest::write(dir, manifest)?;
        let identity = identity_digest(&manifest.identity, &manifest.problems);
        let length = start(&file, &path, identity)?;
        sync_directory(dir)?;
        let tail = Tail { length, chain: Chain::start(identity), texts: BTreeSet::new() };
        Ok(Self { dir: dir.to_owned(), writer: Writer::start(path, Box::new(file), tail)?, _lock: lock })
    }

    /// Opens a run to go on with it, and gives what was recorded so far, bodies included. A torn end is cut
    /// from the file and told in [`Recorded::cut`]; a run that was killed while it was made is empty.
    ///
    /// # Errors
    /// Those of [`read`](crate::read), and [`JournalError::Locked`].
    pub fn resume(dir: &Path) -> Result<(Self, Recorded), JournalError> {
        let manifest = manifest::read(dir)?;
        let path = dir.join(JOURNAL);
        let file =
            File::options().read(true).append(true).open(&path).map_err(|source| JournalError::read(&path, source))?;
        let lock = Lock::take(&file, dir, &path)?;
        let Scan { recorded, identity, mut length, chain, bodies } = scan(&file, &path, manifest, Bodies::With)?;
        if recorded.cut.is_some() {
            file.truncate(length).map_err(|source| JournalError::write(&path, source))?;
        }
        if length == 0 {
            length = start(&file, &path, identity)?;
        }
        file.sync().map_err(|source| JournalError::sync(&path, source))?;
        sync_directory(dir)?;
        let tail = Tail { length, chain, texts: bodies.into_keys().collect() };
        Ok((Self { dir: dir.to_owned(), writer: Writer::start(path, Box::new(file), tail)?, _lock: lock }, recorded))
    }

    /// Writes an entry, with the bodies of its texts that the journal does not hold yet. Any thread may call
    /// it; entries never interleave.
    ///
    /// # Errors
    /// [`JournalError::NoBody`] for a text without words, which leaves the journal as it was. Otherwise the
    /// journal's first failure: nothing was recorded, and nothing will be.
    pub fn append(&self, entry: &Entry) -> Result<Ticket, JournalError> {
        self.writer.append(entry)
    }

    /// Whether some process has a run open for appending. Asks for the lock and gives it back at once.
    pub fn is_locked(dir: &Path) -> bool {
        let file = File::open(dir.join(JOURNAL));
        file.is_ok_and(|file| matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock)))
    }

    /// How far a run is, in a word: `complete` if all its trees are finished, else `running` or `stopped`.
    pub fn state(dir: &Path, is_finished: bool) -> &'static str {
        if is_finished {
            "complete"
        } else if Self::is_locked(dir) {
            "running"
        } else {
            "stopped"
        }
    }

    /// The run's directory.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// Makes everything durable and lets go of the directory. Dropping does the same, and can only log what
    /// went wrong.
    ///
    /// # Errors
    /// The journal's first failure, if it had one.
    pub fn close(mut self) -> Result<(), JournalError> {
        self.writer.close()
    }
}

impl fmt::Debug for Journal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Journal").field("dir", &self.dir).finish_non_exhaustive()
    }
}

/// The run's lock, through a second handle of the journal's file.
///
/// It is given up by hand: a program that another thread is about to start shares the handles for a moment,
/// and would keep the lock alive beyond them.
struct Lock(File);

impl Lock {
    fn take(file: &File, dir: &Path, path: &Path) -> Result<Self, JournalError> {
        file.try_lock().map_err(|error| match error {
            TryLockError::WouldBlock => JournalError::Locked { dir: dir.to_owned() },
            TryLockError::Error(source) => JournalError::read(path, source),
        })?;
        file.try_clone().map(Self).map_err(|source| JournalError::read(path, source))
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        if let Err(error) = self.0.unlock() {
            tracing::warn!(%error, "cannot unlock a journal");
        }
    }
}

/// Refuses a directory that holds more than what an interrupted [`Journal::create`] leaves.
fn check_vacant(dir: &Path) -> Result<(), JournalError> {
    let read = |source: io::Error| JournalError::read(dir, source);
    let entries: Vec<_> = fs::read_dir(dir).map_err(read)?.collect::<Result<_, _>>().map_err(read)?;
    if entries.iter().any(|entry| entry.file_name() == MANIFEST) {
        return Err(JournalError::Exists { dir: dir.to_owned() });
    }
    for entry in entries {
        let name = entry.file_name();
        let is_left_over = name == MANIFEST_TEMPORARY || name == JOURNAL && entry.metadata().map_err(read)?.len() == 0;
        if !is_left_over {
            return Err(JournalError::NotEmpty { dir: dir.to_owned() });
        }
    }
    Ok(())
}

/// Makes the directory's names durable, and its own name in its parent.
fn sync_directory(dir: &Path) -> Result<(), JournalError> {
    let parent = dir.parent().filter(|parent| !parent.as_os_str().is_empty());
    for dir in [Some(dir), parent].into_iter().flatten() {
        File::open(dir).and_then(|dir| dir.sync_all()).map_err(|source| JournalError::sync(dir, source))?;
    }
    Ok(())
}

/// Writes line 1 into an empty file, durably. Returns its length.
fn start(file: &File, path: &Path, identity: Digest) -> Result<u64, JournalError> {
    let header = line::header(identity);
    file.append(&header).map_err(|source| JournalError::write(path, source))?;
    file.sync().map_err(|source| JournalError::sync(path, source))?;
    Ok(header.len() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Torn, fixture, read};
    use mend_core::Event;
    use proptest::prelude::*;

    fn temporary() -> (tempfile::TempDir, PathBuf) {
        let dir = fixture::tempdir();
        let run = dir.path().join("results/run");
        (dir, run)
    }

    #[test]
    fn run_survives_its_directory() {
        let (_dir, run) = temporary();
        let (manifest, entries) = (fixture::manifest(2, 1), fixture::run());
        fixture::write(&run, &manifest, &entries);
        let recorded = read(&run, Bodies::With).unwrap();
        assert_eq!((&recorded.manifest, recorded.cut), (&manifest, None));
        fixture::assert_entries(&recorded.entries, &entries);
        assert_eq!(recorded.trees().unwrap(), fixture::live_trees(&manifest, &entries));
        let mut names: Vec<_> = fs::read_dir(&run).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        assert_eq!(names, [JOURNAL, MANIFEST]);
    }

    #[test]
    fn body_is_stored_once_also_after_a_resumption() {
        let (_dir, run) = temporary();
        let entries = fixture::tree_entries(0, 0, 3);
        fixture::write(&run, &fixture::manifest(1, 2), &entries);
        let (journal, _) = Journal::resume(&run).unwrap();
        for entry in fixture::tree_entries(0, 1, 3) {
            journal.append(&entry).unwrap();
        }
        journal.close().unwrap();
        let text = fs::read_to_string(run.join(JOURNAL)).unwrap();
        let mut bodies: Vec<_> = text.lines().filter(|line| line.starts_with("{\"text\":")).collect();
        // One prompt, and the programs of the two calls that were answered.
        assert_eq!(bodies.len(), 3);
        bodies.sort_unstable();
        bodies.dedup();
        assert_eq!(bodies.len(), 3);
    }

    #[test]
    fn journal_resumes_after_a_kill_at_any_byte() {
        let (_dir, run) = temporary();
        // One of each kind of line, and no more: every byte costs several syncs.
        let (manifest, mut entries) = (fixture::manifest(1, 1), fixture::tree_entries(0, 0, 1));
        entries.insert(2, fixture::run_entry(Event::Stopped { why: "budget".into() }));
        fixture::write(&run, &manifest, &entries);
        let bytes = fs::read(run.join(JOURNAL)).unwrap();
        for length in 0..=bytes.len() {
            fs::write(run.join(JOURNAL), &bytes[..length]).unwrap();
            let (journal, recorded) = Journal::resume(&run).unwrap();
            let count = recorded.entries.len();
            fixture::assert_entries(&recorded.entries, &entries[..count]);
            for entry in &entries[count..] {
                journal.append(entry).unwrap();
            }
            journal.close().unwrap();
            assert_eq!(fs::read(run.join(JOURNAL)).unwrap(), bytes, "killed at byte {length}");
        }
    }

    #[test]
    fn run_that_was_killed_while_it_was_made_is_empty_or_made_again() {
        let (_dir, run) = temporary();
        let manifest = fixture::manifest(1, 1);
        fs::create_dir_all(&run).unwrap();
        fs::write(run.join(JOURNAL), "").unwrap();
        fs::write(run.join(MANIFEST_TEMPORARY), "{").unwrap();
        Journal::create(&run, &manifest).unwrap().close().unwrap();
        fs::write(run.join(JOURNAL), "{\"form").unwrap();
        let (journal, recorded) = Journal::resume(&run).unwrap();
        assert_eq!((recorded.entries.len(), recorded.cut), (0, Some(Torn { bytes: 6, line: 1 })));
        journal.close().unwrap();
        assert_eq!(read(&run, Bodies::With).unwrap().cut, None);
    }

    #[track_caller]
    fn check_refused(run: &Path, error: &str, hint: Option<&str>) {
        let refusal = Journal::create(run, &fixture::manifest(1, 1)).unwrap_err();
        let clean = |text: String| text.replace(&run.display().to_string(), "run");
        assert_eq!(clean(refusal.to_string()), error);
        assert_eq!(refusal.hint().map(clean).as_deref(), hint);
    }

    #[test]
    fn taken_directory_is_refused_and_left_as_it_was() {
        let (_dir, run) = temporary();
        fixture::write(&run, &fixture::manifest(2, 1), &fixture::run());
        let bytes = fs::read(run.join(JOURNAL)).unwrap();
        let hint = "go on with it by `mend resume run`, or choose another directory with `--out`";
        check_refused(&run, "`run` already holds a run", Some(hint));
        assert_eq!(fs::read(run.join(JOURNAL)).unwrap(), bytes);

        let (_dir, other) = temporary();
        fs::create_dir_all(&other).unwrap();
        fs::write(other.join("thesis.txt"), "").unwrap();
        let hint = "choose another directory with `--out`";
        check_refused(&other, "`run` is not empty and holds no run", Some(hint));
        assert!(!other.join(JOURNAL).exists());

        // A file stands where a parent should.
        check_refused(&other.join("thesis.txt/run"), "cannot create `run`", None);
        let missing = Journal::resume(&other).unwrap_err();
        assert_eq!(missing.to_string(), format!("`{}` holds no run: it has no `manifest.json`", other.display()));
    }

    #[test]
    fn second_opener_is_locked_out_and_readers_are_not() {
        let (_dir, run) = temporary();
        let journal = Journal::create(&run, &fixture::manifest(2, 1)).unwrap();
        journal.append(&fixture::run()[0]).unwrap();
        let locked = Journal::resume(&run).unwrap_err();
        assert!(matches!(locked, JournalError::Locked { .. }), "{locked}");
        assert_eq!(read(&run, Bodies::With).unwrap().entries.len(), 1);
        drop(journal);
        Journal::resume(&run).unwrap();
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]

        /// Trees of several problems grow interleaved, and the run is killed at up to three places.
        #[test]
        fn replay_after_kills_folds_to_the_live_trees(
            picks in prop::collection::vec(0..4_usize, 0..40),
            kills in prop::collection::vec(0.0..1.0_f64, 0..3),
        ) {
            let (_dir, run) = temporary();
            let manifest = fixture::manifest(2, 2);
            let mut chains: Vec<_> =
                (0..4).map(|tree| fixture::tree_entries(tree / 2, tree % 2, 3).into_iter()).collect();
            let entries: Vec<Entry> = picks.iter().filter_map(|pick| chains[*pick].next()).collect();
            fixture::write(&run, &manifest, &entries);
            for kill in kills {
                let bytes = fs::read(run.join(JOURNAL)).unwrap();
                fs::write(run.join(JOURNAL), &bytes[..(bytes.len() as f64 * kill) as usize]).unwrap();
                let (journal, recorded) = Journal::resume(&run).unwrap();
                for entry in &entries[recorded.entries.len()..] {
                    journal.append(entry).unwrap();
                }
                journal.close().unwrap();
            }
            let recorded = read(&run, Bodies::Without).unwrap();
            prop_assert_eq!(recorded.trees().unwrap(), fixture::live_trees(&manifest, &entries));
        }
    }
}
