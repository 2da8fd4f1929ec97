"""Arrays that grow by one entry without copying at each growth: categories, stored samples."""

from __future__ import annotations

from typing import Any

import numpy as np

from zoo.core.weights import put_or_set
from zoo.types import Array

SMALLEST = 16  # entries of a first buffer


class GrowableArrays:
    """Named arrays whose first dimension grows: each is a view of exactly its size of a buffer that doubles when full.

    So n entries cost O(log n) copies, and what `arrays` shows stays C-contiguous. Where another array was put under a
    name (from a checkpoint, as the best weights), the next growth allocates a buffer for it.
    """

    def __init__(self, arrays: dict[str, Array]) -> None:
        self.arrays = arrays
        self._buffers: dict[str, Array] = {}

    def to(self, name: str, size: int) -> Array:
        """The array under `name` with at least `size` entries; new ones are zero."""
        array = self.arrays[name]
        if size <= len(array):
            return array
        buffer = self._buffers.get(name)
        if buffer is None or array.base is not buffer or size > len(buffer):
            buffer = np.zeros((max(size, 2 * len(array), SMALLEST), *array.shape[1:]), array.dtype)
            buffer[: len(array)] = array
            self._buffers[name] = buffer
        put_or_set(self.arrays, [(name, buffer[:size])])
        return self.arrays[name]

    def extend(self, name: str, entries: Array) -> None:
        """More entries at the end of the array under `name`."""
        size = len(self.arrays[name])
        self.to(name, size + len(entries))[size:] = entries

    def append(self, name: str, entry: Any) -> None:
        """One more entry at the end of the array under `name`."""
        size = len(self.arrays[name])
        self.to(name, size + 1)[size] = entry
