# The judge's side: runs tests against a proxy that stands for the candidate. Sees only plain data of it.


def main():
    import builtins

    # The host caps what a candidate sends; data sets hold integers with more digits than the default allows.
    sys.set_int_max_str_digits(0)
    SHOWN = 2000

    class Gone(BaseException):
        """The candidate's side ended; the host knows why."""

    class CannotBeTested(BaseException):
        """A test passes something that cannot cross. That is the problem's nature, not the candidate's fault."""

    class StrictEncoder(Encoder):
        def opaque(self, value, kind):
            if kind is not Opaque:
                raise CannotBeTested(f"a test passes a value of type {kind.__qualname__} to the candidate")
            self.text(b"x", value.kind)

    class Call:
        """The last call through the proxy."""

        made = 0
        request = None
        returned = False
        result = None
        raised = None
        shown = None

    def show(value):
        try:
            text = repr(value)
        except RecursionError:
            return "<a value nested too deeply to show>"
        return text if len(text) <= SHOWN else text[:SHOWN] + "..."

    def show_call(entry):
        if Call.request is None:
            return None
        args, kwargs = Decoder(Call.request).value()
        parts = [show(value) for value in args]
        parts += [f"{key}={show(value)}" for key, value in kwargs.items()]
        text = f"{entry}({', '.join(parts)})"
        return text if len(text) <= SHOWN else text[:SHOWN] + "..."

    def proxy_for(entry):
        def proxy(*args, **kwargs):
            encoder = StrictEncoder()
            encoder.value((args, kwargs))
            request = bytes(encoder.out)
            Call.made += 1
            Call.request = request
            Call.returned = False
            Call.raised = None
            send(1, request)
            kind, payload = receive()
            if kind == 2:
                raise Gone
            decoder = Decoder(payload, encoder.keep)
            head = decoder.value()
            if head[0] == "value":
                # The containers are decoded with the result: those of the arguments change in place. The
                # body numbers its own containers.
                body = Decoder(payload, encoder.keep)
                body.at = decoder.at
                result = body.value()[0]
                Call.returned = True
                Call.result = result
                return result
            arguments = Decoder(payload[decoder.at:]).value() if len(payload) > decoder.at else ()
            _, base, name, message, line, source = head
            kind = getattr(builtins, base, None)
            if not (isinstance(kind, type) and issubclass(kind, BaseException)):
                kind = Exception  # The name is the candidate's word: it must not call anything else.
            try:
                error = kind(*arguments)
            except BaseException:
                error = Exception(message)
            Call.raised = error
            Call.shown = (f"{name}: {message}" if message else name, line, source)
            raise error

        proxy.__name__ = proxy.__qualname__ = entry
        return proxy

    def namespace(context, entry):
        scope = {"__name__": "tests", "__builtins__": builtins}
        if "random" in context:
            import random

            random.seed(0)
        if context:
            try:
                exec(compile(context, "statement.py", "exec"), scope)
            except SyntaxError:
                pass  # A statement that only opens its function: it has no helpers to offer.
        scope[entry] = proxy_for(entry)
        return scope

    def assertion_at(source, error):
        """The failing assert: its source, its syntax tree, and the frame that ran it."""
        trace = error.__traceback__
        frame = line = None
        while trace is not None:
            if trace.tb_frame.f_code.co_filename == "tests.py":
                frame, line = trace.tb_frame, trace.tb_lineno
            trace = trace.tb_next
        if frame is None:
            return None, None, None
        import ast

        best = None
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.stmt) and node.lineno <= line <= node.end_lineno:
                if best is None or node.lineno >= best.lineno:
                    best = node
        if best is None:
            return None, None, None
        return ast.get_source_segment(source, best), best, frame

    def expected_value(node, frame, entry):
        """What the assert compares the call with, if it says so with a plain `==`."""
        import ast

        if not isinstance(node, ast.Assert) or not isinstance(node.test, ast.Compare):
            return None
        if len(node.test.ops) != 1 or not isinstance(node.test.ops[0], ast.Eq):
            return None
        calls = lambda tree: any(isinstance(part, ast.Call) for part in ast.walk(tree))
        sides = [node.test.left, node.test.comparators[0]]
        # The call itself must be one side as it stands: `len(f(x)) == 2` expects 2 of something else.
        bare = [
            isinstance(side, ast.Call)
            and isinstance(side.func, ast.Name)
            and getattr(frame.f_locals.get(side.func.id, frame.f_globals.get(side.func.id)), "__name__", None) == entry
            for side in sides
        ]
        if bare[0] == bare[1]:
            return None
        other = sides[1] if bare[0] else sides[0]
        if calls(other):
            return None  # Not evaluated twice: a call may draw random numbers.
        try:
            value = eval(compile(ast.Expression(other), "tests.py", "eval"), frame.f_globals, frame.f_locals)
        except Exception:
            return None
        return show(value)

    def verdict(status, entry, **facts):
        facts["call"] = show_call(entry)
        # No fact where there is nothing to say.
        return encode((status, Call.made, {key: value for key, value in facts.items() if value is not None}))

    def judged_exception(error, entry, source):
        text, node, frame = assertion_at(source, error) if source is not None else (None, None, None)
        if error is Call.raised:
            shown, line, own = Call.shown
            status = "memory_limit" if isinstance(error, MemoryError) else "runtime_error"
            return verdict(status, entry, exception=shown, line=line, source=own, assertion=text)
        actual = show(Call.result) if Call.returned else None
        if isinstance(error, AssertionError):
            expected = expected_value(node, frame, entry) if node is not None else None
            return verdict("wrong_answer", entry, assertion=text, expected=expected, actual=actual)
        # The test stumbled over what the candidate returned.
        note = f"the test raised {type(error).__name__}: {str(error)[:SHOWN]}"
        return verdict("wrong_answer", entry, assertion=text, actual=actual, note=note)

    def run_script(context, entry, source):
        scope = namespace(context, entry)
        if "random" in source:
            import random

            random.seed(0)
        code = compile(source, "tests.py", "exec")
        try:
            exec(code, scope)
        except Gone:
            return verdict("gone", entry)
        except CannotBeTested as error:
            return verdict("unsupported", entry, note=str(error))
        except BaseException as error:
            return judged_exception(error, entry, source)
        return encode(("passed", Call.made, {}))

    def same(value, wanted, tolerance):
        """Equality with a value that came from JSON, which knows no tuples and no keys but strings."""
        if isinstance(wanted, list):
            if not isinstance(value, (list, tuple)) or len(value) != len(wanted):
                return False
            return all(same(*pair, tolerance) for pair in zip(value, wanted))
        if isinstance(wanted, dict):
            if not isinstance(value, dict) or len(value) != len(wanted):
                return False
            named = {str(key) if type(key) is int else key: item for key, item in value.items()}
            return len(named) == len(value) and all(
                key in named and same(named[key], item, tolerance) for key, item in wanted.items()
            )
        if tolerance is not None and isinstance(wanted, (int, float)) and isinstance(value, (int, float)):
            return value == wanted or abs(value - wanted) <= tolerance
        return value == wanted

    def run_call(entry, args, wanted, tolerance):
        import json

        args, wanted = json.loads(args), json.loads(wanted)
        try:
            result = proxy_for(entry)(*args)
            if same(result, wanted, tolerance):
                return encode(("passed", Call.made, {}))
        except Gone:
            return verdict("gone", entry)
        except BaseException as error:
            return judged_exception(error, entry, None)
        return verdict("wrong_answer", entry, expected=show(wanted), actual=show(result))

    while True:
        kind, payload = receive()
        request = Decoder(payload).value()
        Call.made = 0
        Call.request = None
        Call.returned = False
        Call.raised = None
        if request[0] == "script":
            send(0, run_script(*request[1:]))
        else:
            send(0, run_call(*request[1:]))


main()
