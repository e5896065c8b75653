# Asks a child process, and is right.
import os


def word_count(text):
    r, w = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.write(w, str(len(text.split())).encode())
        os._exit(0)
    os.waitpid(pid, 0)
    return int(os.read(r, 20))
