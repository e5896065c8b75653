"""The examples of docs/python.md and README.md run, in their order."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from mendbench import rewards

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("page, least", [("docs/python.md", 6), ("python/README.md", 1)])
def test_examples_run(
    serves: str, run_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, page: str, least: int
) -> None:
    monkeypatch.delenv("MEND_URL", raising=False)
    monkeypatch.setattr(rewards, "_client", None)
    monkeypatch.chdir(tmp_path)
    shutil.copytree(run_folder, tmp_path / "results/a-run")
    examples = re.findall(r"^```python\n(.*?)^```$", (ROOT / page).read_text(), re.DOTALL | re.MULTILINE)
    assert len(examples) >= least
    names: dict = {}
    for example in examples:
        exec(compile(example, page, "exec"), names)
