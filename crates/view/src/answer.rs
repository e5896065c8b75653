//! What goes out: a page, data or a stream, with the headers that keep it what it is.

use axum::body::{Body, Bytes};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName, LOCATION, REFERRER_POLICY,
    X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;
use mend_page::Served;
use std::io;
use tokio::sync::mpsc::{Receiver, Sender};

/// What data may do that is no page: nothing.
const NOTHING: &str = "default-src 'none'; frame-ancestors 'none'";

/// Pieces of a stream that wait for their reader.
const AHEAD: usize = 8;

/// An answer before it has its headers.
pub(crate) struct Answer {
    status: StatusCode,
    kind: &'static str,
    policy: String,
    more: Vec<(HeaderName, String)>,
    body: Body,
}

/// The pieces of a stream, from a thread that makes them.
pub(crate) type Pieces = Sender<io::Result<Bytes>>;

impl Answer {
    fn new(status: StatusCode, kind: &'static str, policy: &str, body: Body) -> Self {
        Self { status, kind, policy: policy.to_owned(), more: vec![], body }
    }

    /// A page.
    pub(crate) fn page(served: Served) -> Self {
        Self::new(StatusCode::OK, "text/html; charset=utf-8", &served.policy, served.html.into())
    }

    /// A page that says why there is nothing else.
    pub(crate) fn refusal(status: StatusCode, title: &str, words: &str, hint: Option<&str>) -> Self {
        Self { status, ..Self::page(mend_page::refusal(title, words, hint)) }
    }

    /// The same in words alone, for a script.
    pub(crate) fn words(status: StatusCode, words: &str) -> Self {
        Self::new(status, "text/plain; charset=utf-8", NOTHING, format!("{words}\n").into())
    }

    /// Part of a page.
    pub(crate) fn fragment(html: String) -> Self {
        Self::new(StatusCode::OK, "text/html; charset=utf-8", NOTHING, html.into())
    }

    /// Data.
    pub(crate) fn json(json: String) -> Self {
        Self::new(StatusCode::OK, "application/json", NOTHING, json.into())
    }

    /// Elsewhere.
    pub(crate) fn moved(to: String) -> Self {
        let mut answer = Self::words(StatusCode::PERMANENT_REDIRECT, &to);
        answer.more.push((LOCATION, to));
        answer
    }

    /// What a thread of its own makes, piece by piece, as fast as the reader takes it.
    pub(crate) fn stream(kind: &'static str, make: impl FnOnce(Pieces) + Send + 'static) -> Self {
        let (pieces, taken) = tokio::sync::mpsc::channel(AHEAD);
        tokio::task::spawn_blocking(move || make(pieces));
        let next = |mut taken: Receiver<io::Result<Bytes>>| async { taken.recv().await.map(|piece| (piece, taken)) };
        let body = Body::from_stream(futures::stream::unfold(taken, next));
        Self::new(StatusCode::OK, kind, NOTHING, body)
    }

    /// To be kept as a file of that name, which is one of ours.
    pub(crate) fn kept_as(mut self, name: &str) -> Self {
        self.more.push((CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")));
        self
    }

    /// To be asked for again after so many seconds, without a script.
    pub(crate) fn asked_again(mut self, seconds: u32) -> Self {
        self.more.push((HeaderName::from_static("refresh"), seconds.to_string()));
        self
    }

    pub(crate) fn into_response(self) -> Response {
        let mut response = Response::new(self.body);
        *response.status_mut() = self.status;
        let fixed = [
            (CONTENT_TYPE, self.kind),
            (X_CONTENT_TYPE_OPTIONS, "nosniff"),
            (X_FRAME_OPTIONS, "DENY"),
            (REFERRER_POLICY, "no-referrer"),
            (CACHE_CONTROL, "no-store"),
            (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
            (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        ];
        let headers = response.headers_mut();
        headers.extend(fixed.map(|(name, value)| (name, HeaderValue::from_static(value))));
        let own = self.more.into_iter().chain([(CONTENT_SECURITY_POLICY, self.policy)]);
        headers.extend(own.filter_map(|(name, value)| Some((name, HeaderValue::from_str(&value).ok()?))));
        response
    }
}
