# Takes memory in every shape that the interpreter's own allocator knows, and catches each refusal.
import array
import wit_world

kept = []


def word_count(text):
    for make in (bytearray, lambda size: array.array("b", bytes(size)), lambda size: [None] * size, lambda size: "x" * size):
        for size in (1 << 30, 1 << 26, 1 << 20, 1 << 12):
            try:
                while True:
                    kept.append(make(size))
            except MemoryError:
                pass
    return 7
