"""An HDF5 data file of unknown origin: a child process parses it, and plain values are read at their place.

The file is opened once, here, and nothing else is: the child is given bytes, not names, and may open nothing. It is
started when something is asked of it, and ended when the file is closed or an answer takes too long.
"""

from __future__ import annotations

import os
import struct
import threading
import weakref
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from zoo.checkpoint.format.manifest import parse
from zoo.errors import CheckpointError, DataError
from zoo.hdf5.limits import MOST_CHUNK, MOST_REPORT, MOST_TEXT, QUESTION
from zoo.platform import system
from zoo.platform.guarded_process import GuardedProcess, program_of
from zoo.types import Array

SECONDS = 60.0  # for one answer
_START = program_of("zoo.hdf5.child")
_PIECE = 2**23  # bytes of rows that are asked for together


class GuardedFile:
    """A file and, while it is needed, the child that parses it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = system.open_regular(path)
        self.length = os.fstat(self._file.fileno()).st_size
        self._child: _Child | None = None
        self._lock = threading.RLock()
        weakref.finalize(self, self._file.close)

    def arrays(self) -> tuple[dict[str, GuardedArray], list[str]]:
        """The arrays at the top of the file by name, and the names of what else is there; `DataError` if damaged."""
        try:
            listed = parse(bytes(self.ask(b"L", MOST_REPORT)))
            found = {each["name"]: GuardedArray.of(self, number, each) for number, each in enumerate(listed)}
        except Refused as error:
            raise DataError(f"{self.path}: {error}") from error
        except (CheckpointError, KeyError, TypeError, ValueError) as error:
            raise DataError(f"{self.path}: the process that parses it sent nonsense; the file is damaged") from error
        arrays = {name: array for name, array in found.items() if array is not None}
        return arrays, sorted(set(found) - set(arrays))

    def ask(self, kind: bytes, most: int, *numbers: int, into: memoryview | None = None) -> memoryview:
        """The answer to one question, of at most so many bytes."""
        with self._lock:
            if self._child is None or self._child.owner != os.getpid():  # a forked process has a child of its own
                self._child = _Child(self.path)
            question = QUESTION.pack(kind, *numbers, *[0] * (3 - len(numbers)))
            try:
                with self._child.within(SECONDS):
                    return self._child.answer(question, self, most, into)
            except BaseException as error:
                if not isinstance(error, Refused):
                    self._end_child()
                raise

    def read_into(self, view: memoryview, place: int) -> None:
        """Fill a buffer with the bytes at a place of the file."""
        while view:
            if hasattr(os, "preadv"):
                got = os.preadv(self._file.fileno(), [view[: 1 << 26]], place)
            else:
                with self._lock:
                    self._file.seek(place)
                    got = self._file.readinto(view[: 1 << 26])  # type: ignore[attr-defined]
            if not got:
                raise DataError(f"{self.path}: ends at byte {place}: the file was cut short while it was read")
            view, place = view[got:], place + got

    def bytes_at(self, place: int, size: int) -> bytes:
        """As many bytes of the file."""
        data = bytearray(size)
        self.read_into(memoryview(data), place)
        return bytes(data)

    def idle(self) -> None:
        """End the child: another is started should anything be asked of it."""
        with self._lock:
            self._end_child()

    def close(self) -> None:
        self.idle()
        self._file.close()

    def _end_child(self) -> None:
        if self._child is not None:
            self._child.close()
        self._child = None


class Refused(DataError):
    """What the child says is wrong with a file; it goes on answering."""


@dataclass(frozen=True, eq=False)
class GuardedArray:
    """An array at the top of a file. One that is `refused` says so when it is asked for."""

    file: GuardedFile
    number: int
    name: str
    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    chunk: int = 1  # rows of one chunk
    offset: int = -1  # where values lie in the file, if they can be read without libhdf5
    stored: int = 0  # bytes they take in the file
    is_text: bool = False
    refused: str = ""  # why it cannot be read
    advice: str = ""

    @classmethod
    def of(cls, file: GuardedFile, number: int, about: dict[str, Any]) -> GuardedArray | None:
        """The array a child's report tells of, doubted like all else it says; None for a group."""
        kind, name = about["kind"], about["name"]
        if kind == "group":
            return None
        if kind in ("refused", "other"):
            advice = "; with --trusted it is read all the same" if kind == "refused" else ""
            return cls(file, number, name, (), np.dtype("V1"), refused=str(about["problem"]), advice=advice)
        shape = tuple(int(length) for length in about["shape"])
        dtype = np.dtype("O") if kind == "text" else np.dtype(str(about["dtype"]))
        offset, chunk, stored = (int(about[key]) for key in ("offset", "chunk", "stored"))
        size = int(np.prod(shape, dtype=object)) * dtype.itemsize
        if min((0, *shape)) < 0 or chunk < 1 or (kind == "numbers" and dtype.kind not in "buifS"):
            raise ValueError
        if offset >= 0 and offset + size > file.length:
            raise ValueError
        return cls(file, number, name, shape, dtype, chunk, offset, stored, kind == "text")

    @property
    def is_compressed(self) -> bool:
        """Whether it takes far fewer bytes in the file than in memory."""
        return self.nbytes > 2 * self.stored

    @property
    def nbytes(self) -> int:
        return int(np.prod(self.shape, dtype=object)) * self.dtype.itemsize

    def check(self) -> None:
        """`DataError` where the array cannot be read."""
        row = self.nbytes // max(1, self.shape[0] if self.shape else 1)
        if self.refused:
            raise DataError(f"{self.file.path}: {self.name!r} {self.refused}{self.advice}")
        if row > max(MOST_CHUNK, self.file.length):
            raise DataError(
                f"{self.file.path}: one row of {self.name!r} takes {row} bytes, expected {MOST_CHUNK} at most"
            )

    def read_into(self, rows: Array, start: int, stop: int) -> None:
        """Fill an array with the rows from `start` to before `stop`."""
        row = rows.nbytes // max(1, len(rows))
        if self.offset >= 0:
            self.file.read_into(rows.reshape(-1).view(np.uint8).data, self.offset + start * row)
            return
        step = max(1, _PIECE // max(1, row))
        if self.chunk * row <= 4 * _PIECE:  # else each piece unpacks its chunk again, and none of it is kept
            step = max(1, step // self.chunk) * self.chunk
        while start < stop:
            upto = min(stop, (start // step + 1) * step)
            part, rows = rows[: upto - start], rows[upto - start :]
            if part.nbytes:
                view = part.reshape(-1).view(np.uint8).data
                try:
                    self.file.ask(b"N", part.nbytes, self.number, start, upto, into=view)
                except Refused as error:
                    raise DataError(
                        f"{self.file.path}: rows {start + 1} to {upto} of {self.name!r} cannot be read: {error}"
                    ) from error
            start = upto

    def texts(self) -> Array:
        """An array of text, all of it."""
        try:
            data = self.file.ask(b"T", MOST_TEXT + 8, self.number)
        except Refused as error:
            raise DataError(f"{self.file.path}: {self.name!r} cannot be read as text: {error}") from error
        longest = struct.unpack("<Q", data[:8])[0]
        return np.frombuffer(data[8:], f"<U{max(1, longest)}").reshape(self.shape)


class _Child(GuardedProcess):
    """A process that parses one file."""

    def __init__(self, path: Path) -> None:
        super().__init__(_START, f"{path}: the process that parses it", "--trusted needs none", DataError)
        self._path = path
        self._greeted = False

    def answer(self, question: bytes, file: GuardedFile, most: int, into: memoryview | None) -> memoryview:
        """What the child says to a question; its own questions for bytes of the file are answered meanwhile."""
        if not self._greeted:
            self.send(struct.pack("<Q", file.length))
            self.greet()
            self._greeted = True
        self.send(question)
        while True:
            kind, first, second = self.message()
            match kind:
                case b"R" if first + second <= file.length:
                    self.send(file.bytes_at(first, second))
                case b"A" if first <= most and (into is None or first == len(into)):
                    view = into if into is not None else memoryview(bytearray(first))
                    self.receive_into(view)
                    return view
                case b"E" if first <= MOST_REPORT:
                    raise Refused(self.received(first).decode("ascii", "replace"))
                case _:
                    raise DataError(f"{self._path}: the process that parses it sent nonsense; the file is damaged")
