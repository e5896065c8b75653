"""Programs as Python 3.11 takes them: where a later version disagrees on what one means, the host is told."""

import ast
import io
import re
import sys
import tokenize
import types
import warnings

import wit_world

from mend_annotations import evaluated, holds_annotations
from mend_lacking import LOOKS, lacks

CATCHES = re.compile(
    r"except\s*:|except\b.*\b(Exception|BaseException|RecursionError|RuntimeError|MemoryError|OverflowError|ArithmeticError"
    r"|ValueError|KeyError|LookupError|TypeError|OSError|IOError|EnvironmentError|FileNotFoundError|PermissionError"
    r"|UnsupportedOperation|error)\b|\bsuppress\b|\b__exit__\b"
)


def watch():
    """Tells the host of such an exception as it is raised: the program may catch it, and go on as it would nowhere."""
    tool = sys.monitoring.PROFILER_ID
    if sys.monitoring.get_tool(tool) is None:
        sys.monitoring.use_tool_id(tool, "mend")
        sys.monitoring.register_callback(tool, sys.monitoring.events.RAISE, raised)
        sys.monitoring.set_events(tool, sys.monitoring.events.RAISE)


def raised(code, offset, error):
    look = LOOKS.get(type(error))
    if look is not None:
        look(error)


TYPES = re.compile(r"^\s*type\s+\w+\s*(\[.*\])?\s*=", re.MULTILINE)
PARENTHESES = re.compile(r"^\s*except\s+[^:(\n]*,", re.MULTILINE)
FORMATTED = re.compile(r"(?<![\w\"'])([rR]?[fFtT]|[fFtT][rR])[\"']")
IN_BRACES = re.compile(r"\{[^{}]*[\"'\\#\n]")

# Most programs that annotate anything. The others are found by their code, and compiled twice.
ANNOTATED = re.compile(r"\)\s*->|\bdef\s+\w+\s*\([^)]*:")


def compiled(source, filename, *args, **kwargs):
    """As `compile`. Where versions of Python disagree on what a program means, it is as in 3.11, or else the host is told."""
    if not isinstance(source, (str, bytes)):
        return compile(source, filename, *args, **kwargs)
    text = source if isinstance(source, str) else source.decode("utf-8", "replace")
    try:
        if ANNOTATED.search(text):
            code = evaluated(source, filename, *args, **kwargs)
        else:
            code = compile(source, filename, *args, **kwargs)
            if holds_annotations(code):
                with warnings.catch_warnings():
                    # They were given before.
                    warnings.simplefilter("ignore")
                    code = evaluated(source, filename, *args, **kwargs)
    except (MemoryError, RecursionError) as error:
        # A syntax tree takes more of the stack than code that is compiled at once.
        if ANNOTATED.search(text):
            wit_world.mend_lacks("a deeper stack for the parser")
        lacks(error)
        raise
    except SyntaxError as error:
        if "cannot be used within an annotation" in str(error):
            wit_world.mend_lacks("what an annotation could do before Python 3.14")
        raise
    # The words come first: they are found much faster than the patterns.
    newer = "type " in text and TYPES.search(text) or "except" in text and PARENTHESES.search(text)
    if (newer or has_type_parameters(code)) and parses_anew(text):
        wit_world.mend_lacks("syntax of Python 3.11")
    if "{" in text and FORMATTED.search(text) and IN_BRACES.search(text) and formats_anew(text):
        wit_world.mend_lacks("syntax of Python 3.11")
    if "exec" in text and execs_locals(code):
        wit_world.mend_lacks("variables of functions that `exec` can change")
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


OPTIMIZED = 1


def has_type_parameters(code):
    inner = [value for value in code.co_consts if type(value) is types.CodeType]
    return any(value.co_name.startswith("<generic") or has_type_parameters(value) for value in inner)


def execs_locals(code):
    """Whether a function in there calls `exec`, and asks for its own variables."""
    names, inner = code.co_names, [value for value in code.co_consts if type(value) is types.CodeType]
    asks = code.co_flags & OPTIMIZED and "exec" in names and "locals" in names
    return asks or any(execs_locals(value) for value in inner)
