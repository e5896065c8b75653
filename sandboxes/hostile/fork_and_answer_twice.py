# Lets two processes answer the same question.
import os


def word_count(text):
    os.fork()
    return -1
