"""Parse which rows are held out: "last 1044", "first 200", "3-9, 12"."""

from __future__ import annotations

import re

import numpy as np

from zoo.errors import DataError, OptionError
from zoo.types import Array

END = re.compile(r"(first|last)\s+(\d{1,12})")
RANGE = re.compile(r"(\d{1,12})(?:\s*-\s*(\d{1,12}))?")


def rows_in(text: str, count: int, where: str) -> Array:
    """Ascending row numbers, from 0, of a list that counts them from 1; `OptionError` for another text, `DataError`
    where the data have no such row, or one is listed twice."""
    if found := END.fullmatch(text.strip()):
        size = int(found[2])
        if not 0 < size < count:
            raise DataError(f"{where}: test_rows {text!a} of {count} rows, expected from 1 to {count - 1}")
        return np.arange(size) if found[1] == "first" else np.arange(count - size, count)
    pieces = []
    for each in text.split(","):
        found = RANGE.fullmatch(each.strip())
        if found is None:
            raise OptionError(
                f"{where}: test_rows has {each.strip()[:40]!a}, expected row numbers from 1 such as '3-9, 12', or"
                " 'first 200', or 'last 200'"
            )
        low, high = int(found[1]), int(found[2] or found[1])
        if not 1 <= low <= high <= count:
            raise DataError(f"{where}: test_rows has {each.strip()!a}, expected rows from 1 to {count}")
        pieces.append(np.arange(low - 1, high))
    rows = np.concatenate(pieces)
    if len(np.unique(rows)) < len(rows):
        raise DataError(f"{where}: test_rows lists a row twice")
    return np.sort(rows)
