"""The table of arrays: for each its name, dtype, shape and place in the file, and what a valid table is.

The same rules hold before saving, for what the walk through a file found, and for what the child process reports.
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
_PART = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.+-]{0,254}", re.ASCII)


@dataclass(frozen=True)
class Entry:
    """One dataset: values of `dtype` (a key of ITEM_SIZES) in `shape`, from byte `offset` of the file on."""

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


def check_part(part: str, where: str) -> None:
    """One step of a tree path: 1 to 255 ASCII letters, digits and `_ . + -`, the first a letter, a digit or `_`."""
    if not _PART.fullmatch(part):
        raise CheckpointError(
            f"{where}: got the name {quoted(part)}, expected 1 to 255 ASCII letters, digits, '_', '.', '+' or '-', "
            f"beginning with a letter, a digit or '_'"
        )


def check_names(names: Iterable[str]) -> int:
    """Names of arrays: paths under one of GROUPS, at most 16 deep, none of which begins another's path.

    Gives the number of objects in a file with these arrays: they, their groups, the root and the manifest.
    """
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
            check_part(part, f"array {quoted(name)}")
        groups.update("/".join(parts[:depth]) for depth in range(1, len(parts)))
    for name in sorted(names & groups):
        raise CheckpointError(f"array {quoted(name)}: its name begins the path of another array; rename one of them")
    objects = len(names) + len(groups) + 2
    if objects > MOST_OBJECTS:
        raise CheckpointError(
            f"got {len(names)} arrays in {len(groups)} groups, expected at most {MOST_OBJECTS} objects in all"
        )
    return objects


def check_form(entry: Entry) -> None:
    """Dtype in the list, at most 8 dimensions, none negative."""
    if entry.dtype not in ITEM_SIZES:
        raise CheckpointError(
            f"array {quoted(entry.name)}: got dtype {quoted(entry.dtype)}, expected one of {', '.join(ITEM_SIZES)}"
        )
    if len(entry.shape) > MOST_RANK or any(length < 0 for length in entry.shape):
        raise CheckpointError(
            f"array {quoted(entry.name)}: got shape {entry.shape}, expected at most {MOST_RANK} dimensions"
        )


def check_places(entries: Iterable[Entry], length: int) -> None:
    """Every array lies inside the file of `length` bytes, behind the user block, and no two overlap.

    An array of size 0 has no storage; its offset is not looked at.
    """
    last, end = "the user block", USER_BLOCK
    for entry in sorted((entry for entry in entries if entry.size), key=lambda entry: entry.offset):
        if entry.offset < end:
            raise CheckpointError(f"array {quoted(entry.name)}: begins at byte {entry.offset}, inside {last}")
        if entry.end > length:
            raise CheckpointError(
                f"array {quoted(entry.name)}: ends at byte {entry.end}, expected at most {length}, the file's length"
            )
        last, end = f"array {quoted(entry.name)}", entry.end


def check_found(entries: list[Entry], length: int) -> tuple[Entry, list[Entry]]:
    """All rules for what was found in a file; gives the manifest's entry and those of the arrays."""
    for entry in entries:
        check_form(entry)
    manifests = [entry for entry in entries if entry.name == MANIFEST]
    arrays = [entry for entry in entries if entry.name != MANIFEST]
    if len(manifests) != 1 or len({entry.name for entry in arrays}) != len(arrays):
        raise CheckpointError("expected one dataset /manifest and every name once")
    manifest = manifests[0]
    if manifest.dtype != "u1" or len(manifest.shape) != 1 or not 0 < manifest.size <= MOST_MANIFEST:
        raise CheckpointError(
            f"/manifest: got {manifest.dtype} of shape {manifest.shape}, expected 1 to {MOST_MANIFEST} u1 in a row"
        )
    check_names(entry.name for entry in arrays)
    check_places(entries, length)
    return manifest, arrays
