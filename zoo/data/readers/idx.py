"""IDX, the layout of MNIST: two zero bytes, a type, a number of dimensions, their sizes (big-endian), the values.

Source: LeCun, Cortes and Burges, The MNIST database of handwritten digits, "file formats".
"""

from __future__ import annotations

import gzip
import math
import os
import zlib
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import numpy as np

from zoo.data.dataset import Dataset, InMemory
from zoo.data.options import DataOptions
from zoo.data.readers import arrays
from zoo.data.readers.folders import plain
from zoo.data.readers.reader import BINARY, READERS, Reader
from zoo.errors import DataError
from zoo.platform.system import open_regular
from zoo.platform.trust import refuse_bomb
from zoo.types import Array

if TYPE_CHECKING:
    from zoo.data.preprocessing.tabular import Preprocessing

TYPES = {0x08: "u1", 0x09: "i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
PARTS = {
    "inputs": "train-images-idx3-ubyte",
    "targets": "train-labels-idx1-ubyte",
    "test_inputs": "t10k-images-idx3-ubyte",
    "test_targets": "t10k-labels-idx1-ubyte",
}
GZIP = b"\x1f\x8b"
MOST_DEFLATED = 1032  # deflate makes nothing smaller than this share of its length


def read_idx(path: Path) -> Array:
    """The array in an IDX file, plain or compressed with gzip; its length is held against what its header says."""
    try:
        with open_regular(path) as file:
            compressed = file.read(2) == GZIP
            file.seek(0)
            size = os.fstat(file.fileno()).st_size
            if not compressed:
                return _read(file, path, size, compressed)
            with gzip.GzipFile(fileobj=file) as unpacked:
                return _read(unpacked, path, size, compressed)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise DataError(f"{path}: the gzip file is damaged or cut short: {error}; get it anew") from error
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error.strerror}") from error


def _read(file: IO[bytes] | gzip.GzipFile, path: Path, length: int, compressed: bool) -> Array:
    magic = file.read(4)
    if len(magic) < 4 or magic[:2] != b"\0\0" or magic[2] not in TYPES or not 1 <= magic[3] <= 8:
        raise DataError(
            f"{path}: starts with the bytes {magic.hex(' ') or 'none'}, expected those of IDX, such as 00 00 08 03"
        )
    sizes = file.read(4 * magic[3])
    if len(sizes) < 4 * magic[3]:
        raise DataError(f"{path}: ends within its header")
    shape = tuple(np.frombuffer(sizes, ">u4").tolist())
    dtype: np.dtype[Any] = np.dtype(TYPES[magic[2]])
    expected = math.prod(shape) * dtype.itemsize
    most = length * MOST_DEFLATED if compressed else length
    if compressed and expected <= most:
        refuse_bomb(str(path), expected, length)
    if expected > most:
        held = "far less" if compressed else f"{most - 4 - len(sizes)}"
        raise DataError(f"{path}: its header says {shape}, which takes {expected} bytes, but the file holds {held}")
    data = bytearray(expected)
    view, done = memoryview(data), 0
    while done < expected:
        got = file.readinto(view[done : done + (1 << 22)])  # type: ignore[union-attr]
        if not got:
            raise DataError(
                f"{path}: its header says {shape}, which takes {expected} bytes, but the file holds {done}; get it anew"
            )
        done += got
    if file.read(1):
        raise DataError(f"{path}: more bytes follow than the {expected} its header says for {shape}")
    return np.frombuffer(data, dtype).reshape(shape)


def find_part(folder: Path, part: str) -> Path | None:
    """One of MNIST's four files in a folder, under either spelling, compressed or not."""
    name = PARTS[part]
    for spelling in (name, name.replace("-idx", ".idx")):
        for suffix in ("", ".gz"):
            if (folder / (spelling + suffix)).is_file():
                return plain(folder / (spelling + suffix))
    return None


def open_folder(path: Path, options: DataOptions, like: Preprocessing | None = None) -> Dataset:
    """A folder with MNIST's four files; the test files may be missing, then a share of the rest is held out."""
    files = {part: find_part(path, part) for part in PARTS}
    if like is not None:
        files = {part: file if part.endswith("inputs") else None for part, file in files.items()}
    held = {part: read_idx(file) for part, file in files.items() if file is not None}
    needed = [part for part in ("inputs", "targets") if part not in held and (like is None or part == "inputs")]
    if ("test_inputs" in held) != ("test_targets" in held) and like is None:
        needed.append("test_targets" if "test_inputs" in held else "test_inputs")
    if needed:
        raise DataError(f"{path}: there is no {PARTS[needed[0]]} (nor .gz) in this folder, expected MNIST's four files")
    for part, array in held.items():
        if part.endswith("targets") and array.ndim != 1:
            raise DataError(f"{files[part]}: holds an array of shape {array.shape}, expected one label per row")
        if part.endswith("inputs") and array.ndim < 2:
            raise DataError(f"{files[part]}: holds an array of shape {array.shape}, expected images")
    inputs = [InMemory(held[part]) for part in ("inputs", "test_inputs") if part in held]
    targets = [held[part] for part in ("targets", "test_targets") if part in held] or None
    return arrays.dataset(path, options, list(inputs), targets, classes=True)


def open_file(path: Path, options: DataOptions, like: Preprocessing | None) -> Dataset:
    """One IDX file: images without labels."""
    array = read_idx(path)
    if array.ndim < 2:
        raise DataError(
            f"{path}: holds {len(array)} labels and no images; name their folder, or the file of the images"
        )
    return arrays.dataset(path, options, [InMemory(array)], None)


def _is_file(path: Path, head: bytes) -> bool:
    if head.startswith(GZIP):
        return "idx" in path.name or path.name.endswith("ubyte.gz")
    return head[:2] == b"\0\0" and len(head) > 3 and (head[2] in TYPES or "idx" in path.name)


FOLDER = READERS.add(
    Reader(
        "folder of IDX files",
        "a folder with MNIST's four IDX files",
        ("task",),
        lambda path, head: path.is_dir() and any(find_part(path, part) is not None for part in PARTS),
        open_folder,
        order=BINARY,
    )
)
FILE = READERS.add(Reader("IDX", "an IDX file of images, gzip or not", ("task",), _is_file, open_file, order=BINARY))
