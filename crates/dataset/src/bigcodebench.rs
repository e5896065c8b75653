//! BigCodeBench rows: functions that use libraries, judged by classes of `unittest`.
//!
//! The statement is `complete_prompt`, which the solution continues. The tests patch modules, open files and look at
//! objects of libraries, so that they need the program's own interpreter: such a problem is cooperative. All test classes
//! are one hidden test, which ends with the first failure or error. There are no public tests: the examples of these
//! prompts show what a random or changing function may yield.
//!
//! `libs` become tags, so that `--where tags=pandas` chooses. What prompt and tests import at their margin is imported
//! before a candidate is there (the problem's oracle), so that a library that is not there is nobody's failure: the problem
//! is then unscored, with the library's name.

use crate::Flaw;
use crate::fields::{Fields, identifier, python_words};
use mend_core::{About, Integrity, Problem, Style, Test, TestSuite};
use serde_json::Value;

/// What runs the classes of a test's text.
const RUN: &str = r#"

import unittest as _unittest


class _First(_unittest.TestResult):
    def addError(self, test, error):
        super().addError(test, error)
        self.first = error[1]
        self.stop()

    addFailure = addError

    def addSubTest(self, test, subtest, error):
        if error is not None:
            self.addError(subtest, error)


_found = [_one for _one in list(globals().values()) if isinstance(_one, type) and issubclass(_one, _unittest.TestCase)]
_suite = _unittest.TestSuite(map(_unittest.defaultTestLoader.loadTestsFromTestCase, _found))
assert _suite.countTestCases(), "the tests hold no test"
_result = _First()
_suite.run(_result)
if not _result.wasSuccessful():
    raise _result.first
"#;

pub(crate) fn problem(row: &Fields) -> Result<Problem, Flaw> {
    let id = row.id("task_id")?;
    let prompt: String = row.required("complete_prompt")?;
    let entry_point = identifier("entry_point", row.required("entry_point")?)?;
    let solution: Option<String> = row.optional("canonical_solution")?;
    let test: String = row.required("test")?;
    if test.trim().is_empty() {
        return Err(Flaw::NoTests("`test` is empty"));
    }
    let hidden = vec![Test::Script { source: format!("{}{RUN}", test.trim_end()).into() }];
    let problem = Problem {
        context: Some(prompt.as_str().into()),
        reference: solution.map(|solution| format!("{prompt}{solution}").into()),
        oracle: imports(&[&prompt, &test]).map(Into::into),
        integrity: Integrity::Cooperative,
        about: About { tags: libraries(row)?, ..About::default() },
        ..Problem::new(id, prompt, Style::Completion { entry_point }, TestSuite { public: Vec::new(), hidden })
    };
    Ok(problem.with_digest())
}

/// The imports at the margin of texts, each once; `None` if there are none.
fn imports(texts: &[&str]) -> Option<String> {
    let is_import = |line: &&str| {
        let begins = line.starts_with("import ") || line.starts_with("from ");
        begins && !line.starts_with("from __future__") && !line.trim_end().ends_with(['(', '\\', ','])
    };
    let mut found: Vec<&str> = Vec::new();
    for line in texts.iter().flat_map(|text| text.lines()).filter(is_import) {
        if !found.contains(&line) {
            found.push(line);
        }
    }
    (!found.is_empty()).then(|| found.join("\n") + "\n")
}

/// The libraries that a problem uses: a list, or a text that holds one as Python writes it.
fn libraries(row: &Fields) -> Result<Vec<String>, Flaw> {
    let wrong = || Flaw::Field { field: "libs".into(), why: "is not a list of names".into() };
    Ok(match row.optional::<Value>("libs")? {
        None => Vec::new(),
        Some(Value::String(text)) => python_words(&text),
        Some(list) => serde_json::from_value(list).map_err(|_| wrong())?,
    })
}
