//! Files of example tests: one row for each problem, a line each.
//!
//! | row | as |
//! |---|---|
//! | `{"task_id": "mine/1", "tests": [{"input": ..., "output": ...}]}` | we write it |
//! | `{"id": "mine/1", "public": [...]}` | our own problems have their tests |
//! | `{"problem_id": "0001", "example": {"inputs": [...], "outputs": [...]}}` | the public examples of APPS are distributed |
//! | `{"id": "1", "sample_io": [{"input": ..., "output": ...}]}` | APPS repacked with examples has it |
//!
//! `null` in place of the tests says that there are none. A row is of the problem of that id, or of the one whose id ends
//! in `/` and that name; numbers are the same however many zeros they begin with. Other keys are ignored.
//!
//! An input of a program is a text or a list of lines. An input of a function is the list of its arguments, or a text with
//! one argument a line, as JSON.

use super::SplitError;
use crate::apps::Cases;
use crate::fields::{Fields, value};
use crate::{Flaw, SourceFile, own};
use mend_core::{Problem, ProblemId, Test, jsonl};
use serde_json::value::RawValue;
use std::collections::{BTreeMap, BTreeSet};

/// The keys under which a row names its problem.
const IDS: [&str; 3] = ["task_id", "problem_id", "id"];

/// The keys of a list of pairs.
const PAIRS: [&str; 2] = ["tests", "sample_io"];

/// The fields of a pair.
const PAIR: &[&str] = &["input", "output"];

/// A row of a file of examples.
pub(super) struct Row {
    /// `file:line`.
    pub(super) place: String,
    fields: Fields,
}

/// The rows of a file, by the names in them.
#[derive(Default)]
pub(super) struct Rows(BTreeMap<String, Row>);

impl Rows {
    pub(super) fn read(file: &SourceFile) -> Result<Self, SplitError> {
        let mut rows = BTreeMap::new();
        for row in jsonl::rows::<Fields>(&file.path, &file.bytes) {
            let row = row.map_err(|error| SplitError::Row {
                place: format!("{}:{}", error.path, error.line),
                flaw: Flaw::Json(error.why),
            })?;
            let place = format!("{}:{}", file.path, row.line);
            let wrong = |flaw| SplitError::Row { place: place.clone(), flaw };
            let id = id_of(&row.value).map_err(wrong)?;
            let key = plain(&id).to_owned();
            if let Some(Row { place: first, .. }) = rows.get(&key) {
                return Err(wrong(Flaw::Duplicate { id, first: String::clone(first) }));
            }
            rows.insert(key, Row { place, fields: row.value });
        }
        Ok(Self(rows))
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// The row of a problem.
    pub(super) fn of(&self, id: &ProblemId) -> Option<&Row> {
        names(id).into_iter().find_map(|name| self.0.get(name))
    }

    /// The names in rows that none of these problems has.
    pub(super) fn unknown<'a>(&self, known: impl Iterator<Item = &'a ProblemId>) -> Vec<String> {
        let known: BTreeSet<&str> = known.flat_map(names).collect();
        self.0.keys().filter(|name| !known.contains(name.as_str())).cloned().collect()
    }
}

/// What a row may call a problem: its id, or what follows the last slash in it.
fn names(id: &ProblemId) -> [&str; 2] {
    let id = id.as_str();
    [plain(id), plain(id.rsplit('/').next().unwrap_or_default())]
}

/// A name without the zeros that a number begins with.
fn plain(name: &str) -> &str {
    let is_number = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_digit());
    let short = name.trim_start_matches('0');
    match (is_number, short.is_empty()) {
        (false, _) => name,
        (true, true) => "0",
        (true, false) => short,
    }
}

/// The name in a row, which may be a number.
fn id_of(fields: &Fields) -> Result<String, Flaw> {
    let Some(key) = IDS.into_iter().find(|key| fields.has(key)) else { return Err(Flaw::Missing("id")) };
    let raw: Box<RawValue> = fields.required(key)?;
    match raw.get().parse::<u64>() {
        Ok(number) => Ok(number.to_string()),
        Err(_) => fields.id(key),
    }
}

impl Row {
    /// The tests of the row as tests of its problem, none where it says that there are none.
    pub(super) fn tests(&self, problem: &Problem) -> Result<Vec<Test>, SplitError> {
        self.fitting(problem)?.map_err(|flaw| self.wrong(flaw))
    }

    /// The same; or why its inputs and outputs are none of its problem, as those of a program for a function.
    pub(super) fn fitting(&self, problem: &Problem) -> Result<Result<Vec<Test>, Flaw>, SplitError> {
        self.read(problem).map_err(|flaw| self.wrong(flaw))
    }

    /// A flaw of the row, with its place.
    pub(super) fn wrong(&self, flaw: Flaw) -> SplitError {
        SplitError::Row { place: self.place.clone(), flaw }
    }

    fn read(&self, problem: &Problem) -> Result<Result<Vec<Test>, Flaw>, Flaw> {
        let fields = &self.fields;
        if let Some(key) = PAIRS.into_iter().find(|key| fields.has(key)) {
            let Some(pairs) = fields.optional::<Vec<Box<RawValue>>>(key)? else { return Ok(Ok(Vec::new())) };
            let pairs = pairs.iter().enumerate().map(|(index, raw)| pair(raw, &format!("{key}[{index}]")));
            let cases = Cases::of_pairs(pairs.collect::<Result<_, Flaw>>()?);
            return Ok(cases.like(problem).map_err(|flaw| flaw.within(key)));
        }
        if fields.has("public") {
            let tests = fields.optional::<Vec<Box<RawValue>>>("public")?.unwrap_or_default();
            return own::tests("public", &tests, &problem.style).map(Ok);
        }
        if fields.has("example") {
            let Some(example) = fields.optional::<Fields>("example")? else { return Ok(Ok(Vec::new())) };
            let cases = Cases::read(&example).map_err(|flaw| flaw.within("example"))?;
            return Ok(cases.like(problem).map_err(|flaw| flaw.within("example")));
        }
        Err(Flaw::Missing(if fields.has("task_id") { "tests" } else { "public" }))
    }
}

/// An input and its output.
fn pair(raw: &RawValue, field: &str) -> Result<(Box<RawValue>, Box<RawValue>), Flaw> {
    let fields: Fields = value(raw, || field.to_owned())?;
    if let Some(unknown) = fields.names().find(|name| !PAIR.contains(name)) {
        return Err(Flaw::UnknownField { field: unknown.to_owned(), expected: PAIR }.within(field));
    }
    let read = |name| fields.required(name).map_err(|flaw| flaw.within(field));
    Ok((read("input")?, read("output")?))
}
