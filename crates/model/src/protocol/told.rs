//! Errors that a body tells of, whatever its status: what they say, which status they amount to, and how long to wait.
//!
//! Gateways put errors of the servers behind them into answers with status 200, in many forms. Read [`Told::in_body`],
//! then [`Told::status`].

use crate::hints;
use serde_json::{Map, Value};
use std::time::Duration;

/// An error as a body tells it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Told {
    /// In the server's words.
    pub(crate) message: Option<String>,
    /// What it calls the error, most exact first: `code`, `type`, `status`.
    pub(crate) words: Vec<String>,
    /// The parameter that it is about.
    pub(crate) parameter: Option<String>,
    /// A number among its codes that is a status of HTTP, or means one.
    number: Option<u16>,
    /// How long it asks to wait.
    pub(crate) wait: Option<Duration>,
}

/// Statuses by the words for them: lowercase letters and digits alone, without `error` or `exception` at the end.
const STATUSES: [(u16, &[&str]); 10] = [
    (
        400,
        &[
            "badrequest",
            "invalid",
            "invalidrequest",
            "invalidargument",
            "invalidparameter",
            "invalidvalue",
            "unsupportedparameter",
            "unsupportedvalue",
            "unprocessableentity",
            "validation",
            "contentfilter",
            "contentpolicyviolation",
            "contextlengthexceeded",
            "contextwindowexceeded",
            "failedprecondition",
            "outofrange",
        ],
    ),
    (
        401,
        &[
            "authentication",
            "invalidauthentication",
            "unauthorized",
            "unauthenticated",
            "invalidapikey",
            "incorrectapikey",
        ],
    ),
    (
        402,
        &[
            "billing",
            "insufficientquota",
            "insufficientbalance",
            "insufficientcredits",
            "paymentrequired",
            "exceededcurrentquota",
        ],
    ),
    (403, &["permission", "permissiondenied", "forbidden", "accessdenied"]),
    (404, &["notfound", "modelnotfound"]),
    (413, &["requesttoolarge", "payloadtoolarge"]),
    (
        429,
        &[
            "ratelimit",
            "ratelimited",
            "ratelimitexceeded",
            "ratelimitreached",
            "toomanyrequests",
            "resourceexhausted",
            "throttled",
            "throttling",
        ],
    ),
    (
        500,
        &[
            "server",
            "internal",
            "internalserver",
            "api",
            "apiconnection",
            "upstream",
            "provider",
            "badgateway",
            "dataloss",
        ],
    ),
    (
        503,
        &[
            "overloaded",
            "serveroverloaded",
            "engineoverloaded",
            "modeloverloaded",
            "unavailable",
            "serviceunavailable",
            "serverbusy",
            "capacity",
            "capacityexceeded",
            "insufficientsystemresource",
        ],
    ),
    (504, &["timeout", "timedout", "deadlineexceeded", "gatewaytimeout", "network"]),
];

/// What the codes of `base_resp` mean, as MiniMax documents them.
const BASE_CODES: [(u64, u16); 12] = [
    (1000, 500),
    (1001, 504),
    (1002, 429),
    (1004, 401),
    (1008, 402),
    (1013, 500),
    (1024, 500),
    (1033, 500),
    (1039, 429),
    (2013, 400),
    (2049, 401),
    (2056, 402),
];

impl Told {
    /// The error that a body of a response holds in the place of an answer; `None` if it holds none.
    pub(crate) fn in_body(body: &Value) -> Option<Self> {
        // Some servers send a list of one error.
        let body = match body {
            Value::Array(items) if items.len() == 1 => &items[0],
            other => other,
        };
        let fields = body.as_object()?;
        if let Some(error) = fields.get("error").filter(|error| is_error(error)) {
            return Some(Self::of(error));
        }
        let base =
            fields.get("base_resp").filter(|base| base.get("status_code").and_then(number).is_some_and(|n| n != 0));
        if let Some(base) = base {
            let mut told = Self::of(base);
            let code = base.get("status_code").and_then(number);
            told.number = BASE_CODES.iter().find(|(known, _)| Some(*known) == code).map(|(_, status)| *status);
            return Some(told);
        }
        if fields.contains_key("choices") || fields.contains_key("content") {
            return None;
        }
        let first = fields.get("errors").and_then(|errors| errors.get(0));
        if let Some(error) = first {
            return Some(Self::of(error));
        }
        let says = |field: &str, words: &[&str]| {
            fields.get(field).and_then(Value::as_str).is_some_and(|word| words.contains(&word))
        };
        let is_failed = says("object", &["error"])
            || says("type", &["error"])
            || says("status", &["error", "failed", "failure", "fail"])
            || fields.get("success") == Some(&Value::Bool(false));
        let has_message = MESSAGES.iter().any(|field| fields.get(*field).is_some_and(|message| !message.is_null()));
        let has_code =
            CODES.iter().any(|field| fields.get(*field).and_then(number).is_some_and(|code| code != 0 && code != 200));
        (is_failed || has_message && has_code || fields.contains_key("detail")).then(|| Self::of(body))
    }

    /// What an object or a text says of an error.
    pub(crate) fn of(error: &Value) -> Self {
        let Some(fields) = error.as_object() else {
            let message = match error {
                Value::String(text) => Some(text.clone()),
                Value::Null | Value::Bool(_) => None,
                other => Some(other.to_string()),
            };
            return Self { message, ..Self::default() };
        };
        let words = WORDS.iter().filter_map(|field| fields.get(*field)?.as_str()).filter(|word| !word.is_empty());
        let numbers = CODES.iter().filter_map(|field| fields.get(*field).and_then(number));
        let mut told = Self {
            message: message(fields),
            words: words.map(str::to_owned).collect(),
            parameter: fields.get("param").and_then(Value::as_str).map(str::to_owned),
            number: numbers.filter_map(|number| u16::try_from(number).ok()).find(|number| (400..600).contains(number)),
            wait: None,
        };
        told.wait = hints::in_error(fields).or_else(|| hints::in_words(told.message.as_deref()?));
        told
    }

    /// An error of which only the text is known.
    pub(crate) fn plain(text: &str) -> Self {
        let text = title(text).unwrap_or(text.trim());
        let message = (!text.is_empty()).then(|| text.to_owned());
        Self { message, wait: hints::in_words(text), ..Self::default() }
    }

    /// The status that the error amounts to, by its number or by its words; `None` if it says neither.
    pub(crate) fn status(&self) -> Option<u16> {
        let of_word = |word: &String| {
            let bare: String = word.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_lowercase();
            let bare = ["exception", "error"].iter().find_map(|end| bare.strip_suffix(end)).unwrap_or(&bare);
            STATUSES.iter().find(|(_, words)| words.contains(&bare)).map(|(status, _)| *status)
        };
        self.number.or_else(|| self.words.iter().find_map(of_word))
    }

    /// All that it says, in lowercase, to look for phrases in.
    pub(crate) fn lower(&self) -> String {
        let parts = self.words.iter().chain(&self.parameter).chain(&self.message).map(String::as_str);
        parts.collect::<Vec<_>>().join(" ").to_lowercase()
    }

    /// What is passed on: the message, or else the words.
    pub(crate) fn said(&self) -> String {
        self.message.clone().unwrap_or_else(|| self.words.join(", "))
    }
}

/// Where messages stand.
const MESSAGES: [&str; 6] = ["message", "msg", "error_msg", "status_msg", "detail", "error"];
/// Where words for errors stand.
const WORDS: [&str; 4] = ["code", "type", "status", "error_type"];
/// Where numbers stand.
const CODES: [&str; 6] = ["code", "status", "status_code", "error_code", "http_code", "http_status"];

/// The title of a page of HTML.
pub(super) fn title(page: &str) -> Option<&str> {
    let (_, rest) = page.trim_start().strip_prefix('<')?.split_once("<title>")?;
    let (title, _) = rest.split_once("</title>")?;
    Some(title.trim()).filter(|title| !title.is_empty())
}

fn message(fields: &Map<String, Value>) -> Option<String> {
    let found = MESSAGES.iter().find_map(|field| match fields.get(*field)? {
        Value::String(text) if text.is_empty() => None,
        Value::String(text) => Some(text.clone()),
        // What is wrong with which part of the request.
        Value::Array(details) => {
            let detail = |detail: &Value| {
                let place = detail.get("loc").and_then(Value::as_array);
                let place: Vec<String> = place
                    .into_iter()
                    .flatten()
                    .map(|part| part.as_str().map_or_else(|| part.to_string(), str::to_owned))
                    .collect();
                Some(format!("{}: {}", place.join("."), detail.get("msg")?.as_str()?))
            };
            let all: Vec<String> = details.iter().filter_map(detail).collect();
            (!all.is_empty()).then(|| all.join("; "))
        }
        Value::Object(inner) => message(inner),
        _ => None,
    });
    // A gateway quotes the server behind it.
    let raw = fields.get("metadata").and_then(|metadata| metadata.get("raw")?.as_str()).filter(|raw| !raw.is_empty());
    match (found, raw) {
        (Some(found), Some(raw)) => Some(format!("{found}: {raw}")),
        (found, raw) => found.or_else(|| raw.map(str::to_owned)),
    }
}

/// Some servers put an empty error into every answer.
fn is_error(error: &Value) -> bool {
    match error {
        Value::Null | Value::Bool(false) => false,
        Value::Bool(true) => true,
        Value::Number(code) => code.as_f64() != Some(0.0),
        Value::String(text) => !text.is_empty(),
        Value::Array(items) => !items.is_empty(),
        Value::Object(fields) => {
            let is_fine = |code: &Value| matches!(number(code), Some(0 | 200)) || code.is_null();
            let code = fields.get("code");
            !(fields.is_empty()
                || (message(fields).is_none() && code.is_none_or(is_fine) && !fields.contains_key("type")))
        }
    }
}

/// A whole number, also where it stands as a text or a fraction.
fn number(value: &Value) -> Option<u64> {
    match value {
        Value::Number(number) => number.as_u64().or_else(|| {
            let fraction = number.as_f64()?;
            (fraction.fract() == 0.0 && (0.0..1e9).contains(&fraction)).then_some(fraction as u64)
        }),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[track_caller]
    fn check(body: &Value, status: Option<u16>, said: &str) {
        let told = Told::in_body(body).unwrap();
        assert_eq!((told.status(), told.said().as_str()), (status, said), "{body}");
    }

    #[test]
    fn errors_are_found_in_the_forms_that_servers_use() {
        let openai = json!({"error": {"message": "slow down", "type": "requests", "param": null, "code": "rate_limit_exceeded"}});
        check(&openai, Some(429), "slow down");
        check(&json!({"error": {"code": 502, "message": "gone"}}), Some(502), "gone");
        check(&json!({"error": {"code": "429", "message": "slow"}}), Some(429), "slow");
        check(&json!({"error": {"code": 429.0, "message": "slow"}}), Some(429), "slow");
        check(&json!({"error": "no idea"}), None, "no idea");
        let anthropic = |kind: &str| json!({"type": "error", "error": {"type": kind, "message": "m"}});
        check(&anthropic("overloaded_error"), Some(503), "m");
        check(&anthropic("rate_limit_error"), Some(429), "m");
        check(&anthropic("api_error"), Some(500), "m");
        check(&anthropic("authentication_error"), Some(401), "m");
        check(&anthropic("invalid_request_error"), Some(400), "m");
        let google = json!([{"error": {"code": 503, "message": "busy", "status": "UNAVAILABLE"}}]);
        check(&google, Some(503), "busy");
        check(&json!({"error": {"message": "busy", "status": "RESOURCE_EXHAUSTED"}}), Some(429), "busy");
        let router = json!({"error": {"code": 429, "message": "Provider returned error", "metadata": {"raw": "try later"}}, "user_id": "u"});
        check(&router, Some(429), "Provider returned error: try later");
        check(
            &json!({"object": "error", "message": "m", "type": "BadRequestError", "param": null, "code": 400}),
            Some(400),
            "m",
        );
        check(&json!({"detail": "Not Found"}), None, "Not Found");
        let details = json!({"detail": [{"loc": ["body", "n"], "msg": "extra fields not permitted", "type": "value_error.extra"}]});
        check(&details, None, "body.n: extra fields not permitted");
        check(
            &json!({"success": false, "errors": [{"code": 7003, "message": "no route"}], "result": null}),
            None,
            "no route",
        );
        check(&json!({"code": 500, "msg": "broken", "success": false}), Some(500), "broken");
        check(&json!({"error_code": 18, "error_msg": "limit"}), None, "limit");
        check(
            &json!({"base_resp": {"status_code": 1002, "status_msg": "rate limit"}, "choices": null}),
            Some(429),
            "rate limit",
        );
        check(&json!({"base_resp": {"status_code": 1004, "status_msg": "login fail"}}), Some(401), "login fail");
        check(&json!({"base_resp": {"status_code": 7, "status_msg": "odd"}}), None, "odd");
        check(
            &json!({"message": "ThrottlingException", "__type": "x", "code": "ThrottlingException", "success": false}),
            Some(429),
            "ThrottlingException",
        );
    }

    #[test]
    fn answers_hold_no_error_also_where_an_empty_one_stands_in_them() {
        for error in [
            json!(null),
            json!(false),
            json!(""),
            json!({}),
            json!([]),
            json!(0),
            json!({"code": 0, "message": ""}),
            json!({"code": null, "message": null}),
        ] {
            assert_eq!(Told::in_body(&json!({"choices": [], "error": error})), None, "{error}");
        }
        assert_eq!(
            Told::in_body(&json!({"choices": [], "base_resp": {"status_code": 0, "status_msg": "success"}})),
            None
        );
        assert_eq!(Told::in_body(&json!({"type": "message", "content": []})), None);
        for body in [
            json!({}),
            json!([]),
            json!(3),
            json!("text"),
            json!([1, 2]),
            json!({"message": "hello"}),
            json!({"status": "ok", "code": 200, "message": "hello"}),
        ] {
            assert_eq!(Told::in_body(&body), None, "{body}");
        }
    }

    #[test]
    fn bodies_say_how_long_to_wait() {
        let wait = |body: Value| Told::in_body(&body).unwrap().wait.map(|wait| wait.as_millis());
        assert_eq!(wait(json!({"error": {"code": 429, "message": "m", "retry_after": 3}})), Some(3000));
        let message = "Rate limit reached: please try again in 1m2.5s. Visit us.";
        assert_eq!(wait(json!({"error": {"message": message}})), Some(62_500));
        assert_eq!(wait(json!({"error": {"message": "no"}})), None);
    }

    #[test]
    fn each_word_for_a_status_stands_once() {
        let all: Vec<&str> = STATUSES.iter().flat_map(|(_, words)| words.iter().copied()).collect();
        let once: std::collections::BTreeSet<&str> = all.iter().copied().collect();
        assert_eq!(once.len(), all.len());
        assert!(all.iter().all(|word| word.chars().all(|c| c.is_ascii_lowercase())));
    }
}
