"""The interpreter's side of the `wasm` engine.

Runs once while the snapshot is made, which then holds the whole standard library and the harness's own programs, loaded.
Every instance starts from that snapshot. What an instance cannot do is said to the host as it is tried, so that nothing
is held against a program for it.
"""

import atexit
import builtins
import gc
import io
import linecache
import os
import pkgutil
import sys
import types
import warnings

import wit_world

from mend_lacking import ABSENT, NOT_LOADED, SCRATCH, absent_from, audit, lacks, leave, missing, stand_in
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

# Bytes that programs find allocated and free.
ROOM = 16 << 20

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


def stream(descriptor, mode, errors, line_buffering=False):
    raw = io.FileIO(descriptor, mode, closefd=False)
    buffer = io.BufferedReader(raw) if mode == "r" else io.BufferedWriter(raw)
    return io.TextIOWrapper(buffer, "utf-8", errors, line_buffering=line_buffering)


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
