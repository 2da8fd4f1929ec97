"""Decide whether the first row of a table is a header by comparing it with the rows below."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from pathlib import Path

from zoo.data.column_kinds import is_number
from zoo.data.dates import format_of
from zoo.data.missing_values import MissingValues
from zoo.data.spelling import spelling_of
from zoo.errors import DataError

LOOKED_AT = 1000  # rows below the first
FEW = 5  # rows that all have decimals by more than chance
COUNTED = 4  # columns numbered from 0 or 1 on that leave no doubt
MARKS = MissingValues()


def is_header(
    path: Path, first: Sequence[str], sample: Sequence[Sequence[str]], trained: Sequence[str] | None = None
) -> tuple[bool, str]:
    """As `found_header`; of rows for a model the names of its columns decide: where none of the `trained` stands in the
    first row, and nothing else shows clearly that it holds names, it is data."""
    if trained is None:
        return found_header(path, first, sample)
    cells = {cell.strip() for cell in first}
    if any(name in cells and not is_number(name) for name in trained) or (trained and cells.issuperset(trained)):
        return True, ""
    try:
        named, unsure = found_header(path, first, sample)
    except DataError:
        return False, ""
    return named and not unsure, ""


def found_header(path: Path, first: Sequence[str], sample: Sequence[Sequence[str]]) -> tuple[bool, str]:
    """(whether the first row holds names rather than data, what to say of it where it could be otherwise).

    It does when a cell of it is text above a column of numbers, or when all its cells are text, all different, and none
    occurs again below. Numbers that count up by one (0, 1, 2; 2019, 2020) are names where they lie far from the numbers
    below or those have decimals. Where text stands above numbers beside other numbers, nobody can tell.
    """
    sample = [row for row in sample[:LOOKED_AT] if list(row) != list(first)]  # names may come again where files joined
    if any(map(_missing, first)) and not sample:
        return False, ""
    columns: Sequence[Sequence[str]] = list(zip(*sample, strict=True)) or [()] * len(first)
    numbers = [is_number(cell) for cell in first]
    shown = ", ".join(cell.strip() for cell in first[:4]) + (", …" if len(first) > 4 else "")
    as_names = f"line 1 ({shown}) is taken for the names of the columns; if it is data: --header no"
    as_data = f"line 1 ({shown}) is taken for data; if it holds the names of the columns: --header yes"
    counting = _count_up([cell for cell, number in zip(first, numbers, strict=True) if number])
    if counting:
        start = float(next(cell for cell, number in zip(first, numbers, strict=True) if number))
        if any(_unlike(cell, column) for cell, column in zip(first, columns, strict=True) if is_number(cell)):
            return True, as_names
        if start in (0, 1) and sum(numbers) >= COUNTED:
            return True, as_names
    above = [
        not number and _above_numbers(cell, col) for cell, number, col in zip(first, numbers, columns, strict=True)
    ]
    if any(above) and any(numbers):
        place = above.index(True)
        raise DataError(
            f"{path}: line 1 has {first[place]!r} above numbers in column {place + 1}, and numbers elsewhere; it may"
            " hold names or data: say --header yes or --header no"
        )
    if any(above):
        return True, ""
    if any(numbers):
        return False, as_data if counting else ""
    blank = [place for place, cell in enumerate(first) if _missing(cell)]
    if (
        blank == [0]
        and len(first) > 1
        and len(set(columns[0])) == len(columns[0])
        and _not_below(first[1:], columns[1:])
    ):
        return True, as_names
    if blank:
        return False, as_data
    if _not_below(first, columns) and (len(sample) > 0 or len(first) > 1):
        return True, as_names
    return False, as_data


def header_lines(rows: Sequence[Sequence[str]]) -> int:
    """How many of the first rows hold names, where there are more than one: pandas' levels, or units below names.

    Every column of numbers has a text in all of them, and there are two at least; a last row may name nothing but
    pandas' index.
    """
    width = len(rows[0])
    for count in (3, 2):
        head, below = rows[:count], [row for row in rows[count:] if len(row) == width]
        index = bool(below) and bool(below[0][0].strip()) and not any(cell.strip() for cell in below[0][1:])
        below = below[1:] if index else below
        if len(below) < FEW or any(len(row) != width for row in head):
            continue
        if any(sum(map(_is_name, row)) < 2 for row in reversed(head)):  # a look at a row, before one at all
            continue
        columns = list(zip(*below, strict=True))
        start = 0 if head[0][0].strip() else 1  # pandas' index has no name there
        numeric = [place for place in range(start, width) if _numeric(columns[place])]
        if len(numeric) > 1 and all(_is_name(row[place]) for row in head for place in numeric):
            return count + index
    return 1


def _numeric(cells: Sequence[str]) -> bool:
    if are_plain_numbers(cells):
        return len(cells) > 0
    present = [cell for cell in cells if not MARKS.is_missing(cell, text=False)]
    return 2 * len(present) > len(cells) and all(map(is_number, present))


def are_plain_numbers(cells: Sequence[str]) -> bool:
    """Whether all cells are numbers as Python writes them, of which none stands for a missing value."""
    try:
        values = list(map(float, cells))
    except ValueError:
        return False
    return not any(map(math.isnan, values)) and "_" not in "".join(cells)


def _is_name(cell: str) -> bool:
    return not MARKS.is_missing(cell, text=False) and not _are_numbers([cell])


def joined_names(rows: Sequence[Sequence[str]]) -> list[str]:
    """The names of columns in several rows, the cells of each joined by a blank."""
    columns = zip(*rows, strict=True)
    return [" ".join(dict.fromkeys(filter(None, (cell.strip() for cell in cells)))) for cells in columns]


def _missing(cell: str) -> bool:
    return MARKS.is_missing(cell, text=True)


def _above_numbers(cell: str, column: Sequence[str]) -> bool:
    """Whether a text stands above nothing but numbers, however they are written, or dates."""
    if _missing(cell) or _are_numbers([cell]):
        return False
    if are_plain_numbers(column):
        return len(column) > 0
    return _are_numbers([each for each in column if not MARKS.is_missing(each, text=False)])


def _are_numbers(cells: Sequence[str]) -> bool:
    if not cells:
        return False
    if all(map(is_number, cells)):
        return True
    return spelling_of(cells) is not None or format_of(cells) is not None


def _not_below(first: Sequence[str], columns: Sequence[Sequence[str]]) -> bool:
    """Whether these cells all differ, and none comes again in its column."""
    below = any(cell in column for cell, column in zip(first, columns, strict=True))
    return len(set(first)) == len(first) and not below


def _count_up(cells: Sequence[str]) -> bool:
    """Whether cells are two whole numbers or more, each one more than the one before, without decimals."""
    whole = [cell.strip() for cell in cells]
    if len(whole) < 2 or not all(cell.isdecimal() for cell in whole):
        return False
    return all(int(later) - int(earlier) == 1 for earlier, later in itertools.pairwise(whole))


def _unlike(cell: str, column: Sequence[str]) -> bool:
    """Whether a whole number lies farther from the numbers below it than these from each other, or all of those have
    decimals."""
    plain = are_plain_numbers(column)
    present = column if plain else [each for each in column if not MARKS.is_missing(each, text=False)]
    if not present or not (plain or all(map(is_number, present))):
        return False
    values = list(map(float, present))
    low, high = min(values), max(values)
    apart = max(low - float(cell), float(cell) - high)
    return (len(present) >= FEW and all("." in each for each in present)) or apart > 2 * (high - low) > 0
