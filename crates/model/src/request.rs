//! What a model is asked, what it answers, and the seam between the two.

use crate::count_tokens;
use mend_core::{Completion, Digest, ModelIdentity, ProblemId, Role, Sampling, Slot, Tokens, Usage};

/// Tokens that a chat format adds to each message, in our own counts and worst cases.
pub const TOKENS_PER_MESSAGE: u64 = 4;

/// Who speaks in a [`Message`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Speaker {
    /// The instructions that stand above the conversation.
    System,
    /// We.
    User,
    /// The model, earlier.
    Assistant,
}

/// One turn of a prompt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Who says it.
    pub speaker: Speaker,
    /// What is said, verbatim.
    pub content: String,
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
    pub role: Role,
    /// The nodes that are asked for, one completion each.
    pub slots: Vec<Slot>,
    /// The prompt.
    pub messages: Vec<Message>,
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
        let bytes: Tokens =
            self.messages.iter().map(|message| Tokens(message.content.len() as u64 + TOKENS_PER_MESSAGE)).sum();
        self.slots.iter().map(|_| bytes + self.sampling.max_tokens).sum()
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
}

impl Answer {
    /// An answer whose bill is the sum over its completions.
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
        Self { completions, usage }
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
}

/// Something that answers requests.
#[async_trait::async_trait]
pub trait Model: Send + Sync {
    /// Name, and whatever else decides the answers.
    fn identity(&self) -> ModelIdentity;

    /// One attempt at a request. Completions come in the order of its slots.
    async fn complete(&self, request: &Request) -> Result<Answer, ModelError>;

    /// Our own count of a text, by [`TOKENIZER`](crate::TOKENIZER).
    fn count(&self, text: &str) -> Tokens {
        count_tokens(text)
    }

    /// Upper bound of the tokens that a request bills, each completion charged its full prompt. Zero for models
    /// that bill nothing.
    fn worst_case(&self, request: &Request) -> Tokens;

    /// Whether losing an answer costs nothing, because asking again gives the same for free. Then a
    /// driver need not wait until a request or an answer is durable.
    fn is_free(&self) -> bool;
}
