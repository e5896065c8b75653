# Socket pairs that are none.
import _socket
for family in (2, 10, 16, 17):
    try:
        _socket.socketpair(family)
        print('LEAK:pair', family)
    except OSError:
        pass

def word_count(text):
    return len(text.split())
