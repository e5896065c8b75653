# What instruments have in common: looks into a running program, in one interpreter with it, as a program of their own. No
# verdict hangs on any of it, so that nothing here need be safe from the program: what comes of it is the program's word.
# Runs before the instrument, which ends by `main`.

import binascii
import builtins
import json
import os
import sys
import types

# What the program puts in their place later does not reach this code.
globals().update((name, value) for name, value in vars(builtins).items() if not name.startswith("__"))

write, leave, getpid = os.write, os._exit, os.getpid
loads, quoted = json.loads, json.encoder.encode_basestring_ascii

# An interpreter of a later version compiles programs as 3.11 does, and says what it cannot do.
compiled = getattr(sys.modules.get("mend_versions"), "compiled", compile)


def asked(data):
    """What the host wants to be looked at."""
    return loads(binascii.a2b_base64(data))


def dumps(value):
    """Plain data as JSON, also where the program has broken the module that does this."""
    kind = type(value)
    if value is None:
        return "null"
    if kind is str:
        return quoted(value.encode("utf-8", "backslashreplace").decode())
    if kind is dict:
        return "{" + ",".join([dumps(key) + ":" + dumps(item) for key, item in value.items()]) + "}"
    if kind in (list, tuple):
        return "[" + ",".join([dumps(item) for item in value]) + "]"
    return repr(value)


class Host:
    """Where the host reads, line by line. What the program prints goes elsewhere."""

    def __init__(self):
        self.descriptor = os.dup(1)
        self.pid = getpid()
        nowhere = os.open("/dev/null", os.O_WRONLY)
        os.dup2(nowhere, 1)
        os.close(nowhere)

    def tell(self, value):
        # A child of the program has nothing to say.
        if getpid() != self.pid:
            return
        view = memoryview(b"\n" + dumps(value).encode() + b"\n")
        while view:
            view = view[write(self.descriptor, view) :]


def statement_code(text):
    """The code of a statement, or None if it is no Python. It may end where a function begins."""
    for end in ("", "\n" + " " * 40 + "pass\n"):
        try:
            return compiled(text + end, "statement.py", "exec", dont_inherit=True)
        except SyntaxError:
            pass
    return None


def seed(*sources):
    if any("random" in source for source in sources):
        import random

        random.seed(0)


# Of a class, whatever its metaclass does.
names_of = vars(type)["__dict__"].__get__
name_of = vars(type)["__name__"].__get__
bases_of = vars(type)["__mro__"].__get__
arguments_of = vars(BaseException)["args"].__get__

ATOMS = (int, float, complex, bool, str, bytes, type(None), type(Ellipsis), type(NotImplemented))
FUNCTIONS = (types.FunctionType, types.BuiltinFunctionType, types.MethodType, types.LambdaType)
GETTERS = (types.GetSetDescriptorType, types.MemberDescriptorType)
# Those of them whose text their own C code makes.
PLAIN = {
    "datetime": ("date", "datetime", "time", "timedelta", "timezone"),
    "decimal": ("Decimal",),
    "fractions": ("Fraction",),
    "array": ("array",),
}


class Full(Exception):
    """A text has as many characters as anybody looks at."""


class Text:
    """A `repr` without the program's own code, which costs no more than what is looked at of it."""

    DEEPEST = 30

    def __init__(self, room):
        self.parts = []
        self.room = room
        self.open = []

    def add(self, text):
        self.parts.append(text[: self.room])
        self.room -= len(text)
        if self.room < 0:
            raise Full

    def items(self, before, values, after, value, is_mapping=False):
        if any(value is known for known in self.open) or len(self.open) == self.DEEPEST:
            self.add(before + "..." + after)
            return
        self.open.append(value)
        self.add(before)
        first = True
        for item in values:
            if not first:
                self.add(", ")
            first = False
            if is_mapping:
                self.value(item[0])
                self.add(": ")
                item = item[1]
            self.value(item)
        self.add(after)
        self.open.pop()

    def value(self, value):
        kind = type(value)
        if kind is int and value.bit_length() > 4 * self.room + 100:
            self.add(f"<an integer of {value.bit_length()} bits>")
        elif kind in (str, bytes):
            self.add(repr(value[: self.room + 1]))
        elif kind in ATOMS:
            self.add(repr(value))
        elif kind is bytearray:
            self.add(repr(value[: self.room + 1]))
        elif kind is range:
            self.add(repr(value))
        elif kind is Field:
            self.add(value.name + "=")
            self.value(value.held)
        elif kind in FUNCTIONS:
            self.add(f"<function {value.__name__}>")
        elif type in bases_of(kind):
            self.add(f"<class {name_of(value)}>")
        else:
            self.container(value, kind, bases_of(kind))

    def container(self, value, kind, bases):
        name = name_of(kind)
        own = () if kind in (list, tuple, dict, set, frozenset) else (name,)
        before, after = (name + "(", ")") if own else ("", "")
        if list in bases:
            self.items(before + "[", list.__iter__(value), "]" + after, value)
        elif tuple in bases and "_fields" in names_of(kind):
            self.fields(name, zip(names_of(kind)["_fields"], tuple.__iter__(value)), value)
        elif tuple in bases:
            end = ",)" if tuple.__len__(value) == 1 else ")"
            self.items(before + "(", tuple.__iter__(value), end + after, value)
        elif dict in bases:
            ordered = standard("collections", "OrderedDict")
            items = ordered.items(value) if ordered in bases else dict.items(value)
            self.items(before + "{", items, "}" + after, value, True)
        elif set in bases:
            if not set.__len__(value):
                self.add(name + "()")
            else:
                self.items(before + "{", set.__iter__(value), "}" + after, value)
        elif frozenset in bases:
            if not frozenset.__len__(value):
                self.add(name + "()")
            else:
                self.items("frozenset({", frozenset.__iter__(value), "})", value)
        elif int in bases or str in bases or float in bases:
            member = self.attributes(value, bases).get("_name_")
            base = int if int in bases else str if str in bases else float
            self.add(f"{name}.{member}" if type(member) is str else f"{name}({base.__repr__(value)})")
        elif BaseException in bases:
            self.items(name + "(", tuple.__iter__(arguments_of(value)), ")", value)
        elif kind is standard("collections", "deque"):
            self.items("deque([", list(value), "])", value)
        elif name in PLAIN.get(module_of(kind), ()):
            self.add(repr(value))
        elif module_of(kind) in ("__main__", "candidate"):
            attributes = self.attributes(value, bases)
            member = attributes.get("_name_")
            if "_value_" in attributes and type(member) is str:
                self.add(f"{name}.{member}")
            else:
                self.fields(name, attributes.items(), value)
        else:
            self.add(f"<{name}>")

    def fields(self, name, pairs, value):
        self.items(name + "(", [Field(*pair) for pair in pairs], ")", value)

    def attributes(self, value, bases):
        """What an instance holds, without a question to its class."""
        found = {}
        for base in reversed(bases):
            for name, getter in names_of(base).items():
                if type(getter) not in GETTERS or type(name) is not str:
                    continue
                try:
                    if name == "__dict__":
                        held = getter.__get__(value)
                        if type(held) is dict:
                            found.update((key, item) for key, item in held.items() if type(key) is str)
                    elif type(getter) is types.MemberDescriptorType and not name.startswith("__"):
                        found[name] = getter.__get__(value)
                except Exception:
                    pass
        return found


class Field:
    """An attribute of an object, among what a text shows."""

    def __init__(self, name, value):
        self.name, self.held = name, value


def module_of(kind):
    module = names_of(kind).get("__module__")
    if module is None and type(kind) is type:
        module = kind.__module__
    return module if type(module) is str else ""


def standard(module, name):
    """A class of a standard module, or None while nobody has imported it: then no value has that type."""
    return getattr(sys.modules.get(module), name, None)


def shown(value, room):
    """A value as text, and whether that is all of it."""
    text = Text(room)
    try:
        text.value(value)
        return "".join(text.parts), True
    except Full:
        return "".join(text.parts), False
    except RecursionError:
        return "<nested too deep>", False
    except Exception:
        return "<a value that cannot be shown>", True


def cut(text, room):
    return text if len(text) <= room else text[: room - 3] + "..."


def said(error):
    """An exception's name and words, without its own code."""
    try:
        arguments = arguments_of(error)
        name, text = name_of(type(error)), ""
        if len(arguments) == 1:
            is_plain = type(arguments[0]) is str and type(error) is not KeyError
            text = arguments[0] if is_plain else shown(arguments[0], 200)[0]
        elif arguments:
            text = shown(arguments, 200)[0]
        return cut(f"{name}: {text}" if text else name, 200)
    except Exception:
        return "Exception"
