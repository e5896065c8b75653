//! Problems whose test can judge nobody: they are in no mean, also where some programs failed before the test.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[expect(dead_code, reason = "only a part is of use here")]
mod common;

use common::Lab;
use serde_json::{Value, json};

/// A problem of the shape of HumanEval.
fn problem(id: &str, entry: &str, assertion: &str) -> String {
    let test = format!("def check(candidate):\n    assert {assertion}\n");
    json!({"task_id": id, "prompt": format!("def {entry}(x):\n"), "entry_point": entry, "test": test}).to_string()
}

#[test]
fn a_problem_whose_test_judges_nobody_is_in_no_mean() {
    let lab = Lab::new();
    // The first one's test never calls what it is a test of.
    let broken = problem("helper/only", "outer", "inner(2) == 4");
    lab.write("problems.jsonl", format!("{broken}\n{}\n", problem("fine/one", "triple", "candidate(2) == 6")));
    let early = [
        "def outer(x)\n    return 2 * x\n",
        "def another(x):\n    return x\n",
        "raise ValueError(1)\ndef outer(x):\n    return 2 * x\n",
        "import os\nos._exit(0)\n",
    ];
    let right = "def inner(x):\n    return 2 * x\n\ndef outer(x):\n    return inner(x)\n";
    let sample = |id: &str, program: &str| json!({"task_id": id, "solution": program}).to_string() + "\n";
    let mut samples: String =
        early.iter().map(|program| sample("helper/only", program)).chain([sample("helper/only", right)]).collect();
    samples += &sample("fine/one", "def triple(x):\n    return 3 * x\n").repeat(5);
    lab.write("samples.jsonl", samples);
    let ran = lab.ended(4, "score --dataset problems.jsonl --samples samples.jsonl --out run --json");
    let summary: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(summary["pass_at_1"]["value"]["value"], 1.0);
    assert_eq!(summary["pass_at_1"]["if_unscored_fail"]["value"], 0.5);
    assert_eq!((&summary["coverage"]["scored"], &summary["coverage"]["reached"]), (&json!(1), &json!(2)));
    assert_eq!(summary["judges_nobody"], json!(["helper/only"]));
    assert_eq!(summary["first_programs"]["unscored"], 5);
    let shown = lab.ended(4, "report run").stdout;
    assert!(shown.contains("1 problem whose test can judge nobody, in no mean: `helper/only`"), "{shown}");

    // Also where no program gets to the test: the test itself tells that it judges nobody.
    lab.write(
        "samples.jsonl",
        sample("helper/only", early[0]) + &sample("fine/one", "def triple(x):\n    return 3 * x\n"),
    );
    let ran = lab.ended(4, "score --dataset problems.jsonl --samples samples.jsonl --out early --json");
    let summary: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(summary["pass_at_1"]["value"]["value"], 1.0);
    assert_eq!(summary["judges_nobody"], json!(["helper/only"]));
}
