"""Messages between the server and the process that trains, and frames: scenes as JSON with their arrays behind it.

A message is its length, then JSON. A frame for the page is a byte of 1, the length of the JSON (4 bytes, little
endian), JSON, padding to 8 bytes, arrays. In the JSON an array is {"array": [offset, type, shape]}.
"""

from __future__ import annotations

import dataclasses
import json
import math
import struct
from typing import IO, Any

import numpy as np

LENGTH = struct.Struct("<IB")  # of what follows, and which kind it is
JSON, FRAME = 0, 1
LONGEST = 2**28
# What the page reads; others are converted.
TYPES = {"uint8": "u1", "int16": "i2", "int32": "i4", "float32": "f4"}


def write(stream: IO[bytes], message: Any) -> None:
    """Sends JSON."""
    text = json.dumps(plain(message), separators=(",", ":")).encode()
    stream.write(LENGTH.pack(len(text), JSON) + text)
    stream.flush()


def write_frame(stream: IO[bytes], client: int, frame: bytes) -> None:
    """Sends a frame for one client."""
    stream.write(LENGTH.pack(len(frame) + 4, FRAME) + struct.pack("<I", client))
    stream.write(frame)
    stream.flush()


def read(stream: IO[bytes]) -> tuple[int, bytes]:
    """The next message as (kind, bytes); `EOFError` at the end."""
    length, kind = LENGTH.unpack(_exactly(stream, LENGTH.size))
    if length > LONGEST:
        raise EOFError("a message too long to be one")
    return kind, _exactly(stream, length)


def _exactly(stream: IO[bytes], count: int) -> bytes:
    found = stream.read(count)
    if len(found) < count:
        raise EOFError("the other process has ended")
    return found


def frame_of(header: dict[str, Any]) -> bytes:
    """The header, in which scenes are dataclasses and arrays NumPy's, as the page reads it."""
    arrays: list[bytes] = []
    size = 0

    def add(array: Any) -> dict[str, Any]:
        nonlocal size
        kind = TYPES.get(array.dtype.name)
        if kind is None:
            array = array.astype(np.float32 if array.dtype.kind == "f" else np.int32)
            kind = TYPES[array.dtype.name]
        data = np.ascontiguousarray(array).tobytes()
        place, padding = size, -len(data) % 8
        arrays.append(data + bytes(padding))
        size += len(data) + padding
        return {"array": [place, kind, list(array.shape)]}

    text = json.dumps(plain(header, add), separators=(",", ":")).encode()
    start = b"\1" + struct.pack("<I", len(text)) + text
    return b"".join((start, bytes(-len(start) % 8), *arrays))


def plain(value: Any, add: Any = None) -> Any:
    """A value as JSON has it: dataclasses by their kind and fields, numbers that are not finite as null."""
    if isinstance(value, np.ndarray):
        return add(value) if add is not None else plain(value.tolist())
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = {field.name: plain(getattr(value, field.name), add) for field in dataclasses.fields(value)}
        return {"kind": type(value).__name__, **fields}
    if isinstance(value, dict):
        return {str(key): plain(item, add) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item, add) for item in value]
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value if value is None or isinstance(value, (bool, int, float, str)) else str(value)
