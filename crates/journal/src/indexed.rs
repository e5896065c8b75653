//! A run that is read one problem at a time, for runs that are larger than memory.
//!
//! Events of different trees stand interleaved in a journal, and each text once, wherever it came first. So the file is read
//! twice: [`Indexed::open`] goes over all of it, checks the chain, and keeps where each tree's entries and each text stand
//! (8 bytes for an entry, 16 for a text); [`Indexed::problem`] then reads what one problem needs.

use crate::line::{self, Chain, LineError, Place};
use crate::recorded::{Bad, own_header};
use crate::{Bodies, JOURNAL, JournalError, Torn, identity_digest, manifest};
use mend_core::{Digest, Entry, RepairTree, RunManifest, Text, TreeKey};
use std::collections::BTreeMap;
use std::fs::{self, File, Metadata};
use std::io::{self, BufRead, BufReader, Seek, SeekFrom};
use std::ops::Range;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A run's journal, with where everything stands in it.
///
/// It sees the journal as it was when it was opened, or when [`extend`](Self::extend) last went on.
#[derive(Debug)]
pub struct Indexed {
    manifest: Arc<RunManifest>,
    path: PathBuf,
    cut: Option<Torn>,
    /// Behind the last whole entry.
    end: End,
    /// In the manifest's order.
    trees: Vec<Entries>,
    /// The trees of each problem, in the manifest's order.
    problems: Vec<Range<usize>>,
    /// The first bytes of each text's digest, and where its line begins; sorted.
    bodies: Vec<(u64, u64)>,
    lines: Lines,
}

/// Where a pass over the file goes on.
#[derive(Debug, Clone, Copy)]
struct End {
    byte: u64,
    line: usize,
    chain: Chain,
    identity: Digest,
}

/// Where the entries of a tree begin, in the order in which they were appended.
#[derive(Debug)]
struct Entries {
    key: TreeKey,
    starts: Vec<u64>,
    is_finished: bool,
}

impl Indexed {
    /// Goes over a run once, without taking its lock and without changing a byte, so a running one may be read too.
    ///
    /// # Errors
    /// Those of [`read`](crate::read) but for what only the words of a text and the inside of an event can tell, which
    /// [`problem`](Self::problem) finds; and an entry for a tree that the manifest does not have.
    pub fn open(dir: &Path) -> Result<Self, JournalError> {
        let manifest = Arc::new(manifest::read(dir)?);
        let path = dir.join(JOURNAL);
        let file = File::open(&path).map_err(|source| JournalError::read(&path, source))?;
        let mut trees = Vec::new();
        let mut problems = Vec::new();
        for key in manifest.trees() {
            let is_next = |tree: &Entries| tree.key.problem == key.problem;
            if !trees.last().is_some_and(is_next) {
                problems.push(trees.len()..trees.len());
            }
            trees.push(Entries { key, starts: Vec::new(), is_finished: false });
            problems.last_mut().expect("pushed above").end = trees.len();
        }
        let lines = Lines { reader: BufReader::with_capacity(1 << 16, file), at: 0 };
        let identity = identity_digest(&manifest.identity, &manifest.problems);
        let end = End { byte: 0, line: 1, chain: Chain::start(identity), identity };
        let mut indexed = Self { manifest, path, cut: None, end, trees, problems, bodies: Vec::new(), lines };
        indexed.scan()?;
        Ok(indexed)
    }

    /// Goes over what the run appended since. Returns whether there was anything.
    ///
    /// # Errors
    /// Those of [`open`](Self::open).
    pub fn extend(&mut self) -> Result<bool, JournalError> {
        let before = self.end.byte;
        // What was read ahead may have been cut off since.
        let sought = self.lines.reader.seek(SeekFrom::Start(before));
        self.lines.at = sought.map_err(|source| JournalError::read(&self.path, source))?;
        self.scan()?;
        Ok(self.end.byte > before)
    }

    /// Whether the run's folder still holds the journal that was opened, and what was read of it.
    pub fn is_current(&self) -> bool {
        let of = |data: &Metadata| (data.dev(), data.ino());
        let (Ok(opened), Ok(now)) = (self.lines.reader.get_ref().metadata(), fs::metadata(&self.path)) else {
            return false;
        };
        of(&opened) == of(&now) && now.len() >= self.end.byte
    }

    /// Bytes of the journal that were gone over.
    pub fn length(&self) -> u64 {
        self.end.byte
    }

    /// About how many bytes of memory it takes.
    pub fn size(&self) -> usize {
        let entries: usize = self.trees.iter().map(|tree| 8 * tree.starts.capacity() + 96).sum();
        entries + 16 * self.bodies.capacity()
    }

    /// The run's manifest.
    pub fn manifest(&self) -> &RunManifest {
        &self.manifest
    }

    /// The same for whoever goes on without the journal.
    pub fn shared_manifest(&self) -> Arc<RunManifest> {
        Arc::clone(&self.manifest)
    }

    /// What was left out at the end; `None` if the journal ends in a whole entry.
    pub fn cut(&self) -> Option<Torn> {
        self.cut
    }

    /// How many trees the run has, and how many of them the strategy is done with.
    pub fn finished(&self) -> (usize, usize) {
        (self.trees.len(), self.trees.iter().filter(|tree| tree.is_finished).count())
    }

    /// One tree by its place in the manifest's order of trees.
    ///
    /// # Errors
    /// Those of [`problem`](Self::problem).
    pub fn one(&mut self, at: usize, bodies: Bodies) -> Result<RepairTree, JournalError> {
        self.tree(at, bodies, &mut BTreeMap::new())
    }

    /// The trees of a problem by its place in the manifest, by replicate, empty ones included.
    ///
    /// # Errors
    /// A line that is no event or a text that is not as it was stored, either with its line; an event that contradicts those
    /// before it; with [`Bodies::With`] a text that the journal does not hold.
    pub fn problem(&mut self, at: usize, bodies: Bodies) -> Result<Vec<RepairTree>, JournalError> {
        let mut known = BTreeMap::new();
        let trees = self.problems[at].clone();
        trees.map(|tree| self.tree(tree, bodies, &mut known)).collect()
    }

    fn tree(
        &mut self,
        at: usize,
        bodies: Bodies,
        known: &mut BTreeMap<Digest, Arc<str>>,
    ) -> Result<RepairTree, JournalError> {
        let mut tree = RepairTree::new(self.trees[at].key.clone());
        let mut bytes = Vec::new();
        for index in 0..self.trees[at].starts.len() {
            let start = self.trees[at].starts[index];
            self.lines.read_at(start, &mut bytes).map_err(|source| JournalError::read(&self.path, source))?;
            let entry = line::parse_checked(&bytes).map_err(|error| self.bad(start, error))?;
            let Entry { mut event, .. } = entry;
            if bodies != Bodies::Without {
                for text in event.texts_mut() {
                    let is_there = self.restore(text, known)?;
                    if !is_there && bodies == Bodies::With {
                        let why = format!("the body of text {} is missing", text.digest().short());
                        return Err(self.bad(start, LineError::Altered(why)));
                    }
                }
            }
            if let Err(source) = tree.apply(&event) {
                let (path, line) = (self.path.clone(), self.line_at(start));
                return Err(JournalError::Refused { path, line, key: tree.key, source });
            }
        }
        Ok(tree)
    }

    /// Puts the words of a text in place; whether the journal holds them.
    fn restore(&mut self, text: &mut Text, known: &mut BTreeMap<Digest, Arc<str>>) -> Result<bool, JournalError> {
        let digest = text.digest();
        if let Some(body) = known.get(&digest) {
            return Ok(text.restore(body));
        }
        let short = prefix(digest);
        let first = self.bodies.partition_point(|(prefix, _)| *prefix < short);
        let mut bytes = Vec::new();
        for index in first..self.bodies.len() {
            let (prefix, start) = self.bodies[index];
            if prefix != short {
                break;
            }
            self.lines.read_at(start, &mut bytes).map_err(|source| JournalError::read(&self.path, source))?;
            let (found, body) = line::parse_body(&bytes).map_err(|error| self.bad(start, error))?;
            if found == digest {
                let body: Arc<str> = Arc::from(body);
                known.insert(digest, Arc::clone(&body));
                return Ok(text.restore(&body));
            }
        }
        Ok(false)
    }

    /// Goes over the file from where the last pass ended.
    fn scan(&mut self) -> Result<(), JournalError> {
        let identity = self.end.identity;
        let places: BTreeMap<TreeKey, usize> =
            self.trees.iter().enumerate().map(|(place, tree)| (tree.key.clone(), place)).collect();
        let path = self.path.clone();
        let read = |source| JournalError::read(&path, source);
        let (mut chain, mut bytes) = (self.end.chain, Vec::new());
        // Bodies without their entry so far: both are written at once, so at the end they are torn too.
        let mut pending = Vec::new();
        let mut start = self.end.byte;
        for number in self.end.line.. {
            let whole = self.lines.read_at(start, &mut bytes).map_err(read)?;
            let end = self.lines.at;
            if !whole {
                start = end;
                break;
            }
            match self.take(&bytes, number, start, identity, &places, &mut chain, &mut pending) {
                Ok(true) => {
                    self.bodies.append(&mut pending);
                    self.end = End { byte: end, line: number + 1, chain, identity };
                }
                Ok(false) => {}
                Err(Bad::Line(LineError::Unreadable(_))) if self.lines.reader.fill_buf().map_err(read)?.is_empty() => {
                    start = end;
                    break;
                }
                Err(Bad::Line(error)) => return Err(JournalError::line(&path, number, error)),
                Err(Bad::Journal(error)) => return Err(error),
            }
            start = end;
        }
        let End { byte, line, .. } = self.end;
        self.cut = (start > byte).then_some(Torn { bytes: start - byte, line });
        self.sort_bodies();
        Ok(())
    }

    /// Takes one whole line. Returns whether the journal could end after it.
    #[expect(clippy::too_many_arguments, reason = "what a pass over the file knows, in one place")]
    fn take(
        &mut self,
        bytes: &[u8],
        number: usize,
        start: u64,
        identity: Digest,
        places: &BTreeMap<TreeKey, usize>,
        chain: &mut Chain,
        pending: &mut Vec<(u64, u64)>,
    ) -> Result<bool, Bad> {
        let path = || self.path.clone();
        if number == 1 {
            return own_header(bytes, identity, &self.path).map(|()| true);
        }
        if line::is_body(bytes) {
            pending.push((prefix(line::body_digest(bytes)?), start));
            return Ok(false);
        }
        let (place, next) = line::parse_place(bytes, *chain)?;
        let line = number;
        match place {
            Place::OfRun => {
                // Few, so that they are read whole here.
                let Entry { event, .. } = line::parse_checked(bytes)?;
                if !event.is_of_run() {
                    let why = "the event names no tree".to_owned();
                    return Err(Bad::Journal(JournalError::Line { path: path(), line, why }));
                }
            }
            Place::OfTree { key, submits } => {
                let Some(tree) = places.get(&key) else {
                    return Err(Bad::Journal(JournalError::UnknownTree { path: path(), line, key }));
                };
                let tree = &mut self.trees[*tree];
                tree.starts.push(start);
                tree.is_finished |= submits;
            }
        }
        *chain = next;
        Ok(true)
    }

    /// A stable sort finds what is sorted already, so that a few more texts cost little.
    #[expect(clippy::stable_sort_primitive, reason = "nearly all of it is sorted")]
    fn sort_bodies(&mut self) {
        self.bodies.sort();
    }

    fn bad(&mut self, start: u64, error: LineError) -> JournalError {
        let line = self.line_at(start);
        JournalError::line(&self.path, line, error)
    }

    /// The number of the line that begins at a byte, for the words of an error.
    fn line_at(&mut self, start: u64) -> usize {
        let mut bytes = Vec::new();
        let (mut at, mut line) = (0, 1);
        while at < start && self.lines.read_at(at, &mut bytes).unwrap_or(false) {
            (at, line) = (self.lines.at, line + 1);
        }
        line
    }
}

/// The first bytes of a digest. Two texts may share them: whoever looks compares the whole.
fn prefix(digest: Digest) -> u64 {
    let [a, b, c, d, e, f, g, h, ..] = *digest.as_bytes();
    u64::from_be_bytes([a, b, c, d, e, f, g, h])
}

/// Lines of a file, from any place.
#[derive(Debug)]
struct Lines {
    reader: BufReader<File>,
    /// Where the reader stands.
    at: u64,
}

impl Lines {
    /// Reads the line that begins at a byte, without its newline; whether it has one.
    fn read_at(&mut self, start: u64, bytes: &mut Vec<u8>) -> io::Result<bool> {
        bytes.clear();
        if start != self.at {
            // Keeps what was read ahead, as far as the place lies within.
            let offset = i64::try_from(i128::from(start) - i128::from(self.at)).map_err(io::Error::other)?;
            if let Err(error) = self.reader.seek_relative(offset) {
                self.at = self.reader.seek(SeekFrom::Start(start)).map_err(|_| error)?;
            }
            self.at = start;
        }
        let length = self.reader.read_until(b'\n', bytes)?;
        self.at += length as u64;
        if bytes.last() == Some(&b'\n') {
            bytes.pop();
            return Ok(true);
        }
        Ok(false)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{fixture, read};
    use proptest::prelude::*;

    /// All trees of a run, problem by problem.
    fn trees(indexed: &mut Indexed, bodies: Bodies) -> Result<Vec<RepairTree>, JournalError> {
        let mut trees = Vec::new();
        for at in 0..indexed.manifest().problems.len() {
            trees.extend(indexed.problem(at, bodies)?);
        }
        Ok(trees)
    }

    /// Every text of a tree, by its words.
    fn words(trees: &[RepairTree]) -> Vec<Option<String>> {
        let of = |text: &Text| text.body().map(ToString::to_string);
        let mut words = Vec::new();
        for tree in trees {
            words.extend(tree.calls().map(|(_, call)| of(&call.prompt)));
            for node in tree.nodes() {
                words.extend(node.completion.iter().map(|completion| of(&completion.text)));
                words.extend(node.candidate.iter().map(|candidate| of(&candidate.program)));
            }
        }
        words
    }

    /// File and line of an error. What is wrong with the inside of an event shows in its check first.
    fn place(error: &JournalError) -> String {
        let text = error.to_string();
        text.rsplit_once(".jsonl:")
            .map_or(text.clone(), |(path, rest)| format!("{path}.jsonl:{}", rest.split(':').next().unwrap_or_default()))
    }

    #[track_caller]
    fn check_same(run: &Path) {
        let whole = read(run, Bodies::AsFound).map(|recorded| (recorded.trees().map(|trees| words(&trees)), recorded));
        let indexed = Indexed::open(run);
        match (whole, indexed) {
            (Ok((_, recorded)), Ok(mut indexed)) => {
                assert_eq!(indexed.cut(), recorded.cut);
                match (recorded.trees(), trees(&mut indexed, Bodies::AsFound)) {
                    (Ok(whole), Ok(parts)) => {
                        assert_eq!(parts, whole);
                        assert_eq!(words(&parts), words(&whole));
                        let finished = whole.iter().filter(|tree| tree.is_finished()).count();
                        assert_eq!(indexed.finished(), (whole.len(), finished));
                        assert_eq!(trees(&mut indexed, Bodies::Without).unwrap(), whole);
                    }
                    (Err(whole), Err(part)) => assert_eq!(part.to_string(), whole.to_string()),
                    (whole, part) => panic!("{whole:?} {part:?}"),
                }
            }
            (Err(whole), Err(part)) => assert_eq!(place(&part), place(&whole)),
            (Ok((trees, _)), Err(part)) => assert_eq!(part.to_string(), trees.unwrap_err().to_string()),
            // What the inside of an event tells is found later.
            (Err(whole), Ok(mut indexed)) => {
                let part = trees(&mut indexed, Bodies::AsFound).unwrap_err();
                assert_eq!(part.to_string(), whole.to_string());
            }
        }
    }

    #[test]
    fn every_truncation_reads_as_the_whole_reader_reads_it() {
        let dir = fixture::tempdir();
        let run = dir.path().join("run");
        fixture::write(&run, &fixture::manifest(2, 2), &fixture::run());
        let bytes = fs::read(run.join(JOURNAL)).unwrap();
        for length in 0..=bytes.len() {
            fs::write(run.join(JOURNAL), &bytes[..length]).unwrap();
            check_same(&run);
        }
    }

    #[test]
    fn what_is_appended_after_any_byte_is_found_by_going_on() {
        let dir = fixture::tempdir();
        let run = dir.path().join("run");
        fixture::write(&run, &fixture::manifest(2, 2), &fixture::run());
        let bytes = fs::read(run.join(JOURNAL)).unwrap();
        let whole = trees(&mut Indexed::open(&run).unwrap(), Bodies::AsFound).unwrap();
        for length in 0..=bytes.len() {
            fs::write(run.join(JOURNAL), &bytes[..length]).unwrap();
            let mut indexed = Indexed::open(&run).unwrap();
            // A resumption cuts the torn end off, and writes another line there.
            fs::write(run.join(JOURNAL), &bytes[..usize::try_from(indexed.length()).unwrap()]).unwrap();
            assert!(indexed.is_current());
            assert!(!indexed.extend().unwrap(), "nothing was appended at {length}");
            fs::write(run.join(JOURNAL), &bytes).unwrap();
            assert_eq!(indexed.extend().unwrap(), length < bytes.len(), "cut at {length}");
            let grown = trees(&mut indexed, Bodies::AsFound).unwrap();
            assert_eq!((words(&grown), indexed.cut()), (words(&whole), None), "cut at {length}");
            assert_eq!(grown, whole);
        }
        fs::write(run.join(JOURNAL), &bytes[..9]).unwrap();
        let indexed = Indexed::open(&run).unwrap();
        fs::remove_file(run.join(JOURNAL)).unwrap();
        assert!(!indexed.is_current());
    }

    #[test]
    fn a_damaged_line_is_named_as_the_whole_reader_names_it() {
        let dir = fixture::tempdir();
        let run = dir.path().join("run");
        fixture::write(&run, &fixture::manifest(2, 1), &fixture::run());
        let text = fs::read_to_string(run.join(JOURNAL)).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        for index in 0..lines.len() {
            for edit in [
                String::new(),
                "{".to_owned(),
                lines[index].replace(":100", ":101"),
                lines[index].replace("write f", "wrote f"),
                lines[index].replace("a/0", "a/9"),
                lines[index].replace("\"text\":\"", "\"text\":\"x"),
            ] {
                let mut edited: Vec<&str> = lines.clone();
                edited[index] = &edit;
                fs::write(run.join(JOURNAL), edited.join("\n") + "\n").unwrap();
                check_same(&run);
            }
        }
    }

    #[test]
    fn a_text_that_the_journal_lacks_is_an_error_or_left_open_as_it_was_asked() {
        let dir = fixture::tempdir();
        let run = dir.path().join("run");
        fixture::write(&run, &fixture::manifest(2, 1), &fixture::run());
        let text = fs::read_to_string(run.join(JOURNAL)).unwrap();
        let without: String = text.split_inclusive('\n').filter(|line| !line.contains("write f of 0")).collect();
        assert_ne!(without, text);
        fs::write(run.join(JOURNAL), without).unwrap();
        let mut indexed = Indexed::open(&run).unwrap();
        let missing =
            words(&trees(&mut indexed, Bodies::AsFound).unwrap()).iter().filter(|word| word.is_none()).count();
        // Both programs of the first tree share the prompt.
        assert_eq!(missing, 2);
        let error = trees(&mut indexed, Bodies::With).unwrap_err().to_string();
        assert!(error.ends_with("is missing") && error.contains("journal.jsonl:2: "), "{error}");
        assert!(indexed.problem(1, Bodies::With).is_ok(), "another problem is not touched");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]

        #[test]
        fn interleaved_trees_come_out_as_they_were_appended(picks in prop::collection::vec(0..4_usize, 0..40)) {
            let dir = fixture::tempdir();
            let run = dir.path().join("run");
            let mut chains: Vec<_> =
                (0..4).map(|tree| fixture::tree_entries(tree / 2, tree % 2, 3).into_iter()).collect();
            let entries: Vec<Entry> = picks.iter().filter_map(|pick| chains[*pick].next()).collect();
            fixture::write(&run, &fixture::manifest(2, 2), &entries);
            check_same(&run);
        }
    }
}
