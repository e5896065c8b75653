//! What can go wrong on the way to an answer, on command.

use crate::protocols::Language;
use crate::responses::{error, json};
use axum::body::{Body, Bytes};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use flate2::Compression;
use flate2::write::GzEncoder;
use futures::stream;
use serde_json::Value;
use std::io::{self, Write as _};
use std::time::Duration;

/// What goes wrong with a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// Too many requests; with how long to wait, or without.
    RateLimited {
        /// The header `retry-after`.
        retry_after: Option<&'static str>,
    },
    /// A status and a message that are an error.
    Status(u16, &'static str),
    /// Nothing at all for so long, then the answer.
    Slow(Duration),
    /// The first half of the answer, and then nothing for ever.
    Stalled,
    /// The first half of the answer, and then the connection ends.
    Cut,
    /// The first half of the answer as if it were the whole.
    Truncated,
    /// A page where the answer should be.
    WrongType,
    /// An answer without choices.
    Empty,
    /// Every choice twice.
    Duplicated,
    /// An answer that does not say what it cost.
    NoUsage,
    /// The provider's filter withholds the text.
    ContentFilter,
    /// The text ends at its limit, in the middle.
    Length,
    /// The error that providers send for a prompt that is too long.
    TooLong,
    /// The answer, with every header of the request quoted in it.
    Indiscreet,
    /// The answer with parts of it set, each named by a JSON pointer. A part that is not there yet is added to the object
    /// around it.
    Set(Vec<(&'static str, Value)>),
    /// The answer with a text in its bytes replaced by others, wherever it stands: for what is no JSON.
    Swapped(&'static str, &'static [u8]),
    /// This response, whatever was asked.
    Raw {
        /// Its status.
        status: u16,
        /// Its headers.
        headers: Vec<(&'static str, String)>,
        /// Its body.
        body: Vec<u8>,
    },
    /// A request of a batch that the batch did not come to. By itself it is no fault.
    Expired,
    /// The answer after blanks that keep the connection alive meanwhile.
    Padded(Duration),
    /// The answer gzipped, which nobody asked for.
    Packed {
        /// Whether the header says so.
        is_said: bool,
    },
}

impl Fault {
    /// A response with status 200 that is this JSON, whatever was asked.
    pub fn body(body: &Value) -> Self {
        Self::raw(200, "application/json", body.to_string())
    }

    /// This response, whatever was asked.
    pub fn raw(status: u16, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        Self::Raw { status, headers: vec![("content-type", content_type.to_owned())], body: body.into() }
    }
}

/// A request as it came.
#[derive(Debug, Clone, PartialEq)]
pub struct Seen {
    /// The whole body.
    pub body: serde_json::Value,
    /// The headers, as `name: value`.
    pub headers: Vec<String>,
    /// How often the same body came before.
    pub attempt: u32,
    /// What was done to it.
    pub fault: Option<Fault>,
}

impl Fault {
    /// Whether the fault is in the answer's content, and not on its way.
    pub(crate) fn is_content(&self) -> bool {
        matches!(
            self,
            Self::Empty
                | Self::Duplicated
                | Self::NoUsage
                | Self::ContentFilter
                | Self::Length
                | Self::Indiscreet
                | Self::Set(_)
                | Self::Expired
        )
    }

    /// The response, given the answer's body.
    pub(crate) async fn response(&self, language: Language, body: String) -> Response {
        let half = || Bytes::from(body.as_bytes()[..body.len() / 2].to_vec());
        match self {
            Self::RateLimited { retry_after } => {
                let mut response = error(language, 429, "slow down", Some("rate_limit_exceeded"));
                if let Some(value) = retry_after {
                    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static(value));
                }
                response
            }
            Self::Status(status, message) => error(language, *status, message, None),
            Self::TooLong => {
                let message = "This model's maximum context length is 10 tokens. However, you requested 11.";
                error(language, 400, message, Some("context_length_exceeded"))
            }
            Self::Slow(duration) => {
                tokio::time::sleep(*duration).await;
                json(body.into())
            }
            Self::Stalled => {
                let parts = stream::unfold(Some(half()), |part| async {
                    match part {
                        Some(part) => Some((Ok::<_, io::Error>(part), None)),
                        None => std::future::pending().await,
                    }
                });
                json(Body::from_stream(parts))
            }
            Self::Cut => {
                let end = io::Error::new(io::ErrorKind::ConnectionReset, "cut");
                json(Body::from_stream(stream::iter([Ok(half()), Err(end)])))
            }
            Self::Truncated => json(half().into()),
            Self::WrongType => {
                let mut response = Response::new(Body::from("<html>Please sign in</html>"));
                response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html"));
                response
            }
            Self::Swapped(text, bytes) => {
                let parts: Vec<&[u8]> = body.split(text).map(str::as_bytes).collect();
                json(parts.join(*bytes).into())
            }
            Self::Raw { status, headers, body } => {
                let mut response = Response::new(Body::from(body.clone()));
                *response.status_mut() = StatusCode::from_u16(*status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
                for (name, value) in headers {
                    if let Ok(value) = HeaderValue::from_str(value) {
                        response.headers_mut().append(*name, value);
                    }
                }
                response
            }
            Self::Padded(time) => {
                /// Blanks that are sent before the answer.
                const BLANKS: u32 = 5;
                let (pause, answer) = (*time / BLANKS, Bytes::from(body));
                let parts = stream::unfold(0, move |sent| {
                    let answer = answer.clone();
                    async move {
                        if sent > BLANKS {
                            return None;
                        }
                        tokio::time::sleep(pause).await;
                        let part = if sent < BLANKS { Bytes::from_static(b"\n  ") } else { answer };
                        Some((Ok::<_, io::Error>(part), sent + 1))
                    }
                });
                json(Body::from_stream(parts))
            }
            Self::Packed { is_said } => {
                let mut packer = GzEncoder::new(Vec::new(), Compression::default());
                let packed = packer.write_all(body.as_bytes()).and_then(|()| packer.finish());
                let mut response = json(packed.unwrap_or_default().into());
                if *is_said {
                    response.headers_mut().insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
                }
                response
            }
            Self::Empty
            | Self::Duplicated
            | Self::NoUsage
            | Self::ContentFilter
            | Self::Length
            | Self::Indiscreet
            | Self::Expired
            | Self::Set(_) => json(body.into()),
        }
    }
}
