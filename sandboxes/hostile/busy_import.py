# Never ends while it is loaded.
n = 0
while True:
    n += 1


def word_count(text):
    return -1
