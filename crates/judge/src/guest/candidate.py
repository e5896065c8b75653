# The candidate's side: loads the program as a module and answers calls. Nothing here is trusted: whatever it sends is only
# data about what the candidate computed. No test and no expected value ever comes here.


def party():
    import builtins
    import time
    import types
    global trusts
    trusts = True
    cpu_clock, wall_clock = time.process_time_ns, time.perf_counter_ns
    NAME = "candidate"
    FILE = "candidate.py"
    scope = {}
    lines = []
    found = None
    objects = Objects()
    # Puts `random` back to where it was after the program was loaded, so that tests do not depend on their order.
    rewind = None
    # An answer that is sent in a second step.
    waiting = None
    shares = Shares()
    # The number of the last message, and the calls that are open.
    number = 0
    levels = []

    def builtin_name(kind):
        for base in kind.__mro__:
            if getattr(builtins, base.__name__, None) is base:
                return base.__name__
        return "Exception"

    def said_of(tag, error):
        """What the host is told of an exception."""
        lacks(error)
        line = line_in(FILE, error.__traceback__)
        if isinstance(error, SyntaxError) and error.filename == FILE:
            line = error.lineno
        source = lines[line - 1].strip() if line and line <= len(lines) else None
        try:
            message = str(error)[:4000]
        except BaseException:
            message = ""
        return tag, builtin_name(type(error)), type(error).__name__, message, line, source

    def held():
        """How many references are counted of an object that nobody has but this side, as a request names it."""
        target = object()
        table, request = {0: target}, (target,)
        return getrefcount(target)

    HELD = held()
    NOTHING = HEAD(b"t", 0)
    # The head of the commonest answer, but for its numbers: a value, where nobody newly holds or drops anything.
    ONLY_VALUE = ("value",)
    VALUE_HEAD = HEAD(b"t", 6) + encode("value") + 2 * encode("")

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
                return encode(said_of("raised", error))
        # The statement only begins the function: that is not an answer.
        scope.pop(entry, None)
        return encode(("prepared",))

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
            return encode(said_of("syntax", error))
        try:
            exec(code, scope)
        except BaseException as error:
            return encode(said_of("raised", error))
        if draws:
            state = getstate()
            rewind = lambda: setstate(state)
        found = scope.get(entry)
        if not callable(found):
            solution = scope.get("Solution")
            if not (isinstance(solution, type) and callable(getattr(solution, entry, None))):
                return encode(("missing",))
            # A fresh instance per call: state kept on self must not leak from test to test.
            found = lambda *args, **kwargs: getattr(solution(), entry)(*args, **kwargs)
        return encode(("loaded",))

    # Of a call that is open: what was sent last, whether that was a call, and when the program's own code went on.
    SENT, IS_CALL, CPU, WALL = range(4)

    def answer(begins, released, payload, at):
        nonlocal shares
        if begins:
            objects.begin(found)
            shares = Shares()
            levels.clear()
            if rewind is not None:
                rewind()
        if released:
            shares.drop(released)
        decoder = Decoder(payload, at, shares.values, objects)
        decoder.shares = shares
        target, act, args, kwargs, handles, _ = decoder.value()
        if handles is not None:
            objects.forget(handles)
        if shares.values:
            shares.met(decoder.memo)
        is_used_elsewhere = act == "ahead" and getrefcount(target) > HELD
        level = [Sent(decoder.memo, args, kwargs), True, 0, 0]
        if act == "ahead":
            args = *args, is_used_elsewhere
        # Whoever else holds something after the call is the program.
        decoder.memo = None
        levels.append(level)
        level[CPU], level[WALL] = cpu_clock(), wall_clock()
        try:
            outcome, raised = [perform(target, act, args, kwargs)], False
        except BaseException as error:
            outcome, raised = [error], True
            if error.__cause__ is not None and id(error) in borrower.numbers:
                borrower.ask(error, "because", (error.__cause__,))
        took = cpu_clock() - level[CPU], wall_clock() - level[WALL]
        levels.pop()
        sent = level[SENT]
        del target, args, kwargs, decoder, level
        if shares.values:
            shares.compare(act == "settle")
        return reply(sent, outcome, raised, took, PARTS)

    # Frames of this side between two functions of the program.
    FRAMES_BETWEEN = 20

    def ask(target, act, args, kwargs):
        """Has the tests' side do something with what it lent. Returns what comes of it, or raises that."""
        if not levels:
            raise RuntimeError("no test waits for this program")
        level = levels[-1]
        took = cpu_clock() - level[CPU], wall_clock() - level[WALL]
        sys.setrecursionlimit(sys.getrecursionlimit() + FRAMES_BETWEEN)
        try:
            is_raised, result = replied(level, took, (target, act, args, kwargs))
        finally:
            sys.setrecursionlimit(max(sys.getrecursionlimit() - FRAMES_BETWEEN, FRAMES_BETWEEN))
            level[CPU], level[WALL] = cpu_clock(), wall_clock()
        if is_raised:
            raise result
        return result

    borrower.send = ask

    def replied(level, took, asked):
        """What the tests' side replies. It may call meanwhile."""
        nonlocal number
        if shares.values:
            shares.compare()
        sent, level[SENT] = level[SENT], Sent((), (), {})
        mark = objects.mark()
        kept = dropped = ()
        try:
            body = sent.encode(asked, objects, MOST_PARTS)
            head = ("callback",)
            kept = sent.crossed(asked, level[IS_CALL])
            dropped = shares.unheld() if shares.values else ()
        except Exception as error:
            objects.back_to(mark)
            head, body = ("uncrossed", str(error)[:400]), b""
        state = shares.state
        if dropped:
            shares.drop(dropped)
        if kept:
            shares.add([value for _, value in kept])
        numbers = " ".join([str(place) for place, _ in kept]), " ".join(map(str, dropped))
        del kept, sent
        payload = call(encode(number) + encode((*head, *numbers, state, *took)) + body)
        while True:
            decoder = Decoder(payload)
            request = decoder.value()
            if request[0] == "reply":
                break
            payload = call(numbered(request, payload, decoder.at))
        _, number, released = request
        if released:
            shares.drop(released)
        decoder = Decoder(payload, decoder.at, shares.values, objects)
        decoder.shares = shares
        is_raised, result, handles, _ = decoder.value()
        if handles is not None:
            objects.forget(handles)
        if shares.values:
            shares.met(decoder.memo)
        level[SENT], level[IS_CALL] = Sent(decoder.memo, (), {}), False
        decoder.memo = None
        return is_raised, result

    def reply(sent, outcome, raised, took, parts):
        """The answer to a call. Where it has many parts, that it is to be asked for again."""
        nonlocal waiting
        # What this takes, the candidate's own code did not take.
        mark = objects.mark()
        try:
            body = sent.encode(outcome[0], objects, parts)
        except Large:
            objects.back_to(mark)
            waiting = sent, outcome, raised
            return encode(("large", "", "", COMPARED, *took))
        except BaseException as error:
            # Also what a poisoned builtin raises: the value did not cross.
            objects.back_to(mark)
            if isinstance(error, MemoryError):
                outcome[0], raised, body = error, True, plain_error("MemoryError", ())
            elif raised:
                body = plain_error(builtin_name(type(outcome[0])), (said_of("raised", outcome[0])[3],))
            else:
                body = None
                head = "vast", str(error)[:400], *measure(outcome[0])
                if shares.changed or sent.changed():
                    # Nobody is told of that.
                    shares.state = LATE
        if body is not None:
            head = said_of("raised", outcome[0]) if raised else ONLY_VALUE
        outcome.clear()
        kept = sent.kept()
        dropped = shares.unheld() if shares.values else ()
        state = shares.state
        if dropped:
            shares.drop(dropped)
        if kept:
            shares.add([value for _, value in kept])
        if head is ONLY_VALUE and not kept and not dropped:
            return b"".join((VALUE_HEAD, *(INT(b"i", number) for number in (state, *took)), body))
        numbers = " ".join([str(number) for number, _ in kept]), " ".join(map(str, dropped))
        return encode((*head, *numbers, state, *took)) + (body or b"")

    def plain_error(name, args):
        """The answer with an exception of a builtin type, which holds nothing but texts."""
        try:
            error = getattr(builtins, name)(*args)
        except Exception:
            error = Exception(*args)
        encoder = Encoder(space=objects)
        encoder.value((error, ()))
        return encoder.finished()

    def measure(value):
        """The type of a value of a builtin type, and its length."""
        kind = type(value)
        known = kind in (str, bytes, bytearray, list, tuple, dict, set, frozenset)
        return kind.__name__ if known else "", len(value) if known else -1

    class Sent:
        """What was sent to this side with a call, and what of it changes."""

        def __init__(self, memo, args, kwargs):
            self.offset = len(shares.values)
            self.values = [*memo, *args, *kwargs.values()]
            self.numbers = dict(shares.places)
            self.before = {}
            # The numbered values of the answer, and what it says has changed.
            self.answered = []
            self.changes = ()
            for index, value in enumerate(self.values):
                if self.numbers.setdefault(id(value), self.offset + index) != self.offset + index:
                    # It has a number already.
                    self.values[index] = None
                    continue
                contents = None if id(type(value)) in SCALARS else contents_of(value)
                if contents is not None:
                    self.before[self.offset + index] = contents

        def is_changed(self, number):
            if number < self.offset:
                return shares.is_changed(number)
            contents = self.before.get(number)
            return contents is not None and not has(self.values[number - self.offset], contents)

        def changed(self):
            """All that was sent or is shared and has changed."""
            found = [shares.values[place] for place in sorted(shares.changed)]
            found += [self.values[number - self.offset] for number in self.before if self.is_changed(number)]
            return tuple(found)

        def encode(self, result, objects, parts):
            """The result, and every value that has changed."""
            encoder = Encoder(self.numbers, self.is_changed, objects, parts)
            encoder.number(self)
            encoder.out += HEAD(b"t", 2)
            if id(type(result)) in SCALARS and id(result) in self.numbers:
                encoder.out += HEAD(b"A", self.numbers[id(result)])
            else:
                encoder.value(result)
            changed = self.changes = self.changed()
            if changed:
                encoder.value(changed)
            else:
                encoder.number(changed)
                encoder.out += NOTHING
            self.answered = encoder.keep
            return encoder.finished()

        def kept(self):
            """What the program holds of all that crossed, with its numbers. Nobody else may hold anything of it."""
            answered, self.answered = self.answered, []
            self.changes = ()
            self.before.clear()
            release(answered)
            release(self.values)
            if len(answered) > 1:
                release(answered)
            return self.shareable(answered, ())

        def crossed(self, asked, was_call):
            """All that crossed, with its numbers, but for what holds a message together: from now on both sides hold it."""
            message = self.values[0] if self.values else ()
            ours = [asked, *asked[2:], self.changes, message, *(message[2:4] if was_call else ())]
            return self.shareable(self.answered, set(map(id, ours)))

        def shareable(self, answered, ours):
            found = {}
            for first, group in ((self.offset, self.values), (self.offset + len(self.values), answered)):
                for place, value in enumerate(group, first):
                    if id(type(value)) in SCALARS and value == value or value is self or id(value) in ours:
                        continue
                    if id(value) in shares.places or id(value) in found:
                        continue
                    if first > self.offset and id(value) in self.numbers:
                        # It has the number with which it was sent.
                        continue
                    if can_be_shared(value):
                        found[id(value)] = place, value
            return list(found.values())

    def handle(payload):
        decoder = Decoder(payload)
        request = decoder.value()
        return numbered(request, payload, decoder.at)

    def numbered(request, payload, at):
        nonlocal waiting, number
        number = request[1]
        if request[0] == "prepare":
            answered = prepare(*request[2:])
        elif request[0] == "load":
            answered = load(*request[2:])
        elif request[0] == "give":
            (sent, outcome, raised), waiting = waiting, None
            answered = reply(sent, outcome, raised, (0, 0), MOST_PARTS)
        else:
            answered = answer(*request[2:4], payload, at)
        # The number of the last message comes first: it tells which question this answers.
        return INT(b"i", number) + answered

    return handle


def rehearse(handle):
    """Loads a program of our own and answers calls of it. Nothing of it is left but what the interpreter has learnt."""

    class Entry:
        """What names the entry point in a call."""

        @staticmethod
        def encode(encoder, item, kind):
            encoder.out += HEAD(b"h", 0)

    arguments = sys.argv
    handle(encode(("prepare", 0, "", "first")))
    handle(encode(("load", 0, "def first(*args):\n    return args[0]\n", "first")))
    for begins in (1, 0, 0):
        for value in REHEARSED:
            encoder = Encoder(space=Entry)
            encoder.value((Entry, "", (value, 1), {}, None, None))
            handle(encode(("call", 0, begins, None)) + encoder.finished())
    del sys.modules["candidate"]
    sys.argv = arguments
