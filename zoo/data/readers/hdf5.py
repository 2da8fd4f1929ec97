"""HDF5: arrays under the usual names; large inputs stay in the file and are read in blocks.

A file opens itself alone: external storage, links out, virtual datasets and filters that would load a library are
refused, and a child process parses it, unless it is trusted.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from zoo.data.dataset import Dataset, InMemory, Source
from zoo.data.options import DataOptions
from zoo.data.readers import arrays
from zoo.data.readers.blocks import block_of
from zoo.data.readers.npy import taken
from zoo.data.readers.reader import BINARY, READERS, Reader
from zoo.errors import DataError
from zoo.platform.trust import is_trusted, most_unpacked, refuse_many_rows, trusting
from zoo.types import Array

if TYPE_CHECKING:
    from zoo.data.preprocessing.tabular import Preprocessing
    from zoo.hdf5.guarded import GuardedFile
    from zoo.hdf5.trusted import TrustedFile


SIGNATURE = b"\x89HDF\r\n\x1a\n"
PARSER = 64 * 2**20  # bytes that the process takes which unpacks them
LEAST_FOR_TARGETS = 64  # megabytes that targets may take whatever the limit: they are always in memory


class Member(Protocol):
    """An array at the top of a file, guarded or trusted."""

    @property
    def file(self) -> GuardedFile | TrustedFile: ...
    @property
    def name(self) -> str: ...
    @property
    def shape(self) -> tuple[int, ...]: ...
    @property
    def dtype(self) -> np.dtype[Any]: ...
    @property
    def chunk(self) -> int: ...
    @property
    def is_text(self) -> bool: ...
    @property
    def is_compressed(self) -> bool: ...
    @property
    def nbytes(self) -> int: ...

    def check(self) -> None: ...
    def read_into(self, rows: Array, start: int, stop: int) -> None: ...
    def texts(self) -> Array: ...


class Hdf5Rows:
    """Rows of an HDF5 dataset; the file stays open as long as they are used."""

    def __init__(self, member: Member) -> None:
        self.shape: tuple[int, ...] = member.shape
        self.dtype: np.dtype[Any] = member.dtype
        row = int(np.prod(self.shape[1:], dtype=np.int64)) * self.dtype.itemsize
        self.block: int | None = block_of(row, member.chunk)
        self._member = member
        self._lock = threading.Lock()

    def __reduce__(self) -> tuple[Any, ...]:
        """A copy opens the file anew, as much trusted as this one."""
        from zoo.hdf5.trusted import TrustedFile

        file = self._member.file
        return _opened_again, (file.path, self._member.name, isinstance(file, TrustedFile))

    def read(self, start: int, stop: int) -> Array:
        rows: Array = np.empty((stop - start, *self.shape[1:]), self.dtype)
        with self._lock:
            self._member.read_into(rows, start, stop)
        return rows

    def take(self, numbers: Array) -> Array:
        return taken(self, numbers)


def _opened_again(path: Path, name: str, trusted: bool) -> Hdf5Rows:
    """The rows of an array in a file; `DataError` where it is no longer there."""
    with trusting(trusted):
        file = _opened(path)
    members, _ = file.arrays()
    if name not in members:
        raise DataError(f"{path}: the array {name!r} is no longer there; open the data again")
    file.idle()
    return Hdf5Rows(members[name])


def open_hdf5(path: Path, options: DataOptions, like: Preprocessing | None) -> Dataset:
    """The datasets x and y (or inputs, targets; data, labels; …) at the top of the file, and x_test and y_test."""
    file = _opened(path)
    blockwise = False
    try:
        members, others = file.arrays()
        if not members and others:
            groups = ", ".join(map(repr, others[:8]))
            raise DataError(f"{path}: holds the groups {groups} and no arrays at its top, expected x and y")
        if _is_checkpoint(members):
            raise DataError(
                f"{path}: is a checkpoint of zoo, which holds a trained model and no data; expected a file with x and y"
                " (what it was trained on: zoo show FILE)"
            )
        found = arrays.find(members, str(path), options, with_targets=like is None)
        sources = {
            part: _source(members[name], part, options, path)
            for part, name in found.names.items()
            if like is None or part.endswith("inputs")
        }
        there = found.parts("inputs", sources)
        inputs = [sources[part] for part in there]
        targets = [sources[part].read(0, sources[part].shape[0]) for part in found.parts("targets", sources)]
        inputs, targets, notes = _of_matlab(inputs, targets, like)
        dataset = arrays.dataset(path, options, inputs, targets or None, parts=arrays.names_of(there))
        if like is None:
            dataset = dataset.replace(notes=(*found.notes, *notes, *dataset.notes))
        blockwise = dataset.block is not None
        return dataset
    finally:
        if blockwise:
            file.idle()  # rows still come from the file, which is closed with the last of them
        else:
            file.close()


def _of_matlab(
    inputs: list[Source], targets: list[Array], like: Preprocessing | None
) -> tuple[list[Source], list[Array], tuple[str, ...]]:
    """The arrays with samples first: MATLAB stores them the other way round, which the numbers of samples show."""
    if len(inputs) != 1 or inputs[0].block is not None or len(inputs[0].shape) < 2:
        return inputs, targets, ()
    shape = inputs[0].shape
    if like is not None:
        turned = shape[1:] != like.shape and shape[-2::-1] == like.shape
    else:
        count = len(targets) == 1 and targets[0].ndim and targets[0].size
        turned = bool(count) and shape[0] != count == shape[-1] and targets[0].shape in ((count,), (1, count))
    if not turned:
        return inputs, targets, ()
    note = f"inputs of shape {shape} are stored by columns, as MATLAB has them: taken for {shape[::-1]}"
    whole = InMemory(np.ascontiguousarray(inputs[0].read(0, shape[0]).T))
    return [whole], [each.reshape(-1) for each in targets], (note,)


def _opened(path: Path) -> GuardedFile | TrustedFile:
    if is_trusted():
        from zoo.hdf5.trusted import TrustedFile

        return TrustedFile(path)
    from zoo.hdf5.guarded import GuardedFile

    return GuardedFile(path)


def _is_checkpoint(members: Mapping[str, Member]) -> bool:
    """Whether the arrays at the top of a file are those of a checkpoint: its manifest, as bytes, and no other."""
    if set(members) != {"manifest"}:
        return False
    return members["manifest"].dtype == np.uint8 and len(members["manifest"].shape) == 1


def _source(member: Member, part: str, options: DataOptions, path: Path) -> Source:
    """One array, in memory unless it is large; targets always."""
    name, targets = member.name, part.endswith("targets")
    member.check()
    limit = max(options.in_memory, LEAST_FOR_TARGETS) if targets else options.in_memory
    fits = member.nbytes <= limit * 2**20
    if member.is_text and targets and fits:
        return InMemory(member.texts().astype(object))
    if not (member.dtype.kind == "S" and targets):
        arrays.check_numbers(member.dtype, repr(name), str(path))
    if not member.shape:
        raise DataError(f"{path}: {name!r} is a single value, expected (rows, …)")
    if member.is_compressed:
        refuse_many_rows(f"{path}: {name!r}", member.shape[0], path.stat().st_size)
    if member.is_compressed and not targets and options.in_memory == DataOptions().in_memory:
        # Of what is compressed so far that it may be meant to fill the memory, rows are unpacked as they are needed.
        fits &= member.nbytes <= most_unpacked(path.stat().st_size) - PARSER
    rows = Hdf5Rows(member)
    if fits:
        return InMemory(rows.read(0, rows.shape[0]))
    if targets:
        raise DataError(
            f"{path}: {name!r} takes more than {limit} megabytes, and targets are not read in blocks; raise --in-memory"
        )
    return rows


def is_hdf5(head: bytes) -> bool:
    """Whether a file begins as HDF5 does, at its start or behind a block of its user's, as MATLAB's do."""
    return any(head[start:].startswith(SIGNATURE) for start in (0, 512, 1024, 2048))


READER = READERS.add(
    Reader(
        "HDF5",
        "HDF5 (arrays x and y, and x_test and y_test)",
        ("task", "missing", "in_memory", "inputs", "targets"),
        lambda path, head: is_hdf5(head) or path.suffix.lower() in (".h5", ".hdf5"),
        open_hdf5,
        order=BINARY + 20,
    )
)
