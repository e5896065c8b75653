//! A run's programs judged anew: which verdicts flip and why, what stays, and what a kill in between changes.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[expect(dead_code, reason = "only a part is of use here")]
mod common;

use common::{Lab, TWO_PROBLEMS, rows, starter_functions};
use serde_json::Value;
use std::collections::BTreeSet;
use std::thread::sleep;
use std::time::Duration;

/// Of each problem a right program, a wrong one, and one that is right for what the first version of the tests asks.
const SAMPLES: &str = concat!(
    r#"{"task_id":"t/1","completion":"    return a + b\n"}"#,
    "\n",
    r#"{"task_id":"t/1","completion":"    return 3\n"}"#,
    "\n",
    r#"{"task_id":"t/1","completion":"    return 4\n"}"#,
    "\n",
    r#"{"task_id":"t/2","completion":"    return a - b\n"}"#,
    "\n",
    r#"{"task_id":"t/2","completion":"    return -1\n"}"#,
    "\n",
    r#"{"task_id":"t/2","completion":"    return b - a\n"}"#,
    "\n",
);

fn scored() -> Lab {
    let lab = Lab::new();
    lab.write("two.jsonl", TWO_PROBLEMS);
    lab.write("samples.jsonl", SAMPLES);
    lab.ended(0, "score --dataset two.jsonl --samples samples.jsonl --out before --allow-unsafe");
    lab
}

fn manifest(lab: &Lab, run: &str) -> Value {
    serde_json::from_str(&lab.read(&format!("{run}/manifest.json"))).unwrap()
}

/// A run's tables without the name of the run.
fn nameless(lab: &Lab, run: &str) -> [String; 4] {
    let id = manifest(lab, run)["run_id"].as_str().unwrap().to_owned();
    lab.tables(run).map(|table| table.replace(&id, "RUN"))
}

#[test]
fn the_same_judge_comes_to_the_same_tables_and_asks_nobody() {
    let lab = Lab::new();
    lab.ended(0, "run --dataset starter --model sim/journeyman --n-p 2 --n-f 1 --sample 12 --out before");
    let ran = lab.ended(0, "rejudge before --out after --fail-on-flips");
    assert!(ran.stdout.contains("verdicts flipped against starter-self-repair-sim-journeyman-[ID]"), "{}", ran.stdout);
    assert_eq!(nameless(&lab, "after"), nameless(&lab, "before"));
    assert_eq!(lab.read("after/flips.csv").lines().count(), 1);
    let (before, after) = (manifest(&lab, "before"), manifest(&lab, "after"));
    let id = before["run_id"].as_str().unwrap();
    assert!(after["run_id"].as_str().unwrap().starts_with(&format!("{id}-rejudged-")));
    assert_eq!(after["identity"]["rejudged"]["run"], id);
    assert!(lab.read("after/samples.csv").lines().skip(1).all(|line| line.starts_with(&format!("{id}-rejudged-"))));
    assert!(ran.stdout.contains("spent: nothing"), "{}", ran.stdout);
    // Its own folder is a run like any other.
    let again = lab.ended(0, "report after");
    assert!(again.stdout.contains("judged anew: nobody was"), "{}", again.stdout);
    assert_eq!(lab.ended(0, "resume after").code, Some(0));
    assert_eq!(lab.read("after/flips.csv").lines().count(), 1);
    lab.ended(0, "show after");
    lab.ended(0, "runs .");
}

#[test]
fn other_tests_flip_verdicts_and_each_flip_names_the_test_and_its_facts() {
    let lab = scored();
    lab.write("more.jsonl", TWO_PROBLEMS.replace("== 3\\n", "== 3\\n    assert candidate(2, 2) == 4\\n"));
    let ran = lab.ended(1, "rejudge before --dataset more.jsonl --out after --fail-on-flips --allow-unsafe");
    assert!(ran.stdout.contains("1 of 6 verdicts flipped"), "{}", ran.stdout);
    let flips = rows(&lab.read("after/flips.csv"));
    assert_eq!(flips.len(), 1);
    let flip = &flips[0];
    let field = |name: &str| flip[name].as_str();
    assert_eq!((field("problem"), field("slot"), field("turn")), ("t/1", "p1", "passed_to_failed"));
    assert_eq!((field("before"), field("after")), ("passed", "wrong_answer"));
    assert_eq!((field("same_program"), field("same_problem")), ("true", "false"));
    assert!(field("why").contains("candidate(2, 2)") || field("why").contains("add(2, 2)"), "{}", field("why"));
    assert_eq!(field("source"), manifest(&lab, "before")["run_id"].as_str().unwrap());
    // Without the flag the same is no failure; another place, the same bytes.
    lab.ended(0, "rejudge before --with dataset=more.jsonl --out other --allow-unsafe");
    assert_eq!(lab.read("other/flips.csv"), lab.read("after/flips.csv"));
    assert_eq!(lab.tables("other"), lab.tables("after"));
    // Which passed by the tests of today's run is what its own figures say.
    let passed = rows(&lab.read("after/samples.csv")).iter().filter(|row| row["hidden_passed"] == "true").count();
    assert_eq!(passed, 3);
}

#[test]
fn rules_limits_and_integrity_may_be_others_and_the_rest_stays() {
    let lab = Lab::new();
    lab.write("two.jsonl", TWO_PROBLEMS);
    let answer = |id: &str, text: &str| format!("{}\n", serde_json::json!({"task_id": id, "completion": text}));
    let right = "```python\ndef add(a, b):\n    return a + b\n```\nFor example:\n```python\nadd(1, 2)\n```\n";
    let slow = "```python\ndef sub(a, b):\n    x = 0\n    while x < 10**9:\n        x += 1\n    return a - b\n```\n";
    lab.write("answers.jsonl", answer("t/1", right) + &answer("t/2", slow));
    lab.ended(
        0,
        "score --dataset two.jsonl --samples answers.jsonl --form chat --time-limit 0.3 --out before --allow-unsafe",
    );
    lab.ended(0, "rejudge before --extraction last-fence --out fence --allow-unsafe");
    let flips = rows(&lab.read("fence/flips.csv"));
    let told: Vec<_> = flips.iter().map(|row| (row["problem"].as_str(), row["turn"].as_str())).collect();
    assert_eq!(told, [("t/1", "passed_to_failed")]);
    assert_eq!(flips[0]["same_program"], "false");
    assert!(flips[0]["why"].contains("one_block, now last_fence"), "{}", flips[0]["why"]);
    let identity = &manifest(&lab, "fence")["identity"];
    assert_eq!((&identity["extraction"], &identity["limits"]["cpu_ms"]), (&"last-fence".into(), &300.into()));
    lab.ended(0, "rejudge before --time-limit 1 --memory-limit 512 --tests first-failure --out limits --allow-unsafe");
    let identity = &manifest(&lab, "limits")["identity"];
    assert_eq!(identity["limits"]["cpu_ms"], 1000);
    assert_eq!(identity["limits"]["memory_bytes"], 512 << 20);
    assert_eq!(identity["tests"], "first-failure");
    assert_eq!(identity["extraction"], "mend");
}

#[test]
fn a_program_that_fails_only_now_makes_figures_of_repairs_absent_and_repairs_of_a_passing_one_count_nowhere() {
    let lab = Lab::new();
    let first = starter_functions(6);
    lab.write("some.jsonl", &first);
    lab.ended(0, "run --dataset some.jsonl --model sim/journeyman --n-p 4 --n-f 1 --seed 3 --out before");
    // What passed the tests of the first problem fails them now.
    let harder = first.replacen("1000) == 1000\\n", "1000) == 999\\n", 1);
    assert_ne!(harder, first);
    lab.write("harder.jsonl", harder);
    lab.ended(0, "rejudge before --dataset harder.jsonl --out after");
    let flips = rows(&lab.read("after/flips.csv"));
    let first_programs = flips.iter().filter(|row| !row["slot"].contains('/')).count();
    assert!(first_programs > 0 && flips.iter().all(|row| row["turn"] == "passed_to_failed"));
    let all = rows(&lab.read("after/pass_at_t.csv"));
    let all: Vec<_> = all.iter().filter(|row| row["group"] == "all" && row["selection"] == "oracle_any").collect();
    assert!(!all.is_empty());
    for row in all {
        assert_eq!(row["pass_rate"], "", "{row:?}");
        assert!(row["absent"].contains("has a failing program with 0 of n_f = 1"), "{}", row["absent"]);
    }
    // Judged back, what passes again has repairs below it or not: the figures are those of the first run.
    lab.ended(0, "rejudge after --dataset some.jsonl --out back");
    let backs = rows(&lab.read("back/flips.csv"));
    assert_eq!(backs.len(), flips.len());
    assert!(backs.iter().all(|row| row["turn"] == "failed_to_passed"));
    let other_name = |[samples, problems, at_k, at_t]: [String; 4]| {
        [samples, problems, at_k, at_t].map(|table| table.replace("some,", "D,"))
    };
    assert_eq!(other_name(nameless(&lab, "back")), other_name(nameless(&lab, "before")));
}

#[test]
fn what_cannot_be_judged_anew_is_refused_with_the_way_out() {
    let lab = scored();
    lab.write("one.jsonl", TWO_PROBLEMS.lines().next().unwrap().to_owned() + "\n");
    let check = |line: &str, told: &str| {
        let ran = lab.ended(2, line);
        assert!(ran.stderr.contains(told), "{line}: {}", ran.stderr);
    };
    check("rejudge before --dataset one.jsonl --out x", "`one` lacks 1 of the run's 2 problems: t/2");
    check("rejudge before --with grader=lenient --out x", "`--with` takes sandbox, time-limit, memory-limit");
    check("rejudge before --with sandbox=docker --out x", "invalid value 'docker'");
    check("rejudge nowhere --out x", "holds no run");
    assert!(!lab.path("x").exists());
    lab.ended(0, "rejudge before --out after --allow-unsafe");
    check("rejudge before --out after --allow-unsafe", "already holds a run");
    check("resume after --sandbox auto", "cannot go on with `auto`");
    check("feedback todo after", "anew, and asks nobody");
}

#[test]
fn a_rejudgement_that_is_killed_goes_on_to_the_same_bytes_and_judges_nothing_twice() {
    let lab = Lab::new();
    lab.ended(0, "run --dataset starter --model sim/journeyman --n-p 4 --n-f 1 --out before");
    lab.ended(0, "rejudge before --time-limit 2 --out undisturbed");
    let whole = std::fs::metadata(lab.path("undisturbed/journal.jsonl")).unwrap().len();
    for part in [20, 60, 90] {
        let run = format!("killed-{part}");
        let mut child = lab.spawn(&format!("rejudge before --time-limit 2 --out {run}"));
        let bytes = || std::fs::metadata(lab.path(&format!("{run}/journal.jsonl"))).map_or(0, |journal| journal.len());
        while bytes() < whole * part / 100 && child.try_wait().unwrap().is_none() {
            sleep(Duration::from_millis(1));
        }
        child.kill().unwrap();
        child.wait().unwrap();
        let mut resumed = lab.mend(&format!("resume {run}"));
        for _ in 0..100 {
            if resumed.code == Some(2) && resumed.stderr.contains("in use by another process") {
                sleep(Duration::from_millis(20));
                resumed = lab.mend(&format!("resume {run}"));
            }
        }
        assert_eq!(resumed.code, Some(0), "{}", resumed.stderr);
        assert_eq!(lab.tables(&run), lab.tables("undisturbed"));
        assert_eq!(lab.read(&format!("{run}/flips.csv")), lab.read("undisturbed/flips.csv"));
        let mut judged = BTreeSet::new();
        for line in lab.read(&format!("{run}/journal.jsonl")).lines() {
            let entry: Value = serde_json::from_str(line).unwrap();
            if entry["event"] == "judged" {
                let place = [&entry["problem"], &entry["replicate"], &entry["slot"]].map(ToString::to_string);
                assert!(judged.insert(place), "judged twice: {line}");
            }
        }
        assert!(!judged.is_empty());
    }
}
