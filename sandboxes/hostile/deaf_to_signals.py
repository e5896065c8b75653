# Blocks every signal and waits.
import signal, threading
signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())


def word_count(text):
    threading.Event().wait()
