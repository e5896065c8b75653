//! Whether an edit changes what a critique names.

use mend_core::{Found, Node, Span};
use mend_metrics::{damaged_lines, named_lines};

/// How far from a named line a change may lie.
const NEAR: u32 = 1;

/// The lines of a program that a critique names, by number or by quoting; none if it names none, or was not read.
pub(crate) fn named(critique: &Node, text: &str, program: &str) -> Vec<Span> {
    match critique.found() {
        Some(Found::Critique { spans, .. }) => named_lines(spans, text, program),
        _ => vec![],
    }
}

/// Whether an edit touches a named line, or one beside it: a line that it deletes or changes, and where it only inserts, both
/// neighbours. `None` if nothing is named.
pub(crate) fn takes_up(named: &[Span], program: &str, edit: &str) -> Option<bool> {
    if named.is_empty() {
        return None;
    }
    let touched = damaged_lines(program, edit);
    let is_near = |span: &Span| {
        touched.range(span.first.saturating_sub(NEAR)..=span.last.max(span.first).saturating_add(NEAR)).next().is_some()
    };
    Some(named.iter().any(is_near))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PROGRAM: &str = "def f(x):\n    y = x\n    y += 1\n    z = 2\n    return y\n";

    #[track_caller]
    fn check(lines: &[u32], edit: &str, expected: Option<bool>) {
        let named: Vec<Span> = lines.iter().map(|line| Span { first: *line, last: *line }).collect();
        assert_eq!(takes_up(&named, PROGRAM, edit), expected, "{lines:?}");
    }

    #[test]
    fn an_edit_takes_up_a_line_that_it_changes_or_that_stands_beside() {
        let changed = PROGRAM.replace("y += 1", "y += 2");
        check(&[3], &changed, Some(true));
        check(&[2], &changed, Some(true));
        check(&[5], &changed, Some(false));
        check(&[1, 4], &changed, Some(true));
        check(&[], &changed, None);
    }

    #[test]
    fn an_insertion_touches_both_neighbours_and_no_change_touches_nothing() {
        let inserted = PROGRAM.replace("    return y", "    y *= 2\n    return y");
        check(&[5], &inserted, Some(true));
        check(&[3], &inserted, Some(true));
        check(&[1], &inserted, Some(false));
        check(&[3], PROGRAM, Some(false));
    }
}
