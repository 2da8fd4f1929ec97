"""Which cells of a text file stand for a missing value.

By themselves: an empty cell and BLANK in any column; WORDS in a column of numbers, and in a column of text where the
same word stands for a missing number in a column of the same file. Else a word in a column of text is a category: a
class may be called None. `--missing-values NA,-999` names the marks instead; with none named, only an empty cell is
one. A mark that is a number stands for that value, however it is written: -999 also for -999.0.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Self

BLANK = frozenset(("", "nan", "-nan", "n/a", "#n/a", "#n/a n/a", "<na>", "null", "?", "1.#qnan", "-1.#ind"))
WORDS = frozenset(("na", "#na", "none", "nil", "missing", "-", "--", "---", "\u2013", "\u2014", ".", "..", "*"))
AUTO = "auto"


@dataclass(frozen=True)
class MissingValues:
    """The marks of a file, in lower case; where they were `named` no others count."""

    in_text: frozenset[str] = BLANK
    in_numbers: frozenset[str] = BLANK | WORDS
    named: bool = False

    @functools.cached_property
    def numbers(self) -> frozenset[float]:
        """The marks named that are numbers."""
        values = map(_number, self.in_numbers) if self.named else ()
        return frozenset(value for value in values if not math.isnan(value))

    @classmethod
    def of(cls, option: str) -> Self:
        """What the option --missing-values says."""
        if option.strip().lower() == AUTO:
            return cls()
        marks = frozenset(mark.strip().lower() for mark in option.split(",")) | {""}
        return cls(marks, marks, True)

    def seen_in_numbers(self, marks: Iterable[str]) -> Self:
        """With marks of columns of numbers, which then are missing in columns of text as well."""
        return self if self.named else replace(self, in_text=self.in_text | (WORDS & frozenset(marks)))

    def as_trained(self, categories: frozenset[str]) -> Self:
        """With every word a missing value that was no category in training."""
        known = {category.lower() for category in categories}
        return self if self.named else replace(self, in_text=(BLANK | WORDS) - known)

    def words_in(self, cells: Iterable[str]) -> list[str]:
        """The words of a column of text that are categories here and missing values elsewhere, as they are spelled."""
        if self.named:
            return []
        return sorted({cell.strip() for cell in cells if cell.strip().lower() in WORDS - self.in_text})

    def is_missing(self, cell: str, text: bool) -> bool:
        """Whether a cell of a column of text, or of numbers, stands for nothing."""
        marks = self.in_text if text else self.in_numbers
        return cell.strip().lower() in marks or (not text and bool(self.numbers) and _number(cell) in self.numbers)


def is_mark(text: str) -> bool:
    """Whether a text could stand for a missing value."""
    return text.strip().lower() in BLANK | WORDS


def _number(cell: str) -> float:
    """The number that a cell is as Python writes it; NaN where it is none."""
    try:
        return float(cell)
    except ValueError:
        return math.nan


def others_too(count: int) -> str:
    """How many other values are missing as well, as the end of a clause."""
    return "" if not count else ", as is 1 other value" if count == 1 else f", as are {count:,} other values"
