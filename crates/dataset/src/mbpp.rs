//! MBPP rows, full and sanitized, and the hub's of MBPP+: a sentence that asks for a function, and a list of asserts.
//!
//! The entry point is the first name that `test_list[0]` calls and `code` defines as a function at its top level.
//! The statement is `text` (`prompt` in the sanitized set) and the first test, which is therefore public; all of
//! `test_list` is hidden, the first one included. `challenge_test_list` is left out: not every reference passes its
//! own challenges, and that cannot be known without running it.
//!
//! Each assert is a test of its own, after `test_imports` and `test_setup_code`, all of it after the candidate. If
//! this calls a class that `code` defines, the problem is cooperative. Line ends become `\n`.
//!
//! Rows of MBPP+ as the hub has them are of this kind too: what they have as `test`, a script with more inputs, is one more
//! hidden test. It needs numpy.
//!
//! The id is `mbpp/<task_id>` in both sets: they share problems, so they do not fit into one bundle.

use crate::fields::Fields;
use crate::{Flaw, python};
use mend_core::{Integrity, Problem, Style, Test, TestSuite};

pub(crate) fn problem(row: &Fields) -> Result<Problem, Flaw> {
    let number: u64 = row.required("task_id")?;
    let text: String = row.required(if row.has("prompt") { "prompt" } else { "text" })?;
    let code = with_plain_line_ends(&row.required::<String>("code")?);
    let asserts: Vec<String> = row.required("test_list")?;
    let imports: Vec<String> = row.optional("test_imports")?.unwrap_or_default();
    let setup = with_plain_line_ends(&row.optional::<String>("test_setup_code")?.unwrap_or_default());

    let mut preamble = imports;
    preamble.push(setup);
    preamble.retain(|part| !part.trim().is_empty());
    let source = |test: &String| {
        let parts = preamble.iter().map(String::as_str).chain([test.as_str(), ""]);
        with_plain_line_ends(&parts.collect::<Vec<_>>().join("\n"))
    };
    let sources: Vec<String> = asserts.iter().map(source).collect();
    let (Some(first), Some(shown)) = (asserts.first(), sources.first()) else {
        return Err(Flaw::NoTests("`test_list` is empty"));
    };
    let entry_point = python::called_names(first).find(|name| python::defines_function(&code, name));
    let entry_point = entry_point.ok_or_else(|| Flaw::Field {
        field: "test_list[0]".into(),
        why: "calls no function that `code` defines".into(),
    })?;

    let shares_classes =
        sources.iter().flat_map(|source| python::called_names(source)).any(|name| python::defines_class(&code, name));
    let text = with_plain_line_ends(&text);
    let statement = format!("{}\n\nThe program has to pass this test:\n\n{shown}", text.trim_end());
    let test = |source: &String| Test::Script { source: source.as_str().into() };
    let plus: Option<String> = row.optional("test")?;
    let plus = plus.filter(|source| !source.trim().is_empty()).map(|source| with_plain_line_ends(&source));
    let hidden = sources.iter().chain(&plus).map(test).collect();
    let tests = TestSuite { public: vec![test(shown)], hidden };
    let style = Style::Function { entry_point: entry_point.to_owned() };
    let problem = Problem {
        reference: Some(code.as_str().into()),
        integrity: if shares_classes { Integrity::Cooperative } else { Integrity::Isolated },
        ..Problem::new(format!("mbpp/{number}"), statement, style, tests)
    };
    Ok(problem.with_digest())
}

fn with_plain_line_ends(text: &str) -> String {
    text.replace("\r\n", "\n")
}
