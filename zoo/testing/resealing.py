"""Renew the digests of a checkpoint that a test changed, to reach the checks behind them."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from pathlib import Path

from zoo.checkpoint.format import user_block
from zoo.checkpoint.format.index import USER_BLOCK
from zoo.checkpoint.format.manifest import decode, entries_of
from zoo.checkpoint.format.user_block import UserBlock
from zoo.errors import CheckpointError


def reseal(path: str | os.PathLike[str], *, arrays: bool = True) -> None:
    """Make the digests of a file those of its bytes, in place; its length, too. The place of the manifest stays.

    With `arrays` also each array's own digest in the manifest, where the file is still in such order that they can be
    found. What else is wrong with it stays wrong.
    """
    file = Path(path)
    data = bytearray(file.read_bytes())
    found = user_block.place_of_manifest(data)
    if arrays:
        with contextlib.suppress(CheckpointError):
            _renew(data, *found)
    file.write_bytes(sealed(data, *found))


def sealed(data: bytearray, offset: int, size: int) -> bytearray:
    """The bytes of a file whose manifest is at a place, under a new user block."""
    block = UserBlock(len(data), offset, size)
    digest = hashlib.sha256(block.numbers() + data[USER_BLOCK:]).digest()
    return bytearray(UserBlock(len(data), offset, size, digest).pack() + data[USER_BLOCK:])


def _renew(data: bytearray, offset: int, size: int) -> None:
    """Put each array's digest into the manifest, which keeps its length."""
    manifest = decode(bytes(data[offset : offset + size]))
    for entry in entries_of(manifest):
        found = hashlib.sha256(data[entry.offset : entry.end]).hexdigest()
        manifest["arrays"][entry.name]["sha256"] = found
    text = json.dumps(manifest, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
    if len(text) == size:
        data[offset : offset + size] = text
