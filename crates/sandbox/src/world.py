# The world of a program: what an interpreter's own start-up would have given it, and what being started by code of
# ours, in a sandbox, would otherwise take from it. Runs in the interpreter that will run programs, before the other
# half of the start and apart from `__main__`: what is left of it there would keep a program's objects alive at its end.


def world(extra):
    """Completes the world of every program that this interpreter or a fork of it will run. `extra` is how many calls
    of ours are under way when a program begins."""
    import _thread
    import os
    import posix
    import site
    import sys

    site.setquit()
    site.setcopyright()
    site.sethelper()
    # Python's own limit guards servers against long texts of digits. Programs that are judged have a time limit for
    # that, and tests hold longer numbers.
    sys.set_int_max_str_digits(0)
    # The C library has read it. Nobody's program asked for it.
    os.environ.pop("MALLOC_ARENA_MAX", None)
    sys.argv = ["main.py"]
    sys.orig_argv = [sys.executable, "main.py"]

    set_limit, get_limit = sys.setrecursionlimit, sys.getrecursionlimit
    highest = (1 << 31) - 1 - extra

    def setrecursionlimit(limit, /):
        """Set the maximum depth of the Python interpreter stack to n."""
        set_limit(limit + extra if type(limit) is int and 0 < limit < highest else limit)

    def getrecursionlimit():
        """Return the current value of the recursion limit."""
        limit = get_limit()
        return limit - extra if limit < highest else limit

    set_limit(get_limit() + extra)
    sys.setrecursionlimit, sys.getrecursionlimit = setrecursionlimit, getrecursionlimit

    set_stack_size = _thread.stack_size

    def stack_size(*size):
        """Return the thread stack size used when creating new threads, and set it to what is given."""
        before = set_stack_size(*size)
        if size and size[0] > 8 << 20:
            # Most of a large stack is only set aside. From here on the memory that is really used decides.
            import resource

            hard = resource.getrlimit(resource.RLIMIT_AS)[1]
            resource.setrlimit(resource.RLIMIT_AS, (hard, hard))
        return before

    _thread.stack_size = stack_size
    if "threading" in sys.modules:
        sys.modules["threading"].stack_size = stack_size

    try:
        import pwd
    except ImportError:
        return
    by_id, by_name = pwd.getpwuid, pwd.getpwnam

    def entry():
        home = posix.environ.get(b"HOME", b"/").decode("utf-8", "surrogateescape")
        return pwd.struct_passwd(("mend", "x", posix.getuid(), posix.getgid(), "", home, "/bin/sh"))

    def getpwuid(uid, /):
        """Return the password database entry for the given numeric user ID."""
        try:
            return by_id(uid)
        except KeyError:
            # The machine's list of users is not there. A program still is somebody.
            if uid != posix.getuid():
                raise
            return entry()

    def getpwnam(name, /):
        """Return the password database entry for the given user name."""
        try:
            return by_name(name)
        except KeyError:
            if name != "mend":
                raise
            return entry()

    pwd.getpwuid, pwd.getpwnam = getpwuid, getpwnam


def room():
    """How many calls deep the interpreter can go from here, under a small limit."""
    import sys

    def down(depth):
        try:
            return down(depth + 1)
        except RecursionError:
            return depth

    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(100)
    try:
        return down(0)
    finally:
        sys.setrecursionlimit(limit)


def room_inside():
    """The same from within code that the caller executes, as it will execute a program."""
    scope = {"room": room}
    exec("found = room()", scope)
    # This function is one call that a program will not find under way.
    return scope["found"] + 1


def main_module(source, path):
    """Makes `__main__` what it is in a program that was started by its path. Returns the code and its names."""
    import builtins
    import sys
    from _frozen_importlib_external import SourceFileLoader

    # A module of the program's own: whatever it keeps then ends with it, as its program expects.
    main = type(sys)("__main__")
    names = main.__dict__
    names.update(
        __annotations__={},
        __builtins__=builtins,
        __cached__=None,
        __file__=path,
        __loader__=SourceFileLoader("__main__", path),
    )
    sys.modules["__main__"] = main
    try:
        return compile(source, "main.py", "exec", dont_inherit=True), names
    except (SyntaxError, ValueError, MemoryError, RecursionError) as error:
        sys.excepthook(type(error), error.with_traceback(None), None)
        sys.exit(1)
