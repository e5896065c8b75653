//! A bundle of files to one data set.

use crate::listed::Recorded;
use crate::{DatasetError, Flaw, Format, Pin, card, rows};
use mend_core::{Digest, OnInvalid, Problem, ProblemId};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

/// One file of a bundle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceFile {
    /// The path as the user named it, with `/` between its segments. A trailing `.gz` may remain.
    pub path: String,
    /// The content, decompressed.
    pub bytes: Vec<u8>,
}

/// Files of a problem's folder, beside JSON and programs.
const PROBLEM_FILES: [&str; 2] = ["question.txt", "starter_code.py"];

/// Folders whose Python files are programs or tests of problems.
const PROGRAM_FOLDERS: [&str; 3] = ["python_programs", "correct_python_programs", "python_testcases"];

/// Whether a file of a folder can be part of a data set, by its name and that of the folder in which it lies. Nothing else
/// of a folder needs to be read.
pub fn may_hold_problems(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let folder = path.parent().and_then(Path::file_name).unwrap_or_default().to_string_lossy();
    match name.trim_end_matches(".gz").rsplit_once('.') {
        Some((_, "jsonl" | "json")) => true,
        Some((_, "py")) if PROGRAM_FOLDERS.contains(&folder.as_ref()) => true,
        _ => PROBLEM_FILES.contains(&name.as_ref()),
    }
}

/// The problems of one data set.
#[derive(Debug, Clone, PartialEq)]
pub struct Dataset {
    /// The name that it was loaded under.
    pub name: String,
    /// Digest over the ids and digests of the problems, and over starting and recorded programs, in order.
    pub digest: Digest,
    /// At least one problem, with ids that differ: rows in the order of their files, sorted by path, then folders
    /// sorted by path.
    pub problems: Vec<Problem>,
    /// For data sets of bugs, the program that is to be mended, of each problem; else empty.
    pub starting_programs: BTreeMap<ProblemId, Arc<str>>,
    /// Solutions beside the reference, in their order, of problems that list some.
    pub further_solutions: BTreeMap<ProblemId, Vec<Arc<str>>>,
    /// Programs that the data set lists as wrong, in their order, of problems that list some.
    pub wrong_solutions: BTreeMap<ProblemId, Vec<Arc<str>>>,
    /// The program of each recorded row; empty for data sets of other kinds.
    pub recorded: BTreeMap<ProblemId, Recorded>,
    /// What was left out, in the same order; empty with [`OnInvalid::Fail`].
    pub skipped: Vec<Skipped>,
    /// Valid problems that are not among `problems`, because others were chosen.
    pub not_chosen: Vec<Problem>,
}

/// A problem that was left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Skipped {
    /// `file:line` of a row, or a file or folder.
    pub place: String,
    /// What is wrong with it.
    pub why: String,
}

/// A place and the problem that stands there, or what is wrong with it.
pub(crate) type Found = (String, Result<Loaded, Flaw>);

/// A problem and the programs that stand beside it.
pub(crate) struct Loaded {
    pub(crate) problem: Problem,
    pub(crate) starting_program: Option<Arc<str>>,
    pub(crate) further_solutions: Vec<Arc<str>>,
    pub(crate) wrong_solutions: Vec<Arc<str>>,
    pub(crate) recorded: Option<Recorded>,
}

impl From<Problem> for Loaded {
    fn from(problem: Problem) -> Self {
        Self {
            problem,
            starting_program: None,
            further_solutions: Vec::new(),
            wrong_solutions: Vec::new(),
            recorded: None,
        }
    }
}

/// Reads a bundle; the table in the crate's docs says of which files. Any other file is ignored. A bundle without one
/// valid problem is an error in either mode.
///
/// What the embedded cards pin holds wherever the problem comes from: a pin names the very text of a test.
pub fn load(name: &str, files: &[SourceFile], on_invalid: OnInvalid) -> Result<Dataset, DatasetError> {
    load_with(name, files, Loading { on_invalid, format: None, pins: &card::pins() })
}

/// How a bundle is read.
#[derive(Debug, Clone, Copy)]
pub struct Loading<'a> {
    /// What becomes of problems that are not as their format wants them.
    pub on_invalid: OnInvalid,
    /// The one format that all of it is in; `None` tells the format of each row by its keys. It decides nothing that
    /// the problems do not show: equal problems are the same data, however their format was found.
    pub format: Option<&'static Format>,
    /// What is known of single problems.
    pub pins: &'a [Pin],
}

/// As [`load()`], by more choices.
pub fn load_with(name: &str, files: &[SourceFile], loading: Loading<'_>) -> Result<Dataset, DatasetError> {
    let Loading { on_invalid, format, pins } = loading;
    let mut files: Vec<&SourceFile> = files.iter().collect();
    files.sort_by(|a, b| a.path.cmp(&b.path));
    let row_files = files.iter().filter(|_| format.is_none_or(Format::reads_rows));
    let rows = row_files.filter_map(|file| rows::problems(format, name, file)).flatten();
    let folders = Format::folders(format, name, &files);

    let mut problems = Vec::new();
    let mut starting_programs = BTreeMap::new();
    let mut all_solutions = BTreeMap::new();
    let mut all_wrong = BTreeMap::new();
    let mut all_recorded = BTreeMap::new();
    let mut skipped = Vec::new();
    let mut places: BTreeMap<String, String> = BTreeMap::new();
    for (place, found) in rows.chain(folders) {
        let unique = found.and_then(|loaded| match places.get(loaded.problem.id.as_str()) {
            Some(first) => Err(Flaw::Duplicate { id: loaded.problem.id.to_string(), first: first.clone() }),
            None => Ok(loaded),
        });
        match (unique, on_invalid) {
            (Ok(Loaded { problem, starting_program, further_solutions, wrong_solutions, recorded }), _) => {
                places.insert(problem.id.to_string(), place);
                if !further_solutions.is_empty() {
                    all_solutions.insert(problem.id.clone(), further_solutions);
                }
                if !wrong_solutions.is_empty() {
                    all_wrong.insert(problem.id.clone(), wrong_solutions);
                }
                all_recorded.extend(recorded.map(|recorded| (problem.id.clone(), recorded)));
                starting_programs.extend(starting_program.map(|program| (problem.id.clone(), program)));
                problems.push(pins.iter().fold(problem, |problem, pin| pin.apply(problem)));
            }
            (Err(flaw), OnInvalid::Fail) => return Err(DatasetError::Invalid { place, flaw }),
            (Err(flaw), OnInvalid::Skip) => skipped.push(Skipped { place, why: flaw.to_string() }),
        }
    }

    if problems.is_empty() {
        return Err(match skipped.first() {
            None => DatasetError::NothingFound { name: name.to_owned(), format: format.map(|format| format.name) },
            Some(first) => DatasetError::NothingValid {
                name: name.to_owned(),
                skipped: skipped.len(),
                place: first.place.clone(),
                why: first.why.clone(),
            },
        });
    }
    let digest = digest(&problems, &starting_programs, &all_recorded);
    Ok(Dataset {
        name: name.to_owned(),
        digest,
        problems,
        starting_programs,
        further_solutions: all_solutions,
        wrong_solutions: all_wrong,
        recorded: all_recorded,
        skipped,
        not_chosen: Vec::new(),
    })
}

fn digest(
    problems: &[Problem],
    starting_programs: &BTreeMap<ProblemId, Arc<str>>,
    recorded: &BTreeMap<ProblemId, Recorded>,
) -> Digest {
    let problems = problems.iter().flat_map(|problem| [problem.id.as_str().as_bytes(), problem.digest.as_bytes()]);
    let programs = starting_programs.iter().flat_map(|(id, program)| [id.as_str().as_bytes(), program.as_bytes()]);
    let recorded = recorded.values().flat_map(|recorded| [recorded.program.as_bytes(), recorded.outcome.as_bytes()]);
    Digest::of_parts(problems.chain(programs).chain(recorded))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_a_folder_are_told_by_name_and_place() {
        for (path, may) in [
            ("data/rows.jsonl", true),
            ("data/rows.jsonl.gz", true),
            ("0001/input_output.json", true),
            ("0001/question.txt", true),
            ("0001/starter_code.py", true),
            ("0001/solution.py", false),
            ("python_programs/gcd.py", true),
            ("python_programs/gcd.pyc", false),
            ("json/README.md", false),
            ("json", false),
        ] {
            assert_eq!(may_hold_problems(Path::new(path)), may, "{path}");
        }
    }
}
