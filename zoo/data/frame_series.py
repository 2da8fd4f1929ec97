"""A time series from a DataFrame: rows in the order of their dates, and several series in one table."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC
from typing import Any

import numpy as np

from zoo.data.dataset import Dataset, numbered_columns
from zoo.data.dates import format_of, is_ambiguous
from zoo.data.missing_values import others_too
from zoo.data.options import DataOptions
from zoo.data.preprocessing.sequences import SequencePreprocessing
from zoo.data.python_arrays import array_of, is_missing, is_ragged
from zoo.data.python_tables import Frame, cell_text
from zoo.data.readers.column_matching import TrainedColumns
from zoo.data.readers.columns import chosen, without
from zoo.data.readers.csv.clock import Arrangement, Beside, Dates, Groups, arrange
from zoo.data.readers.csv.series import (
    WINDOW,
    group_of,
    left_by_kind,
    left_out,
    order_like,
    refuse_missing_months,
    series_dataset,
    timeline,
    understood,
    windows_to_predict,
)
from zoo.data.written import Written
from zoo.errors import DataError
from zoo.types import Array

LOOKED_AT = 10_000  # different texts by which a column of dates is known
TAKES = ("target", "task", "ignore", "window", "horizon", "order", "group")


def frame_series(frame: Frame, options: DataOptions, where: str, known: TrainedColumns | None = None) -> Dataset:
    """Windows of all columns of numbers, as `open_series` has them of a file."""
    names = frame.names
    ignored = chosen(options.ignore, names, where, "ignore") if options.ignore else []
    group = group_of(names, frame.named, where, options.group, known)
    numbers = [place for place in range(len(names)) if _is_number(frame, place) and place not in group]
    if known is not None:
        order, columns, notes = order_like(names, frame.named, where, known, numbers, ignored, group)
        labels, table, named = known.targets, known.table, known.named
    else:
        places = [place for place in without(len(names), ignored) if place in numbers]
        if not places:
            raise DataError(f"{where}: there is no column of numbers, expected a series; see ignore")
        targets = chosen(options.target, names, where, "target") if options.target else places[-1:]
        for place in targets:
            if place not in places:
                raise DataError(
                    f"{where}: target names {names[place]!r}, which is not a column of numbers in use, as a series"
                    " (window, horizon) needs"
                )
        order = [*targets, *(place for place in places if place not in targets)]
        columns, labels = tuple(names[place] for place in order), tuple(names[place] for place in targets)
        table, named, notes = names, frame.named, ()
    window, horizon = options.window or WINDOW, options.horizon or 1
    values, arranged = _arranged(frame, order, group, options.order, where)
    dataset = series_dataset(values, columns, labels, window, horizon, where, timeline=timeline(arranged))
    return dataset.replace(
        name="arrays",
        named=named,
        table=table,
        target_columns=labels,
        test=options.test,
        options=options.changed(),
        understood=(understood(where, columns, labels, names, arranged, window, horizon),),
        left_out=left_by_kind(names, columns, [names[place] for place in ignored], arranged),
        notes=(*notes, *arranged.notes, *left_out(arranged, window + horizon, "window and horizon")),
    )


def series_frame(array: Array) -> Frame:
    """A series in an array, (time steps,) or (time steps, columns), as a table of numbered columns."""
    columns = array[:, None] if array.ndim == 1 else array
    return Frame(tuple(column.name for column in numbered_columns(columns.shape[1])), tuple(columns.T), named=False)


def series_in(raw: Any, like: SequencePreprocessing, where: str) -> Frame | None:
    """The table of one series, where that is what an array holds, and not windows of it one by one."""
    if like.symbols or is_ragged(raw):
        return None
    array = array_of(raw, where)
    count = len(like.step.columns)
    if array.ndim == 1 and count == 1:
        return series_frame(array)
    windows = count == 1 and array.ndim == 2 and array.shape[1] == like.window
    return series_frame(array) if array.ndim == 2 and not windows else None


def frame_windows(frame: Frame, like: SequencePreprocessing, options: DataOptions, where: str) -> Dataset:
    """Every window of a table's series, to forecast what follows it; of the options `order` and `group` are heeded."""
    known = TrainedColumns.of(like.step, group=like.group)
    group = group_of(frame.names, frame.named, where, options.group, known)
    numbers = [place for place in range(len(frame.names)) if _is_number(frame, place)]
    places, _, notes = order_like(frame.names, frame.named, where, known, numbers, group=group)
    values, arranged = _arranged(frame, places, group, options.order, where)
    dataset = windows_to_predict(values, arranged, like, where)
    return dataset.replace(notes=(*notes, *dataset.notes))


def _arranged(
    frame: Frame, places: Sequence[int], group: Sequence[int], order: str, where: str
) -> tuple[Array, Arrangement]:
    """(the columns at these places (time, columns), how rows became time steps); `DataError` where there is a gap."""
    _, cells = frame.table(places, [False] * len(places), where)
    gaps = np.argwhere(~np.isfinite(cells))
    if len(gaps):
        row, column = gaps[0]
        raise DataError(
            f"{where}: the series has a gap: column {frame.names[places[column]]!r}, row {row + 1} is"
            f" {cells[row, column]}{others_too(len(gaps) - 1)}; fill the gaps, or begin the series after them"
        )
    others = without(len(frame.names), {*places, *group})
    dates = [found for place in others if (found := _dates(frame.names[place], frame.columns[place])) is not None]
    if frame.index is not None:
        index = _dates(frame.index_name, frame.index)
        dates += [] if index is None else [index]
    known = {each.name for each in dates}
    texts = {
        frame.names[place]: _written(frame.columns[place])
        for place in others
        if frame.names[place] not in known and frame.is_text(place)
    }
    numbers = {frame.names[place]: cells[:, number] for number, place in enumerate(places)}
    groups = Groups.of({frame.names[n]: _written(frame.columns[n]) for n in group}, where) if group else None
    arranged = arrange(Beside(dates, texts, numbers), groups, len(cells), order, where)
    refuse_missing_months(arranged, where)
    return np.ascontiguousarray(arranged.taken(cells)), arranged


def _is_number(frame: Frame, place: int) -> bool:
    return not frame.is_text(place) and frame.columns[place].dtype.kind not in "mM"


def _written(column: Array) -> Written:
    """The cells of a column as text, whole numbers without a point; a missing one is empty."""
    return Written.of_cells(["" if is_missing(cell) else cell_text(cell) for cell in column.tolist()])


def _dates(name: str, column: Array) -> Dates | None:
    """A column of dates or times; None where it is none."""
    times = column if column.dtype.kind == "M" else _as_times(column)
    if times is not None:
        fine = times.astype("M8[us]")
        known = ~np.isnat(fine)
        days = np.where(known, fine.astype(np.int64) / 86_400_000_000, np.nan)
        whole = (days[known] == np.floor(days[known])).all()
        unit: Any = "D" if whole else "s" if (fine[known] == fine[known].astype("M8[s]")).all() else "us"
        cells = [text.replace("T", " ") for text in np.datetime_as_string(fine, unit=unit)]
        return Dates(name, Written.of_cells(cells), times=days)
    if column.dtype.kind not in "OU":
        return None
    written = _written(column)
    texts = [text for text in written.texts[:LOOKED_AT] if text]
    form = format_of(texts) if texts else None
    return None if form is None else Dates(name, written, form, is_ambiguous(texts, form))


def _as_times(column: Array) -> Array | None:
    """Objects that are dates and times as NumPy has these, those with a zone in UTC; None for anything else."""
    if column.dtype.kind != "O" or not len(column):
        return None
    kinds = [hasattr(each, "year") and hasattr(each, "isoformat") for each in column]
    if not any(kinds):
        return None
    missing = list(map(is_missing, column))
    if not all(kind or no for kind, no in zip(kinds, missing, strict=True)):
        return None
    cells = [
        "NaT"
        if no
        else (each.astimezone(UTC).replace(tzinfo=None) if getattr(each, "tzinfo", None) else each).isoformat()
        for each, no in zip(column, missing, strict=True)
    ]
    return np.array(cells, "M8[us]")
