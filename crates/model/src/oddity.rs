//! What is odd about an answer and stops nobody.

/// Something about an answer that its user should know once.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Oddity {
    /// What is odd, in the same words each time that it happens.
    pub what: String,
    /// What this answer held; empty if that says no more.
    pub example: String,
}

impl Oddity {
    pub(crate) fn plain(what: impl Into<String>) -> Self {
        Self { what: what.into(), example: String::new() }
    }
}

impl std::fmt::Display for Oddity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.what)?;
        if self.example.is_empty() { Ok(()) } else { write!(f, ", such as {}", self.example) }
    }
}
