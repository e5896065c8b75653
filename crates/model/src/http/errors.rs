//! From a status or a broken connection to what happened, in words for the user.

use super::learned::{is_unknown, names};
use crate::Request;
use crate::failure::Kind;
use crate::protocol::{OMITTABLE, Told};
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

/// What an error is that a server tells of, by a status of its own or by the one that its words amount to.
pub(super) fn of_told(status: u16, told: &Told) -> (Kind, String) {
    let lower = told.lower();
    let is_quota = ["insufficient_quota", "billing", "credit balance", "insufficient balance"]
        .iter()
        .any(|word| lower.contains(word));
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
    let said = shortened(&told.said());
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

/// One line of a bearable length.
pub(super) fn shortened(text: &str) -> String {
    let plain: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let words = plain.split_whitespace().collect::<Vec<_>>().join(" ");
    match words.char_indices().nth(MAX_DETAIL) {
        Some((end, _)) => format!("{}...", &words[..end]),
        None => words,
    }
}

/// What the user may do.
pub(super) fn hint(kind: Kind, told: &Told, endpoint: &Endpoint, request: &Request) -> Option<String> {
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
        Kind::Foreign => format!(
            "requests go to `{}`: is the part before `{}` the server's base URL? {} changes it",
            endpoint.url, endpoint.path, endpoint.url_variable
        ),
        Kind::TooLong => "choose a model with more context, or a smaller `--max-tokens`, in a new run".to_owned(),
        Kind::BadRequest => return refused_parameter(&told.lower(), request),
        Kind::RateLimited => "`--rpm`, `--tpm` and `--max-connections` keep requests below a limit".to_owned(),
        Kind::TimedOut => "`--request-timeout` gives an attempt more time".to_owned(),
        Kind::OtherWords | Kind::Overloaded | Kind::ServerError | Kind::Cut | Kind::Garbled | Kind::Empty => {
            return None;
        }
    })
}

/// What helps with the parameter that a refusal names. All of them belong to a run's identity.
fn refused_parameter(lower: &str, request: &Request) -> Option<String> {
    let sampling = &request.sampling;
    let is_sent = |name: &str| !sampling.omit.contains(name);
    let named = |name: &str| is_sent(name) && names(lower, &name.replace('-', "_"));
    let is_limit = ["max_tokens", "max_completion_tokens"].iter().any(|name| names(lower, name));
    Some(if let Some(name) = OMITTABLE.iter().filter(|name| **name != "max-tokens").find(|name| named(name)) {
        format!("in a new run `--omit {name}` leaves it to the model's own default, and the manifest says so")
    } else if is_limit && is_sent("max-tokens") && is_unknown(lower) {
        "in a new run `--omit max-tokens` sends no limit, and no budget can then be kept".to_owned()
    } else if is_limit && is_sent("max-tokens") {
        format!("in a new run choose another `--max-tokens` than {}", sampling.max_tokens)
    } else if names(lower, "stop") && !sampling.stop.is_empty() {
        "in a new run leave out `--stop`, or some of them".to_owned()
    } else if names(lower, "reasoning_effort") && sampling.reasoning_effort.is_some() {
        "in a new run leave out `--reasoning-effort`, or choose another word".to_owned()
    } else {
        return None;
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol;
    use mend_core::{Digest, ProblemId, Sampling, Seat, Slot, Tokens};

    #[track_caller]
    fn check(status: u16, body: &str, kind: Kind, detail: &str) {
        assert_eq!(of_told(status, &protocol::error_of(body.as_bytes())), (kind, detail.to_owned()));
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
        check(400, r#"{"odd":1}"#, Kind::BadRequest, r#"status 400: {"odd":1}"#);
        check(302, "", Kind::Redirected, "status 302");
        check(503, "busy", Kind::Overloaded, "status 503: busy");
        check(529, "busy", Kind::Overloaded, "status 529: busy");
        check(502, "<html>", Kind::ServerError, "status 502: <html>");
        check(502, "<html><title>Bad gateway</title>...", Kind::ServerError, "status 502: Bad gateway");
        let long = of_told(500, &protocol::error_of("x".repeat(1000).as_bytes()));
        assert!(long.1.len() < 330);
    }

    #[test]
    fn a_refused_parameter_is_named_with_the_flag_that_helps() {
        let request = |stop: &[&str]| Request {
            problem: ProblemId::new("a/1"),
            problem_digest: Digest::of(b"a"),
            replicate: 0,
            seed: 0,
            seat: Seat::CODER,
            slots: vec![Slot::program(0)],
            messages: Vec::new(),
            program: None,
            first: 0,
            sampling: Sampling {
                stop: stop.iter().map(|stop| (*stop).to_owned()).collect(),
                omit: ["seed".to_owned()].into(),
                ..Sampling::new(0.5, Tokens(100))
            },
        };
        let hint = |message: &str, stop: &[&str]| {
            refused_parameter(&message.to_lowercase(), &request(stop)).unwrap_or_default()
        };
        let temperature = "Unsupported value: 'temperature' does not support 0.8 with this model.";
        assert!(hint(temperature, &[]).contains("`--omit temperature`"));
        assert!(hint("top_p: extra fields not permitted", &[]).contains("`--omit top-p`"));
        assert!(hint("Unsupported parameter: 'max_tokens'", &[]).contains("`--omit max-tokens`"));
        assert!(hint("max_tokens must be at most 64", &[]).contains("`--max-tokens` than 100"));
        assert!(hint("too many values for `stop`", &["END"]).contains("`--stop`"));
        for message in ["too many values for `stop`", "seed is unknown", "no"] {
            assert_eq!(hint(message, &[]), "", "{message}: it was not sent");
        }
    }
}
