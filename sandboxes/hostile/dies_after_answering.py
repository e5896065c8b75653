# Answers wrongly and dies at once.
import os, threading


def word_count(text):
    threading.Timer(0.0, os.kill, (os.getpid(), 9)).start()
    return True
