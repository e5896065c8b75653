//! Programs as sequences of words: their edit distance, and whether two are the same but for their formatting.

use crate::lexer::{Kind, Lexer};

/// A word of a program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Word<'a> {
    /// A name, number, string or sign.
    Text(&'a str),
    /// A string without prefix and escapes, by what it holds.
    Plain(&'a str),
    /// The end of a line, or a change of its indentation.
    Layout(Kind),
}

/// The words of a program as its lexer tells them: names, numbers, strings, signs; without blanks, comments and the ends
/// of lines. Behind the first place that is no Python the text is split at blanks and signs, so that a damaged program
/// has words too.
pub fn words(source: &str) -> Vec<&str> {
    let (found, end) = lexed(source);
    let mut words: Vec<&str> =
        found.into_iter().filter_map(|(word, text)| (!matches!(word, Word::Layout(_))).then_some(text)).collect();
    let rest = &source[end..];
    let mut at = 0;
    while let Some(first) = rest[at..].chars().next() {
        let is_name = |c: char| c == '_' || c.is_alphanumeric();
        let length =
            if is_name(first) { rest[at..].find(|c| !is_name(c)).unwrap_or(rest.len() - at) } else { first.len_utf8() };
        if !first.is_whitespace() {
            words.push(&rest[at..at + length]);
        }
        at += length;
    }
    words
}

/// Whether two programs are the same but for blanks, comments, the quotes of plain strings, commas before a closing
/// bracket, and parentheses around a whole expression. Programs that are no Python are compared as texts.
pub fn same(a: &str, b: &str) -> bool {
    if a == b {
        return true;
    }
    let is_python = |source| crate::parse(source).is_ok();
    is_python(a) && is_python(b) && normal(a) == normal(b)
}

/// A program's bytes without what [`same`] passes over: two programs are the same if and only if these are equal. So many
/// programs are told apart in one pass over each.
pub fn normalised(source: &str) -> Vec<u8> {
    if crate::parse(source).is_err() {
        return [&[0], source.as_bytes()].concat();
    }
    let mut bytes = vec![1];
    for word in normal(source) {
        let (tag, text) = match word {
            Word::Text(text) => (0, text),
            Word::Plain(held) => (1, held),
            Word::Layout(Kind::Indent) => (2, ""),
            Word::Layout(Kind::Dedent) => (3, ""),
            Word::Layout(_) => (4, ""),
        };
        bytes.push(tag);
        // The length before the text: what one word ends in cannot be taken for the next word's begin.
        bytes.extend((text.len() as u64).to_le_bytes());
        bytes.extend(text.as_bytes());
    }
    bytes
}

/// The fewest words to insert and delete that turn one program into another.
pub fn edits(a: &[&str], b: &[&str]) -> u32 {
    // A row of the table of longest common subsequences.
    let mut row = vec![0_u32; b.len() + 1];
    for word in a {
        let mut diagonal = 0;
        for (at, other) in b.iter().enumerate() {
            let above = row[at + 1];
            row[at + 1] = if word == other { diagonal + 1 } else { above.max(row[at]) };
            diagonal = above;
        }
    }
    (a.len() + b.len()) as u32 - 2 * row[b.len()]
}

/// Each word with its text, and where reading came to: the end of the text, or the first place that is no Python.
fn lexed(source: &str) -> (Vec<(Word<'_>, &str)>, usize) {
    let mut lexer = Lexer::new(source);
    let mut found = Vec::new();
    let mut end = 0;
    loop {
        let token = lexer.next();
        let text = token.span.of(source);
        let word = match token.kind {
            Kind::End => return (found, source.len()),
            Kind::Bad(_) => return (found, end),
            Kind::Newline | Kind::Indent | Kind::Dedent => Word::Layout(token.kind),
            Kind::Text => plain(text).map_or(Word::Text(text), Word::Plain),
            _ => Word::Text(text),
        };
        end = token.span.end as usize;
        found.push((word, text));
    }
}

/// What a string holds, if it has no prefix, no escapes and no quotes within.
fn plain(text: &str) -> Option<&str> {
    let quote = text.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    let triple = quote.to_string().repeat(3);
    let held = match text.strip_prefix(&triple) {
        Some(rest) => rest.strip_suffix(&triple)?,
        None => text.strip_prefix(quote)?.strip_suffix(quote)?,
    };
    (!held.contains(['\\', '"', '\''])).then_some(held)
}

/// The words of a program without those that say nothing.
fn normal(source: &str) -> Vec<Word<'_>> {
    let mut words: Vec<Word<'_>> = lexed(source).0.into_iter().map(|(word, _)| word).collect();
    let mut keep = vec![true; words.len()];
    // The open brackets: where each stands, and whether a comma stands within it.
    let mut open: Vec<(usize, bool)> = Vec::new();
    for at in 0..words.len() {
        match words[at] {
            Word::Text("(" | "[" | "{") => open.push((at, false)),
            Word::Text(",") => {
                if let Some((_, has_comma)) = open.last_mut() {
                    *has_comma = true;
                }
            }
            Word::Text(")" | "]" | "}") => {
                let Some((start, has_comma)) = open.pop() else { continue };
                let is_call = is_call(&words, start);
                let is_tuple = words[start] == Word::Text("(") && !is_call;
                // With one comma alone these hold a tuple, and without it they do not.
                let is_by_comma = is_tuple || (words[start] == Word::Text("[") && is_call);
                if words[at - 1] == Word::Text(",") && !(is_by_comma && commas(&words[start + 1..at]) == 1) {
                    keep[at - 1] = false;
                }
                if is_tuple && !has_comma && at > start + 1 && stands_alone(&words, start, at) {
                    (keep[start], keep[at]) = (false, false);
                }
            }
            _ => {}
        }
    }
    let mut kept = keep.into_iter();
    words.retain(|_| kept.next().unwrap_or(true));
    words
}

/// Whether a bracket begins arguments or indices, and not a value of its own.
fn is_call(words: &[Word<'_>], at: usize) -> bool {
    const BEFORE_A_VALUE: [&str; 21] = [
        "return", "if", "elif", "while", "in", "not", "and", "or", "is", "assert", "else", "lambda", "yield", "await",
        "del", "raise", "from", "import", "except", "with", "for",
    ];
    match at.checked_sub(1).map(|before| words[before]) {
        Some(Word::Text(text)) => {
            let is_name = text.starts_with(|c: char| c == '_' || c.is_alphanumeric());
            matches!(text, ")" | "]" | "}") || (is_name && !BEFORE_A_VALUE.contains(&text))
        }
        Some(Word::Plain(_)) => true,
        Some(Word::Layout(_)) | None => false,
    }
}

/// Commas of a bracket itself.
fn commas(words: &[Word<'_>]) -> usize {
    let mut depth = 0_usize;
    let mut count = 0;
    for word in words {
        match word {
            Word::Text("(" | "[" | "{") => depth += 1,
            Word::Text(")" | "]" | "}") => depth = depth.saturating_sub(1),
            Word::Text(",") if depth == 0 => count += 1,
            _ => {}
        }
    }
    count
}

/// Whether parentheses hold a whole expression, so that nothing changes without them.
fn stands_alone(words: &[Word<'_>], start: usize, end: usize) -> bool {
    let before = match start.checked_sub(1).map(|before| words[before]) {
        None | Some(Word::Layout(_)) => true,
        Some(Word::Text(text)) => {
            matches!(text, "return" | "if" | "elif" | "while" | "=" | "(" | "[" | "," | "assert" | "+=" | "-=" | "*=")
        }
        Some(Word::Plain(_)) => false,
    };
    let behind = match words.get(end + 1) {
        None | Some(Word::Layout(Kind::Newline)) => true,
        Some(Word::Text(text)) => matches!(*text, ")" | "]" | "," | ":"),
        Some(_) => false,
    };
    // Not alone is what lies across lines, and what only parentheses permit.
    let inner = &words[start + 1..end];
    before
        && behind
        && !inner.iter().any(|word| matches!(word, Word::Text(":=" | "yield" | "for" | "lambda" | "*" | "**")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formatting_makes_no_other_program() {
        for (a, b, is_same) in [
            ("x = 1", "x  =  1  # one\n", true),
            ("x = 'a'", "x = \"a\"", true),
            ("x = 'a'", "x = 'b'", false),
            ("x = 'a'", "x = b'a'", false),
            ("x = '\\n'", "x = \"\\n\"", false),
            ("f(a, b)", "f(\n    a,\n    b,\n)", true),
            ("x = (1,)", "x = (1)", false),
            ("x = (1, 2,)", "x = (1, 2)", true),
            ("x = [1,]", "x = [1]", true),
            ("x = y[1,]", "x = y[1]", false),
            ("x = y[1, 2,]", "x = y[1, 2]", true),
            ("return_ = (a + b)", "return_ = a + b", true),
            ("if (a and b):\n    pass", "if a and b:\n    pass", true),
            ("x = (a + b) * c", "x = a + b * c", false),
            ("f((a, b))", "f(a, b)", false),
            ("f((a))", "f(a)", true),
            ("x = a if (b) else c", "x = a if b else c", false),
            ("if a:\n    b\n    c", "if a:\n    b\nc", false),
            ("if a:\n  b", "if a:\n        b", true),
            ("x = 1\n\n\ny = 2", "x = 1\ny = 2", true),
            ("x = f'{a}'", "x = f'{b}'", false),
            ("x = f(1)", "x = f (1)", true),
            ("x =", "x = ", false),
            ("x =", "x =", true),
        ] {
            assert_eq!(same(a, b), is_same, "{a:?} {b:?}");
            assert_eq!(same(b, a), is_same, "{b:?} {a:?}");
            assert_eq!(normalised(a) == normalised(b), is_same, "{a:?} {b:?}");
        }
    }

    #[test]
    fn words_leave_layout_out_and_go_on_where_a_text_is_no_python() {
        assert_eq!(words("if a :  # why\n    b += 'x y'\n"), ["if", "a", ":", "b", "+=", "'x y'"]);
        assert_eq!(words("x = 'open\ny = 2"), ["x", "=", "'", "open", "y", "=", "2"]);
        assert_eq!(words(""), Vec::<&str>::new());
    }

    #[test]
    fn edits_insert_and_delete_words() {
        let of = |a: &str, b: &str| edits(&words(a), &words(b));
        assert_eq!(of("x = 1", "x = 1"), 0);
        assert_eq!(of("x = 1", "x = 2"), 2);
        assert_eq!(of("x = 1", "x = 1 + y"), 2);
        assert_eq!(of("", "x = 1"), 3);
        assert_eq!(of("a b c d", "d a b c"), 2);
    }

    proptest::proptest! {
        #[test]
        fn programs_are_the_same_where_their_normalised_bytes_are(
            a in "(x|=|1|'a'|\"a\"|\\(|\\)|,|\n| |    |if|:|#){0,9}",
            b in "(x|=|1|'a'|\"a\"|\\(|\\)|,|\n| |    |if|:|#){0,9}",
        ) {
            proptest::prop_assert_eq!(same(&a, &b), normalised(&a) == normalised(&b));
        }

        /// The table agrees with a plain recursion.
        #[test]
        fn edits_are_the_fewest(a in "[ab ]{0,7}", b in "[ab ]{0,7}") {
            fn plain(a: &[&str], b: &[&str]) -> u32 {
                match (a, b) {
                    ([], rest) | (rest, []) => rest.len() as u32,
                    ([x, a @ ..], [y, b @ ..]) if x == y => plain(a, b),
                    ([_, a_rest @ ..], [_, b_rest @ ..]) => 1 + plain(a_rest, b).min(plain(a, b_rest)),
                }
            }
            let (a, b) = (words(&a), words(&b));
            proptest::prop_assert_eq!(edits(&a, &b), plain(&a, &b));
        }
    }
}
