"""code_eval: the estimator to the digit, the shape of results, and verdicts of the real judge."""

from __future__ import annotations

import itertools
from fractions import Fraction
from typing import Any, Dict

import pytest
from fake import Asked, Reply, batch, judgement

import mendbench
from mendbench import code_eval


@pytest.mark.parametrize("n", range(1, 8))
def test_the_estimate_is_the_share_of_draws_with_a_right_program(n: int) -> None:
    for c in range(n + 1):
        for k in range(1, n + 1):
            draws = list(itertools.combinations([True] * c + [False] * (n - c), k))
            assert code_eval.estimate(n, c, k) == Fraction(sum(map(any, draws)), len(draws))


@pytest.mark.parametrize(
    "n, c, k, value",
    [(1, 1, 1, "1"), (2, 1, 1, "1/2"), (5, 2, 2, "7/10"), (10, 3, 5, "11/12"), (200, 1, 100, "1/2"), (200, 0, 1, "0")],
)
def test_worked_examples(n: int, c: int, k: int, value: str) -> None:
    assert code_eval.estimate(n, c, k) == Fraction(value)
    assert code_eval.mean_pass_at_k([(n, c)], k) == float(Fraction(value))


def test_estimates_stay_exact_where_products_of_floats_do_not() -> None:
    # 1 - C(999, 500) / C(1000, 500)
    assert code_eval.estimate(1000, 1, 500) == Fraction(1, 2)
    assert code_eval.mean_pass_at_k([(1, 1)] + [(3, 1)] * 2, 1) == float(Fraction(5, 9))
    for n, c, k in [(1, 2, 1), (1, -1, 1), (2, 1, 3), (2, 1, 0)]:
        with pytest.raises(ValueError, match="does not exist"):
            code_eval.estimate(n, c, k)


def by_program(request: Dict[str, Any]) -> Dict[str, Any]:
    """A judge to whom programs say how they end."""
    word = request["program"].split()[1]
    if word == "passed":
        return judgement()
    if word == "unsupported":
        unscored = {"cause": "unsupported", "by": request["program"].split()[2], "why": "it needs a lens"}
        # What the program caused itself is worth no more than a failure.
        rewards = {"pass": 0.0 if unscored["by"] == "candidate" else None}
        return judgement(passed=None, status="unsupported", unscored=unscored, rewards=rewards, hidden=None)
    facts = {
        "wrong_answer": {"call": "f(1)", "expected": "2", "actual": "1", "assertion": "assert f(1) == 2"},
        "runtime_error": {"exception": "ValueError: no"},
    }.get(word)
    return judgement(passed=False, status=word, facts=facts)


@pytest.fixture
def client(fake: Any) -> Any:
    return mendbench.Client(fake(lambda asked: batch(asked, by_program)).url)


def test_results_have_the_shape_and_the_words_of_the_metric(client: Any) -> None:
    endings = ["passed", "wrong_answer", "time_limit", "runtime_error", "compile_error"]
    programs = [f"# {ending}\ndef f(x): ..." for ending in endings]
    rates, results = code_eval.compute(
        references=["assert f(1) == 2", "def check(candidate):\n    assert candidate(1) == 2\n\ncheck(f)"],
        predictions=[programs, programs[:2]],
        k=[1, 2, 10],
        client=client,
    )
    # One of five and one of two; ten is more than either has.
    assert rates == {"pass@1": float(Fraction(7, 20)), "pass@2": float((Fraction(2, 5) + 1) / 2)}
    assert list(results) == [0, 1]
    assert results[0][0] == (0, {"task_id": 0, "passed": True, "result": "passed", "completion_id": 0})
    assert [outcome["result"] for _, outcome in results[0]] == [
        "passed",
        "failed: f(1) is 1, not 2",
        "timed out",
        "failed: no",
        "failed: compile error",
    ]
    assert [number for number, _ in results[1]] == [0, 1]


def test_what_cannot_be_judged_counts_on_neither_side(client: Any) -> None:
    programs = [f"# {ending}\ndef f(x): ..." for ending in ("passed", "wrong_answer", "unsupported problem")]
    with pytest.warns(UserWarning, match="2 predictions could not be judged"):
        rates, results = code_eval.compute(
            references=["assert f(1)"] * 2, predictions=[programs, programs[2:]], k=[1, 2, 3], client=client
        )
    assert rates == {"pass@1": 0.5, "pass@2": 1.0}
    assert results[0][2][1] == {
        "task_id": 0,
        "passed": None,
        "result": "unscored: it needs a lens",
        "completion_id": 2,
    }
    with pytest.warns(UserWarning):
        assert code_eval.compute(references=["assert f(1)"], predictions=[programs[2:]], client=client)[0] == {}


def test_what_a_program_caused_itself_is_a_failure(client: Any) -> None:
    program = "# unsupported candidate\ndef f(x): ..."
    rates, results = code_eval.compute(references=["assert f(1)"], predictions=[[program]], k=1, client=client)
    assert rates == {"pass@1": 0.0} and results[0][0][1]["result"] == "failed: it needs a lens"


def test_tests_without_a_function_are_said_to_judge_nobody(client: Any) -> None:
    with pytest.warns(UserWarning, match="1 predictions"):
        rates, results = code_eval.compute(references=["assert True"], predictions=[["x = 1"]], k=[1], client=client)
    assert rates == {} and results[0][0][1]["result"].startswith("unscored: the tests call no function")


def test_requests_say_what_is_needed(fake: Any) -> None:
    server = fake(lambda asked: batch(asked, lambda request: judgement()))
    code_eval.compute(
        references=["assert f(g(1)) == 2"],
        predictions=[["def f(x): ...\ndef g(x): ..."]],
        timeout=1.5,
        client=mendbench.Client(server.url),
    )
    asked: Asked = server.asked[0]
    assert asked.body["defaults"] == {"see": "hidden", "limits": {"time_limit": 1.5}}
    (request,) = asked.body["requests"]
    # Tests that need two names of a program run beside it.
    assert request["entry_point"] == "f" and request["integrity"] == "cooperative"


def test_mistakes_of_the_caller_are_named(client: Any) -> None:
    for arguments, message in [
        (dict(references=["a"], predictions=[]), "1 references and 0 lists"),
        (dict(references=["a"], predictions=["def f(): ..."]), "found a text"),
        (dict(references=[], predictions=[], k=[0]), "whole numbers from 1"),
        (dict(references=[], predictions=[], timeout=0), "above 0"),
    ]:
        with pytest.raises(ValueError, match=message):
            code_eval.compute(**arguments, client=client)
    with pytest.raises(ValueError, match="which k"):
        code_eval.pass_at_k(["assert f()"], [["def f(): ..."]])
    assert code_eval.compute(references=[], predictions=[], client=client) == ({}, {})


def test_the_real_judge_ends_programs_as_the_metric_does(serves: str) -> None:
    rates, results = code_eval.compute(
        references=[
            "assert add(2, 3) == 5",
            "def check(candidate):\n    assert candidate([1, 2]) == 3\n\ncheck(total)",
            "assert Solution().inc(1) == 2",
            "assert decode(encode('ab')) == 'ab'",
        ],
        predictions=[
            [
                "def add(a, b):\n    return a * b",
                "def add(a, b):\n    return a + b",
                "def add(a, b):\n    raise ValueError('no numbers')",
                "def add(a, b):\n    while True: pass",
                "def add(a, b) return",
                "import os\nos._exit(0)",
            ],
            ["def total(numbers):\n    return sum(numbers)", "total = 3"],
            ["class Solution:\n    def inc(self, x):\n        return x + 1"],
            ["def encode(s):\n    return s[::-1]\ndef decode(s):\n    return s[::-1]"],
        ],
        k=[1, 10],
        timeout=1.0,
    )
    ends = [[outcome["result"] for _, outcome in results[task]] for task in range(4)]
    assert ends[0][0].startswith("failed: ") and ends[0][1:4] == ["passed", "failed: no numbers", "timed out"]
    assert ends[0][4].startswith("failed: ") and ends[0][5].startswith("failed: ")
    assert ends[1][0] == "passed" and ends[1][1].startswith("failed: ")
    assert ends[2:] == [["passed"], ["passed"]]
    assert rates == {"pass@1": float((Fraction(1, 6) + Fraction(1, 2) + 2) / 4)}
