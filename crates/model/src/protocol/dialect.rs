//! The names for the same thing in which servers that speak one protocol differ.

/// How a server is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Dialect {
    /// What carries the token limit.
    pub(crate) limit: LimitField,
    /// Whether one request may ask for several completions.
    pub(crate) takes_several: bool,
}

/// A name of the token limit. OpenAI's newer models take the second alone, most other servers the first alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub(crate) enum LimitField {
    MaxTokens,
    MaxCompletionTokens,
}

impl LimitField {
    pub(crate) fn as_str(self) -> &'static str {
        self.into()
    }

    pub(crate) fn other(self) -> Self {
        match self {
            Self::MaxTokens => Self::MaxCompletionTokens,
            Self::MaxCompletionTokens => Self::MaxTokens,
        }
    }
}
