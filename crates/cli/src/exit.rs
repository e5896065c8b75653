//! How `mend` ends: its exit codes, and how it tells an error.

use std::error::Error;
use std::fmt;
use std::process::ExitCode;

/// The exit codes, a promise to scripts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// Everything was done.
    Complete = 0,
    /// A check found something: programs of a data set that do not fare as listed.
    Found = 1,
    /// The command line, the configuration or the input is wrong.
    Usage = 2,
    /// Data do not match their digest.
    Digest = 3,
    /// Finished, with problems that could not be scored.
    Unscored = 4,
    /// Stopped early by a budget, an interrupt or a full disk. `mend resume` goes on.
    Stopped = 5,
    /// A bug of ours.
    Bug = 70,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// An error on its way to the user: the chain of causes, one hint, and the exit code.
#[derive(Debug)]
pub struct Failure {
    /// The exit code.
    pub exit: Exit,
    error: Box<dyn Error + Send + Sync>,
    hint: Option<String>,
}

impl Failure {
    /// Wrong usage or input.
    pub fn usage(error: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self { exit: Exit::Usage, error: error.into(), hint: None }
    }

    /// The same failure with another exit code.
    #[must_use]
    pub fn with_exit(self, exit: Exit) -> Self {
        Self { exit, ..self }
    }

    /// The same failure with a hint: a lowercase fragment.
    #[must_use]
    pub fn hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }
}

impl Failure {
    /// The same failure with a hint at the known word that was meant, if one is near, and before another hint.
    #[must_use]
    pub fn meant<'a>(self, word: &str, known: impl IntoIterator<Item = &'a str>, hint: impl Into<String>) -> Self {
        let hint = hint.into();
        match mend_core::nearest(word, known) {
            Some(near) => self.hint(format!("did you mean `{near}`? {hint}")),
            None => self.hint(hint),
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "error: {}", printable(&self.error.to_string()))?;
        let mut cause = self.error.source();
        while let Some(error) = cause {
            write!(f, "\n  cause: {}", printable(&error.to_string()))?;
            cause = error.source();
        }
        if let Some(hint) = &self.hint {
            write!(f, "\nhint: {}", printable(hint))?;
        }
        Ok(())
    }
}

/// Text without control sequences: names in it come from files.
pub fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() && c != '\n' { '\u{fffd}' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_tell_causes_and_one_hint_without_control_sequences() {
        let failure = Failure::usage("bad \u{1b}[31mred").hint("look at it");
        assert_eq!(failure.to_string(), "error: bad \u{fffd}[31mred\nhint: look at it");
    }
}
