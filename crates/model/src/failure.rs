//! Requests that got no answer: what happened, whether it may be billed, and whether to try again. Read [`RULES`].

use crate::cassette::Miss;
use mend_core::{Cost, ProblemId, Seat, Slot};
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
    /// The server wants the request in other words, which mean the same.
    OtherWords,
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
    /// An answer that cannot be read: truncated or damaged.
    Garbled,
    /// Something that is not an answer of the protocol: a page, a stream, JSON of another kind.
    Foreign,
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
    /// Whether one such failure, as long as no request was ever answered, says that none will be.
    pub is_telling: bool,
}

const fn rule(kind: Kind, may_be_billed: bool, then: Then, is_congestion: bool) -> Rule {
    Rule { kind, may_be_billed, then, is_congestion, is_telling: matches!(kind, Kind::Foreign) }
}

/// The whole policy. Providers do not bill what they turn away (429, 503, 529 and all of 4xx); whatever else reached
/// them and came to nothing may have been worked on, and is charged at its worst case, or at what the server reports.
/// An error in the body of an answer with another status counts as the status that it names.
pub const RULES: [Rule; 18] = [
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
    rule(Kind::OtherWords, false, Then::Retry, false),
    rule(Kind::RateLimited, false, Then::Retry, true),
    rule(Kind::Overloaded, false, Then::Retry, true),
    rule(Kind::ServerError, true, Then::Retry, false),
    rule(Kind::TimedOut, true, Then::Retry, true),
    rule(Kind::Cut, true, Then::Retry, false),
    rule(Kind::Garbled, true, Then::Retry, false),
    rule(Kind::Foreign, true, Then::Retry, false),
    rule(Kind::Empty, true, Then::Retry, false),
];

impl Kind {
    /// Its line in the table.
    pub fn rule(self) -> Rule {
        *RULES.iter().find(|rule| rule.kind == self).expect("the table has a line for each kind: a test reads them")
    }

    /// Whether a server that fails so may say how long to wait.
    pub(crate) fn may_ask_to_wait(self) -> bool {
        self.rule().then == Then::Retry && self != Self::OtherWords
    }

    /// What happened, as a phrase.
    pub fn phrase(self) -> &'static str {
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
            Self::OtherWords => "the server wants other words for the same",
            Self::RateLimited => "rate limit",
            Self::Overloaded => "the server has no capacity",
            Self::ServerError => "the server failed",
            Self::TimedOut => "no answer in time",
            Self::Cut => "the connection was cut",
            Self::Garbled => "the answer cannot be read",
            Self::Foreign => "the answer is not one of this interface",
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
    /// What the server says that the attempt cost all the same; `None` if it says nothing.
    pub billed: Option<Cost>,
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
    /// Nobody has answered a prompt yet.
    #[error("nobody has answered what the {seat} is asked for `{slot}` of problem {problem}")]
    Unanswered {
        /// The problem.
        problem: ProblemId,
        /// Who is asked.
        seat: Seat,
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
    /// What the attempt is charged although no answer came: what the server reported, else its worst case if it may be
    /// billed. `None` if it was turned away.
    pub fn charge(&self, worst: Cost) -> Option<Cost> {
        let Self::Provider(failure) = self else { return None };
        let may_be_billed = failure.kind.rule().may_be_billed;
        match failure.billed {
            Some(billed) if may_be_billed || !billed.is_zero() => Some(billed),
            _ => may_be_billed.then_some(worst),
        }
    }

    /// What to do.
    pub fn then(&self) -> Then {
        match self {
            Self::Provider(failure) => failure.kind.rule().then,
            Self::NoSample { .. } | Self::NoFeedback { .. } | Self::Unanswered { .. } | Self::GaveUp { .. } => {
                Then::GiveUp
            }
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
            | Self::Unanswered { .. }
            | Self::NotRecorded(_)
            | Self::GaveUp { .. }
            | Self::Storage { .. } => false,
        }
    }

    /// Whether nothing but a person who has not written yet stands in the way.
    pub fn waits_for_people(&self) -> bool {
        matches!(self, Self::NoFeedback { .. } | Self::Unanswered { .. })
    }

    /// Whether the same request can be asked in other words, which the model knows by now.
    pub fn wants_other_words(&self) -> bool {
        matches!(self, Self::Provider(failure) if failure.kind == Kind::OtherWords)
    }

    /// Whether prompt and completion do not fit into the model's context, now or when the request was recorded.
    pub fn is_too_long(&self) -> bool {
        match self {
            Self::Provider(failure) => failure.kind == Kind::TooLong,
            Self::GaveUp { why } => why.contains(Kind::TooLong.phrase()),
            _ => false,
        }
    }

    /// Whether it says, as long as no request was ever answered, that none will be.
    pub fn is_telling(&self) -> bool {
        matches!(self, Self::Provider(failure) if failure.kind.rule().is_telling)
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
            Self::NoSample { .. }
            | Self::NoFeedback { .. }
            | Self::Unanswered { .. }
            | Self::GaveUp { .. }
            | Self::Storage { .. } => None,
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
    use mend_core::Tokens;
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
            let is_late = matches!(
                rule.kind,
                Kind::ServerError | Kind::TimedOut | Kind::Cut | Kind::Garbled | Kind::Foreign | Kind::Empty
            );
            assert_eq!(rule.may_be_billed, is_late, "{:?}", rule.kind);
            assert!(!rule.is_congestion || rule.then == Then::Retry, "{:?}", rule.kind);
        }
    }

    #[test]
    fn what_a_server_reports_goes_before_the_worst_case() {
        let charge = |kind, billed: Option<u64>| {
            let billed = billed.map(|tokens| Cost::from(Tokens(tokens)));
            let failure =
                Failure { model: "a/b".into(), kind, detail: String::new(), retry_after: None, billed, hint: None };
            ModelError::from(failure).charge(Tokens(100).into()).map(|cost| cost.tokens.0)
        };
        assert_eq!(charge(Kind::ServerError, None), Some(100));
        assert_eq!(charge(Kind::ServerError, Some(29)), Some(29));
        assert_eq!(charge(Kind::ServerError, Some(0)), Some(0));
        assert_eq!(charge(Kind::RateLimited, None), None);
        assert_eq!(charge(Kind::RateLimited, Some(0)), None);
        assert_eq!(charge(Kind::RateLimited, Some(29)), Some(29));
    }
}
