"""In which order an epoch visits the samples: a sequence of batches, each the numbers of its rows and their slots."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, overload

import numpy as np

from zoo.streams import Stream

if TYPE_CHECKING:
    from zoo.data.samples import Samples

Array = np.ndarray[Any, Any]
Batch = tuple[Array, Array]  # (numbers of the rows in the data, the slot each of them occupies)


@dataclass(frozen=True)
class Batches(Sequence[Batch]):
    """Row numbers in the order of visiting, cut into batches of `size`; the last one may be smaller."""

    numbers: Array
    size: int

    def __len__(self) -> int:
        return -(-len(self.numbers) // self.size)

    @overload
    def __getitem__(self, batch: int) -> Batch: ...
    @overload
    def __getitem__(self, batch: slice) -> list[Batch]: ...
    def __getitem__(self, batch: int | slice) -> Batch | list[Batch]:
        if isinstance(batch, slice):
            return [self[each] for each in range(len(self))[batch]]
        if not 0 <= batch < len(self):
            raise IndexError(batch)
        numbers = self.numbers[batch * self.size : (batch + 1) * self.size]
        return numbers, np.arange(len(numbers))


def in_order(data: Samples, size: int) -> Batches:
    """The rows as they stand in the data."""
    return Batches(np.arange(len(data)), size)


def shuffled(data: Samples, size: int, stream: Stream) -> Batches:
    """Every row once, in random order, from the stream alone.

    Data that stream from a file are shuffled by blocks: the blocks of rows are drawn in random order, and rows are
    shuffled among the `data.window` blocks that are in memory together.
    """
    random = stream("order")
    if data.block is None:
        return Batches(random.permutation(len(data)), size)
    blocks = random.permutation(-(-len(data) // data.block))
    numbers = np.concatenate([np.arange(b * data.block, min((b + 1) * data.block, len(data))) for b in blocks])
    for start in range(0, len(numbers), data.block * data.window):
        random.shuffle(numbers[start : start + data.block * data.window])
    return Batches(numbers, size)
