"""The user block, the first 512 bytes: magic with the format version, length of the file, SHA-256 of all behind it.

It is what is looked at first, before anything parses: a file that is cut short, or in which one bit is other than it
was, goes no further.
"""

from __future__ import annotations

import struct

from zoo.checkpoint.foreign import described
from zoo.checkpoint.format.index import USER_BLOCK
from zoo.checkpoint.format.manifest import FORMAT
from zoo.errors import CheckpointError

# As in PNG: a byte beyond ASCII and both kinds of line end show what a transfer as text would have done.
_MAGIC = b"\x89zoo\r\n\x1a"
_HEADER = struct.Struct("<7sBQ32s")


def looks_like(first: bytes) -> bool:
    """Whether a file that begins with these bytes says it is a checkpoint."""
    return first.startswith(_MAGIC)


def pack(length: int, sha256: bytes) -> bytes:
    """The user block of a file of `length` bytes in all."""
    return _HEADER.pack(_MAGIC, FORMAT, length, sha256).ljust(USER_BLOCK, b"\0")


def unpack(block: bytes, length: int) -> bytes:
    """The SHA-256 that the block of a file of `length` bytes claims; CheckpointError when the block is not valid."""
    magic, version, claimed, sha256 = _HEADER.unpack_from(block.ljust(USER_BLOCK, b"\0"))
    if magic != _MAGIC:
        raise CheckpointError(described(block))
    if version != FORMAT:
        raise CheckpointError(f"got format version {version}, expected {FORMAT}; a newer zoo may read it")
    if claimed != length or length <= USER_BLOCK:
        raise CheckpointError(f"got {length} bytes, expected {claimed}; the file was cut short or damaged")
    if any(block[_HEADER.size : USER_BLOCK]):
        raise CheckpointError("user block: got bytes behind the digest, expected zeros; the file is damaged")
    return bytes(sha256)
