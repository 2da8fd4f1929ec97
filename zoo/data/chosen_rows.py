"""Ascending row numbers with one bit for each row of the data, for parts of data with very many rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Self, overload

import numpy as np

from zoo.core.batch_order import row_numbers
from zoo.types import Array

STEP = 2**16  # rows between two counts
ONES = np.unpackbits(np.arange(256, dtype=np.uint8)).reshape(256, 8).sum(axis=1)  # bits of a byte that are set


@dataclass(frozen=True, eq=False)
class ChosenRows:
    """Reads as an array of numbers: length, pieces and single numbers. NumPy makes a whole array of it where it has
    to."""

    bits: Array  # (rows / 8,) the first row in the highest bit
    before: Array  # (steps + 1,) how many rows are chosen before every STEP-th row, and at last of all
    rows: int  # of the data

    @classmethod
    def of(cls, chosen: Array) -> Self:
        """Those rows at which `chosen` (rows,) is true."""
        counts = [np.count_nonzero(chosen[start : start + STEP]) for start in range(0, len(chosen), STEP)]
        return cls(np.packbits(chosen), np.cumsum([0, *counts]), len(chosen))

    @property
    def dtype(self) -> np.dtype[Any]:
        return np.dtype(row_numbers(self.rows, self.rows).dtype)

    def __len__(self) -> int:
        return int(self.before[-1])

    @overload
    def __getitem__(self, which: slice | Array) -> Array: ...
    @overload
    def __getitem__(self, which: int) -> int: ...
    def __getitem__(self, which: slice | Array | int) -> Array | int:
        if isinstance(which, slice):
            start, stop, step = which.indices(len(self))
            return self._between(start, stop)[::step] if step > 0 else np.asarray(self)[which]
        if isinstance(which, np.ndarray):
            return np.asarray(self)[which]
        place = range(len(self))[which]
        return int(self._between(place, place + 1)[0])

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Array:
        return self._between(0, len(self)).astype(self.dtype if dtype is None else dtype, copy=False)

    def rank(self, row: int) -> int:
        """How many rows before this one are chosen."""
        step = min(row, self.rows) // STEP
        return int(self.before[step]) + int(np.count_nonzero(self._chosen(step * STEP, min(row, self.rows))))

    def common(self, other: ChosenRows) -> int:
        """How many rows both have chosen."""
        steps = range(0, len(self.bits), STEP)
        return sum(int(ONES.take(self.bits[n : n + STEP] & other.bits[n : n + STEP]).sum()) for n in steps)

    def _chosen(self, start: int, stop: int) -> Array:
        """(rows,) of rows from a multiple of 8 on."""
        return np.unpackbits(self.bits[start // 8 : -(-stop // 8)], count=max(0, stop - start)).view(bool)

    def _between(self, start: int, stop: int) -> Array:
        """The numbers at places from `start` to before `stop`."""
        found, at = np.empty(max(0, stop - start), self.dtype), start
        while at < stop:
            step = int(np.searchsorted(self.before, at, side="right")) - 1
            row = step * STEP
            rows = np.flatnonzero(self._chosen(row, min(row + STEP, self.rows)))
            part = rows[at - int(self.before[step]) :][: stop - at]
            found[at - start : at - start + len(part)] = part + row
            at += len(part)
        return found


RowNumbers = Array | ChosenRows


def rank_in(numbers: RowNumbers, row: int) -> int:
    """How many of some ascending numbers are smaller than one."""
    return numbers.rank(row) if isinstance(numbers, ChosenRows) else int(np.searchsorted(numbers, row))


def common(first: RowNumbers, second: RowNumbers) -> int:
    """How many numbers stand in both."""
    if isinstance(first, ChosenRows) and isinstance(second, ChosenRows) and first.rows == second.rows:
        return first.common(second)
    return int(np.isin(first, second).sum())


def blocks_of_rows(numbers: RowNumbers, size: int) -> Iterator[Array]:
    """The numbers, some at a time."""
    return (numbers[start : start + size] for start in range(0, len(numbers), size))
