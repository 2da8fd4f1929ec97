"""The cells of a column as written: distinct texts once, and for each row the number of its text."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Self, overload

import numpy as np

from zoo.data.compact import numbered
from zoo.types import Array

MANY = 2**16  # different texts of a column, from which on ever new ones are no longer compared with those before


class Packed(Sequence[str]):
    """Texts one behind the other as UTF-8: with eight bytes for where it ends, each takes a tenth of a string."""

    def __init__(self) -> None:
        self.data, self.ends = bytearray(), array("q")

    def extend(self, texts: Iterable[str]) -> None:
        for text in texts:
            self.data += text.encode("utf-8", "surrogatepass")
            self.ends.append(len(self.data))

    def __len__(self) -> int:
        return len(self.ends)

    @overload
    def __getitem__(self, place: int) -> str: ...
    @overload
    def __getitem__(self, place: slice) -> list[str]: ...
    def __getitem__(self, place: int | slice) -> str | list[str]:
        if isinstance(place, slice):
            return [self[each] for each in range(len(self))[place]]
        place = range(len(self))[place]
        start = self.ends[place - 1] if place else 0
        return self.data[start : self.ends[place]].decode("utf-8", "surrogatepass")

    def __iter__(self) -> Iterator[str]:
        start = 0
        for end in self.ends:
            yield self.data[start:end].decode("utf-8", "surrogatepass")
            start = end


@dataclass(frozen=True, eq=False)
class Written:
    """The different `texts` of a column, without blanks around them, and `numbers` (rows,) of the text in each row.

    Where nearly every row has a text of its own these are `Packed`, and some may stand there twice.
    """

    texts: Sequence[str]
    numbers: Array

    @classmethod
    def of_cells(cls, cells: Sequence[str]) -> Self:
        """From the text of each row."""
        found = WrittenCells()
        for start in range(0, len(cells), 2**12):
            found.add(cells[start : start + 2**12])
        written = found.written()
        return cls(written.texts, written.numbers)

    @classmethod
    def of_numbers(cls, values: Array) -> Self:
        """From numbers, in as few digits as `:g` has."""
        found, places = numbered(values)
        return cls(tuple(f"{value:g}" for value in found.tolist()), places)

    def __len__(self) -> int:
        return len(self.numbers)

    @property
    def all_differ(self) -> bool:
        """Whether no two rows have the same text."""
        if len(self.texts) != len(self):
            return False
        if not isinstance(self.texts, Packed):
            return True
        hashes = np.fromiter(map(hash, self.texts), np.int64, len(self.texts))
        return len(np.unique(hashes)) == len(hashes)

    def cells(self, rows: Array | None = None) -> Sequence[str]:
        """The text of each of these rows; of all without any."""
        return Cells(self.texts, self.numbers if rows is None else self.numbers[rows])


@dataclass(frozen=True, eq=False)
class Cells(Sequence[str]):
    """The text of each row, put together when it is asked for."""

    texts: Sequence[str]
    numbers: Array

    def __len__(self) -> int:
        return len(self.numbers)

    @overload
    def __getitem__(self, place: int) -> str: ...
    @overload
    def __getitem__(self, place: slice) -> list[str]: ...
    def __getitem__(self, place: int | slice) -> str | list[str]:
        if isinstance(place, slice):
            return [self.texts[number] for number in self.numbers[place].tolist()]
        return self.texts[int(self.numbers[place])]

    def __iter__(self) -> Iterator[str]:
        for start in range(0, len(self), 2**12):
            yield from self[start : start + 2**12]


class WrittenCells:
    """Collects the cells of a column, some rows at a time."""

    def __init__(self) -> None:
        self._places: dict[str, int] = {}
        self._packed: Packed | None = None
        self._numbers: list[Array] = []
        self._rows = 0

    def add(self, cells: Sequence[str]) -> None:
        self._rows += len(cells)
        if self._packed is None:
            places = self._places
            numbers = [places.setdefault(cell.strip(), len(places)) for cell in cells]
            self._numbers.append(np.array(numbers, np.int32))
            if len(places) > max(MANY, self._rows // 2):
                self._packed = Packed()
                self._packed.extend(places)
                self._places = {}
            return
        start = len(self._packed)
        self._packed.extend(map(str.strip, cells))
        self._numbers.append(np.arange(start, len(self._packed), dtype=np.int64 if start > 2**31 - 2**26 else np.int32))

    def written(self) -> Written:
        texts = tuple(self._places) if self._packed is None else self._packed
        return Written(texts, np.concatenate(self._numbers) if self._numbers else np.zeros(0, np.int32))
