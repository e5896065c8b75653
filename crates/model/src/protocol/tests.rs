use super::*;
use crate::{Message, Speaker};
use mend_core::{ProblemId, Seat, Slot};
use std::num::NonZeroU32;

fn endpoint(name: &str) -> Endpoint {
    Endpoint::find(name, &|variable| match variable {
        "LAB_BASE_URL" => Some("http://lab/v1".to_owned()),
        _ => Some("a-key-of-a-provider".to_owned()).filter(|_| variable.ends_with("_API_KEY")),
    })
    .unwrap()
}

fn request(slots: u32) -> Request {
    let message = |speaker, content: &str| Message { speaker, content: content.to_owned() };
    Request {
        problem: ProblemId::new("a/1"),
        problem_digest: Digest::of(b"a"),
        replicate: 1,
        seed: 7,
        seat: Seat::CODER,
        slots: (0..slots).map(Slot::program).collect(),
        messages: vec![message(Speaker::System, "Be brief."), message(Speaker::User, "Write f.")],
        program: None,
        first: 0,
        sampling: Sampling {
            stop: vec!["END".to_owned()],
            reasoning_effort: Some("low".to_owned()),
            per_request: NonZeroU32::new(4),
            ..Sampling::new(0.5, Tokens(100))
        },
    }
}

const PLAIN: Dialect = Dialect { limit: LimitField::MaxTokens, takes_several: true };

fn asked(endpoint: &Endpoint, request: &Request) -> Value {
    let limit = if endpoint.limits_completion { LimitField::MaxCompletionTokens } else { LimitField::MaxTokens };
    body(endpoint, request, Dialect { limit, ..PLAIN })
}

#[test]
fn bodies_are_what_each_provider_reads() {
    let openai = asked(&endpoint("openai/gpt-4o"), &request(3));
    insta::assert_snapshot!(openai, @r##"{"model":"gpt-4o","messages":[{"role":"system","content":"Be brief."},{"role":"user","content":"Write f."}],"temperature":0.5,"max_completion_tokens":100,"n":3,"seed":1199607644,"stop":["END"],"reasoning_effort":"low"}"##);
    let mut plain = request(1);
    plain.sampling.reasoning_effort = None;
    plain.sampling.top_p = 0.9;
    let anthropic = asked(&endpoint("anthropic/claude"), &plain);
    insta::assert_snapshot!(anthropic, @r##"{"model":"claude","system":"Be brief.","messages":[{"role":"user","content":"Write f."}],"temperature":0.5,"top_p":0.9,"max_tokens":100,"stop_sequences":["END"]}"##);
    plain.sampling.omit = ["temperature", "top-p", "seed", "max-tokens"].map(str::to_owned).into();
    plain.sampling.stop.clear();
    let omitted = asked(&endpoint("openai-api/lab/m"), &plain);
    insta::assert_snapshot!(omitted, @r#"{"model":"m","messages":[{"role":"system","content":"Be brief."},{"role":"user","content":"Write f."}]}"#);
}

#[test]
fn only_servers_of_simulations_are_told_places_and_each_place_has_its_seed() {
    assert!(asked(&endpoint("openai-api/lab/m"), &request(1)).get("mend").is_none());
    let told = asked(&endpoint("openai-api/lab/sim/expert"), &request(1));
    assert_eq!(told["mend"]["slots"], json!(["p0"]));
    assert_eq!(told["mend"]["seat"], "coder");
    let seeds = |request: &Request| asked(&endpoint("vllm/m"), request)["seed"].as_u64().unwrap();
    let mut other = request(1);
    other.slots = vec![Slot::program(1)];
    assert_ne!(seeds(&request(1)), seeds(&other));
    assert!(seeds(&other) < 1 << 31, "every server reads it");
    assert!(asked(&endpoint("mistral/m"), &request(1)).get("random_seed").is_some());
}

#[track_caller]
fn parsed(protocol: Protocol, body: &Value, asked: usize) -> Parsed {
    parse(protocol, body.to_string().as_bytes(), "application/json", asked).unwrap()
}

#[test]
fn openai_answers_are_read_in_the_order_of_their_indices_and_duplicates_once() {
    let choice = |index: u64, text: &str, reason: &str| json!({"index": index, "message": {"content": text}, "finish_reason": reason});
    let body = json!({
        "model": "gpt-4o-2024",
        "choices": [choice(1, "b", "length"), choice(0, "a", "stop"), choice(1, "b", "length"), choice(2, "c", "x")],
        "usage": {"prompt_tokens": 10, "completion_tokens": 7, "prompt_tokens_details": {"cached_tokens": 4},
                  "completion_tokens_details": {"reasoning_tokens": 2}},
    });
    let read = parsed(Protocol::OpenAi, &body, 2);
    let choices: Vec<_> = read.choices.iter().map(|choice| (choice.text.as_str(), choice.finish_reason)).collect();
    assert_eq!(choices, [("a", FinishReason::Stop), ("b", FinishReason::Length)]);
    let numbers = (read.usage.prompt, read.usage.cached, read.usage.reasoning, read.usage.completion);
    assert_eq!(numbers, (Some(Tokens(10)), Some(Tokens(4)), Some(Tokens(2)), Some(Tokens(7))));
    let completions = read.completions(Tokens(9));
    assert_eq!(completions.iter().map(|one| one.usage.completion.unwrap().0).sum::<u64>(), 7);
    assert!(completions.iter().all(|one| one.usage.prompt == Some(Tokens(10))), "each carries its full prompt");
    assert_eq!(completions[0].served_model.as_deref(), Some("gpt-4o-2024"));
    assert_eq!(completions[0].counted_prompt, Some(Tokens(9)));
}

#[test]
fn refusals_filters_and_parts_are_read() {
    let read = |message: Value, reason: &str| {
        let body = json!({"choices": [{"message": message, "finish_reason": reason}]});
        let mut parsed = parsed(Protocol::OpenAi, &body, 1);
        assert_eq!(parsed.usage, Usage::default());
        let choice = parsed.choices.remove(0);
        (choice.text, choice.finish_reason)
    };
    let refusal = read(json!({"content": null, "refusal": "No."}), "stop");
    assert_eq!(refusal, ("No.".to_owned(), FinishReason::Refusal));
    assert_eq!(read(json!({"content": null}), "content_filter"), (String::new(), FinishReason::ContentFilter));
    let parts = json!({"content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]});
    assert_eq!(read(parts, "stop"), ("ab".to_owned(), FinishReason::Stop));
}

#[test]
fn anthropic_answers_count_their_caches_as_part_of_the_prompt() {
    let body = json!({
        "type": "message", "model": "claude-x", "stop_reason": "max_tokens",
        "content": [{"type": "thinking", "thinking": "hm"}, {"type": "text", "text": "a"}],
        "usage": {"input_tokens": 5, "cache_read_input_tokens": 20, "cache_creation_input_tokens": 3, "output_tokens": 9},
    });
    let read = parsed(Protocol::Anthropic, &body, 1);
    assert_eq!((read.choices[0].text.as_str(), read.choices[0].finish_reason), ("a", FinishReason::Length));
    assert_eq!((read.usage.prompt, read.usage.cached), (Some(Tokens(28)), Some(Tokens(20))));
    let refused = json!({"type": "message", "stop_reason": "refusal", "content": []});
    assert_eq!(parsed(Protocol::Anthropic, &refused, 1).choices[0].finish_reason, FinishReason::Refusal);
}

/// Kind and words of a body that is no answer; an error that it tells of by its status.
#[track_caller]
fn check_unreadable(protocol: Protocol, body: &str, expected: Result<u16, Kind>, why: &str) {
    let unreadable = parse(protocol, body.as_bytes(), "", 2).unwrap_err();
    let found = match &unreadable {
        Unreadable::Told { told, .. } => (Ok(told.status().unwrap_or(0)), told.said()),
        Unreadable::Not { kind, why, .. } => (Err(*kind), why.clone()),
    };
    assert_eq!(found, (expected, why.to_owned()), "{body}");
}

#[test]
fn what_is_no_answer_says_why() {
    let check = |body, expected, why| check_unreadable(Protocol::OpenAi, body, expected, why);
    check("{\"choi", Err(Kind::Garbled), "EOF while parsing a string at line 1 column 6");
    check(
        r#"{"choices":[{"message":{"content":"a"}}]}}"#,
        Err(Kind::Garbled),
        "trailing characters at line 1 column 42",
    );
    check("{}", Err(Kind::Foreign), "it is JSON without a list `choices`");
    check("[]", Err(Kind::Foreign), "it is JSON without a list `choices`");
    check(
        r#"{"model":"m","message":{"content":"a"},"done":true}"#,
        Err(Kind::Foreign),
        "it is JSON without a list `choices`",
    );
    check(r#"{"choices":7}"#, Err(Kind::Foreign), "its `choices` are not a list");
    check(r#"{"choices":[{}]}"#, Err(Kind::Foreign), "a choice has no `message`");
    check(r#"{"choices":[{"message":{"content":7}}]}"#, Err(Kind::Foreign), "a choice's `content` is not text");
    check(r#"{"choices":[]}"#, Err(Kind::Empty), "");
    check(r#"{"choices":null}"#, Err(Kind::Empty), "");
    check("", Err(Kind::Empty), "the body is empty");
    check(" \n \n", Err(Kind::Empty), "the body is empty");
    check("<html>Sign in</html>", Err(Kind::Foreign), "it is a page of HTML and not JSON");
    let page = "<!doctype html>\n<head><title>Sign in</title>";
    check(page, Err(Kind::Foreign), "it is a page of HTML and not JSON with the title `Sign in`");
    for stream in ["data: {\"choices\":[]}\n\ndata: [DONE]\n", ": comment\n\n", "event: ping\n"] {
        check(stream, Err(Kind::Foreign), "it is a stream of events, which was not asked for");
    }
    check("OK, running", Err(Kind::Foreign), "it is not JSON, and begins with `OK, running`");
    let check = |body, expected, why| check_unreadable(Protocol::Anthropic, body, expected, why);
    check(r#"{"content":[],"stop_reason":"end_turn"}"#, Err(Kind::Empty), "");
    check("[]", Err(Kind::Foreign), "it is JSON without a list `content`");
    check(r#"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}"#, Ok(503), "Overloaded");
}

#[test]
fn errors_inside_an_answer_are_found_wherever_they_stand() {
    let check =
        |body: &Value, status, why: &str| check_unreadable(Protocol::OpenAi, &body.to_string(), Ok(status), why);
    let half = json!({"role": "assistant", "content": "half an ans"});
    check(&json!({"error": {"message": "odd"}}), 0, "odd");
    check(&json!({"error": {"code": 429, "message": "slow"}, "choices": []}), 429, "slow");
    let choice = json!({"error": {"code": 502, "message": "gone"}, "message": half, "finish_reason": "error"});
    check(&json!({"choices": [choice]}), 502, "gone");
    check(
        &json!({"choices": [{"error": {"code": "429", "message": "slow"}, "message": half, "finish_reason": "stop"}]}),
        429,
        "slow",
    );
    check(&json!({"choices": [{"error": "no text", "finish_reason": null}]}), 0, "no text");
    for word in ["error", "ERROR", "network_error", "insufficient_system_resource", "abort"] {
        let why = format!("the answer broke off (`finish_reason`: `{word}`)");
        check(&json!({"choices": [{"message": half, "finish_reason": word}]}), 0, &why);
    }
}

#[test]
fn what_a_failed_answer_reports_is_known() {
    let body = json!({"choices": [{"error": {"code": 502, "message": "gone"}}], "usage": {"prompt_tokens": 20, "completion_tokens": 9}});
    let Err(Unreadable::Told { usage, .. }) = parse(Protocol::OpenAi, body.to_string().as_bytes(), "", 1) else {
        panic!()
    };
    assert_eq!(usage.billed(), Some(Tokens(29)));
    let body = json!({"choices": [], "usage": {"prompt_tokens": 20, "completion_tokens": 0}});
    let Err(Unreadable::Not { usage, .. }) = parse(Protocol::OpenAi, body.to_string().as_bytes(), "", 1) else {
        panic!()
    };
    assert_eq!(usage.billed(), Some(Tokens(20)));
}

#[test]
fn a_completion_that_failed_among_others_is_left_out() {
    let good = |index: u64, text: &str| json!({"index": index, "message": {"content": text}, "finish_reason": "stop"});
    let bad = json!({"index": 0, "error": {"code": 502, "message": "gone"}, "finish_reason": "error"});
    let read = parsed(Protocol::OpenAi, &json!({"choices": [good(2, "c"), bad, good(1, "b")]}), 3);
    assert_eq!(texts(&read), ["b", "c"]);
    assert_eq!(
        read.oddities[0].to_string(),
        "some completions of a request for several failed and are asked for again, such as gone"
    );
}

fn texts(parsed: &Parsed) -> Vec<&str> {
    parsed.choices.iter().map(|choice| choice.text.as_str()).collect()
}

#[test]
fn choices_that_share_an_index_are_told_apart_by_what_they_hold() {
    let choice = |text: &str| json!({"index": 0, "message": {"content": text}, "finish_reason": "stop"});
    let of = |texts: &[&str]| json!({"choices": texts.iter().map(|text| choice(text)).collect::<Vec<_>>()});
    assert_eq!(texts(&parsed(Protocol::OpenAi, &of(&["a", "b", "c"]), 3)), ["a", "b", "c"]);
    assert_eq!(texts(&parsed(Protocol::OpenAi, &of(&["a", "a", "b"]), 3)), ["a", "b"], "delivered twice");
    assert_eq!(texts(&parsed(Protocol::OpenAi, &of(&["a", "b"]), 1)), ["a"], "more than asked for");
}

#[test]
fn thoughts_are_no_part_of_an_answer() {
    let read = |message: Value| {
        let body = json!({"choices": [{"message": message, "finish_reason": "stop"}]});
        parsed(Protocol::OpenAi, &body, 1).choices.remove(0).text
    };
    assert_eq!(read(json!({"content": "a", "reasoning_content": "hm", "reasoning": "hm"})), "a");
    assert_eq!(read(json!({"content": null, "reasoning_content": "hm"})), "");
    let thinking = json!({"type": "thinking", "thinking": [{"type": "text", "text": "hm"}]});
    let reasoning = json!({"type": "reasoning", "text": "hm"});
    let parts = json!({"content": [thinking, reasoning, {"type": "text", "text": "a"}, "b", {"text": "c"}]});
    assert_eq!(read(parts), "abc");
}

#[test]
fn a_body_may_be_padded_marked_or_labelled_wrongly() {
    let body = json!({"choices": [{"message": {"content": "a"}, "finish_reason": "stop"}]}).to_string();
    for (body, content_type) in [
        (format!("\n\n   \n{body}\n"), "application/json"),
        (format!("\u{feff}{body}"), "application/json; charset=utf-8"),
        (body.clone(), "text/html"),
        (body, "text/event-stream"),
    ] {
        assert_eq!(texts(&parse(Protocol::OpenAi, body.as_bytes(), content_type, 1).unwrap()), ["a"], "{content_type}");
    }
}

#[test]
fn counts_that_are_none_are_not_reported_and_said() {
    let read = |usage: Value, text: &str| {
        let body = json!({"choices": [{"message": {"content": text}, "finish_reason": "stop"}], "usage": usage});
        let read = parsed(Protocol::OpenAi, &body, 1);
        let odd: Vec<String> = read.oddities.iter().map(ToString::to_string).collect();
        (read.usage.prompt.map(|tokens| tokens.0), read.usage.completion.map(|tokens| tokens.0), odd.join("; "))
    };
    assert_eq!(read(json!({"prompt_tokens": 20.0, "completion_tokens": "9"}), "a"), (Some(20), Some(9), String::new()));
    assert_eq!(read(json!({"input_tokens": 20, "output_tokens": 9}), "a"), (Some(20), Some(9), String::new()));
    assert_eq!(read(json!(null), "a"), (None, None, String::new()));
    let odd = "`usage.completion_tokens` is not a number of tokens and counts as not reported, such as -9";
    assert_eq!(read(json!({"prompt_tokens": 20, "completion_tokens": -9}), "a"), (Some(20), None, odd.to_owned()));
    // No text has no tokens, and no prompt either.
    let odd = "no token is reported for a prompt: counts as not reported; no token is reported for a completion that \
               has text: counts as not reported";
    assert_eq!(read(json!({"prompt_tokens": 0, "completion_tokens": 0}), "a"), (None, None, odd.to_owned()));
    assert_eq!(read(json!({"prompt_tokens": 0, "completion_tokens": 0}), ""), (Some(0), Some(0), String::new()));
    // Reasoning that is counted beside the completion.
    let usage = |total: u64| json!({"prompt_tokens": 20, "completion_tokens": 9, "total_tokens": total, "completion_tokens_details": {"reasoning_tokens": 300}});
    assert_eq!(read(usage(329), "a"), (Some(20), Some(309), String::new()));
    assert_eq!(read(usage(29), "a"), (Some(20), Some(9), String::new()));
}

#[test]
fn words_for_the_end_are_those_of_the_one_table_and_others_are_said() {
    let read = |reason: Value| {
        let body = json!({"choices": [{"message": {"content": "a"}, "finish_reason": reason}]});
        let read = parsed(Protocol::OpenAi, &body, 1);
        (read.choices[0].finish_reason, read.oddities.len())
    };
    assert_eq!(read(json!("end_turn")), (FinishReason::Stop, 0));
    assert_eq!(read(json!("MAX_TOKENS")), (FinishReason::Length, 0));
    assert_eq!(read(json!("sensitive")), (FinishReason::ContentFilter, 0));
    assert_eq!(read(json!("tool_calls")), (FinishReason::Unknown, 0));
    assert_eq!(read(json!({"type": "length", "length": 9})), (FinishReason::Length, 0));
    assert_eq!(read(json!(null)), (FinishReason::Unknown, 0));
    assert_eq!(read(json!("banana")), (FinishReason::Unknown, 1));
    assert_eq!(read(json!(7)), (FinishReason::Unknown, 1));
    let anthropic = json!({"content": [{"type": "text", "text": "a"}], "stop_reason": "stop"});
    assert_eq!(parsed(Protocol::Anthropic, &anthropic, 1).choices[0].finish_reason, FinishReason::Stop);
}

#[test]
fn shares_sum_to_what_was_reported_and_are_the_counts_where_the_server_counts_alike() {
    let tokens = |numbers: &[u64]| numbers.iter().copied().map(Tokens).collect::<Vec<_>>();
    assert_eq!(shares(Tokens(758), &tokens(&[366, 392])), tokens(&[366, 392]));
    assert_eq!(shares(Tokens(7), &tokens(&[1, 1])), tokens(&[3, 4]));
    assert_eq!(shares(Tokens(5), &tokens(&[0, 0])), tokens(&[2, 3]));
    assert_eq!(shares(Tokens(0), &tokens(&[3])), tokens(&[0]));
}

#[test]
fn half_characters_of_an_answer_are_replaced_and_counted_where_they_stand() {
    let body = r#"{"choices": [
        {"index": 0, "message": {"content": "a \ud835 b", "reasoning": "\udc00"}, "finish_reason": "stop"},
        {"index": 1, "message": {"content": "\ud83d\ude00"}, "finish_reason": "stop"}]}"#;
    let read = parse(Protocol::OpenAi, body.as_bytes(), "", 2).unwrap();
    let texts: Vec<_> = read.choices.iter().map(|choice| (choice.text.as_str(), choice.replaced)).collect();
    assert_eq!(texts, [("a \u{fffd} b", 1), ("\u{1f600}", 0)]);
    assert_eq!(read.completions(Tokens(1))[0].replaced, 1);
}
