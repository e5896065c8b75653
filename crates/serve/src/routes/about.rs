//! What the service says of itself: health, counters, data sets, and the paths that it has.

use crate::answer::EngineAnswer;
use crate::openapi::document;
use crate::refusal::{ErrorBody, Refusal, json};
use crate::service::Service;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use mend_core::{Integrity, Problem, Style};
use serde::Serialize;
use std::sync::Arc;
use utoipa::ToSchema;

/// How the service is.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Health {
    /// `ok`, or `draining` once it takes nothing new.
    status: &'static str,
    /// The version of mend.
    version: &'static str,
    /// What runs programs.
    engine: EngineAnswer,
    /// What runs those that the first does not support.
    fallback: Option<EngineAnswer>,
    /// Programs that are judged at a time.
    workers: usize,
    /// Programs that wait.
    waiting: usize,
    /// Programs that are judged now.
    running: usize,
    /// The bounds of requests.
    limits: HealthLimits,
}

/// The bounds of requests.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct HealthLimits {
    /// CPU time of a test in seconds, where a request names none.
    time_limit: f64,
    /// Memory in MiB, where a request names none.
    memory_limit: u64,
    /// The most CPU time of a test that a request may name.
    max_time_limit: f64,
    /// The most memory in MiB that a request may name.
    max_memory_limit: u64,
    /// Programs that may wait.
    queue: usize,
    /// Bytes of a body.
    max_body: usize,
}

/// How the service is.
#[utoipa::path(get, path = "/health", security(()), responses(
    (status = 200, description = "It takes requests.", body = Health),
    (status = 403, description = "A web page asks.", body = ErrorBody),
    (status = 503, description = "It ends, and takes no more.", body = Health),
))]
pub(crate) async fn health(State(service): State<Arc<Service>>) -> Response {
    let (waiting, running) = service.queue.counts();
    let config = &service.config;
    let engines = service.judge.engines();
    let seconds = |ms: u64| ms as f64 / 1000.0;
    let is_draining = service.is_draining();
    let health = Health {
        status: if is_draining { "draining" } else { "ok" },
        version: env!("CARGO_PKG_VERSION"),
        engine: engines.first.into(),
        fallback: engines.fallback.map(Into::into),
        workers: service.workers,
        waiting,
        running,
        limits: HealthLimits {
            time_limit: seconds(config.limits.cpu_ms),
            memory_limit: config.limits.memory_bytes >> 20,
            max_time_limit: seconds(config.most.cpu_ms),
            max_memory_limit: config.most.memory_bytes >> 20,
            queue: config.queue,
            max_body: config.body_bytes,
        },
    };
    json(if is_draining { StatusCode::SERVICE_UNAVAILABLE } else { StatusCode::OK }, &health)
}

/// Counters, in Prometheus's text format.
#[utoipa::path(get, path = "/metrics", responses(
    (status = 200, description = "Counters.", body = String, content_type = "text/plain"),
    (status = 401, description = "A token is wanted.", body = ErrorBody),
    (status = 403, description = "A web page asks.", body = ErrorBody),
))]
pub(crate) async fn metrics(State(service): State<Arc<Service>>) -> Response {
    let (waiting, running) = service.queue.counts();
    let text = service.counters.text(waiting, running, service.room.held());
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text).into_response()
}

/// This document.
#[utoipa::path(get, path = "/openapi.json", responses(
    (status = 200, description = "OpenAPI 3.1.", body = serde_json::Value, content_type = "application/json"),
    (status = 401, description = "A token is wanted.", body = ErrorBody),
    (status = 403, description = "A web page asks.", body = ErrorBody),
    (status = 503, description = "It ends, and takes no more.", body = ErrorBody),
))]
pub(crate) async fn openapi() -> Response {
    json(StatusCode::OK, &document())
}

/// The data sets that requests may name.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Datasets {
    /// By name.
    datasets: Vec<DatasetEntry>,
}

/// A data set.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DatasetEntry {
    /// Its name.
    name: String,
    /// Whether its files are here.
    available: bool,
    /// Why not.
    why: Option<String>,
}

/// The data sets that requests may name.
#[utoipa::path(get, path = "/v1/datasets", responses(
    (status = 200, description = "The data sets.", body = Datasets),
    (status = 401, description = "A token is wanted.", body = ErrorBody),
    (status = 403, description = "A web page asks.", body = ErrorBody),
    (status = 503, description = "It ends, and takes no more.", body = ErrorBody),
))]
pub(crate) async fn datasets(State(service): State<Arc<Service>>) -> Response {
    let entry = |name: &String| {
        let why = service.library.dataset(Some(name), "name").err().map(|refusal| refusal.error.message);
        DatasetEntry { name: name.clone(), available: why.is_none(), why }
    };
    json(StatusCode::OK, &Datasets { datasets: service.library.names().iter().map(entry).collect() })
}

/// The problems of a data set.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DatasetAnswer {
    /// Its name.
    name: String,
    /// Digest of all that decides how its problems are asked and judged.
    digest: String,
    /// Its problems, in their order.
    problems: Vec<ProblemAnswer>,
}

/// A problem, without what nobody may see who solves it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ProblemAnswer {
    task_id: String,
    statement: String,
    style: &'static str,
    entry_point: Option<String>,
    context: Option<String>,
    starter_code: Option<String>,
    difficulty: Option<String>,
    #[schema(value_type = String)]
    integrity: Integrity,
    public_tests: usize,
    hidden_tests: usize,
}

impl From<&Problem> for ProblemAnswer {
    fn from(problem: &Problem) -> Self {
        Self {
            task_id: problem.id.to_string(),
            statement: problem.statement.to_string(),
            style: match problem.style {
                Style::Completion { .. } => "completion",
                Style::Function { .. } => "function",
                Style::Program => "program",
            },
            entry_point: problem.style.entry_point().map(str::to_owned),
            context: problem.context.as_deref().map(str::to_owned),
            starter_code: problem.starter_code.as_deref().map(str::to_owned),
            difficulty: problem.difficulty.clone(),
            integrity: problem.integrity,
            public_tests: problem.tests.public.len(),
            hidden_tests: problem.tests.hidden.len(),
        }
    }
}

/// The problems of a data set.
#[utoipa::path(get, path = "/v1/datasets/{name}", params(("name" = String, Path, description = "Its name.")), responses(
    (status = 200, description = "Its problems.", body = DatasetAnswer),
    (status = 400, description = "The name is not UTF-8.", body = ErrorBody),
    (status = 401, description = "A token is wanted.", body = ErrorBody),
    (status = 403, description = "A web page asks.", body = ErrorBody),
    (status = 404, description = "There is no such data set.", body = ErrorBody),
    (status = 503, description = "It ends, and takes no more.", body = ErrorBody),
))]
pub(crate) async fn dataset(
    State(service): State<Arc<Service>>,
    name: Result<Path<String>, axum::extract::rejection::PathRejection>,
) -> Result<Response, Refusal> {
    let not_text = |_| Refusal::new(StatusCode::BAD_REQUEST, "bad_json", "the name of a data set is UTF-8");
    let Path(name) = name.map_err(not_text)?;
    let opened = service.library.dataset(Some(&name), "name")?;
    let problems = opened.problems.iter().map(|problem| ProblemAnswer::from(&**problem)).collect();
    Ok(json(StatusCode::OK, &DatasetAnswer { name, digest: opened.digest.to_string(), problems }))
}
