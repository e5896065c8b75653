"""What a model is asked: prompts in the words of mend's own strategy `self-repair`."""

from __future__ import annotations

import re
from typing import Any, Mapping, Optional

from .._protocol import Judgement

SYSTEM = "You are an expert Python programmer. Think before you write, and write complete, runnable Python 3."
#: Characters of a value that a prompt shows.
SHOWN = 300
_EXPLAIN = "First explain in a few sentences what is wrong with the program. "
_WHOLE = "Reply with the whole repaired program in one ```python code block."


def program(problem: Mapping[str, Any]) -> str:
    """Asks for a program. ``problem`` is one of ``Client.problems``."""
    statement, entry_point = problem["statement"], problem.get("entry_point")
    if problem["style"] == "completion":
        return (
            f"Complete the following Python function.\n\n{_fenced(statement.strip(chr(10)), 'python')}\n\n"
            "Reply with the whole function, imports and helpers included, in one ```python code block."
        )
    task = str(statement.strip())
    if problem["style"] == "function":
        if problem.get("starter_code"):
            task += f"\n\nStart from this code:\n\n{_fenced(problem['starter_code'], 'python')}"
        return f"{task}\n\nDefine {_code(str(entry_point))}. Reply with the whole program in one ```python code block."
    return (
        f"{task}\n\nWrite a Python 3 program that reads standard input and writes standard output. "
        "Reply with the whole program in one ```python code block."
    )


def repair(asked: str, answer: str, judgement: Judgement, entry_point: Optional[str]) -> str:
    """Asks for a repair of an answer that failed. ``asked`` is the prompt that the answer came from."""
    if judgement.status == "no_code" or judgement.program is None:
        what = (
            f"A previous answer holds no complete code block, and counts as wrong:\n\n{_fenced(answer, 'text')}"
            if answer.strip()
            else "A previous answer was empty, and counts as wrong."
        )
        how = "First explain in a few sentences how the task can be solved. "
        return f"{asked}\n\n{what}\n\n{how}Then reply with the whole program in one ```python code block."
    what = f"A previous answer is this program:\n\n{_fenced(judgement.program, 'python')}"
    return (
        f"{asked}\n\n{what}\n\nIt is wrong. {failure(judgement, entry_point)}\n\n{_EXPLAIN}"
        f"Then {_WHOLE[0].lower()}{_WHOLE[1:]}"
    )


def failure(judgement: Judgement, entry_point: Optional[str]) -> str:
    """What may be said of a failure: the facts that the judge returned."""
    facts = {name: _cut(value) for name, value in (judgement.facts or {}).items()}
    status = facts.get("status") or judgement.status
    said = [_first(facts, status, entry_point)]
    if "exception" in facts:
        where = f", raised in line {facts['line']}" if "line" in facts else ""
        line = f": {_code(facts['source'])}" if where and "source" in facts else ""
        said.append(f"The exception is {_code(facts['exception'])}{where}{line}.")
    elif "note" in facts and status != "missing_entry_point":
        note = facts["note"].strip()
        said.append(f"{note[:1].upper()}{note[1:]}{'' if note.endswith(('.', '!', '?')) else '.'}")
    if "assertion" in facts:
        said.append(f"The failing assertion is {_code(facts['assertion'])}.")
    return "\n\n".join(said)


def _first(facts: Mapping[str, Any], status: Optional[str], entry_point: Optional[str]) -> str:
    if status == "compile_error":
        return "It does not compile."
    if status == "missing_entry_point":
        return f"It does not define {_code(entry_point or 'the function')}."
    if "input" in facts:
        said = f"It fails a test with this input:\n\n{_fenced(facts['input'], 'text')}"
        if "expected" in facts and "actual" in facts:
            said += f"\n\nExpected output:\n\n{_fenced(facts['expected'], 'text')}"
            said += f"\n\nActual output:\n\n{_fenced(facts['actual'], 'text')}"
        return said
    if "call" in facts:
        said = f"It fails a test: the call {_code(facts['call'])}"
        if "exception" in facts:
            return f"{said} raises an exception."
        if "actual" not in facts:
            return f"{said} gives no result that can be tested."
        if "expected" not in facts:
            return f"{said} gives {_code(facts['actual'])}, which is not right."
        return f"{said} should give {_code(facts['expected'])}, but gives {_code(facts['actual'])}."
    return "It raises an exception while it is loaded." if "exception" in facts else "It fails a test."


def _cut(value: Any) -> Any:
    return f"{value[:SHOWN]}..." if isinstance(value, str) and len(value) > SHOWN else value


def _fenced(text: str, language: str) -> str:
    """A text in a fence that is longer than any within it."""
    longest = max((len(found) for found in re.findall(r"`{3,}", text)), default=2)
    fence = "`" * (longest + 1)
    return f"{fence}{language}\n{text.rstrip(chr(10))}\n{fence}"


def _code(text: str) -> str:
    """A text as code within a line."""
    longest = max((len(found) for found in re.findall(r"`+", text)), default=0)
    ticks = "`" * (longest + 1)
    pad = " " if longest else ""
    return f"{ticks}{pad}{text}{pad}{ticks}"
