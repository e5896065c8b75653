# The basic blocks of a program: longest runs of lines of which either all are executed, one after another, or none. A loop's
# head is a block of its own, since the end of the body leads to it.

import ast

LOOPS = (ast.For, ast.AsyncFor, ast.While)
LEAVES = (ast.Return, ast.Raise, ast.Break, ast.Continue)
DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
# They are executed by nobody.
SAYS = (ast.Global, ast.Nonlocal)


class Blocks:
    def __init__(self, source):
        # First and last line of each block.
        self.spans = []
        # Heads of the loops around each block in its function, from the outside in. A head belongs to its loop.
        self.loops = []
        # By line: the block, and the number of the statement in it.
        self.places = {}
        # Lines of loops whose body stands on the same line, and the heads of these loops.
        self.same_line = set()
        self.closed = set()
        # By the line where a function's code begins: its first and last line without the body.
        self.heads = {}
        self.counts = []
        waiting = [(ast.parse(source).body, (), None)]
        while waiting:
            body, loops, block = waiting.pop()
            for statement in body:
                block = self.statement(statement, loops, block, waiting)

    def statement(self, statement, loops, block, waiting):
        """Takes a statement into a block. Returns the block that the next one goes on with, if it does."""
        if type(statement) is ast.Expr and isinstance(statement.value, ast.Constant) or isinstance(statement, SAYS):
            return block
        if isinstance(statement, LOOPS):
            head = self.block(loops)
            self.loops[head] = inside = (*loops, head)
            last = self.take(head, statement)
            if any(inner.lineno <= last for inner in statement.body):
                self.same_line.update(range(statement.lineno, last + 1))
                self.closed.add(head)
            waiting += [(statement.body, inside, None), (statement.orelse, loops, None)]
            return None
        if isinstance(statement, DEFINITIONS):
            # That something is defined says little. Where a function begins its head is shown, with the arguments.
            if not isinstance(statement, ast.ClassDef):
                first = min((one.lineno for one in statement.decorator_list), default=statement.lineno)
                self.heads[first] = (statement.lineno, last_of_head(statement))
            waiting.append((statement.body, (), None))
            return None
        if block is None:
            block = self.block(loops)
        self.take(block, statement)
        bodies = [getattr(statement, name, None) for name in ("body", "orelse", "finalbody")]
        bodies = [body for body in bodies if body]
        for case in getattr(statement, "cases", ()):
            self.clause(case.pattern, case.guard or case.pattern, loops)
            bodies.append(case.body)
        for handler in getattr(statement, "handlers", ()):
            self.clause(handler, handler.type, loops)
            bodies.append(handler.body)
        waiting += [(body, loops, None) for body in bodies]
        return None if bodies or isinstance(statement, LEAVES) else block

    def block(self, loops):
        self.spans.append([1 << 30, 0])
        self.loops.append(loops)
        self.counts.append(0)
        return len(self.spans) - 1

    def clause(self, first, last, loops):
        """The head of a clause: what follows it may not be executed."""
        self.lines(self.block(loops), first.lineno, first.lineno if last is None else last.end_lineno)

    def take(self, block, statement):
        """Takes a statement without its body. Returns its last line."""
        last = last_of_head(statement)
        self.lines(block, statement.lineno, last)
        return last

    def lines(self, block, first, last):
        span = self.spans[block]
        span[0], span[1] = min(span[0], first), max(span[1], last)
        number = self.counts[block]
        self.counts[block] += 1
        for line in range(first, last + 1):
            self.places.setdefault(line, (block, number))


def last_of_head(statement):
    """The last line of a statement without its body."""
    if getattr(statement, "body", None) is None and getattr(statement, "cases", None) is None:
        return statement.end_lineno
    parts = [getattr(statement, name, None) for name in ("test", "iter", "target", "subject", "returns")]
    parts += [item.context_expr for item in getattr(statement, "items", ())]
    parts += ast.walk(statement.args) if hasattr(statement, "args") else ()
    return max([part.end_lineno for part in parts if hasattr(part, "end_lineno")], default=statement.lineno)
