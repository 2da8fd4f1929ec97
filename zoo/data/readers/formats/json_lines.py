"""JSON lines: on each line an object, whose members are the cells of a row."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from zoo.data.readers.formats.cells import cell_of
from zoo.data.readers.formats.table_format import Row, Rows, TableFormat
from zoo.data.readers.formats.text_lines import lines_of
from zoo.errors import DataError

SUFFIXES = (".jsonl", ".ndjson", ".json")
MOST_COLUMNS = 100_000


def _recognized(path: Path, head: bytes, suffix: str) -> bool:
    start = head.decode("utf-8-sig", "replace").lstrip()
    if suffix in SUFFIXES:
        return start.startswith(("{", "["))
    try:
        return isinstance(json.loads(start.splitlines()[0]), dict)
    except (ValueError, IndexError, RecursionError):
        return False


def _read(path: Path, trained: Sequence[str]) -> Rows:
    names: dict[str, None] = {}
    for _, members in _objects(path):
        names |= dict.fromkeys(members)
        if len(names) > MOST_COLUMNS:
            raise DataError(f"{path}: its objects have more than {MOST_COLUMNS:,} names of members, too many columns")
    return Rows(tuple(names), partial(_rows, path, tuple(names)))


def _rows(path: Path, names: Sequence[str]) -> Iterator[Row]:
    for number, members in _objects(path):
        yield [_cell(members.get(name), f"{path}: line {number}: {name!r}") for name in names]


def _objects(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    for number, line in lines_of(path):
        try:
            found = json.loads(line)
        except (ValueError, RecursionError):
            found = None
        if not isinstance(found, dict):
            raise DataError(
                f"{path}: line {number} is {line.strip()[:40]!r}, expected a JSON object on each line (JSON lines),"
                ' such as {"age": 31, "city": "Bern"}; other JSON: save it as JSON lines or CSV'
            )
        yield number, found


def _cell(value: Any, where: str) -> str:
    if isinstance(value, (dict, list)):
        raise DataError(f"{where} is {ascii(value)[:40]}, expected a number, text, true, false or null; flatten it")
    return cell_of(value)


JSON_LINES = TableFormat("JSON lines", _recognized, _read)
