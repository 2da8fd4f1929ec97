"""Renew the digests of a checkpoint that a test changed, to reach the checks behind them."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from pathlib import Path

from zoo.checkpoint.format import user_block
from zoo.checkpoint.format.index import USER_BLOCK, check_found
from zoo.checkpoint.format.manifest import decode
from zoo.checkpoint.format.recognize import recognize
from zoo.checkpoint.reader import walked
from zoo.errors import CheckpointError


def reseal(path: str | os.PathLike[str], *, arrays: bool = True) -> None:
    """Make the digests of a file those of its bytes, in place; its length, too.

    With `arrays` also each array's own digest in the manifest, where the file is still in such order that they can be
    found. What else is wrong with it stays wrong.
    """
    file = Path(path)
    data = bytearray(file.read_bytes())
    if arrays:
        with contextlib.suppress(CheckpointError):
            _renew(data)
    data[:USER_BLOCK] = user_block.pack(len(data), hashlib.sha256(data[USER_BLOCK:]).digest())
    file.write_bytes(data)


def _renew(data: bytearray) -> None:
    """Put each array's digest into the manifest, which keeps its length."""
    whole = memoryview(bytes(data))
    place, entries = check_found(recognize(whole) or walked(whole, trusted=False), len(data))
    manifest = decode(bytes(data[place.offset : place.end]))
    for entry in entries:
        if entry.name in manifest["arrays"]:
            found = hashlib.sha256(data[entry.offset : entry.end]).hexdigest()
            manifest["arrays"][entry.name]["sha256"] = found
    text = json.dumps(manifest, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
    if len(text) == place.size:
        data[place.offset : place.end] = text
