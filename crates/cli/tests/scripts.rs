//! A script of one's own, from file to figures.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[expect(dead_code, reason = "shared with other tests")]
mod common;

use common::{Lab, TWO_PROBLEMS};
use serde_json::{Value, json};

/// Hands in a program that does with two inputs what most programs do. No test decides anything.
const MAJORITY: &str = r#"
load("lib.star", "WRITE", "majority")

strategy(
    summary = "the program that most others agree with on two calls",
    seats = ["coder"],
    params = {"n": 4},
    bound = lambda p: p.n,
)

def solve(problem, p):
    drawn = ask("program", WRITE, n = p.n)
    return majority(drawn, lambda program: str(run(program, [[1, 2], ["a", "b"]])))
"#;

fn lab(script: &str) -> Lab {
    let lab = Lab::new();
    lab.write("two.jsonl", TWO_PROBLEMS);
    lab.write("mine.star", script);
    let answers = [
        (
            "t/1",
            ["    return a - b\n", "    return a + b\n", "    return b + a\n", "    return b + a if a != 1 else 3\n"],
        ),
        ("t/2", ["    raise KeyError(a)\n", "    return a - b\n", "    return a - b + 0\n", "    return 7\n"]),
    ];
    let rows = answers.iter().flat_map(|(problem, bodies)| {
        bodies.iter().map(move |body| format!("{}\n", json!({"task_id": problem, "completion": body})))
    });
    lab.write("samples.jsonl", rows.collect::<Vec<_>>().concat());
    lab
}

const RUN: &str = "run --dataset two.jsonl --model samples:samples.jsonl --allow-unsafe";

fn events(lab: &Lab, kind: &str) -> Vec<Value> {
    let lines = lab.read("run/journal.jsonl");
    let events = lines.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    events.filter(|event| event["event"] == kind).collect()
}

#[test]
fn programs_are_run_on_inputs_and_the_one_that_most_agree_with_is_handed_in() {
    let lab = lab(MAJORITY);
    lab.ended(0, &format!("{RUN} --strategy mine.star --out run"));
    let ran = events(&lab, "ran");
    assert_eq!(ran.len(), 8);
    let of = |problem: &str, slot: &str| {
        let found = ran.iter().find(|event| event["problem"] == problem && event["slot"] == slot);
        found.unwrap()["outcomes"].clone()
    };
    assert_eq!(of("t/1", "p0"), json!([{"value": "-1"}, {"raised": "TypeError"}]));
    assert_eq!(of("t/1", "p1"), json!([{"value": "3"}, {"value": "'ab'"}]));
    assert_eq!(of("t/2", "p0"), json!([{"raised": "KeyError"}, {"raised": "KeyError"}]));
    let handed_in = events(&lab, "submitted");
    let ranking =
        |problem: &str| handed_in.iter().find(|event| event["problem"] == problem).unwrap()["ranking"].clone();
    // The first of the largest group is handed in, whether it is right or not: p2 and p3 agree on "ba".
    assert_eq!((ranking("t/1"), ranking("t/2")), (json!(["p2"]), json!(["p1"])));
    // A second reading of the run gives the same, and a resumed one has nothing left to do.
    let before = lab.read("run/journal.jsonl");
    lab.ended(0, "resume run --allow-unsafe");
    assert_eq!(events(&lab, "ran").len(), 8);
    assert!(lab.read("run/journal.jsonl").starts_with(&before));
}

#[test]
fn an_error_of_a_script_stops_the_run_and_names_problem_script_and_line() {
    let lab = lab(&MAJORITY.replace("[[1, 2], [\"a\", \"b\"]]", "nothing"));
    let ran = lab.mend(&format!("{RUN} --strategy mine.star --out run"));
    assert!(ran.code.is_some_and(|code| code != 0), "{}", ran.stderr);
    assert!(ran.stderr.contains("mine.star") && ran.stderr.contains("`nothing`"), "{}", ran.stderr);
    let endless = MAJORITY.replace("    drawn =", "    for i in range(100000000):\n        pass\n    drawn =");
    let lab = self::lab(&endless);
    let ran = lab.mend(&format!("{RUN} --strategy mine.star --out run"));
    assert!(ran.stderr.contains("mine.star:1") && ran.stderr.contains("hint: "), "{}", ran.stderr);
}

#[test]
fn a_script_that_was_edited_since_is_no_matter_to_a_run_which_keeps_its_own_text() {
    let lab = lab(MAJORITY);
    lab.ended(0, &format!("{RUN} --strategy mine.star --out run"));
    lab.write("mine.star", "nonsense(");
    lab.ended(0, "resume run --allow-unsafe");
}
