"""What is in each column of a table, in full: kind, an example, missing and different cells, range, what is done."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from zoo.data.column_kinds import ColumnKind
from zoo.data.named_columns import NamedColumns
from zoo.data.options import DataOptions
from zoo.data.readers.columns_in import columns_in, rows_as_text
from zoo.data.readers.csv.column_choice import choose
from zoo.data.spelling import PLAINLY

MOST_DIFFERENT = 10_000  # cells of a column that are counted; more are "more than"
MOST_CELLS = 2_000_000  # different cells that are held, of all columns
EXAMPLE = 40  # characters


@dataclass
class ColumnOverview:
    """A column of a table as `zoo show` prints it."""

    name: str
    kind: str
    role: str  # what is done with it: "learned", "input", "left out"
    written: str = ""  # how its numbers or dates are, where not plainly
    example: str = ""
    missing: int = 0
    distinct: int = 0
    distinct_counted: bool = True  # False: there are more
    low: str = ""  # the smallest number, or the first date
    high: str = ""
    _cells: set[str] = field(default_factory=set, repr=False)
    _range: tuple[float, float] = (math.inf, -math.inf)

    def document(self) -> dict[str, Any]:
        """As JSON has it."""
        names = ("name", "kind", "role", "written", "example", "missing", "distinct", "distinct_counted", "low", "high")
        return {name: getattr(self, name) for name in names}


def table_overview(path: Path, options: DataOptions) -> list[ColumnOverview]:
    """Every column of a table of samples; the file is gone through once more."""
    layout = columns_in(path, options)
    choice = choose(layout, options)
    roles = dict.fromkeys(choice.inputs, "input") | dict.fromkeys(choice.targets, "learned")
    found = [
        ColumnOverview(name, kind.kind, roles.get(place, "left out"), _written(kind))
        for place, (name, kind) in enumerate(zip(layout.names, layout.kinds, strict=True))
    ]
    most = min(MOST_DIFFERENT, MOST_CELLS // len(found))
    for row in rows_as_text(layout):
        for place, cell in enumerate(row):
            _look(found[place], cell, layout, place, most)
    for each in found:
        each.distinct = len(each._cells)
    return found


def _written(kind: ColumnKind) -> str:
    if kind.text or kind.spelling == PLAINLY:
        return ""
    return kind.spelling.date or kind.spelling.description


def _look(column: ColumnOverview, cell: str, layout: NamedColumns, place: int, most: int) -> None:
    kind = layout.kinds[place]
    if layout.marks.is_missing(cell, text=kind.text):
        column.missing += 1
        return
    column.example = column.example or cell.strip()[:EXAMPLE]
    if cell in column._cells:
        return
    if len(column._cells) < most:
        column._cells.add(cell)
    else:
        column.distinct_counted = False
    if kind.text:
        return
    try:
        spelling = layout.spelling(place)
        value = float(cell) if spelling == PLAINLY else spelling.value(cell)
    except ValueError:
        return
    low, high = column._range
    if value < low:
        column.low = cell.strip()[:EXAMPLE]
    if value > high:
        column.high = cell.strip()[:EXAMPLE]
    column._range = min(low, value), max(high, value)


def lines(columns: Sequence[ColumnOverview]) -> Iterator[tuple[str, ...]]:
    """Rows of a table for the eye; the first are its headings."""
    yield "column", "kind", "example", "missing", "distinct", "range", "is"
    for each in columns:
        kind = f"{each.kind} ({each.written})" if each.written else each.kind
        distinct = f"{each.distinct:,}" if each.distinct_counted else f"> {each.distinct:,}"
        span = f"{each.low} … {each.high}" if each.low else "-"
        yield (
            each.name,
            kind,
            each.example or "-",
            f"{each.missing:,}" if each.missing else "-",
            distinct,
            span,
            each.role,
        )
