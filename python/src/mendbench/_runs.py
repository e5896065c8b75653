"""A run's folder as data: its tables, its manifest and its summary."""

from __future__ import annotations

import csv
import importlib.util
import json
import os
import re
from pathlib import Path
from typing import Any, Callable, Dict, Iterator, List, Mapping, Optional, Sequence, Tuple, Union, cast

from ._errors import NotARun

#: A table without pandas: a row is a dictionary by column.
Rows = List[Dict[str, Any]]

#: Columns that are names, texts or lists, whatever their cells look like: a problem may be called `7`, and a digest may
#: look like a number.
TEXTS = frozenset(
    "run dataset model strategy oracle_level selection group order problem slot parent role seat served_model asked_model "
    "about_model finish_reason extraction_rule status submitted_status failure program_digest critique_digest digest "
    "fixed_program difficulty tokenizer integrity engine token_definition estimator baseline axis band coverage absent "
    "no_interval opinion lines defects source reasons author kind shows made part by of became metric draws target a b "
    "mutant name language".split()
)
#: Columns that are measures, also where each cell happens to be a whole number.
MEASURES = re.compile(
    r"value|low|high|rate|share|cost|factor|saved|gap|marginal|normalised|diff|dollars|minutes|tau|pooled|by_program|score|sampling|sampling_paid"
    r"|.*_(low|high|rate|share|cost|dollars)|mean_.*|cost_per_.*|(billed|completion|paper)_tokens_mean"
)
WHOLE = re.compile(r"[+-]?[0-9]+")
NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?")


def load(run: Union[str, "os.PathLike[str]"], *, pandas: Optional[bool] = None) -> Run:
    """Opens the folder of a run, as ``mend run``, ``mend import`` and ``mend rejudge`` write it.

    Tables are pandas data frames where pandas is installed, else lists of dictionaries; ``Run.kind`` says which.
    ``pandas=False`` asks for lists, ``pandas=True`` for frames or ``ImportError``.

    Raises ``NotARun`` if the folder holds no run.
    """
    folder = Path(run)
    if not (folder / "manifest.json").is_file():
        what = "has no manifest.json" if folder.is_dir() else "is not a folder"
        raise NotARun(f"{folder} {what}; name the folder of a run: `mend run --out FOLDER` writes one, `mend runs` lists them")
    has_pandas = importlib.util.find_spec("pandas") is not None
    if pandas and not has_pandas:
        raise ImportError("pandas is not installed; install it, or leave out `pandas=True` to get lists of dictionaries")
    return Run(folder, "pandas" if has_pandas and pandas is not False else "rows")


class Run:
    """A run's folder. ``run["samples"]`` or ``run.samples`` is the table ``samples.csv``; ``run.names`` lists them.

    Numbers and truth values have their types; an empty cell is ``None`` in lists, and missing (``isna``) in frames.
    Columns of names and digests stay texts, also where they look like numbers. A table is read when first asked for.

    * ``kind``: ``"pandas"``, or ``"rows"`` where tables are lists of dictionaries.
    * ``manifest``, ``summary``: ``manifest.json`` and ``summary.json`` as dictionaries. A run that was never reported has
      an empty ``summary``.
    """

    def __init__(self, path: Path, kind: str) -> None:
        self.path = path
        self.kind = kind
        self.manifest = _json(path / "manifest.json")
        self.summary = _json(path / "summary.json") if (path / "summary.json").exists() else {}
        #: The names of the tables.
        self.names = sorted(table.stem for table in path.glob("*.csv"))
        self._tables: Dict[str, Any] = {}

    @property
    def id(self) -> str:
        """The run's id, such as ``starter-self-repair-sim-journeyman-1a2b3c4d``."""
        return str(self.manifest.get("run_id", ""))

    @property
    def tables(self) -> Dict[str, Any]:
        """All tables by their names."""
        return {name: self[name] for name in self.names}

    def rows(self, name: str) -> Rows:
        """One table as a list of dictionaries, whatever ``kind`` is. Raises ``KeyError`` for a table that is not there."""
        columns, cells = self._columns(name)
        return [dict(zip(columns, row)) for row in zip(*cells)]

    def __getitem__(self, name: str) -> Any:
        if name not in self._tables:
            self._tables[name] = self.rows(name) if self.kind == "rows" else self._frame(name)
        return self._tables[name]

    def __getattr__(self, name: str) -> Any:
        # A run that is being copied has no attributes yet.
        if name in self.__dict__.get("names", ()):
            return self[name]
        raise AttributeError(name if name.startswith("_") or "names" not in self.__dict__ else self._lacks(name))

    def __contains__(self, name: object) -> bool:
        return name in self.names

    def __iter__(self) -> Iterator[str]:
        return iter(self.names)

    def __dir__(self) -> List[str]:
        return [*super().__dir__(), *self.names]

    def __repr__(self) -> str:
        return f"<mendbench.Run {self.id} in {self.path}: {len(self.names)} tables ({self.kind})>"

    def _columns(self, name: str) -> Tuple[List[str], List[List[Any]]]:
        """The names of a table's columns, and the converted cells of each."""
        if name not in self.names:
            raise KeyError(self._lacks(name))
        path = self.path / f"{name}.csv"
        # One cell may hold a whole log.
        csv.field_size_limit(1 << 30)
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.reader(file, strict=True))
        if not rows:
            raise NotARun(f"{path} is empty; `mend report {self.path}` writes the tables anew")
        columns = rows[0]
        odd = next((number for number, row in enumerate(rows, 1) if len(row) != len(columns)), None)
        if odd is not None:
            raise NotARun(
                f"{path}: row {odd} has {len(rows[odd - 1])} cells, the first has {len(columns)}; "
                f"`mend report {self.path}` writes the tables anew"
            )
        return columns, [_typed(column, [row[at] for row in rows[1:]]) for at, column in enumerate(columns)]

    def _frame(self, name: str) -> Any:
        import pandas

        columns, cells = self._columns(name)
        series = {column: pandas.Series(found, dtype=_dtype(column, found)) for column, found in zip(columns, cells)}
        return pandas.DataFrame(series, columns=columns)

    def _lacks(self, name: str) -> str:
        known = ", ".join(self.names) or "none; `mend report` writes them"
        return f"the run {self.id} has no table `{name}`; its tables are: {known}"


def _json(path: Path) -> Dict[str, Any]:
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise NotARun(f"{path} is not JSON: {error}") from error
    if not isinstance(value, Mapping):
        raise NotARun(f"{path} holds no JSON object")
    return cast(Dict[str, Any], value)


def _typed(column: str, cells: Sequence[str]) -> List[Any]:
    """The cells of a column in the one type that fits all of them; an empty one is ``None``."""
    filled = [cell for cell in cells if cell]
    if column in TEXTS:
        return _each(cells, _text)
    if filled and all(cell in ("true", "false") for cell in filled):
        return _each(cells, lambda cell: cell == "true")
    if filled and not MEASURES.fullmatch(column) and all(WHOLE.fullmatch(cell) for cell in filled):
        return _each(cells, int)
    if all(NUMBER.fullmatch(cell) for cell in filled):
        return _each(cells, float)
    return _each(cells, _text)


def _each(cells: Sequence[str], convert: Callable[[str], Any]) -> List[Any]:
    return [convert(cell) if cell else None for cell in cells]


def _text(cell: str) -> str:
    # What a spreadsheet would run as a formula is written behind an apostrophe.
    return cell[1:] if cell.startswith("'") else cell


def _dtype(column: str, cells: Sequence[Any]) -> str:
    """The type of a column of a frame: one that can hold what is missing."""
    kinds = {type(cell) for cell in cells}
    if kinds - {type(None)} == {bool}:
        return "boolean" if None in cells else "bool"
    if kinds - {type(None)} == {int}:
        if any(abs(cell) >= 1 << 63 for cell in cells if cell is not None):
            return "object"
        return "Int64" if None in cells else "int64"
    is_text = column in TEXTS or str in kinds
    return "object" if is_text else "float64"
