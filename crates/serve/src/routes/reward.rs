//! `POST /reward`, as OpenRLHF asks a reward model behind HTTP.

use crate::answer::JudgeResponse;
use crate::fields::Fields;
use crate::judging::prepare;
use crate::refusal::{ErrorBody, Refusal};
use crate::request::{Asked, SHAPES, Shape};
use crate::service::{Client, Service};
use axum::Extension;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use futures::{StreamExt as _, TryStreamExt as _};
use serde::Serialize;
use serde_json::json;
use serde_json::value::RawValue;
use std::sync::Arc;
use utoipa::ToSchema;

/// Most answers of one request.
const MOST: usize = 10_000;

/// For each worker, how many answers of one request have a place in the queue.
const AHEAD: usize = 3;

/// Answers to reward.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "the schema is made of it; `read` reads the same fields")]
pub(crate) struct RewardRequest {
    /// Prompts with the answers behind them.
    #[schema(max_items = 10000)]
    query: Vec<String>,
    /// The prompts: where a query begins with its prompt, the answer is the rest.
    prompts: Option<Vec<String>>,
    /// What each is judged by: a problem's `task_id` (of another data set than the usual one as `dataset:task_id`), or fields of
    /// a request for a verdict, as an object or as its text.
    #[schema(value_type = Vec<Value>)]
    labels: Vec<Box<RawValue>>,
    /// The shape of the rewards.
    shape: Option<Shape>,
}

/// Rewards, in the order of the queries.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RewardResponse {
    /// By the shape that was asked for; null if unscored.
    rewards: Vec<Option<f64>>,
    /// The share of the scoring tests that pass, from 0 to 1; null if unscored.
    scores: Vec<Option<f64>>,
    /// Numbers to log.
    extra_logs: ExtraLogs,
}

/// Numbers to log, in the order of the queries.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ExtraLogs {
    /// 1 if all scoring tests pass, else 0; null if unscored.
    passed: Vec<Option<u8>>,
    /// 1 if unscored, else 0.
    unscored: Vec<u8>,
}

/// Rewards answers.
#[utoipa::path(post, path = "/reward", request_body = RewardRequest, responses(
    (status = 200, description = "The rewards.", body = RewardResponse),
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
pub(crate) async fn reward(
    State(service): State<Arc<Service>>,
    Extension(Client(client)): Extension<Client>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Refusal> {
    let (bytes, _hold) = service.body(&headers, body).await?;
    let asked = read(Fields::of_body(&bytes)?, &service)?;
    drop(bytes);
    let ahead = service.workers.saturating_mul(AHEAD);
    // They keep their order, and whoever goes drops them all.
    let answers: Vec<JudgeResponse> = futures::stream::iter(asked)
        .map(move |asked| {
            let (service, client) = (Arc::clone(&service), Arc::clone(&client));
            async move { prepare(asked).await.judge_patiently(&service, &client).await }
        })
        .buffered(ahead)
        .try_collect()
        .await?;
    let response = RewardResponse {
        rewards: answers.iter().map(|answer| answer.reward).collect(),
        scores: answers.iter().map(|answer| answer.rewards.fraction).collect(),
        extra_logs: ExtraLogs {
            passed: answers.iter().map(|answer| answer.passed.map(u8::from)).collect(),
            unscored: answers.iter().map(|answer| u8::from(answer.unscored.is_some())).collect(),
        },
    };
    Ok(json_of(&response))
}

fn json_of(response: &RewardResponse) -> Response {
    crate::refusal::json(StatusCode::OK, response)
}

fn read(mut fields: Fields, service: &Service) -> Result<Vec<Asked>, Refusal> {
    let query: Vec<String> = fields.required("query")?;
    let prompts: Vec<String> = fields.take("prompts")?.unwrap_or_default();
    let labels: Vec<Box<RawValue>> = fields.required("labels")?;
    let shape = fields.word("shape", SHAPES, Shape::of)?.unwrap_or(Shape::Pass);
    if query.len() > MOST {
        return Err(Refusal::invalid("query", format!("expected at most {MOST} texts, found {}", query.len())));
    }
    for (field, count) in [("labels", labels.len()), ("prompts", prompts.len())] {
        if count != query.len() && !(field == "prompts" && count == 0) {
            let message = format!("expected one for each of the {} texts of `query`, found {count}", query.len());
            return Err(Refusal::invalid(field, message));
        }
    }
    let one = |(at, (query, label)): (usize, (&String, &RawValue))| {
        let answer = prompts.get(at).and_then(|prompt| query.strip_prefix(prompt.as_str())).unwrap_or(query);
        let mut fields = label_fields(&format!("labels[{at}]"), label)?;
        fields.put("answer", &json!(answer))?;
        fields.put("shape", &json!(shape))?;
        Asked::read(fields, &service.library, &service.config)
    };
    query.iter().zip(labels.iter().map(AsRef::as_ref)).enumerate().map(one).collect()
}

/// The fields of a request for a verdict that a label amounts to.
fn label_fields(field: &str, label: &RawValue) -> Result<Fields, Refusal> {
    if !label.get().starts_with('"') {
        return Fields::at(field, label);
    }
    let text: String = crate::fields::read(field, label)?;
    if text.trim_start().starts_with('{') {
        let raw = serde_json::from_str::<&RawValue>(&text).map_err(|error| {
            Refusal::invalid(field, format!("begins like an object, and does not parse as one: {error}"))
        })?;
        return Fields::at(field, raw);
    }
    let mut fields = Fields::empty(field);
    match text.split_once(':') {
        Some((dataset, id)) => {
            fields.put("dataset", &json!(dataset))?;
            fields.put("task_id", &json!(id))?;
        }
        None => fields.put("task_id", &json!(text))?,
    }
    Ok(fields)
}
