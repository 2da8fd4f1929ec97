"""Where the text of a table comes from: a file, a compressed one, or rows of another format written as CSV."""

from __future__ import annotations

import contextlib
import csv
import io
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, BinaryIO

from zoo.data.readers.formats import format_in
from zoo.data.readers.formats.table_format import Row, Rows
from zoo.data.readers.unpacked import contents_of, packing_of, position_in
from zoo.platform.reading import reading
from zoo.platform.system import open_regular

BATCH = 256  # rows written at once


@dataclass(frozen=True)
class TableSource:
    """The text of a table in a file; `rows` where the file is no text of cells but of another format, `name`."""

    path: Path
    name: str = ""
    rows: Rows | None = None

    @classmethod
    def of(cls, path: Path, trained: Sequence[str] = ()) -> TableSource:
        """That of a file, for a model that was trained on inputs with these names."""
        found = format_in(path)
        return cls(path) if found is None else cls(path, found.name, found.read(path, trained))

    def binary(self) -> BinaryIO:
        """The bytes of the text."""
        if self.rows is None:
            return contents_of(self.path)
        return io.BufferedReader(_Written(self.rows), 2**16)

    @contextlib.contextmanager
    def reading(self, file: BinaryIO) -> Iterator[Callable[[], None]]:
        """Gives a function that reports how far the file has been read, of what `binary` opened."""
        known = self.rows is None
        with reading(f"reading {self.path.name}", self.path.stat().st_size if known else None) as read_by_now:
            yield lambda: read_by_now(position_in(file) if known else 0)

    @property
    def length(self) -> int | None:
        """Bytes of the text, where that is known before it is read."""
        if self.rows is not None:
            return None
        with open_regular(self.path) as file:
            return None if packing_of(file.read(8)) else os.fstat(file.fileno()).st_size

    def open(self, encoding: str) -> IO[str]:
        """The text itself, its line ends as they are."""
        return io.TextIOWrapper(self.binary(), encoding=encoding, newline="")


class _Written(io.RawIOBase):
    """Rows as CSV, in UTF-8."""

    def __init__(self, rows: Rows) -> None:
        self.names, self.rows = rows.names, rows.open()
        self.rest = memoryview(_csv([self.names]))

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        view = memoryview(buffer)
        if not self.rest:
            self.rest = memoryview(_csv(_some(self.rows)))
        count = min(len(view), len(self.rest))
        view[:count], self.rest = self.rest[:count], self.rest[count:]
        return count


def _some(rows: Iterator[Row]) -> list[Row]:
    found: list[Row] = []
    for row in rows:
        found.append(row)
        if len(found) == BATCH:
            break
    return found


def _csv(rows: Sequence[Row]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue().encode("utf-8", "surrogatepass")
