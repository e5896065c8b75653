//! Tests of programs that read standard input: pairs of an input and the output that belongs to it.
//!
//! Models write them under labels ("Input:", "### Expected output 2"), the values in the label's own line, in the lines
//! behind it, or in a fenced block; within tags; or as JSON.

use mend_core::Test;
use regex::Regex;
use serde_json::Value;
use std::collections::BTreeSet;
use std::sync::{Arc, LazyLock};

/// The pairs in a text, each once, and how many of its values and pairs were dropped.
pub(super) fn tests(said: &str) -> (Vec<Test>, u32) {
    let mut found = in_json(said);
    if found.pairs.is_empty() {
        let tagged = in_tags(said);
        let labelled = in_labels(said);
        found = if tagged.pairs.is_empty() { labelled } else { tagged };
    }
    let mut seen = BTreeSet::new();
    let mut tests = Vec::new();
    let mut dropped = found.dropped;
    for (input, expected) in found.pairs {
        let (input, expected) = (ended(&input), ended(&expected));
        // An output of which nothing is known tests nothing.
        if expected.trim().is_empty() || !seen.insert((input.clone(), expected.clone())) {
            dropped += 1;
            continue;
        }
        tests.push(Test::Stdio { input, expected });
    }
    if tests.is_empty() && dropped == 0 {
        // Asserts test a function, and this problem has none.
        dropped = said.lines().filter(|line| line.trim_start().starts_with("assert ")).count() as u32;
    }
    (tests, dropped)
}

#[derive(Debug, Default)]
struct Pairs {
    pairs: Vec<(String, String)>,
    dropped: u32,
}

/// Lines that end as lines do.
fn ended(text: &str) -> Arc<str> {
    let text = text.trim_matches('\n').trim_end();
    if text.is_empty() { "".into() } else { format!("{text}\n").into() }
}

/// Objects with an input and an output, in a list, in an object that holds such a list, or one in a line.
fn in_json(said: &str) -> Pairs {
    let mut found = Pairs::default();
    let blocks = crate::extract::blocks_in(said);
    for text in blocks.iter().map(String::as_str).chain([said]) {
        let read = |text: &str| mend_core::json::read::<Value>(text.trim().as_bytes()).ok().map(|read| read.value);
        let values: Vec<Value> = match read(text) {
            Some(value) => vec![value],
            None => text.lines().filter(|line| line.trim_start().starts_with('{')).filter_map(read).collect(),
        };
        for value in values {
            collect(value, &mut found, 0);
        }
        if !found.pairs.is_empty() {
            break;
        }
    }
    found
}

/// The text that a value stands for: itself, a number, or the lines of a list.
fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Array(lines) => Some(lines.iter().map(text_of).collect::<Option<Vec<_>>>()?.join("\n")),
        Value::Object(_) | Value::Null | Value::Bool(_) => None,
    }
}

fn collect(value: Value, found: &mut Pairs, depth: u32) {
    const INPUTS: [&str; 4] = ["input", "stdin", "in", "inputs"];
    const OUTPUTS: [&str; 8] =
        ["output", "expected_output", "expected", "stdout", "out", "outputs", "expectedOutput", "answer"];
    if depth > 3 {
        return;
    }
    match value {
        Value::Array(items) => {
            for item in items {
                collect(item, found, depth + 1);
            }
        }
        Value::Object(fields) => {
            let of = |names: &[&str]| names.iter().find_map(|name| fields.get(*name));
            match (of(&INPUTS), of(&OUTPUTS)) {
                (Some(input), Some(output)) => match (text_of(input), text_of(output)) {
                    (Some(input), Some(output)) => found.pairs.push((input, output)),
                    _ => found.dropped += 1,
                },
                (Some(_), None) | (None, Some(_)) => found.dropped += 1,
                (None, None) => fields.into_iter().for_each(|(_, field)| collect(field, found, depth + 1)),
            }
        }
        Value::String(_) | Value::Number(_) | Value::Bool(_) | Value::Null => {}
    }
}

fn in_tags(said: &str) -> Pairs {
    static TAGS: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"(?is)<input>(.*?)</input>(?:\s*<(?:expected_?)?output>(.*?)</(?:expected_?)?output>)?")
            .expect("the expression is valid: a test uses it")
    });
    let mut found = Pairs::default();
    for pair in TAGS.captures_iter(said) {
        match pair.get(2) {
            Some(output) => found.pairs.push((pair[1].trim().to_owned(), output.as_str().trim().to_owned())),
            None => found.dropped += 1,
        }
    }
    found
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Label {
    Input,
    Output,
    /// Another part of a test, such as an explanation.
    Other,
}

/// What a line is the label of, and what stands behind it in the same line.
fn label(line: &str) -> Option<(Label, &str)> {
    static LABEL: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(
            r"(?ix)^[\s\#>*_+\-]*(?:\d+[.)]\s*)?[*_]*
              (?:(?:test|sample|example|case|standard|expected|correct|program)\s*(?:case)?\s*\#?\d*[\s:.,\-]*)*
              (?:(?P<input>inputs?|stdin)|(?P<output>outputs?|stdout|result)
                |(?P<other>test(?:\s*case)?|case|example|sample|explanation|note|reason|rationale|description|why|purpose))
              [\s*_]*(?:\#?\d+|\(\w+\))?[\s*_]*(?P<colon>:?)[\s*_]*(?P<rest>.*)$",
        )
        .expect("the expression is valid: every test uses it")
    });
    static HEAD: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"(?i)^[\s#>*_+\-]*(?:test|sample|example|case)(?:\s*case)?\s*#?\d*[\s*_:.]*$|^\s*(?:---+|\*\*\*+|===+)\s*$")
            .expect("the expression is valid: every test uses it")
    });
    if HEAD.is_match(line) {
        return Some((Label::Other, ""));
    }
    let found = LABEL.captures(line)?;
    let rest = found.name("rest").map_or("", |rest| rest.as_str());
    // Without a colon it is a label only if it stands alone.
    if found["colon"].is_empty() && !rest.trim().is_empty() {
        return None;
    }
    let kind = if found.name("input").is_some() {
        Label::Input
    } else if found.name("output").is_some() {
        Label::Output
    } else {
        Label::Other
    };
    Some((kind, rest))
}

fn in_labels(said: &str) -> Pairs {
    let lines: Vec<&str> = said.lines().collect();
    let mut found = Pairs::default();
    let mut input: Option<String> = None;
    let mut at = 0;
    while at < lines.len() {
        let Some((kind, rest)) = label(lines[at]) else {
            at += 1;
            continue;
        };
        if kind == Label::Other {
            at += 1;
            continue;
        }
        let (value, next) = value(&lines, at, rest, kind);
        at = next;
        match (kind, input.take(), value) {
            (Label::Input, before, value) => {
                found.dropped += u32::from(before.is_some());
                input = Some(value.unwrap_or_default());
            }
            (Label::Output, Some(input), Some(output)) => found.pairs.push((input, output)),
            // An output without an input, or an input whose output is missing.
            _ => found.dropped += 1,
        }
    }
    found.dropped += u32::from(input.is_some());
    found
}

/// The value of a label, and the line at which reading goes on.
fn value(lines: &[&str], at: usize, rest: &str, kind: Label) -> (Option<String>, usize) {
    let inline = rest.trim().trim_matches('`').trim();
    if !inline.is_empty() && !rest.trim().starts_with("```") {
        return (Some(inline.replace("\\n", "\n")), at + 1);
    }
    let mut next = at + 1;
    if rest.trim().starts_with("```") {
        next = at;
    } else {
        while lines.get(next).is_some_and(|line| line.trim().is_empty()) {
            next += 1;
        }
    }
    let fence = lines.get(next).and_then(|line| {
        let fence = if next == at { rest.trim() } else { line.trim() };
        (fence.starts_with("```") || fence.starts_with("~~~")).then(|| fence[..3].to_owned())
    });
    if let Some(fence) = fence {
        let body = &lines[next + 1..];
        let end = body.iter().position(|line| line.trim().starts_with(&fence)).unwrap_or(body.len());
        return (Some(body[..end].join("\n")), (next + 1 + end + 1).min(lines.len()));
    }
    let mut end = next;
    while let Some(line) = lines.get(end) {
        // An input may hold blank lines; an output ends at one.
        let is_over = label(line).is_some() || (kind == Label::Output && line.trim().is_empty());
        if is_over || line.trim_start().starts_with("```") {
            break;
        }
        end += 1;
    }
    let value = lines[next..end].join("\n");
    ((!value.trim().is_empty()).then_some(value), end.max(at + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, pairs: &[(&str, &str)], dropped: u32) {
        let (tests, lost) = tests(text);
        let found: Vec<(&str, &str)> = tests
            .iter()
            .map(|test| match test {
                Test::Stdio { input, expected } => (&**input, &**expected),
                other => panic!("no pair: {other:?}"),
            })
            .collect();
        assert_eq!((found.as_slice(), lost), (pairs, dropped), "{text}");
    }

    #[test]
    fn pairs_are_read_however_they_are_set_out() {
        let one = [("3\n1 2 3\n", "6\n")];
        check("Input:\n3\n1 2 3\nOutput:\n6\n", &one, 0);
        check("Input:\n```\n3\n1 2 3\n```\n\nOutput:\n```\n6\n```\n", &one, 0);
        check("### Test 1\n**Input:**\n```text\n3\n1 2 3\n```\n**Expected Output:**\n```text\n6\n```\n", &one, 0);
        check("Sample Input 1\n3\n1 2 3\n\nSample Output 1\n6\n\nThe sum is 6.", &one, 0);
        check("1. Input: `3\\n1 2 3`\n   Output: `6`", &one, 0);
        check("<input>\n3\n1 2 3\n</input>\n<output>6</output>", &one, 0);
        check("```json\n[{\"input\": \"3\\n1 2 3\\n\", \"output\": \"6\"}]\n```", &one, 0);
        check("{\"input\": [\"3\", \"1 2 3\"], \"expected_output\": 6}", &one, 0);
        check("{\"tests\": [{\"stdin\": \"3\\n1 2 3\", \"stdout\": \"6\\n\"}]}", &one, 0);
        check("Input:\n3\n1 2 3\nOutput:\n6\nExplanation: 1 + 2 + 3", &one, 0);
    }

    #[test]
    fn several_pairs_are_read_in_order_each_once() {
        check(
            "Test 1\nInput: 1\nOutput: 2\n\nTest 2\nInput: 2\nOutput: 3\n\nTest 3\nInput: 1\nOutput: 2\n",
            &[("1\n", "2\n"), ("2\n", "3\n")],
            1,
        );
        check("Input:\n\n1\n\n2\n\nOutput:\n3\n4\n", &[("1\n\n2\n", "3\n4\n")], 0);
        // A program may read nothing.
        check("Input:\n```\n```\nOutput:\n```\n42\n```\n", &[("", "42\n")], 0);
    }

    #[test]
    fn what_cannot_be_read_is_counted() {
        check("Input: 1\nInput: 2\nOutput: 3\n", &[("2\n", "3\n")], 1);
        check("Output: 3\n", &[], 1);
        check("Input:\n1\n", &[], 1);
        check("Input: 1\nOutput:\n\n", &[], 1);
        check(
            "[{\"input\": \"1\"}, {\"input\": \"1\", \"output\": {\"a\": 1}}, {\"input\": 2, \"output\": 3}]",
            &[("2\n", "3\n")],
            2,
        );
        check("assert f(1) == 2\nassert f(2) == 3\n", &[], 2);
        check("The input is a number, the output its square.", &[], 0);
        check("", &[], 0);
    }
}
