//! Text of unknown origin, made safe to print.

/// The text without control characters (terminal sequences start with one) and without marks that
/// reorder what a reader sees.
pub fn plain(text: &str) -> String {
    text.chars().filter(|char| !char.is_control() && !reorders(*char)).collect()
}

/// Whether a character changes the order in which others are shown.
pub(crate) fn reorders(char: char) -> bool {
    matches!(char, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_sequences_lose_what_makes_them_sequences() {
        assert_eq!(plain("a\u{1b}[31mb\u{9b}2J\u{7f}\r\n\u{202e}c é漢"), "a[31mb2Jc é漢");
    }
}
