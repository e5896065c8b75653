use super::*;
use crate::fixture::{Plant, critique, manifest, program, tree};
use mend_core::RepairTree;
use std::collections::BTreeMap;

/// The bytes of a log of these trees, and what it left out.
fn made(format: LogFormat, trees: &[RepairTree]) -> (Vec<u8>, BTreeMap<&'static str, u64>) {
    let options = Options { format: Some(format), ..Options::default() };
    let run = Run::new(manifest(trees), "run".into(), (trees.len(), trees.len()));
    let mut bytes: Vec<u8> = vec![];
    let mut out = Out::new(&mut bytes);
    let mut make = (KIND.make)(&options).unwrap();
    let of = |at: usize| {
        let id = &run.manifest.problems[at].id;
        let first = trees.iter().position(|tree| tree.key.problem == *id).unwrap();
        let count = trees[first..].iter().take_while(|tree| tree.key.problem == *id).count();
        OfProblem::new(&run, at, &trees[first..first + count])
    };
    let problems = run.manifest.problems.len();
    (0..problems).for_each(|at| make.survey(&of(at)));
    make.run(&run, &mut out).unwrap();
    (0..problems).for_each(|at| make.problem(&of(at), &mut out).unwrap());
    make.finish(&mut out).unwrap();
    let left_out = std::mem::take(&mut out.tally.left_out);
    (bytes, left_out)
}

/// The log as JSON that anybody reads: what is unscored is null.
fn log(trees: &[RepairTree]) -> Value {
    let text = String::from_utf8(made(LogFormat::Json, trees).0).unwrap();
    serde_json::from_str(&text.replace(":NaN", ":null")).unwrap_or_else(|error| panic!("{error}: {text}"))
}

fn plants() -> Vec<Plant> {
    vec![
        program("p0", "x = 1").hidden(1, 2),
        critique("p0/f0", "Why 1?", None),
        program("p0/f0/r0", "x = 2").hidden(2, 2),
        program("p1", "x = 3").hidden(2, 2),
    ]
}

#[test]
fn a_tree_is_a_sample_with_its_scores_its_requests_and_what_led_to_its_answer() {
    let log = log(&[tree("a/0", 0, &plants()), tree("a/0", 1, &[program("p0", "x = 1").hidden(0, 2)])]);
    assert_eq!((&log["version"], &log["status"]), (&2.into(), &"success".into()));
    let samples = log["samples"].as_array().unwrap();
    let ids: Vec<(&str, u64)> =
        samples.iter().map(|sample| (sample["id"].as_str().unwrap(), sample["epoch"].as_u64().unwrap())).collect();
    assert_eq!(ids, [("a/0", 1), ("a/0", 2)]);
    let first = &samples[0];
    assert_eq!(first["scores"]["submitted"]["value"], 1.0);
    assert_eq!(first["scores"]["first_programs"]["value"], 0.5);
    assert_eq!(first["metadata"]["submitted"], "p0/f0/r0");
    let roles: Vec<&str> =
        first["messages"].as_array().unwrap().iter().map(|message| message["role"].as_str().unwrap()).collect();
    assert_eq!(roles, ["system", "user", "assistant"]);
    assert_eq!(first["output"]["completion"], "```python\nx = 2\n```\n");
    let events: Vec<&str> =
        first["events"].as_array().unwrap().iter().map(|event| event["event"].as_str().unwrap()).collect();
    assert_eq!(events, ["model", "info", "model", "model", "info", "model", "info"]);
    // Both trees are one problem, whose mean is that of its replicates.
    let accuracy = |name: usize| &log["results"]["scores"][name]["metrics"]["accuracy"]["value"];
    assert_eq!((accuracy(0), accuracy(1), accuracy(2)), (&0.5.into(), &0.25.into(), &0.5.into()));
    assert_eq!(log["results"]["scores"][0]["scored_samples"], 1);
    // Nobody reported what these answers cost.
    assert_eq!(
        (&log["stats"]["model_usage"], &first["metadata"]["answers_without_usage"]),
        (&serde_json::json!({}), &4.into())
    );
}

#[test]
fn what_is_unscored_is_neither_zero_nor_in_a_mean() {
    let broken = tree("a/0", 0, &[program("p0", "x = 1").unscored()]);
    let trees = [broken, tree("a/1", 0, &[program("p0", "x = 2").hidden(0, 1)])];
    let text = String::from_utf8(made(LogFormat::Json, &trees).0).unwrap();
    assert_eq!(text.matches(":NaN").count(), 3, "{text}");
    let log = log(&trees);
    let score = &log["samples"][0]["scores"]["submitted"];
    assert_eq!((&score["value"], &score["reason"]), (&Value::Null, &"scoring_failed".into()));
    assert_eq!(score["explanation"], "the problem's test can judge nobody");
    let told = &log["results"]["scores"][0];
    assert_eq!((&told["scored_samples"], &told["unscored_samples"]), (&1.into(), &1.into()));
    assert_eq!(told["metrics"]["accuracy"]["value"], 0.0);
}

#[test]
fn a_tree_that_is_not_finished_is_no_sample() {
    let open = RepairTree::new(tree("a/1", 0, &[]).key);
    let trees = [tree("a/0", 0, &plants()), open];
    let (bytes, left_out) = made(LogFormat::Json, &trees);
    assert_eq!(left_out, [("the tree is not finished", 1)].into());
    let log: Value = serde_json::from_slice(&bytes).unwrap();
    assert_eq!((&log["status"], log["samples"].as_array().unwrap().len()), (&"cancelled".into(), 1));
    let results = &log["results"];
    assert_eq!((&results["total_samples"], &results["completed_samples"]), (&2.into(), &1.into()));
}

#[test]
fn the_zipped_form_holds_a_header_and_each_sample_by_its_name() {
    let (bytes, _) = made(LogFormat::Eval, &[tree("a/0", 0, &plants())]);
    let text = String::from_utf8_lossy(&bytes);
    for name in ["_journal/start.json", "samples/a/0_epoch_1.json", "summaries.json", "header.json"] {
        // In the entry itself and in the directory at the end.
        assert_eq!(text.matches(name).count(), 2, "{name}");
    }
}
