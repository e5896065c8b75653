"""What this interpreter lacks, and how the host hears of it: as it is tried, so that no `except` of a program hides it."""

import _thread
import os
import re
import sys
import time

import wit_world

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

missing = NOT_STANDARD | REMOVED


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
    # A TypeError before Python 3.12.
    KeyError: (r"^slice\(", "slices without hashes"),
}


def limit_of_ours(error):
    words, need = OURS.get(type(error), (None, None))
    try:
        return need if words is not None and re.search(words, str(error)) else None
    except Exception:
        return None


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
