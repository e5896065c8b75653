//! Values that are wrong by one character: what stands in a test that is not valid.
//!
//! Nothing is executed here, so that the value which some mutant would give is not at hand.

use super::python::{Kind, tokens};

/// A Python literal with the last character of its last number, text or constant changed. A text with an escape in it,
/// or an empty one, gets a character more; a literal with nothing to change becomes `None`. It never equals the original.
pub(super) fn literal(value: &str) -> String {
    let changed = tokens(value).into_iter().rev().find_map(|token| {
        let other = match (token.kind, token.text) {
            (Kind::Number, digits) => number(digits),
            (Kind::Text, text) => quoted(text),
            (Kind::Word, "True") => "False".to_owned(),
            (Kind::Word, "False") => "True".to_owned(),
            (Kind::Word, "None") => "0".to_owned(),
            (Kind::Word | Kind::Sign, _) => return None,
        };
        Some((token.span, other))
    });
    let Some((span, other)) = changed else { return "None".to_owned() };
    let mut text = value.to_owned();
    text.replace_range(span, &other);
    text
}

/// An output with the last character of its last word changed. A number changes in its last digit before the point.
pub(super) fn output(text: &str) -> String {
    let kept = text.trim_end();
    let start =
        kept.rfind(char::is_whitespace).map_or(0, |at| at + kept[at..].chars().next().map_or(0, char::len_utf8));
    let word = &kept[start..];
    let other = if word.parse::<f64>().is_ok() && word.contains(|c: char| c.is_ascii_digit()) {
        number(word)
    } else {
        with_other_end(word)
    };
    format!("{}{other}{}", &kept[..start], &text[kept.len()..])
}

/// A number whose last digit before the point is another one, so that no tolerance below 1 hides it.
fn number(digits: &str) -> String {
    let unsigned = digits.trim_start_matches(['-', '+']);
    let has_base = unsigned.len() > 2
        && unsigned.is_ascii()
        && unsigned.starts_with('0')
        && unsigned.as_bytes()[1].is_ascii_alphabetic();
    let is_digit = |at: &usize| digits.as_bytes()[*at].is_ascii_digit();
    let at = if has_base && !unsigned.starts_with("0e") && !unsigned.starts_with("0E") {
        digits.len() - 1
    } else {
        let whole = digits.find(['.', 'e', 'E', 'j', 'J']).unwrap_or(digits.len());
        let found = (0..whole).rev().find(is_digit).or_else(|| (0..digits.len()).rev().find(is_digit));
        let Some(found) = found else { return format!("{digits}1") };
        found
    };
    let other = if digits.as_bytes()[at] == b'1' { "0" } else { "1" };
    let text = format!("{}{other}{}", &digits[..at], &digits[at + 1..]);
    // Python writes zero, and zero alone, with several zeros.
    if unsigned.len() > 1 && unsigned.bytes().all(|byte| byte == b'0') { "1".to_owned() } else { text }
}

/// A string literal whose text ends otherwise.
fn quoted(text: &str) -> String {
    let Some(open) = text.find(['"', '\'']) else { return text.to_owned() };
    let quote = &text[open..=open];
    let triple = quote.repeat(3);
    let marks = if text.len() >= open + 6 && text[open..].starts_with(&triple) { 3 } else { 1 };
    let (begin, end) = (open + marks, text.len() - marks);
    if begin > end || !text.ends_with(quote) {
        return text.to_owned();
    }
    let within = &text[begin..end];
    let other = if within.is_empty() || within.contains('\\') { format!("{within}x") } else { with_other_end(within) };
    format!("{}{other}{}", &text[..begin], &text[end..])
}

fn with_other_end(text: &str) -> String {
    let mut kept: String = text.to_owned();
    let last = kept.pop();
    kept.push(if last == Some('x') { 'y' } else { 'x' });
    kept
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_last_character_of_a_literal_changes() {
        for (value, other) in [
            ("2400", "2401"),
            ("1", "0"),
            ("-3", "-1"),
            ("4.25", "1.25"),
            (".5", ".1"),
            ("1e-9", "1e-1"),
            ("2e9", "1e9"),
            ("0x1F", "0x11"),
            ("0b1", "0b0"),
            ("00", "1"),
            ("True", "False"),
            ("None", "0"),
            ("'abc'", "'abx'"),
            ("\"ax\"", "\"ay\""),
            ("''", "'x'"),
            ("'a\\n'", "'a\\nx'"),
            ("'''it's'''", "'''it'x'''"),
            ("b'ab'", "b'ax'"),
            ("'a › é'", "'a › x'"),
            ("[1, [2, 3]]", "[1, [2, 1]]"),
            ("{'a': 1, 'b': 20}", "{'a': 1, 'b': 21}"),
            ("{0, 1}", "{0, 0}"),
            ("[]", "None"),
            ("set()", "None"),
            ("", "None"),
        ] {
            assert_eq!(literal(value), other, "{value}");
        }
    }

    #[test]
    fn the_last_character_of_an_output_changes() {
        for (text, other) in [
            ("12\n", "11\n"),
            ("1 2\n3.50\n", "1 2\n1.50\n"),
            ("yes\n", "yex\n"),
            ("max\n\n", "may\n\n"),
            ("1:30", "1:3x"),
            ("a\u{3000}b é", "a\u{3000}b x"),
            ("inf", "inx"),
            ("007", "001"),
        ] {
            assert_eq!(output(text), other, "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_changes_without_a_panic(text in "(?s)[a-c0-9'\"\\\\\n é.,\\[\\]{}-]{0,24}") {
            literal(&text);
            let other = output(&text);
            prop_assert!(text.trim().is_empty() || other.split_whitespace().ne(text.split_whitespace()));
        }
    }
}
