"""Parse all rows of a CSV file to numbers; `DataError` names row, line and column of the first bad cell."""

from __future__ import annotations

import io
import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import IO

import numpy as np

from zoo.data.column_kinds import is_number
from zoo.data.compact import Cells, CompactBuilder
from zoo.data.dataset import Column
from zoo.data.labels import merged
from zoo.data.missing_values import MissingValues
from zoo.data.named_columns import NamedColumns
from zoo.data.options import DataOptions
from zoo.data.readers.csv.sniff import LONGEST_ROW, BoundedLines, Layout, complaints, is_names_again, rows_of
from zoo.data.spelling import PLAINLY, Spelling
from zoo.data.targets import label_order
from zoo.data.written import Written, WrittenCells
from zoo.errors import DataError
from zoo.platform.trust import is_trusted, most_unpacked
from zoo.types import Array

CHUNK = 4096  # rows turned into numbers at once
MOST_WRITTEN = 1000  # spellings of numbers that are classes
CHUNK_CELLS = 1_000_000  # cells of these rows, when the table is wide
CHUNK_CHARACTERS = 2**22  # of these rows, when the cells are long
FEW = 16  # rows between two looks at how long they are
TEXT = 400  # bytes that a text takes which stands in a column for the first time


@dataclass(frozen=True)
class Table:
    """Some columns of a file: cells (rows, columns) in float64, in text columns numbers of categories, missing: NaN."""

    columns: tuple[Column, ...]
    cells: Cells
    repeats: int = 0  # rows that held the names of the columns again, and were left out
    written: Mapping[int, Written] = field(default_factory=dict)  # by place: columns asked for as they are written
    typed: Mapping[int, Array] = field(
        default_factory=dict
    )  # by number: columns in their own type, where they have one


def read(
    layout: Layout,
    places: list[int],
    text: list[bool],
    options: DataOptions,
    fillable: list[int],
    todo: str = "",
    written: Sequence[int] = (),
) -> Table:
    """The columns at these places, each of text or of numbers; NaN where a cell of a `fillable` one is missing.

    `DataError` naming row and line where the rows are ragged, a number is expected, or a cell is missing; `todo` says
    what can be done about that where it is not what can be in a table of samples. The columns at the places `written`
    are kept as they stand in the file, whatever their cells hold.
    """
    names = [layout.names[place] for place in places]
    spellings = [PLAINLY if text[number] else layout.spelling(place) for number, place in enumerate(places)]
    if not written and not any(text) and all(spelling == PLAINLY for spelling in spellings):
        cells = _all_numbers(layout, places, options)
        if cells is not None:
            return Table(tuple(_column(layout, place) for place in places), cells)
    limit = _TextLimit(layout)
    known = [_Categories(layout.marks, limit, name) for name in names]
    may_miss = set(fillable)
    beside = {place: WrittenCells() for place in written}
    builder = CompactBuilder(len(places))
    repeats = [0]
    with layout.open() as file, complaints(layout.source, layout.encoding):
        for first, rows, lines in _chunks(layout, file, repeats):
            part = np.empty((len(rows), len(places)))
            columns = list(zip(*rows, strict=True))
            for number, place in enumerate(places):
                if text[number]:
                    part[:, number] = list(map(known[number].__getitem__, columns[place]))
                else:
                    spelling = spellings[number]
                    part[:, number] = numbers_in(columns[place], layout, names[number], first - 1, lines, spelling)
                if options.missing == "error" or place not in may_miss:
                    advice = todo or layout.without_missing(place in may_miss)
                    _refuse_missing(part[:, number], columns[place], layout, names[number], first, lines, advice)
            builder.add(part)
            for place, kept in beside.items():
                kept.add(columns[place])
    columns_found, ranks = [], {}
    for number, name in enumerate(names):
        if not text[number]:
            plain = spellings[number] == PLAINLY
            spelled = Column(name, spelling=str(spellings[number]))
            columns_found.append(_column(layout, places[number]) if plain else spelled)
            continue
        order, ranks[number] = ranked(tuple(known[number].numbers))
        if not order:
            raise DataError(
                f"{layout.where}: column {name!r} holds nothing but missing cells; leave it out with --ignore"
            )
        columns_found.append(Column(name, order))

    def rank_categories(block: Array) -> None:
        for number, rank in ranks.items():
            cells = block[:, number]
            block[:, number] = rank[np.where(np.isnan(cells), len(rank) - 1, cells).astype(np.int64)]

    found_cells = builder.finish(rank_categories if ranks else None)
    as_written = {place: kept.written() for place, kept in beside.items()}
    return Table(tuple(columns_found), found_cells, repeats[0], as_written)


def ranked(found: tuple[str, ...]) -> tuple[tuple[str, ...], Array]:
    """(the categories in their order, for each text found the number of its category, and NaN behind these)."""
    same = merged(found)
    order = sorted((found[place] for place in dict.fromkeys(same)), key=label_order(found))
    place_of = {category: place for place, category in enumerate(order)}
    return tuple(order), np.array([*(place_of[found[first]] for first in same), np.nan])


class _TextLimit:
    """Counts the different texts in the columns of a file; `DataError` where they are too many to hold."""

    def __init__(self, layout: Layout) -> None:
        self.layout, self.count = layout, 0
        self.most = most_unpacked(layout.path.stat().st_size) // TEXT if not is_trusted() else None

    def one_more(self, name: str) -> None:
        self.count += 1
        if self.most is not None and self.count > self.most:
            advice = "" if self.layout.learned else ", or leave it out with --ignore"
            raise DataError(
                f"{self.layout.where}: text column {name!r} brings the different texts of this file to more than"
                f" {self.most:,}, too many to encode; group them{advice}; a time series is read with --window; or, if"
                " the file can be trusted: trusted=True, or --trusted"
            )


class _Categories(dict[str, float]):
    """The number of the category in a cell, in the order of first meeting them; NaN where it is missing."""

    def __init__(self, marks: MissingValues, limit: _TextLimit, name: str) -> None:
        self.marks, self.limit, self.name = marks, limit, name
        self.numbers: dict[str, int] = {}

    def __missing__(self, cell: str) -> float:
        self.limit.one_more(self.name)
        missing = self.marks.is_missing(cell, text=True)
        number = np.nan if missing else float(self.numbers.setdefault(cell.strip(), len(self.numbers)))
        self[cell] = number
        return number


def rows_as_text(layout: Layout) -> Iterator[list[str]]:
    """The cells of every row as they stand in the file; rows are counted as everywhere, `DataError` for a ragged
    one."""
    with layout.open() as file, complaints(layout.source, layout.encoding):
        for _, rows, _ in _chunks(layout, file, [0]):
            yield from rows


def _column(layout: Layout, place: int) -> Column:
    """A column of numbers."""
    return Column(layout.names[place], written=partial(_written, layout, place))


def _written(layout: Layout, place: int) -> tuple[str, ...] | None:
    """The different cells of a column that are not missing, as they are written; None where they are very many."""
    found: dict[str, None] = {}
    with layout.open() as file, complaints(layout.source, layout.encoding):
        for _, rows, _ in _chunks(layout, file, [0]):
            cells = (row[place] for row in rows)
            found |= dict.fromkeys(cell.strip() for cell in cells if not layout.marks.is_missing(cell, text=False))
            if len(found) > MOST_WRITTEN:
                return None
    return tuple(found)


def _all_numbers(layout: Layout, places: list[int], options: DataOptions) -> Cells | None:
    """All rows through NumPy's own reader, twice as fast; None where anything is amiss, for the other to say what."""
    builder = CompactBuilder(len(places))
    first = places[0]
    adjacent = places == list(range(first, first + len(places)))
    try:
        with layout.open() as file:
            for _ in range(layout.header_lines):
                file.readline(LONGEST_ROW)
            while text := file.read(CHUNK_CHARACTERS):
                rest = file.readline(LONGEST_ROW)
                if len(rest) == LONGEST_ROW:
                    return None
                cells = _plain_numbers(text + rest, layout)
                if cells is None:
                    return None
                builder.add(np.array(cells[:, first : first + len(places)] if adjacent else cells[:, places]))
    except (ValueError, UnicodeError):
        return None
    return builder.finish() if builder.rows else None


def _plain_numbers(text: str, layout: Layout) -> Array | None:
    """The cells of some lines, all columns; None where not all are plain numbers, or a quoted cell may go on."""
    if text.isspace():
        return np.empty((0, len(layout.names)))
    if '"' in text and any(line.count('"') % 2 for line in text.split("\n")):
        return None
    cells = np.loadtxt(
        io.StringIO(text, newline=""),
        delimiter=None if layout.delimiter == " " else layout.delimiter,
        comments=None,
        quotechar='"',
        ndmin=2,
    )
    if cells.shape[1] != len(layout.names) or not np.isfinite(cells).all():
        return None
    if any((cells == mark).any() for mark in layout.marks.numbers):
        return None
    return cells


def _chunks(layout: Layout, file: IO[str], repeats: list[int]) -> Iterator[tuple[int, list[list[str]], list[int]]]:
    """Rows some at a time, with the number of the first and the line of each; `DataError` for a ragged row.

    Rows that hold the names of the columns again are left out, and counted in `repeats`.
    """
    lines = BoundedLines(file, layout.where)
    rows = rows_of(lines, layout.delimiter, layout.skipped)
    if layout.header_lines > layout.skipped:
        next(rows)
    width, first, again = len(layout.names), 1, layout.original if layout.named else ()
    while chunk := _some(rows, max(FEW, min(CHUNK, CHUNK_CELLS // width)), lines):
        if again:
            whole = [each for each in chunk if each[0][0] != again[0] or not is_names_again(each[0], again)]
            repeats[0] += len(chunk) - len(whole)
            chunk = whole
        for number, (row, line) in enumerate(chunk, first):
            if len(row) != width:
                raise DataError(
                    f"{layout.where}: row {number} (line {line}) has {len(row)} cells, expected {width} as in line 1;"
                    " fix it, or see --delimiter"
                )
        yield first, [row for row, _ in chunk], [line for _, line in chunk]
        first += len(chunk)


def _some(rows: Iterator[tuple[list[str], int]], most: int, lines: BoundedLines) -> list[tuple[list[str], int]]:
    """The next rows, fewer where they are long."""
    found: list[tuple[list[str], int]] = []
    until = lines.characters + CHUNK_CHARACTERS
    while len(found) < most and lines.characters < until:
        some = list(itertools.islice(rows, min(FEW, most - len(found))))
        found += some
        if len(some) < FEW:
            break
    return found


def numbers_in(
    cells: Sequence[str], layout: NamedColumns, name: str, first: int, lines: Sequence[int] | None, spelling: Spelling
) -> Array:
    """Cells of a column of numbers, from the row `first` on, counted from 0; NaN where one is missing."""
    plain = spelling == PLAINLY
    if plain:
        try:
            values = np.array(list(map(float, cells)))
            if "_" not in "".join(cells) and not np.isinf(values).any():
                for mark in layout.marks.numbers:
                    values[values == mark] = np.nan
                return values
        except ValueError:
            pass
    values = np.empty(len(cells))
    for number, cell in enumerate(cells):
        if layout.marks.is_missing(cell, text=False):
            values[number] = np.nan
            continue
        try:
            values[number] = float(cell) if plain and is_number(cell) else spelling.value(cell)
        except ValueError:
            values[number] = np.inf
        if values[number] in layout.marks.numbers:
            values[number] = np.nan
            continue
        if not np.isfinite(values[number]):
            at = layout.place(first + number, None if lines is None else lines[number])
            raise DataError(layout.no_number(name, at, cell, spelling))
    return values


def _refuse_missing(
    values: Array, cells: Sequence[str], layout: Layout, name: str, first: int, lines: list[int], todo: str
) -> None:
    missing = np.isnan(values)
    if not missing.any():
        return
    at = int(np.argmax(missing))
    raise DataError(layout.missing_cell(name, layout.place(first + at - 1, lines[at]), cells[at], todo))
