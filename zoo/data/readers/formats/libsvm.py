"""LIBSVM's format: on each line the target, then PLACE:VALUE of the inputs that are not zero. The target comes last."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

from zoo.data.readers.formats.table_format import Row, Rows, TableFormat
from zoo.data.readers.formats.text_lines import lines_of
from zoo.errors import DataError
from zoo.platform.trust import refuse_bomb

LINE = re.compile(r"[^\s:,]+(\s+\d{1,9}:[^\s:]+)+\s*(#.*)?")
FEATURE = re.compile(r"feature (\d{1,6})")
MOST_COLUMNS = 100_000


def _recognized(path: Path, head: bytes, suffix: str) -> bool:
    lines = [line for line in head.decode("utf-8-sig", "replace").splitlines() if line.strip()]
    lines = lines[:-1] if len(head) == 4096 and len(lines) > 1 else lines
    return bool(lines) and all(LINE.fullmatch(line.strip()) for line in lines)


def _read(path: Path, trained: Sequence[str]) -> Rows:
    """Places count from 1, or from 0 where one is 0; a file for a model has the inputs of training at least."""
    low, high, rows = 1, 0, 0
    for number, line in lines_of(path):
        places = [place for place, _ in _cells(line, f"{path}: line {number}")[1]]
        low, high, rows = min([low, *places]), max([high, *places]), rows + 1
        if high > MOST_COLUMNS:
            raise DataError(f"{path}: line {number} has a value at place {high:,}, expected {MOST_COLUMNS:,} at most")
    known = [int(found[1]) for name in trained if (found := FEATURE.fullmatch(name))]
    low, high = min([low, *known]), max([high, *(place for place in known if place <= MOST_COLUMNS)])
    refuse_bomb(str(path), 8 * rows * (high - low + 1), path.stat().st_size)
    names = (*(f"feature {place}" for place in range(low, high + 1)), "target")
    return Rows(names, partial(_rows, path, low, high))


def _rows(path: Path, low: int, high: int) -> Iterator[Row]:
    for number, line in lines_of(path):
        target, values = _cells(line, f"{path}: line {number}")
        row = ["0"] * (high - low + 1)
        for place, value in values:
            row[place - low] = value
        yield [*row, target]


def _cells(line: str, where: str) -> tuple[str, list[tuple[int, str]]]:
    target, *others = line.partition("#")[0].split()
    values = []
    for each in others:
        place, _, value = each.partition(":")
        if not place.isdecimal() or len(place) > 9 or not value:
            raise DataError(f"{where} holds {each[:40]!r}, expected PLACE:VALUE, as in 3:0.5")
        values.append((int(place), value))
    return target, values


LIBSVM = TableFormat("LIBSVM", _recognized, _read)
