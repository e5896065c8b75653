//! Damages for problems that come without a list: small slips at the tokens of the reference solution.
//!
//! Nothing is executed, so that a damage may turn out harmless. Deterministic: the same reference yields the
//! same damages.

use super::damage::Edit;
use super::python::{Kind, Token, tokens};
use std::collections::BTreeSet;

/// The most damages that are kept, taken evenly over the program. Programs with up to three of them are listed,
/// so that their number matters.
const MAX_GENERATED: usize = 12;

/// The damages of a reference solution. The first `untouched` bytes stay as they are.
pub(super) fn edits(reference: &str, untouched: usize) -> Vec<Edit> {
    let tokens = tokens(reference);
    let lines = Lines::of(reference);
    let mut edits: Vec<Edit> = (0..tokens.len()).filter_map(|index| slip(&tokens, index)).collect();
    edits.retain(|edit| edit.span.start >= untouched && !lines.is_spared(edit.span.start));
    for edit in &mut edits {
        edit.may_loop = lines.is_in_while(edit.span.start);
        edit.name = format!("{}-line-{}", edit.name, lines.number(edit.span.start));
    }
    if edits.len() > MAX_GENERATED {
        let step = edits.len() as f64 / MAX_GENERATED as f64;
        let kept: BTreeSet<usize> = (0..MAX_GENERATED).map(|index| (index as f64 * step) as usize).collect();
        edits = edits.into_iter().enumerate().filter(|(index, _)| kept.contains(index)).map(|(_, edit)| edit).collect();
    }
    edits
}

/// The slip at one token, if there is one to make.
fn slip(tokens: &[Token<'_>], index: usize) -> Option<Edit> {
    let token = &tokens[index];
    let previous = index.checked_sub(1).map(|index| &tokens[index]);
    let edit = |name: &str, replace: &str| {
        Some(Edit { name: name.to_owned(), span: token.span.clone(), replace: replace.to_owned(), may_loop: false })
    };
    match (token.kind, token.text) {
        (Kind::Sign, "<") => edit("compare", "<="),
        (Kind::Sign, "<=") => edit("compare", "<"),
        (Kind::Sign, ">") => edit("compare", ">="),
        (Kind::Sign, ">=") => edit("compare", ">"),
        (Kind::Sign, "==") => edit("compare", "!="),
        (Kind::Sign, "!=") => edit("compare", "=="),
        (Kind::Sign, "+=") => edit("sign", "-="),
        (Kind::Sign, "-=") => edit("sign", "+="),
        (Kind::Sign, "+") if previous.is_some_and(ends_operand) => edit("sign", "-"),
        (Kind::Sign, "-") if previous.is_some_and(ends_operand) => edit("sign", "+"),
        (Kind::Word, "and") => edit("logic", "or"),
        (Kind::Word, "or") => edit("logic", "and"),
        (Kind::Word, "True") => edit("constant", "False"),
        (Kind::Word, "False") => edit("constant", "True"),
        (Kind::Word, "not") => {
            // The blank behind goes with it.
            let next = tokens.get(index + 1)?;
            let span = token.span.start..next.span.start;
            Some(Edit { name: "negation".to_owned(), span, replace: String::new(), may_loop: false })
        }
        (Kind::Word, "range") => {
            let close = closing_of_call(tokens, index + 1)?;
            let end = tokens[close].span.start;
            Some(Edit { name: "range".to_owned(), span: end..end, replace: " - 1".to_owned(), may_loop: false })
        }
        (Kind::Number, digits) => {
            let number: u64 = digits.parse().ok()?;
            edit("constant", &number.checked_add(1)?.to_string())
        }
        _ => None,
    }
}

/// Whether a `+` or `-` behind this token has two sides.
fn ends_operand(token: &Token<'_>) -> bool {
    match token.kind {
        Kind::Number | Kind::Text => true,
        Kind::Word => !matches!(token.text, "return" | "and" | "or" | "not" | "in" | "is" | "if" | "else" | "yield"),
        Kind::Sign => matches!(token.text, ")" | "]" | "}"),
    }
}

/// Index of the bracket that closes the call opened at `open`, if the call has one or two arguments, so that the
/// last one is the bound.
fn closing_of_call(tokens: &[Token<'_>], open: usize) -> Option<usize> {
    let (mut depth, mut commas) = (0, 0);
    for (index, token) in tokens.iter().enumerate().skip(open) {
        match token.text {
            "(" | "[" | "{" => depth += 1,
            ")" | "]" | "}" => depth -= 1,
            "," if depth == 1 => commas += 1,
            _ => {}
        }
        if depth == 0 {
            let has_bound = index > open + 1 && tokens[index - 1].text != ",";
            return (has_bound && commas <= 1).then_some(index);
        }
    }
    None
}

/// The lines of a program: which to spare, and which may loop.
struct Lines<'a> {
    /// Start of each line, and its text.
    lines: Vec<(usize, &'a str)>,
    in_while: Vec<bool>,
}

impl<'a> Lines<'a> {
    fn of(source: &'a str) -> Self {
        let mut start = 0;
        let lines: Vec<(usize, &str)> = source
            .split_inclusive('\n')
            .map(|line| {
                start += line.len();
                (start - line.len(), line)
            })
            .collect();
        // Indentation of the outermost loop that the line is in.
        let mut outer: Option<usize> = None;
        let in_while = lines
            .iter()
            .map(|(_, line)| {
                let code = line.trim_start();
                let indentation = line.len() - code.len();
                if !code.is_empty() && outer.is_some_and(|outer| indentation <= outer) {
                    outer = None;
                }
                if outer.is_none() && code.starts_with("while") {
                    outer = Some(indentation);
                }
                outer.is_some()
            })
            .collect();
        Self { lines, in_while }
    }

    fn index(&self, at: usize) -> usize {
        self.lines.partition_point(|(start, _)| *start <= at).saturating_sub(1)
    }

    /// Counted from 1.
    fn number(&self, at: usize) -> usize {
        self.index(at) + 1
    }

    /// Whether a slip in this line would be no programmer's.
    fn is_spared(&self, at: usize) -> bool {
        let line = self.lines[self.index(at)].1;
        let first = line.trim_start();
        ["import ", "from ", "def ", "class ", "@", "assert "].iter().any(|word| first.starts_with(word))
            || line.contains("__name__")
    }

    /// Whether a slip in this line may never end.
    fn is_in_while(&self, at: usize) -> bool {
        self.in_while[self.index(at)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(reference: &str, expected: &[&str]) {
        let damaged: Vec<String> = edits(reference, 0)
            .into_iter()
            .map(|edit| {
                let mut text = reference.to_owned();
                text.replace_range(edit.span, &edit.replace);
                text
            })
            .collect();
        assert_eq!(damaged, expected);
    }

    #[test]
    fn slips_are_made_at_tokens() {
        check("a <= b", &["a < b"]);
        check("x = -1", &["x = -2"]);
        check("x - y", &["x + y"]);
        check("return -y", &[]);
        check("a and not b", &["a or not b", "a and b"]);
        check("x not in y", &["x in y"]);
        check("f(True, '1 < 2')  # 3 > 4", &["f(False, '1 < 2')  # 3 > 4"]);
        check("range(len(s))", &["range(len(s) - 1)"]);
        check("range(a, b, c)", &[]);
        check("range()", &[]);
        check("def f(n=1):\n    return n", &[]);
    }

    #[test]
    fn what_stands_in_the_statement_stays() {
        let reference = "K = 1\nx = 2\n";
        assert_eq!(edits(reference, 6).len(), 1);
    }

    #[test]
    fn slips_in_loops_that_may_not_end_are_marked() {
        let reference = "x = 1\nwhile x < 9:\n    x += 2\n\ny = 3\n";
        let marks: Vec<_> = edits(reference, 0).into_iter().map(|edit| (edit.name, edit.may_loop)).collect();
        let expected = [
            ("constant-line-1", false),
            ("compare-line-2", true),
            ("constant-line-2", true),
            ("sign-line-3", true),
            ("constant-line-3", true),
            ("constant-line-5", false),
        ];
        assert_eq!(marks, expected.map(|(name, may_loop)| (name.to_owned(), may_loop)));
    }

    #[test]
    fn long_programs_keep_a_few_slips_from_everywhere() {
        let reference = "x = 1\n".repeat(100);
        let kept = edits(&reference, 0);
        assert_eq!(kept.len(), MAX_GENERATED);
        assert!(kept.last().unwrap().span.start > 500);
    }
}
