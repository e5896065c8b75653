//! What servers are told and what they answer, in the two languages that they speak. No input or output happens here.

mod anthropic;
mod openai;

use crate::failure::Kind;
use crate::provider::{Endpoint, Protocol};
use crate::{Request, count_tokens};
use mend_core::{Completion, Digest, FinishReason, Form, Sampling, Text, Tokens, Usage, seed_for};
use serde_json::{Map, Value, json};

/// Parameters that can be left out of requests, by their names on the command line.
pub const OMITTABLE: [&str; 4] = ["temperature", "top-p", "max-tokens", "seed"];

/// The body of a request.
pub(crate) fn body(endpoint: &Endpoint, request: &Request) -> Value {
    match endpoint.protocol {
        Protocol::OpenAi => openai::body(endpoint, request),
        Protocol::Anthropic => anthropic::body(endpoint, request),
    }
}

/// What a body of a response says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Parsed {
    /// In the server's order; no more than were asked for.
    pub(crate) choices: Vec<Choice>,
    /// As reported for the whole request, its prompt counted once.
    pub(crate) usage: Usage,
    pub(crate) served_model: Option<String>,
}

/// One completion as the server sent it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Choice {
    pub(crate) text: String,
    pub(crate) finish_reason: FinishReason,
}

/// Why a body of a response is none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Unreadable {
    pub(crate) kind: Kind,
    pub(crate) why: String,
}

/// Reads the body of a response with status 200.
pub(crate) fn parse(protocol: Protocol, body: &str, asked: usize) -> Result<Parsed, Unreadable> {
    let garbled = |why: String| Unreadable { kind: Kind::Garbled, why };
    let value: Value = serde_json::from_str(body).map_err(|error| garbled(error.to_string()))?;
    if let Some(message) = error_message(&value) {
        return Err(garbled(message));
    }
    let parsed = match protocol {
        Protocol::OpenAi => openai::parse(&value, asked),
        Protocol::Anthropic => anthropic::parse(&value),
    };
    let parsed = parsed.map_err(garbled)?;
    if parsed.choices.is_empty() {
        return Err(Unreadable { kind: Kind::Empty, why: String::new() });
    }
    Ok(parsed)
}

impl Parsed {
    /// The completions, each with its full prompt and its share of the output, by our own counts.
    pub(crate) fn completions(self, counted_prompt: Tokens) -> Vec<Completion> {
        let counts: Vec<Tokens> = self.choices.iter().map(|choice| count_tokens(&choice.text)).collect();
        let share = |tokens: Option<Tokens>| tokens.map(|tokens| shares(tokens, &counts));
        let (outputs, reasonings) = (share(self.usage.completion), share(self.usage.reasoning));
        let of = |shares: &Option<Vec<Tokens>>, index: usize| shares.as_ref().map(|shares| shares[index]);
        let served_model = self.served_model;
        let completion = |(index, choice): (usize, Choice)| Completion {
            text: Text::new(choice.text),
            form: Form::Chat,
            finish_reason: choice.finish_reason,
            usage: Usage {
                prompt: self.usage.prompt,
                cached: self.usage.cached,
                completion: of(&outputs, index),
                reasoning: of(&reasonings, index),
            },
            counted: counts[index],
            counted_prompt: Some(counted_prompt),
            usd: None,
            served_model: served_model.clone(),
        };
        self.choices.into_iter().enumerate().map(completion).collect()
    }
}

/// Splits what a server reports for several completions together: in proportion to our own counts, in whole tokens
/// that sum to the report.
fn shares(total: Tokens, counts: &[Tokens]) -> Vec<Tokens> {
    // Where the server counts as we do, the shares are the counts.
    let is_empty = counts.iter().all(|count| count.0 == 0);
    let weights: Vec<u128> = counts.iter().map(|count| if is_empty { 1 } else { u128::from(count.0) }).collect();
    let all: u128 = weights.iter().sum();
    let mut before = 0;
    let mut given = 0;
    let share = |weight: &u128| {
        before += weight;
        let upto = (u128::from(total.0) * before / all) as u64;
        let share = Tokens(upto - given);
        given = upto;
        share
    };
    weights.iter().map(share).collect()
}

/// What an error's body says, in the server's words: its message and its code.
pub(crate) fn error_of(body: &str) -> (Option<String>, Option<String>) {
    let Ok(value) = serde_json::from_str::<Value>(body) else { return (None, None) };
    let code = ["code", "type"].iter().find_map(|field| value.pointer(&format!("/error/{field}"))?.as_str());
    (error_message(&value), code.map(str::to_owned))
}

fn error_message(value: &Value) -> Option<String> {
    let error = value.get("error").filter(|error| !error.is_null())?;
    let message = error.get("message").unwrap_or(error);
    Some(message.as_str().map_or_else(|| message.to_string(), str::to_owned))
}

/// A parameter of the sampling, unless it is left out.
fn put(body: &mut Map<String, Value>, sampling: &Sampling, name: &str, field: &str, value: impl Into<Value>) {
    if !sampling.omit.contains(name) {
        body.insert(field.to_owned(), value.into());
    }
}

/// The seed of a request: the run's seed and the place that the request asks for, in a number that every JSON reader
/// holds exactly.
fn seed(request: &Request) -> u64 {
    let (problem, replicate) = (request.problem_digest.to_string(), request.replicate.to_string());
    let slot = request.slots.first().map(ToString::to_string).unwrap_or_default();
    let seat = request.seat.to_string();
    let digest = seed_for(request.seed, &["request", &problem, &replicate, &slot, &seat]);
    u64::from_le_bytes(*digest.as_bytes().first_chunk().expect("a digest has more than eight bytes")) >> 33
}

/// What a simulated programmer at a server goes by beside the messages, so that it answers as it does without a server
/// between. Only such servers are told.
fn place(request: &Request) -> Value {
    json!({
        "seed": request.seed,
        "problem": request.problem,
        "problem_digest": request.problem_digest,
        "replicate": request.replicate,
        "role": request.seat,
        "slots": request.slots,
    })
}

/// A digest over everything that a server is asked, apart from seeds and places.
pub(crate) fn request_digest(model: &str, request: &Request) -> Digest {
    let sampling = serde_json::to_string(&request.sampling).expect("sampling is plain data");
    let mut parts: Vec<&[u8]> = vec![model.as_bytes(), sampling.as_bytes()];
    for message in &request.messages {
        parts.push(message.speaker.as_str().as_bytes());
        parts.push(message.content.as_bytes());
    }
    Digest::of_parts(parts)
}

#[cfg(test)]
mod tests;
