"""Starts `main.py` by this interpreter as a shell at a terminal would, whoever runs this test and however.

What runs a test may ignore or block signals, leave descriptors open, or have a umask and limits of its own. Where it
runs in a pid namespace without a session of that namespace, a program finds the number 0 for its session.
"""

import os
import resource
import signal
import sys

for number in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}:
    try:
        signal.signal(number, signal.SIG_DFL)
    except OSError:
        # The C library keeps two for itself.
        pass
os.setsid()
signal.pthread_sigmask(signal.SIG_SETMASK, ())
os.umask(0o022)
try:
    resource.setrlimit(resource.RLIMIT_STACK, (8 << 20, resource.RLIM_INFINITY))
except (OSError, ValueError):
    # Only root may raise what is hard.
    resource.setrlimit(resource.RLIMIT_STACK, (8 << 20, resource.getrlimit(resource.RLIMIT_STACK)[1]))
os.closerange(3, 4096)
os.execv(sys.executable, [sys.executable, "-B", "main.py"])
