"""How a row of a data set says by which tests a program is judged: the forms that trainers' data sets have.

``fields`` reads any of them into fields of a request to judge:

* Python text with asserts over a function, as in MBPP; or text that defines ``check(candidate)``, as in HumanEval;
* a list of tests: such texts, or ``{"input": ..., "output": ...}`` of whole programs;
* ``{"inputs": [...], "outputs": [...]}``, with ``"fn_name"`` where a function is called, as in APPS and in verl's data;
* fields of a request to judge, such as ``{"dataset": "starter", "task_id": "starter/f01"}``;
* the same as JSON text;
* the id of a task, such as ``starter/f01``, or ``starter:starter/f01``.
"""

from __future__ import annotations

import ast
import builtins
import json
from typing import TYPE_CHECKING, Any, Dict, Iterator, List, Mapping, Optional, Sequence, Set, Tuple, cast

from ._protocol import FIELDS

if TYPE_CHECKING:
    from ._protocol import JudgeFields

_BUILTINS = frozenset(dir(builtins))
#: Names that a module has without binding them.
_GIVEN = frozenset({"__name__", "__file__", "__doc__", "__builtins__"})


def fields(label: Any, entry_point: Optional[str] = None, program: Optional[str] = None) -> JudgeFields:
    """The fields of a request that say by which tests to judge.

    ``entry_point`` names the function that tests call; without it the tests' own text tells, and ``program``, where
    it is known, which of the names in question it defines. Raises ``ValueError`` for what is not a form of tests.
    """
    if isinstance(label, str):
        label = _of_text(label)
    if isinstance(label, str):
        return _scripts([label], entry_point, program)
    if isinstance(label, Mapping):
        return _of_mapping(label, entry_point, program)
    if isinstance(label, Sequence) and not isinstance(label, (bytes, bytearray)) and len(label) > 0:
        if all(isinstance(test, str) for test in label):
            return _scripts(cast(List[str], list(label)), entry_point, program)
        return _with_entry_point({"tests": list(label)}, entry_point, program)
    raise ValueError(
        f"{str(label)[:80]!r} ({type(label).__name__}) says nothing of tests; "
        "give Python text with asserts, JSON with `inputs` and `outputs`, or the id of a task"
    )


def of_task(task_id: str, dataset: Optional[str] = None) -> JudgeFields:
    """The fields for a known problem. Without ``dataset`` it is what stands before a colon, else what stands before
    the first slash, in lower case: ``starter:starter/f01``, ``starter/f01``, ``HumanEval/0``. An id without either is
    one of the server's own data set."""
    if dataset is None and ":" in task_id:
        dataset, _, task_id = task_id.partition(":")
    if dataset is None and "/" in task_id:
        dataset = task_id.split("/")[0].lower()
    found: JudgeFields = {"task_id": task_id}
    if dataset is not None:
        found["dataset"] = dataset
    return found


def _of_text(label: str) -> Any:
    """JSON text as what it says; other text as it is."""
    text = label.strip()
    if text[:1] in ("{", "["):
        try:
            return json.loads(text)
        except ValueError:
            return label
    if text and not any(letter.isspace() or letter in "()=;" for letter in text):
        return of_task(text)
    return label


def _of_mapping(label: Mapping[str, Any], entry_point: Optional[str], program: Optional[str]) -> JudgeFields:
    if "inputs" in label and "outputs" in label:
        return _inputs(label, entry_point)
    if "assert_case" in label:
        return _scripts(list(label["assert_case"]), entry_point or label.get("fn_name"), program)
    if "functional" in label:
        return _scripts([str(label["functional"])], entry_point, program)
    unknown = sorted(set(label) - FIELDS)
    if unknown or not label:
        what = f"`{unknown[0]}` is not a field that says how to judge" if unknown else "an empty object says nothing of tests"
        raise ValueError(f"{what}; expected `inputs` and `outputs`, or `dataset` and `task_id`, or `tests`")
    found = dict(label)
    if "tests" in found and "entry_point" not in found:
        return _with_entry_point(found, entry_point, program)
    return cast("JudgeFields", found)


def _inputs(label: Mapping[str, Any], entry_point: Optional[str]) -> JudgeFields:
    inputs, outputs = label["inputs"], label["outputs"]
    if not isinstance(inputs, Sequence) or not isinstance(outputs, Sequence) or len(inputs) != len(outputs) or not inputs:
        raise ValueError("`inputs` and `outputs` must be lists of equal length, with one item for each test at least")
    entry_point = label.get("fn_name") or entry_point
    pairs = list(zip(inputs, outputs))
    if not entry_point:
        return {"tests": [{"stdio": {"input": _lines(given), "expected": _lines(wanted)}} for given, wanted in pairs]}
    calls = [(_arguments(given), json.loads(wanted) if isinstance(given, str) else wanted) for given, wanted in pairs]
    # APPS wraps each result in a list of its own.
    if all(isinstance(given, list) and isinstance(wanted, list) and len(wanted) == 1 for given, wanted in pairs):
        calls = [(given, wanted[0]) for given, wanted in calls]
    return {"tests": [{"call": {"args": args, "expected": wanted}} for args, wanted in calls], "entry_point": entry_point}


def _lines(value: Any) -> str:
    return "\n".join(str(line) for line in value) if isinstance(value, list) else str(value)


def _arguments(given: Any) -> List[Any]:
    """Arguments as a list, or as a JSON value in each line."""
    if isinstance(given, str):
        return [json.loads(line) for line in given.splitlines() if line.strip()]
    if isinstance(given, list):
        return given
    raise ValueError(f"the arguments {str(given)[:80]!r} are neither a list nor lines of JSON")


def _scripts(texts: List[str], entry_point: Optional[str], program: Optional[str]) -> JudgeFields:
    if len(texts) == 1 and entry_point and _only_defines_check(texts[0]):
        return {"check": texts[0], "entry_point": entry_point}
    return _with_entry_point({"tests": texts}, entry_point, program)


def _with_entry_point(found: Dict[str, Any], entry_point: Optional[str], program: Optional[str]) -> JudgeFields:
    scripts = [test if isinstance(test, str) else test.get("script") for test in found["tests"]]
    texts = [text for text in scripts if isinstance(text, str)]
    if entry_point is not None:
        found["entry_point"] = entry_point
    if texts:
        found.update(needed("\n".join(texts), entry_point, program))
    return cast("JudgeFields", found)


def needed(script: str, entry_point: Optional[str] = None, program: Optional[str] = None) -> Dict[str, Any]:
    """The entry point of a script, and how far it can be kept apart from the program.

    A script that needs several names of the program can only run beside it: ``integrity`` is then ``cooperative``.
    """
    called, names = _free_names(script)
    if program is not None:
        defined = _defined(program)
        names = [name for name in names if name in defined] or names
    if entry_point is None:
        if not names:
            raise ValueError(
                "the tests call no function of the program: name the function by `entry_point`, "
                "or give `inputs` and `outputs` for a program that reads standard input"
            )
        known = [name for name in called if name in names]
        entry_point = known[-1] if known else names[0]
    found: Dict[str, Any] = {"entry_point": entry_point}
    if any(name != entry_point for name in names):
        found["integrity"] = "cooperative"
    return found


def _only_defines_check(script: str) -> bool:
    try:
        body = ast.parse(script).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    defines = any(isinstance(part, ast.FunctionDef) and part.name == "check" for part in body)
    return defines and not any(isinstance(name, ast.Name) and name.id == "check" for part in body for name in ast.walk(part))


def _free_names(script: str) -> Tuple[List[str], List[str]]:
    """What is handed to ``check(...)`` at the script's top level, and the names that the script uses without defining
    them, in their order. Both are empty for what is not Python."""
    try:
        tree = ast.parse(script)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return [], []
    bound = set(_bound(tree))
    used = [node for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)]
    used.sort(key=lambda name: (name.lineno, name.col_offset))
    free = [name.id for name in used if name.id not in bound | _BUILTINS | _GIVEN]
    called = [
        part.value.args[0].id
        for part in tree.body
        if isinstance(part, ast.Expr)
        and isinstance(part.value, ast.Call)
        and isinstance(part.value.func, ast.Name)
        and part.value.func.id == "check"
        and part.value.args
        and isinstance(part.value.args[0], ast.Name)
    ]
    return called, list(dict.fromkeys(free))


def _defined(program: str) -> Set[str]:
    """The names that a program binds anywhere; none for what is not Python."""
    try:
        return set(_bound(ast.parse(program)))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return set()


def _bound(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            yield node.name
        elif isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            yield node.id
        elif isinstance(node, ast.arg):
            yield node.arg
        elif isinstance(node, ast.alias):
            yield (node.asname or node.name).split(".")[0]
        elif isinstance(node, ast.ExceptHandler) and node.name:
            yield node.name
