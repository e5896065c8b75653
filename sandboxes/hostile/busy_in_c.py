# Is busy in one long call that no signal of Python's interrupts.
def word_count(text):
    return len(str(10 ** (10 ** 8) % 7))
