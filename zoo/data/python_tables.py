"""Tables with named columns in Python: DataFrames, structured arrays, mappings of columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from zoo.data.dataset import Column
from zoo.data.labels import name_of
from zoo.data.python_arrays import column_of, is_missing, is_number, unmasked
from zoo.data.targets import label_order
from zoo.errors import DataError
from zoo.types import Array


@dataclass(frozen=True, eq=False)
class Frame:
    """The columns of a table (rows,) by name; `named`: the names say more than the columns' places."""

    names: tuple[str, ...]
    columns: tuple[Array, ...]
    named: bool = True
    index: Array | None = None  # (rows,) the times of a DataFrame whose index has such
    index_name: str = "index"

    @classmethod
    def of(cls, raw: Any, where: str = "the given table") -> Frame | None:
        """A pandas or polars DataFrame, a structured array, or a mapping of columns; None for anything else."""
        if isinstance(raw, Mapping):
            names: Sequence[Any] = list(raw)
            columns = [column_of(raw[name], str(name), where) for name in names]
        elif isinstance(raw, np.ndarray):
            if raw.dtype.names is None:
                return None
            names = list(raw.dtype.names)
            columns = [unmasked(raw[name]) for name in names]
        elif hasattr(raw, "columns") and hasattr(raw, "shape") and hasattr(raw, "to_numpy"):
            names = list(raw.columns)
            at = raw.iloc if hasattr(raw, "iloc") else raw
            columns = [np.asarray(at[:, place]) for place in range(len(names))]
        else:
            return None
        if not names:
            raise DataError(f"{where}: there are no columns")
        texts = tuple(map(str, names))
        twice = next((name for number, name in enumerate(texts) if name in texts[:number]), None)
        if twice is not None:
            raise DataError(f"{where}: two columns are named {twice!r}; rename one")
        for text, column in zip(texts, columns, strict=True):
            if column.ndim != 1 or len(column) != len(columns[0]):
                raise DataError(
                    f"{where}: column {text!r} has shape {column.shape}, expected vectors of one length, as column"
                    f" {texts[0]!r} of shape {columns[0].shape}"
                    if text != texts[0]
                    else f"{where}: column {text!r} has shape {column.shape}, expected a vector (rows,)"
                )
        counted = all(isinstance(name, (int, np.integer)) for name in names) and list(names) == list(range(len(names)))
        index = np.asarray(getattr(raw, "index", ())) if hasattr(raw, "iloc") else np.array(())
        name = getattr(getattr(raw, "index", None), "name", None)
        times = index if index.dtype.kind == "M" and len(index) == len(columns[0]) else None
        return cls(texts, tuple(columns), not counted, times, "index" if name is None else str(name))

    def is_text(self, place: int) -> bool:
        """Whether a column holds text, and not numbers or truth values alone."""
        column = self.columns[place]
        if column.dtype.kind in "buif":
            return False
        return column.dtype.kind != "O" or not all(is_missing(cell) or is_number(cell) for cell in column)

    def table(self, places: Sequence[int], text: Sequence[bool], where: str) -> tuple[tuple[Column, ...], Array]:
        """The columns at these places, those of text with their categories, and the cells (rows, columns).

        Cells are float64: a text cell is the number of its category, a missing one NaN.
        """
        cells = np.empty((len(self.columns[0]), len(places)))
        found = []
        for number, (place, is_text) in enumerate(zip(places, text, strict=True)):
            name, column = self.names[place], self.columns[place]
            if column.dtype.kind in "mM":
                raise DataError(
                    f"{where}: column {name!r} holds {column.dtype}, expected numbers or text; leave it out"
                )
            if not is_text:
                cells[:, number] = _numbers(column, name, where)
                found.append(Column(name))
                continue
            texts = [None if is_missing(cell) else cell_text(cell) for cell in column]
            known = tuple({each for each in texts if each is not None})
            categories = tuple(sorted(known, key=label_order(known)))
            if not categories:
                raise DataError(f"{where}: column {name!r} holds nothing but missing cells; leave it out")
            rank = {category: place for place, category in enumerate(categories)}
            cells[:, number] = [np.nan if each is None else rank[each] for each in texts]
            found.append(Column(name, categories))
        return tuple(found), cells


def _numbers(column: Array, name: str, where: str) -> Array:
    if column.dtype.kind in "buif":
        return column.astype(np.float64)
    values = np.empty(len(column))
    for row, cell in enumerate(column):
        try:
            values[row] = np.nan if is_missing(cell) else float(cell)
        except (TypeError, ValueError, OverflowError):
            raise DataError(
                f"{where}: column {name!r}, row {row + 1} is {ascii(cell)[:80]}, expected a number"
            ) from None
    return values


def cell_text(cell: Any) -> str:
    """A cell as text: a number as labels have it, a text without blanks around it."""
    return name_of(cell) if is_number(cell) and not isinstance(cell, (bool, np.bool_)) else str(cell).strip()
