use super::*;
use mend_core::{FinishReason, Sampling, Seat, Style, Usage};

fn problem(id: &str, style: Style) -> Problem {
    mend_testkit::problem(id, style, "def f(x):\n").with_digest()
}

fn known() -> Vec<Problem> {
    let entry_point = "f".to_owned();
    vec![
        problem("a/0", Style::Completion { entry_point: entry_point.clone() }),
        problem("a/1", Style::Function { entry_point }),
        problem("b/10", Style::Program),
    ]
}

fn parse(rows: &str, on_invalid: OnInvalid) -> Result<Samples, SamplesError> {
    Samples::parse(
        "runs/x.jsonl",
        rows.as_bytes(),
        &known(),
        Reading { on_invalid, form: None, format: None, is_whole: true },
    )
}

fn request(problem: &str, replicate: u32, slots: &[&str]) -> Request {
    Request {
        problem: ProblemId::new(problem),
        problem_digest: Digest::of(b""),
        replicate,
        seed: 0,
        seat: Seat::CODER,
        slots: slots.iter().map(|slot| slot.parse().unwrap()).collect(),
        messages: Vec::new(),
        program: None,
        first: 0,
        sampling: Sampling::new(0.8, Tokens(512)),
    }
}

fn complete(samples: &Samples, request: &Request) -> Result<Answer, ModelError> {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(samples.complete(request))
}

/// Text, form and finish of the first sample of a problem.
#[track_caller]
fn check(row: &str, text: &str, form: Form, finish_reason: FinishReason, usage: Usage) {
    let samples = parse(row, OnInvalid::Fail).unwrap();
    let (id, _) = samples.per_problem(0).into_iter().find(|(_, n)| *n == 1).unwrap();
    let answer = complete(&samples, &request(id.as_str(), 0, &["p0"])).unwrap();
    let completion = &answer.completions[0];
    assert_eq!(completion.text.body().map(AsRef::as_ref), Some(text));
    assert_eq!((completion.form, completion.finish_reason, completion.usage), (form, finish_reason, usage));
    assert_eq!(completion.counted, count_tokens(text));
    assert_eq!(answer.usage, usage);
}

#[test]
fn rows_become_completions_of_the_form_that_they_state() {
    let none = Usage::default();
    check(r#"{"task_id":"a/0","completion":" x"}"#, " x", Form::Continuation, FinishReason::Unknown, none);
    check(r#"{"task_id":"a/0","solution":"x"}"#, "x", Form::Whole, FinishReason::Unknown, none);
    check(r#"{"task_id":"a/1","completion":"x"}"#, "x", Form::Whole, FinishReason::Unknown, none);
    check(
        r#"{"task_id":"a/0","completion":"x","solution":null,"prompt_tokens":9,"completion_tokens":1,
            "cached_tokens":4,"reasoning_tokens":0,"finish_reason":"length","seen":[1]}"#
            .replace('\n', "")
            .as_str(),
        "x",
        Form::Continuation,
        FinishReason::Length,
        Usage {
            prompt: Some(Tokens(9)),
            cached: Some(Tokens(4)),
            reasoning: Some(Tokens(0)),
            completion: Some(Tokens(1)),
        },
    );
    check(
        concat!(
            r#"{"task_id":"a/0","completion":{"model":"m","choices":[{"text":"y","finish_reason":"stop"}],"#,
            r#""usage":{"prompt_tokens":7,"completion_tokens":2,"total_tokens":9}}}"#
        ),
        "y",
        Form::Continuation,
        FinishReason::Stop,
        Usage { prompt: Some(Tokens(7)), completion: Some(Tokens(2)), ..none },
    );
}

#[track_caller]
fn check_error(rows: &str, message: &str) {
    assert_eq!(parse(rows, OnInvalid::Fail).unwrap_err().to_string(), message);
}

#[test]
fn bad_rows_are_errors_that_name_file_line_and_field() {
    let good = r#"{"task_id":"a/0","completion":"x"}"#;
    check_error("\n", "runs/x.jsonl: no samples (rows skipped: 0)");
    check_error(&format!("{good}\n{{\"task"), "runs/x.jsonl:2: EOF while parsing a string at column 6");
    check_error("[1]", "runs/x.jsonl:1: invalid type: array, expected an object");
    check_error(r#"{"completion":"x"}"#, "runs/x.jsonl:1: missing field `task_id`");
    check_error(r#"{"task_id":3.5}"#, "runs/x.jsonl:1: field `task_id`: expected a text or a whole number");
    check_error(r#"{"task_id":3}"#, "runs/x.jsonl:1: neither `completion` nor `solution` is given");
    check_error(r#"{"task_id":"a/0"}"#, "runs/x.jsonl:1: neither `completion` nor `solution` is given");
    check_error(
        r#"{"task_id":"a/0","completion":"x","solution":"y"}"#,
        "runs/x.jsonl:1: both `completion` and `solution` are given",
    );
    check_error(
        r#"{"task_id":"a/0","completion":7}"#,
        "runs/x.jsonl:1: field `completion`: expected a text or an API response",
    );
    check_error(
        r#"{"task_id":"a/0","completion":{"choices":[]}}"#,
        "runs/x.jsonl:1: missing field `completion.choices[0]`",
    );
    check_error(
        r#"{"task_id":"a/0","completion":"x","prompt_tokens":-1}"#,
        "runs/x.jsonl:1: field `prompt_tokens`: expected a number of tokens",
    );
    check_error(
        &format!("{good}\n\n{{\"task_id\":\"b/1\",\"completion\":\"x\"}}"),
        "runs/x.jsonl:3: field `task_id`: unknown problem `b/1`; did you mean `a/1`?",
    );
}

#[test]
fn skipped_rows_are_named_and_the_rest_is_used() {
    let rows = "{\"task_id\":\"a/0\",\"completion\":\"x\"}\nnonsense\n{\"task_id\":\"z\",\"completion\":\"x\"}\n";
    let samples = parse(rows, OnInvalid::Skip).unwrap();
    let skipped: Vec<_> = samples.skipped().iter().map(ToString::to_string).collect();
    assert_eq!(
        skipped,
        ["runs/x.jsonl:2: expected ident at column 2", "runs/x.jsonl:3: field `task_id`: unknown problem `z`"]
    );
    assert_eq!(samples.missing(1), ["a/1", "b/10"].map(ProblemId::new));
    assert_eq!(samples.per_problem(0).iter().map(|(_, n)| *n).collect::<Vec<_>>(), [1, 0, 0]);
    let empty = parse("nonsense", OnInvalid::Skip).unwrap_err();
    assert_eq!(empty.to_string(), "runs/x.jsonl: no samples (rows skipped: 1)");
}

#[test]
fn slots_get_the_rows_of_their_problem_in_file_order() {
    let rows = ["a/0 one", "b/10 other", "a/0 two"]
        .map(|row| row.split_once(' ').unwrap())
        .map(|(id, text)| format!(r#"{{"task_id":"{id}","solution":"{text}","completion_tokens":1}}"#));
    let samples = parse(&rows.join("\n"), OnInvalid::Fail).unwrap();
    let answer = complete(&samples, &request("a/0", 0, &["p1", "p0"])).unwrap();
    let texts: Vec<_> = answer.completions.iter().map(|completion| completion.text.body().unwrap().as_ref()).collect();
    assert_eq!(texts, ["two", "one"]);
    assert_eq!(answer.usage, Usage { completion: Some(Tokens(2)), ..Usage::default() });

    for (replicate, slot) in [(0, "p2"), (0, "p0/r0"), (1, "p0")] {
        let error = complete(&samples, &request("a/0", replicate, &["p0", slot]));
        let slot: Slot = slot.parse().unwrap();
        let slot = if replicate == 1 { "p0".parse().unwrap() } else { slot };
        let problem = ProblemId::new("a/0");
        let available = if replicate == 0 { 2 } else { 0 };
        assert_eq!(error, Err(ModelError::NoSample { problem, replicate, slot, available }));
    }
}

#[test]
fn identity_is_the_file_and_its_bytes() {
    let rows = r#"{"task_id":"a/0","completion":"x"}"#;
    let identity = parse(rows, OnInvalid::Fail).unwrap().identity();
    assert_eq!(identity.name, "samples:x.jsonl");
    assert_eq!(identity.digest, Some(Digest::of(rows.as_bytes())));
    assert!(!identity.simulated);
}

/// Contents of a gzipped file in the folder of optional test data; `None`, and said so, if it is absent.
fn published(name: &str) -> Option<Vec<u8>> {
    mend_testkit::shared_bytes(&format!("data/samples/{name}"))
}

/// Parses a published file against the ids of HumanEval.
#[track_caller]
fn check_published(name: &str, per_problem: u32) -> Option<Samples> {
    let bytes = published(name)?;
    let style = Style::Completion { entry_point: "f".to_owned() };
    let known: Vec<Problem> = (0..164).map(|index| problem(&format!("HumanEval/{index}"), style.clone())).collect();
    let samples = Samples::parse(
        name,
        &bytes,
        &known,
        Reading { on_invalid: OnInvalid::Fail, form: None, format: None, is_whole: true },
    )
    .unwrap();
    assert_eq!(samples.missing(1), []);
    assert!(samples.per_problem(0).iter().all(|(_, n)| *n == per_problem));
    Some(samples)
}

#[test]
fn published_files_parse_and_api_responses_say_the_same_as_flat_rows() {
    check_published("codegen-16b.humaneval.n100.jsonl.gz", 100);
    let flat = check_published("davinci-002.humaneval.n3.jsonl.gz", 3);
    let responses = check_published("davinci-002.openai-responses.jsonl.gz", 3);
    let (Some(flat), Some(responses)) = (flat, responses) else { return };
    for index in 0..164 {
        let request = request(&format!("HumanEval/{index}"), 0, &["p0", "p1", "p2"]);
        let flat = complete(&flat, &request).unwrap();
        let mut responses = complete(&responses, &request).unwrap();
        for completion in &mut responses.completions {
            assert_eq!(completion.served_model.take().as_deref(), Some("text-davinci-002"));
        }
        assert_eq!(flat, responses);
        assert!(flat.usage.billed().is_some());
    }
}

/// Texts and forms of all samples of a problem.
fn texts(samples: &Samples, problem: &str) -> Vec<(String, Form)> {
    let of = samples.of(&ProblemId::new(problem), 0);
    of.iter().map(|sample| (sample.text.body().unwrap().to_string(), sample.form)).collect()
}

fn read(bytes: &str, form: Option<Form>) -> Samples {
    let reading = Reading { on_invalid: OnInvalid::Fail, form, format: None, is_whole: true };
    Samples::parse("x.json", bytes.as_bytes(), &known(), reading).unwrap()
}

#[test]
fn what_texts_are_meant_to_be_is_told_by_the_texts() {
    let row = |text: &str| format!("{}\n", serde_json::json!({ "task_id": "a/0", "completion": text }));
    let form =
        |texts: &[&str]| read(&texts.iter().map(|text| row(text)).collect::<String>(), None).forms()["completion"];
    let chat = "Sure:\n```python\ndef f(x):\n    return x\n```\n";
    let prose = "Here is the function.\n\ndef f(x):\n    return x\n\nDone.\n";
    let thinking = "<think>\nHm.\n</think>\ndef f(x):\n    return x\n";
    assert_eq!(form(&["    return x\n"]), Form::Continuation);
    assert_eq!(form(&["    return (x\n", "    return\n", "nonsense here"]), Form::Continuation);
    assert_eq!(form(&["    return (x\n"]), Form::Continuation, "what no form fits stays what it usually is");
    for answer in [chat, prose, thinking] {
        assert_eq!(form(&[answer]), Form::Chat, "{answer}");
    }
    assert_eq!(form(&[chat, chat, "    return x\n"]), Form::Chat);
    assert_eq!(form(&["    return x\n", "    return 2\n", chat]), Form::Continuation);
    assert_eq!(form(&["def f(x):\n    return x\n"]), Form::Whole, "the statement of this problem ends before its body");
    let solution = |text: &str| {
        let row = serde_json::json!({ "task_id": "a/1", "solution": text }).to_string();
        read(&row, None).forms()["solution"]
    };
    assert_eq!(
        (solution("def f(x): pass\n"), solution(chat), solution("def f(:")),
        (Form::Whole, Form::Chat, Form::Whole)
    );
}

#[test]
fn a_form_that_was_asked_for_holds_for_all_texts() {
    let rows = "{\"task_id\":\"a/0\",\"completion\":\" x\"}\n{\"task_id\":\"a/1\",\"solution\":\"y\"}\n";
    for (form, of_prose) in [(Form::Chat, Form::Chat), (Form::Whole, Form::Whole), (Form::Continuation, Form::Whole)] {
        let samples = read(rows, Some(form));
        assert_eq!(texts(&samples, "a/0"), [(" x".to_owned(), form)]);
        assert_eq!(texts(&samples, "a/1"), [("y".to_owned(), of_prose)]);
        assert_eq!(samples.forms(), [("completion".to_owned(), form), ("solution".to_owned(), form)].into());
    }
}

#[test]
fn an_array_holds_rows_as_lines_do() {
    let array = "[{\"task_id\": \"a/0\",\n \"solution\": \"x\"},\n {\"task_id\": \"b/10\", \"solution\": \"y\"}]\n";
    let samples = read(array, None);
    assert_eq!((texts(&samples, "a/0").len(), texts(&samples, "b/10").len()), (1, 1));
}

#[test]
fn a_number_means_the_one_problem_that_ends_in_it() {
    let samples = read("{\"task_id\":10,\"solution\":\"x\"}\n{\"task_id\":\"1\",\"solution\":\"y\"}\n", None);
    assert_eq!((texts(&samples, "b/10").len(), texts(&samples, "a/1").len()), (1, 1));
    check_error(r#"{"task_id":7,"solution":"x"}"#, "runs/x.jsonl:1: field `task_id`: unknown problem `7`");
}

#[test]
fn rows_of_lm_eval_are_read_once_whatever_its_filters() {
    let row = |filter: &str, id: &str| {
        let row = serde_json::json!({
            "doc_id": 0, "doc": { "task_id": id, "prompt": "p" }, "target": "t", "arguments": {},
            "resps": [[" one", " two"]], "filtered_resps": [["pone"]], "filter": filter, "pass@1": 1.0,
        });
        format!("{row}\n")
    };
    let rows = row("create_test", "a/0") + &row("other", "a/0") + &row("create_test", "b/10");
    let samples = read(&rows, Some(Form::Continuation));
    let texts_of = |id| texts(&samples, id).into_iter().map(|(text, _)| text).collect::<Vec<_>>();
    assert_eq!(
        (texts_of("a/0"), texts_of("b/10")),
        (vec![" one".into(), " two".into()], vec![" one".into(), " two".into()])
    );
    assert!(samples.forms().contains_key("resps"));
    check_error(
        r#"{"doc":{},"resps":[["x"]]}"#,
        "runs/x.jsonl:1: missing field `doc.task_id`: a row of lm-eval that names no problem",
    );
}

#[test]
fn generations_of_bigcode_belong_to_problems_by_place() {
    let bytes = "[[\"def f(x):\\n    pass\\n\", \"x = 1\\n\"], [], [\"print(1)\\n\"]]";
    let samples = read(bytes, None);
    assert_eq!(samples.per_problem(0).iter().map(|(_, n)| *n).collect::<Vec<_>>(), [2, 0, 1]);
    assert_eq!(texts(&samples, "b/10"), [("print(1)\n".to_owned(), Form::Whole)]);
    let part = Reading { on_invalid: OnInvalid::Fail, form: None, format: None, is_whole: false };
    let error = Samples::parse("x.json", bytes.as_bytes(), &known(), part).unwrap_err().to_string();
    assert!(error.contains("all of them have to be chosen"), "{error}");
    let four = "[[],[],[],[\"x\"]]";
    let error = Samples::parse("x.json", four.as_bytes(), &known(), Reading { is_whole: true, ..part }).unwrap_err();
    assert!(
        error.to_string().starts_with("x.json:4: field `task_id`: unknown problem `the list 4 of the file`"),
        "{error}"
    );
}

#[test]
fn files_of_other_tools_that_hold_no_samples_are_named() {
    for (bytes, word) in [
        ("{\n \"results\": {},\n \"configs\": {}\n}\n", "lm-eval"),
        ("{\n \"eval\": {},\n \"hash\": \"\"\n}\n", "EvalPlus"),
        ("{\n \"humaneval\": {},\n \"config\": {}\n}\n", "bigcode"),
        ("{\n \"a\": 1\n}\n", "one object over several lines"),
    ] {
        let error = parse(bytes, OnInvalid::Fail).unwrap_err().to_string();
        assert!(error.contains(word), "{error}");
    }
}

#[test]
fn half_characters_are_replaced_and_counted_where_they_stand() {
    let rows = concat!(
        "{\"task_id\":\"a/0\",\"solution\":\"x # \\ud835\"}\n",
        "{\"task_id\":\"a/1\",\"solution\":\"y = '\\ud835\\udc00'\"}\n",
        "{\"task_id\":\"b/10\",\"solution\":\"z\",\"note\":\"\\udc00\"}\n",
    );
    let samples = read(rows, None);
    let replaced = |id| samples.of(&ProblemId::new(id), 0)[0].replaced;
    assert_eq!((replaced("a/0"), replaced("a/1"), replaced("b/10")), (1, 0, 0));
    assert_eq!(texts(&samples, "a/0")[0].0, "x # \u{fffd}");
}
