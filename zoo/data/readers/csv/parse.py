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
from zoo.data.compact import Cells as TableCells
from zoo.data.compact import CompactBuilder
from zoo.data.dataset import Column
from zoo.data.labels import merged
from zoo.data.missing_values import MissingValues
from zoo.data.options import DataOptions
from zoo.data.readers.csv.cut import Unclear, blocks_of_lines, cut
from zoo.data.readers.csv.decimals import Cells, decimals
from zoo.data.readers.csv.distinct import Distinct
from zoo.data.readers.csv.sniff import BoundedLines, Layout, complaints, is_names_again, rows_of
from zoo.data.spelling import PLAINLY, Spelling, spelling_of
from zoo.data.targets import label_order
from zoo.data.written import Written, WrittenCells
from zoo.errors import DataError
from zoo.platform.trust import is_trusted, most_unpacked
from zoo.types import Array

CHUNK = 4096  # rows turned into numbers at once
MOST_WRITTEN = 1000  # spellings of numbers that are classes
CHUNK_CELLS = 1_000_000  # cells of these rows, when the table is wide
CHUNK_CHARACTERS = 2**22  # of these rows, when the cells are long
POINTS = {PLAINLY: ".", Spelling(decimal="comma"): ","}  # of numbers that are read out of bytes
FEW = 16  # rows between two looks at how long they are
TEXT = 400  # bytes that a text takes which stands in a column for the first time


@dataclass(frozen=True)
class Table:
    """Some columns of a file: cells (rows, columns) in float64, in text columns numbers of categories, missing: NaN."""

    columns: tuple[Column, ...]
    cells: TableCells
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
    if not written:
        try:
            return _Reading(layout, places, text, options, fillable, todo).by_bytes()
        except (Unclear, DataError, UnicodeError):
            pass  # read again row by row, which knows what to say
    return _Reading(layout, places, text, options, fillable, todo, written).by_rows()


class _Reading:
    """The columns of a file while they are read: numbers as they come, categories numbered as they come first."""

    def __init__(
        self,
        layout: Layout,
        places: list[int],
        text: list[bool],
        options: DataOptions,
        fillable: list[int],
        todo: str,
        written: Sequence[int] = (),
    ) -> None:
        self.layout, self.places, self.text, self.todo = layout, places, text, todo
        self.names = [layout.names[place] for place in places]
        self.spellings = [PLAINLY if text[number] else layout.spelling(place) for number, place in enumerate(places)]
        limit, may_miss = _TextLimit(layout), set(fillable)
        self.known = [_Categories(layout.marks, limit, name) for name in self.names]
        self.whole = [options.missing == "error" or place not in may_miss for place in places]  # no cell may miss
        self.advice = [todo or _advice(layout, place in may_miss) for place in places]
        self.beside = {place: WrittenCells() for place in written}
        self.builder = CompactBuilder(len(places), len(fillable))
        self.repeats = 0

    def by_rows(self) -> Table:
        """All rows by the csv module."""
        layout, repeats = self.layout, [0]
        with (
            layout.open() as file,
            complaints(layout.source, layout.encoding),
            layout.source.reading(file.buffer) as report,  # type: ignore[attr-defined]
        ):
            for first, rows, lines in _chunks(layout, file, repeats):
                self._add_rows(first, rows, lines)
                report()
        self.repeats = repeats[0]
        return self._table()

    def _add_rows(self, first: int, rows: list[list[str]], lines: list[int]) -> None:
        """Rows of cells, with the number of the first and the line of each; `DataError` for a cell that is refused."""
        layout, part = self.layout, np.empty((len(rows), len(self.places)))
        columns = list(zip(*rows, strict=True))
        for number, place in enumerate(self.places):
            cells, name = columns[place], self.names[number]
            if self.text[number]:
                part[:, number] = list(map(self.known[number].__getitem__, cells))
            else:
                part[:, number] = _numbers(cells, layout, name, first, lines, self.spellings[number])
            if self.whole[number]:
                _refuse_missing(part[:, number], cells, layout, name, first, lines, self.advice[number])
        self.builder.add(part)
        for place, kept in self.beside.items():
            kept.add(columns[place])

    def by_bytes(self) -> Table:
        """All rows, cut by NumPy, ten times as fast; `Unclear` or an error where `by_rows` has to say what is wrong."""
        layout = self.layout
        if layout.delimiter == " ":
            raise Unclear
        values = [self._valued(number) for number in range(len(self.places))]
        points = [
            None if text else POINTS.get(spelling) for text, spelling in zip(self.text, self.spellings, strict=True)
        ]
        whole = np.array(self.whole)
        for block in blocks_of_lines(layout):
            rows = cut(block, layout)
            if rows is None:
                self._add_lines(block)
                continue
            part = np.empty((len(rows), len(self.places)))
            for point in set(points):
                numbers = [number for number, each in enumerate(points) if each == point]
                places = [self.places[number] for number in numbers]
                if point is None:
                    for number, place in zip(numbers, places, strict=True):
                        part[:, number] = values[number].of(rows.column(place))
                elif len(numbers) == part.shape[1]:
                    part = self._decimals(rows.columns(places), ord(point), numbers, values)
                else:
                    part[:, numbers] = self._decimals(rows.columns(places), ord(point), numbers, values)
            if np.isnan(part.sum()) and (np.isnan(part).any(axis=0) & whole).any():
                raise Unclear
            if not self.builder.rows and (length := layout.source.length) is not None:
                self.builder.expected = int(1.02 * length / len(block) * len(part)) + 1
            self.builder.add(part)
        return self._table()

    def _valued(self, number: int) -> Distinct:
        """What the different cells of a column stand for."""
        layout, name, spelling = self.layout, self.names[number], self.spellings[number]
        if not self.text[number]:
            return Distinct(lambda cells: _numbers(cells, layout, name, 1, [0] * len(cells), spelling))
        known = self.known[number]
        return Distinct(lambda cells: np.array([known[cell.lstrip(" ")] for cell in cells]))

    def _decimals(self, cells: Cells, point: int, numbers: list[int], values: list[Distinct]) -> Array:
        """(rows, columns) of numbers; the cells that are not plain ones are looked at by themselves."""
        found, read = decimals(cells, point)
        odd = np.flatnonzero(~read)
        for column, number in enumerate(numbers) if len(odd) else ():
            own = odd[odd % len(numbers) == column]
            empty = cells.start[own] == cells.stop[own]
            found[own[empty]] = np.nan
            if not empty.all():
                found[own[~empty]] = values[number].of(cells[own[~empty]])
        for mark in self.layout.marks.numbers:
            found[found == mark] = np.nan
        return found.reshape(-1, len(numbers))

    def _add_lines(self, block: bytes) -> None:
        """Lines that are not all cut easily."""
        layout, text = self.layout, io.StringIO(block.decode("utf-8", "surrogatepass"), newline="")
        rows = list(rows_of(BoundedLines(text, layout.where), layout.delimiter))
        again = layout.original if layout.named else ()
        kept = [row for row, _ in rows if not again or not is_names_again(row, again)]
        if any(len(row) != len(layout.names) for row in kept):
            raise Unclear
        self.repeats += len(rows) - len(kept)
        for start in range(0, len(kept), CHUNK):
            some = kept[start : start + CHUNK]
            self._add_rows(1, some, [0] * len(some))

    def _table(self) -> Table:
        """What was read, its categories in order."""
        layout, columns, ranks = self.layout, [], {}
        for number, name in enumerate(self.names):
            if not self.text[number]:
                plain = self.spellings[number] == PLAINLY
                spelled = Column(name, spelling=str(self.spellings[number]))
                columns.append(_column(layout, self.places[number]) if plain else spelled)
                continue
            found = tuple(self.known[number].numbers)
            same = merged(found)
            order = sorted((found[place] for place in dict.fromkeys(same)), key=label_order(found))
            if not order:
                raise DataError(
                    f"{layout.where}: column {name!r} holds nothing but missing cells; leave it out with --ignore"
                )
            place_of = {category: place for place, category in enumerate(order)}
            ranks[number] = np.array([*(place_of[found[first]] for first in same), np.nan])
            columns.append(Column(name, tuple(order)))

        cells = self.builder.finish(ranks)
        as_written = {place: kept.written() for place, kept in self.beside.items()}
        return Table(tuple(columns), cells, self.repeats, as_written)


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
    try:
        return _written_in_bytes(layout, place)
    except (Unclear, UnicodeError):
        pass
    found: dict[str, None] = {}
    with layout.open() as file, complaints(layout.source, layout.encoding):
        for _, rows, _ in _chunks(layout, file, [0]):
            cells = (row[place] for row in rows)
            found |= dict.fromkeys(cell.strip() for cell in cells if not layout.marks.is_missing(cell, text=False))
            if len(found) > MOST_WRITTEN:
                return None
    return tuple(found)


def _written_in_bytes(layout: Layout, place: int) -> tuple[str, ...] | None:
    """The same out of bytes; `Unclear` where the csv module has to cut a row."""
    if layout.delimiter == " ":
        raise Unclear
    found: dict[str, None] = {}

    def keep(cells: list[str]) -> Array:
        present = (cell.strip() for cell in cells if not layout.marks.is_missing(cell, text=False))
        found.update(dict.fromkeys(present))
        return np.zeros(len(cells))

    different = Distinct(keep)
    for block in blocks_of_lines(layout):
        rows = cut(block, layout)
        if rows is None:
            raise Unclear
        different.of(rows.column(place))
        if len(found) > MOST_WRITTEN:
            return None
    return tuple(found)


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
