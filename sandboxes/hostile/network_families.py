# Sockets of every family.
import _socket
for family in range(1, 46):
    for kind in (1, 2, 3):
        try:
            _socket.socket(family, kind)
            print('LEAK:socket', family, kind)
        except OSError:
            pass

def word_count(text):
    return len(text.split())
