//! What servers call the same thing by different names, learnt from what they refuse.
//!
//! Only what leaves the meaning of a request as it is: the name of the token limit, and several completions in one
//! request or each in its own. Whatever changes how a model samples is the user's to decide.

use crate::Request;
use crate::protocol::{Dialect, LimitField, Told};
use crate::provider::{Endpoint, Protocol};
use std::sync::{Arc, Mutex, PoisonError};

/// The dialect of one server, shared by all clones.
#[derive(Debug, Clone)]
pub(super) struct Learned(Arc<Mutex<State>>);

#[derive(Debug)]
struct State {
    dialect: Dialect,
    /// Changed once: a server that refuses both names takes neither.
    limit_changed: bool,
}

impl Learned {
    /// What is assumed before a server refuses it.
    pub(super) fn new(endpoint: &Endpoint) -> Self {
        let limit = if endpoint.limits_completion { LimitField::MaxCompletionTokens } else { LimitField::MaxTokens };
        let dialect = Dialect { limit, takes_several: true };
        Self(Arc::new(Mutex::new(State { dialect, limit_changed: false })))
    }

    pub(super) fn dialect(&self) -> Dialect {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).dialect
    }

    /// Learns from a refusal of a request that was asked in a dialect. Returns what to do, in words, if the request can
    /// be asked in another one that means the same.
    pub(super) fn learn(
        &self,
        protocol: Protocol,
        asked_in: Dialect,
        request: &Request,
        told: &Told,
    ) -> Option<String> {
        if protocol != Protocol::OpenAi {
            return None;
        }
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if state.dialect != asked_in {
            return Some("asked again as it was learnt meanwhile".to_owned());
        }
        let lower = told.lower();
        let (own, other) = (asked_in.limit, asked_in.limit.other());
        let is_sent = !request.sampling.omit.contains("max-tokens");
        if is_sent && !state.limit_changed && wants_other_limit(&lower, own, other) {
            state.limit_changed = true;
            state.dialect.limit = other;
            return Some(format!("asked again with `{}`, which means the same", other.as_str()));
        }
        let is_single = request.slots.len() == 1;
        if !is_single && (told.parameter.as_deref() == Some("n") || wants_one(&lower)) {
            // One that was put together before the server said so, and sent after, is formed anew as well.
            state.dialect.takes_several = false;
            return Some("asked again for one completion at a time, which means the same".to_owned());
        }
        None
    }
}

/// Words for a parameter that a server does not know.
const UNKNOWN: [&str; 11] = [
    "unsupported",
    "not supported",
    "not support",
    "unknown",
    "unrecognized",
    "unexpected",
    "not permitted",
    "not allowed",
    "extra",
    "additional properties",
    "no such",
];

fn wants_other_limit(lower: &str, own: LimitField, other: LimitField) -> bool {
    let is_about_own = names(lower, own.as_str());
    if names(lower, other.as_str()) {
        return is_about_own || lower.contains("instead") || lower.contains("use ");
    }
    // Servers that only know the older name rarely say it.
    is_about_own && own == LimitField::MaxCompletionTokens && is_unknown(lower)
}

fn wants_one(lower: &str) -> bool {
    const PHRASES: [&str; 15] = [
        "`n`",
        "'n'",
        "\"n\"",
        "body.n:",
        "n = 1",
        "n=1",
        "n > 1",
        "n>1",
        "n must be",
        "parameter n ",
        "one completion",
        "one choice",
        "multiple completions",
        "multiple choices",
        "candidate_count",
    ];
    PHRASES.iter().any(|phrase| lower.contains(phrase))
}

/// Whether words say that a parameter is not known.
pub(super) fn is_unknown(lower: &str) -> bool {
    UNKNOWN.iter().any(|word| lower.contains(word))
}

/// Whether a word stands in a text, and not only as a part of another.
pub(super) fn names(text: &str, word: &str) -> bool {
    let is_of_a_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    text.match_indices(word)
        .any(|(at, _)| !text[..at].ends_with(is_of_a_word) && !text[at + word.len()..].starts_with(is_of_a_word))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Message, Speaker};
    use mend_core::{Digest, ProblemId, Sampling, Seat, Slot, Tokens};

    fn request(slots: u32, omits: bool) -> Request {
        let omit = if omits { ["max-tokens".to_owned()].into() } else { [].into() };
        Request {
            problem: ProblemId::new("a/1"),
            problem_digest: Digest::of(b"a"),
            replicate: 0,
            seed: 0,
            seat: Seat::CODER,
            slots: (0..slots).map(Slot::program).collect(),
            messages: vec![Message { speaker: Speaker::User, content: "Write f.".to_owned() }],
            program: None,
            first: 0,
            sampling: Sampling { omit, ..Sampling::new(0.5, Tokens(100)) },
        }
    }

    fn learned(name: &str) -> Learned {
        let variable =
            |variable: &str| Some(if variable.ends_with("URL") { "http://lab/v1" } else { "key" }.to_owned());
        Learned::new(&Endpoint::find(name, &variable).unwrap())
    }

    #[track_caller]
    fn check(name: &str, slots: u32, message: &str, limit: LimitField, takes_several: bool) {
        let learned = learned(name);
        let before = learned.dialect();
        let learnt = learned.learn(Protocol::OpenAi, before, &request(slots, false), &Told::plain(message));
        assert_eq!(learned.dialect(), Dialect { limit, takes_several }, "{message}");
        assert_eq!(learnt.is_some(), learned.dialect() != before, "{message}");
    }

    #[test]
    fn a_server_is_asked_as_it_asks_where_that_means_the_same() {
        use LimitField::{MaxCompletionTokens, MaxTokens};
        let (lab, openai) = ("openai-api/lab/m", "openai/m");
        let newer = "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.";
        check(lab, 1, newer, MaxCompletionTokens, true);
        check(openai, 1, "body.max_completion_tokens: extra fields not permitted", MaxTokens, true);
        check(openai, 1, "Unrecognized request argument supplied: max_completion_tokens", MaxTokens, true);
        check(openai, 1, "Use max_tokens, not max_completion_tokens.", MaxTokens, true);
        // What is wrong is the number, or nobody says what to do.
        check(lab, 1, "max_tokens is too large: 9 > 8", MaxTokens, true);
        check(lab, 1, "unknown parameter: max_tokens", MaxTokens, true);
        check(openai, 1, "max_completion_tokens must be at most 8", MaxCompletionTokens, true);
        for message in [
            "Only n=1 is supported.",
            "'n' must be 1",
            "`n` > 1 is not available",
            "body.n: extra fields not permitted",
        ] {
            check(lab, 2, message, MaxTokens, false);
            check(lab, 1, message, MaxTokens, true);
        }
        check(lab, 2, "temperature must be 1", MaxTokens, true);
        check(lab, 2, "the number is too large", MaxTokens, true);
    }

    #[test]
    fn each_thing_is_learnt_once_and_for_all_requests() {
        let learned = learned("openai-api/lab/m");
        let first = learned.dialect();
        let told = Told::plain("use max_completion_tokens instead of max_tokens");
        let learn = |asked_in, request: &Request| learned.learn(Protocol::OpenAi, asked_in, request, &told);
        assert_eq!(learn(first, &request(1, true)), None, "it was not sent");
        assert!(learn(first, &request(1, false)).unwrap().contains("max_completion_tokens"));
        // A request that left before.
        assert!(learn(first, &request(1, false)).is_some());
        assert_eq!(learn(learned.dialect(), &request(1, false)), None, "it is refused in both words");
        assert_eq!(learned.learn(Protocol::Anthropic, first, &request(1, false), &told), None);
    }

    #[test]
    fn a_request_that_was_put_together_before_is_formed_anew() {
        let learned = learned("openai-api/lab/m");
        let told = Told::plain("Only n = 1 is supported by this model.");
        let learn = |slots| learned.learn(Protocol::OpenAi, learned.dialect(), &request(slots, false), &told);
        assert!(learn(2).is_some());
        assert!(!learned.dialect().takes_several);
        // It waited for a connection meanwhile, and left with two completions in the new words.
        assert!(learn(2).is_some());
        assert_eq!(learn(1), None, "nothing is left to change");
    }

    #[test]
    fn a_word_is_named_only_as_a_whole() {
        assert!(names("use `seed`", "seed") && names("seed", "seed") && names("a seed.", "seed"));
        assert!(!names("seeds", "seed") && !names("random_seed", "seed"));
    }
}
