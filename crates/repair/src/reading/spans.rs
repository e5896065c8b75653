//! The lines of a program that a text names: "line 3", "lines 3-5", "lines 2, 4 and 6", "L7", "the 3rd line".

use mend_core::Span;
use regex::Regex;
use std::sync::LazyLock;

/// The largest number that is taken for a line's.
const LAST: u32 = 100_000;

/// A word for lines with the numbers behind it, `L7`, or an ordinal before the word.
static NAMED: LazyLock<Regex> = LazyLock::new(|| {
    let mark = r#"[`*_"'(#\s]*"#;
    let number = format!(r"{mark}(?:L(?:ine)?\s*)?\d+\b[`*_)]*");
    let join = r"(?:\s*(?:-|–|—|,\s*and|,\s*or|,|&|/|and|or|to|through|until)\s*)";
    Regex::new(&format!(
        r"(?i)\blines?\b[\s:]*(?:no\.?|numbers?|nr\.?)?(?P<list>{number}(?:{join}(?:lines?\s+)?{number})*)|\bL(?P<short>\d+(?:\s*[-–—]\s*L?\d+)?)\b|\b(?P<ordinal>\d+)(?:st|nd|rd|th)\s+line\b"
    ))
    .expect("the expression is valid: every test uses it")
});

/// Words behind a number that say that it is no line of the program.
static ELSEWHERE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)^\s*(?:of|in|from)\s+(?:the\s+|its\s+|standard\s+|sample\s+|expected\s+)*(?:input|output|example|statement|file|test|stdin|stdout)")
        .expect("the expression is valid: a test uses it")
});

/// A number, or a first and a last one.
static RANGE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)(\d+)[`*_)]*(?:\s*(?:-|–|—|to|through|until)\s*(?:lines?\s+)?[`*_(#]*(?:L(?:ine)?\s*)?(\d+))?")
        .expect("the expression is valid: every test uses it")
});

/// The lines that a text names, in its order, each once.
pub(super) fn named(text: &str) -> Vec<Span> {
    let mut spans: Vec<Span> = Vec::new();
    for found in NAMED.captures_iter(text) {
        let whole = found.get(0).expect("a match has its whole");
        if ELSEWHERE.is_match(&text[whole.end()..]) {
            continue;
        }
        let list =
            ["list", "short", "ordinal"].iter().find_map(|name| found.name(name)).map_or("", |list| list.as_str());
        for range in RANGE.captures_iter(list) {
            let number = |group| range.get(group).map(|number| number.as_str().parse::<u32>().unwrap_or(0));
            let Some(first) = number(1) else { continue };
            let last = number(2).unwrap_or(first);
            let span = Span { first: first.min(last), last: first.max(last) };
            if span.first > 0 && span.last <= LAST && !spans.contains(&span) {
                spans.push(span);
            }
        }
    }
    spans
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_found_where_a_text_names_them() {
        for (text, lines) in [
            ("The loop in line 3 ends too early.", "3"),
            ("Line 12: off by one", "12"),
            ("**Line 4**: `x` is never set", "4"),
            ("see line `7`", "7"),
            ("line number 5, line no. 6, line #8", "5 6 8"),
            ("Lines 3-5 are wrong", "3-5"),
            ("lines 3 to 5, and lines 7 – 9", "3-5 7-9"),
            ("lines 2, 4 and 6", "2 4 6"),
            ("lines 2 and 4-6", "2 4-6"),
            ("between line 2 and line 4", "2 4"),
            ("lines 5-3", "3-5"),
            ("L7 and L10-L12", "7 10-12"),
            ("the 3rd line returns None", "3"),
            ("line 3, again line 3", "3"),
            ("line 9, then line 2", "9 2"),
            ("File \"<string>\", line 14, in inc", "14"),
            ("line 2 of the input is blank, line 3 of the program reads it", "3"),
            ("the second word of line 1 of the sample output", ""),
            ("line 0", ""),
            ("line 99999999999999999999", ""),
            ("The pipeline 3 and the baseline 4", ""),
            ("one line, in-line 3D", ""),
            ("nothing is named", ""),
            ("", ""),
        ] {
            let shown: Vec<String> = named(text)
                .iter()
                .map(|span| {
                    if span.first == span.last {
                        span.first.to_string()
                    } else {
                        format!("{}-{}", span.first, span.last)
                    }
                })
                .collect();
            assert_eq!(shown.join(" "), lines, "{text}");
        }
    }
}
