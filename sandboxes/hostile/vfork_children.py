# Children by subprocess until it fails.
import subprocess, sys
children = []
try:
    for _ in range(500):
        children.append(subprocess.Popen(['/bin/sleep', '100']))
    print('LEAK:children')
except OSError as error:
    print(len(children), error)

def word_count(text):
    return len(text.split())
