"""The plug-in for Inspect (https://inspect.aisi.org.uk): a scorer, a solver and a task, found by their entry point.

``inspect eval mendbench/repair --model openai/gpt-4o -T dataset=starter`` runs the task;
``inspect score log.eval --scorer mendbench/mend`` judges the answers of a log that exists.

A program that could not be judged is unscored (NaN, with the reason), which Inspect keeps out of its metrics.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache
from typing import Any, Dict, List, Optional, cast

from anyio.to_thread import run_sync
from inspect_ai import Task, task
from inspect_ai.dataset import MemoryDataset, Sample
from inspect_ai.model import (
    ChatMessage,
    ChatMessageAssistant,
    ChatMessageSystem,
    ChatMessageUser,
    GenerateConfig,
    ModelOutput,
    get_model,
)
from inspect_ai.scorer import CORRECT, INCORRECT, Score, Scorer, Target, accuracy, scorer, stderr
from inspect_ai.solver import Generate, Solver, TaskState, solver

from .. import _labels
from .._client import Client
from .._protocol import JudgeFields, Judgement
from . import _prompts
from ._search import ORDERS, Node, chosen, search

#: What ``tests`` of the scorer may be, and the fields that each stands for.
TESTS: Dict[str, JudgeFields] = {
    "all": {"stop_at_first_failure": False},
    "first-failure": {"stop_at_first_failure": True},
    "public": {"scored_on": "public", "stop_at_first_failure": False},
}
#: The strategies that the task has.
STRATEGIES = ("self-repair", "iid")


@scorer(metrics=[accuracy(), stderr()])
def mend(dataset: Optional[str] = None, tests: str = "all", sandbox: str = "auto") -> Scorer:
    """Judges the program in an answer by hidden tests: correct, incorrect, or unscored.

    * ``dataset``: the data set of the samples, whose ids are those of its problems (or the metadata's ``task_id``). If
      left out, a sample's metadata say: ``dataset``, or ``test`` and ``entry_point`` as in HumanEval; else its target
      holds the tests, in any form that docs/python.md lists.
    * ``tests``: ``all`` runs each test, ``first-failure`` stops a suite at the first that fails, ``public`` scores by
      the tests that the statement shows.
    * ``sandbox``: the engine, ``process`` or ``wasm``; ``auto`` leaves it to the server.
    """
    if tests not in TESTS:
        raise ValueError(f"tests is `{tests}`; expected one of {', '.join(TESTS)}")

    async def score(state: TaskState, target: Target) -> Score:
        fields = _asked(state, dataset, target.text)
        fields.update(TESTS[tests])
        judgement = await _judge(sandbox, fields, state.output.completion, state.output.stop_reason)
        return _score(judgement)

    return score


@solver
def self_repair(
    n_p: int = 1, n_fr: int = 1, see: str = "public", order: str = "dfs", dataset: Optional[str] = None, sandbox: str = "auto"
) -> Solver:
    """Draws programs, and repairs of those that fail, and hands in the first that passes what may be seen.

    * ``n_p``: programs that are drawn from the statement.
    * ``n_fr``: repairs of each that fails, each with its own explanation of the failure.
    * ``see``: whose failures a repair is shown, and by which tests the solver stops: ``public``, or ``hidden``, which a
      user does not have. A problem without public tests gets no repairs with ``public``.
    * ``order``: ``dfs``, ``bfs`` or ``batch``.
    * ``dataset``, ``sandbox``: as in the scorer.

    If none passes, the last one is handed in. Every draw has a seed of its own, which follows from the evaluation's seed,
    the sample, its epoch and the draw's place. The places and statuses of all draws stand in the metadata under
    ``mendbench``.
    """
    if see not in ("public", "hidden") or order not in ORDERS:
        raise ValueError(f"expected see = public or hidden, and order = {', '.join(ORDERS)}; found `{see}` and `{order}`")
    if n_p < 1 or n_fr < 0:
        raise ValueError(f"expected n_p of 1 or more and n_fr of 0 or more; found {n_p} and {n_fr}")

    async def solve(state: TaskState, generate: Generate) -> TaskState:
        model = get_model()
        fields = _asked(state, dataset, state.target.text)
        fields.update({"see": see, "scored_on": see, "stop_at_first_failure": True})
        asked = state.user_prompt.text
        system: List[ChatMessage] = [message for message in state.messages if message.role == "system"]
        outputs: Dict[str, ModelOutput] = {}

        async def draw(slot: str, parent: Optional[Node]) -> Node:
            prompt = asked
            if parent is not None:
                prompt = _prompts.repair(asked, parent.answer, parent.judgement, state.metadata.get("entry_point"))
            seed = _seed(model.config.seed, state.sample_id, state.epoch, slot)
            messages = system or [ChatMessageSystem(content=_prompts.SYSTEM)]
            output = await model.generate([*messages, ChatMessageUser(content=prompt)], config=GenerateConfig(seed=seed))
            outputs[slot] = output
            return Node(slot, output.completion, await _judge(sandbox, fields, output.completion, output.stop_reason))

        nodes = await search(draw, n_p, n_fr, order)
        best = chosen(nodes)
        state.output = outputs[best.slot]
        state.messages.append(ChatMessageAssistant(content=best.answer, model=state.output.model, source="generate"))
        state.metadata["mendbench"] = {
            "submitted": best.slot,
            "see": see,
            "order": order,
            "nodes": [{"slot": node.slot, "status": node.judgement.status} for node in nodes],
        }
        return state

    return solve


@task
def repair(dataset: str = "starter", strategy: str = "self-repair", **overrides: Any) -> Task:
    """The problems of a data set, solved by a strategy and judged by their hidden tests.

    * ``dataset``: a name or a path that ``mend`` knows.
    * ``strategy``: ``self-repair``, or ``iid``, which draws programs alone.
    * ``overrides``: arguments of the solver ``self_repair``, such as ``n_p``, ``n_fr``, ``see`` and ``order``;
      ``limit`` for the first problems alone; ``sandbox``.
    """
    if strategy not in STRATEGIES:
        raise ValueError(f"strategy is `{strategy}`; this plug-in has {', '.join(STRATEGIES)}: `mend run` has the others")
    if strategy == "iid" and overrides.get("n_fr"):
        raise ValueError("the strategy `iid` draws no repairs; leave out `n_fr`, or take strategy=self-repair")
    sandbox = str(overrides.pop("sandbox", "auto"))
    limit = overrides.pop("limit", None)
    chosen_ones = {"n_fr": 0} if strategy == "iid" else {}
    problems = _client(sandbox).problems(dataset)[: None if limit is None else int(limit)]
    return Task(
        dataset=MemoryDataset([_sample(dataset, problem) for problem in problems], name=dataset),
        solver=self_repair(**{**overrides, **chosen_ones}, dataset=dataset, sandbox=sandbox),
        scorer=mend(dataset=dataset, sandbox=sandbox),
        metadata={"dataset": dataset, "strategy": strategy},
    )


def _sample(dataset: str, problem: Dict[str, Any]) -> Sample:
    kept = ("task_id", "entry_point", "difficulty", "integrity")
    return Sample(
        id=problem["task_id"],
        input=_prompts.program(problem),
        metadata={"dataset": dataset, **{name: problem[name] for name in kept if problem.get(name) is not None}},
    )


def _asked(state: TaskState, dataset: Optional[str], target: str) -> JudgeFields:
    """By which tests a sample is judged."""
    known = state.metadata
    dataset = dataset or known.get("dataset")
    if dataset:
        return _labels.of_task(str(known.get("task_id") or state.sample_id), dataset)
    if known.get("test"):
        return _labels.fields(known["test"], known.get("entry_point"))
    if target.strip():
        return _labels.fields(target, known.get("entry_point"))
    raise ValueError(
        f"sample {state.sample_id} says nothing of tests: give the scorer a `dataset`, or the sample the metadata "
        "`dataset`, or `test` and `entry_point`, or tests as its target"
    )


async def _judge(sandbox: str, fields: JudgeFields, answer: str, stop_reason: Optional[str]) -> Judgement:
    cut = "length" if stop_reason in ("max_tokens", "model_length") else "stop"
    request = cast(JudgeFields, {**fields, "answer": answer, "finish_reason": cut})
    # In a thread: Inspect may run on trio.
    return await run_sync(lambda: _client(sandbox).judge(**request))


@lru_cache(maxsize=None)
def _client(sandbox: str) -> Client:
    return Client(sandbox=None if sandbox == "auto" else sandbox)


def _score(judgement: Judgement) -> Score:
    hidden = judgement.hidden or judgement.public
    metadata: Dict[str, Any] = {
        "status": judgement.status,
        "fraction": judgement.fraction,
        "tests_passed": hidden.passed if hidden else None,
        "tests_total": hidden.total if hidden else None,
        "integrity": judgement.integrity,
        "engine": (judgement.engine or {}).get("name"),
        "extraction_rule": judgement.extraction_rule,
    }
    reward = judgement.rewards.get("pass")
    if reward is None:
        why = judgement.unscored.why if judgement.unscored else "the judge gave no verdict"
        metadata["unscored"] = why
        if hasattr(Score, "unscored"):
            return Score.unscored(
                reason="scoring_failed", answer=judgement.program, explanation=f"unscored: {why}", metadata=metadata
            )
        return Score(value=float("nan"), answer=judgement.program, explanation=f"unscored: {why}", metadata=metadata)
    explanation = str(judgement.status)
    if judgement.facts:
        explanation += f": {_prompts.failure(judgement, None)}"
    return Score(
        value=CORRECT if reward == 1 else INCORRECT, answer=judgement.program, explanation=explanation, metadata=metadata
    )


def _seed(seed: Optional[int], sample: Any, epoch: int, slot: str) -> int:
    """A seed from 0 to 2^31 - 1 for one draw."""
    told = f"{seed or 0}\n{sample}\n{epoch}\n{slot}".encode()
    return int.from_bytes(hashlib.blake2b(told, digest_size=4).digest(), "big") >> 1
