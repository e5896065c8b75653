# Descriptors that nobody closed.
import os
for fd in range(5, 128):
    try:
        os.fstat(fd)
        print('LEAK:fd', fd)
    except OSError:
        pass

def word_count(text):
    return len(text.split())
