"""Arrays as the format knows them: little-endian, C-contiguous, of ten dtypes; and the bytes they are."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from zoo.checkpoint.format.errors import quoted
from zoo.checkpoint.format.hashing import PIECE
from zoo.checkpoint.format.index import ITEM_SIZES, Entry
from zoo.errors import CheckpointError
from zoo.types import Array

# Where every value must be finite before it may be saved: a run that went wrong does not replace one that went well.
_FINITE = ("weights/", "best/")


def storable(name: str, array: Array) -> Array:
    """The array in the form in which it is stored: itself wherever possible, else a copy. Truth values become u1."""
    if type(array) not in (np.ndarray, np.memmap):
        raise CheckpointError(f"array {quoted(name)}: got {type(array).__name__}, expected numpy.ndarray")
    if array.dtype == np.bool_:
        array = array.view(np.uint8)
    code = f"{array.dtype.kind}{array.dtype.itemsize}"
    if code not in ITEM_SIZES:
        raise CheckpointError(
            f"array {quoted(name)}: got dtype {array.dtype}, expected bool or one of {', '.join(ITEM_SIZES)}"
        )
    return np.asarray(array, dtype=f"<{code}", order="C")


def dtype_code(array: Array) -> str:
    """The name of a storable array's dtype in the format: "f4"."""
    return f"{array.dtype.kind}{array.dtype.itemsize}"


def bytes_of(array: Array) -> memoryview:
    """The bytes of a storable array, not copied."""
    return array.reshape(-1).view(np.uint8).data if array.size else memoryview(b"")


def from_bytes(data: memoryview, entry: Entry) -> Array:
    """The array that stands at a place in the bytes of a file; it shares them, and cannot be written to."""
    dtype = np.dtype(f"<{entry.dtype}")
    if not entry.size:
        array = np.empty(entry.shape, dtype)
    else:
        count = entry.size // dtype.itemsize
        array = np.frombuffer(data, dtype, count=count, offset=entry.offset).reshape(entry.shape)
        if not array.flags.aligned:
            array = array.copy()
    array.flags.writeable = False
    return array


def pieces(data: memoryview) -> Iterator[memoryview]:
    """Bytes, a piece at a time."""
    return (data[start : start + PIECE] for start in range(0, len(data), PIECE))


def not_finite(name: str, array: Array) -> str | None:
    """Which value of the weights is not finite, in words; None when all are, or none needs to be."""
    if array.dtype.kind != "f" or not name.startswith(_FINITE):
        return None
    with np.errstate(all="ignore"):  # a finite sum has finite terms, and takes a third of the time to look at each
        if np.isfinite(array.sum()):
            return None
    flat = array.reshape(-1)
    for start in range(0, flat.size, PIECE // 4):
        finite = np.isfinite(flat[start : start + PIECE // 4])
        if not finite.all():
            first = start + int(finite.argmin())
            place = ", ".join(str(index) for index in np.unravel_index(first, array.shape))
            return f"array {quoted(name)}: got {flat[first]} at [{place}], expected finite values"
    return None
