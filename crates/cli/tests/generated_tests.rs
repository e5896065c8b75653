//! Tests that a simulated tester writes, held against the reference solution and the scoring tests, as a user sees it.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[expect(dead_code, reason = "shared with other tests")]
mod common;

use common::{Lab, starter_functions};
use serde_json::Value;
use std::collections::BTreeMap;

/// Two sets of tests, and the program that passes most of them.
const SCRIPT: &str = r#"
load("lib.star", "WRITE")

strategy(
    summary = "the program that passes most of the tests that a tester wrote",
    seats = ["coder", "tester"],
    bound = 6,
)

TESTS = "{{ statement }}\n\nWrite four tests."

def solve(problem, p):
    programs = ask("program", WRITE, n = 4)
    sets = ask("tests", TESTS, n = 2)
    def passed(program):
        verdicts = [judge(program, tests) for tests in sets if tests.tests]
        return len([1 for verdict in verdicts for outcome in verdict.outcomes if outcome])
    best = programs[0]
    for program in programs[1:]:
        if passed(program) > passed(best):
            best = program
    return best
"#;

/// The rows of a table by the names of its columns. No field of these holds a comma.
fn table(text: &str) -> Vec<BTreeMap<String, String>> {
    let mut lines = text.lines().map(|line| line.split(',').map(str::to_owned).collect::<Vec<_>>());
    let header = lines.next().unwrap();
    lines.map(|line| header.iter().cloned().zip(line).collect()).collect()
}

fn number(row: &BTreeMap<String, String>, column: &str) -> u64 {
    row[column].parse().unwrap_or_else(|_| panic!("{column}: `{}`", row[column]))
}

#[test]
fn every_set_of_tests_has_a_row_and_the_summary_adds_them_up() {
    let lab = Lab::new();
    lab.write("some.jsonl", starter_functions(6));
    lab.write("mine.star", SCRIPT);
    let ran = lab.ended(0, "run --dataset some.jsonl --model sim/novice --strategy mine.star --seed 3 --out out");
    let rows = table(&lab.read("out/tests.csv"));
    assert_eq!(rows.len(), 6 * 2);
    let summary: Value = serde_json::from_str(&lab.read("out/summary.json")).unwrap();
    let [figures] = summary["generated_tests"].as_array().unwrap().as_slice() else { panic!("{summary}") };
    assert_eq!(figures["origin"], "generated");
    let sum = |column: &str| rows.iter().map(|row| number(row, column)).sum::<u64>();
    for (key, column) in [("tests", "tests"), ("dropped", "dropped"), ("checked", "tests"), ("valid", "valid")] {
        assert_eq!(figures[key].as_u64(), Some(sum(column)), "{key}");
    }
    // A novice's tests are right at times, and wrong at others.
    let (tests, valid) = (sum("tests"), sum("valid"));
    assert!(0 < valid && valid < tests, "{valid} of {tests}");
    let share = figures["valid_share"]["value"]["value"].as_f64().unwrap();
    assert!((share - valid as f64 / tests as f64).abs() < 1e-9, "{share}");

    // Each program is tried by both sets of its problem: it passes all if it passes both.
    let samples = table(&lab.read("out/samples.csv"));
    let failing = samples.iter().filter(|row| row["hidden_passed"] == "false" && row["status"] != "no_code").count();
    let passing = samples.iter().filter(|row| row["hidden_passed"] == "true").count();
    assert_eq!(figures["failing_tried"].as_u64(), Some(failing as u64));
    assert_eq!(figures["passing_tried"].as_u64(), Some(passing as u64));
    for row in &rows {
        assert_eq!(number(row, "programs_tried"), number(row, "failing_tried") + number(row, "passing_tried"));
        let passed = number(row, "false_positives") + number(row, "passing_tried") - number(row, "false_negatives");
        assert_eq!(number(row, "programs_passing"), passed);
        let share: f64 = row["valid_share"].parse().unwrap();
        assert!((share - number(row, "valid") as f64 / number(row, "tests") as f64).abs() < 1e-6, "{row:?}");
        // All of a set of valid tests hold of a program that passes the scoring tests of its problem or not; a program
        // that passes them is never rejected by valid tests.
        assert!(number(row, "valid") < number(row, "tests") || number(row, "false_negatives") == 0, "{row:?}");
    }
    for word in ["generated tests (tests.csv): valid_share ", "false_positive_rate ", "selection_loss "] {
        let shown = ran.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(shown.contains(word.trim_end()), "{word}: {shown}");
    }

    // What the strategy lost by its choice is what an oracle would have picked among the same programs.
    let point = &table(&lab.read("out/strategy_points.csv"))[0];
    let problems = table(&lab.read("out/problems.csv"));
    let any = problems.iter().filter(|row| row["c"] != "0").count() as f64 / 6.0;
    let picked = problems.iter().filter(|row| row["submitted_status"] == "passed").count() as f64 / 6.0;
    assert!((point["selection_loss"].parse::<f64>().unwrap() - (any - picked)).abs() < 1e-5, "{point:?}");

    // A run without such tests has no such file.
    lab.ended(0, "run --dataset some.jsonl --model sim/novice --strategy iid --n-p 2 --out plain");
    assert!(!lab.path("plain/tests.csv").exists());
}
