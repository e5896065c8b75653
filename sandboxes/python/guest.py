"""The interpreter's side of the `wasm` engine.

Runs once while the snapshot is made, which then holds the whole standard library and the harness's own programs, loaded.
Every instance starts from that snapshot. What an instance cannot do is said to the host as it is tried, so that nothing
is held against a program for it.
"""

import mend_errors

mend_errors.speak_linux()

import atexit
import builtins
import gc
import importlib.machinery
import io
import linecache
import os
import pkgutil
import sys
import types
import warnings

import wit_world

from mend_lacking import ABSENT, NEWER, NOT_LOADED, SCRATCH, absent_from, audit, lacks, leave, missing, stand_in
from mend_versions import compiled

ENVIRONMENT = {
    "PATH": "/usr/bin:/bin",
    "PYTHONHASHSEED": "0",
    "PYTHONUTF8": "1",
    "LC_ALL": "C.UTF-8",
    "OMP_NUM_THREADS": "1",
    "HOME": "/nonexistent",
    "TMPDIR": SCRATCH,
}

# As the interpreter keeps it. What the build's runtime finds in the host's environment, which is nothing, takes its place at
# the first call.
ENVIRONMENT = {name.encode(): value.encode() for name, value in ENVIRONMENT.items()}

# Bytes that programs find allocated and free.
ROOM = 16 << 20

CREDITS = """\
    Thanks to CWI, CNRI, BeOpen.com, Zope Corporation and a cast of thousands
    for supporting Python development.  See www.python.org for more information."""

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


def stream(name, descriptor, mode, errors, line_buffering=False):
    buffer = io.open(descriptor, mode + "b", closefd=False)
    buffer.raw.name = f"<{name}>"
    text = io.TextIOWrapper(buffer, "utf-8", errors, newline="\n", line_buffering=line_buffering)
    text.mode = mode
    return text


def define(source):
    """Makes a program of the harness ready to answer. Returns its number."""
    scope = {"__name__": "guest", "__builtins__": builtins}
    exec(compile(source, "guest.py", "exec", dont_inherit=True), scope)
    # The same programs serve engines that hand them frames on descriptors.
    scope.update(call=wit_world.mend_call, lacks=lacks, compile=compiled)
    own.append(scope["party"]())
    return len(own) - 1


def ended(error):
    """Prints what ended a program. Returns its exit status."""
    if isinstance(error, SystemExit):
        code = error.code
        if code is None:
            return 0
        if isinstance(code, int):
            return code & 0xFF if -(1 << 63) <= code < 1 << 63 else 0xFF
        if sys.stderr is not None:
            print(code, file=sys.stderr)
        return 1
    lacks(error)
    sys.excepthook(type(error), error, error.__traceback__)
    return 1


def flushed(status):
    """Flushes what the program has printed. Where that cannot be done, this is an interpreter's status."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name, None)
        try:
            if stream is None or getattr(stream, "closed", False):
                continue
        except BaseException:
            pass
        try:
            stream.flush()
        except BaseException as error:
            lacks(error)
            status = 120
            if name == "stdout" and sys.stderr is not None:
                print(f"Exception ignored while flushing sys.stdout:\n{type(error).__name__}: {error}", file=sys.stderr)
    return status


def finish(status):
    """What an interpreter does at its end."""
    try:
        atexit._run_exitfuncs()
    except BaseException:
        pass
    status = flushed(status)
    # Files of the program's own are flushed as they go, with all else that it made. Those in a cycle would go in the order in
    # which they were made, with the descriptor before what is kept for it.
    main = vars(sys.modules.get("__main__", builtins))
    for file in [value for value in main.values() if type(value) in (io.TextIOWrapper, io.BufferedWriter)]:
        try:
            file.flush()
        except BaseException:
            pass
    del main
    sys.stdin, sys.stdout, sys.stderr = sys.__stdin__, sys.__stdout__, sys.__stderr__
    sys.modules.pop("__main__", None)
    gc.collect()
    return flushed(status)


def run(source, seed):
    os.environ._data.update(ENVIRONMENT)
    os.environ["MEND_SEED"] = str(seed)
    sys.argv = ["main.py"]
    # Whether it can be sought is asked when it is made.
    sys.stdin = sys.__stdin__ = stream("stdin", 0, "r", "surrogateescape")
    if b"random" in source:
        sys.modules["random"].seed()
    try:
        code = compiled(source, "main.py", "exec", dont_inherit=True)
    except (SyntaxError, ValueError, MemoryError, RecursionError) as error:
        sys.excepthook(type(error), error.with_traceback(None), None)
        return finish(1)
    text = source.decode("utf-8", "replace")
    linecache.cache["main.py"] = (len(text), None, text.splitlines(True), "main.py")
    return finish(executed(code))


def executed(code):
    """Runs a program as `__main__`. Nothing of it is held here when it has ended."""
    main = types.ModuleType("__main__")
    main.__file__ = SCRATCH + "/main.py"
    main.__loader__ = importlib.machinery.SourceFileLoader("__main__", main.__file__)
    main.__annotations__, main.__builtins__, main.__cached__ = {}, builtins, None
    sys.modules["__main__"] = main
    try:
        exec(code, main.__dict__)
    except BaseException as error:
        trace = error.__traceback__
        error.__traceback__ = trace and trace.tb_next
        return ended(error)
    return 0


class WitWorld(wit_world.WitWorld):
    def mend_define(self, source):
        return define(source)

    def mend_handle(self, program, request):
        os.environ._data.update(ENVIRONMENT)
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
    sys.stdin = sys.__stdin__ = stream("stdin", 0, "r", "surrogateescape")
    sys.stdout = sys.__stdout__ = stream("stdout", 1, "w", "surrogateescape")
    sys.stderr = sys.__stderr__ = stream("stderr", 2, "w", "backslashreplace", line_buffering=True)
    site = sys.modules["_sitebuiltins"]
    builtins.exit = site.Quitter("exit", "Ctrl-D (i.e. EOF)")
    builtins.quit = site.Quitter("quit", "Ctrl-D (i.e. EOF)")
    builtins.help = site._Helper()
    builtins.copyright = site._Printer("copyright", sys.copyright)
    builtins.credits = site._Printer("credits", CREDITS)
    builtins.license = site._Printer("license", "See https://www.python.org/psf/license/")
    # Programs take the largest index for infinity. That of this interpreter has 32 bits.
    sys.maxsize = (1 << 63) - 1
    # Data sets hold integers with more digits than the default allows.
    sys.set_int_max_str_digits(0)
    sys.argv = ["main.py"]
    sys.path[:] = []
    sys.path_importer_cache.clear()
    sys.dont_write_bytecode = True
    os.environ.clear()
    for name in ABSENT | NEWER:
        absent_from(name)
    stand_in()
    sys.platform = "linux"
    linecache.clearcache()
    sys.addaudithook(audit)
    gc.collect()
    # Room that is there already: an instance whose memory grows cannot be put back.
    bytearray(ROOM)
    gc.freeze()


snapshot()
