# Changes to the system's files.
import os
for path in ['/usr/lib/x', '/bin/x', '/etc/x', '/x', '/dev/x', os.path.dirname(os.__file__) + '/sitecustomize.py']:
    try:
        open(path, 'w').write('x')
        print('LEAK:write', path)
    except OSError:
        pass

def word_count(text):
    return len(text.split())
