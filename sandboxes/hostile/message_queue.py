# A POSIX message queue that would outlive the program.
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
try:
    if libc.mq_open(b'/mend', 0o102, 0o666, None) >= 0:
        print('LEAK:mq')
except AttributeError:
    pass

def word_count(text):
    return len(text.split())
