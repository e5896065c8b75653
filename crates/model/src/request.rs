//! What a model is asked, what it answers, and the seam between the two.

use crate::{ModelError, Oddity, Patience, count_tokens};
use mend_core::{
    Completion, Cost, Digest, Minutes, ModelIdentity, ProblemId, Remark, Sampling, Seat, Slot, Source, Text, Tokens,
    Usage,
};
use serde::{Deserialize, Serialize};
use std::any::Any;
use std::fmt;
use std::time::Duration;

/// Tokens that a chat format adds to each message, in our own counts and worst cases.
pub const TOKENS_PER_MESSAGE: u64 = 4;

/// Who speaks in a [`Message`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
#[serde(rename_all = "lowercase")]
pub enum Speaker {
    /// The instructions that stand above the conversation.
    System,
    /// We.
    User,
    /// The model, earlier.
    Assistant,
}

impl Speaker {
    /// The word that providers use.
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// One turn of a prompt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// Who says it.
    pub speaker: Speaker,
    /// What is said, verbatim.
    pub content: String,
}

/// A program that a prompt is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AskedAbout {
    /// The program.
    pub text: Text,
    /// The group of programs that fail as it does; `None` if it does not fail, or nothing of that may be used.
    pub cluster: Option<Digest>,
    /// What it is compared by with programs that people wrote about: the statement, how it fails, and its line that fails.
    pub likeness: String,
}

/// What an answer from a row that somebody wrote takes of that person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    /// The row.
    pub row: Digest,
    /// Where the answer comes from.
    pub source: Source,
    /// How long it took; `None` if nobody wrote that down.
    pub minutes: Option<Minutes>,
    /// Whether it comes with a program, which is then judged.
    pub gives_program: bool,
}

impl Taken {
    /// What something that was said took.
    pub fn of(remark: &Remark) -> Self {
        let gives_program = remark.source == Source::Human && remark.fixed_program.is_some();
        Self { row: remark.row, source: remark.source, minutes: remark.minutes, gives_program }
    }
}

/// One request: a prompt, and the nodes that each want a completion of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    /// The problem that the prompt is about.
    pub problem: ProblemId,
    /// Its digest.
    pub problem_digest: Digest,
    /// Which of the problem's independent trees asks, from 0.
    pub replicate: u32,
    /// The run's seed.
    pub seed: u64,
    /// Who is asked.
    pub seat: Seat,
    /// The nodes that are asked for, one completion each.
    pub slots: Vec<Slot>,
    /// The prompt.
    pub messages: Vec<Message>,
    /// The program that the prompt is about, if it is about one.
    pub program: Option<AskedAbout>,
    /// The number of the first node that the prompt was ever asked for, among its siblings: its further nodes count from
    /// there, also once some of them are answered.
    pub first: u32,
    /// How to sample.
    pub sampling: Sampling,
}

impl Request {
    /// Our own count of the prompt, once.
    pub(crate) fn prompt_tokens(&self) -> Tokens {
        self.messages.iter().map(|message| count_tokens(&message.content) + Tokens(TOKENS_PER_MESSAGE)).sum()
    }

    /// Upper bound of what this request bills: for each completion the bytes of the prompt, the constant per
    /// message, and the token limit. A text never has more tokens than UTF-8 bytes.
    pub(crate) fn worst_case(&self) -> Tokens {
        let prompt = self.prompt_bound();
        self.slots.iter().map(|_| prompt + self.sampling.max_tokens).sum()
    }

    /// Upper bound of the tokens of the prompt, once.
    pub(crate) fn prompt_bound(&self) -> Tokens {
        self.messages.iter().map(|message| Tokens(message.content.len() as u64 + TOKENS_PER_MESSAGE)).sum()
    }
}

/// What a model returned for one request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// One for each slot of the request, in its order. Each carries its full prompt.
    pub completions: Vec<Completion>,
    /// The bill: the sum over the completions, each with its full prompt. A field that one of them
    /// lacks is `None`.
    pub usage: Usage,
    /// What it costs; `None` if the provider did not report it, so that it may be as much as the worst case.
    pub cost: Option<Cost>,
    /// The body of the response as it came, if it came over HTTP.
    pub body: Option<String>,
    /// What is odd about it.
    pub oddities: Vec<Oddity>,
}

impl Answer {
    /// An answer whose bill is the sum over its completions, in tokens.
    pub(crate) fn of(completions: Vec<Completion>) -> Self {
        let sum = |field: fn(&Usage) -> Option<Tokens>| {
            let parts = completions.iter().map(|completion| field(&completion.usage));
            if completions.is_empty() { None } else { parts.sum::<Option<Tokens>>() }
        };
        let usage = Usage {
            prompt: sum(|usage| usage.prompt),
            cached: sum(|usage| usage.cached),
            reasoning: sum(|usage| usage.reasoning),
            completion: sum(|usage| usage.completion),
        };
        Self { completions, cost: usage.billed().map(Cost::from), usage, body: None, oddities: Vec::new() }
    }
}

/// The right to ask a provider now. Whoever holds it has one of the provider's connections; dropping it gives the
/// connection back.
#[derive(Default)]
#[must_use = "a dropped turn gives its connection back"]
pub struct Turn(#[expect(dead_code, reason = "held until it is dropped")] Option<Box<dyn Any + Send>>);

impl Turn {
    /// A turn that holds something until it is dropped.
    pub fn holding(held: impl Any + Send) -> Self {
        Self(Some(Box::new(held)))
    }
}

impl fmt::Debug for Turn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Turn")
    }
}

/// Something that answers requests.
///
/// What stands in front of another model ([`behind`](Self::behind)) says itself only what is different with it in front.
#[async_trait::async_trait]
pub trait Model: Send + Sync {
    /// Name, and whatever else decides the answers.
    fn identity(&self) -> ModelIdentity;

    /// The model that this one stands in front of; `None` if it answers by itself.
    fn behind(&self) -> Option<&dyn Model> {
        None
    }

    /// Waits until the model may be asked: a free connection, a rate limit. A request that waits here has not been
    /// sent; giving up is free.
    async fn turn(&self, request: &Request) -> Turn {
        match self.behind() {
            Some(model) => model.turn(request).await,
            None => Turn::default(),
        }
    }

    /// One attempt at a request. Completions come in the order of its slots.
    ///
    /// # Errors
    /// No answer. The error knows whether the attempt may be billed and whether to try again.
    async fn complete(&self, request: &Request) -> Result<Answer, ModelError>;

    /// Upper bound of what a request bills, each completion charged its full prompt in tokens. Zero for models
    /// that bill nothing; without money where no price is known.
    fn worst_case(&self, request: &Request) -> Cost;

    /// Whether losing an answer costs nothing, because asking again gives the same for free. Then a
    /// driver need not wait until a request or an answer is durable.
    fn is_free(&self) -> bool;

    /// Whether an answer that nobody waits for any more can still be had later, so that a request without an answer is not
    /// lost: asking again finds it.
    fn keeps_answers(&self) -> bool {
        self.behind().is_some_and(Model::keeps_answers)
    }

    /// The most completions that one request can ask for.
    fn per_request(&self) -> usize {
        self.behind().map_or(usize::MAX, Model::per_request)
    }

    /// Whether an answer may hold a program beside what was asked for, which is then run.
    fn gives_programs(&self) -> bool {
        self.behind().is_some_and(Model::gives_programs)
    }

    /// What the answers take of people, one for each that is there already; none for a model that asks nobody, or of which
    /// that is not known beforehand.
    fn takes(&self, request: &Request) -> Vec<Taken> {
        self.behind().map_or_else(Vec::new, |model| model.takes(request))
    }

    /// How long to try for an answer.
    fn patience(&self) -> Patience {
        self.behind().map_or_else(Patience::default, Model::patience)
    }

    /// How long the provider lets nothing through from now on; `None` if it takes requests.
    fn paused(&self) -> Option<Duration> {
        self.behind()?.paused()
    }

    /// Tells the model that nobody will ask for this again: its nodes stay without an answer.
    fn gave_up(&self, request: &Request, why: &str) {
        if let Some(model) = self.behind() {
            model.gave_up(request, why);
        }
    }
}
