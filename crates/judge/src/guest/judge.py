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

    class Lent:
        """What stands in shown arguments for what a test lent: it, or its description."""

        def __init__(self, what):
            self.what = what

        def __repr__(self):
            what = self.what
            if type(what) is not tuple:
                is_named = isinstance(what, (type, types.FunctionType))
                return f"<{what.__name__}>" if is_named else f"<{type_name(type(what))} object>"
            if what[0] in (OBJECT, ERROR):
                return f"<{repr(what[1]).strip('<>')} object>"
            return f"<{what[3] if what[0] == CLASS else what[1]}>"

    class Before:
        """What stands in shown arguments for handles, as they were before the call."""

        def decode(self, decoder, tag):
            if tag == 86:  # V
                decoder.count()
                return decoder, decoder.number(), [], 1
            if tag == 69:  # E
                return decoder, decoder.number(), [], 2
            if tag == 74:  # J
                return decoder, None, [], 1
            number = decoder.count()
            if tag == 106:  # j
                return (Lent(mirror.lender.lent[number]),)
            kind = mirror.classes[number] if tag == 107 else mirror.kinds.get(number)
            return (object.__new__(kind if kind is not None and kind._mend_info.base < 0 else Remote),)

        def whole(self, decoder, index, items):
            if index is None:
                return Lent(items[0])
            decoder.memo[index] = items[-1]
            return items[-1]

    def show_call(entry):
        if Last.request is None:
            return None
        _, _, args, kwargs, _, _ = Decoder(Last.request, space=Before()).value()
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
        if mirror.left is not None:
            raise mirror.left
        is_entry = act == "" and target is mirror.entry
        shares = mirror.shares
        request, keep, dropped = written(act == "settle", target, act, args, kwargs)
        if is_entry:
            Last.request = request if not shares.values else shown_call(args, kwargs)
            Last.returned = False
            Last.result = Last.raised = None
        known = [*shares.values, *keep, *args, *kwargs.values()]
        arguments = len(args) + len(kwargs)
        payload = call(pack(f"<{2 + len(dropped)}I", arguments, len(dropped), *dropped) + request)
        head, result = received(payload, known)
        while head[0] == "callback":
            try:
                payload, known = serve(result)
            except BaseException as error:
                mirror.left = error
                raise
            head, result = received(payload, known)
        if head[0] == "raised":
            raise raised(head, result, is_entry)
        if is_entry:
            Last.returned = True
            Last.result = result
        return result

    def written(is_last, *parts):
        """A message of these parts, and of what this side has changed and no longer holds: its bytes, the values that it
        numbers, and places of what this side no longer holds."""
        shares = mirror.shares
        dropped, changed = (), None
        if shares.values:
            shares.compare(is_last)
            dropped = shares.unheld()
            shares.drop(dropped)
            if shares.changed:
                changed = tuple([shares.values[place] for place in sorted(shares.changed)])
        encoder = Encoder(shares.places, shares.is_changed, mirror)
        mark = len(mirror.lender.lent)
        try:
            encoder.value((*parts, mirror.released(), changed))
            message = encoder.finished()
            if shares.state == LATE:
                raise unproven(FOUND_LATE)
        except BaseException as error:
            mirror.lender.back_to(mark)
            if isinstance(error, CannotCross):
                raise unproven(f"a value is too large to cross: {error}") from error
            if isinstance(error, CannotBeTested):
                Last.unsupported = str(error)
            raise
        return message, encoder.keep, dropped

    def received(payload, known):
        """What the candidate's side says: the head, and what is returned, raised or asked for."""
        if payload is None:
            raise Gone
        decoder = Decoder(payload)
        *head, kept, dropped, state = decoder.value()
        try:
            if head[0] == "uncrossed":
                raise unproven(f"a value is too large to cross: {head[1]}")
            if head[0] == "vast":
                share(kept, dropped, state, known, True)
                return head, vast(*head[1:4])
            return head, told(payload, decoder.at, known, kept, dropped, state)
        except BaseException as error:
            if head[0] in ("callback", "uncrossed"):
                # It waits for a reply, which it never gets.
                mirror.left = error
            raise

    def told(payload, at, known, kept, dropped, state):
        """The value of an answer."""
        shares = mirror.shares
        try:
            # The body numbers its own values. It changes those that were sent, in place.
            decoder = Decoder(payload, at, known, mirror)
            decoder.shares = shares
            result = decoder.value()[0]
            known += decoder.memo
        except Exception as error:
            raise Malformed(said(error)) from None
        if shares.values:
            shares.met(decoder.memo)
        share(kept, dropped, state, known)
        return result

    # Questions of the candidate's side that may be open at a time.
    MOST_OPEN = 100
    # Frames of this side between two functions of a test.
    FRAMES_BETWEEN = 12

    def serve(asked):
        """Does what the candidate's side asks of what it was lent, and replies. Returns what it says then, and the values to
        which that may refer."""
        if mirror.depth == MOST_OPEN:
            Last.unsupported = f"functions of a test and of the program call each other more than {MOST_OPEN} deep"
            raise CannotBeTested(Last.unsupported)
        is_raised = False
        mirror.depth += 1
        sys.setrecursionlimit(sys.getrecursionlimit() + FRAMES_BETWEEN)
        try:
            target, act, args, kwargs = asked_for(asked)
            result = mirror.lender.perform(target, act, args, kwargs)
        except CannotBeTested as error:
            Last.unsupported = str(error)
            raise
        except (Gone, Unproven, Malformed):
            raise
        except BaseException as error:
            is_raised, result = True, error
            mirror.lender.raised = error
        finally:
            mirror.depth -= 1
            sys.setrecursionlimit(sys.getrecursionlimit() - FRAMES_BETWEEN)
        reply, keep, dropped = written(False, is_raised, result)
        known = [*mirror.shares.values, *keep]
        return call(pack(f"<{2 + len(dropped)}I", REPLY, len(dropped), *dropped) + reply), known

    # Stands in the place of the number of arguments.
    REPLY = 0xFFFFFFFF

    def asked_for(asked):
        """Target, act and arguments, if that is what was asked."""
        if type(asked) is not tuple or len(asked) != 4:
            raise Malformed("it asks for nothing")
        target, act, args, kwargs = asked
        if type(act) is not str or type(args) is not tuple or type(kwargs) is not dict:
            raise Malformed("it asks for nothing")
        if not all(type(name) is str for name in kwargs):
            raise Malformed("it names an argument by something else than a text")
        return target, act, args, kwargs

    def shown_call(args, kwargs):
        """A request by which a call is shown, with all that it holds."""
        encoder = Encoder(space=mirror)
        encoder.value((None, "", args, kwargs, (), ()))
        return encoder.finished()

    def share(kept, dropped, state, known, is_vast=False):
        """What the other side says it holds, and no longer holds."""
        shares = mirror.shares
        if state == LATE and shares.heaviest <= PARTS_EACH and not is_vast:
            raise Malformed("a change is said to be late where all was compared")
        if dropped:
            shares.drop(dropped)
        if kept:
            shares.add([known[number] for number in kept])
        if state == LATE or shares.is_lost:
            raise unproven(FOUND_LATE)
        mirror.is_behind = state == LEFT_OUT

    FOUND_LATE = "both sides hold values that are too large to be compared with each call, and one of them changed"

    def settle():
        """Looks a last time for changes that nobody has seen."""
        if mirror.is_behind or mirror.shares.state == LEFT_OUT:
            try:
                mirror.ask(mirror.entry, "settle")
            except BaseException:
                # What is to be known of it the host knows, or it stands in `unproven`.
                pass

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
        if id(error) in mirror.lender.numbers:
            name, _, message = said(error).partition(": ")
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
            mirror.lender.stated.update(id(value) for value in scope.values() if isinstance(value, type) and is_own(value))
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
        if Last.unsupported is not None or isinstance(mirror.left, (Gone, Malformed)):
            return "the program has not answered"
        settle()
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

    def type_told(value):
        """The type of a value, as the original says it is of: the interpreter would name what stands for it."""
        kind = type(value)
        if kind is Vast:
            return value._kind
        return is_handle(value) and kind._mend_info.stands_for or kind

    def is_instance(value, kinds):
        """The same of an instance, for enumerations, from which nothing can be derived here."""
        if isinstance(value, kinds):
            return True
        kinds = kinds if type(kinds) is tuple else (kinds,)
        return is_handle(value) and any(one is kind for one in type(value)._mend_info.enumerations for kind in kinds)

    # What tests have in the place of these builtins, the name of that, and how many arguments it takes.
    TOLD = {"type": ("__type_told__", type_told, 1), "isinstance": ("__is_instance__", is_instance, 2)}

    def asking_types(source):
        """A test, where it asks for types, with our own functions in the place of the builtins."""
        wanted = {name for name in TOLD if name + "(" in source}
        if "Enum" not in source and "Flag" not in source:
            wanted.discard("isinstance")
        if not wanted:
            return source
        import ast

        tree = ast.parse(source)
        binds = (ast.Name, ast.arg, ast.alias, ast.FunctionDef, ast.ClassDef, ast.AsyncFunctionDef)
        for node in ast.walk(tree):
            if isinstance(node, binds) and not isinstance(getattr(node, "ctx", None), ast.Load):
                # The test has something else of that name.
                wanted.difference_update(getattr(node, name, None) for name in ("id", "arg", "name", "asname"))
        found = set()
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in wanted:
                if len(node.args) == TOLD[node.func.id][2] and not node.keywords and type(node.args[0]) is not ast.Starred:
                    found.add((node.lineno - 1, node.col_offset, node.func.id))
        # The text stays a text, and its lines stay where they are: an engine may look at it.
        lines = source.encode().split(b"\n")
        for line, at, name in sorted(found, reverse=True):
            text, name_there = lines[line], name.encode()
            # Some versions say of what stands in a formatted string that it is elsewhere.
            if text[at : at + len(name)] == name_there:
                lines[line] = text[:at] + TOLD[name][0].encode() + text[at + len(name) :]
        return b"\n".join(lines).decode()

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
            code = compile(asking_types(source), "tests.py", "exec")
            scope.update((name, told) for name, told, _ in TOLD.values())
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
        elif isinstance(mirror.left, Malformed):
            answer = verdict("runtime_error", request[2 - (request[0] == "call")], note=f"the answer breaks the protocol: {mirror.left}")
        return answer

    return handle


REHEARSAL = f"""
for value in {REHEARSED}:
    assert first(value, 1) == value
"""


def rehearse(handle):
    """Runs a test of our own, whose calls are answered here. Nothing of it is left but what the interpreter has learnt."""
    global call

    def answered(payload):
        encoder = Encoder()
        encoder.value((next(values), ()))
        return encode(("value", None, None, COMPARED)) + encoder.finished()

    real, call = call, answered
    for _ in range(3):
        values = iter(REHEARSED)
        if Decoder(handle(encode(("script", "", "first", REHEARSAL)))).value()[0] != "passed":
            raise RuntimeError("the rehearsal of a test failed")
    call = real
