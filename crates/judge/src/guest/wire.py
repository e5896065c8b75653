# Values in a tagged encoding. Runs after `frames.py` and `sets.py`.
#
# What is data crosses as data: exact builtin types, and closed tables of standard ones (`kinds.py`). What is numbered
# in the order in which it is met stays one object: containers, so that aliases and cycles survive, but also tuples,
# NaNs and long texts. Whatever else there is belongs to a `space`: each side has one of its own.

from _struct import Struct, pack, unpack_from
from itertools import chain, islice
from math import isnan

MAX_BYTES = (64 << 20) - (64 << 10)
# Bytes of the numbers of a fraction, and characters of a decimal: what is larger keeps whoever takes it busy for long.
MAX_DIGITS = 1 << 17
# Characters from which on a text that occurs twice is sent once.
LONG = 64
# Items from which on a sequence of one type is sent in one piece.
RUN = 16
# How the items of a sequence follow: in the upper bits of their number.
MIXED, INTS, FLOATS, TEXTS = 0, 1 << 30, 2 << 30, 3 << 30
COUNT = (1 << 30) - 1

HEAD = Struct("<cI").pack
INT = Struct("<cq").pack
FLOAT = Struct("<cd").pack
U32_AT = Struct("<I").unpack_from
I64_AT = Struct("<q").unpack_from
F64_AT = Struct("<d").unpack_from

# What a defaultdict may make. Its place here is its name on the wire.
FACTORIES = (None, int, list, set, dict, str, float, bool, tuple)

# What it makes is another thing, which follows.
ANOTHER = 255

# What can be changed in place, and what cannot.
MUTABLE = {list: b"l", dict: b"d", set: b"S", bytearray: b"y"}
IMMUTABLE = {tuple: b"t", frozenset: b"Z"}
# The same of modules that need not be there.
COLLECTIONS = {"OrderedDict": b"O", "defaultdict": b"D", "Counter": b"C", "deque": b"q"}


# Classes of the classes that stand for the other side's: their values are handles, and need not be looked for among data.
STANDING = ()


# Parts from which on a value is sent in a step of its own, and the most of one sequence.
PARTS = 6_000
MOST_PARTS = COUNT


class CannotCross(Exception):
    """A value that has no encoding, and why."""


class Large(Exception):
    """A value that has more parts than were asked for."""


class Encoder:
    """Values to bytes. `known` maps the identity of what was sent to us to its number there: what did not change goes
    back as that number. `changed` tells of a number whether it did. `space` encodes what is no data. With more than
    about so many parts a value is `Large`."""

    def __init__(self, known=(), changed=None, space=None, parts=MOST_PARTS):
        self.out = bytearray()
        self.numbers = {}
        self.keep = []
        self.open = set()
        self.known = known
        self.changed = changed
        self.space = space
        # A message to the host itself is as plain as it can be.
        self.long = LONG
        self.parts = parts
        self.room = min(16 * parts, MAX_BYTES)

    def value(self, root):
        out = self.out
        long = self.long
        stack = []
        closes = None
        items = iter((root,))
        while True:
            for item in items:
                kind = type(item)
                if kind is int:
                    if -0x8000000000000000 <= item <= 0x7FFFFFFFFFFFFFFF:
                        out += INT(b"i", item)
                    else:
                        self.integer(item)
                elif kind is str:
                    if len(item) >= long:
                        if self.is_met(item):
                            continue
                        self.number(item)
                        out += b"o"
                    data = item.encode("utf-8", "surrogatepass")
                    out += HEAD(b"s", len(data))
                    out += data
                elif item is None:
                    out += b"N"
                elif item is True:
                    out += b"T"
                elif item is False:
                    out += b"F"
                elif kind is float and item == item:
                    out += FLOAT(b"f", item)
                else:
                    begun = self.begin(item, kind)
                    if begun is not None:
                        stack.append((items, closes))
                        items, closes = begun
                        break
            else:
                if closes is not None:
                    self.open.discard(closes)
                if not stack:
                    return
                items, closes = stack.pop()

    def is_met(self, value):
        """Writes where a value was met before, if it was. A number of what was sent to us stands before new contents."""
        number = self.numbers.get(id(value))
        if number is not None:
            if number in self.open:
                raise CannotCross("it holds itself in a way that cannot be sent")
            self.out += HEAD(b"r", number)
            return True
        if id(value) in self.known:
            index = self.known[id(value)]
            if not self.changed(index):
                self.out += HEAD(b"A", index)
                return True
            self.out += HEAD(b"a", index)
        return False

    def number(self, value):
        number = len(self.keep)
        self.numbers[id(value)] = number
        self.keep.append(value)
        return number

    def begin(self, item, kind):
        """Writes something of several parts: all of it, or what stands before its parts. Returns those, and the number of
        what is whole after them if it must not be met before."""
        out = self.out
        tag = MUTABLE.get(kind)
        if tag is not None:
            if self.is_met(item):
                return None
            self.number(item)
            if kind is list:
                return self.items(b"l", b"", item)
            if kind is dict:
                self.check(len(item))
                out += HEAD(b"d", len(item))
                return chain.from_iterable(item.items()), None
            if kind is set:
                return self.items(b"S", bytes((table_bits(item),)), item)
            out += HEAD(b"y", len(item))
            out += item
            return None
        tag = IMMUTABLE.get(kind)
        if tag is not None:
            if self.is_met(item):
                return None
            number = self.number(item)
            begun = self.items(tag, b"" if kind is tuple else bytes((table_bits(item),)), item)
            if begun is None:
                return None
            self.open.add(number)
            return begun[0], number
        if kind is bytes:
            if len(item) >= LONG:
                if self.is_met(item):
                    return None
                self.number(item)
                out += b"o"
            out += HEAD(b"b", len(item))
            out += item
        elif kind is float:
            # A NaN is told from others by its identity.
            if not self.is_met(item):
                self.number(item)
                out += b"o" + FLOAT(b"f", item)
        elif kind is complex:
            out += b"c" + pack("<dd", item.real, item.imag)
        elif kind is range:
            out += b"g"
            return iter((item.start, item.stop, item.step)), None
        else:
            return self.rarely(item, kind)
        return None

    def rarely(self, item, kind):
        if type(kind) in STANDING and self.space is not None:
            return self.space.encode(self, item, kind)
        out = self.out
        for name, tag in COLLECTIONS.items():
            if kind is standard("collections", name):
                if self.is_met(item):
                    return None
                self.number(item)
                if name == "deque":
                    return self.items(tag, pack("<q", -1 if item.maxlen is None else item.maxlen), item)
                self.check(len(item))
                pairs = chain.from_iterable(dict.items(item) if name != "OrderedDict" else item.items())
                if name == "defaultdict":
                    number = factory_number(item.default_factory)
                    tag += bytes((number,))
                    if number == ANOTHER:
                        pairs = chain((item.default_factory,), pairs)
                out += tag + pack("<I", len(item))
                return pairs, None
        if kind is standard("fractions", "Fraction"):
            for part in (item.numerator, item.denominator):
                if part.bit_length() >= 8 * MAX_DIGITS:
                    raise CannotCross("a fraction has too many digits")
            out += b"R"
            return iter((item.numerator, item.denominator)), None
        if kind is standard("decimal", "Decimal"):
            text = str(item)
            if len(text) > MAX_DIGITS:
                raise CannotCross("a decimal has too many digits")
            out += HEAD(b"M", len(text)) + text.encode()
            return None
        known = kind_of(kind)
        if known is not None:
            code, state = known
            state = state(item)
            if state is not None:
                if self.is_met(item):
                    return None
                number = self.number(item)
                self.open.add(number)
                out += b"W" + bytes((code,))
                return iter((state,)), number
        if self.space is None:
            raise CannotCross(f"it is a {kind.__name__}")
        return self.space.encode(self, item, kind)

    def items(self, tag, between, item):
        """Writes the head of a sequence, and its items where they are one piece."""
        out = self.out
        count = len(item)
        self.check(count)
        if count >= RUN:
            kinds = set(map(type, item))
            if len(kinds) == 1:
                made = run(*kinds, item, count)
                if made is not None:
                    how, data = made
                    if len(out) + len(data) > MAX_BYTES:
                        raise CannotCross("it has too many bytes")
                    out += HEAD(tag, count | how)
                    out += between
                    out += data
                    return None
        out += HEAD(tag, count)
        out += between
        return iter(item), None

    def check(self, count):
        """Stops where there is too much of a value."""
        if len(self.out) > self.room or count > self.parts:
            if self.parts == MOST_PARTS:
                raise CannotCross("it has too many parts")
            raise Large

    def integer(self, item):
        size = item.bit_length() // 8 + 1
        if size > MAX_BYTES:
            raise CannotCross("an integer has too many digits")
        self.out += HEAD(b"I", size)
        self.out += item.to_bytes(size, "little", signed=True)

    def finished(self):
        if len(self.out) > MAX_BYTES:
            raise CannotCross("it has too many bytes")
        return bytes(self.out)


def factory_number(made_by):
    """The number of what a defaultdict makes."""
    for number, known in enumerate(FACTORIES):
        if made_by is known:
            return number
    return ANOTHER


def run(kind, items, count):
    """Items of one type in one piece, if they can be: how, and the bytes."""
    if kind is int:
        try:
            return INTS, pack(f"<{count}q", *items)
        except Exception:
            return None  # One of them has more than 64 bits.
    if kind is float:
        return None if any(map(isnan, items)) else (FLOATS, pack(f"<{count}d", *items))
    if kind is str and max(map(len, items)) < LONG:
        data = "".join(items).encode("utf-8", "surrogatepass")
        return TEXTS, pack("<I", len(data)) + pack(f"<{count}B", *map(len, items)) + data
    return None


# What the decoder is amid.
PLAIN, LIST, TUPLE, DICT, SET, FROZEN, DEQUE, RANGE, FRACTION, KIND, NUMBERED, OWN = range(12)


class Decoder:
    """Bytes to values. `known` are the objects of what was sent to the other side: those that come back are the same
    objects, with the new contents if they changed. The bytes of a candidate were checked by the host."""

    def __init__(self, data, at=0, known=(), space=None):
        self.data = data
        self.at = at
        self.memo = []
        self.known = known
        self.space = space
        # What is to hear of a value before it gets other contents.
        self.shares = None

    def value(self):
        data = self.data
        at = self.at
        stack = []
        shape = made = extra = None
        items = []
        append = items.append
        left = 1
        while True:
            while left:
                left -= 1
                tag = data[at]
                at += 1
                if tag == 105:  # i
                    append(I64_AT(data, at)[0])
                    at += 8
                elif tag == 115:  # s
                    start = at + 4
                    at = start + U32_AT(data, at)[0]
                    append(data[start:at].decode("utf-8", "surrogatepass"))
                elif tag == 78:  # N
                    append(None)
                elif tag == 84:  # T
                    append(True)
                elif tag == 70:  # F
                    append(False)
                elif tag == 102:  # f
                    append(F64_AT(data, at)[0])
                    at += 8
                else:
                    self.at = at
                    begun = self.begin(tag)
                    at = self.at
                    if len(begun) == 1:
                        append(begun[0])
                        continue
                    stack.append((shape, made, extra, items, append, left))
                    shape, made, extra, items, left = begun
                    append = items.append
            if shape is None:
                self.at = at
                return items[0]
            value = self.whole(shape, made, extra, items)
            shape, made, extra, items, append, left = stack.pop()
            append(value)

    def count(self):
        at = self.at
        self.at = at + 4
        return U32_AT(self.data, at)[0]

    def chunk(self):
        size = self.count()
        at = self.at
        self.at = at + size
        return self.data[at : self.at]

    def number(self, value=None):
        self.memo.append(value)
        return len(self.memo) - 1

    def begin(self, tag, target=None):
        """A value in a tuple of its own, or what the decoder is amid from here on: its shape, what is being made, what is
        to be known of it, its parts so far, and how many are to come."""
        if tag == 108:  # l
            made = [] if target is None else target
            self.memo.append(made)
            items, left = self.items(self.count())
            if target is None and left:
                return LIST, made, None, made, left
            return LIST, made, None, items, left
        if tag == 116:  # t
            number = self.number()
            items, left = self.items(self.count())
            return TUPLE, None, number, items, left
        if tag == 100:  # d
            return self.mapping({} if target is None else target)
        if tag == 83:  # S
            made = set() if target is None else target
            self.memo.append(made)
            return self.hashed(SET, made)
        if tag == 90:  # Z
            return self.hashed(FROZEN, self.number())
        if tag == 114:  # r
            return (self.memo[self.count()],)
        if tag == 65:  # A
            return (self.known[self.count()],)
        if tag == 97:  # a
            target = self.known[self.count()]
            if self.shares is not None:
                self.shares.overwritten(target)
            tag = self.data[self.at]
            self.at += 1
            return self.begin(tag, target)
        if tag == 111:  # o
            number = self.number()
            value = self.memo[number] = self.value()
            return (value,)
        if tag == 98:  # b
            return (self.chunk(),)
        if tag == 121:  # y
            made = bytearray() if target is None else target
            self.memo.append(made)
            made[:] = self.chunk()
            return (made,)
        if tag == 73:  # I
            return (int.from_bytes(self.chunk(), "little", signed=True),)
        if tag == 99:  # c
            self.at += 16
            return (complex(*unpack_from("<dd", self.data, self.at - 16)),)
        if tag == 103:  # g
            return RANGE, None, None, [], 3
        if tag == 82:  # R
            return FRACTION, None, None, [], 2
        if tag == 77:  # M
            from decimal import Decimal

            return (Decimal(self.chunk().decode()),)
        if tag == 87:  # W
            code = self.data[self.at]
            self.at += 1
            return KIND, target, (code, self.number()), [], 1
        if tag in b"ODC":
            import collections

            if tag == 68:
                factory = self.data[self.at]
                self.at += 1
                made = collections.defaultdict() if target is None else target
                if factory != ANOTHER:
                    made.default_factory = FACTORIES[factory]
                return self.mapping(made, factory == ANOTHER)
            else:
                made = collections.OrderedDict() if tag == 79 else collections.Counter()
            return self.mapping(made if target is None else target)
        if tag == 113:  # q
            from collections import deque

            count = self.count()
            limit = I64_AT(self.data, self.at)[0]
            self.at += 8
            made = deque(maxlen=None if limit < 0 else limit) if target is None else target
            self.memo.append(made)
            items, left = self.items(count)
            return DEQUE, made, None, items, left
        begun = self.space.decode(self, tag)
        return begun if len(begun) == 1 else (OWN, *begun)

    def items(self, count):
        """Items that are one piece, or none and how many are to come."""
        how, count = count & ~COUNT, count & COUNT
        if how == MIXED:
            return [], count
        at = self.at
        if how == TEXTS:
            size = self.count()
            lengths = self.data[at + 4 : at + 4 + count]
            at += 4 + count
            self.at = at + size
            text = self.data[at : self.at].decode("utf-8", "surrogatepass")
            items = []
            start = 0
            for length in lengths:
                items.append(text[start : start + length])
                start += length
            return items, 0
        self.at = at + 8 * count
        return list(unpack_from(f"<{count}{'q' if how == INTS else 'd'}", self.data, at)), 0

    def hashed(self, shape, made):
        count = self.count()
        bits = self.data[self.at]
        self.at += 1
        items, left = self.items(count)
        return shape, made, bits, items, left

    def mapping(self, made, has_factory=False):
        self.memo.append(made)
        return DICT, made, has_factory, [], 2 * self.count() + has_factory

    def whole(self, shape, made, extra, items):
        """What has all its parts."""
        if shape == LIST:
            if items is not made:
                made[:] = items
            return made
        if shape == TUPLE:
            value = self.memo[extra] = tuple(items)
            return value
        if shape == DICT:
            if extra:
                made.default_factory = items.pop(0)
            keys, values = islice(items, 0, None, 2), islice(items, 1, None, 2)
            if len(made) == 0:
                for key, value in zip(keys, values):
                    made[key] = value
            else:
                renew_mapping(made, dict(zip(keys, values)))
            return made
        if shape == SET:
            if len(made) == 0:
                fill(made, items, extra)
            else:
                made.clear()
                fill(made, items, extra)
            return made
        if shape == FROZEN:
            value = self.memo[made] = frozen(items, extra)
            return value
        if shape == KIND:
            code, number = extra
            value = self.memo[number] = kind_from(code, items[0], made)
            return value
        if shape == OWN:
            return self.space.whole(made, extra, items)
        if shape == RANGE:
            return range(*items)
        if shape == FRACTION:
            from fractions import Fraction

            return Fraction(*items)
        if len(made) == len(items):
            for index, item in enumerate(items):
                made[index] = item
        else:
            made.clear()
            made.extend(items)
        return made


def renew_mapping(made, new):
    """Gives a mapping that somebody may be iterating over other contents."""
    if not all(map(is_same, made, new)) or len(made) != len(new):
        made.clear()
    for key, value in new.items():
        made[key] = value


def is_same(old, new):
    """Whether two keys surely are one."""
    return old is new or type(old) is type(new) and type(new) in (int, str, float, bytes) and old == new


def encode(value):
    """A message to or from the host itself."""
    encoder = Encoder()
    encoder.long = MAX_BYTES
    encoder.value(value)
    return encoder.finished()


# Values as tests have them, for rehearsals.
REHEARSED = (7, 2.5, "text", True, None, [1, 2, 3], ["a", "b"], [[1], [2, 3]], (1, "b"), {"a": [1.5]}, {1, 2})
