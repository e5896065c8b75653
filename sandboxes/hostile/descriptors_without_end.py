# More descriptors than allowed.
import os
fds = []
try:
    while len(fds) < 2000:
        fds.append(os.dup(1))
    print('LEAK:descriptors')
except OSError:
    pass
for fd in fds:
    os.close(fd)

def word_count(text):
    return len(text.split())
