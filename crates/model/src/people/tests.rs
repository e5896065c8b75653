use super::*;
use crate::Speaker;
use mend_core::Sampling;

fn request(seat: &str, program: Option<&str>, prompt: &str, slot: &str, first: u32) -> Request {
    Request {
        problem: ProblemId::new("a/1"),
        problem_digest: Digest::of(b""),
        replicate: 0,
        seed: 0,
        seat: seat.parse().unwrap(),
        slots: vec![slot.parse().unwrap()],
        messages: messages(prompt),
        program: program.map(|program| Digest::of(program.as_bytes())),
        first,
        sampling: Sampling::new(0.0, Tokens(10)),
    }
}

fn messages(prompt: &str) -> Vec<Message> {
    vec![Message { speaker: Speaker::User, content: prompt.to_owned() }]
}

fn feedback(program: &str, feedback: &str, more: &str) -> String {
    let digest = Digest::of(program.as_bytes());
    format!(r#"{{"problem":"a/1","program_digest":"{digest}","feedback":"{feedback}"{more}}}"#)
}

fn answer(prompt: &str, seat: &str, kind: &str, answer: &str) -> String {
    let digest = prompt_digest(&messages(prompt));
    format!(
        r#"{{"problem":"a/1","prompt_digest":"{digest}","seat":"{seat}","kind":"{kind}","answer":"{answer}","author":"bo"}}"#
    )
}

fn people(lines: &[String]) -> People {
    People::parse("f.jsonl", "f.jsonl", lines.join("\n").as_bytes()).unwrap()
}

fn said(people: &People, request: &Request) -> Result<(String, String), ModelError> {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let completion = runtime.block_on(people.complete(request))?.completions.remove(0);
    Ok((completion.text.body().unwrap().to_string(), completion.served_model.unwrap()))
}

#[test]
fn feedback_is_found_by_program_and_in_the_order_of_the_file() {
    let people = people(&[
        feedback("one", "off by one", r#","author":"ann","minutes":2.5"#),
        feedback("two", " ", ""),
        feedback("one", "wrong sign", r#","author":null,"minutes":null"#),
    ]);
    let ask = |program: &str, slot: &str| said(&people, &request("critic", Some(program), "why?", slot, 0));
    assert_eq!(ask("one", "p0/f0").unwrap(), ("off by one".to_owned(), "human/ann".to_owned()));
    assert_eq!(ask("one", "p7/f1").unwrap(), ("wrong sign".to_owned(), "human/unnamed".to_owned()));
    assert_eq!(people.minutes(), 2.5);
    for (program, slot) in [("one", "p0/f2"), ("two", "p0/f0"), ("three", "p0/f0")] {
        let error = ask(program, slot).unwrap_err();
        assert!(matches!(error, ModelError::NoFeedback { .. }) && error.waits_for_people(), "{error}");
    }
}

#[test]
fn answers_are_found_by_prompt_seat_and_kind_and_counted_within_the_request() {
    let people = people(&[
        answer("which?", "judge", "judgement", "Choice: A"),
        answer("which?", "judge", "judgement", "Choice: B"),
        answer("which?", "judge-2", "judgement", "Choice: C"),
        answer("which?", "annotator", "question", "yes"),
        answer("what is wrong?", "critic-2", "critique", "all of it"),
        answer("later", "judge", "judgement", ""),
    ]);
    let text = |seat: &str, prompt: &str, slot: &str, first: u32| {
        said(&people, &request(seat, None, prompt, slot, first)).map(|(text, _)| text).ok()
    };
    for (seat, prompt, slot, first, expected) in [
        ("judge", "which?", "v0", 0, Some("Choice: A")),
        ("judge", "which?", "v1", 0, Some("Choice: B")),
        ("judge", "which?", "v2", 0, None),
        // Elsewhere in the tree the same prompt is the same question.
        ("judge", "which?", "p0/v7", 7, Some("Choice: A")),
        ("judge", "which?", "p0/v8", 7, Some("Choice: B")),
        ("judge-2", "which?", "v0", 0, Some("Choice: C")),
        ("annotator", "which?", "q0", 0, Some("yes")),
        ("annotator", "which?", "v0", 0, None),
        ("judge", "which", "v0", 0, None),
        ("judge", "later", "v0", 0, None),
    ] {
        assert_eq!(text(seat, prompt, slot, first).as_deref(), expected, "{seat} {prompt} {slot} {first}");
    }
    // Only the first critic is asked by program; another one, and one who sees no program, by the prompt.
    let other = request("critic-2", Some("one"), "what is wrong?", "p0/f3", 3);
    assert_eq!(said(&people, &other).unwrap().0, "all of it");
    let error = said(&people, &request("judge", None, "later", "v0", 0)).unwrap_err();
    assert!(error.waits_for_people());
    assert_eq!(error.to_string(), "nobody has answered what the judge is asked for `v0` of problem a/1");
}

#[test]
fn replicate_and_seed_do_not_tell_questions_apart() {
    let people = people(&[answer("which?", "judge", "judgement", "Choice: A")]);
    let other = Request { replicate: 3, seed: 9, ..request("judge", None, "which?", "v0", 0) };
    assert_eq!(said(&people, &other).unwrap().0, "Choice: A");
}

#[test]
fn a_row_that_was_filled_in_is_read_as_it_was_written() {
    let row = AnswerRow {
        problem: ProblemId::new("a/1"),
        prompt_digest: prompt_digest(&messages("which?")),
        seat: Seat::JUDGE,
        kind: Kind::Judgement,
        answer: "Score: 0.5".to_owned(),
        author: "ann".to_owned(),
        minutes: 2.0,
        how: how_to_answer(Kind::Judgement),
        prompt: "[user]\nwhich?\n".to_owned(),
    };
    let line = serde_json::to_string(&OpenRow::Answer(row)).unwrap();
    let people = people(&[line]);
    let judged = said(&people, &request("judge", None, "which?", "v0", 0)).unwrap();
    assert_eq!(judged, ("Score: 0.5".to_owned(), "human/ann".to_owned()));
    assert_eq!(people.minutes(), 2.0);
}

#[test]
fn a_bad_line_is_named_with_its_field() {
    let bad = |line: &str| {
        let bytes = format!("{}\n{line}\n", feedback("one", "x", ""));
        People::parse("f.jsonl", "f.jsonl", bytes.as_bytes()).unwrap_err().to_string()
    };
    let wrong = |from: &str, to: &str| {
        let line = answer("which?", "judge", "judgement", "Choice: A");
        assert!(line.contains(from), "{from}");
        bad(&line.replace(from, to))
    };
    let check = |told: String, expected: &str| assert_eq!(told, format!("f.jsonl:2: {expected}"));
    check(bad("{}"), "missing field `problem`");
    check(
        bad(r#"{"problem":"a/1"}"#),
        "found neither `program_digest`, as of a critique, nor `prompt_digest`, as of an answer",
    );
    check(
        bad(&feedback("one", "x", r#","minutes":-1"#)),
        "field `minutes`: found -1, expected a number of minutes, such as 2.5",
    );
    check(bad(&feedback("one", "x", r#","author":3"#)), "field `author`: found 3, expected a text in quotes");
    check(
        bad(&feedback("one", "x", r#","answer":"y""#)),
        "field `answer` does not belong to a row with `program_digest`, whose text is `feedback`",
    );
    check(
        wrong("\"author\"", "\"feedback\""),
        "field `feedback` does not belong to a row with `prompt_digest`, whose text is `answer`",
    );
    check(
        wrong("judgement", "judgment"),
        "field `kind`: found `judgment`, expected one of program, critique, repair, note, tests, judgement, question",
    );
    check(wrong("\"kind\":\"judgement\",", ""), "missing field `kind`");
    check(wrong("\"Choice: A\"", "1"), "field `answer`: found 1, expected a text in quotes");
    assert!(wrong("\"judge\"", "\"jury\"").starts_with("f.jsonl:2: field `seat`: `jury` names no seat"));
    let unknown = wrong("\"author\"", "\"autor\"");
    assert!(unknown.starts_with("f.jsonl:2: unknown field `autor`, expected one of `problem`, "), "{unknown}");
    let twice = bad(&feedback("one", "x", r#","feedback":"y""#));
    check(twice, "duplicate field `feedback`");
    assert!(
        bad(&feedback("one", "x", "").replace("\"program_digest\":\"", "\"program_digest\":\"x"))
            .contains("field `program_digest`: ")
    );
}

#[test]
fn what_a_row_says_of_its_answer_is_there_for_every_kind() {
    let all: std::collections::BTreeSet<&str> = Kind::ALL.into_iter().map(how_to_answer).collect();
    assert_eq!(all.len(), Kind::ALL.len() - 1, "programs and repairs are written alike");
}
