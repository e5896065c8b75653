"""What one interpreter makes of programs and tests: each test with the program loaded afresh, in a namespace of its own."""

import io
import json
import os
import signal
import sys


def outcome(program, test):
    """The word for a test that passes, or what ended it."""
    candidate = {"__name__": "__main__"}
    try:
        exec(compile(program, "candidate.py", "exec"), candidate)
        exec(compile(test, "tests.py", "exec"), {"__name__": "tests", "f": candidate["f"]})
    except BaseException as error:
        try:
            return f"{type(error).__name__}: {error}"[:200]
        except Exception:
            return type(error).__name__
    return "passed"


def ended(number, frame):
    raise TimeoutError("the test does not end")


signal.signal(signal.SIGALRM, ended)
told = os.dup(1)
work = json.load(sys.stdin)
sys.stdout = sys.stderr = io.StringIO()
found = []
for program, tests in work:
    for test in tests:
        signal.alarm(10)
        found.append(outcome(program, test))
        signal.alarm(0)
os.write(told, json.dumps(found).encode())
os._exit(0)
