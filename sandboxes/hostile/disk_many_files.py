# Disk space in files below the size limit.
total = 0
try:
    for index in range(40):
        with open(f'part{index}', 'wb') as file:
            total += file.write(b'x' * (8 << 20))
except OSError as error:
    print(error)
if total > 128 << 20:
    print('LEAK:disk', total)

def word_count(text):
    return len(text.split())
