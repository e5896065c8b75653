//! What an answer holds that it should not: code where its prompt forbids it, and lines of the reference solution.

use crate::extract::without_code;
use mend_core::{Kind, Problem, Screened};
use std::borrow::Cow;

/// Searches an answer. `sees_reference` says whether the strategy can read the reference solution.
pub(crate) fn screen(kind: Kind, text: &str, problem: &Problem, forbids_code: bool, sees_reference: bool) -> Screened {
    if !matches!(kind, Kind::Feedback | Kind::Note | Kind::Question) {
        return Screened::default();
    }
    let cut = if forbids_code { without_code(text) } else { None };
    let code_cut = forbids_code.then_some(cut.is_some());
    let shown = cut.map_or(Cow::Borrowed(text), Cow::Owned);
    let reference = problem.reference.as_deref().filter(|_| sees_reference);
    Screened { code_cut, copied_lines: reference.map(|reference| copied_lines(reference, &shown)) }
}

/// How many lines of a program, blank ones aside, stand in a text word for word. What stands within a longer word or
/// name does not count.
fn copied_lines(program: &str, text: &str) -> u32 {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let stands = |line: &&str| {
        let begins_word = line.starts_with(is_word);
        let ends_word = line.ends_with(is_word);
        text.match_indices(*line).any(|(at, _)| {
            let before = text[..at].chars().next_back().is_some_and(is_word);
            let after = text[at + line.len()..].chars().next().is_some_and(is_word);
            !(begins_word && before || ends_word && after)
        })
    };
    program.lines().map(str::trim).filter(|line| !line.is_empty()).filter(stands).count() as u32
}

#[cfg(test)]
mod tests {
    use super::super::tests::problem;
    use super::*;
    use mend_core::Style;

    const REFERENCE: &str = "def inc(x):\n\n    y = x\n    return y + 1\n";

    #[track_caller]
    fn check(kind: Kind, text: &str, forbids_code: bool, sees_reference: bool, expected: (Option<bool>, Option<u32>)) {
        let problem =
            Problem { reference: Some(REFERENCE.into()), ..problem(Style::Function { entry_point: "inc".into() }) };
        let found = screen(kind, text, &problem, forbids_code, sees_reference);
        assert_eq!((found.code_cut, found.copied_lines), expected, "{text}");
    }

    #[test]
    fn code_is_cut_where_it_is_forbidden_and_lines_of_the_reference_are_counted_in_what_is_left() {
        let code = "Return `return y + 1`.\n\n```python\ndef inc(x):\n    y = x\n```\nVerdict: incorrect";
        check(Kind::Feedback, code, true, true, (Some(true), Some(1)));
        check(Kind::Feedback, code, false, true, (None, Some(3)));
        check(Kind::Note, code, true, false, (Some(true), None));
        check(Kind::Question, "No code at all.", true, true, (Some(false), Some(0)));
        // A name that only begins or ends like a line.
        check(Kind::Note, "my_y = x and y = x2", false, true, (None, Some(0)));
        check(Kind::Note, "so y = x, then", false, true, (None, Some(1)));
        // Drafts in thinking are no answer.
        check(Kind::Note, "<think>```python\nx\n```</think>Fine.", true, false, (Some(false), None));
        // Others are read for what they hold.
        check(Kind::Tests, code, true, true, (None, None));
        check(Kind::Judgement, code, true, true, (None, None));
        check(Kind::Program, code, true, true, (None, None));
    }

    #[test]
    fn what_is_left_is_what_stands_before_the_block() {
        assert_eq!(without_code("a\n\n```\nb\n```\nc").as_deref(), Some("a"));
        assert_eq!(without_code("```python\nb\n```").as_deref(), Some(""));
        assert_eq!(without_code("a `b` c"), None);
        assert_eq!(without_code("a\n```python\nnever closed").as_deref(), Some("a"));
    }
}
