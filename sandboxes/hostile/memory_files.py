# Memory files, which no quota counts.
import os
try:
    fd = os.memfd_create('x')
    print('LEAK:memfd')
except OSError as error:
    print(error)

def word_count(text):
    return len(text.split())
