//! Keys that nothing prints.

use std::fmt;

/// The shortest text that is taken for a real key.
const SHORTEST: usize = 12;

/// A text that must not be seen: its `Debug` says nothing of it, and it is neither displayed nor serialized.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Hides a text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text, for the header that it goes into.
    pub(crate) fn expose(&self) -> &str {
        &self.0
    }

    /// The same for bytes that are not known to be a text.
    pub(crate) fn redact_bytes(&self, bytes: Vec<u8>) -> Vec<u8> {
        let key = self.0.as_bytes();
        if key.len() < SHORTEST {
            return bytes;
        }
        let mut redacted = Vec::new();
        let mut rest = bytes.as_slice();
        while let Some(at) = rest.windows(key.len()).position(|window| window == key) {
            redacted.extend_from_slice(&rest[..at]);
            redacted.extend_from_slice(b"[key]");
            rest = &rest[at + key.len()..];
        }
        if redacted.is_empty() {
            return bytes;
        }
        redacted.extend_from_slice(rest);
        redacted
    }

    /// A text of others in which this one, should it be there, is not.
    pub(crate) fn redact(&self, text: String) -> String {
        // A short key is a placeholder such as `EMPTY`, and may stand in programs.
        if self.0.len() >= SHORTEST && text.contains(&self.0) { text.replace(&self.0, "[key]") } else { text }
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_neither_printed_nor_left_in_texts() {
        let secret = Secret::new("sk-very-secret");
        assert_eq!(format!("{secret:?} {:#?}", Some(&secret)), "[secret] Some(\n    [secret],\n)");
        assert_eq!(secret.redact("bad key sk-very-secret!".into()), "bad key [key]!");
        assert_eq!(secret.redact_bytes(b"\xffsk-very-secretsk-very-secret.".to_vec()), b"\xff[key][key].");
        assert_eq!(secret.redact_bytes(b"sk-very-secre".to_vec()), b"sk-very-secre");
        assert_eq!(Secret::new("EMPTY").redact("if EMPTY".into()), "if EMPTY");
    }
}
