//! What a run finds out follows from its identity alone: not from concurrency, nor from a budget that stopped it.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[expect(dead_code, reason = "only a part is of use here")]
mod common;

use common::{Lab, assert_same, starter_functions};
use insta::assert_snapshot;
use serde_json::Value;

/// A run of the eight starter functions.
const FUNCTIONS: &str = "run --dataset functions.jsonl --model sim/journeyman --n-p 3 --n-f 1 --max-tokens 512";

fn lab() -> Lab {
    let lab = Lab::new();
    lab.write("functions.jsonl", starter_functions(8));
    lab
}

/// What a run's journal says that it cost.
fn spent(lab: &Lab, run: &str) -> u64 {
    let journal = lab.read(&format!("{run}/journal.jsonl"));
    let entries = journal.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let cost = |entry: Value| match entry["event"].as_str() {
        Some("sampled") => entry["cost"].as_u64().unwrap(),
        Some("lost") => entry["charged"].as_u64().unwrap(),
        _ => 0,
    };
    entries.map(cost).sum()
}

/// The line of a text that begins so.
#[track_caller]
fn line<'a>(text: &'a str, beginning: &str) -> &'a str {
    text.lines().find(|line| line.starts_with(beginning)).unwrap_or_else(|| panic!("no `{beginning}` in\n{text}"))
}

#[test]
fn neither_concurrency_nor_workers_reach_a_number() {
    let lab = Lab::new();
    let starter = "run --dataset starter --model sim/journeyman --n-p 2 --n-f 1";
    lab.ended(0, &format!("{starter} --concurrency 1 --workers 1 --out alone"));
    lab.ended(0, &format!("{starter} --concurrency 16 --workers 2 --out together"));
    assert_same(&lab.tables("together"), &lab.tables("alone"));
    assert_eq!(lab.read("together/summary.json"), lab.read("alone/summary.json"));
    assert_eq!(lab.read("together/manifest.json"), lab.read("alone/manifest.json"));
}

#[test]
fn a_budget_stops_a_run_at_the_same_place_and_is_never_overrun() {
    let lab = lab();
    let mut reached = Vec::new();
    for budget in [100, 12000, 24000] {
        let mut shown = Vec::new();
        for (machine, run) in [("--concurrency 1 --workers 1", "alone"), ("--concurrency 16 --workers 2", "together")] {
            let out = format!("{run}-{budget}");
            let ran = lab.ended(5, &format!("{FUNCTIONS} --budget-tokens {budget} {machine} --out {out}"));
            assert!(spent(&lab, &out) <= budget, "{out} spent {}", spent(&lab, &out));
            assert!(ran.stdout.contains(&format!("spent: {} tokens", spent(&lab, &out))), "{}", ran.stdout);
            shown.push(ran.stdout);
        }
        assert_same(&lab.tables(&format!("together-{budget}")), &lab.tables(&format!("alone-{budget}")));
        assert_eq!(shown[0], shown[1]);
        reached.push(line(&shown[0], "stopped early: ").to_owned());
    }
    assert_snapshot!(reached.join("\n"), @"
    stopped early: 0 of 8 problems reached, 0 of 8 trees finished; only these count
    stopped early: 2 of 8 problems reached, 2 of 8 trees finished; only these count
    stopped early: 5 of 8 problems reached, 5 of 8 trees finished; only these count
    ");
}

#[test]
fn a_raised_budget_completes_a_run_to_the_bytes_of_one_without() {
    let lab = lab();
    lab.ended(0, &format!("{FUNCTIONS} --out free"));
    lab.ended(5, &format!("{FUNCTIONS} --budget-tokens 8000 --out stopped"));
    let ran = lab.ended(5, "resume stopped");
    assert_snapshot!(ran.stderr, @"
    written to stopped
    not finished: 8 of 8 problems: starter/f01, starter/f02, starter/f03, starter/f04, starter/f05, starter/f06, starter/f07, starter/f08
    stopped early: the budget is used up; everything that arrived is saved
    hint: `mend resume stopped` goes on (with a larger `--budget-tokens`)
    ");
    let ran = lab.ended(5, "resume stopped --budget-tokens 20000");
    assert_snapshot!(ran.stderr, @"
    changed since the run began: budget_tokens: 20000
    written to stopped
    not finished: 4 of 8 problems: starter/f02, starter/f03, starter/f04, starter/f05
    stopped early: the budget is used up; everything that arrived is saved
    hint: `mend resume stopped` goes on (with a larger `--budget-tokens`)
    ");
    assert!(spent(&lab, "stopped") <= 20000);
    let ran = lab.ended(0, "resume stopped --budget-tokens 1000000");
    assert_snapshot!(ran.stderr, @"
    changed since the run began: budget_tokens: 1000000
    written to stopped
    ");
    assert_same(&lab.tables("stopped"), &lab.tables("free"));
    assert_eq!(spent(&lab, "stopped"), spent(&lab, "free"));
}

#[test]
fn another_seed_is_another_run() {
    let lab = Lab::new();
    lab.write("functions.jsonl", starter_functions(4));
    for seed in ["1", "2"] {
        lab.ended(0, &format!("{FUNCTIONS} --seed {seed} --out seed-{seed}"));
    }
    let programs = |run: &str| -> Vec<String> {
        let [samples, ..] = lab.tables(run);
        samples.lines().skip(1).map(|row| row.rsplit(',').next().unwrap().to_owned()).collect()
    };
    assert_ne!(programs("seed-1"), programs("seed-2"));
    assert_ne!(lab.tables("seed-1")[1], lab.tables("seed-2")[1]);
}
