//! A zip archive, written from its beginning to its end without going back. Entries are deflated.
//!
//! The format is that of PKWARE's APPNOTE 6.3: an entry has a header before its bytes and a line in the directory at the end. There
//! is nothing here of what larger archives need: one of 4 GiB, or of 65,535 entries, is refused.

use crate::ExportError;
use flate2::write::DeflateEncoder;
use flate2::{Compression, Crc};
use std::io::{self, Write as _};

/// An archive that grows.
#[derive(Debug, Default)]
pub(super) struct Archive {
    /// Bytes so far.
    length: u64,
    entries: u16,
    directory: Vec<u8>,
}

const LOCAL: u32 = 0x0403_4b50;
const CENTRAL: u32 = 0x0201_4b50;
const END: u32 = 0x0605_4b50;
/// Version 2.0: deflated entries.
const VERSION: u16 = 20;
/// Names are UTF-8.
const UTF8: u16 = 1 << 11;
const DEFLATED: u16 = 8;
/// The first day that the format knows: the first of January 1980.
const DATE: u16 = (1 << 5) | 1;

impl Archive {
    /// The bytes of another entry.
    ///
    /// # Errors
    /// The archive becomes too large.
    pub(super) fn entry(&mut self, name: &str, bytes: &[u8]) -> Result<Vec<u8>, ExportError> {
        let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(bytes).map_err(ExportError::Write)?;
        let deflated = encoder.finish().map_err(ExportError::Write)?;
        let mut crc = Crc::new();
        crc.update(bytes);
        let refused = |_| too_large();
        let offset = u32::try_from(self.length).map_err(refused)?;
        let (packed, size) =
            (u32::try_from(deflated.len()).map_err(refused)?, u32::try_from(bytes.len()).map_err(refused)?);
        let length = u16::try_from(name.len()).map_err(refused)?;
        self.entries = self.entries.checked_add(1).filter(|count| *count < u16::MAX).ok_or_else(too_large)?;

        // What both headers have: version, flags, method, time, date, check, sizes, length of the name, length of what is extra.
        let mut common = vec![];
        for number in [VERSION, UTF8, DEFLATED, 0, DATE] {
            common.extend(number.to_le_bytes());
        }
        for number in [crc.sum(), packed, size] {
            common.extend(number.to_le_bytes());
        }
        for number in [length, 0] {
            common.extend(number.to_le_bytes());
        }
        let mut local = LOCAL.to_le_bytes().to_vec();
        local.extend(&common);
        local.extend(name.as_bytes());
        local.extend(&deflated);

        self.directory.extend(CENTRAL.to_le_bytes());
        self.directory.extend(VERSION.to_le_bytes());
        self.directory.extend(&common);
        // No comment, on the first disk, no attributes.
        self.directory.extend([0; 2 + 2 + 2 + 4]);
        self.directory.extend(offset.to_le_bytes());
        self.directory.extend(name.as_bytes());
        self.length += local.len() as u64;
        Ok(local)
    }

    /// The bytes that end the archive.
    ///
    /// # Errors
    /// The archive is too large.
    pub(super) fn end(&mut self) -> Result<Vec<u8>, ExportError> {
        let offset = u32::try_from(self.length).map_err(|_| too_large())?;
        let mut bytes = std::mem::take(&mut self.directory);
        let size = u32::try_from(bytes.len()).map_err(|_| too_large())?;
        bytes.extend(END.to_le_bytes());
        for number in [0, 0, self.entries, self.entries] {
            bytes.extend(number.to_le_bytes());
        }
        for number in [size, offset] {
            bytes.extend(number.to_le_bytes());
        }
        bytes.extend(0_u16.to_le_bytes());
        Ok(bytes)
    }
}

fn too_large() -> ExportError {
    ExportError::Write(io::Error::other(
        "the zipped log holds 4 GiB or 65,535 samples, and its format ends there; write `.json`",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::read::DeflateDecoder;
    use std::io::Read as _;

    /// The entries of an archive, by its directory.
    fn read(bytes: &[u8]) -> Vec<(String, Vec<u8>)> {
        let word = |at: usize| u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap());
        let short = |at: usize| u16::from_le_bytes(bytes[at..at + 2].try_into().unwrap()) as usize;
        let end = bytes.len() - 22;
        assert_eq!(word(end), END);
        let mut at = word(end + 16) as usize;
        let mut entries = vec![];
        for _ in 0..short(end + 10) {
            assert_eq!(word(at), CENTRAL);
            let (crc, packed, size, length) = (word(at + 16), word(at + 20) as usize, word(at + 24), short(at + 28));
            let local = word(at + 42) as usize;
            let name = String::from_utf8(bytes[at + 46..at + 46 + length].to_vec()).unwrap();
            assert_eq!((word(local), short(local + 26)), (LOCAL, length));
            let from = local + 30 + length;
            let mut body = vec![];
            DeflateDecoder::new(&bytes[from..from + packed]).read_to_end(&mut body).unwrap();
            let mut check = Crc::new();
            check.update(&body);
            assert_eq!((body.len() as u32, check.sum()), (size, crc), "{name}");
            entries.push((name, body));
            at += 46 + length;
        }
        assert_eq!(at, end);
        entries
    }

    #[test]
    fn what_is_written_is_found_again_by_the_directory() {
        let entries = [("a.json", &b"{}"[..]), ("samples/x\u{e9}_epoch_1.json", b""), ("b", &vec![7; 100_000])];
        let mut archive = Archive::default();
        let mut bytes = vec![];
        for (name, body) in entries {
            bytes.extend(archive.entry(name, body).unwrap());
        }
        bytes.extend(archive.end().unwrap());
        let expected: Vec<(String, Vec<u8>)> =
            entries.iter().map(|(name, body)| ((*name).to_owned(), body.to_vec())).collect();
        assert_eq!(read(&bytes), expected);
        assert!(bytes.len() < 1_000, "the entries are deflated: {} bytes", bytes.len());
    }
}
