//! Why a program failed, in one line that any table can hold.

use mend_core::{Facts, Status, Suite, TestVerdict, Verdict};
use std::fmt::Write as _;

/// Characters of one value that are kept.
const VALUE: usize = 80;

/// Characters of a line that are kept.
const LINE: usize = 320;

/// The first failing test in one line, such as `hidden test 0: triple(2) is 2, expected 6`; `None` of a verdict
/// that found nothing wrong.
///
/// The scoring suite speaks first: it decides the status. Tests count from 0, as in the journal. What is no printable
/// character is escaped, long values and long lines are cut.
pub fn first_failure(verdict: &Verdict) -> Option<String> {
    let failed =
        [Suite::Hidden, Suite::Public].into_iter().find_map(|suite| Some((suite, verdict.of(suite)?.first_failure()?)));
    let line = match failed {
        Some((suite, test)) => format!("{suite} test {}: {}", test.index, told(test)),
        None if verdict.status == Status::Passed => return None,
        None if verdict.status == Status::NoCode => "the answer holds no program".to_owned(),
        None => return Some(words(verdict.status)),
    };
    Some(cut(&line, LINE))
}

/// What is known of a failing test, most telling first.
pub(crate) fn told(test: &TestVerdict) -> String {
    let none = Facts::default();
    let facts = test.facts.as_deref().unwrap_or(&none);
    let value = |text: &Option<String>| text.as_deref().map(|text| cut(&escaped(text.trim_end()), VALUE));
    let what = match (value(&facts.call), value(&facts.input)) {
        (Some(call), _) => Some(call),
        (None, Some(input)) => Some(format!("input `{input}`")),
        (None, None) => None,
    };
    let expected = value(&facts.expected);
    let found = match (value(&facts.exception), value(&facts.actual)) {
        (Some(exception), _) => {
            let line = facts.line.map(|line| format!(" in line {line}")).unwrap_or_default();
            let source = value(&facts.source).map(|source| format!(": `{source}`")).unwrap_or_default();
            Some(format!("raises `{exception}`{line}{source}"))
        }
        (None, Some(actual)) if facts.input.is_some() => Some(format!("prints `{actual}`")),
        (None, Some(actual)) => Some(format!("is {actual}")),
        (None, None) => None,
    };
    // What was called stands before all that is said of it.
    let aside = if what.is_some() && found.is_none() && expected.is_none() { ": " } else { "; " };
    let mut line = what.unwrap_or_default();
    let mut say = |separator: &str, part: Option<String>| {
        if let Some(part) = part {
            let _ = write!(line, "{}{part}", if line.is_empty() { "" } else { separator });
        }
    };
    let printed = facts.input.is_some();
    say(" ", found);
    say(
        ", ",
        expected
            .map(|expected| if printed { format!("expected `{expected}`") } else { format!("expected {expected}") }),
    );
    say(aside, value(&facts.note));
    say("; ", value(&facts.assertion).map(|assertion| format!("in `{assertion}`")));
    if line.is_empty() { words(test.status) } else { line }
}

fn words(status: Status) -> String {
    status.as_str().replace('_', " ")
}

/// One line: backslash escapes for whatever is not a printable character, and for marks that reorder what is read.
fn escaped(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for char in text.chars() {
        match char {
            '\n' => line.push_str("\\n"),
            '\r' => line.push_str("\\r"),
            '\t' => line.push_str("\\t"),
            char if char.is_control() || crate::plain::reorders(char) || matches!(char, '\u{2028}' | '\u{2029}') => {
                line.extend(char.escape_unicode());
            }
            char => line.push(char),
        }
    }
    line
}

fn cut(text: &str, kept: usize) -> String {
    match text.char_indices().nth(kept) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use mend_core::SuiteVerdict;

    fn of(status: Status, facts: Facts) -> String {
        let passed = TestVerdict { index: 0, status: Status::Passed, facts: None };
        let failed = TestVerdict { index: 1, status, facts: Some(facts.into()) };
        let hidden = SuiteVerdict { status, tests: vec![passed, failed], total: 2 };
        first_failure(&Verdict { status, public: None, hidden: Some(hidden), engine: None }).unwrap()
    }

    #[expect(clippy::unnecessary_wraps, reason = "facts are optional")]
    fn text(text: &str) -> Option<String> {
        Some(text.to_owned())
    }

    #[test]
    fn a_failure_is_told_in_one_line() {
        let call = || Facts { call: text("triple(2)"), ..Facts::default() };
        let input = || Facts { input: text("1 2\n"), ..Facts::default() };
        let told = [
            of(Status::WrongAnswer, Facts { actual: text("2"), expected: text("6"), ..call() }),
            of(Status::WrongAnswer, Facts { actual: text("2"), assertion: text("assert triple(2) > 5"), ..call() }),
            of(
                Status::RuntimeError,
                Facts { exception: text("ValueError: =cmd|x"), line: Some(2), source: text("raise e"), ..call() },
            ),
            of(Status::TimeLimit, Facts { note: text("the program ran longer than 3 s"), ..call() }),
            of(Status::WrongAnswer, Facts { actual: text("1\n2\n"), expected: text("3\n"), ..input() }),
            of(
                Status::MissingEntryPoint,
                Facts { note: text("the program does not define `triple`"), ..Facts::default() },
            ),
            of(Status::MemoryLimit, Facts::default()),
            of(
                Status::WrongAnswer,
                Facts { actual: text("'\u{1b}[31m\u{202e}\u{2028}'"), expected: text("''"), ..call() },
            ),
        ];
        insta::assert_snapshot!(told.join("\n"), @r"
        hidden test 1: triple(2) is 2, expected 6
        hidden test 1: triple(2) is 2; in `assert triple(2) > 5`
        hidden test 1: triple(2) raises `ValueError: =cmd|x` in line 2: `raise e`
        hidden test 1: triple(2): the program ran longer than 3 s
        hidden test 1: input `1 2` prints `1\n2`, expected `3`
        hidden test 1: the program does not define `triple`
        hidden test 1: memory limit
        hidden test 1: triple(2) is '\u{1b}[31m\u{202e}\u{2028}', expected ''
        ");
    }

    #[test]
    fn long_values_are_cut_and_a_line_ends_somewhere() {
        let long = "é".repeat(5_000);
        let facts = Facts {
            call: text(&long),
            actual: text(&long),
            expected: text(&long),
            note: text(&long),
            assertion: text(&long),
            ..Facts::default()
        };
        let line = of(Status::WrongAnswer, facts);
        assert_eq!(line.chars().count(), LINE + 3);
        assert!(line.contains(&format!("{}...", "é".repeat(VALUE))) && !line.contains(&"é".repeat(VALUE + 1)));
    }

    #[test]
    fn the_scoring_suite_speaks_first_and_what_passes_has_no_line() {
        let suite = |status, index| {
            let facts = Facts { actual: text("1"), ..Facts::default() };
            SuiteVerdict { status, tests: vec![TestVerdict { index, status, facts: Some(facts.into()) }], total: 9 }
        };
        let (wrong, passed) = (Status::WrongAnswer, Status::Passed);
        let verdict = |status, public, hidden| Verdict { status, public, hidden, engine: None };
        let told = |public, hidden| first_failure(&verdict(hidden, Some(suite(public, 3)), Some(suite(hidden, 5))));
        assert_eq!(told(wrong, wrong).as_deref(), Some("hidden test 5: is 1"));
        assert_eq!(told(wrong, passed).as_deref(), Some("public test 3: is 1"));
        assert_eq!(told(passed, passed), None);
        assert_eq!(first_failure(&verdict(passed, None, None)), None);
        let no_code = first_failure(&Verdict::without_run(Status::NoCode));
        assert_eq!(no_code.as_deref(), Some("the answer holds no program"));
        let other = first_failure(&Verdict::without_run(Status::CompileError));
        assert_eq!(other.as_deref(), Some("compile error"));
    }
}
