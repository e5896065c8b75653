//! What is said of a failure.

use crate::common::{AMPLE, SHORT, call, failure, function, is_wasm, program, script, stdio, text};
use mend_core::{Facts, Problem, Status};
use mend_judge::JudgeOptions;

#[track_caller]
fn check(options: JudgeOptions, problem: &Problem, program: &str, status: Status, facts: &Facts) {
    let found = failure(options, problem, program);
    assert_eq!((found.0, &found.1), (status, facts), "{program}");
}

#[track_caller]
fn check_script(source: &str, program: &str, status: Status, facts: &Facts) {
    check(AMPLE, &function("f", [script(source)]), program, status, facts);
}

#[test]
fn a_wrong_answer_names_call_assertion_expected_and_actual() {
    let facts = Facts {
        call: text("f(2)"),
        expected: text("3"),
        actual: text("20"),
        assertion: text("assert f(2) == 3, 'two'"),
        ..Facts::default()
    };
    let source = "assert f(1) == 10\nassert f(2) == 3, 'two'\nassert f(3) == 4\n";
    check_script(source, "def f(x):\n    return 10 * x\n", Status::WrongAnswer, &facts);

    let facts = Facts { assertion: None, ..facts };
    let problem = function("f", [call("[2]", "3")]);
    check(AMPLE, &problem, "def f(x):\n    return 10 * x\n", Status::WrongAnswer, &facts);
}

#[test]
fn expected_values_are_found_on_either_side_and_behind_names() {
    #[track_caller]
    fn check(source: &str, expected: Option<&str>) {
        let (status, facts) = failure(AMPLE, &function("f", [script(source)]), "def f(x):\n    return x\n");
        assert_eq!(status, Status::WrongAnswer);
        assert_eq!((facts.actual.as_deref(), facts.expected.as_deref()), (Some("1"), expected), "{source}");
    }
    check("assert f(1) == 2\n", Some("2"));
    check("assert 2 == f(1)\n", Some("2"));
    check("def check(candidate):\n    want = [2]\n    assert candidate(1) == want\ncheck(f)\n", Some("[2]"));
    check("for x, want in [(0, 0), (1, 2)]:\n    assert f(x) == want\n", Some("2"));
    check("assert f(1) == 1 + 1\n", Some("2"));
    // What is not the call's own value is no expected value of it.
    check("assert f(1) > 2\n", None);
    check("assert f(1) + 1 == 1\n", None);
    check("assert f(1) == len('ab')\n", None);
    check("assert f(1) == 1 == 2\n", None);
    check("assert not f(1)\n", None);
    check("assert f(0) == f(1)\n", None);
}

#[test]
fn an_assertion_of_several_lines_is_quoted_whole() {
    let source = "def check(candidate):\n    assert candidate(\n        1,\n    ) == [\n        2,\n    ], (\n        'no'\n    )\ncheck(f)\n";
    let facts = Facts {
        call: text("f(1)"),
        expected: text("[2]"),
        actual: text("1"),
        assertion: text("assert candidate(\n        1,\n    ) == [\n        2,\n    ], (\n        'no'\n    )"),
        ..Facts::default()
    };
    check_script(source, "def f(x):\n    return x\n", Status::WrongAnswer, &facts);
}

#[test]
fn arguments_are_shown_as_they_were_before_the_call() {
    let program = "def f(a, d, key=None):\n    a.clear()\n    d['new'] = a\n    return key\n";
    let facts = Facts {
        call: text("f([1, [2]], {'x': {3}}, key=(4,))"),
        expected: text("5"),
        actual: text("(4,)"),
        assertion: text("assert f([1, [2]], {'x': {3}}, key=(4,)) == 5"),
        ..Facts::default()
    };
    check_script("assert f([1, [2]], {'x': {3}}, key=(4,)) == 5\n", program, Status::WrongAnswer, &facts);
}

#[test]
fn an_exception_names_the_candidates_own_line() {
    let program = "\
import json

def g(x):
    return json.loads(x)

def f(x):
    y = x * 2
    return g(y)  # here
";
    let facts = Facts {
        call: text("f('{')"),
        exception: text("JSONDecodeError: Expecting property name enclosed in double quotes: line 1 column 2 (char 1)"),
        line: Some(4),
        source: text("return json.loads(x)"),
        assertion: text("assert f('{') == 1"),
        ..Facts::default()
    };
    check_script("assert f('{') == 1\n", program, Status::RuntimeError, &facts);
}

#[test]
fn exceptions_are_named_as_the_candidate_names_them() {
    let raised = |statement: &str| {
        let program = format!("class Odd(ValueError):\n    pass\n\ndef f():\n    {statement}\n");
        let (status, facts) = failure(AMPLE, &function("f", [script("f()\n")]), &program);
        assert_eq!(status, Status::RuntimeError);
        facts.exception.unwrap()
    };
    assert_eq!(raised("raise Odd('a', 2)"), "Odd: ('a', 2)");
    assert_eq!(raised("raise ValueError"), "ValueError");
    assert_eq!(raised("raise KeyError('k')"), "KeyError: 'k'");
    assert_eq!(raised("raise SystemExit(0)"), "SystemExit: 0");
    assert_eq!(raised("assert False, 'mine'"), "AssertionError: mine");
    assert_eq!(raised("raise StopIteration(1)"), "StopIteration: 1");
    assert_eq!(raised("return 1 / 0"), "ZeroDivisionError: division by zero");
    assert_eq!(raised("return f(1)"), "TypeError: f() takes 0 positional arguments but 1 was given");
}

#[test]
fn a_test_that_stumbles_over_the_answer_says_how() {
    let facts = Facts {
        call: text("f(1)"),
        actual: text("None"),
        assertion: text("assert len(f(1)) == 2"),
        note: text("the test raised TypeError: object of type 'NoneType' has no len()"),
        ..Facts::default()
    };
    check_script("assert len(f(1)) == 2\n", "def f(x):\n    pass\n", Status::WrongAnswer, &facts);
}

#[test]
fn what_ended_a_candidate_is_noted_with_the_call_that_it_ended_in() {
    let facts = |note: &str| Facts {
        call: text("f(1)"),
        assertion: text("assert f(1) == 2"),
        note: text(note),
        ..Facts::default()
    };
    let noted = |options, body: &str, status, note: &str| {
        let problem = function("f", [script("assert f(1) == 2\n")]);
        check(options, &problem, &format!("import os\ndef f(x):\n    {body}\n"), status, &facts(note));
    };
    noted(AMPLE, "os._exit(3)", Status::RuntimeError, "the program exited with status 3 during the test");
    noted(AMPLE, "os.abort()", Status::RuntimeError, "the program was killed by signal 6 during the test");
    noted(SHORT, "while True: pass", Status::TimeLimit, "the program reached the time limit during the test");
    let note = "the answer breaks the protocol: tag 88 may not stand here during the test";
    if !is_wasm() {
        noted(AMPLE, "os.write(4, b'\\1\\0\\0\\0\\0X')", Status::RuntimeError, note);
    }
}

#[test]
fn what_is_too_large_to_cross_is_shown_by_its_length() {
    let problem = function("f", [script("assert f() == 'x'\n")]);
    let (status, facts) = failure(AMPLE, &problem, "def f():\n    return 'x' * 70_000_000\n");
    assert_eq!((status, facts.actual), (Status::WrongAnswer, text("<a str of length 70000000>")));
}

#[test]
fn a_program_is_told_its_input_and_what_it_printed() {
    let problem = program([stdio("1\n", "2\n")]);
    let facts = Facts { input: text("1\n"), expected: text("2\n"), actual: text("3\n"), ..Facts::default() };
    check(AMPLE, &problem, "print(int(input()) + 2)\n", Status::WrongAnswer, &facts);

    let facts = Facts {
        input: text("1\n"),
        exception: text("ValueError: invalid literal for int() with base 10: 'q'"),
        line: Some(2),
        source: text("return int('q' * x)"),
        ..Facts::default()
    };
    let source = "def f(x):\n    return int('q' * x)\n\nprint(f(int(input())))\n";
    check(AMPLE, &problem, source, Status::RuntimeError, &facts);

    let facts = Facts {
        exception: text("SyntaxError: '(' was never closed"),
        line: Some(2),
        source: text("print((1)"),
        while_loading: true,
        ..Facts::default()
    };
    check(AMPLE, &problem, "x = 1\nprint((1)\n", Status::CompileError, &facts);

    let facts = Facts { input: text("1\n"), note: text("the program exited with status 4"), ..Facts::default() };
    check(AMPLE, &problem, "raise SystemExit(4)\n", Status::RuntimeError, &facts);
    let facts = Facts { input: text("1\n"), note: text("the program reached the time limit"), ..Facts::default() };
    check(SHORT, &problem, "while True: pass\n", Status::TimeLimit, &facts);
}

#[test]
fn long_values_are_cut() {
    let problem = function("f", [script("assert f('a' * 10000) == 'b' * 10000\n")]);
    let returned = |value: &str| {
        let (_, facts) = failure(AMPLE, &problem, &format!("def f(x):\n    return {value}\n"));
        assert!(facts.call.unwrap().chars().count() == 2003);
        assert!(facts.expected.unwrap().chars().count() == 2003);
        facts.actual.unwrap()
    };
    assert_eq!(returned("x"), format!("'{}...", "a".repeat(1999)));
    let zeros = returned("[0] * 1000000");
    assert_eq!((&zeros[..7], &zeros[1998..]), ("[0, 0, ", " 0..."));
    assert_eq!(returned("1 << 100000"), "<an integer of 100001 bits>");
}

#[test]
fn values_are_shown_as_python_writes_them() {
    let shown = |value: &str| {
        let source = "import collections, decimal, fractions\nfrom collections import *\n\ndef f():\n    return ";
        let (_, facts) =
            failure(AMPLE, &function("f", [script("assert f() == 'no'\n")]), &format!("{source}{value}\n"));
        facts.actual.unwrap()
    };
    let same = [
        "[1, 'two', \"it's\", b'3', 4.5, None, True, -0.0, (1+2j)]",
        "(1,)",
        "()",
        "set()",
        "frozenset()",
        "{1, 2}",
        "frozenset({1})",
        "{'a': {'b': []}}",
        "range(0, 3)",
        "range(0, 3, 2)",
        "bytearray(b'x')",
        "deque([1, 2])",
        "deque([1, 2], maxlen=2)",
        "Counter({'a': 2, 'b': 1})",
    ];
    for value in same {
        assert_eq!(shown(value), value);
    }
    assert_eq!(shown("fractions.Fraction(1, 2)"), "Fraction(1, 2)");
    assert_eq!(shown("decimal.Decimal('1.50')"), "Decimal('1.50')");
    assert_eq!(shown("OrderedDict(a=1)"), "OrderedDict({'a': 1})");
    assert_eq!(shown("defaultdict(int, a=1)"), "defaultdict({'a': 1})");
    assert_eq!(shown("(x for x in [])"), "<generator object>");
    assert_eq!(shown("'\\ud800'"), "'\\ud800'");
    assert_eq!(shown("(lambda a: a.append(a) or a)([1])"), "[1, [...]]");
}

#[test]
fn addresses_and_scratch_paths_are_the_same_every_time() {
    let problem = function("f", [script("assert f() == 1\n")]);
    let shown = |program: &str| failure(AMPLE, &problem, program).1;
    let facts = shown("def f():\n    return str(object())\n");
    assert_eq!(facts.actual, text("'<object object at 0x...>'"));
    let facts = shown("def f():\n    raise KeyError(object())\n");
    assert_eq!(facts.exception, text("KeyError: <object object at 0x...>"));
    let facts = shown("import os\ndef f():\n    return [os.getcwd(), os.path.join(os.getcwd(), 'x')]\n");
    assert_eq!(facts.actual, text("['.', 'x']"));
    let facts = shown("import os\ndef f():\n    open(os.path.abspath('gone.txt'))\n");
    assert_eq!(facts.exception, text("FileNotFoundError: [Errno 2] No such file or directory: 'gone.txt'"));
    let facts = shown("def f():\n    return hex(0xdeadbeef01)\n");
    assert_eq!(facts.actual, text("'0xdeadbeef01'"));
}

#[test]
fn the_same_candidate_gives_the_same_facts() {
    let programs = [
        "def f(x):\n    return {str(i) for i in range(50)}\n",
        "import random\ndef f(x):\n    return [random.random() for _ in range(9)]\n",
        "class C:\n    pass\n\ndef f(x):\n    return [C(), C, f, repr(C()), hash('a')]\n",
        "def f(x):\n    raise ValueError({'a', 'b', 'c'}, object())\n",
        "import os\ndef f(x):\n    os.abort()\n",
        "def f(x):\n    return f(x + 1)\n",
    ];
    for problem in [function("f", [script("assert f(1) == 1\n")]), function("f", [call("[1]", "1")])] {
        for program in programs {
            let first = failure(AMPLE, &problem, program);
            assert_eq!(first, failure(AMPLE, &problem, program), "{program}");
        }
    }
}
