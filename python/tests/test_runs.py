"""A run's folder as data frames."""

from __future__ import annotations

import copy
import csv
import json
import pickle
from pathlib import Path
from typing import Any

import pytest

import mendbench


def folder(tmp_path: Path, **tables: str) -> Path:
    (tmp_path / "manifest.json").write_text('{"run_id": "x-1", "schema_version": 1}')
    for name, text in tables.items():
        (tmp_path / f"{name}.csv").write_text(text, encoding="utf-8")
    return tmp_path


TABLE = (
    "problem,program_digest,n,unscored,value,submitted,status,failure,dollars,note\n"
    "7,123e4567,2,,1,true,passed,,,1e400\n"
    "8,00012345,3,1,0.5,,wrong_answer,'=f(1),,x\n"
)


def test_cells_have_the_type_of_their_column(tmp_path: Path) -> None:
    run = mendbench.load(folder(tmp_path, samples=TABLE), pandas=False)
    assert run.kind == "rows" and run.id == "x-1" and run.names == ["samples"] and list(run) == ["samples"]
    first, second = run["samples"]
    assert first == {
        "problem": "7",
        "program_digest": "123e4567",
        "n": 2,
        "unscored": None,
        "value": 1.0,
        "submitted": True,
        "status": "passed",
        "failure": None,
        "dollars": None,
        "note": "1e400",
    }
    assert (second["problem"], second["unscored"], second["submitted"]) == ("8", 1, None)
    # Written so that no spreadsheet runs it.
    assert second["failure"] == "=f(1)"
    assert isinstance(first["value"], float) and isinstance(first["n"], int)
    assert run.samples is run["samples"] is run.tables["samples"] and run.summary == {}
    assert pickle.loads(pickle.dumps(run)).samples == run.samples == copy.copy(run).samples
    assert "samples" in dir(run) and "samples" in run and not hasattr(run, "absent")


def test_frames_keep_what_is_missing(tmp_path: Path) -> None:
    pytest.importorskip("pandas")
    run = mendbench.load(str(folder(tmp_path, samples=TABLE)))
    assert run.kind == "pandas"
    frame = run.samples
    assert {name: str(kind) for name, kind in frame.dtypes.items()} == {
        "problem": "object",
        "program_digest": "object",
        "n": "int64",
        "unscored": "Int64",
        "value": "float64",
        "submitted": "boolean",
        "status": "object",
        "failure": "object",
        "dollars": "float64",
        "note": "object",
    }
    assert frame["unscored"].isna().tolist() == [True, False]
    assert frame["dollars"].isna().all() and frame["failure"].isna().tolist() == [True, False]
    assert frame.groupby("problem")["value"].mean().to_dict() == {"7": 1.0, "8": 0.5}
    assert run.rows("samples")[0]["n"] == 2


def test_what_is_no_run_is_said(tmp_path: Path) -> None:
    with pytest.raises(mendbench.NotARun, match="has no manifest.json; name the folder of a run"):
        mendbench.load(tmp_path)
    with pytest.raises(mendbench.NotARun, match="is not a folder"):
        mendbench.load(tmp_path / "absent")
    run = mendbench.load(folder(tmp_path, broken="a,b\n1\n", empty=""), pandas=False)
    with pytest.raises(mendbench.NotARun, match="row 2 has 1 cells, the first has 2; `mend report"):
        run["broken"]
    with pytest.raises(mendbench.NotARun, match="is empty"):
        run["empty"]
    for ask in (lambda: run["samples"], lambda: run.samples):
        with pytest.raises((KeyError, AttributeError), match="has no table `samples`; its tables are: broken, empty"):
            ask()
    (tmp_path / "manifest.json").write_text("{")
    with pytest.raises(mendbench.NotARun, match="is not JSON"):
        mendbench.load(tmp_path)


def test_a_real_run_reads_as_it_was_written(run_folder: Path) -> None:
    run = mendbench.load(run_folder, pandas=False)
    assert run.manifest["run_id"] == run.id == run.summary["run"]["id"]
    for name in run.names:
        with (run_folder / f"{name}.csv").open(encoding="utf-8", newline="") as file:
            written = list(csv.DictReader(file))
        assert len(run[name]) == len(written) and len(written) > 0, name
        for read, cells in zip(run[name], written):
            for column, cell in cells.items():
                assert same(read[column], cell), (name, column, cell)
    programs = [row for row in run.samples if row["parent"] is None]
    rate = sum(row["hidden_passed"] for row in programs) / len(programs)
    (first,) = [row for row in run.pass_at_k if row["group"] == "all" and row["k"] == 1]
    assert first["value"] == pytest.approx(rate) == run.summary["pass_at_1"]["value"]["value"]
    assert json.dumps(run.rows("problems"))


def same(read: Any, cell: str) -> bool:
    """Whether a value is what a cell says."""
    if read is None:
        return cell == ""
    if isinstance(read, bool):
        return cell == str(read).lower()
    return read == (type(read)(cell)) or cell == f"'{read}"


def test_every_table_of_a_real_run_is_a_frame(run_folder: Path) -> None:
    pytest.importorskip("pandas")
    run = mendbench.load(run_folder)
    frame = run.samples
    assert str(frame["hidden_passed"].dtype) == "bool" and str(frame["prompt_tokens"].dtype) == "int64"
    assert all(len(run[name]) == len(run.rows(name)) for name in run)
