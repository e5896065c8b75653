//! Problems whose tests share an interpreter with the candidate.

use crate::common::{AMPLE, SHORT, call, check_status, failure, function, is_wasm, judge_with, script, text};
use mend_core::{Facts, Integrity, Problem, Status, Test};
use mend_judge::JudgeError;

fn shared(hidden: impl Into<Vec<Test>>) -> Problem {
    let mut problem = function("f", hidden);
    problem.integrity = Integrity::Cooperative;
    problem
}

#[track_caller]
fn check(source: &str, program: &str, status: Status) {
    check_status(AMPLE, &shared([script(source)]), program, status);
}

#[test]
fn what_cannot_cross_can_be_shared() {
    check("assert list(f([1, [2]])) == [1, 2]\n", FLATTEN, Status::Passed);
    check("assert f('ab')\n", "import re\ndef f(x):\n    return re.match('a', x)\n", Status::Passed);
    check("assert not f('b')\n", "import re\ndef f(x):\n    return re.match('a', x)\n", Status::Passed);
    check("assert f(int) == 1\n", "def f(kind):\n    return kind('1')\n", Status::Passed);
    check("assert f(Node(3)) == 3\n", NODE, Status::Passed);
    check("assert f(1) == sys.maxsize\n", "import sys\ndef f(x):\n    return sys.maxsize\n", Status::Passed);
    check("assert isinstance(f(), f)\n", "class f:\n    pass\n", Status::Passed);
    let program = "class Solution:\n    def f(self, x):\n        return x + 1\n";
    check_status(AMPLE, &shared([call("[1]", "2"), call("[2]", "3")]), program, Status::Passed);
}

const FLATTEN: &str = "def f(x):\n    for y in x:\n        if isinstance(y, list):\n            yield from f(y)\n        else:\n            yield y\n";
const NODE: &str = "class Node:\n    def __init__(self, x):\n        self.x = x\ndef f(node):\n    return node.x\n";

#[test]
fn failures_have_their_status_and_facts() {
    check("assert f(1) == 2\n", "def f(x):\n    return 1\n", Status::WrongAnswer);
    check("assert f(1) == 2\n", "def f(x:\n", Status::CompileError);
    check("assert f(1) == 2\n", "def g(x):\n    return 2\n", Status::MissingEntryPoint);
    check("assert f(1) == 2\n", "1 / 0\n", Status::RuntimeError);
    check("assert f(1) == 2\n", "def f(x):\n    assert False\n", Status::RuntimeError);
    check("assert f(1) == 2\n", "def f(x):\n    raise SystemExit\n", Status::RuntimeError);
    check("assert f(1) == 2\n", "def f(x):\n    return 'x' * (1 << 40)\n", Status::MemoryLimit);
    check_status(
        SHORT,
        &shared([script("assert f(1) == 2\n")]),
        "def f(x):\n    while True: pass\n",
        Status::TimeLimit,
    );

    let problem = shared([script("for n in [1, 0]:\n    assert f(n) == 1\n")]);
    let (status, facts) = failure(AMPLE, &problem, "def f(x):\n    return 1 // x\n");
    let expected = Facts {
        exception: text(if is_wasm() {
            "ZeroDivisionError: division by zero"
        } else {
            "ZeroDivisionError: integer division or modulo by zero"
        }),
        line: Some(2),
        source: text("return 1 // x"),
        assertion: text("assert f(n) == 1"),
        ..Facts::default()
    };
    assert_eq!((status, facts), (Status::RuntimeError, expected));
    let (status, facts) = failure(AMPLE, &shared([call("[1]", "[2]")]), "def f(x):\n    return {x}\n");
    let expected = Facts { expected: text("[2]"), actual: text("{1}"), ..Facts::default() };
    assert_eq!((status, facts), (Status::WrongAnswer, expected));
}

#[test]
fn a_broken_test_is_no_failure_of_the_candidate() {
    for test in [script("assert f(1) ==\n"), call("[1", "2")] {
        let judged = judge_with(AMPLE, &shared([test]), "def f(x):\n    return 2\n");
        assert!(matches!(judged, Err(JudgeError::BrokenTest { .. })), "{judged:?}");
    }
}

#[test]
fn what_a_candidate_says_or_how_it_leaves_is_no_proof() {
    let source = "assert f(1) == 2\n";
    let frame =
        "b'i' + bytes(8) + b't' + (8).to_bytes(4, 'little') + b's' + (6).to_bytes(4, 'little') + b'passed' + b'N' * 7";
    let send =
        format!("import os\ndef f(x):\n    m = {frame}\n    os.write(4, len(m).to_bytes(4, 'little') + b'\\0' + m)\n");
    let candidates = [
        "import os\nos._exit(0)\n".to_owned(),
        "import sys\nsys.exit(0)\n".to_owned(),
        "import os\ndef f(x):\n    print('passed', flush=True)\n    os._exit(0)\n".to_owned(),
        // A message sent ahead, and the same with an exit after it.
        send.clone(),
        format!("{send}    os._exit(0)\n"),
        "import os\ndef f(x):\n    os.close(3)\n    os.close(4)\n".to_owned(),
    ];
    for program in candidates {
        check(source, &program, Status::RuntimeError);
    }
    // The guest's own encoding, taken over: the number of the proof is a guess.
    let forged = "\
import sys
frame = sys._getframe()
while 'Encoder' not in frame.f_globals: frame = frame.f_back
SPACE = frame.f_globals
encode = SPACE['encode']
def f(x):
    parts = [encode(0), encode(('passed',) + (None,) * 7)]
    SPACE['encode'] = lambda *a: parts.pop(0)
    return 1
";
    check(source, forged, Status::RuntimeError);
    if is_wasm() {
        check(source, "import wit_world\ndef f(x):\n    wit_world.mend_exit(0)\n", Status::RuntimeError);
    }
    // Never asked: an error of the test, but a failure all the same, since only the candidate's side says so.
    check("pass\n", "def f(x):\n    return 2\n", Status::WrongAnswer);
}

#[test]
fn each_test_starts_afresh() {
    let program = "n = []\ndef f(x):\n    n.append(x)\n    return len(n)\n";
    let test = || script("assert f(1) == 1\n");
    check_status(AMPLE, &shared([test(), test()]), program, Status::Passed);
}
