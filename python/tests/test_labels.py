"""The forms in which data sets say by which tests a row is judged."""

from __future__ import annotations

import json
from typing import Any

import pytest

from mendbench import _labels

CHECK = "def check(candidate):\n    assert candidate(1) == 2\n"


@pytest.mark.parametrize(
    "label, entry_point, expected",
    [
        ("assert f(1) == 2", None, {"tests": ["assert f(1) == 2"], "entry_point": "f"}),
        (["assert f(1) == 2", "assert f(2) == 3"], None, {"tests": ["assert f(1) == 2", "assert f(2) == 3"], "entry_point": "f"}),
        (CHECK, "f", {"check": CHECK, "entry_point": "f"}),
        (CHECK + "check(f)", None, {"tests": [CHECK + "check(f)"], "entry_point": "f"}),
        (CHECK + "check(f)", "f", {"tests": [CHECK + "check(f)"], "entry_point": "f"}),
        # What the test imports and defines is its own.
        ("import math\nx = 2\nassert math.floor(f(x)) == abs(-2)", None, {"entry_point": "f"}),
        ("assert f(g(1)) == 2", None, {"entry_point": "f", "integrity": "cooperative"}),
        ("assert f(g(1)) == 2", "g", {"entry_point": "g", "integrity": "cooperative"}),
        ("starter/f01", None, {"task_id": "starter/f01", "dataset": "starter"}),
        ("HumanEval/0", None, {"task_id": "HumanEval/0", "dataset": "humaneval"}),
        ("mbpp:2", None, {"task_id": "2", "dataset": "mbpp"}),
        ("f01", None, {"task_id": "f01"}),
        ({"dataset": "starter", "task_id": "starter/f01"}, None, {"dataset": "starter", "task_id": "starter/f01"}),
        ({"tests": ["assert f() == 1"]}, None, {"tests": ["assert f() == 1"], "entry_point": "f"}),
        ({"assert_case": ["assert f() == 1"]}, None, {"tests": ["assert f() == 1"], "entry_point": "f"}),
        ([{"input": "1\n", "output": "2\n"}], None, {"tests": [{"input": "1\n", "output": "2\n"}]}),
        (
            {"inputs": ["1\n"], "outputs": ["2\n"]},
            None,
            {"tests": [{"stdio": {"input": "1\n", "expected": "2\n"}}]},
        ),
        ({"inputs": [["1", "2"]], "outputs": [["3"]]}, None, {"tests": [{"stdio": {"input": "1\n2", "expected": "3"}}]}),
        (
            {"inputs": ["[1]\n2"], "outputs": ["3"], "fn_name": "f"},
            None,
            {"tests": [{"call": {"args": [[1], 2], "expected": 3}}], "entry_point": "f"},
        ),
        (
            {"inputs": [[1, 2]], "outputs": [[3]], "fn_name": "f"},
            None,
            {"tests": [{"call": {"args": [1, 2], "expected": 3}}], "entry_point": "f"},
        ),
        (
            {"inputs": [[1, 2], [3, 4]], "outputs": [[1, 2], [3]], "fn_name": "f"},
            None,
            {"tests": [{"call": {"args": [1, 2], "expected": [1, 2]}}, {"call": {"args": [3, 4], "expected": [3]}}]},
        ),
    ],
)
def test_each_form_becomes_fields_of_a_request(label: Any, entry_point: Any, expected: Any) -> None:
    found = _labels.fields(label, entry_point)
    assert {name: found.get(name) for name in expected} == expected
    assert "integrity" in expected or "integrity" not in found
    if not isinstance(label, str):
        assert _labels.fields(json.dumps(label), entry_point) == found


@pytest.mark.parametrize(
    "label, message",
    [
        (None, "says nothing of tests"),
        ([], "says nothing of tests"),
        (7, "says nothing of tests"),
        ({}, "an empty object"),
        ({"inputs": [1], "outputs": []}, "equal length"),
        ({"test": "x"}, "`test` is not a field"),
        ("assert True", "call no function"),
    ],
)
def test_what_is_no_form_is_refused_with_what_was_found(label: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        _labels.fields(label)


def test_a_program_tells_which_names_are_its_own() -> None:
    script = "assert f(1) == undefined_by_anybody"
    assert "integrity" not in _labels.needed(script, None, "def f(x): ...")
    assert _labels.needed(script, None, "def other(): ...")["entry_point"] == "f"
    assert _labels.needed("assert math.isclose(f(1), 1)", None, "import math\ndef f(x): ...") == {
        "entry_point": "math",
        "integrity": "cooperative",
    }
