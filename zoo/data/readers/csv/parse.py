"""Parse all rows of a CSV file to numbers; `DataError` names row, line and column of the first bad cell."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import IO

import numpy as np

from zoo.data.column_kinds import is_number
from zoo.data.dataset import Column
from zoo.data.labels import merged
from zoo.data.missing_values import MissingValues
from zoo.data.options import DataOptions
from zoo.data.readers.csv.sniff import Layout, complaints, is_names_again, rows_of
from zoo.data.spelling import PLAINLY, Spelling, spelling_of
from zoo.data.targets import label_order
from zoo.data.written import Written
from zoo.errors import DataError
from zoo.types import Array

CHUNK = 4096  # rows turned into numbers at once
MOST_WRITTEN = 1000  # spellings of numbers that are classes
CHUNK_CELLS = 1_000_000  # cells of these rows, when the table is wide


@dataclass(frozen=True)
class Table:
    """Some columns of a file: cells (rows, columns) in float64, in text columns numbers of categories, missing: NaN."""

    columns: tuple[Column, ...]
    cells: Array
    repeats: int = 0  # rows that held the names of the columns again, and were left out
    written: Mapping[int, Written] = field(default_factory=dict)  # by place: columns asked for as they are written


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
    known = [_Categories(layout.marks) for _ in places]
    may_miss = set(fillable)
    beside: dict[int, dict[str, int]] = {place: {} for place in written}
    chunks: list[Array] = []
    codes: dict[int, list[Array]] = {place: [] for place in written}
    repeats = [0]
    with layout.path.open(encoding=layout.encoding, newline="") as file, complaints(layout.path, layout.encoding):
        for first, rows, lines in _chunks(layout, file, repeats):
            part = np.empty((len(rows), len(places)))
            columns = list(zip(*rows, strict=True))
            for number, place in enumerate(places):
                if text[number]:
                    part[:, number] = list(map(known[number].__getitem__, columns[place]))
                else:
                    spelling = spellings[number]
                    part[:, number] = _numbers(columns[place], layout, names[number], first, lines, spelling)
                if options.missing == "error" or place not in may_miss:
                    advice = todo or _advice(layout, place in may_miss)
                    _refuse_missing(part[:, number], columns[place], layout, names[number], first, lines, advice)
            chunks.append(part)
            for place, numbers in beside.items():
                codes[place].append(np.array([numbers.setdefault(each, len(numbers)) for each in columns[place]]))
    cells = np.concatenate(chunks)
    columns_found = []
    for number, name in enumerate(names):
        if not text[number]:
            plain = spellings[number] == PLAINLY
            spelled = Column(name, spelling=str(spellings[number]))
            columns_found.append(_column(layout, places[number]) if plain else spelled)
            continue
        found = tuple(known[number].numbers)
        same = merged(found)
        order = sorted((found[place] for place in dict.fromkeys(same)), key=label_order(found))
        if not order:
            raise DataError(
                f"{layout.where}: column {name!r} holds nothing but missing cells; leave it out with --ignore"
            )
        place_of = {category: place for place, category in enumerate(order)}
        rank = np.array([*(place_of[found[first]] for first in same), np.nan])
        cells[:, number] = rank[np.where(np.isnan(cells[:, number]), len(found), cells[:, number]).astype(np.int64)]
        columns_found.append(Column(name, tuple(order)))
    as_written = {place: Written.of(list(beside[place]), np.concatenate(codes[place])) for place in beside}
    return Table(tuple(columns_found), cells, repeats[0], as_written)


class _Categories(dict[str, float]):
    """The number of the category in a cell, in the order of first meeting them; NaN where it is missing."""

    def __init__(self, marks: MissingValues) -> None:
        self.marks = marks
        self.numbers: dict[str, int] = {}

    def __missing__(self, cell: str) -> float:
        missing = self.marks.is_missing(cell, text=True)
        number = np.nan if missing else float(self.numbers.setdefault(cell.strip(), len(self.numbers)))
        self[cell] = number
        return number


def rows_as_text(layout: Layout) -> Iterator[list[str]]:
    """The cells of every row as they stand in the file; rows are counted as everywhere, `DataError` for a ragged
    one."""
    with layout.path.open(encoding=layout.encoding, newline="") as file, complaints(layout.path, layout.encoding):
        for _, rows, _ in _chunks(layout, file, [0]):
            yield from rows


def _column(layout: Layout, place: int) -> Column:
    """A column of numbers."""
    return Column(layout.names[place], written=partial(_written, layout, place))


def _written(layout: Layout, place: int) -> tuple[str, ...] | None:
    """The different cells of a column that are not missing, as they are written; None where they are very many."""
    found: dict[str, None] = {}
    with layout.path.open(encoding=layout.encoding, newline="") as file, complaints(layout.path, layout.encoding):
        for _, rows, _ in _chunks(layout, file, [0]):
            cells = (row[place] for row in rows)
            found |= dict.fromkeys(cell.strip() for cell in cells if not layout.marks.is_missing(cell, text=False))
            if len(found) > MOST_WRITTEN:
                return None
    return tuple(found)


def _all_numbers(layout: Layout, places: list[int], options: DataOptions) -> Array | None:
    """All rows through NumPy's own reader, twice as fast; None where anything is amiss, for the other to say what."""
    try:
        with layout.path.open(encoding=layout.encoding, newline="") as file:
            cells = np.loadtxt(
                file,
                delimiter=None if layout.delimiter == " " else layout.delimiter,
                skiprows=layout.header_lines,
                comments=None,
                quotechar='"',
                ndmin=2,
            )
    except (ValueError, UnicodeError):
        return None
    if cells.shape[1] != len(layout.names) or not np.isfinite(cells).all():
        return None
    if any((cells == mark).any() for mark in layout.marks.numbers):
        return None
    first = places[0]
    if places == list(range(first, first + len(places))):
        return cells[:, first : first + len(places)]
    return cells[:, places]


def _chunks(layout: Layout, file: IO[str], repeats: list[int]) -> Iterator[tuple[int, list[list[str]], list[int]]]:
    """Rows some at a time, with the number of the first and the line of each; `DataError` for a ragged row.

    Rows that hold the names of the columns again are left out, and counted in `repeats`.
    """
    rows = rows_of(file, layout.delimiter, layout.skipped)
    if layout.header_lines > layout.skipped:
        next(rows)
    width, first, again = len(layout.names), 1, layout.original if layout.named else ()
    while chunk := list(itertools.islice(rows, max(16, min(CHUNK, CHUNK_CELLS // width)))):
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


def _numbers(
    cells: Sequence[str], layout: Layout, name: str, first: int, lines: list[int], spelling: Spelling
) -> Array:
    """Cells of a column of numbers; NaN where one is missing."""
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
            known = layout.learned
            what = "a number" if plain else "a date" if spelling.date else "a number"
            written = (
                ""
                if plain
                else f" written with {spelling.description}"
                if not spelling.date
                else f" like {spelling.date}"
            )
            expected = f"{what}{written}"
            otherwise = ""
            if not spelling.date and spelling_of([cell]) is not None:
                otherwise = ", or, where this file writes its numbers otherwise, say how: --decimal, --thousands"
            advice = (
                f"{expected} as in training; fix it{otherwise}"
                if known
                else f"{expected}; fix it, leave the column out with --ignore, name a mark of missing values with"
                " --missing-values, or, if it holds text, name it with --categorical"
            )
            raise DataError(
                f"{layout.where}: column {name!r}, row {first + number} (line {lines[number]}): got {cell.strip()!r},"
                f" expected {advice}"
            )
    return values


def _advice(layout: Layout, fillable: bool) -> str:
    """What can be done about a missing cell of an input (`fillable`) or of a target."""
    if fillable:
        ignore = "" if layout.learned else "leave the column out with --ignore, "
        return f"remove the row, {ignore}or fill it with --missing mean"
    return "remove the row" if layout.learned else "a row without its target cannot be learned from: remove it"


def _refuse_missing(
    values: Array, cells: Sequence[str], layout: Layout, name: str, first: int, lines: list[int], todo: str
) -> None:
    missing = np.isnan(values)
    if not missing.any():
        return
    at = int(np.argmax(missing))
    got = f"{cells[at].strip()!r}" if cells[at].strip() else "nothing"
    if cells[at].strip() and layout.missing.named:
        got += " (missing, by --missing-values)"
    elif cells[at].strip() and not layout.learned:
        todo += f"; or, if {got} is a value of its own, say so with --missing-values ''"
    raise DataError(
        f"{layout.where}: column {name!r}, row {first + at} (line {lines[at]}): got {got}, expected a value; {todo}"
    )
