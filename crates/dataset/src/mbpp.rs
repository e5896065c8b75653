//! MBPP rows, full and sanitized: a sentence that asks for a function, and a list of asserts.
//!
//! The entry point is the first name that `test_list[0]` calls and `code` defines as a function at its top level.
//! The statement is `text` (`prompt` in the sanitized set) and the first test, which is therefore public; all of
//! `test_list` is hidden, the first one included. `challenge_test_list` is left out: not every reference passes its
//! own challenges, and that cannot be known without running it.
//!
//! Each assert is a test of its own, after `test_imports` and `test_setup_code`. Setup code runs after the candidate
//! and uses classes that the candidate defines, so such a problem is cooperative. Line ends become `\n`.
//!
//! The id is `mbpp/<task_id>` in both sets: they share problems, so they do not fit into one bundle.

use crate::fields::Fields;
use crate::{Flaw, python};
use mend_core::{Digest, Integrity, Problem, ProblemId, Style, Test, TestSuite};

pub(crate) fn problem(row: &Fields) -> Result<Problem, Flaw> {
    let number: u64 = row.required("task_id")?;
    let text: String = row.required(if row.has("prompt") { "prompt" } else { "text" })?;
    let code = with_plain_line_ends(&row.required::<String>("code")?);
    let asserts: Vec<String> = row.required("test_list")?;
    let imports: Vec<String> = row.optional("test_imports")?.unwrap_or_default();
    let setup = with_plain_line_ends(&row.optional::<String>("test_setup_code")?.unwrap_or_default());

    let preamble: String =
        imports.iter().chain([&setup]).filter(|part| !part.trim().is_empty()).map(|part| format!("{part}\n")).collect();
    let sources: Vec<String> =
        asserts.iter().map(|test| format!("{preamble}{}\n", with_plain_line_ends(test))).collect();
    let (Some(first), Some(shown)) = (asserts.first(), sources.first()) else {
        return Err(Flaw::NoTests("`test_list` is empty"));
    };
    let entry_point = python::called_names(first).find(|name| python::defines_function(&code, name));
    let entry_point = entry_point.ok_or_else(|| Flaw::Field {
        field: "test_list[0]".into(),
        why: "calls no function that `code` defines".into(),
    })?;

    let text = with_plain_line_ends(&text);
    let statement = format!("{}\n\nThe program has to pass this test:\n\n{shown}", text.trim_end());
    let test = |source: &String| Test::Script { source: source.as_str().into() };
    let problem = Problem {
        id: ProblemId::new(format!("mbpp/{number}")),
        digest: Digest::of(b""),
        statement: statement.into(),
        style: Style::Function { entry_point: entry_point.to_owned() },
        context: None,
        starter_code: None,
        reference: Some(code.into()),
        mutants: Vec::new(),
        tests: TestSuite { public: vec![test(shown)], hidden: sources.iter().map(test).collect() },
        tolerance: None,
        difficulty: None,
        integrity: if setup.trim().is_empty() { Integrity::Isolated } else { Integrity::Cooperative },
    };
    Ok(problem.with_digest())
}

fn with_plain_line_ends(text: &str) -> String {
    text.replace("\r\n", "\n")
}
