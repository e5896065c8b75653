//! Rows as a Parquet file, for data frames and databases.
//!
//! Only what rows need is written: one column for each field of a kind's schema, every value optional, one page for each
//! column of a group of rows, plain encoding, compressed by gzip. That is little code and no dependency; the crate of the format's
//! own project would read, filter and encode in all ways there are, at many times the cost of building everything else here.
//!
//! Texts, whole numbers, numbers and truth values have columns of these types. Lists and objects are texts that hold JSON.

mod column;
mod thrift;

use crate::{Kind, Sink};
use column::{Chunk, Column};
use serde_json::{Map, Value};
use std::io::{self, Write};
use thrift::Struct;

/// Rows after which a group ends.
const GROUP_ROWS: usize = 1 << 16;
/// Bytes of values after which a group ends.
const GROUP_BYTES: usize = 32 << 20;

const MAGIC: &[u8; 4] = b"PAR1";

/// Takes rows and writes them as a Parquet file. Call [`finish`](Self::finish) after the last one.
pub struct Parquet<W: Write> {
    writer: W,
    kind: &'static str,
    columns: Vec<Column>,
    /// Bytes so far.
    length: u64,
    /// Rows of the group that is being filled.
    rows: usize,
    groups: Vec<Group>,
}

/// A group of rows that was written.
struct Group {
    rows: usize,
    chunks: Vec<Chunk>,
}

impl<W: Write> Parquet<W> {
    /// A file for the rows of a kind; `None` if its rows are no rows of a table.
    pub fn new(kind: &Kind, writer: W) -> Option<Self> {
        let schema = kind.schema()?;
        let fields = schema["properties"].as_object()?;
        let columns = fields.iter().map(|(name, field)| Column::new(name, &schema, field)).collect();
        Some(Self { writer, kind: kind.name, columns, length: 0, rows: 0, groups: vec![] })
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.writer.write_all(bytes)?;
        self.length += bytes.len() as u64;
        Ok(())
    }

    /// Writes the rows that wait.
    fn flush(&mut self) -> io::Result<()> {
        if self.rows == 0 {
            return Ok(());
        }
        let mut chunks = vec![];
        for at in 0..self.columns.len() {
            let (bytes, chunk) = self.columns[at].page(self.length)?;
            self.write(&bytes)?;
            chunks.push(chunk);
        }
        self.groups.push(Group { rows: std::mem::take(&mut self.rows), chunks });
        Ok(())
    }

    /// Ends the file, and hands its writer back.
    ///
    /// # Errors
    /// What the writer refuses.
    pub fn finish(mut self) -> io::Result<W> {
        if self.length == 0 {
            self.write(MAGIC)?;
        }
        self.flush()?;
        let footer = self.footer();
        let length = u32::try_from(footer.len()).map_err(|_| io::Error::other("the footer has more than 4 GiB"))?;
        self.write(&footer)?;
        self.write(&length.to_le_bytes())?;
        self.write(MAGIC)?;
        self.writer.flush()?;
        Ok(self.writer)
    }

    /// What stands at the end: the columns, and where their pages are.
    fn footer(&self) -> Vec<u8> {
        let mut root = Struct::new();
        root.text(4, "row").int(5, self.columns.len() as u64);
        let schema = std::iter::once(root).chain(self.columns.iter().map(Column::element)).collect();
        let rows: usize = self.groups.iter().map(|group| group.rows).sum();
        let groups = self.groups.iter().map(|group| {
            let chunks = group.chunks.iter().zip(&self.columns).map(|(chunk, column)| column.chunk(chunk)).collect();
            let size: u64 = group.chunks.iter().map(|chunk| chunk.unpacked as u64).sum();
            let mut written = Struct::new();
            written.structs(1, chunks).int64(2, size).int64(3, group.rows as u64);
            written
        });
        let mut named = Struct::new();
        named.text(1, "mendbench.kind").text(2, self.kind);
        let mut file = Struct::new();
        file.int(1, 1).structs(2, schema).int64(3, rows as u64).structs(4, groups.collect()).structs(5, vec![named]);
        file.text(6, concat!("mendbench version ", env!("CARGO_PKG_VERSION")));
        file.bytes()
    }
}

impl<W: Write> Sink for Parquet<W> {
    fn line(&mut self, json: &[u8]) -> io::Result<()> {
        let row: Map<String, Value> = serde_json::from_slice(json)?;
        if let Some(other) = row.keys().find(|name| !self.columns.iter().any(|column| column.name == **name)) {
            return Err(io::Error::other(format!("a row has the field `{other}`, which its schema does not name")));
        }
        if self.length == 0 {
            self.write(MAGIC)?;
        }
        for column in &mut self.columns {
            column.add(row.get(&column.name).unwrap_or(&Value::Null))?;
        }
        self.rows += 1;
        let bytes: usize = self.columns.iter().map(Column::waiting).sum();
        if self.rows >= GROUP_ROWS || bytes >= GROUP_BYTES { self.flush() } else { Ok(()) }
    }

    fn bytes(&mut self, _bytes: &[u8]) -> io::Result<()> {
        Err(io::Error::other("a document is not a table"))
    }
}
