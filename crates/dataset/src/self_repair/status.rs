//! The words in which the published files say how a program ended.

use mend_core::{Facts, Status, SuiteVerdict, TestVerdict};
use serde_json::Value;

/// The longest value that is kept of a failure, in characters.
const LONGEST: usize = 300;

/// A program that passes all tests, of which there are so many.
pub(super) fn passed(tests: usize) -> SuiteVerdict {
    let test = |index| TestVerdict { index, status: Status::Passed, facts: None };
    let tests: Vec<_> = (0..tests.max(1) as u32).map(test).collect();
    SuiteVerdict { status: Status::Passed, total: tests.len() as u32, tests }
}

/// A program that fails. The `errors` stand for its tests; `None` if neither they nor `fault` say how it fails.
pub(super) fn failed(fault: Option<&str>, errors: &[Value]) -> Option<SuiteVerdict> {
    let tests: Vec<TestVerdict> = errors.iter().zip(0..).map(|(error, index)| test(error, index)).collect();
    let first = tests.iter().find(|test| test.status != Status::Passed).map(|test| test.status);
    if let Some(status) = first {
        return Some(SuiteVerdict { status, total: tests.len() as u32, tests });
    }
    let fault = fault.filter(|fault| !fault.trim().is_empty())?;
    let facts = Facts { note: Some(short(fault)), ..Facts::default() };
    Some(whole(status(fault), Some(facts)))
}

/// The suite as one test.
pub(super) fn whole(status: Status, facts: Option<Facts>) -> SuiteVerdict {
    SuiteVerdict { status, tests: vec![TestVerdict { index: 0, status, facts: facts.map(Box::new) }], total: 1 }
}

/// `"passed"`, or a list of a class and what belongs to it.
fn test(error: &Value, index: u32) -> TestVerdict {
    let parts: Vec<String> = match error {
        Value::String(word) if word == "passed" => return TestVerdict { index, status: Status::Passed, facts: None },
        Value::Array(parts) => parts.iter().map(shown).collect(),
        other => vec![shown(other)],
    };
    let status = status(parts.first().map_or("", String::as_str));
    let part = |place: usize| parts.get(place).cloned();
    let facts = match status {
        Status::WrongAnswer => Facts { actual: part(1), expected: part(2), ..Facts::default() },
        _ => Facts {
            exception: part(1).or(part(0)),
            line: part(2).and_then(|line| line.parse().ok()),
            input: part(3),
            ..Facts::default()
        },
    };
    TestVerdict { index, status, facts: Some(facts.into()) }
}

fn shown(value: &Value) -> String {
    short(&value.as_str().map_or_else(|| value.to_string(), str::to_owned))
}

fn short(text: &str) -> String {
    text.chars().take(LONGEST).collect()
}

/// The class of a failure, by the words of its name. Classes that nobody knows are errors at run time.
fn status(class: &str) -> Status {
    let class = class.to_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| class.contains(word));
    if has(&["wrong answer", "wrong_answer", "assert", "failed"]) {
        Status::WrongAnswer
    } else if has(&["timeout", "timed out", "time limit", "time_limit"]) {
        Status::TimeLimit
    } else if has(&["compile", "compilation", "syntax", "indentation"]) {
        Status::CompileError
    } else if has(&["missing function", "missing_function", "no function", "not defined in"]) {
        Status::MissingEntryPoint
    } else if has(&["memory"]) {
        Status::MemoryLimit
    } else {
        Status::RuntimeError
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn classes_are_told_by_their_words() {
        let cases = [
            ("WRONG ANSWER", Status::WrongAnswer),
            ("AssertionError", Status::WrongAnswer),
            ("timed out", Status::TimeLimit),
            ("COMPILE ERROR", Status::CompileError),
            ("SyntaxError", Status::CompileError),
            ("MISSING FUNCTION", Status::MissingEntryPoint),
            ("RUNTIME ERROR", Status::RuntimeError),
            ("ZeroDivisionError", Status::RuntimeError),
        ];
        for (class, expected) in cases {
            assert_eq!(status(class), expected, "{class}");
        }
    }

    #[test]
    fn the_first_error_decides_and_each_is_a_test() {
        let errors = [json!("passed"), json!(["WRONG ANSWER", [1], 2]), json!(["RUNTIME ERROR", "boom", 7, "3 4"])];
        let suite = failed(None, &errors).unwrap();
        assert_eq!((suite.status, suite.total, suite.passed()), (Status::WrongAnswer, 3, 1));
        let facts = |test: usize| suite.tests[test].facts.clone().unwrap();
        assert_eq!((facts(1).actual.as_deref(), facts(1).expected.as_deref()), (Some("[1]"), Some("2")));
        assert_eq!(
            (facts(2).exception.as_deref(), facts(2).line, facts(2).input.as_deref()),
            (Some("boom"), Some(7), Some("3 4"))
        );
        assert_eq!(failed(None, &[json!("passed")]), None);
        assert_eq!(failed(Some("timed out"), &[]).unwrap().status, Status::TimeLimit);
    }
}
