# Sets that iterate as the one that was sent. The order follows from how a set was built: from the size of its table, and
# from who came first where two want the same place.

from operator import is_

# Of an empty set, and of each place in a table beyond the smallest one, which has eight.
SET_BYTES = set().__sizeof__()
PLACE_BYTES = (set(range(8)).__sizeof__() - SET_BYTES) // 32
# Places that are tried one after another before a jump.
LINEAR_PROBES = 9


def table_bits(made):
    """The size of a set's table, as a power of two."""
    more = (made.__sizeof__() - SET_BYTES) // PLACE_BYTES
    return more.bit_length() - 1 if more > 0 else 3


def in_order(made, items):
    return len(made) == len(items) and all(map(is_, made, items))


def fill(made, items, bits):
    """Fills an empty set so that it yields the items in their order: in the ways in which programs build sets, until one
    fits. Where the order follows from what differs between two interpreters, none does."""
    for way in (list, dict.fromkeys, frozenset):
        made.update(way(items))
        if in_order(made, items):
            return
        made.clear()
    try:
        place(made, items, bits)
    except NoPlace:
        pass
    if not in_order(made, items):
        made.clear()
        made.update(items)


def frozen(items, bits):
    """The same for a set that cannot be changed."""
    for way in FROZEN_WAYS:
        try:
            made = frozenset(way(items, bits))
        except NoPlace:
            continue
        if in_order(made, items):
            return made
    return frozenset(items)


FROZEN_WAYS = (
    lambda items, bits: items,
    lambda items, bits: dict.fromkeys(items),
    lambda items, bits: set(items),
    lambda items, bits: dict.fromkeys(arranged(items, bits)[0]),
    lambda items, bits: arranged(items, bits)[0],
    lambda items, bits: arranged(items, bits - 2)[0],
    lambda items, bits: placed(items, bits),
)


def placed(items, bits):
    made = set()
    place(made, items, bits)
    return made


class NoPlace(Exception):
    pass


def probes(hashed, mask):
    """The places that are tried for a hash, in their order. Ends where a search would be too long to be true."""
    perturb = hashed & ((1 << sys.hash_info.width) - 1)
    at = perturb & mask
    for _ in range(6):
        yield at
        if at + LINEAR_PROBES <= mask:
            yield from range(at + 1, at + LINEAR_PROBES + 1)
        perturb >>= 5
        at = (at * 5 + 1 + perturb) & mask


def place(made, items, bits):
    """Fills an empty set by the size of its table: finds a place for each item, each behind the last, and an order of
    adding them in which they go there. What kept a place busy when the set was built is a number that goes away again."""
    size = 1 << bits
    order, wanted, fillers, number = arranged(items, bits)
    # Whoever adds a dictionary makes the table large enough for twice as many as there will be.
    free = (at for at in range(size) if at not in wanted and at not in fillers)
    while size > 8 and len(order) < max(5, size // 4):
        at = next(free)
        fillers[at] = number(at)
        order.append(fillers[at])
    at_once = 4 if size == 8 else size // 2 - 1
    made.update(dict.fromkeys(order[:at_once]))
    for item in order[at_once:]:
        made.add(item)
    for filler in fillers.values():
        made.discard(filler)


def arranged(items, bits):
    """Who is added when, the places that the items then have, the fillers by their place, and who makes fillers."""
    mask = (1 << bits) - 1
    if not 3 <= bits <= 22 or 5 * len(items) >= 3 * mask:
        raise NoPlace
    wanted = places(items, mask)
    number = filler_numbers(mask, items)
    order, fillers = in_turn(wanted, number, mask)
    # Those who got the place that they want first are in nobody's debt.
    order.sort(key=lambda item: wanted.get(hash(item) & mask, wanted) is not item)
    return order, wanted, fillers, number


def places(items, mask):
    """A place for each item, by the place: each behind the last, and all as early in their searches as that allows."""
    # Ways to have placed the items so far: the last place, how far down the searches went, the items and places before.
    # Who is further behind has gone less far, or would be of no use.
    ways = [(-1, 0, None)]
    for item in items:
        following = []
        for steps, at in sorted(enumerate(probes(hash(item), mask)), key=lambda tried: tried[1]):
            before = None
            for way in ways:
                if way[0] >= at:
                    break
                before = way
            if before is not None and (not following or before[1] + steps < following[-1][1]):
                following.append((at, before[1] + steps, (item, before)))
        if not following:
            raise NoPlace
        ways = following
    found = {}
    at, _, chain = ways[-1]
    while chain is not None:
        item, before = chain
        found[at] = item
        at, _, chain = before
    return found


def filler_numbers(mask, items):
    """Numbers that are no item and want a given place first."""
    held = {item for item in items if isinstance(item, (int, float, complex))}

    def number(at):
        found = at
        while found in held:
            found += mask + 1
        if found >= sys.hash_info.modulus:
            raise NoPlace
        return found

    return number


def in_turn(wanted, number, mask):
    """Who is added when, and the fillers among them by their place."""
    order = []
    fillers = {}
    busy = set()
    for start in wanted:
        # Whoever belongs to a place that is tried earlier comes first.
        waiting = [start]
        while waiting:
            at = waiting[-1]
            before = None
            for tried in probes(hash(wanted[at]), mask):
                if tried == at:
                    break
                if tried not in busy:
                    before = tried
                    break
            if at in busy:
                waiting.pop()
            elif before is None:
                order.append(wanted[at])
                busy.add(at)
                waiting.pop()
            elif before not in wanted:
                fillers[before] = number(before)
                order.append(fillers[before])
                busy.add(before)
            elif before in waiting:
                raise NoPlace
            else:
                waiting.append(before)
    return order, fillers
