//! Opening what the user names: files, plain or gzipped, and folders of problems.

use crate::exit::{Exit, Failure};
use flate2::read::MultiGzDecoder;
use mend_dataset::{Card, Dataset, DatasetError, OnInvalid, SourceFile};
use std::io::Read as _;
use std::path::{Path, PathBuf};

/// Files of a problem folder, beside JSON lines. Nothing else in a folder is read.
const PROBLEM_FILES: [&str; 7] = [
    "question.txt",
    "input_output.json",
    "public_input_output.json",
    "solutions.json",
    "metadata.json",
    "starter_code.py",
    "mutants.json",
];

/// How deep a folder is searched for problems.
const DEEPEST: usize = 6;

/// A file's bytes, unpacked if they are gzip. `raw` are the bytes on disk, for their checksum.
pub struct Contents {
    /// The bytes on disk.
    pub raw: Vec<u8>,
    unpacked: Option<Vec<u8>>,
}

impl Contents {
    /// The bytes, unpacked if they were gzip.
    pub fn into_bytes(self) -> Vec<u8> {
        self.unpacked.unwrap_or(self.raw)
    }
}

/// Reads a file that the user named.
pub fn read(path: &Path) -> Result<Contents, Failure> {
    let raw = std::fs::read(path).map_err(|source| cannot_read(path, &source))?;
    let unpacked = if raw.starts_with(&[0x1f, 0x8b]) {
        let mut bytes = Vec::new();
        MultiGzDecoder::new(raw.as_slice())
            .read_to_end(&mut bytes)
            .map_err(|source| Failure::usage(format!("`{}` is not a whole gzip file: {source}", path.display())))?;
        Some(bytes)
    } else {
        None
    };
    Ok(Contents { raw, unpacked })
}

fn cannot_read(path: &Path, source: &std::io::Error) -> Failure {
    Failure::usage(format!("cannot read `{}`: {source}", path.display()))
}

/// A data set and where it was found, so that a resumption finds it again.
pub struct Found {
    /// The problems.
    pub dataset: Dataset,
    /// A known name, or an absolute path.
    pub source: String,
}

/// Finds a data set by name or path.
pub fn dataset(name: &str, data_dir: &Path, on_invalid: OnInvalid) -> Result<Found, Failure> {
    if let Some(card) = mend_dataset::cards().into_iter().find(|card| card.name == name) {
        return named(&card, data_dir, on_invalid);
    }
    let path = Path::new(name);
    if !path.exists() {
        let known: Vec<_> = mend_dataset::cards().into_iter().map(|card| card.name).collect();
        let failure = Failure::usage(format!("`{name}` is neither a known data set nor a file or folder"));
        return Err(failure.hint(format!("known names: {}", known.join(", "))));
    }
    let files = sources(path)?;
    let dataset = mend_dataset::load(&short_name(path), &files, on_invalid).map_err(invalid)?;
    let absolute = std::path::absolute(path).map_err(|source| cannot_read(path, &source))?;
    Ok(Found { dataset, source: absolute.display().to_string() })
}

/// Finds the data set of an earlier run by what [`dataset`] returned as its source.
pub fn dataset_again(name: &str, source: &str) -> Result<Found, Failure> {
    if mend_dataset::cards().iter().any(|card| card.name == source) {
        return dataset(source, Path::new(""), OnInvalid::Skip);
    }
    let files = sources(Path::new(source))?;
    let dataset = mend_dataset::load(name, &files, OnInvalid::Skip).map_err(invalid)?;
    Ok(Found { dataset, source: source.to_owned() })
}

fn named(card: &Card, data_dir: &Path, on_invalid: OnInvalid) -> Result<Found, Failure> {
    // The one card without an address is part of the binary.
    if card.url.is_none() {
        let dataset = mend_dataset::starter().map_err(invalid)?;
        return Ok(Found { dataset, source: card.name.clone() });
    }
    let mut files = Vec::new();
    let mut first = None;
    for file in &card.files {
        let path = data_dir.join(&file.path);
        let contents = read(&path).map_err(|failure| {
            let place = card.url.as_deref().unwrap_or("its publisher");
            failure.hint(format!("get `{}` from {place} and put it into `{}`", file.path, data_dir.display()))
        })?;
        mend_dataset::check_sha256(file, &contents.raw)
            .map_err(|error| Failure::usage(error).with_exit(Exit::Digest))?;
        first.get_or_insert_with(|| path.clone());
        files.push(SourceFile { path: path.display().to_string(), bytes: contents.into_bytes() });
    }
    let dataset = mend_dataset::load(&card.name, &files, on_invalid).map_err(invalid)?;
    let source = std::path::absolute(first.unwrap_or_default()).unwrap_or_default();
    Ok(Found { dataset, source: source.display().to_string() })
}

fn invalid(error: DatasetError) -> Failure {
    let skippable = matches!(error, DatasetError::Invalid { .. });
    let failure = Failure::usage(error);
    if skippable { failure.hint("`--skip-invalid` leaves such rows out, counted and named") } else { failure }
}

/// `HumanEval.jsonl.gz` is `HumanEval`; a folder is its last part.
fn short_name(path: &Path) -> String {
    let name = path.canonicalize().ok().and_then(|path| Some(path.file_name()?.to_string_lossy().into_owned()));
    let name = name.unwrap_or_else(|| path.display().to_string());
    let plain = name.trim_end_matches(".gz").trim_end_matches(".jsonl").trim_end_matches(".json");
    plain.chars().map(|c| if c.is_ascii_alphanumeric() || c == '-' || c == '_' || c == '.' { c } else { '_' }).collect()
}

/// Every file below a path that may hold problems, in a fixed order.
fn sources(path: &Path) -> Result<Vec<SourceFile>, Failure> {
    let mut paths = Vec::new();
    if path.is_dir() {
        collect(path, 0, &mut paths)?;
        paths.sort();
    } else {
        paths.push(path.to_owned());
    }
    let read = |path: PathBuf| {
        Ok(SourceFile { bytes: read(&path)?.into_bytes(), path: path.display().to_string() })
    };
    paths.into_iter().map(read).collect()
}

fn collect(folder: &Path, depth: usize, paths: &mut Vec<PathBuf>) -> Result<(), Failure> {
    if depth > DEEPEST {
        return Ok(());
    }
    for entry in std::fs::read_dir(folder).map_err(|source| cannot_read(folder, &source))? {
        let path = entry.map_err(|source| cannot_read(folder, &source))?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if path.is_dir() {
            collect(&path, depth + 1, paths)?;
        } else if PROBLEM_FILES.contains(&name.as_str()) || name.trim_end_matches(".gz").ends_with(".jsonl") {
            paths.push(path);
        }
    }
    Ok(())
}
