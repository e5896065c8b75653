# Dies of a wild pointer.
import ctypes


def word_count(text):
    ctypes.memset(8, 0, 1 << 20)
