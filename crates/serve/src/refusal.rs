//! What a request gets that gets no answer: a status, a code for programs, and words for people.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

/// A request that is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) status: StatusCode,
    pub(crate) error: ErrorWords,
    /// Seconds after which it may be tried again.
    pub(crate) retry_after: Option<u64>,
}

/// Why a request was refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct ErrorWords {
    /// A word for programs.
    #[schema(example = "invalid")]
    pub(crate) code: &'static str,
    /// What was found, what was expected, and what to do.
    pub(crate) message: String,
    /// The field of the request that is to blame, such as `limits.time_limit` or `requests[3].program`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) field: Option<String>,
}

/// The body of a refusal.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ErrorBody {
    /// Why.
    pub(crate) error: ErrorWords,
}

impl Refusal {
    pub(crate) fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, error: ErrorWords { code, message: message.into(), field: None }, retry_after: None }
    }

    /// A field that is not as it should be.
    pub(crate) fn invalid(field: impl Into<String>, message: impl Into<String>) -> Self {
        let field = field.into();
        let message = format!("`{field}`: {}", message.into());
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid", message).about(field)
    }

    /// A body that is no JSON, or none at all.
    pub(crate) fn bad_json(why: impl std::fmt::Display) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "bad_json", format!("the body must be one JSON object: {why}"))
    }

    /// The service ends.
    pub(crate) fn shutting_down() -> Self {
        let message = "the server is shutting down: ask another one, or try again later";
        Self { retry_after: Some(5), ..Self::new(StatusCode::SERVICE_UNAVAILABLE, "shutting_down", message) }
    }

    /// More waits than may.
    pub(crate) fn queue_full(what: &str, retry_after: u64) -> Self {
        let message = format!("{what}: try again in {retry_after} s");
        Self { retry_after: Some(retry_after), ..Self::new(StatusCode::TOO_MANY_REQUESTS, "queue_full", message) }
    }

    /// The same, with the field that is to blame.
    pub(crate) fn about(mut self, field: impl Into<String>) -> Self {
        self.error.field = Some(field.into());
        self
    }

    /// Whether what is left of the request cannot be read any more.
    fn ends_connection(&self) -> bool {
        matches!(
            self.status,
            StatusCode::PAYLOAD_TOO_LARGE | StatusCode::REQUEST_TIMEOUT | StatusCode::SERVICE_UNAVAILABLE
        )
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let (ends, retry_after, status) = (self.ends_connection(), self.retry_after, self.status);
        let mut response = json(status, &ErrorBody { error: self.error });
        let headers = response.headers_mut();
        if ends {
            headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
        if let Some(seconds) = retry_after {
            headers.insert(header::RETRY_AFTER, seconds.into());
        }
        response
    }
}

/// A body of JSON.
pub(crate) fn json(status: StatusCode, body: &impl Serialize) -> Response {
    match serde_json::to_vec(body) {
        Ok(bytes) => (status, [(header::CONTENT_TYPE, "application/json")], bytes).into_response(),
        // No type here has a key that is no text.
        Err(error) => (StatusCode::SERVICE_UNAVAILABLE, error.to_string()).into_response(),
    }
}
