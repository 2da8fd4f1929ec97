"""What HDF5 tools see in a file: every dataset with its type, shape and values, in a child process that can open
nothing.

The child gets bytes, not a name: links and storage that lead to other files lead nowhere. What it reports is compared,
never used.
"""

from __future__ import annotations

import hashlib
import json
import os
import struct
from dataclasses import dataclass
from typing import Any

from zoo.errors import CheckpointError
from zoo.hdf5.source import Asked
from zoo.platform import system
from zoo.platform.guarded_process import HELLO, MESSAGE, GuardedProcess, pipes, program_of

MOST_OBJECTS = 70_000
MOST_DEPTH = 20
MOST_REPORT = 2**25
MEMORY = 512 * 2**20  # beyond what Python, NumPy and h5py take; and twice the file
SECONDS = 60

_START = program_of("zoo.hdf5.viewer")
_ERRORS = (OSError, EOFError, RuntimeError, ValueError, LookupError, TypeError, OverflowError)  # of h5py


@dataclass(frozen=True)
class Seen:
    """A dataset as HDF5 sees it: NumPy's name of its type, or what else stands there; the SHA-256 of its values."""

    dtype: str
    shape: tuple[int, ...]
    sha256: str


def look(data: memoryview) -> dict[str, Seen]:
    """Every dataset that h5py sees in the bytes of a file; CheckpointError if it cannot, crashes or takes too long."""
    viewer = GuardedProcess(_START, "the process that views it", "check the installation of h5py", CheckpointError)
    try:
        with viewer.within(SECONDS):
            viewer.send(struct.pack("<Q", len(data)))
            viewer.greet()
            while True:
                kind, first, second = viewer.message()
                match kind:
                    case b"R" if first + second <= len(data):
                        viewer.send(data[first : first + second])
                    case b"T" if first <= MOST_REPORT:
                        return _reported(bytes(viewer.received(first)))
                    case b"E" if first <= MOST_REPORT:
                        text = viewer.received(first).decode("ascii", "replace")
                        raise CheckpointError(f"h5py cannot view it: {text[:300]}")
                    case _:
                        raise CheckpointError("the process that views it sent nonsense; the file is damaged or hostile")
    finally:
        viewer.close()


def _reported(text: bytes) -> dict[str, Seen]:
    try:
        return {
            str(name): Seen(str(dtype), tuple(map(int, shape)), str(sha256))
            for name, dtype, shape, sha256 in json.loads(text)
        }
    except (ValueError, TypeError, RecursionError) as error:
        raise CheckpointError("the process that views it sent nonsense; the file is damaged or hostile") from error


# --- the child's side -------------------------------------------------------------------------------------------------


def main() -> None:
    """Say hello, look at everything, report, end at once."""
    from h5py import h5f, h5fd, h5p

    answers, questions = pipes()
    (length,) = struct.unpack("<Q", answers.read(8))
    system.limit_this_process(MEMORY + 2 * length, SECONDS)
    questions.write(HELLO)
    questions.flush()
    try:
        access = h5p.create(h5p.FILE_ACCESS)
        source = Asked(length, answers, questions)
        access.set_fileobj_driver(h5fd.fileobj_driver, source)
        file = h5f.open(hex(id(source)).encode(), h5f.ACC_RDONLY, fapl=access)
        kind, text = b"T", json.dumps(_found(file, length))
    except BaseException as error:
        kind, text = b"E", ascii(str(error) or type(error).__name__)[1:-1][:1000]
    data = text.encode("ascii", "backslashreplace")
    questions.write(MESSAGE.pack(kind, len(data), 0) + data)
    questions.flush()
    os._exit(0)


def _found(file: Any, length: int) -> list[tuple[str, str, tuple[int, ...], str]]:
    """(path, type, shape, digest of the values) of every link that does not lead to a group."""
    from h5py import h5g

    found: list[tuple[str, str, tuple[int, ...], str]] = []
    pending = [("", h5g.open(file, b"/"), 0)]
    objects = 0
    while pending:
        path, group, depth = pending.pop()
        names: list[bytes] = []
        group.links.iterate(names.append)
        objects += len(names)
        if objects > MOST_OBJECTS or depth > MOST_DEPTH:
            raise ValueError(f"holds more than {MOST_OBJECTS} objects, or groups nested deeper than {MOST_DEPTH}")
        for link in names:
            name = f"{path}{link.decode('utf-8', 'backslashreplace')}"
            try:
                seen = _object(group, link, length)
            except _ERRORS as error:
                seen = f"something that cannot be read ({str(error)[:200]})", (), ""
            if isinstance(seen, tuple):
                found.append((name, *seen))
            else:
                pending.append((f"{name}/", seen, depth + 1))
    return found


def _object(group: Any, link: bytes, length: int) -> Any:
    """What a link leads to: a group, or type, shape and digest of a dataset."""
    from h5py import Dataset, h5d, h5g, h5l, h5o

    if group.links.get_info(link).type != h5l.TYPE_HARD:
        return "a soft or external link", (), ""
    kind = h5o.get_info(group, link).type
    if kind == h5o.TYPE_GROUP:
        return h5g.open(group, link)
    if kind != h5o.TYPE_DATASET:
        return "a named type", (), ""
    dataset = h5d.open(group, link)
    if dataset.get_create_plist().get_layout() == h5d.VIRTUAL:  # whose very shape may stand in another file
        return "a virtual dataset", (), ""
    array = Dataset(dataset)
    shape = tuple(array.shape or ())
    if array.shape is None or array.dtype.kind not in "iuf" or array.nbytes > length:
        return array.dtype.str, shape, ""
    return array.dtype.str, shape, hashlib.sha256(array[()].tobytes()).hexdigest()
