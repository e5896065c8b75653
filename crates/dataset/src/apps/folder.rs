//! APPS folders: one problem a folder, with `question.txt` and `input_output.json`.
//!
//! `solutions.json`, `metadata.json` and `starter_code.py` are optional, and so are our own additions
//! `public_input_output.json`, `mutants.json` and the key `tolerance` in `metadata.json`.
//!
//! The id is `<data set>/<folder name>`, so it does not depend on where the folder lies. Two folders of the same name
//! are an error: load the splits of APPS, whose numbers overlap, as two data sets.

use super::{Cases, judged_by, solutions};
use crate::fields::{Fields, text};
use crate::load::{Found, Loaded};
use crate::{Flaw, SourceFile, mutants};
use mend_core::Problem;
use serde_json::value::RawValue;
use std::collections::BTreeMap;

pub(crate) const QUESTION: &str = "question.txt";
const TESTS: &str = "input_output.json";
const PUBLIC_TESTS: &str = "public_input_output.json";
const SOLUTIONS: &str = "solutions.json";
const METADATA: &str = "metadata.json";
const STARTER_CODE: &str = "starter_code.py";
const MUTANTS: &str = "mutants.json";

/// Those of the files that are JSON, whatever they hold.
pub(crate) const JSON_FILES: [&str; 5] = [TESTS, PUBLIC_TESTS, SOLUTIONS, METADATA, MUTANTS];

/// The files of one folder, by name.
struct Folder<'a> {
    path: &'a str,
    files: BTreeMap<&'a str, &'a [u8]>,
}

/// A flaw and the file that has it.
type Misplaced = (&'static str, Flaw);

/// The problems of all folders that contain `question.txt`, sorted by path.
pub(crate) fn problems(dataset: &str, files: &[&SourceFile]) -> Vec<Found> {
    let mut folders: BTreeMap<&str, BTreeMap<&str, &[u8]>> = BTreeMap::new();
    for file in files {
        let (path, name) = file.path.rsplit_once('/').unwrap_or(("", &file.path));
        folders.entry(path).or_default().insert(name, &file.bytes);
    }
    folders
        .into_iter()
        .filter(|(_, files)| files.contains_key(QUESTION))
        .map(|(path, files)| {
            let folder = Folder { path, files };
            match folder.problem(dataset) {
                Ok(loaded) => (folder.place(), Ok(loaded)),
                Err((file, flaw)) => (folder.place_of(file), Err(flaw)),
            }
        })
        .collect()
}

impl Folder<'_> {
    fn place(&self) -> String {
        if self.path.is_empty() { ".".to_owned() } else { self.path.to_owned() }
    }

    fn place_of(&self, file: &str) -> String {
        if self.path.is_empty() { file.to_owned() } else { format!("{}/{file}", self.path) }
    }

    fn id(&self, dataset: &str) -> String {
        match self.path.rsplit('/').find(|name| !matches!(*name, "" | "." | "..")) {
            Some(name) => format!("{dataset}/{name}"),
            None => dataset.to_owned(),
        }
    }

    fn problem(&self, dataset: &str) -> Result<Loaded, Misplaced> {
        let statement = self.text(QUESTION)?.unwrap_or_default();
        let metadata = self.fields(METADATA)?;
        let (difficulty, tolerance) = match &metadata {
            Some(metadata) => (
                metadata.optional("difficulty").map_err(|flaw| (METADATA, flaw))?,
                metadata.tolerance().map_err(|flaw| (METADATA, flaw))?,
            ),
            None => (None, None),
        };
        let starter_code = self.text(STARTER_CODE)?;

        let hidden = self.cases(TESTS)?.ok_or((TESTS, Flaw::NoTests("there is no `input_output.json`")))?;
        let public = self.cases(PUBLIC_TESTS)?.unwrap_or_default();
        if public.entry_point.is_some() && public.entry_point != hidden.entry_point {
            let why = format!("differs from `fn_name` in `{TESTS}`");
            return Err((PUBLIC_TESTS, Flaw::Field { field: "fn_name".into(), why }));
        }
        let judged = judged_by(&hidden, &public, starter_code.unwrap_or_default());
        let judged = judged.map_err(|(public, flaw)| (if public { PUBLIC_TESTS } else { TESTS }, flaw))?;

        let mut solutions = solutions(&self.list(SOLUTIONS)?).map_err(|flaw| (SOLUTIONS, flaw))?.into_iter();
        let reference = solutions.next();
        let mutants = mutants::read(&self.list(MUTANTS)?, reference.as_deref()).map_err(|flaw| (MUTANTS, flaw))?;
        let problem = Problem {
            context: judged.context.map(Into::into),
            starter_code: starter_code.map(Into::into),
            reference,
            mutants,
            tolerance,
            difficulty,
            ..Problem::new(self.id(dataset), statement, judged.style, judged.tests)
        };
        Ok(Loaded { further_solutions: solutions.collect(), ..problem.with_digest().into() })
    }

    fn text(&self, file: &'static str) -> Result<Option<&str>, Misplaced> {
        self.files.get(file).map(|bytes| text(bytes).map_err(|flaw| (file, flaw))).transpose()
    }

    fn fields(&self, file: &'static str) -> Result<Option<Fields>, Misplaced> {
        self.files.get(file).map(|bytes| Fields::from_file(bytes).map_err(|flaw| (file, flaw))).transpose()
    }

    /// The entries of a file that holds one JSON array; none if there is no such file.
    fn list(&self, file: &'static str) -> Result<Vec<Box<RawValue>>, Misplaced> {
        let Some(source) = self.text(file)? else { return Ok(Vec::new()) };
        serde_json::from_str(source).map_err(|source| (file, Flaw::Json(source.to_string())))
    }

    fn cases(&self, file: &'static str) -> Result<Option<Cases>, Misplaced> {
        self.fields(file)?.map(|fields| Cases::read(&fields).map_err(|flaw| (file, flaw))).transpose()
    }
}
