"""Room for what is computed and forgotten within one layer, kept by each thread from call to call.

Fresh memory costs a page fault every 4 KiB: of a convolution that would be a third of its time.
"""

from __future__ import annotations

import math
import threading
from typing import Any

import numpy as np

from zoo import Array

_own = threading.local()


def room(purpose: str, shape: tuple[int, ...], dtype: np.dtype[Any]) -> Array:
    """An array of unknown contents, whose memory the next call for the same purpose in this thread takes again."""
    needed = math.prod(shape) * dtype.itemsize
    rooms: dict[str, Array] = _own.__dict__.setdefault("rooms", {})
    buffer = rooms.get(purpose)
    if buffer is None or buffer.size < needed:
        rooms.pop(purpose, None)
        buffer = rooms[purpose] = np.empty(needed, np.uint8)
    return np.ndarray(shape, dtype, buffer)
