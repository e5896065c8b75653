# Lets children do the work and waits for ever.
import os


def word_count(text):
    for _ in range(3):
        if os.fork() == 0:
            while True:
                pass
    os.wait()
