//! Anthropic's messages.

use super::{Choice, Parsed, place, put};
use crate::provider::Endpoint;
use crate::{Request, Speaker};
use mend_core::{FinishReason, Tokens, Usage};
use serde_json::{Map, Value, json};

pub(super) fn body(endpoint: &Endpoint, request: &Request) -> Value {
    let sampling = &request.sampling;
    let said_by =
        |speaker| request.messages.iter().filter(move |message| (message.speaker == Speaker::System) == speaker);
    let system: Vec<&str> = said_by(true).map(|message| message.content.as_str()).collect();
    let turns: Vec<Value> =
        said_by(false).map(|message| json!({"role": message.speaker.as_str(), "content": message.content})).collect();
    let mut body = Map::new();
    body.insert("model".to_owned(), endpoint.model.as_str().into());
    if !system.is_empty() {
        body.insert("system".to_owned(), system.join("\n\n").into());
    }
    body.insert("messages".to_owned(), turns.into());
    put(&mut body, sampling, "temperature", "temperature", sampling.temperature);
    if sampling.top_p < 1.0 {
        put(&mut body, sampling, "top-p", "top_p", sampling.top_p);
    }
    // The protocol demands it: it cannot be left out.
    body.insert("max_tokens".to_owned(), sampling.max_tokens.0.into());
    if !sampling.stop.is_empty() {
        body.insert("stop_sequences".to_owned(), sampling.stop.as_slice().into());
    }
    if endpoint.is_simulated() {
        body.insert("mend".to_owned(), place(request));
    }
    body.into()
}

pub(super) fn parse(value: &Value) -> Result<Parsed, String> {
    let content = value.get("content").and_then(Value::as_array).ok_or("there is no list `content`")?;
    let text: String = content
        .iter()
        .filter(|block| block.get("type").and_then(Value::as_str) == Some("text"))
        .filter_map(|block| block.get("text")?.as_str())
        .collect();
    let finish_reason = match value.get("stop_reason").and_then(Value::as_str) {
        Some("end_turn" | "stop_sequence") => FinishReason::Stop,
        Some("max_tokens" | "model_context_window_exceeded") => FinishReason::Length,
        Some("refusal") => FinishReason::Refusal,
        _ => FinishReason::Unknown,
    };
    // An empty list is an answer only if the model refuses or had no room left for text.
    let is_empty = content.is_empty() && !matches!(finish_reason, FinishReason::Refusal | FinishReason::Length);
    let usage = value.get("usage").filter(|usage| usage.is_object());
    let count = |field: &str| usage.and_then(|usage| usage.get(field)).and_then(Value::as_u64).map(Tokens);
    let (read, written) = (count("cache_read_input_tokens"), count("cache_creation_input_tokens"));
    Ok(Parsed {
        choices: if is_empty { Vec::new() } else { vec![Choice { text, finish_reason, replaced: 0 }] },
        usage: Usage {
            // Reported without what was read from or written to a cache.
            prompt: count("input_tokens").map(|input| input + read.unwrap_or_default() + written.unwrap_or_default()),
            cached: read,
            reasoning: None,
            completion: count("output_tokens"),
        },
        served_model: value.get("model").and_then(Value::as_str).map(str::to_owned),
    })
}
