//! `POST /v1/judge/batch`: many verdicts, each as soon as it is there.

use crate::answer::JudgeResponse;
use crate::body::Hold;
use crate::fields::Fields;
use crate::judging::prepare;
use crate::refusal::{ErrorBody, ErrorWords, Refusal};
use crate::request::{Asked, JudgeRequest};
use crate::service::{Client, Service};
use axum::Extension;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use futures::StreamExt as _;
use serde::Serialize;
use serde_json::value::RawValue;
use std::convert::Infallible;
use std::sync::Arc;
use utoipa::ToSchema;

/// Most requests of a batch.
const MOST: usize = 10_000;

/// For each worker, how many requests of one batch have a place in the queue, or their program looked for.
const AHEAD: usize = 3;

/// Many requests for verdicts.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "the schema is made of it; `batch` reads the same fields")]
pub(crate) struct BatchRequest {
    /// The requests: 1 to 10000.
    #[schema(min_items = 1, max_items = 10000)]
    requests: Vec<JudgeRequest>,
    /// Fields of those that do not have them.
    defaults: Option<JudgeRequest>,
}

/// A line of the answer: one request is done.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct BatchLine {
    /// The place of the request in the batch, from 0.
    index: usize,
    /// Its answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    result: Option<JudgeResponse>,
    /// Why it has none: the service ends.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<ErrorWords>,
}

/// Judges many programs. Each answer is a line, and comes as soon as it is there: not in the order of the requests.
#[utoipa::path(post, path = "/v1/judge/batch", request_body = BatchRequest, responses(
    (status = 200, description = "A line of JSON for each request.", body = BatchLine, content_type = "application/x-ndjson"),
    (status = 400, description = "The body is not a JSON object.", body = ErrorBody),
    (status = 401, description = "A token is wanted.", body = ErrorBody),
    (status = 403, description = "A web page asks.", body = ErrorBody),
    (status = 404, description = "There is no such data set or problem.", body = ErrorBody),
    (status = 408, description = "The body is too slow.", body = ErrorBody),
    (status = 413, description = "The body is too large.", body = ErrorBody),
    (status = 415, description = "The body is not marked as JSON.", body = ErrorBody),
    (status = 422, description = "A field is not as it should be.", body = ErrorBody),
    (status = 429, description = "Requests hold too many bytes already.", body = ErrorBody),
    (status = 503, description = "The service ends.", body = ErrorBody),
))]
pub(crate) async fn batch(
    State(service): State<Arc<Service>>,
    Extension(Client(client)): Extension<Client>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Refusal> {
    let (bytes, hold) = service.body(&headers, body).await?;
    let asked = read(&bytes, &service)?;
    drop(bytes);
    let ahead = service.workers.saturating_mul(AHEAD);
    let lines = futures::stream::iter(asked.into_iter().enumerate())
        .map(move |(index, asked)| line(index, asked, Arc::clone(&service), Arc::clone(&client)))
        .buffer_unordered(ahead);
    let lines = Held { lines, _hold: hold };
    let body = futures::stream::unfold(lines, |mut held| async move {
        let line = held.lines.next().await?;
        Some((Ok::<_, Infallible>(line), held))
    });
    Ok(([(header::CONTENT_TYPE, "application/x-ndjson")], Body::from_stream(body)).into_response())
}

/// Lines to come, and the room that their requests hold until then.
struct Held<S> {
    lines: S,
    _hold: Hold,
}

fn read(bytes: &[u8], service: &Service) -> Result<Vec<Asked>, Refusal> {
    let mut fields = Fields::of_body(bytes)?;
    let requests: Vec<Box<RawValue>> = fields.required("requests")?;
    let defaults = fields.object("defaults")?;
    fields.end()?;
    if requests.is_empty() || requests.len() > MOST {
        let message = format!("expected 1 to {MOST} requests, found {}", requests.len());
        return Err(Refusal::invalid("requests", message));
    }
    let one = |(index, raw): (usize, &RawValue)| {
        let mut fields = Fields::at(&format!("requests[{index}]"), raw)?;
        if let Some(defaults) = &defaults {
            fields.fill(defaults);
        }
        Asked::read(fields, &service.library, &service.config)
    };
    requests.iter().map(AsRef::as_ref).enumerate().map(one).collect()
}

async fn line(index: usize, asked: Asked, service: Arc<Service>, client: Arc<str>) -> Vec<u8> {
    let answered = prepare(asked).await.judge_patiently(&service, &client).await;
    let line = match answered {
        Ok(result) => BatchLine { index, result: Some(result), error: None },
        Err(refusal) => BatchLine { index, result: None, error: Some(refusal.error) },
    };
    let mut line = serde_json::to_vec(&line).unwrap_or_default();
    line.push(b'\n');
    line
}
