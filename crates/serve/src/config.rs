//! How a service is set up.

use mend_core::{Integrity, JudgeLimits, TestsMode};
use std::path::PathBuf;
use std::time::Duration;

/// What a reward makes of a program that cannot be judged, where the program can have caused that.
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::EnumString, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum Unsupported {
    /// The least reward of its shape: nobody gains by a program that cannot be judged.
    Failing,
    /// None.
    Unscored,
}

/// How a service is set up.
#[derive(Debug, Clone)]
pub struct Config {
    /// Data sets that it serves, by name or path; the first is the one that is meant where none is named. Known names are
    /// served too, where their files are in `data_dir`.
    pub datasets: Vec<String>,
    /// Where named data sets lie.
    pub data_dir: PathBuf,
    /// The format that the data sets above are in; `None` if the keys of their rows tell.
    pub format: Option<&'static mend_dataset::Format>,
    /// Limits of a test where a request names none.
    pub limits: JudgeLimits,
    /// The most that a request may ask for.
    pub most: JudgeLimits,
    /// Whether a suite goes on after a failing test, where a request does not say.
    pub tests: TestsMode,
    /// The least integrity that is scored.
    pub require: Integrity,
    /// What a reward makes of "unsupported", where a request does not say.
    pub unsupported: Unsupported,
    /// How many programs may wait.
    pub queue: usize,
    /// Bytes of one request's body.
    pub body_bytes: usize,
    /// How long a body may take to arrive.
    pub body_timeout: Duration,
    /// Connections at a time.
    pub connections: usize,
    /// How long what runs may take to finish once the service ends.
    pub drain: Duration,
    /// Tokens, one of which a request must bring; empty where anybody may ask.
    pub tokens: Vec<Token>,
}

/// A secret that a request must bring. It is never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(String);

impl Token {
    /// Fewest characters.
    pub const LEAST: usize = 16;

    /// A token, unless it is one that somebody could guess or that no header can carry.
    ///
    /// # Errors
    /// Why it is not one. The message does not hold it.
    pub fn new(text: &str) -> Result<Self, String> {
        let text = text.trim();
        if text.len() < Self::LEAST {
            return Err(format!("a token has at least {} characters, this one has {}", Self::LEAST, text.len()));
        }
        if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err("a token has printable ASCII characters only, without spaces".to_owned());
        }
        Ok(Self(text.to_owned()))
    }

    /// Whether it is this one. Takes as long for each that is as long.
    pub(crate) fn is(&self, other: &str) -> bool {
        let differences = self.0.bytes().zip(other.bytes()).fold(0, |found, (one, two)| found | (one ^ two));
        differences == 0 && self.0.len() == other.len()
    }
}

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Token")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_long_printable_and_never_shown() {
        let token = Token::new(" 0123456789abcdef\n").unwrap();
        assert!(token.is("0123456789abcdef"));
        for other in ["0123456789abcdeg", "0123456789abcdef0", "", "0123456789abcde"] {
            assert!(!token.is(other), "{other}");
        }
        assert_eq!(format!("{token:?}"), "Token");
        for bad in ["short", "0123456789 abcdef", "0123456789abcdeé"] {
            assert!(!Token::new(bad).unwrap_err().contains(bad), "{bad}");
        }
    }
}
