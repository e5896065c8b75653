# Runs in the zygote: imports once what programs import often, then forks a process per job. The forks happen in the
# native half, which comes back to Python where there is something to load, or, in a job that is confined already, to
# run. No program of a candidate and no test ever runs or lies in the zygote itself.
#
# Arguments: the source of `world.py`, the native half's path, the modules to import in one word, the folders where
# installed packages lie.

import sys

ours = {"__name__": "world"}
exec(compile(sys.argv[1], "world.py", "exec"), ours)


def zygote(world, extra):
    import _imp
    import builtins
    import gc
    import os
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
    import os

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


def start(ours, outside):
    import posix

    main, payload = zygote(ours["world"], outside - ours["room_inside"]())
    if main is not None:
        main()
        return
    code, names = ours["main_module"](write_files(payload), posix.getcwd() + "/main.py")
    del ours, main, payload
    exec(code, names)


start(ours, ours["room"]())
