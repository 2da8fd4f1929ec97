"""Loading: the digest before anything parses, then the structure, then the values from the verified bytes.

A file with the structure that zoo gives it is recognized by its bytes; any other is walked in a process of its own.
Whatever the bytes are, this opens no other file, runs nothing out of them, stays within memory bounded by the file's
size, and gives exactly what was saved or one CheckpointError that names the file and the object.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from zoo.checkpoint.format import user_block
from zoo.checkpoint.format.arrays import from_bytes, not_finite
from zoo.checkpoint.format.child import Child
from zoo.checkpoint.format.errors import naming, quoted
from zoo.checkpoint.format.hashing import PIECE, Digest, digest_each
from zoo.checkpoint.format.index import USER_BLOCK, Entry, check_found
from zoo.checkpoint.format.manifest import decode
from zoo.checkpoint.format.recognize import recognize
from zoo.checkpoint.format.walk import InMemory, walk
from zoo.errors import CheckpointError, warn
from zoo.platform import system
from zoo.types import Array

# Reading checks each array's own digest too; more threads than this find memory to be the limit.
_THREADS = min(4, os.cpu_count() or 1)


@dataclass(frozen=True)
class Checkpoint:
    """What a file holds. The arrays share the bytes that were read and cannot be written to: copy what is to change."""

    manifest: dict[str, Any]
    arrays: dict[str, Array]
    sha256: str
    path: str


@dataclass(frozen=True)
class Contents:
    """What a file holds, without the values; `length` is the file's, in bytes."""

    manifest: dict[str, Any]
    entries: dict[str, Entry]
    sha256: str
    length: int
    path: str


def read(path: str | os.PathLike[str], *, trusted: bool = False, sha256: str | None = None) -> Checkpoint:
    """Load a checkpoint.

    If another version of HDF5 laid it out, its structure is looked at in a child process, or in this one if the file is
    `trusted` or is the very one whose `sha256` is known from elsewhere. Warns of weights that are not finite.
    """
    with naming("load", path):
        data, entries, manifest, digest = _load(os.fspath(path), trusted, sha256)
        arrays = {entry.name: from_bytes(data, entry) for entry in entries}
        problems = [problem for name, array in arrays.items() if (problem := not_finite(name, array))]
    if problems:
        warn(f"checkpoint {os.fspath(path)!r}: {problems[0]}", RuntimeWarning)
    return Checkpoint(manifest, arrays, digest.hex(), os.fspath(path))


def inspect(path: str | os.PathLike[str], *, trusted: bool = False, sha256: str | None = None) -> Contents:
    """What a checkpoint holds, after the same checks as `read`; keeps no values."""
    with naming("load", path):
        data, entries, manifest, digest = _load(os.fspath(path), trusted, sha256)
        table = {entry.name: entry for entry in entries}
    return Contents(manifest, table, digest.hex(), len(data), os.fspath(path))


def digest(path: str | os.PathLike[str]) -> str:
    """The SHA-256 of a checkpoint, which its user block must claim, too; looks no further, and needs no memory."""
    with naming("load", path), _opened(os.fspath(path)) as (file, _, claimed), Digest() as whole:
        while piece := file.read(PIECE):
            whole.update(memoryview(piece))
        return _compared(whole.result(), claimed).hex()


def _load(path: str, trusted: bool, sha256: str | None) -> tuple[memoryview, list[Entry], dict[str, Any], bytes]:
    """All steps of loading: the file's bytes, the arrays in them, the manifest, the digest."""
    with _opened(path) as (file, length, claimed):
        if sha256 is not None and sha256.lower() != claimed.hex():
            raise CheckpointError(f"got SHA-256 {claimed.hex()}, expected {quoted(sha256.lower())}; it is another file")
        data = _verified(file, length, claimed)
    entries = recognize(data) or walked(data, trusted=trusted or sha256 is not None)
    place, arrays = check_found(entries, length)
    manifest = decode(bytes(data[place.offset : place.end]))
    _check_members(manifest["arrays"], arrays, data)
    return data, sorted(arrays, key=lambda entry: entry.name), manifest, claimed


def walked(data: memoryview, trusted: bool) -> list[Entry]:
    """All datasets of a file that is not recognized: libhdf5 looks, in a process of its own unless it is trusted."""
    if trusted:
        return walk(InMemory(data))
    with Child() as child:
        return child.walk(data)


@contextlib.contextmanager
def _opened(path: str) -> Iterator[tuple[Any, int, bytes]]:
    """A plain file that begins with a valid user block: the file behind its block, its length, the digest claimed."""
    descriptor = system.open_to_read(path)
    try:
        if not system.is_regular(descriptor):
            raise CheckpointError("it is a folder, pipe, device or socket; name a plain file")
        length = os.fstat(descriptor).st_size
        with open(descriptor, "rb", buffering=0, closefd=False) as file:
            yield file, length, user_block.unpack(file.read(USER_BLOCK), length)
    finally:
        system.close(descriptor)


def _verified(file: Any, length: int, claimed: bytes) -> memoryview:
    """All bytes of a file, read once, whose digest is the one claimed.

    Read, not mapped: a mapped file that somebody cuts short ends the process that touches it.
    """
    data = np.empty(length, np.uint8).data
    data[:USER_BLOCK] = bytes(USER_BLOCK)  # nobody looks there again
    offset = USER_BLOCK
    with Digest() as whole:
        while offset < length:
            count = file.readinto(data[offset : offset + PIECE])
            if not count:
                raise CheckpointError(f"got {offset} bytes, expected {length}; somebody cut the file short meanwhile")
            whole.update(data[offset : offset + count])
            offset += count
        _compared(whole.result(), claimed)
    return data.toreadonly()


def _compared(found: bytes, claimed: bytes) -> bytes:
    if found != claimed:
        raise CheckpointError(f"got SHA-256 {found.hex()}, expected {claimed.hex()}; the file is damaged, use a copy")
    return found


def _check_members(table: dict[str, Any], arrays: list[Entry], data: memoryview) -> None:
    """The arrays in the file are those in the manifest: no more, no fewer, of the same dtypes, shapes and digests."""
    names = {entry.name for entry in arrays}
    for name in sorted(names ^ set(table)):
        where, other = ("file", "manifest") if name in names else ("manifest", "file")
        raise CheckpointError(f"array {quoted(name)}: stands in the {where}, but not in the {other}")
    digests = digest_each({entry.name: data[entry.offset : entry.end] for entry in arrays}, threads=_THREADS)
    for entry in arrays:
        found = {"dtype": entry.dtype, "shape": list(entry.shape), "sha256": digests[entry.name]}
        for key, value in found.items():
            if value != table[entry.name][key]:
                raise CheckpointError(
                    f"array {quoted(entry.name)}: got {key} {value}, the manifest says {table[entry.name][key]}"
                )
