"""A time series in a table: one row for each time, in windows that move along it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from zoo.data.dataset import Column, Dataset
from zoo.data.options import DataOptions
from zoo.data.readers.column_matching import TrainedColumns, match
from zoo.data.readers.columns import chosen, without
from zoo.data.readers.csv.clock import remarks_on_order
from zoo.data.readers.csv.parse import read
from zoo.data.readers.csv.sniff import Layout, look_at, refuse_unused_dates
from zoo.data.windows import Windows
from zoo.errors import DataError
from zoo.types import Array

if TYPE_CHECKING:
    from zoo.data.preprocessing.sequences import SequencePreprocessing

WINDOW = 24  # time steps


def wants_series(options: DataOptions) -> bool:
    """Whether the options ask for a series."""
    return options.window > 0 or options.horizon > 0 or options.task == "forecast"


def open_series(path: Path, options: DataOptions, known: TrainedColumns | None = None) -> Dataset:
    """Windows of all columns of numbers, the targets first; a column of text, such as dates, is left out.

    With the columns `known` that a model was trained on these are looked for, by name where there are names.
    """
    layout = look_at(path, options)
    names, where = layout.names, layout.where
    ignored = chosen(options.ignore, names, where, "ignore") if options.ignore else []
    if known is not None:
        order, columns, notes = _order_like(layout, known, ignored)
        asked = chosen(options.target, names, where, "target") if options.target else order[: len(known.targets)]
        if asked != order[: len(known.targets)]:
            raise DataError(
                f"{where}: --target names {names[asked[0]]!r}, but the model forecasts {', '.join(known.targets)}"
            )
        layout = replace(layout, learned=True)
        labels, table, named = known.targets, known.table, known.named
    else:
        refuse_unused_dates(layout, options)
        numbers = set(_numeric(layout, options))
        places = [place for place in without(len(names), ignored) if place in numbers]
        if not places:
            raise DataError(f"{where}: there is no column of numbers, expected a series; see --ignore and --delimiter")
        targets = chosen(options.target, names, where, "target") if options.target else places[-1:]
        for place in targets:
            if place not in places:
                raise DataError(f"{where}: --target names {names[place]!r}, which is not a column of numbers in use")
        order = [*targets, *(place for place in places if place not in targets)]
        columns, labels = tuple(names[place] for place in order), tuple(names[place] for place in targets)
        table, named, notes = names, layout.named, ()
    values = read_series(layout, order, options)
    return series_dataset(values, columns, labels, options.window, options.horizon, where).replace(
        name=path.stem,
        named=named,
        table=table,
        target_columns=labels,
        test=options.test,
        path=str(path.absolute()),
        options=options.changed(),
        notes=(*notes, *remarks_on_order(layout)),
    )


def _numeric(layout: Layout, options: DataOptions) -> list[int]:
    """The columns that can be part of a series: numbers, but not those that only count the rows."""
    used = chosen(options.use, layout.names, layout.where, "use") if options.use else []
    numbers = [n for n in range(len(layout.names)) if not layout.is_text(n) and not layout.is_date(n)]
    return [place for place in numbers if place in used or not layout.kinds[place].left_out] or numbers


def _order_like(
    layout: Layout, known: TrainedColumns, ignored: Sequence[int] = ()
) -> tuple[list[int], tuple[str, ...], tuple[str, ...]]:
    """Places and names of the columns that a model was trained on, in its order, and what is to say of them."""
    numeric = _numeric(layout, DataOptions())
    times = [place for place in range(len(layout.names)) if place not in numeric]
    alone = replace(known, targets=())  # which are inputs as well
    found = match(alone, layout.names, layout.named, layout.where, ignored=[*ignored, *times], numeric=numeric)
    return found.inputs, known.inputs, found.notes


def series_dataset(
    values: Array, columns: tuple[str, ...], labels: tuple[str, ...], window: int, horizon: int, where: str
) -> Dataset:
    """The windows of a series (time, columns), whose first columns are the targets; the last times are held out.

    window: time steps of each, 0 for 24; horizon: time steps to forecast, 0 for 1.
    """
    window, horizon = window or WINDOW, horizon or 1
    if len(values) < window + horizon + 1:
        # A smaller window helps alone where the horizon leaves room for one, and the other way round.
        helps = [f"--{name}" for name, other in (("window", horizon), ("horizon", window)) if other + 2 <= len(values)]
        raise DataError(
            f"{where}: the series has {len(values):,} time steps, too few for windows of {window:,} and a horizon of"
            f" {horizon:,} (--window, --horizon): expected {window + horizon + 1:,} at least;"
            f" name a smaller {' or '.join(helps) or '--window and --horizon'}"
        )
    return Dataset(
        name=where,
        task="forecast",
        inputs=Windows(values, window, horizon),
        labels=labels,
        kind="sequences",
        columns=tuple(map(Column, columns)),
        named=True,
        splits="last",
    )


def windows_like(path: Path, options: DataOptions, like: SequencePreprocessing) -> Dataset:
    """Every window of a series, the last included, to forecast what follows it; columns go by name."""
    layout = replace(look_at(path, options), learned=True)
    places, _, notes = _order_like(layout, TrainedColumns.of(like.step, like.labels))
    values = read_series(layout, places, options)
    if len(values) < like.window:
        raise DataError(
            f"{layout.where}: the series has {len(values)} time steps, fewer than the window of {like.window} that the"
            " model was trained on"
        )
    return Dataset(
        name=path.stem,
        task="unsupervised",
        inputs=Windows(values, like.window, 0),
        kind="sequences",
        columns=like.step.columns,
        named=like.step.named,
        table=like.step.table,
        path=str(path.absolute()),
        options=options.changed(),
        notes=(*notes, *remarks_on_order(layout)),
    )


def read_series(layout: Layout, places: list[int], options: DataOptions) -> Array:
    """The columns at these places, (time, columns); `DataError` where the series has a gap."""
    table = read(layout, places, [False] * len(places), options.replace(missing="mean"), places)
    cells = np.ascontiguousarray(table.cells)
    gaps = np.argwhere(~np.isfinite(cells))
    if len(gaps):
        row, column = gaps[0]
        raise DataError(
            f"{layout.where}: the series has a gap: column {table.columns[column].name!r}, row {row + 1} is missing,"
            f" as are {len(gaps) - 1} other values; fill the gaps, or begin the series after them"
        )
    _refuse_missing_months(layout, options)
    return cells


def _refuse_missing_months(layout: Layout, options: DataOptions) -> None:
    """A column of months, 1949-01 and so on, has to name each month once, in order."""
    for place in range(len(layout.names)):
        cells = [row[place].strip() for row in layout.sample]
        if len(cells) < 2 or not all(re.fullmatch(r"\d{4}-\d{2}", cell) for cell in cells):
            continue
        months = np.array([12 * int(cell[:4]) + int(cell[5:]) for cell in cells])
        jumps = np.flatnonzero(np.diff(months) != 1)
        if len(jumps) and (np.diff(months) == 1).mean() > 0.5:
            row = int(jumps[0])
            raise DataError(
                f"{layout.where}: the series has a gap: row {row + 2} is of {cells[row + 1]}, after {cells[row]} in the"
                " row before; put the missing months in"
            )
