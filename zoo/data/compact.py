"""Tables of numbers in the narrowest types that hold them: a column of digits takes a byte for each cell.

A compact table reads as float64, with the bits that its cells had; a small one is a plain array.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from zoo.types import Array

TYPES = tuple(map(np.dtype, ("u1", "f2", "i2", "f4", "i4", "f8")))
SMALL = 2**25  # bytes of a table that stays in float64, which is the fastest to read
BLOCK_CELLS = 2**20  # cells that are looked at together
WIDER = 2  # times as many bytes are taken, so that a column has one type in all rows
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
        found = np.empty((max(0, stop - start), self.width))
        first, last = np.searchsorted(self.borders, [start, stop - 1], side="right") - 1
        for run in range(int(first), min(int(last) + 1, len(self.runs))):
            begin = int(self.borders[run])
            low, high = max(start, begin), min(stop, int(self.borders[run + 1]))
            for places, values in self.runs[run]:
                found[low - start : high - start, places] = values[low - begin : high - begin]
        return found

    def take(self, numbers: Array) -> Array:
        found = np.empty((len(numbers), self.width))
        if len(self.runs) == 1:
            for places, values in self.runs[0]:
                found[:, places] = values[numbers]
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


def _block_rows(width: int) -> int:
    return max(1, BLOCK_CELLS // max(1, width))


# --- types ------------------------------------------------------------------------------------------------------------


def narrow_types(block: Array) -> Array:
    """(columns,) the place in TYPES of the narrowest type from which a column of float64 reads with the same bits."""
    found = np.full(block.shape[1], len(TYPES) - 1)
    left = np.arange(block.shape[1])
    for number, kind in enumerate(TYPES[:-1]):
        if not len(left):
            break
        part = block if len(left) == block.shape[1] else block[:, left]
        same = (_back(part, kind).view(np.int64) == np.ascontiguousarray(part).view(np.int64)).all(axis=0)
        found[left[same]] = number
        left = left[~same]
    return found


def _back(values: Array, kind: np.dtype[Any]) -> Array:
    with np.errstate(all="ignore"):
        return values.astype(kind).astype(np.float64)


def _joined_types(first: Array, second: Array) -> Array:
    """The types that hold what two types hold, column by column."""
    return _JOINED[first, second]


_JOINED = np.array([[TYPES.index(np.result_type(a, b)) for b in TYPES] for a in TYPES])


@dataclass(eq=False)
class CompactBuilder:
    """Collects rows of float64 (rows, columns), some at a time."""

    width: int
    rows: int = 0
    taken: int = 0  # bytes
    blocks: list[tuple[Array, Columns]] = field(default_factory=list)  # (type of each column, values) of some rows
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
        values = tuple(
            (places, part[:, places].astype(TYPES[number]))
            for number in np.unique(types).tolist()
            for places in (np.flatnonzero(types == number),)
        )
        self.taken += sum(each.nbytes for _, each in values)
        self.blocks.append((types, values))

    def finish(self, change: Callable[[Array], None] | None = None) -> Cells:
        """All rows, each block changed in place at last: a plain array of float64 where it is small."""
        if self.rows * self.width * 8 <= SMALL:
            self._pack()
            cells = np.empty((self.rows, self.width))
            for start, block in self._unpacked():
                cells[start : start + len(block)] = block
            if change is not None:
                change(cells)
            return cells
        if change is None:
            return self.compact()
        self._pack()
        changed = CompactBuilder(self.width)
        for _, block in self._unpacked():
            change(block)
            changed.add(block)
        return changed.compact()

    def _unpacked(self) -> Iterator[tuple[int, Array]]:
        """(number of the first row, rows) of each block, which is then forgotten."""
        start = 0
        self.blocks.reverse()
        while self.blocks:
            _, values = self.blocks.pop()
            block = np.empty((len(values[0][1]), self.width))
            for places, part in values:
                block[:, places] = part
            yield start, block
            start += len(block)

    def compact(self) -> CompactTable:
        """All rows: in one run where that costs little, else in one for each stretch of blocks of the same types."""
        self._pack()
        if not self.blocks:
            return CompactTable((), np.array([0]), self.width)
        wide = self.blocks[0][0]
        for types, _ in self.blocks[1:]:
            wide = _joined_types(wide, types)
        sizes = np.array([kind.itemsize for kind in TYPES])
        whole = int(sizes[wide].sum()) * self.rows
        one = whole <= max(SMALL, WIDER * self.taken)
        runs: list[Columns] = []
        borders = [0]
        self.blocks.reverse()
        while self.blocks:
            types = wide if one else self.blocks[-1][0]
            count = next(
                (n for n, (own, _) in enumerate(reversed(self.blocks)) if not one and (own != types).any()),
                len(self.blocks),
            )
            rows = sum(len(values[0][1]) for _, values in self.blocks[-count:])
            runs.append(self._run(types, count, rows))
            borders.append(borders[-1] + rows)
        return CompactTable(tuple(runs), np.array(borders), self.width)

    def _run(self, types: Array, count: int, rows: int) -> Columns:
        """So many of the last blocks as one run; they are forgotten one by one."""
        held = {
            number: np.empty((rows, int((types == number).sum())), TYPES[number])
            for number in np.unique(types).tolist()
        }
        at = np.empty(self.width, np.int64)  # the place of each column among those of its type
        for number in held:
            at[types == number] = np.arange(held[number].shape[1])
        start = 0
        for _ in range(count):
            _, values = self.blocks.pop()
            length = len(values[0][1])
            for places, part in values:
                for number in np.unique(types[places]).tolist():
                    here = types[places] == number
                    held[number][start : start + length, at[places[here]]] = part[:, here]
            start += length
        return tuple((np.flatnonzero(types == number), values) for number, values in held.items())


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
