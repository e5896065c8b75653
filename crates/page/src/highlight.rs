//! Python source as runs of one colour, line by line. It reads whatever models wrote, so it knows no error: what is no
//! Python is plain text.

use crate::text::units;

/// Keywords that are coloured.
const KEYWORDS: [&str; 37] = [
    "False", "None", "True", "and", "as", "assert", "async", "await", "break", "case", "class", "continue", "def",
    "del", "elif", "else", "except", "finally", "for", "from", "global", "if", "import", "in", "is", "lambda", "match",
    "nonlocal", "not", "or", "pass", "raise", "return", "try", "while", "with", "yield",
];

/// Longer texts stay plain.
const LONGEST: usize = 200_000;

/// For each line the runs of one colour: a letter (`k` keyword, `s` string, `c` comment, `n` number, `p` plain) and the
/// length in units of UTF-16, as the script counts; empty for a line that is all plain.
pub(crate) fn highlight(source: &str) -> Vec<String> {
    if source.len() > LONGEST {
        return source.split('\n').map(|_| String::new()).collect();
    }
    let mut painter = Painter { lines: vec![vec![]] };
    let mut rest = source;
    while let Some(first) = rest.chars().next() {
        let (class, length) = next(rest, first);
        painter.add(class, &rest[..length]);
        rest = &rest[length..];
    }
    painter.lines.iter().map(|runs| written(runs)).collect()
}

/// The colour of what a text begins with, and how many bytes have it.
fn next(rest: &str, first: char) -> (char, usize) {
    match first {
        '#' => ('c', rest.find('\n').unwrap_or(rest.len())),
        '"' | '\'' => ('s', string(rest, 0)),
        first if first.is_ascii_digit() => {
            let is_part = |c: char| c.is_ascii_alphanumeric() || c == '.' || c == '_';
            ('n', rest.find(|c| !is_part(c)).unwrap_or(rest.len()))
        }
        first if first == '_' || first.is_alphabetic() => {
            let end = rest.find(|c: char| c != '_' && !c.is_alphanumeric()).unwrap_or(rest.len());
            let word = &rest[..end];
            let is_prefix = end <= 2 && word.bytes().all(|byte| b"rRbBfFuUtT".contains(&byte));
            if is_prefix && rest[end..].starts_with(['"', '\'']) {
                return ('s', string(rest, end));
            }
            let is_match = |word: &str| word != "match" && word != "case";
            (if KEYWORDS.contains(&word) && is_match(word) { 'k' } else { 'p' }, end)
        }
        other => ('p', other.len_utf8()),
    }
}

/// The length of a string whose quotes begin at `from`. One that is not closed ends with its line.
fn string(rest: &str, from: usize) -> usize {
    let quote = &rest[from..=from];
    let triple = quote.repeat(3);
    let (quote, is_triple) = if rest[from..].starts_with(&triple) { (triple.as_str(), true) } else { (quote, false) };
    let mut at = from + quote.len();
    while let Some(char) = rest[at..].chars().next() {
        if rest[at..].starts_with(quote) {
            return at + quote.len();
        }
        if char == '\n' && !is_triple {
            return at;
        }
        at += char.len_utf8();
        if char == '\\' {
            at += rest[at..].chars().next().map_or(0, char::len_utf8);
        }
    }
    rest.len()
}

struct Painter {
    lines: Vec<Vec<(char, usize)>>,
}

impl Painter {
    fn add(&mut self, class: char, text: &str) {
        for (place, part) in text.split('\n').enumerate() {
            if place > 0 {
                self.lines.push(vec![]);
            }
            let length = units(part);
            let Some(line) = self.lines.last_mut().filter(|_| length > 0) else { continue };
            match line.last_mut() {
                Some((last, sum)) if *last == class => *sum += length,
                _ => line.push((class, length)),
            }
        }
    }
}

fn written(runs: &[(char, usize)]) -> String {
    if runs.iter().all(|(class, _)| *class == 'p') {
        return String::new();
    }
    runs.iter().map(|(class, length)| format!("{class}{length}")).collect::<Vec<_>>().concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(source: &str, expected: &[&str]) {
        assert_eq!(highlight(source), expected, "{source}");
    }

    #[test]
    fn words_strings_comments_and_numbers_have_their_colours() {
        check("return x + 1.5e3  # why", &["k6p5n5p2c5"]);
        check("x = rb'a\\'b' + \"c", &["p4s8p3s2"]);
        check("a = 1\nif not a:\n  pass", &["p4n1", "k2p1k3p3", "p2k4"]);
        check("match = definition", &[""]);
    }

    #[test]
    fn a_string_of_several_lines_colours_each_and_one_that_is_not_closed_ends() {
        check("x = '''a\n\nb''' + y", &["p4s4", "", "s4p4"]);
        check("'open\nnext", &["s5", ""]);
        check("\"\"\"never closed\nx", &["s15", "s1"]);
        check("'\\", &["s2"]);
    }

    #[test]
    fn lengths_are_those_of_the_script() {
        check("'\u{1f600}'+é", &["s4p2"]);
        assert_eq!(highlight(&"x = 1\n".repeat(40_000)).len(), 40_001);
    }
}
