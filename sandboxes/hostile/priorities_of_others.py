# Priorities of other processes: the parent, the group, all of the user.
import os

own = os.getpriority(os.PRIO_PROCESS, 0)
for which, who in ((os.PRIO_PROCESS, 1), (os.PRIO_PROCESS, os.getppid() or 1), (os.PRIO_PGRP, 0), (os.PRIO_USER, 0)):
    try:
        os.setpriority(which, who, own + 1)
        print('LEAK:priority', which, who)
    except OSError:
        pass
try:
    os.nice(-5)
    print('LEAK:nice')
except OSError:
    pass

def word_count(text):
    return len(text.split())
