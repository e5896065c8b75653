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
}

impl Split {
    /// Whether it is the data set's own.
    pub fn is_default(&self) -> bool {
        *self == Self::Statement
    }

    /// The file that holds the tests, as it was typed.
    pub fn file(&self) -> Option<&str> {
        match self {
            Self::Examples(file) => Some(file),
            Self::Statement | Self::First | Self::Second | Self::FirstHalf => None,
        }
    }

    /// The same split with its file's name alone: where a file lies decides nothing.
    #[must_use]
    pub fn without_folder(&self) -> Self {
        match self {
            Self::Examples(file) => Self::Examples(file.rsplit('/').next().unwrap_or_default().to_owned()),
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
            _ => match text.strip_prefix("examples:") {
                Some("") => return Err("`examples:` names no file: write examples:<file>".to_owned()),
                Some(file) => Self::Examples(file.to_owned()),
                None => {
                    return Err(format!(
                        "`{text}` is no choice of public tests: expected statement, first, second, first-half or examples:<file>"
                    ));
                }
            },
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
        for text in ["statement", "first", "second", "first-half", "examples:a/b.jsonl.gz"] {
            let split: Split = text.parse().unwrap();
            assert_eq!(split.to_string(), text);
            assert_eq!(serde_json::to_string(&split).unwrap(), format!("{text:?}"));
            assert_eq!(serde_json::from_str::<Split>(&format!("{text:?}")).unwrap(), split);
            assert_eq!(split.is_default(), text == "statement");
        }
        assert_eq!("examples:a/b.jsonl".parse::<Split>().unwrap().without_folder().to_string(), "examples:b.jsonl");
        for text in ["", "third", "First", "examples", "examples:"] {
            assert!(text.parse::<Split>().is_err(), "{text}");
        }
    }
}
