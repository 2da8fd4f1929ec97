"""ARFF, Weka's format: attributes by name and type, then rows separated by commas; or {place value, …}."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

from zoo.data.readers.formats.table_format import Row, Rows, TableFormat
from zoo.data.readers.formats.text_lines import lines_of
from zoo.errors import DataError

ATTRIBUTE = re.compile(
    r"""(?ix) @attribute \s+ (?: '((?:[^'\\]|\\.)*)' | "((?:[^"\\]|\\.)*)" | (\S+) ) \s* ( \{ .* | \S+ .* )"""
)
NUMBERS = ("numeric", "real", "integer")


def _recognized(path: Path, head: bytes, suffix: str) -> bool:
    lines = head.decode("utf-8-sig", "replace").splitlines()
    first = next((line for line in lines if line.strip() and not line.lstrip().startswith("%")), "")
    return first.strip().lower().startswith("@relation")


def _read(path: Path, trained: Sequence[str]) -> Rows:
    names, types = [], []
    for number, line in lines_of(path):
        text = line.strip()
        if text.lower().startswith("@data"):
            break
        if not text.lower().startswith("@attribute"):
            continue
        found = ATTRIBUTE.match(text)
        if found is None:
            raise DataError(f"{path}: line {number} is {text[:60]!r}, expected @attribute NAME TYPE")
        names.append(next(each for each in found.groups()[:3] if each is not None))
        types.append(found[4].strip())
    else:
        raise DataError(f"{path}: has no line @data, expected rows below it")
    kinds = [each.split()[0].lower() for each in types]
    if "relational" in kinds:
        raise DataError(
            f"{path}: {names[kinds.index('relational')]!r} is relational, expected columns of single values"
        )
    texts = frozenset(n for n, kind in enumerate(kinds) if kind.startswith("{") or kind == "string")
    return Rows(tuple(names), partial(_rows, path, len(names), _firsts(types)), texts=texts)


def _firsts(types: Sequence[str]) -> list[str]:
    """What a cell is that a sparse row leaves out: 0, of a nominal attribute its first value."""
    firsts = []
    for each in types:
        values = next(csv.reader([each[1:].rstrip("} ")], quotechar="'", skipinitialspace=True), []) or ["0"]
        firsts.append(values[0].strip() if each.startswith("{") else "0")
    return firsts


def _rows(path: Path, width: int, firsts: Sequence[str]) -> Iterator[Row]:
    data = False
    for number, line in lines_of(path):
        text = line.strip()
        if not data:
            data = text.lower().startswith("@data")
            continue
        if text.startswith("%"):
            continue
        if text.startswith("{"):
            yield _sparse(text, firsts, f"{path}: line {number}")
            continue
        cells = _cells(text)
        if len(cells) == width + 1 and re.fullmatch(r"\{.*\}", cells[-1]):
            cells = cells[:-1]  # the weight of the row
        if len(cells) != width:
            raise DataError(f"{path}: line {number} has {len(cells)} cells, expected {width} as there are attributes")
        yield cells


def _cells(text: str) -> list[str]:
    quote = '"' if '"' in text and "'" not in text else "'"
    row = next(csv.reader([text], quotechar=quote, skipinitialspace=True, escapechar="\\"), [])
    return ["" if cell.strip() == "?" else cell.strip() for cell in row]


def _sparse(text: str, firsts: Sequence[str], where: str) -> Row:
    row = list(firsts)
    for part in _cells(text.strip("{} ")):
        place, _, value = part.partition(" ")
        if not place:
            continue
        if not place.isdecimal() or int(place) >= len(row) or not value.strip():
            raise DataError(f"{where} holds {part[:60]!r}, expected the place of an attribute from 0 on and its value")
        row[int(place)] = "" if value.strip() == "?" else value.strip().strip("'\"")
    return row


ARFF = TableFormat("ARFF", _recognized, _read)
