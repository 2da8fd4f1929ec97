"""Sources of sequences: of any length, or windows sliding along one long series or text.

What one time step holds is a row of a table: numbers, or the number of a category (of a symbol) in a column of text.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from zoo.data.compact import CompactTable, blocks_of
from zoo.errors import DataError
from zoo.types import Array


@dataclass(frozen=True, eq=False)
class Ragged:
    """Sequences of different lengths, one behind the other: `values` (steps of all, columns), `starts` (rows + 1,).

    `read` and `take` give the steps of the rows asked for one behind the other; `lengths` says where they end.
    """

    values: Array | CompactTable
    starts: Array
    block: int | None = None

    @classmethod
    def of(cls, sequences: Sequence[Array], where: str) -> Ragged:
        """Sequences (steps, columns), or (steps,) for one column; `DataError` where one is empty or differs."""
        if not len(sequences):
            raise DataError(f"{where}: there are no sequences")
        parts = [each[:, None] if each.ndim == 1 else each for each in map(np.asarray, sequences)]
        for number, part in enumerate(parts, 1):
            if not len(part):
                raise DataError(f"{where}: sequence {number} is empty, expected one time step at least; remove it")
            if part.shape[1:] != parts[0].shape[1:]:
                raise DataError(
                    f"{where}: a time step of sequence {number} has shape {part.shape[1:]}, expected"
                    f" {parts[0].shape[1:]} as in the first"
                )
        return cls(np.concatenate(parts), np.cumsum([0, *map(len, parts)]))

    @property
    def shape(self) -> tuple[int, ...]:
        return (len(self.starts) - 1, -1, *self.values.shape[1:])

    @property
    def dtype(self) -> np.dtype[Any]:
        return np.dtype(self.values.dtype)

    def read(self, start: int, stop: int) -> Array:
        return self.values[self.starts[start] : self.starts[stop]]

    def take(self, numbers: Array) -> Array:
        return self.values[self._places(np.asarray(numbers))]

    def lengths(self, numbers: Array) -> Array:
        """Time steps of each of these rows."""
        lengths: Array = self.starts[numbers + 1] - self.starts[numbers]
        return lengths

    def contents(self) -> Iterator[Array]:
        """All that tells these data from others."""
        yield self.starts.astype("<i8")
        yield from _in_blocks(self.values)

    def _places(self, numbers: Array) -> Array:
        lengths = self.lengths(numbers)
        ends = np.cumsum(lengths)
        places: Array = np.arange(lengths.sum()) + np.repeat(self.starts[numbers] - (ends - lengths), lengths)
        return places


@dataclass(frozen=True, eq=False)
class Windows:
    """Row n is `window` time steps of one series, from step n · stride on; `ahead` steps after them are its targets.

    `values` (time, columns). With stride = window the rows follow each other without a gap: a text in pieces.
    Several series stand one behind the other in `values`, series k from `starts[k]` to before `starts[k + 1]`: then the
    rows are the windows of the first series, those of the next, …, and none reaches from one series into another.
    """

    values: Array | CompactTable
    window: int
    ahead: int = 1
    stride: int = 1
    block: int | None = None
    starts: Array | None = None  # (series + 1,); None: all is one series

    @property
    def shape(self) -> tuple[int, ...]:
        return (int(self.counts.sum()), self.window, *self.values.shape[1:])

    @property
    def dtype(self) -> np.dtype[Any]:
        return np.dtype(self.values.dtype)

    @functools.cached_property
    def borders(self) -> Array:
        """(series + 1,) where each series begins in `values`, and the end."""
        return np.array([0, len(self.values)]) if self.starts is None else np.asarray(self.starts)

    @functools.cached_property
    def counts(self) -> Array:
        """(series,) the rows that each series has."""
        counts: Array = (np.diff(self.borders) - self.window - self.ahead) // self.stride + 1
        return np.maximum(counts, 0)

    @functools.cached_property
    def _before(self) -> Array:
        """(series + 1,) the rows before those of each series, and all."""
        return np.cumsum([0, *self.counts.tolist()])

    @property
    def continues(self) -> bool:
        """Whether each row goes on where the one before it ends."""
        return self.stride == self.window and self.starts is None

    def series(self, numbers: Array) -> Array:
        """The number of the series that each of these rows is of."""
        found: Array = np.searchsorted(self._before, numbers, side="right") - 1
        return found

    def first(self, numbers: Array) -> Array:
        """The step of `values` with which each of these rows begins."""
        numbers = np.asarray(numbers, np.int64)  # steps may need more bits than rows
        if self.starts is None:
            return numbers * self.stride
        series = self.series(numbers)
        places: Array = self.borders[series] + (numbers - self._before[series]) * self.stride
        return places

    def read(self, start: int, stop: int) -> Array:
        return self.take(np.arange(start, stop))

    def take(self, numbers: Array) -> Array:
        return self.values[self.first(numbers)[:, None] + np.arange(self.window)]

    def after(self, numbers: Array) -> Array:
        """The `ahead` steps that follow each of these rows."""
        return self.values[self.first(numbers)[:, None] + self.window + np.arange(self.ahead)]

    def covered(self, numbers: Array) -> Array:
        """The steps that rows with these ascending numbers cover, targets included; of each series from the first
        that is covered to the last."""
        if not len(numbers):
            return self.values[:0]
        ends = np.flatnonzero(np.diff(self.series(numbers)))
        first = self.first(numbers[np.concatenate([[0], ends + 1])])
        last = self.first(numbers[np.concatenate([ends, [-1]])]) + self.window + self.ahead
        parts = [self.values[start:stop] for start, stop in zip(first.tolist(), last.tolist(), strict=True)]
        return parts[0] if len(parts) == 1 else np.concatenate(parts)

    def contents(self) -> Iterator[Array]:
        """All that tells these data from others."""
        yield np.array([self.window, self.ahead, self.stride], "<i8")
        yield from _in_blocks(self.values)
        if self.starts is not None:
            yield self.starts.astype("<i8")


def _in_blocks(values: Array | CompactTable) -> Iterator[Array]:
    if isinstance(values, CompactTable):
        yield from (block for _, block in blocks_of(values))
    else:
        yield values
