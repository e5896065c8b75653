//! What a verdict says over HTTP, what it is worth, and how much of it is told.

use crate::client::Served;
use crate::common::{Lab, TWO_PROBLEMS};
use serde_json::{Value, json};

const RIGHT: &str = "def inc(n):\n    return n + 1\n";
/// Right for the first two of four tests.
const HALF: &str = "def inc(n):\n    return n + 1 if n < 3 else 0\n";
/// Whether what it returns is a number's equal is for itself to say.
const EQUAL: &str = "class P:\n    def __init__(self, x):\n        self.x = x\n    def __eq__(self, other):\n        return self.x == other\ndef inc(n):\n    return P(n + 1)\n";

/// A request with four tests of `inc`, one a call; `program` and whatever else is put in.
fn four(more: &Value) -> Value {
    let mut request = json!({
        "entry_point": "inc",
        "tests": [
            "assert inc(1) == 2",
            {"call": {"args": [2], "expected": 3}},
            {"script": "assert inc(3) == 4"},
            {"call": {"args": [4], "expected": 5}},
        ],
    });
    for (key, value) in more.as_object().unwrap() {
        request[key] = value.clone();
    }
    request
}

fn rewards(answer: &Value) -> [Option<f64>; 3] {
    // The last digits are those of binary fractions.
    ["pass", "fraction", "rltf"].map(|shape| answer["rewards"][shape].as_f64().map(|worth| (worth * 1e9).round() / 1e9))
}

#[test]
fn programs_get_verdicts_and_rewards() {
    let served = Served::start("");
    for (program, status, passed, worth) in [
        (RIGHT, "passed", 4, [1.0, 1.0, 1.0]),
        (HALF, "wrong_answer", 2, [0.0, 0.5, 0.35]),
        ("def inc(n):\n    return n + 1 if n < 4 else n[0]\n", "runtime_error", 3, [0.0, 0.75, -0.6]),
        ("def inc(n)", "compile_error", 0, [0.0, 0.0, -1.0]),
        ("def other(n): return n", "missing_entry_point", 0, [0.0, 0.0, -1.0]),
    ] {
        let answer = served.answer("/v1/judge", &four(&json!({"program": program, "id": "x"})));
        assert_eq!((&answer["status"], &answer["id"]), (&json!(status), &json!("x")), "{program}: {answer}");
        assert_eq!(answer["passed"], json!(status == "passed"));
        assert_eq!(rewards(&answer), worth.map(Some), "{program}");
        assert_eq!(answer["hidden"]["passed"], json!(passed));
        assert_eq!(answer["extraction_rule"], json!("whole"));
        assert_eq!(answer["engine"]["name"], json!("process"));
        assert_eq!(answer["unscored"], Value::Null);
    }

    // The reward of the shape that is asked for.
    for (shape, worth) in [("pass", 0.0), ("fraction", 0.5), ("rltf", 0.35)] {
        let answer = served.answer("/v1/judge", &four(&json!({"program": HALF, "shape": shape})));
        assert!((answer["reward"].as_f64().unwrap() - worth).abs() < 1e-9, "{shape}: {answer}");
    }

    // A program is found in an answer, or is not.
    let chat = format!("Here it is:\n```python\n{RIGHT}```\n");
    let answer = served.answer("/v1/judge", &four(&json!({"answer": chat})));
    assert_eq!((&answer["status"], &answer["extraction_rule"]), (&json!("passed"), &json!("one_block")));
    assert_eq!(answer["program"], json!(RIGHT));
    let answer = served.answer("/v1/judge", &four(&json!({"answer": "I cannot do that."})));
    assert_eq!((&answer["status"], &answer["program"]), (&json!("no_code"), &Value::Null));
    assert_eq!(rewards(&answer), [Some(0.0), Some(0.0), Some(-1.0)]);

    // HumanEval's form, with a continuation of the statement.
    let check = "def check(candidate):\n    assert candidate(41) == 42\n";
    let statement = "def inc(n):\n    \"\"\"One more.\"\"\"\n";
    let request = json!({"check": check, "entry_point": "inc", "statement": statement, "style": "completion",
        "answer": "    return n + 1\n", "form": "continuation"});
    assert_eq!(served.answer("/v1/judge", &request)["status"], json!("passed"));

    // Inputs and outputs, in both spellings.
    let request = json!({"tests": [{"stdio": {"input": "2\n", "expected": "4\n"}}, {"input": "3", "output": "9"}],
        "program": "print(int(input()) ** 2)"});
    assert_eq!(served.answer("/v1/judge", &request)["fraction"], json!(1.0));

    // A suite may end at its first failing test, and limits may be lower.
    let answer = served.answer("/v1/judge", &four(&json!({"program": HALF, "stop_at_first_failure": true})));
    assert_eq!(answer["hidden"]["tests"].as_array().unwrap().len(), 3);
    let slow = json!({"entry_point": "inc", "tests": ["assert inc(1) == 2"], "program": "def inc(n):\n    while True: pass",
        "limits": {"time_limit": 0.2, "memory_limit": 200}});
    let answer = served.answer("/v1/judge", &slow);
    assert_eq!((&answer["status"], &answer["rewards"]["rltf"]), (&json!("time_limit"), &json!(-0.6)));
}

#[test]
fn facts_are_told_as_far_as_a_request_sees() {
    let served = Served::start("");
    let request = |see: &str, program: &str| {
        let tests = json!({"public_tests": ["assert inc(3) == 4"], "see": see, "program": program});
        served.answer("/v1/judge", &four(&tests))
    };
    let facts = |answer: &Value, suite: &str, at: usize| answer[suite]["tests"][at]["facts"].clone();
    let hidden = request("hidden", HALF);
    assert_eq!(facts(&hidden, "public", 0)["actual"], json!("0"));
    assert_eq!(facts(&hidden, "hidden", 3)["call"], json!("inc(4)"));
    assert_eq!(hidden["facts"]["status"], json!("wrong_answer"));
    let public = request("public", HALF);
    assert_eq!((facts(&public, "public", 0)["actual"].clone(), facts(&public, "hidden", 3)), (json!("0"), Value::Null));
    let none = request("none", HALF);
    assert_eq!((facts(&none, "public", 0), none["facts"].clone()), (Value::Null, Value::Null));
    // The statuses of the tests are no facts.
    assert_eq!(none["hidden"]["tests"][3]["status"], json!("wrong_answer"));
    // That a program cannot be loaded is no secret of any suite.
    assert_eq!(request("none", "def inc(n)")["facts"]["status"], json!("compile_error"));
    let scored = four(&json!({"public_tests": ["assert inc(1) == 2"], "scored_on": "public", "program": HALF}));
    let scored = served.answer("/v1/judge", &scored);
    assert_eq!((&scored["passed"], &scored["rewards"]["pass"]), (&json!(true), &json!(1.0)));
}

#[test]
fn what_cannot_be_judged_is_null_and_never_worth_more_than_a_failure() {
    let served = Served::start("");
    let unproven = |how: &Value| served.answer("/v1/judge", &four(how));
    let answer = unproven(&json!({"program": EQUAL}));
    let nothing = [&answer["status"], &answer["passed"], &answer["fraction"]];
    assert_eq!(nothing, [&Value::Null; 3], "{answer}");
    assert_eq!((&answer["unscored"]["cause"], &answer["unscored"]["by"]), (&json!("unproven"), &json!("candidate")));
    assert_eq!(rewards(&answer), [Some(0.0), Some(0.0), Some(-1.0)]);
    let answer = unproven(&json!({"program": EQUAL, "unsupported": "unscored"}));
    assert_eq!((rewards(&answer), &answer["reward"]), ([None; 3], &Value::Null));
    // A test that judges nobody is nobody's failure.
    let broken = json!({"entry_point": "inc", "tests": ["assert 1 == 1"], "program": RIGHT, "shape": "rltf"});
    let answer = served.answer("/v1/judge", &broken);
    assert_eq!((&answer["unscored"]["cause"], &answer["unscored"]["by"]), (&json!("broken_test"), &json!("problem")));
    assert_eq!((&answer["status"], &answer["reward"]), (&Value::Null, &Value::Null));

    // The server's own flag, and problems that share an interpreter where that is not scored.
    let strict = Served::start("--require isolated --unsupported unscored");
    let answer = strict.answer("/v1/judge", &four(&json!({"program": EQUAL})));
    assert_eq!(answer["rewards"]["rltf"], Value::Null);
    let shared = four(&json!({"program": RIGHT, "integrity": "cooperative", "unsupported": "failing"}));
    let answer = strict.answer("/v1/judge", &shared);
    assert_eq!((&answer["status"], &answer["unscored"]["cause"]), (&json!("unsupported"), &json!("integrity")));
    assert_eq!((&answer["unscored"]["by"], &answer["reward"]), (&json!("problem"), &Value::Null));
    assert_eq!(served.answer("/v1/judge", &shared)["status"], json!("passed"));
}

#[test]
fn problems_of_data_sets_are_judged_by_their_names() {
    let lab = Lab::new();
    lab.write("two.jsonl", TWO_PROBLEMS);
    let served = Served::start_in(lab, "--listen 127.0.0.1:0 --dataset two.jsonl", &[]);
    let request = json!({"task_id": "t/1", "answer": "    return a + b\n", "form": "continuation"});
    assert_eq!(served.answer("/v1/judge", &request)["status"], json!("passed"));
    let request = json!({"dataset": "two", "task_id": "t/2", "program": "def sub(a, b):\n    return a + b\n"});
    assert_eq!(served.answer("/v1/judge", &request)["status"], json!("wrong_answer"));

    let two = served.get("/v1/datasets/two").json();
    assert_eq!(two["problems"][0]["task_id"], json!("t/1"));
    assert_eq!((&two["problems"][0]["entry_point"], &two["problems"][0]["hidden_tests"]), (&json!("add"), &json!(1)));
    assert!(!two.to_string().contains("return a + b"), "a reference is told");
    let names = served.get("/v1/datasets").json();
    let of = |name: &str| names["datasets"].as_array().unwrap().iter().find(|entry| entry["name"] == name).cloned();
    assert_eq!(of("two").unwrap()["available"], json!(true));
    assert_eq!(of("starter").unwrap()["available"], json!(true));
    assert_eq!(of("humaneval").unwrap()["available"], json!(false));

    for (request, status, code, field) in [
        (json!({"task_id": "t/3", "program": ""}), 404, "unknown_task", "task_id"),
        (json!({"dataset": "../two.jsonl", "task_id": "t/1", "program": ""}), 404, "unknown_dataset", "dataset"),
        (json!({"dataset": "humaneval", "task_id": "HumanEval/0", "program": ""}), 404, "unknown_dataset", "dataset"),
    ] {
        let found = served.post("/v1/judge", &request).refusal();
        assert_eq!(found, (status, code.to_owned(), field.to_owned()), "{request}");
    }

    // The same problems as a reward model has them.
    let request = json!({
        "query": ["Add.    return a + b", "def sub(a, b):\n    return a - b\n", "nothing"],
        "prompts": ["Add.", "", ""],
        "labels": [
            {"task_id": "t/1", "form": "continuation"},
            "t/2",
            "{\"tests\": [\"assert f() == 1\"], \"entry_point\": \"f\"}",
        ],
    });
    let answer = served.answer("/reward", &request);
    assert_eq!(answer["rewards"], json!([1.0, 1.0, 0.0]), "{answer}");
    assert_eq!(answer["scores"], json!([1.0, 1.0, 0.0]));
    assert_eq!(answer["extra_logs"], json!({"passed": [1, 1, 0], "unscored": [0, 0, 0]}));
    let unequal = json!({"query": ["a"], "labels": []});
    assert_eq!(served.post("/get_reward", &unequal).refusal().2, "labels");
    let wrong = json!({"query": ["a"], "labels": [{"task_id": "t/1", "see": "all"}]});
    assert_eq!(served.post("/reward", &wrong).refusal().2, "labels[0].see");
}

#[test]
fn a_batch_answers_each_request_once() {
    let served = Served::start("--queue 1");
    let requests: Vec<Value> =
        (0..12).map(|at| json!({"id": at.to_string(), "program": if at % 3 == 0 { RIGHT } else { HALF }})).collect();
    let batch = json!({"requests": requests, "defaults": four(&json!({"shape": "fraction"}))});
    let response = served.post("/v1/judge/batch", &batch);
    assert_eq!((response.status, response.header("content-type")), (200, Some("application/x-ndjson")));
    let mut seen: Vec<(u64, Value, Value)> = response
        .body
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap())
        .map(|line| (line["index"].as_u64().unwrap(), line["result"]["id"].clone(), line["result"]["reward"].clone()))
        .collect();
    seen.sort_by_key(|(index, ..)| *index);
    let expected = |at: u64| (at, json!(at.to_string()), json!(if at.is_multiple_of(3) { 1.0 } else { 0.5 }));
    assert_eq!(seen, (0..12).map(expected).collect::<Vec<_>>());
    let wrong = json!({"requests": [{"program": RIGHT}, {"program": 1}], "defaults": four(&json!({}))});
    assert_eq!(served.post("/v1/judge/batch", &wrong).refusal().2, "requests[1].program");
    assert_eq!(served.post("/v1/judge/batch", &json!({"requests": []})).refusal().2, "requests");
}
