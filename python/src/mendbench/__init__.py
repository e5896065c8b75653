"""mendbench judges programs that language models write, and reads runs of ``mend``.

* ``Client`` and ``AsyncClient`` ask ``mend serve``, which they start themselves where no server is named.
* ``rewards`` has reward functions for TRL, verl and OpenRLHF.
* ``code_eval`` computes pass@k with the interface of Hugging Face's metric.
* ``load`` reads a run's folder into data frames.
* ``integrations.inspect`` is a plug-in for Inspect.

docs/python.md has examples.
"""

from __future__ import annotations

from . import code_eval, rewards
from ._async import AsyncClient
from ._client import Client
from ._errors import (
    BinaryNotFound,
    Busy,
    DeadlineExceeded,
    MendError,
    NotARun,
    Refused,
    StartFailed,
    Unreachable,
)
from ._protocol import JudgeFields, Judgement, SuiteOutcome, TestOutcome, Unscored
from ._runs import Run, load

__all__ = [
    "AsyncClient",
    "BinaryNotFound",
    "Busy",
    "Client",
    "DeadlineExceeded",
    "JudgeFields",
    "Judgement",
    "MendError",
    "NotARun",
    "Refused",
    "Run",
    "StartFailed",
    "SuiteOutcome",
    "TestOutcome",
    "Unreachable",
    "Unscored",
    "code_eval",
    "load",
    "rewards",
]


def __getattr__(name: str) -> str:
    # The version of the installed package, read when somebody asks: that takes longer than the rest of the import.
    if name == "__version__":
        from importlib.metadata import PackageNotFoundError, version

        try:
            return version("mendbench")
        except PackageNotFoundError:
            return "0+source"
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
