//! The batch interfaces: what is handed in, how often somebody looks until it has ended, and its results.

use crate::Service;
use crate::answers::{Done, in_batch};
use crate::faults::Fault;
use crate::protocols::Language;
use crate::responses::{error, json as respond};
use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::Response;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::{Arc, MutexGuard, PoisonError};

/// What was handed in so far.
#[derive(Default)]
pub(crate) struct Store {
    files: BTreeMap<String, String>,
    batches: Vec<Batch>,
    /// How often each address was asked for.
    asked: BTreeMap<String, u32>,
}

struct Batch {
    id: String,
    language: Language,
    metadata: Value,
    requests: Vec<(String, Value)>,
    looks: u32,
    /// Each request with what came of it; `None` until the batch has ended.
    done: Option<Vec<(String, Done)>>,
}

impl Service {
    fn store(&self) -> MutexGuard<'_, Store> {
        self.batches.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What goes wrong with a call of the interface.
    fn fault_around(&self, call: &str) -> Option<Fault> {
        let script = self.around_batches.as_ref()?;
        let mut store = self.store();
        let asked = store.asked.entry(call.to_owned()).or_default();
        *asked += 1;
        script(call, *asked - 1)
    }

    /// A response, or what goes wrong on its way.
    async fn told(&self, language: Language, fault: Option<Fault>, body: Value) -> Response {
        match fault {
            Some(fault) => fault.response(language, body.to_string()).await,
            None => respond(body.to_string().into()),
        }
    }
}

/// Refused before anything is done?
fn refused(language: Language, fault: Option<&Fault>) -> Option<Response> {
    match fault {
        Some(Fault::Status(status, message)) => Some(error(language, *status, message, None)),
        Some(Fault::RateLimited { .. }) => Some(error(language, 429, "slow down", None)),
        _ => None,
    }
}

/// `POST /v1/files`: the part `file` of a form.
pub(crate) async fn upload(State(service): State<Arc<Service>>, headers: HeaderMap, body: Bytes) -> Response {
    let fault = service.fault_around("POST /v1/files");
    if let Some(response) = refused(Language::OpenAi, fault.as_ref()) {
        return response;
    }
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let text = String::from_utf8_lossy(&body);
    let part = kind.split_once("boundary=").and_then(|(_, boundary)| {
        let (_, rest) = text.split_once("name=\"file\"")?;
        let (_, rest) = rest.split_once("\r\n\r\n")?;
        rest.split_once(&format!("\r\n--{boundary}")).map(|(file, _)| file.to_owned())
    });
    let Some(part) = part.filter(|_| text.contains("name=\"purpose\"\r\n\r\nbatch\r\n")) else {
        return error(Language::OpenAi, 400, "expected a form with `purpose` and `file`", None);
    };
    let id = service.keep(part);
    service.told(Language::OpenAi, fault, json!({"id": id, "object": "file", "purpose": "batch"})).await
}

/// `GET /v1/files/{id}/content`
pub(crate) async fn content(State(service): State<Arc<Service>>, Path(id): Path<String>) -> Response {
    let fault = service.fault_around("GET /v1/files/content");
    if let Some(response) = refused(Language::OpenAi, fault.as_ref()) {
        return response;
    }
    let file = service.store().files.get(&id).cloned();
    match file {
        Some(file) => lines(file),
        None => error(Language::OpenAi, 404, "no such file", None),
    }
}

/// `POST /v1/batches`
pub(crate) async fn openai(State(service): State<Arc<Service>>, body: Bytes) -> Response {
    let language = Language::OpenAi;
    let fault = service.fault_around("POST /v1/batches");
    if let Some(response) = refused(language, fault.as_ref()) {
        return response;
    }
    let Ok(wanted) = serde_json::from_slice::<Value>(&body) else { return error(language, 400, "no JSON", None) };
    let file = wanted.get("input_file_id").and_then(Value::as_str).unwrap_or_default();
    let Some(file) = service.store().files.get(file).cloned() else {
        return error(language, 400, "no such `input_file_id`", None);
    };
    let request = |line: &str| {
        let line: Value = serde_json::from_str(line).ok()?;
        Some((line.get("custom_id")?.as_str()?.to_owned(), line.get("body")?.clone()))
    };
    let Some(requests) = file.lines().map(request).collect::<Option<Vec<_>>>() else {
        return error(language, 400, "a line is not a request", None);
    };
    let metadata = wanted.get("metadata").cloned().unwrap_or_default();
    let told = service.take(language, metadata, requests);
    service.told(language, fault, told).await
}

/// `POST /v1/messages/batches`
pub(crate) async fn anthropic(State(service): State<Arc<Service>>, body: Bytes) -> Response {
    let language = Language::Anthropic;
    let fault = service.fault_around("POST /v1/messages/batches");
    if let Some(response) = refused(language, fault.as_ref()) {
        return response;
    }
    let Ok(wanted) = serde_json::from_slice::<Value>(&body) else { return error(language, 400, "no JSON", None) };
    let request =
        |request: &Value| Some((request.get("custom_id")?.as_str()?.to_owned(), request.get("params")?.clone()));
    let requests = wanted.get("requests").and_then(Value::as_array);
    let Some(requests) = requests.and_then(|requests| requests.iter().map(request).collect::<Option<Vec<_>>>()) else {
        return error(language, 400, "expected `requests`, each with `custom_id` and `params`", None);
    };
    let told = service.take(language, Value::Null, requests);
    service.told(language, fault, told).await
}

impl Service {
    /// Keeps a file, and returns its name.
    fn keep(&self, file: String) -> String {
        let mut store = self.store();
        let id = format!("file-{}", store.files.len());
        store.files.insert(id.clone(), file);
        id
    }

    fn take(&self, language: Language, metadata: Value, requests: Vec<(String, Value)>) -> Value {
        let mut store = self.store();
        let id = format!("batch_{}", store.batches.len());
        let batch = Batch { id, language, metadata, requests, looks: 0, done: None };
        let told = batch.told();
        store.batches.push(batch);
        told
    }

    /// Somebody looks at a batch, which ends once enough have.
    async fn look_at(&self, id: &str) -> Option<Value> {
        let work = {
            let mut store = self.store();
            let batch = store.batches.iter_mut().find(|batch| batch.id == id)?;
            batch.looks += 1;
            (batch.looks >= self.batch_looks.max(1) && batch.done.is_none())
                .then(|| (batch.language, std::mem::take(&mut batch.requests)))
        };
        if let Some((language, requests)) = work {
            let mut done = Vec::new();
            for (name, body) in &requests {
                done.push((name.clone(), in_batch(self, language, body).await));
            }
            let mut store = self.store();
            let files = store.files.len();
            let (answers, errors): (Vec<&(String, Done)>, Vec<_>) =
                done.iter().partition(|(_, done)| done.is_success());
            let text =
                |list: &[&(String, Done)]| list.iter().map(|(name, done)| openai_line(name, done)).collect::<String>();
            for (number, list) in [answers, errors].iter().enumerate().filter(|_| language == Language::OpenAi) {
                store.files.insert(format!("file-{}", files + number), text(list));
            }
            let batch = store.batches.iter_mut().find(|batch| batch.id == id)?;
            batch.requests = requests;
            batch.metadata["output"] = format!("file-{files}").into();
            batch.metadata["errors"] = format!("file-{}", files + 1).into();
            batch.done = Some(done);
        }
        let store = self.store();
        store.batches.iter().find(|batch| batch.id == id).map(Batch::told)
    }

    fn list(&self, language: Language) -> Value {
        let store = self.store();
        let of_it = store.batches.iter().filter(|batch| batch.language == language);
        json!({"data": of_it.map(Batch::told).collect::<Vec<_>>(), "has_more": false})
    }
}

impl Batch {
    /// What the interface says of it.
    fn told(&self) -> Value {
        let has_expired = self.done.iter().flatten().any(|(_, done)| matches!(done, Done::Expired));
        match self.language {
            Language::OpenAi => {
                let status = match &self.done {
                    None => "in_progress",
                    Some(_) if has_expired => "expired",
                    Some(_) => "completed",
                };
                json!({
                    "id": self.id,
                    "object": "batch",
                    "status": status,
                    "metadata": {"mend": self.metadata.get("mend")},
                    "output_file_id": self.metadata.get("output"),
                    "error_file_id": self.metadata.get("errors"),
                    "request_counts": {"total": self.requests.len()},
                })
            }
            Language::Anthropic => json!({
                "id": self.id,
                "type": "message_batch",
                "processing_status": if self.done.is_some() { "ended" } else { "in_progress" },
                "request_counts": {"processing": self.requests.len(), "succeeded": 0, "errored": 0, "canceled": 0, "expired": 0},
            }),
        }
    }
}

/// `GET /v1/batches`
pub(crate) async fn openai_list(State(service): State<Arc<Service>>) -> Response {
    respond(service.list(Language::OpenAi).to_string().into())
}

/// `GET /v1/messages/batches`
pub(crate) async fn anthropic_list(State(service): State<Arc<Service>>) -> Response {
    respond(service.list(Language::Anthropic).to_string().into())
}

/// `GET /v1/batches/{id}` and `GET /v1/messages/batches/{id}`
pub(crate) async fn look(State(service): State<Arc<Service>>, Path(id): Path<String>) -> Response {
    let fault = service.fault_around("GET batch");
    if let Some(response) = refused(Language::OpenAi, fault.as_ref()) {
        return response;
    }
    match service.look_at(&id).await {
        Some(told) => service.told(Language::OpenAi, fault, told).await,
        None => error(Language::OpenAi, 404, "no such batch", None),
    }
}

/// `GET /v1/messages/batches/{id}/results`
pub(crate) async fn results(State(service): State<Arc<Service>>, Path(id): Path<String>) -> Response {
    let store = service.store();
    let done = store.batches.iter().find(|batch| batch.id == id).and_then(|batch| batch.done.as_ref());
    match done {
        Some(done) => lines(done.iter().map(|(name, done)| anthropic_line(name, done)).collect()),
        None => error(Language::Anthropic, 404, "the batch has not ended", None),
    }
}

fn openai_line(name: &str, done: &Done) -> String {
    let line = match done {
        Done::Response(status, body) => {
            json!({"id": name, "custom_id": name, "response": {"status_code": status, "request_id": name, "body": body}, "error": null})
        }
        Done::Expired => {
            let why = "This request could not be executed before the completion window expired.";
            json!({"id": name, "custom_id": name, "response": null, "error": {"code": "batch_expired", "message": why}})
        }
    };
    line.to_string() + "\n"
}

fn anthropic_line(name: &str, done: &Done) -> String {
    let result = match done {
        Done::Response(200, body) => json!({"type": "succeeded", "message": body}),
        Done::Response(_, body) => json!({"type": "errored", "error": body}),
        Done::Expired => json!({"type": "expired"}),
    };
    json!({"custom_id": name, "result": result}).to_string() + "\n"
}

fn lines(text: String) -> Response {
    let mut response = Response::new(Body::from(text));
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/jsonl"));
    response
}
