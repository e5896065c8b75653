"""The server of a process: found, started once, stopped; none is left, however Python ends."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Dict, List, Optional

import pytest

import mendbench
from mendbench import _binary, _server

#: A program that stands for `mend`: it listens, as told by its arguments, without judging anything.
STAND_IN = """#!{python}
import os, socket, sys, threading, time
path = sys.argv[sys.argv.index("--unix") + 1]
open(os.environ["SEEN"], "a").write(" ".join(sys.argv[1:]) + "\\n")
if "--fail" in sys.argv:
    sys.exit("error: the engine `moon` is not known")
listening = socket.socket(socket.AF_UNIX)
listening.bind(path)
listening.listen()
print("unix:" + path, flush=True)
parent = os.getppid()
while os.getppid() == parent:
    time.sleep(0.05)
os.unlink(path)
"""


@pytest.fixture
def stand_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The path of the stand-in; what it was started with is in the file `seen`."""
    monkeypatch.setenv("SEEN", str(tmp_path / "seen"))
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    program = tmp_path / "mend"
    program.write_text(STAND_IN.format(python=sys.executable))
    program.chmod(0o755)
    _server.stop()
    yield program
    _server.stop()


def seen(folder: Path) -> List[str]:
    path = folder / "seen"
    return path.read_text().splitlines() if path.exists() else []


def test_a_process_has_one_server_for_each_choice_of_arguments(stand_in: Path, tmp_path: Path) -> None:
    first = _server.shared(binary=str(stand_in))
    assert _server.shared(binary=str(stand_in)) == first
    other = _server.shared(["--sandbox", "wasm"], str(stand_in))
    assert other != first and len(seen(tmp_path)) == 2
    assert seen(tmp_path)[1].endswith("--with-parent --drain 1 --sandbox wasm")
    _server.stop()
    assert list(tmp_path.glob("*.sock")) == []
    # The next use starts one again.
    assert _server.accepts(_server.shared(binary=str(stand_in)))


def test_a_server_that_died_is_started_anew(stand_in: Path, tmp_path: Path) -> None:
    first = _server.shared(binary=str(stand_in))
    (running,) = _server._running.values()
    assert running.process is not None
    running.process.kill()
    running.process.wait()
    second = _server.shared(binary=str(stand_in))
    assert second != first and not os.path.exists(first)


def test_a_server_that_does_not_start_says_why(stand_in: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with pytest.raises(mendbench.StartFailed, match=r"ended with 1. It said: error: the engine `moon` is not known"):
        _server.shared(["--fail"], str(stand_in))
    monkeypatch.setattr(_server, "START", 0.2)
    stand_in.write_text(f"#!{sys.executable}\nimport time\ntime.sleep(60)\n")
    with pytest.raises(mendbench.StartFailed, match="does not listen after"):
        _server.shared(binary=str(stand_in))
    stand_in.write_text("no program at all")
    with pytest.raises(mendbench.StartFailed, match="put the path of `mend` into MEND_BIN"):
        _server.shared(binary=str(stand_in))


def test_sockets_that_killed_servers_left_are_removed(stand_in: Path, tmp_path: Path) -> None:
    import socket

    left = tmp_path / f"mendbench-{os.getuid()}-left.sock"
    fresh = tmp_path / f"mendbench-{os.getuid()}-fresh.sock"
    for path in (left, fresh):
        with socket.socket(socket.AF_UNIX) as bound:
            bound.bind(str(path))
    os.utime(left, (1, 1))
    _server.shared(binary=str(stand_in))
    # What was made a moment ago may be about to listen.
    assert not left.exists() and fresh.exists()


def test_the_program_is_found_where_it_is_named_then_beside_then_on_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "mend"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    monkeypatch.delenv("MEND_BIN", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(_binary, "_installed", lambda: iter([tmp_path / "absent"]))
    assert _binary.find() == str(program)
    assert _binary.find(str(program)) == str(program)
    monkeypatch.setattr(_binary, "_installed", lambda: iter([program]))
    monkeypatch.setenv("PATH", "/nowhere")
    assert _binary.find() == str(program)
    monkeypatch.setenv("MEND_BIN", str(tmp_path / "absent"))
    with pytest.raises(mendbench.BinaryNotFound, match="the variable MEND_BIN names .*absent, which is not a program"):
        _binary.find()
    monkeypatch.delenv("MEND_BIN")
    monkeypatch.setattr(_binary, "_installed", lambda: iter([]))
    with pytest.raises(mendbench.BinaryNotFound, match="Install the wheel of mendbench, or build `mend`"):
        _binary.find()


#: What a Python of its own does with the real server. It prints the server's process and socket.
USES = """
import os, sys, time, mendbench
from mendbench import _server
client = mendbench.Client()
def ask():
    found = client.judge("def inc(x):\\n    return x + 1", tests=["assert inc(1) == 2"], entry_point="inc")
    assert found.passed is True, found
ask()
(running,) = _server._running.values()
print(running.process.pid, running.path, flush=True)
"""


def python(code: str, folder: Path, **options: Any) -> "subprocess.Popen[str]":
    environment = {**os.environ, "TMPDIR": str(folder), "PYTHONPATH": str(Path(mendbench.__file__).parent.parent)}
    environment.pop("MEND_URL", None)
    return subprocess.Popen(
        [sys.executable, "-W", "error", "-c", USES + code], env=environment, stdout=subprocess.PIPE, text=True, **options
    )


def started(process: "subprocess.Popen[str]") -> "tuple[int, Path]":
    assert process.stdout is not None
    pid, path = process.stdout.readline().split()
    return int(pid), Path(path)


def gone(pid: int, path: Path) -> bool:
    """Whether a server ends, and its socket with it, within ten seconds."""
    for _ in range(200):
        if not path.exists() and not alive(pid):
            return True
        time.sleep(0.05)
    return False


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


@pytest.mark.parametrize("end, code", [("", 0), ("raise SystemExit(3)", 3), ("1 / 0", 1)])
def test_a_server_ends_with_python(serves: str, tmp_path: Path, end: str, code: int) -> None:
    process = python(end, tmp_path, stderr=subprocess.DEVNULL)
    pid, path = started(process)
    assert process.wait(30) == code
    assert not alive(pid) and list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_server_ends_when_python_is_killed(serves: str, tmp_path: Path, number: int) -> None:
    process = python("time.sleep(60)", tmp_path)
    pid, path = started(process)
    mode = path.stat().st_mode
    assert stat.S_ISSOCK(mode) and stat.S_IMODE(mode) & 0o077 == 0 and alive(pid)
    process.send_signal(number)
    process.wait(30)
    assert gone(pid, path) and list(tmp_path.iterdir()) == []


def test_a_forked_child_judges_and_leaves_its_parents_server_alone(serves: str, tmp_path: Path) -> None:
    code = """
child = os.fork()
if child == 0:
    ask()
    os._exit(0 if all(running.process is None for running in _server._running.values()) else 9)
assert os.waitpid(child, 0)[1] == 0
ask()
import multiprocessing
with multiprocessing.get_context("fork").Pool(2) as pool:
    pool.map(lambda_free, range(4))
ask()
""".replace("lambda_free", "work")
    process = python("def work(number):\n    ask()\n" + code, tmp_path)
    pid, path = started(process)
    assert process.wait(60) == 0
    assert not alive(pid) and list(tmp_path.iterdir()) == []


def test_a_child_that_outlives_its_parent_starts_a_server_of_its_own(serves: str, tmp_path: Path) -> None:
    code = """
if os.fork() == 0:
    while _server.accepts(running_path):
        time.sleep(0.05)
    ask()
    (running,) = _server._running.values()
    print(running.process.pid, running.path, flush=True)
    sys.exit()
""".replace("running_path", "running.path")
    process = python(code, tmp_path)
    first = started(process)
    second = started(process)
    assert process.wait(30) == 0 and first != second
    assert gone(*first) and gone(*second) and list(tmp_path.iterdir()) == []


def test_the_real_server_tells_its_engine_and_its_problems(serves: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MEND_URL", raising=False)
    with mendbench.Client() as client:
        health: Dict[str, Any] = client.health()
        assert health["status"] == "ok" and health["engine"]["name"]
        problems = client.problems("starter")
        assert problems[0]["task_id"] == "starter/f01" and "reference" not in problems[0]
        found = client.judge(answer="```python\ndef shift_pay(a, b, c): return 1\n```", task_id="starter/f01", dataset="starter")
        assert found.status == "wrong_answer" and found.facts is not None
        ran = client.run_code("print(int(input()) + 1)", stdin="41\n")
        assert ran["run_result"]["stdout"] == "42\n"
        with pytest.raises(mendbench.Refused, match="starter/none"):
            client.judge("x = 1", task_id="starter/none", dataset="starter")
        unknown: Optional[str] = None
        try:
            client.problems("no such data set")
        except mendbench.Refused as error:
            unknown = error.code
        assert unknown == "unknown_dataset"
