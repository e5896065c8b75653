//! Candidates that write answers in the guest's place, with whatever bytes they like.

use crate::cheats::{GUEST, check, check_once, check_with, problems};
use crate::common::{AMPLE, SHORT, check_status, function, hidden, is_wasm, script};
use mend_core::Status;
use mend_testkit::is_full;

/// Gives a cheat the guest's own tools: `forge` makes the answer to the open request in the guest's place, with any bytes
/// after the request's number. The guest encodes the value, its head and the number, in this order.
const FORGE: &str = "\
import os, sys
from _struct import pack
encode = __main__.encode
VALUE = encode(('value', '', '', 0, 0, 0))

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
    answer, INT = encode(number()) + payload, __main__.INT
    class Whole(bytes):
        # The number of the message is what the guest puts before its own answer.
        def __add__(self, other):
            __main__.INT = INT
            return answer
    __main__.INT = lambda *a: Whole()

def count(n):
    return pack('<I', n)

def named(module, name):
    return b'W' + bytes((__main__.NAME_KIND,)) + encode((module, name))

def raised(name, message='m', line=None, module='builtins', state=((), (), {}, None, None, False)):
    head = encode(('raised', name, 'E', message, line, None, '', '', 0, 0, 0))
    return head + b't' + count(2) + b'E' + named(module, name) + encode(state) + encode(())
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
    let tool = forging("VALUE + encode((x + 1, ()))");
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
        "encode(('passed', '', '', 0, 0, 0)) + encode((2, ()))",
        "encode(('value',)) + encode((2, ()))",
        "encode(('value', 0)) + encode((2, ()))",
        "encode(('value', 0, 0)) + encode((2, ()))",
        "encode(('value', '', '', 0, 0)) + encode((2, ()))",
        "encode(('value', '', '', 0, 0, None)) + encode((2, ()))",
        "encode(('value', '', '', 0, -1, 0)) + encode((2, ()))",
        "encode(('value', '', '', 0, 0, '0')) + encode((2, ()))",
        "encode(('value', '', '', 3, 0, 0)) + encode((2, ()))",
        "encode(('value', '', '', None, 0, 0)) + encode((2, ()))",
        // What the program says that it holds.
        "encode(('value', '99', '', 0, 0, 0)) + encode((2, ()))",
        "encode(('value', '4294967296', '', 0, 0, 0)) + encode((2, ()))",
        "encode(('value', '-1', '', 0, 0, 0)) + encode((2, ()))",
        "encode(('value', '1 1', '', 0, 0, 0)) + encode((2, ()))",
        "encode(('value', '1 0', '', 0, 0, 0)) + encode((2, ()))",
        "encode(('value', 'x', '', 0, 0, 0)) + encode((2, ()))",
        "encode(('value', 0, '', 0, 0, 0)) + encode((2, ()))",
        "encode(('value', '', '0', 0, 0, 0)) + encode((2, ()))",
        "encode(('value', '', None, 0, 0, 0)) + encode((2, ()))",
        "encode(('value', '', '', 1, 0, 0)) + encode((2, ()))",
        "VALUE",
        "encode(('value', 2, '', '', 0, 0, 0)) + encode((2, ()))",
        "VALUE + encode(2)",
        "VALUE + encode((2,))",
        "VALUE + encode((2, (), 3))",
        "VALUE + encode((0, ()))",
        "VALUE + encode((2, ())) + b'N'",
        "VALUE + b't' + count(2)",
        "encode(['value', 0, 0]) + encode((2, ()))",
        "encode(('loaded',))",
        "encode(('prepared',))",
        "encode(('missing',))",
        "encode(('gone', '', '', 0, 0, 0))",
        "encode(('unsupported', 'why'))",
        "encode(('unsupported', 'why', '', '', 0, 0, 0))",
        "encode(('broken', {'note': 'x'}))",
        "encode(('large', '', '', 0, 0, 0))",
        "encode(('large', '', '', 0, 0, 0)) + encode((2, ()))",
        "encode(('vast', 'why', 'list', 2, '', '', 0, 0, 0))",
        "encode(('vast', 'why', 'str', 1 << 62, '', '', 0, 0, 0))",
        "encode(('vast', 'why', 'list', -7, '', '', 0, 0, 0))",
        "encode(('vast', 'why', 'list', 2, '', '', 0, 0, 0)) + encode((2, ()))",
        "encode(('vast', 3, 'list', 2, '', '', 0, 0, 0))",
        "encode(('syntax', 'SyntaxError', 'S', 'm', 1, 's')) + encode(())",
        "encode(('syntax', 'SyntaxError', 'S', 'm', 1, 's', '', '', 0, 0, 0)) + encode((2, ()))",
        "encode(('raised', '', '', 0, 0, 0)) + encode((2, ()))",
        "encode(('raised', 'E', 'E', 'm', 'line', 's', '', '', 0, 0, 0)) + encode((2, ()))",
        "encode(('raised', 'E', 'E', 'm', 1, 's', '', '', 0, 0, 0))",
        "encode(('raised', 'E', 'E', 'm', 1 << 62, 's', '', '', 0, 0, 0)) + encode((2, ()))",
        "encode(('value',) * 13) + encode((2, ()))",
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
        check_once(&forging(&format!("raised('{name}')")));
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
        check_once(&forging(&format!("raised('{name}')")));
    }
    for state in [
        "None",
        "(0,)",
        "((), (), {}, None, None)",
        "(0, (), {}, None, None, False)",
        "((), 0, {}, None, None, False)",
        "((), (), 0, None, None, False)",
        "((), (), {0: 1, '__class__': 2, 'args': 3}, None, None, False)",
        "((), (), {}, 0, None, False)",
        "((), (), {}, None, 0, False)",
        "((), (), {}, None, None, 0)",
    ] {
        check_once(&forging(&format!("raised('ValueError', state={state})")));
    }
    for (module, name) in
        [("os", "error"), ("json.decoder", "JSONDecoder"), ("antigravity", "webbrowser"), ("io", "open")]
    {
        check_once(&forging(&format!("raised('{name}', module='{module}')")));
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
    let value = "VALUE + encode((3, ()))";
    let unasked = [
        format!("write(encode(0) + {value})"),
        format!("for i in range(3): write(encode(i) + {value})"),
        format!("for i in range(1000): write(encode(number()) + {value})"),
        format!("write(encode(number()) + {value})\nwrite(encode(number()) + {value})"),
        "write(encode(('passed', {})))".to_owned(),
        "write(b'')".to_owned(),
        "write(count(0) + encode((None, '', [1], {}, ())), kind=1)".to_owned(),
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
fn references_to_arguments_and_containers_must_lead_somewhere() {
    let list = |body: &str| forging(&format!("VALUE + b't' + count(2) + {body}"));
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
    let tags =
        ["t", "l", "d", "S", "Z", "s", "b", "y", "I", "x", "M", "O", "C", "q' + bytes(8) + b'", "D' + bytes(1) + b'"];
    let lengths = ["0xffffffff", "0xbfffffff", "0x7fffffff", "0x3fffffff"];
    for (tag, length) in tags.iter().flat_map(|tag| lengths.map(|length| (tag, length))) {
        check_once(&forging(&format!("VALUE + b't' + count(2) + b'{tag}' + count({length})")));
    }
    check(&forging("b't' + count(0xffffffff)"));
    check(&forging("b't' + count(2) + b's' + count(0xffffffff)"));
}

#[test]
fn hostile_data_hangs_and_crashes_nobody() {
    let value = |body: &str| forging(&format!("VALUE + b't' + count(2) + {body} + b't' + count(0)"));
    for body in [
        // Deep nesting.
        "b''.join(b'l' + count(1) for _ in range(1000000)) + b'N'",
        "b''.join(b't' + count(1) for _ in range(1000000)) + b'N'",
        "b''.join(b'd' + count(1) + b'N' for _ in range(100000)) + b'N'",
        // Too many or too large.
        "b't' + count(5000000) + b'N' * 5000000",
        "b'l' + count(1500000) + (b'q' + count(0) + bytes(8)) * 1500000",
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
        "b'S' + count(1) + b'\\x03M' + count(4) + b'sNaN'",
        "b'Z' + count(1) + b'\\x03l' + count(0)",
        "b'S' + count(1) + b'\\x03t' + count(1) + b'r' + count(0)",
        "b'S' + count(3) + b'\\xff' + encode(1) + encode(2) + encode(3)",
        "b'd' + count(1) + b'y' + count(0) + b'N'",
        "b'd' + count(2) + b'TT' + b'TT'",
        "b'D\\x63' + count(0)",
        "b'q' + count(1) + b'\\xff' * 7 + b'\\x7f' + b'N'",
    ] {
        check_once(&value(body));
    }
    check_once(&forging("raised('ValueError', 'm' * 60000000)"));
    check_once(&forging("raised('ValueError', '/mend-' * 1000000 + 'at 0x' * 100000)"));
}

#[test]
fn hostile_values_that_keep_the_tests_busy_end_at_the_limit() {
    if !is_full() {
        println!("skipped: takes as long as the tests' own limit, set MEND_FULL=1");
        return;
    }
    let collide = "VALUE + b't' + count(2) + b'S' + count(300000) + b'\\x14' + b''.join(b'I' + count(14) + (k * ((1 << 61) - 1)).to_bytes(14, 'little') for k in range(1, 300001)) + b't' + count(0)";
    let problem = function("inc", [script("assert inc(1) == 2\n")]);
    check_status(AMPLE, &problem, &forging(collide), Status::TimeLimit);
}

#[test]
fn no_candidate_gets_out_of_a_verdict() {
    // The second test must not look broken, or unsupported, for what the first one was given.
    let problem = function("f", [script("x = f()\nassert f(x) == 1\n"), script("assert f() == 1\n")]);
    let mut returns = vec!["lambda: 1", "[object()]", "'x' * 10000000", "[{}] * 3", "[[] for _ in range(200000)]"];
    if is_full() {
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
    let names = forging("VALUE + b't' + count(2) + b'HKt' + count(13) + encode('\\x00' * 1000) * 13 + b't' + count(0)");
    let verdict = hidden(AMPLE, &problem, &names.replace("def inc(x)", "def f(*a)"));
    assert_eq!(verdict.passed(), 0);
    let deep = "def f(*a):\n    r = 1\n    for _ in range(100000): r = [r]\n    return r\n";
    let verdict = hidden(AMPLE, &function("f", [script("assert f([[f()]]) == 1\n")]), deep);
    assert_eq!(verdict.status, Status::WrongAnswer);
}
