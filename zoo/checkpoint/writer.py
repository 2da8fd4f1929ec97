"""Saving: the structure from h5py, the values from here, whole or not at all.

A file is written from front to back. While one thread writes, a second hashes what was written and a third hashes each
array by itself; the manifest, which holds places and digests, stands last. The user block, without which nothing reads
the file, is written when all else is.
"""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Mapping
from typing import Any

from zoo.checkpoint.format.arrays import bytes_of, dtype_code, not_finite, pieces, storable
from zoo.checkpoint.format.errors import naming
from zoo.checkpoint.format.hashing import Digest, Task, digest_each
from zoo.checkpoint.format.index import USER_BLOCK, Entry, check_form, check_names, check_places
from zoo.checkpoint.format.layout import Layout, lay_out
from zoo.checkpoint.format.manifest import FORMAT, encode
from zoo.checkpoint.format.user_block import UserBlock
from zoo.errors import CheckpointError
from zoo.platform import system
from zoo.platform.atomic_write import replacing
from zoo.types import Array

LARGE = 2**24  # bytes of a file from which on a second sync is worth its time


def write(
    path: str | os.PathLike[str], manifest: Mapping[str, Any], arrays: Mapping[str, Array], *, exclusive: bool = False
) -> str:
    """Save a manifest and arrays as one checkpoint; gives its SHA-256 in hexadecimal.

    `arrays` goes by tree paths: "weights/stage2/conv1/W", "history/training/loss". The manifest is JSON; its entries
    "format" and "arrays" are made here, whatever stands in it. The arrays must not change meanwhile (`Saver` copies).

    Raises CheckpointError, and leaves what was there before, when an array is not of the format's dtypes, weights are
    not finite, the manifest is not JSON, or the disk does not do its part. With `exclusive`, also when the file exists.
    """
    with naming("save", path):
        stored = {name: storable(name, array) for name, array in sorted(_by_text(arrays).items())}
        check_names(stored)
        for name, array in stored.items():
            check_form(Entry(name, dtype_code(array), array.shape, 0))
            if problem := not_finite(name, array):
                raise CheckpointError(f"{problem}; the checkpoint saved before, if there is one, is kept")
        # The digests are still to come, but every one is as long as any other.
        digests = dict.fromkeys(stored, "0" * 64)
        forms = [(name, dtype_code(array), array.shape) for name, array in stored.items()]
        layout = lay_out(forms, lambda entries: len(_manifest(manifest, entries, digests)))
        check_places(layout.arrays, layout.manifest, layout.length)
        with replacing(os.fspath(path), exclusive=exclusive) as descriptor:
            sha256 = _write(descriptor, layout, manifest, stored)
    return sha256.hex()


def _by_text(arrays: Mapping[str, Array]) -> dict[str, Array]:
    for name in arrays:
        if not isinstance(name, str):
            raise CheckpointError(f"array {name!r}: expected a name that is text")
    return dict(arrays)


def _manifest(manifest: Mapping[str, Any], entries: list[Entry], digests: Mapping[str, str]) -> bytes:
    """The manifest's bytes, with the table of arrays."""
    table = {
        entry.name: {
            "dtype": entry.dtype,
            "shape": list(entry.shape),
            "offset": entry.offset,
            "sha256": digests[entry.name],
        }
        for entry in entries
    }
    return encode({**manifest, "format": FORMAT, "arrays": table})


def _write(descriptor: int, layout: Layout, manifest: Mapping[str, Any], stored: dict[str, Array]) -> bytes:
    """Write all of a file, give its SHA-256."""
    values = {name: bytes_of(array) for name, array in stored.items()}
    block = UserBlock(layout.length, layout.manifest.offset, layout.manifest.size)
    each = Task(lambda: digest_each(values, threads=1))
    try:
        with Digest() as whole:
            whole.update(memoryview(block.numbers()))
            offset = USER_BLOCK
            for structure, place in layout.gaps():
                parts = [memoryview(structure)]
                if place is layout.manifest:
                    if layout.length >= LARGE:
                        system.sync(descriptor)  # waits for the disk while the digests are computed
                    parts.append(memoryview(_manifest(manifest, layout.arrays, each.result())))
                elif place is not None:
                    parts.append(values[place.name])
                for part in parts:
                    for piece in pieces(part):
                        whole.update(piece)
                        system.write_at(descriptor, piece, offset)
                        offset += len(piece)
            if offset != layout.length:
                raise CheckpointError(f"wrote {offset} bytes, expected {layout.length}; the arrays changed meanwhile")
            sha256 = whole.result()
    finally:
        each.wait()
    system.write_at(descriptor, dataclasses.replace(block, sha256=sha256).pack(), 0)
    return sha256
