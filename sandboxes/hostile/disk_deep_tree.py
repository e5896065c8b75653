# Directories without end.
import os
n = 0
try:
    for n in range(20000):
        os.mkdir('d')
        os.chdir('d')
except OSError as error:
    print(n, error)
if n > 8000:
    print('LEAK:directories', n)

def word_count(text):
    return len(text.split())
