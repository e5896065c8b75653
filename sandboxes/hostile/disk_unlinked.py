# Space in files that were removed and are still open.
files = []
import os
total = 0
try:
    for index in range(30):
        file = open('gone', 'wb')
        os.remove('gone')
        total += file.write(b'x' * (8 << 20))
        files.append(file)
except OSError as error:
    print(error)
if total > 128 << 20:
    print('LEAK:unlinked', total)

def word_count(text):
    return len(text.split())
