"""The order in which an epoch visits the samples: a sequence of batches of row numbers and lanes."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
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
    return np.arange(start, stop, dtype=_dtype(stop))


class OrderInBlocks:
    """The numbers of rows that are read in blocks, in the order of visiting: made as they come, some blocks at a time.

    The blocks are in random order, and rows are shuffled among the `window` blocks that are in memory together.
    Without a generator's `start` they are in the order of the data. What was made last is kept; an order that is asked
    for from its beginning again is made again.
    """

    def __init__(self, count: int, block: int, window: int, start: Callable[[], np.random.Generator] | None) -> None:
        self.count, self.block, self.span, self.start = count, block, block * window, start
        self._lock = threading.Lock()
        self._begin()

    def __len__(self) -> int:
        return self.count

    def __getitem__(self, which: slice) -> Array:
        start, stop, step = which.indices(self.count)
        if self.start is None:
            return np.arange(start, stop, step, dtype=_dtype(self.count))
        parts, at = [], start
        with self._lock:
            while at < stop:
                window = self._window(at // self.span)
                offset = at % self.span
                parts.append(window[offset : offset + stop - at])
                at += len(parts[-1])
        found = parts[0] if len(parts) == 1 else np.concatenate(parts or [row_numbers(0)])
        return found[::step]

    def _begin(self) -> None:
        self._made, self._held = -1, row_numbers(0)
        if self.start is not None:
            self._random = self.start()
            self._blocks = self._random.permutation(-(-self.count // self.block))
            self._short = int(np.flatnonzero(self._blocks == len(self._blocks) - 1)[0]) if len(self._blocks) else 0

    def _window(self, number: int) -> Array:
        """The rows of the order from `number` · span on; windows are shuffled one after the other."""
        if number < self._made:
            self._begin()
        while self._made < number:
            self._made += 1
            self._held = self._unshuffled(self._made * self.span, min((self._made + 1) * self.span, self.count))
            self._random.shuffle(self._held)
        return self._held

    def _unshuffled(self, start: int, stop: int) -> Array:
        """The rows from place `start` to before `stop`, block after block; the last block of the data may be short,
        wherever it comes."""
        missing = len(self._blocks) * self.block - self.count
        short_stop = (self._short + 1) * self.block - missing  # the place behind the short block
        numbers = np.empty(stop - start, _dtype(self.count))
        at = start
        while at < stop:
            shifted = at if at < short_stop else at + missing
            place, offset = divmod(shifted, self.block)
            own = int(self._blocks[place]) * self.block
            upto = min(stop - at, min(own + self.block, self.count) - own - offset)
            numbers[at - start : at - start + upto] = np.arange(own + offset, own + offset + upto)
            at += upto
        return numbers


def _dtype(stop: int) -> type[np.int32 | np.int64]:
    return np.int32 if stop <= MOST_IN_32_BITS else np.int64


@dataclass(frozen=True)
class Batches(Sequence[BatchIndices]):
    """Row numbers in the order of visiting, cut into batches of `size`; the last one may be smaller."""

    numbers: Array | OrderInBlocks
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
    if data.block is not None:
        return Batches(OrderInBlocks(len(data), data.block, data.window, None), size)
    return Batches(row_numbers(len(data)), size)


def shuffled(data: Samples, size: int, stream: RandomStream) -> Batches:
    """Every row once, in random order, from the stream alone.

    Data read in blocks are shuffled by blocks: the blocks of rows are drawn in random order, and rows are
    shuffled among the `data.window` blocks that are in memory together.
    """
    if data.block is not None:
        return Batches(OrderInBlocks(len(data), data.block, data.window, lambda: stream("order")), size)
    numbers = row_numbers(len(data))
    stream("order").shuffle(numbers)
    return Batches(numbers, size)
