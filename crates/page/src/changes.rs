//! What a repair changed of its parent's program, line by line, with the words that differ.

use crate::text::units;
use similar::{Algorithm, DiffOp, DiffTag};
use std::hash::Hash;

/// Longer programs are not compared: it could take very long.
const MOST_LINES: usize = 5_000;

/// Longer lines are not compared word by word.
const LONGEST_LINE: usize = 2_000;

/// A step of a comparison. Lines count from 0.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Change {
    /// So many lines are the same.
    Same(usize),
    /// A line of the parent that is gone, with what differs of it.
    Removed(String),
    /// A line that is new, with what differs of it.
    Added(String),
}

impl Change {
    /// As the script reads it: the number of equal lines, or a text that begins with `-` or `+`.
    pub(crate) fn written(&self) -> serde_json::Value {
        match self {
            Self::Same(count) => (*count).into(),
            Self::Removed(marks) => format!("-{marks}").into(),
            Self::Added(marks) => format!("+{marks}").into(),
        }
    }
}

/// The changes from one program to another; `None` if they are too long to compare.
pub(crate) fn changes(old: &str, new: &str) -> Option<Vec<Change>> {
    let (old_lines, new_lines): (Vec<&str>, Vec<&str>) = (old.split('\n').collect(), new.split('\n').collect());
    changes_of_lines(&old_lines, &new_lines, |line| line)
}

/// The same of lines that something stands for: equal lines by equal values. `text` yields the line itself.
pub(crate) fn changes_of_lines<'a, T: Copy + Hash + Ord>(
    old_lines: &[T],
    new_lines: &[T],
    text: impl Fn(T) -> &'a str,
) -> Option<Vec<Change>> {
    if old_lines.len().max(new_lines.len()) > MOST_LINES {
        return None;
    }
    // No deadline: what is written must not depend on how fast the machine is.
    let diff = similar::capture_diff_slices(Algorithm::Patience, old_lines, new_lines);
    let mut changes = vec![];
    for op in diff {
        match op {
            DiffOp::Equal { len, .. } => changes.push(Change::Same(len)),
            DiffOp::Delete { old_len, .. } => {
                changes.extend(std::iter::repeat_n(Change::Removed(String::new()), old_len));
            }
            DiffOp::Insert { new_len, .. } => {
                changes.extend(std::iter::repeat_n(Change::Added(String::new()), new_len));
            }
            DiffOp::Replace { old_index, old_len, new_index, new_len } => {
                let old = &old_lines[old_index..old_index + old_len];
                let new = &new_lines[new_index..new_index + new_len];
                // Lines are compared in pairs, in their order, as far as both sides have some.
                let pairs: Vec<(String, String)> =
                    old.iter().zip(new).map(|(old, new)| marks(text(*old), text(*new))).collect();
                let of = |place: usize, side: fn(&(String, String)) -> &String| {
                    pairs.get(place).map(|pair| side(pair).clone()).unwrap_or_default()
                };
                changes.extend((0..old_len).map(|place| Change::Removed(of(place, |pair| &pair.0))));
                changes.extend((0..new_len).map(|place| Change::Added(of(place, |pair| &pair.1))));
            }
        }
    }
    Some(changes)
}

/// Where two lines differ: `from,length` in units of UTF-16, with `;` between them. Nothing where they share too little
/// for marks to help.
fn marks(old: &str, new: &str) -> (String, String) {
    if old.len().max(new.len()) > LONGEST_LINE {
        return Default::default();
    }
    let (old, new) = (words(old), words(new));
    let diff = similar::capture_diff_slices(Algorithm::Myers, &old, &new);
    let same: usize = diff.iter().filter(|op| op.tag() == DiffTag::Equal).map(|op| op.old_range().len()).sum();
    if 5 * same < old.len() + new.len() {
        return Default::default();
    }
    let lengths = |words: &[&str]| -> Vec<usize> { words.iter().map(|word| units(word)).collect() };
    let (old_lengths, new_lengths) = (lengths(&old), lengths(&new));
    let mut sides: [Vec<(usize, usize)>; 2] = [vec![], vec![]];
    for op in diff.iter().filter(|op| op.tag() != DiffTag::Equal) {
        let ranges = [(op.old_range(), &old_lengths), (op.new_range(), &new_lengths)];
        for (side, (range, lengths)) in sides.iter_mut().zip(ranges) {
            let (from, length): (usize, usize) =
                (lengths[..range.start].iter().sum(), lengths[range.clone()].iter().sum());
            if length > 0 {
                side.push((from, length));
            }
        }
    }
    let written = |ranges: &[(usize, usize)]| {
        ranges.iter().map(|(from, length)| format!("{from},{length}")).collect::<Vec<_>>().join(";")
    };
    (written(&sides[0]), written(&sides[1]))
}

/// A line as words, runs of blanks, and signs.
fn words(line: &str) -> Vec<&str> {
    let kind = |char: char| match char {
        char if char == '_' || char.is_alphanumeric() => 0,
        char if char.is_whitespace() => 1,
        _ => 2,
    };
    let mut words = vec![];
    let (mut begin, mut last) = (0, None);
    for (at, char) in line.char_indices() {
        let here = kind(char);
        if last.is_some_and(|last| last != here || here == 2) {
            words.push(&line[begin..at]);
            begin = at;
        }
        last = Some(here);
    }
    if begin < line.len() {
        words.push(&line[begin..]);
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(old: &str, new: &str) -> Vec<String> {
        changes(old, new).unwrap().iter().map(|change| change.written().to_string()).collect()
    }

    #[test]
    fn lines_that_changed_have_marks_on_the_words_that_differ() {
        assert_eq!(told("a\n    return x + 1\nb", "a\n    return x - 1\nb"), ["1", "\"-13,1\"", "\"+13,1\"", "1"]);
        assert_eq!(told("a", "a"), ["1"]);
        assert_eq!(told("a", "a\nb"), ["1", "\"+\""]);
        assert_eq!(told("first line\nb", "b"), ["\"-\"", "1"]);
        assert_eq!(told("x = 1", "completely different"), ["\"-\"", "\"+\""]);
    }

    #[test]
    fn marks_count_as_the_script_does_and_long_programs_are_not_compared() {
        assert_eq!(told("x = '\u{1f600}' + a", "x = '\u{1f600}' + b"), ["\"-11,1\"", "\"+11,1\""]);
        assert_eq!(changes(&"x\n".repeat(5_001), "x"), None);
    }
}
