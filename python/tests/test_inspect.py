"""The plug-in for Inspect: its search and prompts alone, and `inspect` itself where it is installed.

Inspect is in an environment of its own, whose Python MEND_INSPECT_PYTHON names (scripts/python.sh makes one).
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
from pathlib import Path
from typing import Any, Dict, Iterator, List, Optional

import pytest
from fake import judgement

import mendbench
from mendbench import Judgement
from mendbench.integrations import _prompts
from mendbench.integrations._search import Node, chosen, search

PLACE = str(Path(mendbench.__file__).parent.parent)


def drawn(order: str, right: List[str], n_p: int = 2, n_fr: int = 2, unscored: str = "") -> List[str]:
    """The slots that a search draws where some programs are right, the chosen one last."""

    async def draw(slot: str, parent: Optional[Node]) -> Node:
        assert (parent.slot if parent else None) == (slot.rpartition("/")[0] or None)
        passed = None if slot == unscored else slot in right
        return Node(slot, slot, Judgement.of(judgement(passed=passed)))

    nodes = asyncio.run(search(draw, n_p, n_fr, order))
    return [node.slot for node in nodes] + [chosen(nodes).slot]


@pytest.mark.parametrize(
    "order, right, slots",
    [
        ("dfs", ["p0"], "p0 > p0"),
        ("dfs", ["p1"], "p0 p0/r0 p0/r1 p1 > p1"),
        ("dfs", ["p0/r0", "p1"], "p0 p0/r0 > p0/r0"),
        ("dfs", [], "p0 p0/r0 p0/r1 p1 p1/r0 p1/r1 > p1/r1"),
        ("bfs", ["p1"], "p0 p1 > p1"),
        ("bfs", ["p0/r1"], "p0 p1 p0/r0 p0/r1 > p0/r1"),
        ("bfs", ["p1/r0"], "p0 p1 p0/r0 p0/r1 p1/r0 > p1/r0"),
        ("batch", ["p0"], "p0 p1 > p0"),
        ("batch", ["p0/r0"], "p0 p1 p0/r0 p0/r1 p1/r0 p1/r1 > p0/r0"),
        ("batch", [], "p0 p1 p0/r0 p0/r1 p1/r0 p1/r1 > p1/r1"),
    ],
)
def test_each_order_draws_what_it_must_and_stops(order: str, right: List[str], slots: str) -> None:
    before, _, last = slots.partition(" > ")
    assert drawn(order, right) == [*before.split(), last]


def test_what_nothing_says_to_be_wrong_is_not_repaired() -> None:
    # No public test, or no verdict: a user could not know either.
    assert drawn("dfs", [], unscored="p0") == ["p0", "p0"]
    assert drawn("dfs", [], n_fr=0) == ["p0", "p1", "p1"]


def test_prompts_say_what_failed_and_no_more() -> None:
    facts = {"status": "wrong_answer", "call": "f(1)", "expected": "2", "actual": "x" * 400, "assertion": "assert f(1) == 2"}
    found = Judgement.of(judgement(passed=False, facts=facts, program="def f(x): ...\n# ``` within"))
    prompt = _prompts.repair("Do it.", "answer", found, "f")
    assert prompt.startswith("Do it.\n\nA previous answer is this program:\n\n````python\ndef f(x): ...\n# ``` within\n````\n\n")
    assert f"It fails a test: the call `f(1)` should give `2`, but gives `{'x' * 300}...`." in prompt
    assert prompt.endswith("Then reply with the whole repaired program in one ```python code block.")
    for facts, expected in [
        ({"status": "compile_error", "exception": "SyntaxError: no", "line": 3, "source": "def"}, "It does not compile.\n\nThe exception is `SyntaxError: no`, raised in line 3: `def`."),
        ({"status": "missing_entry_point"}, "It does not define `f`."),
        ({"status": "runtime_error", "call": "f(1)", "exception": "KeyError: 1"}, "It fails a test: the call `f(1)` raises an exception.\n\nThe exception is `KeyError: 1`."),
        ({"status": "time_limit", "call": "f(1)", "note": "more than 3 s"}, "It fails a test: the call `f(1)` gives no result that can be tested.\n\nMore than 3 s."),
        ({"status": "wrong_answer", "input": "1", "expected": "2", "actual": "3"}, "It fails a test with this input:\n\n```text\n1\n```\n\nExpected output:\n\n```text\n2\n```\n\nActual output:\n\n```text\n3\n```"),
    ]:
        assert _prompts.failure(Judgement.of(judgement(passed=False, facts=facts)), "f") == expected
    empty = Judgement.of(judgement(passed=False, status="no_code", program=None))
    assert "A previous answer was empty, and counts as wrong." in _prompts.repair("Do it.", " ", empty, "f")


@pytest.fixture(scope="module")
def inspect_python() -> str:
    found = os.environ.get("MEND_INSPECT_PYTHON", "")
    if not found or subprocess.run([found, "-c", "import inspect_ai, openai"], capture_output=True).returncode != 0:
        pytest.skip("inspect_ai is not installed; MEND_INSPECT_PYTHON names a Python that has it (scripts/python.sh)")
    if not list(Path(PLACE).glob("mendbench-*.dist-info")):
        pytest.skip("mendbench runs from its source, so Inspect finds no entry point; scripts/python.sh installs the wheel")
    return found


@pytest.fixture(scope="module")
def simulated(binary: str) -> Iterator[Dict[str, str]]:
    """The environment for a model that `mend sim-server` serves."""
    command = [binary, "sim-server", "--dataset", "starter", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as server:
        assert server.stdout is not None
        line = server.stdout.readline()
        while line and "http://" not in line:
            line = server.stdout.readline()
        address = line[line.index("http://") :].split()[0].rstrip("/.,`")
        address = address if address.endswith("/v1") else f"{address}/v1"
        yield {"LOCAL_BASE_URL": address, "LOCAL_API_KEY": "none"}
        server.terminate()


def inspect(python: str, arguments: List[str], folder: Path, binary: str, environment: Dict[str, str]) -> str:
    path = os.pathsep.join([PLACE, os.environ.get("PYTHONPATH", "")]).rstrip(os.pathsep)
    ended = subprocess.run(
        [python, "-c", "from inspect_ai._cli.main import main; main()", *arguments],
        env={**os.environ, **environment, "PYTHONPATH": path, "MEND_BIN": binary, "INSPECT_LOG_DIR": str(folder), "INSPECT_DISPLAY": "plain", "INSPECT_LOG_FORMAT": "json"},
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=500,
    )
    assert ended.returncode == 0, ended.stdout[-3000:] + ended.stderr[-3000:]
    return ended.stdout


def log_of(folder: Path) -> Any:
    (path,) = folder.glob("*.json")
    return path, json.loads(path.read_text())


def test_inspect_evaluates_starter_and_scores_a_log(
    serves: str, inspect_python: str, simulated: Dict[str, str], tmp_path: Path
) -> None:
    arguments = ["eval", "mendbench/repair", "--model", "openai-api/local/sim/journeyman", "-T", "n_p=2", "-T", "see=hidden"]
    inspect(inspect_python, [*arguments, "--limit", "12"], tmp_path, serves, simulated)
    path, log = log_of(tmp_path)
    assert log["status"] == "success", log.get("error")
    samples = log["samples"]
    assert len(samples) == 12
    nodes = [node for sample in samples for node in sample["metadata"]["mendbench"]["nodes"]]
    # A simulated journeyman fails some programs, and mends some of these.
    assert {node["slot"] for node in nodes} >= {"p0", "p0/r0"} and {"passed", "wrong_answer"} <= {node["status"] for node in nodes}
    for sample in samples:
        found = sample["metadata"]["mendbench"]
        (score,) = sample["scores"].values()
        ended = {node["slot"]: node["status"] for node in found["nodes"]}[found["submitted"]]
        assert score["value"] == ("C" if ended == "passed" else "I") and score["metadata"]["status"] == ended
    accuracy = log["results"]["scores"][0]["metrics"]["accuracy"]["value"]
    assert accuracy == pytest.approx(sum(score["value"] == "C" for sample in samples for score in sample["scores"].values()) / 12)
    # The log is scored anew, by the data set that its samples name, and by the tests that statements show.
    inspect(inspect_python, ["score", str(path), "--scorer", "mendbench/mend", "-S", "tests=public", "--action", "append", "--overwrite"], tmp_path, serves, simulated)
    again = json.loads(path.read_text())
    first, second = (scores["metrics"]["accuracy"]["value"] for scores in again["results"]["scores"])
    assert first == accuracy and second >= first


#: A task whose answers are given, one of which nobody can judge.
GIVEN = """
from inspect_ai import Task, task
from inspect_ai.dataset import MemoryDataset, Sample
from inspect_ai.model import ModelOutput
from inspect_ai.solver import solver
from mendbench.integrations.inspect import mend

@solver
def given():
    async def solve(state, generate):
        state.output = ModelOutput.from_content("none", state.metadata["answer"])
        return state
    return solve

@task
def given_answers():
    def sample(name, answer, target="", **known):
        return Sample(id=name, input="x", target=target, metadata={"answer": answer, **known})
    return Task(dataset=MemoryDataset([
        sample("right", "```python\\ndef inc(x):\\n    return x + 1\\n```", "assert inc(1) == 2"),
        sample("wrong", "```python\\ndef inc(x):\\n    return x\\n```", test="def check(candidate):\\n    assert candidate(1) == 2\\n", entry_point="inc"),
        sample("broken", "```python\\ndef inc(x):\\n    return x\\n```", "assert inc(1) == 1 and (", entry_point="inc"),
    ]), solver=given(), scorer=mend())
"""


def test_what_cannot_be_judged_is_unscored_in_inspect(serves: str, inspect_python: str, tmp_path: Path) -> None:
    (tmp_path / "three.py").write_text(GIVEN)
    inspect(inspect_python, ["eval", "three.py", "--model", "mockllm/model"], tmp_path, serves, {})
    _, log = log_of(tmp_path)
    scores = {sample["id"]: sample["scores"]["mend"] for sample in log["samples"]}
    assert scores["right"]["value"] == "C" and scores["wrong"]["value"] == "I"
    unscored = [score for score in scores.values() if score["value"] not in ("C", "I")]
    assert unscored and all(score["metadata"]["unscored"] for score in unscored)
    assert scores["broken"] in unscored
    (found,) = log["results"]["scores"]
    counted = [score["value"] == "C" for score in scores.values() if score["value"] in ("C", "I")]
    assert found["metrics"]["accuracy"]["value"] == pytest.approx(sum(counted) / len(counted))
