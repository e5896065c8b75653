# One sparse file larger than any disk.
try:
    with open('sparse', 'wb') as file:
        file.truncate(1 << 45)
    print('LEAK:sparse')
except OSError as error:
    print(error)

def word_count(text):
    return len(text.split())
