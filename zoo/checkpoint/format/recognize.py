"""A file that zoo itself laid out is recognized, not parsed.

Names, dtypes and shapes decide every byte of a file's structure (`layout`), and they stand in the manifest. So the
structure is made again from the manifest, in memory, and compared with that of the file, byte by byte, gaps and all. If
they are equal the file is the one zoo would have written, and every place is known from our own layout: libhdf5 has
seen no byte of it. Of any other file (laid out by another version of HDF5, by other software, or hostile) nothing is
said here: it must be walked.
"""

from __future__ import annotations

import math

from zoo.checkpoint.format.index import ITEM_SIZES, MOST_MANIFEST, USER_BLOCK, Entry, check_form, check_names
from zoo.checkpoint.format.layout import lay_out, likely_manifest
from zoo.checkpoint.format.manifest import decode
from zoo.errors import CheckpointError

# Groups and arrays that are laid out again for a file of unknown origin: a second and 80 MB at most.
MOST_LAID_OUT = 8_192
# NumPy's own limit, which holds for arrays of size 0, too: the other dimensions times the size of an item.
_MOST_BYTES = 2**63 - 1


def recognize(data: memoryview) -> list[Entry] | None:
    """All datasets of a file that is laid out as zoo lays it out, without libhdf5; None for any other file."""
    try:
        return _compared(data)
    except CheckpointError:  # the walk finds the words for whatever it is
        return None


def _compared(data: memoryview) -> list[Entry] | None:
    place = likely_manifest(data)
    if place is None:
        return None
    begin, size = place
    if not 0 < size <= MOST_MANIFEST or begin < USER_BLOCK or begin + size > len(data):
        return None
    table = decode(bytes(data[begin : begin + size]))["arrays"]
    arrays = [Entry(name, form["dtype"], tuple(form["shape"]), 0) for name, form in table.items()]
    if not _could_be_written(arrays, len(data)):
        return None
    layout = lay_out(((entry.name, entry.dtype, entry.shape) for entry in arrays), size)
    if layout.length != len(data) or layout.entries[-1].offset != begin:
        return None
    at = USER_BLOCK
    for structure, entry in layout.gaps():
        if data[at : at + len(structure)] != structure:
            return None
        at += len(structure) + (entry.size if entry else 0)
    return layout.entries if at == len(data) else None


def _could_be_written(arrays: list[Entry], length: int) -> bool:
    """Whether zoo could write such arrays, few enough and small enough to stand in a file of this length."""
    for entry in arrays:
        check_form(entry)
    return (
        check_names(entry.name for entry in arrays) <= MOST_LAID_OUT
        and sum(entry.size for entry in arrays) < length
        and all(_bytes_for_numpy(entry) <= _MOST_BYTES for entry in arrays)
    )


def _bytes_for_numpy(entry: Entry) -> int:
    """What NumPy holds against its limit: a dimension of 0 counts as 1."""
    return math.prod(extent or 1 for extent in entry.shape) * ITEM_SIZES[entry.dtype]
