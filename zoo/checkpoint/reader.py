"""Loading: the digest before anything parses, then the manifest, then the values from the verified bytes.

HDF5 is not parsed: the user block says where the manifest is, and the manifest where each array is. Whatever the bytes
are, this opens no other file, runs nothing out of them, stays within memory bounded by the file's size, and gives
exactly what was saved or one CheckpointError that names the file and the object.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from zoo.checkpoint.format import user_block, version1
from zoo.checkpoint.format.arrays import from_bytes, not_finite
from zoo.checkpoint.format.errors import naming, quoted
from zoo.checkpoint.format.hashing import PIECE, Digest, digest_each
from zoo.checkpoint.format.index import ITEM_SIZES, MANIFEST, USER_BLOCK, Entry, check_table
from zoo.checkpoint.format.manifest import decode, entries_of
from zoo.errors import CheckpointError, warn
from zoo.platform import system
from zoo.types import Array

# Reading checks each array's own digest too; more threads than this find memory to be the limit.
_THREADS = min(4, os.cpu_count() or 1)


PREPROCESSING = "preprocessing/"  # how the names of its arrays begin


@dataclass(frozen=True)
class Checkpoint:
    """What a file holds. The arrays share the bytes that were read and cannot be written to: copy what is to change."""

    manifest: dict[str, Any]
    arrays: dict[str, Array]
    sha256: str
    path: str


@dataclass(frozen=True)
class Contents:
    """What a file holds, without the values but those of the preprocessing; `length` is the file's, in bytes."""

    manifest: dict[str, Any]
    entries: dict[str, Entry]
    sha256: str
    length: int
    path: str
    preprocessing: dict[str, Array] = field(default_factory=dict)  # its arrays, by their names within it


def read(path: str | os.PathLike[str], *, trusted: bool = False, sha256: str | None = None) -> Checkpoint:
    """Load a checkpoint; with `sha256`, only the file with that digest. Warns of weights that are not finite.

    A file of format version 1 is parsed by h5py, and so read only if it is `trusted`.
    """
    with naming("load", path):
        data, entries, manifest, digest = verified(os.fspath(path), trusted, sha256)
        arrays = {entry.name: from_bytes(data, entry) for entry in aligned(data, entries)}
        problems = [problem for name, array in arrays.items() if (problem := not_finite(name, array))]
    if problems:
        warn(f"checkpoint {os.fspath(path)!r}: {problems[0]}", RuntimeWarning)
    return Checkpoint(manifest, arrays, digest.hex(), os.fspath(path))


def inspect(path: str | os.PathLike[str], *, trusted: bool = False, sha256: str | None = None) -> Contents:
    """What a checkpoint holds, after the same checks as `read`; keeps no values."""
    with naming("load", path):
        data, entries, manifest, digest = verified(os.fspath(path), trusted, sha256)
        table = {entry.name: entry for entry in entries}
        small = {
            name: from_bytes(data, entry).copy() for name, entry in table.items() if name.startswith(PREPROCESSING)
        }
    preprocessing = {name.removeprefix(PREPROCESSING): array for name, array in small.items()}
    return Contents(manifest, table, digest.hex(), len(data), os.fspath(path), preprocessing)


def digest(path: str | os.PathLike[str]) -> str:
    """The SHA-256 of a checkpoint, which its user block must claim, too; looks no further, and needs no memory."""
    with naming("load", path), _opened(os.fspath(path)) as (file, length, first):
        block = user_block.unpack(first, length)
        with Digest() as whole:
            whole.update(memoryview(block.numbers()))
            while piece := file.read(PIECE):
                whole.update(memoryview(piece))
            return _compared(whole.result(), block.sha256).hex()


def verified(
    path: str, trusted: bool, sha256: str | None = None
) -> tuple[memoryview, list[Entry], dict[str, Any], bytes]:
    """All steps of loading: the file's bytes, the arrays in them, the manifest, the digest."""
    with _opened(path) as (file, length, first):
        if trusted and version1.looks_like(first):
            begin, claimed = b"", version1.unpack(first, length)
            place = None
        else:
            block = user_block.unpack(first, length)
            begin, claimed = block.numbers(), block.sha256
            place = Entry(MANIFEST, "u1", (block.size,), block.offset)
        if sha256 is not None and sha256.lower() != claimed.hex():
            raise CheckpointError(f"got SHA-256 {claimed.hex()}, expected {quoted(sha256.lower())}; it is another file")
        data = _read(file, length, begin, claimed)
    if place is None:
        manifest, place = version1.parsed(data)
    else:
        manifest = decode(bytes(data[place.offset : place.end]))
    entries = entries_of(manifest)
    check_table(entries, place, length)
    _check_digests(manifest["arrays"], entries, data)
    return data, entries, manifest, claimed


@contextlib.contextmanager
def _opened(path: str) -> Iterator[tuple[Any, int, bytes]]:
    """A plain file: the file behind its user block, its length, the bytes of the block."""
    descriptor = system.open_to_read(path)
    try:
        if not system.is_regular(descriptor):
            raise CheckpointError("it is a folder, pipe, device or socket; name a plain file")
        length = os.fstat(descriptor).st_size
        with open(descriptor, "rb", buffering=0, closefd=False) as file:
            yield file, length, file.read(USER_BLOCK)
    finally:
        system.close(descriptor)


def _read(file: Any, length: int, begin: bytes, claimed: bytes) -> memoryview:
    """All bytes of a file, read once, whose digest, after that of `begin`, is the one claimed.

    Read, not mapped: a mapped file that somebody cuts short ends the process that touches it.
    """
    data = np.empty(length, np.uint8).data
    data[:USER_BLOCK] = bytes(USER_BLOCK)  # nobody looks there again
    offset = USER_BLOCK
    with Digest() as whole:
        whole.update(memoryview(begin))
        while offset < length:
            count = file.readinto(data[offset : offset + PIECE])
            if not count:
                raise CheckpointError(f"got {offset} bytes, expected {length}; somebody cut the file short meanwhile")
            whole.update(data[offset : offset + count])
            offset += count
        _compared(whole.result(), claimed)
    return data


def aligned(data: memoryview, entries: list[Entry]) -> list[Entry]:
    """The arrays where NumPy can use them: values that other software laid out anywhere are moved down by a few bytes,
    if nothing is there that is still used. That takes half the time of a copy, which needs new memory."""
    moved, reached = {}, USER_BLOCK
    for entry in sorted(entries, key=lambda entry: entry.offset):
        offset = entry.offset - entry.offset % ITEM_SIZES[entry.dtype]
        if entry.size and offset != entry.offset and offset >= reached:
            data[offset : offset + entry.size] = data[entry.offset : entry.end]
            moved[entry.name] = replace(entry, offset=offset)
        reached = max(reached, moved.get(entry.name, entry).end)
    return [moved.get(entry.name, entry) for entry in entries]


def _compared(found: bytes, claimed: bytes) -> bytes:
    if found != claimed:
        raise CheckpointError(f"got SHA-256 {found.hex()}, expected {claimed.hex()}; the file is damaged, use a copy")
    return found


def _check_digests(table: dict[str, Any], entries: list[Entry], data: memoryview) -> None:
    """The digest of every array is the one in the manifest."""
    digests = digest_each({entry.name: data[entry.offset : entry.end] for entry in entries}, threads=_THREADS)
    for name, found in digests.items():
        if found != table[name]["sha256"]:
            raise CheckpointError(
                f"array {quoted(name)}: got sha256 {found}, the manifest says {table[name]['sha256']}"
            )
