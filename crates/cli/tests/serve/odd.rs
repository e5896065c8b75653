//! Requests that are not as they should be: never an error of ours, never a crash.

use crate::client::{Served, post, read};
use crate::common::Lab;
use serde_json::json;
use std::io::Write as _;

const TOKEN: &str = "a-token-for-this-test";

#[test]
fn bodies_that_are_too_large_too_slow_or_broken_are_refused() {
    let served = Served::start("--max-body 1 --body-timeout 0.3");
    // Refused before anything of it was sent.
    let head = "POST /v1/judge HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n";
    let response = served.raw(format!("{head}Content-Length: 1073741824\r\n\r\n").as_bytes());
    assert_eq!((response.status, response.header("connection")), (413, Some("close")), "{response:?}");
    assert_eq!(response.refusal().1, "too_large");
    let chunk = format!("80000\r\n{}\r\n", "x".repeat(0x80000));
    let long = served.raw(format!("{head}Transfer-Encoding: chunked\r\n\r\n{}", chunk.repeat(3)).as_bytes());
    assert!(matches!(long.status, 413 | 0), "{long:?}");

    let mut slow = served.connect();
    slow.write_all(format!("{head}Content-Length: 100\r\n\r\n{{").as_bytes()).unwrap();
    let response = read(slow);
    assert_eq!(response.refusal(), (408, "slow_body".to_owned(), String::new()));

    for chunks in ["zz\r\nx\r\n0\r\n\r\n", "5\r\nab\r\n0\r\n\r\n", "ffffffffffffffffff\r\nx", "-1\r\n\r\n"] {
        let response = served.raw(format!("{head}Transfer-Encoding: chunked\r\n\r\n{chunks}").as_bytes());
        assert!(matches!(response.status, 400 | 408 | 413 | 0), "{chunks}: {response:?}");
    }
    for request in [
        "GET / HTTP/9.9\r\n\r\n".to_owned(),
        "\r\n\r\n".to_owned(),
        "POST /v1/judge\r\n\r\n".to_owned(),
        format!("{head}Content-Length: 1\r\nContent-Length: 2\r\n\r\n{{}}"),
        format!("{head}Content-Length: -1\r\n\r\n"),
        format!("GET /{} HTTP/1.1\r\nHost: localhost\r\n\r\n", "a".repeat(100_000)),
        format!("GET / HTTP/1.1\r\nHost: localhost\r\n{}\r\n", "a: b\r\n".repeat(500)),
    ] {
        let response = served.raw(request.as_bytes());
        assert!(response.status < 500, "{request:.80}: {response:?}");
    }
    assert_eq!(served.get("/health").status, 200);
    // Whatever was held is free again.
    served.until("mend_serve_held_bytes", 0);
}

#[test]
fn what_is_no_request_is_told_what_is_wrong_with_it() {
    let served = Served::start("");
    let judge = json!({"entry_point": "f", "tests": ["assert f() == 1"], "program": "def f(): return 1"});
    let with = |key: &str, value: serde_json::Value| {
        let mut request = judge.clone();
        request[key] = value;
        request
    };
    for (request, field) in [
        (with("typo", json!(1)), "typo"),
        (with("tests", json!("assert f()")), "tests"),
        (with("tests", json!([])), "tests"),
        (with("tests", json!([1])), "tests[0]"),
        (with("tests", json!([{}])), "tests[0]"),
        (with("tests", json!(["x", {"call": {"args": 1, "expected": 1}}])), "tests[1].call.args"),
        (with("tests", json!([{"call": {"args": []}}])), "tests[0].call.expected"),
        (with("tests", json!([{"script": "x", "more": 1}])), "tests[0].more"),
        (with("tests", json!([{"input": "", "output": ""}])), "tests[0]"),
        (with("entry_point", json!("a b")), "entry_point"),
        (with("entry_point", json!(null)), "tests[0]"),
        (with("program", json!(7)), "program"),
        (with("program", json!(null)), "program"),
        (with("answer", json!("x")), "answer"),
        (with("form", json!("chat")), "form"),
        (with("see", json!("all")), "see"),
        (with("shape", json!(1)), "shape"),
        (with("scored_on", json!("public")), "scored_on"),
        (with("tolerance", json!(-1)), "tolerance"),
        (with("style", json!("program")), "style"),
        (with("integrity", json!("none")), "integrity"),
        (with("dataset", json!("starter")), "dataset"),
        (with("task_id", json!("x")), "task_id"),
        (with("limits", json!([])), "limits"),
        (with("limits", json!({"time_limit": 0})), "limits.time_limit"),
        (with("limits", json!({"time_limit": 61})), "limits.time_limit"),
        (with("limits", json!({"memory_limit": 1025})), "limits.memory_limit"),
        (with("limits", json!({"memory_limit": -1})), "limits.memory_limit"),
        (with("limits", json!({"wall": 1})), "limits.wall"),
        (json!({"program": ""}), "task_id"),
        (json!({"task_id": "x", "context": "y", "program": ""}), "context"),
    ] {
        let found = served.post("/v1/judge", &request).refusal();
        assert_eq!(found, (422, "invalid".to_owned(), field.to_owned()), "{request}");
    }
    let plain = |body: &str| served.raw(&post("/v1/judge", body, ""));
    let deep = format!("{{\"tests\": {}{}}}", "[".repeat(100_000), "]".repeat(100_000));
    assert_eq!(plain(&deep).status, 422);
    for body in ["", "{", "[]", "null", "1", "{\"a\":}", "{} {}", "{\"a\": \"\\ud800\""] {
        let found = plain(body).refusal();
        assert_eq!((found.0, found.1.as_str()), (400, "bad_json"), "{body:.60}");
    }
    let form = "POST /run_code HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: 2\r\n";
    for kind in ["", "Content-Type: text/plain\r\n", "Content-Type: application/x-www-form-urlencoded\r\n"] {
        assert_eq!(served.raw(format!("{form}{kind}\r\n{{}}").as_bytes()).refusal().1, "not_json");
    }
    assert_eq!(served.get("/nowhere").refusal().1, "not_found");
    assert_eq!(served.get("/v1/judge").refusal(), (405, "method_not_allowed".to_owned(), String::new()));
    assert_eq!(served.get("/v1/datasets/%ff").status, 400);
}

#[test]
fn nobody_but_who_may_is_let_in() {
    let lab = Lab::new();
    for address in ["0.0.0.0:0", "[::]:0"] {
        let refused = lab.ended(2, &format!("serve --allow-unsafe --listen {address}"));
        assert!(refused.stderr.contains("it takes a token"), "{}", refused.stderr);
    }
    let short = lab.ended_with(2, "serve --allow-unsafe", &[("MEND_SERVE_TOKEN", "too-short")]);
    assert!(!short.stderr.contains("too-short"), "a token is shown: {}", short.stderr);

    let served = Served::start_in(lab, "--listen 127.0.0.1:0", &[("MEND_SERVE_TOKEN", TOKEN)]);
    let get = |path: &str, headers: &str| {
        let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{headers}\r\n");
        served.raw(request.as_bytes()).status
    };
    let bearer = format!("Authorization: Bearer {TOKEN}\r\n");
    assert_eq!([get("/metrics", ""), get("/metrics", "Authorization: Bearer x\r\n")], [401, 401]);
    assert_eq!([get("/metrics", &bearer), get("/health", "")], [200, 200]);
    assert_eq!(get("/metrics", &format!("{bearer}Origin: http://localhost\r\n")), 403);

    let open = Served::start("");
    let host = |host: &str| {
        open.raw(format!("GET /health HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n").as_bytes()).status
    };
    assert_eq!([host("localhost:1"), host("evil.example"), host("127.0.0.1")], [200, 403, 200]);
}

#[test]
fn a_full_queue_says_when_to_come_again() {
    let served = Served::start("--queue 1 --workers 1");
    let busy = json!({"language": "python", "code": "while True: pass", "run_timeout": 60});
    let first = served.send("/run_code", &busy);
    served.until("mend_serve_running", 1);
    let second = served.send("/run_code", &busy);
    served.until("mend_serve_waiting", 1);
    let full = served.post("/run_code", &busy);
    assert_eq!(full.refusal().1, "queue_full");
    assert!(full.header("retry-after").unwrap().parse::<u64>().unwrap() >= 1);
    // Who goes frees both places, and the work ends long before its limit.
    drop((first, second));
    served.until("mend_serve_waiting", 0);
    served.until("mend_serve_running", 0);
    assert_eq!(served.counter("mend_serve_dropped_total{when=\"waiting\"}"), 1);
    assert_eq!(served.counter("mend_serve_dropped_total{when=\"running\"}"), 1);
    let quick = json!({"language": "python", "code": "print(1)"});
    assert_eq!(served.answer("/run_code", &quick)["status"], json!("Success"));
}
