# Candidate and tests in one interpreter, for problems that exchange more than plain data with their tests.
# Weaker than two parties: a candidate that knows this program can say whatever this program could say. So a pass
# needs a number that the host gives out only once the tests' code has ended, and nothing printed comes near it.


def party():
    import types

    # Data sets hold integers with more digits than the default allows.
    sys.set_int_max_str_digits(0)
    NAME = "candidate"
    FILE = "candidate.py"
    FACTS = ("exception", "line", "source", "assertion", "expected", "actual", "note")
    scope = {}
    test = None

    def answer(word, proof=0, **facts):
        cut = lambda fact: fact[:SHOWN] if type(fact) is str else fact
        return encode(proof) + encode((word, *(cut(facts.get(name)) for name in FACTS)))

    def show(value):
        try:
            return repr(value)
        except BaseException:
            return "<a value that cannot be shown>"

    def script(source):
        code = compile(source, "tests.py", "exec")

        def run(scope):
            seed(source)
            exec(code, scope)

        return run, source

    def json_call(entry, args, wanted, tolerance):
        import json

        args, wanted = json.loads(args), json.loads(wanted)

        def run(scope):
            result = scope[entry](*args)
            if not same(result, wanted, tolerance):
                return {"expected": show(wanted), "actual": show(result)}

        return run, ""

    def prepare(context, entry, kind, *test_parts):
        """Runs the statement's code and reads the test. No code of the candidate is here yet."""
        nonlocal scope, test
        module = types.ModuleType(NAME)
        sys.modules[NAME] = module
        sys.argv = [FILE]
        scope = module.__dict__
        try:
            seed(context)
            code = statement_code(context)
            if code is not None:
                exec(code, scope)
            test = script(*test_parts) if kind == "script" else json_call(entry, *test_parts)
        except BaseException as error:
            return answer("broken", note=said(error))
        # The statement only begins the function: that is not an answer.
        scope.pop(entry, None)
        return answer("prepared")

    def failed(word, error, lines, **facts):
        lacks(error)
        line = line_in(FILE, error.__traceback__)
        if isinstance(error, SyntaxError) and error.filename == FILE:
            line = error.lineno
        if isinstance(error, MemoryError) and word == "runtime_error":
            word = "memory_limit"
        source = lines[line - 1].strip() if line and line <= len(lines) else None
        return answer(word, exception=said(error), line=line, source=source, **facts)

    def run(program, entry):
        """Loads the candidate, then runs the test."""
        lines = program.replace("\r\n", "\n").replace("\r", "\n").split("\n")
        if "random" in sys.modules:
            seed("random")
        seed(program)
        try:
            code = compile(program, FILE, "exec", dont_inherit=True)
        except (SyntaxError, ValueError, RecursionError, MemoryError, OverflowError) as error:
            return failed("compile_error", error, lines)
        try:
            exec(code, scope)
        except BaseException as error:
            return failed("runtime_error", error, lines, note="raised while the program was loaded")
        found = scope.get(entry)
        if not callable(found):
            solution = scope.get("Solution")
            if not (isinstance(solution, type) and callable(getattr(solution, entry, None))):
                return answer("missing_entry_point", note=f"the program does not define `{entry}`")
            found = lambda *args, **kwargs: getattr(solution(), entry)(*args, **kwargs)
        calls = 0

        def counted(*args, **kwargs):
            nonlocal calls
            calls += 1
            return found(*args, **kwargs)

        # The tests see all that the program defines. A class stays itself: a test may ask for its instances.
        seen = dict(scope)
        seen[entry] = found if isinstance(found, type) else counted
        run_test, source = test
        try:
            differs = run_test(seen)
        except BaseException as error:
            statement = statement_at(source, error)[0]
            if line_in(FILE, error.__traceback__) is not None:
                return failed("runtime_error", error, lines, assertion=statement)
            if isinstance(error, AssertionError):
                return answer("wrong_answer", assertion=statement)
            return answer("wrong_answer", assertion=statement, note=f"the test raised {said(error)}")
        if differs:
            return answer("wrong_answer", **differs)
        if calls == 0 and not isinstance(found, type):
            return answer("wrong_answer", note=f"the test never called `{entry}`")
        return answer("passed", proof=Decoder(call(b"")).value())

    steps = iter((prepare, run))

    def handle(payload):
        return next(steps)(*Decoder(payload).value())

    return handle
