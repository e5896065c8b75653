# The tests' side: runs tests against what stands for the candidate's entry point. Sees only data of the candidate, and
# handles.


def party():
    import builtins

    # Data sets hold integers with more digits than the default allows.
    sys.set_int_max_str_digits(0)

    class Last:
        """The last call of the entry point, and what the whole test was like."""

        request = None
        returned = False
        result = None
        raised = None
        shown = None
        unsupported = None
        source = ""

    def begin(source):
        mirror.begin()
        Last.request = Last.result = Last.raised = Last.shown = Last.unsupported = None
        Last.returned = False
        Last.source = source

    class Before:
        """What stands in shown arguments for handles, as they were before the call."""

        def decode(self, decoder, tag):
            if tag == 86:  # V
                decoder.count()
                return decoder, decoder.number(), [], 1
            if tag == 69:  # E
                return decoder, decoder.number(), [], 2
            number = decoder.count()
            kind = mirror.classes[number] if tag == 107 else mirror.kinds.get(number)
            return (object.__new__(kind if kind is not None and kind._mend_info.base < 0 else Remote),)

        def whole(self, decoder, index, items):
            decoder.memo[index] = items[-1]
            return items[-1]

    def show_call(entry):
        if Last.request is None:
            return None
        _, _, args, kwargs, _ = Decoder(Last.request, space=Before()).value()
        parts = [Verbatim(entry + "(")]
        for key, value in [(None, value) for value in args] + list(kwargs.items()):
            if len(parts) > 1:
                parts.append(Verbatim(", "))
            if key is not None:
                parts.append(Verbatim(key + "="))
            parts.append(value)
        return show(*parts, Verbatim(")"))

    def send(target, act, args, kwargs):
        """Has the candidate's side do something with an object. Returns what comes of it, or raises that."""
        is_entry = act == "" and target is mirror.entry
        encoder = Encoder(space=mirror)
        try:
            encoder.value((target, act, args, kwargs, mirror.released()))
            request = encoder.finished()
        except CannotBeTested as error:
            Last.unsupported = str(error)
            raise
        except CannotCross as error:
            raise unproven(f"a value is too large to cross: {error}") from error
        if is_entry:
            Last.request = request
            Last.returned = False
            Last.result = Last.raised = None
        known = [*encoder.keep, *args, *kwargs.values()]
        payload = call((len(known) - len(encoder.keep)).to_bytes(4, "little") + request)
        if payload is None:
            raise Gone
        decoder = Decoder(payload)
        head = decoder.value()
        if head[0] == "vast":
            result = vast(*head[1:4])
        else:
            try:
                # The body numbers its own values. It changes those that were sent, in place.
                result = Decoder(payload, decoder.at, known, mirror).value()[0]
            except Exception as error:
                raise Malformed(said(error)) from None
            if head[0] == "raised":
                raise raised(head, result, is_entry)
        if is_entry:
            Last.returned = True
            Last.result = result
        return result

    def vast(why, kind, length):
        why = f"a value is too large to cross: {why}"
        kind = getattr(builtins, kind, None) if kind in VAST else None
        if kind is None:
            raise unproven(why)
        return Vast(kind, length, why)

    # Types of which a value may be said to be though it is too large to cross.
    VAST = ("str", "bytes", "bytearray", "list", "tuple", "dict", "set", "frozenset")

    def raised(head, error, is_entry):
        """What the candidate raised, to be raised here."""
        name, message, line, source = head[2:6]
        if not isinstance(error, BaseException):
            raise Malformed("what it raised is no exception")
        if is_entry and isinstance(error, (StopIteration, StopAsyncIteration)):
            kind = type(error).__name__
            if kind not in Last.source:
                # A loop over `map(f, ...)` would take it for the end of its data and go on as if all was well. As in a
                # generator it becomes an error, unless the test asks for it by name.
                error = RuntimeError(f"the candidate raised {kind}")
        Last.raised = mirror.raised = error
        shown = f"{name}: {message[:SHOWN]}" if message else name
        Last.shown = (shown[:SHOWN], line, source and source[:SHOWN])
        return error

    global mirror
    mirror = Mirror(send)

    def namespace(context, entry):
        scope = {"__name__": "tests", "__builtins__": builtins}
        seed(context)
        code = statement_code(context)
        if code is not None:
            exec(code, scope)
        scope[entry] = mirror.entry
        return scope

    def expected_value(node, frame):
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
            and frame.f_locals.get(side.func.id, frame.f_globals.get(side.func.id)) is mirror.entry
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

    def doubt(passed):
        """Why a test's outcome proves nothing, if it does not."""
        doubts = mirror.doubts
        if mirror.unproven is not None:
            return mirror.unproven
        # What has no use for a value of this type differs from it, and what equals whatever it meets equals nothing.
        refused = [text for handle, text, *how in doubts.refused if handle is None or not is_settled(handle, passed, *how)]
        texts = doubts.words * passed + refused
        return f"{texts[0]} is for the program alone to say" if texts else None

    def is_settled(handle, passed, kind, method):
        """Whether a comparison that was refused can have had no other outcome."""
        key = own(handle).number, kind, method
        if key not in mirror.settled:
            mirror.settled[key] = method is not None and asked(handle, "ignores", method, kind) is True
        return mirror.settled[key] or not passed and says_yes_to_all(handle)

    def asked(handle, act, *args):
        try:
            return mirror.ask(handle, act, args)
        except Exception:
            return None

    def says_yes_to_all(handle):
        """Whether an object says that it equals different values, or is both less and greater than one."""
        key = own(handle).number
        if key not in mirror.settled:
            said = asked(handle, "claims", list(DECOYS))
            said = [one for one in said if type(one) is tuple and len(one) == 3] if type(said) is list else []
            equals = sum(one[0] is True for one in said)
            mirror.settled[key] = equals > 1 or any(one[1] is True and one[2] is True for one in said)
        return mirror.settled[key]

    # Values of which no two are equal.
    DECOYS = (1009, 40961, -7.25, "x7", "no such text", (), (3, 1009), [], [40961], {}, {"q": 3}, b"x7", 1j, {1009})

    def nothing_proven(why, entry, text):
        return verdict("unproven", entry, note=why, assertion=text)

    def failed(error, entry, source):
        """The verdict of a test that an exception ended."""
        text, node, frame = statement_at(source, error) if source is not None else (None, None, None)
        if isinstance(error, Gone):
            return verdict("gone", entry, assertion=text)
        why = doubt(False)
        mirror.is_silent = True
        if why is not None:
            return nothing_proven(why, entry, text)
        if isinstance(error, Malformed):
            return verdict("runtime_error", entry, assertion=text, note=f"the answer breaks the protocol: {error}")
        if error is Last.raised:
            shown, line, written = Last.shown
            status = "memory_limit" if isinstance(error, MemoryError) else "runtime_error"
            return verdict(status, entry, exception=shown, line=line, source=written, assertion=text)
        actual = show(Last.result) if Last.returned else None
        if isinstance(error, AssertionError):
            expected = expected_value(node, frame) if node is not None else None
            return verdict("wrong_answer", entry, assertion=text, expected=expected, actual=actual)
        # The test stumbled over what the candidate returned.
        return verdict("wrong_answer", entry, assertion=text, actual=actual, note=f"the test raised {said(error)}")

    def passed(entry):
        why = doubt(True)
        mirror.is_silent = True
        return encode(("passed", {})) if why is None else nothing_proven(why, entry, None)

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
        return passed(entry)

    def run_call(entry, args, wanted, tolerance):
        import json

        try:
            args, wanted = json.loads(args), json.loads(wanted)
        except Exception as error:
            return broken(error)
        try:
            result = mirror.entry(*args)
            if same(result, wanted, tolerance):
                return passed(entry)
            why = doubt(False)
            if why is not None:
                return nothing_proven(why, entry, None)
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
