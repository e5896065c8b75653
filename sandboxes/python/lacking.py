"""What this interpreter lacks, and how the host hears of it: as it is tried, so that no `except` of a program hides it."""

import _thread
import builtins
import math
import operator
import os
import re
import sys
import time

import wit_world

from mend_errors import as_on_linux

# Where a program finds itself, as with other engines. There is nothing.
SCRATCH = "/box/tmp/mend-000000"

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
        " copy_file_range ctermid eventfd eventfd_read eventfd_write execv execve fchdir fchmod fchown fork"
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

# What Python has only had since 3.12. A program that uses it ends there with 3.11.
NEWER = {
    "copy": {"replace"},
    "itertools": {"batched"},
    "math": {"fma", "sumprod"},
    "operator": {"is_none", "is_not_none"},
    "random": {"binomialvariate"},
    "statistics": {"kde", "kde_random"},
    "typing": {"get_protocol_members", "is_protocol", "override"},
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

missing = NOT_STANDARD | REMOVED


def audit(event, args):
    need = NEEDS.get(event)
    if need is not None:
        # What is open can be cut short: that fails here as it fails elsewhere.
        if event == "os.truncate" and type(args[0]) is int:
            return
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
        if written and not DEVICES.fullmatch(path) or lies_elsewhere(path):
            wit_world.mend_lacks("files")
    elif event == "array.__new__" and args[0] in ("l", "L"):
        wit_world.mend_lacks("numbers of 64 bits in C")


def imported_by_library():
    frame = sys._getframe(2)
    while frame is not None and frame.f_code.co_filename.startswith("<frozen importlib"):
        frame = frame.f_back
    return frame is not None and frame.f_code.co_filename.startswith(("/python/", "<frozen "))


# What can be opened by name, and is there with any engine.
DEVICES = re.compile(r"/dev/(null|zero|u?random|std(in|out|err)|fd/[0-9]+)|/proc/self/fd/[0-9]+")
STANDARD = {"/dev/stdin": 0, "/dev/stdout": 1, "/dev/stderr": 2}


def asked_by_library():
    """Whether what asks for a name of a module is not the program: the library, or a program of the harness."""
    asks = sys._getframe(2).f_code.co_filename
    return asks.startswith(("/python/", "<frozen ")) or asks == "guest.py"


def lies_elsewhere(path):
    """Whether another engine may have a file here. One that is not there is not there with any engine."""
    if DEVICES.fullmatch(path):
        return False
    if path.startswith(SCRATCH + "/"):
        path = path[len(SCRATCH) + 1 :]
    # Sources of the library are looked for to show their lines. They are not in the snapshot. Nobody has a home.
    return path == "main.py" or path.startswith("/") and not path.startswith(("/python/", "/0/", "/nonexistent"))


def absent_from(name):
    module, names, newer = sys.modules[name], ABSENT.get(name, ()), NEWER.get(name, ())
    known = getattr(module, "__getattr__", None)
    # The library itself is of a later version, and may ask for them.
    kept = {attribute: getattr(module, attribute) for attribute in newer}
    for attribute in newer:
        delattr(module, attribute)
        if attribute in getattr(module, "__all__", ()):
            module.__all__ = [one for one in module.__all__ if one != attribute]

    def lookup(attribute):
        if attribute in names:
            wit_world.mend_lacks(f"{name}.{attribute}")
        if attribute in newer:
            if asked_by_library():
                return kept[attribute]
            wit_world.mend_lacks(f"Python 3.11, which has no {name}.{attribute}")
        if known is not None:
            return known(attribute)
        raise AttributeError(f"module {name!r} has no attribute {attribute!r}")

    module.__getattr__ = lookup


def leave(status):
    wit_world.mend_exit(status)


def lacks(error):
    """Ends the instance if an exception says more of this interpreter than of the program."""
    if isinstance(error, OSError):
        as_on_linux(error)
    elif type(error) is ValueError:
        look_at_value(error)
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
    # A TypeError before Python 3.12.
    KeyError: (r"^slice\(", "slices without hashes"),
}


def limit_of_ours(error):
    words, need = OURS.get(type(error), (None, None))
    try:
        return need if words is not None and re.search(words, str(error)) else None
    except Exception:
        return None


# What Python 3.11 says where a later version says more, for exceptions whose words programs print.
PLAINER = re.compile(
    r"(?P<domain>expected a (?:positive|nonnegative|finite|noninteger or positive|number in range|number between) ?.*"
    r"(?:input|got .*))|(?P<empty>(?:max|min)\(\)) iterable argument is empty"
    r"|(?P<unpacked>too many values to unpack \(expected \d+), got \d+\)|(?P<month>month must be in 1\.\.12), not .*",
    re.DOTALL,
)


def look_at_value(error):
    text = error.args[0] if error.args else None
    if type(text) is not str:
        return
    if "sys.maxsize" in text:
        wit_world.mend_lacks("numbers of 64 bits in C")
    more = PLAINER.fullmatch(text)
    if more is not None:
        plain = {
            "domain": "math domain error",
            "empty": f"{more['empty']} arg is an empty sequence",
            "unpacked": f"{more['unpacked']})",
            "month": more["month"],
        }
        error.args = (plain[more.lastgroup],)


def look_at_size(error):
    if error.args == (68, "Result not representable"):
        error.args = (34, os.strerror(34))
    lacks(error)


def look_at_key(error):
    if error.args and type(error.args[0]) is slice:
        lacks(error)


# What looks at exceptions of a class as they are raised. Programs raise many of the common ones.
LOOKS = {RecursionError: lacks, MemoryError: lacks, OverflowError: look_at_size, ValueError: look_at_value}
LOOKS |= {KeyError: look_at_key}
LOOKS |= dict.fromkeys((kind for kind in vars(builtins).values() if type(kind) is type and issubclass(kind, OSError)), as_on_linux)


def lacking(need, forbids=lambda *args, **kwargs: True, known=None):
    """A function that tells the host what it lacks, for such arguments as `forbids` says."""

    def call(*args, **kwargs):
        if forbids(*args, **kwargs):
            wit_world.mend_lacks(need)
        return known(*args, **kwargs)

    return call


def asks_elsewhere(path, *args, **kwargs):
    return isinstance(path, str) and (path in (".", "..", SCRATCH) or path != "main.py" and lies_elsewhere(path))


def status_of(known):
    """`os.stat` and its like, which know what can be opened by name."""

    def status(path, *args, **kwargs):
        # The library asks for the program's file to show its lines.
        if path in ("main.py", SCRATCH + "/main.py") and not imported_by_library():
            wit_world.mend_lacks("files")
        if not (isinstance(path, str) and DEVICES.fullmatch(path)):
            if asks_elsewhere(path):
                wit_world.mend_lacks("files")
            return known(path, *args, **kwargs)
        number = STANDARD.get(path, path.rpartition("/")[2])
        opened = None if str(number).isdigit() else os.open(path, os.O_RDONLY)
        try:
            return os.fstat(int(number) if opened is None else opened)
        finally:
            if opened is not None:
                os.close(opened)

    return status


def copied(descriptor, to):
    number = wit_world.mend_dup(descriptor, to)
    if number < 0:
        raise OSError(9, os.strerror(9))
    return number


def dup2(fd, fd2, inheritable=True):
    if fd2 < 0:
        raise OSError(9, os.strerror(9))
    return copied(fd, fd2)


def forever():
    while True:
        time.sleep(1 << 30)


def no_terminal(descriptor=1):
    raise OSError(25, "Inappropriate ioctl for device")


# Bytes of a thread's stack, as the program has set them.
stack = 0


def stack_size(size=0, /):
    global stack
    if size < 0:
        raise ValueError("size must be 0 or a positive value")
    if 0 < size < 1 << 15:
        raise ValueError(f"size not valid: {size} bytes")
    before, stack = stack, size
    return before


# Calls that are under way when a program begins, beside its own.
BELOW = 3


def limits_of_depth(known, change):
    """`sys.getrecursionlimit` and `sys.setrecursionlimit`, as if nothing were below the program."""
    asked = known()

    def setrecursionlimit(limit, /):
        nonlocal asked
        limit = operator.index(limit)
        change(limit if limit < 1 else min(limit + BELOW, max(limit, (1 << 31) - 1)))
        asked = limit

    return lambda: asked, setrecursionlimit


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
    os.dup, os.dup2 = (lambda fd, /: copied(fd, -1)), dup2
    os.stat, os.lstat = status_of(os.stat), status_of(os.lstat)
    os.access, os.readlink = (lacking("files", asks_elsewhere, known) for known in (os.access, os.readlink))
    os.getcwd, os.getcwdb = lambda: SCRATCH, lambda: SCRATCH.encode()
    os._exit, os.get_terminal_size, os.uname = leave, no_terminal, lacking("the name of the machine")
    sys.getsizeof = lacking("sizes of objects")
    threading, queue = modules["threading"], modules["queue"]
    _thread.stack_size = threading.stack_size = stack_size
    modules["getpass"].getuser = lacking("the module pwd")
    sys.getrecursionlimit, sys.setrecursionlimit = limits_of_depth(sys.getrecursionlimit, sys.setrecursionlimit)
    sys.setrecursionlimit(1000)
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

    # Their last digits, as before Python 3.12.
    statistics = modules["statistics"]
    statistics.sumprod = lambda p, q: math.fsum(map(operator.mul, p, q))
    statistics._sqrtprod = lambda x, y: math.sqrt(x * y)

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
