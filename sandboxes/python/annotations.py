"""Annotations that are evaluated where they stand, as before Python 3.14, so that an unknown name ends the program there.

A function gets decorators below all others, which ask for its annotations as soon as it is made: after its defaults, and
before its name is bound. An annotated assignment in a module or a class becomes the assignment and what stores the
annotation. In functions nobody evaluates those, in any version.
"""

import __future__
import ast
import functools
import operator
import types

# What the decorators are, innermost first. All are of C: none has a frame that a traceback could show. A function's
# `__get__` without an instance gives the function itself.
STEPS = (
    operator.attrgetter("__annotations__", "__get__"),
    operator.itemgetter(1),
    functools.partial(operator.call, functools.Placeholder, None, object),
)

# What stands for them in a syntax tree, which can only hold plain constants.
MARKS = tuple(f"\0annotations {step}" for step in range(len(STEPS)))


def evaluated(source, filename, mode, **flags):
    """The code of a program whose annotations are evaluated where they stand."""
    tree = compile(source, filename, mode, ast.PyCF_ONLY_AST, dont_inherit=True)
    if isinstance(tree, ast.Module) and not leaves_texts(tree):
        tree.body = block(tree.body, "")
        begin(tree, first_of_module)
    return with_steps(compile(tree, filename, mode, **flags))


def leaves_texts(tree):
    return any(
        isinstance(statement, ast.ImportFrom)
        and statement.module == "__future__"
        and any(name.name == "annotations" for name in statement.names)
        for statement in tree.body
    )


def holds_annotations(code):
    """Whether anything in there is annotated, and the program does not leave its annotations as texts."""
    return not code.co_flags & __future__.CO_FUTURE_ANNOTATIONS and any(
        constant.co_name == "__annotate__" or holds_annotations(constant)
        for constant in code.co_consts
        if type(constant) is types.CodeType
    )


def with_steps(code):
    constants = tuple(
        with_steps(constant)
        if type(constant) is types.CodeType
        else STEPS[MARKS.index(constant)]
        if type(constant) is str and constant in MARKS
        else constant
        for constant in code.co_consts
    )
    return code.replace(co_consts=constants)


def block(statements, inside):
    """The same statements. `inside` is the name of their class, empty in a module, and None in a function."""
    return [new for statement in statements for new in statements_for(statement, inside)]


def statements_for(node, inside):
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
        if is_annotated(node):
            node.decorator_list += [at(node, ast.Constant(mark)) for mark in reversed(MARKS)]
        node.body = block(node.body, None)
    elif isinstance(node, ast.ClassDef):
        node.body = block(node.body, node.name)
        begin(node, first_of_class)
    elif isinstance(node, ast.AnnAssign):
        return [node] if inside is None else assigned(node, inside)
    else:
        for part in ("body", "orelse", "finalbody"):
            if isinstance(getattr(node, part, None), list):
                setattr(node, part, block(getattr(node, part), inside))
        for part in (*getattr(node, "handlers", ()), *getattr(node, "cases", ())):
            part.body = block(part.body, inside)
    return [node]


def is_annotated(function):
    given = function.args
    single = [given.vararg, given.kwarg]
    arguments = [*given.posonlyargs, *given.args, *given.kwonlyargs, *(one for one in single if one is not None)]
    return function.returns is not None or any(argument.annotation is not None for argument in arguments)


class Stored(ast.Assign):
    """Stores an annotation."""


def assigned(node, inside):
    """What an annotated assignment does: the assignment, or else what its target asks for, and then the annotation."""
    target, new = node.target, []
    if node.value is not None:
        new.append(ast.Assign([target], node.value))
    elif isinstance(target, ast.Attribute):
        new.append(ast.Expr(target.value))
    elif isinstance(target, ast.Subscript):
        new += [ast.Expr(target.value), ast.Expr(target.slice)]
    if node.simple:
        place = ast.Subscript(name("__annotations__"), ast.Constant(mangled(target.id, inside)), ast.Store())
        new.append(Stored([place], node.annotation))
    else:
        new.append(ast.Expr(node.annotation))
    return [at(node, statement) for statement in new]


def mangled(word, inside):
    """The name of a class's own name."""
    own = inside.lstrip("_")
    return f"_{own}{word}" if own and word.startswith("__") and not word.endswith("__") else word


def begin(node, first):
    """Makes room for annotations, after the documentation and what must come first."""
    if not stores(node.body):
        return
    place = 0
    for statement in node.body:
        is_text = place == 0 and isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
        if not is_text and not (isinstance(statement, ast.ImportFrom) and statement.module == "__future__"):
            break
        place += 1
    node.body.insert(place, at(node.body[0], first()))


def stores(statements):
    """Whether any of them stores an annotation, those of other scopes aside."""
    for node in statements:
        if isinstance(node, Stored):
            return True
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            continue
        parts = [getattr(node, part, None) for part in ("body", "orelse", "finalbody")]
        parts += [part.body for part in (*getattr(node, "handlers", ()), *getattr(node, "cases", ()))]
        if any(stores(part) for part in parts if isinstance(part, list)):
            return True
    return False


def first_of_class():
    return ast.Assign([name("__annotations__", ast.Store())], ast.Dict([], []))


def first_of_module():
    """A module may be run in names that are there already."""
    handler = ast.ExceptHandler(None, None, [first_of_class()])
    return ast.Try([ast.Expr(name("__annotations__"))], [handler], [], [])


def name(word, context=None):
    return ast.Name(word, context or ast.Load())


def at(node, new):
    """A new node with the place of an old one."""
    return ast.fix_missing_locations(ast.copy_location(new, node))
