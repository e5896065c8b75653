//! `mend plan`: what a run would buy, held against what it buys.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[expect(dead_code, reason = "only a part is of use here")]
#[path = "common/mod.rs"]
mod common;

use common::Lab;
use serde_json::Value;
use std::fs;
use std::path::Path;

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

fn tokens(value: &Value) -> f64 {
    value["tokens"].as_f64().unwrap()
}

/// Tokens that a run spent, by its own summary.
fn spent(lab: &Lab, run: &str) -> f64 {
    json(&lab.read(&format!("{run}/summary.json")))["spending"]["tokens"].as_f64().unwrap()
}

#[test]
fn what_a_run_spends_lies_within_the_bound_and_near_the_expectation_of_a_pilot() {
    let lab = Lab::new();
    let runs = if mend_testkit::is_full() { 200 } else { 4 };
    for (strategy, sizes) in
        [("self-repair", "--n-p 2 --n-f 1"), ("iid", "--n-p 3"), ("critic", "--n-p 2 --n-f 1 --n-r 1")]
    {
        let run = format!("--dataset starter --model sim/journeyman --strategy {strategy} {sizes}");
        lab.ended(0, &format!("run {run} --seed 999 --out pilot-{strategy}"));
        let plan = json(&lab.ended(0, &format!("plan {run} --pilot pilot-{strategy} --json")).stdout);
        let (worst, expected) = (tokens(&plan["worst"]), tokens(&plan["expected"]["value"]["amount"]));
        assert!(expected < worst, "{plan}");
        for seed in 0..runs / if strategy == "self-repair" { 1 } else { 4 } {
            lab.ended(0, &format!("run {run} --seed {seed} --out {strategy}-{seed}"));
            let spent = spent(&lab, &format!("{strategy}-{seed}"));
            assert!(spent <= worst, "{strategy}, seed {seed}: {spent} of at most {worst}");
            assert!((spent / expected - 1.0).abs() <= 0.2, "{strategy}, seed {seed}: {spent}, expected {expected}");
        }
    }
    // A pilot of another size tells of this one.
    let plan = "plan --dataset starter --model sim/journeyman --strategy self-repair --n-p 3 --n-f 2 --pilot pilot-self-repair --json";
    let larger = json(&lab.ended(0, plan).stdout);
    lab.ended(0, "run --dataset starter --model sim/journeyman --strategy self-repair --n-p 3 --n-f 2 --out larger");
    let (spent, expected) = (spent(&lab, "larger"), tokens(&larger["expected"]["value"]["amount"]));
    assert!((spent / expected - 1.0).abs() <= 0.2, "{spent}, expected {expected}");
}

#[test]
fn a_plan_asks_nobody_and_a_dry_run_says_the_same() {
    let lab = Lab::new();
    // A provider without a key: nothing is sent.
    let line = "--dataset starter --model openai/gpt-4o-mini --strategy self-repair --n-p 5 --n-f 1";
    let plan = lab.ended(0, &format!("plan {line}"));
    assert_eq!(lab.ended(0, &format!("run {line} --dry-run")).stdout, plan.stdout);
    assert!(plan.stdout.contains("At most: 400 completions"), "{}", plan.stdout);
    assert!(plan.stdout.contains("What is expected is not known"), "{}", plan.stdout);
    assert!(lab.files().is_empty(), "nothing was written: {:?}", lab.files().keys());
    let stated = format!("plan {line} --failing .4 --lengths coder=400/300,repairer=900/350 --budget-usd 0.01 --json");
    let stated = json(&lab.ended(0, &stated).stdout);
    let expected = &stated["expected"]["value"]["amount"];
    assert_eq!((expected["calls"].as_f64(), expected["tokens"].as_f64()), (Some(280.0), Some(240_000.0)));
    assert!((expected["dollars"].as_f64().unwrap() - 0.0756).abs() < 1e-6, "{expected}");
    assert!(stated["reached"]["expected"].as_f64().unwrap() < 0.2, "{}", stated["reached"]);
    for (line, what) in [
        (format!("plan {line} --lengths coder=400"), "as in coder=400/300"),
        (format!("plan {line} --lengths painter=4/3"), "painter"),
        (format!("plan {line} --failing 2"), "a share from 0 to 1"),
        (format!("plan {line} --pilot nowhere"), "nowhere"),
        (format!("run {line} --omega 0.1"), "--dry-run"),
    ] {
        let refused = lab.ended(2, &line);
        assert!(refused.stderr.contains(what), "{line}: {}", refused.stderr);
    }
}

#[test]
fn every_shipped_strategy_has_a_bound() {
    let lab = Lab::new();
    lab.write("two.txt", "starter/f01\nstarter/c01\n");
    for strategy in ["self-refine", "reflexion", "restart", "codet", "lats"] {
        let line =
            format!("plan --dataset starter --problems two.txt --model sim/journeyman --strategy {strategy} --json");
        let plan = json(&lab.ended(0, &line).stdout);
        assert!(tokens(&plan["worst"]) > 0.0, "{strategy}: {plan}");
    }
}

#[test]
fn the_commands_of_the_document_run_as_they_stand() {
    let document = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/plan.md");
    let text = fs::read_to_string(document).unwrap();
    let lab = Lab::new();
    let lines = text.split("```sh\n").skip(1).flat_map(|rest| rest.split("```").next().unwrap().lines());
    let plans: Vec<String> = lines.map(|line| lab.ended(0, line.strip_prefix("mend ").unwrap()).stdout).collect();
    assert_eq!(plans.len(), 4);
    assert!(plans[2].contains("Expected by the pilot") && plans[2].contains("The smallest difference"), "{}", plans[2]);
    assert!(plans[3].contains("Expected by stated lengths: 280 completions, 240000 tokens, $0.0756"), "{}", plans[3]);
}
