//! What a test lends to the candidate: functions, iterators, objects and classes of its own. Honest uses stand in
//! `differential/arguments.txt`; here is what nobody may do with them, and where they end.

use crate::cheats::GUEST;
use crate::common::{
    AMPLE, Judged, SHORT, check_script, check_status, check_unproven, failure, function, is_wasm, judge_all,
    judge_with, script, task, with_cpu,
};
use mend_core::{Integrity, Problem, Status};
use mend_dataset::{OnInvalid, SourceFile, load};
use mend_judge::JudgeError;
use mend_testkit::{is_full, shared};
use std::path::Path;

/// What a test lends, beside an expected value that follows from it alone.
const TEST: &str = "\
EXPECTED = 987654
hidden = 'EXPECTED'

def g(x):
    return x * 2

def made(expected=EXPECTED):
    def inside(x):
        return x if x != expected else None
    return inside

class Box:
    limit = 9
    def __init__(self, value):
        self.value = value
        self._secret = EXPECTED
    def matches(self, other):
        return other == EXPECTED
    def __len__(self):
        return 3

class Bad(Exception):
    pass

def items():
    wanted = EXPECTED
    yield 1
    yield 2

box = Box(5)
got = f(g, made(), box, Box, items(), Bad)
assert got == EXPECTED and box.matches(got) and box.value == 5
";

fn problem() -> Problem {
    function("f", [script(TEST)])
}

/// Whether what was judged is no pass: a failure, or nothing at all.
#[track_caller]
fn is_no_pass(judged: Judged, program: &str) {
    match judged {
        Ok(judged) => assert!(judged.verdict.status != Status::Passed, "it passes:\n{program}"),
        Err(JudgeError::Unsupported { .. } | JudgeError::Unproven { .. }) => {}
        Err(error) => panic!("{error}: {program}"),
    }
}

/// A cheat: the body of the function.
#[track_caller]
fn cheats(body: &str) {
    let program = format!("import sys\n\ndef f(g, inside, box, Box, it, Bad):\n    {}\n", body.replace('\n', "\n    "));
    is_no_pass(judge_with(AMPLE, &problem(), &program), &program);
}

/// The same with the guest's own tools: `ask` asks the tests' side for anything.
#[track_caller]
fn forges(body: &str) {
    let program = format!(
        "{GUEST}\ndef ask(what, act, *args, **kwargs):\n    return __main__.borrower.send(what, act, args, kwargs)\n\n\
         def f(g, inside, box, Box, it, Bad):\n    {}\n",
        body.replace('\n', "\n    ")
    );
    is_no_pass(judge_with(AMPLE, &problem(), &program), &program);
}

#[test]
fn the_problem_can_be_solved_with_what_is_lent() {
    let solved =
        "def f(g, inside, box, Box, it, Bad):\n    return g(493820) + box.value + Box(3).value + sum(it) + len(box)\n";
    check_status(AMPLE, &problem(), solved, Status::Passed);
    // The tool of the forgers works too.
    let asks = format!("{GUEST}\ndef f(g, *more):\n    return __main__.borrower.send(g, '', (493827,), {{}})\n");
    check_status(AMPLE, &problem(), &asks, Status::Passed);
}

#[test]
fn nothing_leads_from_what_is_lent_to_the_test() {
    for body in [
        "return g.__globals__['EXPECTED']",
        "return next(x for x in g.__code__.co_consts if x == 987654)",
        "return inside.__closure__[0].cell_contents",
        "return inside.__defaults__[0]",
        "return Box.__init__.__globals__['EXPECTED']",
        "return box.__init__.__globals__['EXPECTED']",
        "return box.matches.__func__.__globals__['EXPECTED']",
        "return box.matches.__globals__['EXPECTED']",
        "return Box.matches.__code__.co_consts[-1]",
        "return box.__dict__['_secret']",
        "return vars(box)['_secret']",
        "return box._secret",
        "return getattr(box, '_secret', 0)",
        "return box.__class__._secret",
        "return it.gi_frame.f_locals['wanted']",
        "return it.gi_frame.f_globals['EXPECTED']",
        "return it.gi_code.co_consts[0]",
        "next(it)\nreturn it.gi_frame.f_locals['wanted']",
        "try:\n    g()\nexcept TypeError as e:\n    return e.__traceback__.tb_next.tb_frame.f_globals['EXPECTED']",
        "try:\n    g(None)\nexcept TypeError as e:\n    t = e.__traceback__\n    while t.tb_next: t = t.tb_next\n    \
         return t.tb_frame.f_globals['EXPECTED']",
        "try:\n    raise Bad\nexcept Bad as e:\n    return e.__traceback__.tb_frame.f_back.f_globals['EXPECTED']",
        "return Bad.__init__.__globals__['EXPECTED']",
        "return [k for k in object.__subclasses__() if k.__name__ == 'Box'][0].__init__.__globals__['EXPECTED']",
        "return Box.__subclasses__()[0]()",
        "return Box.__mro__[1].__subclasses__()[-1].__init__.__globals__['EXPECTED']",
        "import inspect\nreturn int(inspect.getsource(g).split()[0])",
        "import gc\nreturn [o for o in gc.get_objects() if type(o) is dict and o.get('hidden') == 'EXPECTED'][0]['EXPECTED']",
        "import pickle\nreturn pickle.loads(pickle.dumps(box))._secret",
        "import copy\nreturn copy.copy(box)._secret",
        "return box.__reduce_ex__(2)[2]['_secret']",
        "return '{0.__globals__[EXPECTED]}'.format(g)",
        "return int(f'{box._secret}')",
        "import operator\nreturn operator.attrgetter('__globals__')(g)['EXPECTED']",
    ] {
        cheats(body);
    }
}

#[test]
fn the_tests_side_does_nothing_for_a_program_that_is_not_on_the_list() {
    for body in [
        "return ask(g, 'get', '__globals__')['EXPECTED']",
        "return ask(g, 'get', 'func_globals')",
        "return ask(g, '__getattribute__', '__globals__')['EXPECTED']",
        "return ask(box, 'get', '_secret')",
        "return ask(box, 'get', '__class__')",
        "return ask(box, '__getattribute__', '_secret')",
        "return ask(box, '__reduce_ex__', 2)",
        "return ask(box, '__init_subclass__')",
        "return ask(box, 'invoke', '__reduce_ex__', 2)",
        "return ask(box, 'invoke', '__init__', 5)",
        "return ask(Box, '__subclasses__')",
        "return ask(Box, 'get', '__init__')",
        "return ask(Box, 'invoke', 'mro')[0]._secret",
        "return ask(it, 'get', 'gi_frame')",
        "return ask(it, '__getattribute__', 'gi_frame')",
        "return ask(it, '__del__')",
        "return ask(Bad('x'), 'get', '__traceback__')",
        "ask(box, 'set', '__class__', Bad)",
        "ask(box, 'set', '_secret', 1)\nreturn 1",
        "ask(Box, 'set', '__eq__', lambda *a: True)\nreturn 1",
        "ask(Box, 'set', 'matches', lambda *a: True)\nreturn 1",
        "ask(box, 'set', 'matches', lambda *a: True)\nreturn 1",
        "ask(box, 'delete', 'matches')\nreturn 1",
        "ask(box, 'copy').value = 9\nreturn ask(box, 'deepcopy')._secret",
        "return ask(g, 'eval', 'EXPECTED')",
        "return ask(f, '', 1)",
        "return ask([], 'append', 1)",
        "return ask('EXPECTED', '')",
        "return ask(None, 'get', 'f_globals')",
        "return ask(g, '', 493827, **{'__globals__': 1})",
        "return ask(g, 7, 1)",
        "return __main__.borrower.send(g, '', [493827], {})",
        "return __main__.borrower.send(g, '', (493827,), {1: 2})",
        "return ask(g, 'refuse', 'passes')",
        "return ask(g, 'has', '__globals__')",
        "return ask(g, 'settle')",
    ] {
        forges(body);
    }
}

#[test]
fn forged_numbers_and_frames_out_of_turn_end_the_program() {
    let tool = "\
from _struct import pack
def count(n): return pack('<I', n)
def encode(x): return __main__.encode(x)
def number():
    frame = sys._getframe()
    while 'request' not in frame.f_locals or frame.f_code.co_name != 'handle': frame = frame.f_back
    return frame.f_locals['request'][1]
def head(word='callback', *more): return encode(number()) + encode((word, *more, '', '', 0, 0, 0))
def asks(target, act=b's\\0\\0\\0\\0', args=b't\\0\\0\\0\\0', kwargs=b'd\\0\\0\\0\\0'):
    return b't' + count(2) + b't' + count(4) + target + act + args + kwargs + b't' + count(0)
def told(payload):
    reply = __main__.call(payload)
    raise SystemExit(3)
";
    let g = "b'j' + count(0)";
    for body in [
        // What nobody lent, what was given out, a class, and nothing.
        "told(head() + asks(b'j' + count(99)))".to_owned(),
        "told(head() + asks(b'h' + count(0)))".to_owned(),
        "told(head() + asks(b'k' + count(0)))".to_owned(),
        "told(head() + asks(b'N'))".to_owned(),
        "told(head() + asks(b'Jt' + count(0)))".to_owned(),
        "told(head() + b'N')".to_owned(),
        "told(head())".to_owned(),
        "told(head('callback', 'more') + asks(b'j' + count(0)))".to_owned(),
        "told(head('uncrossed') + b'')".to_owned(),
        "told(head('uncrossed', 'x' * 99))".to_owned(),
        "told(b'')".to_owned(),
        // A number that no question has.
        format!("told(encode(number() + 1) + encode(('callback', '', '', 0, 0, 0)) + asks({g}))"),
        // An answer in the place of a question, and the other way round.
        "told(head('value') + encode((987654, ())))".to_owned(),
        format!("told(head('value') + asks({g}))"),
        "told(head('large'))".to_owned(),
        format!("told(encode(number()) + encode(('callback', '0 0', '', 0, 0, 0)) + asks({g}))"),
        format!("told(encode(number()) + encode(('callback', '', '7', 0, 0, 0)) + asks({g}))"),
        format!("told(encode(number()) + encode(('callback', '', '', 9, 0, 0)) + asks({g}))"),
        // Two questions, and an answer that is there before its question is replied to.
        format!("__main__.call(head() + asks({g}, args=encode((1,))))\ntold(head() + asks({g}))"),
    ] {
        let program = format!("{GUEST}{tool}\ndef f(*a):\n    {}\n", body.replace('\n', "\n    "));
        is_no_pass(judge_with(AMPLE, &problem(), &program), &program);
    }
    if is_wasm() {
        return;
    }
    for writes in [
        format!("write(head() + asks({g}, args=encode((1,))), 1)\nwrite(head('value') + encode((987654, ())), 0)"),
        format!("write(head() + asks({g}, args=encode((1,))), 1)\nwrite(head() + asks({g}, args=encode((1,))), 1)"),
        "write(head('value') + encode((987654, ())), 1)".to_owned(),
        format!("write(head() + asks({g}), 0)"),
    ] {
        let write =
            "def write(payload, kind):\n    import os\n    os.write(4, pack('<IB', len(payload), kind) + payload)\n";
        let program =
            format!("{GUEST}{tool}{write}\ndef f(*a):\n    {}\n    return 987654\n", writes.replace('\n', "\n    "));
        let judged = judge_with(AMPLE, &problem(), &program);
        let status = judged.unwrap().verdict.status;
        assert_eq!(status, Status::RuntimeError, "{program}");
    }
}

#[test]
fn what_is_kept_beyond_its_test_does_nothing() {
    let tests = [
        script("assert f(lambda x: x + 1, iter([7, 8]), 0) == 0\n"),
        script("assert f(lambda x: x + 2, iter([9]), 1) == 3\n"),
        script("calls = []\nassert f(calls.append, iter([5]), 2) == 5 and calls == []\n"),
    ];
    let keeps = "\
kept = []
def f(g, it, n):
    kept.append((g, it))
    if n == 0:
        return 0
    old, left = kept[0]
    try:
        return old(1) + next(left)
    except RuntimeError as error:
        assert 'a test that has ended' in str(error)
        return g(1) if n == 1 else next(it)
";
    check_status(AMPLE, &function("f", tests), keeps, Status::Passed);
    // Nobody is asked once the call has been answered.
    let later = "\
import threading, time
def f(g):
    if g is None:
        time.sleep(0.5)
        return 1
    def late():
        time.sleep(0.2)
        g(5)
    threading.Thread(target=late, daemon=True).start()
    return 1
";
    let source = "seen = []\nassert f(seen.append) == 1\nimport time\ntime.sleep(0.5)\nassert seen == [5]\n";
    if !is_wasm() {
        check_script(later, source, Status::WrongAnswer);
    }
}

#[test]
fn what_a_program_gives_to_a_function_of_the_test_is_compared_there_on_data() {
    let liar = "\
class T(int):
    def __eq__(self, other): return True
    def __ne__(self, other): return False
    __lt__ = __le__ = __gt__ = __ge__ = __contains__ = __eq__
    def __hash__(self): return 5
    def __bool__(self): return True
class O:
    __eq__ = __lt__ = __gt__ = __contains__ = T.__eq__
    def __hash__(self): return 5
    def __iter__(self): return iter(O() for _ in range(3))
    def __len__(self): return 3
    def __add__(self, other): return O()
    __radd__ = __add__
";
    for source in [
        "assert f(lambda x: x == 5) is True\n",
        "assert f(lambda x: x in (5, 6)) is True\n",
        "seen = []\nf(seen.append)\nassert seen == [5]\n",
        "seen = set()\nf(seen.add)\nassert seen == {5}\n",
        "seen = {}\nf(lambda x: seen.update({x: 1}))\nassert seen == {5: 1}\n",
        "def ok(x):\n    assert x == 5\n    return True\nassert f(ok)\n",
        "def ok(x):\n    assert x + 1 == 6\nf(ok)\n",
        "def ok(x):\n    assert sorted([x, 3]) == [3, 5]\nf(ok)\n",
        "class C:\n    pass\nc = C()\nf(lambda x: setattr(c, 'x', x))\nassert c.x == 5\n",
    ] {
        for value in ["T(4)", "O()", "float('nan')", "[O()]", "4"] {
            let program = format!("{liar}\ndef f(g):\n    return g({value})\n");
            is_no_pass(judge_with(AMPLE, &function("f", [script(source)]), &program), &format!("{program}{source}"));
        }
        check_script("def f(g):\n    return g(5)\n", source, Status::Passed);
    }
}

#[test]
fn what_a_program_raises_through_a_function_of_the_test_is_no_pass() {
    let source = "\
def each(xs):
    total = 0
    for x in xs:
        total += x
    return total
seen = []
def ok(x):
    assert x == 5, 'not five'
    seen.append(x)
f(each, ok)
assert seen == [5]
";
    for body in [
        "raise StopIteration",
        "raise GeneratorExit",
        "raise SystemExit(0)",
        "raise KeyboardInterrupt",
        "raise AssertionError",
        "def g():\n    yield 1\n    raise SystemExit(0)\neach(g())",
        "class E(Exception):\n    def __eq__(self, other): return True\nclass I:\n    def __iter__(self): raise E\neach(I())",
        "try:\n    ok(4)\nexcept AssertionError:\n    pass",
        "try:\n    ok(4)\nfinally:\n    return",
        "import os\ndef g():\n    yield 1\n    os._exit(0)\neach(g())",
    ] {
        let program = format!("def f(each, ok):\n    {}\n", body.replace('\n', "\n    "));
        is_no_pass(judge_with(AMPLE, &function("f", [script(source)]), &program), &program);
    }
    check_script("def f(each, ok):\n    ok(each([2, 3]))\n", source, Status::Passed);
}

/// A program that never comes back, for a test that lends it what it needs for that.
fn asks_without_end(body: &str) {
    let source = "assert f(lambda x: x, lambda xs: sum(xs)) == 1\n";
    let program = format!("def f(g, total):\n    {}\n", body.replace('\n', "\n    "));
    check_status(SHORT, &function("f", [script(source)]), &program, Status::TimeLimit);
}

#[test]
fn whoever_asks_without_end_reaches_its_own_time_limit() {
    asks_without_end("while True: g(1)");
}

#[test]
fn whoever_keeps_the_tests_side_busy_without_end_reaches_its_own_time_limit() {
    let endless = ["itertools.repeat(1)", "iter(range(1 << 80))", "(x for x in itertools.repeat(1))"];
    for xs in &endless[..if is_full() { endless.len() } else { 1 }] {
        asks_without_end(&format!("import itertools\ntotal({xs})"));
    }
}

#[test]
fn time_of_the_tests_own_functions_is_not_the_candidates() {
    // Half a second here, for a program that has three tenths of one.
    let source = "\
import time
def slow(x):
    end = time.process_time() + 0.5
    while time.process_time() < end: pass
    return x
assert f(slow, 3) == 3
";
    check_status(SHORT, &function("f", [script(source)]), "def f(g, x):\n    return g(x)\n", Status::Passed);
    // Nor is what crossing costs: six thousand questions.
    let source = "assert f(lambda x: x + 1, 6_000) == 6_000\n";
    let counts = "def f(g, n):\n    x = 0\n    for _ in range(n):\n        x = g(x)\n    return x\n";
    check_status(SHORT, &function("f", [script(source)]), counts, Status::Passed);
    let sorts = "def f(g, n):\n    rows = [[i, (i,)] for i in range(n // 6)]\n    rows.sort(key=lambda r: g(r[1][0]))\n    return 6_000\n";
    check_status(with_cpu(1_000), &function("f", [script(source)]), sorts, Status::Passed);
}

#[test]
fn calls_nest_to_a_depth_that_is_documented() {
    let source = |depth: u32| {
        format!("def g(n):\n    return n if n == 0 else 1 + f(g, n - 1)\nassert f(g, {depth}) == {depth}\n")
    };
    let program = "def f(g, n):\n    return g(n)\n";
    check_script(program, &source(99), Status::Passed);
    match judge_with(AMPLE, &function("f", [script(&source(100))]), program) {
        Err(JudgeError::Unsupported { why }) => assert!(why.contains("more than 100 deep"), "{why}"),
        judged => panic!("{judged:?}"),
    }
    // A program that never comes back, by itself and through the test.
    let endless = "def f(g, n):\n    return f(g, n)\n";
    check_script(endless, &source(3), Status::RuntimeError);
    let program = "def f(g, n):\n    return g(n + 1)\n";
    is_no_pass(judge_with(AMPLE, &function("f", [script(&source(3))]), program), program);
}

#[test]
fn what_cannot_be_lent_is_unsupported_as_before() {
    for (given, why) in [
        ("open", None),
        ("__import__('io').StringIO('x')", Some("StringIO")),
        ("__import__('threading').Lock()", Some("ock to the")),
        ("__import__('math')", Some("module")),
        ("type('L', (list,), {})([1])", Some("type L")),
        ("type('I', (int,), {})(1)", Some("type I")),
        ("type('T', (__import__('threading').Thread,), {})()", Some("type T")),
        ("type('F', (__import__('string').Formatter,), {})()", Some("type F")),
        ("__import__('string').Formatter().format", Some("type method")),
        ("object().__getattribute__", Some("`__getattribute__`")),
        ("(lambda: 0).__code__", Some("type code")),
        ("__import__('sys')._getframe()", Some("type frame")),
        ("__import__('unittest.mock').mock.Mock()", Some("Mock")),
    ] {
        let judged = judge_with(AMPLE, &function("f", [script(&format!("f({given})\n"))]), "def f(x):\n    return 1\n");
        match (judged, why) {
            (Ok(judged), None) => assert_eq!(judged.verdict.status, Status::Passed, "{given}"),
            (Err(JudgeError::Unsupported { why }), Some(part)) => assert!(why.contains(part), "{given}: {why}"),
            (judged, _) => panic!("{given}: {judged:?}"),
        }
    }
    let unsupported =
        |program: &str, source: &str, part: &str| match judge_with(AMPLE, &function("f", [script(source)]), program) {
            Err(JudgeError::Unsupported { why }) => assert!(why.contains(part), "{why}: {program}"),
            judged => panic!("{judged:?}: {program}"),
        };
    // Also what a function of the test returns, and what the program asks for beside what is public.
    unsupported("def f(g):\n    return g()\n", "import math\nf(lambda: math)\n", "module");
    unsupported(
        "def f(g):\n    try:\n        g()\n    except BaseException:\n        return 1\n",
        "f(lambda: (lambda: 0).__code__)\n",
        "code",
    );
    unsupported("def f(c):\n    return c._x\n", "class C:\n    _x = 1\nassert f(C()) == 1\n", "`_x`");
    unsupported("def f(c):\n    return vars(c)\n", "class C:\n    pass\nassert f(C()) == {}\n", "`__dict__`");
    unsupported("def f(c):\n    class D(c): pass\n    return D()\n", "class C:\n    pass\nf(C)\n", "derived from");
    unsupported("def f(c):\n    c.n = 3\n", "class C:\n    n = 1\nf(C)\nassert C.n == 3\n", "changes a class");
    unsupported(
        "async def h(g):\n    return await g()\ndef f(g):\n    import asyncio\n    return asyncio.run(h(g))\n",
        "async def g():\n    return 1\nassert f(g) == 1\n",
        "function",
    );
    // A class of the statement is one that the program has too.
    let mut problem = function("f", [script("assert f(N()) == 1\n")]);
    problem.context = Some("class N:\n    pass\n".into());
    match judge_with(AMPLE, &problem, "def f(n):\n    return int(isinstance(n, N))\n") {
        Err(JudgeError::Unsupported { why }) => assert!(why.contains("type N"), "{why}"),
        judged => panic!("{judged:?}"),
    }
}

#[test]
fn what_hangs_on_the_word_of_a_program_is_unproven_in_a_callback_too() {
    let program = "class O:\n    def __init__(self, x): self.x = x\n    def __eq__(self, o): return o == self.x\n    def __hash__(self): return 1\n    \
                   def __lt__(self, o): return True\ndef f(g):\n    return g(O(5))\n";
    check_unproven(program, "assert f(lambda o: o == 5)\n", "equals");
    check_unproven(program, "assert f(lambda o: o < 3)\n", "less or greater");
    let large =
        "def f(g):\n    try:\n        return g('x' * 70_000_000)\n    except BaseException:\n        return 1\n";
    check_unproven(large, "assert f(lambda x: len(x))\n", "too large to cross");
}

#[test]
fn facts_show_what_was_lent_by_its_name() {
    let source = "def twice(x):\n    return 2 * x\nclass P:\n    pass\nassert f(twice, [P(), iter([])], P) == 2\n";
    let (status, facts) = failure(AMPLE, &function("f", [script(source)]), "def f(g, x, p):\n    return g(3)\n");
    assert_eq!(status, Status::WrongAnswer);
    assert_eq!(facts.call.as_deref(), Some("f(<twice>, [<P object>, <list_iterator>], <P>)"));
    assert_eq!((facts.expected.as_deref(), facts.actual.as_deref()), (Some("2"), Some("6")));
    let source = "class Bad(Exception):\n    pass\ndef g(x):\n    raise Bad('why', x)\nassert f(g) == 2\n";
    let (status, facts) = failure(AMPLE, &function("f", [script(source)]), "def f(g):\n    return g(3)\n");
    assert_eq!((status, facts.exception.as_deref()), (Status::RuntimeError, Some("Bad: ('why', 3)")));
    assert_eq!(facts.line, Some(2));
}

/// Published problems whose tests give nodes of their own to the program, which makes them cooperative: apart, they fare
/// the same.
#[test]
fn graphs_of_quixbugs_fare_apart_as_in_one_interpreter() {
    let Some(root) = shared("data/quixbugs") else { return };
    let dataset = load("quixbugs", &files_below(&root), OnInvalid::Fail).unwrap();
    let lending = ["breadth_first_search", "depth_first_search", "detect_cycle", "reverse_linked_list"];
    let more = ["shortest_path_length", "topological_ordering", "flatten", "kheapsort"];
    let names: Vec<String> = lending.iter().chain(&more).map(|name| format!("quixbugs/{name}")).collect();
    let mut tasks = Vec::new();
    for problem in dataset.problems.iter().filter(|problem| names.contains(&problem.id.to_string())) {
        assert_eq!(problem.integrity, Integrity::Cooperative);
        let apart = Problem { integrity: Integrity::Isolated, ..problem.clone() };
        for program in [problem.reference.as_deref().unwrap(), &dataset.starting_programs[&problem.id]] {
            tasks.extend([task(problem, program), task(&apart, program)]);
        }
    }
    assert_eq!(tasks.len(), 4 * names.len());
    let named: Vec<String> = tasks.iter().map(|task| task.problem.id.to_string()).collect();
    let judged = judge_all(with_cpu(2_000), tasks);
    for (name, pair) in named.iter().step_by(2).zip(judged.chunks(2)) {
        let passes = |judged: &Judged| judged.as_ref().unwrap().verdict.status == Status::Passed;
        assert_eq!(passes(&pair[0]), passes(&pair[1]), "{name}: {pair:?}");
    }
}

fn files_below(root: &Path) -> Vec<SourceFile> {
    let mut files = Vec::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(root.parent().unwrap()).unwrap().to_str().unwrap().to_owned();
                files.push(SourceFile { path: name, bytes: std::fs::read(&path).unwrap() });
            }
        }
    }
    files.sort_by(|one, other| one.path.cmp(&other.path));
    files
}
