"""Functional correctness of programs, with the interface of Hugging Face's metric ``code_eval``.

``compute`` takes what that metric takes and returns what it returns, so that a harness can call either::

    from mendbench import code_eval
    pass_at_k, results = code_eval.compute(references=["assert add(2, 3) == 5"],
                                           predictions=[["def add(a, b): return a + b"]], k=[1])

Programs run in mend's sandbox, apart from their tests, so no variable has to allow them. ``pass_at_k`` is what a task
of lm-eval names: ``metric: !function ...pass_at_k``.
"""

from __future__ import annotations

import math
import warnings
from collections import defaultdict
from fractions import Fraction
from typing import Any, DefaultDict, Dict, Iterable, List, Mapping, Optional, Sequence, Tuple, Union

from . import _labels
from ._client import Client
from ._protocol import Judgement

#: The outcome of one prediction: ``task_id``, ``passed``, ``result`` and ``completion_id``.
Outcome = Dict[str, Any]


def compute(
    *,
    references: Sequence[str],
    predictions: Sequence[Sequence[str]],
    k: Union[int, Sequence[int]] = (1, 10, 100),
    num_workers: int = 4,
    timeout: float = 3.0,
    client: Optional[Client] = None,
) -> Tuple[Dict[str, float], Dict[int, List[Tuple[int, Outcome]]]]:
    """pass@k of predictions, and the outcome of each.

    * ``references``: for each task the tests, as Python text.
    * ``predictions``: for each task its programs.
    * ``k``: which pass@k to compute. A k is left out if a task has fewer predictions.
    * ``num_workers``: accepted as the metric does; the server decides how many programs run at once.
    * ``timeout``: seconds of each program's own time.

    Returns ``{"pass@1": ...}`` and, by the number of a task, ``(completion_id, outcome)`` for each prediction. An
    outcome's ``result`` is ``"passed"``, ``"timed out"`` or ``"failed: ..."``. Where a prediction could not be judged,
    ``passed`` is ``None`` and ``result`` begins with ``"unscored: "``; it counts neither as passed nor as failed, and a
    warning says so. With no prediction at all that was judged every k is left out.

    Raises ``ValueError`` for lists of different lengths or a k below 1, and the client's errors.
    """
    ks = [k] if isinstance(k, int) else list(k)
    if any(not isinstance(each, int) or each < 1 for each in ks):
        raise ValueError(f"k must be whole numbers from 1; found {ks}")
    if len(references) != len(predictions):
        raise ValueError(
            f"there are {len(references)} references and {len(predictions)} lists of predictions; each task has one of each"
        )
    if any(isinstance(programs, str) for programs in predictions):
        raise ValueError("each task's predictions are a list of programs; found a text")
    if num_workers < 1 or timeout <= 0:
        raise ValueError(f"num_workers and timeout must be above 0; found {num_workers} and {timeout}")
    results = _outcomes(references, predictions, timeout, client)
    counts = []
    unscored = 0
    for outcomes in results.values():
        scored = [outcome["passed"] for _, outcome in outcomes if outcome["passed"] is not None]
        unscored += len(outcomes) - len(scored)
        # A task of which nothing could be judged leaves the mean.
        if scored or not outcomes:
            counts.append((len(scored), sum(scored)))
    if unscored:
        warnings.warn(
            f"{unscored} predictions could not be judged and count neither as passed nor as failed; "
            "`result` in their outcomes says why",
            stacklevel=2,
        )
    found = {f"pass@{each}": mean_pass_at_k(counts, each) for each in ks if counts and all(n >= each for n, _ in counts)}
    return found, results


def pass_at_k(
    references: Sequence[str], predictions: Sequence[Sequence[str]], k: Union[int, Sequence[int], None] = None
) -> Dict[str, float]:
    """pass@k alone, as a task of lm-eval asks for it. Raises ``ValueError`` without a ``k``, as ``compute`` does."""
    if k is None:
        raise ValueError("a task must say which k: `k: [1]` beside `metric: !function ...pass_at_k`")
    return compute(references=references, predictions=predictions, k=k)[0]


def estimate(n: int, c: int, k: int) -> Fraction:
    """The unbiased estimate of pass@k of one task: ``1 - C(n-c, k) / C(n, k)``, exact.

    Raises ``ValueError`` unless ``0 <= c <= n`` and ``1 <= k <= n``.
    """
    if not 0 <= c <= n or not 1 <= k <= n:
        raise ValueError(f"pass@{k} of {c} right programs among {n} does not exist; it takes 0 <= c <= n and 1 <= k <= n")
    return 1 - Fraction(math.comb(n - c, k), math.comb(n, k))


def mean_pass_at_k(counts: Iterable[Tuple[int, int]], k: int) -> float:
    """The mean of ``estimate`` over tasks, each with its programs ``n`` and the right ones ``c`` among them."""
    estimates = [estimate(n, c, k) for n, c in counts]
    if not estimates:
        raise ValueError("the mean over no task does not exist")
    return float(sum(estimates, Fraction(0)) / len(estimates))


def _outcomes(
    references: Sequence[str], predictions: Sequence[Sequence[str]], timeout: float, client: Optional[Client]
) -> Dict[int, List[Tuple[int, Outcome]]]:
    results: DefaultDict[int, List[Tuple[int, Outcome]]] = defaultdict(list)
    places = []
    requests = []
    for task, (reference, programs) in enumerate(zip(references, predictions)):
        results[task] = []
        for completion, program in enumerate(programs):
            outcome: Outcome = {"task_id": task, "passed": None, "result": "", "completion_id": completion}
            results[task].append((completion, outcome))
            try:
                request = _labels.needed(reference, None, program)
            except ValueError as error:
                outcome["result"] = f"unscored: {error}"
                continue
            request.update(program=program, tests=[reference])
            places.append(outcome)
            requests.append(request)
    if requests:
        used = client or Client()
        try:
            common: Any = {"see": "hidden", "time_limit": timeout}
            for index, judgement in used.judge_batch(requests, defaults=common):  # type: ignore[arg-type]
                places[index]["passed"] = passed(judgement)
                places[index]["result"] = result_of(judgement)
        finally:
            if client is None:
                used.close()
    return results


def passed(judgement: Judgement) -> Optional[bool]:
    """Whether a program passed. What a program can bring about itself is never better for it than a failure."""
    if judgement.passed is None and judgement.rewards.get("pass") is not None:
        return False
    return judgement.passed


def result_of(judgement: Judgement) -> str:
    """How a program ended, in the metric's words."""
    if passed(judgement) is None:
        return f"unscored: {judgement.unscored.why if judgement.unscored else 'no verdict'}"
    if judgement.passed:
        return "passed"
    if judgement.status == "time_limit":
        return "timed out"
    return f"failed: {_reason(judgement)}"


def _reason(judgement: Judgement) -> str:
    if judgement.unscored is not None:
        return judgement.unscored.why
    facts: Mapping[str, Any] = judgement.facts or {}
    if facts.get("exception"):
        # The metric shows the message without the exception's type.
        kind, _, message = str(facts["exception"]).partition(": ")
        return message if kind.isidentifier() or "." in kind else str(facts["exception"])
    if facts.get("call") and facts.get("expected") is not None and facts.get("actual") is not None:
        return f"{facts['call']} is {facts['actual']}, not {facts['expected']}"
    words = (judgement.status or "").replace("_", " ")
    return str(facts.get("assertion") or facts.get("note") or words)
