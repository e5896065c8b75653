//! Bodies of requests, within bounds of size and time.

use crate::refusal::Refusal;
use axum::body::{Body, HttpBody as _};
use axum::http::{HeaderMap, StatusCode, header};
use http_body_util::BodyExt as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

/// Bytes that all requests together may hold, as a multiple of what one may.
const TOGETHER: usize = 8;

/// What the bodies of all open requests hold.
pub(crate) struct Room {
    held: AtomicUsize,
    one: usize,
    timeout: Duration,
}

/// Bytes that a request holds until it is answered.
pub(crate) struct Hold {
    room: Arc<Room>,
    bytes: usize,
}

impl Drop for Hold {
    fn drop(&mut self) {
        self.room.held.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

impl Hold {
    /// Holds so many bytes in all.
    fn grow(&mut self, bytes: usize) -> Result<(), Refusal> {
        let more = bytes.saturating_sub(self.bytes);
        let before = self.room.held.fetch_add(more, Ordering::Relaxed);
        self.bytes += more;
        if before + more > self.room.one.saturating_mul(TOGETHER) {
            return Err(Refusal::queue_full("the requests that wait hold as many bytes as they may", 1));
        }
        Ok(())
    }
}

impl Room {
    pub(crate) fn new(one: usize, timeout: Duration) -> Arc<Self> {
        Arc::new(Self { held: AtomicUsize::new(0), one, timeout })
    }

    /// Bytes that are held now.
    pub(crate) fn held(&self) -> usize {
        self.held.load(Ordering::Relaxed)
    }

    /// Reads a body of JSON.
    pub(crate) async fn read(self: &Arc<Self>, headers: &HeaderMap, body: Body) -> Result<(Vec<u8>, Hold), Refusal> {
        is_json(headers)?;
        // What says that it is too long is refused before a byte of it is read.
        let told = body.size_hint().exact().map(|bytes| usize::try_from(bytes).unwrap_or(usize::MAX));
        self.fits(told.unwrap_or(0))?;
        let mut hold = Hold { room: Arc::clone(self), bytes: 0 };
        hold.grow(told.unwrap_or(0))?;
        let slow = || {
            let message = format!("the body did not arrive within {} s", self.timeout.as_secs_f64());
            Refusal::new(StatusCode::REQUEST_TIMEOUT, "slow_body", message)
        };
        let bytes = tokio::time::timeout(self.timeout, self.collect(body, told, &mut hold)).await;
        Ok((bytes.map_err(|_| slow())??, hold))
    }

    async fn collect(&self, mut body: Body, told: Option<usize>, hold: &mut Hold) -> Result<Vec<u8>, Refusal> {
        // Nobody gets room for what they only announce.
        let mut bytes = Vec::with_capacity(told.unwrap_or(0).min(64 << 10));
        while let Some(frame) = body.frame().await {
            let frame = frame.map_err(|error| Refusal::bad_json(format!("it is cut or broken ({error})")))?;
            let Ok(data) = frame.into_data() else { continue };
            self.fits(bytes.len() + data.len())?;
            hold.grow(bytes.len() + data.len())?;
            bytes.extend_from_slice(&data);
        }
        Ok(bytes)
    }

    fn fits(&self, bytes: usize) -> Result<(), Refusal> {
        if bytes <= self.one {
            return Ok(());
        }
        let message = format!("a body has at most {} bytes here (`--max-body`)", self.one);
        Err(Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", message))
    }
}

fn is_json(headers: &HeaderMap) -> Result<(), Refusal> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    if kind.eq_ignore_ascii_case("application/json") {
        return Ok(());
    }
    let found = if kind.is_empty() { "none".to_owned() } else { format!("`{kind}`") };
    let message = format!("the header `Content-Type` must be `application/json`, found {found}");
    Err(Refusal::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "not_json", message))
}
