//! What is no data: iterators, objects of the program's own classes, callables and so on, as tests use them.

use crate::common::{check_script, check_unproven};
use mend_core::Status;

/// What the program defines, and what the test asserts.
type Use<'a> = (&'a str, &'a str);

#[track_caller]
fn pass(uses: &[Use<'_>]) {
    for (program, source) in uses {
        check_script(program, source, Status::Passed);
    }
}

#[test]
fn iterators_are_used_up_once() {
    pass(&[
        (
            "def f(n):\n    for i in range(n):\n        yield i\n",
            "g = f(3)\nassert next(g) == 0 and list(g) == [1, 2] and list(g) == []\nassert sum(f(10)) == 45\n\
             a, b = f(2)\nassert (a, b) == (0, 1) and 2 in f(3) and [*f(2)] == [0, 1]\n",
        ),
        ("def f(a, b):\n    return filter(lambda x: x in b, a)\n", "assert set(f((3, 4, 5), (5, 7, 4))) == {4, 5}\n"),
        ("def f(a):\n    return map(str, a)\n", "assert ','.join(f([1, 2])) == '1,2'\n"),
        ("def f(a, b):\n    return zip(a, b)\n", "assert dict(f('ab', [1, 2])) == {'a': 1, 'b': 2}\n"),
        ("def f(a):\n    return reversed(a)\n", "assert list(f([1, 2])) == [2, 1] and tuple(f('ab')) == ('b', 'a')\n"),
        ("def f(a):\n    return enumerate(a)\n", "assert list(f('ab')) == [(0, 'a'), (1, 'b')]\n"),
        (
            "import itertools\ndef f():\n    return itertools.count(1)\n",
            "import itertools\nassert list(itertools.islice(f(), 3)) == [1, 2, 3]\n\
             for i, x in enumerate(f()):\n    if x > 5:\n        break\nassert i == 5\n",
        ),
        (
            "def f():\n    yield 1\n    raise ValueError('end')\n",
            "got = []\ntry:\n    for x in f():\n        got.append(x)\nexcept ValueError as error:\n    \
             assert error.args == ('end',)\nassert got == [1]\n",
        ),
        (
            "def f():\n    got = []\n    while len(got) < 3:\n        got.append((yield len(got)))\n    return got\n",
            "g = f()\nassert next(g) == 0 and g.send('a') == 1 and g.send('b') == 2\n\
             try:\n    g.send('c')\nexcept StopIteration as end:\n    assert end.value == ['a', 'b', 'c']\n",
        ),
    ]);
}

#[test]
fn many_items_are_read_at_once_where_all_are_wanted() {
    pass(&[
        ("def f(n):\n    return (i for i in range(n))\n", "assert list(f(100_000)) == list(range(100_000))\n"),
        ("def f(n):\n    return iter(range(n))\n", "assert sum(f(100_000)) == sum(range(100_000))\n"),
        // Nobody looks further than the test does.
        (
            "seen = []\ndef f(n):\n    if n == 0:\n        return seen\n    return (seen.append(i) or i for i in range(n))\n",
            "g = f(100)\nassert next(g) == 0 and next(g) == 1 and f(0) == [0, 1]\n",
        ),
    ]);
}

#[test]
fn views_show_what_they_are_of() {
    pass(&[
        (
            "def f(d):\n    return d.keys()\n",
            "d = {'b': 1, 'a': 2}\nk = f(d)\nassert sorted(k) == ['a', 'b'] and len(k) == 2 and k == {'a', 'b'}\n\
             d['c'] = 3\nassert list(k) == ['b', 'a', 'c'] and type(k) is type({}.keys()) and k & {'a'} == {'a'}\n",
        ),
        ("def f(d):\n    return d.values()\n", "assert sorted(f({'a': 2, 'b': 1})) == [1, 2]\n"),
        ("def f(d):\n    return d.items()\n", "assert dict(f({'a': 2})) == {'a': 2} and ('a', 2) in f({'a': 2})\n"),
    ]);
}

#[test]
fn matches_have_truth_and_groups() {
    pass(&[(
        "import re\ndef f(s):\n    return re.match('(a)(b)?', s)\n",
        "import re\nassert f('abc') and not f('xbc')\nm = f('abc')\n\
         assert m.group() == 'ab' and m[2] == 'b' and m.span() == (0, 2) and m.groups() == ('a', 'b')\n\
         assert isinstance(m, re.Match) and f('xbc') is None\n\
         try:\n    list(m)\n    assert False\nexcept TypeError:\n    pass\n",
    )]);
}

#[test]
fn objects_have_attributes_and_methods() {
    pass(&[
        (
            "class P:\n    z = 9\n    def __init__(self, x):\n        self.x = x\n    def more(self, y=1):\n        \
             self.x += y\n        return self\n    def __repr__(self):\n        return f'P({self.x})'\ndef f(x):\n    \
             return P(x)\n",
            "p = f(3)\nassert p.x == 3 and p.z == 9 and p.more() is p and p.more(y=2).x == 6\n\
             assert repr(p) == str(p) == f'{p}' == 'P(6)' and type(p).__name__ == 'P' and vars(p) == {'x': 6}\n\
             p.x = [1]\nassert p.x == [1] and hasattr(p, 'more') and not hasattr(p, 'less')\ndel p.x\n\
             assert getattr(p, 'x', None) is None\nassert type(p)(5).x == 5 and isinstance(p, type(p)) and p\n",
        ),
        (
            "class N:\n    def __init__(self, v, n=None):\n        self.val, self.next = v, n\ndef f(xs):\n    \
             n = None\n    for x in reversed(xs):\n        n = N(x, n)\n    return n\n",
            "n, got = f([1, 2, 3]), []\nwhile n:\n    got.append(n.val)\n    n = n.next\nassert got == [1, 2, 3]\n",
        ),
        (
            "class S:\n    def __init__(self):\n        self.items = []\n    def push(self, x):\n        \
             self.items.append(x)\n    def __len__(self):\n        return len(self.items)\n    def __getitem__(self, i):\n        \
             return self.items[i]\n    def __setitem__(self, i, x):\n        self.items[i] = x\n    def __delitem__(self, i):\n        \
             del self.items[i]\n    def __enter__(self):\n        return 7\n    def __exit__(self, *a):\n        return True\n    \
             def __call__(self, *a, **k):\n        return a, k\ndef f():\n    return S()\n",
            "s = f()\nassert not s and len(s) == 0\ns.push([1])\ns[0] = 5\nassert s and s[0] == 5 and list(s) == [5]\ndel s[0]\n\
             assert len(s) == 0\nwith s as seven:\n    assert seven == 7\n    f(1)\n\
             assert s(1, a=2) == ((1,), {'a': 2})\n",
        ),
        (
            "class V:\n    def __init__(self, x):\n        self.x = x\n    def __add__(self, o):\n        return V(self.x + o.x)\n    \
             def __neg__(self):\n        return V(-self.x)\n    def __int__(self):\n        return self.x\n    __index__ = __int__\n\
             def f(x):\n    return V(x)\n",
            "assert (f(1) + f(2)).x == 3 and int(-f(4)) == -4 and [7, 8][f(1)] == 8\n",
        ),
    ]);
}

#[test]
fn a_handle_is_the_same_object_on_both_sides() {
    pass(&[
        (
            "class P: pass\np = P()\ndef f(x=None, *more):\n    return p if x is None else (x is p, more)\n",
            "a, b = f(), f()\nassert a is b and a == b and not a != b and {a: 1}[b] == 1 and f(a) == (True, ())\n\
             assert f(a, [a], {'k': a}) == (True, ([a], {'k': a})) and f(1)[0] is False\n",
        ),
        ("def f(x):\n    return lambda: x\n", "g = f([1])\nassert f(g)() is g and g() == [1]\n"),
    ]);
}

#[test]
fn handles_stay_right_where_an_answer_is_begun_anew() {
    let class = "class P:\n    def __init__(self, x):\n        self.x = x\n";
    // Too many parts for one step.
    let many = format!("{class}def f(n):\n    return [[P(i), str(i) * 20] for i in range(n)]\n");
    let source = "xs, ys = f(5000), f(2)\nassert [x[0].x for x in xs[::1000]] == [0, 1000, 2000, 3000, 4000] and ys[1][0].x == 1\n";
    pass(&[(&many, source)]);
    // A tuple that holds itself does not cross, and what was met before it is met again.
    let odd = format!(
        "{class}def f(k):\n    p, t = P(k), ([],)\n    t[0].append(t)\n    if k == 1:\n        raise ValueError(p, t)\n    \
         return [p, t] if k == 0 else [p]\n"
    );
    let source = "assert f(0) != 3\ntry:\n    f(1)\nexcept ValueError as error:\n    assert len(error.args) == 1\nassert f(3)[0].x == 3\n";
    pass(&[(&odd, source)]);
}

#[test]
fn callables_are_called() {
    pass(&[
        (
            "def f(n):\n    return lambda x, *, k=0: x + n + k\n",
            "assert f(2)(3) == 5 and f(2)(3, k=4) == 9 and callable(f(1))\n",
        ),
        (
            "def f():\n    n = [0]\n    def tick():\n        n[0] += 1\n        return n[0]\n    return tick\n",
            "a, b = f(), f()\nassert (a(), a(), b()) == (1, 2, 1) and a.__name__ == 'tick'\n",
        ),
        ("import functools\ndef f():\n    return functools.partial(int, base=2)\n", "assert f()('101') == 5\n"),
        (
            "import math\ndef f(k):\n    return {'root': math.sqrt, 'len': len, 'int': int}[k]\n",
            "assert f('root')(9) == 3 and f('len') is len and f('int') is int\n",
        ),
        ("def f():\n    return [3, 3].count\n", "assert f()(3) == 2\n"),
        (
            "def f(g, xs):\n    return [g(x) for x in xs]\n",
            "import math\nassert f(str.upper, ['a']) == ['A'] and f(int, '12') == [1, 2] and f(math.floor, [1.5]) == [1]\n",
        ),
    ]);
}

#[test]
fn the_entry_point_may_be_a_class() {
    let program = "class f:\n    C = 5\n    def __init__(self, x=0):\n        self.x = x\n    @staticmethod\n    def twice(y):\n        \
                   return y * 2\n    @classmethod\n    def of(cls, x):\n        return cls(x)\n    def add(self, y):\n        self.x += y\n";
    let source = "o = f(3)\no.add(4)\nassert o.x == 7 and isinstance(o, f) and not isinstance(3, f) and f.twice(4) == 8\n\
                  assert f.C == 5 and f.of(2).x == 2 and isinstance(f.of(2), f) and type(f.of(2)) is type(o) and f.__name__ == 'f'\n";
    pass(&[(program, source)]);
    pass(&[(
        "import functools\n@functools.lru_cache\ndef f(n):\n    return n\n",
        "f(1), f(1)\nassert f.cache_info().hits == 1 and f.__wrapped__(5) == 5\nf.cache_clear()\nassert f.cache_info().hits == 0\n",
    )]);
}

#[test]
fn what_is_derived_from_data_crosses_as_these_data() {
    pass(&[
        (
            "class L(list):\n    def total(self):\n        return sum(self)\ndef f(x):\n    return L(x)\n",
            "s = f([1, 2])\nassert s == [1, 2] and s.total() == 3 and isinstance(s, list) and type(s) is not list\n\
             s.append(4)\nassert s.total() == 7 and repr(s) == '[1, 2, 4]' and type(s).__name__ == 'L'\n",
        ),
        (
            "class D(dict):\n    def __missing__(self, k):\n        return k * 2\ndef f(**k):\n    return D(k)\n",
            "d = f(a=1)\nassert d == {'a': 1} and d['zz'] == 'zzzz' and 'zz' not in d and list(d) == ['a']\n",
        ),
        (
            "class I(int):\n    def __repr__(self):\n        return 'I'\n    def double(self):\n        return self * 2\ndef f(x):\n    \
             return I(x)\n",
            "assert f(3) == 3 and f(3) + 1 == 4 and f(3).double() == 6 and repr(f(3)) == 'I' and type(f(3)) is not int\n\
             assert {3: 'x'}[f(3)] == 'x' and isinstance(f(3), int) and sum([f(1), f(2)]) == 3\n",
        ),
        (
            "class S(str):\n    pass\ndef f(x):\n    return S(x)\n",
            "import json\nassert f('ab') == 'ab' and f('ab').upper() == 'AB' and json.dumps([f('a')]) == '[\"a\"]'\n",
        ),
        (
            "from collections import namedtuple\nP = namedtuple('P', 'x y', defaults=[5])\ndef f(*a):\n    return P(*a)\n",
            "p = f(1)\nassert p == (1, 5) and p.x == 1 and p._fields == ('x', 'y') and repr(p) == 'P(x=1, y=5)'\n\
             assert p._replace(y=2) == (1, 2) and p._asdict() == {'x': 1, 'y': 5} and type(p)(7).y == 5\n",
        ),
        (
            "from typing import NamedTuple\nclass P(NamedTuple):\n    x: int\n    def twice(self):\n        return self.x * 2\ndef f(x):\n    \
             return P(x)\n",
            "x, = f(3)\nassert x == 3 and f(3).twice() == 6 and f(3) == (3,)\n",
        ),
        (
            "import enum\nclass C(enum.IntEnum):\n    low = 1\n    high = 2\ndef f(n):\n    return C[n]\n",
            "assert f('low') == 1 and f('high') > f('low') and f('low').name == 'low' and repr(f('high')) == '<C.high: 2>'\n",
        ),
        (
            "class E(ValueError):\n    def __init__(self, message, code):\n        super().__init__(message)\n        self.code = code\n\
             def f(code):\n    error = E('bad', code)\n    if code:\n        raise error\n    return error\n",
            "e = f(0)\nassert isinstance(e, ValueError) and e.args == ('bad',) and e.code == 0 and str(e) == 'bad'\n\
             try:\n    f(3)\nexcept ValueError as error:\n    assert error.code == 3 and type(error).__name__ == 'E'\n",
        ),
    ]);
}

#[test]
fn members_of_enumerations_equal_themselves() {
    let program = "import enum\nclass C(enum.Enum):\n    RED = 1\n    BLUE = 2\nclass F(enum.Flag):\n    A = 1\n    B = 2\n\
                   def f(n):\n    return C[n] if n in C.__members__ else F[n]\n";
    let source = "r = f('RED')\nassert r == f('RED') and r is f('RED') and r != f('BLUE') and r != 1 and not r == 1\n\
                  assert r.name == 'RED' and r.value == 1 and str(r) == 'C.RED' and {r: 5}[f('RED')] == 5\n\
                  assert [c.name for c in type(r)] == ['RED', 'BLUE'] and type(r)['BLUE'] is f('BLUE')\n\
                  assert (f('A') | f('B')).value == 3\n";
    pass(&[(program, source)]);
    check_script(program, "assert f('RED') == 1\n", Status::WrongAnswer);
}

#[test]
fn data_classes_are_compared_field_by_field() {
    let program = "from dataclasses import dataclass\n@dataclass(order=True)\nclass P:\n    x: int\n    y: int = 0\n\
                   @dataclass(frozen=True)\nclass Q:\n    x: int\ndef f(x, kind='P'):\n    return {'P': P, 'Q': Q}[kind](x)\n";
    let source = "import dataclasses\nassert f(1) == f(1) and f(1) != f(2) and f(1) < f(2) and f(1) != (1, 0)\n\
                  assert [p.x for p in sorted([f(3), f(1)])] == [1, 3] and len({f(1, 'Q'), f(1, 'Q')}) == 1\n\
                  assert dataclasses.asdict(f(1)) == {'x': 1, 'y': 0} and dataclasses.replace(f(1), x=5) == f(5)\n\
                  assert repr(f(1)) == 'P(x=1, y=0)' and f(1) != f(1, 'Q')\n";
    pass(&[(program, source)]);
    check_script(program, "assert f(1) == f(2)\n", Status::WrongAnswer);
    check_script(program, "assert f(1) == (1, 0)\n", Status::WrongAnswer);
}

#[test]
fn values_of_the_standard_library_are_data() {
    pass(&[
        (
            "import datetime\ndef f(y, m, d):\n    return datetime.date(y, m, d) + datetime.timedelta(1)\n",
            "import datetime\nassert str(f(2024, 2, 28)) == '2024-02-29' and f(2024, 2, 28) == datetime.date(2024, 2, 29)\n\
             assert f(2024, 2, 28) - f(2024, 2, 27) == datetime.timedelta(1)\n",
        ),
        (
            "from collections import UserDict, UserList, UserString, ChainMap\ndef f(k):\n    return {'d': UserDict(a=1), 'l': UserList([1]),\
             's': UserString('ab'), 'c': ChainMap({'a': 1}, {'b': 2})}[k]\n",
            "assert f('d') == {'a': 1} and f('l') == [1] and f('s') == 'ab' and f('c')['b'] == 2 and dict(f('c')) == {'a': 1, 'b': 2}\n",
        ),
        (
            "import io\ndef f():\n    return io.StringIO('a\\nb\\n')\n",
            "import io\nassert [line.strip() for line in f()] == ['a', 'b'] and f().read() == 'a\\nb\\n'\n\
             with f() as file:\n    assert file.readline() == 'a\\n'\nassert isinstance(f(), io.TextIOBase)\n",
        ),
        (
            "import uuid, pathlib, types, array\ndef f():\n    return uuid.UUID(int=5), pathlib.PurePosixPath('a/b'), \
             types.SimpleNamespace(x=[1]), array.array('i', [1, 2]), memoryview(b'ab'), ..., slice(1, 2)\n",
            "import uuid, pathlib\nu, p, n, a, m, dots, s = f()\nassert u == uuid.UUID(int=5) and p.name == 'b' and n.x == [1]\n\
             assert list(a) == [1, 2] and m == b'ab' and dots is ... and 'abc'[s] == 'b'\n",
        ),
        (
            "def f(x):\n    x.x = 5\n    return x.y\n",
            "import types\nn = types.SimpleNamespace(y=[1])\nassert f(n) is n.y and n.x == 5\n",
        ),
    ]);
}

#[test]
fn coroutines_are_awaited() {
    let program = "import asyncio\nasync def f(x):\n    await asyncio.sleep(0)\n    return x + 1\n";
    let source = "import asyncio\nassert asyncio.run(f(1)) == 2\n\
                  async def two():\n    return await asyncio.gather(f(1), f(2))\nassert asyncio.run(two()) == [2, 3]\n";
    pass(&[(program, source)]);
    let program = "async def f(n):\n    for i in range(n):\n        yield i\n";
    let source = "import asyncio\nasync def all():\n    return [x async for x in f(3)]\nassert asyncio.run(all()) == [0, 1, 2]\n";
    pass(&[(program, source)]);
}

/// A class whose values have an equality of their own.
const EQUAL: &str = "class P:\n    def __init__(self, x):\n        self.x = x\n    def __eq__(self, other):\n        \
                     return isinstance(other, P) and self.x == other.x\n    __hash__ = None\ndef f(x):\n    return P(x)\n";

#[test]
fn an_equality_that_is_for_the_program_to_say_proves_nothing() {
    let own = "is for the program alone to say";
    check_unproven(EQUAL, "assert f(1) == f(1)\n", own);
    check_unproven(EQUAL, "assert f(1) != f(1)\n", own);
    check_unproven(EQUAL, "assert f(1) in [f(1)]\n", own);
    // What it says of others is what a handle is: equal to itself alone.
    check_script(EQUAL, "assert f(1) != f(2)\n", Status::Passed);
    check_script(EQUAL, "assert f(1) == f(2)\n", Status::WrongAnswer);
    check_script(EQUAL, "assert f(1) == 1\n", Status::WrongAnswer);
    check_script(EQUAL, "assert f(1) == [1]\n", Status::WrongAnswer);
    check_script(EQUAL, "assert f(1) is not None and f(1).x == 1\n", Status::Passed);
    // One that has a use for what the test compares it with is for the program to say.
    let loose = EQUAL.replace("isinstance(other, P) and self.x == other.x", "self.x == other");
    check_unproven(&loose, "assert f(1) == 1\n", own);
    check_unproven(&loose, "assert f(1) != 2\n", own);
    let holds = "class P:\n    def __contains__(self, x):\n        return x == 3\ndef f():\n    return P()\n";
    check_unproven(holds, "assert 3 in f()\n", own);
    check_script(holds, "assert 4 in f()\n", Status::WrongAnswer);
    let adds = "class P:\n    def __sub__(self, x):\n        return 0.0\ndef f():\n    return P()\n";
    let swallows = "class P:\n    def __enter__(self):\n        return 4\n    def __exit__(self, *error):\n        return True\n\
                    def f():\n    return P()\n";
    check_unproven(swallows, "with f() as five:\n    assert five == 5\n", own);
    check_script(swallows, "with f() as four:\n    assert four == 4\n", Status::Passed);
    check_unproven(adds, "assert abs(f() - 3) < 1e-6\n", own);
    check_script(adds, "assert abs(f() - 3) > 1e-6\n", Status::WrongAnswer);
}

#[test]
fn a_test_that_fails_settles_what_others_leave_open() {
    use crate::common::{AMPLE, check_status, function, script};
    let tests = |sources: [&str; 2]| function("f", sources.map(script));
    check_status(AMPLE, &tests(["assert f(1) == f(1)\n", "assert f(1).x == 2\n"]), EQUAL, Status::WrongAnswer);
    check_status(AMPLE, &tests(["assert f(1).x == 2\n", "assert f(1) == f(1)\n"]), EQUAL, Status::WrongAnswer);
}

#[test]
fn what_equals_different_values_equals_nothing() {
    let methods =
        "    def __eq__(self, other): return True\n    def __ne__(self, other): return False\n    __hash__ = None\n";
    for base in ["", "(int)", "(str)", "(list)", "(float)", "(dict)", "(tuple)", "(set)"] {
        let program = format!("class T{base}:\n{methods}def f():\n    return T()\n");
        for source in [
            "assert f() == 2\n",
            "assert f() == 'x'\n",
            "assert f() == [1]\n",
            "assert [f()] == [2]\n",
            "assert f() in [2]\n",
        ] {
            check_script(&program, source, Status::WrongAnswer);
        }
    }
}
