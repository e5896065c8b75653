"""Programs as Python 3.11 takes them: where a later version disagrees on what one means, the host is told."""

import ast
import builtins
import io
import opcode
import re
import sys
import tokenize
import types

import wit_world

from mend_lacking import OURS, lacks

CATCHES = re.compile(
    r"except\s*:|except\b.*\b(Exception|BaseException|RecursionError|RuntimeError|MemoryError|OverflowError|ArithmeticError"
    r"|ValueError|KeyError|LookupError|TypeError)\b|\bsuppress\b|\b__exit__\b"
)


def watch():
    """Tells the host of such an exception as it is raised: the program may catch it, and go on as it would nowhere."""
    tool = sys.monitoring.PROFILER_ID
    if sys.monitoring.get_tool(tool) is None:
        sys.monitoring.use_tool_id(tool, "mend")
        sys.monitoring.register_callback(tool, sys.monitoring.events.RAISE, raised)
        sys.monitoring.set_events(tool, sys.monitoring.events.RAISE)


def raised(code, offset, error):
    if type(error) in OURS:
        lacks(error)


# Names that the programs of this instance have bound, as far as a look at their code tells.
bound = set(dir(builtins))

NEWER = re.compile(
    r"^\s*(type\s+\w+\s*(\[.*\])?\s*=|((async\s+)?def|class)\s+\w+\s*\[|except\s+[^:(\n]*,)", re.MULTILINE
)
FORMATTED = re.compile(r"(?<![\w\"'])([rR]?[fFtT]|[fFtT][rR])[\"']")
IN_BRACES = re.compile(r"\{[^{}]*[\"'\\#\n]")


def compiled(source, filename, *args, **kwargs):
    """As `compile`. Where versions of Python disagree on what a program means, the host is told."""
    try:
        code = compile(source, filename, *args, **kwargs)
    except (MemoryError, RecursionError) as error:
        lacks(error)
        raise
    if not isinstance(source, (str, bytes)):
        return code
    text = source if isinstance(source, str) else source.decode("utf-8", "replace")
    # The words come first: they are found much faster than the patterns.
    newer = ("type" in text or "except" in text or has_type_parameters(code)) and NEWER.search(text) and parses_anew(text)
    if newer or "{" in text and FORMATTED.search(text) and IN_BRACES.search(text) and formats_anew(text):
        wit_world.mend_lacks("syntax of Python 3.11")
    if "exec" in text and execs_locals(code):
        wit_world.mend_lacks("variables of functions that `exec` can change")
    if not annotated(code, bound):
        wit_world.mend_lacks("annotations that are evaluated at once")
    if any(word in text for word in ("except", "suppress", "__exit__")) and CATCHES.search(text):
        watch()
    return code


def parses_anew(text):
    """Whether a parser of Python 3.11 refuses what this one takes."""
    try:
        ast.parse(text, feature_version=(3, 11))
    except SyntaxError:
        return True
    return False


def formats_anew(text):
    """Whether a formatted string holds what it could not before Python 3.12."""
    quotes = []
    try:
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            if token.type == tokenize.TSTRING_START:
                return True
            if token.type == tokenize.FSTRING_END:
                quotes.pop()
                continue
            held = token.string
            if quotes and token.type != tokenize.FSTRING_MIDDLE:
                if "\\" in held or token.type == tokenize.COMMENT or any(quote in held for quote in quotes):
                    return True
                if "\n" in held and len(quotes[-1]) == 1:
                    return True
            if token.type == tokenize.FSTRING_START:
                quotes.append(held.lstrip("rRfF"))
    except (SyntaxError, tokenize.TokenError):
        pass
    return False


STAR, OPTIMIZED = 2, 1
STORES = {opcode.opmap["STORE_NAME"], opcode.opmap["STORE_GLOBAL"]}
LOADS = {opcode.opmap["LOAD_NAME"], opcode.opmap["LOAD_FROM_DICT_OR_GLOBALS"]}
LOAD_GLOBAL, LOAD_CONST = opcode.opmap["LOAD_GLOBAL"], opcode.opmap["LOAD_CONST"]
EXTENDED_ARG, INTRINSIC = opcode.opmap["EXTENDED_ARG"], opcode.opmap["CALL_INTRINSIC_1"]


def annotated(code, names):
    """Whether annotations use only names that are bound by then. Before Python 3.14 others end the program."""
    late = []
    if not annotated_now(code, names, late):
        return False
    for inner in late:
        if inner.co_name == "__annotate__":
            if not known(inner, names):
                return False
        elif holds_annotations(inner) and not annotated_now(inner, set(names), late):
            return False
    return True


def holds_annotations(code):
    """Whether anything in there is annotated."""
    inner = [value for value in code.co_consts if type(value) is types.CodeType]
    return any(value.co_name == "__annotate__" or holds_annotations(value) for value in inner)


def has_type_parameters(code):
    inner = [value for value in code.co_consts if type(value) is types.CodeType]
    return any(value.co_name.startswith("<generic") or has_type_parameters(value) for value in inner)


def execs_locals(code):
    """Whether a function in there calls `exec`, and asks for its own variables."""
    names, inner = code.co_names, [value for value in code.co_consts if type(value) is types.CodeType]
    asks = code.co_flags & OPTIMIZED and "exec" in names and "locals" in names
    return asks or any(execs_locals(value) for value in inner)


def annotated_now(code, names, late):
    """The same for what runs where it stands. What runs later, or is checked later, is added to `late`."""
    steps = list(operations(code))
    for at, (operation, argument) in enumerate(steps):
        if operation in STORES:
            names.add(code.co_names[argument])
        elif operation == INTRINSIC and argument == STAR:
            names.add("*")
        elif operation == LOAD_CONST and isinstance(code.co_consts[argument], types.CodeType):
            inner = code.co_consts[argument]
            if inner.co_name == "__annotate__":
                # That of a module or a class is stored, and that of a function is a part of it.
                if any(step in STORES for step, _ in steps[at + 1 : at + 4]):
                    late.append(inner)
                elif not known(inner, names):
                    return False
            elif inner.co_flags & OPTIMIZED:
                late.append(inner)
            elif not annotated_now(inner, set(names), late):
                return False
    return True


def known(annotate, names):
    if "*" in names:
        return True
    for operation, argument in operations(annotate):
        if operation in LOADS and annotate.co_names[argument] not in names:
            return False
        if operation == LOAD_GLOBAL and annotate.co_names[argument >> 1] not in names:
            return False
    return True


def operations(code):
    data, high = code.co_code, 0
    for at in range(0, len(data), 2):
        argument = high << 8 | data[at + 1]
        high = argument if data[at] == EXTENDED_ARG else 0
        yield data[at], argument
