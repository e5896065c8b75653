//! Facts of a failure, made the same on every machine and cut to a size that a journal can hold.

use regex::{Captures, Regex};
use std::sync::LazyLock;

/// Characters kept of one fact.
const KEPT: usize = 2_000;

static ADDRESS: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\b0x[0-9a-fA-F]{6,16}\b").expect("a valid pattern"));
static SCRATCH: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r#"/[^\s'":]*mend-[A-Za-z0-9]{6}\b(/)?"#).expect("a valid pattern"));

/// Removes what differs between two runs of the same program (addresses, scratch paths), then cuts.
pub(crate) fn normal(text: &str) -> String {
    let text = ADDRESS.replace_all(text, "0x...");
    let text = SCRATCH.replace_all(&text, |found: &Captures<'_>| if found.get(1).is_some() { "" } else { "." });
    cut(&text, KEPT)
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
        check("0xff stays", "0xff stays");
        check(&"é".repeat(KEPT + 1), &format!("{}...", "é".repeat(KEPT)));
    }
}
