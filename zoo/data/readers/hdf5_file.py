"""HDF5: arrays under the usual names; inputs that are large stay in the file and stream."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from zoo.data.dataset import Array, Dataset, InMemory, Source
from zoo.data.options import DataOptions
from zoo.data.readers import arrays
from zoo.data.readers.npy_file import taken
from zoo.data.readers.reader import Reader
from zoo.data.readers.streams import block_of
from zoo.errors import DataError

if TYPE_CHECKING:
    from zoo.data.preprocessing import Preprocessing


LEAST_FOR_TARGETS = 64  # megabytes that targets may take whatever the limit: they are always in memory


class Hdf5Rows:
    """Rows of an HDF5 dataset; the file stays open as long as they are used."""

    def __init__(self, dataset: Any, path: Path) -> None:
        self.path = path
        self.shape: tuple[int, ...] = tuple(dataset.shape)
        self.dtype: np.dtype[Any] = dataset.dtype
        row = int(np.prod(self.shape[1:], dtype=np.int64)) * self.dtype.itemsize
        self.block: int | None = block_of(row, dataset.chunks[0] if dataset.chunks else 1)
        self._dataset = dataset
        self._lock = threading.Lock()

    def read(self, start: int, stop: int) -> Array:
        rows: Array = np.empty((stop - start, *self.shape[1:]), self.dtype)
        if len(rows):
            try:
                with self._lock:
                    self._dataset.read_direct(rows, np.s_[start:stop])
            except (OSError, RuntimeError) as error:
                raise DataError(
                    f"{self.path}: rows {start + 1} to {stop} cannot be read: {_first_line(error)}"
                ) from error
        return rows

    def take(self, numbers: Array) -> Array:
        return taken(self, numbers)


def open_hdf5(path: Path, options: DataOptions, like: Preprocessing | None) -> Dataset:
    """The datasets x and y (or inputs, targets; data, labels; …) at the top of the file, and x_test and y_test."""
    import h5py

    with contextlib.ExitStack() as open_files:
        try:
            file = open_files.enter_context(h5py.File(path, "r"))
            members = {name: file[name] for name in file if isinstance(file.get(name), h5py.Dataset)}
            others = sorted(set(file) - set(members))
        except (OSError, RuntimeError, KeyError) as error:
            raise DataError(f"{path}: the HDF5 file is damaged or cut short: {_first_line(error)}") from error
        if not members and others:
            groups = ", ".join(map(repr, others[:8]))
            raise DataError(f"{path}: holds the groups {groups} and no arrays at its top, expected x and y")
        if _is_checkpoint(members):
            raise DataError(
                f"{path}: is a checkpoint of zoo, which holds a trained model and no data; expected a file with x and y"
                " (what it was trained on: zoo show FILE)"
            )
        found = arrays.find(members, str(path))
        sources = {
            part: _source(members[name], part, options, path)
            for part, name in found.items()
            if like is None or part.endswith("inputs")
        }
        inputs = [sources[part] for part in ("inputs", "test_inputs") if part in sources]
        targets = [
            sources[part].read(0, sources[part].shape[0]) for part in ("targets", "test_targets") if part in sources
        ]
        dataset = arrays.dataset(path, options, inputs, targets or None)
        if dataset.block is not None:
            open_files.pop_all()  # rows still come from the file, which is closed with the last of them
    return dataset


def _is_checkpoint(members: Mapping[str, Any]) -> bool:
    """Whether the arrays at the top of a file are those of a checkpoint: its manifest, as bytes, and no other."""
    return set(members) == {"manifest"} and members["manifest"].dtype == np.uint8 and members["manifest"].ndim == 1


def _source(member: Any, part: str, options: DataOptions, path: Path) -> Source:
    """One array, in memory unless it is large; targets always."""
    name = member.name.lstrip("/")
    if member.dtype.kind == "O" and part.endswith("targets"):
        return InMemory(np.asarray(member.asstr()[...]).astype(str))
    if not (member.dtype.kind == "S" and part.endswith("targets")):
        arrays.check_numbers(member.dtype, repr(name), str(path))
    if not member.shape:
        raise DataError(f"{path}: {name!r} is a single value, expected (rows, …)")
    rows = Hdf5Rows(member, path)
    targets = part.endswith("targets")
    limit = max(options.in_memory, LEAST_FOR_TARGETS) if targets else options.in_memory
    if member.size * member.dtype.itemsize <= limit * 2**20:
        return InMemory(rows.read(0, rows.shape[0]))
    if targets:
        raise DataError(
            f"{path}: {name!r} takes more than {limit} megabytes, and targets do not stream; raise --in-memory"
        )
    return rows


def _first_line(error: BaseException) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]


READER = Reader(
    "HDF5",
    "HDF5 (arrays x and y, and x_test and y_test)",
    ("task", "missing", "in_memory"),
    lambda path, head: head.startswith(b"\x89HDF\r\n\x1a\n") or path.suffix.lower() in (".h5", ".hdf5"),
    open_hdf5,
)
