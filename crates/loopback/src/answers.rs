//! From a request to a response.

use crate::Service;
use crate::faults::{Fault, Seen};
use crate::protocols::{Asked, Language};
use crate::responses::{error, error_body, json};
use axum::http::HeaderMap;
use axum::response::Response;
use mend_core::{Completion, FinishReason, Form, Text, Tokens, Usage};
use mend_model::{Answer, Model as _, count_tokens};
use serde_json::{Value, json};

/// Answers a request, with whatever goes wrong.
pub(crate) async fn answer(service: &Service, language: Language, headers: &HeaderMap, body: &[u8]) -> Response {
    let Ok(body) = serde_json::from_slice::<Value>(body) else {
        return error(language, 400, "the body is not JSON", None);
    };
    if let Some(latency) = service.latency {
        tokio::time::sleep(latency).await;
    }
    let lines = headers.iter().map(|(name, value)| format!("{name}: {}", value.to_str().unwrap_or_default()));
    let headers: Vec<String> = lines.collect();
    let fault = if service.script.is_some() {
        service.look(Seen { body: body.clone(), headers: headers.clone(), attempt: 0, fault: None })
    } else {
        None
    };
    let asked = match language.read(&body) {
        Ok(asked) => asked,
        Err(why) => return error(language, 400, &why, Some("invalid_request_error")),
    };
    let Some(programmer) = service.programmers.get(&asked.model) else {
        let known: Vec<&str> = service.programmers.keys().map(String::as_str).collect();
        let why = format!("the model `{}` does not exist; there are {}", asked.model, known.join(", "));
        return error(language, 404, &why, Some("model_not_found"));
    };
    if language == Language::Anthropic && asked.request.slots.len() > 1 {
        return error(language, 400, "`n` is not known", Some("invalid_request_error"));
    }
    let answered = match &service.canned {
        Some(text) => canned(&asked, text),
        None => match programmer.complete(&asked.request).await {
            Ok(answer) => answer,
            Err(failure) => return error(language, 500, &failure.to_string(), None),
        },
    };
    let mut written = language.write(&asked.model, &spoil(answered, fault.as_ref()));
    if let Some(fault) = &fault {
        damage(&mut written, fault, &headers);
    }
    match fault {
        Some(fault) => fault.response(language, written.to_string()).await,
        None => json(written.to_string().into()),
    }
}

/// What came of a request that a batch holds.
pub(crate) enum Done {
    /// A status and a body.
    Response(u16, Value),
    /// The batch did not come to it.
    Expired,
}

impl Done {
    pub(crate) fn is_success(&self) -> bool {
        matches!(self, Self::Response(200, _))
    }
}

/// Works on a request that a batch holds, with whatever goes wrong.
pub(crate) async fn in_batch(service: &Service, language: Language, body: &Value) -> Done {
    let fault = match service.script {
        Some(_) => service.look(Seen { body: body.clone(), headers: Vec::new(), attempt: 0, fault: None }),
        None => None,
    };
    let refused = |status, why: &str, code| Done::Response(status, error_body(language, why, code));
    match &fault {
        Some(Fault::Expired) => return Done::Expired,
        Some(Fault::Status(status, message)) => {
            let code = match (language, status) {
                (Language::Anthropic, 400) => Some("invalid_request_error"),
                (Language::Anthropic, 529) => Some("overloaded_error"),
                (Language::Anthropic, _) => Some("api_error"),
                (Language::OpenAi, _) => None,
            };
            return refused(*status, message, code);
        }
        _ => {}
    }
    let asked = match language.read(body) {
        Ok(asked) => asked,
        Err(why) => return refused(400, &why, Some("invalid_request_error")),
    };
    let Some(programmer) = service.programmers.get(&asked.model) else {
        return refused(404, "no such model", Some("not_found_error"));
    };
    let answered = match &service.canned {
        Some(text) => canned(&asked, text),
        None => match programmer.complete(&asked.request).await {
            Ok(answer) => answer,
            Err(failure) => return refused(500, &failure.to_string(), None),
        },
    };
    let mut written = language.write(&asked.model, &spoil(answered, fault.as_ref()));
    if let Some(fault) = &fault {
        damage(&mut written, fault, &[]);
    }
    Done::Response(200, written)
}

/// The list of models.
pub(crate) fn models(service: &Service) -> Response {
    let model = |name: &String| json!({"id": name, "object": "model", "owned_by": "mend: a simulation"});
    let data: Vec<Value> = service.programmers.keys().map(model).collect();
    json(json!({"object": "list", "data": data}).to_string().into())
}

fn canned(asked: &Asked, text: &str) -> Answer {
    let completion = || Completion {
        text: Text::new(text),
        form: Form::Chat,
        finish_reason: FinishReason::Stop,
        usage: Usage { prompt: Some(Tokens(1)), completion: Some(Tokens(1)), ..Usage::default() },
        counted: Tokens(0),
        counted_prompt: None,
        usd: None,
        served_model: None,
        replaced: 0,
        remark: None,
    };
    let completions = asked.request.slots.iter().map(|_| completion()).collect();
    Answer { completions, usage: Usage::default(), cost: None, body: None, oddities: Vec::new() }
}

/// What goes wrong with the text.
fn spoil(mut answer: Answer, fault: Option<&Fault>) -> Answer {
    for completion in &mut answer.completions {
        let text = completion.text.body().map(std::string::ToString::to_string).unwrap_or_default();
        match fault {
            Some(Fault::ContentFilter) => {
                completion.text = Text::new("");
                completion.finish_reason = FinishReason::ContentFilter;
            }
            Some(Fault::Length) => {
                let half: String = text.chars().take(text.chars().count() / 2).collect();
                completion.usage.completion = Some(count_tokens(&half));
                completion.text = Text::new(half);
                completion.finish_reason = FinishReason::Length;
            }
            _ => {}
        }
    }
    answer
}

/// What goes wrong with the body.
fn damage(body: &mut Value, fault: &Fault, headers: &[String]) {
    if !fault.is_content() {
        return;
    }
    let list = if body.get("choices").is_some() { "choices" } else { "content" };
    match fault {
        Fault::Empty => body[list] = json!([]),
        Fault::Duplicated if list == "choices" => {
            let choices = body[list].as_array().cloned().unwrap_or_default();
            body[list] = choices.iter().chain(&choices).cloned().collect();
        }
        Fault::NoUsage => {
            if let Some(fields) = body.as_object_mut() {
                fields.remove("usage");
            }
        }
        Fault::Indiscreet => {
            let said = headers.join("\n");
            let place = if list == "choices" { "/choices/0/message/content" } else { "/content/0/text" };
            if let Some(text) = body.pointer_mut(place) {
                *text = format!("{}\n{said}", text.as_str().unwrap_or_default()).into();
            }
        }
        Fault::Set(parts) => {
            for (pointer, value) in parts {
                set(body, pointer, value.clone());
            }
        }
        _ => {}
    }
}

fn set(body: &mut Value, pointer: &str, value: Value) {
    if let Some(part) = body.pointer_mut(pointer) {
        *part = value;
    } else if let Some((around, name)) = pointer.rsplit_once('/')
        && let Some(fields) = body.pointer_mut(around).and_then(Value::as_object_mut)
    {
        fields.insert(name.to_owned(), value);
    }
}
