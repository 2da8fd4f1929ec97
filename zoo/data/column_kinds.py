"""What each column of a table holds, decided once from its first cells by the rules written here.

| kind         | rule                                                                                              |
|--------------|---------------------------------------------------------------------------------------------------|
| empty        | every cell is missing                                                                             |
| index        | has no name where the others have one, and numbers or names the rows: pandas and R write it       |
| row number   | whole numbers, each one more than in the row before, in 10 rows or more, in the first or the last |
|              | column; or with a name as identifiers have; not with a name as times have                         |
| identifier   | no value twice in 20 rows or more, in whole numbers with a name as identifiers have, or in codes  |
| date         | all cells are dates of one format                                                                 |
| number       | more than half of the cells are numbers as Python reads them, or all are numbers of one spelling  |
| whole number | all of them whole                                                                                 |
| true/false   | two texts such as yes and no                                                                      |
| text         | more texts than 20 and than half of the rows, or than 1,000                                       |
| category     | any other text, and whole numbers of which some begin with a zero                                 |
| constant     | the same number, or text, in every cell of a table of 10,000 rows or fewer                        |

Columns that have a type (of a DataFrame, a structured array) go by the same rules: numbers are numbers as Python reads
them, truth values the texts True and False, dates dates, and text is text as in a file.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from zoo.data.dates import format_of, is_ambiguous
from zoo.data.labels import is_code, is_whole
from zoo.data.missing_values import MissingValues
from zoo.data.spelling import PLAINLY, Spelling, spelling_of

LEFT_OUT = ("index", "row number", "identifier", "text", "empty")  # kinds that are no inputs unless asked for
MOST_CATEGORIES = 1000
NUMBERED = 10  # rows that row numbers count at least
DIFFERENT = 20  # rows in which identifiers differ at least
IDENTIFIER = re.compile(
    r"(?i)(.*[\W_])?(id|ids|idx|index|uuid|guid|key|nr|no|number|row|rowid|rownames?|#|unnamed: ?\d+)"
)
CAMEL = re.compile(r".*[a-z]I[dD]")  # PassengerId
NUMBERING = re.compile(r"column \d+")  # the name of a column that has none
TIME = re.compile(
    r"(?i)(t|x|time\w*|date\w*|year\w*|month\w*|week\w*|day\w*|hour\w*|minute\w*|second\w*|step\w*|epoch\w*|age)"
)
BOTH = ({"true", "false"}, {"yes", "no"}, {"y", "n"}, {"t", "f"})
CODE = re.compile(r"[^\s]{1,64}")


@dataclass(frozen=True)
class ColumnKind:
    """What a column holds, and how its cells are read."""

    kind: str
    text: bool = False  # whether cells are categories; else numbers
    spelling: Spelling = PLAINLY  # of numbers and dates
    words: tuple[str, ...] = ()  # categories that are marks of missing values elsewhere
    codes: bool = False  # whether all are whole numbers of which some begin with a zero
    unsure: bool = False  # whether day and month of a date could be exchanged

    @property
    def left_out(self) -> bool:
        return self.kind in LEFT_OUT


@dataclass(frozen=True, eq=False)
class Values:
    """Cells that have a type: (cells,) float64, NaN where one is missing; of dates the days since 1970."""

    array: np.ndarray
    form: str = ""  # of dates: the format in which they would be written


def kind_of_values(
    name: str, cells: Values, missing: MissingValues, *, named: bool = True, outermost: bool = False
) -> ColumnKind:
    """The kind of a column of numbers or dates, as `kind_of` has it of the same numbers and dates in a text file."""
    values = cells.array
    present = values[~np.isnan(values)]
    if missing.numbers:
        present = present[~np.isin(present, list(missing.numbers))]
    if not len(present):
        return ColumnKind("empty")
    if cells.form:
        return ColumnKind("date", spelling=Spelling(date=cells.form))
    return _numbers(name, (), present, PLAINLY, named, outermost and len(present) == len(values))


def constant(kind: ColumnKind, cells: Sequence[str] | Values, missing: MissingValues) -> ColumnKind:
    """The kind of a column all of whose cells these are: "constant" where they are alike."""
    if kind.left_out or len(cells.array if isinstance(cells, Values) else cells) < 2:
        return kind
    if isinstance(cells, Values):
        alike = bool((cells.array == cells.array[0]).all())
    else:
        first = cells[0].strip()
        alike = not missing.is_missing(first, kind.text) and all(cell.strip() == first for cell in cells)
    return replace(kind, kind="constant") if alike else kind


def kind_of(
    name: str,
    cells: Sequence[str],
    missing: MissingValues,
    *,
    named: bool = True,
    outermost: bool = False,
    decimal: str = "auto",
    thousands: str = "auto",
    comma: bool = False,
    dates: str = "auto",
    text: bool = False,
) -> ColumnKind:
    """The kind of a column with these cells; `named`: the file gives names, `outermost`: it is the first or the last;
    `text`: the file says that cells are text, so that digits in them are no numbers.

    `decimal`, `thousands` and `dates` are the options; `comma`: another column of the file has shown a decimal comma.
    Numbers that do not show how they are written are written as the options say.
    """
    found = _kind_of(name, cells, missing, named, outermost, decimal, thousands, comma, dates)
    if text and not found.text and found.kind not in ("date", "empty"):
        return _texts(name, [cell for cell in cells if not missing.is_missing(cell, text=True)], ())
    if found.kind in ("number", "whole number") and found.spelling == PLAINLY:
        return replace(found, spelling=asked_for(decimal, thousands))
    return found


def asked_for(decimal: str, thousands: str) -> Spelling:
    """How the options say that numbers are written; plainly where they leave it open."""
    comma = decimal == "comma" or (decimal == "auto" and thousands == "point")
    return Spelling("comma" if comma else "point", "" if thousands in ("auto", "none") else thousands)


def _kind_of(
    name: str,
    cells: Sequence[str],
    missing: MissingValues,
    named: bool,
    outermost: bool,
    decimal: str,
    thousands: str,
    comma: bool,
    dates: str,
) -> ColumnKind:
    asked = (decimal == "comma" or thousands == "point") and any("." in cell for cell in cells)  # no decimal point
    values = None if asked else _plain(cells)
    if values is not None and missing.numbers.isdisjoint(values.tolist()):
        return _numbers(name, cells, values, PLAINLY, named, outermost)
    present = [cell for cell in cells if not missing.is_missing(cell, text=False)]
    if not present:
        text = any(not missing.is_missing(cell, text=True) for cell in cells)  # words such as none, and nothing else
        return ColumnKind("category", True) if text else ColumnKind("empty")
    different = list(dict.fromkeys(present))
    numbers = sum(map(is_number, present))
    if numbers == len(present) and not asked:
        values = np.array(list(map(float, present)))
        return _numbers(name, present, values, PLAINLY, named, outermost and len(present) == len(cells))
    spelling = spelling_of(different, decimal, thousands, comma)
    if spelling is not None:
        return _numbers(name, present, np.array([spelling.value(cell) for cell in present]), spelling, named, False)
    if numbers == len(present):  # with a decimal point: whoever reads them names the cell
        return ColumnKind("number", spelling=Spelling("comma", "" if thousands in ("auto", "none") else thousands))
    form = format_of(different, dates)
    if form is not None:
        return ColumnKind(
            "date", spelling=Spelling(date=form), unsure=dates == "auto" and is_ambiguous(different, form)
        )
    if 2 * numbers > len(present):
        return ColumnKind("number")
    present = [cell for cell in cells if not missing.is_missing(cell, text=True)]
    return _texts(name, present, tuple(missing.words_in(cells)))


def _plain(cells: Sequence[str]) -> np.ndarray | None:
    """The values of cells that are all finite numbers as Python writes them."""
    try:
        values = np.array(list(map(float, cells)))
    except ValueError:
        return None
    if not len(values) or not np.isfinite(values).all() or any("_" in cell for cell in cells):
        return None
    return values


def _numbers(
    name: str, cells: Sequence[str], values: np.ndarray, spelling: Spelling, named: bool, outermost: bool
) -> ColumnKind:
    if not (values == np.floor(values)).all():
        return ColumnKind("number", spelling=spelling)
    if cells and spelling == PLAINLY and any(map(is_code, cells)) and all(map(is_whole, cells)):
        return replace(_texts(name, cells, ()), codes=True)
    like_id = looks_like_identifier(name)
    if spelling == PLAINLY and len(values) >= NUMBERED and (np.diff(values) == 1).all():
        unnamed = not named or NUMBERING.fullmatch(name)
        if like_id or (outermost and (unnamed or (values[0] in (0, 1) and not TIME.fullmatch(name)))):
            return ColumnKind("row number")
    if like_id and len(values) >= DIFFERENT and len(np.unique(values)) == len(values):
        return ColumnKind("identifier", spelling=spelling)
    return ColumnKind("whole number", spelling=spelling)


def _texts(name: str, present: Sequence[str], words: tuple[str, ...]) -> ColumnKind:
    different = {cell.strip() for cell in present}
    if len(present) >= DIFFERENT and len(different) == len(present):
        codes = all(map(CODE.fullmatch, different))
        digits = sum(any(character.isdigit() for character in cell) for cell in different)
        if codes and (2 * digits > len(different) or looks_like_identifier(name)):
            return ColumnKind("identifier", True)
    if too_many(len(different), len(present)):
        return ColumnKind("text", True)
    if {cell.lower() for cell in different} in BOTH:
        return ColumnKind("true/false", True)
    return ColumnKind("category", True, words=words)


def too_many(categories: int, rows: int) -> bool:
    """Whether so many different texts tell rows apart and nothing else."""
    return categories > MOST_CATEGORIES or categories > max(DIFFERENT, rows // 2)


def looks_like_identifier(name: str) -> bool:
    return bool(IDENTIFIER.fullmatch(name.strip()) or CAMEL.fullmatch(name.strip()))


def is_number(cell: str) -> bool:
    """Whether a cell reads as a number; NaN does not, and neither do digits with underscores."""
    try:
        value = float(cell)
    except ValueError:
        return False
    return value == value and "_" not in cell
