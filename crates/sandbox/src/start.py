# Starts a job's program as `__main__`, in place of the interpreter's own start-up of `site`: that would
# run whatever `.pth` files an interpreter's packages left there, before every program.
#
# Arguments: the program's path, then the folders where installed packages lie.


def start():
    import _sitebuiltins
    import builtins
    import sys

    builtins.exit = _sitebuiltins.Quitter("exit", "Ctrl-D (i.e. EOF)")
    builtins.quit = _sitebuiltins.Quitter("quit", "Ctrl-D (i.e. EOF)")
    builtins.help = _sitebuiltins._Helper()
    path = sys.argv[1]
    sys.path += sys.argv[2:]
    sys.argv = [path]
    main = sys.modules["__main__"].__dict__
    del main["start"]
    main["__file__"] = path
    with open(path, "rb") as file:
        source = file.read()
    try:
        code = compile(source, path, "exec", dont_inherit=True)
    except (SyntaxError, ValueError, MemoryError, RecursionError) as error:
        sys.excepthook(type(error), error.with_traceback(None), None)
        sys.exit(1)
    exec(code, main)


start()
