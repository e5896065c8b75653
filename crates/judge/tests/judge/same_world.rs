//! The world that a whole program finds under `wasm`: what it prints and how it ends is what a native interpreter makes of it,
//! or else the engine says what it lacks.

use crate::common::wasm;
use mend_sandbox::{Engine, How, Job, Limits, ProcessEngine, ProcessOptions, Profile};
use std::fs::{self, File};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

/// A name, the input, and the program.
type Row = (&'static str, &'static str, &'static str);

/// Programs that this engine runs as a plain interpreter does.
const SAME: &[(&str, &[Row])] = &[
    ("streams", STREAMS),
    ("ends", ENDS),
    ("errors", ERRORS),
    ("annotations", ANNOTATIONS),
    ("digits", DIGITS),
    ("interpreter", INTERPRETER),
];

const STREAMS: &[Row] = &[
    (
        "what they are",
        "",
        "
import sys
for s in (sys.stdin, sys.stdout, sys.stderr):
    print(s.name, s.mode, s.encoding, s.errors, s.fileno(), s.isatty(), s.line_buffering, s.readable(), s.writable(), s.closed)
    print(s.buffer.name, s.buffer.mode, s.buffer.raw.name, s.buffer.raw.mode, s.buffer.raw.closefd, type(s.buffer.raw).__name__)
print(sys.stdout is sys.__stdout__, sys.stdin is sys.__stdin__, repr(sys.stdout), repr(sys.stdin.buffer))",
    ),
    (
        "a faster print",
        "3\nab\ncd\nef\n",
        "
import os, sys
from io import BytesIO, IOBase
class Fast(IOBase):
    def __init__(self, file):
        self.descriptor, self.kept = file.fileno(), BytesIO()
        self.writable = 'x' in file.mode or 'r' not in file.mode
        self.write = self.kept.write if self.writable else None
    def read(self):
        while True:
            part = os.read(self.descriptor, max(os.fstat(self.descriptor).st_size, 8192))
            if not part: return self.kept.getvalue()
            self.kept.write(part)
    def flush(self):
        if self.writable:
            os.write(self.descriptor, self.kept.getvalue())
            self.kept.truncate(0), self.kept.seek(0)
class Wrapped(IOBase):
    def __init__(self, file):
        self.fast = Fast(file)
        self.flush = self.fast.flush
        self.write = lambda text: self.fast.write(text.encode('ascii'))
lines = Fast(sys.stdin).read().split()
sys.stdout = Wrapped(sys.stdout)
for word in lines[1:]: print(word.decode().upper())
sys.stdout.flush()",
    ),
    ("a flush that the end makes", "", "import sys, io\nsys.stdout = io.TextIOWrapper(open(1, 'wb', 0), write_through=True)\nprint('here')"),
    ("a file of its own at the end", "", "out = open(1, 'w', closefd=False)\nprint('kept', file=out)"),
    ("its own file in a cycle", "", "class A: pass\na = A()\nout = open(1, 'w', closefd=False)\ndef p(x): out.write(x)\na.me = a\np('kept')"),
    ("what goes last", "", "class A:\n    def __del__(self): print('gone')\na = A()\nb = [A()]\nb.append(b)\nprint('end')"),
    ("input that is sized", "12 30\n", "import os\nprint(sum(map(int, os.read(0, os.fstat(0).st_size).split())))"),
    ("input that is sought", "ab\ncd\n", "import sys\nprint(sys.stdin.read(), sys.stdin.seek(0), input(), sys.stdin.buffer.seekable())"),
    ("places in the input", "0123456789", "import os\nprint(os.lseek(0, -3, 2), os.read(0, 2), os.lseek(0, 0, 1), os.pread(0, 4, 1), os.lseek(0, 99, 0), os.read(0, 1))"),
    ("the input by its names", "4 5", "import os\nprint(open('/dev/stdin').read(), open('/dev/fd/0').read(1), open('/proc/self/fd/0').read(2), os.path.getsize('/dev/stdin'), os.path.exists('/dev/fd/1'))"),
    ("output by its names", "", "for name in ('/dev/stdout', '/dev/fd/1', '/proc/self/fd/1'):\n    with open(name, 'w') as out: print(name, file=out)"),
    ("nothing and noughts", "", "import os\nprint(open('/dev/null').read(), open('/dev/null', 'w').write('abc'), open('/dev/zero', 'rb').read(3), len(os.urandom(4)))"),
    ("descriptors that are copied", "abcdef", "
import os
n = os.dup(0)
print(n, os.read(n, 2), os.read(0, 2), os.get_inheritable(n), os.get_inheritable(0))
saved = os.dup(1)
os.write(saved, b'by copy\\n')
os.dup2(2, 1)
os.write(1, b'to stderr')
os.dup2(saved, 1)
print('back', os.dup2(1, 9), flush=True)
os.write(9, b'nine\\n')"),
    ("waits and blocks", "a", "import os, select, sys\nos.set_blocking(0, True)\nprint(os.get_blocking(0), select.select([0], [], [], 0)[0])\nos.set_blocking(1, False)\nprint(os.get_blocking(1))"),
    ("ends of lines", "a\r\nb\rc\n", "import sys\nprint(repr(input()), repr(sys.stdin.read()))"),
    ("ends of lines elsewhere", "a\r\nb\rc\n", "print(repr(open(0).read()), repr(open('/dev/stdin', newline='').read()))"),
    ("other settings", "a\r\nb", "import sys\nsys.stdin.reconfigure(newline=None)\nsys.stdout.reconfigure(line_buffering=True, encoding='latin-1', errors='replace')\nprint(repr(sys.stdin.read()), '\u{e9}\u{2603}', sys.stdout.line_buffering)"),
    ("what is no text", "", "import sys\nsys.stdout.buffer.write(bytes(range(128, 132)))"),
    ("bytes that are no text", "\u{e9}", "import sys\nsys.stdin.buffer.read(1)\nprint(ascii(sys.stdin.read()))"),
    ("mixed layers", "", "import os, sys\nprint('one')\nsys.stdout.flush()\nsys.stdout.buffer.write(b'two\\n')\nsys.stdout.buffer.flush()\nos.write(1, b'three\\n')\nprint('four', flush=True)\nsys.__stdout__.write('five\\n')"),
    ("detached layers", "ab\ncd", "import sys\nraw = sys.stdin.detach().detach()\nprint(raw.read(2), raw.tell(), raw.readall())"),
    ("another standard output", "", "import contextlib, io, sys\nwith contextlib.redirect_stdout(io.StringIO()) as text: print('inside')\nprint(repr(text.getvalue()))\nsys.stdout = None\nprint('nowhere')"),
    ("input in its place", "old", "import io, sys\nsys.stdin = io.StringIO('1\\n2\\n')\nprint(input('? '), sys.stdin.read(), sys.__stdin__.read())"),
];

const ENDS: &[Row] = &[
    ("output that is closed", "", "import sys\nprint('a')\nsys.stdout.close()"),
    ("output that is closed twice", "", "import sys\nprint('a')\nsys.stdout.close()\nsys.stdout.close()\nsys.exit(0)"),
    ("a print after the end of output", "", "import sys\nprint('a')\nsys.stdout.close()\nprint('b')"),
    (
        "the same, caught",
        "",
        "import sys\nsys.stdout.close()\ntry: print('b')\nexcept ValueError as error: print(error, file=sys.stderr)",
    ),
    ("a descriptor that is closed", "", "import os, sys\nprint('a', flush=True)\nos.close(1)"),
    ("a descriptor that is closed too early", "", "import os\nprint('a')\nos.close(1)"),
    ("a descriptor that is closed before an exit", "", "import os, sys\nprint('a')\nos.close(1)\nsys.exit(3)"),
    (
        "input that is closed",
        "a\n",
        "import sys\nsys.stdin.close()\ntry: input()\nexcept ValueError as error: print(error)",
    ),
    ("errors that are closed", "", "import sys\nsys.stderr.close()\nprint('a')"),
    ("errors without a stream", "", "import sys\nsys.stderr = None\nsys.exit('no')"),
    (
        "a stream that cannot be flushed",
        "",
        "import sys\nclass S:\n    def write(self, text): pass\nsys.stdout = S()\nprint('x')",
    ),
    (
        "a stream that fails at the end",
        "",
        "import sys\nclass S:\n    closed = False\n    def write(self, text): pass\n    def flush(self): raise OSError(5, 'no')\nsys.stdout = S()",
    ),
    (
        "what runs at the end",
        "",
        "import atexit\natexit.register(print, 'last')\natexit.register(print, 'first')\nprint('now')\nraise SystemExit(4)",
    ),
    ("an end without any", "", "import atexit, os\natexit.register(print, 'no')\nprint('lost')\nos._exit(5)"),
    ("exits", "", "import sys\ntry: sys.exit('text')\nfinally: print('finally')"),
    ("an exit by a large number", "", "raise SystemExit(256 + 7)"),
    ("an exit by name", "", "print('a')\nquit()"),
    ("an error", "", "print('a')\n1 / 0"),
    (
        "a hook for errors",
        "",
        "import sys\nsys.excepthook = lambda kind, error, trace: print(kind.__name__, error, trace.tb_lineno)\n1 / 0",
    ),
    ("a generator that is left", "", "def g():\n    try: yield 1\n    finally: print('left')\nx = g()\nprint(next(x))"),
];

const ERRORS: &[Row] = &[
    (
        "numbers and words",
        "",
        "
import errno, os
def tried(act):
    try: print(act())
    except OSError as e: print(type(e).__name__, e.errno, e.strerror, e.args, e, errno.errorcode[e.errno])
for act in (lambda: os.close(77), lambda: os.read(1, 1), lambda: os.write(0, b'x'), lambda: os.lseek(1, 0, 0), lambda: os.lseek(0, -1, 0),
        lambda: os.fstat(50), lambda: os.ftruncate(1, 0), lambda: os.fsync(1), lambda: open('no.txt'), lambda: os.dup(60), lambda: os.dup2(60, 1),
        lambda: os.remove('no.txt'), lambda: os.rmdir('no'), lambda: os.rename('no', 'na'), lambda: os.get_terminal_size(), lambda: os.pwrite(1, b'x', 0)):
    tried(act)",
    ),
    ("an error that nobody catches", "", "import os\nos.lseek(0, -1, 0)"),
    ("classes by numbers", "", "for n in [*range(1, 31), 32, *range(103, 134)]: print(n, type(OSError(n, 'x')).__name__)"),
    ("names by numbers", "", "import errno, os\nprint(sorted(errno.errorcode.items()))\nprint(sorted((n, getattr(errno, n)) for n in dir(errno) if n[0] == 'E'))\nprint([os.strerror(n) for n in range(-1, 133)])"),
    ("errors of its own", "", "import errno, os\nfor e in (OSError(errno.EINVAL, os.strerror(errno.EINVAL)), OSError(28, os.strerror(28))):\n    try: raise e\n    except OSError as e: print(e, e.errno)"),
    ("one that the library catches", "", "import os, shutil\nprint(os.path.exists('no'), os.path.isfile('no.txt'), os.path.getsize('no.txt') if os.path.lexists('no.txt') else None)\nshutil.rmtree('no', ignore_errors=True)"),
    ("as the context of another", "", "import os\ntry:\n    try: os.close(77)\n    except OSError: raise KeyError('x')\nexcept KeyError as e: print(repr(e.__context__))"),
    ("words that programs print", "", "
import datetime, math
for act in (lambda: math.sqrt(-1), lambda: math.log(0), lambda: math.acos(2), lambda: math.gamma(0), lambda: max([]), lambda: min(()),
        lambda: datetime.date(2020, 13, 1), lambda: 10.0 ** 400, lambda: math.exp(1e5), lambda: int('x'), lambda: [1].remove(2), lambda: float('')):
    try: print(act())
    except (ValueError, OverflowError) as e: print(type(e).__name__, e, e.args)
try: a, b = 1, 2, 3
except ValueError as e: print(e)"),
    ("a sum of errors", "", "import contextlib, os\nwith contextlib.suppress(FileNotFoundError): os.remove('no')\nprint('on')"),
];

const ANNOTATIONS: &[Row] = &[
    ("an unknown name of a function", "", "print('a')\ndef f(x: Missing): pass\nprint('b')"),
    ("an unknown result", "", "def f() -> List[int]: pass"),
    ("an unknown name of a method", "", "print('a')\nclass A:\n    def f(self, x: Optional[int] = None): pass\nprint('b')"),
    ("an unknown name of a class", "", "class A:\n    x: Missing = 1"),
    ("an unknown name of a module", "", "print('a')\nx: Missing = 1\nprint('b')"),
    ("its own class", "", "class Node:\n    def next(self) -> Node: pass"),
    ("its own class as text", "", "class Node:\n    def next(self) -> 'Node': return self\nprint(Node().next().next().__class__, Node.next.__annotations__)"),
    ("a class that comes later", "", "def f(x: Later): pass\nclass Later: pass"),
    ("what cannot be asked for", "", "def f(x: int[str]): pass"),
    ("a choice of a text", "", "def f(x: 'int' | None): pass"),
    ("local variables", "", "def f():\n    x: Missing = 1\n    y: Missing\n    return x\nprint(f())"),
    ("what is never called", "", "def f():\n    def g(x: Missing): pass\nprint('on')"),
    ("what is called", "", "def f():\n    def g(x: Missing): pass\nprint('on')\nf()"),
    ("caught", "", "try:\n    def f(x: Missing): pass\nexcept NameError as error: print(error, 'f' in globals())\ntry:\n    class A:\n        y: int\n        x: Missing\nexcept NameError as error: print(error, 'A' in globals())"),
    ("a future", "", "from __future__ import annotations\ndef f(x: Missing) -> Later: return x\nclass A:\n    y: Missing = 1\nprint(f(1), f.__annotations__, A.__annotations__)"),
    (
        "order",
        "",
        "
seen = []
def note(what, value=int):
    seen.append(what)
    return value
def wrap(what):
    seen.append('wrap ' + what)
    return lambda f: (seen.append('wrapped ' + what), f)[1]
@wrap('a')
@wrap('b')
def f(a: note('a'), /, b: note('b') = note('default b', 1), *c: note('c'), d: note('d') = note('default d', 2), **e: note('e')) -> note('r'): pass
x: note('x') = note('value', 5)
(y): note('y') = 6
class A:
    z: note('z') = note('value of z', 7)
A.w: note('w') = 8
A.v: note('v')
seen_by = {}
seen_by[note('key', 1)]: note('item') = note('value of item')
print(seen, x, y, A.z, A.w, list(f.__annotations__), __annotations__)",
    ),
    (
        "what reads them",
        "",
        "
import inspect
from dataclasses import dataclass, field, fields, asdict
from functools import singledispatch
from typing import ClassVar, List, NamedTuple, Protocol, TypedDict, get_type_hints
@dataclass(order=True, frozen=True)
class P:
    x: int
    y: float = 2.5
    tags: List[str] = field(default_factory=list, compare=False)
    k: ClassVar[int] = 9
class Q(P):
    def m(self, p: 'P') -> 'Q': return self
class T(NamedTuple):
    a: int
    b: str = 'x'
class D(TypedDict, total=False):
    a: int
class R(Protocol):
    size: int
@singledispatch
def f(x): return 'any'
@f.register
def _(x: int): return 'int'
print(P(1), asdict(P(2)), P(1) < P(2), [g.name for g in fields(P)], P.__annotations__, Q.__annotations__, inspect.signature(P))
print(T(1), T._field_defaults, T.__annotations__, D(a=1), D.__annotations__, R.__annotations__, f(1), f('x'), get_type_hints(Q.m))",
    ),
    (
        "names of the class itself",
        "",
        "
class A:
    '''Text.'''
    class Node: pass
    __own: int = 1
    def list(self, n: Node) -> list[int]: pass
    def after(self) -> 'list': pass
    if True:
        x: Node = Node()
    for i in range(2):
        y: float = i
print(A.__doc__, A.__annotations__, A.list.__annotations__, A.after.__annotations__, A.y)",
    ),
    ("lines of errors", "", "import sys, traceback\ntry:\n    def f(\n        a: int,\n        b: Missing,\n    ): pass\nexcept NameError as e: print(traceback.extract_tb(e.__traceback__)[-1].lineno)"),
    ("first lines", "", "import inspect\ndef f(x: int): pass\ndef wrap(f): return f\n@wrap\n@wrap\ndef g(x: int):\n    return 1\nclass A:\n    x: int\n    def h(self) -> None: pass\nprint(f.__code__.co_firstlineno, g.__code__.co_firstlineno, A.h.__code__.co_firstlineno, f.__qualname__, A.h.__qualname__)"),
    ("closures", "", "def outer(kind):\n    def inner(x: kind, y: 'kind' = kind) -> kind: return kind(x)\n    return inner\nprint(outer(str)(5), outer(int).__annotations__)"),
    ("coroutines and generators", "", "import asyncio\nasync def f(x: int) -> int: return x\ndef g(n: int) -> 'iter':\n    yield n\nprint(asyncio.run(f(3)), list(g(1)), f.__annotations__, g.__annotations__)"),
    ("names of modules", "", "print(__annotations__)\nx: int = 1\nif x:\n    y: str\nprint(__annotations__, 'y' in globals())"),
    ("documentation", "", "'''What I do.'''\nx: int = 1\nprint(__doc__, x)"),
];

const DIGITS: &[Row] = &[
    ("sums of floats", "", "print(sum([0.1] * 10), sum([1e16, 1.0, -1e16]), sum(0.1 for _ in range(7)), sum([0.1, 0.2], 0.3), sum((1, 2.5, 10**20, True)), sum([1e308, 1e308, -1e308]))"),
    ("sums of all kinds", "", "from fractions import Fraction\nfrom decimal import Decimal\nprint(sum([]), sum([True, 2]), sum([2**70, -1]), sum([0.1j] * 7 + [0.3]), sum([[1], [2]], []), sum([Fraction(1, 3)] * 3), sum([Decimal('.1')] * 3), sum([float('inf'), float('-inf')]), sum([float('nan'), 1]), sum([-0.0, -0.0]), sum([-0.0], -0.0))"),
    ("sums that fail", "", "
import decimal
for act in (lambda: sum('ab'), lambda: sum(['a'], ''), lambda: sum([1, 'a']), lambda: sum(5), lambda: sum([0.5, None]), lambda: sum([b'a'], b'')):
    try: print(act())
    except TypeError as e: print(e)"),
    ("sums in a recursion", "", "def f(n): return 1 + sum(f(n - 1) for _ in range(1)) if n else 0\nprint(f(300))"),
    ("circles", "", "import math\nprint(math.tan(math.pi / 5), math.sin(math.pi / 5), math.cos(math.pi / 5), [math.sin(math.radians(d)) for d in range(0, 360, 15)], [math.cos(math.radians(d)) for d in range(0, 360, 15)])"),
    ("angles", "", "import math\nprint([math.atan2(y, x) for x in (-3, -1, 0.5, 2) for y in (-2, 0.25, 1, 7)], [math.asin(x / 8) for x in range(-8, 9)], [math.acos(x / 8) for x in range(-8, 9)], math.degrees(math.atan(0.75)))"),
    ("logarithms", "", "import math\nprint([math.log10(n) for n in range(1, 120)], [math.log10(10 ** n) for n in range(25)], [math.log2(n) for n in range(1, 40)], [math.log(n) for n in range(1, 40)], math.log(8, 2), math.log10(2 ** 80 + 1), math.log10(5e-324))"),
    ("powers", "", "print([n ** 0.5 for n in range(60)], [n ** (1 / 3) for n in range(60)], [1.1 ** n for n in range(60)], 2 ** -1, (-8) ** (1 / 3), 1e200 ** 1.5)"),
    ("exponentials", "", "import math\nprint([math.exp(n / 4) for n in range(-40, 40)], [math.tanh(n / 8) for n in range(-20, 20)], [math.sinh(n) for n in (1, 5, 25, 100)])"),
    ("distances", "", "import math\nprint([abs(complex(x, y)) for x in range(1, 9) for y in range(1, 9)], [math.hypot(x, y) for x in range(1, 9) for y in range(1, 9)], math.dist((1, 2), (4, 7)))"),
    ("areas", "", "from math import *\nprint([(n * 5 ** 2) / (4 * tan(pi / n)) for n in range(3, 20)], [pi * r * (r + sqrt(10 ** 2 + r ** 2)) for r in range(9)])"),
    ("what is no number", "", "import math\nfor f in (math.sin, math.tan, math.asin, math.acos, math.atan, math.log10, math.sinh, math.tanh, math.exp):\n    for x in (math.inf, -math.inf, math.nan, 2.0, -2.0, 0.0, -0.0, 1e308, 5e-324):\n        try: print(f.__name__, x, f(x))\n        except (ValueError, OverflowError) as e: print(f.__name__, x, type(e).__name__)"),
    ("statistics", "", "import statistics as s\nx, y = [1.5, 2.25, 7.1, 0.3, 9.9], [2, 4, 1.7, 8.8, 0.1]\nprint(s.mean(x), s.stdev(x), s.pvariance(y), s.correlation(x, y), s.linear_regression(x, y), s.fmean(x, y), s.covariance(x, y), s.harmonic_mean([1, 2, 4]), s.quantiles(x))"),
    ("numbers by chance", "", "import random\nrandom.seed(5)\nprint(random.random(), random.gauss(0, 1), random.normalvariate(0, 1), random.expovariate(2), random.betavariate(2, 3), random.gammavariate(2, 3), random.vonmisesvariate(0, 4), random.sample(range(50), 6), random.choices('abc', [1, 2, 3], k=5), random.triangular())"),
    ("long numbers", "", "x = int('7' * 6000)\nprint(len(str(x * x)), str(x)[:9], f'{10 ** 5000}'[:3])"),
];

const INTERPRETER: &[Row] = &[
    (
        "the main module",
        "",
        "import os\nprint(sorted(globals()), __name__, __doc__, __package__, __spec__, __cached__, type(__loader__).__name__, __annotations__, os.path.basename(__file__))",
    ),
    (
        "the environment",
        "",
        "import os\nprint({k: v for k, v in sorted(os.environ.items()) if k not in ('TMPDIR', 'MEND_SEED', 'PYTHONINTMAXSTRDIGITS')}, os.path.expanduser('~/x'), os.getenv('NO'), os.environb[b'HOME'])",
    ),
    ("names of site", "", "print(exit, quit, type(help), type(copyright), type(credits), type(license))\ncredits()"),
    (
        "depth",
        "",
        "
import sys
def f(n):
    try: return f(n + 1)
    except RecursionError: return n
print(f(1), sys.getrecursionlimit())
for limit in (100, 500, 3000):
    sys.setrecursionlimit(limit)
    print(f(1), sys.getrecursionlimit())
sys.setrecursionlimit(2 ** 31 - 1)
print(sys.getrecursionlimit())",
    ),
    (
        "limits that cannot be",
        "",
        "import sys, threading\nfor act in (lambda: sys.setrecursionlimit(0), lambda: sys.setrecursionlimit(2 ** 31), lambda: sys.setrecursionlimit('x'), lambda: threading.stack_size(5), lambda: threading.stack_size(-1)):\n    try: print(act())\n    except (ValueError, OverflowError, TypeError) as e: print(type(e).__name__)\nprint(threading.stack_size(1 << 26), threading.stack_size(), threading.stack_size(0))",
    ),
    (
        "the platform",
        "",
        "import os, sys\nprint(sys.platform, os.name, os.sep, sys.byteorder, sys.maxsize, sys.maxunicode, sys.float_info, sys.int_info.bits_per_digit, sys.getdefaultencoding(), sys.getfilesystemencoding())",
    ),
    (
        "errors of syntax",
        "",
        "try: compile('x = = 1', 's', 'exec')\nexcept SyntaxError as e: print(e.lineno, e.offset)\nprint(eval('1 + 1'))",
    ),
];

/// What programs leave behind at their end, which the interpreter takes apart in an order of its own.
const LAST: &[Row] = &[
    ("an exit by a small number", "", "import sys\nprint('a')\nsys.exit(255)"),
    ("an exit by a truth", "", "import sys\nprint('a')\nsys.exit(True)"),
    ("an exit below zero", "", "import sys\nsys.exit(-1)"),
    ("an exit of a kind of its own", "", "class E(SystemExit):\n    code = 7\nprint('a')\nraise E(3)"),
    ("an exit by nothing", "", "print('a')\nraise SystemExit"),
    (
        "what a function held at an exit",
        "",
        "import sys\nclass A:\n    def __del__(self): print('gone')\ndef f():\n    a = A()\n    sys.exit(2)\nf()",
    ),
    (
        "names that last words use",
        "",
        "class A:\n    def __del__(self): print(word, len(others))\nword, others = 'here', [1, 2]\ndef f(): return a\na = A()",
    ),
    (
        "last words of what a module holds",
        "",
        "import math\nclass A:\n    def __del__(self): print('gone')\nmath.mine = A()\nprint('end')",
    ),
    (
        "last words without a place for a cycle",
        "",
        "import math\nclass A:\n    __slots__ = ()\n    def __del__(self): print('gone')\nmath.mine = A()\nprint('end')",
    ),
    (
        "a generator in the middle",
        "",
        "def g():\n    try: yield 1\n    finally: print('finally')\nit = g()\nprint(next(it))",
    ),
    (
        "a generator in the middle that a module holds",
        "",
        "import math\ndef g():\n    try: yield 1\n    finally: print('finally')\nmath.it = g()\nprint(next(math.it))",
    ),
    ("a file that a module holds", "", "import math\nmath.out = open(1, 'w', closefd=False)\nmath.out.write('kept')"),
    ("a finalizer", "", "import weakref\nclass A: pass\na = A()\nweakref.finalize(a, print, 'gone')\nprint('end')"),
    (
        "a reference that calls",
        "",
        "import weakref\nclass A: pass\na = A()\nr = weakref.ref(a, lambda _: print('called'))\ndel a\nprint('end')",
    ),
    (
        "a thread that still works",
        "",
        "import threading, time\ndef f():\n    time.sleep(.05)\n    print('thread')\nthreading.Thread(target=f).start()\nprint('end')",
    ),
    (
        "a thread that nobody waits for",
        "",
        "import threading, time\nthreading.Thread(target=lambda: time.sleep(60), daemon=True).start()\nprint('end')",
    ),
    (
        "work that is still to do",
        "",
        "import concurrent.futures as c, time\np = c.ThreadPoolExecutor(1)\nfor n in range(3): p.submit(lambda n=n: (time.sleep(.01), print(n)))\nprint('end')",
    ),
    (
        "what is frozen",
        "",
        "import gc\nclass A:\n    def __del__(self): print('gone')\na = A()\ngc.freeze()\nprint('end')",
    ),
    (
        "no collection",
        "",
        "import gc\ngc.disable()\nclass A:\n    def __del__(self): print('gone')\na = A()\na.me = a\nprint('end')",
    ),
    (
        "who hears of collections",
        "",
        "import gc\ngc.callbacks.append(lambda phase, info: print(phase))\nclass A: pass\na = A()\na.me = a",
    ),
    (
        "an error at the end",
        "",
        "import atexit\natexit.register(lambda: 1 / 0)\natexit.register(print, 'first')\nprint('now')",
    ),
    ("an exit at the end", "", "import atexit, sys\natexit.register(sys.exit, 3)\nprint('now')"),
    (
        "what is written at the very end",
        "",
        "import atexit, io, sys\nbuffer = io.StringIO()\natexit.register(lambda: sys.stdout.write(buffer.getvalue()))\nbuffer.write('late')",
    ),
    (
        "output in its place at the end",
        "",
        "import atexit, sys\nclass S:\n    def write(self, text): sys.__stdout__.write(text.upper())\n    def flush(self): sys.__stdout__.flush()\nsys.stdout = S()\natexit.register(print, 'bye')",
    ),
    (
        "a trace",
        "",
        "import sys\nseen = []\nsys.settrace(lambda frame, what, _: seen.append(what))\ndef f(): pass\nf()\nsys.settrace(None)\nprint(seen)",
    ),
    (
        "a child that ends",
        "",
        "import os, sys\nprint('a', flush=True)\nif os.fork() == 0: sys.exit(0)\nos.wait()\nprint('b')",
    ),
    (
        "an import that is hidden",
        "",
        "import sys\nfor name in ('gc', 'atexit', '_thread', 'os'): sys.modules[name] = None\nprint('end')",
    ),
    ("no streams", "", "import sys\ndel sys.stdout, sys.stderr"),
    (
        "no main module",
        "",
        "import sys\ndel sys.modules['__main__']\nclass A:\n    def __del__(self): print('gone')\na = A()",
    ),
    (
        "builtins of its own",
        "",
        "import builtins\nbuiltins.issubclass = builtins.any = builtins.type = lambda *_: 1 / 0\nprint('end')",
    ),
];

/// Programs that this engine does not run, and the reason that it gives.
const LACKS: &[(&str, &str)] = &[
    ("import itertools\nprint(list(itertools.batched('abc', 2)))", "Python 3.11, which has no itertools.batched"),
    ("from math import sumprod", "Python 3.11, which has no math.sumprod"),
    ("def f(x: (y := int)): return y", "what an annotation could do before Python 3.14"),
    ("class A:\n    x: (yield) = 1", "what an annotation could do before Python 3.14"),
    ("import getpass\nprint(getpass.getuser())", "the module pwd"),
    ("import mmap\nmmap.mmap(0, 0)", "the module mmap"),
    ("import os\nos.nice(0)", "os.nice"),
    ("open('/dev/tty')", "files"),
    ("open('/proc/self/status').read()", "files"),
    ("open('out.txt', 'w')", "files"),
    ("import os\nprint(os.access('.', os.W_OK))", "files"),
    ("import os\nos.path.getsize(__file__)", "files"),
];

pub(crate) type Seen = (How, String);

pub(crate) fn seen(engine: &impl Engine, stdin: &str, program: &str) -> Seen {
    let (cpu, wall) = (Duration::from_mins(1), Duration::from_mins(3));
    let limits = Limits { cpu, wall, output_kept_bytes: 16 << 20, ..Limits::default() };
    let job = Job { program: program.into(), stdin: stdin.into(), limits, ..Job::default() };
    let outcome = engine.worker().unwrap().run(&job).unwrap();
    (outcome.how, String::from_utf8_lossy(&outcome.stdout.bytes).into_owned())
}

/// What an interpreter makes of a program, with its input as a file, in a folder of its own.
pub(crate) fn plain(python: &Path, stdin: &str, program: &str) -> Seen {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("main.py"), program).unwrap();
    let input = folder.path().join("input");
    fs::write(&input, stdin).unwrap();
    let scratch = folder.path().join("scratch");
    fs::create_dir(&scratch).unwrap();
    #[expect(clippy::disallowed_methods, reason = "runs programs of this test, which are harmless")]
    let mut command = Command::new(python);
    command.args(["-s", "-P", "-B"]).arg(folder.path().join("main.py")).current_dir(&scratch).env_clear();
    command.envs(&Profile::python().environment).env("HOME", "/nonexistent").env("PYTHONINTMAXSTRDIGITS", "0");
    let output = command.stdin(File::open(input).unwrap()).stderr(Stdio::null()).output().unwrap();
    (How::Exit(output.status.code().unwrap()), String::from_utf8_lossy(&output.stdout).into_owned())
}

#[test]
fn programs_find_the_world_of_a_plain_interpreter() {
    let process = ProcessEngine::new(ProcessOptions::default()).unwrap();
    // What later versions do otherwise is what some of these programs are about.
    if !process.identity().interpreter.contains(" 3.11.") {
        println!("skipped: needs Python 3.11, not {}", process.identity().interpreter);
        return;
    }
    let Some(wasm) = wasm() else { return };
    let mut wrong = Vec::new();
    for (kind, rows) in SAME {
        for (name, stdin, program) in *rows {
            let (one, other) = (plain(&process.identity().executable, stdin, program), seen(&wasm, stdin, program));
            if one != other {
                wrong.push(format!("{kind}: {name}:\n  plain {one:?}\n  wasm  {other:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn programs_end_in_a_process_as_in_a_plain_interpreter() {
    let process = ProcessEngine::new(ProcessOptions::default()).unwrap();
    let mut wrong = Vec::new();
    for (name, stdin, program) in [ENDS, LAST].concat() {
        let (one, other) = (plain(&process.identity().executable, stdin, program), seen(&process, stdin, program));
        if one != other {
            wrong.push(format!("{name}:\n  plain   {one:?}\n  process {other:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_wasm_lacks_it_says() {
    let Some(wasm) = wasm() else { return };
    for (program, reason) in LACKS {
        assert_eq!(seen(&wasm, "", program).0, How::Unsupported((*reason).to_owned()), "{program}");
        // Nor does it help a program to catch what then would be raised.
        let caught = format!("try:\n    {}\nexcept BaseException: pass\n", program.replace('\n', "\n    "));
        assert_eq!(seen(&wasm, "", &caught).0, How::Unsupported((*reason).to_owned()), "{caught}");
    }
}
