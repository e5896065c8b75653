//! A script of one's own, from file to figures.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[expect(dead_code, reason = "shared with other tests")]
mod common;

use common::{Lab, TWO_PROBLEMS, rows};
use serde_json::{Value, json};
use std::collections::BTreeMap;

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

/// Ten saved programs for each of the first functions of the starter problems, four of which are right.
fn saved(functions: &str) -> String {
    let rows = functions.lines().flat_map(|line| {
        let problem: Value = serde_json::from_str(line).unwrap();
        let (id, right) = (problem["task_id"].clone(), problem["canonical_solution"].as_str().unwrap().to_owned());
        (0..10).map(move |place| {
            let body = if [1, 3, 5, 7].contains(&place) { right.clone() } else { "    return None\n".to_owned() };
            format!("{}\n", json!({"task_id": id, "completion": body}))
        })
    });
    rows.collect()
}

#[test]
fn livecodebench_repairs_saved_samples_and_its_figure_is_one_program_with_one_repair() {
    let lab = Lab::new();
    let functions = common::starter_functions(3);
    lab.write("saved.jsonl", saved(&functions));
    lab.write("functions.jsonl", functions);
    let run = "run --dataset functions.jsonl --programs saved.jsonl --model sim/journeyman --allow-unsafe";
    lab.ended(0, &format!("{run} --strategy livecodebench-self-repair --out run"));
    let samples = rows(&lab.read("run/samples.csv"));
    let (mut shares, mut mended) = (vec![], 0);
    for problem in ["starter/f01", "starter/f02", "starter/f03"] {
        let of = |is_repair: bool| {
            samples.iter().filter(move |row| row["problem"] == problem && row["slot"].contains('/') == is_repair)
        };
        assert_eq!((of(false).count(), of(true).count()), (10, 6), "six requests");
        let right = |is_repair: bool| of(is_repair).filter(|row| row["hidden_passed"] == "true").count();
        assert_eq!(right(false), 4);
        mended += right(true);
        shares.push((4 + right(true)) as f64 / 10.0);
    }
    assert!(mended > 0 && mended < 18, "{mended}");
    // What the benchmark reports: the mean over samples after their one repair, then over problems.
    let expected = shares.iter().sum::<f64>() / 3.0;
    let table = rows(&lab.read("run/pass_at_t.csv"));
    let is_figure = |row: &&BTreeMap<String, String>| {
        row["n_p"] == "1" && row["n_f"] == "1" && row["group"] == "all" && row["selection"] == "oracle_any"
    };
    let found: Vec<f64> = table.iter().filter(is_figure).map(|row| row["pass_rate"].parse().unwrap()).collect();
    assert!(!found.is_empty());
    assert!(found.iter().all(|rate| (rate - expected).abs() < 1e-6), "{found:?} are not {expected}");
}

#[test]
fn a_recorded_conversation_is_repaired_at_every_depth_by_another_model() {
    let lab = Lab::new();
    lab.write("functions.jsonl", common::starter_functions(4));
    let run = "run --dataset functions.jsonl --strategy convcode --set turns=3 --max-tokens 512";
    lab.ended(0, &format!("{run} --model sim/novice --record talks.jsonl --out live"));
    let seats = "--seat coder=replay:talks.jsonl --seat critic=replay:talks.jsonl --model sim/expert";
    lab.ended(0, &format!("{run} --set history=frozen {seats} --allow-unsafe --out frozen"));
    let programs = |run: &str| -> Vec<[String; 3]> {
        let rows = rows(&lab.read(&format!("{run}/samples.csv")));
        rows.into_iter().map(|row| ["problem", "slot", "program_digest"].map(|name| row[name].clone())).collect()
    };
    let (live, frozen) = (programs("live"), programs("frozen"));
    // The recorded programs are there, and beside each recorded repair stands one of the other model.
    let recorded: Vec<_> = frozen.iter().filter(|[_, slot, _]| !slot.ends_with("r1")).cloned().collect();
    assert_eq!(recorded, live);
    let repairs = live.iter().filter(|[_, slot, _]| slot != "p0").count();
    assert_eq!(frozen.len() - live.len(), repairs);
    assert!(repairs > 4, "{repairs}");
    let authors: Vec<String> = rows(&lab.read("frozen/repair_success.csv"))
        .into_iter()
        .filter(|row| row["by"] == "author")
        .map(|row| row["of"].clone())
        .collect();
    assert_eq!(authors, ["sim/expert", "sim/novice"]);
}
