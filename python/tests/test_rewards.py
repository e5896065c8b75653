"""Rewards, called as the trainers' documentation says that they call them."""

from __future__ import annotations

import asyncio
import importlib.util
import inspect
import sys
from types import SimpleNamespace
from typing import Any, Dict, List, Optional

import pytest
from fake import Reply, batch, judgement

from mendbench import Refused, rewards

RIGHT = "Here:\n```python\ndef inc(x):\n    return x + 1\n```"
WRONG = "Here:\n```python\ndef inc(x):\n    return x\n```"
BROKEN = "```python\ndef inc(x) return x\n```"
TESTS = ["assert inc(1) == 2", "assert inc(0) == 0"]


def judged(request: Dict[str, Any]) -> Dict[str, Any]:
    """A judge who knows what is right by its text."""
    answer = request["answer"]
    if "lens" in answer:
        return judgement(
            passed=None, status=None, unscored={"cause": "sandbox", "by": "server", "why": "no lens"}, fraction=None
        )
    worth = 1.0 if "x + 1" in answer else 0.0
    shapes = {"pass": worth, "fraction": (1 + worth) / 2, "rltf": 1.0 if worth else 0.35}
    return judgement(
        passed=bool(worth),
        status="passed" if worth else "wrong_answer",
        rewards=shapes,
        reward=shapes[request.get("shape", "pass")],
        fraction=shapes["fraction"],
    )


@pytest.fixture
def server(fake: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    found = fake(lambda asked: batch(asked, judged) if "batch" in asked.path else Reply(judged(asked.body)))
    monkeypatch.setenv("MEND_URL", found.url)
    monkeypatch.setattr(rewards, "_client", None)
    yield found
    if rewards._client is not None:
        rewards._client.close()


class TrlTrainer:
    """How TRL's GRPOTrainer calls a reward function: by keywords, columns as lists, async ones in one loop."""

    def __init__(self) -> None:
        self.metrics: Dict[str, float] = {}
        self.extra: Dict[str, List[Any]] = {}

    def rewards(self, function: Any, prompts: List[Any], completions: List[Any], **columns: Any) -> List[Optional[float]]:
        state = SimpleNamespace(global_step=1)
        arguments = dict(
            prompts=prompts,
            completions=completions,
            completion_ids=[[1, 2]] * len(prompts),
            trainer_state=state,
            log_extra=lambda column, values: self.extra.update({column: values}),
            log_metric=lambda name, value: self.metrics.update({name: value}),
            **columns,
        )
        assert inspect.iscoroutinefunction(function)

        async def gathered() -> List[Any]:
            return await asyncio.gather(function(**arguments))

        return asyncio.run(gathered())[0]


def test_trl_gets_a_reward_for_each_completion(server: Any) -> None:
    trainer = TrlTrainer()
    messages = [{"role": "assistant", "content": WRONG}, {"role": "user", "content": "?"}, {"role": "assistant", "content": RIGHT}]
    completions: List[Any] = [RIGHT, WRONG, messages, [{"role": "assistant", "content": None}], "a lens", RIGHT]
    tests = ["assert inc(1) == 2"] * 5 + [None]
    found = trainer.rewards(rewards.code_reward, ["p"] * 6, completions, tests=tests, difficulty=[1] * 6)
    assert found == [1.0, 0.0, 1.0, 0.0, None, None]
    assert trainer.extra == {
        "mendbench_status": ["passed", "wrong_answer", "passed", "wrong_answer", None, None]
    }
    assert trainer.metrics == {"mendbench/passed": 0.5, "mendbench/unscored": 2 / 6}
    asked = server.asked[0].body
    assert asked["defaults"] == {"shape": "pass", "see": "none"}
    assert asked["requests"][0] == {"tests": ["assert inc(1) == 2"], "entry_point": "inc", "answer": RIGHT}


def test_trl_rows_name_tasks_or_tests(server: Any) -> None:
    trainer = TrlTrainer()
    found = trainer.rewards(
        rewards.code_reward, ["p"] * 3, [RIGHT] * 3, task_id=["starter/f01", "7", None], dataset=[None, "mine", None]
    )
    assert found == [1.0, 1.0, None]
    assert server.asked[0].body["requests"] == [
        {"task_id": "starter/f01", "dataset": "starter", "answer": RIGHT},
        {"task_id": "7", "dataset": "mine", "answer": RIGHT},
    ]
    shaped = asyncio.run(rewards.code_reward(["p"], [WRONG], tests=TESTS[:1], shape="rltf"))
    assert shaped == [0.35]
    assert asyncio.run(rewards.code_reward([], [], tests=[])) == []
    with pytest.raises(ValueError, match="a column `task_id` or a column `tests`"):
        asyncio.run(rewards.code_reward(["p"], [RIGHT]))
    with pytest.raises(ValueError, match="row 1: .* call no function"):
        asyncio.run(rewards.code_reward(["p"] * 2, [RIGHT] * 2, tests=["assert inc(1)", "assert True"]))
    with pytest.raises(ValueError, match="a column has only 1 values"):
        asyncio.run(rewards.code_reward(["p"] * 2, [RIGHT] * 2, tests=["assert inc(1)"]))


def verl_function(name: str) -> Any:
    """As verl loads `custom_reward_function.path` and `.name`."""
    spec = importlib.util.spec_from_file_location("custom_module", rewards.__file__)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["custom_module"] = module
    spec.loader.exec_module(module)
    return getattr(module, name)


def test_verl_gets_a_score_by_keywords(server: Any) -> None:
    compute_score = verl_function("compute_score")
    truth = '{"inputs": ["1\\n"], "outputs": ["2\\n"]}'
    found = compute_score(
        data_source="codecontests", solution_str=RIGHT, ground_truth=truth, extra_info={"index": 3}, reward_router=None
    )
    assert found == {"score": 1.0, "acc": 1.0, "status": "passed"}
    assert server.asked[0].body["tests"] == [{"stdio": {"input": "1\n", "expected": "2\n"}}]
    found = compute_score("starter", WRONG, "", {"task_id": "starter/f01"}, shape="fraction")
    assert found == {"score": 0.5, "acc": 0.0, "status": "wrong_answer"}
    assert server.asked[1].body["dataset"] == "starter"
    assert compute_score("x", "a lens", "assert inc(1)") == {"score": None, "acc": None, "status": None}
    with pytest.raises(ValueError, match="`ground_truth` is empty"):
        compute_score("x", RIGHT, None)


def test_openrlhf_gets_rewards_scores_and_logs(server: Any) -> None:
    reward_func = verl_function("reward_func")
    prompts = ["Write inc. ", "Write inc. ", "Write inc. ", "Write inc. "]
    queries = [prompts[0] + RIGHT, WRONG, prompts[2] + "a lens", prompts[3] + RIGHT]
    found = reward_func(queries, prompts, ["assert inc(1) == 2"] * 3 + [None])
    assert found == {
        "rewards": [1.0, 0.0, None, None],
        "scores": [1.0, 0.5, None, None],
        "extra_logs": {"passed": [1.0, 0.0, None, None], "unscored": [0.0, 0.0, 1.0, 1.0]},
    }
    assert server.asked[0].body["requests"][0]["answer"] == RIGHT
    with pytest.raises(ValueError, match="2 queries, 1 prompts and 2 labels"):
        reward_func(["a", "b"], ["a"], ["x", "y"])


def test_openrlhf_gets_tensors_where_torch_is_loaded(server: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", SimpleNamespace(tensor=lambda values: ("tensor", values)))
    kind, values = rewards.reward_func([RIGHT, "a lens"], [], ["assert inc(1)"] * 2)["rewards"]
    assert kind == "tensor" and values[0] == 1.0 and values[1] != values[1]


def test_verifiers_gets_a_reward_or_none_at_all(server: Any) -> None:
    async def scored(task: Any, reply: str) -> Any:
        # As verifiers' `invoke_all` passes what a function's parameters name.
        return await rewards.passes(task=task, trace=SimpleNamespace(last_reply=reply))

    given = SimpleNamespace(idx=0, id=None, tests="assert inc(1) == 2")
    assert asyncio.run(scored(given, RIGHT)) == 1.0 and asyncio.run(scored(given, WRONG)) == 0.0
    assert asyncio.run(scored(given, "a lens")) == {}
    assert asyncio.run(scored(SimpleNamespace(id="starter/f01"), RIGHT)) == 1.0
    assert server.asked[-1].body["dataset"] == "starter"
    with pytest.raises(ValueError, match="a field `tests`, `task_id` or `id`"):
        asyncio.run(scored(SimpleNamespace(id=None), RIGHT))


def test_refusals_name_the_row_of_the_trainers_batch(server: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    told = {"error": {"code": "unknown_task", "message": "no such task", "field": "requests[1].task_id"}}
    server.answer = lambda asked: Reply(told, 404)
    with pytest.raises(Refused, match="row 2: .*no such task"):
        asyncio.run(rewards.code_reward(["p"] * 3, [RIGHT] * 3, task_id=["a", None, "b"]))
    monkeypatch.setattr("mendbench._client.BATCH", 2)
    replies = [Reply(lines=[{"index": at, "result": judgement()} for at in (0, 1)]), Reply(told, 404)]
    server.answer = lambda asked: replies.pop(0)
    with pytest.raises(Refused, match="row 4: .*requests.3..task_id"):
        rewards.reward_func([RIGHT] * 5, [], ["a", None, "b", "c", "d"])


def test_completions_are_texts_or_messages() -> None:
    assert rewards.text_of([]) == ""
    assert rewards.text_of({"role": "assistant", "content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]}) == "ab"
    with pytest.raises(ValueError, match="one is the assistant's"):
        rewards.text_of([{"role": "user", "content": "x"}])


def test_the_real_judge_rewards_all_three(serves: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MEND_URL", raising=False)
    monkeypatch.setattr(rewards, "_client", None)
    trainer = TrlTrainer()
    half = [{"call": {"args": [1], "expected": 2}}, {"call": {"args": [0], "expected": 0}}]
    tests: List[Any] = ["assert inc(1) == 2"] * 3 + [{"tests": half, "entry_point": "inc"}]
    assert trainer.rewards(rewards.code_reward, ["p"] * 4, [RIGHT, WRONG, BROKEN, WRONG], tests=tests) == [1, 0, 0, 0]
    assert trainer.extra["mendbench_status"] == ["passed", "wrong_answer", "compile_error", "wrong_answer"]
    shaped = asyncio.run(rewards.code_reward(["p"] * 4, [RIGHT, WRONG, BROKEN, WRONG], tests=tests, shape="rltf"))
    assert shaped == pytest.approx([1.0, -0.3, -1.0, 0.35])
    stdio = {"inputs": ["1\n", "2\n"], "outputs": ["2\n", "3\n"]}
    program = "```python\nprint(int(input()) + 1)\n```"
    assert rewards.compute_score("taco", program, stdio) == {"score": 1.0, "acc": 1.0, "status": "passed"}
    found = rewards.reward_func([RIGHT, "no program"], ["", ""], ["assert inc(1) == 2"] * 2)
    assert found["rewards"] == [1.0, 0.0] and found["extra_logs"]["unscored"] == [0.0, 0.0]
