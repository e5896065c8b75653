//! Responses in JSON.

use crate::protocols::Language;
use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use serde_json::{Value, json};

/// An error in the words of a language.
pub(crate) fn error(language: Language, status: u16, message: &str, code: Option<&str>) -> Response {
    let body = error_body(language, message, code);
    let mut response = json(Body::from(body.to_string()));
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    response
}

/// The body of an error in the words of a language.
pub(crate) fn error_body(language: Language, message: &str, code: Option<&str>) -> Value {
    match language {
        Language::OpenAi => json!({"error": {"message": message, "type": "error", "code": code, "param": null}}),
        Language::Anthropic => json!({"type": "error", "error": {"type": code.unwrap_or("error"), "message": message}}),
    }
}

/// A response with status 200.
pub(crate) fn json(body: Body) -> Response {
    let mut response = Response::new(body);
    *response.status_mut() = StatusCode::OK;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}
