"""Tables of numbers in the narrowest types that hold them: a column of digits takes a byte for each cell.

A compact table reads as float64, with the bits that its cells had; a small one is a plain array.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

import numpy as np

from zoo.types import Array

TYPES = tuple(map(np.dtype, ("u1", "f2", "i2", "f4", "i4", "f8")))
SMALL = 2**25  # bytes of a table that stays in float64, which is the fastest to read
BLOCK_CELLS = 2**20  # cells that are looked at together
WIDER = 2  # times as many bytes are taken, so that a column has one type in all rows
HEAD = 8  # rows that rule out most types
GROWTH = 8  # by a share of one in so many a run grows
Columns = tuple[tuple[Array, Array], ...]  # (places, values (rows, columns)) for each type


@dataclass(frozen=True, eq=False)
class CompactTable:
    """A source of rows (rows, columns) in memory. Rows stand in `runs`, in each of which a column has one type."""

    runs: tuple[Columns, ...]
    borders: Array  # (runs + 1,) the row with which each run begins, and the end
    width: int
    block: None = None

    @property
    def shape(self) -> tuple[int, int]:
        return int(self.borders[-1]), self.width

    @property
    def dtype(self) -> np.dtype[Any]:
        return np.dtype(np.float64)

    def __len__(self) -> int:
        return int(self.borders[-1])

    def __getitem__(self, rows: slice | Array) -> Array:
        """Rows (*shape of the numbers, columns)."""
        if isinstance(rows, slice):
            start, stop, step = rows.indices(len(self))
            return self.read(start, max(start, stop))[::step] if step > 0 else self.take(np.arange(start, stop, step))
        numbers = np.asarray(rows)
        return self.take(numbers.reshape(-1)).reshape(*numbers.shape, self.width)

    def read(self, start: int, stop: int) -> Array:
        if (whole := self._whole) is not None:
            return whole[start:stop]
        found = np.empty((max(0, stop - start), self.width))
        first, last = np.searchsorted(self.borders, [start, stop - 1], side="right") - 1
        for run in range(int(first), min(int(last) + 1, len(self.runs))):
            begin = int(self.borders[run])
            low, high = max(start, begin), min(stop, int(self.borders[run + 1]))
            for places, values in self.runs[run]:
                found[low - start : high - start, _place(places)] = values[low - begin : high - begin]
        return found

    @property
    def _whole(self) -> Array | None:
        """The rows as they are read, where one array holds them so."""
        if len(self.runs) == 1 and len(self.runs[0]) == 1:
            places, values = self.runs[0][0]
            if values.dtype == np.float64 and (places == np.arange(self.width)).all():
                return values
        return None

    def take(self, numbers: Array) -> Array:
        if (whole := self._whole) is not None:
            return whole.take(numbers, axis=0)
        found = np.empty((len(numbers), self.width))
        if len(self.runs) == 1:
            for places, values in self.runs[0]:
                found[:, _place(places)] = values[numbers]
            return found
        owners = np.searchsorted(self.borders, numbers, side="right") - 1
        for run in np.unique(owners).tolist():
            rows = np.flatnonzero(owners == run)
            for places, values in self.runs[run]:
                found[rows[:, None], places] = values[numbers[rows] - int(self.borders[run])]
        return found

    def column(self, place: int) -> Array:
        """(rows,) one column, in its own narrow type."""
        parts = []
        for run in self.runs:
            for places, values in run:
                parts += [values[:, at] for at in np.flatnonzero(places == place)]
        return np.ascontiguousarray(parts[0]) if len(parts) == 1 else np.concatenate(parts)

    def columns(self, places: Sequence[int]) -> CompactTable:
        """Some columns, in this order; a column that is alone of its type is not copied."""
        where = {place: number for number, place in enumerate(places)}

        def kept(run: Columns) -> Iterator[tuple[Array, Array]]:
            for held, values in run:
                here = [at for at, place in enumerate(held.tolist()) if place in where]
                if here:
                    new = np.array([where[int(held[at])] for at in here])
                    yield new, values if len(here) == len(held) else np.ascontiguousarray(values[:, here])

        return CompactTable(tuple(tuple(kept(run)) for run in self.runs), self.borders, len(places))

    def reordered(self, rows: Array) -> CompactTable:
        """The same rows in another order."""
        if len(self.runs) == 1:
            run = tuple((places, values[rows]) for places, values in self.runs[0])
            return CompactTable((run,), np.array([0, len(rows)]), self.width)
        builder, step = CompactBuilder(self.width), _block_rows(self.width)
        for start in range(0, len(rows), step):
            builder.add(self.take(rows[start : start + step]))
        return builder.compact()


Cells = Array | CompactTable


def columns_of(cells: Cells, places: Sequence[int]) -> Cells:
    """Some columns of a table; adjacent ones of a plain array are a view."""
    if isinstance(cells, CompactTable):
        return cells.columns(places)
    first = places[0] if len(places) else 0
    adjacent = list(places) == list(range(first, first + len(places)))
    return cells[:, first : first + len(places)] if adjacent else cells[:, list(places)]


def column_of(cells: Cells, place: int) -> Array:
    """(rows,) one column; of a compact table in its own narrow type."""
    return cells.column(place) if isinstance(cells, CompactTable) else cells[:, place]


def blocks_of(cells: Cells) -> Iterator[tuple[int, Array]]:
    """(the number of the first row, rows in float64), some rows at a time."""
    step = _block_rows(cells.shape[1])
    for start in range(0, len(cells), step):
        yield start, cells[start : start + step]


def reordered(cells: Cells, rows: Array) -> Cells:
    """The rows of a table in another order."""
    return cells.reordered(rows) if isinstance(cells, CompactTable) else cells[rows]


@dataclass(frozen=True, eq=False)
class ColumnsByName(Mapping[str, Array]):
    """Columns of a table in float64 by name, each put together when it is asked for."""

    cells: Cells
    places: Mapping[str, int]

    def __getitem__(self, name: str) -> Array:
        return column_of(self.cells, self.places[name]).astype(np.float64, copy=False)

    def __iter__(self) -> Iterator[str]:
        return iter(self.places)

    def __len__(self) -> int:
        return len(self.places)


def _place(places: Array) -> slice | Array:
    """Ascending places as a slice where they are adjacent, which NumPy copies faster."""
    first, last = int(places[0]), int(places[-1])
    return slice(first, last + 1) if last - first + 1 == len(places) else places


def _block_rows(width: int) -> int:
    return max(1, BLOCK_CELLS // max(1, width))


# --- types ------------------------------------------------------------------------------------------------------------


def narrow_types(block: Array) -> Array:
    """(columns,) the place in TYPES of the narrowest type from which a column of float64 reads with the same bits."""
    found = np.full(block.shape[1], len(TYPES) - 1)
    left = np.arange(block.shape[1])
    for number, kind in enumerate(TYPES[:-1]):
        able = left[_holds(block[:HEAD, left], kind)]
        if len(able) and len(block) > HEAD:
            able = able[_holds(block if len(able) == block.shape[1] else block[:, able], kind)]
        found[able] = number
        left = left[found[left] > number]
        if not len(left):
            break
    return found


def _holds(part: Array, kind: np.dtype[Any]) -> Array:
    """Which columns a type holds."""
    part = np.ascontiguousarray(part)
    same: Array = (_back(part, kind).view(np.int64) == part.view(np.int64)).all(axis=0)
    return same


def _back(values: Array, kind: np.dtype[Any]) -> Array:
    with np.errstate(all="ignore"):
        return values.astype(kind).astype(np.float64)


def _joined_types(first: Array, second: Array) -> Array:
    """The types that hold what two types hold, column by column."""
    return _JOINED[first, second]


_JOINED = np.array([[TYPES.index(np.result_type(a, b)) for b in TYPES] for a in TYPES])


@dataclass(eq=False)
class CompactBuilder:
    """Collects rows of float64 (rows, columns), some at a time.

    They are written where they stay, in the types that the rows before them needed; where some need wider ones, all
    are widened if that costs little, else a new run begins. The columns from `split` on stand apart from those before:
    either are taken without a copy. `expected`: rows for which memory is laid out, which takes none before it is
    written to.
    """

    width: int
    split: int | None = None
    expected: int = 0
    rows: int = 0
    taken: int = 0  # bytes that every block would take in its own types
    runs: list[_Run] = field(default_factory=list)
    waiting: list[Array] = field(default_factory=list)  # rows that are too few for a block of their own
    cells: int = 0  # that wait

    def add(self, part: Array) -> None:
        self.waiting.append(part)
        self.rows += len(part)
        self.cells += part.size
        if self.cells >= BLOCK_CELLS:
            self._pack()

    def _pack(self) -> None:
        if not self.waiting:
            return
        part = self.waiting[0] if len(self.waiting) == 1 else np.concatenate(self.waiting)
        self.waiting, self.cells = [], 0
        types = narrow_types(part)
        own = len(part) * _bytes_of_row(types)
        self.taken += own
        left = max(self.expected - sum(run.rows for run in self.runs), len(part))
        if not self.runs:
            self.runs.append(self._begun(types, left))
        last = self.runs[-1]
        wide = _joined_types(last.types, types)
        cheap = WIDER * (last.taken + own) if len(self.runs) > 1 else max(SMALL, WIDER * self.taken)
        if _bytes_of_row(wide) * (last.rows + len(part)) > cheap:
            last.trim()
            self.runs.append(self._begun(types, left))
        elif (wide != last.types).any():
            self.runs[-1] = self._begun(wide, last.rows + left)
            for _, block in last.blocks():
                self.runs[-1].add(block)
            self.runs[-1].taken = last.taken
        self.runs[-1].add(part)
        self.runs[-1].taken += own

    def _begun(self, types: Array, rows: int) -> _Run:
        apart = np.arange(self.width) >= (self.width if self.split is None else self.split)
        return _Run.of(types, apart, rows)

    def finish(self, recode: Mapping[int, Array] | None = None) -> Cells:
        """All rows: a plain array of float64 where it is small. Of the columns in `recode` each cell, a whole number or
        NaN, is replaced by what the table has at that place, the last for NaN."""
        self._pack()
        if self.rows * self.width * 8 <= SMALL:
            cells, at = np.empty((self.rows, self.width)), 0
            for run in self.runs:
                for start, block in run.blocks():
                    cells[at + start : at + start + len(block)] = block
                at += run.rows
            for number, table in (recode or {}).items():
                cells[:, number] = _recoded(cells[:, number], table)
            return cells
        if recode and not (len(self.runs) == 1 and self.runs[0].recode(recode)):
            again = CompactBuilder(self.width, self.split, self.rows)
            for block in self._unpacked():
                for number, table in recode.items():
                    block[:, number] = _recoded(block[:, number], table)
                again.add(block)
            return again.compact()
        return self.compact()

    def _unpacked(self) -> Iterator[Array]:
        """The rows in blocks; each run is forgotten behind its last."""
        self.runs.reverse()
        while self.runs:
            yield from (block for _, block in self.runs.pop().blocks())

    def compact(self) -> CompactTable:
        """All rows: in one run where that costs little, else in one for each stretch of blocks of the same types."""
        self._pack()
        if len(self.runs) > 1:
            wide = self.runs[0].types
            for run in self.runs[1:]:
                wide = _joined_types(wide, run.types)
            if _bytes_of_row(wide) * self.rows <= max(SMALL, WIDER * self.taken):
                one = self._begun(wide, self.rows)
                for block in self._unpacked():
                    one.add(block)
                self.runs = [one]
        for run in self.runs:
            run.trim()
        borders = np.cumsum([0, *(run.rows for run in self.runs)])
        return CompactTable(tuple(run.columns for run in self.runs), borders, self.width)


def _bytes_of_row(types: Array) -> int:
    return int(_SIZES[types].sum())


_SIZES = np.array([kind.itemsize for kind in TYPES])


def _recoded(cells: Array, table: Array) -> Array:
    """What a table has at the place that each cell says, the last for NaN."""
    if cells.dtype.kind == "f":
        cells = np.where(np.isnan(cells), len(table) - 1, cells).astype(np.int64)
    found: Array = table.take(cells)
    return found


@dataclass(eq=False)
class _Run:
    """Rows in which each column has one type, in arrays with room for more."""

    types: Array
    columns: Columns
    rows: int = 0
    taken: int = 0  # bytes that its blocks would take, each in its own types

    @classmethod
    def of(cls, types: Array, apart: Array, rows: int) -> Self:
        groups = types + len(TYPES) * apart
        places = [np.flatnonzero(groups == group) for group in np.unique(groups).tolist()]
        return cls(types, tuple((each, np.empty((rows, len(each)), TYPES[types[each[0]]])) for each in places))

    def add(self, part: Array) -> None:
        """Rows behind those that are here."""
        stop = self.rows + len(part)
        for places, values in self.columns:
            if stop > len(values):
                values.resize((max(stop, len(values) + len(values) // GROWTH), len(places)), refcheck=False)
            values[self.rows : stop] = part if len(places) == part.shape[1] else part[:, _place(places)]
        self.rows = stop

    def blocks(self) -> Iterator[tuple[int, Array]]:
        """(number of the first row, rows in float64), some at a time."""
        step = _block_rows(len(self.types))
        for start in range(0, self.rows, step):
            stop = min(start + step, self.rows)
            block = np.empty((stop - start, len(self.types)))
            for places, values in self.columns:
                block[:, _place(places)] = values[start:stop]
            yield start, block

    def recode(self, tables: Mapping[int, Array]) -> bool:
        """Recodes columns in place; false, and nothing is done, where their types are too narrow for it."""
        tables = {number: table for number, table in tables.items() if (table[:-1] != np.arange(len(table) - 1)).any()}
        for number, table in tables.items():
            needed = narrow_types(table[:-1, None])  # where a cell is NaN, the type holds it
            if (_joined_types(self.types[[number]], needed) != self.types[number]).any():
                return False
        step = _block_rows(1)
        for number, table in tables.items():
            for places, values in self.columns:
                for at in np.flatnonzero(places == number).tolist():
                    for start in range(0, self.rows, step):
                        cells = values[start : min(start + step, self.rows), at]
                        cells[:] = _recoded(cells, table)
        return True

    def trim(self) -> None:
        """Gives back the memory behind the last row."""
        for places, values in self.columns:
            if len(values) > self.rows:
                values.resize((self.rows, len(places)), refcheck=False)


# --- different numbers ------------------------------------------------------------------------------------------------


def numbered(values: Array) -> tuple[Array, Array]:
    """(the different values in ascending order, the place of each value among them): as `np.unique` with its inverse,
    in little memory where they are few."""
    found = values[:0]
    for start in range(0, len(values), BLOCK_CELLS):
        new = np.unique(values[start : start + BLOCK_CELLS])
        found = new if not start else np.union1d(found, new)
    places = np.empty(len(values), np.min_scalar_type(max(0, len(found) - 1)))
    for start in range(0, len(values), BLOCK_CELLS):
        places[start : start + BLOCK_CELLS] = np.searchsorted(found, values[start : start + BLOCK_CELLS])
    return found, places


def first_places(numbers: Array, count: int) -> Array:
    """(count,) the place at which each number from 0 to below `count` stands first; each must stand somewhere."""
    found = np.full(count, len(numbers))
    for start in range((len(numbers) - 1) // BLOCK_CELLS * BLOCK_CELLS, -1, -BLOCK_CELLS):
        here, first = np.unique(numbers[start : start + BLOCK_CELLS], return_index=True)
        found[here] = start + first
    return found
