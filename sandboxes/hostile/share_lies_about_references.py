# Counts references as it likes, so that its side and the host's would know different lists.
import sys

frame = sys._getframe()
while "Encoder" not in frame.f_globals:
    frame = frame.f_back
GUEST = frame.f_globals
turns = []


def getrefcount(value):
    turns.append(1)
    return GUEST["ALONE"] + len(turns) % 2


GUEST["getrefcount"] = getrefcount
kept = []


def word_count(text):
    kept.append([text, 7])
    kept[0].append(kept)
    return kept
