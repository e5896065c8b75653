//! A model at a server, asked by its batch interface.
//!
//! OpenAI's: a file of requests is uploaded, a batch is made of it, and once that has ended its answers and its errors are
//! two further files. Anthropic's: a batch holds its requests, and its results lie at an address of their own.

use super::HttpModel;
use super::errors::of_told;
use super::response::Response;
use crate::batches::{BatchResult, Batches, Ended, Results, Trouble, name_of};
use crate::failure::{Failure, Kind};
use crate::protocol::{self, Told};
use crate::provider::Protocol;
use crate::{Answer, ModelError, Request, Then};
use futures::FutureExt as _;
use mend_core::Usage;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

/// What stands between the parts of an upload: no request holds it, as it is no JSON.
const BOUNDARY: &str = "mend-batch-8f14e45fceea167a5a36dedd4bea2543";
/// The longest list of results that is read.
const MOST_BYTES: usize = 1 << 30;
/// Pages of a provider's list of batches that are looked through at most, each of a hundred.
const PAGES: usize = 50;

impl HttpModel {
    /// One attempt at a request, by a batch.
    pub(super) async fn batched(&self, batches: &Arc<Batches>, request: &Request) -> Result<Answer, ModelError> {
        let dialect = self.learned.dialect();
        let body = protocol::body(&self.endpoint, request, dialect);
        let name = name_of(request, &body);
        let place = format!("{} {}", self.endpoint.url, self.endpoint.model);
        let (model, shared) = (self.clone(), Arc::clone(batches));
        let waiting = batches.join(&place, &name, body, move |key| Run { model, batches: shared, key }.run().boxed());
        let key = batches.holder(&name).unwrap_or_default();
        let outcome = waiting.await;
        let nothing = Told::default();
        let failed = |kind, detail: &str| -> ModelError { self.failure(kind, detail, &nothing, request).into() };
        let reply = match outcome {
            Err(Trouble { failure, is_void: false }) => {
                // Its provider has it all the same.
                batches.look_anew(&key);
                return Err(failure.into());
            }
            Err(Trouble { failure, is_void: true }) => Err(failure.into()),
            Ok(results) => match results.get(&name) {
                Some(BatchResult::Response { status, body }) => self.of_batch(*status, body, dialect, request),
                Some(BatchResult::NotDone(why)) => Err(failed(Kind::Overloaded, why)),
                None => Err(failed(Kind::Empty, "the batch ended without a result for the request")),
            },
        };
        if reply.is_err() {
            // It may stand in another batch now.
            let noted = batches.failed(&key, BTreeSet::from([name]));
            noted.map_err(|error| failed(Kind::Unreachable, &format!("cannot note the batch: {error}")))?;
        }
        reply
    }

    /// A result, as if it had come by itself.
    fn of_batch(
        &self,
        status: u16,
        body: &Value,
        dialect: protocol::Dialect,
        request: &Request,
    ) -> Result<Answer, ModelError> {
        let bytes = body.to_string().into_bytes();
        let response = Response {
            status,
            content_type: "application/json".to_owned(),
            encoding: String::new(),
            body: bytes,
            retry_after: None,
        };
        if response.is_success() {
            return self.read_answer(&response, dialect, request);
        }
        let told = protocol::error_of(&response.body);
        self.refused(status, &told, Usage::default(), &response, dialect, request)
    }
}

/// A batch from its first request to its results.
struct Run {
    model: HttpModel,
    batches: Arc<Batches>,
    key: String,
}

/// What a provider says of a batch.
enum State {
    /// It is worked on.
    Open,
    /// It has ended, and these addresses hold its results.
    Ended(Vec<String>),
    /// Nothing of it was worked on.
    Refused(String),
}

impl Run {
    async fn run(self) -> Ended {
        let void = |failure| Trouble { failure, is_void: true };
        let later = |failure| Trouble { failure, is_void: false };
        let mut id = None;
        if self.batches.gathered(&self.key).is_some() {
            self.gather().await;
            let bodies = self.batches.close(&self.key).map_err(|error| void(self.unnoted(&error)))?;
            match self.hand_in(&bodies).await {
                Ok(named) => id = Some(named),
                // Whether it was taken all the same is asked below.
                Err(failure) if failure.kind.rule().may_be_billed => {}
                Err(failure) => return Err(void(failure)),
            }
        }
        let (noted, _) = self.batches.known(&self.key);
        let id = match id.or(noted) {
            Some(id) => id,
            None => match self.find().await.map_err(later)? {
                Some(id) => id,
                None => return Err(void(self.failure(Kind::Unreachable, "the batch did not get there"))),
            },
        };
        self.batches.named(&self.key, &id).map_err(|error| later(self.unnoted(&error)))?;
        let files = match self.ended(&id).await.map_err(later)? {
            Ok(files) => files,
            Err(why) => return Err(void(self.failure(Kind::BadRequest, &why))),
        };
        let mut results = Results::new();
        for file in files {
            results.extend(self.results(&file).await.map_err(later)?);
        }
        // What an expired batch did not come to stands in no list of some providers.
        for name in self.batches.known(&self.key).1 {
            results.entry(name).or_insert(BatchResult::NotDone("the batch ended before the request was worked on"));
        }
        Ok(Arc::new(results))
    }

    /// Waits until no further request comes.
    async fn gather(&self) {
        let options = self.batches.options;
        let mut before = 0;
        loop {
            tokio::time::sleep(options.gather).await;
            let now = self.batches.gathered(&self.key).unwrap_or_default();
            if now == before || now >= options.most {
                return;
            }
            before = now;
        }
    }

    /// Hands a batch in, and returns what its provider calls it.
    async fn hand_in(&self, bodies: &[(String, Value)]) -> Result<String, Failure> {
        let model = &self.model;
        let answer = match model.endpoint.protocol {
            Protocol::Anthropic => {
                let request = |(name, body): &(String, Value)| json!({"custom_id": name, "params": body});
                let requests: Vec<Value> = bodies.iter().map(request).collect();
                self.post(&self.address("/batches"), &json!({"requests": requests})).await?
            }
            Protocol::OpenAi => {
                let mut lines = String::new();
                for (name, body) in bodies {
                    let line =
                        json!({"custom_id": name, "method": "POST", "url": "/v1/chat/completions", "body": body});
                    let _ = writeln!(lines, "{line}");
                }
                let file = self.upload(&lines).await?;
                let wanted = json!({
                    "input_file_id": file,
                    "endpoint": "/v1/chat/completions",
                    "completion_window": "24h",
                    "metadata": {"mend": self.key},
                });
                self.post(&self.address("/batches"), &wanted).await?
            }
        };
        text(&answer, "id").ok_or_else(|| self.failure(Kind::Foreign, "the new batch has no `id`"))
    }

    async fn upload(&self, lines: &str) -> Result<String, Failure> {
        let part = |name: &str, more: &str, text: &str| {
            format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"{more}\r\n\r\n{text}\r\n")
        };
        let file = "; filename=\"mend.jsonl\"\r\nContent-Type: application/jsonl";
        let body = part("purpose", "", "batch") + &part("file", file, lines) + &format!("--{BOUNDARY}--\r\n");
        let mut headers = self.model.headers.clone();
        let kind = format!("multipart/form-data; boundary={BOUNDARY}");
        if let Ok(kind) = HeaderValue::from_str(&kind) {
            headers.insert(CONTENT_TYPE, kind);
        }
        let answer = self.exchange(&self.address("/files"), headers, Some(body)).await?;
        text(&answer, "id").ok_or_else(|| self.failure(Kind::Foreign, "the uploaded file has no `id`"))
    }

    /// Looks for a batch whose name never came home.
    async fn find(&self) -> Result<Option<String>, Failure> {
        let (_, requests) = self.batches.known(&self.key);
        let mut after = None;
        for _ in 0..PAGES {
            let name = match self.model.endpoint.protocol {
                Protocol::OpenAi => "after",
                Protocol::Anthropic => "after_id",
            };
            let from = after.as_ref().map_or(String::new(), |id| format!("&{name}={id}"));
            let page = self.get(&self.address(&format!("/batches?limit=100{from}"))).await?;
            let batches = page.get("data").and_then(Value::as_array).cloned().unwrap_or_default();
            for batch in &batches {
                let Some(id) = text(batch, "id") else { continue };
                if self.is_it(batch, &id, &requests).await? {
                    return Ok(Some(id));
                }
            }
            after = batches.last().and_then(|batch| text(batch, "id"));
            if page.get("has_more") != Some(&Value::Bool(true)) || after.is_none() {
                break;
            }
        }
        Ok(None)
    }

    /// Whether a batch of a provider's list is this one. OpenAI keeps our name of it; of Anthropic's the requests tell, once
    /// it has ended.
    async fn is_it(&self, batch: &Value, id: &str, requests: &BTreeSet<String>) -> Result<bool, Failure> {
        if self.model.endpoint.protocol == Protocol::OpenAi {
            return Ok(batch.pointer("/metadata/mend").and_then(Value::as_str) == Some(&self.key));
        }
        let counts = batch.get("request_counts").and_then(Value::as_object);
        let all: u64 = counts.into_iter().flat_map(|counts| counts.values()).filter_map(Value::as_u64).sum();
        if self.batches.ids().contains(id) || all != requests.len() as u64 {
            return Ok(false);
        }
        let Ok(files) = self.ended(id).await? else { return Ok(false) };
        for file in files {
            if self.results(&file).await?.keys().any(|name| requests.contains(name)) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Waits until a batch has ended, and returns the addresses of its results, or why it was refused as a whole.
    async fn ended(&self, id: &str) -> Result<Result<Vec<String>, String>, Failure> {
        let options = self.batches.options;
        let (mut pause, mut in_vain) = (options.first_look, Duration::ZERO);
        loop {
            tokio::time::sleep(pause).await;
            let batch = match self.get(&self.address(&format!("/batches/{id}"))).await {
                Ok(batch) => batch,
                Err(failure) => {
                    in_vain += pause;
                    self.look_again(&failure, in_vain)?;
                    pause = failure.retry_after.unwrap_or(pause.mul_f64(1.5)).min(options.longest_pause);
                    continue;
                }
            };
            in_vain = Duration::ZERO;
            pause = pause.mul_f64(1.5).min(options.longest_pause);
            match self.state(&batch, id) {
                State::Open => {}
                State::Ended(files) => return Ok(Ok(files)),
                State::Refused(why) => return Ok(Err(why)),
            }
        }
    }

    /// Whether to look again after a look that failed: a batch is worked on all the same, and a look costs nothing. Not so
    /// once it was in vain for as long as a request may take.
    fn look_again(&self, failure: &Failure, in_vain: Duration) -> Result<(), Failure> {
        if failure.kind.rule().then != Then::Retry || in_vain > self.model.patience.deadline {
            return Err(failure.clone());
        }
        tracing::info!(batch = self.key, %failure, "looking again");
        Ok(())
    }

    fn state(&self, batch: &Value, id: &str) -> State {
        match self.model.endpoint.protocol {
            Protocol::Anthropic => match text(batch, "processing_status").as_deref() {
                Some("ended") => State::Ended(vec![self.address(&format!("/batches/{id}/results"))]),
                _ => State::Open,
            },
            Protocol::OpenAi => match text(batch, "status").as_deref() {
                Some("completed" | "expired" | "cancelled") => {
                    let file = |field| text(batch, field).map(|file| self.address(&format!("/files/{file}/content")));
                    State::Ended(["output_file_id", "error_file_id"].into_iter().filter_map(file).collect())
                }
                Some("failed") => {
                    let errors = batch.pointer("/errors/data").and_then(Value::as_array).cloned().unwrap_or_default();
                    let said = errors.iter().filter_map(|error| text(error, "message")).collect::<Vec<_>>().join("; ");
                    State::Refused(format!("the batch was refused: {said}"))
                }
                _ => State::Open,
            },
        }
    }

    /// The results in a list: one JSON object a line.
    async fn results(&self, address: &str) -> Result<Results, Failure> {
        let headers = self.model.headers.clone();
        let (mut pause, mut in_vain) = (self.batches.options.first_look, Duration::ZERO);
        let response = loop {
            match self.send(address, headers.clone(), None).await {
                Ok(response) => break response,
                Err(failure) => self.look_again(&failure, in_vain)?,
            }
            tokio::time::sleep(pause).await;
            in_vain += pause;
            pause = pause.mul_f64(1.5).min(self.batches.options.longest_pause);
        };
        let text = String::from_utf8_lossy(&response.body);
        let mut results = BTreeMap::new();
        for line in text.lines().filter(|line| !line.trim().is_empty()) {
            let value: Value = serde_json::from_str(line)
                .map_err(|error| self.failure(Kind::Garbled, &format!("the results of a batch: {error}")))?;
            if let Some((name, result)) = result_of(&value) {
                results.insert(name, result);
            }
        }
        Ok(results)
    }

    /// An address of the batch interface, beside that of single requests.
    fn address(&self, path: &str) -> String {
        let single = self.model.endpoint.url.as_str();
        match self.model.endpoint.protocol {
            Protocol::Anthropic => format!("{single}{path}"),
            Protocol::OpenAi => format!("{}{path}", single.strip_suffix("/chat/completions").unwrap_or(single)),
        }
    }

    async fn get(&self, address: &str) -> Result<Value, Failure> {
        self.exchange(address, self.model.headers.clone(), None).await
    }

    async fn post(&self, address: &str, body: &Value) -> Result<Value, Failure> {
        self.exchange(address, self.model.headers.clone(), Some(body.to_string())).await
    }

    /// Sends something, and reads what comes back as JSON.
    async fn exchange(&self, address: &str, headers: HeaderMap, body: Option<String>) -> Result<Value, Failure> {
        let response = self.send(address, headers, body).await?;
        serde_json::from_slice(&response.body)
            .map_err(|error| self.failure(Kind::Garbled, &format!("what the batch interface says: {error}")))
    }

    /// Sends something, and reads a success to its last byte.
    async fn send(&self, address: &str, headers: HeaderMap, body: Option<String>) -> Result<Response, Failure> {
        let client = &self.model.client;
        let request = match body {
            Some(body) => client.post(address).body(body),
            None => client.get(address),
        };
        let exchanged = tokio::time::timeout(
            self.model.attempt_timeout,
            self.model.read_whole(request.headers(headers), MOST_BYTES),
        );
        let Ok(exchanged) = exchanged.await else {
            let detail = format!("the batch interface, after {:?}", self.model.attempt_timeout);
            return Err(self.failure(Kind::TimedOut, &detail));
        };
        let mut response = exchanged.map_err(|error| {
            let (kind, detail) = super::errors::of_transport(&error);
            self.failure(kind, &detail)
        })?;
        response.unpack().map_err(|(kind, why)| self.failure(kind, &why))?;
        if let Some(key) = &self.model.endpoint.key {
            response.body = key.redact_bytes(response.body);
        }
        if response.is_success() {
            return Ok(response);
        }
        let told = protocol::error_of(&response.body);
        let (kind, detail) = of_told(response.status, &told);
        let failure = self.failure(kind, &format!("the batch interface: {detail}"));
        Err(Failure { retry_after: response.retry_after.or(told.wait), ..failure })
    }

    fn unnoted(&self, error: &std::io::Error) -> Failure {
        self.failure(Kind::Unreachable, &format!("cannot note the batch: {error}"))
    }

    fn failure(&self, kind: Kind, detail: &str) -> Failure {
        let name = self.model.endpoint.name.clone();
        Failure { model: name, kind, detail: detail.to_owned(), retry_after: None, billed: None, hint: None }
    }
}

fn text(value: &Value, field: &str) -> Option<String> {
    value.get(field)?.as_str().map(str::to_owned)
}

/// A line of results, of either provider; `None` if it names no request.
fn result_of(line: &Value) -> Option<(String, BatchResult)> {
    let name = text(line, "custom_id")?;
    let status = |value: &Value| value.as_u64().and_then(|status| u16::try_from(status).ok());
    if let Some(result) = line.get("result") {
        let result = match text(result, "type").as_deref() {
            Some("succeeded") => BatchResult::Response { status: 200, body: result.get("message")?.clone() },
            Some("expired") => BatchResult::NotDone("the batch expired before the request was worked on"),
            Some("canceled") => BatchResult::NotDone("the batch was cancelled before the request was worked on"),
            _ => {
                // The error is that of a single request, in an envelope of its own or not.
                let error = result.get("error")?;
                let body =
                    if error.get("error").is_some() { error.clone() } else { json!({"type": "error", "error": error}) };
                let kind = body.pointer("/error/type").and_then(Value::as_str).unwrap_or_default();
                let status = match kind {
                    "invalid_request_error" => 400,
                    "authentication_error" => 401,
                    "permission_error" => 403,
                    "not_found_error" => 404,
                    "request_too_large" => 413,
                    "rate_limit_error" => 429,
                    "overloaded_error" => 529,
                    _ => 500,
                };
                BatchResult::Response { status, body }
            }
        };
        return Some((name, result));
    }
    if let Some(response) = line.get("response").filter(|response| !response.is_null()) {
        let status = response.get("status_code").and_then(status).unwrap_or(500);
        return Some((name, BatchResult::Response { status, body: response.get("body").cloned().unwrap_or_default() }));
    }
    let code = line.pointer("/error/code").and_then(Value::as_str).unwrap_or_default();
    let result = match code {
        "batch_expired" => BatchResult::NotDone("the batch expired before the request was worked on"),
        "batch_cancelled" => BatchResult::NotDone("the batch was cancelled before the request was worked on"),
        _ => BatchResult::Response { status: 500, body: json!({"error": line.get("error")}) },
    };
    Some((name, result))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_of_both_providers_are_read_and_what_was_not_worked_on_is_no_error_of_the_request() {
        let read = |text: &str| result_of(&serde_json::from_str(text).unwrap());
        let response = |status, body| Some(("a".to_owned(), BatchResult::Response { status, body }));
        let ok = r#"{"id": "x", "custom_id": "a", "response": {"status_code": 200, "request_id": "r", "body": {"choices": []}}, "error": null}"#;
        assert_eq!(read(ok), response(200, json!({"choices": []})));
        let limited = r#"{"custom_id": "a", "response": {"status_code": 429, "body": {"error": {"message": "m"}}}}"#;
        assert_eq!(read(limited), response(429, json!({"error": {"message": "m"}})));
        let expired = r#"{"custom_id": "a", "response": null, "error": {"code": "batch_expired", "message": "m"}}"#;
        assert!(matches!(read(expired), Some((_, BatchResult::NotDone(_)))));
        let ok = r#"{"custom_id": "a", "result": {"type": "succeeded", "message": {"content": []}}}"#;
        assert_eq!(read(ok), response(200, json!({"content": []})));
        let error = json!({"type": "error", "error": {"type": "invalid_request_error", "message": "m"}});
        let errored = json!({"custom_id": "a", "result": {"type": "errored", "error": error}});
        assert_eq!(result_of(&errored), response(400, error));
        for kind in ["expired", "canceled"] {
            let line = json!({"custom_id": "a", "result": {"type": kind}});
            assert!(matches!(result_of(&line), Some((_, BatchResult::NotDone(_)))), "{kind}");
        }
        assert_eq!(result_of(&json!({"result": {"type": "expired"}})), None);
    }
}
