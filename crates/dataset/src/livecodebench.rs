//! LiveCodeBench rows: problems of contests by their day, each with the tests that its statement shows and private ones.
//!
//! Public tests are those of `public_test_cases`, hidden ones these and then those of `private_test_cases`, which is
//! JSON as it stands or packed, see [`pickled`]. A row whose `metadata` has `func_name` asks for a function: a test's input
//! is one JSON value a line, one for each argument, and its output a JSON value. Any other asks for a program.
//!
//! The id is `question_id`. `contest_date` and `platform` become date and tag. There is no solution in such a row.

use crate::fields::{Fields, identifier};
use crate::{Flaw, apps, pickled};
use mend_core::{About, Literal, Problem, Style, Test, TestSuite, jsonl};
use serde::Deserialize;
use serde_json::value::RawValue;

const PUBLIC: &str = "public_test_cases";
const PRIVATE: &str = "private_test_cases";

/// A test as it stands in a row.
#[derive(Deserialize)]
#[serde(expecting = "an object with `input` and `output`")]
struct Case {
    input: String,
    output: String,
    testtype: Option<String>,
}

pub(crate) fn problem(row: &Fields) -> Result<Problem, Flaw> {
    let id = row.id("question_id")?;
    let statement: String = row.required("question_content")?;
    let starter_code: Option<String> = row.optional("starter_code")?;
    let metadata: Option<String> = row.optional("metadata")?;
    let metadata = metadata.filter(|text| !text.trim().is_empty());
    let metadata = metadata.map(|text| Fields::from_row(&text).map_err(|flaw| flaw.within("metadata"))).transpose()?;
    let name: Option<String> = match &metadata {
        Some(metadata) => metadata.optional("func_name").map_err(|flaw| flaw.within("metadata"))?,
        None => None,
    };
    let style = style(name, "func_name").map_err(|flaw| flaw.within("metadata"))?;

    let public: Option<String> = row.optional(PUBLIC)?;
    let public = tests(PUBLIC, &public.unwrap_or_default(), &style)?;
    let private: Option<String> = row.optional(PRIVATE)?;
    let private = tests(PRIVATE, &private.map(|text| json(&text)).transpose()?.unwrap_or_default(), &style)?;
    let hidden: Vec<Test> = public.iter().cloned().chain(private).collect();
    if hidden.is_empty() {
        return Err(Flaw::NoTests("`public_test_cases` and `private_test_cases` are empty"));
    }
    let platform: Option<String> = row.optional("platform")?;
    let problem = Problem {
        context: context(&style).map(Into::into),
        starter_code: starter_code.filter(|code| !code.trim().is_empty()).map(Into::into),
        difficulty: row.optional("difficulty")?,
        about: About { date: row.date("contest_date")?, tags: platform.into_iter().collect(), rating: None },
        ..Problem::new(id, statement, style, TestSuite { public, hidden })
    };
    Ok(problem.with_digest())
}

/// What a row asks for, by the function that it names.
pub(crate) fn style(name: Option<String>, field: &'static str) -> Result<Style, Flaw> {
    let name = name.map(|name| identifier(field, name)).transpose()?;
    Ok(name.map_or(Style::Program, |entry_point| Style::Function { entry_point }))
}

/// The imports that solutions of functions were written for.
pub(crate) fn context(style: &Style) -> Option<&'static str> {
    style.entry_point().map(|_| apps::IMPORTS)
}

/// The tests as JSON, whether they are packed or not.
fn json(text: &str) -> Result<String, Flaw> {
    let trimmed = text.trim();
    if trimmed.is_empty() || trimmed.starts_with('[') {
        return Ok(text.to_owned());
    }
    let wrong = |why: String| Flaw::Field { field: PRIVATE.to_owned(), why };
    match pickled::unpacked(trimmed).map_err(wrong)? {
        pickled::Pickled::Text(json) => Ok(json),
        pickled::Pickled::Texts(_) => Err(wrong("packs a dict, expected a text".to_owned())),
    }
}

fn tests(field: &str, text: &str, style: &Style) -> Result<Vec<Test>, Flaw> {
    if text.trim().is_empty() {
        return Ok(Vec::new());
    }
    let cases: Vec<Case> =
        serde_json::from_str(text).map_err(|source| Flaw::Json(jsonl::message(&source)).within(field))?;
    let test = |(index, case): (usize, Case)| {
        let wrong = |why: String| Flaw::Field { field: format!("{field}[{index}]"), why };
        let (wanted, asked) = match style.entry_point() {
            Some(_) => ("functional", "a function, as `func_name` in `metadata` says"),
            None => ("stdin", "a program, since `metadata` has no `func_name`"),
        };
        if let Some(other) = case.testtype.as_deref().filter(|kind| *kind != wanted) {
            return Err(wrong(format!("`testtype` is `{other}`, but the problem asks for {asked}")));
        }
        self::test(&case.input, &case.output, style).map_err(wrong)
    };
    cases.into_iter().enumerate().map(test).collect()
}

/// One test: for a function, an input with one JSON value a line and a JSON value as output.
pub(crate) fn test(input: &str, output: &str, style: &Style) -> Result<Test, String> {
    if style.entry_point().is_none() {
        return Ok(Test::Stdio { input: input.into(), expected: output.into() });
    }
    let value = |what: &str, text: &str| {
        serde_json::from_str::<Box<RawValue>>(text)
            .map_err(|error| format!("its {what} is not a JSON value: {}", jsonl::message(&error)))
    };
    let lines = input.split('\n').filter(|line| !line.trim().is_empty());
    let args = lines.map(|line| value("input", line)).collect::<Result<Vec<_>, String>>()?;
    let args = args.iter().map(|value| value.get()).collect::<Vec<_>>().join(", ");
    let expected = value("output", output)?;
    Ok(Test::Call { args: Literal(format!("[{args}]").into()), expected: Literal(expected.get().into()) })
}
