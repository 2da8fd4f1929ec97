"""The cells of a column as written: distinct texts once, and for each row the number of its text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from zoo.types import Array


@dataclass(frozen=True, eq=False)
class Written:
    """The different `texts` of a column, without blanks around them, and `numbers` (rows,) of the text in each row."""

    texts: tuple[str, ...]
    numbers: Array

    @classmethod
    def of(cls, texts: Sequence[str], numbers: Array) -> Self:
        """From texts that may have blanks around them, and then be the same."""
        places: dict[str, int] = {}
        same = [places.setdefault(text.strip(), len(places)) for text in texts]
        return cls(tuple(places), numbers if len(places) == len(texts) else np.array(same)[numbers])

    @classmethod
    def of_cells(cls, cells: Sequence[str]) -> Self:
        """From the text of each row."""
        places: dict[str, int] = {}
        numbers = np.array([places.setdefault(cell, len(places)) for cell in cells], np.int64)
        return cls.of(list(places), numbers)

    def __len__(self) -> int:
        return len(self.numbers)

    def cells(self, rows: Array | None = None) -> list[str]:
        """The text of each of these rows; of all without any."""
        numbers = self.numbers if rows is None else self.numbers[rows]
        return [self.texts[number] for number in numbers.tolist()]
