"""The interpreter's side of the `wasm` engine.

Runs once while the snapshot is made, which then holds the whole standard library and the harness's own programs, loaded.
Every instance starts from that snapshot. What an instance cannot do is said to the host as it is tried, so that nothing
is held against a program for it.
"""

import _thread
import ast
import atexit
import builtins
import gc
import io
import linecache
import opcode
import os
import pkgutil
import re
import signal
import sys
import time
import tokenize
import types
import warnings

import wit_world

ENVIRONMENT = {
    "PATH": "/usr/bin:/bin",
    "PYTHONHASHSEED": "0",
    "PYTHONUTF8": "1",
    "LC_ALL": "C.UTF-8",
    "OMP_NUM_THREADS": "1",
    "HOME": "/nonexistent",
    "TMPDIR": "/box/tmp/mend-000000",
}
SCRATCH = ENVIRONMENT["TMPDIR"]

# Modules of the standard library that nobody runs as a program's part, or that do something when imported.
NOT_LOADED = {"__main__", "antigravity", "idlelib", "test", "this", "tkinter", "turtle", "turtledemo"}

# Modules that the standard library has lost since Python 3.11.
REMOVED = set(
    "aifc asynchat asyncore audioop cgi cgitb chunk crypt distutils imghdr imp lib2to3 mailcap nis nntplib ossaudiodev"
    " pipes smtpd sndhdr spwd sunau telnetlib uu xdrlib".split()
)

# Packages that many programs use and that are not part of the standard library.
NOT_STANDARD = set(
    "aiofiles aiohttp airflow altair arrow astropy attr attrs azure babel bitarray blessed bokeh boltons boto3"
    " botocore bs4 cachetools celery certifi chardet click cloudpickle colorama Crypto cryptography cv2 cvxopt cvxpy"
    " cython Cython dask dateutil deap django docker docopt dotenv emoji fastapi flask flask_cors flask_login"
    " flask_restful flask_sqlalchemy fuzzywuzzy gensim gevent gmpy2 google graphviz gym h5py hypothesis IPython jax"
    " jinja2 joblib jsonschema jwt keras kivy langdetect Levenshtein lightgbm lxml markdown matplotlib mock"
    " more_itertools mpmath msgpack mypy mysql nacl networkx nltk nose numba numpy openai openpyxl orjson ortools"
    " pandas parameterized paramiko peewee PIL pip pkg_resources plotly polars prettytable psutil psycopg2 py pyarrow"
    " pycuda pydantic pygame pygments pylab pymongo pymysql pyparsing PyPDF2 PyQt5 pyspark pytest pytz rdkit redis"
    " regex requests rich scapy scikit_learn scipy seaborn selenium setuptools shapely simplejson six skimage sklearn"
    " snowballstemmer socketio sortedcollections sortedcontainers spacy sqlalchemy starlette statsmodels sympy"
    " tabulate telegram tensorboard tensorflow termcolor textblob torch torchvision tornado tqdm transformers tweepy"
    " twisted typer typing_extensions tzdata ujson unidecode urllib3 uvicorn websocket websockets werkzeug wheel"
    " wordcloud wx xarray xgboost xlrd xlsxwriter xlwt yaml zmq".split()
)

# What Python 3.11 on Linux has and this interpreter has not.
ABSENT = {
    "os": set(
        "CLD_CONTINUED CLD_DUMPED CLD_EXITED CLD_KILLED CLD_STOPPED CLD_TRAPPED EFD_CLOEXEC EFD_NONBLOCK"
        " EFD_SEMAPHORE GRND_NONBLOCK GRND_RANDOM MFD_ALLOW_SEALING MFD_CLOEXEC O_ASYNC O_DIRECT O_FSYNC O_LARGEFILE"
        " O_NDELAY O_NOATIME O_PATH O_TMPFILE POSIX_SPAWN_CLOSE POSIX_SPAWN_DUP2 POSIX_SPAWN_OPEN PRIO_PGRP"
        " PRIO_PROCESS PRIO_USER P_ALL P_NOWAIT P_NOWAITO P_PGID P_PID P_PIDFD P_WAIT RTLD_DEEPBIND SCHED_BATCH"
        " SCHED_FIFO SCHED_IDLE SCHED_OTHER SCHED_RR SEEK_DATA SEEK_HOLE SPLICE_F_MORE SPLICE_F_MOVE"
        " SPLICE_F_NONBLOCK TMP_MAX WCONTINUED WCOREDUMP WEXITED WEXITSTATUS WIFCONTINUED WIFEXITED WIFSIGNALED"
        " WIFSTOPPED WNOHANG WNOWAIT WSTOPPED WSTOPSIG WTERMSIG WUNTRACED XATTR_CREATE XATTR_REPLACE chown chroot"
        " copy_file_range ctermid dup2 eventfd eventfd_read eventfd_write execv execve fchdir fchmod fchown fork"
        " forkpty fstatvfs fwalk getegid geteuid getgid getgrouplist getgroups getloadavg getlogin getpgid getpgrp"
        " getppid getpriority getrandom getresgid getresuid getsid getuid getxattr initgroups kill killpg lchown"
        " listxattr lockf login_tty major makedev memfd_create minor mkfifo mknod nice openpty pidfd_open pipe pipe2"
        " posix_fallocate posix_spawn posix_spawnp preadv pwritev readv register_at_fork removexattr"
        " sched_get_priority_max sched_get_priority_min sched_getaffinity sched_getparam sched_getscheduler"
        " sched_param sched_rr_get_interval sched_setaffinity sched_setparam sched_setscheduler sendfile setegid"
        " seteuid setgid setgroups setns setpgid setpgrp setpriority setregid setresgid setresuid setreuid setsid"
        " setuid setxattr spawnl spawnle spawnlp spawnlpe spawnv spawnve spawnvp spawnvpe splice statvfs sync system"
        " tcgetpgrp tcsetpgrp ttyname umask unshare wait wait3 wait4 waitid waitpid writev".split()
    ),
    "signal": set(
        "ITIMER_PROF ITIMER_REAL ITIMER_VIRTUAL ItimerError SIGCLD SIGRTMAX SIGRTMIN SIG_BLOCK SIG_SETMASK"
        " SIG_UNBLOCK Sigmasks alarm getitimer pause pidfd_send_signal pthread_kill pthread_sigmask setitimer"
        " siginterrupt sigpending sigtimedwait sigwait sigwaitinfo struct_siginfo valid_signals".split()
    ),
    "time": set(
        "CLOCK_BOOTTIME CLOCK_MONOTONIC_RAW CLOCK_PROCESS_CPUTIME_ID CLOCK_TAI CLOCK_THREAD_CPUTIME_ID"
        " clock_settime clock_settime_ns pthread_getcpuclockid thread_time thread_time_ns tzset".split()
    ),
    "select": {"EPOLLIN", "EPOLLOUT", "epoll"},
    "socket": {"AF_ALG", "AF_NETLINK", "AF_PACKET", "AF_UNIX", "AF_VSOCK", "SOCK_RAW", "SOCK_SEQPACKET"},
    "ast": {"Bytes", "Ellipsis", "NameConstant", "Num", "Str"},
    "collections.abc": {"ByteString"},
    "configparser": {"LegacyInterpolation", "SafeConfigParser"},
    "importlib": {"find_loader"},
    "locale": {"format", "resetlocale"},
    "pkgutil": {"ImpImporter", "ImpLoader", "find_loader", "get_loader"},
    "re": {"TEMPLATE", "template"},
    "typing": {"ByteString", "io", "re"},
    "unittest": {"findTestCases", "getTestCaseNames", "makeSuite"},
}

# The same by their other names.
ABSENT["posix"] = ABSENT["os"]
ABSENT["_socket"] = ABSENT["socket"] | {"socketpair"}

# Methods of test cases that have lost their old names since Python 3.11.
OLD_NAMES = {
    "assertAlmostEquals": "assertAlmostEqual",
    "assertEquals": "assertEqual",
    "assertNotAlmostEquals": "assertNotAlmostEqual",
    "assertNotEquals": "assertNotEqual",
    "assertNotRegexpMatches": "assertNotRegex",
    "assertRaisesRegexp": "assertRaisesRegex",
    "assertRegexpMatches": "assertRegex",
    "assert_": "assertTrue",
    "failUnlessEqual": "assertEqual",
}

# Audit events, and what they need.
NEEDS = {
    "_thread.start_new_thread": "threads",
    "_thread.start_joinable_thread": "threads",
    "os.exec": "other processes",
    "os.posix_spawn": "other processes",
    "os.spawn": "other processes",
    "os.system": "other processes",
    "subprocess.Popen": "other processes",
    "socket.__new__": "sockets",
    "socket.getaddrinfo": "sockets",
    "socket.gethostbyname": "sockets",
    "os.chdir": "files",
    "os.link": "files",
    "os.listdir": "files",
    "os.mkdir": "files",
    "os.scandir": "files",
    "os.symlink": "files",
    "os.truncate": "files",
    "sqlite3.connect": "files",
    "tempfile.mkdtemp": "files",
    "tempfile.mkstemp": "files",
}

# Bytes that programs find allocated and free.
ROOM = 16 << 20

missing = NOT_STANDARD | REMOVED
# What answers for each program of the harness, by its number, and the digits of an integer that it wants.
own = []


def load_library():
    """Imports all of the standard library: what is not in the snapshot cannot be imported later."""

    def load(name):
        try:
            return __import__(name)
        except BaseException:
            missing.add(name)
            return None

    warnings.simplefilter("ignore")
    for name in sorted(sys.stdlib_module_names - NOT_LOADED):
        module = load(name)
        if module is None or not hasattr(module, "__path__"):
            continue
        for info in pkgutil.walk_packages(module.__path__, name + ".", onerror=lambda name: None):
            if not info.name.endswith("__main__") and ".test" not in info.name:
                load(info.name)
    missing.update(NOT_LOADED)
    # Nobody's program imports those by itself: what the library does without stays its own matter.
    for name in list(missing):
        if name.startswith("_") or name in {"nt", "msvcrt", "winreg", "winsound"}:
            missing.discard(name)
    warnings.resetwarnings()
    warnings.filters[:] = DEFAULT_WARNINGS


DEFAULT_WARNINGS = list(warnings.filters)


def audit(event, args):
    need = NEEDS.get(event)
    if need is not None:
        wit_world.mend_lacks(need)
    elif event == "import":
        name = args[0]
        # The debugger, which other modules use, can do without these.
        if name in ("readline", "pwd") and imported_by_library():
            return
        if name in missing or name.partition(".")[0] in missing:
            wit_world.mend_lacks(f"the module {name}")
    elif event == "open":
        path, mode, flags = args
        # Flags are absent where the parser looks for the line of a syntax error.
        if type(path) is int or flags == 0:
            return
        try:
            path = os.fspath(path)
            path = path.decode("utf-8", "replace") if isinstance(path, bytes) else path
        except TypeError:
            return
        written = any(letter in mode for letter in "wax+") if mode else flags & (os.O_CREAT | os.O_RDWR | os.O_WRONLY)
        if written or lies_elsewhere(path):
            wit_world.mend_lacks("files")
    elif event == "array.__new__" and args[0] in ("l", "L"):
        wit_world.mend_lacks("numbers of 64 bits in C")


def imported_by_library():
    frame = sys._getframe(2)
    while frame is not None and frame.f_code.co_filename.startswith("<frozen importlib"):
        frame = frame.f_back
    return frame is not None and frame.f_code.co_filename.startswith(("/python/", "<frozen "))


def lies_elsewhere(path):
    """Whether another engine may have a file here. One that is not there is not there with any engine."""
    if path.startswith(SCRATCH + "/"):
        path = path[len(SCRATCH) + 1 :]
    # Sources of the library are looked for to show their lines. They are not in the snapshot. Nobody has a home.
    return path == "main.py" or path.startswith("/") and not path.startswith(("/python/", "/0/", "/nonexistent"))


def absent_from(name):
    module, names = sys.modules[name], ABSENT[name]
    known = getattr(module, "__getattr__", None)

    def lookup(attribute):
        if attribute in names:
            wit_world.mend_lacks(f"{name}.{attribute}")
        if known is not None:
            return known(attribute)
        raise AttributeError(f"module {name!r} has no attribute {attribute!r}")

    module.__getattr__ = lookup


def leave(status):
    wit_world.mend_exit(status)


def stream(descriptor, mode, errors, line_buffering=False):
    raw = io.FileIO(descriptor, mode, closefd=False)
    buffer = io.BufferedReader(raw) if mode == "r" else io.BufferedWriter(raw)
    return io.TextIOWrapper(buffer, "utf-8", errors, line_buffering=line_buffering)


def lacks(error):
    """Ends the instance if an exception says more of this interpreter than of the program."""
    need = limit_of_ours(error)
    if need is not None:
        wit_world.mend_lacks(need)


# Words of exceptions that another engine would not raise, or not with this meaning.
OURS = {
    RecursionError: ("Stack overflow", "a deeper stack for recursion through C"),
    MemoryError: ("Parser stack overflowed", "a deeper stack for the parser"),
    OverflowError: (
        r"C (ssize_t|size_t|long|unsigned long)\b(?! long)|index-sized|too many digits in integer|should not exceed",
        "numbers of 64 bits in C",
    ),
    ValueError: (r"<= sys\.maxsize", "numbers of 64 bits in C"),
}


def limit_of_ours(error):
    words, need = OURS.get(type(error), (None, None))
    try:
        return need if words is not None and re.search(words, str(error)) else None
    except Exception:
        return None


CATCHES = re.compile(
    r"except\s*:|except\b.*\b(Exception|BaseException|RecursionError|RuntimeError|MemoryError|OverflowError|ArithmeticError"
    r"|ValueError)\b|\bsuppress\b|\b__exit__\b"
)


def watch():
    """Tells the host of such an exception as it is raised: the program may catch it, and go on as it would nowhere."""
    tool = sys.monitoring.PROFILER_ID
    if sys.monitoring.get_tool(tool) is None:
        sys.monitoring.use_tool_id(tool, "mend")
        sys.monitoring.register_callback(tool, sys.monitoring.events.RAISE, raised)
        sys.monitoring.set_events(tool, sys.monitoring.events.RAISE)


def raised(code, offset, error):
    if type(error) in OURS:
        lacks(error)


# Names that the programs of this instance have bound, as far as a look at their code tells.
bound = set(dir(builtins))

NEWER = re.compile(
    r"^\s*(type\s+\w+\s*(\[.*\])?\s*=|((async\s+)?def|class)\s+\w+\s*\[|except\s+[^:(\n]*,)", re.MULTILINE
)
FORMATTED = re.compile(r"(?<![\w\"'])([rR]?[fFtT]|[fFtT][rR])[\"']")
IN_BRACES = re.compile(r"\{[^{}]*[\"'\\#\n]")


def compiled(source, filename, *args, **kwargs):
    """As `compile`. Where versions of Python disagree on what a program means, the host is told."""
    try:
        code = compile(source, filename, *args, **kwargs)
    except (MemoryError, RecursionError) as error:
        lacks(error)
        raise
    if not isinstance(source, (str, bytes)):
        return code
    text = source if isinstance(source, str) else source.decode("utf-8", "replace")
    # The words come first: they are found much faster than the patterns.
    newer = ("type" in text or "except" in text or has_type_parameters(code)) and NEWER.search(text) and parses_anew(text)
    if newer or "{" in text and FORMATTED.search(text) and IN_BRACES.search(text) and formats_anew(text):
        wit_world.mend_lacks("syntax of Python 3.11")
    if "exec" in text and execs_locals(code):
        wit_world.mend_lacks("variables of functions that `exec` can change")
    if not annotated(code, bound):
        wit_world.mend_lacks("annotations that are evaluated at once")
    if any(word in text for word in ("except", "suppress", "__exit__")) and CATCHES.search(text):
        watch()
    return code


def parses_anew(text):
    """Whether a parser of Python 3.11 refuses what this one takes."""
    try:
        ast.parse(text, feature_version=(3, 11))
    except SyntaxError:
        return True
    return False


def formats_anew(text):
    """Whether a formatted string holds what it could not before Python 3.12."""
    quotes = []
    try:
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            if token.type == tokenize.TSTRING_START:
                return True
            if token.type == tokenize.FSTRING_END:
                quotes.pop()
                continue
            held = token.string
            if quotes and token.type != tokenize.FSTRING_MIDDLE:
                if "\\" in held or token.type == tokenize.COMMENT or any(quote in held for quote in quotes):
                    return True
                if "\n" in held and len(quotes[-1]) == 1:
                    return True
            if token.type == tokenize.FSTRING_START:
                quotes.append(held.lstrip("rRfF"))
    except (SyntaxError, tokenize.TokenError):
        pass
    return False


STAR, OPTIMIZED = 2, 1
STORES = {opcode.opmap["STORE_NAME"], opcode.opmap["STORE_GLOBAL"]}
LOADS = {opcode.opmap["LOAD_NAME"], opcode.opmap["LOAD_FROM_DICT_OR_GLOBALS"]}
LOAD_GLOBAL, LOAD_CONST = opcode.opmap["LOAD_GLOBAL"], opcode.opmap["LOAD_CONST"]
EXTENDED_ARG, INTRINSIC = opcode.opmap["EXTENDED_ARG"], opcode.opmap["CALL_INTRINSIC_1"]


def annotated(code, names):
    """Whether annotations use only names that are bound by then. Before Python 3.14 others end the program."""
    late = []
    if not annotated_now(code, names, late):
        return False
    for inner in late:
        if inner.co_name == "__annotate__":
            if not known(inner, names):
                return False
        elif holds_annotations(inner) and not annotated_now(inner, set(names), late):
            return False
    return True


def holds_annotations(code):
    """Whether anything in there is annotated."""
    inner = [value for value in code.co_consts if type(value) is types.CodeType]
    return any(value.co_name == "__annotate__" or holds_annotations(value) for value in inner)


def has_type_parameters(code):
    inner = [value for value in code.co_consts if type(value) is types.CodeType]
    return any(value.co_name.startswith("<generic") or has_type_parameters(value) for value in inner)


def execs_locals(code):
    """Whether a function in there calls `exec`, and asks for its own variables."""
    names, inner = code.co_names, [value for value in code.co_consts if type(value) is types.CodeType]
    asks = code.co_flags & OPTIMIZED and "exec" in names and "locals" in names
    return asks or any(execs_locals(value) for value in inner)


def annotated_now(code, names, late):
    """The same for what runs where it stands. What runs later, or is checked later, is added to `late`."""
    steps = list(operations(code))
    for at, (operation, argument) in enumerate(steps):
        if operation in STORES:
            names.add(code.co_names[argument])
        elif operation == INTRINSIC and argument == STAR:
            names.add("*")
        elif operation == LOAD_CONST and isinstance(code.co_consts[argument], types.CodeType):
            inner = code.co_consts[argument]
            if inner.co_name == "__annotate__":
                # That of a module or a class is stored, and that of a function is a part of it.
                if any(step in STORES for step, _ in steps[at + 1 : at + 4]):
                    late.append(inner)
                elif not known(inner, names):
                    return False
            elif inner.co_flags & OPTIMIZED:
                late.append(inner)
            elif not annotated_now(inner, set(names), late):
                return False
    return True


def known(annotate, names):
    if "*" in names:
        return True
    for operation, argument in operations(annotate):
        if operation in LOADS and annotate.co_names[argument] not in names:
            return False
        if operation == LOAD_GLOBAL and annotate.co_names[argument >> 1] not in names:
            return False
    return True


def operations(code):
    data, high = code.co_code, 0
    for at in range(0, len(data), 2):
        argument = high << 8 | data[at + 1]
        high = argument if data[at] == EXTENDED_ARG else 0
        yield data[at], argument


def define(source):
    """Makes a program of the harness ready to answer. Returns its number."""
    scope = {"__name__": "guest", "__builtins__": builtins}
    exec(compile(source, "guest.py", "exec", dont_inherit=True), scope)
    # The same programs serve engines that hand them frames on descriptors.
    scope.update(call=wit_world.mend_call, lacks=lacks, compile=compiled)
    digits = sys.get_int_max_str_digits()
    handle = scope["party"]()
    own.append((handle, sys.get_int_max_str_digits()))
    # What one of them sets holds where it serves, and nowhere else.
    sys.set_int_max_str_digits(digits)
    return len(own) - 1


def ended(error):
    """Prints what ended a program. Returns its exit status."""
    if isinstance(error, SystemExit):
        code = error.code
        if code is None:
            return 0
        if isinstance(code, int):
            return code & 0xFF if -(1 << 63) <= code < 1 << 63 else 0xFF
        print(code, file=sys.stderr)
        return 1
    lacks(error)
    sys.excepthook(type(error), error, error.__traceback__)
    return 1


def finish(status):
    """What an interpreter does at its end."""
    try:
        atexit._run_exitfuncs()
    except BaseException:
        pass
    try:
        sys.stdout.flush()
    except BaseException:
        status = status or 120
    try:
        sys.stderr.flush()
    except BaseException:
        pass
    return status


def run(source, seed):
    os.environ["MEND_SEED"] = str(seed)
    sys.argv = ["main.py"]
    if b"random" in source:
        sys.modules["random"].seed()
    main = types.ModuleType("__main__")
    main.__file__ = "main.py"
    main.__builtins__ = builtins
    sys.modules["__main__"] = main
    try:
        code = compiled(source, "main.py", "exec", dont_inherit=True)
    except (SyntaxError, ValueError, MemoryError, RecursionError) as error:
        sys.excepthook(type(error), error.with_traceback(None), None)
        return finish(1)
    text = source.decode("utf-8", "replace")
    linecache.cache["main.py"] = (len(text), None, text.splitlines(True), "main.py")
    try:
        exec(code, main.__dict__)
    except BaseException as error:
        trace = error.__traceback__
        error.__traceback__ = trace and trace.tb_next
        status = ended(error)
    else:
        status = 0
    return finish(status)


def lacking(need, forbids=lambda *args, **kwargs: True, known=None):
    """A function that tells the host what it lacks, for such arguments as `forbids` says."""

    def call(*args, **kwargs):
        if forbids(*args, **kwargs):
            wit_world.mend_lacks(need)
        return known(*args, **kwargs)

    return call


def asks_elsewhere(path, *args, **kwargs):
    return isinstance(path, str) and (path in (".", "..", SCRATCH) or path != "main.py" and lies_elsewhere(path))


def forever():
    while True:
        time.sleep(1 << 30)


def no_terminal(descriptor=1):
    raise OSError(25, "Inappropriate ioctl for device")


class Lock:
    """A lock that nobody else can release: who waits for it waits without end, and does not break the interpreter."""

    def __init__(self, make=_thread.allocate_lock):
        self._lock = make()
        self.locked, self.release, self._at_fork_reinit = self._lock.locked, self._lock.release, lambda: None

    def acquire(self, blocking=True, timeout=-1):
        if blocking and timeout == -1 and self._lock.locked():
            forever()
        return self._lock.acquire(blocking, timeout)

    __enter__ = acquire

    def __exit__(self, *error):
        self.release()


class Clock:
    """What an event loop waits with: nothing ever happens here but that time passes."""

    register = modify = lacking("sockets")

    def select(self, timeout=None):
        if timeout is None:
            forever()
        time.sleep(max(timeout, 0))
        return []

    def unregister(self, file):
        raise KeyError(file)

    get_key = unregister

    def get_map(self):
        return {}

    def close(self):
        pass


def stand_in():
    """Puts what works here in place of what does not, and what tells the host in place of what would differ."""
    modules = sys.modules
    os.stat = lacking("files", asks_elsewhere, os.stat)
    os.getcwd, os.getcwdb = lambda: SCRATCH, lambda: SCRATCH.encode()
    os._exit, os.get_terminal_size, os.uname = leave, no_terminal, lacking("the name of the machine")
    sys.getsizeof = lacking("sizes of objects")
    threading, queue = modules["threading"], modules["queue"]
    _thread.stack_size = threading.stack_size = lambda size=0: 0
    _thread.allocate_lock = threading._allocate_lock = threading.Lock = Lock
    queue.SimpleQueue = queue._PySimpleQueue

    # Where the library says by itself that there are none, nobody hears of it.
    modules["subprocess"]._can_fork_exec = True
    loop = modules["asyncio.unix_events"]._UnixSelectorEventLoop
    start = loop.__init__
    loop.__init__ = lambda self, selector=None: start(self, Clock())
    modules["asyncio.unix_events"].can_use_pidfd = lambda: False
    loop._make_self_pipe = loop._close_self_pipe = loop._write_to_self = lambda self: None
    policy = modules["asyncio.events"]._BaseDefaultEventLoopPolicy

    def get_event_loop(self):
        if self._local._loop is None:
            self.set_event_loop(self.new_event_loop())
        return self._local._loop

    policy.get_event_loop = get_event_loop

    locale, struct, random = modules["locale"], modules["struct"], modules["random"]
    others = lambda category, locale=None: locale not in (None, "", "C", "POSIX", "C.UTF-8")
    locale.setlocale = lacking("locales", others, locale.setlocale)
    sized = lambda shape, *args: len(shape) and str(shape)[:1] not in "<>=!" and re.search("[lLnNP]", str(shape))
    for name in ("calcsize", "pack", "unpack"):
        setattr(struct, name, lacking("numbers of 64 bits in C", sized, getattr(struct, name)))
    hashed = lambda self, a=None, version=2: isinstance(a, float)
    random.Random.seed = lacking("hashes of 64 bits", hashed, random.Random.seed)
    random.seed = random._inst.seed
    for old, new in OLD_NAMES.items():
        setattr(modules["unittest"].TestCase, old, getattr(modules["unittest"].TestCase, new))


class WitWorld(wit_world.WitWorld):
    def mend_define(self, source):
        return define(source)

    def mend_handle(self, program, request):
        try:
            handle, digits = own[program]
            if digits is not None:
                sys.set_int_max_str_digits(digits)
                own[program] = handle, None
            return handle(request)
        except BaseException as error:
            leave(finish(ended(error)))

    def mend_run(self, source, seed):
        return run(source, seed)


def snapshot():
    """Leaves the interpreter as every program is to find it."""
    load_library()
    logging = sys.modules["logging"]
    if hasattr(logging, "_startTime"):
        logging._startTime = 0
    for folder in [path for path in sys.path if os.path.isdir(os.path.join(path, "own"))]:
        folder = os.path.join(folder, "own")
        for name in sorted(os.listdir(folder)):
            with open(os.path.join(folder, name), encoding="utf-8", newline="") as file:
                define(file.read())
    sys.stdin = sys.__stdin__ = stream(0, "r", "surrogateescape")
    sys.stdout = sys.__stdout__ = stream(1, "w", "surrogateescape")
    sys.stderr = sys.__stderr__ = stream(2, "w", "backslashreplace", line_buffering=True)
    quitter = sys.modules["_sitebuiltins"]
    builtins.exit = quitter.Quitter("exit", "Ctrl-D (i.e. EOF)")
    builtins.quit = quitter.Quitter("quit", "Ctrl-D (i.e. EOF)")
    builtins.help = quitter._Helper()
    # Programs take the largest index for infinity. That of this interpreter has 32 bits.
    sys.maxsize = (1 << 63) - 1
    sys.argv = ["main.py"]
    sys.path[:] = []
    sys.path_importer_cache.clear()
    sys.dont_write_bytecode = True
    os.environ.clear()
    os.environ.update(ENVIRONMENT)
    for name in ABSENT:
        absent_from(name)
    stand_in()
    linecache.clearcache()
    sys.addaudithook(audit)
    gc.collect()
    # Room that is there already: an instance whose memory grows cannot be put back.
    bytearray(ROOM)
    gc.freeze()


snapshot()
