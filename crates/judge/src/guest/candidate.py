# The candidate's side: loads the program as a module and answers calls. Nothing here is trusted: whatever
# it sends is only data about what the candidate computed. No test and no expected value ever comes here.


def party():
    import builtins
    import types

    NAME = "candidate"
    FILE = "candidate.py"
    scope = {}
    lines = []
    found = None
    # Puts `random` back to where it was after the program was loaded, so that tests do not depend on their order.
    rewind = None

    def builtin_name(kind):
        for base in kind.__mro__:
            if getattr(builtins, base.__name__, None) is base:
                return base.__name__
        return "Exception"

    def failure(tag, error):
        lacks(error)
        line = line_in(FILE, error.__traceback__)
        if isinstance(error, SyntaxError) and error.filename == FILE:
            line = error.lineno
        source = lines[line - 1].strip() if line and line <= len(lines) else None
        try:
            message = str(error)
        except BaseException:
            message = ""
        try:
            arguments = encode(error.args)
        except BaseException:
            arguments = encode((message,))
        return encode((tag, builtin_name(type(error)), type(error).__name__, message[:4000], line, source)), arguments

    def prepare(context, entry):
        """Makes the module and runs the statement's code in it. No code of the candidate is here yet."""
        nonlocal scope
        module = types.ModuleType(NAME)
        sys.modules[NAME] = module
        sys.argv = [FILE]
        scope = module.__dict__
        if "random" in context:
            import random

            random.seed(0)
        code = statement_code(context)
        if code is not None:
            try:
                exec(code, scope)
            except BaseException as error:
                return failure("raised", error)
        # The statement only begins the function: that is not an answer.
        scope.pop(entry, None)
        return encode(("prepared",)), b""

    def load(program, entry):
        nonlocal lines, found, rewind
        lines = program.replace("\r\n", "\n").replace("\r", "\n").split("\n")
        draws = "random" in program or "random" in sys.modules
        if draws:
            import random

            random.seed(0)
            getstate, setstate = random.getstate, random.setstate
        try:
            code = compile(program, FILE, "exec", dont_inherit=True)
        except (SyntaxError, ValueError, RecursionError, MemoryError, OverflowError) as error:
            return failure("syntax", error)
        try:
            exec(code, scope)
        except BaseException as error:
            return failure("raised", error)
        if draws:
            state = getstate()
            rewind = lambda: setstate(state)
        found = scope.get(entry)
        if not callable(found):
            solution = scope.get("Solution")
            if not (isinstance(solution, type) and callable(getattr(solution, entry, None))):
                return encode(("missing",)), b""
            # A fresh instance per call: state kept on self must not leak from test to test.
            found = lambda *args, **kwargs: getattr(solution(), entry)(*args, **kwargs)
        return encode(("loaded",)), b""

    def answer(begins, data):
        decoder = Decoder(data)
        args, kwargs = decoder.value()
        objects = list(decoder.memo)
        if begins and rewind is not None:
            rewind()
        try:
            result = found(*args, **kwargs)
        except BaseException as error:
            return failure("raised", error)
        # What tests can observe comes back: the result, and every container of the arguments.
        numbers = {id(value): index for index, value in enumerate(objects)}
        try:
            answer = encode((result, tuple(objects)), numbers)
        except MemoryError as error:
            return failure("raised", error)
        except BaseException as error:
            # Also what a subclass or a poisoned builtin raises: the value did not cross.
            return encode(("uncrossed", str(error)[:400])), b""
        return encode(("value",)), answer

    def handle(payload):
        decoder = Decoder(payload)
        request = decoder.value()
        if request[0] == "prepare":
            head, body = prepare(*request[2:])
        elif request[0] == "load":
            head, body = load(*request[2:])
        else:
            head, body = answer(request[2], payload[decoder.at :])
        # The number of the request comes first: it tells which question this answers.
        return encode(request[1]) + head + body

    return handle
