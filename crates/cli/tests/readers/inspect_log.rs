//! Logs of Inspect.

use super::{Lab, lab, python, table, told};
use serde_json::{Value, json};

const RUN: &str = "run --model sim/journeyman --strategy critic --n-p 2 --n-f 2 --n-r 1 --replicates 2";

/// What Inspect finds in both forms of a log; `None` if it is not there.
fn read(lab: &Lab, run: &str) -> Option<Value> {
    let python = python("inspect_ai.log")?;
    for out in ["log.json", "log.eval"] {
        lab.ended(0, &format!("export inspect {run} --out {out}"));
    }
    let found = told(&python, "inspect_log.py", &["log.json", "log.eval"].map(|name| lab.path(name)));
    assert_eq!(found[0], found[1], "both forms hold the same");
    Some(found[0].clone())
}

/// A sum over a column; what is empty adds nothing.
fn sum(lab: &Lab, files: &[&str], column: &str) -> u64 {
    let rows = files.iter().filter(|file| lab.path(file).is_file()).flat_map(|file| table(lab, file));
    rows.filter_map(|row| row[column].parse::<u64>().ok()).sum()
}

#[test]
fn inspects_own_reader_finds_our_samples_scores_and_tokens() {
    let lab = lab();
    lab.ended(0, &format!("{RUN} --dataset starter --sample 6 --out run"));
    let Some(found) = read(&lab, "run") else { return };
    let summary: Value = serde_json::from_str(&lab.read("run/summary.json")).unwrap();
    let problems = table(&lab, "run/problems.csv");
    let samples = found["samples"].as_array().unwrap();
    assert_eq!((samples.len(), samples.len()), (problems.len(), 12));
    assert_eq!((&found["status"], &found["total_samples"]), (&json!("success"), &json!(12)));
    assert_eq!(found["metadata"]["simulated"], true);
    for sample in samples {
        let (id, replicate) = (sample["id"].as_str().unwrap(), sample["epoch"].as_u64().unwrap() - 1);
        let is_own = |row: &&std::collections::BTreeMap<String, String>| {
            row["problem"] == id && row["replicate"] == replicate.to_string()
        };
        let row = problems.iter().find(is_own).unwrap();
        let passes = if row["submitted_status"] == "passed" { 1.0 } else { 0.0 };
        assert_eq!(sample["scores"]["submitted"], passes, "{id}");
        assert_eq!(sample["submitted"], row["submitted"], "{id}");
        assert_eq!(sample["tokens"], sample["roles"], "{id}: tokens by model and by seat");
        assert!(sample["events"].as_u64().unwrap() > 0 && !sample["output"].as_str().unwrap().is_empty());
        assert_eq!(sample["messages"].as_array().unwrap().last(), Some(&json!("assistant")));
    }
    // The figures that the summary begins with.
    let close = |ours: &Value, theirs: &Value| {
        let (ours, theirs) = (ours.as_f64().unwrap(), theirs.as_f64().unwrap());
        assert!((ours - theirs).abs() < 1e-12, "{ours} and {theirs}");
    };
    let accuracy = |scorer: &str| &found["scores"][scorer]["metrics"]["accuracy"];
    close(&summary["submitted"]["passes"]["value"]["value"], accuracy("submitted"));
    close(&summary["pass_at_1"]["value"]["value"], accuracy("first_programs"));
    // Every token that an answer cost, by the tables and by the ledger.
    let files = ["run/samples.csv", "run/critiques.csv", "run/nodes.csv"];
    let [prompt, completion] = ["prompt_tokens", "completion_tokens"].map(|column| sum(&lab, &files, column));
    assert_eq!(found["tokens"]["output"], completion);
    assert_eq!(found["tokens"]["total"], prompt + completion);
    assert_eq!(found["tokens"]["total"], summary["spending"]["answers"]);
    let of_samples: u64 = samples.iter().map(|sample| sample["tokens"]["total"].as_u64().unwrap()).sum();
    assert_eq!(of_samples, prompt + completion);
}

/// The test of the first problem calls what only one program defines, so that it can judge nobody.
#[test]
fn what_cannot_be_scored_is_unscored_there_and_not_zero() {
    let lab = lab();
    let problem = |id: &str, assertion: &str| {
        let test = format!("def check(candidate):\n    assert {assertion}\n");
        json!({"task_id": id, "prompt": "def f(x):\n", "entry_point": "f", "test": test}).to_string() + "\n"
    };
    let sample = |id: &str, body: &str| {
        let program = format!("def inner(x):\n    return 2 * x\n\ndef f(x):\n    return {body}\n");
        json!({"task_id": id, "solution": program}).to_string() + "\n"
    };
    lab.write("two.jsonl", problem("t/1", "inner(2) == 4") + &problem("t/2", "candidate(2) == 4"));
    let samples = [("t/1", "inner(x)"), ("t/2", "inner(x)"), ("t/2", "x")];
    lab.write("samples.jsonl", samples.map(|(id, body)| sample(id, body)).concat());
    lab.ended(4, "score --dataset two.jsonl --samples samples.jsonl --out run");
    let Some(found) = read(&lab, "run") else { return };
    let of = |id: &str| {
        let samples = found["samples"].as_array().unwrap();
        samples.iter().find(|sample| sample["id"] == id).unwrap().clone()
    };
    let (broken, sound) = (of("t/1"), of("t/2"));
    for (scorer, score) in [("submitted", 1.0), ("first_programs", 0.5), ("any", 1.0)] {
        assert_eq!((&broken["scores"][scorer], &broken["reasons"][scorer]), (&Value::Null, &json!("scoring_failed")));
        assert_eq!(sound["scores"][scorer], score, "{scorer}");
        let told = &found["scores"][scorer];
        assert_eq!((&told["scored"], &told["unscored"]), (&json!(1), &json!(1)), "{scorer}");
        // A mean over both would be half of this.
        assert_eq!(told["metrics"]["accuracy"], score, "{scorer}");
    }
    // Nobody reported what these programs cost.
    assert_eq!(found["tokens"]["total"], 0);
}
