//! Whether a line of code begins within a string that goes over lines.

/// Follows triple quotes over the lines of a program. Text that is not Python yields some state, too.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Strings {
    /// The quote of the string that is open.
    open: Option<u8>,
}

impl Strings {
    /// Whether the next line begins within a string.
    pub(super) fn is_open(self) -> bool {
        self.open.is_some()
    }

    /// Goes over one line.
    pub(super) fn read(&mut self, line: &str) {
        let bytes = line.as_bytes();
        let mut at = 0;
        while at < bytes.len() {
            match (self.open, bytes[at]) {
                (_, b'\\') => at += 1,
                (Some(quote), byte) if byte == quote && bytes[at..].starts_with(&[quote; 3]) => {
                    self.open = None;
                    at += 2;
                }
                (None, b'#') => return,
                (None, quote @ (b'"' | b'\'')) if bytes[at..].starts_with(&[quote; 3]) => {
                    self.open = Some(quote);
                    at += 2;
                }
                (None, quote @ (b'"' | b'\'')) => at += one_line(&bytes[at + 1..], quote),
                _ => {}
            }
            at += 1;
        }
    }
}

/// The length of a string's rest in its line, its closing quote included. One that is not closed is an apostrophe.
fn one_line(rest: &[u8], quote: u8) -> usize {
    let mut at = 0;
    while at < rest.len() {
        match rest[at] {
            b'\\' => at += 1,
            byte if byte == quote => return at + 1,
            _ => {}
        }
        at += 1;
    }
    0
}
