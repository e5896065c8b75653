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
        sampling: Sampling {
            stop: vec!["END".to_owned()],
            reasoning_effort: Some("low".to_owned()),
            per_request: NonZeroU32::new(4),
            ..Sampling::new(0.5, Tokens(100))
        },
    }
}

#[test]
fn bodies_are_what_each_provider_reads() {
    let openai = body(&endpoint("openai/gpt-4o"), &request(3));
    insta::assert_snapshot!(openai, @r##"{"model":"gpt-4o","messages":[{"seat":"system","content":"Be brief."},{"seat":"user","content":"Write f."}],"temperature":0.5,"max_completion_tokens":100,"n":3,"seed":1199607644,"stop":["END"],"reasoning_effort":"low"}"##);
    let mut plain = request(1);
    plain.sampling.reasoning_effort = None;
    plain.sampling.top_p = 0.9;
    let anthropic = body(&endpoint("anthropic/claude"), &plain);
    insta::assert_snapshot!(anthropic, @r##"{"model":"claude","system":"Be brief.","messages":[{"seat":"user","content":"Write f."}],"temperature":0.5,"top_p":0.9,"max_tokens":100,"stop_sequences":["END"]}"##);
    plain.sampling.omit = ["temperature", "top-p", "seed", "max-tokens"].map(str::to_owned).into();
    plain.sampling.stop.clear();
    let omitted = body(&endpoint("openai-api/lab/m"), &plain);
    insta::assert_snapshot!(omitted, @r#"{"model":"m","messages":[{"seat":"system","content":"Be brief."},{"seat":"user","content":"Write f."}]}"#);
}

#[test]
fn only_servers_of_simulations_are_told_places_and_each_place_has_its_seed() {
    assert!(body(&endpoint("openai-api/lab/m"), &request(1)).get("mend").is_none());
    let told = body(&endpoint("openai-api/lab/sim/expert"), &request(1));
    assert_eq!(told["mend"]["slots"], json!(["p0"]));
    assert_eq!(told["mend"]["role"], "coder");
    let seeds = |request: &Request| body(&endpoint("vllm/m"), request)["seed"].as_u64().unwrap();
    let mut other = request(1);
    other.slots = vec![Slot::program(1)];
    assert_ne!(seeds(&request(1)), seeds(&other));
    assert!(seeds(&other) < 1 << 31, "every server reads it");
    assert!(body(&endpoint("mistral/m"), &request(1)).get("random_seed").is_some());
}

#[track_caller]
fn parsed(protocol: Protocol, body: &Value, asked: usize) -> Parsed {
    parse(protocol, &body.to_string(), asked).unwrap()
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

#[track_caller]
fn check_unreadable(protocol: Protocol, body: &str, kind: Kind, why: &str) {
    let unreadable = parse(protocol, body, 1).unwrap_err();
    assert_eq!((unreadable.kind, unreadable.why.as_str()), (kind, why));
}

#[test]
fn what_is_no_answer_says_why() {
    let check = check_unreadable;
    check(Protocol::OpenAi, "{\"choi", Kind::Garbled, "EOF while parsing a string at line 1 column 6");
    check(Protocol::OpenAi, "{}", Kind::Garbled, "there is no list `choices`");
    check(Protocol::OpenAi, r#"{"choices":[{}]}"#, Kind::Garbled, "a choice has no `message`");
    check(Protocol::OpenAi, r#"{"choices":[]}"#, Kind::Empty, "");
    check(Protocol::OpenAi, r#"{"error":{"message":"odd"}}"#, Kind::Garbled, "odd");
    check(Protocol::Anthropic, r#"{"content":[],"stop_reason":"end_turn"}"#, Kind::Empty, "");
    check(Protocol::Anthropic, "[]", Kind::Garbled, "there is no list `content`");
}

#[test]
fn shares_sum_to_what_was_reported_and_are_the_counts_where_the_server_counts_alike() {
    let tokens = |numbers: &[u64]| numbers.iter().copied().map(Tokens).collect::<Vec<_>>();
    assert_eq!(shares(Tokens(758), &tokens(&[366, 392])), tokens(&[366, 392]));
    assert_eq!(shares(Tokens(7), &tokens(&[1, 1])), tokens(&[3, 4]));
    assert_eq!(shares(Tokens(5), &tokens(&[0, 0])), tokens(&[2, 3]));
    assert_eq!(shares(Tokens(0), &tokens(&[3])), tokens(&[0]));
}
