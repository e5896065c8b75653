//! The shared helpers: their text, and what of it a script can reach.

use std::collections::BTreeSet;

/// The name under which scripts load the shared helpers.
pub(super) const LIBRARY: &str = "lib.star";
/// Their text.
pub(super) const LIBRARY_TEXT: &str = include_str!("../../strategies/lib.star");

/// The text of `lib.star`, the helpers that any script may load.
pub fn shared_helpers() -> &'static str {
    LIBRARY_TEXT
}

/// The definitions that some names stand for, with those that they mention, in the order of the library. A helper that a
/// script cannot reach is then no part of what decides its runs.
pub(super) fn reached<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    let all = definitions(LIBRARY_TEXT);
    let mut open: Vec<&str> = names.into_iter().collect();
    let mut found = BTreeSet::new();
    while let Some(name) = open.pop() {
        let Some(index) = all.iter().position(|(known, _)| *known == name) else { continue };
        if found.insert(index) {
            open.extend(words(all[index].1));
        }
    }
    found.into_iter().map(|index| all[index].1).collect()
}

/// The names that a text may mention.
fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty())
}

/// The functions and constants of a text, each with its own lines.
fn definitions(text: &str) -> Vec<(&str, &str)> {
    let mut found: Vec<(&str, &str)> = Vec::new();
    let mut open: Option<(&str, usize)> = None;
    let mut place = 0;
    let mut is_quoted = false;
    for line in text.split_inclusive('\n') {
        // Further lines of a definition are indented, close a bracket, or stand in a text of several lines.
        if !is_quoted && line.starts_with(|c: char| !c.is_whitespace() && !")]}".contains(c)) {
            found.extend(open.take().map(|(name, begin)| (name, &text[begin..place])));
            open = name_of(line).map(|name| (name, place));
        }
        is_quoted ^= line.matches("\"\"\"").count() % 2 == 1;
        place += line.len();
    }
    found.extend(open.map(|(name, begin)| (name, &text[begin..])));
    found
}

/// What a line begins to define; `None` for comments, docstrings and the like.
fn name_of(line: &str) -> Option<&str> {
    let (name, _) = match line.strip_prefix("def ") {
        Some(rest) => rest.split_once('(')?,
        None => line.split_once(" = ")?,
    };
    (!name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || c == '_')).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_reaches_what_it_loads_and_what_that_mentions() {
        let text = reached(["strength"]);
        assert!(text.starts_with("def strength("), "{text}");
        assert!(!text.contains("def scalar("), "{text}");
        let text = reached(["contrast", "WRITE"]);
        assert!(text.starts_with("WRITE = "), "{text}");
        assert!(text.contains("def contrast(") && text.contains("def block("), "{text}");
        assert!(!text.contains("def hint(") && !text.contains("MEND"), "{text}");
        assert_eq!(reached(["nobody"]), "");
        assert_eq!(reached([]), "");
    }

    #[test]
    fn every_line_of_a_definition_is_its_own() {
        let all = definitions(LIBRARY_TEXT);
        assert!(all.len() > 30, "{}", all.len());
        for (name, text) in all {
            assert!(text.starts_with(&format!("def {name}(")) || text.starts_with(&format!("{name} = ")), "{text}");
            assert_eq!(text.matches("\ndef ").count(), 0, "{text}");
        }
    }
}
