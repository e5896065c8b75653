//! Requests that got no answer: what happened, whether it may be billed, and whether to try again. Read [`RULES`].

use crate::cassette::Miss;
use mend_core::{ProblemId, Slot};
use std::fmt;
use std::time::Duration;

/// What happened to an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// No connection: the server is down, the name is unknown, or the way there is blocked.
    Unreachable,
    /// The connection could not be made secure.
    Tls,
    /// The proxy does not let it through.
    Proxy,
    /// The server sends us somewhere else. A key must not follow.
    Redirected,
    /// The key is missing, wrong, or not allowed to.
    Unauthorized,
    /// The account has no money or quota left.
    NoQuota,
    /// There is no such model, or no such address.
    NotFound,
    /// The prompt and the completion do not fit into the model's context.
    TooLong,
    /// The server does not take the request as it is.
    BadRequest,
    /// Too many requests or tokens a minute.
    RateLimited,
    /// The server says that it has no capacity.
    Overloaded,
    /// The server failed while it worked, or somebody between it and us gave up.
    ServerError,
    /// No complete answer before the deadline.
    TimedOut,
    /// The connection ended before the answer did.
    Cut,
    /// An answer that cannot be read: truncated, or not what the protocol says.
    Garbled,
    /// An answer without a completion in it.
    Empty,
}

/// What to do after a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Then {
    /// Ask again, a little later.
    Retry,
    /// Asking again is no use: give this request up, or the whole run if nothing works.
    GiveUp,
    /// No request can succeed: stop the run.
    Stop,
}

/// One line of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rule {
    /// What happened.
    pub kind: Kind,
    /// Whether the attempt may be billed although no answer came. It is then charged at its worst case.
    pub may_be_billed: bool,
    /// What to do.
    pub then: Then,
    /// Whether fewer connections are the answer.
    pub is_congestion: bool,
}

const fn rule(kind: Kind, may_be_billed: bool, then: Then, is_congestion: bool) -> Rule {
    Rule { kind, may_be_billed, then, is_congestion }
}

/// The whole policy. Providers do not bill what they turn away (429, 503, 529 and all of 4xx); whatever else reached
/// them and came to nothing may have been worked on, and is charged at its worst case.
pub const RULES: [Rule; 16] = [
    //                        may be billed  then           is congestion
    rule(Kind::Unreachable, false, Then::Retry, false),
    rule(Kind::Tls, false, Then::Stop, false),
    rule(Kind::Proxy, false, Then::Stop, false),
    rule(Kind::Redirected, false, Then::Stop, false),
    rule(Kind::Unauthorized, false, Then::Stop, false),
    rule(Kind::NoQuota, false, Then::Stop, false),
    rule(Kind::NotFound, false, Then::Stop, false),
    rule(Kind::TooLong, false, Then::GiveUp, false),
    rule(Kind::BadRequest, false, Then::GiveUp, false),
    rule(Kind::RateLimited, false, Then::Retry, true),
    rule(Kind::Overloaded, false, Then::Retry, true),
    rule(Kind::ServerError, true, Then::Retry, false),
    rule(Kind::TimedOut, true, Then::Retry, true),
    rule(Kind::Cut, true, Then::Retry, false),
    rule(Kind::Garbled, true, Then::Retry, false),
    rule(Kind::Empty, true, Then::Retry, false),
];

impl Kind {
    /// Its line in the table.
    pub fn rule(self) -> Rule {
        *RULES.iter().find(|rule| rule.kind == self).expect("the table has a line for each kind: a test reads them")
    }

    /// What happened, as a phrase.
    fn phrase(self) -> &'static str {
        match self {
            Self::Unreachable => "the server cannot be reached",
            Self::Tls => "no secure connection",
            Self::Proxy => "the proxy does not let requests through",
            Self::Redirected => "the server sends requests to another address",
            Self::Unauthorized => "the key is not accepted",
            Self::NoQuota => "the account has no quota left",
            Self::NotFound => "the model or address is unknown",
            Self::TooLong => "the prompt does not fit into the model's context",
            Self::BadRequest => "the server does not take the request",
            Self::RateLimited => "rate limit",
            Self::Overloaded => "the server has no capacity",
            Self::ServerError => "the server failed",
            Self::TimedOut => "no answer in time",
            Self::Cut => "the connection was cut",
            Self::Garbled => "the answer cannot be read",
            Self::Empty => "the answer holds no completion",
        }
    }
}

/// An attempt that failed at a provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// The model, as `provider/model`.
    pub model: String,
    /// What happened.
    pub kind: Kind,
    /// The server's own words, or the error below; free of keys.
    pub detail: String,
    /// How long the server asks to wait.
    pub retry_after: Option<Duration>,
    /// What the user may do, if there is something.
    pub hint: Option<String>,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.model, self.kind.phrase())?;
        if self.detail.is_empty() { Ok(()) } else { write!(f, ": {}", self.detail) }
    }
}

/// A request that got no answer. A refusal is not one: it is a completion with
/// [`FinishReason::Refusal`](mend_core::FinishReason::Refusal).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ModelError {
    /// Saved samples hold nothing for a node.
    #[error("no saved sample for `{slot}` of problem `{problem}` in replicate {replicate}: there are {available}")]
    NoSample {
        /// The problem.
        problem: ProblemId,
        /// The tree.
        replicate: u32,
        /// The node.
        slot: Slot,
        /// How many samples there are for the tree.
        available: u32,
    },
    /// A provider did not answer.
    #[error("{0}")]
    Provider(Box<Failure>),
    /// Nobody has written feedback on a program yet.
    #[error("nobody has written feedback on program {program} of problem {problem} for `{slot}`")]
    NoFeedback {
        /// The problem.
        problem: ProblemId,
        /// The program's digest.
        program: String,
        /// The node.
        slot: Slot,
    },
    /// A cassette does not hold the request.
    #[error("{0}")]
    NotRecorded(Box<Miss>),
    /// The recorded request was given up.
    #[error("{why}")]
    GaveUp {
        /// What the recording run wrote down.
        why: String,
    },
    /// Our own cassette or cache cannot be read or written.
    #[error("{what}: {why}")]
    Storage {
        /// Which file.
        what: String,
        /// What is wrong.
        why: String,
    },
}

impl ModelError {
    /// Whether the attempt may be billed although no answer came.
    pub fn may_be_billed(&self) -> bool {
        match self {
            Self::Provider(failure) => failure.kind.rule().may_be_billed,
            Self::NoSample { .. }
            | Self::NoFeedback { .. }
            | Self::NotRecorded(_)
            | Self::GaveUp { .. }
            | Self::Storage { .. } => false,
        }
    }

    /// What to do.
    pub fn then(&self) -> Then {
        match self {
            Self::Provider(failure) => failure.kind.rule().then,
            Self::NoSample { .. } | Self::NoFeedback { .. } | Self::GaveUp { .. } => Then::GiveUp,
            Self::NotRecorded(_) | Self::Storage { .. } => Then::Stop,
        }
    }

    /// Whether nothing but a provider that is down, busy or unpaid stands in the way, so that the same run can go on
    /// later.
    pub fn is_passing(&self) -> bool {
        match self {
            Self::Provider(failure) => failure.kind.rule().then == Then::Retry || failure.kind == Kind::NoQuota,
            Self::NoSample { .. }
            | Self::NoFeedback { .. }
            | Self::NotRecorded(_)
            | Self::GaveUp { .. }
            | Self::Storage { .. } => false,
        }
    }

    /// How long the server asks to wait.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Provider(failure) => failure.retry_after,
            _ => None,
        }
    }

    /// What the user may do, as a lowercase fragment.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Provider(failure) => failure.hint.clone(),
            Self::NotRecorded(miss) => Some(miss.hint()),
            Self::NoSample { .. } | Self::NoFeedback { .. } | Self::GaveUp { .. } | Self::Storage { .. } => None,
        }
    }
}

impl From<Failure> for ModelError {
    fn from(failure: Failure) -> Self {
        Self::Provider(Box::new(failure))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_kind_has_one_line_in_the_table() {
        let kinds: BTreeSet<Kind> = RULES.iter().map(|rule| rule.kind).collect();
        assert_eq!(kinds.len(), RULES.len());
        assert_eq!(kinds.last(), Some(&Kind::Empty));
        assert_eq!(Kind::Empty as usize + 1, RULES.len());
    }

    #[test]
    fn what_was_turned_away_is_not_billed_and_what_was_worked_on_may_be() {
        for rule in RULES {
            let is_late =
                matches!(rule.kind, Kind::ServerError | Kind::TimedOut | Kind::Cut | Kind::Garbled | Kind::Empty);
            assert_eq!(rule.may_be_billed, is_late, "{:?}", rule.kind);
            assert!(!rule.is_congestion || rule.then == Then::Retry, "{:?}", rule.kind);
        }
    }
}
