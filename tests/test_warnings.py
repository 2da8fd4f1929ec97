"""Warnings: each points at the line that called zoo, and training says of its data what could be wrong with them."""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import zoo
import zoo.errors

ROOT = Path(zoo.errors.__file__).parent.parent
X = np.random.default_rng(0).normal(size=(30, 2))
INDEXED = "".join(f"{row},{x:.3f},{'pq'[row % 2]}\n" for row, x in enumerate(X[:, 0]))
PANEL = [(f"2024-01-{1 + row % 15:02}", "north" if row < 15 else "south", row * 7 % 11) for row in range(30)]


def indexed(path: Path) -> Path:
    path.write_text(f",width,kind\n{INDEXED}")
    return path


def panel() -> dict[str, list[Any]]:
    return {name: [row[place] for row in PANEL] for place, name in enumerate(("day", "shop", "sold"))}


def finished(path: Path) -> Path:
    zoo.train("mlp", (X, X[:, 0]), epochs=2, hidden=2, schedule="linear", out=path)
    return path


CALLS: dict[str, tuple[Callable[[Path], Callable[[], Any]], str]] = {  # a call, and what it warns of
    "train, a column left out": (
        lambda folder: lambda file=indexed(folder / "a.csv"): zoo.train("mlp", file, epochs=1, hidden=2),
        r"leaves out column 1 \(index\); use takes such a column in$",
    ),
    "train, several series": (
        lambda folder: lambda: zoo.train("elman", panel(), target="sold", window=3, epochs=1, hidden=2),
        "if these are several series.*: group='shop'$",
    ),
    "train, a column of a series left out": (
        lambda folder: lambda: zoo.train("elman", panel(), target="sold", window=3, epochs=1, hidden=2),
        "leaves out shop$",
    ),
    "compare": (
        lambda folder: lambda file=indexed(folder / "a.csv"): zoo.compare("mlp", data=file, epochs=1),
        r"leaves out column 1 \(index\)",
    ),
    "resume": (
        lambda folder: lambda file=finished(folder / "a.h5"): zoo.resume(file, (X, X[:, 0]), epochs=3),
        "its schedule is stretched",
    ),
    "evaluate": (
        lambda folder: lambda file=finished(folder / "a.h5"): zoo.evaluate(file, (X, X[:, 0]), missing="mean"),
        "read with missing='mean'; in training: missing='error'",
    ),
    "predict": (
        lambda folder: lambda model=zoo.train("rbm", X, epochs=1, hidden=2): zoo.predict(model, X * 9),
        "rows",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CALLS)
def test_a_warning_points_at_the_line_that_called_zoo(name: str, tmp_path: Path) -> None:
    prepared, about = CALLS[name]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        call = prepared(tmp_path)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        call()
    here = [each for each in caught if issubclass(each.category, zoo.ZooWarning)]
    assert {each.filename for each in here} == {__file__}
    line = call.__code__.co_firstlineno
    assert {each.lineno for each in here} <= {line, line + 1}
    assert any(re.search(about, str(each.message)) for each in here)


def test_what_is_merely_to_be_known_is_not_warned_of() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        zoo.train("mlp", (X, np.arange(30) % 2), epochs=1, hidden=2)
        zoo.train("mlp", {"a": X[:, 0], "day": np.arange(30) % 7, "b": list("xy") * 15}, target="b", epochs=1, hidden=2)


def test_every_warning_goes_through_one_function() -> None:
    own = []
    for path in [*(ROOT / "zoo").rglob("*.py"), *(ROOT / "plugins").rglob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            called = node.func if isinstance(node, ast.Call) else None
            if isinstance(called, ast.Attribute) and ast.unparse(called) == "warnings.warn":
                own.append(str(path.relative_to(ROOT)))
    assert own == ["zoo/errors.py"]


def test_the_column_learned_by_default_is_named() -> None:
    """Of a table given in Python, where nothing is printed; not where it was named, or stands beside."""
    table = {"a": np.arange(20) % 7 / 2, "y": ["u", "v"] * 10}
    with pytest.warns(
        zoo.errors.ZooWarning, match="the target is 'y', the last column that can be one; target names another"
    ):
        zoo.train("mlp", table, epochs=1, hidden=3)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        zoo.train("mlp", table, target="y", epochs=1, hidden=3)
        zoo.train("mlp", ({"a": table["a"]}, table["y"]), epochs=1, hidden=3)
        zoo.train("som", table, target="none", epochs=1, rows=2, columns=2)
