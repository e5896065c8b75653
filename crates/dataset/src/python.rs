//! What little must be known of Python source: names, literals and comments. Nothing here runs code.

/// The names that source calls by `name(`, in order. Methods are not among them.
pub(crate) fn called_names(source: &str) -> impl Iterator<Item = &str> {
    source.match_indices('(').filter_map(|(at, _)| {
        let before = source[..at].trim_end_matches([' ', '\t']);
        let start = before.rfind(|letter| !is_name_letter(letter)).map_or(0, |last| last + width(before, last));
        let name = &before[start..];
        let method = before[..start].trim_end().ends_with('.');
        (!name.is_empty() && !method).then_some(name)
    })
}

/// Whether source defines a function of that name, not indented.
pub(crate) fn defines_function(source: &str, name: &str) -> bool {
    parameters(source, name).is_some()
}

/// Whether source defines a class of that name, not indented.
pub(crate) fn defines_class(source: &str, name: &str) -> bool {
    let after = |line: &'_ str| line.strip_prefix("class ")?.trim_start().strip_prefix(name)?.chars().next();
    source.lines().any(|line| after(line).is_some_and(|next| !is_name_letter(next)))
}

/// What follows the name in the first line that defines a function, not indented.
pub(crate) fn parameters<'a>(source: &'a str, name: &str) -> Option<&'a str> {
    source.lines().find_map(|line| {
        let rest = line.strip_prefix("def")?;
        let after = rest.trim_start().strip_prefix(name)?;
        (rest.starts_with([' ', '\t']) && after.trim_start().starts_with('(')).then_some(after)
    })
}

/// Whether a character may stand within a name.
pub(crate) fn is_name_letter(letter: char) -> bool {
    letter == '_' || letter.is_alphanumeric()
}

fn width(text: &str, at: usize) -> usize {
    text[at..].chars().next().map_or(0, char::len_utf8)
}

/// How deep literals may be nested.
const DEEPEST: usize = 32;

/// The length of the literal that text begins with: a number, a plain string, `True`, `False`, `None`, or a list,
/// tuple, set or dict of literals, which may go over lines. `None` if there is no such literal, or if it goes on to be
/// something else, such as `1e` or `Trueish`.
pub(crate) fn literal(text: &str) -> Option<usize> {
    literal_within(text, DEEPEST)
}

fn literal_within(text: &str, depth: usize) -> Option<usize> {
    let length = match text.chars().next()? {
        '(' => items(text, ')', depth)?,
        '[' => items(text, ']', depth)?,
        '{' => items(text, '}', depth)?,
        quote @ ('\'' | '"') => return string(text, quote),
        '-' | '+' | '0'..='9' | '.' => number(text)?,
        _ => ["True", "False", "None"].iter().find(|word| text.starts_with(**word))?.len(),
    };
    let goes_on = text[length..].chars().next().is_some_and(|next| is_name_letter(next) || "('\"[".contains(next));
    (!goes_on).then_some(length)
}

/// The arguments of a call: literals in parentheses, none included, each maybe after `name=`.
pub(crate) fn arguments(text: &str) -> Option<usize> {
    let mut at = text.strip_prefix('(').map(|_| 1)?;
    loop {
        at = skip_space(text, at);
        if text[at..].starts_with(')') {
            return Some(at + 1);
        }
        let name = text[at..].find(|letter| !is_name_letter(letter)).unwrap_or(0);
        let named = name > 0 && !text[at..].starts_with(|first: char| first.is_ascii_digit());
        if named && text[at + name..].starts_with('=') && !text[at + name..].starts_with("==") {
            at += name + 1;
        }
        at = skip_space(text, at + literal_within(&text[at..], DEEPEST)?);
        match text[at..].chars().next()? {
            ',' => at += 1,
            ')' => return Some(at + 1),
            _ => return None,
        }
    }
}

/// A container; `key: value` is allowed between braces only.
fn items(text: &str, close: char, depth: usize) -> Option<usize> {
    let depth = depth.checked_sub(1)?;
    let mut at = 1;
    loop {
        at = skip_space(text, at);
        if text[at..].starts_with(close) {
            return Some(at + 1);
        }
        at = skip_space(text, at + literal_within(&text[at..], depth)?);
        if close == '}' && text[at..].starts_with(':') {
            at = skip_space(text, at + 1);
            at = skip_space(text, at + literal_within(&text[at..], depth)?);
        }
        match text[at..].chars().next()? {
            ',' => at += 1,
            next if next == close => return Some(at + 1),
            _ => return None,
        }
    }
}

fn skip_space(text: &str, at: usize) -> usize {
    at + (text[at..].len() - text[at..].trim_start().len())
}

/// A string in single quotes of either kind, on one line and without prefix.
fn string(text: &str, quote: char) -> Option<usize> {
    let mut escaped = false;
    for (at, letter) in text.char_indices().skip(1) {
        match letter {
            '\n' => return None,
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            letter if letter == quote => {
                let end = at + 1;
                // `""x` and `"a" "b"` are no single string.
                let next = text[end..].chars().next();
                return next.is_none_or(|next| !is_name_letter(next) && !"'\"([".contains(next)).then_some(end);
            }
            _ => {}
        }
    }
    None
}

/// An integer or a float, maybe with a sign. A point needs digits after it: `2.` ends a sentence.
fn number(text: &str) -> Option<usize> {
    let digits = |at: usize| text[at..].bytes().take_while(u8::is_ascii_digit).count();
    let mut at = usize::from(text.starts_with(['-', '+']));
    let whole = digits(at);
    at += whole;
    let mut fraction = 0;
    if text[at..].starts_with('.') {
        fraction = digits(at + 1);
        if fraction > 0 {
            at += 1 + fraction;
        }
    }
    if whole + fraction == 0 || (whole > 1 && fraction == 0 && text.trim_start_matches(['-', '+']).starts_with('0')) {
        return None;
    }
    if text[at..].starts_with(['e', 'E']) {
        let sign = usize::from(text[at + 1..].starts_with(['-', '+']));
        let exponent = digits(at + 1 + sign);
        if exponent > 0 {
            at += 1 + sign + exponent;
        }
    }
    Some(at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[track_caller]
    fn check_literal(text: &str, expected: Option<&str>) {
        assert_eq!(literal(text).map(|length| &text[..length]), expected, "{text}");
    }

    #[test]
    fn literals_are_told_from_what_only_begins_like_one() {
        for whole in [
            "1",
            "-1.5e-3",
            ".5",
            "0",
            "1e400",
            "True",
            "None",
            "'a'",
            r#""a\"b""#,
            "[]",
            "[1, 'a', (2,), ]",
            "()",
            "{}",
            "{1, 2}",
            "{'a': [1], 2: None}",
            "[\n  1,\n]",
            "(1)",
            "'➞'",
        ] {
            check_literal(whole, Some(whole));
            check_literal(&format!("{whole} rest"), Some(whole));
        }
        check_literal("2. The", Some("2"));
        check_literal("16, 17", Some("16"));
        for none in [
            "", "x", "true", "Trueish", "1st", "01", "-", "1e", "0x1", "1_000", "'a", "'a\nb'", "f'a'", "''a'", "[1",
            "[1 2]", "[x]", "[1: 2]", "[][0]", "(1)(2)", "'a'[0]", "{1: }", "[,]",
        ] {
            check_literal(none, None);
        }
        check_literal(&"[".repeat(100_000), None);
    }

    #[test]
    fn called_names_are_those_before_parentheses_and_no_methods() {
        let names = |source| called_names(source).collect::<Vec<_>>();
        assert_eq!(names("assert set(f (g(1), 'h(2)')) == x.y(3)"), ["set", "f", "g", "h"]);
        assert_eq!(names("((1))"), Vec::<&str>::new());
        assert_eq!(names("é(1)"), ["é"]);
    }

    #[test]
    fn definitions_count_at_the_margin_only() {
        let code = "def fo(x):\n    def inner(y):\ndef foo (x):\nclass Pair(object):\nclass Node: \n";
        assert!(defines_function(code, "fo") && defines_function(code, "foo"));
        assert!(!defines_function(code, "f") && !defines_function(code, "inner"));
        assert!(defines_class(code, "Pair") && defines_class(code, "Node") && !defines_class(code, "Pai"));
    }

    proptest! {
        #[test]
        fn no_text_panics(text in r#"[-+.\[\](){}'",:=\\ 0-9eTrueNon➞é\n]{0,40}"#) {
            let _ = (literal(&text), arguments(&text), called_names(&text).count());
            let _ = (defines_function(&text, "e"), defines_class(&text, "e"));
            let _ = crate::examples::tests(&text, "e");
        }
    }
}
