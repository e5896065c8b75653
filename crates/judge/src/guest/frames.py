# Frames on descriptors 3 and 4, and what every guest knows of programs. Runs before all other parts of a guest.

import os
import sys


def read_exactly(count):
    part = os.read(3, count)
    if len(part) == count:
        return part
    parts = []
    while True:
        if not part:
            os._exit(0)
        parts.append(part)
        count -= len(part)
        if not count:
            return b"".join(parts)
        part = os.read(3, count)


def receive():
    """The next frame from the host: (kind, payload). Kind 0 is a request, 1 a reply, 2 an aborted call."""
    head = read_exactly(5)
    return head[4], read_exactly(int.from_bytes(head[:4], "little"))


def send(kind, payload):
    frame = len(payload).to_bytes(4, "little") + bytes((kind,)) + payload
    written = os.write(4, frame)
    view = memoryview(frame)
    while written < len(frame):
        written += os.write(4, view[written:])


def call(payload):
    """What the host answers to a call. None if it was aborted: then the request is to be answered without."""
    send(1, payload)
    kind, reply = receive()
    return None if kind == 2 else reply


def lacks(error):
    """Tells the host if an exception is only the interpreter's own limit. An engine with such an interpreter puts its own
    function here, and its own `call`, and calls `party()` itself."""


# What answers requests, where it was made before the job.
handle = None


def ready():
    """Makes what answers requests, once for all jobs that this process will fork. A guest that has a rehearsal goes through
    it first: the interpreter then knows in each job what it would learn there anew."""
    global handle
    if "rehearse" in globals():
        rehearse(party())
    handle = party()


def main():
    """Answers requests with the function that the guest program's `party` returns."""
    answers = party() if handle is None else handle
    while True:
        send(0, answers(receive()[1]))


def standard(module, name):
    """A class of a standard module, or None while nobody has imported it: then no value has that type."""
    found = sys.modules.get(module)
    return getattr(found, name, None)


def statement_code(text):
    """The code of a statement, or None if it is no Python. It may end where a function begins."""
    for end in ("", "\n" + " " * 40 + "pass\n"):
        try:
            return compile(text + end, "statement.py", "exec")
        except SyntaxError:
            pass
    return None


def line_in(file, trace):
    """Line of a file's own code that is nearest to where an exception was raised; None if it is not of that file."""
    found = None
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == file:
            found = trace.tb_lineno
        trace = trace.tb_next
    return found
