//! MBPP, HumanEvalFix, APPS rows, QuixBugs, our own rows, and pins: what they become, and what is said of bad ones.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use mend_core::{Digest, Integrity, Literal, Problem, Style, Test};
use mend_dataset::{Dataset, Format, Loading, OnInvalid, Pin, SourceFile, load, load_with};
use proptest::prelude::*;

const MBPP: &str = r#"{"task_id":7,"text":"Double it.\r\n","code":"import math\r\ndef helper(x):\r\n  return x\r\ndef double(x):\r\n  return 2*x\r\n","test_list":["assert set(double(1)) == 2","assert double(2) == 4"],"test_setup_code":"","challenge_test_list":["assert double(0) == 1"]}"#;
const FIX: &str = r#"{"task_id":"Python/1","prompt":"def f(x):\n    \"\"\"f(1) == 2\"\"\"\n","declaration":"def f(x):\n","canonical_solution":"    return x + 1\n","buggy_solution":"    return x - 1\n","test":"def check(f):\n    assert f(1) == 2\n\ncheck(f)","example_test":"def check(f):\n    assert f(3) == 4\ncheck(f)\n","entry_point":"f"}"#;
const APPS: &str = r#"{"problem_id":17,"question":"Print 2.","solutions":"[\"print(2)\\n\"]","input_output":"{\"inputs\":[\"1\\n\"],\"outputs\":[\"2\\n\"]}","difficulty":"interview","starter_code":"","url":"x"}"#;
const OWN: &str =
    r#"{"id":"a/1","statement":"s","entry_point":"f","tests":{"hidden":[{"call":{"args":[1],"expected":2}}]}}"#;

fn bundle(files: &[(&str, &str)]) -> Vec<SourceFile> {
    files.iter().map(|(path, text)| SourceFile { path: (*path).to_owned(), bytes: text.as_bytes().to_vec() }).collect()
}

fn load_all(files: &[(&str, &str)]) -> Dataset {
    load("d", &bundle(files), OnInvalid::Fail).unwrap()
}

fn one(row: &str) -> Problem {
    load_all(&[("x.jsonl", row)]).problems.remove(0)
}

/// A row with some text replaced.
fn with(row: &str, from: &str, to: &str) -> String {
    assert!(row.contains(from), "{from}");
    row.replacen(from, to, 1)
}

#[track_caller]
fn check_error(files: &[(&str, &str)], message: &str) {
    assert_eq!(load("d", &bundle(files), OnInvalid::Fail).unwrap_err().to_string(), message);
}

#[track_caller]
fn check_row(row: &str, message: &str) {
    check_error(&[("x.jsonl", row)], &format!("x.jsonl:1: {message}"));
}

/// The names of all formats, as messages list them.
fn names() -> String {
    Format::all().iter().map(|format| format!("`{}`", format.name)).collect::<Vec<_>>().join(", ")
}

#[test]
fn a_row_of_no_known_format_is_refused_with_its_keys() {
    let unknown = |what: &str| format!("{what} of no known format; known are {}", names());
    check_row(r#"{"a b":1}"#, &unknown("a row with the key `a b` is"));
    // Samples, and what was once taken for HumanEval.
    check_row(r#"{"task_id":"a/1","completion":""}"#, &unknown("a row with the keys `completion`, `task_id` is"));
    check_row(
        r#"{"task_id":"a/1","prompt":"","test":""}"#,
        &unknown("a row with the keys `prompt`, `task_id`, `test` is"),
    );
    let many: Vec<String> = (10..40).map(|number| format!("\"{number}{}\":0", "x".repeat(100))).collect();
    let shown: Vec<String> = (10..30).map(|number| format!("`{number}{}`", "x".repeat(38))).collect();
    check_row(
        &format!("{{{}}}", many.join(",")),
        &unknown(&format!("a row with the keys {} and 10 more is", shown.join(", "))),
    );
}

#[track_caller]
fn load_as(format: &str, files: &[(&str, &str)]) -> Result<Dataset, String> {
    let loading = Loading { on_invalid: OnInvalid::Fail, format: Format::named(format), pins: &[] };
    assert!(loading.format.is_some(), "{format}");
    load_with("d", &bundle(files), loading).map_err(|error| error.to_string())
}

#[test]
fn a_named_format_reads_every_row_and_leaves_the_data_as_they_are() {
    let files = [("x.jsonl", MBPP)];
    assert_eq!(load_as("mbpp", &files).unwrap(), load_all(&files));
    assert_eq!(
        load_as("humaneval", &files).unwrap_err(),
        "x.jsonl:1: `task_id`: invalid type: integer `7`, expected a string"
    );
    // A row with the keys of two formats.
    let both = with(FIX, "{", r#"{"statement":"s","#);
    assert!(load("d", &bundle(&[("x.jsonl", &both)]), OnInvalid::Fail).is_err());
    let plain = load_as("humaneval", &[("x.jsonl", &both)]).unwrap();
    assert!(plain.starting_programs.is_empty());
    assert_eq!(load_as("humanevalpack", &[("x.jsonl", &both)]).unwrap(), load_all(&[("x.jsonl", FIX)]));
}

#[test]
fn a_named_format_of_folders_reads_no_rows_and_one_of_rows_no_folders() {
    let folder =
        [("a/0017/question.txt", "Print 2."), ("a/0017/input_output.json", r#"{"inputs":["1"],"outputs":["2"]}"#)];
    let files = [folder[0], folder[1], ("x.jsonl", MBPP)];
    assert_eq!(load_as("apps-folders", &files).unwrap().problems.len(), 1);
    assert_eq!(load_as("mbpp", &files).unwrap().problems[0].id.as_str(), "mbpp/7");
    assert_eq!(
        load_as("quixbugs", &files).unwrap_err(),
        "data set `d`: no problem of the format `quixbugs` found, expected a `.jsonl` or `.json` file, or a folder that contains `question.txt`"
    );
}

#[test]
fn a_multipl_e_row_has_its_language() {
    let row = r#"{"name":"HumanEval_900_inc","language":"py","prompt":"def inc(x: int) -> int:\n    \"\"\"\n    >>> inc(1)\n    2\n    \"\"\"\n","tests":"def check(candidate):\n    assert candidate(1) == 2\n\ndef test_check():\n    check(inc)\n\ntest_check()\n","stop_tokens":["\ndef"]}"#;
    let problem = one(row);
    assert_eq!((problem.id.as_str(), problem.style.entry_point()), ("HumanEval_900_inc", Some("inc")));
    assert!(problem.language.is_python() && problem.context.as_ref() == Some(&problem.statement));
    assert_eq!(problem.tests.public, scripts(["assert inc(1) == 2\n"]));
    let rust = one(&with(row, r#""py""#, r#""rs""#));
    assert_eq!((rust.language.as_str(), rust.style.entry_point()), ("rust", Some("inc")));
    assert!(rust.tests.public.is_empty() && rust.context.is_none());
    check_row(
        &with(row, "\"tests\":\"def", "\"tests\":\"\",\"x\":\"def"),
        "the problem has no hidden tests: `tests` is empty",
    );
}

#[test]
fn a_bigcodebench_row_is_cooperative_and_names_its_libraries() {
    let row = r#"{"task_id":"BigCodeBench/900","complete_prompt":"import json\ndef task_func(x):\n    \"\"\"Dump.\n\n    >>> task_func(1)\n    '1'\n    \"\"\"\n","canonical_solution":"    return json.dumps(x)\n","test":"import unittest\nclass TestCases(unittest.TestCase):\n    def test_case_1(self):\n        self.assertEqual(task_func(1), '1')\n","entry_point":"task_func","libs":"['json', 'numpy']"}"#;
    let problem = one(row);
    assert_eq!(problem.integrity, Integrity::Cooperative);
    assert_eq!(problem.about.tags, ["json", "numpy"]);
    assert!(problem.tests.public.is_empty());
    assert_eq!(problem.oracle.as_deref(), Some("import json\nimport unittest\n"));
    let [Test::Script { source }] = &problem.tests.hidden[..] else { panic!("one script") };
    assert!(source.starts_with("import unittest\nclass TestCases"));
    assert_eq!(one(&with(row, r#""['json', 'numpy']""#, r#"["json","numpy"]"#)), problem);
    check_row(&with(row, r#""['json', 'numpy']""#, "3"), "`libs`: is not a list of names");
}

#[test]
fn a_taco_row_is_one_of_apps_with_tags_a_day_and_limits() {
    let row = r#"{"question":"Print 2.","solutions":"[\"print(2)\", \"print(1+1)\"]","starter_code":"","input_output":"{\"inputs\":[\"1\"],\"outputs\":[\"2\"]}","difficulty":"EASY","raw_tags":"['x']","name":null,"source":"codeforces","tags":"['Dynamic programming', 'Math']","skill_types":"[]","url":"u","time_limit":"2.0 seconds","memory_limit":"256.0 megabytes","date":"2016-03-01","picture_num":null}"#;
    let dataset = load_all(&[("x.jsonl", row)]);
    let problem = &dataset.problems[0];
    assert_eq!(problem.id.as_str().len(), "d/".len() + 12);
    assert_eq!(problem.about.tags, ["Dynamic programming", "Math", "codeforces"]);
    assert_eq!(problem.about.date.as_ref().unwrap().as_str(), "2016-03-01");
    assert_eq!((problem.limits.cpu_ms, problem.limits.memory_bytes), (Some(2000), Some(256_000_000)));
    assert_eq!(dataset.further_solutions[&problem.id].len(), 1);
    let bare = one(&with(&with(row, "2.0 seconds", ""), "\"256.0 megabytes\"", "null"));
    assert!(bare.limits.is_none());
    assert_eq!(bare.id, problem.id);
    assert_eq!(one(&with(row, "2.0 seconds", "500 milliseconds")).limits.cpu_ms, Some(500));
    check_row(&with(row, "2.0 seconds", "long"), "`time_limit`: `long` is not a number of seconds, milliseconds");
}

fn scripts<const N: usize>(sources: [&str; N]) -> Vec<Test> {
    sources.into_iter().map(|source| Test::Script { source: source.into() }).collect()
}

#[test]
fn an_mbpp_row_asks_for_the_first_function_that_its_test_calls() {
    let problem = one(MBPP);
    assert_eq!(problem.id.as_str(), "mbpp/7");
    assert_eq!(problem.style, Style::Function { entry_point: "double".into() });
    insta::assert_snapshot!(problem.statement, @"
    Double it.

    The program has to pass this test:

    assert set(double(1)) == 2
    ");
    assert_eq!(problem.tests.public, scripts(["assert set(double(1)) == 2\n"]));
    assert_eq!(problem.tests.hidden, scripts(["assert set(double(1)) == 2\n", "assert double(2) == 4\n"]));
    assert!(!problem.reference.unwrap().contains('\r'));
    assert_eq!(problem.integrity, Integrity::Isolated);
}

#[test]
fn imports_and_setup_code_stand_before_each_mbpp_test() {
    let row = with(MBPP, "\"test_setup_code\":\"\"", r#""test_imports":["import os"],"test_setup_code":"x = 1\r\n""#);
    let problem = one(&row);
    assert_eq!(problem.tests.hidden[1..], scripts(["import os\nx = 1\n\nassert double(2) == 4\n"]));
    assert_eq!(problem.integrity, Integrity::Isolated);
    let row = with(&row, "x = 1", "x = Box(1)");
    assert_eq!(one(&row).integrity, Integrity::Isolated);
    assert_eq!(one(&with(&row, "def helper(x)", "class Box")).integrity, Integrity::Cooperative);
}

#[test]
fn a_row_of_mbpp_plus_from_the_hub_has_its_script_behind_the_asserts() {
    let plus = one(&with(MBPP, "{", r#"{"test":"for x in [1, 2]:\n    assert double(x) == x + x\n","#));
    assert_eq!(plus.tests.hidden[2..], scripts(["for x in [1, 2]:\n    assert double(x) == x + x\n"]));
    assert_eq!(plus.tests.hidden[..2], one(MBPP).tests.hidden);
}

#[test]
fn bad_mbpp_rows_name_the_field() {
    check_row(&with(MBPP, "def double", "def other"), "`test_list[0]`: calls no function that `code` defines");
    check_row(&with(MBPP, "\"text\"", "\"txt\""), "missing field `text`");
    check_row(&with(MBPP, ":7", ":\"7\""), "`task_id`: invalid type: string \"7\", expected u64");
    let empty = r#"{"task_id":7,"prompt":"p","code":"","test_list":[]}"#;
    check_row(empty, "the problem has no hidden tests: `test_list` is empty");
}

#[test]
fn an_array_of_rows_is_read_and_its_flaws_have_lines() {
    let other = with(MBPP, ":7", ":8");
    let dataset = load_all(&[("x.json", &format!("[\n{MBPP},\n{other}]"))]);
    assert_eq!(dataset.problems.len(), 2);
    let bad = with(&other, "\"code\"", "\"cod\"");
    check_error(&[("x.json", &format!("[\n{MBPP},\n{bad}]"))], "x.json:3: missing field `code`");
    check_error(
        &[("x.json", "[{},\n1]")],
        &format!("x.json:1: a row without keys is of no known format; known are {}", names()),
    );
    check_error(&[("x.json", &format!("[{MBPP},\n1]"))], "x.json:2: invalid type: integer `1`, expected an object");
    check_error(&[("x.json", "[{]")], "x.json: key must be a string at line 1 column 3");
}

#[test]
fn a_humanevalfix_row_has_a_program_to_mend() {
    let dataset = load_all(&[("x.jsonl", FIX)]);
    let problem = &dataset.problems[0];
    assert_eq!(problem.style, Style::Completion { entry_point: "f".into() });
    assert_eq!(&*dataset.starting_programs[&problem.id], "def f(x):\n    return x - 1\n");
    assert!(problem.reference.as_deref().unwrap().ends_with("\"\"\"\n    return x + 1\n"));
    assert_eq!(problem.tests.hidden, scripts(["def check(f):\n    assert f(1) == 2\n\ncheck(f)"]));
    // Within quotes the example does not end its line, so the pack's own example stands in.
    assert_eq!(problem.tests.public, scripts(["def check(f):\n    assert f(3) == 4\ncheck(f)\n"]));
    let plain = with(FIX, "f(1) == 2", "\\n    f(1) == 2\\n");
    assert_eq!(one(&plain).tests.public, scripts(["assert f(1) == 2\n"]));
    assert_eq!(one(&plain).digest, one(&plain).with_digest().digest);

    let other = with(FIX, "x - 1", "x - 2");
    assert_ne!(load_all(&[("x.jsonl", &other)]).digest, dataset.digest);
    let go = load_all(&[("x.jsonl", &with(FIX, "Python/1", "Go/1"))]);
    assert_eq!(go.problems[0].language.as_str(), "go");
    assert_eq!(go.problems[0].tests.hidden, scripts(["def check(f):\n    assert f(1) == 2\n\ncheck(f)"]));
    assert_ne!(go.problems[0].digest, problem.digest);
    check_row(&with(FIX, "\"declaration\"", "\"decl\""), "missing field `declaration`");
}

#[test]
fn an_apps_row_is_read_as_its_folder_would_be() {
    let question = ("a/0017/question.txt", "Print 2.");
    let tests = ("a/0017/input_output.json", r#"{"inputs":["1\n"],"outputs":["2\n"]}"#);
    let rest =
        [("a/0017/solutions.json", r#"["print(2)\n"]"#), ("a/0017/metadata.json", r#"{"difficulty":"interview"}"#)];
    let folder = load_all(&[question, tests, rest[0], rest[1]]).problems.remove(0);
    assert_eq!(one(APPS), folder);
    assert_eq!(one(&with(APPS, "problem_id", "id")), folder);

    let huge =
        with(APPS, r#"\"inputs\":[\"1\\n\"]"#, r#"\"fn_name\":\"f\",\"inputs\":[[1e400,123456789012345678901]]"#);
    let huge = one(&with(&huge, r#"[\"2\\n\"]"#, "[[-123456789012345678901]]"));
    let args = Literal("[1e400,123456789012345678901]".into());
    assert_eq!(huge.tests.hidden, [Test::Call { args, expected: Literal("-123456789012345678901".into()) }]);
    assert!(huge.context.is_some());
}

#[test]
fn bad_apps_rows_name_the_field() {
    let without = |field: &str| with(APPS, &format!("\"{field}\":"), "\"gone\":");
    check_row(&without("input_output"), "the problem has no hidden tests: `input_output` is empty");
    check_row(&without("problem_id"), "missing field `problem_id`");
    check_row(
        &with(APPS, r#"\"inputs\":["#, r#"\"inputs\":[3,"#),
        "`input_output`: `inputs` has 2 entries but `outputs` has 1",
    );
    check_row(
        &with(APPS, r#"[\"1\\n\"]"#, "[3]"),
        "`input_output`: `inputs[0]`: invalid type: integer `3`, expected a string",
    );
    check_row(
        &with(APPS, r#"[\"print(2)\\n\"]"#, "[7]"),
        "`solutions`: `solutions[0]`: invalid type: integer `7`, expected a string",
    );
    check_row(&with(APPS, r#"[\"print(2)\\n\"]"#, "["), "`solutions`: EOF while parsing a list at column 1");
    assert!(one(&with(APPS, r#"[\"print(2)\\n\"]"#, "")).reference.is_none());
}

#[test]
fn five_problems_of_our_own_load() {
    let dataset = load_all(&[("problems.jsonl", include_str!("../../../examples/own-problems/problems.jsonl"))]);
    let rendered: Vec<String> = dataset
        .problems
        .iter()
        .map(|problem| {
            let asked = problem.style.entry_point().unwrap_or("program");
            let (public, hidden) = (problem.tests.public.len(), problem.tests.hidden.len());
            format!("{} {asked}: {public} public, {hidden} hidden, {:?}", problem.id, problem.integrity)
        })
        .collect();
    insta::assert_snapshot!(rendered.join("\n"), @"
    example/double double: 1 public, 2 hidden, Isolated
    example/mean mean: 0 public, 2 hidden, Isolated
    example/inverse decode: 0 public, 1 hidden, Isolated
    example/sum program: 1 public, 2 hidden, Isolated
    example/counter counter: 0 public, 1 hidden, Cooperative
    ");
    let double = &dataset.problems[0];
    let Test::Call { args, .. } = &double.tests.hidden[1] else { panic!("a call") };
    assert_eq!((&*args.0, double.mutants.len()), ("[123456789012345678901234567890]", 1));
    assert_eq!(dataset.problems[1].tolerance, Some(1e-9));
    assert!(dataset.problems[2].context.is_some() && dataset.problems[2].starter_code.is_some());
}

#[test]
fn bad_rows_of_our_own_name_the_field() {
    check_row(
        &with(OWN, "entry_point", "entrypoint"),
        "unknown field `entrypoint`, expected one of `context`, `date`, `difficulty`, `entry_point`, `id`, `impossible`, \
         `integrity`, `language`, `memory_limit`, `mutants`, `oracle`, `rating`, `reference`, `starter_code`, `statement`, \
         `style`, `tags`, `tests`, `time_limit`, `tolerance`",
    );
    check_row(&with(OWN, "hidden", "hiden"), "`tests`: unknown field `hiden`, expected one of `hidden`, `public`");
    check_row(&with(OWN, "\"a/1\"", "\"\""), "`id`: is empty");
    check_row(&with(OWN, "[1]", "1"), "`tests.hidden[0].call.args`: invalid type: integer `1`, expected a sequence");
    check_row(
        &with(OWN, "call", "cal"),
        "`tests.hidden[0]`: unknown variant `cal`, expected one of `call`, `script`, `stdio`",
    );
    check_row(&with(OWN, ",\"expected\":2", ""), "`tests.hidden[0]`: missing field `expected`");
    check_row(
        &with(OWN, "\"entry_point\":\"f\",", ""),
        "`tests.hidden[0]`: a problem without `entry_point` has `stdio` tests only",
    );
    let stdio = with(OWN, r#"{"call":{"args":[1],"expected":2}}"#, r#"{"stdio":{"input":"","expected":""}}"#);
    check_row(&stdio, "`tests.hidden[0]`: a problem with `entry_point` has no `stdio` tests");
    check_row(
        &with(OWN, r#"{"call":{"args":[1],"expected":2}}"#, ""),
        "the problem has no hidden tests: `tests.hidden` is empty",
    );
    check_row(
        &with(OWN, "{", r#"{"integrity":"weak","#),
        "`integrity`: unknown variant `weak`, expected `isolated` or `cooperative`",
    );
}

const QUIX: [(&str, &str); 4] = [
    ("q/python_programs/f.py", "def f(x):\n    return x\n\n\"\"\"\nNext\n\n>>> f(1)\n2\n\"\"\"\n"),
    ("q/correct_python_programs/f.py", "def f(x):\n    return x + 1\n"),
    ("q/json_testcases/f.json", "[[1], 2]\n[3, 4]\n"),
    ("q/python_programs/node.py", "class Node: pass\n"),
];

#[test]
fn a_quixbugs_program_is_a_problem_if_it_has_cases() {
    let dataset = load_all(&QUIX);
    let [problem] = &dataset.problems[..] else { panic!("one problem") };
    insta::assert_snapshot!(problem.statement, @"
    Write a Python function `f(x)`.

    Next

    >>> f(1)
    2
    ");
    assert_eq!(problem.tests.public, scripts(["assert f(1) == 2\n"]));
    let call =
        |args: &str, expected: &str| Test::Call { args: Literal(args.into()), expected: Literal(expected.into()) };
    assert_eq!(problem.tests.hidden, [call("[1]", "2"), call("[3]", "4")]);
    assert_eq!(&*dataset.starting_programs[&problem.id], QUIX[0].1);
}

#[track_caller]
fn check_rule(pytest: &str, cases: &str, hidden: &[Test], integrity: Integrity, public: usize) {
    let mut files = QUIX.to_vec();
    files.retain(|(path, _)| *path != "q/json_testcases/f.json");
    files.extend([("q/json_testcases/f.json", cases), ("q/python_testcases/test_f.py", pytest)]);
    let problem = load_all(&files).problems.remove(0);
    assert_eq!((&*problem.tests.hidden, problem.integrity), (hidden, integrity), "{pytest}");
    assert_eq!(problem.tests.public.len(), public, "{pytest}");
}

#[test]
fn the_pytest_file_of_a_quixbugs_program_says_how_its_cases_are_judged() {
    let call = Test::Call { args: Literal("[1, 0.5]".into()), expected: Literal("[[2, 3]]".into()) };
    let case = "[[1, 0.5], [[2, 3]]]\n";
    let (isolated, cooperative) = (Integrity::Isolated, Integrity::Cooperative);
    let plain = "def test_f(input_data, expected):\n    assert f(*input_data) == expected\n";
    check_rule(plain, case, &[call], isolated, 1);
    let exhausts = "    assert list(f(*input_data)) == expected\n";
    check_rule(exhausts, case, &scripts(["assert list(f(1, 0.5)) == [[2, 3]]\n"]), cooperative, 1);
    let tuples = "testdata = [[inp, [tuple(x) for x in out]] for inp, out in testdata]\n";
    check_rule(tuples, case, &scripts(["assert f(1, 0.5) == [(2, 3,)]\n"]), isolated, 1);
    let nearly = "    assert f(*input_data) == pytest.approx(expected, abs=input_data[-1])\n";
    check_rule(nearly, "[[1, 0.5], 2]\n", &scripts(["assert abs(f(1, 0.5) - 2) <= 0.5\n"]), isolated, 0);
    let skips = "    if input_data == [\n        7,\n        8,\n    ]:\n        pytest.skip(\"slow\")\n";
    let call = Test::Call { args: Literal("[1]".into()), expected: Literal("2".into()) };
    check_rule(skips, "[[7, 8], 9]\n[[1], 2]\n", &[call], isolated, 1);
}

#[track_caller]
fn check_quix(path: &str, text: &str, message: &str) {
    let mut files = QUIX.to_vec();
    files.retain(|(other, _)| *other != path);
    files.push((path, text));
    check_error(&files, message);
}

#[test]
fn bad_quixbugs_files_are_named_with_their_line() {
    let cases = "q/json_testcases/f.json";
    check_quix(
        cases,
        "[[1], 2]\n[[1]]\n",
        "q/json_testcases/f.json:2: expected an input and an output, found 1 values",
    );
    check_quix(cases, "[[1], 2]\n\n{}\n", "q/json_testcases/f.json:3: invalid type: object, expected an array");
    check_quix(cases, "", "q/json_testcases/f.json: the problem has no hidden tests: the file holds no case");
    check_quix("q/python_programs/f.py", "x = 1", "q/python_programs/f.py: the file defines no function `f`");
    let deep = format!("[[{}{}], []]", "[".repeat(100_000), "]".repeat(100_000));
    let flatten = [
        ("q/python_programs/flatten.py", "def flatten(x): pass"),
        ("q/json_testcases/flatten.json", &*deep),
        ("q/python_testcases/test_flatten.py", "    assert list(flatten(*input_data)) == expected\n"),
    ];
    check_error(&flatten, "q/json_testcases/flatten.json:1: `value`: recursion limit exceeded");
    let (path, nodes) = ("q/python_testcases/test_g.py", "from node import Node\n\ndef test1():\n    pass\n");
    let with_g = [("q/python_programs/g.py", "def g():\n    pass\n"), (path, nodes)];
    check_error(&with_g, "q/python_testcases/test_g.py: it needs `python_testcases/node.py`, which is not there");
    let untested = [with_g[0], (path, "import pytest\n")];
    check_error(
        &untested,
        "q/python_testcases/test_g.py: the problem has no hidden tests: the file defines no test function",
    );
}

#[test]
fn a_recorded_row_is_a_program_without_input_and_how_it_ended() {
    let row = r#"{"id":"r1","source":"x","program":"print(1)","expected_official":"y","expected_script":"passed","flags":["slow"],"wall_s":0.1}"#;
    let dataset = load_all(&[("x.jsonl", row)]);
    let recorded = &dataset.recorded[&dataset.problems[0].id];
    assert_eq!(
        (&*recorded.program, &*recorded.outcome, &*recorded.flags),
        ("print(1)", "passed", &["slow".into()][..])
    );
    assert_eq!(dataset.problems[0].tests.hidden, [Test::Stdio { input: "".into(), expected: "".into() }]);
    let other = load_all(&[("x.jsonl", &with(row, "passed", "syntax"))]);
    assert_ne!(dataset.digest, other.digest);
    check_row(&with(row, "\"passed\"", "1"), "`expected_script`: invalid type: integer `1`, expected a string");
    check_row(&with(row, "\"id\"", "\"name\""), "missing field `id`");
}

#[test]
fn every_program_that_stands_in_a_data_set_is_listed_in_order() {
    let apps = with(APPS, r#"[\"print(2)\\n\"]"#, r#"[\"print(2)\",\"print(1+1)\",\"print(6//3)\"]"#);
    let mutant = r#""reference":"f = abs","mutants":[{"name":"m","find":"abs","replace":"int","public":"passed","hidden":"wrong_answer"}],"tests""#;
    let dataset = load_all(&[("a.jsonl", &apps), ("b.jsonl", FIX), ("c.jsonl", &with(OWN, "\"tests\"", mutant))]);
    let listed: Vec<String> = dataset.listed().map(|listed| format!("{} {}", listed.problem.id, listed.part)).collect();
    insta::assert_snapshot!(listed.join("\n"), @"
    d/0017 reference
    d/0017 solution 2
    d/0017 solution 3
    Python/1 reference
    Python/1 program to mend
    a/1 reference
    a/1 mutant m
    ");
    assert_eq!(&*dataset.listed().last().unwrap().program, "f = int");
}

#[test]
fn a_pin_holds_for_its_problem_and_test_only() {
    let text = "[[pins]]\nproblem = 'mbpp/7'\nwith_test = 'assert double(2) == 4'\nintegrity = 'cooperative'\n\
                public_left_out = ['assert set(double(1)) == 2', 'no test']\nwhy = 'w'\n";
    let card = format!("name = 'd'\ntitle = 'D'\nlicence = 'MIT'\ndescription = 'x'\nfiles = []\n{text}");
    let pin = mend_dataset::Card::from_toml("d.toml", &card).unwrap().pins.remove(0);
    let pinned = |pin: &Pin, row: &str| {
        let files = bundle(&[("x.jsonl", row)]);
        load_with("d", &files, Loading { on_invalid: OnInvalid::Fail, format: None, pins: std::slice::from_ref(pin) })
            .unwrap()
            .problems
            .remove(0)
    };
    let problem = pinned(&pin, MBPP);
    assert_eq!((problem.integrity, problem.tests.public.len()), (Integrity::Cooperative, 0));
    assert_ne!(problem.digest, one(MBPP).digest);
    assert_ne!(problem.digest, Digest::of(b""));
    for other in [with(MBPP, ":7", ":8"), with(MBPP, "== 4", "== 5")] {
        assert_eq!(pinned(&pin, &other), one(&other));
    }
}

proptest! {
    #[test]
    fn damaged_files_never_panic(at in 0usize..500, byte: u8, cut in 1usize..500) {
        let array = format!("[{MBPP},\n{APPS}]");
        let hanoi = [("q/python_programs/hanoi.py", "def hanoi(n): pass"), ("q/json_testcases/hanoi.json", "[[1], [[1, 2]]]")];
        let sqrt = [("q/python_programs/sqrt.py", "def sqrt(n): pass"), ("q/json_testcases/sqrt.json", "[[\"a\\n\"], {}]")];
        let graph = [
            ("q/python_programs/g.py", "def g(): pass"),
            ("q/python_testcases/test_g.py", "from node import Node\ndef test1():\n    pass\n"),
            ("q/python_testcases/node.py", "class Node: pass\n"),
        ];
        let rows = [("1.jsonl", MBPP), ("2.jsonl", FIX), ("3.jsonl", APPS), ("4.jsonl", OWN), ("5.json", &array)];
        let files: Vec<_> = rows.into_iter().chain(QUIX).chain(hanoi).chain(sqrt).chain(graph).collect();
        for victim in 0..files.len() {
            let mut files = bundle(&files);
            let bytes = &mut files[victim].bytes;
            let length = bytes.len();
            bytes[at % length] = byte;
            bytes.truncate(if cut % 2 == 0 { length } else { cut });
            let _ = load("d", &files, OnInvalid::Skip);
        }
    }
}
