"""The interpreter's side of the `wasm` engine.

Runs once while the snapshot is made, which then holds the whole standard library and the harness's own programs, loaded.
Every instance starts from that snapshot. What an instance cannot do is said to the host as it is tried, so that nothing
is held against a program for it.
"""

import _thread
import atexit
import builtins
import gc
import io
import linecache
import os
import pkgutil
import signal
import sys
import time
import traceback
import types
import warnings

import wit_world

ENVIRONMENT = {
    "PATH": "/usr/bin:/bin",
    "PYTHONHASHSEED": "0",
    "PYTHONUTF8": "1",
    "LC_ALL": "C.UTF-8",
    "OMP_NUM_THREADS": "1",
    "HOME": "/",
    "TMPDIR": "/",
}

# Modules of the standard library that nobody runs as a program's part, or that do something when imported.
NOT_LOADED = {"__main__", "antigravity", "idlelib", "test", "this", "tkinter", "turtle", "turtledemo"}

# Packages that many programs use and that are not part of the standard library.
NOT_STANDARD = set(
    "bs4 cvxpy cython gmpy2 lxml matplotlib more_itertools networkx nltk numba numpy ortools pandas PIL psutil pytest"
    " regex requests scipy seaborn sklearn sortedcontainers statsmodels sympy tensorflow torch tqdm yaml".split()
)

# What a Linux interpreter has and this one has not.
ABSENT = {
    "os": set(
        "chown chroot dup2 eventfd execv execve fchdir fchmod fchown fork forkpty get_terminal_size getegid geteuid"
        " getgid getgrouplist getgroups getloadavg getlogin getpgid getpgrp getppid getpriority getrandom getresgid"
        " getresuid getsid getuid kill killpg lockf memfd_create mkfifo mknod nice openpty pidfd_open pipe pipe2"
        " posix_spawn posix_spawnp register_at_fork sched_getaffinity sched_setaffinity sendfile setegid seteuid"
        " setgid setgroups setpgid setpgrp setpriority setregid setresgid setresuid setreuid setsid setuid spawnl"
        " spawnle spawnlp spawnlpe spawnv spawnve spawnvp spawnvpe statvfs sync system ttyname umask wait wait3 wait4"
        " waitid waitpid WNOHANG writev".split()
    ),
    "signal": set(
        "ITIMER_PROF ITIMER_REAL ITIMER_VIRTUAL SIG_BLOCK SIG_SETMASK SIG_UNBLOCK alarm getitimer pause pthread_kill"
        " pthread_sigmask setitimer siginterrupt sigpending sigtimedwait sigwait sigwaitinfo".split()
    ),
    "time": {"CLOCK_PROCESS_CPUTIME_ID", "CLOCK_THREAD_CPUTIME_ID", "thread_time", "thread_time_ns", "tzset"},
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

missing = set(NOT_STANDARD)
# What answers for each program of the harness, by its number.
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
        if name in missing or name.partition(".")[0] in missing:
            wit_world.mend_lacks(f"the module {name}")
    elif event == "open":
        path, mode, flags = args
        if type(path) is int:
            return
        try:
            path = os.fspath(path)
            path = path.decode("utf-8", "replace") if isinstance(path, bytes) else path
        except TypeError:
            return
        written = any(letter in mode for letter in "wax+") if mode else flags & (os.O_CREAT | os.O_RDWR | os.O_WRONLY)
        # A file that is not there is not there with any engine.
        if written or path.startswith("/") or path == "main.py":
            wit_world.mend_lacks("files")


def absent_from(module):
    names = ABSENT[module.__name__]

    def lookup(name):
        if name in names:
            wit_world.mend_lacks(f"{module.__name__}.{name}")
        raise AttributeError(f"module {module.__name__!r} has no attribute {name!r}")

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


def limit_of_ours(error):
    kind = type(error)
    if kind is RecursionError and str(error).startswith("Stack overflow"):
        return "a deeper stack for recursion through C"
    if kind is OverflowError and any(text in str(error) for text in ("C ssize_t", "C long", "index-sized")):
        return "numbers of 64 bits in C"
    return None


def define(source):
    """Makes a program of the harness ready to answer. Returns its number."""
    scope = {"__name__": "guest", "__builtins__": builtins}
    exec(compile(source, "guest.py", "exec", dont_inherit=True), scope)
    # The same programs serve engines that hand them frames on descriptors.
    scope.update(call=wit_world.mend_call, lacks=lacks)
    own.append(scope["party"]())
    return len(own) - 1


def ended(error):
    """Prints what ended a program. Returns its exit status."""
    if isinstance(error, SystemExit):
        code = error.code
        if code is None:
            return 0
        if isinstance(code, int):
            return code & 0xFF
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
    if b"random" in source:
        sys.modules["random"].seed()
    main = types.ModuleType("__main__")
    main.__file__ = "main.py"
    main.__builtins__ = builtins
    sys.modules["__main__"] = main
    try:
        code = compile(source, "main.py", "exec", dont_inherit=True)
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


class WitWorld(wit_world.WitWorld):
    def mend_define(self, source):
        return define(source)

    def mend_handle(self, program, request):
        try:
            return own[program](request)
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
    os._exit = leave
    _thread.stack_size = sys.modules["threading"].stack_size = lambda size=0: 0
    for module in (os, signal, time):
        absent_from(module)
    linecache.clearcache()
    sys.addaudithook(audit)
    gc.collect()
    # Room that is there already: an instance whose memory grows cannot be put back.
    bytearray(ROOM)
    gc.freeze()


snapshot()
