"""The order in which an epoch visits the samples: a sequence of batches of row numbers and lanes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, overload

import numpy as np

from zoo.core.random import RandomStream
from zoo.core.shards import cut
from zoo.types import Array

if TYPE_CHECKING:
    from zoo.data.samples.protocol import Samples

MOST_IN_32_BITS = 2**31
BatchIndices = tuple[Array, Array]  # (numbers of the rows in the data, the lane each of them occupies)


def row_numbers(stop: int, start: int = 0) -> Array:
    """The numbers of rows from `start` to before `stop`, in 32 bits where these hold them."""
    return np.arange(start, stop, dtype=np.int32 if stop <= MOST_IN_32_BITS else np.int64)


@dataclass(frozen=True)
class Batches(Sequence[BatchIndices]):
    """Row numbers in the order of visiting, cut into batches of `size`; the last one may be smaller."""

    numbers: Array
    size: int

    def __len__(self) -> int:
        return -(-len(self.numbers) // self.size)

    @overload
    def __getitem__(self, batch: int) -> BatchIndices: ...
    @overload
    def __getitem__(self, batch: slice) -> list[BatchIndices]: ...
    def __getitem__(self, batch: int | slice) -> BatchIndices | list[BatchIndices]:
        if isinstance(batch, slice):
            return [self[each] for each in range(len(self))[batch]]
        if not 0 <= batch < len(self):
            raise IndexError(batch)
        numbers = self.numbers[batch * self.size : (batch + 1) * self.size]
        return numbers, np.arange(len(numbers))


def in_lanes(count: int, size: int) -> list[BatchIndices]:
    """Rows that go on where the one before ends, cut into `size` lanes side by side: lane n goes through lane n.

    The first lanes may be one row longer; when the others have ended, they keep their lanes.
    """
    spans = cut(count, size)
    batches = []
    for step in range(max((stop - start for start, stop in spans), default=0)):
        going = [(start + step, lane) for lane, (start, stop) in enumerate(spans) if start + step < stop]
        numbers, lane_numbers = np.array(going).T
        batches.append((numbers, lane_numbers))
    return batches


def by_length(lengths: Array, size: int, stream: RandomStream) -> list[BatchIndices]:
    """Every row once in batches of like lengths, so that little is padded; which, and in what order, is random."""
    random, numbers = stream("order"), row_numbers(len(lengths))
    random.shuffle(numbers)
    numbers = numbers[np.argsort(lengths[numbers], kind="stable")]
    batches = [numbers[start : start + size] for start in range(0, len(numbers), size)]
    return [(batches[place], np.arange(len(batches[place]))) for place in random.permutation(len(batches))]


def in_order(data: Samples, size: int) -> Batches:
    """The rows as they stand in the data."""
    return Batches(row_numbers(len(data)), size)


def shuffled(data: Samples, size: int, stream: RandomStream) -> Batches:
    """Every row once, in random order, from the stream alone.

    Data read in blocks are shuffled by blocks: the blocks of rows are drawn in random order, and rows are
    shuffled among the `data.window` blocks that are in memory together.
    """
    random = stream("order")
    if data.block is None:
        numbers = row_numbers(len(data))
        random.shuffle(numbers)
        return Batches(numbers, size)
    numbers, done = row_numbers(len(data)), 0
    for block in random.permutation(-(-len(data) // data.block)).tolist():
        start, stop = block * data.block, min((block + 1) * data.block, len(data))
        numbers[done : done + stop - start] = np.arange(start, stop)
        done += stop - start
    for start in range(0, len(numbers), data.block * data.window):
        random.shuffle(numbers[start : start + data.block * data.window])
    return Batches(numbers, size)
