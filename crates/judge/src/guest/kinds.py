# Values of the standard library that are data: a closed table. Runs after `wire.py`.
#
# Each kind has the state of a value as builtin data, and makes a value from it. A state of None says that this value is
# no data, since a part of it is none.

import gc


class Kind:
    __slots__ = ("module", "name", "state", "make")

    def __init__(self, module, name, state, make):
        self.module = module
        self.name = name
        self.state = state
        self.make = make


def checked(value, *kinds):
    """The value, if it is exactly of one of these types."""
    if type(value) not in kinds:
        raise TypeError(f"a part of type {type(value).__name__}")
    return value


def zone_is_data(value):
    return value.tzinfo is None or type(value.tzinfo) is standard("datetime", "timezone")


def date_state(value):
    return value.year, value.month, value.day


def time_state(value):
    if not zone_is_data(value):
        return None
    return value.hour, value.minute, value.second, value.microsecond, value.tzinfo, value.fold


def datetime_state(value):
    rest = time_state(value)
    return None if rest is None else (date_state(value), rest)


def timed(make, state):
    *parts, zone, fold = state
    return make(*parts, zone, fold=fold)


def pattern_state(value):
    return (value.pattern, value.flags) if type(value.pattern) in (str, bytes) else None


def pattern_from(kind, state):
    import re

    pattern, flags = state
    # What a text pattern has anyway may not be asked of one of bytes, nor twice.
    return re.compile(checked(pattern, str, bytes), checked(flags, int) & ~re.UNICODE.value)


def memory_state(value):
    if value.format != "B" or value.ndim != 1 or not value.contiguous:
        return None
    return value.tobytes() if value.readonly else bytearray(value)


def behind(value):
    """What a view shows."""
    found = gc.get_referents(value)
    return found[0] if len(found) == 1 and isinstance(found[0], dict) else None


def viewed(show):
    return lambda kind, state: show(state)


def by_call(kind, state):
    return kind(state)


def array_from(kind, state):
    typecode, data = state
    made = kind(checked(typecode, str))
    made.frombytes(data)
    return made


def namespace_from(kind, state):
    made = kind()
    # Not by keyword: a name need not be a text.
    made.__dict__.update(state)
    return made


def user_from(kind, state):
    made = kind.__new__(kind)
    made.data = state
    return made


def chain_from(kind, state):
    return kind(*checked(state, list))


def field_state(value):
    return value.name


def field_from(kind, state):
    import dataclasses

    made = dataclasses.field()
    made.name, made.type, made._field_type = checked(state, str), object, dataclasses._FIELD
    return made


def plain(*names):
    return lambda value: tuple([getattr(value, name) for name in names])


# Their places here are their names on the wire.
KINDS = (
    Kind("datetime", "date", date_state, lambda kind, state: kind(*state)),
    Kind("datetime", "time", time_state, lambda kind, state: timed(kind, state)),
    Kind("datetime", "datetime", datetime_state, lambda kind, state: timed(kind, (*state[0], *state[1]))),
    Kind("datetime", "timedelta", plain("days", "seconds", "microseconds"), lambda kind, state: kind(*state)),
    Kind("datetime", "timezone", lambda value: value.__getinitargs__(), lambda kind, state: kind(*state)),
    Kind("uuid", "UUID", lambda value: value.int, lambda kind, state: kind(int=state)),
    Kind("pathlib", "PosixPath", str, by_call),
    Kind("pathlib", "PurePosixPath", str, by_call),
    Kind("pathlib", "PureWindowsPath", str, by_call),
    Kind("ipaddress", "IPv4Address", int, by_call),
    Kind("ipaddress", "IPv6Address", str, by_call),
    Kind("ipaddress", "IPv4Network", str, by_call),
    Kind("ipaddress", "IPv6Network", str, by_call),
    Kind("ipaddress", "IPv4Interface", str, by_call),
    Kind("ipaddress", "IPv6Interface", str, by_call),
    Kind("array", "array", lambda value: (value.typecode, value.tobytes()), array_from),
    Kind("builtins", "slice", plain("start", "stop", "step"), lambda kind, state: kind(*state)),
    Kind("builtins", "ellipsis", lambda value: (), lambda kind, state: ...),
    Kind("builtins", "NotImplementedType", lambda value: (), lambda kind, state: NotImplemented),
    Kind("re", "Pattern", pattern_state, pattern_from),
    Kind("builtins", "memoryview", memory_state, by_call),
    Kind("builtins", "mappingproxy", behind, by_call),
    Kind("builtins", "dict_keys", behind, viewed(lambda shown: shown.keys())),
    Kind("builtins", "dict_values", behind, viewed(lambda shown: shown.values())),
    Kind("builtins", "dict_items", behind, viewed(lambda shown: shown.items())),
    Kind("builtins", "odict_keys", behind, viewed(lambda shown: shown.keys())),
    Kind("builtins", "odict_values", behind, viewed(lambda shown: shown.values())),
    Kind("builtins", "odict_items", behind, viewed(lambda shown: shown.items())),
    Kind("types", "SimpleNamespace", lambda value: value.__dict__, namespace_from),
    Kind("collections", "UserDict", lambda value: value.data, user_from),
    Kind("collections", "UserList", lambda value: value.data, user_from),
    Kind("collections", "UserString", lambda value: value.data, user_from),
    Kind("collections", "ChainMap", lambda value: value.maps, chain_from),
    Kind("time", "struct_time", lambda value: value.__reduce__()[1], lambda kind, state: kind(*state)),
    Kind("dataclasses", "Field", field_state, field_from),
)

# Types that no module holds under their name.
NAMELESS = {
    "ellipsis": type(...),
    "NotImplementedType": type(NotImplemented),
    "mappingproxy": type(type.__dict__),
    "dict_keys": type({}.keys()),
    "dict_values": type({}.values()),
    "dict_items": type({}.items()),
}

# What follows the table: tuples whose fields have names, the classes of such tuples, functions and types that are known
# by their names, exceptions, and modules.
TUPLE_KIND = len(KINDS)
TUPLE_CLASS = TUPLE_KIND + 1
NAME_KIND = TUPLE_KIND + 2

BY_NAME = {kind.name: code for code, kind in enumerate(KINDS)}
# What was found of a type, by its identity; the type is kept so that it stays the only one.
known_kinds = {}


def type_of_kind(code):
    """The type of a kind. Its module is imported if need be."""
    kind = KINDS[code]
    if kind.name in NAMELESS:
        return NAMELESS[kind.name]
    if kind.name.startswith("odict_"):
        import collections

        return type(getattr(collections.OrderedDict(), kind.name[6:])())
    return getattr(__import__(kind.module), kind.name)


def kind_of(kind):
    """The number of a value's kind and what makes its state, if its type is one of these."""
    found = known_kinds.get(id(kind))
    if found is None:
        found = known_kinds[id(kind)] = kind, look_up(kind)
    return found[1]


def look_up(kind):
    name = type_name(kind)
    code = BY_NAME.get(name)
    if code is not None and KINDS[code].module in sys.modules and type_of_kind(code) is kind:
        return code, KINDS[code].state
    if is_named_tuple(kind):
        return TUPLE_KIND, lambda value: (*class_state(kind), tuple(value))
    if derives(kind, type):
        return TUPLE_CLASS, lambda value: class_state(value) if is_named_tuple(value) else None
    return None


def kind_from(code, state, target):
    """The value of this state: `target` with a new state, if there is one."""
    if code == TUPLE_KIND:
        name, fields, defaults, values = state
        return tuple.__new__(tuple_class(name, fields, defaults), checked(values, tuple))
    if code == TUPLE_CLASS:
        return tuple_class(*state)
    if code == NAME_KIND:
        return from_name(*state)
    made = KINDS[code].make(type_of_kind(code), state)
    if target is None:
        return made
    if type(target) is not type(made):
        raise TypeError("an argument has become another type")
    name = KINDS[code].name
    if name == "array":
        target[:] = made
    elif name.startswith("User"):
        target.data = state
    elif name == "ChainMap":
        target.maps = state
    elif name == "SimpleNamespace":
        renew_mapping(target.__dict__, state)
    return target


# Names as the interpreter keeps them: a class, or its own class, can show others.
type_name = type.__dict__["__name__"].__get__
qualified_name = type.__dict__["__qualname__"].__get__


def type_module(kind):
    module = type.__dict__["__module__"].__get__(kind)
    return module if type(module) is str else ""


# Classes of tuples whose fields have names, by name and fields: those of this side's own, and those that stand for
# such of the other side.
tuple_classes = {}

# What every such class has.
GENERATED = set(
    "__doc__ __slots__ __getnewargs__ __match_args__ __module__ __new__ __repr__ _asdict _field_defaults _fields _make"
    " _replace __annotations__ __orig_bases__ __replace__ __annotate__ __annotate_func__ __annotations_cache__"
    " __firstlineno__ __static_attributes__ _field_types".split()
)


def is_named_tuple(kind):
    """Whether a class is a tuple with names for its fields, and no more."""
    own = type.__dict__["__dict__"].__get__(kind)
    if kind.__bases__ != (tuple,) or type(own.get("_fields")) is not tuple or "_field_defaults" not in own:
        return False
    return GENERATED.issuperset(own.keys() - set(own["_fields"]))


def class_state(kind):
    key = (type_name(kind), kind._fields)
    tuple_classes.setdefault(key, kind)
    return (*key, tuple(kind._field_defaults.items()))


def tuple_class(name, fields, defaults):
    key = (checked(name, str), checked(fields, tuple))
    if key not in tuple_classes:
        from collections import namedtuple

        made = namedtuple("Tuple", fields)
        made.__name__ = made.__qualname__ = name
        made.__module__ = "__main__"
        made._field_defaults = dict(defaults)
        made.__new__.__defaults__ = tuple(made._field_defaults.values()) or None
        tuple_classes[key] = made
    return tuple_classes[key]


# Modules whose functions and types the tests' side takes by their names: they compute, and do nothing else.
PURE = set(
    "builtins math cmath operator _operator collections _collections itertools functools _functools string datetime"
    " decimal _decimal fractions statistics heapq _heapq bisect _bisect numbers abc types typing re collections.abc"
    " copy enum dataclasses textwrap unicodedata".split()
)
IMPURE = set(
    "__import__ breakpoint compile delattr eval exec exit globals help input locals open print quit setattr vars"
    " FunctionType CodeType".split()
)
# Modules whose exceptions it takes by their names.
WITH_ERRORS = PURE | set(
    "_csv _pickle _queue _sqlite3 _struct argparse asyncio.exceptions binascii calendar concurrent.futures._base"
    " configparser email.errors getopt graphlib http.client io ipaddress json.decoder lzma pickle queue shutil socket"
    " sqlite3 ssl struct subprocess tarfile threading tokenize unittest.case urllib.error uuid xml.parsers.expat"
    " xml.etree.ElementTree zipfile zlib".split()
)


def is_pure(module, name):
    return module in PURE and name.partition(".")[0] not in IMPURE


def has_errors(module, name):
    return module in WITH_ERRORS


def any_name(module, name):
    return module.partition(".")[0] in sys.stdlib_module_names


def derives(kind, base):
    """Whether a class is derived from another, as the interpreter sees it: its own class has no word in it."""
    return type.__subclasscheck__(base, kind)


def name_of(value, allows):
    """Where the standard library holds a function or a type under its own name, if it does and that is allowed."""
    if derives(type(value), type):
        module, name = type_module(value), qualified_name(value)
    else:
        name = value.__qualname__
        owner = getattr(value, "__objclass__", getattr(value, "__self__", None))
        module = type_module(owner) if type(owner) is type else value.__module__
    if type(module) is not str or type(name) is not str or not allows(module, name):
        return None
    try:
        return (module, name) if held(module, name) is value else None
    except Exception:
        return None


def held(module, name):
    found = sys.modules[module]
    for part in name.split("."):
        found = getattr(found, part)
    return found


# Whether this side takes any name that the other gives.
trusts = False


def from_name(module, name):
    if not trusts and not is_pure(module, name) and not has_errors(module, name) or not any_name(module, name):
        raise ValueError(f"{module}.{name} does not cross")
    __import__(module)
    found = held(module, name)
    if not trusts and not is_pure(module, name) and not (type(found) is type and derives(found, BaseException)):
        raise ValueError(f"{module}.{name} does not cross")
    return found
