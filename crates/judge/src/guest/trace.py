# The basic blocks that one call of a program executes, in order, with the variables that each changed. The call is the last
# one that the test makes from the outside; of a whole program, its run. Runs after `look.py` and `blocks.py`.

import opcode
import time

settrace, caller = sys.settrace, sys._getframe

# By the number of an instruction.
NAMES = list(opcode.opname)
# Flags of code.
IS_FUNCTION, TAKES_MORE, TAKES_NAMED = 1, 4, 8
# Instructions that ask an iterator for what comes next.
ADVANCES = ("FOR_ITER", "SEND", "YIELD_FROM", "GET_ANEXT", "END_ASYNC_FOR")

# Characters of a value that are shown, and that are compared to see whether it changed.
SHOWN, COMPARED = 60, 1000
# Variables of a block.
MOST_VALUES = 20
# Work after which a trace ends: an event is 1, a value that is looked at 2, and 1 for so many of its characters.
MOST_WORK, CHARACTERS = 400_000, 16
# Share of the time limit after which it ends.
SHARE = 0.6
# Blocks that are kept while the program runs, and that are told.
KEPT, TOLD = 600, 64
# Calls within calls that are traced.
DEEPEST = 40
# Frames of these names belong to the statement that they stand in.
PARTS = ("<listcomp>", "<setcomp>", "<dictcomp>", "<genexpr>", "<lambda>")


class Step:
    """A block that was executed once."""

    __slots__ = ("span", "values", "loop", "number")

    def __init__(self, span):
        self.span = span
        self.values = {}
        # The innermost loop around it, and the number of the pass.
        self.loop = self.number = None


class Loop:
    """A loop that is executed. Of its passes the first, the second and the last are kept."""

    __slots__ = ("head", "starts", "number", "is_inside", "total")

    def __init__(self, head):
        self.head = head
        # Numbers of the first steps of its passes.
        self.starts = {}
        self.number = 0
        # Whether the pass came to the body.
        self.is_inside = False
        self.total = 0


class Frame:
    """What is known of a frame of the program."""

    __slots__ = ("code", "block", "statement", "step", "loops", "texts", "is_waiting")

    def __init__(self, code):
        self.code = code
        self.block = self.statement = self.step = None
        self.loops = []
        # What its variables were: the value where it cannot change, and its text.
        self.texts = {}
        # Whether it is a generator's, between two uses.
        self.is_waiting = False


class Tracer:
    def __init__(self, host, blocks, file, seconds):
        self.host, self.blocks, self.file = host, blocks, file
        self.clocks = [time.process_time, time.perf_counter]
        self.ends = [clock() + seconds for clock in self.clocks]
        self.work = 0
        self.codes = {}
        self.begin(None)

    def begin(self, call):
        """Forgets what was traced, since another call begins."""
        self.call = call
        self.end = None
        self.steps = {}
        self.count = 0
        self.frames = {}
        self.depth = 0
        self.next = 1

    def watch(self, frame, event, arg):
        """Called as each function begins."""
        code = frame.f_code
        if code.co_filename != self.file or code.co_name in PARTS:
            return None
        try:
            self.spend(1)
            known = self.frames.get(id(frame))
            if known is not None and known.is_waiting and known.code is code and not self.is_start(frame):
                known.is_waiting = False
                self.depth += 1
                return self.follow
            if self.depth >= DEEPEST:
                return None
            self.depth += 1
            known = self.frames[id(frame)] = Frame(code)
            span = self.blocks.heads.get(code.co_firstlineno)
            if span is not None and code.co_flags & IS_FUNCTION:
                self.enter(known, frame, span)
            return self.follow
        except Enough:
            self.stop(frame)
        except Exception:
            return None

    def enter(self, known, frame, span):
        """The head of a function, with its arguments."""
        code = frame.f_code
        flags = code.co_flags
        count = code.co_argcount + code.co_kwonlyargcount + bool(flags & TAKES_MORE) + bool(flags & TAKES_NAMED)
        step = self.add(span)
        held = variables(frame)
        named = code.co_varnames[:count]
        step.values = self.changes(known, {name: held[name] for name in named if name in held})
        self.changes(known, held)

    def follow(self, frame, event, arg):
        """Called at each line, and as a function ends."""
        try:
            known = self.frames.get(id(frame))
            if known is None:
                return None
            if event == "line":
                self.line(known, frame)
            elif event == "exception":
                self.raised(known, frame, arg[1] if isinstance(arg[1], BaseException) else arg[0])
            elif event == "return":
                self.returned(known, frame, arg)
            return self.follow
        except Enough:
            self.stop(frame)
        except Exception:
            return None

    def line(self, known, frame):
        self.spend(1)
        number = frame.f_lineno
        place = self.blocks.places.get(number)
        if place is None:
            return
        block, statement = place
        if block == known.block:
            if statement > known.statement or (statement == known.statement and number not in self.blocks.same_line):
                known.statement = statement
                return
        self.finish(known, frame)
        known.block, known.statement = block, statement
        self.turn(known, block)
        known.step = step = self.add(self.blocks.spans[block])
        if known.loops:
            step.loop = loop = known.loops[-1]
            step.number = loop.number

    def turn(self, known, block):
        """Leaves the loops that the block is not in, and enters those that it is in."""
        heads = self.blocks.loops[block]
        loops = known.loops
        while loops and (len(loops) > len(heads) or heads[len(loops) - 1] != loops[-1].head):
            self.left(loops.pop())
        for head in heads[len(loops) :]:
            loops.append(Loop(head))
        for loop in loops:
            if loop.head == block:
                self.passes(loop)
            else:
                loop.is_inside = True

    def passes(self, loop):
        loop.number = number = loop.number + 1
        loop.is_inside = False
        loop.starts[number] = self.count
        # This one may be but the last look at the condition.
        if number >= 5:
            self.forget(loop, number - 2)

    def left(self, loop):
        last = loop.number
        if last > 1 and self.is_exit(loop):
            # The condition no longer held: that was no pass.
            for number in range(loop.starts[last], self.count):
                self.steps.pop(number, None)
            if loop.starts[last] == self.count - 1:
                self.count -= 1
            last -= 1
        elif last >= 4:
            self.forget(loop, last - 1)
        loop.total = last

    def is_exit(self, loop):
        """Whether the last pass was but a look at the condition."""
        step = self.steps.get(loop.starts[loop.number])
        if loop.is_inside or step is None or "raise" in step.values:
            return False
        return loop.head not in self.blocks.closed or not step.values

    def forget(self, loop, number):
        for step in range(loop.starts[number], loop.starts[number + 1]):
            self.steps.pop(step, None)
        del loop.starts[number]

    def finish(self, known, frame):
        """What the block changed that ends here."""
        step = known.step
        if step is not None:
            step.values = {**self.changes(known, variables(frame)), **step.values}

    def changes(self, known, held):
        changed = {}
        texts = known.texts
        for name, value in held.items():
            if type(name) is not str or name.startswith(("__", ".")):
                continue
            before = texts.get(name)
            kind = type(value)
            is_atom = kind in ATOMS
            if is_atom and before is not None and before[0] is value and before[1] is kind:
                continue
            if kind is types.ModuleType or (kind in (types.FunctionType, type) and value.__name__ == name):
                continue
            text, is_all = shown(value, COMPARED)
            if not is_all and kind in (list, dict, set, str, tuple, bytes):
                text += f"({len(value)})"
            self.spend(2 + len(text) // CHARACTERS)
            texts[name] = (value if is_atom else None, kind, text)
            if before is None or before[2] != text:
                if len(changed) < MOST_VALUES:
                    changed[name] = cut(text if is_all else text[:COMPARED], SHOWN)
        return changed

    def raised(self, known, frame, error):
        step = known.step
        if step is None:
            return
        kind = error if isinstance(error, type) else type(error)
        if issubclass(kind, (StopIteration, StopAsyncIteration)) and self.instruction(frame)[0] in ADVANCES:
            # An iterator has ended, which is what it is for.
            return
        step.values["raise"] = name_of(kind) if error is kind else cut(said(error), SHOWN)

    def returned(self, known, frame, value):
        self.depth -= 1
        word = self.word(frame)
        self.finish(known, frame)
        # Modules and bodies of classes return nothing.
        if known.step is not None and word is not None and frame.f_code.co_flags & IS_FUNCTION:
            known.step.values[word] = cut(shown(value, SHOWN + 1)[0], SHOWN)
        if word == "yield":
            known.is_waiting = True
            return
        while known.loops:
            self.left(known.loops.pop())
        del self.frames[id(frame)]

    def word(self, frame):
        """Whether a frame returns or yields, or an exception leaves it."""
        name, _ = self.instruction(frame)
        if name.startswith("RETURN"):
            return "return"
        return "yield" if name.startswith(("YIELD", "SEND", "RESUME")) else None

    def is_start(self, frame):
        """Whether a frame begins, rather than that a generator goes on."""
        name, argument = self.instruction(frame)
        return name == "RESUME" and not argument & 3

    def instruction(self, frame):
        """The name and the argument of the last instruction."""
        code, at = frame.f_code, frame.f_lasti
        found = self.codes.get(id(code))
        if found is None:
            found = self.codes[id(code)] = code, code.co_code
        return (NAMES[found[1][at]], found[1][at + 1]) if at >= 0 else ("RESUME", 0)

    def add(self, span):
        step = self.steps[self.count] = Step(span)
        self.count += 1
        if len(self.steps) > KEPT:
            # Neither how it began nor what comes near the end.
            for number in list(self.steps)[KEPT // 6 : KEPT // 2]:
                del self.steps[number]
        if self.count <= 32 or self.count >= self.next:
            # In case that this block never ends.
            self.next = self.count * 2
            self.tell()
        return step

    def spend(self, work):
        before = self.work
        self.work = before + work
        if self.work > MOST_WORK:
            raise Enough
        if before >> 8 != self.work >> 8:
            for clock, end in zip(self.clocks, self.ends):
                if clock() > end:
                    raise Enough

    def stop(self, frame, end="stopped", status=0):
        """Ends the program: all was traced that is going to be."""
        settrace(None)
        self.work = -1 << 60
        self.ends = [1e30, 1e30]
        while frame is not None:
            known = self.frames.get(id(frame))
            if known is not None:
                self.finish(known, frame)
                while known.loops:
                    self.left(known.loops.pop())
            frame = frame.f_back
        self.tell(end)
        leave(status)

    def tell(self, end=None):
        numbers = list(self.steps)
        if len(numbers) > TOLD:
            numbers = numbers[: TOLD // 2] + numbers[-TOLD // 2 :]
        steps = []
        for number in numbers:
            step = self.steps[number]
            first, last = step.span
            loop = step.loop
            passes = None if loop is None else (step.number, max(loop.total, step.number))
            steps.append({"number": number, "first": first, "last": last, "values": step.values, "pass": passes})
        self.host.tell({"call": self.call, "end": end, "total": self.count, "steps": steps})


def variables(frame):
    """What a frame holds, in an order that does not hang on the version of Python."""
    held, code = frame.f_locals, frame.f_code
    if not code.co_flags & IS_FUNCTION:
        return dict(held)
    names = (*code.co_varnames, *code.co_cellvars, *code.co_freevars)
    return {name: held[name] for name in names if name in held}


class Enough(BaseException):
    """A trace has taken all that it may."""


def module(name, file):
    """Makes a module that the program runs as. Returns its names."""
    made = sys.modules[name] = types.ModuleType(name)
    sys.argv = [file]
    return made.__dict__


def call_text(entry, args, kwargs):
    parts = [cut(shown(value, SHOWN + 1)[0], SHOWN) for value in args]
    parts += [f"{name}={cut(shown(value, SHOWN + 1)[0], SHOWN)}" for name, value in kwargs.items()]
    return cut(f"{entry}({', '.join(parts)})", 5 * SHOWN)


def run_function(wanted, tracer, file):
    """Loads the program and runs the test, each as the judge does, but in one interpreter."""
    entry, program = wanted["entry"], wanted["program"]
    given = None if wanted["args"] is None else loads(wanted["args"])
    scope = module("candidate", file)
    seed(wanted["context"])
    code = statement_code(wanted["context"])
    if code is not None:
        exec(code, scope)
    # The statement only begins the function.
    scope.pop(entry, None)
    seed(program)
    exec(compiled(program, file, "exec", dont_inherit=True), scope)
    found = scope.get(entry)
    if not callable(found):
        solution = scope["Solution"]
        found = lambda *args, **kwargs: getattr(solution(), entry)(*args, **kwargs)
    is_calling = False

    def called(*args, **kwargs):
        nonlocal is_calling
        if is_calling:
            return found(*args, **kwargs)
        is_calling = True
        tracer.begin(call_text(entry, args, kwargs))
        settrace(tracer.watch)
        try:
            result = found(*args, **kwargs)
            tracer.end = "returned"
            return result
        except BaseException as error:
            tracer.end = "raised " + said(error)
            raise
        finally:
            is_calling = False

    if given is not None:
        called(*given)
        return
    if wanted["shares"]:
        names = dict(scope)
    else:
        names = {"__name__": "tests", "__builtins__": builtins}
        code = statement_code(wanted["stated"])
        if code is not None:
            exec(code, names)
    names[entry] = called
    seed(wanted["test"])
    exec(compiled(wanted["test"], "tests.py", "exec", dont_inherit=True), names)


def run_program(wanted, tracer, file):
    """Runs the program as `__main__`, with its input where it expects it."""
    scope = module("__main__", file)
    scope.update(__file__=file, __builtins__=builtins)
    seed(wanted["program"])
    code = compiled(wanted["program"], file, "exec", dont_inherit=True)
    settrace(tracer.watch)
    try:
        exec(code, scope)
        tracer.end = "returned"
    finally:
        threading = sys.modules.get("threading")
        if threading is not None:
            for thread in threading.enumerate():
                if thread is not threading.current_thread() and not thread.daemon:
                    thread.join()


def main(data):
    wanted = asked(data)
    host = Host()
    program, entry = wanted["program"], wanted["entry"]
    file = "main.py" if entry is None else "candidate.py"
    try:
        blocks = Blocks(program)
    except Exception:
        leave(0)
    tracer = Tracer(host, blocks, file, wanted["seconds"] * SHARE)
    if "thread" in program:
        import threading

        threading.settrace(tracer.watch)

    os._exit = lambda status: tracer.stop(caller(1), "exited", status)
    try:
        (run_program if entry is None else run_function)(wanted, tracer, file)
    except SystemExit:
        tracer.end = tracer.end or "exited"
    except BaseException as error:
        tracer.end = tracer.end or "raised " + said(error)
    settrace(None)
    tracer.tell(tracer.end)
    leave(0)
