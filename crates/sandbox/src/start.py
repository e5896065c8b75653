# Starts a job's program as `__main__`, in place of the interpreter's own start-up of `site`: that would
# run whatever `.pth` files an interpreter's packages left there, before every program.
#
# Arguments: the source of `world.py`, the program's path, the bytes of the main thread's stack, the folders where
# installed packages lie.

import sys

ours = {"__name__": "world"}
exec(compile(sys.argv[1], "world.py", "exec"), ours)


def start(ours, outside):
    import posix
    import resource

    path, stack, *packages = sys.argv[2:]
    sys.path += packages
    soft, hard = int(stack), resource.getrlimit(resource.RLIMIT_STACK)[1]
    if hard != resource.RLIM_INFINITY:
        soft = min(soft, hard)
    resource.setrlimit(resource.RLIMIT_STACK, (soft, hard))
    ours["world"](outside - ours["room_inside"]())
    with open(path, "rb") as file:
        source = file.read()
    code, names = ours["main_module"](source, posix.getcwd() + "/" + path)
    del ours, source, file
    exec(code, names)


start(ours, ours["room"]())
