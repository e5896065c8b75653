//! What a person sees of retries and waits, and servers that cost more than they may.

use crate::{assert_same, count, ended, events, lab, run, server};
use mend_loopback::Fault;
use serde_json::json;
use std::sync::atomic::{AtomicU32, Ordering};

/// Refused with this header.
fn limited(status: u16, header: (&'static str, &str)) -> Fault {
    let body = json!({"error": {"message": "slow down", "code": "rate_limit_exceeded"}});
    let headers = vec![("content-type", "application/json".to_owned()), (header.0, header.1.to_owned())];
    Fault::Raw { status, headers, body: body.to_string().into_bytes() }
}

#[test]
fn every_kind_of_retry_is_told_with_its_reason_its_pause_and_its_number() {
    let lab = lab(3);
    ended(&lab, 0, &run("calm"), &server(|_| None));
    let first_attempts = AtomicU32::new(0);
    let server = server(move |seen| {
        if seen.attempt > 0 {
            return None;
        }
        match first_attempts.fetch_add(1, Ordering::Relaxed) {
            1 => Some(limited(429, ("retry-after", "1"))),
            2 => Some(Fault::Status(500, "oops")),
            3 => Some(Fault::raw(200, "text/html", "<html><title>Maintenance</title></html>")),
            // Above all the first, which shows that the address is right.
            _ => None,
        }
    });
    let line = run("told").replace("--max-connections 8", "--max-connections 1");
    let told = ended(&lab, 0, &line, &server).stderr;
    assert_same(&lab.tables("told"), &lab.tables("calm"));
    let from = "from openai-api/lab/sim/journeyman, retry in";
    for reason in [
        "rate limit (status 429: slow down)",
        "the server failed (status 500: oops)",
        "the answer is not one of this interface (it is a page of HTML and not JSON with the title `Maintenance`)",
    ] {
        let line = format!("waiting: {reason} {from} ");
        assert!(told.contains(&line), "{line}: {told}");
    }
    let tails =
        told.lines().filter(|line| line.starts_with("waiting: ")).all(|line| line.ends_with("(attempt 2 of 8)"));
    assert!(tails, "{told}");
    // A server that asks for a second gets it: the pause is as long, or longer.
    let of_limit = told.lines().find(|line| line.starts_with("waiting: rate limit")).unwrap();
    assert!(of_limit.contains("retry in 1 s") || of_limit.contains("retry in 2 s"), "{of_limit}");
}

#[test]
fn many_retries_are_few_lines() {
    let lab = lab(8);
    let server = server(|seen| (seen.attempt == 0).then_some(Fault::Status(503, "busy")));
    let told = ended(&lab, 0, &run("out"), &server).stderr;
    let refused = count(&events(&lab, "out"), "refused");
    assert!(refused > 16, "{refused}");
    let lines = told.lines().filter(|line| line.starts_with("waiting: the server has no capacity")).count();
    assert!((1..=refused / 4).contains(&lines), "{lines} lines for {refused} retries: {told}");
    assert!(told.contains("retries without a line: ") || told.contains("more like it since"), "{told}");
}

#[test]
fn a_wait_beyond_the_time_for_a_request_stops_the_run_and_is_told() {
    let lab = lab(4);
    let calm = server(|_| None);
    ended(&lab, 0, &run("calm"), &calm);
    let day = "Fri, 31 Dec 9999 23:59:59 GMT";
    let reset = |remaining: &'static str, header: &'static str, value: &'static str| {
        let headers = [("content-type", "application/json"), (remaining, "0"), (header, value)];
        Fault::Raw {
            status: 429,
            headers: headers.map(|(name, value)| (name, value.to_owned())).to_vec(),
            body: br#"{"error":{"message":"used up"}}"#.to_vec(),
        }
    };
    let hint = json!({"error": {"code": 429, "message": "Rate limit reached. Please try again in 2h0m0s."}});
    let cases = [
        ("seconds", limited(429, ("retry-after", "7200")), "2 h"),
        ("overloaded", limited(503, ("retry-after", "7200")), "2 h"),
        ("date", limited(429, ("retry-after", day)), "366 days"),
        ("millis", limited(429, ("retry-after-ms", "7200000")), "2 h"),
        ("reset", reset("x-ratelimit-remaining-requests", "x-ratelimit-reset-requests", "2h0m0s"), "2 h"),
        ("body", Fault::body(&hint), "2 h"),
    ];
    for (name, fault, wait) in cases {
        let next = AtomicU32::new(0);
        // The third of all requests, when others were answered.
        let server = server(move |_| (next.fetch_add(1, Ordering::Relaxed) == 2).then(|| fault.clone()));
        let line = run(name).replace("--max-connections 8", "--max-connections 1");
        let told = ended(&lab, 5, &line, &server).stderr;
        let message = format!("it asks to wait {wait}, and there is less time left for the request");
        assert!(told.contains(&message), "{name}: {told}");
        assert!(
            told.contains("`--request-deadline`") && told.contains(&format!("`mend resume {name}` goes on")),
            "{told}"
        );
        assert_eq!(server.seen().len(), 3, "{name}: nothing is sent after it");
        assert_eq!(count(&events(&lab, name), "unscored"), 0, "{name}: nothing is given up");
        ended(&lab, 0, &format!("resume {name} --allow-unsafe"), &calm);
        assert_same(&lab.tables(name), &lab.tables("calm"));
    }
}

#[test]
fn what_an_answer_says_is_used_up_is_not_asked_for_before_its_time() {
    let lab = lab(4);
    let calm = server(|_| None);
    ended(&lab, 0, &run("calm"), &calm);
    // The answers themselves are fine, and say that there are no more for three hours.
    let canned = json!({"id": "x", "model": "m", "choices": [{"index": 0, "message": {"content": "no"}, "finish_reason": "stop"}], "usage": {"prompt_tokens": 9, "completion_tokens": 1}});
    let used_up = Fault::Raw {
        status: 200,
        headers: vec![
            ("x-ratelimit-remaining-requests", "0".to_owned()),
            ("x-ratelimit-reset-requests", "3h".to_owned()),
        ],
        body: canned.to_string().into_bytes(),
    };
    let server = server(move |_| Some(used_up.clone()));
    let line =
        run("out").replace("--max-connections 8", "--max-connections 1").replace("--completions-per-request 2", "");
    let told = ended(&lab, 5, &line, &server).stderr;
    assert!(told.contains("rate limit: its headers said that nothing is left; it asks to wait 3 h"), "{told}");
    assert_eq!(server.seen().len(), 1);
}

#[test]
fn a_server_that_ignores_the_limit_stops_a_budgeted_run_and_only_that() {
    let lab = lab(8);
    let verbose = server(|_| Some(Fault::Set(vec![("/usage/completion_tokens", json!(50_000))])));
    let line = |out: &str, more: &str| {
        format!("{} --max-tokens 500 {more}", run(out).replace("--max-connections 8", "--max-connections 2"))
    };
    let told = ended(&lab, 5, &line("kept", "--budget-tokens 60000"), &verbose);
    let stderr = &told.stderr;
    assert!(
        stderr.contains("stopped early: `openai-api/lab/sim/journeyman` does not keep to the token limit"),
        "{stderr}"
    );
    assert!(stderr.contains("hint: `mend resume kept` goes on until the next such answer"), "{stderr}");
    let asked = verbose.seen().len();
    assert!(asked <= 2, "{asked} requests with two connections");
    // What is there is judged and shown.
    assert!(told.stdout.contains("stopped early") && told.stdout.contains("pass@1"), "{}", told.stdout);
    let told = ended(&lab, 0, &line("free", ""), &verbose).stderr;
    let note = "an answer is longer than `--max-tokens` allows: the server does not keep to that limit";
    assert_eq!(told.matches(note).count(), 1, "{told}");
    assert!(told.contains("such as 50000 tokens where 1000 were allowed"), "{told}");
}
