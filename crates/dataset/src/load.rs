//! A bundle of files to one data set.

use crate::{DatasetError, Flaw, apps, humaneval};
use mend_core::{Digest, Problem};
use std::collections::BTreeMap;

/// One file of a bundle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceFile {
    /// The path as the user named it, with `/` between its segments. A trailing `.gz` may remain.
    pub path: String,
    /// The content, decompressed.
    pub bytes: Vec<u8>,
}

/// What to do about a problem that is not as its format wants it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnInvalid {
    /// Refuse the whole data set, with the first such problem as the error.
    Fail,
    /// Leave the problem out and say so in [`Dataset::skipped`].
    Skip,
}

/// The problems of one data set.
#[derive(Debug, Clone, PartialEq)]
pub struct Dataset {
    /// The name that it was loaded under.
    pub name: String,
    /// Digest over the ids and digests of the problems, in order.
    pub digest: Digest,
    /// At least one problem, with ids that differ: rows in the order of their files, sorted by path, then folders
    /// sorted by path.
    pub problems: Vec<Problem>,
    /// What was left out, in the same order; empty with [`OnInvalid::Fail`].
    pub skipped: Vec<Skipped>,
}

/// A problem that was left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Skipped {
    /// `file:line` of a row, or the file or folder of an APPS problem.
    pub place: String,
    /// What is wrong with it.
    pub why: String,
}

/// A place and the problem that stands there, or what is wrong with it.
pub(crate) type Found = (String, Result<Problem, Flaw>);

/// Reads a bundle. Each `*.jsonl` file holds HumanEval rows, each folder with a `question.txt` is one APPS problem,
/// and any other file is ignored. A bundle without one valid problem is an error in either mode.
pub fn load(name: &str, files: &[SourceFile], on_invalid: OnInvalid) -> Result<Dataset, DatasetError> {
    let mut files: Vec<&SourceFile> = files.iter().collect();
    files.sort_by(|a, b| a.path.cmp(&b.path));
    let rows = files.iter().filter(|file| humaneval::holds_rows(&file.path)).flat_map(|file| humaneval::problems(file));
    let folders = apps::problems(name, &files);

    let mut problems = Vec::new();
    let mut skipped = Vec::new();
    let mut places: BTreeMap<String, String> = BTreeMap::new();
    for (place, found) in rows.chain(folders) {
        let unique = found.and_then(|problem| match places.get(problem.id.as_str()) {
            Some(first) => Err(Flaw::Duplicate { id: problem.id.to_string(), first: first.clone() }),
            None => Ok(problem),
        });
        match (unique, on_invalid) {
            (Ok(problem), _) => {
                places.insert(problem.id.to_string(), place);
                problems.push(problem);
            }
            (Err(flaw), OnInvalid::Fail) => return Err(DatasetError::Invalid { place, flaw }),
            (Err(flaw), OnInvalid::Skip) => skipped.push(Skipped { place, why: flaw.to_string() }),
        }
    }

    if problems.is_empty() {
        return Err(match skipped.first() {
            None => DatasetError::NothingFound { name: name.to_owned() },
            Some(first) => DatasetError::NothingValid {
                name: name.to_owned(),
                skipped: skipped.len(),
                place: first.place.clone(),
                why: first.why.clone(),
            },
        });
    }
    let digest = digest(&problems);
    Ok(Dataset { name: name.to_owned(), digest, problems, skipped })
}

fn digest(problems: &[Problem]) -> Digest {
    let parts = problems.iter().flat_map(|problem| [problem.id.as_str().as_bytes(), problem.digest.as_bytes()]);
    Digest::of_parts(parts)
}
