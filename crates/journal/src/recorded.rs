//! Reads a run back, and folds its entries into trees.

use crate::line::{self, Chain, HeaderLine, LineError};
use crate::{JOURNAL, JournalError, identity_digest, manifest};
use mend_core::{Digest, Entry, Event, RepairTree, RunManifest, Text, TreeKey};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Whether a reader wants the words of prompts, completions and programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bodies {
    /// Every text has its body.
    With,
    /// Every text that the journal holds has its body; one that it lacks is known by its digest alone. For looking at
    /// runs, never for going on with one.
    AsFound,
    /// Texts are known by their digests alone; lines that hold bodies are skipped unparsed.
    Without,
}

/// What a kill left behind the last whole entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Torn {
    /// How many bytes are no entry.
    pub bytes: u64,
    /// The line where they begin, counted from 1.
    pub line: usize,
}

/// A run as it was recorded.
#[derive(Debug, Clone)]
pub struct Recorded {
    /// The run's manifest.
    pub manifest: RunManifest,
    /// All entries, in the order in which they were appended.
    pub entries: Vec<Entry>,
    /// What was left out at the end; `None` if the journal ends in a whole entry.
    pub cut: Option<Torn>,
    /// The line of each entry.
    lines: Vec<usize>,
    path: PathBuf,
}

impl Recorded {
    /// One tree per problem and replicate, empty ones included: problems in the manifest's order, each with
    /// its replicates from 0.
    ///
    /// # Errors
    /// An entry for a tree that the manifest does not have, or one that contradicts those before it; either
    /// with its line.
    pub fn trees(&self) -> Result<Vec<RepairTree>, JournalError> {
        let (mut trees, index) = seedlings(&self.manifest);
        for (entry, line) in self.entries.iter().zip(&self.lines) {
            let (path, line) = (self.path.clone(), *line);
            let Some(key) = &entry.tree else {
                if entry.event.is_of_run() {
                    continue;
                }
                return Err(JournalError::Line { path, line, why: "the event names no tree".to_owned() });
            };
            let Some(index) = index.get(key) else {
                return Err(JournalError::UnknownTree { path, line, key: key.clone() });
            };
            trees[*index].apply(&entry.event).map_err(|source| JournalError::Refused {
                path,
                line,
                key: key.clone(),
                source,
            })?;
        }
        Ok(trees)
    }

    /// What the strategy knew in each round so far; nothing for one that keeps no state.
    pub fn states(&self) -> Vec<&Text> {
        let entries = self.entries.iter();
        entries
            .filter_map(|entry| if let Event::State { state, .. } = &entry.event { Some(state) } else { None })
            .collect()
    }
}

/// Reads a run without taking its lock and without changing a byte, so a running one may be read too.
///
/// # Errors
/// The directory holds no run, a file cannot be read, manifest and journal do not belong together, or a line
/// before the last is not as it was written. A torn last line is no error: see [`Recorded::cut`].
pub fn read(dir: &Path, bodies: Bodies) -> Result<Recorded, JournalError> {
    let manifest = manifest::read(dir)?;
    let path = dir.join(JOURNAL);
    let file = File::open(&path).map_err(|source| JournalError::read(&path, source))?;
    Ok(scan(&file, &path, manifest, bodies)?.recorded)
}

/// A journal that was read to its end, with what an appender needs to go on.
pub(crate) struct Scan {
    pub(crate) recorded: Recorded,
    /// Identity of the run, by its manifest.
    pub(crate) identity: Digest,
    /// Bytes up to and with the last whole entry. Zero if even the header is missing.
    pub(crate) length: u64,
    /// The chain after the last whole entry.
    pub(crate) chain: Chain,
    /// The bodies that the journal holds; empty if they were not read.
    pub(crate) bodies: BTreeMap<Digest, Arc<str>>,
}

/// Reads a journal from its first byte.
pub(crate) fn scan(file: &File, path: &Path, manifest: RunManifest, bodies: Bodies) -> Result<Scan, JournalError> {
    let identity = identity_digest(&manifest.identity, &manifest.problems);
    let recorded = Recorded { manifest, entries: Vec::new(), cut: None, lines: Vec::new(), path: path.to_owned() };
    let mut scan = Scan { recorded, identity, length: 0, chain: Chain::start(identity), bodies: BTreeMap::new() };
    // Bodies without their entry so far: both are written at once, so at the end they are torn too.
    let mut pending = BTreeMap::new();
    let mut next_good_line = 1;
    let mut seen_bytes = 0;
    let read = |source| JournalError::read(path, source);
    let mut line = Vec::new();
    let mut reader = BufReader::with_capacity(1 << 16, file);
    for number in 1.. {
        line.clear();
        seen_bytes += reader.read_until(b'\n', &mut line).map_err(read)? as u64;
        let Some(whole) = line.strip_suffix(b"\n") else { break };
        match scan.take(whole, number, bodies, &mut pending) {
            Ok(true) => {
                scan.length = seen_bytes;
                next_good_line = number + 1;
            }
            Ok(false) => {}
            Err(Bad::Line(LineError::Unreadable(_))) if reader.fill_buf().map_err(read)?.is_empty() => break,
            Err(Bad::Line(error)) => return Err(JournalError::line(path, number, error)),
            Err(Bad::Journal(error)) => return Err(error),
        }
    }
    let torn_bytes = seen_bytes - scan.length;
    scan.recorded.cut = (torn_bytes > 0).then_some(Torn { bytes: torn_bytes, line: next_good_line });
    Ok(scan)
}

/// The trees of a run before anything grew, and the place of each.
pub(crate) fn seedlings(manifest: &RunManifest) -> (Vec<RepairTree>, BTreeMap<TreeKey, usize>) {
    let trees: Vec<RepairTree> = manifest.trees().map(RepairTree::new).collect();
    let places = trees.iter().enumerate().map(|(place, tree)| (tree.key.clone(), place)).collect();
    (trees, places)
}

/// Whether line 1 is that of the run with this identity.
pub(crate) fn own_header(line: &[u8], identity: Digest, path: &Path) -> Result<(), Bad> {
    let path = || path.to_owned();
    Err(Bad::Journal(match line::parse_header(line)? {
        HeaderLine::Identity(journal) if journal == identity => return Ok(()),
        HeaderLine::Identity(journal) => JournalError::Identity { path: path(), journal, manifest: identity },
        HeaderLine::Unsupported(found) => JournalError::Format { path: path(), found, supported: line::FORMAT },
    }))
}

/// Why a line is not taken: it is no line of a journal, or no line of this one.
pub(crate) enum Bad {
    Line(LineError),
    Journal(JournalError),
}

impl From<LineError> for Bad {
    fn from(error: LineError) -> Self {
        Self::Line(error)
    }
}

impl Scan {
    /// Takes one whole line. Returns whether the journal could end after it.
    fn take(
        &mut self,
        line: &[u8],
        number: usize,
        bodies: Bodies,
        pending: &mut BTreeMap<Digest, Arc<str>>,
    ) -> Result<bool, Bad> {
        if number == 1 {
            return own_header(line, self.identity, &self.recorded.path).map(|()| true);
        }
        if line::is_body(line) {
            if bodies != Bodies::Without {
                let (text, body) = line::parse_body(line)?;
                pending.insert(text, Arc::from(body));
            }
            return Ok(false);
        }
        let (mut entry, chain) = line::parse_entry(line, self.chain)?;
        // Not `append`, which rebuilds the whole map each time.
        self.bodies.extend(std::mem::take(pending));
        if bodies != Bodies::Without {
            for text in entry.event.texts_mut() {
                let digest = text.digest();
                let is_there = self.bodies.get(&digest).is_some_and(|body| text.restore(body));
                if !is_there && bodies == Bodies::With {
                    return Err(LineError::Altered(format!("the body of text {} is missing", digest.short())).into());
                }
            }
        }
        self.recorded.entries.push(entry);
        self.recorded.lines.push(number);
        self.chain = chain;
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;
    use mend_core::{CallId, Rounds, Slot, Tokens};
    use std::fs;

    fn recorded_run() -> (tempfile::TempDir, PathBuf, Vec<u8>) {
        let dir = fixture::tempdir();
        let run = dir.path().join("run");
        fixture::write(&run, &fixture::manifest(2, 1), &fixture::run());
        let bytes = fs::read(run.join(JOURNAL)).unwrap();
        (dir, run, bytes)
    }

    #[test]
    fn every_truncation_reads_as_a_prefix_and_changes_nothing() {
        let (_dir, run, bytes) = recorded_run();
        let appended = fixture::run();
        let mut last_count = 0;
        for length in 0..=bytes.len() {
            fs::write(run.join(JOURNAL), &bytes[..length]).unwrap();
            let recorded = read(&run, Bodies::With).unwrap();
            let count = recorded.entries.len();
            fixture::assert_entries(&recorded.entries, &appended[..count]);
            assert!(count == last_count || count == last_count + 1, "entries come one by one");
            assert_eq!(recorded.trees().unwrap(), fixture::live_trees(&recorded.manifest, &appended[..count]));
            let without = read(&run, Bodies::Without).unwrap();
            assert_eq!((without.entries, without.cut), (recorded.entries, recorded.cut));
            assert_eq!(fs::read(run.join(JOURNAL)).unwrap(), &bytes[..length]);
            last_count = count;
        }
        assert_eq!(last_count, appended.len());
    }

    #[test]
    fn states_are_read_in_order_and_what_is_learnt_from_has_a_tree_for_each_pass() {
        let dir = fixture::tempdir();
        let run = dir.path().join("run");
        let mut manifest = fixture::manifest(2, 1);
        manifest.problems[0].dev = true;
        let rounds = Rounds { round: 1, dev: 0.5, passes: 3, learn_on: None, dev_oracle: None };
        manifest.identity.strategy.rounds = Some(rounds);
        let state = |round, text: &str| fixture::run_entry(Event::State { round, state: Text::new(text) });
        let mut entries = vec![state(0, "[]")];
        entries.extend(fixture::tree_entries(0, 2, 1));
        entries.push(state(1, "[0.5]"));
        fixture::write(&run, &manifest, &entries);
        let recorded = read(&run, Bodies::With).unwrap();
        fixture::assert_entries(&recorded.entries, &entries);
        assert_eq!(recorded.manifest, manifest);
        let texts: Vec<&str> = recorded.states().iter().map(|state| &**state.body().unwrap()).collect();
        assert_eq!(texts, ["[]", "[0.5]"]);
        let keys: Vec<String> = recorded.trees().unwrap().iter().map(|tree| tree.key.to_string()).collect();
        let of = |problem: u32, replicate: u32| format!("a/{problem} (replicate {replicate})");
        assert_eq!(keys, [of(0, 0), of(0, 1), of(0, 2), of(1, 0)]);
        assert_eq!(read(&run, Bodies::Without).unwrap().states(), recorded.states());
    }

    #[test]
    fn torn_tail_is_told_by_its_line_and_size() {
        let (_dir, run, bytes) = recorded_run();
        let check = |bytes: &[u8], cut: Option<Torn>| {
            fs::write(run.join(JOURNAL), bytes).unwrap();
            assert_eq!(read(&run, Bodies::With).unwrap().cut, cut);
        };
        let lines: Vec<&[u8]> = bytes.split_inclusive(|byte| *byte == b'\n').collect();
        check(&bytes, None);
        check(b"", None);
        check(&lines[0][..7], Some(Torn { bytes: 7, line: 1 }));
        check(lines[0], None);
        // A body without its entry is as torn as half an entry.
        check(&lines[..2].concat(), Some(Torn { bytes: lines[1].len() as u64, line: 2 }));
        check(&[&bytes, &b"\0\0\0"[..]].concat(), Some(Torn { bytes: 3, line: lines.len() + 1 }));
        check(&[&bytes, &b"{\"event\":\n"[..]].concat(), Some(Torn { bytes: 10, line: lines.len() + 1 }));
    }

    #[test]
    fn no_flipped_bit_changes_what_is_read_unseen() {
        let (_dir, run, bytes) = recorded_run();
        let appended = fixture::run();
        let line_of = |index: usize| bytes[..=index].split_inclusive(|byte| *byte == b'\n').count();
        let last_line = line_of(bytes.len() - 1);
        for index in 0..bytes.len() {
            let mut flipped = bytes.clone();
            flipped[index] ^= 1 << (index % 8);
            fs::write(run.join(JOURNAL), &flipped).unwrap();
            match read(&run, Bodies::With) {
                Ok(recorded) => {
                    if recorded.cut.is_some() {
                        let at_end = line_of(index) >= last_line - 1;
                        assert!(at_end, "byte {index}: only the last entry can look torn");
                    } else {
                        // A digest's hex digit that became upper case.
                        assert_eq!(recorded.entries.len(), appended.len(), "byte {index}");
                    }
                    fixture::assert_entries(&recorded.entries, &appended[..recorded.entries.len()]);
                }
                Err(JournalError::Line { line, .. }) => assert!(line.abs_diff(line_of(index)) <= 1),
                Err(JournalError::Identity { .. } | JournalError::Format { .. }) => assert_eq!(line_of(index), 1),
                Err(error) => panic!("byte {index}: {error}"),
            }
            match read(&run, Bodies::Without) {
                Ok(recorded) if recorded.cut.is_none() => assert_eq!(recorded.entries, appended, "byte {index}"),
                Ok(recorded) => assert_eq!(recorded.entries, appended[..recorded.entries.len()]),
                Err(_) => {}
            }
        }
    }

    #[test]
    fn bad_line_before_the_end_is_an_error_that_names_it() {
        let (_dir, run, bytes) = recorded_run();
        let lines: Vec<String> = String::from_utf8(bytes).unwrap().lines().map(str::to_owned).collect();
        let check = |edit: &dyn Fn(&mut Vec<String>), error: &str| {
            let mut edited = lines.clone();
            edit(&mut edited);
            fs::write(run.join(JOURNAL), edited.join("\n") + "\n").unwrap();
            let message = read(&run, Bodies::With).unwrap_err().to_string();
            assert_eq!(message.replace(&run.display().to_string(), "run"), error);
        };
        check(&|lines| lines[2] = "{\"event\":".into(), "run/journal.jsonl:3: EOF while parsing a value at column 9");
        check(
            &|lines| lines[2] = lines[2].replace(":100", ":101"),
            "run/journal.jsonl:3: `check` does not match: the line, or one before it, is not as written",
        );
        check(
            &|lines| lines[1] = lines[1].replace("write", "wrote"),
            &format!("run/journal.jsonl:2: the body is not the text {} that it is stored under", &lines[1][9..17]),
        );
        check(
            &|lines| drop(lines.remove(1)),
            &format!("run/journal.jsonl:2: the body of text {} is missing", &lines[1][9..17]),
        );
        check(
            &|lines| drop(lines.remove(2)),
            "run/journal.jsonl:4: `check` does not match: the line, or one before it, is not as written",
        );
        check(
            &|lines| lines[0] = "{\"format\":4}".into(),
            "`run/journal.jsonl` has format 4, and this version reads format 3",
        );
        let other = Digest::of(b"other");
        check(
            &|lines| lines[0] = format!("{{\"format\":1,\"identity\":\"{other}\"}}"),
            &format!(
                "`run/journal.jsonl` was written for identity {}, and the manifest's is {}",
                other.short(),
                &lines[0][24..32]
            ),
        );
    }

    #[test]
    fn bodies_are_skipped_unparsed_and_the_trees_are_the_same() {
        let (_dir, run, bytes) = recorded_run();
        let with = read(&run, Bodies::With).unwrap().trees().unwrap();
        let text = String::from_utf8(bytes).unwrap();
        let spoiled = text.replace("\"body\":", "body:");
        assert_ne!(spoiled, text);
        fs::write(run.join(JOURNAL), spoiled).unwrap();
        assert!(read(&run, Bodies::With).is_err());
        let without = read(&run, Bodies::Without).unwrap();
        assert_eq!(without.trees().unwrap(), with);
        assert!(without.entries.iter().flat_map(|entry| entry.event.texts()).all(|text| text.body().is_none()));
    }

    #[track_caller]
    fn check_refused(entries: &[Entry], error: &str) {
        let dir = fixture::tempdir();
        let run = dir.path().join("run");
        fixture::write(&run, &fixture::manifest(1, 2), entries);
        let message = read(&run, Bodies::Without).unwrap().trees().unwrap_err().to_string();
        assert_eq!(message.replace(&run.display().to_string(), "run"), error);
    }

    #[test]
    fn entry_that_fits_no_tree_is_an_error_with_its_line() {
        let lost = |tree: Option<TreeKey>| {
            let call = CallId::new(&Slot::program(3), 0);
            Entry { tree, event: Event::Lost { call, charged: Tokens(1).into(), why: "killed".into() } }
        };
        let key = |name: &str, replicate| TreeKey { problem: mend_core::ProblemId::new(name), replicate };
        check_refused(&[lost(None)], "run/journal.jsonl:2: the event names no tree");
        check_refused(&[lost(Some(key("b", 0)))], "run/journal.jsonl:2: the run has no tree b (replicate 0)");
        check_refused(&[lost(Some(key("a/0", 2)))], "run/journal.jsonl:2: the run has no tree a/0 (replicate 2)");
        // The prompt's body stands in line 2, the request in line 3.
        let sent = fixture::tree_entries(0, 1, 1).remove(0);
        check_refused(
            &[sent, lost(Some(key("a/0", 1)))],
            "run/journal.jsonl:4: the event does not fit tree a/0 (replicate 1)",
        );
    }

    #[test]
    fn trees_stand_in_manifest_order_and_empty_ones_are_there() {
        let dir = fixture::tempdir();
        let run = dir.path().join("run");
        let mut manifest = fixture::manifest(2, 2);
        manifest.problems.reverse();
        fixture::write(&run, &manifest, &fixture::tree_entries(1, 1, 2));
        let trees = read(&run, Bodies::Without).unwrap().trees().unwrap();
        let shape: Vec<_> = trees.iter().map(|tree| (tree.key.to_string(), tree.nodes().count())).collect();
        let expected = [("a/1", 0, 0), ("a/1", 1, 1), ("a/0", 0, 0), ("a/0", 1, 0)];
        assert_eq!(shape, expected.map(|(problem, index, nodes)| (format!("{problem} (replicate {index})"), nodes)));
    }
}
