"""lm-eval's task `humaneval` with our pass@k, on recorded answers.

lm-eval is in an environment of its own, whose Python MEND_LM_EVAL_PYTHON names (scripts/python.sh makes one).
"""

from __future__ import annotations

import gzip
import json
import os
import subprocess
from pathlib import Path
from typing import Any, Dict, List

import pytest

import mendbench

PLACE = str(Path(mendbench.__file__).parent.parent)

#: The task as lm-eval ships it, but for where its rows and its metric come from.
TASK = """
task: humaneval_mend
dataset_path: json
dataset_kwargs:
  data_files: {{test: {rows}}}
unsafe_code: true
output_type: generate_until
test_split: test
doc_to_text: "{{{{prompt}}}}"
doc_to_target: "{{{{test}}}}\\ncheck({{{{entry_point}}}})"
metric_list:
  - metric: !function judged.pass_at_k
    aggregation: mean
    higher_is_better: true
    k: [1]
generation_kwargs:
  until: ["\\nclass", "\\ndef", "\\n#", "\\nif", "\\nprint"]
  max_gen_toks: 1024
  do_sample: false
repeats: 1
num_fewshot: 0
filter_list:
  - name: create_test
    filter:
      - function: custom
        filter_fn: !function judged.build_predictions
metadata:
  version: 1.0
"""

#: The module beside it.
JUDGED = """
from mendbench.code_eval import pass_at_k


def build_predictions(resps, docs):
    return [[doc["prompt"] + answer for answer in answers] for answers, doc in zip(resps, docs)]
"""

#: A model that answers with what was recorded, and what lm-eval makes of it.
MAIN = """
import json, sys
import lm_eval
from lm_eval.api.model import LM
from lm_eval.tasks import TaskManager

recorded = json.load(open("recorded.json"))

class Recorded(LM):
    def generate_until(self, requests, disable_tqdm=False):
        return [recorded[request.args[0]] for request in requests]
    def loglikelihood(self, requests, disable_tqdm=False):
        raise NotImplementedError
    loglikelihood_rolling = loglikelihood

if __name__ == "__main__":
    found = lm_eval.simple_evaluate(
        model=Recorded(), tasks=["humaneval_mend"], task_manager=TaskManager(include_path="."),
        confirm_run_unsafe_code=True, bootstrap_iters=0)
    print(json.dumps({name: value for name, value in found["results"]["humaneval_mend"].items() if "pass" in name}))
"""


def evaluated(folder: Path, rows: List[Dict[str, Any]], recorded: Dict[str, str], binary: str) -> Dict[str, Any]:
    """What lm-eval makes of recorded answers, by prompt."""
    python = os.environ.get("MEND_LM_EVAL_PYTHON", "")
    if not python or subprocess.run([python, "-c", "import lm_eval"], capture_output=True).returncode != 0:
        pytest.skip("lm-eval is not installed; MEND_LM_EVAL_PYTHON names a Python that has it (scripts/python.sh)")
    (folder / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (folder / "task.yaml").write_text(TASK.format(rows=folder / "rows.jsonl"))
    (folder / "judged.py").write_text(JUDGED)
    (folder / "recorded.json").write_text(json.dumps(recorded))
    (folder / "main.py").write_text(MAIN)
    environment = {**os.environ, "PYTHONPATH": PLACE, "MEND_BIN": binary, "HF_HOME": str(folder / "hf"), "HF_HUB_OFFLINE": "1"}
    ended = subprocess.run(
        [python, "main.py"], cwd=folder, env=environment, capture_output=True, text=True, timeout=170
    )
    assert ended.returncode == 0, ended.stderr[-3000:]
    found: Dict[str, Any] = json.loads(ended.stdout.splitlines()[-1])
    return found


def test_lm_eval_scores_recorded_answers(serves: str, tmp_path: Path) -> None:
    def of(name: str, body: str, test: str) -> "tuple[Dict[str, Any], str]":
        prompt = f'def {name}(x):\n    """{name}"""\n'
        row = {"task_id": name, "prompt": prompt, "test": f"def check(candidate):\n    {test}\n", "entry_point": name}
        return row, body

    made = [
        of("inc", "    return x + 1\n", "assert candidate(1) == 2"),
        of("dec", "    return x\n", "assert candidate(1) == 0"),
        of("loop", "    while True: pass\n", "assert candidate(1) == 0"),
        of("last", "    return x[-1]\n", "assert candidate([1, 2]) == 2"),
    ]
    found = evaluated(tmp_path, [row for row, _ in made], {row["prompt"]: body for row, body in made}, serves)
    assert found["pass@1,create_test"] == 0.5


def test_lm_eval_agrees_with_mend_score_on_humaneval(serves: str, tmp_path: Path) -> None:
    shared = Path(os.environ.get("MEND_SHARED") or Path(__file__).parents[3] / "shared") / "data"
    data, samples = shared / "humaneval/HumanEval.jsonl.gz", shared / "samples/codegen-350m.humaneval.n1.jsonl"
    if not data.exists() or not samples.exists():
        pytest.skip(f"no HumanEval with samples in {shared}; MEND_SHARED names the folder")
    rows = {row["task_id"]: row for row in map(json.loads, gzip.open(data, "rt"))}
    some = list(rows)[:40]
    answers = {row["task_id"]: row["completion"] for row in map(json.loads, samples.open())}
    recorded = {rows[name]["prompt"]: answers[name] for name in some}
    found = evaluated(tmp_path, [rows[name] for name in some], recorded, serves)
    lines = [json.dumps({"task_id": name, "completion": answers[name]}) + "\n" for name in some]
    (tmp_path / "samples.jsonl").write_text("".join(lines))
    (tmp_path / "data.jsonl").write_text("".join(json.dumps(rows[name]) + "\n" for name in some))
    command = [serves, "score", "--dataset", "data.jsonl", "--samples", "samples.jsonl", "--out", "scored"]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, timeout=120)
    ours = mendbench.load(tmp_path / "scored", pandas=False).summary["pass_at_1"]["value"]["value"]
    assert found["pass@1,create_test"] == pytest.approx(ours) and 0 < ours < 1
