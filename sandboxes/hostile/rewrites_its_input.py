# Another input for the next test: by each name and number of it, by its length, by a shared map, by its seals.
import fcntl, mmap, os

def tried(act, *args):
    try:
        act(*args)
    except (OSError, ValueError):
        return
    print('LEAK:input', args)

def rewrite(path):
    with open(path, 'r+b', buffering=0) as file:
        file.write(b'x')

def empty(path):
    open(path, 'wb').close()

def unseal(number):
    fcntl.fcntl(number, 1033, 0)
    raise OSError if os.write(number, b'') == 0 else ValueError

if os.fstat(0).st_size or os.isatty(0):
    print('LEAK:an input of somebody else')
tried(os.pwrite, 0, b'x', 0)
tried(os.truncate, 0, 1)
tried(unseal, 0)
tried(lambda: mmap.mmap(0, 4096, mmap.MAP_SHARED, mmap.PROT_WRITE))
for path in ('/dev/stdin', '/dev/fd/0', '/proc/self/fd/0', f'/proc/{os.getpid()}/fd/0'):
    try:
        os.chmod(path, 0o666)
    except OSError:
        pass
    tried(rewrite, path)
    tried(os.truncate, path, 1)

def word_count(text):
    return len(text.split())
