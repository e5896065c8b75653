//! OpenAI's chat completions, which most servers speak.

use super::counts::Counts;
use super::told::Told;
use super::{Choice, Dialect, Parsed, Unreadable, ended, place, put, seed};
use crate::failure::Kind;
use crate::provider::{Endpoint, SeedField};
use crate::{Oddity, Request};
use mend_core::{FinishReason, Tokens, Usage};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

pub(super) fn body(endpoint: &Endpoint, request: &Request, dialect: Dialect) -> Value {
    let sampling = &request.sampling;
    let message = |message: &crate::Message| json!({"role": message.speaker.as_str(), "content": message.content});
    let mut body = Map::new();
    body.insert("model".to_owned(), endpoint.model.as_str().into());
    body.insert("messages".to_owned(), request.messages.iter().map(message).collect());
    put(&mut body, sampling, "temperature", "temperature", sampling.temperature);
    if sampling.top_p < 1.0 {
        put(&mut body, sampling, "top-p", "top_p", sampling.top_p);
    }
    put(&mut body, sampling, "max-tokens", dialect.limit.as_str(), sampling.max_tokens.0);
    if request.slots.len() > 1 {
        body.insert("n".to_owned(), request.slots.len().into());
    }
    match endpoint.seed {
        Some(SeedField::Seed) => put(&mut body, sampling, "seed", "seed", seed(request)),
        Some(SeedField::RandomSeed) => put(&mut body, sampling, "seed", "random_seed", seed(request)),
        None => {}
    }
    if !sampling.stop.is_empty() {
        body.insert("stop".to_owned(), sampling.stop.as_slice().into());
    }
    if let Some(effort) = &sampling.reasoning_effort {
        body.insert("reasoning_effort".to_owned(), effort.as_str().into());
    }
    if endpoint.is_simulated() {
        body.insert("mend".to_owned(), place(request));
    }
    body.into()
}

/// What became of one choice.
enum Read {
    Choice(Choice),
    /// It holds an error, or broke off.
    Failed(Told),
}

/// A choice that is delivered twice counts once. One that failed is left out if others did not: it is asked for again.
pub(super) fn parse(value: &Value, asked: usize) -> Result<Parsed, Unreadable> {
    let list = value.get("choices").ok_or_else(|| Unreadable::foreign("it is JSON without a list `choices`"))?;
    let choices = match list {
        Value::Array(choices) => choices.as_slice(),
        Value::Null => &[],
        _ => return Err(Unreadable::foreign("its `choices` are not a list")),
    };
    let (usage, mut oddities) = usage(value);
    let mut found: Vec<(u64, Read)> = Vec::new();
    let mut seen = BTreeSet::new();
    for (position, choice) in choices.iter().enumerate() {
        let index = choice.get("index").and_then(Value::as_u64).unwrap_or(position as u64);
        // Not by the index: some servers give all choices the same.
        if !seen.insert(choice.to_string()) {
            continue;
        }
        found.push((index, read(choice, &mut oddities)?));
    }
    // The order of those with the same index stays.
    found.sort_by_key(|(index, _)| *index);
    let mut failed = None;
    let mut read = Vec::new();
    for (_, choice) in found {
        match choice {
            Read::Choice(choice) => read.push(choice),
            Read::Failed(told) => failed = failed.or(Some(told)),
        }
    }
    match failed {
        Some(told) if read.is_empty() => return Err(Unreadable::Told { told: Box::new(told), usage }),
        Some(told) => oddities.push(Oddity {
            what: "some completions of a request for several failed and are asked for again".to_owned(),
            example: told.said(),
        }),
        None => {}
    }
    if read.is_empty() {
        return Err(Unreadable::Not { kind: Kind::Empty, why: String::new(), usage });
    }
    read.truncate(asked);
    let served_model = value.get("model").and_then(Value::as_str).map(str::to_owned);
    Ok(Parsed { choices: read, usage, served_model, oddities })
}

fn read(choice: &Value, oddities: &mut Vec<Oddity>) -> Result<Read, Unreadable> {
    if let Some(told) = Told::in_body(&json!({"error": choice.get("error")})) {
        return Ok(Read::Failed(told));
    }
    let Some(reason) = ended(choice.get("finish_reason"), oddities) else {
        let word = choice.get("finish_reason").and_then(Value::as_str).unwrap_or_default();
        return Ok(Read::Failed(Told::plain(&format!("the answer broke off (`finish_reason`: `{word}`)"))));
    };
    // The second is that of completions without a chat.
    let content = match (choice.get("message"), choice.get("text")) {
        (Some(message), _) => message.get("content").unwrap_or(&Value::Null),
        (None, Some(text)) => text,
        (None, None) => return Err(Unreadable::foreign("a choice has no `message`")),
    };
    let text = match content {
        Value::String(text) => text.clone(),
        Value::Array(parts) => parts.iter().filter_map(part).collect(),
        Value::Null => String::new(),
        _ => return Err(Unreadable::foreign("a choice's `content` is not text")),
    };
    let refusal = choice.pointer("/message/refusal").and_then(Value::as_str).filter(|refusal| !refusal.is_empty());
    Ok(Read::Choice(match refusal {
        Some(refusal) if text.is_empty() => {
            Choice { text: refusal.to_owned(), finish_reason: FinishReason::Refusal, replaced: 0 }
        }
        _ => Choice { text, finish_reason: reason, replaced: 0 },
    }))
}

/// The text of a part of a message. What a model thought stands in parts of other types, or beside the content
/// (`reasoning_content`, `reasoning`): it is no part of the answer.
fn part(part: &Value) -> Option<&str> {
    match part.get("type").and_then(Value::as_str) {
        None | Some("text" | "output_text") => part.as_str().or_else(|| part.get("text")?.as_str()),
        Some(_) => None,
    }
}

pub(super) fn usage(value: &Value) -> (Usage, Vec<Oddity>) {
    let mut counts = Counts::of(value);
    let prompt = counts.read(&["/prompt_tokens", "/input_tokens"]);
    let completion = counts.read(&["/completion_tokens", "/output_tokens"]);
    let total = counts.read(&["/total_tokens"]);
    // The last is DeepSeek's word.
    let cached = counts.read(&["/prompt_tokens_details/cached_tokens", "/prompt_cache_hit_tokens"]);
    let reasoning = counts.read(&["/completion_tokens_details/reasoning_tokens"]);
    let completion = match (prompt, completion, reasoning, total) {
        // Some servers count reasoning beside the completion. Only the total tells.
        (Some(prompt), Some(completion), Some(reasoning), Some(total))
            if reasoning > Tokens(0) && total == prompt + completion + reasoning =>
        {
            Some(completion + reasoning)
        }
        (_, completion, ..) => completion,
    };
    (Usage { prompt, cached, reasoning, completion }, counts.oddities)
}
