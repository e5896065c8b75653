//! What a bundle becomes, and what is said of a bad one.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use mend_core::{Literal, Style, Test};
use mend_dataset::{DatasetError, OnInvalid, SourceFile, load};
use proptest::prelude::*;

const ROW: &str = r#"{"task_id":"t/1","prompt":"def f(x):\n","entry_point":"f","canonical_solution":"    return x + 1\n","test":"def check(candidate):\n    assert candidate(1) == 2\n"}"#;

fn bundle(files: &[(&str, &str)]) -> Vec<SourceFile> {
    files.iter().map(|(path, text)| SourceFile { path: (*path).to_owned(), bytes: text.as_bytes().to_vec() }).collect()
}

/// `ROW` with some text replaced.
fn row(from: &str, to: &str) -> String {
    assert!(ROW.contains(from));
    ROW.replacen(from, to, 1)
}

fn folder<'a>(extra: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let mut files = vec![
        ("a/p/question.txt", "Print 2."),
        ("a/p/input_output.json", r#"{"inputs":["1\n"],"outputs":["2\n"]}"#),
        ("a/p/solutions.json", r#"["print(2)\n"]"#),
    ];
    files.retain(|(path, _)| extra.iter().all(|(other, _)| other != path));
    files.extend(extra);
    files
}

#[track_caller]
fn check_error(files: &[(&str, &str)], message: &str) {
    let files = bundle(files);
    assert_eq!(load("d", &files, OnInvalid::Fail).unwrap_err().to_string(), message);
    match load("d", &files, OnInvalid::Skip) {
        Ok(dataset) => {
            let skipped = &dataset.skipped[0];
            assert_eq!(format!("{}: {}", skipped.place, skipped.why), message);
        }
        Err(DatasetError::NothingValid { place, why, .. }) => assert_eq!(format!("{place}: {why}"), message),
        Err(error) => assert_eq!(error.to_string(), message),
    }
}

#[track_caller]
fn check_row(row: &str, message: &str) {
    check_error(&[("x/rows.jsonl", row)], message);
    let second = format!("{ROW}\n\n{row}\n");
    check_error(&[("x/rows.jsonl", &second)], &message.replace("rows.jsonl:1", "rows.jsonl:3"));
}

#[track_caller]
fn check_folder(extra: &[(&str, &str)], message: &str) {
    check_error(&folder(extra), message);
}

#[test]
fn bad_rows_name_line_and_field() {
    check_row(r#"{"task_id":"#, "x/rows.jsonl:1: EOF while parsing a value at column 11");
    check_row("[1]", "x/rows.jsonl:1: invalid type: array, expected an object");
    check_row(&row("\"test\"", "\"tests\""), "x/rows.jsonl:1: missing field `test`");
    check_row(&row("\"t/1\"", "\" \""), "x/rows.jsonl:1: `task_id`: is empty");
    check_row(&row("\"t/1\"", "7"), "x/rows.jsonl:1: `task_id`: invalid type: integer `7`, expected a string");
    check_row(&row("\"f\"", "null"), "x/rows.jsonl:1: `entry_point`: invalid type: null, expected a string");
    for name in ["1f", "a b", "", "f()", "lambda"] {
        check_row(
            &row("\"f\"", &format!("{name:?}")),
            &format!("x/rows.jsonl:1: `entry_point`: `{name}` is not a Python identifier"),
        );
    }
    check_row(
        &row(r#""def check(candidate):\n    assert candidate(1) == 2\n""#, r#"" \n""#),
        "x/rows.jsonl:1: the problem has no hidden tests: `test` is empty",
    );
    check_row(&row("{", r#"{"tolerance":-0.5,"#), "x/rows.jsonl:1: `tolerance`: `-0.5` is negative");
    check_row(
        &row("{", r#"{"difficulty":["hard"],"#),
        "x/rows.jsonl:1: `difficulty`: invalid type: sequence, expected a string",
    );
}

#[test]
fn bad_mutants_are_named() {
    let with = |mutants: &str| row("{", &format!(r#"{{"mutants":[{mutants}],"#));
    let mutant = |name: &str, find: &str| {
        format!(r#"{{"name":"{name}","find":"{find}","replace":"","public":"passed","hidden":"wrong_answer"}}"#)
    };
    let place = |count| {
        format!("x/rows.jsonl:1: mutant `m`: `find` occurs {count} times in the reference solution, expected once")
    };
    check_row(&with(&mutant("m", "x + 2")), &place(0));
    check_row(&with(&mutant("m", "x")), &place(2));
    check_row(&with(&mutant("m", "  ")), &place(3));
    check_row(&with(&mutant("m", "")), &place(0));
    check_row(
        &with(&[mutant("m", "x +"), mutant("m", "1")].join(",")),
        "x/rows.jsonl:1: mutant `m`: the name is used twice",
    );
    check_row(
        &with(&[mutant("m", "x +"), r#"{"name":"n"}"#.into()].join(",")),
        "x/rows.jsonl:1: `mutants[1]`: missing field `find`",
    );
    check_row(
        &with(&mutant("m", "x +").replace("passed", "fine")),
        "x/rows.jsonl:1: `mutants[0]`: unknown variant `fine`, expected one of `passed`, `wrong_answer`, \
         `runtime_error`, `compile_error`, `missing_entry_point`, `time_limit`, `memory_limit`, `output_limit`, `process_limit`, `disk_limit`, \
         `sandbox_violation`, `no_code`, `unsupported`",
    );
    check_row(
        &with(&mutant("m", "x +")).replace("canonical_", ""),
        "x/rows.jsonl:1: mutants need a reference solution, and there is none",
    );
    check_folder(
        &[("a/p/mutants.json", &format!("[{}]", mutant("m", "3")))],
        "a/p/mutants.json: mutant `m`: `find` occurs 0 times in the reference solution, expected once",
    );
}

#[test]
fn bad_folders_name_file_and_field() {
    let tests = "a/p/input_output.json";
    check_folder(&[(tests, "{")], "a/p/input_output.json: EOF while parsing an object at line 1 column 1");
    check_folder(&[(tests, r#"{"inputs":[]}"#)], "a/p/input_output.json: missing field `outputs`");
    check_folder(
        &[(tests, r#"{"inputs":[],"outputs":[]}"#)],
        "a/p/input_output.json: the problem has no hidden tests: `inputs` is empty",
    );
    check_folder(
        &[(tests, r#"{"inputs":["1","2"],"outputs":["2"]}"#)],
        "a/p/input_output.json: `inputs` has 2 entries but `outputs` has 1",
    );
    check_folder(
        &[(tests, r#"{"inputs":["1",2],"outputs":["2","2"]}"#)],
        "a/p/input_output.json: `inputs[1]`: invalid type: integer `2`, expected a string",
    );
    check_folder(
        &[(tests, r#"{"fn_name":"f","inputs":[1],"outputs":[1]}"#)],
        "a/p/input_output.json: `inputs[0]`: invalid type: integer `1`, expected a sequence",
    );
    check_folder(
        &[(tests, r#"{"fn_name":"f g","inputs":[[1]],"outputs":[1]}"#)],
        "a/p/input_output.json: `fn_name`: `f g` is not a Python identifier",
    );
    check_folder(
        &[("a/p/public_input_output.json", r#"{"fn_name":"g","inputs":[[1]],"outputs":[1]}"#)],
        "a/p/public_input_output.json: `fn_name`: differs from `fn_name` in `input_output.json`",
    );
    check_folder(
        &[("a/p/solutions.json", "[3]")],
        "a/p/solutions.json: `solutions[0]`: invalid type: integer `3`, expected a string",
    );
    check_folder(
        &[("a/p/metadata.json", r#"{"difficulty":3}"#)],
        "a/p/metadata.json: `difficulty`: invalid type: integer `3`, expected a string",
    );
    check_error(
        &[("a/p/question.txt", "Print 2.")],
        "a/p/input_output.json: the problem has no hidden tests: there is no `input_output.json`",
    );
    check_error(
        &[("question.txt", "Print 2.")],
        "input_output.json: the problem has no hidden tests: there is no `input_output.json`",
    );
}

#[test]
fn text_that_is_not_utf8_is_refused_with_its_position() {
    let mut files = bundle(&folder(&[]));
    files[0].bytes = b"ab\xff".to_vec();
    let error = load("d", &files, OnInvalid::Fail).unwrap_err();
    assert_eq!(error.to_string(), "a/p/question.txt: not UTF-8 at byte 2");
}

#[test]
fn an_id_that_is_used_twice_names_both_places() {
    let twice = format!("{ROW}\n{ROW}\n");
    check_error(&[("x.jsonl", &twice)], "x.jsonl:2: the id `t/1` is already used at x.jsonl:1");
    check_error(&[("y.jsonl", ROW), ("x.jsonl", ROW)], "y.jsonl:1: the id `t/1` is already used at x.jsonl:1");
    let mut files = folder(&[]);
    files.extend([("b/p/question.txt", "?"), ("b/p/input_output.json", r#"{"inputs":["1"],"outputs":["1"]}"#)]);
    check_error(&files, "b/p: the id `d/p` is already used at a/p");
}

#[test]
fn a_bundle_without_problems_is_an_error_in_either_mode() {
    let nothing =
        "data set `d`: no problem found, expected a `.jsonl` or `.json` file, or a folder that contains `question.txt`";
    check_error(&[], nothing);
    check_error(&[("README.md", "x"), ("rows.json", "[]")], nothing);
    check_error(&[("x.jsonl", "\n \n")], "x.jsonl: the file holds no row");
    let error = load("d", &bundle(&[("x.jsonl", "1\n{}\n")]), OnInvalid::Skip).unwrap_err();
    insta::assert_snapshot!(
        error,
        @"data set `d`: no valid problem, 2 skipped, the first at x.jsonl:1: invalid type: integer `1`, expected an object"
    );
}

#[test]
fn skipping_keeps_the_valid_problems_and_their_order() {
    let rows = format!("{ROW}\nnot json\n{}\n", row("t/1", "t/0"));
    let mut files = folder(&[]);
    files.extend([("z.jsonl.gz", rows.as_str()), ("empty.jsonl", ""), ("a/LICENSE", "MIT")]);
    let dataset = load("d", &bundle(&files), OnInvalid::Skip).unwrap();
    let ids: Vec<_> = dataset.problems.iter().map(|problem| problem.id.as_str()).collect();
    assert_eq!(ids, ["t/1", "t/0", "d/p"]);
    let places: Vec<_> = dataset.skipped.iter().map(|skipped| skipped.place.as_str()).collect();
    assert_eq!(places, ["empty.jsonl", "z.jsonl.gz:2"]);
}

#[test]
fn a_row_becomes_a_completion_problem() {
    let extended = row("{", r#"{"public_test":"def check(c): pass","tolerance":0.5,"difficulty":"easy","extra":[1],"#);
    let problem = load("d", &bundle(&[("x.jsonl", &extended)]), OnInvalid::Fail).unwrap().problems.remove(0);
    assert_eq!(problem.style, Style::Completion { entry_point: "f".into() });
    assert_eq!(&*problem.statement, "def f(x):\n");
    assert_eq!(problem.reference.as_deref(), Some("def f(x):\n    return x + 1\n"));
    assert_eq!((problem.tolerance, problem.difficulty.as_deref()), (Some(0.5), Some("easy")));
    let script = |source: &str| vec![Test::Script { source: source.into() }];
    assert_eq!(problem.tests.public, script("def check(c): pass\ncheck(f)\n"));
    let hidden = "def check(candidate):\n    assert candidate(1) == 2\n\ncheck(f)\n";
    assert_eq!(problem.tests.hidden, script(hidden));
}

#[test]
fn the_id_of_a_folder_does_not_depend_on_where_it_lies() {
    let id = |path: &str| {
        let (question, tests) = (format!("{path}question.txt"), format!("{path}input_output.json"));
        let files = [(question.as_str(), "?"), (tests.as_str(), r#"{"inputs":["1"],"outputs":["1"]}"#)];
        load("d", &bundle(&files), OnInvalid::Fail).unwrap().problems[0].id.to_string()
    };
    for path in ["/data/apps/train/0001/", "train/0001/", "0001/", "0001/./"] {
        assert_eq!(id(path), "d/0001");
    }
    assert_eq!(id(""), "d");
    assert_eq!(id("./"), "d");
}

#[test]
fn a_program_problem_joins_lists_of_lines() {
    let tests = r#"{"fn_name":null,"inputs":[["1","2"],"3\n"],"outputs":["3",["a","b"]]}"#;
    let files = folder(&[("a/p/input_output.json", tests), ("a/p/metadata.json", r#"{"tolerance":0.001}"#)]);
    let problem = load("d", &bundle(&files), OnInvalid::Fail).unwrap().problems.remove(0);
    let stdio = |input: &str, expected: &str| Test::Stdio { input: input.into(), expected: expected.into() };
    assert_eq!(problem.tests.hidden, [stdio("1\n2", "3"), stdio("3\n", "a\nb")]);
    assert_eq!((problem.style, problem.tolerance), (Style::Program, Some(0.001)));
    assert_eq!(problem.reference.as_deref(), Some("print(2)\n"));
}

#[track_caller]
fn check_calls(starter_code: &str, outputs: &str, public_outputs: &str, expected: &[&str]) {
    let n_inputs = |outputs: &str| serde_json::from_str::<Vec<serde::de::IgnoredAny>>(outputs).unwrap().len();
    let tests = |outputs: &str| {
        let inputs = vec!["[1, [2]]"; n_inputs(outputs)].join(",");
        format!(r#"{{"fn_name":"f","inputs":[{inputs}],"outputs":{outputs}}}"#)
    };
    let (hidden, public) = (tests(outputs), tests(public_outputs));
    let files = folder(&[
        ("a/p/input_output.json", &hidden),
        ("a/p/public_input_output.json", &public),
        ("a/p/starter_code.py", starter_code),
    ]);
    let problem = load("d", &bundle(&files), OnInvalid::Fail).unwrap().problems.remove(0);
    let call = |expected: &&str| Test::Call { args: Literal("[1, [2]]".into()), expected: Literal((*expected).into()) };
    assert_eq!(problem.tests.hidden, expected.iter().map(call).collect::<Vec<_>>());
    assert_eq!(problem.starter_code.as_deref(), Some(starter_code));
}

#[test]
fn expected_values_are_unwrapped_only_if_all_of_a_problem_are_wrapped() {
    check_calls("def f(a, b):\n\t", "[[1], [[2, 3]]]", "[]", &["1", "[2, 3]"]);
    check_calls("def f(a, b):\n\t", "[[1], 2]", "[]", &["[1]", "2"]);
    check_calls("def f(a, b):\n\t", "[[1], [2]]", "[[3, 4]]", &["[1]", "[2]"]);
    check_calls("def f(a, b) -> int:\n\t", "[[1]]", "[]", &["1"]);
    check_calls("class Solution:\n    def f(self, a, b) -> List[int]:\n", "[[1]]", "[]", &["[1]"]);
    check_calls(
        "def f(a, b):\n",
        "[[123456789012345678901234567890], [1e400]]",
        "[]",
        &["123456789012345678901234567890", "1e400"],
    );
}

#[test]
fn the_digest_follows_tests_and_ids_but_not_paths() {
    let digest = |path: &str, row: &str| load("d", &bundle(&[(path, row)]), OnInvalid::Fail).unwrap().digest;
    let plain = digest("x.jsonl", ROW);
    assert_eq!(digest("y/z.jsonl", ROW), plain);
    assert_ne!(digest("x.jsonl", &row("t/1", "t/2")), plain);
    assert_ne!(digest("x.jsonl", &row("== 2", "== 3")), plain);
}

proptest! {
    #[test]
    fn arbitrary_bytes_never_panic(
        contents in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..60), 7)
    ) {
        let paths = [
            "x.jsonl", "p/question.txt", "p/input_output.json", "p/solutions.json", "p/mutants.json",
            "p/metadata.json", "p/starter_code.py",
        ];
        let files: Vec<_> = paths
            .iter()
            .zip(contents)
            .map(|(path, bytes)| SourceFile { path: (*path).to_owned(), bytes })
            .collect();
        let _ = load("d", &files, OnInvalid::Skip);
    }

    #[test]
    fn damaged_rows_and_folders_never_panic(at in 0usize..400, byte: u8, cut in 0usize..400) {
        let mutants = r#"[{"name":"m","find":"2","replace":"3","public":"passed","hidden":"passed"}]"#;
        let with_mutants = row("{", &format!(r#"{{"mutants":{},"#, mutants.replace("\"2\"", "\"x +\"")));
        let calls = r#"{"fn_name":"f","inputs":[[1]],"outputs":[[2]]}"#;
        for victim in 0..5 {
            let mut files = bundle(&folder(&[("a/p/mutants.json", mutants), ("x.jsonl", &with_mutants)]));
            if cut % 2 == 0 {
                files[1].bytes = calls.into();
            }
            let bytes = &mut files[victim].bytes;
            if let Some(place) = bytes.get_mut(at) {
                *place = byte;
            }
            bytes.truncate(cut);
            let _ = load("d", &files, OnInvalid::Skip);
            let _ = load("d", &files, OnInvalid::Fail);
        }
    }
}

#[test]
fn a_json_file_may_hold_lines_an_array_or_something_else() {
    let two = format!("{ROW}\n{}\n", row("t/1", "t/2"));
    let array = format!("[{ROW},\n{}]", row("t/1", "t/2"));
    for (path, text) in [("d.json", &two), ("d.json", &array), ("d.jsonl", &two), ("d.jsonl", &array)] {
        let dataset = load("d", &bundle(&[(path, text)]), OnInvalid::Fail).unwrap();
        assert_eq!(dataset.problems.len(), 2, "{path}");
    }
    // One object over several lines is no file of rows, and the files of an APPS folder are its own.
    let error = load("d", &bundle(&[("d.json", "{\n\"a\": 1\n}\n")]), OnInvalid::Fail).unwrap_err();
    assert!(matches!(error, DatasetError::NothingFound { .. }), "{error}");
    let apps = load("d", &bundle(&folder(&[])), OnInvalid::Fail).unwrap();
    assert_eq!(apps.problems.len(), 1);
}

#[test]
fn dicts_of_apps_calls_get_their_number_keys_back() {
    let row = |input: &str| {
        serde_json::json!({
            "problem_id": 1, "question": "q", "solutions": "[]", "starter_code": "def pick(d, k):\n\t",
            "input_output": format!("{{\"fn_name\": \"pick\", \"inputs\": [{input}], \"outputs\": [[6]]}}"),
        })
        .to_string()
    };
    let test = |input: &str| {
        let dataset = load("d", &bundle(&[("d.jsonl", &row(input))]), OnInvalid::Fail).unwrap();
        dataset.problems[0].tests.hidden[0].clone()
    };
    let Test::Script { source } = test("[{\"1\": 5, \"2\": 6}, 2]") else { panic!("a call") };
    assert_eq!(&*source, "import json\nassert json.loads(json.dumps(pick({1: 5, 2: 6}, 2))) == 6\n");
    assert!(matches!(test("[{\"a\": 5}, 2]"), Test::Call { .. }));
}
