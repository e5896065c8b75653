//! What can go wrong, for whoever has to do something about it: the cause, a hint, and its kind.

use mend_journal::JournalError;
use std::error::Error;
use std::fmt;

/// Whose affair a failure is, and what it leaves behind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// What was asked for, or the input, is wrong.
    Usage,
    /// Data do not match their digest.
    Digest,
    /// Something was missing for a while, such as room on a disk. Everything that arrived is saved, and can go on.
    Stopped,
    /// A bug of ours.
    Bug,
}

/// A failure on its way to the user: an error with its chain of causes, and one hint at what to do.
#[derive(Debug)]
pub struct Failure {
    kind: Kind,
    error: Box<dyn Error + Send + Sync>,
    hint: Option<String>,
}

impl Failure {
    /// A failure of some kind.
    pub fn new(kind: Kind, error: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self { kind, error: error.into(), hint: None }
    }

    /// Wrong usage or input.
    pub fn usage(error: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::new(Kind::Usage, error)
    }

    /// Data that do not match their digest.
    pub fn digest(error: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::new(Kind::Digest, error)
    }

    /// What was missing for a while.
    pub fn stopped(error: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::new(Kind::Stopped, error)
    }

    /// A bug of ours.
    pub fn bug(error: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::new(Kind::Bug, error)
    }

    /// The same failure with a hint: a lowercase fragment.
    #[must_use]
    pub fn hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }

    /// The same failure with a hint, if there is one.
    #[must_use]
    pub fn maybe_hint(self, hint: Option<impl Into<String>>) -> Self {
        match hint {
            Some(hint) => self.hint(hint),
            None => self,
        }
    }

    /// The same failure with a hint at the known word that was meant, if one is near, and before another hint.
    #[must_use]
    pub fn meant<'a>(self, word: &str, known: impl IntoIterator<Item = &'a str>, hint: impl Into<String>) -> Self {
        let hint = hint.into();
        match mend_core::nearest(word, known) {
            Some(near) => self.hint(format!("did you mean `{near}`? {hint}")),
            None => self.hint(hint),
        }
    }

    /// Its kind.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// What to do about it.
    pub fn advice(&self) -> Option<&str> {
        self.hint.as_deref()
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.error.fmt(f)
    }
}

impl Error for Failure {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.error.source()
    }
}

/// A journal's error as the user sees it: a full disk stops a run, all else is usage.
pub fn journal_failure(error: JournalError) -> Failure {
    let hint = error.hint().or_else(|| match &error {
        JournalError::NotARun { dir } => {
            let place = "runs lie below `results` or where `--out` said";
            Some(if dir.exists() { place.to_owned() } else { format!("there is no such folder; {place}") })
        }
        JournalError::Identity { .. }
        | JournalError::Line { .. }
        | JournalError::UnknownTree { .. }
        | JournalError::Refused { .. } => {
            Some("the file was edited or damaged: restore it from a copy, or start a new run".to_owned())
        }
        _ => None,
    });
    let kind = match error {
        JournalError::Write { .. } | JournalError::Sync { .. } => Kind::Stopped,
        _ => Kind::Usage,
    };
    Failure::new(kind, error).maybe_hint(hint)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug)]
    struct Outer(std::io::Error);

    impl fmt::Display for Outer {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("cannot write")
        }
    }

    impl Error for Outer {
        fn source(&self) -> Option<&(dyn Error + 'static)> {
            Some(&self.0)
        }
    }

    #[test]
    fn a_failure_keeps_its_kind_causes_and_last_hint() {
        let cause = std::io::Error::other("no room");
        let failure = Failure::stopped(Outer(cause)).hint("one").hint("make room");
        assert_eq!(failure.kind(), Kind::Stopped);
        assert_eq!(failure.to_string(), "cannot write");
        assert_eq!(failure.source().unwrap().to_string(), "no room");
        assert_eq!(failure.advice(), Some("make room"));
        assert_eq!(failure.maybe_hint(None::<&str>).advice(), Some("make room"));
    }

    #[test]
    fn a_word_that_is_nearly_known_is_hinted_at_before_the_rest() {
        let meant = |word: &str| Failure::usage("unknown").meant(word, ["iid", "critic"], "see the list");
        assert_eq!(meant("critik").advice(), Some("did you mean `critic`? see the list"));
        assert_eq!(meant("something").advice(), Some("see the list"));
    }
}
