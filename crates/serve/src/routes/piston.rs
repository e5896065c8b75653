//! `POST /api/v2/execute` and `GET /api/v2/runtimes`, as Piston has them.

use super::running::{End, Wanted, is_plain, text};
use crate::fields::Fields;
use crate::judging::run;
use crate::refusal::{ErrorBody, ErrorWords, Refusal, json};
use crate::service::{Client, Service};
use axum::Extension;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use mend_judge::{JudgeError, Ran};
use serde::Serialize;
use serde_json::value::RawValue;
use std::sync::Arc;
use std::time::Duration;
use utoipa::ToSchema;

/// The language, and its other names.
const LANGUAGE: &str = "python";
const ALIASES: [&str; 3] = ["py", "py3", "python3"];

/// Milliseconds that a program may take where a request does not say.
const RUN_TIMEOUT: f64 = 3000.0;

/// A program to run.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "the schema is made of it; `read` reads the same fields")]
pub(crate) struct ExecuteRequest {
    /// `python`, or one of its aliases.
    #[schema(example = "python")]
    language: String,
    /// `*`, or a version such as `3.11` or `3.x` that the interpreter's begins with.
    #[schema(example = "*")]
    version: String,
    /// The program, and files beside it.
    #[schema(min_items = 1)]
    files: Vec<FileRequest>,
    /// Standard input.
    stdin: Option<String>,
    /// Arguments: none are passed on, and some are refused.
    args: Option<Vec<String>>,
    /// Ignored: Python is not compiled.
    compile_timeout: Option<f64>,
    /// CPU time in milliseconds; 3000 by default. Wall time may be three times as long. More than the server gives is cut.
    run_timeout: Option<f64>,
    /// Ignored.
    compile_memory_limit: Option<f64>,
    /// Memory in bytes; below 1 the server's own.
    run_memory_limit: Option<f64>,
}

/// A file.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "the schema is made of it; `file` reads the same fields")]
pub(crate) struct FileRequest {
    /// A plain name; the first file's plays no part.
    name: Option<String>,
    /// What it holds.
    content: String,
    /// How `content` is written.
    encoding: Option<Encoding>,
}

/// How a file is written.
#[derive(Debug, Clone, Copy, serde::Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Encoding {
    Utf8,
    Base64,
    Hex,
}

/// What came of a program.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ExecuteResponse {
    language: &'static str,
    version: String,
    run: Stage,
}

/// What a program did.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Stage {
    /// Its standard output.
    stdout: String,
    /// Its standard error.
    stderr: String,
    /// Output, then error.
    output: String,
    /// Its exit status; null if a signal ended it.
    code: Option<i32>,
    /// The signal that ended it.
    signal: Option<String>,
    /// What there is to say beside.
    message: Option<String>,
    /// Null for exit status 0; `RE` another one, `SG` a signal, `TO` the limit of time, `OL` that of output, `XX` our own
    /// error.
    status: Option<&'static str>,
    /// Milliseconds.
    cpu_time: u64,
    /// Milliseconds.
    wall_time: u64,
    /// Bytes.
    memory: u64,
}

/// A language that can be run.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Runtime {
    language: &'static str,
    version: String,
    aliases: Vec<&'static str>,
}

/// Piston's own shape of an error, with ours beside it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PistonError {
    /// In words.
    message: String,
    error: ErrorWords,
}

/// A refusal in Piston's shape.
pub(crate) struct Refused(Refusal);

impl From<Refusal> for Refused {
    fn from(refusal: Refusal) -> Self {
        Self(refusal)
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let body = PistonError { message: self.0.error.message.clone(), error: self.0.error.clone() };
        let (mut parts, _) = self.0.into_response().into_parts();
        parts.headers.remove(axum::http::header::CONTENT_LENGTH);
        let (_, body) = json(parts.status, &body).into_parts();
        Response::from_parts(parts, body)
    }
}

/// The languages that can be run.
#[utoipa::path(get, path = "/api/v2/runtimes", responses(
    (status = 200, description = "The languages.", body = Vec<Runtime>),
    (status = 401, description = "A token is wanted.", body = ErrorBody),
    (status = 403, description = "A web page asks.", body = ErrorBody),
    (status = 503, description = "The service ends.", body = ErrorBody),
))]
pub(crate) async fn runtimes(State(service): State<Arc<Service>>) -> Response {
    json(StatusCode::OK, &[Runtime { language: LANGUAGE, version: version(&service), aliases: ALIASES.to_vec() }])
}

/// The interpreter's version, such as `3.11.7`.
fn version(service: &Service) -> String {
    let interpreter = &service.judge.engines().first.interpreter;
    let is_number = |word: &&str| word.starts_with(|c: char| c.is_ascii_digit());
    interpreter.split_whitespace().find(is_number).unwrap_or("3").to_owned()
}

/// Whether a version is one that was asked for.
fn is_asked_for(version: &str, asked: &str) -> bool {
    let parts: Vec<&str> = version.split('.').collect();
    let mut asked = asked.split('.').enumerate();
    asked.all(|(at, part)| matches!(part, "x" | "X" | "*") || parts.get(at).is_some_and(|found| *found == part))
}

/// Runs a program.
#[utoipa::path(post, path = "/api/v2/execute", request_body = ExecuteRequest, responses(
    (status = 200, description = "What came of it.", body = ExecuteResponse),
    (status = 400, description = "The body is not a JSON object, or the language or its version is not here.", body = PistonError),
    (status = 401, description = "A token is wanted.", body = ErrorBody),
    (status = 403, description = "A web page asks.", body = ErrorBody),
    (status = 408, description = "The body is too slow.", body = PistonError),
    (status = 413, description = "The body is too large.", body = PistonError),
    (status = 415, description = "The body is not marked as JSON.", body = PistonError),
    (status = 422, description = "A field is not as it should be.", body = PistonError),
    (status = 429, description = "Too much waits already: `Retry-After` says how long to wait.", body = PistonError),
    (status = 503, description = "The service ends.", body = PistonError),
))]
pub(crate) async fn execute(
    State(service): State<Arc<Service>>,
    Extension(Client(client)): Extension<Client>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Refused> {
    let (bytes, _hold) = service.body(&headers, body).await?;
    let version = version(&service);
    let wanted = read(Fields::of_body(&bytes)?, &version)?;
    drop(bytes);
    let ran = run(&service.queue, &client, wanted.job(&service.config)).await?;
    service.counters.verdict(if ran.is_ok() { "ran" } else { "sandbox" });
    Ok(json(StatusCode::OK, &ExecuteResponse { language: LANGUAGE, version, run: told(ran) }))
}

fn read(mut fields: Fields, version: &str) -> Result<Wanted, Refusal> {
    let fields = &mut fields;
    let language: String = fields.required("language")?;
    let asked: String = fields.required("version")?;
    let raw: Vec<Box<RawValue>> = fields.required("files")?;
    let stdin: String = fields.take("stdin")?.unwrap_or_default();
    let args: Vec<String> = fields.take("args")?.unwrap_or_default();
    let time: f64 = fields.take("run_timeout")?.unwrap_or(RUN_TIMEOUT);
    let memory: f64 = fields.take("run_memory_limit")?.unwrap_or(-1.0);
    for ignored in ["compile_timeout", "compile_memory_limit"] {
        let _: Option<f64> = fields.take(ignored)?;
    }
    let is_known = language == LANGUAGE || ALIASES.contains(&language.as_str());
    if !is_known || !is_asked_for(version, &asked) {
        let message = format!("{language}-{asked} runtime is unknown: there is {LANGUAGE}-{version}");
        let field = if is_known { "version" } else { "language" };
        return Err(Refusal::new(StatusCode::BAD_REQUEST, "unknown_runtime", message).about(field));
    }
    if !args.is_empty() {
        return Err(Refusal::invalid("args", "programs get no arguments here: leave them out"));
    }
    if !time.is_finite() || time <= 0.0 {
        return Err(Refusal::invalid("run_timeout", format!("expected milliseconds above 0, found {time}")));
    }
    let mut files = raw.iter().enumerate().map(|(at, raw)| file(at, raw)).collect::<Result<Vec<_>, Refusal>>()?;
    if files.is_empty() {
        return Err(Refusal::invalid("files", "is empty: the first file is the program"));
    }
    let (_, program) = files.remove(0);
    let program =
        String::from_utf8(program).map_err(|_| Refusal::invalid("files[0].content", "the program is not UTF-8"))?;
    Ok(Wanted {
        program,
        stdin,
        files,
        time: Some(Duration::try_from_secs_f64(time / 1000.0).unwrap_or(Duration::MAX)),
        memory_bytes: Some(memory).filter(|bytes| *bytes >= 1.0).map(|bytes| bytes as u64),
    })
}

/// A file with its name.
fn file(at: usize, raw: &RawValue) -> Result<(String, Vec<u8>), Refusal> {
    let mut fields = Fields::at(&format!("files[{at}]"), raw)?;
    let content: String = fields.required("content")?;
    let encoding: Option<Encoding> = fields.take("encoding")?;
    let name: String = fields.take("name")?.unwrap_or_else(|| format!("file{at}"));
    if at > 0 && !is_plain(&name) {
        return Err(Refusal::invalid(
            fields.name("name"),
            "a file has a plain name, without a folder, and is not `main.py`",
        ));
    }
    let wrong = |why: String| Refusal::invalid(fields.name("content"), why);
    let bytes = match encoding {
        None | Some(Encoding::Utf8) => content.into_bytes(),
        Some(Encoding::Base64) => {
            STANDARD.decode(content).map_err(|error| wrong(format!("is not base 64: {error}")))?
        }
        Some(Encoding::Hex) => of_hex(&content).ok_or_else(|| wrong("is not hexadecimal".to_owned()))?,
    };
    Ok((name, bytes))
}

fn of_hex(text: &str) -> Option<Vec<u8>> {
    let digits = text.bytes().map(|byte| char::from(byte).to_digit(16)).collect::<Option<Vec<u32>>>()?;
    let pairs = digits.chunks_exact(2);
    pairs.remainder().is_empty().then(|| pairs.map(|pair| (pair[0] << 4 | pair[1]) as u8).collect())
}

/// Names of signals.
const SIGNALS: [(i32, &str); 9] = [
    (4, "SIGILL"),
    (6, "SIGABRT"),
    (7, "SIGBUS"),
    (8, "SIGFPE"),
    (9, "SIGKILL"),
    (11, "SIGSEGV"),
    (13, "SIGPIPE"),
    (15, "SIGTERM"),
    (31, "SIGSYS"),
];

fn told(ran: Result<Ran, JudgeError>) -> Stage {
    let Ran { outcome, .. } = match ran {
        Ok(ran) => ran,
        Err(error) => {
            return Stage {
                stdout: String::new(),
                stderr: String::new(),
                output: String::new(),
                code: None,
                signal: None,
                message: Some(error.to_string()),
                status: Some("XX"),
                cpu_time: 0,
                wall_time: 0,
                memory: 0,
            };
        }
    };
    let end = End::of(&outcome.how);
    let status = match (end.code, end.is_timeout, end.is_flood) {
        (Some(0), ..) => None,
        (Some(_), ..) => Some("RE"),
        (None, true, _) => Some("TO"),
        (None, _, true) => Some("OL"),
        (None, ..) => Some("SG"),
    };
    let name = |signal: i32| {
        let known = SIGNALS.iter().find(|(number, _)| *number == signal);
        known.map_or_else(|| format!("SIG{signal}"), |(_, name)| (*name).to_owned())
    };
    let (stdout, stderr) = (text(&outcome.stdout.bytes), text(&outcome.stderr.bytes));
    let ms = |time: Duration| u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
    Stage {
        output: format!("{stdout}{stderr}"),
        stdout,
        stderr,
        code: end.code,
        signal: end.signal.map(name),
        message: end.message,
        status,
        cpu_time: ms(outcome.used.cpu),
        wall_time: ms(outcome.used.wall),
        memory: outcome.used.peak_bytes,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_asked_for_by_its_beginning() {
        for asked in ["*", "3", "3.x", "3.11", "3.11.7", "3.11.*"] {
            assert!(is_asked_for("3.11.7", asked), "{asked}");
        }
        for asked in ["2", "3.1", "3.12", "3.11.8", "3.11.7.1", ""] {
            assert!(!is_asked_for("3.11.7", asked), "{asked}");
        }
    }

    #[test]
    fn hexadecimal_texts_come_in_pairs() {
        assert_eq!(of_hex("00fF"), Some(vec![0, 255]));
        assert_eq!((of_hex("0"), of_hex("0g")), (None, None));
    }
}
