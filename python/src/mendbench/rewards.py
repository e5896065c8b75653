"""Reward functions for trainers, in the signatures that these call.

* TRL: ``GRPOTrainer(reward_funcs=[mendbench.rewards.code_reward], ...)``
* verl: ``custom_reward_function.path=.../mendbench/rewards.py``, ``custom_reward_function.name=compute_score``
* OpenRLHF: ``--remote_rm_url .../mendbench/rewards.py``, which holds ``reward_func``
* verifiers: ``[env.taskset.task.rewards] passes = { fn = "mendbench.rewards:passes" }``

A reward is ``None`` where a program could not be judged for a reason that is not its own, and where a row has no tests.
It is never 0 for that. What a program can bring about itself is never better for it than a failure.

The shapes: ``pass`` is 1 if all tests pass, else 0; ``fraction`` is the share of tests that pass; ``rltf`` is -1 for
what cannot be loaded, -0.6 where a test ends in an error or at a limit, else -0.3 + 1.3 times the fraction.

All functions ask the server that ``MEND_URL`` names, else this process's own. A message that begins with ``row 3`` is
about the fourth row of a batch.
"""

from __future__ import annotations

import re
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Callable, Dict, Iterator, List, Mapping, Optional, Sequence, Union, cast

# By its full name: verl and OpenRLHF load this file by its path.
from mendbench import _labels
from mendbench._async import AsyncClient
from mendbench._client import Client
from mendbench._errors import Refused
from mendbench._protocol import Judgement

if TYPE_CHECKING:
    from typing import Literal

    from mendbench._protocol import JudgeFields

    Shape = Literal["pass", "fraction", "rltf"]

_client: Optional[Client] = None


async def code_reward(
    prompts: Sequence[Any],
    completions: Sequence[Any],
    *,
    task_id: Optional[Sequence[Optional[str]]] = None,
    tests: Optional[Sequence[Any]] = None,
    shape: Shape = "pass",
    log_extra: Optional[Callable[[str, List[Any]], Any]] = None,
    log_metric: Optional[Callable[[str, float], Any]] = None,
    **columns: Any,
) -> List[Optional[float]]:
    """The reward of each completion, for TRL. ``None`` where it is unscored, or where its row has no tests.

    * ``completions``: texts, or lists of messages, of which the last one of the assistant counts.
    * ``task_id``: the problem of each row, such as ``starter/f01``; a column ``dataset`` names its data set.
    * ``tests``: instead of it, the tests of each row, in any form that docs/python.md lists; a column ``entry_point``
      names the function that they call.
    * ``log_extra``, ``log_metric``: TRL's own; the statuses go into the table of completions, and the share of programs
      that pass and the share that is unscored into the metrics.

    Other columns are not used. Raises ``ValueError`` where no row says how it is judged, or one says so in no known form.
    """
    if task_id is None and tests is None:
        raise ValueError("the data set needs a column `task_id` or a column `tests`, which say how a row is judged")
    rows, requests = [], []
    for row, completion in enumerate(completions):
        request = _row(
            row,
            _item(task_id, row),
            _item(tests, row),
            _item(columns.get("dataset"), row),
            _item(columns.get("entry_point"), row),
        )
        if request is not None:
            request["answer"] = text_of(completion)
            rows.append(row)
            requests.append(request)
    judgements: List[Optional[Judgement]] = [None] * len(completions)
    if requests:
        async with AsyncClient() as client:
            common: JudgeFields = {"shape": shape, "see": "none"}
            with _rows_named(rows):
                async for index, judgement in client.judge_batch(requests, defaults=common):
                    judgements[rows[index]] = judgement
    if log_extra is not None:
        log_extra("mendbench_status", [None if found is None else found.status for found in judgements])
    if log_metric is not None:
        for name, value in _shares(judgements).items():
            log_metric(f"mendbench/{name}", value)
    return [None if judgement is None else judgement.reward for judgement in judgements]


def compute_score(
    data_source: str,
    solution_str: str,
    ground_truth: Any,
    extra_info: Optional[Mapping[str, Any]] = None,
    *,
    shape: Shape = "pass",
    **kw: Any,
) -> Dict[str, Any]:
    """The score of one solution, for verl: ``{"score", "acc", "status"}``.

    ``ground_truth`` says by which tests, in any form that docs/python.md lists. Without it ``extra_info`` names the
    problem by ``task_id`` (and ``dataset``, else ``data_source``). ``acc`` is 1 if all tests pass, else 0. ``score`` and
    ``acc`` are ``None`` where the solution is unscored; ``status`` is the judge's word, ``None`` where it has none.
    Other keyword arguments are not used.
    """
    extra = extra_info or {}
    if ground_truth:
        request = _labels.fields(ground_truth, extra.get("entry_point"))
    elif extra.get("task_id"):
        request = _labels.of_task(str(extra["task_id"]), extra.get("dataset") or data_source)
    else:
        raise ValueError(
            f"a row of {data_source!r} says nothing of tests: `ground_truth` is empty, and `extra_info` has no `task_id`"
        )
    request["answer"] = solution_str
    request["shape"] = shape
    request["see"] = "none"
    judgement = _shared().judge(**request)
    return {"score": judgement.reward, "acc": judgement.rewards.get("pass"), "status": judgement.status}


def reward_func(
    queries: Sequence[str],
    prompts: Sequence[str],
    labels: Sequence[Any],
    *,
    shape: Shape = "pass",
    **kw: Any,
) -> Dict[str, Any]:
    """The rewards of a batch, for OpenRLHF: ``{"rewards", "scores", "extra_logs"}``.

    A query is its prompt and the answer behind it. ``labels`` say by which tests, in any form that docs/python.md
    lists; a row whose label is ``None`` or empty has no reward. ``scores`` are shares of tests, 0 to 1. ``extra_logs``
    has ``passed`` and ``unscored`` for each row. All are lists with ``None`` for what is unscored; where the process has
    loaded torch they are tensors, with NaN for it, as OpenRLHF expects. Other keyword arguments are not used.
    """
    if not len(queries) == len(labels) or (prompts and len(prompts) != len(queries)):
        raise ValueError(f"{len(queries)} queries, {len(prompts)} prompts and {len(labels)} labels; each row has one of each")
    rows: List[int] = []
    requests: List[JudgeFields] = []
    for row, (query, label) in enumerate(zip(queries, labels)):
        request = _row(row, None, label, None, None)
        if request is not None:
            prompt = prompts[row] if prompts else ""
            request["answer"] = query[len(prompt) :] if query.startswith(prompt) else query
            rows.append(row)
            requests.append(request)
    judgements: List[Optional[Judgement]] = [None] * len(queries)
    common: JudgeFields = {"shape": shape, "see": "none"}
    if requests:
        with _rows_named(rows):
            for index, judgement in _shared().judge_batch(requests, defaults=common):
                judgements[rows[index]] = judgement
    rewards = [None if found is None else found.reward for found in judgements]
    scores = [None if found is None else found.rewards.get("fraction") for found in judgements]
    passed = [None if found is None else found.rewards.get("pass") for found in judgements]
    unscored = [1.0 if reward is None else 0.0 for reward in rewards]
    return {
        "rewards": _tensor(rewards),
        "scores": _tensor(scores),
        "extra_logs": {"passed": _tensor(passed), "unscored": _tensor(unscored)},
    }


async def passes(task: Any, trace: Any) -> Union[float, Dict[str, float]]:
    """Whether the last reply of a trace passes, for verifiers: 1 or 0, or no reward where it is unscored.

    The task's data say by which tests: a field ``tests``, in any form that docs/python.md lists (with ``entry_point``),
    or ``task_id`` (with ``dataset``), or verifiers' own ``id``.
    """
    tests = getattr(task, "tests", None)
    if tests:
        request = _labels.fields(tests, getattr(task, "entry_point", None))
    else:
        task_id = getattr(task, "task_id", None) or getattr(task, "id", None)
        if not task_id:
            raise ValueError("the task's data say nothing of tests: they need a field `tests`, `task_id` or `id`")
        request = _labels.of_task(str(task_id), getattr(task, "dataset", None))
    request["answer"] = trace.last_reply
    request["see"] = "none"
    async with AsyncClient() as client:
        judgement = await client.judge(**request)
    worth = judgement.rewards.get("pass")
    # verifiers records no reward for an empty mapping.
    return {} if worth is None else worth


def text_of(completion: Any) -> str:
    """The text of a completion: itself, or the last message of the assistant in a list of messages."""
    if isinstance(completion, str):
        return completion
    if isinstance(completion, Mapping):
        completion = [completion]
    if isinstance(completion, Sequence):
        for message in reversed(completion):
            if isinstance(message, Mapping) and message.get("role", "assistant") == "assistant":
                return _content(message.get("content"))
        if not completion:
            return ""
    raise ValueError(
        f"a completion is a text, or a list of messages of which one is the assistant's; found {str(completion)[:80]!r}"
    )


def _content(content: Any) -> str:
    if content is None:
        return ""
    if isinstance(content, str):
        return content
    return "".join(str(part.get("text") or "") for part in content if isinstance(part, Mapping))


def _item(column: Any, row: int) -> Any:
    """The value of a column in a row. A text stands for all rows."""
    if column is None or isinstance(column, str):
        return column
    if row >= len(column):
        raise ValueError(f"row {row} has a completion, but a column has only {len(column)} values")
    return column[row]


def _row(row: int, task_id: Any, tests: Any, dataset: Any, entry_point: Any) -> Optional[JudgeFields]:
    """How a row is judged, or ``None`` if it does not say."""
    try:
        if tests is not None and not (isinstance(tests, (str, list, dict)) and not tests):
            return _labels.fields(tests, entry_point)
        if task_id:
            return _labels.of_task(str(task_id), dataset)
    except ValueError as error:
        raise ValueError(f"row {row}: {error}") from error
    return None


@contextmanager
def _rows_named(rows: Sequence[int]) -> Iterator[None]:
    """Says which row of the trainer's batch a refusal is about."""
    try:
        yield
    except Refused as error:
        found = re.match(r"requests\[(\d+)\]", error.field or "")
        if found is None or int(found[1]) >= len(rows):
            raise
        raise Refused(f"row {rows[int(found[1])]}: {error}", error.status, error.code, error.field) from error


def _shares(judgements: Sequence[Optional[Judgement]]) -> Dict[str, float]:
    """The share of judged programs that pass, absent if there are none, and the share of rows without a reward."""
    shares: Dict[str, float] = {}
    passed = [found.rewards["pass"] for found in judgements if found is not None and found.rewards.get("pass") is not None]
    if passed:
        shares["passed"] = sum(cast(List[float], passed)) / len(passed)
    if judgements:
        shares["unscored"] = sum(found is None or found.reward is None for found in judgements) / len(judgements)
    return shares


def _tensor(values: Sequence[Optional[float]]) -> Any:
    torch = sys.modules.get("torch")
    if torch is None or not hasattr(torch, "tensor"):
        return list(values)
    return torch.tensor([float("nan") if value is None else value for value in values])


def _shared() -> Client:
    """The client of this process."""
    global _client
    if _client is None:
        _client = Client()
    return _client
