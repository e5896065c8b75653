use super::*;
use crate::{AskedAbout, Speaker};
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
        program: program.map(|program| AskedAbout { text: Text::new(program), cluster: None, likeness: String::new() }),
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
    assert_eq!(people.minutes().to_string(), "2.5");
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
        minutes: Some(2.0),
        how: how_to_answer(Kind::Judgement),
        prompt: "[user]\nwhich?\n".to_owned(),
    };
    let line = serde_json::to_string(&OpenRow::Answer(row)).unwrap();
    let people = people(&[line]);
    let judged = said(&people, &request("judge", None, "which?", "v0", 0)).unwrap();
    assert_eq!(judged, ("Score: 0.5".to_owned(), "human/ann".to_owned()));
    assert_eq!(people.minutes().to_string(), "2");
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

#[test]
fn every_row_of_the_page_on_feedback_is_read() {
    let page = include_str!("../../../../docs/feedback.md");
    let block = page.split("```json\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    let rows = block.replace("DIGEST", &Digest::of(b"x").to_string());
    let people = People::parse("f.jsonl", "f.jsonl", rows.as_bytes()).unwrap();
    assert_eq!(people.said.values().map(Vec::len).sum::<usize>(), rows.lines().count());
    assert_eq!(people.minutes().to_string(), "4");
}

/// What the critic is told of a program with this row.
fn told(more: &str) -> Result<Completion, String> {
    let digest = Digest::of(b"a = 1\nb = 2\n");
    let line = format!(r#"{{"problem":"a/1","program_digest":"{digest}",{more}}}"#);
    let people = People::parse("f.jsonl", "f.jsonl", line.as_bytes()).map_err(|error| error.to_string())?;
    let request = request("critic", Some("a = 1\nb = 2\n"), "why?", "p0/f0", 0);
    people.completion(&request, &request.slots[0]).map_err(|error| error.to_string())
}

#[test]
fn any_of_the_fields_is_enough_and_none_is_lost() {
    for (row, shown) in [
        (r#""satisfied":"no""#, "wrong"),
        (r#""satisfied":true"#, "right"),
        (r#""rating":3"#, "The program is rated 3 on a scale from 1 (bad) to 4 (good)."),
        (r#""reasons":["crash","too_slow"]"#, "Reasons:\n- it crashes\n- it is too slow"),
        (r#""feedback":"no""#, "no"),
        (r#""spans":[2]"#, "Line 2:\n    2 | b = 2"),
        (r#""spans":[[1,2]]"#, "Lines 1-2:\n    1 | a = 1\n    2 | b = 2"),
        (r#""fixed_program":"```python\nb = 3\n```""#, "The program has to be changed."),
    ] {
        let row = format!(r#"{row},"author":"ann","minutes":1.25,"about_model":"x/y""#);
        let completion = told(&row).unwrap();
        assert_eq!(completion.text.body().map(|body| &**body), Some(shown), "{row}");
        let remark = completion.remark.unwrap();
        let beside = (remark.author.as_deref(), remark.minutes.map(Minutes::as_f64), remark.about_model.as_deref());
        assert_eq!(beside, (Some("ann"), Some(1.25), Some("x/y")));
        let fixed = remark.fixed_program.as_ref().and_then(|text| text.body()).map(|body| &**body);
        assert_eq!(fixed, row.contains("fixed_program").then_some("b = 3\n"));
    }
}

#[test]
fn a_value_that_does_not_fit_is_named_with_its_field() {
    for (row, expected) in [
        (r#""satisfied":"perhaps""#, "field `satisfied`: found \"perhaps\", expected \"yes\" or \"no\""),
        (r#""rating":5"#, "field `rating`: found 5, expected 1, 2, 3 or 4"),
        (r#""rating":2.5"#, "field `rating`: found 2.5, expected 1, 2, 3 or 4"),
        (r#""reasons":"crash""#, "field `reasons`: found \"crash\", expected a list of some of wrong_result, crash"),
        (r#""reasons":["crahs"]"#, "style, other (is `crash` meant?)"),
        (r#""reasons":["crash","crash"]"#, "field `reasons`: `crash` stands there twice"),
        (r#""spans":[0]"#, "field `spans`: found 0, expected the number of a line, from 1"),
        (r#""spans":[[3,2]]"#, "field `spans`: the last line 2 stands before the first, 3"),
        (
            r#""spans":[{"first":1,"end":2}]"#,
            "field `spans`: unknown field `end`, expected `first`, `last` or `comment`",
        ),
        (
            r#""fixed_program":"```python\n```""#,
            "field `fixed_program`: found an empty block, expected a whole program",
        ),
        (r#""minutes":"2""#, "field `minutes`: found \"2\", expected a number of minutes, such as 2.5"),
        (r#""minutes":3,"feedback":" ""#, "field `minutes`: found 3 in a row that says nothing: fill in `feedback`"),
        (r#""raiting":3"#, "unknown field `raiting`, expected one of `problem`, "),
    ] {
        let error = told(row).unwrap_err();
        assert!(error.starts_with("f.jsonl:1: ") && error.contains(expected), "{error}");
    }
}

#[test]
fn a_row_of_a_cluster_serves_programs_that_have_none() {
    let cluster = Digest::of(b"cluster");
    let row =
        feedback("one", "off by one", &format!(r#","cluster":"{cluster}","minutes":2,"program":"one","spans":[1]"#));
    let people = people(&[row, feedback("own", "mine", "")]);
    let ask = |program: &str, slot: &str, cluster: Option<Digest>| {
        let request = request("critic", Some(program), "why?", slot, 0);
        let program = request.program.clone().map(|asked| AskedAbout { cluster, ..asked });
        let request = Request { program, ..request };
        let taken = people.takes(&request);
        people.completion(&request, &request.slots[0]).map(|completion| (completion, taken)).ok()
    };
    let (completion, taken) = ask("other", "p0/f0", Some(cluster)).unwrap();
    let text = completion.text.body().unwrap().to_string();
    let expected =
        "This was said of another program, which fails in the same way:\n\noff by one\n\nLine 1:\n    1 | one";
    assert_eq!(text, expected);
    let remark = completion.remark.unwrap();
    assert_eq!((remark.source, remark.written_about), (Source::Propagated, Some(Digest::of(b"one"))));
    assert_eq!((taken[0].source, taken[0].row), (Source::Propagated, remark.row));
    // The program that it was written about has it as its own; one with a row of its own has that.
    let own = |program: &str| ask(program, "p0/f0", Some(cluster)).unwrap().0.remark.unwrap().source;
    assert_eq!((own("one"), own("own")), (Source::Human, Source::Human));
    assert!(ask("own", "p0/f1", Some(cluster)).is_none(), "a second critique is asked of its own people");
    assert!(ask("other", "p0/f1", Some(cluster)).is_none() && ask("other", "p0/f0", None).is_none());
}
