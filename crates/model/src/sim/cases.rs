//! The problem's own tests as single cases: an input and the value that belongs to it.
//!
//! A case comes of a test that calls the function with given values, of a pair of input and output, or of an assert in
//! a script that compares with a literal: `call == literal` or `abs(call - literal) < limit`, behind the statements
//! that it needs. What has no such shape, what depends on what an earlier assert's call changed, and what does not fit
//! in [`LONGEST`] is no case.

mod scripts;

use super::alter;
use mend_core::{Literal, Problem, Test};

/// The most bytes of a case as a test, so that several fit into an answer.
const LONGEST: usize = 500;

/// The most cases of a problem.
const MOST: usize = 200;

/// An input with its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Case {
    /// An assert: what stands before the value and behind it, with statements that it needs, each in a line.
    Assert { setup: Vec<String>, head: String, value: String, tail: String },
    /// Standard input and output.
    Pair { input: String, value: String },
}

impl Case {
    /// The value that belongs to the input.
    pub(super) fn value(&self) -> &str {
        match self {
            Self::Assert { value, .. } | Self::Pair { value, .. } => value,
        }
    }

    /// A value that does not.
    pub(super) fn wrong_value(&self) -> String {
        match self {
            Self::Assert { value, .. } => alter::literal(value),
            Self::Pair { value, .. } => alter::output(value),
        }
    }

    fn is_same_input(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Assert { setup, head, .. }, Self::Assert { setup: others, head: other, .. }) => {
                (setup, head) == (others, other)
            }
            (Self::Pair { input, .. }, Self::Pair { input: other, .. }) => input.trim() == other.trim(),
            _ => false,
        }
    }

    fn len(&self) -> usize {
        match self {
            Self::Assert { setup, head, value, tail } => {
                setup.iter().map(String::len).sum::<usize>() + head.len() + value.len() + tail.len()
            }
            Self::Pair { input, value } => input.len() + value.len(),
        }
    }

    /// Whether it can be written as a test that reads as it was meant.
    fn is_plain(&self) -> bool {
        match self {
            Self::Assert { setup, head, value, tail } => {
                setup.iter().chain([head, value, tail]).all(|text| !text.contains('\n'))
            }
            // Fences go around both, and blank lines at their ends are lost.
            Self::Pair { input, value } => {
                let is_plain = |text: &str| !text.contains("```") && !text.contains("~~~") && !text.starts_with('\n');
                is_plain(input) && is_plain(value) && !value.trim().is_empty()
            }
        }
    }
}

/// The cases of a problem, those of its public tests first, each input once.
pub(super) fn of(problem: &Problem) -> Vec<Case> {
    let mut cases: Vec<Case> = Vec::new();
    for test in problem.tests.public.iter().chain(&problem.tests.hidden) {
        for case in of_test(test, problem) {
            if cases.len() == MOST {
                return cases;
            }
            if case.len() <= LONGEST && case.is_plain() && !cases.iter().any(|known| known.is_same_input(&case)) {
                cases.push(case);
            }
        }
    }
    cases
}

fn of_test(test: &Test, problem: &Problem) -> Vec<Case> {
    match (test, problem.style.entry_point()) {
        (Test::Stdio { input, expected }, _) => {
            vec![Case::Pair { input: input.trim_end().to_owned(), value: expected.trim_end().to_owned() }]
        }
        (Test::Call { args, expected }, Some(name)) => of_call(name, args, expected, problem.tolerance),
        (Test::Script { source }, Some(name)) => scripts::cases(source, name),
        (Test::Call { .. } | Test::Script { .. }, None) => Vec::new(),
    }
}

fn of_call(name: &str, args: &Literal, expected: &Literal, tolerance: Option<f64>) -> Vec<Case> {
    let (args, value) = (python_of(&args.0), python_of(&expected.0));
    let Some(args) = args.strip_prefix('[').and_then(|args| args.strip_suffix(']')) else { return Vec::new() };
    let call = format!("{name}({})", args.trim());
    let (head, tail) = match tolerance {
        Some(_) if value.contains('.') && value.parse::<f64>().is_err() => return Vec::new(),
        Some(tolerance) if value.contains('.') => (format!("abs({call} - "), format!(") <= {tolerance:?}")),
        _ => (format!("{call} == "), String::new()),
    };
    vec![Case::Assert { setup: Vec::new(), head, value, tail }]
}

/// A JSON value as Python writes it, in one line.
fn python_of(json: &str) -> String {
    let mut text = String::new();
    let mut rest = json.trim();
    while let Some(first) = rest.chars().next() {
        let end = match first {
            '"' => end_of_string(rest),
            c if c.is_ascii_alphabetic() => rest.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(rest.len()),
            c if c.is_whitespace() => rest.find(|c: char| !c.is_whitespace()).unwrap_or(rest.len()),
            c => c.len_utf8(),
        };
        let (piece, behind) = rest.split_at(end);
        match piece {
            "true" => text.push_str("True"),
            "false" => text.push_str("False"),
            "null" => text.push_str("None"),
            blank if blank.trim().is_empty() => text.push(' '),
            // Every escape that is written anew means the same in Python.
            string if first == '"' => match serde_json::from_str::<String>(string) {
                Ok(string) => text.push_str(&serde_json::to_string(&string).expect("a text can be written")),
                Err(_) => text.push_str(string),
            },
            other => text.push_str(other),
        }
        rest = behind;
    }
    text
}

/// Where a JSON string that begins a text ends.
fn end_of_string(text: &str) -> usize {
    let mut is_escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            '"' if !is_escaped => return at + 1,
            '\\' => is_escaped = !is_escaped,
            _ => is_escaped = false,
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use mend_core::TestSuite;

    fn of_tests(tests: Vec<Test>, tolerance: Option<f64>) -> Vec<(String, String)> {
        let mut problem = super::super::tests::only_one_damage();
        problem.tests = TestSuite { public: Vec::new(), hidden: tests };
        problem.tolerance = tolerance;
        let told = |case: Case| {
            let wrong = case.wrong_value();
            match case {
                Case::Assert { head, value, tail, .. } => (format!("{head}{value}{tail}"), wrong),
                Case::Pair { input, value } => (format!("{input}/{value}"), wrong),
            }
        };
        of(&problem).into_iter().map(told).collect()
    }

    #[test]
    fn calls_are_written_as_python_writes_them() {
        let call =
            |args: &str, expected: &str| Test::Call { args: Literal(args.into()), expected: Literal(expected.into()) };
        let told = |args, expected, tolerance| of_tests(vec![call(args, expected)], tolerance).pop().map(|case| case.0);
        let check = |args, expected, tolerance, case: Option<&str>| {
            assert_eq!(told(args, expected, tolerance).as_deref(), case, "{args} {expected}");
        };
        check(
            "[[1,\n  2], true, \"nu\\/ll \\ud83d\\ude00\"]",
            "null",
            None,
            Some("inc([1, 2], True, \"nu/ll 😀\") == None"),
        );
        check("[]", "{\"a\": [false]}", None, Some("inc() == {\"a\": [False]}"));
        check("[1]", "2.5", Some(1e-6), Some("abs(inc(1) - 2.5) <= 1e-6"));
        check("[1]", "[2, 3]", Some(1e-6), Some("inc(1) == [2, 3]"));
        // Equal floats are not what the problem asks for.
        check("[1]", "[2.5]", Some(1e-6), None);
        check(&format!("[{}]", "1, ".repeat(200)), "1", None, None);
    }

    #[test]
    fn each_input_comes_once_and_an_output_says_something() {
        let pair = |input: &str, expected: &str| Test::Stdio { input: input.into(), expected: expected.into() };
        let found = of_tests(
            vec![pair("1\n", "2\n"), pair("1\n", "2\n"), pair("\n1", "2"), pair("3", "\n"), pair("", "a b")],
            None,
        );
        let expected = [("1/2", "1"), ("/a b", "a x")];
        assert_eq!(found, expected.map(|(case, wrong)| (case.to_owned(), wrong.to_owned())));
    }
}
