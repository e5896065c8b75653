//! Candidates that try to pass without solving, to get no verdict at all, or to hang whoever judges them.

use crate::common::{
    AMPLE, SHORT, call, check_script, check_status, full, function, hidden, is_lacking, is_wasm, judge_all, judge_with,
    program, script, shared, stdio, task,
};
use mend_core::{Problem, Status};
use mend_judge::{JudgeError, JudgeOptions};
use serde_json::Value;

/// One more than `x`, as a script of asserts and as calls.
fn problems() -> [Problem; 2] {
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
fn check_with(options: JudgeOptions, program: &str) {
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
fn check_once(program: &str) {
    if is_lacking(AMPLE, &problems()[0], program) {
        return;
    }
    let judged = judge_with(AMPLE, &problems()[0], program);
    let status = judged.unwrap_or_else(|error| panic!("no verdict: {error}\n{program}")).verdict.status;
    assert!(status != Status::Passed, "it passes:\n{program}");
}

#[track_caller]
fn check(program: &str) {
    check_with(AMPLE, program);
}

/// The statement stands at module level beside a wrong function, and once more inside the function.
#[track_caller]
fn check_statement(statement: &str) {
    check(&format!("def inc(x):\n    return 0\n\n{statement}\n"));
    check(&format!("def inc(x):\n    {}\n    return 0\n", statement.replace('\n', "\n    ")));
}

/// Finds the namespace of the guest that loaded the candidate, wherever an engine keeps it: `__main__` stands for it.
const GUEST: &str = "\
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

/// Gives a cheat the guest's own tools: `forge` makes the answer to the open request in the guest's place, with any bytes
/// after the request's number. The guest encodes the value, its head and the number, in this order.
const FORGE: &str = "\
import os, sys
from _struct import pack
encode = __main__.encode

def number():
    frame = sys._getframe()
    while frame.f_code.co_name != 'handle':
        frame = frame.f_back
    return frame.f_locals['request'][1]

def write(payload, kind=0, length=None):
    data = pack('<IB', len(payload) if length is None else length, kind) + payload
    while data:
        data = data[os.write(4, data):]

def forge(payload):
    parts = [b'', b'', encode(number()) + payload]
    def forged(*a):
        if len(parts) == 1: __main__.encode = encode
        return parts.pop(0)
    __main__.encode = forged

def count(n):
    return pack('<I', n)
";

/// Where no descriptors lead to the host, what is sent goes by way of the one import that takes bytes.
const WRITE_IN_WASM: &str = "
def write(payload, kind=0, length=None):
    import wit_world
    wit_world.mend_call(payload)
";

fn forge() -> String {
    format!("{FORGE}{}", if is_wasm() { WRITE_IN_WASM } else { "" })
}

/// Answers every call with these bytes, given as a Python expression.
fn forging(payload: &str) -> String {
    let tool = forge();
    format!("{GUEST}{tool}\ndef inc(x):\n    forge({payload})\n")
}

#[test]
fn a_forged_answer_can_only_say_what_an_answer_may_say() {
    let tool = forging("encode(('value',)) + encode((x + 1, ()))");
    for problem in problems() {
        // The tool works: a right value is right, whoever wrote it.
        let verdict = hidden(AMPLE, &problem, &tool);
        assert_eq!(verdict.status, Status::Passed, "{verdict:?}");
    }
    for payload in [
        "b''",
        "b'N'",
        "encode('passed')",
        "encode(())",
        "encode(('passed',))",
        "encode(('passed', {}))",
        "encode(('passed', 3, {}))",
        "encode(('value',))",
        "encode(('value', 2)) + encode((2, ()))",
        "encode(('value',)) + encode(2)",
        "encode(('value',)) + encode((2,))",
        "encode(('value',)) + encode((2, (), 3))",
        "encode(('value',)) + encode((0, ()))",
        "encode(('value',)) + encode((2, ())) + b'N'",
        "encode(('value',)) + b't' + count(2)",
        "encode(['value']) + encode((2, ()))",
        "encode(('loaded',))",
        "encode(('prepared',))",
        "encode(('missing',))",
        "encode(('gone',))",
        "encode(('unsupported', 'why'))",
        "encode(('broken', {'note': 'x'}))",
        "encode(('uncrossed', 'why'))",
        "encode(('uncrossed',))",
        "encode(('uncrossed', 3))",
        "encode(('syntax', 'SyntaxError', 'S', 'm', 1, 's')) + encode(())",
        "encode(('raised',)) + encode(())",
        "encode(('raised', 'E', 'E', 'm', 'line', 's')) + encode(())",
        "encode(('raised', 'E', 'E', 'm', 1, 's'))",
        "encode(('raised', 'E', 'E', 'm', 1 << 62, 's')) + encode(())",
        "encode(('value', 'value', 'value', 'value', 'value', 'value', 'value', 'value', 'value')) + encode((2, ()))",
    ] {
        check_once(&forging(payload));
    }
}

#[test]
fn a_forged_exception_is_an_exception_and_nothing_else() {
    for name in [
        "print",
        "exit",
        "open",
        "eval",
        "Gone",
        "type",
        "object",
        "int",
        "help",
        "__import__",
        "",
        "é",
        "__build_class__",
    ] {
        check_once(&forging(&format!("encode(('raised', '{name}', 'E', 'm', None, None)) + encode((0,))")));
    }
    for name in [
        "AssertionError",
        "SystemExit",
        "KeyboardInterrupt",
        "GeneratorExit",
        "StopIteration",
        "MemoryError",
        "UnicodeDecodeError",
        "BaseExceptionGroup",
    ] {
        check_once(&forging(&format!("encode(('raised', '{name}', 'E', 'm', None, None)) + encode((0,))")));
    }
    check(
        "class E(Exception):\n    def __str__(self): raise SystemExit(0)\n    __repr__ = __str__\ndef inc(x): raise E\n",
    );
    check("class E(Exception):\n    args = property(lambda s: 1 / 0)\ndef inc(x): raise E\n");
    check(
        "class S(str):\n    def __getitem__(self, k): return 2\nclass E(Exception):\n    def __str__(self): return S('x')\ndef inc(x): raise E(S('y'), E)\n",
    );
    check(
        "class M(type):\n    __mro__ = 3\n    __name__ = 4\nclass E(Exception, metaclass=M): pass\ndef inc(x): raise E\n",
    );
    check(
        "def inc(x):\n    error = ValueError()\n    error.__cause__ = error\n    error.args = (error, [error])\n    raise error\n",
    );
    check("def inc(x): raise AssertionError\n");
    check("def inc(x):\n    try:\n        raise StopIteration\n    finally:\n        raise GeneratorExit\n");
}

#[test]
fn frames_that_nobody_asked_for_are_refused() {
    let tool = forge();
    let value = "encode(('value',)) + encode((3, ()))";
    let unasked = [
        format!("write(encode(0) + {value})"),
        format!("for i in range(3): write(encode(i) + {value})"),
        format!("for i in range(1000): write(encode(number()) + {value})"),
        format!("write(encode(number()) + {value})\nwrite(encode(number()) + {value})"),
        "write(encode(('passed', {})))".to_owned(),
        "write(b'')".to_owned(),
        "write(encode(([1], {})), kind=1)".to_owned(),
        "write(b'', kind=2)".to_owned(),
        "write(b'', kind=255)".to_owned(),
        "write(b'', length=0xffffffff)".to_owned(),
        "write(b'', length=(64 << 20) + 1)".to_owned(),
        "os.write(4, bytes(1000))".to_owned(),
        "os.write(4, b'\\x01')".to_owned(),
        "os.write(4, b'passed\\n')".to_owned(),
    ];
    for act in unasked {
        check_with(SHORT, &format!("{GUEST}{tool}\ndef inc(x):\n    return 0\n\n{act}\n"));
        let inside = act.replace('\n', "\n    ");
        check_with(SHORT, &format!("{GUEST}{tool}\ndef inc(x):\n    {inside}\n    return 0\n"));
    }
    let floods = format!(
        "{GUEST}{tool}\nimport threading\ndef flood():\n    while True: write(encode(0) + {value})\nthreading.Thread(target=flood, daemon=True).start()\ndef inc(x): return 0\n"
    );
    check(&floods);
}

#[test]
fn the_guests_own_functions_give_away_nothing() {
    check_guest("__main__.encode = lambda *a: b't\\2\\0\\0\\0Tt\\0\\0\\0\\0'");
    check_guest("__main__.send = lambda *a: None\n__main__.receive = lambda: (0, b'')\n");
    check_guest("__main__.Encoder.value = lambda s, v, d=0: s.out.extend(b'T')");
    check_guest("__main__.Encoder.opaque = lambda s, v, k: s.out.extend(b'i' + (2).to_bytes(8, 'little'))");
    check_guest("old = __main__.receive\n__main__.receive = lambda: (1, old()[1])");
    check_guest("__main__.MAX_DEPTH = __main__.MAX_NODES = __main__.MAX_BYTES = 1 << 60");
    check_guest("SPACE.clear()");
}

#[test]
fn references_to_arguments_and_containers_must_lead_somewhere() {
    let list = |body: &str| forging(&format!("encode(('value',)) + b't' + count(2) + {body}"));
    for body in [
        "b'a' + count(0) + b'l' + count(0) + b't' + count(0)",
        "b'a' + count(0) + b'i' + bytes(8) + b't' + count(0)",
        "b'a' + count(0xffffffff) + b'l' + count(0) + b't' + count(0)",
        "b'r' + count(0) + b't' + count(0)",
        "b'r' + count(0xffffffff) + b't' + count(0)",
        "b'l' + count(1) + b'r' + count(1) + b't' + count(0)",
    ] {
        check_once(&list(body));
    }
    // With an argument that could be changed: of another type, twice, or to hold itself.
    let problem = function("f", [script("x = [1]\nassert f(x) == 2\nassert x == [1]\n")]);
    for body in [
        "b'i' + (2).to_bytes(8, 'little') + b't' + count(1) + b'a' + count(0) + b'd' + count(0)",
        "b'a' + count(0) + b'l' + count(0) + b't' + count(1) + b'a' + count(0) + b'l' + count(0)",
        "b'a' + count(1) + b'l' + count(0) + b't' + count(0)",
        "b'a' + count(0) + b'l' + count(1) + b'r' + count(0) + b't' + count(0)",
    ] {
        let program = list(body).replace("def inc", "def f");
        let verdict = hidden(AMPLE, &problem, &program);
        assert!(verdict.status != Status::Passed, "{program}");
    }
}

#[test]
fn a_lie_about_lengths_costs_nothing() {
    for tag in
        ["t", "l", "d", "S", "Z", "s", "b", "y", "I", "x", "M", "O", "C", "q' + bytes(8) + b'", "D' + bytes(1) + b'"]
    {
        check_once(&forging(&format!("encode(('value',)) + b't' + count(2) + b'{tag}' + count(0xffffffff)")));
    }
    check(&forging("b't' + count(0xffffffff)"));
    check(&forging("b't' + count(2) + b's' + count(0xffffffff)"));
}

#[test]
fn hostile_data_hangs_and_crashes_nobody() {
    let value = |body: &str| forging(&format!("encode(('value',)) + b't' + count(2) + {body} + b't' + count(0)"));
    for body in [
        // Deep nesting.
        "b''.join(b'l' + count(1) for _ in range(1000000)) + b'N'",
        "b''.join(b't' + count(1) for _ in range(209)) + b'N'",
        "b''.join(b'd' + count(1) + b'N' for _ in range(150)) + b'N'",
        // Too many or too large.
        "b't' + count(5000000) + b'N' * 5000000",
        "b'l' + count(1500000) + (b'q' + bytes(8) + count(0)) * 1500000",
        "b'I' + count(1 << 24) + b'\\x7f' * (1 << 24)",
        "b'I' + count(1 << 17) + b'\\x7f' * (1 << 17)",
        "b'I' + count(0)",
        "b'x' + count(2000000) + b'x' * 2000000",
        "b's' + count(20000000) + b'x' * 20000000",
        // Numbers that are none, or cost much to handle.
        "b'R' + b'i' + bytes(8) + b'i' + bytes(8)",
        "b'R' + (b'I' + count(1 << 17) + b'\\x7f' * (1 << 17)) * 2",
        "b'g' + b'i' + bytes(8) + b'i' + bytes(8) + b'i' + bytes(8)",
        "b'M' + count(11) + b'1e999999999'",
        "b'M' + count(20) + b'1e999999999999999999'",
        "b'M' + count(100000) + b'9' * 100000",
        "b'M' + count(4) + b'sNaN'",
        "b'M' + count(3) + b'abc'",
        "b'M' + count(2) + b'()'",
        // Text that is none.
        "b's' + count(2) + b'\\xff\\xfe'",
        "b's' + count(3) + b'\\xed\\xa0\\x80'",
        // Keys and elements without a hash.
        "b'S' + count(1) + b'M' + count(4) + b'sNaN'",
        "b'Z' + count(1) + b'l' + count(0)",
        "b'd' + count(1) + b'y' + count(0) + b'N'",
        "b'd' + count(2) + b'TT' + b'TT'",
        "b'D\\x63' + count(0)",
        "b'q' + b'\\xff' * 7 + b'\\x7f' + count(1) + b'N'",
    ] {
        check_once(&value(body));
    }
    check_once(&forging("encode(('raised', 'ValueError', 'E', 'm' * 60000000, 1, 's')) + encode(())"));
    check_once(&forging("encode(('raised', 'ValueError', '/mend-' * 1000000, 'at 0x' * 100000, 1, 's')) + encode(())"));
}

#[test]
fn hostile_values_that_keep_the_tests_busy_end_at_the_limit() {
    if !full() {
        println!("skipped: takes as long as the tests' own limit, set MEND_FULL=1");
        return;
    }
    let collide = "encode(('value',)) + b't' + count(2) + b'S' + count(300000) + b''.join(b'I' + count(14) + (k * ((1 << 61) - 1)).to_bytes(14, 'little') for k in range(1, 300001)) + b't' + count(0)";
    let problem = function("inc", [script("assert inc(1) == 2\n")]);
    check_status(AMPLE, &problem, &forging(collide), Status::TimeLimit);
}

#[test]
fn a_flood_on_the_tests_side_is_the_candidates() {
    let problem = function("f", [script("x = f()\nprint(x)\nassert x == 1\n")]);
    check_status(AMPLE, &problem, "def f():\n    return 'x' * 40000000\n", Status::OutputLimit);
}

#[test]
fn no_candidate_gets_out_of_a_verdict() {
    // The second test must not look broken, or unsupported, for what the first one was given.
    let problem = function("f", [script("x = f()\nassert f(x) == 1\n"), script("assert f() == 1\n")]);
    let mut returns = vec!["lambda: 1", "[object()]", "'x' * 10000000", "[{}] * 3", "[[] for _ in range(200000)]"];
    if full() {
        returns.extend([
            "'x' * 60000000",
            "[0] * 4000000",
            "[[] for _ in range(3000000)]",
            "[set() for _ in range(3000000)]",
        ]);
    }
    for returned in returns {
        let program = format!("def f(*a):\n    return {returned}\n");
        let verdict = hidden(AMPLE, &problem, &program);
        assert_eq!((verdict.passed(), verdict.tests.len()), (0, 2), "{program}");
    }
    let names =
        forging("encode(('value',)) + b't' + count(2) + b'x' + count(1000) + b'\\xff' * 1000 + b't' + count(0)");
    let verdict = hidden(AMPLE, &problem, &names.replace("def inc(x)", "def f(*a)"));
    assert_eq!(verdict.passed(), 0);
    let deep = "def f(*a):\n    r = 1\n    for _ in range(198): r = [r]\n    return r\n";
    let verdict = hidden(AMPLE, &function("f", [script("assert f([[f()]]) == 1\n")]), deep);
    assert_eq!(verdict.status, Status::WrongAnswer);
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
    check_script("def f(x):\n    return [[]] if x == 1 else 1 << 2000000\n", source, Status::WrongAnswer);
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
