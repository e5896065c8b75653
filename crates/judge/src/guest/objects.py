# The candidate's side of handles: objects that are no data stay here under a number, and are described by their class.
# Runs after `classes.py`.

import types


class Objects:
    """What this side has given out: objects by number, the first of which is the entry point, and classes."""

    def __init__(self):
        self.begin(None)

    def begin(self, entry):
        """Forgets all but the entry point. Numbers are of one test."""
        self.held = {0: entry}
        self.number_of = {id(entry): 0}
        self.given = 1
        self.classes = []
        self.class_numbers = {}
        borrower.begin()

    def forget(self, numbers):
        for number in numbers:
            value = self.held.pop(number, None)
            self.number_of.pop(id(value), None)

    def hold(self, value):
        number = self.given
        self.given += 1
        self.held[number] = value
        self.number_of[id(value)] = number
        return number

    def mark(self):
        """How many numbers are given out."""
        return self.given, len(self.classes)

    def back_to(self, mark):
        """Takes back what was given out since then: the other side never heard of it."""
        given, classes = mark
        self.forget(range(given, self.given))
        self.given = given
        for kind in self.classes[classes:]:
            del self.class_numbers[id(kind)]
        del self.classes[classes:]

    # The encoder and the decoder ask these for what they do not know.

    def encode(self, encoder, item, kind):
        if borrower.numbers:
            number = borrower.numbers.get(id(item))
            if number is not None:
                return borrower.encode(encoder, number)
        is_class = derives(kind, type)
        if is_class or id(kind) in FUNCTIONS:
            name = named_class(item) if is_class else name_of(item, is_pure)
            if name is not None:
                if encoder.is_met(item):
                    return None
                encoder.number(item)
                encoder.out += b"W" + bytes((NAME_KIND,))
                return iter((name,)), None
            if is_class:
                return self.encode_class(encoder, item)
        number = self.number_of.get(id(item))
        base = base_of(kind)
        if number is not None:
            if base is None or BASES[base].renew is None:
                encoder.out += HEAD(b"h", number)
                return None
            if encoder.is_met(item):
                return None
            number_met = encoder.number(item)
            encoder.open.add(number_met)
            encoder.out += HEAD(b"V", number)
            return iter((BASES[base].read(item),)), number_met
        if base is None:
            self.hold(item)
            encoder.out += b"H"
            return self.encode_class(encoder, kind)
        number = encoder.number(item)
        encoder.open.add(number)
        if base == ERROR_BASE and named_class(kind) is not None:
            encoder.out += b"E"
            return iter((kind, error_state(item))), number
        self.hold(item)
        encoder.out += b"B"
        begun = self.encode_class(encoder, kind)
        data = error_state(item) if base == ERROR_BASE else BASES[base].read(item)
        return chain(begun[0] if begun is not None else (), (data,)), number

    def encode_class(self, encoder, kind):
        number = self.class_numbers.get(id(kind))
        if number is not None:
            encoder.out += HEAD(b"k", number)
            return None
        self.class_numbers[id(kind)] = len(self.classes)
        self.classes.append(kind)
        encoder.out += b"K"
        return iter((describe(kind),)), None

    def decode(self, decoder, tag):
        if tag == 69:  # E
            return tag, (decoder, decoder.number()), [], 2
        if tag in b"jJ":
            return borrower.decode(decoder, tag)
        number = decoder.count()
        if tag == 104:  # h
            return (self.held[number],)
        if tag == 107:  # k
            return (self.classes[number],)
        if tag == 86:  # V
            value = self.held[number]
            decoder.number(value)
            return tag, value, [], 1
        raise ValueError(f"unknown tag {tag}")

    def whole(self, tag, value, items):
        if tag == 86:
            BASES[base_of(type(value))].renew(value, items[0])
            return value
        if tag == 74:
            return borrower.whole(value, items[0])
        decoder, number = value
        decoder.memo[number] = new_error(*items)
        return decoder.memo[number]


def named_class(kind):
    """The name of a class that the tests' side has too, or None."""
    return name_of(kind, has_errors if derives(kind, BaseException) else is_pure)


def is_standard(kind):
    """Whether the standard library holds a class."""
    return type_module(kind).partition(".")[0] in sys.stdlib_module_names


def describe(kind):
    """All that the tests' side is told of a class."""
    base = base_of(kind)
    names = overridden(kind, base)
    compared, fields = comparison(kind, base)
    return (
        type_module(kind),
        qualified_name(kind),
        type_name(kind),
        parents(kind, base),
        -1 if base is None else base,
        sum(1 << SPECIAL_BITS[name] for name in names if name in SPECIAL_BITS),
        tuple(sorted(name for name in names if name not in SPECIAL_BITS and not name.startswith("_"))),
        compared,
        fields,
        hashing(kind, base),
        flags(kind),
        stands_for(kind),
        abstract(kind),
    )


SPECIAL_BITS = {name: bit for bit, name in enumerate(SPECIAL)}


def defined_by(kind):
    """What a class itself defines, whatever it shows."""
    return type.__dict__["__dict__"].__get__(kind)


def parents(kind, base):
    """The program's own classes that a class is derived from, and the type of data."""
    if base == ERROR_BASE:
        return tuple([one for one in kind.__bases__ if derives(one, BaseException)])
    found = [one for one in kind.__bases__ if not is_standard(one)]
    if base is not None:
        data = BASES[base].type()
        if not any(derives(one, data) for one in found):
            found.append(data)
    return tuple(found)


def overridden(kind, base):
    """Special methods of a class; of one that is derived from data, names to which it gives another meaning than those have."""
    data = None if base is None else BASES[base].type()
    names = set()
    # What the data define comes first for whatever stands behind them.
    theirs = set()
    for one in kind.__mro__:
        if one is object:
            break
        if data is not None and derives(data, one):
            theirs.update(defined_by(one))
            continue
        names.update(
            name
            for name in defined_by(one)
            if type(name) is str
            and name not in theirs
            and (name in SPECIAL_BITS or data is not None and hasattr(data, name))
        )
    return {name for name in names if getattr(kind, name, None) is not None}


def defines(kind, name):
    """Whether a class or one that it is derived from, but not `object`, has a method."""
    return any(name in defined_by(one) for one in kind.__mro__ if one is not object)


def owner(kind, name):
    return next(one for one in kind.__mro__ if name in defined_by(one))


def comparison(kind, base):
    """How values of a class are compared, and the fields of a data class."""
    by = owner(kind, "__eq__")
    if by is object or base is not None and by is BASES[base].type() or is_function(kind):
        return BY_IDENTITY, ()
    if by in (standard("collections", "UserDict"), standard("collections", "UserList"), standard("collections", "UserString")):
        return AS_WRAPPER, ()
    if type_module(by) == "collections.abc" or type_module(by) == "_collections_abc":
        return {"Mapping": AS_MAPPING, "Set": AS_SET}.get(type_name(by), BY_METHOD), ()
    if is_generated(by, "__eq__"):
        fields = defined_by(by)["__dataclass_fields__"].values()
        return BY_FIELDS, tuple([field.name for field in fields if field.compare and is_field(field)])
    return BY_METHOD, ()


def is_function(kind):
    """Whether it is a type of functions, which compare with nothing else."""
    return any(kind is getattr(types, name) for name in ("BuiltinMethodType", "MethodType", "MethodWrapperType"))


def is_container(kind):
    """Whether it is a class whose values hold what they iterate over."""
    return type_module(kind) in ("collections", "collections.abc", "_collections_abc")


def is_field(field):
    return field._field_type is sys.modules["dataclasses"]._FIELD


def is_generated(kind, name):
    """Whether a method is the one that a data class is given."""
    own = defined_by(kind)
    code = getattr(own.get(name), "__code__", None)
    return "__dataclass_fields__" in own and getattr(code, "co_filename", None) == "<string>"


def hashing(kind, base):
    by = owner(kind, "__hash__")
    found = defined_by(by)["__hash__"]
    if found is None:
        return HASH_NONE
    return HASH_IDENTITY if by is object or base is not None and by is BASES[base].type() else HASH_METHOD


def flags(kind):
    found = 0
    if is_standard(kind) and defines(kind, "__iter__") and defines(kind, "__next__"):
        found |= ITERATES_ITSELF
        if kind in READ_AHEAD:
            found |= READS_AHEAD
    if defines(kind, "__lt__") and is_generated(owner(kind, "__lt__"), "__lt__"):
        found |= ORDERED
    if defines(kind, "__contains__") and defines(kind, "__iter__") and is_container(owner(kind, "__contains__")):
        found |= HOLDS_ITEMS
    if is_standard(kind) and defines(kind, "__getitem__") and not defines(kind, "__iter__"):
        found |= NOT_ITERABLE
    if defines(type(kind), "__getitem__") and defines(type(kind), "__iter__"):
        found |= HAS_ITEMS
    return found


# Iterators over containers, which run no code of a program.
READ_AHEAD = set(
    map(type, (iter([]), iter(()), iter(""), iter("é"), iter(b""), iter({}), iter({}.values()), iter({}.items())))
) | set(map(type, (iter(set()), iter(range(1)), iter(range(1 << 80)), reversed([]), reversed(range(1)), reversed({}))))


def stands_for(kind):
    """The type of the standard library that a value says it is of, where that type is on the list."""
    for name in STANDS_FOR:
        module, _, attribute = name.partition(".")
        if standard(module, attribute) is kind:
            return name
    return None


# What the tests' side may have done with an object.


def perform(target, act, args, kwargs):
    if act == "":
        return target(*args, **kwargs)
    if act in ACTS:
        return ACTS[act](target, *args)
    return getattr(type(target), act)(target, *args, **kwargs)


def read_ahead(target, most, wants_all, is_used_elsewhere):
    """The next items of an iterator, at most so many: one, if the test does not want all and the program may use it too."""
    if is_used_elsewhere and not wants_all:
        most = 1
    return list(islice(target, most))


def copied(name):
    def copy(target):
        import copy

        return getattr(copy, name)(target)

    return copy


def awaited(target):
    """What a coroutine comes to, in an event loop of this side."""
    import asyncio

    global loop
    if loop is None:
        loop = asyncio.new_event_loop()

    async def outcome():
        return await target

    return loop.run_until_complete(outcome())


loop = None


def claims(target, others):
    """For each of these data what the object says: whether it equals it, is less, is greater. None where it cannot say."""

    def said(compare, other):
        try:
            return bool(compare(target, other))
        except Exception:
            return None

    import operator

    return [tuple([said(compare, other) for compare in (operator.eq, operator.lt, operator.gt)]) for other in others]


def ignores(target, method, name):
    """Whether an object's comparison has no use for values of a builtin type: it says no to one that nobody may look at
    but for its type."""
    base = BUILTINS[name]
    looked = []

    def look(*args, **kwargs):
        looked.append(True)
        return NotImplemented

    def attribute(value, name):
        if name != "__class__":
            looked.append(name)
        return object.__getattribute__(value, name)

    methods = {one: look for one in dir(base) if callable(getattr(base, one)) and one not in UNSEEN}
    hidden = type(name, (base,), {**methods, "__getattribute__": attribute})
    try:
        said = getattr(type(target), method)(target, base.__new__(hidden))
    except Exception:
        return False
    return (said is NotImplemented or said is False and method == "__eq__") and not looked


UNSEEN = set("__class__ __new__ __init__ __init_subclass__ __subclasshook__ __class_getitem__ __getattribute__".split())
BUILTINS = {base.__name__: base for base in (int, float, complex, str, bytes, list, tuple, dict, set, frozenset)}
# Nothing is derived from these types.
BUILTINS.update(bool=int, NoneType=object)

ACTS = {
    "ignores": ignores,
    "get": getattr,
    "set": setattr,
    "delete": delattr,
    "dir": lambda target: list(dir(target)),
    "hash": hash,
    "equals": lambda target, other: bool(target == other),
    "differs": lambda target, other: bool(target != other),
    "itself": lambda target: target,
    "copy": copied("copy"),
    "deepcopy": copied("deepcopy"),
    "ahead": read_ahead,
    "await": awaited,
    "claims": claims,
    # The last message of a test, which compares what both sides hold.
    "settle": lambda target: None,
}
