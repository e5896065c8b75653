//! Another expected output in place of one: one word of it changes.

use super::edit::{Edit, Tier};
use super::number;

/// The changes of an output, each of one word. An empty one gets a line.
pub(super) fn edits(output: &str, by: u8) -> Vec<Edit> {
    let mut edits = Vec::new();
    for word in output.split_whitespace() {
        // A word is a part of the text.
        let start = word.as_ptr() as usize - output.as_ptr() as usize;
        let now = number::other(word, by).unwrap_or_else(|| format!("{word}x"));
        edits.push(Edit { span: start..start + word.len(), now, tier: Tier::Value });
    }
    if edits.is_empty() {
        edits.push(Edit { span: 0..0, now: "0\n".to_owned(), tier: Tier::Value });
    }
    edits
}

#[cfg(test)]
mod tests {
    use super::super::edit::applied;
    use super::*;

    #[test]
    fn each_change_is_of_one_word() {
        let found = |output: &str| edits(output, 5).iter().map(|edit| applied(output, edit)).collect::<Vec<_>>();
        assert_eq!(found("3 YES\n0.5\n"), ["8 YES\n0.5\n", "3 YESx\n0.5\n", "3 YES\n5.5\n"]);
        assert_eq!(found("\n"), ["0\n\n"]);
    }
}
