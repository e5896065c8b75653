# The tests' side of handles: what stands here for objects and classes of the candidate's side, and what it does. Runs after
# `classes.py`.
#
# A handle answers only by further calls, each of which yields data or handles. It equals nothing but itself: what is
# compared is compared here, on data. Where an outcome hung on the candidate's word, or on an equality of its own that
# nobody here can see, that is a doubt: a test that passes with one is not proven, and one that fails may be in the right.

from collections import deque


class Gone(BaseException):
    """The candidate's side ended; the host knows why."""


class CannotBeTested(BaseException):
    """A test passes something that cannot cross. That is the problem's nature, not the candidate's fault."""


class Unproven(BaseException):
    """A test asks of a value what cannot be known here."""


class Malformed(BaseException):
    """An answer of the candidate's side makes no value."""


class Doubts:
    """What a test's outcome hung on beside data."""

    def __init__(self):
        self.words = []
        self.refused = []

    def word(self, text):
        if len(self.words) < 100:
            self.words.append(text)

    def refuse(self, handle, text, other=None, method=None):
        """A comparison whose outcome here may be another than there. `other` is what the handle was compared with."""
        if len(self.refused) < 100:
            self.refused.append((handle, text, type(other).__name__, method))


class Info:
    """What is known of a class: its number, the type of data that it is derived from, how it is compared and so on."""

    __slots__ = ("number", "base", "compared", "fields", "flags", "stands_for", "enumerations")

    def __init__(self, number, base, compared, fields, flags, stands_for):
        self.number = number
        self.base = base
        self.compared = compared
        self.fields = fields
        self.flags = flags
        self.stands_for = stands_for
        # Classes of enumerations that it is derived from: what stands for it cannot be.
        self.enumerations = ()


def own(handle):
    """A handle's own attributes: its number, and what was read ahead of it."""
    return object.__getattribute__(handle, "_mend")


def info(handle):
    return type.__getattribute__(type(handle), "_mend_info")


def is_handle(value):
    return issubclass(type(type(value)), Foreign)


def called(handle):
    return type_name(type(handle))


class Foreign(type):
    """The class of the classes that stand for the candidate's: what they do not know is asked there."""

    def __call__(cls, *args, **kwargs):
        return mirror.ask(cls, "", args, kwargs)

    def __getattr__(cls, name):
        return mirror.ask(cls, "get", (name,))

    def __setattr__(cls, name, value):
        mirror.ask(cls, "set", (name, value))

    def __eq__(cls, other):
        stands_for = cls._mend_info.stands_for
        return cls is other or stands_for is not None and stands_for is other or NotImplemented

    __hash__ = type.__hash__

    def __bool__(cls):
        return True


class ForeignContainer(Foreign):
    """The same for classes that have items themselves, such as enumerations."""

    def __iter__(cls):
        return mirror.ask(cls, "__iter__")

    def __len__(cls):
        return mirror.ask(cls, "__len__")

    def __getitem__(cls, key):
        return mirror.ask(cls, "__getitem__", (key,))

    def __contains__(cls, item):
        return any(item is one or item == one for one in iter(cls))


STANDING = Foreign, ForeignContainer


class Kept:
    """A handle's number, and what belongs to it here. Tells when nobody holds the handle any more."""

    __slots__ = ("number", "ahead", "drains", "wants_all", "epoch", "__weakref__")

    def __init__(self, number, epoch):
        self.number = number
        self.epoch = epoch
        self.ahead = None
        self.drains = 1
        self.wants_all = False

    def __del__(self):
        if self.epoch is mirror.epoch:
            mirror.dead.append(self.number)


def forwarded(name):
    def method(self, *args, **kwargs):
        return mirror.ask(self, name, args, kwargs)

    return method


def iterated(self):
    return self if info(self).flags & ITERATES_ITSELF else mirror.ask(self, "__iter__")


def next_of(self):
    kept = own(self)
    if kept.ahead:
        return kept.ahead.popleft()
    # What an iterator goes over may change if the test holds it too.
    if info(self).flags & READS_AHEAD and not mirror.shares.values:
        kept.drains = min(kept.drains * 2, MOST_AHEAD)
    if kept.drains == 1:
        return mirror.ask(self, "__next__")
    # Whoever reads all of it wants as many at a time as there are.
    items = mirror.ask(self, "ahead", (kept.drains, kept.wants_all))
    kept.drains = min(kept.drains * 2, MOST_AHEAD)
    if not items:
        raise StopIteration
    kept.ahead = deque(items)
    return kept.ahead.popleft()


MOST_AHEAD = 4096


def length_hint(self):
    """Only somebody who reads all of it asks for this."""
    kept = own(self)
    kept.drains = max(kept.drains, 64)
    kept.wants_all = True
    return NotImplemented


def contained(self, item):
    mirror.doubts.word(f"whether something is in a {called(self)}")
    return mirror.ask(self, "__contains__", (item,))


def contained_by_items(self, item):
    return any(item is one or item == one for one in iter(self))


def operated(operator):
    def method(self, other, *more):
        if not is_handle(other):
            mirror.doubts.word(f"what a {called(self)} and a value of the tests come to")
        return mirror.ask(self, operator, (other, *more))

    return method


def awaited(self):
    # A generator: what comes of it belongs to the waiting, not to its beginning.
    return mirror.ask(self, "await")
    yield


def exited(self, kind, error, trace):
    """The end of a `with`: what the program says of an error of the test's own is its word."""
    # What failed in the test is nobody's business there.
    given = AssertionError() if isinstance(error, AssertionError) else error
    swallows = mirror.ask(self, "__exit__", (kind, given, None))
    if swallows and error is not None and error is not mirror.raised:
        mirror.doubts.word(f"whether an error of the test counts that ends a {called(self)}")
    return swallows


def hashed(self):
    return mirror.ask(self, "hash")


def pulled(handle, fields):
    """Fields of a data class as data of this side."""
    return tuple([getattr(handle, field) for field in fields])


def equal(self, other):
    """Whether a handle equals something: itself, or what has the same data where the standard library says so."""
    known = info(self)
    if self is other:
        if known.compared == BY_METHOD and mirror.ask(self, "equals", (other,)) is not True:
            mirror.doubts.word(f"whether a {called(self)} equals itself")
        return True
    if known.compared == BY_FIELDS:
        return type(self) is type(other) and pulled(self, known.fields) == pulled(other, known.fields)
    if known.compared == AS_MAPPING:
        return dict(self.items()) == dict(other.items()) if is_a(other, "Mapping") else NotImplemented
    if known.compared == AS_SET:
        return set(self) == set(other) if is_a(other, "Set") else NotImplemented
    if known.compared == AS_WRAPPER:
        return self.data == getattr(other, "data", other)
    if is_handle(other):
        if BY_METHOD in (known.compared, info(other).compared):
            # Both live there, so that this gives nothing away. Their word is taken for the worse.
            if mirror.ask(self, "equals", (other,)) is not False:
                mirror.doubts.refuse(None, f"whether a {called(self)} equals a {called(other)}")
        return False
    if known.compared == BY_METHOD:
        # What the tests' own class says of it is the tests' word.
        said = type(other).__eq__(other, self)
        if said is not NotImplemented:
            return said
        mirror.doubts.refuse(self, f"whether a {called(self)} equals a value of the tests", other, "__eq__")
    return NotImplemented


def is_a(value, abstract):
    import collections.abc

    return isinstance(value, getattr(collections.abc, abstract))


def unequal(self, other):
    result = equal(self, other)
    return result if result is NotImplemented else not result


def ordered(comparison):
    def method(self, other):
        known = info(self)
        if not is_handle(other):
            if not known.flags & ORDERED:
                text = f"whether a {called(self)} is less or greater than a value of the tests"
                mirror.doubts.refuse(self, text, other, comparison)
            return NotImplemented
        if known.flags & ORDERED:
            if type(self) is not type(other):
                return NotImplemented
            return getattr(tuple, comparison)(pulled(self, known.fields), pulled(other, known.fields))
        mirror.doubts.word(f"whether a {called(self)} is less or greater than a {called(other)}")
        return mirror.ask(self, comparison, (other,))

    return method


def equal_by_data(base):
    """The equality of what is derived from data and has an equality of its own: by data, if its own one does not contradict
    where it is asked about its own data."""

    def method(self, other):
        result = base.__eq__(self, other)
        if result is True:
            return mirror.ask(self, "equals", (BASES[info(self).base].read(self),)) is True
        mirror.doubts.refuse(self, f"whether a {called(self)} equals a value of the tests")
        return result

    def opposite(self, other):
        result = method(self, other)
        return result if result is NotImplemented else not result

    return method, opposite


def ordered_by_data(base, comparison):
    def method(self, other):
        mirror.doubts.refuse(self, f"whether a {called(self)} is less or greater than a value of the tests")
        return getattr(base, comparison)(self, other)

    return method


def contained_by_data(base):
    def method(self, item):
        mirror.doubts.refuse(self, f"whether something is in a {called(self)}")
        return base.__contains__(self, item)

    return method


class Beside:
    """What asks the candidate's side for what is not known here."""

    def __getattr__(self, name):
        return mirror.ask(self, "get", (name,))

    def __setattr__(self, name, value):
        mirror.ask(self, "set", (name, value))

    def __delattr__(self, name):
        mirror.ask(self, "delete", (name,))

    def __dir__(self):
        return mirror.ask(self, "dir")

    def __deepcopy__(self, memo):
        return mirror.ask(self, "deepcopy")

    def __reduce_ex__(self, protocol):
        # For `copy.copy`. Nothing can be pickled by a function of ours.
        return copied, (self,)

    @property
    def __dict__(self):
        return mirror.ask(self, "get", ("__dict__",))


def copied(handle):
    return mirror.ask(handle, "copy")


class Remote(Beside):
    """Stands for an object that is no data at all."""

    _mend_info = Info(-1, -1, BY_IDENTITY, (), 0, None)

    __eq__, __ne__ = equal, unequal

    def __hash__(self):
        return object.__hash__(self)

    def __repr__(self):
        return f"<{called(self)} object>" if mirror.is_silent else mirror.ask(self, "__repr__")

    def __str__(self):
        return mirror.ask(self, "__str__")

    def __format__(self, how):
        return mirror.ask(self, "__format__", (how,))

    @property
    def __doc__(self):
        return mirror.ask(self, "get", ("__doc__",))


class Entry(Remote, metaclass=Foreign):
    """Stands for the entry point, which may be a function or a class."""

    _mend_info = Info(-1, -1, BY_IDENTITY, (), 0, None)

    def __call__(self, *args, **kwargs):
        return mirror.ask(self, "", args, kwargs)

    def __get__(self, instance, owner=None):
        # As a function is bound.
        return self if instance is None else BOUND(self, instance)

    def __instancecheck__(self, value):
        return isinstance(value, as_class(self))

    def __subclasscheck__(self, kind):
        return issubclass(kind, as_class(self))

    @property
    def __class__(self):
        return type(as_class)


BOUND = type(own.__get__(1))


def as_class(entry):
    found = mirror.ask(entry, "itself")
    if found is entry:
        raise TypeError("isinstance() arg 2 must be a type, a tuple of types, or a union")
    return found


SPECIAL_METHODS = {special: forwarded(special) for special in SPECIAL}
SPECIAL_METHODS.update({operator: operated(operator) for operator in OPERATORS})
SPECIAL_METHODS.update({comparison: ordered(comparison) for comparison in COMPARISONS})
SPECIAL_METHODS.update(__iter__=iterated, __next__=next_of, __contains__=contained, __await__=awaited, __exit__=exited)
