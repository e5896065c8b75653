//! Anthropic's messages.

use super::counts::Counts;
use super::told::Told;
use super::{Choice, Parsed, Unreadable, ended, place, put};
use crate::failure::Kind;
use crate::provider::Endpoint;
use crate::{Oddity, Request, Speaker};
use mend_core::{FinishReason, Usage};
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

pub(super) fn parse(value: &Value) -> Result<Parsed, Unreadable> {
    let content = match value.get("content") {
        Some(Value::Array(content)) => content.as_slice(),
        Some(Value::Null) => &[],
        _ => return Err(Unreadable::foreign("it is JSON without a list `content`")),
    };
    let (usage, mut oddities) = usage(value);
    let text: String = content
        .iter()
        .filter(|block| block.get("type").and_then(Value::as_str) == Some("text"))
        .filter_map(|block| block.get("text")?.as_str())
        .collect();
    let Some(finish_reason) = ended(value.get("stop_reason"), &mut oddities) else {
        let told = Box::new(Told::plain("the answer broke off (`stop_reason`)"));
        return Err(Unreadable::Told { told, usage });
    };
    // An empty list is an answer only if the model refuses or had no room left for text.
    if content.is_empty() && !matches!(finish_reason, FinishReason::Refusal | FinishReason::Length) {
        return Err(Unreadable::Not { kind: Kind::Empty, why: String::new(), usage });
    }
    let served_model = value.get("model").and_then(Value::as_str).map(str::to_owned);
    Ok(Parsed { choices: vec![Choice { text, finish_reason, replaced: 0 }], usage, served_model, oddities })
}

pub(super) fn usage(value: &Value) -> (Usage, Vec<Oddity>) {
    let mut counts = Counts::of(value);
    let (input, output) = (counts.read(&["/input_tokens"]), counts.read(&["/output_tokens"]));
    let (read, written) = (counts.read(&["/cache_read_input_tokens"]), counts.read(&["/cache_creation_input_tokens"]));
    let usage = Usage {
        // Reported without what was read from or written to a cache.
        prompt: input.map(|input| input + read.unwrap_or_default() + written.unwrap_or_default()),
        cached: read,
        reasoning: None,
        completion: output,
    };
    (usage, counts.oddities)
}
