"""Read NPZ: a zip of arrays under the usual names. Nothing is unpickled."""

from __future__ import annotations

import os
import zipfile
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from zoo.data.dataset import Dataset, InMemory, Source
from zoo.data.options import DataOptions
from zoo.data.readers import arrays
from zoo.data.readers.npy import header_of
from zoo.data.readers.reader import BINARY, READERS, Reader
from zoo.data.readers.unpacked import packing_of, zip_members, zip_of
from zoo.errors import DataError
from zoo.platform.system import open_regular
from zoo.platform.trust import refuse_bomb
from zoo.types import Array

if TYPE_CHECKING:
    from zoo.data.preprocessing.tabular import Preprocessing

MOST_DEFLATED = 1032  # deflate makes nothing smaller than this share of its length


def open_npz(path: Path, options: DataOptions, like: Preprocessing | None) -> Dataset:
    """The arrays under x, y (or inputs, targets; data, labels; …), and x_test, y_test where there are such."""
    try:
        with open_regular(path) as file, zip_of(file, path) as archive:
            members = {name.removesuffix(".npy"): name for name in archive.namelist() if name.endswith(".npy")}
            found = arrays.find(
                (name[:-4] for name in archive.namelist() if name.endswith(".npy")),
                str(path),
                options,
                with_targets=like is None,
            )
            wanted = {part: name for part, name in found.names.items() if like is None or part.endswith("inputs")}
            length = os.fstat(file.fileno()).st_size
            packed = [archive.getinfo(members[name]) for name in wanted.values()]
            refuse_bomb(str(path), sum(info.file_size for info in packed), length)
            held = {part: _member(archive, members[name], path) for part, name in wanted.items()}
    except (zipfile.BadZipFile, EOFError, zlib.error, NotImplementedError, RuntimeError) as error:
        raise DataError(f"{path}: the NPZ file is damaged or cut short: {error}") from error
    there = found.parts("inputs", held)
    inputs: list[Source] = [InMemory(held[part]) for part in there]
    targets = [held[part] for part in found.parts("targets", held)] or None
    dataset = arrays.dataset(path, options, inputs, targets, parts=arrays.names_of(there))
    return dataset if like is not None else dataset.replace(notes=(*found.notes, *dataset.notes))


def _member(archive: zipfile.ZipFile, name: str, path: Path) -> Array:
    info = archive.getinfo(name)
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise DataError(f"{path}: {name!r} is compressed by method {info.compress_type}, expected stored or deflated")
    if info.file_size > MOST_DEFLATED * info.compress_size + 64:
        raise DataError(f"{path}: {name!r} claims {info.file_size} bytes out of {info.compress_size}, more than can be")
    with archive.open(name) as file:
        header = header_of(file, f"{path}: {name!r}")
        if header.bytes != info.file_size - header.start:
            raise DataError(
                f"{path}: {name!r} holds {info.file_size - header.start} bytes, expected {header.bytes} for"
                f" {header.dtype} {header.shape}"
            )
        if header.dtype.kind not in "biufcSU" or not header.dtype.itemsize:
            raise DataError(f"{path}: {name!r} has the type {header.dtype}, expected numbers or text")
        array: Array = np.empty(header.count, header.dtype)
        if array.nbytes:
            _fill(file, array, f"{path}: {name!r}")
    return array.reshape(header.shape, order="F" if header.fortran else "C")


def _fill(file: Any, array: Array, where: str) -> None:
    view, done = array.view(np.uint8).data, 0
    while done < len(view):
        piece = file.read(min(1 << 20, len(view) - done))
        if not piece:
            raise DataError(f"{where}: ends after {done} bytes, expected {len(view)}")
        view[done : done + len(piece)] = piece
        done += len(piece)


def _is_npz(path: Path, head: bytes) -> bool:
    """Whether a file is a zip that is called NPZ, or holds arrays."""
    if packing_of(head) != "zip":
        return False
    return path.suffix.lower() == ".npz" or any(name.endswith(".npy") for name in zip_members(path))


READER = READERS.add(
    Reader(
        "NPZ",
        "NPZ (arrays x and y, and x_test and y_test)",
        ("task", "missing", "inputs", "targets"),
        _is_npz,
        open_npz,
        order=BINARY + 20,
    )
)
