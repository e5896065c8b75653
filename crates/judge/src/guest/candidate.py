# The candidate's side: loads the program as a module and answers calls. Nothing here is trusted: whatever it sends is only
# data about what the candidate computed. No test and no expected value ever comes here.


def party():
    import builtins
    import time
    import types
    from _operator import is_

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
    # Types whose values have no parts.
    SCALARS = set(map(id, (int, str, float, bytes, complex, bool, type(None), range)))

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

    def answer(begins, payload, at):
        if begins:
            objects.begin(found)
            if rewind is not None:
                rewind()
        decoder = Decoder(payload, at, space=objects)
        target, act, args, kwargs, released = decoder.value()
        objects.forget(released)
        sent = Sent(decoder.memo, args, kwargs)
        cpu, wall = cpu_clock(), wall_clock()
        try:
            result, raised = perform(target, act, args, kwargs), False
        except BaseException as error:
            result, raised = error, True
        took = cpu_clock() - cpu, wall_clock() - wall
        return reply(sent, result, raised, took, PARTS)

    def reply(sent, result, raised, took, parts):
        """The answer to a call. Where it has many parts, that it is to be asked for again."""
        nonlocal waiting
        # What this takes, the candidate's own code did not take.
        mark = objects.mark()
        try:
            body = sent.encode(result, objects, parts)
        except Large:
            objects.back_to(mark)
            waiting = sent, result, raised
            return encode(("large", *took))
        except MemoryError as error:
            objects.back_to(mark)
            result, raised, body = error, True, plain_error("MemoryError", ())
        except BaseException as error:
            # Also what a poisoned builtin raises: the value did not cross.
            objects.back_to(mark)
            if not raised:
                return encode(("vast", str(error)[:400], *measure(result), *took))
            body = plain_error(builtin_name(type(result)), (said_of("raised", result)[3],))
        return encode((*said_of("raised", result), *took) if raised else ("value", *took)) + body

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
        """What was sent to this side, and what of it changes."""

        def __init__(self, values, args, kwargs):
            self.numbers = {}
            self.before = {}
            for index, value in enumerate(chain(values, args, kwargs.values())):
                if self.numbers.setdefault(id(value), index) == index:
                    contents = contents_of(value)
                    if contents is not None:
                        self.before[index] = value, contents

        def is_changed(self, index):
            if index not in self.before:
                return False
            value, contents = self.before[index]
            now = contents_of(value)
            if type(now) is bytes:
                return now != contents
            return len(now) != len(contents) or not all(map(is_, now, contents))

        def encode(self, result, objects, parts):
            """The result, and every value that was sent and has changed."""
            encoder = Encoder(self.numbers, self.is_changed, objects, parts)
            encoder.number(self)
            encoder.out += HEAD(b"t", 2)
            if id(type(result)) in SCALARS and id(result) in self.numbers:
                encoder.out += HEAD(b"A", self.numbers[id(result)])
            else:
                encoder.value(result)
            encoder.value(tuple([value for index, (value, _) in self.before.items() if self.is_changed(index)]))
            return encoder.finished()

    def contents_of(value):
        """The parts of a value that can change, to be compared by identity, or its bytes; None if it cannot change."""
        kind = type(value)
        if kind is list:
            return value[:]
        if kind is dict:
            return [*value, *value.values()]
        if id(kind) in SCALARS or kind is tuple or kind is frozenset:
            return None
        for base, contents in CONTENTS:
            if derives(kind, base):
                return contents(value)
        if kind is standard("array", "array"):
            return value.tobytes()
        if kind is types.SimpleNamespace:
            return [*value.__dict__, *value.__dict__.values()]
        for name, part in (("UserDict", "data"), ("UserList", "data"), ("UserString", "data"), ("ChainMap", "maps")):
            if kind is standard("collections", name):
                return [getattr(value, part)]
        return None

    def of_mapping(base):
        return lambda value: [*base.__iter__(value), *dict.values(value)]

    def of_sequence(base):
        return lambda value: [*base.__iter__(value)]

    import collections

    CONTENTS = (
        (list, of_sequence(list)),
        (collections.OrderedDict, of_mapping(collections.OrderedDict)),
        (dict, of_mapping(dict)),
        (set, of_sequence(set)),
        (bytearray, lambda value: bytes(bytearray.__getitem__(value, slice(None)))),
        (collections.deque, of_sequence(collections.deque)),
    )

    def handle(payload):
        nonlocal waiting
        decoder = Decoder(payload)
        request = decoder.value()
        if request[0] == "prepare":
            answered = prepare(*request[2:])
        elif request[0] == "load":
            answered = load(*request[2:])
        elif request[0] == "give":
            (sent, result, raised), waiting = waiting, None
            answered = reply(sent, result, raised, (0, 0), MOST_PARTS)
        else:
            answered = answer(request[2], payload, decoder.at)
        # The number of the request comes first: it tells which question this answers.
        return encode(request[1]) + answered

    return handle
