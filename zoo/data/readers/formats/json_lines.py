"""JSON lines, on each line an object whose members are the cells of a row; or one JSON array of such objects."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from zoo.data.readers.formats.cells import cell_of
from zoo.data.readers.formats.table_format import Row, Rows, TableFormat
from zoo.data.readers.formats.text_lines import lines_of
from zoo.data.readers.unpacked import contents_of, head_of
from zoo.errors import DataError

SUFFIXES = (".jsonl", ".ndjson", ".json")
MOST_COLUMNS = 100_000
LONGEST = 2**22  # characters of an object in an array
CHUNK = 2**20  # characters read at once
BEGIN, BETWEEN = re.compile(r"\s*\[?\s*"), re.compile(r"[\s,]*")  # before the first object, and before others


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
    for where, members in _objects(path):
        yield [_cell(members.get(name), f"{path}: {where}: {name!r}") for name in names]


def _objects(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """(where it stands, the members) of each object."""
    start = head_of(path).decode("utf-8-sig", "replace").lstrip()
    for where, value, text in _in_array(path) if start.startswith("[") else _in_lines(lines_of(path)):
        if not isinstance(value, dict):
            raise DataError(
                f"{path}: {where} is {text.strip()[:40]!r}, expected a JSON object on each line (JSON lines), such as"
                ' {"age": 31, "city": "Bern"}, or one array of such objects; other JSON: save it so, or as CSV'
            )
        yield where, value


def _in_lines(lines: Iterable[tuple[int, str]]) -> Iterator[tuple[str, Any, str]]:
    """(where, value, its text) of each line; None for what is no JSON."""
    for number, line in lines:
        try:
            yield f"line {number}", json.loads(line), line
        except (ValueError, RecursionError):
            yield f"line {number}", None, line


def _in_array(path: Path) -> Iterator[tuple[str, Any, str]]:
    """The same of the elements of an array, of which a few at a time are held as text."""
    decoder, text, at, count = json.JSONDecoder(), "", 0, 0
    with contents_of(path) as binary, io.TextIOWrapper(binary, encoding="utf-8-sig", errors="replace") as file:
        while chunk := file.read(CHUNK):
            text, at = text[at:] + chunk, 0
            while True:
                between = BETWEEN if count else BEGIN
                at = between.match(text, at).end()  # type: ignore[union-attr]
                if at == len(text) or text[at] == "]":
                    break
                try:
                    value, end = decoder.raw_decode(text, at)
                except (ValueError, RecursionError):
                    if len(text) - at > LONGEST or text[at] not in "{[":
                        yield f"object {count + 1}", None, text[at : at + 80]
                        return
                    break  # it goes on in the next chunk
                count += 1
                yield f"object {count}", value, text[at : at + 80]
                at = end
    if text[at:].strip() != "]":
        raise DataError(
            f"{path}: its array of objects does not end after object {count}; the file is cut short: get it anew"
        )


def _cell(value: Any, where: str) -> str:
    if isinstance(value, (dict, list)):
        raise DataError(f"{where} is {ascii(value)[:40]}, expected a number, text, true, false or null; flatten it")
    return cell_of(value)


JSON_LINES = TableFormat("JSON", _recognized, _read)
