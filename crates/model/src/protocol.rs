//! What servers are told and what they answer, in the two languages that they speak. No input or output happens here.

mod anthropic;
mod counts;
mod dialect;
mod openai;
mod told;

pub(crate) use dialect::{Dialect, LimitField};
pub(crate) use told::Told;

use crate::failure::Kind;
use crate::provider::{Endpoint, Protocol};
use crate::{Oddity, Request, count_tokens};
use mend_core::json::{self, Read};
use mend_core::{Completion, Digest, Ending, FinishReason, Form, Sampling, Text, Tokens, Usage, seed_for};
use serde_json::{Map, Value, json};

/// Parameters that can be left out of requests, by their names on the command line.
pub const OMITTABLE: [&str; 4] = ["temperature", "top-p", "max-tokens", "seed"];

/// The body of a request.
pub(crate) fn body(endpoint: &Endpoint, request: &Request, dialect: Dialect) -> Value {
    match endpoint.protocol {
        Protocol::OpenAi => openai::body(endpoint, request, dialect),
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
    /// What is odd about it.
    pub(crate) oddities: Vec<Oddity>,
}

/// One completion as the server sent it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Choice {
    pub(crate) text: String,
    pub(crate) finish_reason: FinishReason,
    /// Characters that no text can hold, each U+FFFD in the text.
    pub(crate) replaced: u64,
}

/// Why a body of a response is not an answer. `usage` is what it says that it cost all the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Unreadable {
    /// It tells of an error.
    Told { told: Box<Told>, usage: Usage },
    /// It is none for another reason.
    Not { kind: Kind, why: String, usage: Usage },
}

impl Unreadable {
    fn of(kind: Kind, why: impl Into<String>) -> Self {
        Self::Not { kind, why: why.into(), usage: Usage::default() }
    }

    /// Not what the protocol says: perhaps it comes from another kind of server.
    fn foreign(why: impl Into<String>) -> Self {
        Self::of(Kind::Foreign, why)
    }
}

/// Reads the body of a response that is a success by its status. `content_type` is the header.
pub(crate) fn parse(protocol: Protocol, body: &[u8], content_type: &str, asked: usize) -> Result<Parsed, Unreadable> {
    let Read { value, replaced } = json::read::<Value>(body).map_err(|error| no_json(body, content_type, &error))?;
    if let Some(told) = Told::in_body(&value) {
        return Err(Unreadable::Told { told: Box::new(told), usage: usage(protocol, &value) });
    }
    let mut parsed = match protocol {
        Protocol::OpenAi => openai::parse(&value, asked)?,
        Protocol::Anthropic => anthropic::parse(&value)?,
    };
    if replaced > 0 {
        for choice in &mut parsed.choices {
            // Some of them may stand in parts of the body that are not read.
            let found = choice.text.chars().filter(|c| *c == char::REPLACEMENT_CHARACTER).count() as u64;
            choice.replaced = found.min(replaced);
        }
        parsed.oddities.push(Oddity::plain(
            "an answer held characters that no text can (half a surrogate pair, or bytes outside UTF-8): each is \
             replaced by U+FFFD and counted",
        ));
    }
    parsed.distrust_zeros();
    Ok(parsed)
}

/// What a body says that it cost, whatever else it says.
fn usage(protocol: Protocol, value: &Value) -> Usage {
    match protocol {
        Protocol::OpenAi => openai::usage(value).0,
        Protocol::Anthropic => anthropic::usage(value).0,
    }
}

/// What a body is that cannot be read as JSON.
fn no_json(body: &[u8], content_type: &str, error: &serde_json::Error) -> Unreadable {
    let bare = body.trim_ascii();
    let begins = |with: &str| bare.starts_with(with.as_bytes());
    let is_type = |part: &str| content_type.to_ascii_lowercase().contains(part);
    if bare.is_empty() {
        return Unreadable::of(Kind::Empty, "the body is empty");
    }
    if is_type("event-stream") || ["data:", "event:", "id:", ": "].iter().any(|field| begins(field)) {
        return Unreadable::foreign("it is a stream of events, which was not asked for");
    }
    if begins("<") || is_type("html") {
        let title = told::title(&String::from_utf8_lossy(bare))
            .map_or(String::new(), |title| format!(" with the title `{title}`"));
        return Unreadable::foreign(format!("it is a page of HTML and not JSON{title}"));
    }
    if begins("{") || begins("[") {
        // Begun as JSON: something cut or damaged it on the way.
        return Unreadable::of(Kind::Garbled, error.to_string());
    }
    Unreadable::foreign(format!("it is not JSON, and begins with `{}`", beginning(bare)))
}

/// The first words of some bytes.
fn beginning(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(&bytes[..bytes.len().min(200)]);
    text.chars().take(40).map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// Why an answer ended; `None` if it broke off. A word that nobody knows is odd.
fn ended(word: Option<&Value>, oddities: &mut Vec<Oddity>) -> Option<FinishReason> {
    let word = match word {
        None | Some(Value::Null) => return Some(FinishReason::Unknown),
        Some(Value::String(word)) => word.clone(),
        // Some servers say more of it.
        Some(Value::Object(fields)) => fields.get("type").and_then(Value::as_str).unwrap_or_default().to_owned(),
        Some(other) => other.to_string(),
    };
    match Ending::of_word(&word) {
        Some(Ending::Ended(reason)) => Some(reason),
        Some(Ending::BrokenOff) => None,
        None => {
            let word: String = word.chars().take(60).collect();
            oddities.push(Oddity::plain(format!("the finish reason `{word}` is not known and counts as `unknown`")));
            Some(FinishReason::Unknown)
        }
    }
}

impl Parsed {
    /// Every prompt has tokens, and so has every text: where a server reports none, it did not count.
    fn distrust_zeros(&mut self) {
        let has_text = self.choices.iter().any(|choice| !choice.text.is_empty());
        let zero = Some(Tokens(0));
        let usage = &mut self.usage;
        let mut distrust = |count: &mut Option<Tokens>, what: &str| {
            if *count == zero && has_text {
                *count = None;
                self.oddities.push(Oddity::plain(format!("no token is reported for {what}: counts as not reported")));
            }
        };
        distrust(&mut usage.prompt, "a prompt");
        distrust(&mut usage.completion, "a completion that has text");
    }

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
            replaced: choice.replaced,
            remark: None,
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

/// What the body of a response says that is an error by its status.
pub(crate) fn error_of(body: &[u8]) -> Told {
    let value = json::read::<Value>(body).map(|read| read.value);
    match value {
        Ok(value) => {
            let told = Told::in_body(&value).unwrap_or_else(|| Told::of(&value));
            if told.said().is_empty() { Told::plain(&String::from_utf8_lossy(body)) } else { told }
        }
        Err(_) => Told::plain(&String::from_utf8_lossy(body)),
    }
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
        "seat": request.seat,
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
