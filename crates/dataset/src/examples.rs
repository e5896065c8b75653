//! Public tests from the examples that a statement shows.
//!
//! An example is a call of the entry point with literals only, and a literal that it yields:
//!
//! - `>>> f(1)` with the literal alone on the next line, as doctest has it;
//! - on one line, `f(1) == 2`, or one of `==>`, `=>`, `->`, `➞`, `=`, `returns`, `should return` in the place of
//!   `==`, maybe after a `#`. After the literal, the line or the sentence must end, or a comment begin.
//!
//! The call must not be part of a longer expression or word before it. Everything else is no example, however clear
//! it may be to a reader: a wrong test is worse than none. Examples that the reference contradicts are pinned on the
//! data set's [`Card`](crate::Card).

use crate::python::{arguments, is_name_letter, literal};
use mend_core::Test;

/// What may stand between a call and its value, longer ones first.
const BETWEEN: [&str; 8] = ["==>", "==", "=>", "->", "➞", "=", "should return ", "returns "];

/// One test for each example, in the order of the statement and without repetitions.
pub(crate) fn tests(statement: &str, entry_point: &str) -> Vec<Test> {
    let mut sources: Vec<String> = Vec::new();
    for (at, _) in statement.match_indices(entry_point) {
        let Some((call, value)) = example(statement, at, entry_point.len()) else { continue };
        let source = format!("assert {} == {}\n", on_one_line(call), on_one_line(value));
        if !sources.contains(&source) {
            sources.push(source);
        }
    }
    sources.into_iter().map(|source| Test::Script { source: source.into() }).collect()
}

/// The call that begins at a place of the statement, and its value.
fn example(statement: &str, at: usize, name: usize) -> Option<(&str, &str)> {
    let before = statement[..at].rsplit('\n').next().unwrap_or_default();
    let spoken = before.trim_end().chars().next_back().is_none_or(|last| !"([{,.=+-/%<@'\"`".contains(last));
    let prompted = before.trim() == ">>>";
    let listed = matches!(before.trim_start(), "* " | "- ");
    let apart = !before.ends_with(is_name_letter) && !before.trim_end().ends_with("def");
    if !(apart && (spoken || prompted || listed)) {
        return None;
    }
    let length = arguments(&statement[at + name..])?;
    let (call, rest) = statement[at..].split_at(name + length);
    let line = rest.split('\n').next().unwrap_or_default();
    if prompted && ends(line) {
        let value = rest.split_once('\n')?.1.trim_start_matches([' ', '\t']);
        let length = literal(value)?;
        let after = value[length..].split('\n').next().unwrap_or_default();
        return after.trim().is_empty().then_some((call, &value[..length]));
    }
    let said = rest.trim_start_matches([' ', '\t']);
    let said = said.strip_prefix('#').unwrap_or(said).trim_start_matches([' ', '\t']);
    let value = BETWEEN.iter().find_map(|between| said.strip_prefix(between))?.trim_start_matches([' ', '\t']);
    let length = literal(value)?;
    let after = value[length..].split('\n').next().unwrap_or_default();
    let after = after.strip_prefix(['.', ',', ';']).unwrap_or(after);
    ends(after).then_some((call, &value[..length]))
}

/// Whether nothing but a comment follows on a line.
fn ends(line: &str) -> bool {
    let line = line.trim();
    line.is_empty() || line.starts_with('#')
}

/// Literals that go over lines do so within brackets, where a line's end is but a space.
fn on_one_line(text: &str) -> String {
    text.split('\n').map(str::trim).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(statement: &str, expected: &[&str]) {
        let found = tests(statement, "f");
        let expected: Vec<Test> =
            expected.iter().map(|source| Test::Script { source: format!("{source}\n").into() }).collect();
        assert_eq!(found, expected, "{statement}");
    }

    #[test]
    fn examples_become_asserts() {
        check("    >>> f(1, 'a')\n    [2,\n     3]\n", &["assert f(1, 'a') == [2, 3]"]);
        check(">>> f(a=1) # why\n2\n>>> f() == 3\n", &["assert f(a=1) == 2", "assert f() == 3"]);
        for between in
            [" == ", "==>", " => ", " -> ", " ➞ ", " = ", " returns ", " should return ", "  # returns ", " # => "]
        {
            for (before, after) in [("", ""), ("for ", " "), ("  * ", "."), ("assert ", "  # so"), ("e.g.: ", ",")] {
                check(&format!("{before}f([\n 1], 2){between}-3{after}\nmore"), &["assert f([ 1], 2) == -3"]);
            }
        }
        check("f(1) == 2\nf(1) == 2\n", &["assert f(1) == 2"]);
    }

    #[test]
    fn what_is_not_plainly_an_example_is_none() {
        for statement in [
            "f(x) == 1",
            "f(1) == x",
            "f(1) == 1 + 2 = 3",
            "f(1) == 2 or 3",
            "f(1) == \"\"a\"",
            "f(1) =>",
            "f(1)\n2",
            ">>> round(f(1), 2)\n3",
            ">>> f(1)\n2 or 3",
            ">>> f(1)",
            ">>> f(aa)\n1",
            "g.f(1) == 2",
            "of(1) == 2",
            "def f() -> 0",
            "1 + f(1) == 2",
            "f(1) returns\n2",
            "f(1) > 2",
            "f(1)(2) == 3",
            "-f(1) == 2",
            "f(1) === 2",
        ] {
            check(statement, &[]);
        }
    }
}
