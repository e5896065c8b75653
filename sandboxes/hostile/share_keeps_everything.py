# Says that it holds all that crosses, and changes it in whatever call comes next.
import sys

frame = sys._getframe()
while "Encoder" not in frame.f_globals:
    frame = frame.f_back
GUEST = frame.f_globals
GUEST["release"] = lambda group: None
GUEST["can_be_shared"] = lambda value: True
given = []


def word_count(text):
    for one in given:
        one[:] = [2, 0, 3] * len(given)
    given.append([7, text])
    return given[-1]
