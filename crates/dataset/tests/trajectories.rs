//! Published trajectories: made rows of each format, and the published files where somebody put them.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use mend_core::{RepairTree, Slot, Status, Suite, Tokens, TreeKey};
use mend_dataset::{Trajectories, TrajectoryFormat, trajectories};
use serde_json::{Value, json};

fn read(format: TrajectoryFormat, rows: &[Value]) -> Result<Trajectories, String> {
    let text: String = rows.iter().flat_map(|row| [row.to_string(), "\n".to_owned()]).collect();
    trajectories(format, "x.jsonl", text.as_bytes(), false).map_err(|error| error.to_string())
}

#[track_caller]
fn tree(format: TrajectoryFormat, row: &Value) -> (Trajectories, RepairTree) {
    let read = read(format, std::slice::from_ref(row)).unwrap();
    let task = &read.tasks[0];
    let mut tree = RepairTree::new(TreeKey { problem: task.id.clone(), replicate: 0 });
    for entry in task.entries("published:x", &|text| Tokens(text.len() as u64)) {
        tree.apply(&entry.event).unwrap();
    }
    assert!(tree.is_finished());
    (read, tree)
}

/// The places of a tree, each with what the two suites are recorded as.
fn recorded(tree: &RepairTree) -> Vec<(String, Option<bool>, Option<bool>)> {
    let of = |node: &mend_core::Node| {
        let verdict = node.verdict();
        let suite = |suite| verdict.and_then(|verdict| verdict.of(suite)).map(|suite| suite.status == Status::Passed);
        (node.slot.to_string(), suite(Suite::Public), suite(Suite::Hidden))
    };
    tree.nodes().map(of).collect()
}

fn inc() -> Value {
    json!({
        "task_id": "t/1", "prompt": "def inc(x):\n    \"\"\"One more.\"\"\"\n", "entry_point": "inc",
        "test": "def check(candidate):\n    assert candidate(1) == 2\n", "canonical_solution": "    return x + 1\n",
    })
}

fn with(mut row: Value, fields: Value) -> Value {
    let Value::Object(fields) = fields else { panic!("fields are an object") };
    row.as_object_mut().unwrap().extend(fields);
    row
}

fn ldb_row() -> Value {
    with(
        inc(),
        json!({
            "given_tests": ["assert inc(1) == 2", "assert inc(0) == 1"], "is_passing": true, "is_solved": false,
            "implementations": ["def inc(x): return 2", "def inc(x): return x + 1"],
            "test_feedback": [["assert inc(0) == 1 # Real Execution Output: 2"], []],
            "solution": "def inc(x): return x + 1", "debug_iter": 1, "token_nums": 77, "reflections": [],
        }),
    )
}

#[test]
fn ldb_is_a_chain_whose_feedback_is_a_recorded_verdict_of_the_visible_tests() {
    let (read, tree) = tree(TrajectoryFormat::Ldb, &ldb_row());
    let task = &read.tasks[0];
    assert_eq!(recorded(&tree), [("p0".to_owned(), Some(false), None), ("p0/r0".to_owned(), Some(true), Some(false))]);
    let seed = tree.node(&Slot::program(0)).unwrap();
    let public = seed.verdict().unwrap().public.clone().unwrap();
    assert_eq!((public.passed(), public.total), (1, 2));
    let facts = public.first_failure().unwrap().facts.clone().unwrap();
    assert_eq!((facts.assertion.as_deref(), facts.actual.as_deref()), (Some("assert inc(0) == 1"), Some("2")));
    assert_eq!(task.rest["token_nums"], 77, "what counts for the task as a whole is kept as it stands");
    assert!(seed.completion.as_ref().unwrap().usage.billed().is_none(), "no count is made up");
    let problem = task.problem.as_ref().unwrap();
    assert_eq!((problem.tests.public.len(), problem.tests.hidden.len(), task.counts()), (2, 1, (2, 1)));
    assert_eq!(tree.submitted().map(ToString::to_string).as_deref(), Some("p0/r0"));
}

#[test]
fn reflexion_has_critiques_and_what_nobody_flagged_is_unscored() {
    let row = json!({
        "name": "HumanEval_23_strlen", "language": "py", "prompt": "def strlen(s):\n", "entry_point": "strlen",
        "test": "def check(candidate):\n    assert candidate('') == 0\n\ndef test_check():\n    check(strlen)\n\ntest_check()\n",
        "is_solved": true, "reflections": ["It counts one too many."], "implementations": ["def strlen(s): return 1", "def strlen(s): return len(s)"],
        "test_feedback": ["Tests failed:\nassert strlen('') == 0 # output: 1", "Tested passed:"], "solution": "def strlen(s): return len(s)",
    });
    let (read, tree) = tree(TrajectoryFormat::Reflexion, &row);
    assert_eq!(read.tasks[0].id.as_str(), "HumanEval/23");
    let slots: Vec<String> = tree.nodes().map(|node| node.slot.to_string()).collect();
    assert_eq!(slots, ["p0", "p0/f0", "p0/f0/r0"]);
    let first = tree.node(&Slot::program(0)).unwrap();
    assert_eq!(first.unscored(), Some("the file records no verdict on this program"));
    assert_eq!(first.ran.len(), 1, "the feedback is kept");
    let last = tree.node(&"p0/f0/r0".parse().unwrap()).unwrap();
    assert_eq!(last.passes(Suite::Hidden), Some(true));
    let mend_core::Test::Script { source } = &read.tasks[0].problem.as_ref().unwrap().tests.hidden[0] else {
        panic!("a script")
    };
    assert!(source.ends_with("test_check()\n"), "tests that call themselves are called once: {source}");
    let mut unknown = row.clone();
    unknown["reflections"] = json!(["a", "b"]);
    let error = self::read(TrajectoryFormat::Reflexion, &[unknown]).unwrap_err();
    assert!(error.starts_with("x.jsonl:1: `reflections` has 2 entries and `implementations` 2"), "{error}");
    let mut rust = row;
    rust["language"] = "rs".into();
    let error = self::read(TrajectoryFormat::Reflexion, &[rust]).unwrap_err();
    assert_eq!(error, "x.jsonl:1: `language`: found `rs`, and only Python can be judged anew");
}

#[test]
fn lats_keeps_programs_beside_each_other_and_says_that_its_tree_is_missing() {
    let fields = json!({
        "implementations": ["def inc(x): return 1", "def inc(x): return x + 1"], "reflections": ["MCTS reflections"],
        "test_feedback": ["a", "b"], "solution": "def inc(x): return x + 1", "is_solved": true, "acc": 1.0,
    });
    let (read, tree) = tree(TrajectoryFormat::Lats, &with(inc(), fields));
    assert_eq!(recorded(&tree), [("p0".to_owned(), None, None), ("p1".to_owned(), None, Some(true))]);
    assert!(read.oddities.keys().any(|oddity| oddity.contains("its tree was not published")));
    assert_eq!(read.tasks[0].rest["acc"], 1.0);
    let reflexion = with(inc(), json!({"implementations": ["x"], "reflections": ["Hm."], "is_solved": true}));
    let error = self::read(TrajectoryFormat::Lats, &[reflexion]).unwrap_err();
    assert!(error.ends_with("is this a log of Reflexion?"), "{error}");
}

#[test]
fn mapcoder_has_independent_tries_with_their_tokens() {
    let fields = json!({
        "source_codes": ["def inc(x): return 1", "def inc(x): return x + 1"], "responses": ["no", "yes"],
        "prompt_tokens": [10, 20], "completion_tokens": [3, 4], "no_of_try": 2, "api_calls": 8, "is_solved": true,
        "language": "Python3", "sample_io": ["assert inc(1) == 2"],
    });
    let (read, tree) = tree(TrajectoryFormat::MapCoder, &with(inc(), fields));
    assert_eq!(recorded(&tree), [("p0".to_owned(), None, Some(false)), ("p1".to_owned(), None, Some(true))]);
    let usage = tree.node(&Slot::program(1)).unwrap().completion.as_ref().unwrap().usage;
    assert_eq!((usage.prompt, usage.completion), (Some(Tokens(20)), Some(Tokens(4))));
    assert_eq!((read.tasks[0].rest["api_calls"].clone(), read.tasks[0].counts()), (json!(8), (2, 2)));
}

#[test]
fn mint_has_notes_with_what_came_back_and_proposals_that_repair_each_other() {
    let message = |role: &str, content: &str| json!({"role": role, "content": content});
    let row = json!({
        "state": {
            "history": [
                message("user", "Task: one more."),
                message("assistant", "<thought> Try. </thought>\n<execute>\nprint(inc(1))\n</execute>"),
                message("user", "Observation:\n2"),
                message("assistant", "<solution>\ndef inc(x):\n    return 2\n</solution>"),
                message("user", "Observation:\nYour answer is wrong."),
                message("assistant", "<execute>inc</execute>\n<solution>\ndef inc(x):\n    return x + 1\n</solution>"),
            ],
            "success": true, "terminate_reason": "task_success", "token_counter": {"prompt_tokens": 9},
        },
        "task": {"task_name": "mbpp", "task_id": 7, "prompt": "One more.\nassert inc(1) == 2",
                 "reference": "assert inc(1) == 2\nassert inc(5) == 6", "metadata": {}},
    });
    let (read, tree) = tree(TrajectoryFormat::Mint, &row);
    assert_eq!(read.tasks[0].id.as_str(), "mint-mbpp/7");
    assert_eq!(
        recorded(&tree),
        [("p0".to_owned(), None, Some(false)), ("p0/r0".to_owned(), None, Some(true)), ("n0".to_owned(), None, None)]
    );
    let note = tree.node(&"n0".parse().unwrap()).unwrap();
    assert_eq!(note.ran.values().next().unwrap().0, [mend_core::RunOutcome::Value("Observation:\n2".to_owned())]);
    let program = tree.node(&Slot::program(0)).unwrap().candidate.as_ref().unwrap().program.body().unwrap().to_string();
    assert_eq!(program, "def inc(x):\n    return 2");
    let problem = read.tasks[0].problem.as_ref().unwrap();
    assert_eq!((problem.style.entry_point(), problem.tests.hidden.len()), (Some("inc"), 2));
    assert_eq!(read.tasks[0].rest["token_counter"]["prompt_tokens"], 9);
    assert!(read.oddities.contains_key("turns that run code and propose: taken as proposals"));
}

#[test]
fn what_cannot_be_read_names_file_line_and_field() {
    let ldb = |change: fn(&mut Value)| {
        let mut row = ldb_row();
        change(&mut row);
        read(TrajectoryFormat::Ldb, &[ldb_row(), row]).unwrap_err()
    };
    assert_eq!(ldb(|_| {}), "x.jsonl:2: task `t/1` is already at line 1");
    assert_eq!(ldb(|row| row["is_solved"] = json!("yes")), "x.jsonl:2: `is_solved`: expected true or false");
    assert_eq!(ldb(|row| row["implementations"] = json!([1])), "x.jsonl:2: `implementations[0]`: expected a text");
    assert_eq!(
        ldb(|row| row["test_feedback"] = json!([])),
        "x.jsonl:2: `test_feedback` has 0 entries and `implementations` 2: expected one for each"
    );
    assert!(
        ldb(|row| drop(row.as_object_mut().unwrap().remove("task_id"))).contains("missing field `name`; there are")
    );
    assert_eq!(
        ldb(|row| row["implementations"] = json!([])),
        "x.jsonl:2: `implementations` is empty: expected at least one program"
    );
    let broken = format!("e:\\projects\\x.jsonl{}\n{}\n", ldb_row(), ldb_row());
    let error = trajectories(TrajectoryFormat::Ldb, "x.jsonl", broken.as_bytes(), false).unwrap_err().to_string();
    assert!(error.starts_with("x.jsonl:1: expected value at column 1: the line begins with `e:"), "{error}");
    let skipped = trajectories(TrajectoryFormat::Ldb, "x.jsonl", broken.as_bytes(), true).unwrap();
    assert_eq!((skipped.tasks.len(), skipped.skipped.len(), skipped.skipped[0].line), (1, 1, 1));
    let nothing = trajectories(TrajectoryFormat::Ldb, "x.jsonl", b"\n{}\n", true).unwrap_err().to_string();
    assert!(
        nothing.starts_with("x.jsonl:1: no task was found: 1 skipped, the first at line 2: missing field"),
        "{nothing}"
    );
}

/// A published file, unpacked; `None`, and said so, if it is absent.
fn published(name: &str) -> Option<Vec<u8>> {
    mend_testkit::shared_bytes(&format!("data/trajectories/{name}"))
}

/// Tasks, programs, recorded flags, and tasks that carry tests.
fn sums(format: TrajectoryFormat, bytes: &[u8], skip_invalid: bool) -> (usize, u64, u64, usize) {
    let read = trajectories(format, "x", bytes, skip_invalid).unwrap();
    for task in &read.tasks {
        let mut tree = RepairTree::new(TreeKey { problem: task.id.clone(), replicate: 0 });
        for entry in task.entries("m", &|_| Tokens(0)) {
            tree.apply(&entry.event).unwrap();
        }
    }
    let counts = read.tasks.iter().map(mend_dataset::Trajectory::counts);
    let (programs, flags) = counts.fold((0, 0), |(a, b), (c, d)| (a + c, b + d));
    (read.tasks.len(), programs, flags, read.tasks.iter().filter(|task| task.problem.is_some()).count())
}

#[test]
fn the_published_files_are_read_whole() {
    if let Some(bytes) = published("ldb.humaneval.gpt-3.5.jsonl.gz") {
        assert_eq!(sums(TrajectoryFormat::Ldb, &bytes, false), (164, 413, 164, 164));
    }
    if let Some(bytes) = published("mint.mbpp.gpt-3.5.jsonl.gz") {
        assert_eq!(sums(TrajectoryFormat::Mint, &bytes, false), (91, 122, 122, 91));
    }
    if let Some(bytes) = published("mapcoder.humaneval.first-line-corrupt.jsonl.gz") {
        let error = trajectories(TrajectoryFormat::MapCoder, "x", &bytes, false).unwrap_err().to_string();
        assert!(error.starts_with("x:1: expected value at column 1: the line begins with `e:"), "{error}");
        assert_eq!(sums(TrajectoryFormat::MapCoder, &bytes, true), (163, 163, 163, 163));
    }
}
