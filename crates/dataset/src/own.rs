//! Rows of our own format, for problems that no other format describes: `datasets/problem.schema.json`.
//!
//! ```json
//! {"id": "mine/double", "statement": "Write a function `double(x)`.", "entry_point": "double",
//!  "tests": {"public": [{"call": {"args": [2], "expected": 4}}], "hidden": [{"script": "assert double(-1) == -2"}]}}
//! ```
//!
//! `examples/own-problems/problems.jsonl` has five more. A row with `entry_point` asks for a function, judged by calls
//! and scripts; one without asks for a program, judged by `stdio` tests. Unknown fields are refused, because a
//! misspelt optional field would go unnoticed.

use crate::fields::{Fields, MEBIBYTE, identifier, value};
use crate::{Flaw, mutants};
use mend_core::{About, Date, Integrity, Language, Literal, Mutant, Problem, Style, Test, TestSuite};
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use std::sync::Arc;

/// Every field of a row.
const FIELDS: &[&str] = &[
    "context",
    "date",
    "difficulty",
    "entry_point",
    "id",
    "impossible",
    "integrity",
    "language",
    "memory_limit",
    "mutants",
    "oracle",
    "rating",
    "reference",
    "starter_code",
    "statement",
    "style",
    "tags",
    "tests",
    "time_limit",
    "tolerance",
];

/// The fields of `tests`.
const SUITES: &[&str] = &["hidden", "public"];

/// A word of `style`.
#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum StyleWord {
    Completion,
    Function,
    Program,
}

/// One test as it stands in a row.
#[derive(Serialize, Deserialize)]
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
    let style = style(row.optional("style")?, entry_point)?;
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
        context: row.optional("context")?,
        starter_code: row.optional("starter_code")?,
        reference: reference.map(Into::into),
        mutants,
        tolerance: row.tolerance()?,
        difficulty: row.optional("difficulty")?,
        integrity: row.optional("integrity")?.unwrap_or_default(),
        impossible: impossible(row)?,
        language: row.optional("language")?.map_or_else(Language::default, |name: String| Language::new(&name)),
        limits: row.limits()?,
        oracle: row.optional("oracle")?,
        about: About {
            date: row.optional("date")?,
            tags: row.optional("tags")?.unwrap_or_default(),
            rating: row.optional("rating")?,
        },
        ..Problem::new(id, statement, style, TestSuite { public, hidden })
    };
    Ok(problem.with_digest())
}

/// What a row asks for. Its word for that is needed only where the statement is the beginning of a module.
fn style(word: Option<StyleWord>, entry_point: Option<String>) -> Result<Style, Flaw> {
    let wrong = |why: &str| Err(Flaw::Field { field: "style".to_owned(), why: why.to_owned() });
    let entry_point = entry_point.map(|name| identifier("entry_point", name)).transpose()?;
    match (word, entry_point) {
        (None | Some(StyleWord::Function), Some(entry_point)) => Ok(Style::Function { entry_point }),
        (Some(StyleWord::Completion), Some(entry_point)) => Ok(Style::Completion { entry_point }),
        (None | Some(StyleWord::Program), None) => Ok(Style::Program),
        (Some(StyleWord::Program), Some(_)) => wrong("a `program` has no `entry_point`"),
        (Some(StyleWord::Function | StyleWord::Completion), None) => wrong("a function needs its `entry_point`"),
    }
}

/// In which way the tests contradict the statement, if they do.
fn impossible(row: &Fields) -> Result<Option<Arc<str>>, Flaw> {
    let said: Option<String> = row.optional("impossible")?;
    match said {
        Some(said) if said.trim().is_empty() => {
            Err(Flaw::Field { field: "impossible".to_owned(), why: "is empty: it says what contradicts".to_owned() })
        }
        said => Ok(said.map(Into::into)),
    }
}

fn known(fields: &Fields, expected: &'static [&'static str]) -> Result<(), Flaw> {
    match fields.names().find(|name| !expected.contains(name)) {
        Some(field) => Err(Flaw::UnknownField { field: field.to_owned(), expected }),
        None => Ok(()),
    }
}

/// The tests of a suite as they stand in a row.
pub(crate) fn tests(suite: &str, rows: &[Box<RawValue>], style: &Style) -> Result<Vec<Test>, Flaw> {
    let test = |(index, row): (usize, &RawValue)| {
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
    rows.iter().map(|row| &**row).enumerate().map(test).collect()
}

/// A problem as a row, which reads back as the same problem.
///
/// # Errors
/// A literal of a test that is no JSON.
pub fn written(problem: &Problem) -> Result<String, serde_json::Error> {
    let raw = |literal: &Literal| RawValue::from_string(literal.0.to_string());
    let test = |test: &Test| {
        Ok(match test {
            Test::Call { args, expected } => TestRow::Call { args: raw(args)?, expected: raw(expected)? },
            Test::Script { source } => TestRow::Script(source.to_string()),
            Test::Stdio { input, expected } => {
                TestRow::Stdio { input: input.to_string(), expected: expected.to_string() }
            }
        })
    };
    let suite = |tests: &[Test]| tests.iter().map(test).collect::<Result<Vec<_>, serde_json::Error>>();
    let row = Row {
        id: problem.id.as_str(),
        statement: &problem.statement,
        style: matches!(problem.style, Style::Completion { .. }).then_some(StyleWord::Completion),
        entry_point: problem.style.entry_point(),
        context: problem.context.as_deref(),
        starter_code: problem.starter_code.as_deref(),
        difficulty: problem.difficulty.as_deref(),
        tolerance: problem.tolerance,
        language: Some(&problem.language).filter(|language| !language.is_python()),
        time_limit: problem.limits.cpu_ms.map(|cpu_ms| cpu_ms as f64 / 1000.0),
        memory_limit: problem.limits.memory_bytes.map(|bytes| bytes as f64 / MEBIBYTE),
        oracle: problem.oracle.as_deref(),
        date: problem.about.date.as_ref(),
        tags: &problem.about.tags,
        rating: problem.about.rating,
        integrity: Some(problem.integrity).filter(|integrity| *integrity != Integrity::default()),
        impossible: problem.impossible.as_deref(),
        tests: Suites { public: suite(&problem.tests.public)?, hidden: suite(&problem.tests.hidden)? },
        reference: problem.reference.as_deref(),
        mutants: &problem.mutants,
    };
    serde_json::to_string(&row)
}

/// A row as it is written. What is absent takes no byte.
#[derive(Serialize)]
struct Row<'a> {
    id: &'a str,
    statement: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    style: Option<StyleWord>,
    #[serde(skip_serializing_if = "Option::is_none")]
    entry_point: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    context: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    starter_code: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    difficulty: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tolerance: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    language: Option<&'a Language>,
    #[serde(skip_serializing_if = "Option::is_none")]
    time_limit: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    memory_limit: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    oracle: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    date: Option<&'a Date>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    tags: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    rating: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    integrity: Option<Integrity>,
    #[serde(skip_serializing_if = "Option::is_none")]
    impossible: Option<&'a str>,
    tests: Suites,
    #[serde(skip_serializing_if = "Option::is_none")]
    reference: Option<&'a str>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    mutants: &'a [Mutant],
}

/// The tests of a row.
#[derive(Serialize)]
struct Suites {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    public: Vec<TestRow>,
    hidden: Vec<TestRow>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};
    use std::collections::BTreeSet;

    const SCHEMA: &str = include_str!("../../../datasets/problem.schema.json");

    fn schema() -> Value {
        serde_json::from_str(SCHEMA).unwrap()
    }

    fn names(of: &Value) -> BTreeSet<&str> {
        of.as_object().unwrap().keys().map(String::as_str).collect()
    }

    fn read(row: &Value) -> Result<Problem, Flaw> {
        problem(&Fields::from_row(&row.to_string()).unwrap())
    }

    /// A row with every field.
    fn full() -> Value {
        json!({
            "id": "a/1", "statement": "Write `f(x)`.", "entry_point": "f", "reference": "def f(x): return x",
            "tests": {"public": [{"call": {"args": [1], "expected": 1}}], "hidden": [{"script": "assert f(2) == 2"}]},
            "starter_code": "def f(x):", "context": "import math", "difficulty": "easy", "tolerance": 0.5,
            "language": "rust", "time_limit": 2.5, "memory_limit": 256.0, "date": "2024-08-31", "tags": ["dp", "two pointers"],
            "rating": 1500, "oracle": "LIMIT = 3", "integrity": "cooperative", "style": "function", "impossible": "value", "mutants":
                [{"name": "m", "find": "return x", "replace": "pass", "public": "passed", "hidden": "wrong_answer"}],
        })
    }

    #[test]
    fn the_schema_has_the_fields_that_the_loader_knows() {
        let (schema, full) = (schema(), full());
        assert_eq!(names(&schema["properties"]), FIELDS.iter().copied().collect());
        assert_eq!(names(&schema["properties"]), names(&full));
        assert_eq!(names(&schema["properties"]["tests"]["properties"]), SUITES.iter().copied().collect());
        assert_eq!(names(&schema["$defs"]["mutant"]["properties"]), names(&full["mutants"][0]));
        assert_eq!(names(&schema["$defs"]["test"]["properties"]), BTreeSet::from(["call", "script", "stdio"]));
    }

    #[test]
    fn the_loader_requires_what_the_schema_requires() {
        let (schema, full) = (schema(), full());
        assert!(read(&full).is_ok());
        let required = |of: &Value| -> BTreeSet<String> { serde_json::from_value(of["required"].clone()).unwrap() };
        for place in ["", "/tests", "/tests/public/0/call", "/mutants/0"] {
            let schema = match place {
                "" => &schema,
                "/tests" => &schema["properties"]["tests"],
                "/mutants/0" => &schema["$defs"]["mutant"],
                _ => &schema["$defs"]["test"]["properties"]["call"],
            };
            for name in names(&schema["properties"]) {
                let mut row = full.clone();
                row.pointer_mut(place).unwrap().as_object_mut().unwrap().remove(name);
                let refused = matches!(read(&row), Err(Flaw::Missing(_) | Flaw::Field { .. }));
                // Of the full row, the mutants want a reference and the tests a function.
                let needed = required(schema).contains(name) || name == "entry_point";
                assert_eq!(refused, needed, "{place}/{name}");
            }
            let mut row = full.clone();
            row.pointer_mut(place).unwrap()["extra"] = json!(1);
            assert!(read(&row).unwrap_err().to_string().contains("unknown field `extra`"), "{place}");
        }
    }

    #[test]
    fn a_problem_is_read_as_it_is_written() {
        let starter = crate::starter().unwrap();
        let full = read(&full()).unwrap();
        for problem in starter.problems.iter().chain([&full]) {
            let row = written(problem).unwrap();
            assert!(!row.contains('\n'), "{row}");
            assert_eq!(super::problem(&Fields::from_row(&row).unwrap()).unwrap(), *problem, "{row}");
        }
        assert!(starter.problems.iter().any(|problem| matches!(problem.style, Style::Completion { .. })));
        let long = r#"{"id": "a", "statement": "s", "entry_point": "f", "tests": {"hidden": [{"call": {"args": [1e2], "expected": 12345678901234567890123}}]}}"#;
        let problem = problem(&Fields::from_row(long).unwrap()).unwrap();
        assert!(written(&problem).unwrap().contains("[1e2],\"expected\":12345678901234567890123"));
    }

    #[test]
    fn styles_and_contradictions_are_checked() {
        let with = |name: &str, value: Value| {
            let mut row = full();
            row[name] = value;
            read(&row)
        };
        assert!(matches!(with("style", json!("completion")).unwrap().style, Style::Completion { .. }));
        for (name, value, why) in [
            ("style", json!("program"), "`style`: a `program` has no `entry_point`"),
            ("style", json!("other"), "`style`: unknown variant `other`"),
            ("impossible", json!(" "), "`impossible`: is empty: it says what contradicts"),
        ] {
            let said = with(name, value).unwrap_err().to_string();
            assert!(said.starts_with(why), "{said}");
        }
        let plain = with("impossible", Value::Null).unwrap();
        assert_ne!(plain.digest, read(&full()).unwrap().digest, "an impossible problem is another one");
    }

    #[test]
    fn what_a_problem_sets_itself_is_read_and_checked() {
        let with = |name: &str, value: Value| {
            let mut row = full();
            row[name] = value;
            read(&row)
        };
        let problem = read(&full()).unwrap();
        assert_eq!((problem.limits.cpu_ms, problem.limits.memory_bytes), (Some(2500), Some(256 << 20)));
        assert_eq!((problem.language.as_str(), problem.about.rating), ("rust", Some(1500)));
        assert_eq!(problem.about.date.as_ref().unwrap().as_str(), "2024-08-31");
        // What one chooses by decides no verdict.
        for name in ["date", "tags", "rating"] {
            assert_eq!(with(name, Value::Null).unwrap().digest, problem.digest, "{name}");
        }
        for name in ["language", "time_limit", "memory_limit", "oracle"] {
            assert_ne!(with(name, Value::Null).unwrap().digest, problem.digest, "{name}");
        }
        for (name, value, why) in [
            ("time_limit", json!(0), "`time_limit`: `0` is not a limit, expected seconds above 0 and up to 3600"),
            (
                "time_limit",
                json!(1e9),
                "`time_limit`: `1000000000` is not a limit, expected seconds above 0 and up to 3600",
            ),
            ("memory_limit", json!(-1), "`memory_limit`: `-1` is not a limit, expected MiB above 0 and up to 1048576"),
            ("date", json!("soon"), "`date`: `soon` is not a day, expected one such as `2024-08-31`"),
            ("tags", json!("dp"), "`tags`: invalid type: string \"dp\", expected a sequence"),
            ("rating", json!(-1), "`rating`: invalid value: integer `-1`, expected u32"),
        ] {
            assert_eq!(with(name, value).unwrap_err().to_string(), why);
        }
    }

    #[test]
    fn the_schema_lists_the_statuses_and_integrities() {
        for status in schema()["$defs"]["status"]["enum"].as_array().unwrap() {
            let mut row = full();
            row["mutants"][0]["hidden"] = status.clone();
            assert!(read(&row).is_ok(), "{status}");
        }
        for integrity in schema()["properties"]["integrity"]["enum"].as_array().unwrap() {
            let mut row = full();
            row["integrity"] = integrity.clone();
            assert!(read(&row).is_ok(), "{integrity}");
        }
    }
}
