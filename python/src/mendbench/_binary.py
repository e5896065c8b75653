"""Where the program ``mend`` is."""

from __future__ import annotations

import os
import shutil
import sysconfig
from pathlib import Path
from typing import Iterator, Optional

from ._errors import BinaryNotFound

#: The variable of the environment that names the program, before all other places.
VARIABLE = "MEND_BIN"


def find(binary: Optional[str] = None) -> str:
    """The path of ``mend``: what the caller names, else what ``MEND_BIN`` names, else the one that the wheel brought,
    else the first on ``PATH``.

    Raises ``BinaryNotFound`` where there is none, or where the named one cannot be run.
    """
    for named, by in ((binary, "the argument `binary`"), (os.environ.get(VARIABLE), f"the variable {VARIABLE}")):
        if named:
            if not _runs(Path(named)):
                raise BinaryNotFound(f"{by} names {named}, which is not a program that can be run; name the program `mend`")
            return str(Path(named).absolute())
    for place in _installed():
        if _runs(place):
            return str(place)
    found = shutil.which("mend")
    if found:
        return found
    raise BinaryNotFound(
        "the program `mend` was not found: not beside this package, and not on PATH. "
        f"Install the wheel of mendbench, or build `mend` and put its path into {VARIABLE}"
    )


def _installed() -> Iterator[Path]:
    """Where a wheel's programs go: of this environment, of the user, beside a folder of ``pip install --target``, and of
    the environment that this package lies in, if another one's Python reads it."""
    yield Path(sysconfig.get_path("scripts")) / "mend"
    for scheme in ("posix_user", "osx_framework_user"):
        if scheme in sysconfig.get_scheme_names():
            yield Path(sysconfig.get_path("scripts", scheme)) / "mend"
    package = Path(__file__).resolve().parent
    yield package.parent / "bin" / "mend"
    if package.parent.name == "site-packages":
        yield package.parents[3] / "bin" / "mend"


def _runs(path: Path) -> bool:
    return path.is_file() and os.access(path, os.X_OK)
