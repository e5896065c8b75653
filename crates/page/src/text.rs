//! Text from elsewhere, made harmless: nothing of it can be markup, and what nobody would see is named.

use std::fmt::Write as _;

/// Escapes a text for HTML and SVG, as content and within double quotes.
pub(crate) fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for char in text.chars() {
        match char {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}

/// Whether a character is invisible or changes how its neighbours are shown: controls, marks of direction, and blanks of
/// no width.
fn is_unseen(char: char) -> bool {
    matches!(
        char,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}'
    ) || char.is_control() && char != '\n' && char != '\t'
}

/// The text with everything unseen replaced by a picture or its number, such as `␛` or `⟨U+202E⟩`. Ends of lines become line
/// feeds.
pub fn shown(text: &str) -> String {
    let is_plain = |byte: u8| matches!(byte, b' '..=b'~' | b'\n' | b'\t');
    if text.bytes().all(is_plain) || !text.chars().any(is_unseen) {
        return text.to_owned();
    }
    let mut shown = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(char) = chars.next() {
        match char {
            '\r' if chars.peek() == Some(&'\n') => {}
            '\u{0}'..='\u{1f}' if is_unseen(char) => {
                shown.push(char::from_u32(0x2400 + u32::from(char)).unwrap_or('\u{fffd}'));
            }
            '\u{7f}' => shown.push('\u{2421}'),
            char if is_unseen(char) => {
                let _ = write!(shown, "\u{27e8}U+{:04X}\u{27e9}", u32::from(char));
            }
            char => shown.push(char),
        }
    }
    shown
}

/// The length of a text as the script counts it: in units of UTF-16.
pub(crate) fn units(text: &str) -> usize {
    if text.is_ascii() { text.len() } else { text.encode_utf16().count() }
}

/// JSON that may stand in a script element: no tag can begin in it.
pub(crate) fn in_script(json: &str) -> String {
    json.replace('<', "\\u003c").replace('\u{2028}', "\\u2028").replace('\u{2029}', "\\u2029")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_would_see_is_named_and_the_rest_stays() {
        assert_eq!(shown("a\tb\nc\r\nd"), "a\tb\nc\nd");
        assert_eq!(shown("\u{1b}[31m\0\u{7f}\r"), "\u{241b}[31m\u{2400}\u{2421}\u{240d}");
        assert_eq!(
            shown("x\u{202e}y\u{200b}\u{85}"),
            "x\u{27e8}U+202E\u{27e9}y\u{27e8}U+200B\u{27e9}\u{27e8}U+0085\u{27e9}"
        );
        assert_eq!(shown("\u{5d0} é \u{1f600}"), "\u{5d0} é \u{1f600}");
    }

    #[test]
    fn no_tag_survives() {
        assert_eq!(escaped("</script><b a='1'>"), "&lt;/script&gt;&lt;b a=&#39;1&#39;&gt;");
        assert_eq!(in_script("\"</script>\""), "\"\\u003c/script>\"");
    }
}
