"""Read a time series from a table: one row per time, cut into sliding windows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from zoo.data.compact import Cells, ColumnsByName, CompactTable, blocks_of
from zoo.data.dataset import Column, Dataset
from zoo.data.missing_values import others_too
from zoo.data.named_columns import NamedColumns
from zoo.data.options import DataOptions
from zoo.data.readers.column_matching import TrainedColumns, match
from zoo.data.readers.columns import chosen, without
from zoo.data.readers.columns_in import read
from zoo.data.readers.csv.clock import NAMED, Arrangement, Beside, Dates, Groups, arrange
from zoo.data.readers.csv.column_choice import some
from zoo.data.readers.csv.sniff import refuse_unused
from zoo.data.spelling import Spelling
from zoo.data.timeline import Timeline
from zoo.data.windows import Windows
from zoo.errors import DataError, OptionError

if TYPE_CHECKING:
    from zoo.data.preprocessing.sequences import SequencePreprocessing

WINDOW = 24  # time steps


def wants_series(options: DataOptions) -> bool:
    """Whether the options ask for a series."""
    return options.window > 0 or options.horizon > 0 or options.task == "forecast"


def series_in(layout: NamedColumns, options: DataOptions, known: TrainedColumns | None = None) -> Dataset:
    """Windows of all columns of numbers, the targets first; a column of text, such as dates, is left out.

    Rows follow each other by the option `order`; those of one series by `group`, whose columns are no inputs. With the
    columns `known` that a model was trained on these are looked for, by name where there are names.
    """
    layout = layout.with_index(options)
    names, where = layout.names, layout.where
    if options.target == "none":
        raise OptionError(
            f"{where}: --target none is not for a series, of which something is forecast; leave out --target none, or"
            " --window, --horizon and --task forecast, which ask for a series"
        )
    ignored = chosen(options.ignore, names, where, "ignore") if options.ignore else []
    group = group_of(names, layout.named, where, options.group, known)
    if known is not None:
        numeric = _numeric_as_trained(layout, known)
        order, columns, notes = order_like(names, layout.named, where, known, numeric, ignored, group)
        asked = chosen(options.target, names, where, "target") if options.target else order[: len(known.targets)]
        if asked != order[: len(known.targets)]:
            raise DataError(
                f"{where}: --target names {names[asked[0]]!r}, but the model forecasts {', '.join(known.targets)}"
            )
        layout = layout.as_trained(order, [], known)
        labels, table, named = known.targets, known.table, known.named
    else:
        refuse_unused(layout, options)
        numbers = set(_numeric(layout, options))
        places = [place for place in without(len(names), [*ignored, *group]) if place in numbers]
        if not places:
            raise DataError(f"{where}: there is no column of numbers, expected a series; see --ignore and --delimiter")
        targets = chosen(options.target, names, where, "target") if options.target else places[-1:]
        for place in targets:
            if place not in places:
                raise DataError(
                    f"{where}: --target names {names[place]!r}, which is not a column of numbers in use, as a series"
                    " (--window, --horizon) needs"
                )
        order = [*targets, *(place for place in places if place not in targets)]
        columns, labels = tuple(names[place] for place in order), tuple(names[place] for place in targets)
        table, named, notes = names, layout.named, ()
    kinds = tuple(kind.kind for kind in layout.kinds) if known is None else ()
    window, horizon = options.window or WINDOW, options.horizon or 1
    clock = known.clock if known is not None else ("", "")
    values, arranged = read_series(layout, order, options, group, ignored, clock)
    dataset = series_dataset(values, columns, labels, window, horizon, where, timeline=timeline(arranged))
    spelled = tuple(Column(each, spelling=str(layout.spelling(n))) for each, n in zip(columns, order, strict=True))
    short = left_out(arranged, window + horizon, "--window and --horizon") if arranged.groups is not None else ()
    return dataset.replace(
        columns=spelled,
        named=named,
        table=table,
        kinds=kinds,
        target_columns=labels,
        test=options.test,
        options=options.changed(),
        understood=(understood(layout.title, columns, labels, names, arranged, window, horizon),),
        left_out=left_by_kind(names, columns, [names[place] for place in ignored], arranged),
        notes=(*layout.notes, *notes, *arranged.notes, *short),
        **layout.about,
    )


def understood(
    name: str,
    columns: Sequence[str],
    labels: Sequence[str],
    table: Sequence[str],
    arranged: Arrangement,
    window: int,
    horizon: int,
) -> str:
    """A line for the eye: what is learned, from which columns, and which of the table are left out."""
    group = () if arranged.groups is None else arranged.groups.columns
    count = 0 if arranged.groups is None else len(arranged.groups.names)
    of = f" of each of {count:,} series" if count > 1 else " of 1 series" if count else ""
    ahead = f"the next {horizon:,} steps of " if horizon > 1 else ""
    line = f"{name}: learns {ahead}{some(labels)} from {window:,} steps of {some(columns)}{of}"
    left = {each: "" for each in table if each not in columns}
    if arranged.times is not None:
        left |= {each: " (the times)" for each in left if each == arranged.times[0]}
    left |= dict.fromkeys(group, " (names the series)")
    return f"{line}; leaves {some([f'{each}{role}' for each, role in left.items()])}" if left else line


def left_by_kind(
    table: Sequence[str], columns: Sequence[str], ignored: Sequence[str], arranged: Arrangement
) -> tuple[str, ...]:
    """The columns of a table that a series leaves out, but those that were named, or are its times or groups."""
    group = () if arranged.groups is None else arranged.groups.columns
    times = () if arranged.times is None else arranged.times[:1]
    known = {*columns, *ignored, *group, *times}
    return tuple(each for each in table if each not in known)


def _numeric(layout: NamedColumns, options: DataOptions) -> list[int]:
    """The columns that can be part of a series: numbers, but not those that only count the rows."""
    used = chosen(options.use, layout.names, layout.where, "use") if options.use else []
    numbers = [n for n in range(len(layout.names)) if not layout.is_text(n) and not layout.is_date(n)]
    for place in used:
        if place not in numbers:
            raise DataError(f"{layout.where}: --use names {layout.names[place]!r}, which is not a column of numbers")
    if used and not any(layout.kinds[place].left_out for place in used):
        named = ", ".join(repr(layout.names[place]) for place in used)
        raise OptionError(f"{layout.where}: --use has no effect: {named} would not be left out; leave the option out")
    return [place for place in numbers if place in used or not layout.kinds[place].left_out] or numbers


def _numeric_as_trained(layout: NamedColumns, known: TrainedColumns) -> list[int]:
    """The columns of numbers, and those with the names of inputs of training, whatever their cells look like here."""
    named = set(known.inputs) if known.named and layout.named else set()
    numeric = _numeric(layout, DataOptions())
    return [n for n, name in enumerate(layout.names) if n in set(numeric) or name in named]


def group_of(
    names: Sequence[str], named: bool, where: str, group: str, known: TrainedColumns | None = None
) -> list[int]:
    """The places of the columns that name the series: those of the option `group`, else those of training."""
    if group and group not in names:
        return [] if group == "none" else chosen(group, names, where, "group")
    if group:
        return [names.index(group)]
    if known is None or not known.group:
        return []
    if not (known.named and named) and len(names) == len(known.order):
        return [known.order.index(name) for name in known.group]
    missing = next((name for name in known.group if name not in names), None)
    if missing is not None:
        raise DataError(
            f"{where}: there is no column {missing!r}, which named the series in training (--group); add it, or say"
            " --group none where all rows are one series"
        )
    return [names.index(name) for name in known.group]


def order_like(
    names: Sequence[str],
    named: bool,
    where: str,
    known: TrainedColumns,
    numeric: Sequence[int],
    ignored: Sequence[int] = (),
    group: Sequence[int] = (),
) -> tuple[list[int], tuple[str, ...], tuple[str, ...]]:
    """Places and names of the columns that a model was trained on, in its order, and what is to say of them.

    `numeric` are the places of the columns of numbers, `group` those that name the series.
    """
    taken = [names[place] for place in group if known.named and named and names[place] in known.inputs]
    if taken:
        raise DataError(
            f"{where}: --group names {taken[0]!r}, which is an input of the model; leave it out, or train anew with"
            f" --group {taken[0]}"
        )
    numeric = [place for place in numeric if place not in group]
    times = [place for place in range(len(names)) if place not in numeric]
    alone = replace(known, targets=())  # which are inputs as well
    found = match(alone, names, named, where, ignored=[*ignored, *times], numeric=numeric)
    return found.inputs, known.inputs, found.notes


def series_dataset(
    values: Cells,
    columns: tuple[str, ...],
    labels: tuple[str, ...],
    window: int,
    horizon: int,
    where: str,
    timeline: Timeline | None = None,
) -> Dataset:
    """The windows of a series (time, columns), whose first columns are the targets; the last times are held out.

    window: time steps of each, 0 for 24; horizon: time steps to forecast, 0 for 1. A `timeline` says where several
    series begin that stand one behind the other.
    """
    window, horizon = window or WINDOW, horizon or 1
    starts = None if timeline is None else timeline.starts
    source = Windows(values, window, horizon, starts=starts)
    if source.shape[0] < 2:
        lengths = np.diff(source.borders)
        longest = int(lengths.max())
        # A smaller window helps alone where the horizon leaves rows for one, and vice versa.
        helps = [f"--{name}" for name, other in (("window", horizon), ("horizon", window)) if other + 2 <= longest]
        which = "the series has" if starts is None else f"the longest of {len(lengths):,} series (--group) has"
        raise DataError(
            f"{where}: {which} {longest:,} time steps, too few for windows of {window:,} and a forecast horizon of"
            f" {horizon:,} (--window, --horizon): expected {window + horizon + 1:,} at least;"
            f" name a smaller {' or '.join(helps) or '--window and --horizon'}"
        )
    return Dataset(
        name=where,
        task="forecast",
        inputs=source,
        labels=labels,
        kind="sequences",
        columns=tuple(map(Column, columns)),
        named=True,
        splits="last",
        timeline=timeline,
    )


def columns_of_series(like: SequencePreprocessing) -> TrainedColumns:
    """The columns of the table that a model of a series was trained on."""
    return TrainedColumns.of(like.step, like.labels, group=like.group, clock=like.clock)


def windows_like(layout: NamedColumns, options: DataOptions, like: SequencePreprocessing) -> Dataset:
    """Every window of a series, the last included, to forecast what follows it; columns go by name."""
    known = columns_of_series(like)
    layout = layout.with_index(options)
    names, named, where = layout.names, layout.named, layout.where
    group = group_of(names, named, where, options.group, known)
    places, _, notes = order_like(names, named, where, known, _numeric_as_trained(layout, known), group=group)
    layout = layout.as_trained(places, [], known)
    values, arranged = read_series(layout, places, options, group, clock=known.clock)
    dataset = windows_to_predict(values, arranged, like, where)
    return dataset.replace(options=options.changed(), notes=(*notes, *dataset.notes), **layout.about)


def windows_to_predict(values: Cells, arranged: Arrangement, like: SequencePreprocessing, where: str) -> Dataset:
    """Every window of series whose time steps are `arranged`, the last of each included."""
    line = timeline(arranged, times=True)
    source = Windows(values, like.window, 0, starts=line.starts)
    longest = int(np.diff(source.borders).max())
    if longest < like.window:
        which = "the series has" if line.starts is None else f"the longest of {len(line.names):,} series (--group) has"
        raise DataError(
            f"{where}: {which} {longest} time steps, fewer than the window of {like.window} that the model was trained"
            " on"
        )
    return Dataset(
        name=where,
        task="unsupervised",
        inputs=source,
        kind="sequences",
        columns=like.step.columns,
        named=like.step.named,
        table=like.step.table,
        notes=(*arranged.notes, *left_out(arranged, like.window, "the window")),
        timeline=line,
    )


# --- rows and their order ---------------------------------------------------------------------------------------------


def read_series(
    layout: NamedColumns,
    places: list[int],
    options: DataOptions,
    group: Sequence[int] = (),
    ignored: Sequence[int] = (),
    clock: tuple[str, str] = ("", ""),
) -> tuple[Cells, Arrangement]:
    """(the columns at these places (time, columns), how rows became time steps), the series one behind the other that
    the columns at `group` name; `DataError` where the series has a gap. The file is read once.

    clock: (name, spelling) of the column of dates in training, which tells the times here too.
    """
    trained = layout.names.index(clock[0]) if layout.named and clock[0] in layout.names else -1
    beside = _beside(layout, places, group, ignored, trained)
    table = read(layout, places, [False] * len(places), options.replace(missing="mean"), places, written=beside)
    cells = table.cells
    gap, missing = None, 0
    for start, block in blocks_of(cells):
        places_missing = np.argwhere(~np.isfinite(block))
        missing += len(places_missing)
        if gap is None and len(places_missing):
            gap = start + int(places_missing[0][0]), int(places_missing[0][1])
    if gap is not None:
        row, column = gap
        raise DataError(
            f"{layout.where}: the series has a gap: column {table.columns[column].name!r}, row {row + 1} is missing"
            f"{others_too(missing - 1)}; fill the gaps, or begin the series after them"
        )
    kinds = layout.kinds
    dates = []
    for place in beside:
        if place not in group and (layout.is_date(place) or place == trained):
            spelling, unsure = kinds[place].spelling, kinds[place].unsure
            if place == trained:
                spelling, unsure = (
                    Spelling.parse(clock[1]).written(options.decimal, options.thousands, options.dates),
                    False,
                )
            times = layout.times_at(place)
            dates.append(
                Dates(layout.names[place], table.written[place], spelling.date, unsure, times, place == trained)
            )
    texts = {
        layout.names[place]: table.written[place]
        for place in beside
        if not layout.is_date(place) and place not in group and place != trained
    }
    numbers = ColumnsByName(cells, {layout.names[place]: number for number, place in enumerate(places)})
    groups = Groups.of({layout.names[n]: table.written[n] for n in group}, layout.where) if group else None
    arranged = arrange(Beside(dates, texts, numbers), groups, len(cells), options.order, layout.where)
    refuse_missing_months(arranged, layout.where)
    taken = arranged.taken(cells)
    return taken if isinstance(taken, CompactTable) else np.ascontiguousarray(taken), arranged


def _beside(
    layout: NamedColumns, places: Sequence[int], group: Sequence[int], ignored: Sequence[int], clock: int
) -> list[int]:
    """The other columns that can say when a row is or which series it is of: the first of dates, of training's `clock`
    where it is there, those of text, those that were left out by name, and those of the group."""
    others = without(len(layout.names), {*places, *group})
    dates = [place for place in others if layout.is_date(place) or place == clock]
    dates.sort(key=lambda place: (place != clock, place in ignored))
    kinds = [layout.kinds[place].kind for place in range(len(layout.names))]
    texts = [n for n in others if n not in dates and (layout.is_text(n) or n in ignored)]
    return [*group, *dates[:1], *(place for place in texts if kinds[place] not in ("index", "row number", "empty"))]


def timeline(arranged: Arrangement, *, times: bool = False) -> Timeline:
    """Which row, and where `times` are wanted which time, each time step is of."""
    rows, groups = arranged.rows, arranged.groups
    line = Timeline(
        rows=None if rows is None else rows + 1,
        starts=arranged.starts,
        group=() if groups is None else groups.columns,
        names=() if groups is None else groups.names,
        clock=("", "") if arranged.clock is None else arranged.clock.dates,
    )
    written = arranged.times
    if not times or written is None:
        return line
    form = arranged.clock.form if arranged.clock is not None else ""
    return replace(line, column=written[0], times=written[1].cells(rows), form=form)


def left_out(arranged: Arrangement, least: int, what: str) -> tuple[str, ...]:
    """What there is to say of series with fewer time steps than `least`."""
    if arranged.groups is None or arranged.starts is None:
        return ()
    lengths = np.diff(arranged.starts)
    short = np.flatnonzero(lengths < least)
    if not len(short):
        return ()
    names = [f"{arranged.groups.called(number)} ({lengths[number]:,})" for number in short[:NAMED].tolist()]
    more = ", …" if len(short) > NAMED else ""
    return (
        f"{len(short):,} of {len(lengths):,} series left out, with fewer rows than the {least:,} of {what}:"
        f" {', '.join(names)}{more}",
    )


def refuse_missing_months(arranged: Arrangement, where: str) -> None:
    """A column of months, 1949-01 and so on, has to name each month once in every series, in order."""
    clock = arranged.clock
    if clock is None or clock.form != "%Y-%m":
        return
    order = np.arange(len(clock.times)) if arranged.rows is None else arranged.rows
    months = (clock.times[order].astype("M8[D]").astype("M8[M]")).astype(np.int64)
    steps = np.diff(months)
    same = np.ones(len(steps), bool)
    if arranged.groups is not None:
        same = np.diff(arranged.groups.numbers[order]) == 0
    jumps = np.flatnonzero(same & (steps != 1))
    if len(jumps) and (steps[same] == 1).mean() > 0.5:
        before, row = int(order[jumps[0]]), int(order[jumps[0] + 1])
        raise DataError(
            f"{where}: the series has a gap: row {row + 1} is of {clock.cell(row)}, after {clock.cell(before)} in row"
            f" {before + 1}; put the missing months in"
        )
