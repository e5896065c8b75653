# Memory shared out over many children.
import os, time
r, w = os.pipe()
os.set_blocking(r, False)
pids = []
for _ in range(12):
    try:
        pid = os.fork()
    except OSError:
        break
    if pid == 0:
        try:
            block = bytearray(300 << 20)
            for at in range(0, len(block), 4096):
                block[at] = 1
            os.write(w, b'%8d' % os.getpid())
            time.sleep(100)
        except MemoryError:
            pass
        os._exit(0)
    pids.append(pid)
time.sleep(1.2)
full = set()
try:
    for _ in pids:
        full.add(int(os.read(r, 8)))
except OSError:
    pass
alive = sum(pid in full and os.waitpid(pid, os.WNOHANG)[0] == 0 for pid in pids)
if alive * 300 > 2048:
    print('LEAK:memory', alive)


def word_count(text):
    return len(text.split())
