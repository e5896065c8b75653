//! Rows of LiveCodeBench, CodeContests and SandboxFusion: made ones, and those of the optional data folder.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::write::ZlibEncoder;
use mend_core::{Literal, Problem, Style, Test};
use mend_dataset::{Dataset, OnInvalid, SourceFile, load};
use mend_testkit::shared_bytes;
use proptest::prelude::*;
use serde_json::{Value, json};
use std::io::Write as _;

fn dataset(row: &Value) -> Result<Dataset, String> {
    let file = SourceFile { path: "x.jsonl".into(), bytes: row.to_string().into_bytes() };
    load("d", &[file], OnInvalid::Fail).map_err(|error| error.to_string())
}

fn one(row: &Value) -> Problem {
    dataset(row).unwrap().problems.remove(0)
}

/// A row with some field replaced.
fn with(row: &Value, field: &str, value: Value) -> Value {
    let mut row = row.clone();
    row[field] = value;
    row
}

#[track_caller]
fn check_refused(row: &Value, message: &str) {
    assert_eq!(dataset(row).unwrap_err(), format!("x.jsonl:1: {message}"));
}

fn stdio(input: &str, expected: &str) -> Test {
    Test::Stdio { input: input.into(), expected: expected.into() }
}

fn call(args: &str, expected: &str) -> Test {
    Test::Call { args: Literal(args.into()), expected: Literal(expected.into()) }
}

fn packed(pickle: &[u8]) -> String {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(pickle).unwrap();
    STANDARD.encode(encoder.finish().unwrap())
}

/// A pickled text, packed.
fn packed_text(text: &str) -> String {
    let length = u32::try_from(text.len()).unwrap().to_le_bytes();
    packed(&[b"\x80\x04X", &length[..], text.as_bytes(), b"\x94."].concat())
}

/// A row of LiveCodeBench that asks for a program.
fn contest() -> Value {
    json!({
        "question_title": "Twice", "question_content": "Print the number twice.", "platform": "atcoder",
        "question_id": "own_a", "contest_id": "own", "contest_date": "2024-08-03T00:00:00", "starter_code": "",
        "difficulty": "easy", "metadata": "{}",
        "public_test_cases": r#"[{"input": "1\n", "output": "1 1\n", "testtype": "stdin"}]"#,
        "private_test_cases": r#"[{"input": "2\n", "output": "2 2\n", "testtype": "stdin"}]"#,
    })
}

/// One that asks for a function.
fn function() -> Value {
    json!({
        "question_content": "Add them.", "question_id": "own_f", "contest_date": "2023-01-31", "platform": "leetcode",
        "starter_code": "class Solution:\n    def add(self, a: int, b: List[int]) -> int:\n        ",
        "metadata": r#"{"func_name": "add"}"#,
        "public_test_cases": r#"[{"input": "1\n[2, 3]", "output": "6", "testtype": "functional"}]"#,
        "private_test_cases": packed_text(r#"[{"input": "12345678901234567890\n[]\n", "output": "12345678901234567890", "testtype": "functional"}]"#),
    })
}

#[test]
fn a_livecodebench_row_has_the_tests_of_its_statement_before_its_private_ones() {
    let problem = one(&contest());
    assert_eq!((problem.id.as_str(), &*problem.statement), ("own_a", "Print the number twice."));
    assert_eq!(problem.style, Style::Program);
    assert_eq!(problem.tests.public, [stdio("1\n", "1 1\n")]);
    assert_eq!(problem.tests.hidden, [stdio("1\n", "1 1\n"), stdio("2\n", "2 2\n")]);
    assert_eq!(problem.about.date.as_ref().unwrap().as_str(), "2024-08-03");
    assert_eq!((problem.about.tags, problem.difficulty.as_deref()), (vec!["atcoder".to_owned()], Some("easy")));
    assert!(problem.starter_code.is_none() && problem.context.is_none());
}

#[test]
fn a_livecodebench_row_with_a_function_has_a_json_value_for_each_argument() {
    let problem = one(&function());
    assert_eq!(problem.style, Style::Function { entry_point: "add".into() });
    assert_eq!(problem.tests.public, [call("[1, [2, 3]]", "6")]);
    assert_eq!(problem.tests.hidden[1], call("[12345678901234567890, []]", "12345678901234567890"));
    assert!(problem.context.is_some_and(|context| context.contains("List")));
    assert!(problem.starter_code.is_some_and(|code| code.starts_with("class Solution")));
}

#[test]
fn packed_private_tests_are_those_of_plain_json() {
    let plain = contest();
    let packed = with(&plain, "private_test_cases", json!(packed_text(plain["private_test_cases"].as_str().unwrap())));
    assert_eq!(one(&packed), one(&plain));
    let none = with(&plain, "private_test_cases", json!(""));
    assert_eq!(one(&none).tests.hidden.len(), 1);
}

#[test]
fn bad_livecodebench_rows_name_the_field() {
    let row = contest();
    check_refused(
        &with(&row, "contest_date", json!("soon")),
        "`contest_date`: `soon` is not a day, expected one such as `2024-08-31`",
    );
    check_refused(&with(&row, "metadata", json!("{")), "`metadata`: EOF while parsing an object at column 1");
    check_refused(
        &with(&row, "metadata", json!(r#"{"func_name": "a b"}"#)),
        "`metadata`: `func_name`: `a b` is not a Python identifier",
    );
    check_refused(
        &with(&row, "metadata", json!(r#"{"func_name": "f"}"#)),
        "`public_test_cases[0]`: `testtype` is `stdin`, but the problem asks for a function, as `func_name` in `metadata` says",
    );
    check_refused(
        &with(&function(), "metadata", json!("")),
        "`public_test_cases[0]`: `testtype` is `functional`, but the problem asks for a program, since `metadata` has no `func_name`",
    );
    check_refused(
        &with(&function(), "public_test_cases", json!(r#"[{"input": "1\nx", "output": "6"}]"#)),
        "`public_test_cases[0]`: its input is not a JSON value: expected value at column 1",
    );
    check_refused(
        &with(&row, "public_test_cases", json!("[1]")),
        "`public_test_cases`: invalid type: integer `1`, expected an object with `input` and `output`",
    );
    let none = with(&with(&row, "public_test_cases", json!("[]")), "private_test_cases", json!("[]"));
    check_refused(&none, "the problem has no hidden tests: `public_test_cases` and `private_test_cases` are empty");
    check_refused(&with(&row, "question_id", json!(" ")), "`question_id`: is empty");
}

#[test]
fn a_hostile_pickle_is_refused_by_name_and_never_run() {
    let hostile = |pickle: &[u8]| with(&contest(), "private_test_cases", json!(packed(pickle)));
    check_refused(
        &hostile(b"\x80\x02cposix\nsystem\nq\x00X\x04\x00\x00\x00trueq\x01\x85q\x02Rq\x03."),
        "`private_test_cases`: byte 2 of the pickle, 0x63, imports something: only a text or a dict of texts is read, and nothing is unpickled",
    );
    check_refused(&hostile(b"\x80\x04}\x94."), "`private_test_cases`: packs a dict, expected a text");
    check_refused(
        &hostile(b"\x80\x04]\x94."),
        "`private_test_cases`: byte 2 of the pickle, 0x5d, makes a list: only a text or a dict of texts is read, and nothing is unpickled",
    );
    let text = with(&contest(), "private_test_cases", json!("{}"));
    assert!(dataset(&text).unwrap_err().starts_with("x.jsonl:1: `private_test_cases`: is not base 64"));
    let wrong = with(&contest(), "private_test_cases", json!(packed_text("{}")));
    check_refused(&wrong, "`private_test_cases`: invalid type: object, expected an array");
}

/// A row of CodeContests as the hub has it.
fn codecontests() -> Value {
    json!({
        "name": "1_A. Own", "description": "Add one.", "source": 2, "difficulty": 7, "cf_rating": 800, "cf_tags": ["math", ""],
        "time_limit": {"seconds": 1, "nanos": 500_000_000}, "memory_limit_bytes": 256_000_000, "input_file": "", "output_file": "",
        "public_tests": {"input": ["1\n"], "output": ["2\n"]}, "private_tests": {"input": ["2\n"], "output": ["3\n"]},
        "generated_tests": {"input": ["3\n", "4\n"], "output": ["4\n", "5\n"]},
        "solutions": {"language": [2, 3, 3], "solution": ["int main(){}", "print(int(input())+1)", "print(1+int(input()))"]},
        "incorrect_solutions": {"language": [3, 4], "solution": ["print(2)", "class X {}"]},
    })
}

#[test]
fn a_codecontests_row_has_limits_and_all_of_its_tests() {
    let dataset = dataset(&codecontests()).unwrap();
    let problem = &dataset.problems[0];
    assert_eq!((problem.id.as_str(), problem.style.entry_point()), ("1_A. Own", None));
    assert_eq!(problem.tests.public, [stdio("1\n", "2\n")]);
    assert_eq!(problem.tests.hidden.len(), 4);
    assert_eq!((problem.limits.cpu_ms, problem.limits.memory_bytes), (Some(1500), Some(256_000_000)));
    assert_eq!((problem.difficulty.as_deref(), problem.about.rating), (Some("A"), Some(800)));
    assert_eq!(problem.about.tags, ["math", "codeforces"]);
    let listed: Vec<String> = dataset.listed().map(|listed| format!("{}: {}", listed.part, listed.program)).collect();
    insta::assert_snapshot!(listed.join("\n"), @"
    reference: print(int(input())+1)
    solution 2: print(1+int(input()))
    wrong solution 1: print(2)
    ");
    let other = with(&codecontests(), "time_limit", Value::Null);
    assert_ne!(one(&other).digest, problem.digest, "a limit decides verdicts");
}

#[test]
fn a_codecontests_row_may_be_json_of_the_original_messages() {
    let row = json!({
        "name": "1_A. Own", "description": "Add one.", "source": "CODEFORCES", "difficulty": "A", "cf_rating": 800, "cf_tags": ["math"],
        "time_limit": "1.500s", "memory_limit_bytes": "256000000",
        "public_tests": [{"input": "1\n", "output": "2\n"}], "private_tests": [{"input": "2\n", "output": "3\n"}],
        "generated_tests": [{"input": "3\n", "output": "4\n"}, {"input": "4\n", "output": "5\n"}],
        "solutions": [{"language": "CPP", "solution": "int main(){}"}, {"language": "PYTHON3", "solution": "print(int(input())+1)"}],
    });
    let (mut ours, theirs) = (one(&codecontests()), one(&row));
    ours.reference.clone_from(&theirs.reference);
    assert_eq!(ours, theirs);
    let bare = json!({"name": "a", "description": "", "public_tests": {"input": [""], "output": [""]}, "difficulty": 0, "source": 0,
        "cf_rating": 0, "memory_limit_bytes": 0, "time_limit": null});
    let bare = one(&bare);
    assert!(bare.difficulty.is_none() && bare.about.is_none() && bare.limits.is_none());
}

#[test]
fn a_codecontests_problem_with_files_is_there_and_unsupported() {
    let problem = one(&with(&codecontests(), "input_file", json!("shop.in")));
    assert_eq!(
        problem.unsupported.as_deref(),
        Some("a program reads the file `shop.in` here, and only standard input and output are judged")
    );
    assert_ne!(problem.digest, one(&codecontests()).digest);
}

#[test]
fn bad_codecontests_rows_name_the_field() {
    let row = codecontests();
    check_refused(
        &with(&row, "private_tests", json!({"input": ["1"], "output": []})),
        "`private_tests`: `input` has 1 entries but `output` has 0",
    );
    check_refused(
        &with(&row, "solutions", json!({"language": [3], "solution": []})),
        "`solutions`: `language` has 1 entries but `solution` has 0",
    );
    check_refused(
        &with(&row, "public_tests", json!([{"input": 1, "output": "2"}])),
        "`public_tests`: invalid type: integer `1`, expected a string",
    );
    check_refused(
        &with(&row, "time_limit", json!("soon")),
        "`time_limit`: `soon` is not a duration, expected seconds such as `2.5s`",
    );
    check_refused(
        &with(&row, "time_limit", json!(-1)),
        "`time_limit`: `-1` is not a limit, expected seconds above 0 and up to 3600",
    );
    let mut none = with(&row, "public_tests", Value::Null);
    for field in ["private_tests", "generated_tests"] {
        none[field] = json!([]);
    }
    check_refused(
        &none,
        "the problem has no hidden tests: `public_tests`, `private_tests` and `generated_tests` are empty",
    );
}

#[test]
fn a_sandboxfusion_row_is_read_in_each_of_its_forms() {
    let tests = json!([{"input": {"stdin": "1\n"}, "output": {"stdout": "2\n"}}]);
    let row = json!({
        "id": 3, "content": "Add one.", "test": tests, "labels": {"name": " 1_A. Own ", "difficulty": "A", "source": "CODEFORCES"},
        "canonical_solution": "print(int(input())+1)",
    });
    let problem = one(&row);
    assert_eq!((problem.id.as_str(), problem.tests.hidden.len()), ("1_A. Own", 1));
    assert!(problem.reference.is_some() && problem.tests.public.is_empty());
    assert_eq!(problem.about.tags, ["codeforces"]);
    let texts = with(&with(&row, "test", json!(tests.to_string())), "labels", json!(row["labels"].to_string()));
    assert_eq!(one(&texts), problem);

    let dict = |json: &str| {
        let length = u32::try_from(json.len()).unwrap().to_le_bytes();
        packed(&[b"\x80\x04}\x94\x8c\x0cinput_output\x94X", &length[..], json.as_bytes(), b"\x94s."].concat())
    };
    let functions = json!({
        "id": 4, "content": "Add.", "test": dict(r#"{"inputs": ["1\n2"], "outputs": ["3"], "fn_name": "add"}"#), "labels": "{}",
        "canonical_solution": "import sys; sys.exit(0)",
    });
    let problem = one(&functions);
    assert_eq!((problem.id.as_str(), problem.style.entry_point()), ("d/4", Some("add")));
    assert_eq!(problem.tests.hidden, [call("[1, 2]", "3")]);
    assert_eq!(problem.reference, None, "a program that only exits stands for a solution that is not given away");

    let unequal = with(&functions, "test", json!(dict(r#"{"inputs": ["1"], "outputs": []}"#)));
    check_refused(&unequal, "`test`: `inputs` has 1 entries but `outputs` has 0");
    let other = with(&functions, "test", json!(packed(b"\x80\x04}\x94\x8c\x01a\x94\x8c\x01b\x94s.")));
    check_refused(&other, "`test`: packs a dict without `input_output`");
    check_refused(&with(&row, "test", json!([])), "the problem has no hidden tests: `test` is empty");
}

proptest! {
    #[test]
    fn damaged_rows_never_panic(at in 0usize..2000, byte: u8, cut in 0usize..2000) {
        for row in [contest(), function(), codecontests()] {
            let whole = row.to_string().into_bytes();
            let mut bytes = whole.clone();
            bytes[at % whole.len()] = byte;
            let short = whole[..cut % whole.len()].to_vec();
            for bytes in [bytes, short] {
                let _ = load("d", &[SourceFile { path: "x.jsonl".into(), bytes }], OnInvalid::Skip);
            }
        }
    }
}

fn file_of(path: &str) -> Option<Dataset> {
    let bytes = shared_bytes(path)?;
    Some(load("d", &[SourceFile { path: "x.jsonl".into(), bytes }], OnInvalid::Fail).unwrap())
}

#[test]
fn the_published_rows_of_contests_load_in_full() {
    let Some(dataset) = file_of("data/contests/code_eval_code_contests.jsonl.gz") else { return };
    assert_eq!(dataset.problems.len(), 20);
    assert!(dataset.problems.iter().all(|problem| problem.style == Style::Program && problem.reference.is_none()));
    let tests: usize = dataset.problems.iter().map(|problem| problem.tests.hidden.len()).sum();
    assert_eq!(tests, 2233);
    assert_eq!(dataset.problems[3].id.as_str(), "1000_A. Codehorses T-shirts");

    let dataset = file_of("data/contests/code_eval_live_code_bench_v1.jsonl").unwrap();
    let told: Vec<String> = dataset
        .problems
        .iter()
        .map(|problem| {
            let asked = problem.style.entry_point().unwrap_or("a program");
            format!("{}: {asked}, {} tests, {:?}", problem.id, problem.tests.hidden.len(), problem.about.tags)
        })
        .collect();
    insta::assert_snapshot!(told.join("\n"), @r#"
    codeforces/1873_A: a program, 5 tests, ["codeforces"]
    leetcode/2727: countSeniors, 14 tests, ["leetcode"]
    atcoder/abc301_a: a program, 15 tests, ["atcoder"]
    "#);
}
