# The judge's side: runs tests against a proxy that stands for the candidate. Sees only plain data of it.


def party():
    import builtins

    # The host caps what a candidate sends; data sets hold integers with more digits than the default allows.
    sys.set_int_max_str_digits(0)

    class Gone(BaseException):
        """The candidate's side ended; the host knows why."""

    class CannotBeTested(BaseException):
        """A test passes something that cannot cross. That is the problem's nature, not the candidate's fault."""

    class StrictEncoder(Encoder):
        def opaque(self, value, kind):
            if kind is not Opaque:
                raise CannotBeTested(f"a test passes a value of type {kind.__qualname__} to the candidate")
            self.text(b"x", value.kind[:200])

        def unknown_factory(self, made_by):
            raise CannotBeTested("a test passes a defaultdict with a function of its own to the candidate")

    class Last:
        """The last call through the proxy, and what the whole test was like."""

        request = None
        returned = False
        result = None
        raised = None
        shown = None
        unsupported = None
        source = ""

    def begin(source):
        Last.request = Last.result = Last.raised = Last.shown = Last.unsupported = None
        Last.returned = False
        Last.source = source

    class Enough(Exception):
        """A text has as many characters as anybody will see."""

    class Text:
        """A `repr` that never costs more than what is shown of it, the same on every version of Python."""

        def __init__(self):
            self.parts = []
            self.room = SHOWN
            self.open = []

        def add(self, text):
            self.parts.append(text[: self.room])
            self.room -= len(text)
            if self.room < 0:
                self.parts.append("...")
                raise Enough

        def items(self, before, values, after, value):
            if any(value is known for known in self.open):
                self.add(before + "..." + after)
                return
            self.open.append(value)
            self.add(before)
            first = True
            for item in values:
                if not first:
                    self.add(", ")
                first = False
                if type(value) in MAPPINGS:
                    self.value(item[0])
                    self.add(": ")
                    item = item[1]
                self.value(item)
            self.add(after)
            self.open.pop()

        def value(self, value):
            kind = type(value)
            name = kind.__name__
            if kind is int and value.bit_length() > 4 * SHOWN:
                self.add(f"<an integer of {value.bit_length()} bits>")
            elif kind in (str, bytes, bytearray):
                self.add(repr(value[: SHOWN + 1]))
            elif kind is list:
                self.items("[", value, "]", value)
            elif kind is tuple:
                self.items("(", value, ",)" if len(value) == 1 else ")", value)
            elif kind is dict:
                self.items("{", value.items(), "}", value)
            elif kind is set and value:
                self.items("{", value, "}", value)
            elif kind is frozenset and value:
                self.items("frozenset({", value, "})", value)
            elif kind in MAPPINGS:
                self.items(name + "({", value.items(), "})", value)
            elif kind is standard("collections", "deque"):
                end = "])" if value.maxlen is None else f"], maxlen={value.maxlen})"
                self.items("deque([", value, end, value)
            elif kind is range:
                parts = (value.start, value.stop, value.step)
                self.items("range(", parts[: 2 if value.step == 1 else 3], ")", value)
            elif kind is standard("fractions", "Fraction"):
                self.items("Fraction(", (value.numerator, value.denominator), ")", value)
            else:
                self.add(repr(value))

    MAPPINGS = {dict}

    def show(*values):
        """The values side by side as one text, cut where it is long."""
        for name in ("OrderedDict", "defaultdict", "Counter"):
            MAPPINGS.add(standard("collections", name))
        text = Text()
        try:
            for part in values:
                text.add(part.text) if type(part) is Verbatim else text.value(part)
        except Enough:
            pass
        except Exception:
            text.parts.append("<a value that cannot be shown>")
        return "".join(text.parts)

    class Verbatim:
        def __init__(self, text):
            self.text = text

    def show_call(entry):
        if Last.request is None:
            return None
        args, kwargs = Decoder(Last.request).value()
        parts = [Verbatim(entry + "(")]
        for key, value in [(None, value) for value in args] + list(kwargs.items()):
            if len(parts) > 1:
                parts.append(Verbatim(", "))
            if key is not None:
                parts.append(Verbatim(key + "="))
            parts.append(value)
        return show(*parts, Verbatim(")"))

    def raised(head, arguments):
        """The exception of the candidate, as the builtin one that it is or derives from."""
        _, base, name, message, line, source = head
        kind = getattr(builtins, base, None)
        if not (isinstance(kind, type) and issubclass(kind, BaseException)):
            kind = Exception  # The name is the candidate's word: it must not call anything else.
        if issubclass(kind, (StopIteration, StopAsyncIteration)) and kind.__name__ not in Last.source:
            # A loop over `map(f, ...)` would take it for the end of its data and go on as if all was well. As
            # in a generator it becomes an error, unless the test asks for it by name.
            kind, arguments = RuntimeError, (f"the candidate raised {kind.__name__}",)
        error = None
        for values in (arguments, (message,), ()):
            try:
                error = kind(*values)
            except Exception:
                continue
            break
        Last.raised = error if error is not None else Exception(message)
        shown = f"{name}: {message[:SHOWN]}" if message else name
        Last.shown = (shown[:SHOWN], line, source and source[:SHOWN])
        return Last.raised

    def proxy_for(entry):
        def proxy(*args, **kwargs):
            encoder = StrictEncoder()
            try:
                encoder.value((args, kwargs))
            except CannotBeTested as error:
                Last.unsupported = str(error)
                raise
            request = encoder.finished()
            Last.request = request
            Last.returned = False
            Last.result = Last.raised = None
            payload = call(request)
            if payload is None:
                raise Gone
            decoder = Decoder(payload)
            head = decoder.value()
            # The body numbers its own containers. It changes those of the arguments in place.
            body = Decoder(payload, encoder.keep)
            body.at = decoder.at
            if head[0] == "value":
                result = body.value()[0]
                Last.returned = True
                Last.result = result
                return result
            raise raised(head, body.value())

        proxy.__name__ = proxy.__qualname__ = entry
        return proxy

    def namespace(context, entry):
        scope = {"__name__": "tests", "__builtins__": builtins}
        seed(context)
        code = statement_code(context)
        if code is not None:
            exec(code, scope)
        scope[entry] = proxy_for(entry)
        return scope

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
        return encode((status, {key: value for key, value in facts.items() if value is not None}))

    def failed(error, entry, source):
        """The verdict of a test that an exception ended."""
        text, node, frame = statement_at(source, error) if source is not None else (None, None, None)
        if isinstance(error, Gone):
            return verdict("gone", entry, assertion=text)
        if error is Last.raised:
            shown, line, own = Last.shown
            status = "memory_limit" if isinstance(error, MemoryError) else "runtime_error"
            return verdict(status, entry, exception=shown, line=line, source=own, assertion=text)
        actual = show(Last.result) if Last.returned else None
        if isinstance(error, AssertionError):
            expected = expected_value(node, frame, entry) if node is not None else None
            return verdict("wrong_answer", entry, assertion=text, expected=expected, actual=actual)
        # The test stumbled over what the candidate returned.
        return verdict("wrong_answer", entry, assertion=text, actual=actual, note=f"the test raised {said(error)}")

    def broken(error):
        return encode(("broken", {"note": said(error)}))

    def run_script(context, entry, source):
        try:
            scope = namespace(context, entry)
            seed(source)
            code = compile(source, "tests.py", "exec")
        except BaseException as error:
            return broken(error)
        try:
            exec(code, scope)
        except BaseException as error:
            return failed(error, entry, source)
        return encode(("passed", {}))

    def run_call(entry, args, wanted, tolerance):
        import json

        try:
            args, wanted = json.loads(args), json.loads(wanted)
        except Exception as error:
            return broken(error)
        try:
            result = proxy_for(entry)(*args)
            if same(result, wanted, tolerance):
                return encode(("passed", {}))
            return verdict("wrong_answer", entry, expected=show(wanted), actual=show(result))
        except BaseException as error:
            return failed(error, entry, None)

    def handle(payload):
        request = Decoder(payload).value()
        if request[0] == "script":
            begin(request[3])
            answer = run_script(*request[1:])
        else:
            begin("")
            answer = run_call(*request[1:])
        if Last.unsupported is not None:
            # Also where the test caught it.
            answer = encode(("unsupported", {"note": Last.unsupported}))
        return answer

    return handle
