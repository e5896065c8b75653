//! Rows of our own format, for problems that no other format describes: `datasets/problem.schema.json`.
//!
//! ```json
//! {"id": "mine/double", "statement": "Write a function `double(x)`.", "entry_point": "double",
//!  "tests": {"public": [{"call": {"args": [2], "expected": 4}}], "hidden": [{"script": "assert double(-1) == -2"}]}}
//! ```
//!
//! A row with `entry_point` asks for a function, judged by calls and scripts; one without asks for a program, judged
//! by `stdio` tests. Unknown fields are refused, because a misspelt optional field would go unnoticed.

use crate::fields::{Fields, identifier, value};
use crate::{Flaw, mutants};
use mend_core::{Digest, Literal, Problem, ProblemId, Style, Test, TestSuite};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::value::RawValue;

/// Every field of a row.
const FIELDS: &[&str] = &[
    "context",
    "difficulty",
    "entry_point",
    "id",
    "integrity",
    "mutants",
    "reference",
    "starter_code",
    "statement",
    "tests",
    "tolerance",
];

/// The fields of `tests`.
const SUITES: &[&str] = &["hidden", "public"];

/// One test as it stands in a row.
#[derive(Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum TestRow {
    Call { args: Box<RawValue>, expected: Box<RawValue> },
    Script(String),
    Stdio { input: String, expected: String },
}

pub(crate) fn problem(row: &Fields) -> Result<Problem, Flaw> {
    known(row, FIELDS)?;
    let id = row.id("id")?;
    let statement: String = row.required("statement")?;
    let entry_point: Option<String> = row.optional("entry_point")?;
    let style = match entry_point {
        Some(entry_point) => Style::Function { entry_point: identifier("entry_point", entry_point)? },
        None => Style::Program,
    };
    let suites: Fields = row.required("tests")?;
    known(&suites, SUITES).map_err(|flaw| flaw.within("tests"))?;
    let public: Option<Vec<Box<RawValue>>> = suites.optional("public").map_err(|flaw| flaw.within("tests"))?;
    let hidden: Vec<Box<RawValue>> = suites.required("hidden").map_err(|flaw| flaw.within("tests"))?;
    if hidden.is_empty() {
        return Err(Flaw::NoTests("`tests.hidden` is empty"));
    }
    let public = tests("public", &public.unwrap_or_default(), &style)?;
    let hidden = tests("hidden", &hidden, &style)?;

    let reference: Option<String> = row.optional("reference")?;
    let raw_mutants: Option<Vec<Box<RawValue>>> = row.optional("mutants")?;
    let mutants = mutants::read(&raw_mutants.unwrap_or_default(), reference.as_deref())?;
    let problem = Problem {
        id: ProblemId::new(id),
        digest: Digest::of(b""),
        statement: statement.into(),
        style,
        context: row.optional("context")?,
        starter_code: row.optional("starter_code")?,
        reference: reference.map(Into::into),
        mutants,
        tests: TestSuite { public, hidden },
        tolerance: row.tolerance()?,
        difficulty: row.optional("difficulty")?,
        integrity: row.optional("integrity")?.unwrap_or_default(),
    };
    Ok(problem.with_digest())
}

fn known(fields: &Fields, expected: &'static [&'static str]) -> Result<(), Flaw> {
    match fields.names().find(|name| !expected.contains(name)) {
        Some(field) => Err(Flaw::UnknownField { field: field.to_owned(), expected }),
        None => Ok(()),
    }
}

fn tests(suite: &str, rows: &[Box<RawValue>], style: &Style) -> Result<Vec<Test>, Flaw> {
    let test = |(index, row): (usize, &Box<RawValue>)| {
        let field = || format!("tests.{suite}[{index}]");
        let wrong = |why: &str| Err(Flaw::Field { field: field(), why: why.to_owned() });
        match (value(row, field)?, style.entry_point()) {
            (TestRow::Call { args, expected }, Some(_)) => {
                let _: Vec<IgnoredAny> = value(&args, || format!("{}.call.args", field()))?;
                Ok(Test::Call { args: Literal(args.get().into()), expected: Literal(expected.get().into()) })
            }
            (TestRow::Script(source), Some(_)) => Ok(Test::Script { source: source.into() }),
            (TestRow::Stdio { input, expected }, None) => {
                Ok(Test::Stdio { input: input.into(), expected: expected.into() })
            }
            (TestRow::Stdio { .. }, Some(_)) => wrong("a problem with `entry_point` has no `stdio` tests"),
            (_, None) => wrong("a problem without `entry_point` has `stdio` tests only"),
        }
    };
    rows.iter().enumerate().map(test).collect()
}
