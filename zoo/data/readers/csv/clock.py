"""Remarks on the rows of a series: dates in another order, repeated or skipped, and several series in one table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from zoo.data.dates import days
from zoo.data.readers.csv.parse import rows_as_text
from zoo.data.readers.csv.sniff import Layout

GAP = 4.0  # times the usual step; weekends in a series of working days are three
CALENDAR = {"year", "quarter", "month", "week", "day", "weekday", "hour", "jahr", "monat", "tag", "stunde"}


def remarks_on_order(layout: Layout) -> Iterator[str]:
    """What there is to say of how the rows of a series follow each other, as they are taken in the file's order."""
    rows = [[cell.strip() for cell in row] for row in rows_as_text(layout)]
    for place, name in enumerate(layout.names):
        if layout.is_date(place):
            yield from _of_dates(name, layout.kinds[place].spelling.date, [row[place] for row in rows])
            break
    for place, name in enumerate(layout.names):
        if not layout.is_date(place) and name.casefold() not in CALENDAR:
            yield from _of_blocks(name, [row[place] for row in rows])


def _of_blocks(name: str, cells: Sequence[str]) -> Iterator[str]:
    """Whether a column names several series that stand one after the other: each value in one block of rows."""
    starts = [0, *(row for row in range(1, len(cells)) if cells[row] != cells[row - 1])]
    lengths = np.diff([*starts, len(cells)])
    if len(starts) < 2 or len({cells[row] for row in starts}) < len(starts) or lengths.min() < 2:
        return
    if not any(letter.isalpha() for letter in cells[0]) and not all(cells[row].isdigit() for row in starts):
        return  # a quantity that happens to stay
    yield (
        f"column {name!r} holds {len(starts):,} values, each in one block of rows ({cells[0]} up to row {starts[1]},"
        f" then {cells[starts[1]]}): if these are several series, windows run across them; give each a file of its own"
    )


def _of_dates(name: str, form: str, cells: Sequence[str]) -> Iterator[str]:
    try:
        steps = np.diff([days(cell, form) for cell in cells])
    except ValueError:
        yield f"the order of rows was not checked: column {name!r} has cells that are no dates like {form}"
        return
    advice = "rows are taken in the file's order; sort the file by it, oldest first"
    if len(steps) and (steps < 0).all():
        yield f"column {name!r} runs newest first, so that forecasts would go back in time: {advice}"
    elif (steps < 0).any():
        row = int(np.flatnonzero(steps < 0)[0])
        yield (
            f"column {name!r} is not in order, first at row {row + 2} ({cells[row + 1]} after {cells[row]}): {advice};"
            " where it holds several series, give each a file of its own, as windows run across them"
        )
    elif (steps == 0).any():
        row = int(np.flatnonzero(steps == 0)[0])
        yield (
            f"column {name!r} repeats times, first at row {row + 2} ({cells[row + 1]}): each row is taken as a time"
            " step; where it holds several series, give each a file of its own, as windows run across them"
        )
    elif len(steps) > 1 and steps.max() > GAP * (usual := float(np.median(steps))):
        row = int(np.argmax(steps > GAP * usual))
        yield (
            f"column {name!r} skips times, first between rows {row + 1} and {row + 2} ({cells[row]}, {cells[row + 1]}):"
            " rows are taken as equally far apart; fill the gap, or train on a part without one"
        )
