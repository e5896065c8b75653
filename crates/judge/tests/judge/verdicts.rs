//! Which status a candidate gets, and how suites and tests add up.

use crate::common::{
    AMPLE, Judged, call, check_script, check_status, failure, function, hidden, is_wasm, judge_all, judge_with,
    program, script, stdio, task, text, with_cpu,
};
use mend_core::{ExtractionRule, Facts, Integrity, JudgeLimits, Problem, Status, Style, Suite, TestsMode};
use mend_judge::{JudgeError, JudgeOptions, Task};
use std::sync::Arc;

/// The same small task in each kind of test: one more than `x`.
fn kinds() -> [Problem; 3] {
    [
        function("f", [script("assert f(1) == 2\nassert f(41) == 42\n")]),
        function("f", [call("[1]", "2"), call("[41]", "42")]),
        program([stdio("1\n", "2\n"), stdio("41\n", "42\n")]),
    ]
}

/// Python that stands for the candidate's act, as a function or as a program.
fn acting(problem: &Problem, act: &str) -> String {
    match problem.style {
        Style::Program => format!("x = int(input())\n{act}\nprint(y)\n"),
        _ => format!("def f(x):\n    {}\n    return y\n", act.replace('\n', "\n    ")),
    }
}

#[track_caller]
fn check_act(options: JudgeOptions, act: &str, status: Status) {
    for problem in kinds() {
        check_status(options, &problem, &acting(&problem, act), status);
    }
}

#[track_caller]
fn check_whole(program: &str, status: Status) {
    for problem in kinds() {
        check_status(AMPLE, &problem, program, status);
    }
}

#[test]
fn a_right_answer_passes() {
    check_act(AMPLE, "y = x + 1", Status::Passed);
}

#[test]
fn a_wrong_answer_is_one() {
    check_act(AMPLE, "y = x + 2", Status::WrongAnswer);
    check_act(AMPLE, "y = 2", Status::WrongAnswer);
    check_act(AMPLE, "y = None", Status::WrongAnswer);
}

#[test]
fn exceptions_exits_and_crashes_are_runtime_errors() {
    check_act(AMPLE, "y = x // 0", Status::RuntimeError);
    check_act(AMPLE, "assert x == 0\ny = 1", Status::RuntimeError);
    check_act(AMPLE, "raise SystemExit(3)\ny = 1", Status::RuntimeError);
    check_act(AMPLE, "import os\nos._exit(7)\ny = 1", Status::RuntimeError);
    check_act(AMPLE, "import os\nos.abort()\ny = 1", Status::RuntimeError);
    check_act(AMPLE, "def g(n):\n    return g(n + 1)\ny = g(x)", Status::RuntimeError);
    check_whole("raise KeyError('no')\n", Status::RuntimeError);
    check_whole("import nothing_of_that_name\n", Status::RuntimeError);
    check_whole("import sys\nsys.exit(1)\n", Status::RuntimeError);
    check_whole("import os\nos.kill(os.getpid(), 11)\n", Status::RuntimeError);
}

#[test]
fn what_is_not_python_is_a_compile_error() {
    check_whole("def f(x):\nreturn x\n", Status::CompileError);
    check_whole("def f(x) return x + 1\n", Status::CompileError);
    check_whole("print 'two'\n", Status::CompileError);
    check_whole("if 1:\n        x = 1\n\ty = 2\n", Status::CompileError);
    check_whole("x = 1\0\n", Status::CompileError);
    check_whole("return 1\n", Status::CompileError);
}

#[test]
fn code_that_fails_to_compile_only_when_it_runs_is_a_runtime_error() {
    check_act(AMPLE, "y = eval('1 +')", Status::RuntimeError);
    check_act(AMPLE, "raise SyntaxError('made up')\ny = 1", Status::RuntimeError);
}

#[test]
fn a_function_that_is_not_there_is_missing() {
    let [script, call, _] = kinds();
    for problem in [script, call] {
        check_status(AMPLE, &problem, "def g(x):\n    return x + 1\n", Status::MissingEntryPoint);
        check_status(AMPLE, &problem, "", Status::MissingEntryPoint);
        check_status(AMPLE, &problem, "f = 3\n", Status::MissingEntryPoint);
        check_status(
            AMPLE,
            &problem,
            "class Solution:\n    def g(self, x):\n        return x\n",
            Status::MissingEntryPoint,
        );
        check_status(AMPLE, &problem, "if __name__ == '__main__':\n    f = abs\n", Status::MissingEntryPoint);
    }
}

#[test]
fn a_statement_that_begins_the_function_does_not_stand_for_it() {
    let mut problem = function("f", [script("assert f(1) is None\n")]);
    problem.style = Style::Completion { entry_point: "f".to_owned() };
    problem.context = Some("def f(x):\n    \"\"\"Nothing.\"\"\"\n".into());
    let judged = |rule| {
        let task = Task { rule, ..task(&problem, "def g(x):\n    pass\n") };
        judge_all(AMPLE, [task]).remove(0).unwrap().verdict.status
    };
    assert_eq!(judged(ExtractionRule::LastFence), Status::MissingEntryPoint);
    assert_eq!(judged(ExtractionRule::BareCode), Status::MissingEntryPoint);
}

#[test]
fn a_method_of_solution_is_found_and_gets_an_instance_per_call() {
    let [script, call, _] = kinds();
    let counts = "\
class Solution:
    def __init__(self):
        self.calls = 0

    def f(self, x):
        self.calls += 1
        return x + self.calls
";
    for problem in [script, call] {
        check_status(AMPLE, &problem, counts, Status::Passed);
    }
}

#[test]
fn memory_beyond_the_limit_is_a_memory_limit() {
    let limits = JudgeLimits { memory_bytes: 200 << 20, ..AMPLE.limits };
    let small = JudgeOptions { limits, ..AMPLE };
    check_act(small, "y = len(bytearray(1 << 30))", Status::MemoryLimit);
    check_act(small, "y = []\nwhile True:\n    y.append(' ' * 1000000)", Status::MemoryLimit);
    for problem in kinds() {
        check_status(small, &problem, "big = [0] * (1 << 28)\n", Status::MemoryLimit);
    }
    // What is caught leaves room to go on.
    let act = "try:\n    bytearray(1 << 30)\nexcept MemoryError:\n    pass\ny = x + 1";
    check_act(small, act, Status::Passed);
}

#[test]
fn a_candidate_that_holds_all_memory_reaches_the_limit_before_it_can_answer() {
    let limits = JudgeLimits { memory_bytes: 200 << 20, ..AMPLE.limits };
    let hoards = "\
hoard = []

def f(x):
    for size in (1 << 20, 1 << 10, 1 << 5):
        try:
            while True:
                hoard.append(bytearray(size))
        except MemoryError:
            pass
    return x + 1
";
    let verdict = hidden(JudgeOptions { limits, ..AMPLE }, &function("f", [script("assert f(1) == 3\n")]), hoards);
    assert!(matches!(verdict.status, Status::MemoryLimit | Status::WrongAnswer), "{verdict:?}");
}

#[test]
fn output_beyond_the_limit_is_an_output_limit() {
    let limits = JudgeLimits { output_bytes: 100_000, ..AMPLE.limits };
    let small = JudgeOptions { limits, ..AMPLE };
    check_act(small, "while True:\n    print('x' * 1000, flush=True)\ny = 1", Status::OutputLimit);
    check_act(small, "import os\nwhile True:\n    os.write(2, b'x' * 1000)\ny = 1", Status::OutputLimit);
    for problem in kinds() {
        check_status(small, &problem, "while True:\n    print('x' * 1000, flush=True)\n", Status::OutputLimit);
    }
}

#[test]
fn what_a_function_prints_beyond_the_limit_is_cut_and_not_held_against_it() {
    let options = |output_bytes| JudgeOptions { limits: JudgeLimits { output_bytes, ..AMPLE.limits }, ..AMPLE };
    let prints = "\
import sys
def f(x):
    print('x' * 400_000, flush=True)
    print('y' * 400_000, file=sys.stderr)
    return x + 1
";
    for integrity in [Integrity::Isolated, Integrity::Cooperative] {
        let tests = [script("assert f(1) == 2\nassert f(2) == 3\n"), call("[1]", "2")];
        let problem = Problem { integrity, ..function("f", tests) };
        check_status(options(200_000), &problem, prints, Status::Passed);
    }
    // Sixteen times the limit is a flood.
    let problem = function("f", [script("for i in range(9): assert f(i) == i + 1\n")]);
    check_status(options(100_000), &problem, prints, Status::OutputLimit);
    // The output of a program is what is judged.
    let problem = program([stdio("", "1\n")]);
    let prints = "import sys\nprint('y' * 400_000, file=sys.stderr)\nprint(1)\n";
    check_status(options(200_000), &problem, prints, Status::OutputLimit);
}

#[test]
fn a_function_may_recurse_about_as_deep_as_beside_its_tests() {
    let program = "def f(n):\n    return 0 if n == 0 else 1 + f(n - 1)\n";
    check_script(program, "def check(f):\n    assert f(990) == 990\ncheck(f)\n", Status::Passed);
    check_script(program, "def check(f):\n    assert f(1000) == 1000\ncheck(f)\n", Status::RuntimeError);
}

#[test]
fn an_answer_may_be_as_long_as_the_output_limit() {
    let lines = 300_000;
    let expected = (0..lines).map(|line| line.to_string()).collect::<Vec<_>>().join("\n");
    assert!(expected.len() > 1 << 20);
    let problem = program([stdio("", &expected)]);
    check_status(AMPLE, &problem, &format!("for i in range({lines}):\n    print(i)\n"), Status::Passed);
}

#[test]
fn bytes_that_are_no_text_are_a_wrong_answer() {
    let problem = program([stdio("", "\u{fffd}\n")]);
    check_status(AMPLE, &problem, "print('\\ufffd')\n", Status::Passed);
    check_status(AMPLE, &problem, "import os\nos.write(1, b'\\xff\\n')\n", Status::WrongAnswer);
}

#[test]
fn a_program_that_prints_the_answer_and_fails_does_not_pass() {
    let problem = program([stdio("", "2\n")]);
    check_status(AMPLE, &problem, "print(2)\n", Status::Passed);
    check_status(AMPLE, &problem, "print(2)\nraise SystemExit(0)\n", Status::Passed);
    check_status(AMPLE, &problem, "print(2)\nraise SystemExit(1)\n", Status::RuntimeError);
    check_status(AMPLE, &problem, "print(2)\n1 / 0\n", Status::RuntimeError);
    check_status(AMPLE, &problem, "import os\nprint(2, flush=True)\nos.kill(os.getpid(), 9)\n", Status::RuntimeError);
}

#[test]
fn prints_threads_directories_and_descriptors_of_an_honest_candidate_do_not_matter() {
    let acts = [
        "import sys\nfor i in range(2000):\n    print('noise', i, file=sys.stderr)\ny = x + 1",
        "import threading\nt = threading.Thread(target=lambda: None)\nt.start()\nt.join()\ny = x + 1",
        "import threading, time\nthreading.Thread(target=time.sleep, args=(600,), daemon=True).start()\ny = x + 1",
        "import os\nos.mkdir('d')\nos.chdir('d')\nos.rmdir('../d')\ny = x + 1\nos.chdir(os.environ['TMPDIR'])",
        "import os\nopen('notes.txt', 'w').write('x')\nos.remove('notes.txt')\ny = x + 1",
        "import sys\nsys.setrecursionlimit(9000)\ndef g(n):\n    return n and 1 + g(n - 1)\ny = x + 1 + g(8000) - 8000",
        "import os\npid = os.fork()\nif pid == 0:\n    os._exit(0)\nos.waitpid(pid, 0)\ny = x + 1",
        "import subprocess\nsubprocess.run(['true'])\ny = x + 1",
        "import signal\nsignal.alarm(0)\ny = x + 1",
        "import gc\ngc.collect()\ny = x + 1",
    ];
    for act in acts {
        check_act(AMPLE, act, Status::Passed);
    }
    let function_only = "import sys\nsys.stdout.close()\nsys.stderr.close()\ny = x + 1";
    for problem in &kinds()[..2] {
        check_status(AMPLE, problem, &acting(problem, "print('x' * 100_000)\ny = x + 1"), Status::Passed);
        check_status(AMPLE, problem, &acting(problem, function_only), Status::Passed);
    }
}

#[test]
fn a_function_that_reads_standard_input_finds_none() {
    let problem = function("f", [script("assert f() == ''\n")]);
    check_status(AMPLE, &problem, "import sys\ndef f():\n    return sys.stdin.read()\n", Status::Passed);
    let (status, facts) = failure(AMPLE, &problem, "def f():\n    return input()\n");
    assert_eq!(status, Status::RuntimeError);
    assert_eq!(facts.exception, text("EOFError: EOF when reading a line"));
}

#[test]
fn closing_the_descriptors_between_the_two_sides_is_a_runtime_error() {
    for descriptor in [3, 4] {
        let source = format!("import os\ndef f(x):\n    os.close({descriptor})\n    return x + 1\n");
        check_script(&source, "assert f(1) == 2\nassert f(2) == 3\n", Status::RuntimeError);
    }
}

#[test]
fn the_status_of_a_suite_is_that_of_its_first_failure() {
    let mut problem = function("f", [call("[1]", "1"), call("[2]", "2"), call("[0]", "0"), call("[3]", "3")]);
    problem.tests.public = vec![call("[1]", "1")];
    let verdict = judge_with(AMPLE, &problem, "def f(x):\n    return 4 // x if x != 2 else 0\n").unwrap().verdict;
    let statuses = |suite| verdict.of(suite).unwrap().tests.iter().map(|test| test.status).collect::<Vec<_>>();
    assert_eq!(statuses(Suite::Public), [Status::WrongAnswer]);
    let wrong = Status::WrongAnswer;
    assert_eq!(statuses(Suite::Hidden), [wrong, wrong, Status::RuntimeError, wrong]);
    let engine = if is_wasm() { "wasm" } else { "process" };
    assert_eq!((verdict.status, verdict.engine.as_deref()), (wrong, Some(engine)));
    assert_eq!(verdict.hidden.unwrap().total, 4);
}

#[test]
fn public_and_hidden_suites_are_judged_apart() {
    let mut problem = function("f", [call("[5]", "6")]);
    problem.tests.public = vec![call("[1]", "2")];
    let verdict = judge_with(AMPLE, &problem, "def f(x):\n    return 2\n").unwrap().verdict;
    assert_eq!((verdict.passes(Suite::Public), verdict.passes(Suite::Hidden)), (Some(true), Some(false)));
    assert_eq!(verdict.status, Status::WrongAnswer);

    problem.tests.hidden.clear();
    let verdict = judge_with(AMPLE, &problem, "def f(x):\n    return 2\n").unwrap().verdict;
    assert_eq!((verdict.status, verdict.hidden), (Status::Passed, None));
}

#[test]
fn a_suite_starts_afresh() {
    let counts = "calls = []\ndef f():\n    calls.append(1)\n    return len(calls)\n";
    let mut problem = function("f", [call("[]", "1")]);
    problem.tests.public = vec![call("[]", "1")];
    let verdict = judge_with(AMPLE, &problem, counts).unwrap().verdict;
    assert_eq!(verdict.passes(Suite::Public), Some(true));
    assert_eq!(verdict.passes(Suite::Hidden), Some(true));
}

#[test]
fn a_program_that_cannot_be_loaded_fails_each_suite_with_one_test() {
    for mut problem in kinds() {
        problem.tests.public.clone_from(&problem.tests.hidden);
        for source in ["def f(x:\n", "\0"] {
            let verdict = judge_with(AMPLE, &problem, source).unwrap().verdict;
            assert_eq!(verdict.public, verdict.hidden);
            let hidden = verdict.hidden.unwrap();
            assert_eq!((hidden.status, hidden.tests.len()), (Status::CompileError, 1));
            assert_eq!(hidden.total, problem.tests.hidden.len() as u32);
        }
    }
}

#[test]
fn a_candidate_that_dies_in_one_test_is_judged_afresh_in_the_next() {
    let problem = function("f", [call("[1]", "2"), call("[0]", "1"), call("[2]", "3")]);
    for death in ["os._exit(0)", "os.abort()", "os.close(4)", "os.write(4, b'garbage that is no frame')"] {
        let source = format!("import os\ndef f(x):\n    if x == 0:\n        {death}\n    return x + 1\n");
        let verdict = hidden(AMPLE, &problem, &source);
        let statuses: Vec<_> = verdict.tests.iter().map(|test| test.status).collect();
        assert_eq!(statuses, [Status::Passed, Status::RuntimeError, Status::Passed], "{death}");
    }
}

#[test]
fn the_order_of_tests_does_not_change_their_verdicts() {
    let calls = [call("[0]", "1"), call("[1]", "2"), call("[2]", "3"), call("[3]", "5"), call("[4]", "5")];
    let scripts = [
        script("assert f(1) == 2\n"),
        script("import random\nx = random.randint(0, 9)\nassert f(x) == x + 1\nassert f(0) == 1, x\n"),
        script("import sys, random\nrandom.seed(9)\nsys.setrecursionlimit(5000)\nassert f(2) == 4\n"),
        script("assert f(4) == 5\nassert f(3) == 5\n"),
    ];
    let source = "\
import os, random
def f(x):
    if x == 0:
        os._exit(0)
    if x == 1:
        raise ValueError(random.random())
    return x + 1
";
    for tests in [calls.to_vec(), scripts.to_vec()] {
        let verdicts = |tests: Vec<_>| -> Vec<_> {
            let found = hidden(AMPLE, &function("f", tests), source);
            found.tests.into_iter().map(|test| (test.status, test.facts.map(|facts| *facts))).collect()
        };
        let forward = verdicts(tests.clone());
        let mut backward = verdicts(tests.into_iter().rev().collect());
        backward.reverse();
        assert_eq!(forward, backward);
    }
}

#[test]
fn first_failure_mode_stops_a_suite_at_its_first_failure() {
    let options = JudgeOptions { tests: TestsMode::FirstFailure, ..AMPLE };
    for mut problem in kinds().into_iter().skip(1) {
        problem.tests.public.clone_from(&problem.tests.hidden);
        let verdict = judge_with(options, &problem, &acting(&problem, "y = 0")).unwrap().verdict;
        for suite in [Suite::Public, Suite::Hidden] {
            let suite = verdict.of(suite).unwrap();
            assert_eq!((suite.tests.len(), suite.total, suite.passed()), (1, 2, 0));
        }
        let verdict = judge_with(options, &problem, &acting(&problem, "y = x + 1")).unwrap().verdict;
        assert_eq!(verdict.hidden.unwrap().passed(), 2);
    }
}

#[test]
fn json_values_are_compared_as_json() {
    let cases = [
        ("(1, [2, (3,)])", "[1, [2, [3]]]", true),
        ("{1: 'a', 'b': (2,)}", "{\"1\": \"a\", \"b\": [2]}", true),
        ("{1: 'a', '1': 'b'}", "{\"1\": \"b\"}", false),
        ("{1, 2}", "[1, 2]", false),
        ("'12'", "12", false),
        ("12.0", "12", true),
        ("None", "null", true),
        ("[]", "{}", false),
        ("0.1 + 0.2", "0.3", false),
        ("10 ** 400", &format!("1{}", "0".repeat(400)), true),
        ("'\\ud800'", "\"\\ud800\"", true),
        ("float('nan')", "1", false),
    ];
    for (value, expected, passes) in cases {
        let status = if passes { Status::Passed } else { Status::WrongAnswer };
        let problem = function("f", [call("[]", expected)]);
        check_status(AMPLE, &problem, &format!("def f():\n    return {value}\n"), status);
    }
}

#[test]
fn a_declared_tolerance_applies_to_numbers() {
    let mut problem = function("f", [call("[]", "[0.3, 1]")]);
    problem.tolerance = Some(1e-6);
    let cases = [("[0.1 + 0.2, 1]", true), ("[0.31, 1]", false), ("['0.3', 1]", false), ("[10 ** 400, 1]", false)];
    for (value, passes) in cases {
        let status = if passes { Status::Passed } else { Status::WrongAnswer };
        check_status(AMPLE, &problem, &format!("def f():\n    return {value}\n"), status);
    }
    let mut printed = program([stdio("", "0.3 1\n")]);
    printed.tolerance = Some(1e-6);
    check_status(AMPLE, &printed, "print(0.1 + 0.2, 1)\n", Status::Passed);
    check_status(AMPLE, &printed, "print(0.31, 1)\n", Status::WrongAnswer);
}

#[test]
fn the_context_runs_on_both_sides_where_the_answer_does_not_bring_it() {
    let mut problem = function("f", [script("assert f(twice(2)) == 8\n")]);
    problem.context =
        Some("from typing import List\n\ndef twice(x: int):\n    return 2 * x\n\ndef f(x: List):\n".into());
    let bare = "def f(x: List):\n    return twice(x)\n";
    let whole = format!("{}    return twice(x)\n", problem.context.as_deref().unwrap());
    let completion = Problem { style: Style::Completion { entry_point: "f".into() }, ..problem.clone() };
    let judged = |problem: &Problem, program: &str, rule| {
        judge_all(AMPLE, [Task { rule, ..task(problem, program) }]).remove(0).unwrap().verdict.status
    };
    for rule in [ExtractionRule::Whole, ExtractionRule::BareCode, ExtractionRule::LastFence] {
        assert_eq!(judged(&problem, bare, rule), Status::Passed);
        assert_eq!(judged(&problem, &whole, rule), Status::Passed);
    }
    assert_eq!(judged(&completion, bare, ExtractionRule::LastFence), Status::Passed);
    assert_eq!(judged(&completion, &whole, ExtractionRule::Continuation), Status::Passed);
    // Nobody has bound `List`: before Python 3.14 that ends the program where it stands.
    let alone = Task { rule: ExtractionRule::Continuation, ..task(&completion, bare) };
    assert_eq!(judge_all(AMPLE, [alone]).remove(0).unwrap().verdict.status, Status::RuntimeError);
}

#[track_caller]
fn check_unscored(judged: Judged, words: &str, unsupported: bool) {
    let error = judged.unwrap_err();
    assert_eq!(matches!(error, JudgeError::Unsupported { .. }), unsupported, "{error}");
    assert!(error.to_string().contains(words), "{error}");
}

#[test]
fn tests_that_cannot_judge_anybody_are_broken() {
    let broken =
        |test, words: &str| check_unscored(judge_with(AMPLE, &function("f", [test]), "f = abs\n"), words, false);
    broken(script("assert True\n"), "test 0 never calls `f`");
    broken(script("assert False\n"), "test 0 never calls `f`");
    broken(script("assert g(1) == 1\n"), "never calls `f`: the test raised NameError");
    broken(script("assert f(1 == 1\n"), "SyntaxError");
    broken(script("import os\nos._exit(0)\n"), "test 0 exited with status 0 by itself");
    broken(call("[1", "1"), "JSONDecodeError");
    broken(stdio("", ""), "asks for a function");
    let call = call("[]", "1");
    check_unscored(judge_with(AMPLE, &program([call]), "print(1)\n"), "asks for a program", false);
    check_unscored(judge_with(AMPLE, &function("f", []), "f = abs\n"), "no tests", false);
    let context = |code: &str| Problem { context: Some(code.into()), ..function("f", [script("assert f(1) == 1\n")]) };
    let words = "the statement's own code failed: ZeroDivisionError";
    check_unscored(judge_with(AMPLE, &context("1 / 0\n"), "f = abs\n"), words, false);
    let words = "the interpreter exited with status 3";
    check_unscored(judge_with(AMPLE, &context("import os\nos._exit(3)\n"), "f = abs\n"), words, false);
}

#[test]
fn a_broken_test_is_the_problems_whatever_program_is_judged() {
    let programs = [
        "f = abs\n",
        "def f(x:\n",
        "def g():\n    pass\n",
        "1 / 0\n",
        "def f(x):\n    while True: pass\n",
        "import os\nos._exit(0)\n",
    ];
    let fails = || script("assert f(1) == 2\n");
    for (test, words) in [
        (script("assert True\n"), "never calls `f`"),
        (script("assert g(1) == 1\n"), "never calls `f`: the test raised NameError"),
        (script("assert f(1 == 1\n"), "SyntaxError"),
        (call("[1", "1"), "JSONDecodeError"),
    ] {
        for mode in [TestsMode::All, TestsMode::FirstFailure] {
            let options = JudgeOptions { tests: mode, ..with_cpu(300) };
            for tests in [vec![test.clone()], vec![fails(), test.clone()]] {
                for program in programs {
                    check_unscored(judge_with(options, &function("f", tests.clone()), program), words, false);
                }
            }
        }
    }
    // One that calls is sound, also where nobody comes to it.
    for program in programs {
        let judged =
            judge_with(with_cpu(300), &function("f", [fails(), script("assert f(1) == 1\nassert g\n")]), program);
        assert!(judged.unwrap().verdict.status != Status::Passed, "{program}");
    }
}

#[test]
fn a_test_is_not_broken_by_what_an_earlier_one_left_behind() {
    let poisons = "assert f(1) == 1\nimport builtins\nbuiltins.compile = None\n";
    let problem = function("f", [script(poisons), script("assert f(-2) == len('ab')\n")]);
    let verdict = hidden(AMPLE, &problem, "f = abs\n");
    assert_eq!(verdict.tests[1].status, Status::Passed, "{verdict:?}");
}

#[test]
fn a_broken_test_is_ours_also_after_one_that_called() {
    let problem = function("f", [script("assert f(1) == 1\n"), script("import os\nos._exit(0)\n")]);
    check_unscored(judge_with(AMPLE, &problem, "f = abs\n"), "test 1 exited with status 0 by itself", false);
}

#[test]
fn tests_that_pass_what_cannot_cross_are_unsupported() {
    let sources = [
        "import math\nassert f(math) == 1\n",
        "import io\nassert f(io.StringIO()) == 1\n",
        "async def g():\n    pass\nassert f(g) == 1\n",
        "assert f([{'a': (lambda: 1).__code__}]) == 1\n",
        "class N(int):\n    pass\nassert f(N(1)) == 1\n",
        "class N(int):\n    pass\nassert f(lambda: N(1)) == 1 and f([N(1)]) == 1\n",
        "import io\nassert f(1) == 1\ntry:\n    f(io.BytesIO())\nexcept BaseException:\n    pass\n",
    ];
    for source in sources {
        let judged = judge_with(AMPLE, &function("f", [script(source)]), "def f(x):\n    return 1\n");
        check_unscored(judged, "to the candidate", true);
    }
    let mut problem = function("f", [script("assert f(1) == 1\n")]);
    problem.integrity = Integrity::Cooperative;
    let isolated = JudgeOptions { require: Integrity::Isolated, ..AMPLE };
    check_unscored(judge_with(isolated, &problem, "f = abs\n"), "share an interpreter", true);
}

#[test]
fn many_candidates_get_the_verdicts_that_they_get_alone() {
    let problem = Arc::new(function("f", [call("[3]", "9"), call("[4]", "16")]));
    let sources =
        ["def f(x):\n    return x * x\n", "def f(x):\n    return 9\n", "def f(x:\n", "import os\nos._exit(0)\n"];
    let expected = [Status::Passed, Status::WrongAnswer, Status::CompileError, Status::RuntimeError];
    let tasks = (0..24).map(|n| Task { problem: Arc::clone(&problem), ..task(&problem, sources[n % 4]) });
    for (n, judged) in judge_all(AMPLE, tasks).into_iter().enumerate() {
        assert_eq!(judged.unwrap().verdict.status, expected[n % 4]);
    }
}

#[test]
fn a_pass_has_no_facts() {
    for problem in kinds() {
        let verdict = hidden(AMPLE, &problem, &acting(&problem, "y = x + 1"));
        assert!(verdict.tests.iter().all(|test| test.facts.is_none()));
    }
}

#[test]
fn a_failed_load_says_why() {
    let problem = function("f", [script("assert f(1) == 1\n")]);
    let unloaded = || Facts { while_loading: true, ..Facts::default() };
    let loaded = |source: &str| failure(AMPLE, &problem, source).1;
    let missing = Facts { note: text("the program does not define `f`"), ..unloaded() };
    assert_eq!(loaded("def g():\n    pass\n"), missing);
    let syntax = Facts {
        exception: text("SyntaxError: invalid syntax (candidate.py, line 2)"),
        line: Some(2),
        source: text("return = x"),
        ..unloaded()
    };
    assert_eq!(loaded("def f(x):\n    return = x\n"), syntax);
    let raised = Facts {
        exception: text("ValueError: 7"),
        line: Some(2),
        source: text("raise ValueError(7)"),
        note: text("raised while the program was loaded"),
        ..unloaded()
    };
    assert_eq!(loaded("x = 7\nraise ValueError(7)\n"), raised);
    let left = Facts { note: text("the program exited with status 0 while the program was loaded"), ..unloaded() };
    assert_eq!(loaded("import os\nos._exit(0)\n"), left);
}

#[test]
fn what_a_guest_did_before_its_jobs_leaves_no_trace() {
    let names =
        "import sys\nown = [name for name in globals() if name[:2] != '__']\ndef f():\n    return own, sys.argv\n";
    let source = "\
import sys
assert f() == (['sys'], ['candidate.py'])
assert 'candidate' not in sys.modules and sys.argv != ['candidate.py']
assert [name for name in globals() if name[:2] != '__'] == ['f', 'sys']
";
    check_script(names, source, Status::Passed);
    let started = "\
import os, sys
print('candidate' in sys.modules, sys.argv, [name for name in os.environ if name.startswith(('LD_', 'MALLOC_'))])
";
    check_status(AMPLE, &program([stdio("", "False ['main.py'] []\n")]), started, Status::Passed);
}
