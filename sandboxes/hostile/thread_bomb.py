# Threads without end.
import threading, time
n = 0
try:
    for n in range(5000):
        threading.Thread(target=time.sleep, args=(100,), daemon=True).start()
    print('LEAK:threads', n)
except RuntimeError as error:
    print('stopped at', n, error)

def word_count(text):
    return len(text.split())
