//! Opening what the user names: files, plain or gzipped, and folders of problems. Formats are the data set crate's affair.

use crate::failure::Failure;
use crate::observer::Skipped;
use flate2::read::MultiGzDecoder;
use mend_core::{Environment, OnInvalid, Split};
use mend_dataset::{Card, Dataset, DatasetError, Flaw, Format, Loading, SourceFile, may_hold_problems};
use std::io::Read as _;
use std::path::{Path, PathBuf};

/// What to do about a row that is not as it should be.
pub(crate) const SKIP_INVALID: &str = "`--skip-invalid` leaves such rows out, counted and named";

/// How deep a folder is searched for problems.
const DEEPEST: usize = 6;

/// Reads a file that the user named, unpacked if it is gzip.
pub fn read_file(path: &Path) -> Result<Vec<u8>, Failure> {
    unpack(path, read_raw(path)?)
}

fn read_raw(path: &Path) -> Result<Vec<u8>, Failure> {
    std::fs::read(path).map_err(|source| cannot_read(path, &source))
}

fn unpack(path: &Path, raw: Vec<u8>) -> Result<Vec<u8>, Failure> {
    if !raw.starts_with(&[0x1f, 0x8b]) {
        if path.extension().is_some_and(|extension| extension == "gz") {
            let failure = Failure::usage(format!("`{}` is not a gzip file", path.display()));
            return Err(failure.hint("if it is plain text, take the `.gz` off its name"));
        }
        return Ok(without_mark(raw));
    }
    let mut bytes = Vec::new();
    let unpacked = MultiGzDecoder::new(raw.as_slice()).read_to_end(&mut bytes);
    unpacked.map_err(|source| {
        let failure = Failure::usage(format!("`{}` is not a whole gzip file: {source}", path.display()));
        failure.hint("get or pack it again")
    })?;
    Ok(without_mark(bytes))
}

/// Takes off the byte order mark that some editors write before UTF-8.
fn without_mark(mut bytes: Vec<u8>) -> Vec<u8> {
    if bytes.starts_with(b"\xef\xbb\xbf") {
        bytes.drain(..3);
    }
    bytes
}

fn cannot_read(path: &Path, source: &std::io::Error) -> Failure {
    Failure::usage(format!("cannot read `{}`: {source}", path.display()))
}

/// A data set and where it was found, so that a resumption finds it again.
#[derive(Debug)]
pub struct Found {
    /// The problems.
    pub dataset: Dataset,
    /// A known name, or an absolute path.
    pub source: String,
    /// The format that it was to be read by; `None` if the keys of its rows told.
    pub format: Option<&'static Format>,
    /// Which tests count as public; a file by its absolute path.
    pub split: Split,
}

impl Found {
    /// The problems that were left out.
    pub fn skipped(&self) -> Skipped {
        let row = |skipped: &mend_dataset::Skipped| format!("{}: {}", skipped.place, skipped.why);
        let rows = self.dataset.skipped.iter().map(row).collect();
        Skipped { source: self.dataset.name.clone(), what: "problem", rows }
    }
}

/// Finds a data set by name or path, the format of each row by its keys.
pub fn dataset(name: &str, data_dir: &Path, on_invalid: OnInvalid) -> Result<Found, Failure> {
    dataset_with(name, data_dir, on_invalid, None)
}

/// As [`dataset`], by this format if there is one.
pub fn dataset_with(
    name: &str,
    data_dir: &Path,
    on_invalid: OnInvalid,
    format: Option<&'static Format>,
) -> Result<Found, Failure> {
    dataset_by(name, data_dir, Loading { on_invalid, format, pins: &mend_dataset::pins() })
}

/// As [`dataset`], by all choices.
pub fn dataset_by(name: &str, data_dir: &Path, loading: Loading<'_>) -> Result<Found, Failure> {
    if let Some(card) = mend_dataset::cards().into_iter().find(|card| card.name == name) {
        return named(&card, data_dir, loading);
    }
    let path = Path::new(name);
    if !path.exists() {
        let known: Vec<_> = mend_dataset::cards().into_iter().map(|card| card.name).collect();
        let failure = Failure::usage(format!("`{name}` is neither a known data set nor a file or folder"));
        let hint = format!("known names: {}", known.join(", "));
        return Err(failure.meant(name, known.iter().map(String::as_str), hint));
    }
    let files = sources(path)?;
    let name = short_name(path);
    let absolute = std::path::absolute(path).map_err(|source| cannot_read(path, &source))?;
    read(&name, &files, loading, absolute.display().to_string())
}

/// Finds the data set of an earlier run by what [`dataset`] returned as its source, and by the format that it was read by.
pub(crate) fn dataset_again(name: &str, environment: &Environment) -> Result<Found, Failure> {
    dataset_at(name, &environment.dataset_source, environment.dataset_format.as_deref())
}

/// The data set of this name from a place, by the format of this name, or by one that fits.
pub(crate) fn dataset_at(name: &str, source: &str, format: Option<&str>) -> Result<Found, Failure> {
    let format = format.map(format_named).transpose()?;
    let loading = Loading { on_invalid: OnInvalid::Skip, format, pins: &mend_dataset::pins() };
    if mend_dataset::cards().iter().any(|card| card.name == source) {
        return dataset_by(source, Path::new(""), loading);
    }
    read(name, &sources(Path::new(source))?, loading, source.to_owned())
}

/// The format of this name.
fn format_named(name: &str) -> Result<&'static Format, Failure> {
    Format::named(name).ok_or_else(|| {
        let known = Format::names();
        let hint = format!("known formats: {}; `mend datasets formats` says what they are", known.join(", "));
        Failure::usage(format!("`{name}` is not a format of data sets")).meant(name, known, hint)
    })
}

fn read(name: &str, files: &[SourceFile], loading: Loading<'_>, source: String) -> Result<Found, Failure> {
    let dataset =
        mend_dataset::load_with(name, files, loading).map_err(|error| invalid(error, name, files, loading))?;
    Ok(Found { dataset, source, format: loading.format, split: Split::Statement })
}

fn named(card: &Card, data_dir: &Path, loading: Loading<'_>) -> Result<Found, Failure> {
    // The one card without an address is part of the binary.
    if card.url.is_none() {
        let dataset = mend_dataset::starter().map_err(Failure::usage)?;
        return Ok(Found { dataset, source: card.name.clone(), format: None, split: Split::Statement });
    }
    let mut files = Vec::new();
    for file in &card.files {
        let path = data_dir.join(&file.path);
        let place = card.url.as_deref().unwrap_or("its publisher");
        let raw = read_raw(&path).map_err(|failure| {
            let folder = data_dir.display();
            failure.hint(format!("get it from {place} and put it into `{folder}`, or name its folder by `--data-dir`"))
        })?;
        // Before it is unpacked: a damaged download is told as such.
        mend_dataset::check_sha256(file, &raw).map_err(|error| {
            let hint = format!("`{}` is another file or a damaged copy: get it again from {place}", path.display());
            Failure::digest(error).hint(hint)
        })?;
        files.push(SourceFile { path: path.display().to_string(), bytes: unpack(&path, raw)? });
    }
    // Several files lie in a folder of their own: what finds one of them again must find them all.
    let found = match card.files.as_slice() {
        [file] => data_dir.join(&file.path),
        files => data_dir.join(files.first().and_then(|file| file.path.split('/').next()).unwrap_or_default()),
    };
    let source = std::path::absolute(&found).map_err(|source| cannot_read(&found, &source))?;
    read(&card.name, &files, loading, source.display().to_string())
}

fn invalid(error: DatasetError, name: &str, files: &[SourceFile], loading: Loading<'_>) -> Failure {
    // Skipping helps only where something is left.
    let is_some_valid =
        || mend_dataset::load_with(name, files, Loading { on_invalid: OnInvalid::Skip, ..loading }).is_ok();
    let hint = match &error {
        DatasetError::Invalid { flaw: Flaw::EmptyFile, .. } => "a data set has one problem a line, as a JSON object",
        DatasetError::Invalid { .. } if is_some_valid() => SKIP_INVALID,
        DatasetError::Invalid { .. } | DatasetError::NothingFound { format: Some(_), .. } => {
            "no row of it is one: `mend datasets formats` says what tells each format, `--format <NAME>` names one"
        }
        _ => return Failure::usage(error),
    };
    Failure::usage(error).hint(hint)
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
    let read = |path: PathBuf| Ok(SourceFile { bytes: read_file(&path)?, path: path.display().to_string() });
    paths.into_iter().map(read).collect()
}

fn collect(folder: &Path, depth: usize, paths: &mut Vec<PathBuf>) -> Result<(), Failure> {
    if depth > DEEPEST {
        return Ok(());
    }
    for entry in std::fs::read_dir(folder).map_err(|source| cannot_read(folder, &source))? {
        let path = entry.map_err(|source| cannot_read(folder, &source))?.path();
        if path.is_dir() {
            collect(&path, depth + 1, paths)?;
        } else if may_hold_problems(&path) {
            paths.push(path);
        }
    }
    Ok(())
}

/// The path from the root.
pub(crate) fn absolute(path: &Path) -> String {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned()).display().to_string()
}
