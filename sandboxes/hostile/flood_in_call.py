# Prints without end in the call.
import os


def word_count(text):
    while True:
        os.write(2, b'x' * 65536)
