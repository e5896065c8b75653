# The tests' side of handles: the handles and classes of one test, and how they are made. Runs after `handles.py`.

from weakref import ref


class Mirror:
    """The handles and classes of one test. `send` sends a request and returns the answer; see the judge."""

    def __init__(self, send):
        self.send = send
        self.begin()

    def begin(self):
        # While values are shown.
        self.is_silent = False
        # The last exception that the candidate's side raised.
        self.raised = None
        # Why the test proves nothing whatever comes of it.
        self.unproven = None
        # What was found of comparisons that were refused.
        self.settled = {}
        self.epoch = object()
        # What the candidate's side holds too, and whether it may have changes of that which nobody has seen.
        self.shares = Shares()
        self.is_behind = False
        self.doubts = Doubts()
        # What the candidate's side was lent, how many of its questions are open, and what ended one without a reply.
        self.lender = Lender()
        self.depth = 0
        self.left = None
        self.entry = object.__new__(Entry)
        object.__setattr__(self.entry, "_mend", Kept(0, self.epoch))
        # Handles by number: those that could not be made again are held, others only seen.
        self.handles = {0: lambda entry=self.entry: entry}
        self.kinds = {}
        self.given = 1
        self.classes = []
        self.dead = []

    def ask(self, target, act, args=(), kwargs={}):
        if self.is_silent:
            raise RuntimeError("nothing is asked now")
        return self.send(target, act, args, kwargs)

    def released(self):
        """Numbers of handles that nobody holds any more; None if there are none."""
        if not self.dead:
            return None
        numbers = [number for number in set(self.dead) if number in self.kinds and self.handles[number]() is None]
        self.dead.clear()
        for number in numbers:
            del self.handles[number], self.kinds[number]
        return tuple(sorted(numbers))

    # The encoder and the decoder ask these for what they do not know.

    def encode(self, encoder, item, kind):
        if issubclass(type(kind), Foreign):
            return self.encode_handle(encoder, item, kind)
        if issubclass(kind, Foreign):
            if item._mend_info.number < 0:
                raise CannotBeTested("a test passes a class of its own to the candidate")
            encoder.out += HEAD(b"k", item._mend_info.number)
            return None
        lender = self.lender
        if id(item) in lender.numbers or item is lender.raised:
            return lender.encode(encoder, item, kind)
        if issubclass(kind, type) or id(kind) in FUNCTIONS:
            found = name_of(item, any_name)
            if found is not None:
                if encoder.is_met(item):
                    return None
                encoder.number(item)
                encoder.out += b"W" + bytes((NAME_KIND,))
                return iter((found,)), None
        if issubclass(kind, BaseException) and name_of(kind, any_name) is not None:
            number = encoder.number(item)
            encoder.open.add(number)
            encoder.out += b"E"
            return iter((kind, error_state(item))), number
        if kind is Vast:
            raise unproven(item._why)
        return lender.encode(encoder, item, kind)

    def encode_handle(self, encoder, item, kind):
        kept = own(item)
        if kept.epoch is not self.epoch:
            raise CannotBeTested("a test passes what another test was given")
        base = kind._mend_info.base
        if base < 0 or BASES[base].renew is None:
            encoder.out += HEAD(b"h", kept.number)
            return None
        if encoder.is_met(item):
            return None
        number = encoder.number(item)
        encoder.open.add(number)
        encoder.out += HEAD(b"V", kept.number)
        return iter((BASES[base].read(item),)), number

    def decode(self, decoder, tag):
        if tag == 104:  # h
            return (self.handle(decoder.count()),)
        if tag == 106:  # j
            return (self.lender.lent[decoder.count()],)
        if tag == 107:  # k
            return (self.classes[decoder.count()],)
        if tag == 72:  # H
            return tag, (decoder, self.reserve(), None), [], 1
        if tag == 66:  # B
            return tag, (decoder, self.reserve(), decoder.number()), [], 2
        if tag == 69:  # E
            return tag, (decoder, None, decoder.number()), [], 2
        if tag == 86:  # V
            number = decoder.count()
            return tag, (decoder, number, decoder.number(self.handles[number]())), [], 1
        if tag == 75:  # K
            self.classes.append(None)
            return tag, (decoder, len(self.classes) - 1, None), [], 1
        raise ValueError(f"unknown tag {tag}")

    def whole(self, tag, extra, items):
        """What has all its parts."""
        decoder, number, index = extra
        if tag == 75:
            made = self.classes[number] = new_class(number, *checked(items[0], tuple))
            return made
        if tag == 72:
            return self.keep(number, items[0])
        if tag == 86:
            made = self.handles[number]()
            base = BASES[self.kinds[number]._mend_info.base]
            if made is None:
                made = self.keep(number, self.kinds[number], items[0])
            else:
                base.renew(made, items[0])
        elif tag == 66:
            made = self.keep(number, *items)
        else:
            made = new_error(checked(items[0], type), items[1])
        decoder.memo[index] = made
        return made

    def reserve(self):
        self.given += 1
        return self.given - 1

    def handle(self, number):
        made = self.handles[number]()
        return made if made is not None else self.keep(number, self.kinds[number])

    def keep(self, number, kind, data=None):
        """What stands for the object of this number from now on."""
        known = checked(kind, Foreign, ForeignContainer)._mend_info
        if known.base < 0:
            made = object.__new__(kind)
        elif known.base == ERROR_BASE:
            made = new_error(kind, data)
        else:
            made = BASES[known.base].make(kind, data)
        object.__setattr__(made, "_mend", Kept(number, self.epoch))
        self.kinds[number] = kind
        # Its data would be lost with it where they are not sent again.
        is_held = known.base >= 0 and BASES[known.base].renew is None
        self.handles[number] = (lambda: made) if is_held else ref(made)
        if known.stands_for is COROUTINE:
            return outcome_of(made)
        return made


async def outcome_of(handle):
    """A coroutine of this side for one of the candidate's."""
    return await handle


COROUTINE = type(unawaited := outcome_of(None))
unawaited.close()


def new_class(
    number,
    module,
    qualified,
    name,
    bases,
    base,
    special,
    others,
    compared,
    fields,
    hashing,
    flags,
    stands_for,
    abstract,
):
    """The class that stands for a class of the candidate's side, by its description."""
    sort = ForeignContainer if flags & HAS_ITEMS else Foreign
    standing = None
    if stands_for in STANDS_FOR:
        standing = type_of(*stands_for.split("."))
    known = Info(number, base, compared, checked(fields, tuple), flags, standing)
    own = {"__module__": "__main__" if module == "candidate" else module, "__qualname__": qualified}
    own["_mend_info"] = known
    specials = [one for bit, one in enumerate(SPECIAL) if special >> bit & 1]
    own.update((one, SPECIAL_METHODS[one]) for one in specials)
    if standing is not None:
        own["__class__"] = property(lambda self: standing)
    if flags & ITERATES_ITSELF:
        own["__length_hint__"] = length_hint
    if flags & NOT_ITERABLE:
        own["__iter__"] = None
    if "__next__" not in specials:
        # Who has this and is an iterator is asked for it by `itertools.tee`.
        own["__copy__"] = copied
    if hashing == HASH_NONE:
        own["__hash__"] = None
    elif hashing == HASH_METHOD:
        own["__hash__"] = hashed
    if base < 0:
        # Or else the class would have none of its own.
        own["__doc__"] = Remote.__dict__["__doc__"]
        if flags & HOLDS_ITEMS:
            own["__contains__"] = contained_by_items
        parents = [one for one in bases if isinstance(one, Foreign)] or [Remote]
        last_resort = (Remote,)
    else:
        parents = list(bases)
        if not any(issubclass(one, Beside) for one in parents):
            parents.insert(0, Beside)
        data = BaseException if base == ERROR_BASE else BASES[base].needed()
        last_resort = (Beside, data)
        if base != ERROR_BASE:
            own.update((one, forwarded(one)) for one in others)
            if hashing == HASH_IDENTITY:
                own["__hash__"] = data.__hash__
            own["__eq__"], own["__ne__"] = equal_by_data(data) if compared == BY_METHOD else (data.__eq__, data.__ne__)
            for one in COMPARISONS:
                own[one] = ordered_by_data(data, one) if one in specials else getattr(data, one)
            if "__contains__" in specials:
                own["__contains__"] = contained_by_data(data)
    try:
        made = sort(name, tuple(parents), own)
    except TypeError:
        made = sort(name, last_resort, own)
    for abstract_module, abstract_name in abstract:
        if abstract_name in ABSTRACT.get(abstract_module, ()):
            one = getattr(__import__(abstract_module, None, None, ("",)), abstract_name, None)
            if abstract_module == "enum":
                known.enumerations += (one,)
            elif one is not None and not issubclass(made, one):
                one.register(made)
    return made


# The mirror of the test that runs.
mirror = None


def unproven(why):
    """To be raised. The test cannot hide it by catching it."""
    mirror.unproven = why
    return Unproven(why)


class Vast:
    """Stands for a value of a builtin type that is too large to cross. It differs from all that has another type or length;
    nothing else is known of it."""

    def __init__(self, kind, length, why):
        self._kind = kind
        self._length = length
        self._why = why

    @property
    def __class__(self):
        return self._kind

    def __len__(self):
        return self._length

    def __bool__(self):
        return True

    def __eq__(self, other):
        if isinstance(other, ALIKE.get(self._kind, self._kind)) and len(other) == self._length:
            raise unproven(self._why)
        return False

    def __getattr__(self, name):
        raise unproven(self._why)


def unknown(self, *args):
    raise unproven(self._why)


for special in SPECIAL:
    if special not in ("__len__", "__bool__", "__next__", "__call__"):
        setattr(Vast, special, unknown)
Vast.__hash__ = unknown

# Types of which values can be equal.
ALIKE = {set: (set, frozenset), frozenset: (set, frozenset), bytes: (bytes, bytearray), bytearray: (bytes, bytearray)}
