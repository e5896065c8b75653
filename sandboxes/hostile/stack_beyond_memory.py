# More memory than allowed, by stacks that the program asked to be without limit.
import resource, threading

resource.setrlimit(resource.RLIMIT_STACK, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
threading.stack_size(1 << 30)
hoard = []

def fill():
    for _ in range(3 << 6):
        block = bytearray(16 << 20)
        for at in range(0, len(block), 4096):
            block[at] = 1
        hoard.append(block)
    print('LEAK:memory')

def word_count(text):
    threads = [threading.Thread(target=fill) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return len(text.split())
