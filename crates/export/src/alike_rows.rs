//! The best rows that are not alike, of more rows than memory holds.

use crate::{ExportError, Out};
use mend_core::alike;
use serde::Serialize;
use std::fs::File;
use std::io::{self, BufWriter, Read, Seek, SeekFrom, Write};

/// At this similarity two responses are alike.
const ALIKE: f64 = 0.8;

/// Rows in a scratch file, until all are there. In memory stays where each begins and its score.
pub(crate) struct Spool {
    most: usize,
    file: BufWriter<File>,
    end: u64,
    rows: Vec<Place>,
}

/// Where a row stands: its JSON, and behind it what is compared.
#[derive(Debug, Clone, Copy)]
struct Place {
    score: f64,
    start: u64,
    json: u32,
    text: u32,
}

impl Spool {
    pub(crate) fn new(most: usize) -> Result<Self, ExportError> {
        let file = tempfile::tempfile().map_err(ExportError::Write)?;
        Ok(Self { most, file: BufWriter::new(file), end: 0, rows: Vec::new() })
    }

    /// Adds a row with its score and the text that tells whether it is like another.
    pub(crate) fn add(&mut self, row: &impl Serialize, text: &str, score: f64) -> Result<(), ExportError> {
        let json = serde_json::to_vec(row).map_err(|error| ExportError::Write(error.into()))?;
        let write = |file: &mut BufWriter<File>| file.write_all(&json).and_then(|()| file.write_all(text.as_bytes()));
        write(&mut self.file).map_err(ExportError::Write)?;
        let length = |bytes: usize| {
            u32::try_from(bytes).map_err(|_| ExportError::Write(io::Error::other("a row of more than 4 GiB")))
        };
        self.rows.push(Place { score, start: self.end, json: length(json.len())?, text: length(text.len())? });
        self.end += json.len() as u64 + text.len() as u64;
        Ok(())
    }

    /// Writes the best rows, each unless it is like one that was taken, by falling score, ties in the order in which they
    /// were added.
    pub(crate) fn choose(self, out: &mut Out<'_>) -> Result<(), ExportError> {
        let Self { most, file, mut rows, .. } = self;
        let mut file = file.into_inner().map_err(|error| ExportError::Write(error.into_error()))?;
        rows.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.start.cmp(&b.start)));
        let mut taken: Vec<Runs> = Vec::new();
        let mut bytes = Vec::new();
        for (at, row) in rows.iter().enumerate() {
            if taken.len() == most {
                let left = (rows.len() - at) as u64;
                out.leave_out("`--most` was reached by records with a score as high", left);
                break;
            }
            bytes.resize(row.json as usize + row.text as usize, 0);
            file.seek(SeekFrom::Start(row.start)).map_err(ExportError::Write)?;
            file.read_exact(&mut bytes).map_err(ExportError::Write)?;
            let (json, text) = bytes.split_at(row.json as usize);
            let runs = Runs::of(&String::from_utf8_lossy(text));
            if taken.iter().any(|other| runs.is_like(other)) {
                out.leave_out("the response is at least 0.8 similar to one with a score as high", 1);
                continue;
            }
            out.raw_row(json)?;
            taken.push(runs);
        }
        Ok(())
    }
}

/// A text's counts of runs of characters, without the zeros, and their length.
struct Runs {
    text: Option<String>,
    counts: Vec<(u16, f64)>,
    length: f64,
}

impl Runs {
    fn of(text: &str) -> Self {
        let counts: Vec<(u16, f64)> = (0..).zip(alike::counts(text)).filter(|(_, count)| *count > 0.0).collect();
        let length = counts.iter().map(|(_, count)| count * count).sum::<f64>().sqrt();
        // What is shorter than a run is like its equal alone.
        Self { text: counts.is_empty().then(|| text.to_owned()), counts, length }
    }

    fn is_like(&self, other: &Self) -> bool {
        if self.text.is_some() || other.text.is_some() {
            return self.text == other.text;
        }
        let (mut a, mut b) = (self.counts.iter().peekable(), other.counts.iter().peekable());
        let mut product = 0.0;
        while let (Some((bucket, count)), Some((other_bucket, other_count))) = (a.peek(), b.peek()) {
            match bucket.cmp(other_bucket) {
                std::cmp::Ordering::Less => drop(a.next()),
                std::cmp::Ordering::Greater => drop(b.next()),
                std::cmp::Ordering::Equal => {
                    product += count * other_count;
                    a.next();
                    b.next();
                }
            }
        }
        product >= ALIKE * self.length * other.length
    }
}

#[cfg(test)]
mod tests {
    use super::{ALIKE, Runs};
    use mend_core::alike;

    #[test]
    fn two_texts_are_alike_here_where_they_are_elsewhere() {
        let texts = [
            "",
            "a",
            "ab",
            "abc",
            "abcd",
            "abcde",
            "def f(x):\n    return x",
            "def f(y):\n    return y",
            "def f(x):\n    return x\n",
            "print(1)",
            "print(1)\n",
            "print(2)",
        ];
        for a in texts {
            for b in texts {
                let expected = alike::similarity(a, b) >= ALIKE;
                assert_eq!(Runs::of(a).is_like(&Runs::of(b)), expected, "{a:?} {b:?} {}", alike::similarity(a, b));
            }
        }
    }
}
