//! From a status or a broken connection to what happened, in words for the user.

use crate::failure::Kind;
use crate::protocol::{self, OMITTABLE};
use crate::provider::Endpoint;
use std::error::Error;

/// The longest text of a server that is passed on, in characters.
const MAX_DETAIL: usize = 300;
/// What servers call a prompt that is too long.
const TOO_LONG: [&str; 9] = [
    "context_length_exceeded",
    "maximum context length",
    "context length",
    "context window",
    "context size",
    "prompt is too long",
    "input is too long",
    "too many tokens",
    "exceeds the available context",
];

/// What a response says that is not an answer.
pub(super) fn of_status(status: u16, body: &str) -> (Kind, String) {
    let (message, code) = protocol::error_of(body);
    let code = code.unwrap_or_default();
    let said = message.unwrap_or_else(|| body.trim().to_owned());
    let lower = format!("{code} {said}").to_lowercase();
    let is_quota = ["insufficient_quota", "billing", "credit balance"].iter().any(|word| lower.contains(word));
    let kind = match status {
        300..=399 => Kind::Redirected,
        401 | 403 => Kind::Unauthorized,
        402 => Kind::NoQuota,
        404 => Kind::NotFound,
        407 => Kind::Proxy,
        413 => Kind::TooLong,
        400 | 422 if TOO_LONG.iter().any(|phrase| lower.contains(phrase)) => Kind::TooLong,
        400 | 429 if is_quota => Kind::NoQuota,
        429 => Kind::RateLimited,
        // The server says that it did not begin.
        409 | 425 | 503 | 529 => Kind::Overloaded,
        408 | 500..=599 => Kind::ServerError,
        _ => Kind::BadRequest,
    };
    let said = shortened(&said);
    (kind, if said.is_empty() { format!("status {status}") } else { format!("status {status}: {said}") })
}

/// What became of a request that got no whole response.
pub(super) fn of_transport(error: &reqwest::Error) -> (Kind, String) {
    let detail = chain(error);
    let lower = detail.to_lowercase();
    let says = |words: &[&str]| words.iter().any(|word| lower.contains(word));
    let kind = if error.is_connect() {
        if says(&["proxy", "tunnel", "socks"]) {
            Kind::Proxy
        } else if has_tls(error) || says(&["certificate", "invalid peer", "corrupt message", "tls", "handshake"]) {
            Kind::Tls
        } else {
            Kind::Unreachable
        }
    } else if error.is_timeout() {
        Kind::TimedOut
    } else {
        Kind::Cut
    };
    (kind, shortened(&detail))
}

fn has_tls(error: &reqwest::Error) -> bool {
    let mut cause = error.source();
    while let Some(error) = cause {
        let inner = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        if error.is::<rustls::Error>() || inner.is_some_and(|inner| inner.downcast_ref::<rustls::Error>().is_some()) {
            return true;
        }
        cause = error.source();
    }
    false
}

/// The causes of an error, the outermost left out: it only says that there was a request. Repeated words once.
pub(super) fn chain(error: &dyn Error) -> String {
    let mut parts: Vec<String> = Vec::new();
    let mut cause = error.source();
    while let Some(error) = cause {
        let text = error.to_string();
        // Says no more than that there was a client.
        if text.starts_with("client error") {
            cause = error.source();
            continue;
        }
        if !parts.last().is_some_and(|last| last.contains(&text)) {
            parts.push(text);
        }
        cause = error.source();
    }
    if parts.is_empty() { error.to_string() } else { parts.join(": ") }
}

fn shortened(text: &str) -> String {
    let plain: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let words = plain.split_whitespace().collect::<Vec<_>>().join(" ");
    match words.char_indices().nth(MAX_DETAIL) {
        Some((end, _)) => format!("{}...", &words[..end]),
        None => words,
    }
}

/// What the user may do.
pub(super) fn hint(kind: Kind, detail: &str, endpoint: &Endpoint) -> Option<String> {
    let server = endpoint.url.origin().ascii_serialization();
    Some(match kind {
        Kind::Unreachable => {
            format!("is `{server}` the right address, and is it up? {} changes it", endpoint.url_variable)
        }
        Kind::Tls => format!(
            "does `{server}` speak HTTPS, with a certificate that this machine trusts? SSL_CERT_FILE names another \
             file of root certificates"
        ),
        Kind::Proxy => {
            "look at HTTP_PROXY, HTTPS_PROXY and ALL_PROXY; hosts in NO_PROXY are reached without".to_owned()
        }
        Kind::Redirected => format!("set {} to the address that the server names", endpoint.url_variable),
        Kind::Unauthorized if endpoint.key.is_none() => format!("set {} to a key", endpoint.key_variable),
        Kind::Unauthorized => format!("look at the key in {}, and at what it may do", endpoint.key_variable),
        Kind::NoQuota => "add credit or wait for the quota to renew".to_owned(),
        Kind::NotFound => format!(
            "does `{server}` serve a model `{}`, under this path: `{}`? {} changes the address",
            endpoint.model,
            endpoint.url.path(),
            endpoint.url_variable
        ),
        Kind::TooLong => "choose a model with more context, or a smaller `--max-tokens`".to_owned(),
        Kind::BadRequest => {
            let lower = detail.to_lowercase();
            let named = OMITTABLE.iter().find(|name| lower.contains(&name.replace('-', "_")));
            let refused = named.filter(|name| **name != "max-tokens")?;
            format!("`--omit {refused}` leaves it to the model's own default, and the manifest says so")
        }
        Kind::RateLimited => "`--rpm`, `--tpm` and `--max-connections` keep requests below a limit".to_owned(),
        Kind::TimedOut => "`--request-timeout` gives an attempt more time".to_owned(),
        Kind::Overloaded | Kind::ServerError | Kind::Cut | Kind::Garbled | Kind::Empty => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(status: u16, body: &str, kind: Kind, detail: &str) {
        assert_eq!(of_status(status, body), (kind, detail.to_owned()));
    }

    #[test]
    fn statuses_and_bodies_tell_what_happened() {
        check(401, r#"{"error":{"message":"bad key"}}"#, Kind::Unauthorized, "status 401: bad key");
        check(404, "not\u{1b}[31m here", Kind::NotFound, "status 404: not [31m here");
        check(429, "", Kind::RateLimited, "status 429");
        let quota = r#"{"error":{"message":"You exceeded it","code":"insufficient_quota"}}"#;
        check(429, quota, Kind::NoQuota, "status 429: You exceeded it");
        let long = r#"{"error":{"message":"too much","code":"context_length_exceeded"}}"#;
        check(400, long, Kind::TooLong, "status 400: too much");
        let long = r#"{"type":"error","error":{"type":"invalid_request_error","message":"prompt is too long: 9 > 8"}}"#;
        check(400, long, Kind::TooLong, "status 400: prompt is too long: 9 > 8");
        check(400, r#"{"error":"no"}"#, Kind::BadRequest, "status 400: no");
        check(302, "", Kind::Redirected, "status 302");
        check(503, "busy", Kind::Overloaded, "status 503: busy");
        check(529, "busy", Kind::Overloaded, "status 529: busy");
        check(502, "<html>", Kind::ServerError, "status 502: <html>");
        assert!(of_status(500, &"x".repeat(1000)).1.len() < 330);
    }
}
