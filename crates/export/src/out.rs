//! Where rows go, and what is counted on the way.

use crate::ExportError;
use mend_journal::Torn;
use serde::Serialize;
use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;

/// Takes what an export makes: a file, standard output, a table.
pub trait Sink {
    /// A row, as JSON without a line's end.
    fn line(&mut self, json: &[u8]) -> io::Result<()>;

    /// A part of a document.
    fn bytes(&mut self, bytes: &[u8]) -> io::Result<()>;
}

/// Any writer takes lines and documents.
impl<W: io::Write> Sink for W {
    fn line(&mut self, json: &[u8]) -> io::Result<()> {
        self.write_all(json)?;
        self.write_all(b"\n")
    }

    fn bytes(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.write_all(bytes)
    }
}

/// What an export held, for people.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally {
    /// Rows that were written; 1 for a document.
    pub rows: u64,
    /// What was left out, by the reason: a clause such as `the program does not pass`.
    pub left_out: BTreeMap<&'static str, u64>,
    /// Rows that lack something, by what: a clause such as `have no prompt`.
    pub lacking: BTreeMap<&'static str, u64>,
    /// The runs that were read, in the order in which they were named.
    pub runs: Vec<RunState>,
}

/// How far a run is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunState {
    /// Its folder, as it was named.
    pub folder: PathBuf,
    /// Its trees.
    pub trees: usize,
    /// Those that the strategy is done with.
    pub finished: usize,
    /// What stands behind the last whole entry of its journal.
    pub cut: Option<Torn>,
}

impl RunState {
    /// Whether the strategy is done with all trees.
    pub fn is_finished(&self) -> bool {
        self.finished == self.trees
    }
}

/// The way out of an export.
pub struct Out<'a> {
    sink: &'a mut dyn Sink,
    json: Vec<u8>,
    pub(crate) tally: Tally,
}

impl<'a> Out<'a> {
    pub(crate) fn new(sink: &'a mut dyn Sink) -> Self {
        Self { sink, json: Vec::new(), tally: Tally::default() }
    }

    /// Writes a row.
    pub fn row(&mut self, row: &impl Serialize) -> Result<(), ExportError> {
        self.json.clear();
        serde_json::to_writer(&mut self.json, row).map_err(|error| ExportError::Write(error.into()))?;
        self.sink.line(&self.json).map_err(ExportError::Write)?;
        self.tally.rows += 1;
        Ok(())
    }

    /// Writes a row that was made before, as JSON.
    pub fn raw_row(&mut self, json: &[u8]) -> Result<(), ExportError> {
        self.sink.line(json).map_err(ExportError::Write)?;
        self.tally.rows += 1;
        Ok(())
    }

    /// Writes a document.
    pub fn document(&mut self, bytes: &[u8]) -> Result<(), ExportError> {
        self.sink.bytes(bytes).map_err(ExportError::Write)?;
        self.tally.rows += 1;
        Ok(())
    }

    /// Writes a part of a document. Whoever does so counts rows by [`count_rows`](Self::count_rows).
    pub(crate) fn part(&mut self, bytes: &[u8]) -> Result<(), ExportError> {
        self.sink.bytes(bytes).map_err(ExportError::Write)
    }

    /// Counts rows that stand within a document.
    pub(crate) fn count_rows(&mut self, count: u64) {
        self.tally.rows += count;
    }

    /// Counts what the kind has no row for. The reason is a clause, such as `the program does not pass`.
    pub fn leave_out(&mut self, reason: &'static str, count: u64) {
        if count > 0 {
            *self.tally.left_out.entry(reason).or_default() += count;
        }
    }

    /// Counts a row that lacks something, such as `have no prompt`.
    pub fn lacking(&mut self, what: &'static str) {
        *self.tally.lacking.entry(what).or_default() += 1;
    }
}
