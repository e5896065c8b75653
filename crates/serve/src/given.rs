//! Tests that a request brings along, and the problem that they make.

use crate::fields::{Fields, read};
use crate::refusal::Refusal;
use crate::request::{INTEGRITIES, IntegrityWord, STYLES, StyleWord, integrity, style};
use mend_core::{Literal, Problem, Style, Test, TestSuite};
use serde::de::IgnoredAny;
use serde_json::value::RawValue;
use utoipa::ToSchema;

/// One test: a text of asserts over the entry point, or an object.
#[derive(Debug, ToSchema)]
#[schema(as = Test)]
#[serde(untagged)]
#[expect(dead_code, reason = "the schema is made of it; `test` reads the same")]
pub(crate) enum TestSchema {
    /// Python statements that assert over the entry point.
    Text(String),
    /// The same as an object.
    Script {
        /// Python statements that assert over the entry point.
        script: String,
    },
    /// A call, and what it returns.
    Call {
        /// The call.
        call: CallSchema,
    },
    /// An input of a whole program, and what it prints.
    Stdio {
        /// The streams.
        stdio: StdioSchema,
    },
    /// The same in other words.
    Pair {
        /// Standard input.
        input: String,
        /// Expected standard output.
        output: String,
    },
}

/// A call, and what it returns.
#[derive(Debug, ToSchema)]
#[schema(as = Call)]
#[expect(dead_code, reason = "only the schema")]
pub(crate) struct CallSchema {
    /// Positional arguments.
    #[schema(value_type = Vec<Value>)]
    args: Vec<IgnoredAny>,
    /// What the call returns.
    #[schema(value_type = Value)]
    expected: IgnoredAny,
}

/// An input, and what is printed for it.
#[derive(Debug, ToSchema)]
#[schema(as = Stdio)]
#[expect(dead_code, reason = "only the schema")]
pub(crate) struct StdioSchema {
    /// Standard input.
    input: String,
    /// Expected standard output.
    expected: String,
}

/// The name of a problem that a request makes.
const NAME: &str = "given";

/// The problem that the tests of a request make; `None` if it brings nothing of one.
pub(crate) fn problem(fields: &mut Fields) -> Result<Option<Problem>, Refusal> {
    let tests: Option<Vec<Box<RawValue>>> = fields.take("tests")?;
    let check: Option<String> = fields.take("check")?;
    let public: Option<Vec<Box<RawValue>>> = fields.take("public_tests")?;
    let entry_point: Option<String> = fields.take("entry_point")?;
    let context: Option<String> = fields.take("context")?;
    let statement: Option<String> = fields.take("statement")?;
    let style_word = fields.word("style", STYLES, StyleWord::of)?;
    let tolerance: Option<f64> = fields.take("tolerance")?;
    let integrity_word = fields.word("integrity", INTEGRITIES, IntegrityWord::of)?;
    if tests.is_none() && check.is_none() {
        let stray = [
            ("public_tests", public.is_some()),
            ("entry_point", entry_point.is_some()),
            ("context", context.is_some()),
            ("statement", statement.is_some()),
            ("style", style_word.is_some()),
            ("tolerance", tolerance.is_some()),
            ("integrity", integrity_word.is_some()),
        ];
        return match stray.into_iter().find(|(_, is_there)| *is_there) {
            Some((field, _)) => {
                Err(Refusal::invalid(fields.name(field), "goes with given `tests` or `check`, and there are none"))
            }
            None => Ok(None),
        };
    }
    if let Some(name) = &entry_point
        && !is_identifier(name)
    {
        return Err(Refusal::invalid(
            fields.name("entry_point"),
            format!("`{name}` is not a name of a Python function"),
        ));
    }
    if let Some(tolerance) = tolerance.filter(|tolerance| !tolerance.is_finite() || *tolerance < 0.0) {
        return Err(Refusal::invalid(
            fields.name("tolerance"),
            format!("expected a number from 0 on, found {tolerance}"),
        ));
    }
    let style = style(fields, style_word, entry_point)?;
    let read = |field: &str, rows: Option<Vec<Box<RawValue>>>| {
        let rows = rows.unwrap_or_default();
        let all = rows.iter().enumerate().map(|(at, row)| test(&format!("{}[{at}]", fields.name(field)), row, &style));
        all.collect::<Result<Vec<Test>, Refusal>>()
    };
    let public = read("public_tests", public)?;
    let mut hidden = read("tests", tests)?;
    if let Some(check) = check {
        let Some(entry) = style.entry_point() else {
            return Err(Refusal::invalid(fields.name("entry_point"), "is missing: `check` is called with it"));
        };
        hidden.push(Test::Script { source: format!("{check}\n\ncheck({entry})\n").into() });
    }
    if hidden.is_empty() {
        return Err(Refusal::invalid(fields.name("tests"), "is empty"));
    }
    let problem = Problem {
        context: context.map(Into::into),
        tolerance,
        integrity: integrity(integrity_word),
        ..Problem::new(NAME, statement.unwrap_or_default(), style, TestSuite { public, hidden })
    };
    Ok(Some(problem.with_digest()))
}

/// One test as it stands in a request.
fn test(field: &str, row: &RawValue, style: &Style) -> Result<Test, Refusal> {
    if row.get().starts_with('"') {
        return of_style(field, Test::Script { source: read::<String>(field, row)?.into() }, style);
    }
    if !row.get().starts_with('{') {
        return Err(Refusal::invalid(field, "expected a text of asserts, or an object"));
    }
    let mut fields = Fields::at(field, row)?;
    let found = if let Some(script) = fields.take::<String>("script")? {
        Test::Script { source: script.into() }
    } else if let Some(mut call) = fields.object("call")? {
        let args: Box<RawValue> = call.required("args")?;
        let _: Vec<IgnoredAny> = read(&call.name("args"), &args)?;
        // A null is a value here.
        if !call.has("expected") {
            return Err(Refusal::invalid(call.name("expected"), "is missing"));
        }
        let expected: Option<Box<RawValue>> = call.take("expected")?;
        call.end()?;
        let expected = expected.map_or_else(|| "null".into(), |raw| raw.get().into());
        Test::Call { args: Literal(args.get().into()), expected: Literal(expected) }
    } else if let Some(mut stdio) = fields.object("stdio")? {
        let input: String = stdio.required("input")?;
        let expected: String = stdio.required("expected")?;
        stdio.end()?;
        Test::Stdio { input: input.into(), expected: expected.into() }
    } else if let Some(input) = fields.take::<String>("input")? {
        let output: String = fields.required("output")?;
        Test::Stdio { input: input.into(), expected: output.into() }
    } else {
        let message =
            "expected a text of asserts, or an object with `script`, `call`, `stdio`, or `input` and `output`";
        return Err(Refusal::invalid(field, message));
    };
    fields.end()?;
    of_style(field, found, style)
}

/// A test, if a problem of this style can have it.
fn of_style(field: &str, test: Test, style: &Style) -> Result<Test, Refusal> {
    match (&test, style.entry_point()) {
        (Test::Stdio { .. }, Some(_)) => Err(Refusal::invalid(
            field,
            "with an `entry_point` tests call a function; leave it out for inputs and outputs",
        )),
        (Test::Script { .. } | Test::Call { .. }, None) => {
            Err(Refusal::invalid(field, "the function that the test calls is missing: name it by `entry_point`"))
        }
        _ => Ok(test),
    }
}

/// Whether it can be the name of a function.
fn is_identifier(name: &str) -> bool {
    let mut letters = name.chars();
    letters.next().is_some_and(|letter| letter == '_' || letter.is_alphabetic())
        && letters.all(|letter| letter == '_' || letter.is_alphanumeric())
}
