//! Which of a problem's tests count as public.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// What is public. Whatever becomes public stays in the hidden suite all the same.
///
/// A problem's *single tests* are its hidden tests where it has several. Where its hidden suite is one test, such as a
/// script of many assertions, they are the examples of its statement.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum Split {
    /// The tests that the statement shows, as the data set's format has it.
    #[default]
    Statement,
    /// The first single test.
    First,
    /// The second single test.
    Second,
    /// The first half of the single tests, rounded down, but at least one.
    FirstHalf,
    /// The tests that a file holds for each problem.
    Examples(String),
    /// The tests that a file holds for some problems; the others keep those of [`Split::Statement`].
    Joined(String),
}

impl Split {
    /// Whether it is the data set's own.
    pub fn is_default(&self) -> bool {
        *self == Self::Statement
    }

    /// The file that holds the tests, as it was typed.
    pub fn file(&self) -> Option<&str> {
        match self {
            Self::Examples(file) | Self::Joined(file) => Some(file),
            Self::Statement | Self::First | Self::Second | Self::FirstHalf => None,
        }
    }

    /// The same split with its file's name alone: where a file lies decides nothing.
    #[must_use]
    pub fn without_folder(&self) -> Self {
        self.with_file(|file| file.rsplit('/').next().unwrap_or_default().to_owned())
    }

    /// The same split with another name of its file, if it has one.
    #[must_use]
    pub fn with_file(&self, change: impl FnOnce(&str) -> String) -> Self {
        match self {
            Self::Examples(file) => Self::Examples(change(file)),
            Self::Joined(file) => Self::Joined(change(file)),
            other => other.clone(),
        }
    }
}

impl fmt::Display for Split {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Statement => f.write_str("statement"),
            Self::First => f.write_str("first"),
            Self::Second => f.write_str("second"),
            Self::FirstHalf => f.write_str("first-half"),
            Self::Examples(file) => write!(f, "examples:{file}"),
            Self::Joined(file) => write!(f, "join:{file}"),
        }
    }
}

impl FromStr for Split {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Ok(match text {
            "statement" => Self::Statement,
            "first" => Self::First,
            "second" => Self::Second,
            "first-half" => Self::FirstHalf,
            _ => {
                let named = |prefix: &str| text.strip_prefix(prefix).filter(|file| !file.is_empty()).map(str::to_owned);
                match (named("examples:"), named("join:")) {
                    (Some(file), _) => Self::Examples(file),
                    (None, Some(file)) => Self::Joined(file),
                    (None, None) if ["examples:", "join:"].contains(&text) => {
                        return Err(format!("`{text}` names no file: write {text}<file>"));
                    }
                    // No word that is a choice has one of these.
                    (None, None) if text.contains(['.', '/']) => Self::Joined(text.to_owned()),
                    (None, None) => {
                        return Err(format!(
                            "`{text}` is not a choice of public tests: expected statement, first, second, first-half, \
                             examples:<file>, or a file (./{text} if it is one)"
                        ));
                    }
                }
            }
        })
    }
}

impl From<Split> for String {
    fn from(split: Split) -> Self {
        split.to_string()
    }
}

impl TryFrom<String> for Split {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_split_is_read_as_it_is_written() {
        for text in ["statement", "first", "second", "first-half", "examples:a/b.jsonl.gz", "join:a/b.jsonl.gz"] {
            let split: Split = text.parse().unwrap();
            assert_eq!(split.to_string(), text);
            assert_eq!(serde_json::to_string(&split).unwrap(), format!("{text:?}"));
            assert_eq!(serde_json::from_str::<Split>(&format!("{text:?}")).unwrap(), split);
            assert_eq!(split.is_default(), text == "statement");
        }
        assert_eq!("examples:a/b.jsonl".parse::<Split>().unwrap().without_folder().to_string(), "examples:b.jsonl");
        assert_eq!("join:a/b.jsonl".parse::<Split>().unwrap().without_folder().to_string(), "join:b.jsonl");
        for (text, file) in [("a.jsonl", "a.jsonl"), ("./a", "./a"), ("/tmp/a.jsonl.gz", "/tmp/a.jsonl.gz")] {
            assert_eq!(text.parse::<Split>().unwrap(), Split::Joined(file.to_owned()), "a file alone is joined");
        }
        for text in ["", "third", "First", "examples", "examples:", "join", "join:"] {
            assert!(text.parse::<Split>().is_err(), "{text}");
        }
    }
}
