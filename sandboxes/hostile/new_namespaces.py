# Namespaces by clone, unshare and setns.
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
for flag in (0x20000, 0x2000000, 0x4000000, 0x8000000, 0x10000000, 0x20000000, 0x40000000):
    if libc.unshare(flag) == 0:
        print('LEAK:unshare', hex(flag))
    pid = libc.syscall(56, flag | 17, 0, 0, 0, 0)
    if pid == 0:
        libc._exit(0)
    if pid > 0:
        print('LEAK:clone', hex(flag))

def word_count(text):
    return len(text.split())
