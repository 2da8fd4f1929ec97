"""Refuse inputs that no model can learn from: infinite values, and missing ones that are not imputed."""

from __future__ import annotations

import numpy as np

from zoo.data.dataset import Dataset, pieces_of
from zoo.errors import DataError
from zoo.types import Array


def refuse_not_finite(dataset: Dataset, raw: Array, numbers: Array, fills: bool = True) -> None:
    """`DataError` naming column and row where an input is infinite, or missing when nothing is to be put in; `fills`:
    whether there could be."""
    if raw.dtype.kind != "f" or np.isfinite(raw.sum(dtype=np.float64)):
        return
    bad = _refused(dataset, raw)
    if not bad.any():
        return
    # A row before it may be as bad and lie in another part: the one named is the first of the data.
    last = int(numbers[int(np.argmax(bad.reshape(len(bad), -1).any(axis=1)))])
    numbers, raw, bad = next(
        (part, rows, found)
        for part, rows in pieces_of(dataset.inputs, np.arange(last + 1))
        if (found := _refused(dataset, rows)).any()
    )
    at = np.unravel_index(int(np.argmax(bad)), bad.shape)
    value = raw[at]
    if dataset.kind == "images":
        place = f"value {tuple(int(n) for n in at[1:])}"
    else:
        place = f"column {dataset.columns[int(at[-1])].name!r}"
    what = "is missing" if np.isnan(value) else f"is {value}"
    todo = "remove the row, or impute a value with --missing mean"
    if np.isinf(value):
        todo = "remove the row"
    elif not fills:
        todo = "remove the row, or fill the cell; a model trained with --missing mean fills it by itself"
    raise DataError(f"{dataset.where}: {place}, row {int(numbers[at[0]]) + 1} {what}, expected a number; {todo}")


def _refused(dataset: Dataset, raw: Array) -> Array:
    """Which inputs are infinite, or missing when nothing is to be put in."""
    bad: Array = np.isinf(raw) if dataset.missing != "error" else ~np.isfinite(raw)
    return bad
