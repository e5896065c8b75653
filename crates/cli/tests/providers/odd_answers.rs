//! Answers that are right and written oddly, and answers that are something else.

use crate::{Lab, assert_same, count, ended, events, lab, run, server};
use mend_loopback::{Fault, Server};
use serde_json::{Value, json};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

/// A server that does these things to its answers in turn.
fn in_turn(faults: Vec<Fault>) -> Server {
    let next = AtomicUsize::new(0);
    server(move |_| Some(faults[next.fetch_add(1, Ordering::Relaxed) % faults.len()].clone()))
}

fn summary(lab: &Lab, run: &str) -> Value {
    serde_json::from_str(&lab.read(&format!("{run}/summary.json"))).unwrap()
}

#[test]
fn answers_that_are_written_oddly_are_the_same_answers() {
    let lab = lab(6);
    ended(&lab, 0, &run("calm"), &server(|_| None));
    let reason =
        |word: Value| Fault::Set(vec![("/choices/0/finish_reason", word.clone()), ("/choices/1/finish_reason", word)]);
    let thoughts = "```python\nraise SystemExit\n```";
    let odd = in_turn(vec![
        Fault::Padded(Duration::from_millis(60)),
        Fault::Packed { is_said: true },
        Fault::Packed { is_said: false },
        // A byte order mark.
        Fault::Swapped("{\"id\"", b"\xef\xbb\xbf\n {\"id\""),
        // Whole fractions, and digits.
        Fault::Swapped(",\"completion_tokens\"", b".0,\"completion_tokens\""),
        Fault::Swapped(",\"total_tokens\"", b".0,\"total_tokens\""),
        Fault::Duplicated,
        reason(json!("eos")),
        reason(json!("STOP")),
        reason(json!("end_turn")),
        Fault::Set(vec![
            ("/choices/0/message/reasoning_content", json!(thoughts)),
            ("/choices/0/message/reasoning", json!(thoughts)),
            ("/error", Value::Null),
            ("/base_resp", json!({"status_code": 0, "status_msg": "success"})),
        ]),
    ]);
    let ran = ended(&lab, 0, &run("odd"), &odd);
    assert_same(&lab.tables("odd"), &lab.tables("calm"));
    assert!(!ran.stderr.contains("waiting:") && !ran.stderr.contains("note:"), "{}", ran.stderr);
    assert_eq!(count(&events(&lab, "odd"), "sent"), odd.seen().len());
    assert_eq!(count(&events(&lab, "odd"), "sampled"), odd.seen().len(), "no answer was lost");
}

#[test]
fn half_characters_in_answers_are_replaced_counted_and_said_once() {
    let lab = lab(2);
    // Before each fence, of which a simulated answer has one or two: half a character as an escape, a byte that is no
    // text, and half a character in bytes.
    let odd = server(|_| Some(Fault::Swapped("```python", b"\\ud835 \xff \xed\xa0\xb5\\n```python")));
    let line = run("odd").replace("--n-f 2", "--n-f 2 --strategy iid").replace("--n-f 2 ", "");
    let ran = ended(&lab, 0, &line, &odd);
    assert_eq!(ran.stderr.matches("each is replaced by U+FFFD and counted").count(), 1, "{}", ran.stderr);
    let programs = &summary(&lab, "odd")["first_programs"];
    assert_eq!((programs["total"].as_u64(), programs["replaced"].as_u64()), (Some(8), Some(8)), "{programs}");
    let shown = lab.ended(0, "report odd").stdout.replace("\n  ", " ");
    assert!(shown.contains("each replaced by U+FFFD: 8"), "{shown}");
    let counted = events(&lab, "odd")
        .iter()
        .filter(|event| event["event"] == "sampled")
        .flat_map(|event| {
            event["completions"]
                .as_array()
                .unwrap()
                .iter()
                .map(|one| one["replaced"].as_u64().unwrap())
                .collect::<Vec<_>>()
        })
        .collect::<Vec<_>>();
    assert!(counted.iter().all(|count| [3, 6].contains(count)) && counted.contains(&3), "{counted:?}");
}

#[test]
fn what_is_odd_about_answers_is_said_once() {
    let lab = lab(3);
    let odd = in_turn(vec![
        Fault::Set(vec![("/choices/0/finish_reason", json!("banana")), ("/choices/1/finish_reason", json!("banana"))]),
        Fault::Set(vec![("/usage/completion_tokens", json!(-7))]),
        Fault::Set(vec![("/usage/prompt_tokens", json!("many"))]),
        Fault::Set(vec![("/usage", json!({"prompt_tokens": 0, "completion_tokens": 0}))]),
        Fault::NoUsage,
    ]);
    let ran = ended(&lab, 0, &run("odd"), &odd);
    for note in [
        "the finish reason `banana` is not known and counts as `unknown`",
        "`usage.completion_tokens` is not a number of tokens and counts as not reported, such as -7",
        "`usage.prompt_tokens` is not a number of tokens and counts as not reported, such as \"many\"",
        "no token is reported for a prompt: counts as not reported",
        "an answer came without its usage and is charged at its worst case",
    ] {
        let line = format!("note: openai-api/lab/sim/journeyman: {note}\n");
        assert_eq!(ran.stderr.matches(&line).count(), 1, "{note}: {}", ran.stderr);
    }
    // What is not reported is empty in the tables, never zero.
    let [samples, ..] = lab.tables("odd");
    let header: Vec<&str> = samples.lines().next().unwrap().split(',').collect();
    for name in ["prompt_tokens", "completion_tokens"] {
        let column = header.iter().position(|known| *known == name).unwrap();
        let values: Vec<&str> = samples.lines().skip(1).map(|row| row.split(',').nth(column).unwrap()).collect();
        assert!(values.contains(&"") && !values.contains(&"0"), "{name}: {values:?}");
    }
}

#[test]
fn a_server_that_returns_one_completion_of_several_is_asked_for_the_others() {
    let lab = lab(3);
    ended(&lab, 0, &run("calm"), &server(|_| None));
    // Only the first choice is left of any answer.
    let single = server(|seen| {
        let n = seen.body["n"].as_u64()?;
        (n > 1).then(|| Fault::Swapped("\"index\":1,\"message\"", b"\"index\":1,\"error\":{\"code\":502},\"message\""))
    });
    let ran = ended(&lab, 0, &run("single"), &single);
    let kept = ["problem", "slot", "status", "program_digest"];
    let of = |run: &str| {
        let [samples, ..] = lab.tables(run);
        let header: Vec<String> = samples.lines().next().unwrap().split(',').map(str::to_owned).collect();
        let columns = kept.map(|name| header.iter().position(|known| known == name).unwrap());
        let row = |line: &str| {
            let fields: Vec<&str> = line.split(',').collect();
            columns.map(|column| fields[column].to_owned())
        };
        samples.lines().map(row).collect::<Vec<_>>()
    };
    assert_eq!(of("single"), of("calm"));
    assert!(
        ran.stderr.contains("some completions of a request for several failed and are asked for again"),
        "{}",
        ran.stderr
    );
}

/// What a server sends in place of an answer, and how a run ends whose first answer it is.
#[track_caller]
fn check_first(fault: Fault, code: i32, message: &str, hint: &str) {
    let lab = lab(6);
    let server = server(move |_| Some(fault.clone()));
    let line = run("out").replace("--max-connections 8", "--max-connections 2 --attempts 3");
    let told = ended(&lab, code, &line, &server).stderr;
    assert!(told.contains(message), "{message}: {told}");
    assert!(told.contains(hint), "{hint}: {told}");
    assert_eq!(count(&events(&lab, "out"), "sampled"), 0);
    let once = server.seen().iter().all(|seen| seen.attempt == 0);
    assert!(once && server.seen().len() <= 3, "{message}: it was asked {} times", server.seen().len());
}

#[test]
fn what_is_no_answer_ends_a_run_at_once_if_nothing_was_ever_answered() {
    let url = "LAB_BASE_URL changes it; then `mend resume out` goes on";
    let page = "<!DOCTYPE html><html><head><title>Sign in</title></head></html>";
    let foreign = "error: openai-api/lab/sim/journeyman: the answer is not one of this interface: ";
    check_first(
        Fault::raw(200, "text/html", page),
        2,
        &format!("{foreign}it is a page of HTML and not JSON with the title `Sign in`"),
        url,
    );
    // Whatever the header says.
    check_first(Fault::raw(200, "application/json", page), 2, &format!("{foreign}it is a page of HTML"), url);
    let stream = "data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\n\ndata: [DONE]\n\n";
    check_first(Fault::raw(200, "text/event-stream", stream), 2, &format!("{foreign}it is a stream of events"), url);
    check_first(
        Fault::raw(200, "text/plain", "Ollama is running"),
        2,
        &format!("{foreign}it is not JSON, and begins with `Ollama is running`"),
        url,
    );
    check_first(
        Fault::body(&json!({"model": "m", "message": {"content": "a"}, "done": true})),
        2,
        &format!("{foreign}it is JSON without a list `choices`"),
        url,
    );
    let brotli = Fault::Raw { status: 200, headers: vec![("content-encoding", "br".to_owned())], body: vec![1, 2, 3] };
    check_first(brotli, 2, &format!("{foreign}it is packed as `br`"), url);
}

#[test]
fn errors_in_the_body_of_an_answer_end_a_run_as_their_status_would() {
    let error = |code: Value, message: &str| json!({"error": {"code": code, "message": message}});
    let key = "hint: look at the key in LAB_API_KEY";
    check_first(
        Fault::body(&error(json!(401), "no such key")),
        2,
        "the key is not accepted: an error in an answer with status 200: status 401: no such key",
        key,
    );
    check_first(Fault::body(&error(json!("invalid_api_key"), "no such key")), 2, "the key is not accepted", key);
    check_first(Fault::body(&error(json!("402"), "pay first")), 5, "the account has no quota left", "add credit");
    check_first(
        Fault::body(&json!({"base_resp": {"status_code": 1008, "status_msg": "insufficient balance"}})),
        5,
        "the account has no quota left",
        "add credit",
    );
    check_first(
        Fault::body(&error(json!(404), "no such model")),
        2,
        "the model or address is unknown",
        "LAB_BASE_URL changes the address",
    );
    check_first(
        Fault::body(&error(json!("context_length_exceeded"), "too much")),
        2,
        "the prompt does not fit into the model's context",
        "a smaller `--max-tokens`, in a new run",
    );
    let choice =
        json!({"choices": [{"error": {"code": 400, "message": "temperature must be 1"}, "finish_reason": "error"}]});
    check_first(Fault::body(&choice), 2, "the server does not take the request", "in a new run `--omit temperature`");
}

#[test]
fn passing_errors_in_the_body_of_an_answer_are_asked_again_and_charged_as_reported() {
    let lab = lab(2);
    let line = run("calm").replace("--n-p 4 --n-f 2", "--n-p 2 --n-f 1");
    ended(&lab, 0, &line, &server(|_| None));
    let usage = json!({"prompt_tokens": 20, "completion_tokens": 9, "total_tokens": 29});
    let half = json!({"role": "assistant", "content": "```python\ndef"});
    let choice = |error: Value| json!({"index": 0, "error": error, "message": half, "finish_reason": "error"});
    // With what it charges for a request for two completions, and `None` where it is turned away.
    let cases = [
        (
            "billed",
            json!({"choices": [choice(json!({"code": 502, "message": "gone"}))], "usage": usage}),
            Some(Some(49)),
        ),
        (
            "free",
            json!({"choices": [choice(json!({"code": 502, "message": "gone"}))], "usage": {"prompt_tokens": 0, "completion_tokens": 0}}),
            Some(Some(0)),
        ),
        ("unsaid", json!({"error": {"message": "no idea"}}), Some(None)),
        ("word", json!({"choices": [choice(Value::Null)]}), Some(None)),
        ("busy", json!({"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}), None),
        ("rate", json!({"error": {"code": "rate_limit_exceeded", "message": "slow down"}}), None),
        ("list", json!([{"error": {"code": 503, "status": "UNAVAILABLE", "message": "busy"}}]), None),
    ];
    for (name, body, charged) in cases {
        let fault = Fault::body(&body);
        let server = server(move |seen| (seen.attempt == 0).then(|| fault.clone()));
        ended(&lab, 0, &line.replace("--out calm", &format!("--out {name}")), &server);
        assert_same(&lab.tables(name), &lab.tables("calm"));
        let events = events(&lab, name);
        let (lost, refused) = (count(&events, "lost"), count(&events, "refused"));
        let failed = server.seen().iter().filter(|seen| seen.fault.is_some()).count();
        assert_eq!((lost, refused), if charged.is_some() { (failed, 0) } else { (0, failed) }, "{name}");
        let of_two =
            events.iter().filter(|event| event["event"] == "sent" && event["slots"].as_array().unwrap().len() == 2);
        let of_two: Vec<(&Value, &Value)> = of_two.map(|event| (&event["problem"], &event["call"])).collect();
        for event in events
            .iter()
            .filter(|event| event["event"] == "lost" && of_two.contains(&(&event["problem"], &event["call"])))
        {
            match charged {
                Some(Some(tokens)) => assert_eq!(event["charged"], json!(tokens), "{name}"),
                _ => assert!(event["charged"].as_u64().unwrap() > 1000, "{name}: at its worst"),
            }
        }
        let spending = &summary(&lab, name)["spending"];
        let [tokens, answers, nothing] =
            ["tokens", "answers", "came_to_nothing"].map(|part| spending[part].as_u64().unwrap());
        assert_eq!(tokens, answers + nothing, "{name}");
        assert_eq!(answers, summary(&lab, "calm")["spending"]["answers"].as_u64().unwrap(), "{name}");
        assert_eq!(nothing > 0, matches!(charged, Some(None | Some(49))), "{name}");
        let shown = lab.ended(0, &format!("report {name}")).stdout.replace("\n  ", " ");
        let told = format!("of that: answers {answers} tokens; requests that came to nothing {nothing} tokens");
        assert_eq!(shown.contains(&told), nothing > 0, "{name}: {shown}");
    }
    // What a provider's filter withholds is an answer.
    let filter = Fault::body(&json!({"error": {"code": "content_filter", "message": "no"}}));
    ended(&lab, 0, &line.replace("--out calm", "--out filtered"), &server(move |_| Some(filter.clone())));
    let [samples, ..] = lab.tables("filtered");
    assert!(
        samples.lines().skip(1).all(|row| row.contains(",content_filter,") && row.contains(",no_code,")),
        "{samples}"
    );
}
