//! APPS problems: the rules that a folder and a row share.
//!
//! A problem with `fn_name` asks for a function, any other for a program.
//!
//! Most call-based problems wrap each expected value in a list of one element, some do not, and nothing says which.
//! The rule here: values are unwrapped if *every* expected value of the problem, public ones included, is a list of
//! one element, unless the starter code annotates the function to return a list or a tuple. This is decided once per
//! problem, where APPS's own grader accepts either reading for each test.
//!
//! JSON has no keys but texts. A dict among the arguments whose keys are all whole numbers had numbers for keys, as APPS's own
//! grader takes it, so such a call becomes a script with the dict written out (`number_keys`).

pub(crate) mod folder;
mod number_keys;
pub(crate) mod row;

use crate::Flaw;
use crate::fields::{Fields, identifier, value};
use mend_core::{Literal, Problem, Style, Test, TestSuite, jsonl};
use serde::de::IgnoredAny;
use serde_json::value::RawValue;
use std::sync::Arc;

/// Context of call-based problems: their solutions were written for sites that import these names unasked, and
/// APPS's own grader does the same.
pub(crate) const IMPORTS: &str = "\
import bisect, collections, fractions, functools, heapq, itertools, math, random, re, string, sys, time
from collections import ChainMap, Counter, OrderedDict, defaultdict, deque
from functools import cache, cmp_to_key, lru_cache, reduce
from heapq import heapify, heappop, heappush, heappushpop, heapreplace, merge, nlargest, nsmallest
from itertools import accumulate, combinations, permutations, product
from math import ceil, cos, exp, fabs, floor, gcd, log, log2, sin, sqrt, tan
from typing import Any, Deque, Dict, Iterable, Iterator, List, Optional, Sequence, Set, Tuple, Union


";

/// What the tests of a problem make of it: its style, its suites, and the imports of a function's solutions. The
/// error says whether the public tests (`true`) or the hidden ones are at fault.
fn judged_by(hidden: &Cases, public: &Cases, starter_code: &str) -> Result<Judged, (bool, Flaw)> {
    if hidden.pairs.is_empty() {
        return Err((false, Flaw::NoTests("`inputs` is empty")));
    }
    let Some(entry_point) = hidden.entry_point.clone() else {
        let hidden = hidden.stdio().map_err(|flaw| (false, flaw))?;
        let public = public.stdio().map_err(|flaw| (true, flaw))?;
        return Ok(Judged { style: Style::Program, tests: TestSuite { public, hidden }, context: None });
    };
    let wrapped = !returns_list(starter_code, &entry_point)
        && hidden.pairs.iter().chain(&public.pairs).all(|(_, expected)| only_element(expected).is_some());
    let hidden = hidden.calls(wrapped, &entry_point).map_err(|flaw| (false, flaw))?;
    let public = public.calls(wrapped, &entry_point).map_err(|flaw| (true, flaw))?;
    let style = Style::Function { entry_point };
    Ok(Judged { style, tests: TestSuite { public, hidden }, context: Some(IMPORTS) })
}

/// See [`judged_by`].
struct Judged {
    style: Style,
    tests: TestSuite,
    context: Option<&'static str>,
}

/// The listed solutions, of which the first is the reference.
fn solutions(listed: &[Box<RawValue>]) -> Result<Vec<Arc<str>>, Flaw> {
    let solution = |(at, one)| value::<Arc<str>>(one, || format!("solutions[{at}]"));
    listed.iter().map(|one| &**one).enumerate().map(solution).collect()
}

/// One object of tests, as it stands there.
#[derive(Default)]
pub(crate) struct Cases {
    entry_point: Option<String>,
    pairs: Vec<(Box<RawValue>, Box<RawValue>)>,
}

impl Cases {
    pub(crate) fn read(fields: &Fields) -> Result<Self, Flaw> {
        let entry_point: Option<String> = fields.optional("fn_name")?;
        let entry_point = entry_point.map(|name| identifier("fn_name", name)).transpose()?;
        let inputs: Vec<Box<RawValue>> = fields.required("inputs")?;
        let outputs: Vec<Box<RawValue>> = fields.required("outputs")?;
        if inputs.len() != outputs.len() {
            return Err(Flaw::Lengths { inputs: inputs.len(), outputs: outputs.len() });
        }
        Ok(Self { entry_point, pairs: inputs.into_iter().zip(outputs).collect() })
    }

    /// Inputs with their outputs, as they stand in a file of examples.
    pub(crate) fn of_pairs(pairs: Vec<(Box<RawValue>, Box<RawValue>)>) -> Self {
        Self { entry_point: None, pairs }
    }

    /// The tests of examples that stand beside a problem: calls, each given as a list of arguments or as a text with one
    /// argument a line, or inputs and outputs.
    pub(crate) fn like(&self, problem: &Problem) -> Result<Vec<Test>, Flaw> {
        let Some(entry_point) = problem.style.entry_point() else { return self.stdio() };
        let pairs = self.pairs.iter().enumerate().map(|(index, (input, output))| {
            let args = as_values(input, || format!("inputs[{index}]"))?.unwrap_or_else(|| input.clone());
            let expected = as_values(output, || format!("outputs[{index}]"))?;
            let expected = match &expected {
                Some(list) => only_element(list).map(ToOwned::to_owned),
                None => Some(output.clone()),
            };
            let why = || Flaw::Field { field: format!("outputs[{index}]"), why: "is not one JSON value".into() };
            Ok((args, expected.ok_or_else(why)?))
        });
        let cases = Self { entry_point: None, pairs: pairs.collect::<Result<_, Flaw>>()? };
        // As the problem's own were read: see the rule above.
        let is_one = |test: &Test| match test {
            Test::Call { expected, .. } => {
                RawValue::from_string(expected.0.to_string()).ok().is_some_and(|raw| only_element(&raw).is_some())
            }
            Test::Script { .. } | Test::Stdio { .. } => false,
        };
        let wrapped = cases.pairs.iter().all(|(_, expected)| only_element(expected).is_some())
            && !problem.tests.hidden.iter().all(is_one);
        cases.calls(wrapped, entry_point)
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
    fn calls(&self, wrapped: bool, entry_point: &str) -> Result<Vec<Test>, Flaw> {
        let test = |(index, (args, expected)): (usize, &(Box<RawValue>, Box<RawValue>))| {
            let _: Vec<IgnoredAny> = value(args, || format!("inputs[{index}]"))?;
            let expected = if wrapped { only_element(expected) } else { None }.unwrap_or(expected);
            if let Some(source) = number_keys::script(entry_point, args, expected) {
                return Ok(Test::Script { source: source.into() });
            }
            Ok(Test::Call { args: Literal(args.get().into()), expected: Literal(expected.get().into()) })
        };
        self.pairs.iter().enumerate().map(test).collect()
    }
}

/// The JSON values in the lines of a text, as a list; `None` where the value is no text.
fn as_values(raw: &RawValue, field: impl Fn() -> String) -> Result<Option<Box<RawValue>>, Flaw> {
    if !raw.get().starts_with('"') {
        return Ok(None);
    }
    let text: String = value(raw, &field)?;
    let lines = text.lines().filter(|line| !line.trim().is_empty());
    let values: Vec<&RawValue> = lines
        .map(serde_json::from_str)
        .collect::<Result<_, _>>()
        .map_err(|error| Flaw::Field { field: field(), why: format!("is not JSON: {}", jsonl::message(&error)) })?;
    let list = format!("[{}]", values.iter().map(|value| value.get()).collect::<Vec<_>>().join(", "));
    RawValue::from_string(list).map(Some).map_err(|error| Flaw::Field { field: field(), why: error.to_string() })
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
