//! A strategy that learns from one problem for others, from its check to its tables.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[expect(dead_code, reason = "only a part is of use here")]
mod common;

use common::{Lab, assert_same, rows, starter_functions};
use serde_json::Value;
use std::collections::BTreeSet;

const LEARNER: &str = r#"
"""Tells programmers which problems went wrong before."""
load("lib.star", "MEND")
strategy(
    summary = "learns which problems are hard",
    seats = ["coder", "repairer"],
    params = {"dev": 0.5, "passes": 2},
    see = "public",
    stop_on = "public",
    bound = 2,
    round = 2,
    dev = lambda p: p.dev,
    passes = lambda p: p.passes,
    learn_on = lambda p: "hidden" if p.dev > 0 else None,
)
WRITE = "{{ statement }}\n\n{% if known %}Before:\n{{ known }}\n\n{% endif %}Write the whole program in a Python block."

def start(p):
    return {"lines": []}

def learn(state, trees, p):
    return {"lines": state["lines"] + ["%s %s" % (tree["problem"], " ".join(tree["kept"])) for tree in trees]}

def solve(problem, p):
    known = memory()
    program = ask("program", WRITE, known = "\n".join(known.state["lines"]))
    seen = judge(program, "every" if known.is_dev else "public")
    keep("right" if seen.passed else "wrong")
    if not judge(program, "public").passed:
        program = ask("repair", MEND, about = program, program = program, failure = judge(program, "public"))
    return program
"#;

fn lab() -> Lab {
    let lab = Lab::new();
    lab.write("functions.jsonl", starter_functions(8));
    lab.write("learner.star", LEARNER);
    lab
}

const RUN: &str = "run --dataset functions.jsonl --model sim/journeyman --strategy learner.star --max-tokens 512";

/// The distinct values of a column.
fn values(rows: &[std::collections::BTreeMap<String, String>], column: &str) -> BTreeSet<String> {
    rows.iter().map(|row| row[column].clone()).collect()
}

#[test]
fn what_is_learnt_from_is_told_apart_in_every_table_and_no_concurrency_reaches_it() {
    let lab = lab();
    let ran = lab.ended(0, &format!("{RUN} --concurrency 1 --workers 1 --out alone"));
    lab.ended(0, &format!("{RUN} --concurrency 16 --workers 2 --out together"));
    assert_same(&lab.tables("together"), &lab.tables("alone"));
    for file in ["learning.csv", "drift.csv", "strategy_points.csv", "summary.json", "manifest.json"] {
        assert_eq!(lab.read(&format!("together/{file}")), lab.read(&format!("alone/{file}")), "{file}");
    }
    let (samples, problems) = (rows(&lab.read("alone/samples.csv")), rows(&lab.read("alone/problems.csv")));
    let of = |part: &str| {
        let rows: Vec<_> = samples.iter().filter(|row| row["part"] == part).cloned().collect();
        (values(&rows, "problem"), values(&rows, "round"), values(&rows, "replicate"))
    };
    let ((dev, dev_rounds, passes), (test, test_rounds, replicates)) = (of("dev"), of("test"));
    assert_eq!((dev.len(), test.len()), (4, 4));
    assert!(dev.is_disjoint(&test));
    let words = |words: &[&str]| -> BTreeSet<String> { words.iter().map(|word| (*word).to_owned()).collect() };
    assert_eq!((dev_rounds, passes), (words(&["0", "1", "2", "3"]), words(&["0", "1"])));
    assert_eq!((test_rounds, replicates), (words(&["4"]), words(&["0"])));
    assert_eq!(problems.len(), 2 * 4 + 4);
    // Figures are those of what is reported.
    let first_right =
        samples.iter().filter(|row| row["part"] == "test" && row["slot"] == "p0" && row["hidden_passed"] == "true");
    let pass_at_1 = &rows(&lab.read("alone/pass_at_k.csv"))[0];
    assert_eq!(pass_at_1["problems"], "4");
    assert_eq!(pass_at_1["value"].parse::<f64>().unwrap(), first_right.count() as f64 / 4.0);
    let summary: Value = serde_json::from_str(&lab.read("alone/summary.json")).unwrap();
    assert_eq!(summary["coverage"]["problems"], 4);
    let tokens = |part: &str| -> u64 {
        let of_part = problems.iter().filter(|row| row["part"] == part);
        of_part.map(|row| row["tokens"].parse::<u64>().unwrap()).sum()
    };
    let learning = &summary["learning"];
    assert_eq!(learning["loop_tokens"].as_u64(), Some(tokens("dev")));
    assert_eq!(summary["spending"]["tokens"].as_u64(), Some(tokens("dev") + tokens("test")));
    assert_eq!(learning["dev_oracle"], "tests_visible");
    let points = rows(&lab.read("alone/strategy_points.csv"));
    let billed = points.iter().find(|row| row["token_definition"] == "billed").unwrap();
    let (share, cost) = (billed["loop_share"].parse::<f64>().unwrap(), billed["mean_cost"].parse::<f64>().unwrap());
    assert!((share - tokens("dev") as f64 / 4.0).abs() < 1e-6, "{share}");
    assert!((cost - share - tokens("test") as f64 / 4.0).abs() < 1e-6, "{cost}");
    assert_eq!(billed["oracle_level"], "clean");
    let rounds = rows(&lab.read("alone/learning.csv"));
    let told: Vec<(&str, &str)> = rounds.iter().map(|row| (row["part"].as_str(), row["trees"].as_str())).collect();
    assert_eq!(told, [("dev", "2"), ("dev", "2"), ("dev", "2"), ("dev", "2"), ("test", "4")]);
    assert_eq!(values(&rounds, "state").len(), 5);
    let said =
        format!("learnt from 4 problems (dev_oracle tests_visible), in no figure: loop_tokens {}", tokens("dev"));
    assert!(ran.stdout.contains(&said), "{}", ran.stdout);
    // The tables that a report writes anew are the same.
    let before = lab.read("alone/learning.csv");
    lab.ended(0, "report alone --write");
    assert_eq!(lab.read("alone/learning.csv"), before);
}

#[test]
fn states_are_shown_and_a_stopped_run_goes_on_to_the_same_bytes() {
    let lab = lab();
    lab.ended(0, &format!("{RUN} --out whole"));
    let state = lab.ended(0, "show whole --state 1").stdout;
    assert!(state.contains("what was known in round 1 of 0 to 4") && state.contains("\"lines\": ["), "{state}");
    let list = lab.ended(0, "show whole").stdout;
    assert!(
        list.contains("(dev): 4 problems that the strategy learns from") && list.contains("`--state 0` to `--state 4`"),
        "{list}"
    );
    let beyond = lab.ended(2, "show whole --state 5").stderr;
    assert!(beyond.contains("the run has no round 5: its rounds are 0 to 4"), "{beyond}");
    lab.ended(5, &format!("{RUN} --budget-tokens 6000 --out stopped"));
    let begun = lab.ended(2, "show stopped --state 4").stderr;
    assert!(begun.contains("round 4 did not begin: the run has come to round "), "{begun}");
    lab.ended(0, "resume stopped --budget-tokens 10000000");
    assert_same(&lab.tables("stopped"), &lab.tables("whole"));
    assert_eq!(lab.read("stopped/learning.csv"), lab.read("whole/learning.csv"));
    lab.ended(0, &format!("{RUN} --set dev=0.0 --set passes=1 --out online"));
    let samples = rows(&lab.read("online/samples.csv"));
    assert_eq!((values(&samples, "part").len(), values(&samples, "round").len()), (1, 4));
    let none = lab.ended(0, "run --dataset functions.jsonl --model sim/journeyman --strategy iid --n-p 1 --out plain");
    assert!(!none.stdout.contains("learnt from"), "{}", none.stdout);
    let said = lab.ended(2, "show plain --state 0").stderr;
    assert!(said.contains("`iid` keeps no state"), "{said}");
}

#[test]
fn a_check_goes_through_rounds_and_what_cannot_be_learnt_is_refused_before_anything_is_asked() {
    let lab = lab();
    let said = lab.ended(0, "strategies check learner.star").stdout;
    assert!(said.contains("learner: works on 6 problems of starter"), "{said}");
    assert!(
        said.contains("learn_on hidden")
            && said.contains("\nrounds           5, of few trees each; 6 trees to learn from"),
        "{said}"
    );
    assert!(said.contains("\nlast state       {\"lines\":["), "{said}");
    let said = lab.ended(2, &format!("{RUN} --set dev=0.0 --set passes=1 --replicates 2")).stderr;
    assert!(said.contains("a replicate would know what the one before it learnt"), "{said}");
    let said = lab.ended(2, &format!("{RUN} --sample 1")).stderr;
    assert!(said.contains("the run has 1: expected at least two"), "{said}");
}

const ASKS: &str = r#"
load("lib.star", "WRITE")
strategy(summary = "s", seats = ["coder", "annotator"], see = "public", bound = 2, round = 2, dev = 0.5)
QUESTION = "{{ statement }}\n\nSo far: {{ known }}\n\nIs this right?\n\n{{ program | fenced('python') }}"

def start(p):
    return []

def learn(state, trees, p):
    return state + [kept for tree in trees for kept in tree["kept"]]

def solve(problem, p):
    program = ask("program", WRITE)
    said = ask("question", QUESTION, about = program, program = program, known = str(memory().state))
    keep(said.yes)
    return program
"#;

#[test]
fn people_are_asked_about_the_round_that_began_and_what_they_say_is_learnt() {
    let lab = Lab::new();
    lab.write("functions.jsonl", starter_functions(6));
    lab.write("asks.star", ASKS);
    lab.write("answers.jsonl", "");
    lab.ended(
        5,
        "run --dataset functions.jsonl --model sim/journeyman --seat annotator=human:answers.jsonl --strategy asks.star --out run",
    );
    // Three problems to learn from, in rounds of two and one, and three to report.
    for (round, (questions, ends)) in [(2, 5), (1, 5), (3, 0)].into_iter().enumerate() {
        lab.ended(0, &format!("feedback todo run --out todo-{round}.jsonl"));
        let todo = lab.read(&format!("todo-{round}.jsonl"));
        let wanted: Vec<Value> = todo.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(wanted.len(), questions, "round {round}");
        let known = if round == 2 { "So far: [True, True, True]" } else { "So far: [" };
        let mut answers = lab.read("answers.jsonl");
        for mut row in wanted {
            assert!(row["prompt"].as_str().unwrap().contains(known), "{row}");
            row["answer"] = "yes".into();
            answers.push_str(&row.to_string());
            answers.push('\n');
        }
        lab.write("answers.jsonl", answers);
        lab.ended(ends, "resume run");
    }
    assert!(lab.ended(0, "show run --state 2").stdout.ends_with("[\n  true,\n  true,\n  true\n]\n"));
}
