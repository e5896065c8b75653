# The machine's clock and name.
import ctypes, time
libc = ctypes.CDLL(None, use_errno=True)
try:
    time.clock_settime(time.CLOCK_REALTIME, 0)
    print('LEAK:clock')
except OSError:
    pass
if libc.sethostname(b'x', 1) == 0:
    print('LEAK:hostname')

def word_count(text):
    return len(text.split())
