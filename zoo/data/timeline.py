"""Row, time and series of each time step of a series read from a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from zoo.types import Array


@dataclass(frozen=True, eq=False)
class Timeline:
    """Time steps in the order in which a series has them, several series one behind the other."""

    rows: Array | None = None  # (steps,) the number of the table's row from 1; None: steps are the rows in their order
    starts: Array | None = None  # (series + 1,) where each of several series begins, and the end; None: it is one
    column: str = ""  # that says the times; "" where none does
    times: Sequence[str] = ()  # (steps,) as they are written; none where they were not asked for
    form: str = ""  # the format of dates; "" where it is not known
    group: tuple[str, ...] = ()  # the columns that name the series, where there are several
    names: tuple[tuple[str, ...], ...] = ()  # of each series, by its cells in these columns
    clock: tuple[str, str] = ("", "")  # the column of dates that says when a row is, and how it is written
