"""Cut the bytes of a table into cells, some megabytes at a time.

This is for the tables that nearly all are; `Unclear` leaves what could be read otherwise to the csv module.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from zoo.data.readers.csv.decimals import PADDING, Cells, last_bytes
from zoo.data.readers.csv.sniff import LONGEST_ROW, Layout, is_names_again
from zoo.types import Array

BLOCK = 2**20  # bytes that are cut at once
LINE, BLANK, QUOTE = b'\n "'
BEFORE = b"\n" * PADDING


class Unclear(Exception):
    """The csv module has to say what stands there, or what is wrong with it."""


@dataclass(frozen=True, eq=False)
class CutRows:
    """Some rows: all `cells`, row by row."""

    cells: Cells
    width: int

    def __len__(self) -> int:
        return len(self.cells) // self.width

    def column(self, place: int) -> Cells:
        return self.columns([place])

    def columns(self, places: list[int]) -> Cells:
        """The cells at these places, row by row."""
        if places == list(range(self.width)):
            return self.cells
        first, count = places[0], len(places)
        adjacent = places == list(range(first, first + count))
        which = slice(first, first + count) if adjacent else np.array(places)
        cells = self.cells
        start, stop, end = (
            each.reshape(-1, self.width)[:, which].reshape(-1) for each in (cells.start, cells.stop, cells.end)
        )
        return Cells(cells.text, start, stop, cells.marks, end)


def texts_of(cells: Cells, which: Array) -> list[str]:
    """Cells as text."""
    whole = cells.text.data
    places = zip(cells.start[which].tolist(), cells.stop[which].tolist(), strict=True)
    return [str(whole[start:stop], "utf-8", "surrogatepass") for start, stop in places]


def blocks_of_lines(layout: Layout) -> Iterator[bytes]:
    """The rows of a table in UTF-8, whole lines some at a time; no block ends in the middle of a quoted cell."""
    decoder = codecs.getincrementaldecoder(layout.encoding)()
    rest, skip, final = b"", layout.header_lines, False
    with layout.source.binary() as file, layout.source.reading(file) as report:
        while not final:
            data = file.read(BLOCK)
            report()
            final = not data
            block = rest + decoder.decode(data, final).encode("utf-8", "surrogatepass")
            begin = 0
            while skip and (at := block.find(b"\n", begin)) >= 0:
                begin, skip = at + 1, skip - 1
            if b"\0" in block or b"\r" in block[:begin].replace(b"\r\n", b""):
                raise Unclear
            block = block[begin:]
            if final and block and not block.endswith(b"\n"):
                block += b"\n"
            stop = 0 if skip else _end_of_rows(block)
            if len(block) - stop > LONGEST_ROW or (final and (skip or stop < len(block))):
                raise Unclear
            if stop:
                yield block[:stop]
            rest = block[stop:]


def _end_of_rows(block: bytes) -> int:
    """Where the last whole row ends."""
    stop = block.rfind(b"\n") + 1
    if b'"' in block and block.count(b'"', 0, stop) % 2:
        stop = block.rfind(b"\n", 0, block.rfind(b'"', 0, stop)) + 1
        if block.count(b'"', 0, stop) % 2:
            raise Unclear
    return stop


def cut(block: bytes, layout: Layout) -> CutRows | None:
    """The cells of whole lines; None where the csv module has to cut them: lines that are blank, have other numbers of
    cells or hold the names of the columns again, cells with delimiters, quotes or ends of lines in them."""
    delimiter, width = ord(layout.delimiter), len(layout.names)
    if b"\r" in block:
        block = block.replace(b"\r\n", b"\n")
        if b"\r" in block:
            raise Unclear  # which ends lines, too
    if b'"' in block:
        found = _without_quotes(block, delimiter)
        if found is None:
            return None
        block = found
    text = np.frombuffer(BEFORE + block, np.uint8)
    special = text < ord("0")
    if delimiter >= ord("0"):
        special |= text == delimiter
    marks = np.flatnonzero(special)
    kinds = text.take(marks)
    line = kinds == LINE
    ends = np.flatnonzero(line | (kinds == delimiter))[PADDING:]
    if not len(ends) or len(ends) % width or not _ends_in_lines(line.take(ends).reshape(-1, width)):
        return None
    stop = marks.take(ends)
    start = np.empty_like(stop)
    start[0] = PADDING
    np.add(stop[:-1], 1, out=start[1:])
    if (kinds == BLANK).any():  # a blank before a cell is none of it
        start += (text.take(start) == BLANK) & (start < stop)
    rows = CutRows(Cells(text, start, stop, marks, ends), width)
    if width == 1 and (text.take(start) <= BLANK).any():
        return None  # a blank line is no row
    if int(np.diff(stop[width - 1 :: width], prepend=PADDING).max()) >= LONGEST_ROW:
        raise Unclear
    return None if layout.named and _names_again(rows, layout) else rows


def _ends_in_lines(line: Array) -> bool:
    """Whether of the cells (rows, columns) the last of each row, and no other, ends a line."""
    return bool(line[:, -1].all()) and int(np.count_nonzero(line)) == len(line)


def _without_quotes(block: bytes, delimiter: int) -> bytes | None:
    """The block with its cells out of quotes; None where quotes are for something."""
    text = np.frombuffer(b"\n" + block, np.uint8)
    quotes = np.flatnonzero(text == QUOTE)
    opens, closes = quotes[::2], quotes[1::2]
    if len(opens) != len(closes):
        return None
    ends = (text == delimiter) | (text == LINE)
    if not (ends.take(opens - 1).all() and ends.take(closes + 1, mode="clip").all()):
        return None
    inside = np.zeros(len(text) + 1, np.int8)
    inside[opens], inside[closes] = 1, -1
    if (ends & (np.cumsum(inside[:-1], dtype=np.int8) > 0)).any():
        return None
    return bytes(text[text != QUOTE][1:].data)


def _names_again(rows: CutRows, layout: Layout) -> bool:
    """Whether a row holds the names of the columns once more."""
    name = layout.original[0].encode("utf-8", "surrogatepass")
    first, count = rows.column(0), min(8, len(name))
    if not count:
        return False
    lengths = np.minimum(first.stop - first.start, count)
    word = int.from_bytes(name[-count:].rjust(8, b"\0"), "little")
    alike = (last_bytes(first.text, first.stop, lengths) == np.uint64(word)) | (
        first.text.take(first.stop - 1) == BLANK
    )
    every = np.arange(rows.width)
    return any(
        is_names_again(texts_of(rows.cells, row * rows.width + every), layout.original)
        for row in np.flatnonzero(alike).tolist()
    )
