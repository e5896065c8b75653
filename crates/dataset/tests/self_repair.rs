//! The published format of the self-repair experiments, with its quirks. The rows are made up.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
#![expect(clippy::needless_pass_by_value, reason = "values of JSON are written where they are used")]

use mend_core::{Event, ProblemId, RepairTree, Slot, Status, Suite, Tokens, TreeKey};
use mend_dataset::{Published, PublishedError, Quirks, Reading, SingleRepairs, self_repair};
use serde_json::{Value, json};

fn completion(binary: &Value, repairs: Value) -> Value {
    json!({
        "original_completion": "```python\nprint(1)\n```", "executed_completion": "print(1)", "tokens_generated": 3,
        "binary": binary, "fault": null, "errors": [["WRONG ANSWER", "1", "2"]], "repairs": repairs,
    })
}

fn repair(binary: &Value) -> Value {
    json!({"repaired_program": "print(2)", "explanation": "It prints 1.", "binary": binary, "tokens_generated": 9})
}

fn read(text: &str) -> Result<Published, String> {
    self_repair("x.jsonl", text.as_bytes(), Reading::default()).map_err(|error| error.to_string())
}

#[track_caller]
fn one(completions: Value) -> Published {
    read(&json!({"prob_path": "/data/APPS/test/3042", "completions": completions}).to_string()).unwrap()
}

fn tree(published: &Published) -> RepairTree {
    let task = &published.tasks[0];
    let mut tree = RepairTree::new(TreeKey { problem: task.id.clone(), replicate: 0 });
    for entry in task.entries("a", "b", &|text| Tokens(text.len() as u64)) {
        tree.apply(&entry.event).unwrap();
    }
    tree
}

#[test]
fn a_task_grows_into_a_tree_of_programs_and_joint_pairs() {
    let no = json!(false);
    let pairs = json!([repair(&no), repair(&json!(true)), repair(&no)]);
    let published = one(json!([completion(&json!(true), Value::Null), completion(&no, pairs)]));
    let task = &published.tasks[0];
    assert_eq!((task.id.as_str(), task.difficulty.as_deref()), ("apps/3042", Some("competition")));
    let tree = tree(&published);
    let outcome = |slot: &str| {
        let node = tree.node(&slot.parse().unwrap()).unwrap();
        (node.passes(Suite::Hidden), node.candidate.as_ref().unwrap().paper_tokens)
    };
    assert_eq!(outcome("p0"), (Some(true), Tokens(3)));
    assert_eq!(outcome("p1"), (Some(false), Tokens(3)));
    assert_eq!(outcome("p1/r1"), (Some(true), Tokens(9)));
    assert_eq!(tree.nodes().count(), 5);
    assert_eq!((tree.submitted(), tree.is_finished()), (Some(&Slot::program(0)), true));
    let node = tree.node(&"p1".parse().unwrap()).unwrap();
    assert_eq!(node.verdict().unwrap().status, Status::WrongAnswer);
    assert_eq!(published.quirks, Quirks { unexplained: 2, ..Quirks::default() });
}

#[test]
fn every_quirk_is_read_and_counted() {
    let no = json!(false);
    let text = one(json!([completion(&json!("True"), json!([])), completion(&json!("False"), json!([]))]));
    assert_eq!((text.quirks.text_booleans, text.quirks.unrepaired), (2, 1));
    assert_eq!(text.tasks[0].programs[0].attempt.verdict.status, Status::Passed);

    let mut by_fault = completion(&no, json!([repair(&no), repair(&no)]));
    by_fault["fault"] = json!("passed");
    let by_fault = one(json!([by_fault]));
    assert_eq!((by_fault.quirks.passed_by_fault, by_fault.quirks.needless_repairs), (1, 2));
    assert!(by_fault.tasks[0].programs[0].repairs.is_empty());

    let program =
        json!({"program": "x", "binary": false, "fault": "timed out", "tokens_generated": 1, "repairs": null});
    let program = one(json!([program]));
    let attempt = &program.tasks[0].programs[0].attempt;
    assert_eq!((attempt.program.as_deref(), attempt.verdict.status), (Some("x"), Status::TimeLimit));
}

/// One task, the programs of which fail and have so many repairs each, none of which passes.
fn repaired(repairs: &[usize]) -> String {
    let no = json!(false);
    let program = |count: &usize| completion(&no, Value::from(vec![repair(&no); *count]));
    json!({"task_id": "HumanEval/3", "completions": repairs.iter().map(program).collect::<Vec<_>>()}).to_string()
}

fn read_as(text: &str, single_repairs: Option<SingleRepairs>) -> Result<Published, PublishedError> {
    self_repair("x.jsonl", text.as_bytes(), Reading { single_repairs, ..Reading::default() })
}

#[test]
fn a_single_repair_beside_others_marks_a_program_that_passed_unless_somebody_says_otherwise() {
    let row = repaired(&[1, 2]);
    let status = |published: &Published| published.tasks[0].programs[0].attempt.verdict.status;
    let mark = read_as(&row, None).unwrap();
    assert_eq!((mark.single_repairs, mark.quirks.rerun_marks), (Some(SingleRepairs::Passed), 1));
    assert_eq!((status(&mark), mark.tasks[0].programs[0].repairs.len()), (Status::Passed, 0));
    let kept = read_as(&row, Some(SingleRepairs::Repaired)).unwrap();
    assert_eq!((kept.single_repairs, kept.quirks.repaired_once), (Some(SingleRepairs::Repaired), 1));
    assert_eq!((status(&kept), kept.tasks[0].programs[0].repairs.len()), (Status::WrongAnswer, 1));
    assert_eq!(read_as(&repaired(&[2, 3]), Some(SingleRepairs::Passed)).unwrap().single_repairs, None);
}

#[test]
fn where_all_have_one_repair_nobody_guesses_what_that_means() {
    for repairs in [&[1, 1, 1][..], &[1], &[0, 1]] {
        let row = repaired(repairs);
        let Err(PublishedError::Ambiguous { once, programs, if_passed, if_repaired, .. }) = read_as(&row, None) else {
            panic!("{repairs:?} has two readings");
        };
        let ones = repairs.iter().filter(|count| **count == 1).count() as u64;
        assert_eq!((once, programs, if_passed, if_repaired), (ones, repairs.len() as u64, ones, 0));
        for choice in [SingleRepairs::Passed, SingleRepairs::Repaired] {
            assert_eq!(read_as(&row, Some(choice)).unwrap().single_repairs, Some(choice));
        }
    }
    let told = read_as(&repaired(&[1, 1]), None).unwrap_err().to_string();
    let expected = "x.jsonl: all failing programs with repairs have exactly one (2 of 2 programs): either they passed when \
                    they were run again, as the format marks it, and 2 programs pass; or they failed and were repaired \
                    once, and 0 pass";
    assert_eq!(told, expected);
}

#[test]
fn a_repair_passes_by_binary_alone_and_one_without_a_program_has_no_code() {
    let mut fault = repair(&json!(false));
    fault["fault"] = json!("passed");
    let mut none = repair(&json!(false));
    none["repaired_program"] = Value::Null;
    let published = one(json!([completion(&json!(false), json!([fault, none]))]));
    let statuses: Vec<Status> =
        published.tasks[0].programs[0].repairs.iter().map(|repair| repair.verdict.status).collect();
    assert_eq!(statuses, [Status::WrongAnswer, Status::NoCode]);
    let tree = tree(&published);
    let node = tree.node(&"p0/r1".parse().unwrap()).unwrap();
    assert_eq!((node.passes(Suite::Hidden), &node.candidate), (Some(false), &None));
    assert_eq!(tree.submitted(), None);
}

#[test]
fn a_file_keyed_by_task_is_the_same_in_another_layout() {
    let completions = json!([completion(&json!(true), json!([]))]);
    let keyed = json!({
        "HumanEval/0": completions, "/data/APPS/test/0007/": {"completions": completions},
    });
    let file = serde_json::to_string_pretty(&keyed).unwrap();
    let published = read(&file).unwrap();
    let ids: Vec<&str> = published.tasks.iter().map(|task| task.id.as_str()).collect();
    assert_eq!(ids, ["HumanEval/0", "apps/0007"]);
    assert_eq!(published.tasks[1].difficulty.as_deref(), Some("interview"));
    let broken = file.replacen("\"binary\": true", "\"binary\": 7", 2);
    let line = 1 + broken.lines().position(|line| line.contains("HumanEval/0")).unwrap();
    let why = "`completions[0].binary`: expected true or false, found `7`";
    assert_eq!(read(&broken).unwrap_err(), format!("x.jsonl:{line}: {why}"));
}

#[test]
fn tokens_that_no_attempt_has_are_counted_by_us() {
    let published = one(json!([{"executed_completion": "12345", "binary": true}]));
    assert_eq!(published.tasks[0].programs[0].attempt.tokens, None);
    let tree = tree(&published);
    let node = tree.node(&Slot::program(0)).unwrap();
    assert_eq!(node.candidate.as_ref().unwrap().paper_tokens, Tokens(5));
}

#[track_caller]
fn check_refused(text: &str, error: &str) {
    assert_eq!(read(text).unwrap_err(), error);
}

#[test]
fn errors_name_file_line_and_field() {
    let row = |id: &str, completions: Value| json!({"task_id": id, "completions": completions}).to_string();
    let good = row("a", json!([completion(&json!(true), json!([]))]));
    check_refused("", "x.jsonl:1: no task was found");
    check_refused(&format!("{good}\n{{"), "x.jsonl:2: EOF while parsing an object at column 1");
    check_refused(&format!("{good}\n\n{good}"), "x.jsonl:3: task `a` is already at line 1");
    check_refused("{\"completions\": []}", "x.jsonl:1: missing field `prob_path` or `task_id`");
    check_refused("{\"task_id\": \"a\"}\n{\"task_id\": \"b\"}", "x.jsonl:1: missing field `completions`");
    check_refused(&row("a", json!([7])), "x.jsonl:1: `completions[0]`: expected an object");
    check_refused(
        &row("a", json!([{"binary": true}])),
        "x.jsonl:1: missing field `completions[0].executed_completion`",
    );
    check_refused(&row("a", json!([{"program": "x"}])), "x.jsonl:1: missing field `completions[0].binary`");
    let no = json!(false);
    let mut bad = repair(&no);
    bad["tokens_generated"] = json!(-1);
    check_refused(
        &row("a", json!([completion(&no, json!([repair(&no), bad]))])),
        "x.jsonl:1: `completions[0].repairs[1].tokens_generated`: expected a number of tokens, found `-1`",
    );
    let mut uncounted = completion(&json!(true), json!([]));
    uncounted["tokens_generated"] = Value::Null;
    check_refused(
        &format!("{good}\n{}", row("b", json!([uncounted]))),
        "x.jsonl:2: `completions[0].tokens_generated` is missing, and line 1 has such counts",
    );
}

#[test]
fn invalid_rows_can_be_skipped_and_are_counted() {
    let good = json!({"task_id": "a", "completions": [completion(&json!(true), json!([]))]}).to_string();
    let reading = Reading { skip_invalid: true, ..Reading::default() };
    let published = self_repair("x", format!("{good}\n{{\n{good}").as_bytes(), reading).unwrap();
    assert_eq!(published.tasks.len(), 1);
    let lines: Vec<usize> = published.skipped.iter().map(|error| error.line).collect();
    assert_eq!(lines, [2, 3]);
}

#[test]
fn a_task_is_described_for_a_manifest() {
    let published = one(json!([completion(&json!(true), json!([]))]));
    let entry = published.tasks[0].entry();
    assert_eq!((entry.id, entry.hidden_tests, entry.public_tests), (ProblemId::new("apps/3042"), 1, 0));
    let entries = published.tasks[0].entries("a", "b", &|_| Tokens(0));
    assert!(matches!(entries.last().unwrap().event, Event::Submitted { .. }));
}
