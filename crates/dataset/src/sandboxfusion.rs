//! Rows of SandboxFusion's samples, in which problems of CodeContests and LiveCodeBench are packed alike.
//!
//! `content` is the statement, and `labels` an object, or its JSON in a text. The tests are `test`: a list of
//! `{"input": {"stdin": ...}, "output": {"stdout": ...}}` or its JSON, or the object of APPS (`inputs`, `outputs`,
//! `fn_name`) packed as [`pickled`] says. All tests are hidden. The id is the label `task_id`, else `name`, else
//! `<data set>/<id>`.
//!
//! `canonical_solution` is the reference. Some rows have a program there that only exits, in the place of a solution:
//! that is none.

use crate::fields::Fields;
use crate::format::Place;
use crate::livecodebench::{context, style, test};
use crate::{Flaw, pickled};
use mend_core::{About, Language, Problem, Style, Test, TestSuite, jsonl};
use serde::Deserialize;
use serde_json::Value;

/// What stands for a solution that is not given away.
const PLACEHOLDER: &str = "import sys; sys.exit(0)";

#[derive(Deserialize)]
#[serde(expecting = "an object with `input` and `output`")]
struct Case {
    input: Input,
    output: Output,
}

#[derive(Deserialize)]
struct Input {
    stdin: String,
}

#[derive(Deserialize)]
struct Output {
    stdout: String,
}

/// The packed form.
#[derive(Deserialize)]
struct Packed {
    inputs: Vec<String>,
    outputs: Vec<String>,
    fn_name: Option<String>,
}

pub(crate) fn problem(place: &Place<'_>, row: &Fields) -> Result<Problem, Flaw> {
    let statement: String = row.required("content")?;
    let labels = labels(row)?;
    let label = |name: &str| labels.get(name).and_then(Value::as_str).map(str::to_owned);
    let id = if let Some(id) = label("task_id").or_else(|| label("name")) {
        id.trim().to_owned()
    } else {
        let id: Value = row.required("id")?;
        let id = id.as_str().map_or_else(|| id.to_string(), str::to_owned);
        format!("{}/{id}", place.dataset)
    };
    let (style, hidden) = tests(row)?;
    if hidden.is_empty() {
        return Err(Flaw::NoTests("`test` is empty"));
    }
    let solution: Option<String> = row.optional("canonical_solution")?;
    let solution = solution.filter(|solution| !matches!(solution.trim(), "" | PLACEHOLDER));
    let tags = label("source").or_else(|| label("category")).map(|tag| tag.to_lowercase());
    let problem = Problem {
        context: context(&style).map(Into::into),
        reference: solution.map(Into::into),
        difficulty: label("difficulty"),
        language: label("programming_language").map_or_else(Language::default, |name| Language::new(&name)),
        about: About { tags: tags.into_iter().collect(), ..About::default() },
        ..Problem::new(id, statement, style, TestSuite { public: Vec::new(), hidden })
    };
    Ok(problem.with_digest())
}

/// The labels, which some rows have as a text.
fn labels(row: &Fields) -> Result<Value, Flaw> {
    let labels: Option<Value> = row.optional("labels")?;
    match labels {
        Some(Value::String(text)) => {
            serde_json::from_str(&text).map_err(|source| Flaw::Json(jsonl::message(&source)).within("labels"))
        }
        labels => Ok(labels.unwrap_or_default()),
    }
}

fn tests(row: &Fields) -> Result<(Style, Vec<Test>), Flaw> {
    let within = |flaw: Flaw| flaw.within("test");
    let wrong = |why: String| Flaw::Field { field: "test".to_owned(), why };
    let unread = |source: serde_json::Error| within(Flaw::Json(jsonl::message(&source)));
    let stdio = |cases: Vec<Case>| {
        let test = |case: Case| Test::Stdio { input: case.input.stdin.into(), expected: case.output.stdout.into() };
        (Style::Program, cases.into_iter().map(test).collect())
    };
    let text = match row.required::<Value>("test")? {
        Value::String(text) => text,
        list => return serde_json::from_value(list).map(stdio).map_err(unread),
    };
    if text.trim_start().starts_with('[') {
        return serde_json::from_str(&text).map(stdio).map_err(unread);
    }
    let packed = match pickled::unpacked(&text).map_err(wrong)? {
        pickled::Pickled::Text(json) => json,
        pickled::Pickled::Texts(mut texts) => {
            texts.remove("input_output").ok_or_else(|| wrong("packs a dict without `input_output`".to_owned()))?
        }
    };
    let Packed { inputs, outputs, fn_name } = serde_json::from_str(&packed).map_err(unread)?;
    if inputs.len() != outputs.len() {
        return Err(within(Flaw::Lengths { inputs: inputs.len(), outputs: outputs.len() }));
    }
    let style = style(fn_name, "fn_name").map_err(within)?;
    let pairs = inputs.iter().zip(&outputs).enumerate();
    let tests = pairs.map(|(index, (input, output))| {
        test(input, output, &style).map_err(|why| wrong(format!("test {index}: {why}")))
    });
    let tests = tests.collect::<Result<Vec<_>, Flaw>>()?;
    Ok((style, tests))
}
