//! Candidates that try to pass without solving, to get no verdict at all, or to hang whoever judges them.

use crate::common::{
    AMPLE, SHORT, call, check_script, check_status, function, hidden, is_lacking, is_wasm, judge_all, judge_with,
    program, script, stdio, task,
};
use mend_core::{Problem, Status};
use mend_judge::{JudgeError, JudgeOptions};
use mend_testkit::shared;
use serde_json::Value;

/// One more than `x`, as a script of asserts and as calls.
pub(crate) fn problems() -> [Problem; 2] {
    let source = "\
def check(candidate):
    assert candidate(1) == 2
    assert candidate(41) == 42
    assert candidate(7) == 8
check(inc)
";
    [function("inc", [script(source)]), function("inc", [call("[1]", "2"), call("[41]", "42"), call("[7]", "8")])]
}

/// The cheat gets a verdict, and no test of it passes.
#[track_caller]
pub(crate) fn check_with(options: JudgeOptions, program: &str) {
    for problem in problems() {
        if is_lacking(options, &problem, program) {
            continue;
        }
        let judged = judge_with(options, &problem, program);
        let verdict = judged.unwrap_or_else(|error| panic!("no verdict: {error}\n{program}")).verdict;
        assert!(verdict.status != Status::Passed, "it passes:\n{program}");
        assert_eq!(verdict.hidden.unwrap().passed(), 0, "{program}");
    }
}

/// The same with one script only, where it makes no difference who calls.
#[track_caller]
pub(crate) fn check_once(program: &str) {
    if is_lacking(AMPLE, &problems()[0], program) {
        return;
    }
    let judged = judge_with(AMPLE, &problems()[0], program);
    let status = judged.unwrap_or_else(|error| panic!("no verdict: {error}\n{program}")).verdict.status;
    assert!(status != Status::Passed, "it passes:\n{program}");
}

#[track_caller]
pub(crate) fn check(program: &str) {
    check_with(AMPLE, program);
}

/// The statement stands at module level beside a wrong function, and once more inside the function.
#[track_caller]
fn check_statement(statement: &str) {
    check(&format!("def inc(x):\n    return 0\n\n{statement}\n"));
    check(&format!("def inc(x):\n    {}\n    return 0\n", statement.replace('\n', "\n    ")));
}

/// Finds the namespace of the guest that loaded the candidate, wherever an engine keeps it: `__main__` stands for it.
pub(crate) const GUEST: &str = "\
import sys
SPACE = sys._getframe()
while 'Encoder' not in SPACE.f_globals: SPACE = SPACE.f_back
SPACE = SPACE.f_globals
class Guest:
    def __getattr__(self, name): return SPACE[name]
    def __setattr__(self, name, value): SPACE[name] = value
__main__ = Guest()
";

/// The same for a statement about the guest.
#[track_caller]
fn check_guest(statement: &str) {
    check_statement(&format!("{GUEST}{statement}"));
}

#[test]
fn the_problems_can_be_solved() {
    for problem in problems() {
        check_status(AMPLE, &problem, "def inc(x):\n    return x + 1\n", Status::Passed);
    }
}

#[test]
fn objects_that_equal_everything_equal_nothing() {
    let methods = "\
    def __eq__(self, other): return True
    def __ne__(self, other): return False
    def __lt__(self, other): return True
    __le__ = __gt__ = __ge__ = __lt__
    def __bool__(self): return True
    def __hash__(self): return 2
    def __abs__(self): return self
    def __sub__(self, other): return self
    __rsub__ = __sub__
";
    for (base, value) in [("object", ""), ("int", "0"), ("str", "''"), ("list", "[]"), ("float", "0"), ("dict", "{}")] {
        check(&format!("class T({base}):\n{methods}\ndef inc(x):\n    return T({value})\n"));
        check(&format!("class T({base}):\n{methods}\ndef inc(x):\n    return [T({value})]\n"));
    }
    check("from unittest.mock import ANY\n\ndef inc(x):\n    return ANY\n");
    check(
        "class M(type):\n    __eq__ = lambda *a: True\n    __hash__ = lambda c: 1\nclass T(metaclass=M): pass\ndef inc(x): return T\n",
    );
}

#[test]
fn an_early_exit_is_no_pass() {
    check_statement("import sys\nsys.exit(0)");
    check_statement("import os\nos._exit(0)");
    check_statement("quit()");
    check_statement("raise SystemExit(0)");
    check_statement("import os, signal\nos.kill(os.getpid(), signal.SIGTERM)");
    check_statement("import threading, os\nthreading.Thread(target=os._exit, args=(0,)).start()");
    check_statement("import atexit, os\natexit.register(os._exit, 0)\nraise SystemExit(1)");
    check(
        "import os\nclass Z:\n    def __init__(self): self.e = os._exit\n    def __del__(self): self.e(0)\nz = Z()\ndef inc(x): return 0\n",
    );
    check_statement("import os\nos.execv('/bin/true', ['true'])");
}

#[test]
fn printed_verdicts_are_no_verdicts() {
    check_statement("import os\nfor f in (1, 2): os.write(f, b'PASSED\\nOK\\n{\"passed\": true}\\n')");
    check_statement("print('passed', flush=True)\nimport os\nos._exit(0)");
}

#[test]
fn replaced_builtins_and_modules_reach_nobody_else() {
    check_statement("import builtins\nclass E(SystemExit): pass\nbuiltins.AssertionError = E");
    check_statement("import builtins\nbuiltins.compile = builtins.exec = builtins.eval = lambda *a, **k: None");
    check_statement(
        "import builtins\nfor n in ('all', 'any', 'isinstance', 'abs', 'len', 'sorted', 'type', 'id'):\n    setattr(builtins, n, lambda *a, **k: 0)",
    );
    check_statement("import builtins\nbuiltins.type = lambda x: int\nbuiltins.int = object");
    check_statement(
        "import sys, types\nclass A(types.ModuleType):\n    def __getattr__(self, n): return lambda *a, **k: True\nfor m in \
         ('math', 'numpy', 'unittest', 'json', 'ast', 'copy', 'collections', 'decimal'): sys.modules[m] = A(m)",
    );
    check_statement("import sys\nsys.modules.clear()");
    check_statement("def check(candidate): pass\nglobals()['check'] = check");
    check("def check(c):\n    pass\n\nclass inc:\n    def __new__(cls, x): return cls.__eq__\n");
    check_statement("import sys\nsys.stdout = sys.stderr = sys.stdin = None");
    check_statement("import json\njson.loads = lambda s: 0");
}

#[test]
fn what_watches_the_interpreter_sees_no_test() {
    check_statement(
        "import sys\ndef tr(frame, event, arg):\n    if frame.f_code.co_name == 'check': raise SystemExit(0)\n    return tr\nsys.settrace(tr)",
    );
    check_statement("import sys\nsys.setprofile(lambda *a: None)");
    check_statement("import sys\nsys.excepthook = lambda *a: None");
    let searches = "\
import gc, re, sys, os

def everything():
    found = []
    for o in gc.get_objects():
        try:
            found.append(repr(o))
        except Exception:
            pass
    frame = sys._getframe()
    while frame:
        found.append(repr(frame.f_locals) + repr(frame.f_globals.get('__doc__')))
        frame = frame.f_back
    found.append(' '.join(sys.argv) + repr(os.environ))
    for name in os.listdir('.') + ['/proc/self/cmdline', '/proc/self/environ']:
        try:
            found.append(open(name).read())
        except Exception:
            pass
    return ' '.join(found)

def inc(x):
    text = everything()
    found = re.search(r'candidate\\(%d\\)\\s*==\\s*(\\d+)' % x, text)
    return int(found[1]) if found else 0
";
    check(searches);
}

#[test]
fn a_child_cannot_answer_better_than_its_parent() {
    check("import os\ndef inc(x): return 0\npid = os.fork()\nif pid: os._exit(0)\n");
    check("import os\ndef inc(x): return 0\npid = os.fork()\nif not pid: os._exit(0)\n");
    check("import os\ndef inc(x):\n    os.fork()\n    return 0\n");
    check("import os\ndef inc(x):\n    if os.fork(): os._exit(0)\n    return 0\n");
    check("import os, sys\ndef inc(x):\n    if os.fork() == 0:\n        sys.exit(0)\n    os.wait()\n    return 0\n");
}

#[test]
fn the_guests_own_functions_give_away_nothing() {
    check_guest("__main__.encode = lambda *a: b't\\2\\0\\0\\0Tt\\0\\0\\0\\0'");
    check_guest("__main__.send = lambda *a: None\n__main__.receive = lambda: (0, b'')\n");
    check_guest("__main__.Encoder.value = lambda s, v, d=0: s.out.extend(b'T')");
    check_guest("__main__.Objects.encode = lambda s, e, i, k: e.out.extend(b'i' + (2).to_bytes(8, 'little'))");
    check_guest("old = __main__.receive\n__main__.receive = lambda: (1, old()[1])");
    check_guest("__main__.PARTS = __main__.MOST_PARTS = __main__.MAX_BYTES = 1 << 60");
    check_guest("SPACE.clear()");
}

#[test]
fn a_flood_on_the_tests_side_is_the_candidates() {
    let problem = function("f", [script("x = f()\nfor _ in range(9):\n    print(x)\nassert x == 1\n")]);
    check_status(AMPLE, &problem, "def f():\n    return 'x' * 40000000\n", Status::OutputLimit);
}

#[test]
fn tests_that_swallow_every_exception_swallow_no_end() {
    let source = "\
for x in 1, 2:
    try:
        assert f(x) == 9
    except:
        pass
";
    check_script("import os\ndef f(x):\n    os._exit(0)\n", source, Status::RuntimeError);
    // Nobody listens there where the two sides share no descriptors.
    let written = if is_wasm() { Status::Passed } else { Status::RuntimeError };
    check_script("import os\ndef f(x):\n    os.write(4, b'no frame at all')\n", source, written);
    check_script("def f(x):\n    return [[]] if x == 1 else 1 << 2000000\n", source, Status::Passed);
    check_status(SHORT, &function("f", [script(source)]), "def f(x):\n    while True: pass\n", Status::TimeLimit);
}

#[test]
fn a_program_passes_by_its_output_alone() {
    let problem = program([stdio("1\n", "2\n"), stdio("41\n", "42\n")]);
    for source in [
        "print('PASSED')\n",
        "import os\nos._exit(0)\n",
        "raise SystemExit(0)\n",
        "import os\nfor name in os.listdir('.'):\n    print(open(name).read())\n",
        "import os\nprint(os.environ, os.listdir('..'))\n",
        "import atexit, os\nprint(0, flush=True)\natexit.register(os._exit, 0)\n1 / 0\n",
        "import os, sys\nprint(2)\nprint(42)\nsys.stdout.flush()\nos._exit(0)\n",
        "import os\nos.write(0, b'2')\n",
        "import os\nos.write(3, b'2')\n",
        "import os\nif os.fork() == 0: print(2, flush=True)\nos._exit(1)\n",
    ] {
        if is_lacking(AMPLE, &problem, source) {
            continue;
        }
        let verdict = hidden(AMPLE, &problem, source);
        assert_eq!(verdict.passed(), 0, "{source}");
    }
}

#[test]
fn no_cheat_of_the_shared_battery_passes() {
    let Some(folder) = shared("hostile") else { return };
    let index: Vec<Value> = serde_json::from_slice(&std::fs::read(folder.join("index.json")).unwrap()).unwrap();
    let names: Vec<&str> = index
        .iter()
        .filter(|row| row["kind"] == "cheat" && row["expected"] == "fail")
        .map(|row| row["name"].as_str().unwrap())
        .collect();
    assert_eq!(names.len(), 13);
    let [problem, _] = problems();
    let programs = names.iter().map(|name| std::fs::read_to_string(folder.join(format!("{name}.py"))).unwrap());
    let judged = judge_all(AMPLE, programs.map(|program| task(&problem, &program)));
    for (name, judged) in names.iter().zip(judged) {
        match judged {
            Err(JudgeError::Unsupported { .. }) if is_wasm() => {}
            judged => assert!(judged.unwrap().verdict.status != Status::Passed, "{name}"),
        }
    }
}
