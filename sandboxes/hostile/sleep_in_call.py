# Sleeps in the call.
import time


def word_count(text):
    time.sleep(10 ** 6)
