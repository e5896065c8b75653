"""What tests share: a server that answers as they say, the real `mend`, and a run of it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any, Callable, Iterator

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from fake import Fake  # noqa: E402

from mendbench import _binary  # noqa: E402
from mendbench._errors import BinaryNotFound  # noqa: E402


@pytest.fixture
def fake(tmp_path: Path) -> Iterator[Callable[..., Fake]]:
    """Starts servers that answer as a test says; they end with the test."""
    started = []

    def start(answer: Any, unix: bool = False, line: int = 512) -> Fake:
        started.append(Fake(answer, str(tmp_path / "fake.sock") if unix else None, line))
        return started[-1]

    yield start
    for server in started:
        server.stop()


@pytest.fixture(scope="session")
def binary() -> str:
    """The real `mend`. Without one the test says that it skips."""
    try:
        return _binary.find()
    except BinaryNotFound as error:
        pytest.skip(f"no program `mend`: {error}")


@pytest.fixture(scope="session")
def serves(binary: str) -> str:
    """The real `mend`, if it has `mend serve`."""
    if subprocess.run([binary, "serve", "--help"], capture_output=True).returncode != 0:
        pytest.skip(f"{binary} has no `mend serve`")
    # The tests are about the client: programs that they judge are their own.
    os.environ.setdefault("MEND_ALLOW_UNSAFE", "true")
    return binary


@pytest.fixture(scope="session")
def run_folder(binary: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished run of six problems of starter by a simulated model."""
    folder = tmp_path_factory.mktemp("runs") / "run"
    command = [binary, "run", "--dataset", "starter", "--model", "sim/journeyman", "--strategy", "self-repair", "--sample"]
    command += ["6", "--set", "n_p=2", "--no-html", "--out", str(folder)]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    return folder
