//! A change of a text, and how good it is.

use std::ops::Range;

/// In which way tests contradict a statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// One expected value is another one.
    Value,
    /// One test stands there twice, with two expected values.
    Duplicate,
}

impl By {
    /// Its word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Value => "value",
            Self::Duplicate => "duplicate",
        }
    }
}

/// How good a change is, the best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Tier {
    /// An expected value.
    Value,
    /// Whether something is expected to be true, of which a program may be wrong by chance.
    Truth,
    /// Any other value that stands in an assertion, such as an argument: what is expected is then wrong for that.
    Other,
}

/// A part of a text that becomes another one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Edit {
    pub(super) span: Range<usize>,
    pub(super) now: String,
    pub(super) tier: Tier,
}

/// A text after an edit.
pub(super) fn applied(text: &str, edit: &Edit) -> String {
    format!("{}{}{}", &text[..edit.span.start], edit.now, &text[edit.span.end..])
}
