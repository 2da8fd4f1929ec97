"""Find what makes a table easier to learn than what it stands for: few rows, and columns that say the target.

Each gives a line. A column is looked at in a few rows first, and in all of them where these leave it possible.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator

import numpy as np

from zoo.data.dataset import Dataset, len_of, pieces
from zoo.types import Array

LEAST = 20  # rows in which a column that says the target does so by more than chance
LOOKED_AT = 200  # rows by which most columns are ruled out
NAMED = 8  # columns in a line
AT_ONCE = 1024  # columns that are looked at together


def remarks(dataset: Dataset) -> Iterator[str]:
    """Lines about a table with targets."""
    rows, columns = len(dataset), dataset.inputs.shape[-1]
    if dataset.kind != "table" or dataset.targets is None or dataset.task not in ("classification", "regression"):
        return
    if rows < columns:
        yield f"fewer rows than columns, {rows:,} and {columns:,}: a model may learn them by heart; see --ignore"
    if dataset.task == "classification" and len(dataset.labels) == rows > 2:
        yield f"no class comes twice in the {rows:,} rows; for a quantity: --task regression; see also --target"
        return
    targets = dataset.targets.read(0, rows)
    target = targets if targets.ndim == 1 else targets[:, 0]
    if rows < LEAST or (targets.ndim == 2 and targets.shape[1] != 1) or (target == target[0]).all():
        return
    few = min(rows, LOOKED_AT)
    head = np.asarray(dataset.inputs.read(0, few), np.float64)
    classes = dataset.task == "classification"
    possible = [
        place for place in _possible(head, target[:few], classes) if _says(head[:, place], target[:few], classes)
    ]
    equal: list[str] = []
    tells: list[str] = []
    for place in possible:
        column = _column(dataset, place)
        if how := _says(column, target, classes):
            (equal if how == "equal" else tells).append(dataset.columns[place].name)
    name = dataset.target_columns[0] if dataset.target_columns else "target"
    if equal:
        yield _line(equal, f"the target {name!r} itself, written otherwise or not")
    if tells:
        yield _line(tells, f"enough to know the target {name!r} of every row")
    if not equal and not tells and classes and (others := _one_hot_with(dataset, target)):
        together = ",".join([*others, name])
        yield (
            f"of {_listed(others)} and the target {name!r} one is 1 in every row: together they are one class; to learn"
            f" it: --target {shlex.quote(together)}"
        )


def _possible(head: Array, target: Array, classes: bool) -> list[int]:
    """The columns that may say the target by these rows: `_says` is asked of few, all are looked at together."""
    able = np.zeros(head.shape[1], bool)
    for start in range(0, len(able), AT_ONCE):
        able[start : start + AT_ONCE] = _able(head[:, start : start + AT_ONCE], target, classes)
    places: list[int] = np.flatnonzero(able).tolist()
    return places


def _able(head: Array, target: Array, classes: bool) -> Array:
    order = np.argsort(head, axis=0)
    ordered, targets = np.take_along_axis(head, order, axis=0), target[order]
    new, changes = ordered[1:] != ordered[:-1], targets[1:] != targets[:-1]
    determined = ~(~new & changes).any(axis=0)
    repeated = 2 * (1 + new.sum(axis=0)) <= len(head)
    if classes:
        able = determined & (repeated | (changes.sum(axis=0) < len(np.unique(target))))
    else:
        with np.errstate(all="ignore"):
            lines = (head - head.mean(axis=0)) / head.std(axis=0) * target.std()
            away = (target - target.mean())[:, None]
            off = np.minimum(np.abs(away - lines).max(axis=0), np.abs(away + lines).max(axis=0))
        able = (determined & repeated) | (off < 1e-8 * target.std())  # with room for rounding
    found: Array = able & ~np.isnan(ordered[-1])
    return found


def _line(names: list[str], what: str) -> str:
    are = "column {} is" if len(names) == 1 else "columns {} are each"
    ignore = shlex.quote(",".join(names[:NAMED]))
    return f"{are.format(_listed(names))} {what}; if not known beforehand: --ignore {ignore}"


def _listed(names: list[str]) -> str:
    return ", ".join(map(repr, names[:NAMED])) + (", …" if len(names) > NAMED else "")


def _column(dataset: Dataset, place: int) -> Array:
    return np.concatenate([np.asarray(rows[:, place], np.float64) for rows in pieces(dataset.inputs)])


def _says(column: Array, target: Array, classes: bool) -> str:
    """How a column says the target: "equal", it and the target determine each other; "tells", it determines the target;
    "" not at all. Where nearly every cell differs, a straight line or ranges of the column have to tell."""
    if np.isnan(column).any():
        return ""
    cells, numbers = np.unique(column, return_inverse=True)
    if len(cells) < 2:
        return ""
    first = np.zeros(len(cells), np.int64)
    first[numbers[::-1]] = np.arange(len(column))[::-1]
    determined = bool((target[first][numbers] == target).all())
    if determined and 2 * len(cells) <= len(column):
        return "equal" if len(np.unique(target)) == len(cells) else "tells"
    if classes:
        if not determined:
            return ""
        changes = int((np.diff(target[first]) != 0).sum())  # from range to range of the sorted cells
        return "tells" if changes == len(np.unique(target)) - 1 else ""
    spread, middle = column.std(), target.std()
    if not spread or not middle:
        return ""
    line = (column - column.mean()) / spread * middle
    away = target - target.mean()
    return "equal" if min(np.abs(away - line).max(), np.abs(away + line).max()) < 1e-9 * middle else ""


def _one_hot_with(dataset: Dataset, target: Array) -> list[str]:
    """The last inputs of 0 and 1 of which, with a target of 0 and 1, one and only one is 1 in every row."""
    if dataset.labels != ("0", "1"):
        return []
    flags = np.ones(dataset.inputs.shape[-1], bool)
    for rows in pieces(dataset.inputs):
        flags &= ((rows == 0) | (rows == 1)).all(axis=0)
    flags &= np.array([not column.is_text for column in dataset.columns])
    others = np.flatnonzero(~flags)
    places = np.arange(others[-1] + 1 if len(others) else 0, len(flags))  # those beside each other at the end
    if len(places) < 2:
        return []
    done = 0
    for rows in pieces(dataset.inputs):
        count = len(rows)
        if not (rows[:, places].sum(axis=1) + target[done : done + count] == 1).all():
            return []
        done += count
    return [dataset.columns[place].name for place in places] if done == len_of(dataset.inputs) else []
