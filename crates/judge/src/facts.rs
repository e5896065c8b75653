//! Facts of a failure, made the same on every machine and cut to a size that a journal can hold.

use regex::{Captures, Regex};
use std::sync::LazyLock;

/// Characters kept of one fact.
const KEPT: usize = 2_000;
/// Characters looked at: what is far beyond the cut need not be searched.
const READ: usize = 32 * KEPT;

/// As in Python's own `repr` of an object. A number in hexadecimal may be the answer.
static ADDRESS: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\bat 0x[0-9a-fA-F]+").expect("a valid pattern"));
static SCRATCH: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r#"/[^\s'":]*mend-[A-Za-z0-9]{6}\b(/)?"#).expect("a valid pattern"));

/// Removes what differs between two runs of the same program (addresses, scratch paths), then cuts.
pub(crate) fn normal(text: &str) -> String {
    freed(text, KEPT)
}

/// The same, cut to so many characters.
pub(crate) fn freed(text: &str, kept: usize) -> String {
    let text = text.char_indices().nth(READ).map_or(text, |(end, _)| &text[..end]);
    let text = ADDRESS.replace_all(text, "at 0x...");
    let text = SCRATCH.replace_all(&text, |found: &Captures<'_>| if found.get(1).is_some() { "" } else { "." });
    cut(&text, kept)
}

/// The first `limit` characters, with `...` if there were more.
fn cut(text: &str, limit: usize) -> String {
    match text.char_indices().nth(limit) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, normalised: &str) {
        assert_eq!(normal(text), normalised);
    }

    #[test]
    fn addresses_and_scratch_paths_vanish() {
        check("<Foo object at 0x7f3a2b1c9d10>", "<Foo object at 0x...>");
        check("No such file: '/tmp/mend-Ab12Cd/x.txt'", "No such file: 'x.txt'");
        check("in /tmp/mend-Ab12Cd", "in .");
        check("'0x7f3a2b1c9d10' stays", "'0x7f3a2b1c9d10' stays");
        check(&"é".repeat(KEPT + 1), &format!("{}...", "é".repeat(KEPT)));
    }
}
