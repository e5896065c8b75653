//! Text of unknown origin, made safe to print.

/// The text without control characters (terminal sequences start with one) and without marks that
/// reorder what a reader sees.
pub fn plain(text: &str) -> String {
    text.chars().filter(|char| !char.is_control() && !reorders(*char)).collect()
}

/// A text of several lines: line feeds and tabs stay, and every other control character, and mark that reorders what a
/// reader sees, stands there as its escape. Nothing is lost that a reader could want to know of.
pub(crate) fn visible(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for char in text.chars() {
        match char {
            '\n' | '\t' => shown.push(char),
            '\r' => shown.push_str("\\r"),
            char if char.is_control() || reorders(char) || matches!(char, '\u{2028}' | '\u{2029}') => {
                shown.extend(char.escape_unicode());
            }
            char => shown.push(char),
        }
    }
    shown
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
        assert_eq!(visible("a\u{1b}[31m\r\n\tb\u{202e}\u{2028}é"), "a\\u{1b}[31m\\r\n\tb\\u{202e}\\u{2028}é");
        assert_eq!(plain("a\u{1b}[31mb\u{9b}2J\u{7f}\r\n\u{202e}c é漢"), "a[31mb2Jc é漢");
    }
}
