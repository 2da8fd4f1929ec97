"""The order of a series' dates: what is said when rows run newest first, in no order, or with times repeated."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from zoo.data.dates import days
from zoo.data.readers.csv_cells import rows_as_text
from zoo.data.readers.csv_layout import Layout


def remarks_on_order(layout: Layout) -> Iterator[str]:
    """What there is to say of the first column of dates, as the rows of a series are taken in the file's order."""
    place = next((place for place in range(len(layout.names)) if layout.is_date(place)), None)
    if place is None:
        return
    name, form = layout.names[place], layout.kinds[place].spelling.date
    cells = [row[place].strip() for row in rows_as_text(layout)]
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
