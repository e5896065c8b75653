# A poisoned bytecode cache of the library.
import importlib.util, json
path = importlib.util.cache_from_source(json.__file__)
try:
    with open(path, 'ab') as file:
        file.write(b'x')
    print('LEAK:pyc')
except OSError as error:
    print(error)

def word_count(text):
    return len(text.split())
