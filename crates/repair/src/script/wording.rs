//! Facts in words: what a prompt says of a failing test.

use crate::feedback::Failure;
use mend_core::Test;

/// The facts that are known, by name.
pub(super) fn fields(failure: &Failure) -> Vec<(&'static str, String)> {
    let facts = &failure.facts;
    let named = [
        ("status", Some(failure.status.to_owned())),
        ("call", facts.call.clone()),
        ("input", facts.input.clone()),
        ("expected", facts.expected.clone()),
        ("actual", facts.actual.clone()),
        ("exception", facts.exception.clone()),
        ("line", facts.line.map(|line| line.to_string())),
        ("source", facts.source.clone()),
        ("assertion", facts.assertion.clone()),
        ("note", facts.note.clone()),
    ];
    named.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
}

/// One failure as a sentence or two.
pub(super) fn sentence(failure: &Failure, entry_point: Option<&str>) -> String {
    let facts = &failure.facts;
    let at = match (facts.line, &facts.source) {
        (Some(line), Some(source)) => format!(" in line {line}, `{source}`"),
        (Some(line), None) => format!(" in line {line}"),
        (None, _) => String::new(),
    };
    match (failure.status, &facts.exception, entry_point) {
        ("no_code", ..) => return "The answer holds no program.".to_owned(),
        ("compile_error", Some(exception), _) => return format!("The program does not compile: {exception}{at}."),
        ("compile_error", None, _) => return "The program does not compile.".to_owned(),
        ("missing_entry_point", _, Some(name)) => return format!("The program does not define `{name}`."),
        _ => {}
    }
    if let Some(exception) = &facts.exception {
        let during = match (&facts.call, &facts.input) {
            _ if facts.while_loading => "While it is loaded, the program raises".to_owned(),
            (Some(call), _) => format!("The call {call} raises"),
            (None, Some(input)) => format!("On the input {input:?} it raises"),
            (None, None) => "It raises".to_owned(),
        };
        return format!("{during} {exception}{at}.");
    }
    let (actual, expected) = (value(failure, facts.actual.as_ref()), value(failure, facts.expected.as_ref()));
    let values = |gives: &str, wants: &str| match (&actual, &expected, &facts.note) {
        (Some(actual), Some(expected), _) => format!(" {gives} {actual}, and {wants} {expected}."),
        (Some(actual), None, _) => format!(" {gives} {actual}, which is not right."),
        (None, Some(expected), Some(note)) => format!(" {gives} nothing: {note}. It {wants} {expected}."),
        (None, None, Some(note)) => format!(" {gives} nothing: {note}."),
        (None, Some(expected), None) => format!(" {wants} {expected}."),
        (None, None, None) => " is not right.".to_owned(),
    };
    if let Some(call) = &facts.call {
        return format!("The call {call}{}", values("gives", "should give"));
    }
    if let Some(input) = &facts.input {
        return match (&facts.actual, &facts.expected, &facts.note) {
            (None, None, None) => format!("On the input {input:?} it is not right."),
            _ => format!("On the input {input:?} it{}", values("prints", "should print")),
        };
    }
    match (&facts.assertion, &facts.note) {
        (Some(assertion), _) => format!("The assertion `{assertion}` fails."),
        (None, Some(note)) => format!("{}: {note}.", failure.status),
        (None, None) => format!("The status is {}.", failure.status),
    }
}

/// A value as a sentence shows it: what a program prints is quoted, since it may have several lines.
fn value(failure: &Failure, value: Option<&String>) -> Option<String> {
    value.map(|value| if failure.facts.input.is_some() { format!("{value:?}") } else { value.clone() })
}

/// What a program gave in a failing test that stands beside it.
pub(super) fn gave(failure: &Failure) -> String {
    let facts = &failure.facts;
    let of_exception = facts.exception.as_ref().map(|exception| format!("it raises {exception}"));
    let gives = if facts.input.is_some() { "prints" } else { "gives" };
    let of_value = || value(failure, facts.actual.as_ref()).map(|actual| format!("it {gives} {actual}"));
    let of_assertion = || facts.assertion.as_ref().map(|assertion| format!("the assertion `{assertion}` fails"));
    let noted = || facts.note.clone();
    of_exception.or_else(of_value).or_else(of_assertion).or_else(noted).unwrap_or_else(|| failure.status.to_owned())
}

/// The first so many of some sentences, and how many are left. Equal ones in a row count as one.
pub(super) fn first_few(sentences: Vec<String>, most: usize) -> (Vec<String>, usize) {
    let all = sentences.len();
    let mut told: Vec<String> = Vec::new();
    for (index, sentence) in sentences.into_iter().enumerate() {
        if told.last() == Some(&sentence) {
            continue;
        }
        if told.len() == most {
            return (told, all - index);
        }
        told.push(sentence);
    }
    (told, 0)
}

/// How many tests fail beside those that were told, if any were; nothing if none do.
pub(super) fn more_fail(more: usize, is_some_told: bool) -> Option<String> {
    let word = if is_some_told { " more" } else { "" };
    match more {
        0 => None,
        1 => Some(format!("1{word} test fails.")),
        _ => Some(format!("{more}{word} tests fail.")),
    }
}

/// A text as an item of a list: its further lines are indented.
pub(super) fn item(text: &str) -> String {
    text.lines().collect::<Vec<_>>().join("\n  ")
}

/// A test as code: what it calls or gives, and what that must yield.
pub(super) fn test_as_code(test: &Test, entry_point: Option<&str>) -> String {
    match (test, entry_point) {
        (Test::Call { args, expected }, Some(name)) => {
            let args = python_literal(args.0.trim());
            // Without the brackets of the list of arguments.
            let args = args.strip_prefix('[').and_then(|args| args.strip_suffix(']')).unwrap_or(&args);
            format!("{name}({}) == {}", args.trim(), python_literal(expected.0.trim()))
        }
        (Test::Call { args, expected }, None) => format!("{} gives {}", args.0, expected.0),
        (Test::Script { source }, _) => source.trim().to_owned(),
        (Test::Stdio { input, expected }, _) => format!("input {input:?}, output {expected:?}"),
    }
}

/// A JSON value as Python writes it. Numbers and blanks stay as they are.
fn python_literal(json: &str) -> String {
    let mut python = String::with_capacity(json.len());
    let mut rest = json;
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '"' => string_length(rest),
            'a'..='z' => rest.find(|c: char| !c.is_ascii_lowercase()).unwrap_or(rest.len()),
            _ => first.len_utf8(),
        };
        let (piece, behind) = rest.split_at(length);
        match piece {
            "true" => python.push_str("True"),
            "false" => python.push_str("False"),
            "null" => python.push_str("None"),
            // JSON knows escapes that Python does not.
            _ if first == '"' => {
                let text = serde_json::from_str::<String>(piece).ok();
                let text = text.and_then(|text| serde_json::to_string(&text).ok());
                python.push_str(text.as_deref().unwrap_or(piece));
            }
            _ => python.push_str(piece),
        }
        rest = behind;
    }
    python
}

/// How long the string is that a text begins with, quotes included.
fn string_length(text: &str) -> usize {
    let mut is_escaped = false;
    for (index, c) in text.char_indices().skip(1) {
        match c {
            _ if is_escaped => is_escaped = false,
            '\\' => is_escaped = true,
            '"' => return index + 1,
            _ => {}
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use mend_core::{Facts, Literal};

    #[track_caller]
    fn said(status: &'static str, facts: Facts, sentence_is: &str, gave_is: &str) {
        let failure = Failure { status, facts };
        assert_eq!(sentence(&failure, Some("inc")), sentence_is);
        assert_eq!(gave(&failure), gave_is);
    }

    #[test]
    fn each_kind_of_failure_has_a_sentence() {
        let text = |text: &str| Some(text.to_owned());
        let call = Facts { call: text("inc(1)"), expected: text("2"), ..Facts::default() };
        let input = Facts { input: text("1\n"), expected: text("2"), ..Facts::default() };
        let wrong = "wrong_answer";
        said(
            wrong,
            Facts { actual: text("3"), ..call.clone() },
            "The call inc(1) gives 3, and should give 2.",
            "it gives 3",
        );
        said(
            wrong,
            Facts { actual: text("3"), expected: None, ..call.clone() },
            "The call inc(1) gives 3, which is not right.",
            "it gives 3",
        );
        said(
            wrong,
            Facts { actual: text("3"), ..input.clone() },
            "On the input \"1\\n\" it prints \"3\", and should print \"2\".",
            "it prints \"3\"",
        );
        let raised = Facts { exception: text("KeyError: 'a'"), line: Some(3), source: text("d['a']"), ..call.clone() };
        said(
            "runtime_error",
            raised.clone(),
            "The call inc(1) raises KeyError: 'a' in line 3, `d['a']`.",
            "it raises KeyError: 'a'",
        );
        said(
            "runtime_error",
            Facts { while_loading: true, call: None, source: None, ..raised },
            "While it is loaded, the program raises KeyError: 'a' in line 3.",
            "it raises KeyError: 'a'",
        );
        let spent = Facts { note: text("the program took more than 2 s"), ..call };
        said(
            "time_limit",
            spent.clone(),
            "The call inc(1) gives nothing: the program took more than 2 s. It should give 2.",
            "the program took more than 2 s",
        );
        said(
            "time_limit",
            Facts { note: spent.note, ..input },
            "On the input \"1\\n\" it prints nothing: the program took more than 2 s. It should print \"2\".",
            "the program took more than 2 s",
        );
        said("no_code", Facts::default(), "The answer holds no program.", "no_code");
        let syntax = Facts { exception: text("SyntaxError: invalid syntax"), line: Some(2), ..Facts::default() };
        said(
            "compile_error",
            syntax,
            "The program does not compile: SyntaxError: invalid syntax in line 2.",
            "it raises SyntaxError: invalid syntax",
        );
        said("compile_error", Facts::default(), "The program does not compile.", "compile_error");
        said(
            "missing_entry_point",
            Facts { note: text("the program does not define `inc`"), ..Facts::default() },
            "The program does not define `inc`.",
            "the program does not define `inc`",
        );
        let asserts = Facts { assertion: text("assert inc(1) == 2"), ..Facts::default() };
        said(wrong, asserts, "The assertion `assert inc(1) == 2` fails.", "the assertion `assert inc(1) == 2` fails");
        said("disk_limit", Facts::default(), "The status is disk_limit.", "disk_limit");
    }

    #[test]
    fn tests_are_shown_as_code() {
        let call = |args: &str, expected: &str| {
            let test = Test::Call { args: Literal(args.into()), expected: Literal(expected.into()) };
            test_as_code(&test, Some("f"))
        };
        assert_eq!(call("[1, [true, null]]", "false"), "f(1, [True, None]) == False");
        assert_eq!(call("[]", "1e5"), "f() == 1e5");
        assert_eq!(
            call(r#"["null \"true\" \/", {"false": 0.10}]"#, r#""é""#),
            r#"f("null \"true\" /", {"false": 0.10}) == "é""#
        );
        let stdio = Test::Stdio { input: "1 2\n".into(), expected: "3\n".into() };
        assert_eq!(test_as_code(&stdio, None), r#"input "1 2\n", output "3\n""#);
        let script = Test::Script { source: "assert f(1) == 2\n".into() };
        assert_eq!(test_as_code(&script, Some("f")), "assert f(1) == 2");
        assert_eq!(item("a\nb"), "a\n  b");
    }

    #[test]
    fn failures_that_say_the_same_count_as_one() {
        let few = |texts: &str, most| {
            let (told, more) = first_few(texts.split(' ').map(str::to_owned).collect(), most);
            format!("{} +{more}", told.join(" "))
        };
        assert_eq!(few("a b c d", 2), "a b +2");
        assert_eq!(few("a a a", 2), "a +0");
        assert_eq!(few("a a b b c c", 2), "a b +2");
        assert_eq!(few("a b", 0), " +2");
        assert_eq!(more_fail(1, true).unwrap(), "1 more test fails.");
        assert_eq!(more_fail(2, false).unwrap(), "2 tests fail.");
    }
}
