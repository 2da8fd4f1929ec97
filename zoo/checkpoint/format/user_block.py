"""The user block, the first 512 bytes: magic with the format version, length of the file, place of the manifest, and
the SHA-256 of these numbers and of all that follows the block.

It is checked first, before anything parses: a file that was cut short, or in which one bit has changed, goes no
further.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

from zoo.checkpoint.foreign import described
from zoo.checkpoint.format.index import MOST_MANIFEST, USER_BLOCK
from zoo.checkpoint.format.manifest import FORMAT
from zoo.errors import CheckpointError

# As in PNG: a byte beyond ASCII and both kinds of line end show what a transfer as text would have done.
_MAGIC = b"\x89zoo\r\n\x1a"
_NUMBERS = struct.Struct("<7sBQQQ")
_HEADER = struct.Struct("<7sBQQQ32s")


@dataclass(frozen=True)
class UserBlock:
    """Length of the file, first byte and size of the manifest, and the digest the file claims."""

    length: int
    offset: int
    size: int
    sha256: bytes = bytes(32)

    def numbers(self) -> bytes:
        """The bytes before the digest, which it covers."""
        return _NUMBERS.pack(_MAGIC, FORMAT, self.length, self.offset, self.size)

    def pack(self) -> bytes:
        """The whole block."""
        return (self.numbers() + self.sha256).ljust(USER_BLOCK, b"\0")


def looks_like(first: bytes) -> bool:
    """Whether a file that begins with these bytes says it is a checkpoint."""
    return first.startswith(_MAGIC)


def place_of_manifest(data: bytes | bytearray) -> tuple[int, int]:
    """First byte and size of the manifest, as a file that begins with these bytes says, right or wrong."""
    *_, offset, size = _NUMBERS.unpack_from(data)
    return offset, size


def unpack(block: bytes, length: int) -> UserBlock:
    """The user block of a file of `length` bytes; CheckpointError if it is not valid."""
    magic, version, claimed, offset, size, sha256 = _HEADER.unpack_from(block.ljust(USER_BLOCK, b"\0"))
    if magic != _MAGIC:
        raise CheckpointError(described(block))
    if version == 1:
        raise CheckpointError(
            "got format version 1, which h5py has to parse: if you know where the file comes from, --trusted; saved"
            f" again it has version {FORMAT}, which needs no trust"
        )
    if version != FORMAT:
        raise CheckpointError(f"got format version {version}, expected {FORMAT}; a newer zoo may read it")
    if claimed != length or length <= USER_BLOCK:
        raise CheckpointError(f"got {length} bytes, expected {claimed}; the file was cut short or damaged")
    if any(block[_HEADER.size : USER_BLOCK]):
        raise CheckpointError("user block: got bytes behind the digest, expected zeros; the file is damaged")
    if not 0 < size <= MOST_MANIFEST or not USER_BLOCK <= offset <= length - size:
        raise CheckpointError(
            f"user block: got a manifest of {size} bytes at byte {offset}, expected 1 to {MOST_MANIFEST} bytes between"
            f" the user block and the end of the file, byte {length}; the file is damaged"
        )
    return UserBlock(claimed, offset, size, bytes(sha256))
