//! `POST /run_code`, as SandboxFusion has it: whoever posts to such a service can post here.

use super::running::{End, Wanted, is_plain, text};
use crate::fields::{Fields, seconds};
use crate::judging::run;
use crate::refusal::{ErrorBody, Refusal, json};
use crate::service::{Client, Service};
use axum::Extension;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use mend_judge::{JudgeError, Ran};
use serde::Serialize;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use utoipa::ToSchema;

/// Seconds that a program may take where a request does not say.
const RUN_TIMEOUT: f64 = 10.0;

/// A program to run.
#[derive(Debug, ToSchema)]
#[expect(dead_code, non_snake_case, reason = "the schema is made of it; `read` reads the same fields")]
pub(crate) struct RunCodeRequest {
    /// Ignored: Python is not compiled.
    compile_timeout: Option<f64>,
    /// CPU time in seconds; 10 by default. Wall time may be three times as long. More than the server gives is cut.
    run_timeout: Option<f64>,
    /// The program.
    #[schema(example = "print(input())")]
    code: String,
    /// Its standard input.
    stdin: Option<String>,
    /// Memory in MiB; below 1 the server's own.
    memory_limit_MB: Option<i64>,
    /// `python`. Programs in other languages end in `SandboxError`.
    #[schema(example = "python")]
    language: String,
    /// Files beside the program, in base 64, by plain names.
    files: Option<BTreeMap<String, Option<String>>>,
    /// Files to hand back: not supported, and none is.
    fetch_files: Option<Vec<String>>,
}

/// What came of a program.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RunCodeResponse {
    /// Whether it ran to its end with exit status 0.
    status: RunStatus,
    /// What there is to say beside.
    message: String,
    /// Always null: Python is not compiled.
    compile_result: Option<CommandResult>,
    /// What it did; null where it did not run.
    run_result: Option<CommandResult>,
    /// Always null.
    executor_pod_name: Option<String>,
    /// Always empty.
    files: BTreeMap<String, String>,
}

/// How a request ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) enum RunStatus {
    /// Exit status 0.
    Success,
    /// Another exit status, a signal or a limit.
    Failed,
    /// It did not run, for a reason that is not the program's.
    SandboxError,
}

/// What a program did.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CommandResult {
    /// How it ended.
    status: CommandStatus,
    /// Wall time in seconds.
    execution_time: f64,
    /// Its exit status; below 0 the signal that ended it; null at the limit of time.
    return_code: Option<i32>,
    /// Its standard output.
    stdout: String,
    /// Its standard error.
    stderr: String,
}

/// How a program ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) enum CommandStatus {
    /// It ended.
    Finished,
    /// It could not be run.
    #[expect(dead_code, reason = "where nothing ran, there is no result; clients know the word")]
    Error,
    /// It reached the limit of time.
    TimeLimitExceeded,
}

/// Runs a program.
#[utoipa::path(post, path = "/run_code", request_body = RunCodeRequest, responses(
    (status = 200, description = "What came of it.", body = RunCodeResponse),
    (status = 400, description = "The body is not a JSON object.", body = ErrorBody),
    (status = 401, description = "A token is wanted.", body = ErrorBody),
    (status = 403, description = "A web page asks.", body = ErrorBody),
    (status = 408, description = "The body is too slow.", body = ErrorBody),
    (status = 413, description = "The body is too large.", body = ErrorBody),
    (status = 415, description = "The body is not marked as JSON.", body = ErrorBody),
    (status = 422, description = "A field is not as it should be.", body = ErrorBody),
    (status = 429, description = "Too much waits already: `Retry-After` says how long to wait.", body = ErrorBody),
    (status = 503, description = "The service ends.", body = ErrorBody),
))]
pub(crate) async fn run_code(
    State(service): State<Arc<Service>>,
    Extension(Client(client)): Extension<Client>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Refusal> {
    let (bytes, _hold) = service.body(&headers, body).await?;
    let asked = read(Fields::of_body(&bytes)?)?;
    drop(bytes);
    let response = match asked {
        Err(why) => failed(why),
        Ok(wanted) => {
            let most = Duration::from_millis(service.config.most.cpu_ms);
            let cut = wanted.time.filter(|time| *time > most);
            let ran = run(&service.queue, &client, wanted.job(&service.config)).await?;
            let word = match &ran {
                Ok(_) => "ran",
                Err(JudgeError::Unsupported { .. }) => "unsupported",
                Err(_) => "sandbox",
            };
            service.counters.verdict(word);
            let mut response = told(ran);
            if let Some(time) = cut {
                let cut = format!("run_timeout {} s was cut to {} s", time.as_secs_f64(), most.as_secs_f64());
                response.message =
                    if response.message.is_empty() { cut } else { format!("{}; {cut}", response.message) };
            }
            response
        }
    };
    Ok(json(StatusCode::OK, &response))
}

/// Reads a request. The inner error is something that this service does not do, in words.
fn read(mut fields: Fields) -> Result<Result<Wanted, String>, Refusal> {
    let fields = &mut fields;
    let program: String = fields.required("code")?;
    let language: String = fields.required("language")?;
    let time = seconds("run_timeout", fields.take("run_timeout")?.unwrap_or(RUN_TIMEOUT))?;
    let _: Option<f64> = fields.take("compile_timeout")?;
    let stdin: String = fields.take("stdin")?.unwrap_or_default();
    let memory: Option<i64> = fields.take("memory_limit_MB")?;
    let given: BTreeMap<String, Option<String>> = fields.take("files")?.unwrap_or_default();
    let fetch: Vec<String> = fields.take("fetch_files")?.unwrap_or_default();
    let mut files = Vec::new();
    for (name, content) in given {
        let field = format!("files.{name}");
        if !is_plain(&name) {
            return Err(Refusal::invalid(field, "a file has a plain name, without a folder, and is not `main.py`"));
        }
        let bytes = STANDARD.decode(content.unwrap_or_default());
        files.push((name, bytes.map_err(|error| Refusal::invalid(field, format!("is not base 64: {error}")))?));
    }
    if !matches!(language.as_str(), "python" | "python3") {
        return Ok(Err(format!("language `{language}` is not supported: this service runs `python`")));
    }
    if !fetch.is_empty() {
        return Ok(Err("`fetch_files` is not supported: nothing that a program writes is kept".to_owned()));
    }
    Ok(Ok(Wanted {
        program,
        stdin,
        files,
        time: Some(Duration::try_from_secs_f64(time).unwrap_or(Duration::MAX)),
        memory_bytes: memory
            .and_then(|mebibytes| u64::try_from(mebibytes).ok())
            .filter(|m| *m > 0)
            .map(|m| m.saturating_mul(1 << 20)),
    }))
}

/// What was not run.
fn failed(message: String) -> RunCodeResponse {
    RunCodeResponse {
        status: RunStatus::SandboxError,
        message,
        compile_result: None,
        run_result: None,
        executor_pod_name: None,
        files: BTreeMap::new(),
    }
}

fn told(ran: Result<Ran, JudgeError>) -> RunCodeResponse {
    let Ran { outcome, .. } = match ran {
        Ok(ran) => ran,
        Err(error) => return failed(error.to_string()),
    };
    let end = End::of(&outcome.how);
    let result = CommandResult {
        status: if end.is_timeout { CommandStatus::TimeLimitExceeded } else { CommandStatus::Finished },
        execution_time: outcome.used.wall.as_secs_f64(),
        return_code: if end.is_timeout { None } else { end.code.or(end.signal.map(|signal| -signal)) },
        stdout: text(&outcome.stdout.bytes),
        stderr: text(&outcome.stderr.bytes),
    };
    RunCodeResponse {
        status: if end.code == Some(0) { RunStatus::Success } else { RunStatus::Failed },
        message: end.message.map(|message| format!("the program {message}")).unwrap_or_default(),
        run_result: Some(result),
        ..failed(String::new())
    }
}
