//! Which of the problem's own cases a prompt speaks of, and with which value.

use super::cases::Case;
use super::reading;
use crate::{Message, Speaker};

/// A case in a prompt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Mention {
    /// Its place among the cases.
    pub(super) case: usize,
    /// The value that stands there with the input.
    pub(super) value: Option<Given>,
}

/// A value in a prompt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Given {
    /// Whether it is the right one, as written.
    pub(super) is_right: bool,
    pub(super) text: String,
}

/// The cases in the user's last message, beside the statement, in their order. Of several in one place the one that
/// takes most of it.
pub(super) fn mentions(cases: &[Case], messages: &[Message], statement: &str) -> Vec<Mention> {
    let Some(last) = messages.iter().rev().find(|message| message.speaker == Speaker::User) else { return Vec::new() };
    let text = reading::without_statement(&last.content, statement);
    let mut found: Vec<(usize, usize, Mention)> = Vec::new();
    for (index, case) in cases.iter().enumerate() {
        let place = match case {
            Case::Assert { setup, head, tail, value } => assert_in(&text, setup, head, tail, value),
            Case::Pair { input, value } => pair_in(&text, input, value),
        };
        found.extend(place.map(|(at, length, value)| (at, length, Mention { case: index, value })));
    }
    found.sort_by_key(|(at, length, _)| (*at, *length));
    let mut kept: Vec<(usize, Mention)> = Vec::new();
    for (at, _, mention) in found {
        if kept.last().is_some_and(|(last, _)| *last == at) {
            kept.pop();
        }
        kept.push((at, mention));
    }
    kept.into_iter().map(|(_, mention)| mention).collect()
}

/// Where an assert's input ends, how much of the text it takes, and the value behind it.
fn assert_in(
    text: &str,
    setup: &[String],
    head: &str,
    tail: &str,
    value: &str,
) -> Option<(usize, usize, Option<Given>)> {
    if !setup.iter().all(|line| find(text, line).is_some()) {
        return None;
    }
    let length = setup.iter().map(String::len).sum::<usize>() + head.len();
    if let Some((_, end)) = find(text, head) {
        let is_right = taken(&text[end..], value).is_some_and(|behind| {
            let behind = &text[end + behind..];
            taken(behind, tail).is_some_and(|tail| ends_value(&behind[tail..]))
        });
        let written = text[end..].lines().next().unwrap_or_default();
        let written = written.split('`').next().unwrap_or_default().trim();
        let written = if tail.is_empty() { written } else { written.split(tail).next().unwrap_or_default() };
        return Some((end, length, Some(Given { is_right, text: written.to_owned() })));
    }
    let call = head.trim_end().strip_suffix("==")?;
    let (_, end) = find(text, call)?;
    Some((end, length, None))
}

/// The last place of a piece of code in a text, white space aside. No name goes on before it.
fn find(text: &str, code: &str) -> Option<(usize, usize)> {
    let first = code.trim_start().chars().next()?;
    let is_name = |c: char| c.is_alphanumeric() || c == '_' || c == '.';
    let starts = text.match_indices(first).map(|(at, _)| at).rev();
    let mut starts = starts.filter(|at| !(is_name(first) && text[..*at].ends_with(is_name)));
    starts.find_map(|at| Some((at, at + taken(&text[at..], code)?)))
}

/// How much of a text a piece of code takes that begins it, white space aside.
fn taken(text: &str, code: &str) -> Option<usize> {
    let mut end = 0;
    let mut rest = text.char_indices().filter(|(_, c)| !c.is_whitespace());
    for c in code.chars().filter(|c| !c.is_whitespace()) {
        let (at, found) = rest.next()?;
        if found != c {
            return None;
        }
        end = at + c.len_utf8();
    }
    Some(end)
}

/// Whether a value is over where this text begins.
fn ends_value(behind: &str) -> bool {
    let mut rest = behind.trim_start_matches([' ', '\t']).chars();
    match rest.next() {
        None | Some('\n' | '\r' | '`' | '?' | ',' | ';' | ')' | '!' | '#') => true,
        Some('.') => !rest.next().is_some_and(|c| c.is_ascii_digit()),
        // Words go on, and so would an operator.
        Some(c) => c.is_alphabetic() && behind.starts_with([' ', '\t']),
    }
}

/// The same for an input of a program: its lines stand alone, and an output stands under a label or within a fence.
fn pair_in(text: &str, input: &str, value: &str) -> Option<(usize, usize, Option<Given>)> {
    let input = input.trim();
    let is_line = |at: &usize| {
        let (before, behind) = (&text[..*at], &text[at + input.len()..]);
        (before.is_empty() || before.ends_with('\n')) && (behind.is_empty() || behind.starts_with('\n'))
    };
    let is_fence = |line: &str| line.trim_start().starts_with("```") || line.trim().is_empty();
    let is_output = |at: &usize| {
        let label = text[..*at].lines().rev().find(|line| !is_fence(line));
        label.is_some_and(|label| label.to_ascii_lowercase().contains("output"))
    };
    let places = text.match_indices(input).map(|(at, _)| at).filter(|_| !input.is_empty());
    let at = places.filter(is_line).filter(|at| !is_output(at)).last()?;
    let behind = &text[at + input.len()..];
    let lines: Vec<&str> = behind.lines().skip_while(|line| is_fence(line)).collect();
    let given = lines.first().filter(|line| line.to_ascii_lowercase().contains("output")).map(|_| {
        let lines: Vec<&str> = lines[1..].iter().copied().skip_while(|line| is_fence(line)).collect();
        let length = value.lines().count();
        let same = lines.iter().take(length).map(|line| line.trim_end()).eq(value.lines().map(str::trim_end));
        let is_over = lines.get(length).is_none_or(|line| is_fence(line));
        let text = lines.iter().take_while(|line| !is_fence(line)).copied().collect::<Vec<_>>().join("\n");
        Given { is_right: same && is_over, text }
    });
    Some((at + input.len(), input.len(), given))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn assert_case(setup: &[&str], head: &str, value: &str, tail: &str) -> Case {
        let setup = setup.iter().map(|line| (*line).to_owned()).collect();
        Case::Assert { setup, head: head.to_owned(), value: value.to_owned(), tail: tail.to_owned() }
    }

    fn cases() -> Vec<Case> {
        vec![
            assert_case(&[], "f(1, 'a b') == ", "2", ""),
            assert_case(&[], "f(1) == ", "[1, 2]", ""),
            assert_case(&["x = [1]"], "f(x) == ", "3", ""),
            assert_case(&["x = [1]", "x.append(2)"], "f(x) == ", "4", ""),
            assert_case(&[], "abs(f(2) - ", "2.5", ") < 1e-6"),
            Case::Pair { input: "3\n1 2".to_owned(), value: "6\n7".to_owned() },
        ]
    }

    /// Cases with the value's text and whether it is right, as a prompt mentions them.
    fn found(text: &str) -> Vec<(usize, Option<(bool, String)>)> {
        let message = Message { speaker: Speaker::User, content: text.to_owned() };
        let told = |mention: Mention| (mention.case, mention.value.map(|given| (given.is_right, given.text)));
        mentions(&cases(), &[message], "Write f.").into_iter().map(told).collect()
    }

    #[test]
    fn a_test_is_known_by_its_input_and_valid_by_its_value() {
        let right = |case, text: &str| vec![(case, Some((true, text.to_owned())))];
        let wrong = |case, text: &str| vec![(case, Some((false, text.to_owned())))];
        for (text, expected) in [
            ("What's your view: is `assert f(1, 'a b') == 2` right?", right(0, "2")),
            ("assert f(1,'a b')==2\nIs it valid?", right(0, "2")),
            ("assert f(1, 'a b') == 2.5\n", wrong(0, "2.5")),
            ("assert f(1, 'a b') == 21\n", wrong(0, "21")),
            ("assert f(1, 'a b') == 2.\n", right(0, "2.")),
            ("assert f(1) == [1, 0]\n", wrong(1, "[1, 0]")),
            ("x = [1]\nassert f(x) == 3\n", right(2, "3")),
            ("x = [1]\nx.append(2)\nassert f(x) == 4\n", right(3, "4")),
            ("assert abs(f(2) - 2.5) < 1e-6\n", right(4, "2.5")),
            ("assert abs(f(2) - 1.5) < 1e-6\n", wrong(4, "1.5")),
            ("What should `f(1)` give?", vec![(1, None)]),
            ("assert ff(1) == [1, 2]\nassert f(3) == 2\n", vec![]),
            ("Write f.", vec![]),
            ("input:\n3\n1 2\noutput:\n6\n7", right(5, "6\n7")),
            ("Input:\n```\n3\n1 2\n```\n\nOutput:\n```\n6\n```\nRight?", wrong(5, "6")),
            ("Input:\n3\n1 2\n\nWhat is printed?", vec![(5, None)]),
            ("Input:\n3\n1 2 3\n", vec![]),
        ] {
            assert_eq!(found(text), expected, "{text}");
        }
    }

    #[test]
    fn several_tests_are_found_in_their_order() {
        let found = found("f(1) gives [1], but f(1, 'a b') == 2 holds");
        assert_eq!(found.iter().map(|(case, _)| *case).collect::<Vec<_>>(), [1, 0]);
    }
}
