# What both sides hold of each other's values. Runs after `classes.py`.
#
# An object that crossed, and that the candidate's side still holds when its answer leaves, is *shared*: from then on it
# has a place in one list, which both sides and the host keep alike, and stays one object for both. Only one side runs at
# a time. So it is enough that each message carries what its sender has changed of them since the last one. What either
# side no longer holds leaves the list.

from _operator import is_
from sys import getrefcount

# Comparing costs something with each message. So many parts may be compared for each, and so many more at once: what has
# more is compared now and then, and a change that is found late proves nothing.
PARTS_EACH, PARTS_AT_ONCE = 2_000, 100_000

# What is said of the comparison with an answer: that it was made; that it found a change late; that it was left out.
COMPARED, LATE, LEFT_OUT = range(3)


class Shares:
    """The list of one side. `contents` are those on which both sides last agreed, None of what cannot change."""

    def __init__(self):
        self.values = []
        self.contents = []
        # The message with which both sides were last known to agree.
        self.agreed = []
        self.places = {}
        self.weight = self.heaviest = 0
        self.room = PARTS_AT_ONCE
        # The number of the message that is being made, what changed on this side since the last one, and what is known of that.
        self.message = 0
        self.changed = set()
        self.state = COMPARED
        # Whether a change of this side was overwritten before anybody saw it.
        self.is_lost = False

    def add(self, values):
        for value in values:
            place = self.places[id(value)] = len(self.values)
            self.values.append(value)
            self.contents.append(None)
            self.agreed.append(self.message)
            self.renew(place)
            self.weight += 1

    def renew(self, place):
        """Both sides have what this place holds now."""
        before, now = self.contents[place], contents_of(self.values[place])
        self.contents[place] = now
        self.agreed[place] = self.message
        self.weight += (0 if now is None else len(now)) - (0 if before is None else len(before))

    def met(self, values):
        """These came with a message: those that are shared came with new contents."""
        if self.places:
            for value in values:
                place = self.places.get(id(value))
                if place is not None:
                    self.renew(place)

    def drop(self, places):
        if not places:
            return
        gone = set(places)
        for place in gone:
            self.values[place] = self.contents[place] = None
        rest = [place for place in range(len(self.values)) if place not in gone]
        self.values = [self.values[place] for place in rest]
        self.contents = [self.contents[place] for place in rest]
        self.agreed = [self.agreed[place] for place in rest]
        self.changed = {new for new, place in enumerate(rest) if place in self.changed}
        self.places = {id(value): place for place, value in enumerate(self.values)}
        self.weight = sum(map(weight, self.contents))

    def compare(self, is_last=False):
        """Finds what this side has changed, before it sends a message."""
        self.message += 1
        self.changed.clear()
        self.state = LATE if self.is_lost else COMPARED
        self.heaviest = max(self.heaviest, self.weight)
        self.room = min(self.room + PARTS_EACH, max(self.weight, PARTS_AT_ONCE))
        if self.weight > self.room and not is_last:
            self.state = LATE if self.is_lost else LEFT_OUT
            return
        self.room = max(self.room - self.weight, 0)
        for place in range(len(self.values)):
            self.look(place)

    def look(self, place):
        """Whether something has changed since both sides agreed. That is late if there was a message in between."""
        contents = self.contents[place]
        if contents is None:
            return False
        if has(self.values[place], contents):
            self.agreed[place] = self.message
            return False
        if self.agreed[place] < self.message - 1:
            self.state = LATE
        self.changed.add(place)
        self.renew(place)
        return True

    def overwritten(self, value):
        """The other side gives this new contents."""
        place = self.places.get(id(value))
        if place is not None and self.agreed[place] < self.message:
            contents = self.contents[place]
            self.is_lost |= contents is not None and not has(value, contents)

    def is_changed(self, place):
        """Whether something goes with new contents."""
        if place in self.changed:
            return True
        return self.agreed[place] < self.message and self.look(place)

    def unheld(self):
        """Places of what nobody but this list holds."""
        if self.state != COMPARED:
            return []
        found = []
        for place in range(len(self.values)):
            if place not in self.changed and getrefcount(self.values[place]) == ALONE:
                found.append(place)
                # What it held may be held by nobody else.
                self.values[place] = self.contents[place] = None
        return found


def weight(contents):
    return 1 if contents is None else 1 + len(contents)


def release(group):
    """Takes out of a list what nobody else holds. Whatever holds another stands before it."""
    for place in range(len(group)):
        if getrefcount(group[place]) == ALONE:
            group[place] = None


# How many references are counted of what one list holds, looked at as above.
alone = [[]]
ALONE = [getrefcount(alone[place]) for place in range(1)][0]


def has(value, contents):
    """Whether a value has these contents still."""
    if type(value) is not list:
        value = contents_of(value)
        if type(value) is bytes:
            return value == contents
    return len(value) == len(contents) and all(map(is_, value, contents))


def contents_of(value):
    """The parts of a value that can change, to be compared by identity, or its bytes; None if it cannot change."""
    kind = type(value)
    if kind is list:
        return value[:]
    if kind is dict:
        return [*value, *value.values()]
    if id(kind) in SCALARS or kind is tuple or kind is frozenset:
        return None
    for base, contents in CONTENTS:
        if derives(kind, base):
            return contents(value)
    if kind is standard("array", "array"):
        return value.tobytes()
    if kind is standard("types", "SimpleNamespace"):
        return [*value.__dict__, *value.__dict__.values()]
    for name, part in (("UserDict", "data"), ("UserList", "data"), ("UserString", "data"), ("ChainMap", "maps")):
        if kind is standard("collections", name):
            return [getattr(value, part)]
    return None


def of_mapping(base):
    return lambda value: [*base.__iter__(value), *dict.values(value)]


def of_sequence(base):
    return lambda value: [*base.__iter__(value)]


CONTENTS = (
    (list, of_sequence(list)),
    (type_of("collections", "OrderedDict"), of_mapping(type_of("collections", "OrderedDict"))),
    (dict, of_mapping(dict)),
    (set, of_sequence(set)),
    (bytearray, lambda value: bytes(bytearray.__getitem__(value, slice(None)))),
    (type_of("collections", "deque"), of_sequence(type_of("collections", "deque"))),
)

# Types whose values have no parts.
SCALARS = set(map(id, (int, str, float, bytes, complex, bool, type(None), range)))


def can_be_shared(value):
    """Whether it matters that a value of the tables stays one object."""
    kind = type(value)
    if kind is tuple or kind is frozenset:
        return len(value) > 0
    if kind is float:
        return value != value
    if id(kind) in SCALARS or id(kind) in FUNCTIONS or derives(kind, type) or derives(kind, BaseException):
        return False
    base = base_of(kind)
    if base is not None:
        return BASES[base].renew is not None
    return contents_of(value) is not None or kind_of(kind) is not None
