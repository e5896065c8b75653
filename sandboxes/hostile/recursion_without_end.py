# Overflows the native stack.
import sys
sys.setrecursionlimit(10 ** 9)


def word_count(text):
    return word_count(text) + 1
