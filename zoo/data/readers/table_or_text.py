"""Decide whether a file is a table or a text: by its first bytes, the suffix of its name and its first lines."""

from __future__ import annotations

import codecs
import csv
import re
from collections import Counter
from pathlib import Path

from zoo.data.readers.formats import format_in, format_of
from zoo.data.readers.unpacked import HEAD, head_of, packing_of, suffix_of

TABLES = (".csv", ".tsv", ".dat", ".data")
FOREIGN = (  # how files begin that are no tables, whatever they are called
    (
        "version https://git-lfs.github.com/spec/",
        "is a pointer of Git LFS, not the data themselves; get them: git lfs pull",
    ),
    ("<!doctype html", "is a page of HTML, not a table; download the file itself"),
    ("<html", "is a page of HTML, not a table; download the file itself"),
)
NUMBER = re.compile(r"[-+]?(\d+[.,]?\d*|[.,]\d+)([eE][-+]?\d+)?|NA|NaN|nan|\?")
FEW = 3  # lines that a table with blanks between its cells has


def is_table(path: Path, head: bytes) -> bool:
    """Whether a file is a table: called so, of a format of tables, or text whose lines are rows."""
    return _kind(path, head) == "table"


def is_text(path: Path, head: bytes) -> bool:
    """Whether a file is a text to be read character by character."""
    return _kind(path, head) == "text"


def was_guessed(path: Path) -> bool:
    """Whether nothing but the lines of a file say that it is a table or a text."""
    return format_in(path) is None and suffix_of(path) not in TABLES


def _kind(path: Path, head: bytes) -> str:
    if not path.is_file():
        return ""
    suffix = path.suffix.lower()
    if format_of(path, head, suffix) is not None:
        return "table"
    if packing_of(head):
        head, suffix = head_of(path), suffix_of(path)
        if format_of(path, head, suffix) is not None:
            return "table"
        if suffix in TABLES and not _is_text(head):
            return ""
    if suffix in TABLES:
        return "table"
    if not _is_text(head):
        return "text" if suffix in (".txt", ".text") else ""
    text = _decoded(head)
    if text.lstrip().lower().startswith(tuple(begins for begins, _ in FOREIGN)):
        return "table"
    return "table" if looks_like_table(text, len(head) == HEAD) else "text"


def _decoded(head: bytes) -> str:
    if head[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        return head.decode("utf-16", "replace")
    return head.decode("utf-8-sig", "replace")


def _is_text(head: bytes) -> bool:
    """Whether bytes may be those of a text: UTF-16 with its mark, or without any of the bytes that no text has."""
    if head[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        return True
    return not any(byte < 32 and byte not in b"\t\n\f\r\x1b" for byte in head)


def looks_like_table(text: str, cut: bool = False) -> bool:
    """Whether lines are rows of cells; the last may be `cut` short.

    They are where all are numbers; where they have the same number of cells with a tab, semicolon, bar or comma between
    them, half of them numbers, or with no blank after a comma; and where they have the same number of cells with blanks
    between them, and a column of numbers.
    """
    lines = [line for line in text.splitlines() if line.strip()]
    lines = lines[:-1] if cut and len(lines) > 1 else lines
    while len(lines) > FEW and lines[0].startswith(("#", "%")):
        lines = lines[1:]
    if lines and all(re.fullmatch(r"[-+0-9.eE,;\t |]+", line) for line in lines[1:] or lines):
        return True
    for delimiter in ("\t", ";", "|", ","):
        counts = {line.count(delimiter) for line in lines}
        if len(counts) != 1 or counts == {0} or len(lines) < 2:
            continue
        cells = [cell.strip() for line in lines[1:] for cell in line.split(delimiter)]
        numbers = sum(NUMBER.fullmatch(cell) is not None for cell in cells)
        if 2 * numbers >= len(cells) or not any(delimiter + " " in line for line in lines):
            return True  # after a comma in prose comes a blank
    return _blanks_between(lines)


def _blanks_between(lines: list[str]) -> bool:
    if len(lines) < FEW:
        return False
    rows = [
        next(csv.reader([line.strip()], delimiter=" ", skipinitialspace=True), []) if '"' in line else line.split()
        for line in lines
    ]
    below = rows[1:]
    width = len(below[0])
    if width < 2 or {len(row) for row in below} != {width} or len(rows[0]) not in (width, width - 1):
        return False
    counts = Counter(place for row in below for place, cell in enumerate(row) if NUMBER.fullmatch(cell))
    return max(counts.values(), default=0) == len(below)
