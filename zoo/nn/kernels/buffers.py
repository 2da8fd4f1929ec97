"""Room for a step's intermediate arrays, kept from step to step: fresh memory costs a page fault every 4 KiB."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Generic, TypeVar

import numpy as np

from zoo.types import Array

Vectors = TypeVar("Vectors")

SMALL = 2**14  # bytes; below, the allocator has room at hand
ALIGNED = 64  # bytes of a cache line


class Space:
    """`empty_like` as NumPy's, out of buffers that go back all together at `begin`.

    An array from here is nobody else's until then, so a layer that runs twice in one step gets two. One step at a time
    uses a space: threads have one each.
    """

    def __init__(self) -> None:
        self._free: dict[int, list[Array]] = {}
        self._lent: list[tuple[int, Array]] = []

    def begin(self) -> None:
        """Takes everything back."""
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


class Rooms(Generic[Vectors]):
    """Where an additive step measures: a space for each thread at it, and vectors for sums, lent until the update.

    `make` makes the vectors for one shard. Any number of threads may measure; nobody does while vectors are released.
    """

    def __init__(self, make: Callable[[], Vectors], shards: int) -> None:
        self._make = make
        self._shards = shards
        self._spaces: deque[Space] = deque()
        self._free: deque[Vectors] = deque()
        self._lent: deque[Vectors] = deque(maxlen=shards)  # since the last update

    def __reduce__(self) -> tuple[Any, ...]:
        """A copy, also in another process, begins with buffers of its own."""
        return Rooms, (self._make, self._shards)

    @contextmanager
    def space(self) -> Iterator[Space]:
        """A space that is the caller's alone for as long as it measures."""
        try:
            space = self._spaces.pop()
        except IndexError:
            space = Space()
        space.begin()
        yield space
        self._spaces.append(space)

    def vectors(self) -> Vectors:
        """Vectors nobody else measures into; what they hold is whatever was there before."""
        try:
            vectors = self._free.pop()
        except IndexError:
            vectors = self._make()
        self._lent.append(vectors)
        return vectors

    def release(self) -> None:
        """What was lent since the last update is free again."""
        self._free.extend(self._lent)
        self._lent.clear()


def aligned(size: int) -> Array:
    """`size` bytes that begin at a cache line."""
    room = np.empty(size + ALIGNED, np.uint8)
    start = -room.ctypes.data % ALIGNED
    return room[start : start + size]
