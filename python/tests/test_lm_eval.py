"""lm-eval's task `humaneval` with our pass@k, on recorded answers.

lm-eval is in an environment of its own, whose Python MEND_LM_EVAL_PYTHON names (scripts/python.sh makes one).
"""

from __future__ import annotations

import gzip
import json
import os
import subprocess
from pathlib import Path
from typing import Any, Dict, Iterator, List, Tuple

import pytest

import mendbench

PLACE = str(Path(mendbench.__file__).parent.parent)

#: The task as lm-eval ships it, but for where its rows and its metric come from.
TASK = """
task: {name}
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
        model=Recorded(), tasks=sys.argv[1:], task_manager=TaskManager(include_path="."),
        confirm_run_unsafe_code=True, bootstrap_iters=0)
    print(json.dumps({name: values["pass@1,create_test"] for name, values in found["results"].items()}))
"""


@pytest.fixture(scope="module")
def lm_eval() -> str:
    python = os.environ.get("MEND_LM_EVAL_PYTHON", "")
    if not python or subprocess.run([python, "-c", "import lm_eval"], capture_output=True).returncode != 0:
        pytest.skip("lm-eval is not installed; MEND_LM_EVAL_PYTHON names a Python that has it (scripts/python.sh)")
    return python


def write(folder: Path, name: str, rows: List[Dict[str, Any]]) -> None:
    """A task of lm-eval over rows of HumanEval's form."""
    (folder / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (folder / f"{name}.yaml").write_text(TASK.format(name=name, rows=folder / f"{name}.jsonl"))


def made() -> "Iterator[Tuple[Dict[str, Any], str]]":
    """Four problems with recorded answers, of which two are right."""
    for name, body, test in [
        ("inc", "    return x + 1\n", "assert candidate(1) == 2"),
        ("dec", "    return x\n", "assert candidate(1) == 0"),
        ("loop", "    while True: pass\n", "assert candidate(1) == 0"),
        ("last", "    return x[-1]\n", "assert candidate([1, 2]) == 2"),
    ]:
        test = f"def check(candidate):\n    {test}\n"
        yield {"task_id": name, "prompt": f'def {name}(x):\n    """{name}"""\n', "test": test, "entry_point": name}, body


def test_lm_eval_scores_recorded_answers_as_mend_score_does(serves: str, lm_eval: str, tmp_path: Path) -> None:
    recorded = {row["prompt"]: body for row, body in made()}
    write(tmp_path, "four", [row for row, _ in made()])
    shared = Path(os.environ.get("MEND_SHARED") or Path(__file__).parents[3] / "shared") / "data"
    data, samples = shared / "humaneval/HumanEval.jsonl.gz", shared / "samples/codegen-350m.humaneval.n1.jsonl"
    has_real = data.exists() and samples.exists()
    if has_real:
        rows = [json.loads(line) for line in gzip.open(data, "rt")][:40]
        answers = {row["task_id"]: row["completion"] for row in map(json.loads, samples.open())}
        recorded.update({row["prompt"]: answers[row["task_id"]] for row in rows})
        write(tmp_path, "humaneval_40", rows)
    else:
        print(f"skipped: no HumanEval with samples in {shared}; MEND_SHARED names the folder")
    (tmp_path / "judged.py").write_text(JUDGED)
    (tmp_path / "recorded.json").write_text(json.dumps(recorded))
    (tmp_path / "main.py").write_text(MAIN)
    environment = {**os.environ, "PYTHONPATH": PLACE, "MEND_BIN": serves, "HF_HOME": str(tmp_path / "hf"), "HF_HUB_OFFLINE": "1"}
    command = [lm_eval, "main.py", "four", *["humaneval_40"] * has_real]
    ended = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=500)
    assert ended.returncode == 0, ended.stderr[-3000:]
    found = json.loads(ended.stdout.splitlines()[-1])
    assert found.pop("four") == 0.5
    if has_real:
        lines = [json.dumps({"task_id": row["task_id"], "completion": answers[row["task_id"]]}) + "\n" for row in rows]
        (tmp_path / "samples.jsonl").write_text("".join(lines))
        command = [serves, "score", "--dataset", "humaneval_40.jsonl", "--samples", "samples.jsonl", "--out", "scored"]
        subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, timeout=120)
        ours = mendbench.load(tmp_path / "scored", pandas=False).summary["pass_at_1"]["value"]["value"]
        assert found == {"humaneval_40": pytest.approx(ours)}
