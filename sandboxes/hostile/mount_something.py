# A file system of its own.
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
if libc.mount(b'none', b'/tmp', b'tmpfs', 0, None) == 0:
    print('LEAK:mount')
if libc.umount2(b'/usr', 2) == 0:
    print('LEAK:umount')
if libc.pivot_root(b'/', b'/') == 0 if hasattr(libc, 'pivot_root') else False:
    print('LEAK:pivot')

def word_count(text):
    return len(text.split())
