# The candidate's side of what the tests lend: something stands here for each function, iterator, object and class, and asks
# the tests' side for what it does. Runs after `objects.py`. Nothing here guards anything: the tests' side does.

from _thread import RLock
from keyword import iskeyword


class Borrower:
    """What the tests have lent in one test, by number."""

    def __init__(self):
        # Sends what is asked, and returns what comes of it or raises that.
        self.send = None
        self.lock = RLock()
        self.begin()

    def begin(self):
        self.epoch = object()
        self.numbers = {}
        self.hashes = {}
        self.values = []

    def ask(self, value, act, args=(), kwargs={}):
        with self.lock:
            if id(value) not in self.numbers:
                raise RuntimeError("it belongs to a test that has ended")
            return self.send(value, act, args, kwargs)

    def encode(self, encoder, number):
        encoder.out += HEAD(b"j", number)

    def decode(self, decoder, tag):
        if tag == 106:  # j
            return (self.values[decoder.count()],)
        self.values.append(None)
        return 74, len(self.values) - 1, [], 1

    def whole(self, number, description):
        made = MAKE[description[0]](self, number, *description[1:])
        self.values[number] = made
        self.numbers[id(made)] = number
        return made

    def refuse(self, value, why):
        """What the program does cannot be judged with what stands here."""
        self.ask(value, "refuse", (why,))


def function(borrower, number, *state):
    made = function_from(lambda args, kwargs: borrower.ask(made, "", args, kwargs), *state)
    return made


def function_from(forward, name, qualified, doc, parameters, annotations):
    """A function that passes its arguments on, with the parameters of the one that it stands for."""
    make = makers.get(parameters)
    if make is None:
        make = makers[parameters] = maker(parameters)
    made = make(forward)
    made.__name__, made.__qualname__, made.__doc__, made.__module__ = name, qualified, doc, "tests"
    if annotations:
        made.__annotations__ = dict(annotations)
    return made


makers = {}


class Missing:
    """The default of a parameter whose own default is the tests'."""

    def __repr__(self):
        return "..."


MISSING = Missing()


def maker(parameters):
    names = [name for name, _, _ in parameters or ()]
    if parameters is None or any(not name.isidentifier() or iskeyword(name) or name[:6] == "mend__" for name in names):
        head, body = "*args, **kwargs", "args, kwargs"
    else:
        head, body = signature(parameters)
    scope = {"MISSING": MISSING, "given": given}
    exec(f"def make(mend__forward):\n def made({head}):\n  return mend__forward({body})\n return made", scope)
    return scope["make"]


def signature(parameters):
    """The parameters of a function as source, and what it passes on."""
    heads, plain, keywords, extra, more = [], [], [], "()", "{}"
    for at, (name, kind, has_default) in enumerate(parameters):
        before = parameters[at - 1][1] if at else None
        if kind > 0 and before == 0:
            heads.append("/")
        if kind == 3 and before not in (2, 3):
            heads.append("*")
        heads.append("*" * (kind == 2) + "**"[: 2 * (kind == 4)] + name + "=MISSING" * has_default)
        if kind < 2:
            plain.append(name)
        elif kind == 3:
            keywords.append(name)
        elif kind == 2:
            extra = name
        else:
            more = name
    if parameters and parameters[-1][1] == 0:
        heads.append("/")
    values = "".join(name + ", " for name in plain)
    if not any(has_default for _, _, has_default in parameters):
        named = "".join(f"{name!r}: {name}, " for name in keywords)
        return ", ".join(heads), f"({values}*{extra},), {{{named}**{more}}}"
    named = "".join(f"{name!r}: {name}, " for name in keywords)
    return ", ".join(heads), f"*given(({values}), {tuple(plain)!r}, {extra}, {{{named}}}, {more})"


def given(values, names, extra, keywords, more):
    """The arguments that a call really gave."""
    kwargs = {name: value for name, value in keywords.items() if value is not MISSING}
    kwargs.update(more)
    for at, value in enumerate(values):
        if value is MISSING:
            later = zip(names[at:], values[at:])
            kwargs.update((name, value) for name, value in later if value is not MISSING)
            return values[:at], kwargs
    return (*values, *extra), kwargs


class Source:
    """A generator of the tests, wherever it stands."""

    __slots__ = ("borrower", "epoch", "number", "__weakref__")

    def __init__(self, borrower, number):
        self.borrower, self.epoch, self.number = borrower, borrower.epoch, number

    def pull(self, act, *args):
        if self.epoch is not self.borrower.epoch:
            if act == "close":
                return None
            raise RuntimeError("it belongs to a test that has ended")
        return self.borrower.ask(self.borrower.values[self.number], act, args)

    def __iter__(self):
        return self

    def __next__(self):
        return self.pull("__next__")

    def send(self, value):
        return self.pull("send", value)

    def throw(self, kind, *more):
        error = more[0] if more and isinstance(more[0], BaseException) else kind
        return self.pull("throw", error)

    def close(self):
        return self.pull("close")


def generator(borrower, number, name, qualified, has_begun):
    source = Source(borrower, number)
    if has_begun:
        return source

    def made():
        return (yield from source)

    made.__name__, made.__qualname__ = name, qualified
    return made()


class Iterated:
    __slots__ = ("borrower", "__weakref__")

    def __iter__(self):
        return self

    def __next__(self):
        return self.borrower.ask(self, "__next__")


iterated = {}


def iterator(borrower, number, name):
    kind = iterated.get(name)
    if kind is None:
        kind = iterated[name] = type(name, (Iterated,), {"__slots__": ()})
    made = kind()
    made.borrower = borrower
    return made


class Borrowed(type):
    """The class of the classes that stand for those of the tests."""

    def __call__(cls, *args, **kwargs):
        if id(cls) not in borrower.numbers:
            borrower.refuse(lent_class(cls), "makes an object of a class of its own that is derived from")
        return borrower.ask(cls, "", args, kwargs)

    def __getattr__(cls, name):
        return attribute(lent_class(cls), type_name(cls), name, "type object '{}' has no attribute '{}'")

    def __setattr__(cls, name, value):
        if name.startswith("_") or id(cls) not in borrower.numbers:
            return type.__setattr__(cls, name, value)
        borrower.ask(cls, "set", (name, value))

    def __delattr__(cls, name):
        borrower.ask(cls, "delete", (name,))


def lent_class(kind):
    """The class of the tests that one is, or is derived from."""
    return next(one for one in kind.__mro__ if id(one) in borrower.numbers)


class BorrowedContainer(Borrowed):
    def __iter__(cls):
        return borrower.ask(cls, "__iter__")

    def __len__(cls):
        return borrower.ask(cls, "__len__")

    def __getitem__(cls, key):
        return borrower.ask(cls, "__getitem__", (key,))

    def __contains__(cls, item):
        return borrower.ask(cls, "__contains__", (item,))


def attribute(value, kind, name, text):
    if not name.startswith("_"):
        return borrower.ask(value, "get", (name,))
    if not isinstance(value, type) or name not in UNASKED:
        borrower.ask(value, "has", (name,))
    raise AttributeError(text.format(kind, name), name=name, obj=value)


# What the interpreter looks for in classes by itself.
UNASKED = {"__abstractmethods__", "__isabstractmethod__"}


def object_attribute(self, name):
    return attribute(self, type_name(type(self)), name, "'{}' object has no attribute '{}'")


def set_object_attribute(self, name, value):
    if name.startswith("_"):
        if name.startswith("__") and isinstance(self, BaseException):
            return object.__setattr__(self, name, value)
        borrower.refuse(self, f"sets `{name}` of")
    borrower.ask(self, "set", (name, value))
    if name == "args" and isinstance(self, BaseException):
        BaseException.args.__set__(self, value)


def delete_object_attribute(self, name):
    if name.startswith("_"):
        borrower.refuse(self, f"deletes `{name}` of")
    borrower.ask(self, "delete", (name,))


def asks(act):
    def method(self, *args, **kwargs):
        return borrower.ask(self, act, args, kwargs)

    method.__name__ = act
    return method


def refused(what):
    def method(self, *args):
        borrower.refuse(self, what)

    return method


def invoked(name, state, owner):
    """A method. That of a class is another one than that of its object where a subclass has its own."""

    def forward(args, kwargs):
        if id(args[0]) in borrower.numbers and getattr(type(args[0]), name, None) is made:
            return borrower.ask(args[0], "invoke", (name, *args[1:]), kwargs)
        return borrower.ask(owner(), "invoke", (name, *args), kwargs)

    made = function_from(forward, *state)
    return made


COMMON = {
    "__slots__": ("__weakref__",),
    "__getattr__": object_attribute,
    "__setattr__": set_object_attribute,
    "__delattr__": delete_object_attribute,
    "__copy__": lambda self: borrower.ask(self, "copy"),
    "__deepcopy__": lambda self, memo: borrower.ask(self, "deepcopy"),
    "__reduce_ex__": refused("pickles"),
    "__dir__": refused("lists the names of"),
    "__dict__": property(refused("asks for `__dict__` of")),
}


def borrowed_class(
    borrower, number, module, qualified, name, doc, bases, base, special, has_no_hash, methods, has_items, abstract_names
):
    own = {"__module__": module, "__qualname__": qualified, "__doc__": doc}
    own.update((one, invoked(one, state, lambda: made)) for one, state in methods)
    own.update((one, asks(one)) for one in special)
    if has_no_hash:
        own["__hash__"] = None
    elif "__hash__" in special:
        own["__hash__"] = hash_as_lent
    elif "__eq__" in special:
        own["__hash__"] = object.__hash__
    parents = [one for one in bases if isinstance(one, Borrowed)]
    is_error = base != "object"
    if not parents:
        own.update(COMMON)
        if is_error:
            del own["__slots__"]
            parents = [builtin_error(base)]
    elif not is_error:
        own["__slots__"] = ()
    sort = BorrowedContainer if has_items else Borrowed
    try:
        made = type.__new__(sort, name, tuple(parents), own)
    except TypeError:
        made = type.__new__(sort, name, (parents[0],), own)
    for abstract_module, abstract_name in abstract_names:
        one = getattr(__import__(abstract_module, None, None, ("",)), abstract_name, None)
        if hasattr(one, "register") and not issubclass(made, one):
            one.register(made)
    return made


def builtin_error(name):
    import builtins

    return getattr(builtins, name)


def borrowed_object(borrower, number, kind, hashed):
    made = object.__new__(kind)
    if hashed is not None:
        borrower.hashes[id(made)] = hashed
    return made


def hash_as_lent(self):
    """The hash that it had when it was lent. Who has none is asked."""
    hashed = borrower.hashes.get(id(self))
    return borrower.ask(self, "__hash__") if hashed is None else hashed


def error(borrower, number, kind, state):
    if isinstance(kind, Borrowed):
        base = next(one for one in kind.__mro__ if not isinstance(one, Borrowed))
        made = base.__new__(kind, *state)
        BaseException.args.__set__(made, state)
        return made
    return new_error(kind, state)


MAKE = {
    FUNCTION: function,
    ITERATOR: iterator,
    GENERATOR: generator,
    OBJECT: borrowed_object,
    CLASS: borrowed_class,
    ERROR: error,
}

borrower = Borrower()
