"""The table of arrays: for each its name, dtype, shape and place in the file, and what a valid table is.

The same rules hold before saving and for what a file says.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass

from zoo.checkpoint.format.errors import quoted
from zoo.errors import CheckpointError

USER_BLOCK = 512
MANIFEST = "manifest"
GROUPS = ("weights", "best", "state", "preprocessing", "dataset", "history")

# Little-endian, and nothing else: a file has the same bytes wherever it was written.
ITEM_SIZES = {kind + str(size): size for kind in "iu" for size in (1, 2, 4, 8)} | {"f4": 4, "f8": 8}

MOST_OBJECTS = 65_536
MOST_DEPTH = 16
MOST_RANK = 8
MOST_MANIFEST = 8 * 2**20  # as text with one wide character and as a value it takes eight times that
_MOST_BYTES = 2**63 - 1  # NumPy's own limit, which holds for arrays of size 0, too: the other dimensions times an item
_PART = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.+-]{0,254}", re.ASCII)


@dataclass(frozen=True)
class Entry:
    """One dataset: values of `dtype` (a key of ITEM_SIZES) in `shape`, from byte `offset` of the file on.

    An array of size 0 has no storage; its offset is 0.
    """

    name: str
    dtype: str
    shape: tuple[int, ...]
    offset: int

    @property
    def size(self) -> int:
        """Number of bytes, in Python's integers, which do not overflow."""
        return math.prod(self.shape) * ITEM_SIZES[self.dtype]

    @property
    def end(self) -> int:
        return self.offset + self.size


def check_names(names: Iterable[str]) -> None:
    """Names of arrays: paths under one of GROUPS, at most 16 deep, none of which begins another's path. Each step of a
    path is 1 to 255 ASCII letters, digits and `_ . + -`, the first a letter, a digit or `_`."""
    names = set(names)
    groups: set[str] = set()
    for name in sorted(names):
        parts = name.split("/")
        if parts[0] not in GROUPS or len(parts) < 2:
            raise CheckpointError(
                f"array {quoted(name)}: expected a path under one of {', '.join(group + '/' for group in GROUPS)}"
            )
        if len(parts) > MOST_DEPTH:
            raise CheckpointError(
                f"array {quoted(name)}: got {len(parts)} steps in its path, expected up to {MOST_DEPTH}"
            )
        for part in parts:
            if not _PART.fullmatch(part):
                raise CheckpointError(
                    f"array {quoted(name)}: got the name {quoted(part)}, expected 1 to 255 ASCII letters, digits, '_',"
                    " '.', '+' or '-', beginning with a letter, a digit or '_'"
                )
        path = name.rpartition("/")[0]
        while path and path not in groups:
            groups.add(path)
            path = path.rpartition("/")[0]
    for name in sorted(names & groups):
        raise CheckpointError(f"array {quoted(name)}: its name begins the path of another array; rename one of them")
    if len(names) + len(groups) + 2 > MOST_OBJECTS:  # with the root and the manifest
        raise CheckpointError(
            f"got {len(names)} arrays in {len(groups)} groups, expected at most {MOST_OBJECTS} objects in all"
        )


def check_form(entry: Entry) -> None:
    """Dtype in the list, at most 8 dimensions, none negative, as NumPy can hold them."""
    if entry.dtype not in ITEM_SIZES:
        raise CheckpointError(
            f"array {quoted(entry.name)}: got dtype {quoted(entry.dtype)}, expected one of {', '.join(ITEM_SIZES)}"
        )
    if len(entry.shape) > MOST_RANK or min(entry.shape, default=0) < 0:
        raise CheckpointError(
            f"array {quoted(entry.name)}: got shape {entry.shape}, expected at most {MOST_RANK} dimensions"
        )
    if math.prod(extent or 1 for extent in entry.shape) * ITEM_SIZES[entry.dtype] > _MOST_BYTES:
        raise CheckpointError(f"array {quoted(entry.name)}: got shape {entry.shape}, larger than any array can be")


def check_places(entries: Iterable[Entry], manifest: Entry, length: int) -> None:
    """Every array lies inside the file of `length` bytes, behind the user block, and overlaps neither another array nor
    the manifest. The offset of an array of size 0 is 0."""
    stored = [(manifest.offset, manifest.end, manifest)]
    for entry in entries:
        if entry.size:
            stored.append((entry.offset, entry.end, entry))
        elif entry.offset:
            raise CheckpointError(
                f"array {quoted(entry.name)}: got offset {entry.offset}, expected 0 for an array without values"
            )
    stored.sort(key=lambda place: place[:2])
    last, reached = "the user block", USER_BLOCK
    for offset, end, entry in stored:
        if offset < reached:
            raise CheckpointError(f"array {quoted(entry.name)}: begins at byte {offset}, inside {last}")
        if end > length:
            raise CheckpointError(
                f"array {quoted(entry.name)}: ends at byte {end}, expected at most {length}, the file's length"
            )
        last, reached = f"array {quoted(entry.name)}", end


def check_table(entries: Iterable[Entry], manifest: Entry, length: int) -> None:
    """All rules for the arrays of a file of `length` bytes."""
    entries = list(entries)
    for entry in entries:
        check_form(entry)
    check_names(entry.name for entry in entries)
    check_places(entries, manifest, length)
