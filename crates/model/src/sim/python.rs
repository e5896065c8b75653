//! Just enough of Python's tokens to damage a program without touching its strings and comments.

use std::ops::Range;

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Name or keyword.
    Word,
    /// Literal that begins with a digit.
    Number,
    /// String literal with its prefix and quotes.
    Text,
    /// Operator, bracket or other punctuation.
    Sign,
}

/// One token and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Token<'a> {
    pub(super) kind: Kind,
    pub(super) text: &'a str,
    pub(super) span: Range<usize>,
}

/// Signs of more than one character, longest first.
const SIGNS: [&str; 25] = [
    "**=", "//=", ">>=", "<<=", "...", "->", ":=", "**", "//", "<<", ">>", "<=", ">=", "==", "!=", "+=", "-=", "*=",
    "/=", "%=", "&=", "|=", "^=", "@=", "\\\n",
];

/// The tokens of a program, without white space and comments. Text that is not Python yields some
/// tokens, too.
pub(super) fn tokens(source: &str) -> Vec<Token<'_>> {
    let bytes = source.as_bytes();
    let mut tokens = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let start = at;
        let kind = match bytes[at] {
            b'#' => {
                at += bytes[at..].iter().take_while(|byte| **byte != b'\n').count();
                continue;
            }
            byte if byte.is_ascii_whitespace() => {
                at += 1;
                continue;
            }
            b'"' | b'\'' => {
                at = end_of_text(bytes, at);
                Kind::Text
            }
            byte if byte.is_ascii_digit() => {
                at += bytes[at..].iter().take_while(|byte| is_word(**byte) || **byte == b'.').count();
                Kind::Number
            }
            byte if is_word(byte) => {
                at += bytes[at..].iter().take_while(|byte| is_word(**byte)).count();
                let is_prefix = at - start <= 2 && source[start..at].chars().all(|c| "rbufRBUF".contains(c));
                if is_prefix && matches!(bytes.get(at), Some(b'"' | b'\'')) {
                    at = end_of_text(bytes, at);
                    Kind::Text
                } else {
                    Kind::Word
                }
            }
            _ => {
                at += SIGNS.iter().find(|sign| source[at..].starts_with(**sign)).map_or(1, |sign| sign.len());
                Kind::Sign
            }
        };
        tokens.push(Token { kind, text: &source[start..at], span: start..at });
    }
    tokens
}

/// Bytes beyond ASCII count as letters, so that a token never ends within a character.
fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}

/// End of the string literal whose opening quote stands at `at`. An unfinished one ends with its line,
/// or with the program.
fn end_of_text(bytes: &[u8], mut at: usize) -> usize {
    let quote = bytes[at];
    let is_triple = bytes[at..].starts_with(&[quote; 3]);
    let closing: &[u8] = if is_triple { &[quote; 3] } else { &[quote] };
    at += closing.len();
    while at < bytes.len() {
        if bytes[at..].starts_with(closing) {
            return at + closing.len();
        }
        match bytes[at] {
            b'\\' => at += 1 + usize::from(at + 1 < bytes.len() && bytes[at + 1].is_ascii()),
            b'\n' if !is_triple => return at,
            _ => at += 1,
        }
    }
    bytes.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[track_caller]
    fn check(source: &str, expected: &[&str]) {
        assert_eq!(tokens(source).iter().map(|token| token.text).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn strings_and_comments_are_no_code() {
        check("a<=b # c < d\n", &["a", "<=", "b"]);
        check("x = rb'a\\'<' + f\"\"\"q \" < \"\"\"", &["x", "=", "rb'a\\'<'", "+", "f\"\"\"q \" < \"\"\""]);
        check("'open\nz", &["'open", "z"]);
        check("1.5e3 // n**2", &["1.5e3", "//", "n", "**", "2"]);
        check("'\\é'", &["'\\é'"]);
    }

    proptest! {
        #[test]
        fn any_text_has_tokens_in_order(source in "(?s)[a-z0-9'\"\\\\\n é#<>=+.]{0,60}") {
            let mut end = 0;
            for token in tokens(&source) {
                prop_assert!(end <= token.span.start && token.span.start < token.span.end);
                prop_assert_eq!(&source[token.span.clone()], token.text);
                end = token.span.end;
            }
        }
    }
}
