//! What a problem brings beside its tests: limits, a language, an oracle, or a reason why nobody can judge it; and programs
//! for published rows that bring such things.

use crate::common::{
    AMPLE, check_status, function, hidden, judge_all, judge_with, portion, program, script, stdio, task,
};
use mend_core::{Integrity, JudgeLimits, Language, OwnLimits, Problem, Status, Verdict};
use mend_dataset::{Dataset, OnInvalid, SourceFile, load};
use mend_judge::{JudgeError, JudgeOptions};
use mend_testkit::shared_bytes;
use serde_json::json;

#[test]
fn a_problems_own_limits_hold_in_the_place_of_the_runs() {
    let spins = "while True:\n    pass\n";
    let short = JudgeOptions { limits: JudgeLimits { cpu_ms: 1, ..AMPLE.limits }, ..AMPLE };
    let mut printed = program([stdio("", "1\n")]);
    printed.limits = OwnLimits { cpu_ms: Some(300), memory_bytes: None };
    check_status(AMPLE, &printed, spins, Status::TimeLimit);
    check_status(short, &printed, "print(1)\n", Status::Passed);
    let mut called = function("f", [script("assert f() == 1\n")]);
    called.limits = printed.limits;
    check_status(AMPLE, &called, "def f():\n    while True:\n        pass\n", Status::TimeLimit);
    printed.limits = OwnLimits { cpu_ms: None, memory_bytes: Some(32 << 20) };
    check_status(AMPLE, &printed, "x = bytearray(400 << 20)\nprint(1)\n", Status::MemoryLimit);
    check_status(AMPLE, &printed, "x = bytearray(4 << 20)\nprint(1)\n", Status::Passed);
}

#[track_caller]
fn check_unsupported(problem: &Problem, why: &str) {
    match judge_with(AMPLE, problem, "def f():\n    return 1\n") {
        Err(error @ JudgeError::Unsupported { .. }) => assert_eq!(error.to_string(), format!("unsupported: {why}")),
        judged => panic!("{judged:?}"),
    }
}

#[test]
fn a_problem_in_another_language_is_unscored() {
    let mut problem = function("f", [script("assert f() == 1\n")]);
    problem.language = Language::new("Rust");
    check_unsupported(&problem, "the problem is in the language rust, and only Python is judged");
}

#[test]
fn a_problem_that_nobody_can_judge_is_unscored_with_its_reason() {
    let mut problem = program([stdio("", "1\n")]);
    problem.unsupported = Some("it reads a file".into());
    check_unsupported(&problem, "it reads a file");
}

/// A problem whose oracle yields the expected value.
fn with_oracle(integrity: Integrity) -> Problem {
    let mut problem = function("f", [script("assert f(3) == _expected(3)\n")]);
    problem.context = Some("STEP = 2\n".into());
    problem.oracle = Some("def _expected(x):\n    return x * STEP\n".into());
    problem.integrity = integrity;
    problem
}

#[test]
fn an_oracle_stands_before_the_tests() {
    for integrity in [Integrity::Isolated, Integrity::Cooperative] {
        let problem = with_oracle(integrity);
        check_status(AMPLE, &problem, "def f(x):\n    return x + x\n", Status::Passed);
        check_status(AMPLE, &problem, "def f(x):\n    return x\n", Status::WrongAnswer);
    }
}

#[test]
fn a_candidate_that_is_kept_apart_does_not_find_the_oracle() {
    for steals in [
        "def f(x):\n    return _expected(x)\n",
        "def f(x):\n    import builtins, sys\n    return sys.modules['__main__']._expected(x)\n",
        "import gc\ndef f(x):\n    found = [one for one in gc.get_objects() if getattr(one, '__name__', '') == '_expected']\n    return found[0](x)\n",
    ] {
        check_status(AMPLE, &with_oracle(Integrity::Isolated), steals, Status::RuntimeError);
    }
}

/// The problem of a row.
fn row(row: &serde_json::Value) -> Problem {
    let file = SourceFile { path: "x.jsonl".into(), bytes: row.to_string().into_bytes() };
    load("d", &[file], OnInvalid::Fail).unwrap().problems.remove(0)
}

#[track_caller]
fn check_row(problem: &Problem, program: &str, status: Status) {
    check_status(AMPLE, problem, program, status);
}

#[test]
fn a_row_of_evalplus_compares_with_what_its_solution_yields() {
    let of = |solution: &str, inputs: serde_json::Value, atol: f64| {
        row(&json!({
            "task_id": "HumanEval/900", "prompt": "def f(x):\n    \"\"\"Do it.\"\"\"\n", "entry_point": "f",
            "canonical_solution": solution, "base_input": inputs, "plus_input": [[7]], "atol": atol, "contract": "",
        }))
    };
    let program = |value: &str| format!("def f(x):\n    return {value}\n");
    let tenth = of("    return x / 10\n", json!([[3], [1]]), 0.0);
    check_row(&tenth, &program("x / 10"), Status::Passed);
    check_row(&tenth, &program("x / 10 + 1e-9"), Status::Passed);
    check_row(&tenth, &program("x / 10 + 1e-4"), Status::WrongAnswer);
    check_row(&tenth, &program("str(x / 10)"), Status::WrongAnswer);
    check_row(&tenth, &program("float('nan')"), Status::WrongAnswer);
    // The plus input is the third.
    check_row(&tenth, &program("x / 10 if x < 7 else 0"), Status::WrongAnswer);
    check_row(&tenth, &program("1 / 0"), Status::RuntimeError);
    let wide = of("    return x / 10\n", json!([[3]]), 0.01);
    check_row(&wide, &program("x / 10 + 1e-3"), Status::Passed);
    let lists = of("    return [x / 3, x / 7]\n", json!([[3]]), 0.0);
    check_row(&lists, &program("[x * (1 / 3), x * (1 / 7)]"), Status::Passed);
    check_row(&lists, &program("(x / 3, x / 7)"), Status::WrongAnswer);
    check_row(&lists, &program("[x / 3]"), Status::WrongAnswer);
    let mixed = of("    return [x / 3, x]\n", json!([[3]]), 0.0);
    check_row(&mixed, &program("[x / 3 + 1e-9, x]"), Status::WrongAnswer);
    let changes = of("    x.append(1)\n    return len(x)\n", json!([[[2]]]), 0.0);
    let changes = Problem {
        tests: mend_core::TestSuite { hidden: vec![changes.tests.hidden[0].clone()], ..changes.tests },
        ..changes
    };
    check_row(&changes, &program("len(x) + 1"), Status::Passed);
}

#[test]
fn rows_of_mbpp_plus_with_a_comparison_of_their_own() {
    let of = |name: &str, solution: &str, inputs: serde_json::Value| {
        row(&json!({
            "task_id": "Mbpp/9000", "prompt": "\"\"\"\nDo it.\n\"\"\"\n", "entry_point": name, "canonical_solution": solution,
            "base_input": inputs, "plus_input": [], "atol": 0,
        }))
    };
    let elements = of("Diff", "def Diff(a, b):\n    return [x for x in a if x not in b]\n", json!([[[1, 2, 3], [2]]]));
    check_row(&elements, "def Diff(a, b):\n    return (3, 1, 3)\n", Status::Passed);
    check_row(&elements, "def Diff(a, b):\n    return [3]\n", Status::WrongAnswer);
    let something =
        of("check_str", "import re\ndef check_str(s):\n    return re.match('a', s)\n", json!([["ab"], ["b"]]));
    check_row(&something, "def check_str(s):\n    return s[0] == 'a'\n", Status::Passed);
    check_row(&something, "def check_str(s):\n    return 'Valid' if s[0] == 'a' else None\n", Status::Passed);
    check_row(&something, "def check_str(s):\n    return s\n", Status::WrongAnswer);
    let anything = of("are_equivalent", "def are_equivalent(a, b):\n    return a == b\n", json!([[1, 2]]));
    check_row(&anything, "def are_equivalent(a, b):\n    return 'x'\n", Status::Passed);
    check_row(&anything, "def are_equivalent(a, b):\n    return a.x\n", Status::RuntimeError);
    let area = of("surface_Area", "def surface_Area(b, s):\n    return 2 * b * s + b * b\n", json!([[3, 4]]));
    check_row(&area, "def surface_Area(b, s):\n    return 33\n", Status::Passed);
    check_row(
        &area,
        "def surface_Area(b, h):\n    return round(b * b + 2 * b * ((b / 2) ** 2 + h * h) ** 0.5)\n",
        Status::Passed,
    );
    check_row(&area, "def surface_Area(b, s):\n    return 32\n", Status::WrongAnswer);
    let digits = of(
        "digit_distance_nums",
        "def digit_distance_nums(a, b):\n    return sum(map(int, str(abs(a - b))))\n",
        json!([[23, 56], [1, 256]]),
    );
    check_row(&digits, "def digit_distance_nums(a, b):\n    return sum(map(int, str(abs(a - b))))\n", Status::Passed);
    check_row(
        &digits,
        "def digit_distance_nums(a, b):\n    return sum(abs(int(x) - int(y)) for x, y in zip(f'{a:09}', f'{b:09}'))\n",
        Status::Passed,
    );
    check_row(&digits, "def digit_distance_nums(a, b):\n    return 0\n", Status::WrongAnswer);
    let zero = row(&json!({
        "task_id": "HumanEval/32", "prompt": "def poly(xs, x):\n    return sum(c * x ** i for i, c in enumerate(xs))\n\n\ndef find_zero(xs):\n    \"\"\"A zero.\"\"\"\n",
        "entry_point": "find_zero", "canonical_solution": "    return 1\n", "base_input": [[[-4, 0, 1]]], "plus_input": [], "atol": 0.0001,
    }));
    for (value, status) in [("2", Status::Passed), ("-2.0", Status::Passed), ("1.9", Status::WrongAnswer)] {
        check_row(&zero, &format!("def find_zero(xs):\n    return {value}\n"), status);
    }
}

#[test]
fn solutions_of_humaneval_plus_pass_all_inputs() {
    let Some(dataset) = rows("data/humanevalplus/HumanEvalPlus-Mini.jsonl.gz") else { return };
    let problems = portion(dataset.problems);
    let tasks = problems.iter().map(|problem| task(problem, problem.reference.as_deref().unwrap()));
    for (judged, problem) in judge_all(AMPLE, tasks).into_iter().zip(&problems) {
        let verdict = judged.unwrap_or_else(|error| panic!("{}: {error}", problem.id)).verdict;
        assert_eq!(verdict.status, Status::Passed, "{}", problem.id);
    }
}

#[test]
fn classes_of_unittest_judge_a_row_of_bigcodebench() {
    let tests = "import unittest\nfrom unittest.mock import patch\n\nclass TestCases(unittest.TestCase):\n    def test_a(self):\n        self.assertEqual(task_func([1]), '[1]')\n    @patch('json.dumps', return_value='x')\n    def test_b(self, _):\n        self.assertEqual(task_func(2), 'x')\n\nclass More(unittest.TestCase):\n    def test_c(self):\n        with self.assertRaises(TypeError):\n            task_func({1})\n";
    let mut fields = json!({
        "task_id": "BigCodeBench/9000", "complete_prompt": "import json\ndef task_func(x):\n    \"\"\"Dump x.\"\"\"\n", "entry_point": "task_func",
        "canonical_solution": "    return json.dumps(x)\n", "test": tests, "libs": "['json']",
    });
    let problem = row(&fields);
    let program = |body: &str| format!("import json\ndef task_func(x):\n    {body}\n");
    check_row(&problem, &program("return json.dumps(x)"), Status::Passed);
    check_row(&problem, &program("return str(x)"), Status::WrongAnswer);
    check_row(&problem, &program("return json.dumps(list(x))"), Status::RuntimeError);
    fields["complete_prompt"] = json!("import no_such_library\ndef task_func(x):\n    \"\"\"Dump x.\"\"\"\n");
    match judge_with(AMPLE, &row(&fields), &program("return 1")) {
        Err(error @ JudgeError::BrokenTest { .. }) => {
            assert!(error.to_string().contains("No module named 'no_such_library'"), "{error}");
        }
        judged => panic!("{judged:?}"),
    }
}

#[test]
fn a_row_of_multipl_e_in_python_is_judged() {
    let problem = row(&json!({
        "name": "HumanEval_900_inc", "language": "py", "prompt": "def inc(x: int) -> int:\n    \"\"\"One more.\"\"\"\n",
        "tests": "def check(candidate):\n    assert candidate(1) == 2\n\ndef test_check():\n    check(inc)\n\ntest_check()\n",
    }));
    check_row(&problem, "def inc(x):\n    return x + 1\n", Status::Passed);
    check_row(&problem, "def inc(x):\n    return x\n", Status::WrongAnswer);
}

fn rows(path: &str) -> Option<Dataset> {
    let bytes = shared_bytes(path)?;
    Some(load("d", &[SourceFile { path: "x.jsonl".into(), bytes }], OnInvalid::Fail).unwrap())
}

/// Programs of our own for published problems that list none: the right one passes, the wrong one fails.
#[track_caller]
fn check_published(dataset: &Dataset, id: &str, right: &str, wrong: &str) {
    let problem = dataset.problems.iter().find(|problem| problem.id.as_str() == id).unwrap();
    let status = |program: &str| hidden(AMPLE, problem, program).status;
    assert_eq!(status(right), Status::Passed, "{id}");
    assert_eq!(status(wrong), Status::WrongAnswer, "{id}");
}

#[test]
fn published_rows_of_livecodebench_tell_right_from_wrong() {
    let Some(dataset) = rows("data/contests/code_eval_live_code_bench_v1.jsonl") else { return };
    let cards = "for _ in range(int(input())):\n    word = input()\n    print('YES' if sum(a != b for a, b in zip(word, 'abc')) < LIMIT else 'NO')\n";
    check_published(&dataset, "codeforces/1873_A", &cards.replace("LIMIT", "3"), &cards.replace("LIMIT", "2"));
    let seniors = "class Solution:\n    def countSeniors(self, details: List[str]) -> int:\n        return sum(int(one[11:13]) > AGE for one in details)\n";
    check_published(&dataset, "leetcode/2727", &seniors.replace("AGE", "60"), &seniors.replace("AGE", "80"));
    let games = "n, s = input(), input()\nt, a = s.count('T'), s.count('A')\nprint('T' if t > a or t == a and s[-1] == LAST else 'A')\n";
    check_published(&dataset, "atcoder/abc301_a", &games.replace("LAST", "'A'"), &games.replace("LAST", "'T'"));
    for problem in &dataset.problems {
        // What stands in the rows in the place of a solution.
        let exits = judge_with(AMPLE, problem, "import sys; sys.exit(0)").unwrap().verdict;
        assert_ne!(Verdict::passes(&exits, mend_core::Suite::Hidden), Some(true), "{}", problem.id);
    }
}

#[test]
fn published_rows_of_codecontests_tell_right_from_wrong() {
    let Some(dataset) = rows("data/contests/code_eval_code_contests.jsonl.gz") else { return };
    let edges = "n, k = map(int, input().split())\nparent = list(range(n + 1))\ndef find(x):\n    while parent[x] != x:\n        parent[x] = parent[parent[x]]\n        x = parent[x]\n    return x\nfor _ in range(n - 1):\n    u, v, black = map(int, input().split())\n    if not black:\n        parent[find(u)] = find(v)\nsizes = {}\nfor x in range(1, n + 1):\n    sizes[find(x)] = sizes.get(find(x), 0) + 1\nprint((pow(n, k, MOD) - sum(pow(size, k, MOD) for size in sizes.values())) % MOD)\n";
    check_published(
        &dataset,
        "1139_C. Edgy Trees",
        &edges.replace("MOD", "(10 ** 9 + 7)"),
        &edges.replace("MOD", "(10 ** 9 + 9)"),
    );
    let monsters = "for _ in range(int(input())):\n    n, r = map(int, input().split())\n    shots = 0\n    for x in sorted(set(map(int, input().split())), reverse=True):\n        if x - shots * r > FLOOR:\n            shots += 1\n    print(shots)\n";
    check_published(&dataset, "1238_B. Kill 'Em All", &monsters.replace("FLOOR", "0"), &monsters.replace("FLOOR", "1"));
    let shirts = "from collections import Counter\nn = int(input())\nold = Counter(input().strip() for _ in range(n))\nnew = Counter(input().strip() for _ in range(n))\nprint(sum((old - new).values()) + EXTRA)\n";
    check_published(
        &dataset,
        "1000_A. Codehorses T-shirts",
        &shirts.replace("EXTRA", "0"),
        &shirts.replace("EXTRA", "1"),
    );
    let digits = "n, m = input().strip(), input().strip()\nlow = sorted(n)\nif low[0] == '0':\n    at = next((i for i, d in enumerate(low) if d != '0'), 0)\n    low[0], low[at] = low[at], low[0]\nprint('OK' if ''.join(low) == m else NO)\n";
    check_published(
        &dataset,
        "12_B. Correct Solution?",
        &digits.replace("NO", "'WRONG_ANSWER'"),
        &digits.replace("NO", "'OK'"),
    );
}
