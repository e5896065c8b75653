//! The little of the zip format that packed logs use: entries that are stored or deflated, found by the directory at the
//! end. Sizes that the directory states are never trusted with memory.

use flate2::read::DeflateDecoder;
use std::io::Read as _;

/// What a zip file begins with.
pub(crate) const MAGIC: &[u8] = b"PK\x03\x04";

/// Bytes that one entry may have, unpacked.
const LARGEST: u64 = 1 << 30;

const END: &[u8] = b"PK\x05\x06";
const LISTED: &[u8] = b"PK\x01\x02";

/// A file in a zip file.
#[derive(Debug)]
pub(crate) struct ZipEntry {
    /// Its path.
    pub(crate) name: String,
    method: u16,
    packed: usize,
    header: usize,
}

/// The files of a zip file, in the order of its directory.
pub(crate) fn entries(bytes: &[u8]) -> Result<Vec<ZipEntry>, String> {
    // A comment of at most 65,535 bytes may follow the end's 22.
    let from = bytes.len().saturating_sub(22 + 0xffff);
    let end = bytes[from..].windows(END.len()).rposition(|window| window == END).ok_or("it has no directory")? + from;
    let (count, mut at) = (number(bytes, end + 10, 2)?, number(bytes, end + 16, 4)?);
    if count == 0xffff || at == 0xffff_ffff {
        return Err("it is larger than a plain zip file may be".to_owned());
    }
    let mut entries = Vec::new();
    for _ in 0..count {
        if bytes.get(at..at.saturating_add(4)) != Some(LISTED) {
            return Err("its directory is damaged".to_owned());
        }
        let [name, extra, comment] =
            [number(bytes, at + 28, 2)?, number(bytes, at + 30, 2)?, number(bytes, at + 32, 2)?];
        let path = bytes.get(at + 46..at + 46 + name).ok_or(TORN)?;
        entries.push(ZipEntry {
            name: String::from_utf8_lossy(path).into_owned(),
            method: number(bytes, at + 10, 2)? as u16,
            packed: number(bytes, at + 20, 4)?,
            header: number(bytes, at + 42, 4)?,
        });
        at += 46 + name + extra + comment;
    }
    Ok(entries)
}

const TORN: &str = "it ends early";

/// A number of some bytes, the lowest first.
fn number(bytes: &[u8], at: usize, length: usize) -> Result<usize, String> {
    let bytes = bytes.get(at..at.saturating_add(length)).ok_or(TORN)?;
    Ok(bytes.iter().rev().fold(0, |number, byte| (number << 8) | usize::from(*byte)))
}

impl ZipEntry {
    /// The file's bytes.
    pub(crate) fn unpacked(&self, bytes: &[u8]) -> Result<Vec<u8>, String> {
        // The file's own header repeats its name, and may have other extra fields.
        let start = self.header + 30 + number(bytes, self.header + 26, 2)? + number(bytes, self.header + 28, 2)?;
        let packed = bytes.get(start..start.saturating_add(self.packed)).ok_or(TORN)?;
        match self.method {
            0 => Ok(packed.to_vec()),
            8 => {
                let mut text = Vec::new();
                let read = DeflateDecoder::new(packed).take(LARGEST + 1).read_to_end(&mut text);
                read.map_err(|source| format!("it is damaged ({source})"))?;
                if text.len() as u64 > LARGEST {
                    return Err(format!("it is larger than {LARGEST} bytes"));
                }
                Ok(text)
            }
            93 => Err("it is packed by zstandard, which cannot be read here".to_owned()),
            other => Err(format!("it is packed by method {other}, and only stored and deflated files can be read")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::Compression;
    use flate2::write::DeflateEncoder;
    use std::io::Write as _;

    /// A zip file of these files, each deflated or stored.
    fn zip(files: &[(&str, &[u8], bool)]) -> Vec<u8> {
        let (mut bytes, mut directory) = (Vec::new(), Vec::new());
        for (name, text, deflated) in files {
            let packed = if *deflated {
                let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
                encoder.write_all(text).unwrap();
                encoder.finish().unwrap()
            } else {
                text.to_vec()
            };
            let method: u16 = if *deflated { 8 } else { 0 };
            let header = bytes.len() as u32;
            let sizes = [packed.len() as u32, text.len() as u32];
            let mut common = vec![20, 0, 0, 0];
            common.extend(method.to_le_bytes());
            common.extend([0; 8]);
            common.extend(sizes.iter().flat_map(|size| size.to_le_bytes()));
            common.extend((name.len() as u16).to_le_bytes());
            common.extend([0, 0]);
            bytes.extend(MAGIC.iter().chain(&common).copied());
            bytes.extend(name.as_bytes());
            bytes.extend(&packed);
            directory.extend(LISTED.iter().copied().chain([20, 0]).chain(common));
            directory.extend([0; 10]);
            directory.extend(header.to_le_bytes());
            directory.extend(name.as_bytes());
        }
        let (at, count) = (bytes.len() as u32, files.len() as u16);
        bytes.extend(&directory);
        bytes.extend(END.iter().chain(&[0, 0, 0, 0]).copied());
        bytes.extend([count.to_le_bytes(), count.to_le_bytes()].concat());
        bytes.extend((directory.len() as u32).to_le_bytes());
        bytes.extend(at.to_le_bytes());
        bytes.extend([0, 0]);
        bytes
    }

    #[test]
    fn stored_and_deflated_files_come_out_and_damage_is_an_error_at_any_byte() {
        let long = "x".repeat(5000);
        let bytes = zip(&[("a.json", b"{}", false), ("samples/1.json", long.as_bytes(), true)]);
        let entries = entries(&bytes).unwrap();
        let names: Vec<&str> = entries.iter().map(|entry| entry.name.as_str()).collect();
        assert_eq!(names, ["a.json", "samples/1.json"]);
        assert_eq!(entries[0].unpacked(&bytes).unwrap(), b"{}");
        assert_eq!(entries[1].unpacked(&bytes).unwrap(), long.as_bytes());
        assert!(super::entries(b"PK\x03\x04").unwrap_err().contains("no directory"));
        for at in 0..bytes.len() {
            let torn = &bytes[..at];
            if let Ok(entries) = super::entries(torn) {
                for entry in &entries {
                    let _ = entry.unpacked(torn);
                }
            }
            let mut changed = bytes.clone();
            changed[at] ^= 0xff;
            if let Ok(entries) = super::entries(&changed) {
                for entry in &entries {
                    let _ = entry.unpacked(&changed);
                }
            }
        }
    }
}
