"""Scratch buffers for intermediate arrays, reused from step to step: fresh memory costs a page fault every 4 KiB."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Generic, TypeVar

import numpy as np

from zoo.types import Array

Vectors = TypeVar("Vectors")

SMALL = 2**14  # bytes; smaller arrays come from the allocator, which has memory at hand
ALIGNED = 64  # bytes of a cache line


class ScratchBuffers:
    """`empty_like` as NumPy's, out of buffers that are all returned together at `begin`.

    Until then an array is not given out again, so a layer that runs twice in one step gets two. Only one step at a time
    uses an instance: each thread has its own.
    """

    def __init__(self) -> None:
        self._free: dict[int, list[Array]] = {}
        self._lent: list[tuple[int, Array]] = []

    def begin(self) -> None:
        """Return all buffers."""
        for size, buffer in self._lent:
            self._free.setdefault(size, []).append(buffer)
        self._lent.clear()

    def empty_like(self, x: Array, shape: tuple[int, ...] | None = None) -> Array:
        """A C-contiguous array of x's dtype, and of x's shape where none is given."""
        shape = x.shape if shape is None else shape
        needed = math.prod(shape) * x.itemsize
        if needed < SMALL:
            return np.empty(shape, x.dtype)
        size = 1 << (needed - 1).bit_length()  # few sizes, so that ragged batches share buffers
        free = self._free.get(size)
        buffer = free.pop() if free else aligned(size)
        self._lent.append((size, buffer))
        return np.ndarray(shape, x.dtype, buffer)


class BufferPool(Generic[Vectors]):
    """Memory of an additive step: scratch buffers for each thread that measures, and vectors for sums until the update.

    `make` makes the vectors for one shard. Any number of threads may measure, but none while vectors are released.
    """

    def __init__(self, make: Callable[[], Vectors], shards: int) -> None:
        self._make = make
        self._shards = shards
        self._scratch: deque[ScratchBuffers] = deque()
        self._free: deque[Vectors] = deque()
        self._lent: deque[Vectors] = deque(maxlen=shards)  # given out since the last update

    def __reduce__(self) -> tuple[Any, ...]:
        """A copy, also in another process, begins with buffers of its own."""
        return BufferPool, (self._make, self._shards)

    @contextmanager
    def scratch(self) -> Iterator[ScratchBuffers]:
        """Scratch buffers that only the caller uses while it measures."""
        try:
            scratch = self._scratch.pop()
        except IndexError:
            scratch = ScratchBuffers()
        scratch.begin()
        yield scratch
        self._scratch.append(scratch)

    def vectors(self) -> Vectors:
        """Vectors that only the caller measures into; their values are undefined."""
        try:
            vectors = self._free.pop()
        except IndexError:
            vectors = self._make()
        self._lent.append(vectors)
        return vectors

    def release(self) -> None:
        """Take back the vectors given out since the last update."""
        self._free.extend(self._lent)
        self._lent.clear()


def aligned(size: int) -> Array:
    """`size` bytes that begin at a cache line."""
    buffer = np.empty(size + ALIGNED, np.uint8)
    start = -buffer.ctypes.data % ALIGNED
    return buffer[start : start + size]
