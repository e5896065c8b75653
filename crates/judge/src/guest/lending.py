# The tests' side of what it lends: functions, iterators, objects and classes of a test stay here under a number, and the
# candidate's side has something that stands for each. It asks this side while it answers. Runs after `handles.py`.
#
# What may be lent is a closed list, and so is what can be asked of each sort: a function is called, an iterator yields the
# next item, an object of a class that the test defines has its public attributes and the special methods of its class.
# No way leads from there to frames, code, globals or closures. What else a program asks for ends the test as unsupported.

import functools
import operator
import types


class Lender:
    """What this side has lent in one test, by number."""

    def __init__(self):
        self.lent = []
        self.sorts = []
        self.numbers = {}
        # Numbers of those whose description is not whole.
        self.open = set()
        # What a callback has just raised.
        self.raised = None
        # Classes of the statement, of which the program has its own.
        self.stated = set()

    def back_to(self, mark):
        """Takes back what was lent since there were so many: the other side never heard of it."""
        for value in self.lent[mark:]:
            del self.numbers[id(value)]
        del self.lent[mark:], self.sorts[mark:]

    def encode(self, encoder, item, kind):
        number = self.numbers.get(id(item))
        if number is not None:
            if number in self.open:
                raise CannotBeTested("a test passes an exception that holds itself")
            encoder.out += HEAD(b"j", number)
            return None
        sort, state = self.describe(item, kind)
        number = self.numbers[id(item)] = len(self.lent)
        self.lent.append(item)
        self.sorts.append(sort)
        encoder.out += b"J"
        return self.described(number, (sort, *state)), None

    def described(self, number, description):
        self.open.add(number)
        yield description
        self.open.discard(number)

    def describe(self, item, kind):
        """The sort of something, and all that the other side is told of it."""
        if kind is types.FunctionType and not item.__code__.co_flags & ASYNCHRONOUS:
            return FUNCTION, function_state(item, item.__code__)
        if kind is types.MethodType and is_own_function(item.__func__) and not item.__code__.co_flags & ASYNCHRONOUS:
            return FUNCTION, function_state(item, item.__func__.__code__, 1)
        if id(kind) in CALLABLES:
            name = getattr(item, "__name__", kind.__name__)
            if name.startswith("__") and name not in SPECIAL:
                raise CannotBeTested(f"a test passes `{name}` to the candidate")
            return FUNCTION, (name, getattr(item, "__qualname__", name), text_or_none(item.__doc__), None, ())
        if kind is types.GeneratorType:
            return GENERATOR, (item.__name__, item.__qualname__, item.gi_suspended)
        if issubclass(kind, type):
            if is_own(item) and self.can_be_lent(item):
                return CLASS, class_state_of(item)
        elif issubclass(kind, BaseException):
            if is_own(kind) and self.can_be_lent(kind):
                return ERROR, (kind, item.args)
            if item is self.raised and name_of(kind, any_name) is not None:
                called_with, args, attributes, *_ = error_state(item)
                return ERROR, (kind, (called_with, args, attributes, None, None, False))
        elif is_own(kind):
            if self.can_be_lent(kind):
                return OBJECT, (kind, hash_of(item))
        elif hasattr(kind, "__next__") and type_module(kind) in ITERATED:
            return ITERATOR, (type_name(kind),)
        raise CannotBeTested(f"a test passes a value of type {kind.__qualname__} to the candidate")

    def can_be_lent(self, kind):
        """Whether objects of a class offer nothing but what the test or a harmless class defines, and are no data."""
        base = base_of(kind)
        if base is not None and base != ERROR_BASE:
            return False
        return all(
            is_own(one) and id(one) not in self.stated or type_module(one) in HARMLESS and not issubclass(one, type)
            for one in kind.__mro__
        )

    def perform(self, target, act, args, kwargs):
        """What the candidate's side asks of something that was lent."""
        number = self.numbers.get(id(target))
        if number is None:
            raise Malformed("it asks for something of what no test lent")
        sort = self.sorts[number]
        if act == "refuse":
            raise CannotBeTested(f"the program {str(args[0])[:80] if args else ''} what a test lends")
        if act == "" and sort in (FUNCTION, CLASS):
            return target(*args, **kwargs)
        if act in PULLED and sort in (GENERATOR, ITERATOR):
            if sort == GENERATOR or act == "__next__":
                return getattr(type(target), act)(target, *args)
        if act == "because" and sort != ERROR:
            raise Malformed("it says why something was raised that is no exception")
        if sort in (OBJECT, CLASS, ERROR):
            if act in ACCESS:
                return ACCESS[act](target, *args, **kwargs)
            if sort != CLASS and act in OFFERED and is_defined(type(target), act):
                return getattr(type(target), act)(target, *args, **kwargs)
            if sort == CLASS and act in ITEMS and is_defined(type(target), act):
                return getattr(type(target), act)(target, *args)
        raise Malformed("it asks for something that is not lent")


def hash_of(item):
    """The hash that an object's class gives it, which is wanted where it is a key; None if it gives none."""
    try:
        return hash(item) if is_defined(type(item), "__hash__") else None
    except Exception:
        return None


def is_own(kind):
    """Whether a test defines a class."""
    return type_module(kind) == "tests"


def is_own_function(function):
    return type(function) is types.FunctionType and function.__globals__.get("__name__") == "tests"


# Bits of the code of a coroutine, one that is made of a generator, and an asynchronous generator.
ASYNCHRONOUS = 0x80 | 0x100 | 0x200
# Types of which values can be called, and nothing else is lent of them.
CALLABLES = set(
    map(
        id,
        (
            types.BuiltinFunctionType,
            types.MethodWrapperType,
            functools.partial,
            type(functools.lru_cache(is_own)),
            operator.itemgetter,
            operator.attrgetter,
            operator.methodcaller,
        ),
    )
)
# Modules of the iterators that are lent.
ITERATED = {"builtins", "itertools", "collections", "_collections"}
# Modules of the classes that a class of a test may be derived from.
HARMLESS = set("builtins abc typing enum collections collections.abc _collections_abc contextlib numbers".split())
PULLED = {"__next__", "send", "throw", "close"}
ITEMS = {"__iter__", "__len__", "__getitem__", "__contains__"}


def function_state(function, code, bound=0):
    """Name, documentation and parameters of a function: of each its name, its kind, and whether it has a default."""
    names = code.co_varnames
    count = code.co_argcount
    defaults = len(function.__defaults__ or ())
    more = getattr(function, "__kwdefaults__", None) or {}
    found = [
        (name, 0 if at < code.co_posonlyargcount else 1, at >= count - defaults) for at, name in enumerate(names[:count])
    ]
    after = count + code.co_kwonlyargcount
    if code.co_flags & 4:
        found.append((names[after], 2, False))
    found += [(name, 3, name in more) for name in names[count:after]]
    if code.co_flags & 8:
        found.append((names[after + (code.co_flags >> 2 & 1)], 4, False))
    if bound and (not found or found[0][1] > 1):
        bound = 0
    doc = text_or_none(function.__doc__)
    return function.__name__, function.__qualname__, doc, tuple(found[bound:]), annotations_of(function)


def text_or_none(value):
    return value if type(value) is str else None


def annotations_of(function):
    """Annotations as pairs, where all of them are texts or types that the other side knows by their names."""
    try:
        found = tuple(function.__annotations__.items())
    except Exception:
        return ()
    simple = all(
        value is None or type(value) is str or type(value) is type and name_of(value, is_pure) is not None
        for _, value in found
    )
    return found if simple else ()


def is_defined(kind, name):
    """Whether a class that is not the interpreter's own gives a special method of this name to a class."""
    for one in kind.__mro__:
        if one is object or type_module(one) == "builtins":
            return False
        if name in type.__dict__["__dict__"].__get__(one):
            return True
    return False


def class_state_of(kind):
    """All that the other side is told of a class."""
    own = type.__dict__["__dict__"].__get__(kind)
    methods = [
        (name, function_state(value, value.__code__))
        for name, value in own.items()
        if type(value) is types.FunctionType and not name.startswith("_")
    ]
    meta = type(kind)
    return (
        type_module(kind),
        qualified_name(kind),
        type_name(kind),
        text_or_none(kind.__doc__),
        tuple([one for one in kind.__bases__ if is_own(one)]),
        next(type_name(one) for one in kind.__mro__ if type_module(one) == "builtins"),
        tuple([name for name in OFFERED_ORDER if is_defined(kind, name) and getattr(kind, name, None) is not None]),
        kind.__hash__ is None,
        tuple(methods),
        all(is_defined(meta, name) for name in ITEMS),
        abstract(kind),
    )


OFFERED_ORDER = (*SPECIAL, "__eq__", "__ne__", "__hash__")
OFFERED = set(OFFERED_ORDER)


def public(name):
    if type(name) is not str or name.startswith("_"):
        raise Malformed("it asks for a name that is not public")
    return name


def get(target, name):
    return getattr(target, public(name))


def put(target, name, value):
    keeps_its_own(target, name)
    setattr(target, public(name), value)


def delete(target, name):
    keeps_its_own(target, name)
    delattr(target, public(name))


def keeps_its_own(target, name):
    """What a test's own class does is the test's word: a program that changes it is not judged by it."""
    if isinstance(target, type):
        raise CannotBeTested("the program changes a class of a test")
    for kind in type(target).__mro__:
        found = type.__dict__["__dict__"].__get__(kind).get(name)
        if type(found) in (types.FunctionType, classmethod, staticmethod):
            raise CannotBeTested("the program changes a method of a test's object")


def invoke(target, name, /, *args, **kwargs):
    return getattr(target, public(name))(*args, **kwargs)


def because(target, cause):
    """What an exception that the program raises anew was raised from."""
    target.__cause__ = checked_error(cause)


def checked_error(value):
    if not isinstance(value, BaseException):
        raise Malformed("the cause of an exception is none")
    return value


def has_attribute(target, name):
    """Whether something has an attribute of a name that is not public. Then nobody can say what becomes of the test."""
    if hasattr(target, checked(name, str)):
        raise CannotBeTested(f"the program asks for `{name[:80]}` of what a test lends")
    return False


def copied_here(name):
    def copy(target):
        import copy

        return getattr(copy, name)(target)

    return copy


ACCESS = {
    "get": get,
    "set": put,
    "delete": delete,
    "invoke": invoke,
    "because": because,
    "has": has_attribute,
    "copy": copied_here("copy"),
    "deepcopy": copied_here("deepcopy"),
}
