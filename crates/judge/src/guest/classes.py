# What both sides know of classes that are not data themselves. Runs after `kinds.py`.
#
# The candidate's side describes a class once; the tests' side makes one that stands for it. What is derived from a type
# of data crosses as that data, and as a handle beside it.

# Methods that the interpreter calls by itself. Their places here are their bits in a description.
SPECIAL = (
    "__call__ __iter__ __next__ __len__ __getitem__ __setitem__ __delitem__ __contains__ __reversed__ __bool__ __int__"
    " __float__ __complex__ __index__ __abs__ __neg__ __pos__ __invert__ __round__ __trunc__ __floor__ __ceil__"
    " __enter__ __exit__ __str__ __repr__ __format__ __bytes__ __fspath__ __missing__ __await__ __aiter__ __anext__"
    " __aenter__ __aexit__ __lt__ __le__ __gt__ __ge__"
    " __add__ __sub__ __mul__ __matmul__ __truediv__ __floordiv__ __mod__ __divmod__ __pow__ __lshift__ __rshift__"
    " __and__ __xor__ __or__"
    " __radd__ __rsub__ __rmul__ __rmatmul__ __rtruediv__ __rfloordiv__ __rmod__ __rdivmod__ __rpow__ __rlshift__"
    " __rrshift__ __rand__ __rxor__ __ror__"
    " __iadd__ __isub__ __imul__ __imatmul__ __itruediv__ __ifloordiv__ __imod__ __ipow__ __ilshift__ __irshift__"
    " __iand__ __ixor__ __ior__"
).split()
COMPARISONS = ("__lt__", "__le__", "__gt__", "__ge__")
OPERATORS = tuple(SPECIAL[SPECIAL.index("__add__") :])

# How values of a class are compared: by identity; by a method of its own; as a data class, field by field; as a mapping
# or a set of the standard library, item by item; as a wrapper of it, by what it wraps.
BY_IDENTITY, BY_METHOD, BY_FIELDS, AS_MAPPING, AS_SET, AS_WRAPPER = range(6)
# How they are hashed.
HASH_IDENTITY, HASH_NONE, HASH_METHOD = range(3)

# Bits of what else is said of a class: its values iterate over themselves, and may be read ahead; it is a data class with an
# order; it holds what it iterates over; it has items, and cannot be iterated over; the class itself has items.
ITERATES_ITSELF, READS_AHEAD, ORDERED, HOLDS_ITEMS, NOT_ITERABLE, HAS_ITEMS = 1, 2, 4, 8, 16, 32


# Sorts of what the tests' side lends.
FUNCTION, ITERATOR, GENERATOR, OBJECT, CLASS, ERROR = range(6)


class Base:
    """A type of data that classes are derived from: how to read the data off a value, make a value of a class with it,
    and give a value other data, all by the type's own methods."""

    __slots__ = ("module", "name", "read", "make", "renew")

    def __init__(self, module, name, read, make, renew=None):
        self.module = module
        self.name = name
        self.read = read
        self.make = make
        self.renew = renew

    def type(self):
        """The type, or None while nobody has imported its module: then nothing is derived from it."""
        return standard(self.module, self.name)

    def needed(self):
        return type_of(self.module, self.name)


def new(base):
    return lambda kind, data: base.__new__(kind, data)


def new_empty(base, fill):
    def make(kind, data):
        value = base.__new__(kind)
        base.__init__(value)
        fill(value, data)
        return value

    return make


def refill(base, fill):
    def renew(value, data):
        base.clear(value)
        fill(value, data)

    return renew


def fill_dict(value, data):
    for key, item in checked(data, dict).items():
        dict.__setitem__(value, key, item)


def fill_ordered(value, data):
    put = type_of("collections", "OrderedDict").__setitem__
    for key, item in checked(data, list):
        put(value, key, item)


def type_of(module, name):
    return getattr(__import__(module), name)


def read_set(base):
    return lambda value: (list(base.__iter__(value)), table_bits(value))


def fill_set(value, data):
    items, bits = data
    bare = set()
    fill(bare, items, bits)
    set.update(value, bare)


def make_ordered(kind, data):
    return new_empty(type_of("collections", "OrderedDict"), fill_ordered)(kind, data)


def renew_ordered(value, data):
    refill(type_of("collections", "OrderedDict"), fill_ordered)(value, data)


def make_default(kind, data):
    factory, items = data
    value = type_of("collections", "defaultdict").__new__(kind)
    value.default_factory = factory
    fill_dict(value, items)
    return value


def read_default(value):
    return value.default_factory, dict.copy(value)


def make_counter(kind, data):
    value = dict.__new__(kind)
    fill_dict(value, data)
    return value


def make_deque(kind, data):
    limit, items = data
    base = type_of("collections", "deque")
    value = base.__new__(kind)
    base.__init__(value, items, limit)
    return value


def renew_deque(value, data):
    base = type_of("collections", "deque")
    base.clear(value)
    base.extend(value, data[1])


def by_parts(module, name, *parts):
    def read(value):
        base = type_of(module, name)
        return tuple([getattr(base, part).__get__(value) for part in parts])

    return read


def from_parts(module, name):
    return lambda kind, data: type_of(module, name).__new__(kind, *data)


def make_fraction(kind, data):
    value = object.__new__(kind)
    value._numerator, value._denominator = data.numerator, data.denominator
    return value


# Their places here are their names on the wire. What is derived from another stands before it.
BASES = (
    Base("builtins", "int", lambda value: int.__add__(value, 0), new(int)),
    Base("builtins", "float", lambda value: float.__pos__(value), new(float)),
    Base("builtins", "complex", lambda value: complex.__pos__(value), new(complex)),
    Base("builtins", "str", lambda value: str.__str__(value), new(str)),
    Base("builtins", "bytes", lambda value: bytes.__getitem__(value, slice(None)), new(bytes)),
    Base(
        "builtins",
        "bytearray",
        lambda value: bytearray.__getitem__(value, slice(None)),
        new_empty(bytearray, lambda value, data: bytearray.extend(value, data)),
        refill(bytearray, lambda value, data: bytearray.extend(value, data)),
    ),
    Base("builtins", "tuple", lambda value: tuple.__getitem__(value, slice(None)), new(tuple)),
    Base(
        "builtins",
        "list",
        lambda value: list.__getitem__(value, slice(None)),
        new_empty(list, lambda value, data: list.extend(value, data)),
        lambda value, data: list.__setitem__(value, slice(None), data),
    ),
    Base(
        "collections",
        "OrderedDict",
        lambda value: [tuple(pair) for pair in type_of("collections", "OrderedDict").items(value)],
        make_ordered,
        renew_ordered,
    ),
    Base("collections", "defaultdict", read_default, make_default, lambda value, data: renew_mapping(value, data[1])),
    Base("collections", "Counter", lambda value: dict.copy(value), make_counter, refill(dict, fill_dict)),
    Base("builtins", "dict", lambda value: dict.copy(value), make_counter, refill(dict, fill_dict)),
    Base("builtins", "set", read_set(set), new_empty(set, fill_set), refill(set, fill_set)),
    Base("builtins", "frozenset", read_set(frozenset), lambda kind, data: frozenset.__new__(kind, frozen(*data))),
    Base(
        "collections",
        "deque",
        lambda value: (value.maxlen, list(type_of("collections", "deque").__iter__(value))),
        make_deque,
        renew_deque,
    ),
    Base(
        "fractions",
        "Fraction",
        lambda value: type_of("fractions", "Fraction")(value._numerator, value._denominator),
        make_fraction,
    ),
    Base(
        "decimal",
        "Decimal",
        lambda value: type_of("decimal", "Decimal")(value),
        lambda kind, data: type_of("decimal", "Decimal").__new__(kind, data),
    ),
    Base("datetime", "datetime", lambda value: datetime_state(value), lambda kind, data: timed_as(kind, data)),
    Base("datetime", "date", by_parts("datetime", "date", "year", "month", "day"), from_parts("datetime", "date")),
    Base(
        "datetime",
        "timedelta",
        by_parts("datetime", "timedelta", "days", "seconds", "microseconds"),
        from_parts("datetime", "timedelta"),
    ),
    Base("builtins", "BaseException", None, None),
)
ERROR_BASE = len(BASES) - 1


def timed_as(kind, data):
    (year, month, day), (*time, zone, fold) = data
    return type_of("datetime", "datetime").__new__(kind, year, month, day, *time, zone, fold=fold)


def base_of(kind):
    """The number of the type of data that a class is derived from, or None."""
    for number, base in enumerate(BASES):
        found = base.type()
        if found is not None and derives(kind, found) and (kind is not found or number == ERROR_BASE):
            return number
    return None


# Types of handles that a value says it is of, so that `isinstance` finds it: none of them is data.
STANDS_FOR = set(
    "types.GeneratorType types.CoroutineType types.AsyncGeneratorType types.FunctionType types.BuiltinFunctionType"
    " types.MethodType types.ModuleType types.MethodWrapperType types.GenericAlias builtins.zip builtins.map"
    " builtins.filter builtins.enumerate builtins.reversed re.Match functools.partial itertools.chain"
    " itertools.accumulate itertools.batched itertools.combinations itertools.combinations_with_replacement"
    " itertools.compress itertools.count itertools.cycle itertools.dropwhile itertools.filterfalse itertools.groupby"
    " itertools.islice itertools.pairwise itertools.permutations itertools.product itertools.repeat"
    " itertools.starmap itertools.takewhile itertools.zip_longest io.StringIO io.BytesIO io.TextIOWrapper"
    " io.BufferedReader io.BufferedWriter io.BufferedRandom io.FileIO random.Random".split()
)

# Classes of which a value may be said to be an instance, since its class is derived from them or is entered with them.
ABSTRACT = {
    "collections.abc": set(
        "Mapping MutableMapping Sequence MutableSequence Set MutableSet KeysView ItemsView ValuesView Generator"
        " Coroutine AsyncGenerator Awaitable Buffer".split()
    ),
    "numbers": set("Number Complex Real Rational Integral".split()),
    "io": set("IOBase RawIOBase BufferedIOBase TextIOBase".split()),
    "os": {"PathLike"},
    "contextlib": {"AbstractContextManager", "AbstractAsyncContextManager"},
    "enum": set("Enum IntEnum StrEnum Flag IntFlag ReprEnum".split()),
}

def abstract(kind):
    """The abstract classes that a class is derived from or was entered with."""
    found = []
    for module, names in ABSTRACT.items():
        for name in sorted(names):
            one = standard(module, name)
            if one is not None and issubclass(kind, one):
                found.append((module, name))
    return tuple(found)


# Types of functions, by their identity.
FUNCTIONS = set(map(id, (type(len), type(str.upper), type(lambda: None), type(str.__len__))))


def error_state(error):
    """What makes the same exception: what its type is called with, its arguments and attributes, and where it is from."""
    base = next(kind for kind in type(error).__mro__ if type_module(kind) == "builtins")
    try:
        called_with = base.__reduce__(error)[1]
    except Exception:
        called_with = error.args
    return called_with, error.args, error.__dict__, error.__cause__, error.__context__, error.__suppress_context__


def new_error(kind, state):
    """An exception by what it was made with, its arguments and attributes, and where it is from."""
    called_with, args, attributes, cause, context, suppress = checked(state, tuple)
    if not derives(kind, BaseException):
        raise TypeError("an exception of another type")
    base = next(one for one in kind.__mro__ if type_module(one) == "builtins")
    try:
        error = kind.__new__(kind, *called_with)
        base.__init__(error, *called_with)
    except Exception:
        error = BaseException.__new__(kind)
    BaseException.args.__set__(error, args)
    for key, value in checked(attributes, dict).items():
        try:
            object.__setattr__(error, key, value)
        except Exception:
            pass
    BaseException.__cause__.__set__(error, cause)
    BaseException.__context__.__set__(error, context)
    BaseException.__suppress_context__.__set__(error, suppress)
    return error
