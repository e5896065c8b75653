"""One ``mend serve`` for this process: started when first needed, stopped at its end.

The server watches this process (``--with-parent``), so it also ends, and takes its socket with it, where Python is
killed. A forked child uses its parent's server for as long as that is there, and then starts its own.
"""

from __future__ import annotations

import atexit
import os
import secrets
import selectors
import socket
import stat
import subprocess
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Dict, Optional, Sequence, Tuple

from . import _binary
from ._errors import StartFailed

#: Seconds that a server may take until it listens. An engine that is made ready first can take a while.
START = 120.0
#: Seconds that a server may take to end before it is killed.
STOP = 5.0
#: Bytes that the path of a socket may have, by the system's structure for it.
LONGEST_PATH = 100
#: Seconds after which a socket at which nobody listens counts as left behind, and not as one that is being made.
LEFT = 60.0


@dataclass
class Running:
    """A server that accepts connections. ``process`` is ``None`` where another process started it."""

    path: str
    process: Optional["subprocess.Popen[bytes]"]
    said: Optional[IO[bytes]] = None


_lock = threading.Lock()
_running: Dict[Tuple[str, ...], Running] = {}


def shared(arguments: Sequence[str] = (), binary: Optional[str] = None, doubt: bool = False) -> str:
    """The path of the socket of this process's server with these arguments, which is started if it does not run.

    ``doubt`` says that a connection just failed, so that a server of the parent process is tried before it is named.
    Raises ``BinaryNotFound`` and ``StartFailed``.
    """
    key = _key(arguments, binary)
    with _lock:
        running = _running.get(key)
        if running is not None:
            if _alive(running, doubt):
                return running.path
            _end(running)
            del _running[key]
        running = _start(_binary.find(binary), arguments)
        _running[key] = running
        atexit.unregister(stop)
        atexit.register(stop)
        return running.path


def known(arguments: Sequence[str] = (), binary: Optional[str] = None) -> Optional[str]:
    """The same at once, or ``None`` where ``shared`` would start a server or wait for one that starts."""
    if not _lock.acquire(blocking=False):
        return None
    try:
        running = _running.get(_key(arguments, binary))
        return running.path if running is not None and _alive(running, doubt=False) else None
    finally:
        _lock.release()


def _key(arguments: Sequence[str], binary: Optional[str]) -> Tuple[str, ...]:
    return (binary or os.environ.get(_binary.VARIABLE) or "", *arguments)


def stop() -> None:
    """Ends every server that this process started. The next call starts one again."""
    with _lock:
        for running in _running.values():
            _end(running)
        _running.clear()
        atexit.unregister(stop)


def _start(program: str, arguments: Sequence[str]) -> Running:
    path = _socket_path()
    said = tempfile.TemporaryFile()
    command = [program, "serve", "--unix", path, "--with-parent", "--drain", "1", *arguments]
    try:
        # A session of its own: an interrupt at the keyboard is for this process, which then decides about the server.
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=said,
            start_new_session=True,
            env={name: value for name, value in os.environ.items() if name not in ("MEND_LISTEN", "MEND_UNIX")},
        )
    except OSError as error:
        said.close()
        raise StartFailed(f"{program} cannot be run: {error}; put the path of `mend` into {_binary.VARIABLE}") from error
    running = Running(path, process, said)
    try:
        _await_first_line(running, command)
    except BaseException:
        _end(running)
        raise
    return running


def _await_first_line(running: Running, command: Sequence[str]) -> None:
    """Returns once the server said that it listens."""
    process = running.process
    assert process is not None and process.stdout is not None
    ends = time.monotonic() + START
    line = b""
    with process.stdout as stdout, selectors.DefaultSelector() as selector:
        selector.register(stdout, selectors.EVENT_READ)
        while not line.endswith(b"\n"):
            if not selector.select(max(0.0, ends - time.monotonic())):
                raise StartFailed(f"`{' '.join(command)}` does not listen after {START:.0f} s. {_words(running)}")
            more = os.read(stdout.fileno(), 4096)
            if not more:
                process.wait(STOP)
                raise StartFailed(f"`{' '.join(command)}` ended with {process.returncode}. {_words(running)}")
            line += more


def _words(running: Running) -> str:
    """The end of what the server said."""
    if running.said is None:
        return ""
    running.said.seek(0)
    words = running.said.read()[-2000:].decode("utf-8", "replace").strip()
    return f"It said: {words}" if words else "It said nothing; run the command by hand to see more"


def _alive(running: Running, doubt: bool) -> bool:
    if running.process is not None:
        return running.process.poll() is None
    return not doubt or accepts(running.path)


def accepts(path: str) -> bool:
    """Whether somebody listens at a socket."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(1.0)
        try:
            probe.connect(path)
        except BlockingIOError:
            # Somebody does, and many connect.
            return True
        except OSError:
            return False
    return True


def _end(running: Running) -> None:
    process = running.process
    if process is None:
        return
    # Twice: the second one ends it without waiting for what runs.
    for ask in (process.terminate, process.terminate, process.kill):
        ask()
        try:
            process.wait(STOP)
            break
        except subprocess.TimeoutExpired:
            continue
    Path(running.path).unlink(missing_ok=True)
    if running.said is not None:
        running.said.close()


def _socket_path() -> str:
    """A path for a socket that nobody uses. Sockets that killed servers left are removed first."""
    name = f"mendbench-{os.getuid()}-"
    folder = tempfile.gettempdir()
    if len(os.fsencode(folder)) + len(name) + 16 > LONGEST_PATH:
        folder = "/tmp"
    for left in Path(folder).glob(f"{name}*.sock"):
        try:
            found = left.lstat()
            is_ours = stat.S_ISSOCK(found.st_mode) and found.st_uid == os.getuid()
            if is_ours and time.time() - found.st_mtime > LEFT and not accepts(str(left)):
                left.unlink()
        except OSError:
            continue
    return str(Path(folder) / f"{name}{secrets.token_hex(6)}.sock")


def _after_fork() -> None:
    """In a child: the parent's servers are used, and never ended."""
    global _lock
    _lock = threading.Lock()
    atexit.unregister(stop)
    for running in _running.values():
        if running.process is not None:
            # It is not a child of this process, so nothing is to be waited for.
            running.process.returncode = 0
            running.process = None
        if running.said is not None:
            running.said.close()
            running.said = None


os.register_at_fork(after_in_child=_after_fork)
