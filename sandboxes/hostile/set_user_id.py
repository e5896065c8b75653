# Privileges through set-uid programs.
import subprocess
try:
    done = subprocess.run(['/bin/su', '-c', 'id'], capture_output=True, timeout=5, stdin=subprocess.DEVNULL)
    if b'uid=0' in done.stdout:
        print('LEAK:su')
except Exception as error:
    print(type(error))

def word_count(text):
    return len(text.split())
