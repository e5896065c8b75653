//! Block traces of small programs, in the engine of this run.

use super::{told, trace_of, traced};
use crate::common::{AMPLE, call, function, is_wasm, script, stdio, with_cpu};
use mend_core::{Integrity, Problem, Style};
use mend_judge::Trace;
use std::collections::BTreeMap;

#[track_caller]
fn check(program: &str, args: &str, expected: &[&str]) {
    let trace = traced(program, args);
    assert_eq!(told(&trace), expected, "{program}");
}

#[test]
fn a_loop_shows_its_first_second_and_last_pass() {
    let program = "def f(n):\n    total = 0\n    for i in range(n):\n        if i % 2:\n            total += i\n    return total\n";
    check(
        program,
        "[7]",
        &[
            "1: n=7",
            "2: total=0",
            "3 (1/7): i=0",
            "4 (1/7): ",
            "3 (2/7): i=1",
            "4 (2/7): ",
            "5 (2/7): total=1",
            "3 (7/7): i=6",
            "4 (7/7): ",
            "6: return=9",
        ],
    );
    // Up to three passes nothing is left out; a loop without a pass shows its head.
    check(
        "def f(n):\n    while n:\n        n -= 1\n    return n\n",
        "[3]",
        &[
            "1: n=3",
            "2 (1/3): ",
            "3 (1/3): n=2",
            "2 (2/3): ",
            "3 (2/3): n=1",
            "2 (3/3): ",
            "3 (3/3): n=0",
            "4: return=0",
        ],
    );
    check("def f(n):\n    while n:\n        n -= 1\n    return n\n", "[0]", &["1: n=0", "2 (1/1): ", "4: return=0"]);
    // A loop that is left in its midst ends with the pass that left it.
    check(
        "def f(n):\n    for i in range(n):\n        if i == 4:\n            break\n    return i\n",
        "[9]",
        &[
            "1: n=9",
            "2 (1/5): i=0",
            "3 (1/5): ",
            "2 (2/5): i=1",
            "3 (2/5): ",
            "2 (5/5): i=4",
            "3 (5/5): ",
            "4 (5/5): ",
            "5: return=4",
        ],
    );
}

#[test]
fn loops_within_loops_are_cut_each() {
    let program =
        "def f(n):\n    t = 0\n    for i in range(n):\n        for j in range(n):\n            t += 1\n    return t\n";
    let trace = traced(program, "[10]");
    let inner = |i: u32| {
        let t = |j: u32| 10 * i + j + 1;
        vec![
            format!("4 (1/10): j=0"),
            format!("5 (1/10): t={}", t(0)),
            format!("4 (2/10): j=1"),
            format!("5 (2/10): t={}", t(1)),
            format!("4 (10/10): j=9"),
            format!("5 (10/10): t={}", t(9)),
        ]
    };
    let mut expected = vec!["1: n=10".to_owned(), "2: t=0".to_owned()];
    for (pass, i) in [(1, 0), (2, 1), (10, 9)] {
        expected.push(format!("3 ({pass}/10): i={i}"));
        expected.extend(inner(i));
    }
    expected.push("6: return=100".to_owned());
    assert_eq!(told(&trace), expected);
    // All that was executed is counted: 100 steps twice, ten heads, and the three beside the loops.
    assert_eq!(trace.total, 213);
}

#[test]
fn calls_show_their_heads_with_the_arguments() {
    check(
        "def f(n):\n    if n < 2:\n        return n\n    return n * f(n - 1)\n",
        "[3]",
        &["1: n=3", "2: ", "4: return=6", "1: n=2", "2: ", "4: return=2", "1: n=1", "2: ", "3: return=1"],
    );
    check(
        "def f(xs):\n    def add(x, *more, key=1, **named):\n        nonlocal total\n        total += x\n    total = 0\n    for x in xs: add(x)\n    return total\n",
        "[[5, 6]]",
        &[
            "1: xs=[5, 6]",
            "5: total=0",
            "6 (1/2): x=5; total=5",
            "2: x=5; key=1; more=(); named={}",
            "4: total=5; return=None",
            "6 (2/2): x=6; total=11",
            "2: x=6; key=1; more=(); named={}",
            "4: total=11; return=None",
            "7: return=11",
        ],
    );
    check(
        "class Solution:\n    def f(self, n):\n        self.n = n\n        return self.twice()\n    def twice(self):\n        return 2 * self.n\n",
        "[4]",
        &["2: self=Solution(); n=4", "3-4: self=Solution(n=4); return=8", "5: self=Solution(n=4)", "6: return=8"],
    );
}

#[test]
fn generators_yield_and_go_on() {
    let trace = traced(
        "def g(n):\n    for i in range(n):\n        yield i\n\ndef f(n):\n    out = []\n    for x in g(n):\n        out.append(x)\n    return out\n",
        "[2]",
    );
    assert_eq!(
        told(&trace),
        [
            "5: n=2",
            "6: out=[]",
            "7 (1/2): x=0",
            "1: n=2",
            "2 (1/2): i=0",
            "3 (1/2): yield=0",
            "8 (1/2): out=[0]",
            "7 (2/2): x=1",
            "2 (2/2): i=1",
            "3 (2/2): yield=1",
            "8 (2/2): out=[0, 1]",
            "9: return=[0, 1]",
        ]
    );
    // What the call gave is used by the test alone.
    let problem = function("f", []);
    let test = script("assert list(f(3)) == [0, 1, 4]\n");
    let trace = trace_of(AMPLE, &problem, "def f(n):\n    for i in range(n):\n        yield i + i\n", test).unwrap();
    assert_eq!(
        told(&trace),
        [
            "1: n=3",
            "2 (1/3): i=0",
            "3 (1/3): yield=0",
            "2 (2/3): i=1",
            "3 (2/3): yield=2",
            "2 (3/3): i=2",
            "3 (3/3): yield=4"
        ]
    );
}

#[test]
fn exceptions_are_shown_where_they_pass() {
    let trace = traced(
        "def g(x):\n    return 1 / x\n\ndef f(n):\n    try:\n        g(0)\n    except ZeroDivisionError as e:\n        n = str(e)\n    finally:\n        k = {}\n    return k[n]\n",
        "[1]",
    );
    assert_eq!(
        told(&trace),
        [
            "4: n=1",
            "5: ",
            "6: raise=ZeroDivisionError: division by zero",
            "1: x=0",
            "2: raise=ZeroDivisionError: division by zero",
            "7: e=ZeroDivisionError('division by zero')",
            "8: n='division by zero'",
            "10: k={}",
            "11: raise=KeyError: 'division by zero'",
        ]
    );
    assert_eq!(trace.end.as_deref(), Some("raised KeyError: 'division by zero'"));
    assert_eq!(trace.call.as_deref(), Some("f(1)"));
}

#[test]
fn branches_and_statements_of_several_lines_are_blocks_of_their_own() {
    check(
        "def f(n):\n    a = [\n        n,\n        n + 1,\n    ]\n    if n == 1:\n        return a\n    elif (n ==\n          2):\n        b = 5\n        return b\n    with open('/dev/null'):\n        pass\n",
        "[2]",
        &["1: n=2", "2-6: a=[2, 3]", "8-9: ", "10-11: b=5; return=5"],
    );
    check(
        "def f(n):\n    match n:\n        case [x]:\n            return x\n        case {'a': y}:\n            z = y\n            return z\n",
        "[{\"a\": 7}]",
        &["1: n={'a': 7}", "2: ", "3: ", "5: y=7", "6-7: z=7; return=7"],
    );
}

#[test]
fn values_are_shown_without_the_programs_own_words() {
    let program = "\
import collections, datetime, decimal, enum, fractions, dataclasses
class A:
    def __init__(self): self.x = 1
    def __repr__(self): raise ValueError('no')
class B:
    def __repr__(self):
        while True: pass
class C:
    __slots__ = ('a', 'b')
    def __repr__(self): return 'x' * 10_000_000
    def __eq__(self, other): 1 / 0
    def __hash__(self): 1 / 0
    def __getattribute__(self, name): 1 / 0
class M(type):
    def __getattribute__(self, name): 1 / 0
class D(metaclass=M): pass
class L(list): pass
class E(enum.Enum):
    RED = 1
@dataclasses.dataclass
class P:
    x: int
    y: str
T = collections.namedtuple('T', 'x y')
def f(n):
    a, b, c, d, e, l = A(), B(), C(), D(), E.RED, L([1])
    p, t, q = P(1, 'a'), T(1, 2), collections.Counter('aab')
    r = [a, {1: (2,)}, {3}, set(), frozenset([4]), collections.deque([5])]
    s, u = 'y' * 100, 10 ** 5000
    v = [1.5, None, True, b'x', range(3), 2j, fractions.Fraction(1, 3), decimal.Decimal('1.5')]
    w = [datetime.date(2020, 1, 2), len, ValueError('x'), iter([1])]
    v.append(v)
    return n
";
    let trace = traced(program, "[0]");
    let values: BTreeMap<&str, &str> = trace
        .steps
        .iter()
        .flat_map(|step| &step.values.0)
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    for (name, expected) in [
        ("a", "A(x=1)"),
        ("b", "B()"),
        ("c", "C()"),
        ("d", "D()"),
        ("e", "E.RED"),
        ("l", "L([1])"),
        ("p", "P(x=1, y='a')"),
        ("t", "T(x=1, y=2)"),
        ("q", "Counter({'a': 2, 'b': 1})"),
        ("r", "[A(x=1), {1: (2,)}, {3}, set(), frozenset({4}), deque([5])]"),
        ("s", "'yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy..."),
        ("u", "<an integer of 16610 bits>"),
        ("v", "[1.5, None, True, b'x', range(0, 3), 2j, Fraction(1, 3), ..."),
        ("w", "[datetime.date(2020, 1, 2), <function len>, ValueError('x'),..."),
    ] {
        let expected: String = expected.chars().collect();
        let found = values.get(name).copied();
        assert!(
            found.is_some_and(|found| found == expected || expected.ends_with("...") && same_cut(found, &expected)),
            "{name}: {found:?}"
        );
    }
}

/// Whether a value is cut as it should be: to sixty characters, the last three of which say so.
fn same_cut(found: &str, expected: &str) -> bool {
    found.chars().count() == 60 && found.ends_with("...") && expected.starts_with(&found[..40])
}

#[test]
fn the_last_call_of_a_test_is_the_one_that_is_traced() {
    let problem = function("f", []);
    let program = "calls = 0\ndef f(n):\n    global calls\n    calls += 1\n    return n + calls\n";
    let test = script("def check(g):\n    assert g(1) == 2\n    assert g(5) == 8\n    assert g(7) == 10\ncheck(f)\n");
    let trace = trace_of(AMPLE, &problem, program, test).unwrap();
    assert_eq!((trace.call.as_deref(), told(&trace)), (Some("f(5)"), vec!["2: n=5".into(), "4-5: return=7".into()]));
    // The statement's own code is there, for the program and for the test.
    let problem = Problem { context: Some("BASE = 10\ndef f(n):\n    pass\n".into()), ..function("f", []) };
    let trace = trace_of(AMPLE, &problem, "def f(n):\n    return BASE + n\n", script("assert f(BASE) == 0\n")).unwrap();
    assert_eq!(told(&trace), ["1: n=10", "2: return=20"]);
    // A test that uses what the program defines.
    let problem = Problem { integrity: Integrity::Cooperative, ..function("f", []) };
    let program = "class A:\n    def __init__(self, x):\n        self.x = x\ndef f(a):\n    return a.x\n";
    let trace = trace_of(AMPLE, &problem, program, script("assert f(A(3)) == 4\n")).unwrap();
    assert_eq!(
        (trace.call.as_deref(), told(&trace)),
        (Some("f(A(x=3))"), vec!["4: a=A(x=3)".into(), "5: return=3".into()])
    );
}

fn program_problem() -> Problem {
    mend_testkit::problem("t/p", Style::Program, "")
}

#[test]
fn whole_programs_are_traced_with_their_input() {
    let program = "\
import sys
def double(x):
    return 2 * x
n = int(input())
rest = sys.stdin.read().split()
for word in rest:
    print(double(int(word)))
";
    let trace = trace_of(AMPLE, &program_problem(), program, stdio("2\n3 4\n", "6\n8\n")).unwrap();
    assert_eq!(trace.call, None);
    assert_eq!(
        told(&trace),
        [
            "1: ",
            "4-5: n=2; rest=['3', '4']",
            "6 (1/2): word='3'",
            "7 (1/2): ",
            "2: x=3",
            "3: return=6",
            "6 (2/2): word='4'",
            "7 (2/2): ",
            "2: x=4",
            "3: return=8",
        ]
    );
    if !is_wasm() {
        let program = "import threading\ndef main():\n    x = int(input())\n    print(x)\nt = threading.Thread(target=main)\nt.start()\n";
        let trace = trace_of(AMPLE, &program_problem(), program, stdio("5\n", "5\n")).unwrap();
        assert!(told(&trace).contains(&"3-4: x=5; return=None".to_owned()), "{trace:?}");
    }
}

#[test]
fn what_never_ends_is_traced_as_far_as_it_came() {
    let stopped = |trace: &Trace, end: Option<&str>, last: &str| {
        assert_eq!(trace.end.as_deref(), end, "{trace:?}");
        assert!(told(trace).last().unwrap().starts_with(last), "{trace:?}");
        assert!(trace.steps.len() <= 64);
    };
    let problem = function("f", []);
    let trace = |program: &str| trace_of(with_cpu(2000), &problem, program, call("[1]", "0")).unwrap();
    stopped(&trace("def f(n):\n    while True:\n        n += 1\n"), Some("stopped"), "3 (");
    // Each run stops at the same place.
    let again = || trace("def f(n):\n    k = []\n    while True:\n        k.append(n)\n        n = n * 2 % 1000003\n");
    assert_eq!(again(), again());
    // No `except` of the program is in the way.
    let program = "def f(n):\n    while True:\n        try:\n            n += 1\n        except BaseException:\n            pass\n";
    stopped(&trace(program), Some("stopped"), "");
    // In the midst of a call that the tracer cannot see into: the host ends it.
    stopped(&trace("def f(n):\n    a = 5\n    b = [6]\n    if b:\n        return sum(range(10 ** 12))\n"), None, "5: ");
    let recursion = trace("def f(n):\n    return f(n + 1)\n");
    assert!(recursion.end.as_deref().unwrap().starts_with("raised RecursionError"), "{recursion:?}");
    assert!(recursion.steps.len() <= 64 && recursion.total < 200, "{}", recursion.total);
}

#[test]
fn programs_that_leave_or_interfere_are_traced_until_then() {
    let problem = function("f", []);
    let trace = |program: &str| trace_of(AMPLE, &problem, program, call("[1]", "0"));
    let lines = |program: &str| told(&trace(program).unwrap_or_else(|| panic!("{program}")));
    assert_eq!(
        lines("import sys\ndef f(n):\n    a = 1\n    sys.exit(3)\n"),
        ["2: n=1", "3-4: a=1; raise=SystemExit: 3"]
    );
    assert_eq!(lines("import os\ndef f(n):\n    a = 1\n    os._exit(3)\n"), ["2: n=1", "3-4: a=1"]);
    let noise = "import os\ndef f(n):\n    print('{\"steps\": []}' * n)\n    os.write(1, b'\\n{}\\n')\n    return 1\n";
    assert_eq!(lines(noise), ["2: n=1", "3-5: return=1"]);
    // Its own tracer takes the place of ours.
    let own = "import sys\ndef f(n):\n    sys.settrace(None)\n    return g(n)\ndef g(n):\n    return n\n";
    assert_eq!(lines(own)[0], "2: n=1");
    let breaks = "import builtins, json, os\nbuiltins.len = builtins.isinstance = builtins.type = builtins.repr = None\njson.dumps = os.write = os.dup = None\ndef f(n):\n    a = [n]\n    return a\n";
    assert_eq!(lines(breaks), ["4: n=1", "5-6: a=[1]; return=[1]"]);
    for program in ["def f(n:\n", "1 / 0\n", "def g(n):\n    return n\n", "import os\nos._exit(0)\n", ""] {
        assert_eq!(trace(program), None, "{program}");
    }
    // A test that never calls, one of another kind, and one that is none.
    for test in [script("assert True\n"), script("assert f(\n"), stdio("", "")] {
        assert_eq!(trace_of(AMPLE, &problem, "def f(n):\n    return n\n", test), None);
    }
}

/// Ten calls with what a person says that their blocks change.
const BY_HAND: [(&str, &str, &[&str]); 10] = [
    ("def f(a, b):\n    c = a + b\n    return c * 2\n", "[3, 4]", &["1: a=3; b=4", "2-3: c=7; return=14"]),
    (
        "def f(s):\n    out = ''\n    for c in s:\n        out = c + out\n    return out\n",
        "[\"abc\"]",
        &[
            "1: s='abc'",
            "2: out=''",
            "3 (1/3): c='a'",
            "4 (1/3): out='a'",
            "3 (2/3): c='b'",
            "4 (2/3): out='ba'",
            "3 (3/3): c='c'",
            "4 (3/3): out='cba'",
            "5: return='cba'",
        ],
    ),
    (
        "def f(n):\n    a, b = 0, 1\n    while a < n:\n        a, b = b, a + b\n    return a\n",
        "[2]",
        &[
            "1: n=2",
            "2: a=0; b=1",
            "3 (1/3): ",
            "4 (1/3): a=1",
            "3 (2/3): ",
            "4 (2/3): b=2",
            "3 (3/3): ",
            "4 (3/3): a=2; b=3",
            "5: return=2",
        ],
    ),
    (
        "def f(words):\n    seen = {}\n    for w in words:\n        seen[w] = seen.get(w, 0) + 1\n    return seen\n",
        "[[\"x\", \"y\", \"x\"]]",
        &[
            "1: words=['x', 'y', 'x']",
            "2: seen={}",
            "3 (1/3): w='x'",
            "4 (1/3): seen={'x': 1}",
            "3 (2/3): w='y'",
            "4 (2/3): seen={'x': 1, 'y': 1}",
            "3 (3/3): w='x'",
            "4 (3/3): seen={'x': 2, 'y': 1}",
            "5: return={'x': 2, 'y': 1}",
        ],
    ),
    (
        "def f(xs):\n    lo, hi = 0, len(xs)\n    while lo < hi:\n        mid = (lo + hi) // 2\n        if xs[mid] < 5:\n            lo = mid + 1\n        else:\n            hi = mid\n    return lo\n",
        "[[1, 4, 6, 9]]",
        &[
            "1: xs=[1, 4, 6, 9]",
            "2: lo=0; hi=4",
            "3 (1/2): ",
            "4-5 (1/2): mid=2",
            "8 (1/2): hi=2",
            "3 (2/2): ",
            "4-5 (2/2): mid=1",
            "6 (2/2): lo=2",
            "9: return=2",
        ],
    ),
    (
        "def f(n):\n    xs = [i * i for i in range(n) if i % 2]\n    xs.append(xs[-1] / 2)\n    return sum(xs)\n",
        "[4]",
        &["1: n=4", "2-4: xs=[1, 9, 4.5]; return=14.5"],
    ),
    (
        "def f(m):\n    t = [list(r) for r in zip(*m)]\n    t[0][0] = None\n    return t\n",
        "[[[1, 2], [3, 4]]]",
        &["1: m=[[1, 2], [3, 4]]", "2-4: t=[[None, 3], [2, 4]]; return=[[None, 3], [2, 4]]"],
    ),
    (
        "def f(x):\n    if x is None:\n        return -1\n    y = abs(x)\n    z = not y\n    return (y, z)\n",
        "[-2.5]",
        &["1: x=-2.5", "2: ", "4-6: y=2.5; z=False; return=(2.5, False)"],
    ),
    (
        "def f(n):\n    stack = [n]\n    while stack:\n        top = stack.pop()\n        if top > 1:\n            stack += [top // 2]\n    return top\n",
        "[3]",
        &[
            "1: n=3",
            "2: stack=[3]",
            "3 (1/2): ",
            "4-5 (1/2): stack=[]; top=3",
            "6 (1/2): stack=[1]",
            "3 (2/2): ",
            "4-5 (2/2): stack=[]; top=1",
            "7: return=1",
        ],
    ),
    (
        "def f(s):\n    i = s.find('b')\n    try:\n        return s[i + 9]\n    except IndexError:\n        i = -i\n    return i\n",
        "[\"abc\"]",
        &["1: s='abc'", "2-3: i=1", "4: raise=IndexError: string index out of range", "5: ", "6: i=-1", "7: return=-1"],
    ),
];

#[test]
fn traced_values_are_those_of_a_plain_interpreter() {
    for (program, args, expected) in BY_HAND {
        let found = told(&traced(program, args));
        let expected: Vec<String> = expected.iter().map(|line| (*line).to_owned()).collect();
        assert_eq!(found, expected, "{program}");
    }
}

/// What `plain.py` sees of the same calls: the variables of the function whenever a line is about to be executed.
#[test]
fn a_plain_interpreter_comes_by_the_same_values_in_the_same_order() {
    for (program, args, _) in BY_HAND {
        #[expect(clippy::disallowed_methods, reason = "a plain interpreter is what is compared with")]
        let mut command = std::process::Command::new("python3");
        let output = command.args(["-c", include_str!("plain.py"), program, args]).output().unwrap();
        assert!(output.status.success(), "{program}: {output:?}");
        let seen: Vec<BTreeMap<String, String>> = serde_json::from_slice(&output.stdout).unwrap();
        let mut later = seen.iter();
        for step in &traced(program, args).steps {
            let values = step.values.0.iter().filter(|(name, _)| !["return", "raise"].contains(&name.as_str()));
            let values: Vec<_> = values.collect();
            let fits =
                |seen: &&BTreeMap<String, String>| values.iter().all(|(name, value)| seen.get(name) == Some(value));
            assert!(values.is_empty() || later.any(|seen| fits(&seen)), "{program}: {step:?} among {seen:?}");
        }
    }
}
