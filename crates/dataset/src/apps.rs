//! APPS folders: one problem a folder, with `question.txt` and `input_output.json`.
//!
//! `solutions.json`, `metadata.json` and `starter_code.py` are optional, and so are our own additions
//! `public_input_output.json`, `mutants.json` and the key `tolerance` in `metadata.json`. A problem with `fn_name`
//! asks for a function, any other for a program.
//!
//! The id is `<data set>/<folder name>`, so it does not depend on where the folder lies. Two folders of the same name
//! are an error: load the splits of APPS, whose numbers overlap, as two data sets.
//!
//! Most call-based problems wrap each expected value in a list of one element, some do not, and nothing says which.
//! The rule here: values are unwrapped if *every* expected value of the problem, public ones included, is a list of
//! one element, unless the starter code annotates the function to return a list or a tuple. This is decided once per
//! problem, where APPS's own grader accepts either reading for each test.

use crate::fields::{Fields, identifier, text, value};
use crate::load::Found;
use crate::{Flaw, SourceFile, mutants};
use mend_core::{Digest, Integrity, Literal, Problem, ProblemId, Style, Test, TestSuite};
use serde::de::IgnoredAny;
use serde_json::value::RawValue;
use std::collections::BTreeMap;

const QUESTION: &str = "question.txt";
const TESTS: &str = "input_output.json";
const PUBLIC_TESTS: &str = "public_input_output.json";
const SOLUTIONS: &str = "solutions.json";
const METADATA: &str = "metadata.json";
const STARTER_CODE: &str = "starter_code.py";
const MUTANTS: &str = "mutants.json";

/// Context of call-based problems: their solutions were written for sites that import these names unasked, and
/// APPS's own grader does the same.
const IMPORTS: &str = "\
import bisect, collections, fractions, functools, heapq, itertools, math, random, re, string, sys, time
from collections import ChainMap, Counter, OrderedDict, defaultdict, deque
from functools import cache, cmp_to_key, lru_cache, reduce
from heapq import heapify, heappop, heappush, heappushpop, heapreplace, merge, nlargest, nsmallest
from itertools import accumulate, combinations, permutations, product
from math import ceil, cos, exp, fabs, floor, gcd, log, log2, sin, sqrt, tan
from typing import Any, Deque, Dict, Iterable, Iterator, List, Optional, Sequence, Set, Tuple, Union


";

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
                Ok(problem) => (folder.place(), Ok(problem)),
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

    fn id(&self, dataset: &str) -> ProblemId {
        match self.path.rsplit('/').find(|name| !matches!(*name, "" | "." | "..")) {
            Some(name) => ProblemId::new(format!("{dataset}/{name}")),
            None => ProblemId::new(dataset),
        }
    }

    fn problem(&self, dataset: &str) -> Result<Problem, Misplaced> {
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
        if hidden.pairs.is_empty() {
            return Err((TESTS, Flaw::NoTests("`inputs` is empty")));
        }
        let public = self.cases(PUBLIC_TESTS)?.unwrap_or_default();
        let entry_point = hidden.entry_point.clone();
        if public.entry_point.is_some() && public.entry_point != entry_point {
            let why = format!("differs from `fn_name` in `{TESTS}`");
            return Err((PUBLIC_TESTS, Flaw::Field { field: "fn_name".into(), why }));
        }
        let (style, tests) = match entry_point {
            None => {
                let hidden = hidden.stdio().map_err(|flaw| (TESTS, flaw))?;
                let public = public.stdio().map_err(|flaw| (PUBLIC_TESTS, flaw))?;
                (Style::Program, TestSuite { public, hidden })
            }
            Some(entry_point) => {
                let wrapped = !returns_list(starter_code.unwrap_or_default(), &entry_point)
                    && hidden.pairs.iter().chain(&public.pairs).all(|(_, expected)| only_element(expected).is_some());
                let hidden = hidden.calls(wrapped).map_err(|flaw| (TESTS, flaw))?;
                let public = public.calls(wrapped).map_err(|flaw| (PUBLIC_TESTS, flaw))?;
                (Style::Function { entry_point }, TestSuite { public, hidden })
            }
        };

        let context = matches!(style, Style::Function { .. }).then(|| IMPORTS.into());
        let reference = self.reference()?;
        let mutants = mutants::read(&self.list(MUTANTS)?, reference.as_deref()).map_err(|flaw| (MUTANTS, flaw))?;
        let problem = Problem {
            id: self.id(dataset),
            digest: Digest::of(b""),
            statement: statement.into(),
            style,
            context,
            starter_code: starter_code.map(Into::into),
            reference: reference.map(Into::into),
            mutants,
            tests,
            tolerance,
            difficulty,
            integrity: Integrity::Isolated,
        };
        Ok(problem.with_digest())
    }

    /// The first listed solution; `None` if there is no list or it is empty.
    fn reference(&self) -> Result<Option<String>, Misplaced> {
        let Some(first) = self.list(SOLUTIONS)?.into_iter().next() else { return Ok(None) };
        value(&first, || "solutions[0]".to_owned()).map(Some).map_err(|flaw| (SOLUTIONS, flaw))
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

/// One file of tests, as it stands there.
#[derive(Default)]
struct Cases {
    entry_point: Option<String>,
    pairs: Vec<(Box<RawValue>, Box<RawValue>)>,
}

impl Cases {
    fn read(fields: &Fields) -> Result<Self, Flaw> {
        let entry_point: Option<String> = fields.optional("fn_name")?;
        let entry_point = entry_point.map(|name| identifier("fn_name", name)).transpose()?;
        let inputs: Vec<Box<RawValue>> = fields.required("inputs")?;
        let outputs: Vec<Box<RawValue>> = fields.required("outputs")?;
        if inputs.len() != outputs.len() {
            return Err(Flaw::Lengths { inputs: inputs.len(), outputs: outputs.len() });
        }
        Ok(Self { entry_point, pairs: inputs.into_iter().zip(outputs).collect() })
    }

    fn stdio(&self) -> Result<Vec<Test>, Flaw> {
        let test = |(index, (input, expected)): (usize, &(Box<RawValue>, Box<RawValue>))| {
            let input = lines(input, || format!("inputs[{index}]"))?.into();
            let expected = lines(expected, || format!("outputs[{index}]"))?.into();
            Ok(Test::Stdio { input, expected })
        };
        self.pairs.iter().enumerate().map(test).collect()
    }

    /// `wrapped` says that each expected value stands in a list of one element.
    fn calls(&self, wrapped: bool) -> Result<Vec<Test>, Flaw> {
        let test = |(index, (args, expected)): (usize, &(Box<RawValue>, Box<RawValue>))| {
            let _: Vec<IgnoredAny> = value(args, || format!("inputs[{index}]"))?;
            let expected = if wrapped { only_element(expected) } else { None }.unwrap_or(expected);
            Ok(Test::Call { args: Literal(args.get().into()), expected: Literal(expected.get().into()) })
        };
        self.pairs.iter().enumerate().map(test).collect()
    }
}

/// The element of a JSON array that has exactly one.
fn only_element(raw: &RawValue) -> Option<&RawValue> {
    let elements: Vec<&RawValue> = serde_json::from_str(raw.get()).ok()?;
    if let [element] = elements[..] { Some(element) } else { None }
}

/// Whether starter code annotates a function to return a list or a tuple.
fn returns_list(starter_code: &str, entry_point: &str) -> bool {
    let definition = format!("def {entry_point}(");
    let annotation = starter_code
        .lines()
        .find(|line| line.trim_start().starts_with(&definition))
        .and_then(|line| line.rsplit_once("->"))
        .map(|(_, annotation)| annotation.trim().to_ascii_lowercase());
    annotation.is_some_and(|annotation| annotation.starts_with("list") || annotation.starts_with("tuple"))
}

/// Text of standard input or output: a string, or a list of lines.
fn lines(raw: &RawValue, field: impl FnOnce() -> String) -> Result<String, Flaw> {
    if raw.get().starts_with('[') {
        let lines: Vec<String> = value(raw, field)?;
        Ok(lines.join("\n"))
    } else {
        value(raw, field)
    }
}
