# Runs in the zygote: imports once what programs import often, then forks a process per job. The forks happen in the
# native half, which comes back to Python where there is something to load, or, in a job that is confined already, to
# run. No program of a candidate and no test ever runs or lies in the zygote itself.
#
# Arguments: the source of `world.py`, the native half's path, the modules to import in one word, the folders where
# installed packages lie.

import _thread
import _weakref
import atexit
import gc
import os
import sys

ours = {"__name__": "world"}
exec(compile(sys.argv[1], "world.py", "exec"), ours)


def zygote(world, extra):
    import _imp
    import builtins
    from _frozen_importlib import ModuleSpec

    native, modules, *packages = sys.argv[2:]
    for name in modules.split():
        try:
            __import__(name)
        except ImportError:
            pass
    sys.path += packages
    # The loader has read it. Nobody's program asked for it.
    os.environ.pop("LD_BIND_NOW", None)
    world(extra)
    native = _imp.create_dynamic(ModuleSpec("_mend", None, origin=native))
    sys.modules.pop("_mend", None)
    if len(os.listdir("/proc/self/task")) != 1:
        sys.exit("the interpreter starts threads of its own, and cannot be forked")
    # What the streams are now tells nothing of what they will be in a job.
    loaded = []
    # The compiler makes types of its own when it is first used.
    compile("", "guest.py", "exec")
    gc.collect()
    gc.freeze()
    while True:
        number, seed, data = native.next()
        if number >= 0:
            break
        scope = {"__name__": "guest", "__builtins__": builtins}
        exec(compiled(data), scope)
        if "ready" in scope:
            scope["ready"]()
        loaded.append(scope["main"])
        del data, scope
        gc.collect()
        gc.freeze()
    os.environ["MEND_SEED"] = str(seed)
    if number > 0:
        return loaded[number - 1], None
    return None, data


def compiled(source):
    """The code of a program of our own. A process of its own compiles it: what the compiler leaves in the memory of this
    one would be copied for every job."""
    import marshal

    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            data = marshal.dumps(compile(source, "guest.py", "exec", dont_inherit=True))
            while data:
                data = data[os.write(write, data) :]
            status = 0
        finally:
            os._exit(status)
    os.close(write)
    with open(read, "rb") as pipe:
        data = pipe.read()
    _, status = os.waitpid(pid, 0)
    # Where that went wrong, this process says why.
    return marshal.loads(data) if status == 0 else compile(source, "guest.py", "exec", dont_inherit=True)


def write_files(payload):
    """Writes the job's files into the working directory. Returns the source of the program, the first of them."""
    at = 0
    program = None

    def chunk():
        nonlocal at
        end = at + 4 + int.from_bytes(payload[at : at + 4], "little")
        part = payload[at + 4 : end]
        at = end
        return part

    while at < len(payload):
        name, contents = chunk().decode(), chunk()
        if program is None:
            program = contents
        with open(name, "wb") as file:
            file.write(contents)
    return program


def tell(error, trace):
    """What the interpreter does with an error that nobody caught, without the calls of ours that the program was under."""
    sys.last_type, sys.last_value, sys.last_traceback = type(error), error, trace
    error.__traceback__ = trace
    try:
        sys.excepthook(type(error), error, trace)
    except SystemExit:
        raise
    except BaseException as second:
        second.__context__ = None
        sys.__stderr__.write("Error in sys.excepthook:\n")
        sys.__excepthook__(type(second), second, second.__traceback__.tb_next)
        sys.__stderr__.write("\nOriginal exception was:\n")
        sys.__excepthook__(type(error), error, trace)


def leave(status, streams, mark):
    """Ends the process as the interpreter would, as far as anybody could tell, and without its last work: taking apart every
    module that the zygote imported costs more than most programs. Comes back where a difference might show; then the
    interpreter ends by itself. `mark` is an object that the collector has known since before the program."""
    try:
        if (
            sys.stdout is not streams[0]
            or sys.stderr is not streams[1]
            or _thread._count()
            or gc.callbacks
            or gc.get_debug()
            # What C code has printed is in buffers of its own.
            or "_ctypes" in sys.modules
            or getattr(sys.modules.get("threading"), "_threading_atexits", None)
        ):
            return
        atexit._run_exitfuncs()
        for stream in streams:
            stream.flush()
        # Whatever the program alone holds goes now, and whatever it says on that occasion is heard.
        sys.last_type = sys.last_value = sys.last_traceback = None
        sys.modules.pop("__main__", None)
        gc.collect()
        # What else came with it must have nothing to say at its end.
        kinds = set()
        is_complete = False
        for found in gc.get_objects():
            kind = type(found)
            is_complete |= found is mark
            if kind not in kinds:
                kinds.add(kind)
                if kind in GENERATORS or has_last_words(kind):
                    return
            if issubclass(kind, type) and has_last_words(found):
                return
            if issubclass(kind, _weakref.ref) and found.__callback__ is not None:
                return
        # The program has frozen what it held.
        if not is_complete:
            return
        for stream in streams:
            stream.flush()
    except BaseException:
        return
    os._exit(status)


def has_last_words(kind):
    return any("__del__" in base.__dict__ for base in kind.__mro__)


async def a_coroutine():
    pass


async def an_asynchronous_generator():
    yield


def kinds_of_generators():
    coroutine = a_coroutine()
    coroutine.close()
    return type(each for each in ()), type(coroutine), type(an_asynchronous_generator())


GENERATORS = kinds_of_generators()


def start(ours, outside):
    import posix

    main, payload = zygote(ours["world"], outside - ours["room_inside"]())
    if main is not None:
        main()
        return
    code, names = ours["main_module"](write_files(payload), posix.getcwd() + "/main.py")
    streams, mark = (sys.stdout, sys.stderr), []
    del ours, main, payload
    try:
        exec(code, names)
        status = 0
    except SystemExit as left:
        status = 0 if left.code is None else left.code
        if type(left) is not SystemExit or type(status) is not int or not 0 <= status <= 255:
            raise
    except Exception as error:
        tell(error, error.__traceback__.tb_next)
        status = 1
    del code, names
    leave(status, streams, mark)
    if status:
        sys.exit(status)


start(ours, ours["room"]())
