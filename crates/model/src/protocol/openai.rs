//! OpenAI's chat completions, which most servers speak.

use super::{Choice, Parsed, place, put, seed};
use crate::Request;
use crate::provider::{Endpoint, SeedField};
use mend_core::{FinishReason, Tokens, Usage};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

pub(super) fn body(endpoint: &Endpoint, request: &Request) -> Value {
    let sampling = &request.sampling;
    let message = |message: &crate::Message| json!({"role": message.speaker.as_str(), "content": message.content});
    let mut body = Map::new();
    body.insert("model".to_owned(), endpoint.model.as_str().into());
    body.insert("messages".to_owned(), request.messages.iter().map(message).collect());
    put(&mut body, sampling, "temperature", "temperature", sampling.temperature);
    if sampling.top_p < 1.0 {
        put(&mut body, sampling, "top-p", "top_p", sampling.top_p);
    }
    let limit = if endpoint.limits_completion { "max_completion_tokens" } else { "max_tokens" };
    put(&mut body, sampling, "max-tokens", limit, sampling.max_tokens.0);
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

/// A choice that is delivered twice counts once: the first of each index.
pub(super) fn parse(value: &Value, asked: usize) -> Result<Parsed, String> {
    let choices = value.get("choices").and_then(Value::as_array).ok_or("there is no list `choices`")?;
    let mut by_index = BTreeMap::new();
    for (position, choice) in choices.iter().enumerate() {
        let index = choice.get("index").and_then(Value::as_u64).unwrap_or(position as u64);
        if let std::collections::btree_map::Entry::Vacant(e) = by_index.entry(index) {
            e.insert(read(choice)?);
        }
    }
    let usage = value.get("usage").filter(|usage| usage.is_object());
    let count = |path: &str| usage.and_then(|usage| usage.pointer(path)).and_then(Value::as_u64).map(Tokens);
    Ok(Parsed {
        choices: by_index.into_values().take(asked).collect(),
        usage: Usage {
            prompt: count("/prompt_tokens"),
            // The second is DeepSeek's word.
            cached: count("/prompt_tokens_details/cached_tokens").or_else(|| count("/prompt_cache_hit_tokens")),
            reasoning: count("/completion_tokens_details/reasoning_tokens"),
            completion: count("/completion_tokens"),
        },
        served_model: value.get("model").and_then(Value::as_str).map(str::to_owned),
    })
}

fn read(choice: &Value) -> Result<Choice, String> {
    let message = choice.get("message").ok_or("a choice has no `message`")?;
    let content = message.get("content").unwrap_or(&Value::Null);
    let refusal = message.get("refusal").and_then(Value::as_str);
    let text = match content {
        Value::String(text) => text.clone(),
        Value::Array(parts) => parts.iter().filter_map(|part| part.get("text")?.as_str()).collect(),
        Value::Null => String::new(),
        _ => return Err("a choice's `content` is not text".to_owned()),
    };
    let reason = match choice.get("finish_reason").and_then(Value::as_str) {
        Some("stop") => FinishReason::Stop,
        Some("length") => FinishReason::Length,
        Some("content_filter") => FinishReason::ContentFilter,
        _ => FinishReason::Unknown,
    };
    Ok(match refusal {
        Some(refusal) if text.is_empty() => {
            Choice { text: refusal.to_owned(), finish_reason: FinishReason::Refusal, replaced: 0 }
        }
        _ => Choice { text, finish_reason: reason, replaced: 0 },
    })
}
