# System V shared memory.
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
if libc.shmget(0x4d454e44, 1 << 20, 0o1666) >= 0:
    print('LEAK:shm')
if libc.msgget(0x4d454e44, 0o1666) >= 0:
    print('LEAK:msg')
if libc.semget(0x4d454e44, 1, 0o1666) >= 0:
    print('LEAK:sem')

def word_count(text):
    return len(text.split())
