"""Scratch buffers of one layer, kept by each thread from call to call.

Fresh memory costs a page fault every 4 KiB: of a convolution that would be a third of its time.
"""

from __future__ import annotations

import math
import threading
from typing import Any

import numpy as np

from zoo import Array

_own = threading.local()


def scratch_buffer(purpose: str, shape: tuple[int, ...], dtype: np.dtype[Any]) -> Array:
    """An array of unknown contents, whose memory the next call for the same purpose in this thread takes again."""
    needed = math.prod(shape) * dtype.itemsize
    buffers: dict[str, Array] = _own.__dict__.setdefault("buffers", {})
    buffer = buffers.get(purpose)
    if buffer is None or buffer.size < needed:
        buffers.pop(purpose, None)
        buffer = buffers[purpose] = np.empty(needed, np.uint8)
    return np.ndarray(shape, dtype, buffer)
