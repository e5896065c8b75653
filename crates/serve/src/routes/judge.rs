//! `POST /v1/judge`: one verdict.

use crate::answer::JudgeResponse;
use crate::fields::Fields;
use crate::judging::prepare;
use crate::refusal::{ErrorBody, Refusal, json};
use crate::request::{Asked, JudgeRequest};
use crate::service::{Client, Service};
use axum::Extension;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use std::sync::Arc;

/// Judges a program, or the program in an answer.
#[utoipa::path(post, path = "/v1/judge", request_body = JudgeRequest, responses(
    (status = 200, description = "The verdict, or why there is none.", body = JudgeResponse),
    (status = 400, description = "The body is not a JSON object.", body = ErrorBody),
    (status = 401, description = "A token is wanted.", body = ErrorBody),
    (status = 403, description = "A web page asks.", body = ErrorBody),
    (status = 404, description = "There is no such data set or problem.", body = ErrorBody),
    (status = 408, description = "The body is too slow.", body = ErrorBody),
    (status = 413, description = "The body is too large.", body = ErrorBody),
    (status = 415, description = "The body is not marked as JSON.", body = ErrorBody),
    (status = 422, description = "A field is not as it should be.", body = ErrorBody),
    (status = 429, description = "Too much waits already: `Retry-After` says how long to wait.", body = ErrorBody),
    (status = 503, description = "The service ends.", body = ErrorBody),
))]
pub(crate) async fn judge(
    State(service): State<Arc<Service>>,
    Extension(Client(client)): Extension<Client>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Refusal> {
    let (bytes, _hold) = service.body(&headers, body).await?;
    let asked = Asked::read(Fields::of_body(&bytes)?, &service.library, &service.config)?;
    drop(bytes);
    let answer = prepare(asked).await.judge(&service, &client).await?;
    Ok(json(StatusCode::OK, &answer))
}
