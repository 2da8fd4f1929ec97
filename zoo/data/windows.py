"""Sources whose rows are sequences: of any length, or windows that move along one long series or text.

What one time step holds is a row of a table: numbers, or the number of a category (of a symbol) in a column of text.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from zoo.errors import DataError
from zoo.types import Array


@dataclass(frozen=True, eq=False)
class Ragged:
    """Sequences of different lengths, one behind the other: `values` (steps of all, columns), `starts` (rows + 1,).

    `read` and `take` give the steps of the rows asked for one behind the other; `lengths` says where they end.
    """

    values: Array
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
        yield self.values

    def _places(self, numbers: Array) -> Array:
        lengths = self.lengths(numbers)
        ends = np.cumsum(lengths)
        places: Array = np.arange(lengths.sum()) + np.repeat(self.starts[numbers] - (ends - lengths), lengths)
        return places


@dataclass(frozen=True, eq=False)
class Windows:
    """Row n is `window` time steps of one series, from step n · stride on; `ahead` steps after them are its targets.

    `values` (time, columns). With stride = window the rows follow each other without a gap: a text in pieces.
    """

    values: Array
    window: int
    ahead: int = 1
    stride: int = 1
    block: int | None = None

    @property
    def shape(self) -> tuple[int, ...]:
        rows = (len(self.values) - self.window - self.ahead) // self.stride + 1
        return (max(0, rows), self.window, *self.values.shape[1:])

    @property
    def dtype(self) -> np.dtype[Any]:
        return np.dtype(self.values.dtype)

    @property
    def continues(self) -> bool:
        """Whether each row goes on where the one before it ends."""
        return self.stride == self.window

    def read(self, start: int, stop: int) -> Array:
        return self.take(np.arange(start, stop))

    def take(self, numbers: Array) -> Array:
        return self.values[np.asarray(numbers)[:, None] * self.stride + np.arange(self.window)]

    def after(self, numbers: Array) -> Array:
        """The `ahead` steps that follow each of these rows."""
        places = np.asarray(numbers)[:, None] * self.stride + self.window + np.arange(self.ahead)
        return self.values[places]

    def covered(self, numbers: Array) -> Array:
        """The steps that rows with these ascending numbers cover, targets included."""
        if not len(numbers):
            return self.values[:0]
        first, last = int(numbers[0]) * self.stride, int(numbers[-1]) * self.stride
        return self.values[first : last + self.window + self.ahead]

    def contents(self) -> Iterator[Array]:
        """All that tells these data from others."""
        yield np.array([self.window, self.ahead, self.stride], "<i8")
        yield self.values
