# Memory hidden in pipe buffers.
import fcntl, os
total = 0
try:
    for _ in range(60):
        r, w = os.pipe()
        fcntl.fcntl(w, 1031, 1 << 20)
        os.set_blocking(w, False)
        total += os.write(w, b'x' * (1 << 20))
except OSError as error:
    print(error)
if total > 256 << 20:
    print('LEAK:pipes', total)

def word_count(text):
    return len(text.split())
