//! The two languages, from the server's side.

use mend_core::{Completion, Digest, FinishReason, ProblemId, Sampling, Seat, Slot, Tokens};
use mend_model::{Answer, Message, Request, Speaker};
use serde::Deserialize;
use serde_json::{Value, json};

/// A language.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Language {
    OpenAi,
    Anthropic,
}

/// What a client that knows of simulations says beside the messages.
#[derive(Deserialize)]
struct Place {
    seed: u64,
    problem: ProblemId,
    problem_digest: Digest,
    replicate: u32,
    seat: Seat,
    slots: Vec<Slot>,
}

/// A request, and the model that it is for.
pub(crate) struct Asked {
    pub(crate) model: String,
    pub(crate) request: Request,
}

impl Language {
    /// Reads a body. A client that says nothing of places is told apart by its `seed`, and asks as a coder.
    pub(crate) fn read(self, body: &Value) -> Result<Asked, String> {
        let text = |field: &str| body.get(field).and_then(Value::as_str).map(str::to_owned);
        let model = text("model").ok_or("`model` is missing")?;
        let turns = body.get("messages").and_then(Value::as_array).ok_or("`messages` is missing")?;
        let mut messages: Vec<Message> = turns.iter().map(message).collect::<Result<_, _>>()?;
        if let Some(system) = text("system").filter(|_| self == Self::Anthropic) {
            messages.insert(0, Message { speaker: Speaker::System, content: system });
        }
        let number = |field: &str| body.get(field).and_then(Value::as_u64);
        let limit = number("max_tokens").or_else(|| number("max_completion_tokens"));
        if limit.is_none() && self == Self::Anthropic {
            return Err("`max_tokens` is missing".to_owned());
        }
        let n = number("n").unwrap_or(1).clamp(1, 128) as u32;
        let temperature = body.get("temperature").and_then(Value::as_f64).unwrap_or(1.0);
        let place: Option<Place> = match body.get("mend") {
            Some(place) => Some(Place::deserialize(place).map_err(|error| format!("`mend`: {error}"))?),
            None => None,
        };
        let place = place.unwrap_or_else(|| Place {
            seed: number("seed").unwrap_or(0),
            problem: ProblemId::new("unknown"),
            problem_digest: Digest::of(b""),
            replicate: 0,
            seat: Seat::CODER,
            slots: (0..n).map(Slot::program).collect(),
        });
        if place.slots.len() as u32 != n {
            return Err("`mend.slots` are not as many as `n`".to_owned());
        }
        let sampling = Sampling::new(temperature, Tokens(limit.unwrap_or(4096)));
        let request = Request {
            problem: place.problem,
            problem_digest: place.problem_digest,
            replicate: place.replicate,
            seed: place.seed,
            seat: place.seat,
            slots: place.slots,
            messages,
            program: None,
            first: 0,
            sampling,
        };
        Ok(Asked { model, request })
    }

    /// The body of an answer.
    pub(crate) fn write(self, model: &str, answer: &Answer) -> Value {
        let text =
            |completion: &Completion| completion.text.body().map(std::string::ToString::to_string).unwrap_or_default();
        let sum = |of: fn(&Completion) -> Option<Tokens>| -> u64 {
            answer.completions.iter().filter_map(of).map(|tokens| tokens.0).sum()
        };
        // A prompt that several completions share is billed once.
        let prompt = answer.completions.first().and_then(|completion| completion.usage.prompt).unwrap_or_default().0;
        let output = sum(|completion| completion.usage.completion);
        match self {
            Self::OpenAi => {
                let choice = |(index, completion): (usize, &Completion)| {
                    let is_refusal = completion.finish_reason == FinishReason::Refusal;
                    let message = if is_refusal {
                        json!({"role": "assistant", "content": null, "refusal": text(completion)})
                    } else {
                        json!({"role": "assistant", "content": text(completion), "refusal": null})
                    };
                    let reason = match completion.finish_reason {
                        FinishReason::Length => "length",
                        FinishReason::ContentFilter => "content_filter",
                        _ => "stop",
                    };
                    json!({"index": index, "message": message, "finish_reason": reason, "logprobs": null})
                };
                json!({
                    "id": "chatcmpl-simulated",
                    "object": "chat.completion",
                    "created": 0,
                    "model": model,
                    "choices": answer.completions.iter().enumerate().map(choice).collect::<Vec<_>>(),
                    "usage": {"prompt_tokens": prompt, "completion_tokens": output, "total_tokens": prompt + output},
                })
            }
            Self::Anthropic => {
                let first = answer.completions.first();
                let reason = match first.map(|completion| completion.finish_reason) {
                    Some(FinishReason::Length) => "max_tokens",
                    Some(FinishReason::Refusal | FinishReason::ContentFilter) => "refusal",
                    _ => "end_turn",
                };
                json!({
                    "id": "msg-simulated",
                    "type": "message",
                    "role": "assistant",
                    "model": model,
                    "content": [{"type": "text", "text": first.map(text).unwrap_or_default()}],
                    "stop_reason": reason,
                    "stop_sequence": null,
                    "usage": {"input_tokens": prompt, "output_tokens": output},
                })
            }
        }
    }
}

fn message(turn: &Value) -> Result<Message, String> {
    let speaker = match turn.get("role").and_then(Value::as_str) {
        Some("system" | "developer") => Speaker::System,
        Some("user") => Speaker::User,
        Some("assistant") => Speaker::Assistant,
        _ => return Err("a message has no known `role`".to_owned()),
    };
    let content = match turn.get("content") {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Array(parts)) => parts.iter().filter_map(|part| part.get("text")?.as_str()).collect(),
        _ => return Err("a message has no `content`".to_owned()),
    };
    Ok(Message { speaker, content })
}
