# Cells of a session, one after another, as a REPL runs them: what each prints is told as soon as it ends. Runs after `look.py`.

import ast
import io

# Bytes of what a cell prints that are kept, from its beginning and from its end.
HEAD, TAIL = 2000, 1000
# Frames of a traceback that are kept, of the outermost and of the innermost.
OUTER, INNER = 3, 7


class Screen(io.RawIOBase):
    """What a cell prints, as far as anybody looks at it."""

    def __init__(self):
        self.clear()

    def clear(self):
        self.head, self.tail, self.total = bytearray(), bytearray(), 0

    def writable(self):
        return True

    def write(self, data):
        data = bytes(data)
        count = len(data)
        self.total += count
        room = HEAD - len(self.head)
        if room > 0:
            self.head += data[:room]
            data = data[room:]
        if data:
            self.tail = (self.tail + data[-TAIL:])[-TAIL:]
        return count

    def text(self):
        left = self.total - len(self.head) - len(self.tail)
        head, tail = (part.decode("utf-8", "replace") for part in (self.head, self.tail))
        return f"{head}\n... ({left} bytes left out) ...\n{tail}" if left else (self.head + self.tail).decode("utf-8", "replace")


def traceback(error, cells):
    """What a REPL prints of an exception, with the frames of cells alone."""
    frames = []
    trace = error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        if code.co_filename in cells:
            frames.append((code.co_filename, trace.tb_lineno, code.co_name))
        trace = trace.tb_next
    lines = []
    if isinstance(error, SyntaxError) and error.filename in cells and not frames:
        frames.append((error.filename, error.lineno or 1, None))
    elif frames:
        lines.append("Traceback (most recent call last):")
    left = len(frames) - OUTER - INNER
    if left > 0:
        frames[OUTER:-INNER] = [None]
    for frame in frames:
        if frame is None:
            lines.append(f"  ... ({left} frames left out) ...")
            continue
        name, line, function = frame
        lines.append(f'  File "{name}", line {line}' + (f", in {function}" if function else ""))
        source = cells[name].split("\n")
        if 0 < line <= len(source):
            lines.append("    " + cut(source[line - 1].strip(), 200))
    try:
        words = error.msg if isinstance(error, SyntaxError) else str(error)
    except BaseException:
        words = ""
    words = cut(words if type(words) is str else "", 1000)
    name = name_of(type(error))
    return "\n".join(lines + [f"{name}: {words}" if words else name])


def run(text, name, scope):
    """Runs a cell, and prints the value of its last statement if that is an expression."""
    compiled(text, name, "exec", dont_inherit=True)
    tree = ast.parse(text, name)
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, name, "exec", dont_inherit=True), scope)
    if last is not None:
        value = eval(compile(ast.Expression(last.value), name, "eval", dont_inherit=True), scope)
        if value is not None:
            scope["_"] = value
            print(repr(value), file=sys.stdout)


def main(data):
    texts = asked(data)["cells"]
    host = Host()
    screen = Screen()
    stream = io.TextIOWrapper(screen, "utf-8", "backslashreplace", newline="\n", write_through=True)
    sys.stdout = sys.stderr = stream
    module = sys.modules["__main__"] = types.ModuleType("__main__")
    module.__builtins__ = builtins
    scope = module.__dict__
    sys.argv = [""]
    seed(*texts)
    cells = {}
    for number, text in enumerate(texts, 1):
        name = f"<cell {number}>"
        cells[name] = text
        try:
            run(text, name, scope)
        except BaseException as error:
            said = traceback(error, cells)
            error.__traceback__ = None
            screen.write((said + "\n").encode("utf-8", "backslashreplace"))
        for flushed in (sys.stdout, stream):
            try:
                flushed.flush()
            except BaseException:
                pass
        host.tell({"cell": number, "text": screen.text()})
        screen.clear()
    leave(0)
