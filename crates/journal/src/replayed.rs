//! A run's trees alone, as reports want them: entries are folded as they are read, and none is kept.
//!
//! Reading the file, understanding its entries and growing the trees go on side by side. Whatever is not as it should be is
//! left to [`read`], which finds it again and says what it is.

use crate::line::{self, Chain};
use crate::recorded::{own_header, seedlings};
use crate::{Bodies, JOURNAL, JournalError, Torn, identity_digest, manifest, read};
use mend_core::{Digest, Entry, RepairTree, RunManifest};
use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::Path;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

/// A run without its entries.
#[derive(Debug, Clone)]
pub struct Replayed {
    /// The run's manifest.
    pub manifest: RunManifest,
    /// Its trees, as [`Recorded::trees`](crate::Recorded::trees) has them.
    pub trees: Vec<RepairTree>,
    /// What was left out at the end; `None` if the journal ends in a whole entry.
    pub cut: Option<Torn>,
}

/// Reads a run's trees. The same as [`read`] with [`Recorded::trees`](crate::Recorded::trees), in less time and memory.
///
/// # Errors
/// Those of both.
pub fn replay(dir: &Path, bodies: Bodies) -> Result<Replayed, JournalError> {
    if bodies == Bodies::Without
        && let Some(replayed) = side_by_side(dir)?
    {
        return Ok(replayed);
    }
    let recorded = read(dir, bodies)?;
    let trees = recorded.trees()?;
    Ok(Replayed { manifest: recorded.manifest, trees, cut: recorded.cut })
}

/// Bytes of entries that are handed on together.
const BATCH: usize = 1 << 20;

/// Entries whose checks were looked at, one after another.
#[derive(Default)]
struct Batch {
    bytes: Vec<u8>,
    /// Where each ends.
    ends: Vec<usize>,
}

impl Batch {
    fn push(&mut self, line: &[u8]) {
        self.bytes.extend(line);
        self.ends.push(self.bytes.len());
    }

    /// The entries; `None` if one of them is none.
    fn entries(&self) -> Option<Vec<Entry>> {
        let mut start = 0;
        let entry = |end: &usize| {
            let line = &self.bytes[start..*end];
            start = *end;
            line::parse_checked(line).ok()
        };
        self.ends.iter().map(entry).collect()
    }
}

/// The trees; `None` if anything is not as it should be.
fn side_by_side(dir: &Path) -> Result<Option<Replayed>, JournalError> {
    let manifest = manifest::read(dir)?;
    let path = dir.join(JOURNAL);
    let file = File::open(&path).map_err(|source| JournalError::read(&path, source))?;
    let identity = identity_digest(&manifest.identity, &manifest.problems);
    let (batches, checked) = sync_channel(4);
    let (entries, understood) = sync_channel(4);
    let (trees, gathered) = thread::scope(|scope| {
        let (file, path) = (&file, path.as_path());
        let gathered = scope.spawn(move || gather(file, path, identity, &batches));
        scope.spawn(move || understand(&checked, &entries));
        let trees = grow(&manifest, understood);
        let gathered = gathered.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        (trees, gathered)
    });
    let gathered = gathered.map_err(|source| JournalError::read(&path, source))?;
    Ok(trees.zip(gathered).map(|(trees, Gathered { cut })| Replayed { manifest, trees, cut }))
}

/// What a journal came to that was read to its end.
struct Gathered {
    /// What was left out at its end.
    cut: Option<Torn>,
}

/// Hands on the entries of a journal; `None` if a line is not as it was written.
fn gather(file: &File, path: &Path, identity: Digest, batches: &SyncSender<Batch>) -> io::Result<Option<Gathered>> {
    let mut reader = BufReader::with_capacity(1 << 18, file);
    let mut line = Vec::new();
    let (mut chain, mut batch) = (Chain::start(identity), Batch::default());
    let (mut length, mut seen_bytes, mut next_good_line) = (0, 0, 1);
    for number in 1.. {
        line.clear();
        seen_bytes += reader.read_until(b'\n', &mut line)? as u64;
        let Some(whole) = line.strip_suffix(b"\n") else { break };
        if number == 1 {
            if own_header(whole, identity, path).is_err() {
                return Ok(None);
            }
        } else if line::is_body(whole) {
            continue;
        } else {
            let Ok(next) = line::checked(whole, chain) else { return Ok(None) };
            chain = next;
            batch.push(whole);
            if batch.bytes.len() >= BATCH && batches.send(std::mem::take(&mut batch)).is_err() {
                return Ok(None);
            }
        }
        (length, next_good_line) = (seen_bytes, number + 1);
    }
    let is_taken = batch.ends.is_empty() || batches.send(batch).is_ok();
    let cut = (seen_bytes > length).then_some(Torn { bytes: seen_bytes - length, line: next_good_line });
    Ok(is_taken.then_some(Gathered { cut }))
}

/// Hands on what each batch says, and `None` for one that holds what is no entry.
fn understand(batches: &Receiver<Batch>, entries: &SyncSender<Option<Vec<Entry>>>) {
    for batch in batches {
        let understood = batch.entries();
        let is_last = understood.is_none();
        if entries.send(understood).is_err() || is_last {
            break;
        }
    }
}

/// The trees that entries make; `None` if one of them fits no tree.
fn grow(manifest: &RunManifest, entries: Receiver<Option<Vec<Entry>>>) -> Option<Vec<RepairTree>> {
    let (mut trees, index) = seedlings(manifest);
    for batch in entries {
        for entry in &batch? {
            match &entry.tree {
                Some(key) => trees[*index.get(key)?].apply(&entry.event).ok()?,
                None if entry.event.is_of_run() => {}
                None => return None,
            }
        }
    }
    Some(trees)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;
    use mend_core::{CallId, Event, Slot, Tokens, TreeKey};
    use std::fs;
    use std::path::PathBuf;

    fn recorded_run(entries: &[Entry]) -> (tempfile::TempDir, PathBuf, Vec<u8>) {
        let dir = fixture::tempdir();
        let run = dir.path().join("run");
        fixture::write(&run, &fixture::manifest(2, 1), entries);
        let bytes = fs::read(run.join(JOURNAL)).unwrap();
        (dir, run, bytes)
    }

    /// Both ways to read a run end alike, in their words too.
    #[track_caller]
    fn check(run: &Path) {
        let other = read(run, Bodies::Without).and_then(|recorded| Ok((recorded.trees()?, recorded.cut)));
        match (replay(run, Bodies::Without), other) {
            (Ok(replayed), Ok(other)) => assert_eq!((replayed.trees, replayed.cut), other),
            (Err(error), Err(other)) => assert_eq!(error.to_string(), other.to_string()),
            (one, other) => panic!("{one:?} is not {other:?}"),
        }
    }

    #[test]
    fn every_truncation_and_every_flipped_bit_reads_as_it_does_entry_by_entry() {
        let (_dir, run, bytes) = recorded_run(&fixture::run());
        for length in 0..=bytes.len() {
            fs::write(run.join(JOURNAL), &bytes[..length]).unwrap();
            check(&run);
        }
        for index in (0..bytes.len()).step_by(3) {
            let mut flipped = bytes.clone();
            flipped[index] ^= 1 << (index % 8);
            fs::write(run.join(JOURNAL), &flipped).unwrap();
            check(&run);
        }
    }

    #[test]
    fn entries_that_fit_no_tree_are_told_as_elsewhere() {
        let call = CallId::new(&Slot::program(3), 0);
        let lost = Event::Lost { call, charged: Tokens(1).into(), why: "killed".into() };
        let key = TreeKey { problem: mend_core::ProblemId::new("b"), replicate: 0 };
        for tree in [None, Some(key)] {
            let (_dir, run, _) = recorded_run(&[Entry { tree, event: lost.clone() }]);
            check(&run);
            assert!(replay(&run, Bodies::Without).is_err());
        }
    }

    #[test]
    fn trees_are_those_that_grew_live_with_bodies_and_without() {
        let (_dir, run, _) = recorded_run(&fixture::run());
        let live = fixture::live_trees(&fixture::manifest(2, 1), &fixture::run());
        for bodies in [Bodies::Without, Bodies::With, Bodies::AsFound] {
            let replayed = replay(&run, bodies).unwrap();
            assert_eq!((replayed.trees, replayed.cut), (live.clone(), None));
        }
    }
}
