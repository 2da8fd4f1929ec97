"""Tables in other formats than separated text: each is read as rows of cells, the names of the columns first."""

from __future__ import annotations

from pathlib import Path

from zoo.data.readers.formats import arff, columnar, excel, json_lines, libsvm
from zoo.data.readers.formats.table_format import TableFormat
from zoo.data.readers.unpacked import HEAD, head_of, packing_of, suffix_of

FORMATS = (columnar.PARQUET, columnar.FEATHER, excel.XLSX, arff.ARFF, json_lines.JSON_LINES, libsvm.LIBSVM)


def format_in(path: Path) -> TableFormat | None:
    """The format of the table in a file, compressed or not; None for separated text."""
    with path.open("rb") as file:
        head = file.read(HEAD)
    found = format_of(path, head, path.suffix.lower())
    if found is None and packing_of(head):
        found = format_of(path, head_of(path), suffix_of(path))
    return found


def format_of(path: Path, head: bytes, suffix: str) -> TableFormat | None:
    """The format of a table that begins with these bytes, unpacked, and is called so; None for separated text."""
    return next((each for each in FORMATS if each.recognizes(path, head, suffix)), None)
