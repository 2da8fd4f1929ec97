"""Read NPY: one array; a large one stays in its file and is read in blocks. Nothing is unpickled."""

from __future__ import annotations

import math
import os
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import numpy as np
from numpy.lib import format as npy

from zoo.data.dataset import Column, Dataset, InMemory, Source, numbered_columns
from zoo.data.options import DataOptions
from zoo.data.readers import arrays
from zoo.data.readers.blocks import block_of
from zoo.data.readers.columns import chosen, without
from zoo.data.readers.reader import BINARY, READERS, Reader
from zoo.data.targets import decide
from zoo.errors import DataError
from zoo.platform.system import open_regular
from zoo.types import Array

if TYPE_CHECKING:
    from zoo.data.preprocessing.tabular import Preprocessing


MOST_RANK = 32
MOST_LENGTH = 2**48  # of one dimension


@dataclass(frozen=True)
class Header:
    """What an NPY file says of its array, and where that starts."""

    shape: tuple[int, ...]
    fortran: bool
    dtype: np.dtype[Any]
    start: int

    @property
    def count(self) -> int:
        return math.prod(self.shape)

    @property
    def bytes(self) -> int:
        return self.count * self.dtype.itemsize


def header_of(file: IO[bytes], where: str) -> Header:
    """The header of an NPY file or of a member of an NPZ; `DataError` for objects, which would have to be unpickled."""
    try:
        version = npy.read_magic(file)
        read = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}.get(version)
        if read is None:
            raise DataError(f"{where}: NPY version {version}, expected 1.0 or 2.0")
        shape, fortran, dtype = read(file)
    except (ValueError, EOFError, OSError) as error:
        raise DataError(f"{where}: not a well-formed NPY array: {str(error).splitlines()[0]}") from error
    if dtype.hasobject:
        raise DataError(f"{where}: holds Python objects, which are never unpickled; save it as an array of numbers")
    if len(shape) > MOST_RANK or any(isinstance(n, bool) or not 0 <= n <= MOST_LENGTH for n in shape):
        raise DataError(f"{where}: the array has shape {str(shape)[:200]}, which is more than can be")
    return Header(tuple(int(n) for n in shape), fortran, dtype, file.tell())


class NpyRows:
    """Rows of an NPY file, read at their place; never mapped, since a file cut short under a map ends the process."""

    def __init__(self, path: Path, header: Header) -> None:
        self.path, self.header = path, header
        self.shape, self.dtype = header.shape, header.dtype
        self.row = header.bytes // max(1, header.shape[0])
        self.block: int | None = block_of(self.row)
        self._file = open_regular(path)

    def __reduce__(self) -> tuple[Any, ...]:
        """A copy opens the file anew."""
        return NpyRows, (self.path, self.header)

    def read(self, start: int, stop: int) -> Array:
        rows: Array = np.empty((stop - start, *self.shape[1:]), self.dtype)
        _fill(self._file, rows.reshape(-1), self.header.start + start * self.row, str(self.path))
        return rows

    def take(self, numbers: Array) -> Array:
        return taken(self, numbers)


def _fill(file: Any, values: Array, place: int, where: str) -> None:
    """Fill a contiguous vector with the bytes from a place of a file on."""
    view = values.view(np.uint8).data
    while view:
        got = _read_at(file, view, place)
        if not got:
            raise DataError(f"{where}: ends at byte {place}: the file was cut short while it was read")
        view, place = view[got:], place + got


def _read_at(file: Any, view: memoryview, place: int) -> int:
    if hasattr(os, "preadv"):
        return os.preadv(file.fileno(), [view[: 1 << 26]], place)
    file.seek(place)
    return int(file.readinto(view[: 1 << 26]))


def taken(source: Source, numbers: Array) -> Array:
    """Rows by any numbers, read block by block."""
    from zoo.data.dataset import pieces_of

    ascending, back = np.unique(numbers, return_inverse=True)
    rows = np.empty((len(ascending), *source.shape[1:]), source.dtype)
    done = 0
    for part, piece in pieces_of(source, ascending):
        rows[done : done + len(part)] = piece
        done += len(part)
    return rows[back.ravel()]


def open_npy(path: Path, options: DataOptions, like: Preprocessing | None) -> Dataset:
    """Inputs without targets, or, with --target, a table whose columns are known by their numbers."""
    where = str(path)
    with open_regular(path) as file:
        header = header_of(file, where)
        size = os.fstat(file.fileno()).st_size
    if size - header.start != header.bytes:
        raise DataError(
            f"{where}: holds {size - header.start} bytes after its header, expected {header.bytes} for"
            f" {header.dtype} {header.shape}"
        )
    arrays.check_numbers(header.dtype, "the array", where)
    if not header.shape or 0 in header.shape:
        raise DataError(f"{where}: the array has shape {header.shape}, expected (rows, values of one)")
    if header.bytes > options.in_memory * 2**20 and not header.fortran and len(header.shape) > 1:
        if options.target not in ("", "none"):
            raise DataError(f"{where}: --target needs the array in memory; raise --in-memory, or use HDF5 with x and y")
        return arrays.dataset(path, options, [NpyRows(path, header)], None)
    array: Array = np.empty(header.shape, header.dtype, order="F" if header.fortran else "C")
    with open_regular(path) as file:
        _fill(file, array.reshape(-1, order="F" if header.fortran else "C"), header.start, where)
    if array.ndim == 1:
        array = array.reshape(-1, 1)
    if options.target in ("", "none") or array.ndim > 2 or (like is not None and array.shape[1:] == like.shape):
        if options.target not in ("", "none"):
            raise DataError(
                f"{where}: --target names a column, but the array has shape {array.shape}, expected (rows, columns)"
            )
        return arrays.dataset(path, options, [InMemory(np.ascontiguousarray(array))], None)
    names = tuple(column.name for column in numbered_columns(array.shape[1]))
    targets = chosen(options.target, names, where, "target")
    inputs = without(len(names), targets)
    if not inputs:
        raise DataError(f"{where}: no columns are left for the inputs")
    found = decide([(Column(names[n]), array[:, n]) for n in targets], options.task, where)
    plain = arrays.dataset(path, options, [InMemory(array[:, inputs])], None)
    values = None if found.values is None else InMemory(found.values)
    columns = tuple(Column(names[n]) for n in inputs)
    return plain.replace(
        task=found.task,
        targets=values,
        labels=found.labels,
        label_type=found.label_type,
        columns=columns,
        table=names,
        notes=found.notes,
    )


READER = READERS.add(
    Reader(
        "NPY",
        "NPY (an array of inputs, or a table with --target)",
        ("target", "task", "missing", "in_memory"),
        lambda path, head: head.startswith(b"\x93NUMPY"),
        open_npy,
        order=BINARY + 20,
    )
)
