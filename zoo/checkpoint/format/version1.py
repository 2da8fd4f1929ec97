"""Format version 1, in which HDF5 alone says where the arrays are: read through h5py, so only in trusted files."""

from __future__ import annotations

import io
import struct
from typing import Any

from zoo.checkpoint.format.errors import quoted
from zoo.checkpoint.format.index import MANIFEST, Entry
from zoo.checkpoint.format.manifest import CONTAINER, FORMAT, parse
from zoo.errors import CheckpointError

_HEADER = struct.Struct("<8sQ32s")
_BEGINS = b"\x89zoo\r\n\x1a\1"


def looks_like(first: bytes) -> bool:
    """Whether a file begins with the user block of version 1."""
    return first.startswith(_BEGINS)


def unpack(block: bytes, length: int) -> bytes:
    """The SHA-256 that the user block claims for the bytes behind it."""
    _, claimed, sha256 = _HEADER.unpack_from(block.ljust(_HEADER.size, b"\0"))
    if claimed != length:
        raise CheckpointError(f"got {length} bytes, expected {claimed}; the file was cut short or damaged")
    return bytes(sha256)


def parsed(data: memoryview) -> tuple[dict[str, Any], Entry]:
    """The manifest, with the places of the arrays as version 2 has them, and the manifest's own place."""
    import h5py  # takes a tenth of a second, and no other file needs it

    places: dict[str, Entry] = {}

    def visit(name: str, found: Any) -> None:
        if isinstance(found, h5py.Dataset):
            dtype = f"{found.dtype.kind}{found.dtype.itemsize}"
            places[name] = Entry(name, dtype, found.shape, int(found.id.get_offset() or 0) if found.size else 0)

    try:
        with h5py.File(io.BytesIO(data), "r") as file:
            file.visititems(visit)
    except (OSError, RuntimeError, KeyError) as error:
        raise CheckpointError(f"h5py says {quoted(str(error), 300)}; the file is damaged") from error
    place = places.pop(MANIFEST, None)
    if place is None:
        raise CheckpointError("it has no dataset /manifest; the file is damaged")
    manifest = parse(bytes(data[place.offset : place.end]))
    table = manifest.get("arrays") if isinstance(manifest, dict) else None
    if not isinstance(table, dict) or table.keys() != places.keys():
        raise CheckpointError("the arrays in the file are not those in the manifest; the file is damaged")
    for name, entry in places.items():
        table[name]["offset"] = entry.offset
        if (table[name].get("dtype"), table[name].get("shape")) != (entry.dtype, list(entry.shape)):
            raise CheckpointError(f"array {quoted(name)}: got {entry.dtype} {entry.shape}, the manifest says otherwise")
    CONTAINER.check({**manifest, "format": FORMAT}, "manifest")
    return manifest, place
