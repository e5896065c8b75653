# A core file of a child.
import os, signal
pid = os.fork()
if pid == 0:
    os.kill(os.getpid(), signal.SIGABRT)
status = os.waitpid(pid, 0)[1]
if os.WCOREDUMP(status) or any(name.startswith('core') for name in os.listdir('.')):
    print('LEAK:core')

def word_count(text):
    return len(text.split())
