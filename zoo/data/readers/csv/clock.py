"""The order of a series' rows: when each is, which of several series it is of, and what is odd about both.

A clock is a column of dates, with the time of day beside it where the dates repeat; else columns of the calendar (year,
month, day, hour), or a column of numbers that is named as times are and never repeats within a series.
"""

from __future__ import annotations

import itertools
import re
import shlex
from array import array
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from zoo.data.compact import Cells, numbered, reordered
from zoo.data.dates import days_of, exchanged
from zoo.data.labels import merged
from zoo.data.spelling import Spelling
from zoo.data.targets import label_order
from zoo.data.written import Written, WrittenCells
from zoo.errors import DataError, OptionError
from zoo.types import Array

GAP = 4.0  # times the usual step of times that follow no grid
REGULAR = 0.8  # share of steps alike from which on times follow one
CALENDAR = {"year", "quarter", "month", "week", "day", "weekday", "hour", "jahr", "monat", "tag", "stunde"}
YEARS, MONTHS, DAYS, HOURS = ("year", "jahr"), ("month", "monat"), ("day", "tag"), ("hour", "hr", "stunde")
TIMES = re.compile(r"(?i)(t|time|timestamp|unix\w*|epoch|datetime|date|step|\w*_(time|timestamp))")
TIME_OF_DAY = re.compile(r"(\d{1,2})[:.](\d{2})(?:[:.](\d{2})(?:[.,]\d+)?)?")
MANY_REPEATS = 0.1  # share of rows whose time another has, from which on these are not mere duplicates
NAMED = 5  # series in a line
TRIED = 8  # columns that are tried in pairs for what names the series


@dataclass(frozen=True, eq=False)
class Dates:
    """A column of dates: their format, and whether day and month could be exchanged; or times themselves."""

    name: str
    written: Written
    form: str = ""
    unsure: bool = False
    times: Array | None = None  # (rows,) days since 1970, where they are known
    settled: bool = False  # whether training knew the format, so that other dates are an error


@dataclass(frozen=True, eq=False)
class Beside:
    """The columns of a table that can say when a row is, and which series it is of."""

    dates: Sequence[Dates] = ()
    texts: Mapping[str, Written] = field(default_factory=dict)
    numbers: Mapping[str, Array] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Clock:
    """When each row is: days since 1970, or other numbers that grow with time; NaN where that is not known."""

    name: str
    times: Array
    written: Written | None = None  # of a column of dates
    form: str = ""
    note: str = ""  # how dates were read, where that was a guess
    dates: tuple[str, str] = ("", "")  # the column of dates among it, and how it is written

    def cell(self, row: int) -> str:
        """What a row says of its time."""
        return f"{self.times[row]:g}" if self.written is None else self.written.texts[self.written.numbers[row]]


@dataclass(frozen=True, eq=False)
class Groups:
    """Which series each row is of; the series in the order of their names, numbers by their value."""

    columns: tuple[str, ...]
    names: tuple[tuple[str, ...], ...]  # of each series, by its cells in the columns
    numbers: Array  # (rows,) of the series

    @classmethod
    def of(cls, columns: Mapping[str, Written], where: str) -> Groups:
        """The series that columns name together; `DataError` where a cell is empty."""
        ranks = []
        for name, written in columns.items():
            if "" in written.texts:
                row = int(np.argmax(written.numbers == written.texts.index("")))
                raise DataError(
                    f"{where}: column {name!r}, row {row + 1} is empty, expected the name of its series (--group);"
                    " fill it, or remove the row"
                )
            ranks.append(_ranked(written))
        found, numbers = np.unique(np.column_stack([rank for rank, _ in ranks]), axis=0, return_inverse=True)
        names = tuple(
            tuple(texts[place] for place, (_, texts) in zip(row, ranks, strict=True)) for row in found.tolist()
        )
        return cls(tuple(columns), names, numbers.reshape(-1))

    def called(self, number: int) -> str:
        """A series as a line names it."""
        return called(self.names[number])


def _ranked(written: Written) -> tuple[Array, list[str]]:
    """(the rank of the text of each row, the texts in their order)."""
    same = merged(written.texts)
    order = sorted((written.texts[first] for first in dict.fromkeys(same)), key=label_order(tuple(written.texts)))
    place = {text: number for number, text in enumerate(order)}
    return np.array([place[written.texts[first]] for first in same])[written.numbers], order


def called(name: Sequence[str]) -> str:
    """A series as a line names it, by its cells in the columns that name it."""
    return " ".join(name)


@dataclass(frozen=True, eq=False)
class Arrangement:
    """How rows become time steps."""

    rows: Array | None = None  # (steps,) places of the rows; None: as they stand
    groups: Groups | None = None
    clock: Clock | None = None
    notes: tuple[str, ...] = ()
    times: tuple[str, Written] | None = None  # (name, cells) of the column that says what a row is of

    @property
    def starts(self) -> Array | None:
        """Where each of several series begins among the steps, and the end."""
        return None if self.groups is None else np.cumsum([0, *np.bincount(self.groups.numbers).tolist()])

    def taken(self, cells: Cells) -> Cells:
        """Cells of rows as those of time steps."""
        return cells if self.rows is None else reordered(cells, self.rows)


# --- when a row is ----------------------------------------------------------------------------------------------------


def find_clock(beside: Beside, groups: Groups | None = None) -> Clock | None:
    """The clock of a table; None where none is recognized."""
    if beside.dates:
        clock = _by_dates(beside.dates[0], groups)
        more = _time_of_day(beside) if _repeats(clock.times, groups) else None
        if more is None:
            return clock
        name, shares, texts = more
        assert clock.written is not None
        both = _side_by_side(clock.written.cells(), texts)
        return replace(clock, name=f"{clock.name} {name}", times=clock.times + shares, written=both, form="")
    for name, times in (_by_calendar(beside), *_by_name(beside)):
        distinct = times is not None and (
            not _repeats(times, groups) or (groups is None and bool(_telling_apart(times, None, beside)))
        )
        if times is not None and distinct:
            return Clock(name, times)
    return None


def _by_dates(dates: Dates, groups: Groups | None) -> Clock:
    clock = _read(dates, dates.form)
    if not dates.unsure or dates.times is not None:
        return clock
    # Day and month could be exchanged: the reading in which the rows have an order is the right one.
    other = exchanged(dates.form)
    swapped = _read(dates, other)
    ways = ("day-first", "month-first") if dates.form.startswith("%d") else ("month-first", "day-first")
    for sign in (1, -1):
        for each, way in ((clock, ways[1]), (swapped, ways[0])):
            steps, within = _steps(each.times, groups)
            if (sign * steps[within] >= 0).all():
                return each if each is clock else replace(each, note=f"dates are read {other}; else --dates {way}")
    return replace(clock, note=f"dates are read {dates.form}; else --dates {ways[1]}")


def _read(dates: Dates, form: str) -> Clock:
    """The clock of a column of dates that are written in a format."""
    written = dates.written
    times = days_of(written.texts, form)[written.numbers] if dates.times is None else dates.times
    return Clock(dates.name, times, written, form, dates=(dates.name, str(Spelling(date=form))))


def _side_by_side(dates: Sequence[str], times: Sequence[str]) -> Written:
    """Dates and times of day as one column."""
    found = WrittenCells()
    for start in range(0, len(dates), 2**12):
        part = zip(dates[start : start + 2**12], times[start : start + 2**12], strict=True)
        found.add([f"{date} {time}" for date, time in part])
    return found.written()


def _time_of_day(beside: Beside) -> tuple[str, Array, Sequence[str]] | None:
    """(name, share of a day, cells) of a column that says the time of day."""
    for name, written in beside.texts.items():
        shares = array("d")
        for text in written.texts:
            share = _share_of_day(text, name)
            if share is None:
                break
            shares.append(share)
        else:
            return name, np.array(shares)[written.numbers], written.cells()
    for name in beside.numbers:
        if name.casefold() in HOURS:
            values = beside.numbers[name]
            if ((values >= 0) & (values <= 24)).all():
                return name, values / 24, Written.of_numbers(values).cells()
    return None


def _share_of_day(text: str, name: str) -> float | None:
    """What 18:30, or 18 in a column that is named hour, says; None for anything else."""
    if name.casefold() in HOURS and text.isdecimal() and int(text) <= 24:
        return int(text) / 24
    found = TIME_OF_DAY.fullmatch(text)
    if found is None:
        return None
    return (int(found[1]) * 3600 + int(found[2]) * 60 + int(found[3] or 0)) / 86400


def _by_calendar(beside: Beside) -> tuple[str, Array | None]:
    """(names, days since 1970) by columns of year, month, day and hour, as far as there are such."""
    found: dict[str, tuple[str, Array]] = {}
    for part, names, low, high in (
        ("year", YEARS, 1000, 2999),
        ("month", MONTHS, 1, 12),
        ("day", DAYS, 1, 31),
        ("hour", HOURS, 0, 24),
    ):
        for name in beside.numbers:
            if name.casefold() not in names:
                continue
            values = beside.numbers[name]
            if _whole(values) and low <= values.min() and values.max() <= high:
                found[part] = name, values
                break
        else:
            break
    if "year" not in found:
        return "", None
    months = 12 * (found["year"][1].astype(np.int64) - 1970)
    if "month" not in found:
        return found["year"][0], found["year"][1]
    months += found["month"][1].astype(np.int64) - 1
    times: Array = months.astype(float)
    if "day" in found:
        times = months.astype("M8[M]").astype("M8[D]").astype(float) + found["day"][1] - 1
    if "hour" in found:
        times = times + found["hour"][1] / 24
    return " ".join(name for name, _ in found.values()), times


def _by_name(beside: Beside) -> Iterator[tuple[str, Array]]:
    """(name, values) of the columns of whole or evenly spaced numbers that are named as times are."""
    for name in beside.numbers:
        if TIMES.fullmatch(name):
            values = beside.numbers[name]
            if _whole(values) or _even(values):
                yield name, values


def _even(values: Array) -> bool:
    steps = np.diff(np.unique(values))
    return len(steps) > 0 and bool((np.abs(steps - np.median(steps)) <= 1e-6 * np.abs(values).max()).mean() > 0.5)


def _whole(values: Array) -> bool:
    blocks = (values[start : start + 2**18] for start in range(0, len(values), 2**18))
    return len(values) > 0 and all((np.isfinite(each) & (each == np.floor(each))).all() for each in blocks)


# --- in which order ---------------------------------------------------------------------------------------------------


def arrange(beside: Beside, groups: Groups | None, count: int, order: str, where: str) -> Arrangement:
    """The order of time steps for so many rows by the option `order`: "file", "clock", or "auto", which sorts by the
    clock where rows run newest first or are unsorted, unless they look like several series that nobody named.

    Series that `groups` names stand one behind the other. `DataError` where the clock is asked for and does not tell.
    """
    clock = find_clock(beside, groups)
    notes: list[str] = []
    if clock is None and order == "clock":
        raise OptionError(
            f"{where}: --order clock has no effect: no column of dates or times is recognized; say how they are written"
            " with --dates, or leave it out"
        )
    if clock is not None and np.isnan(clock.times).any():
        row = int(np.argmax(np.isnan(clock.times)))
        got = f"column {clock.name!r}, row {row + 1} is {clock.cell(row)!r}, expected a date"
        got += f" like {clock.form}" if clock.form else ""
        if beside.dates and beside.dates[0].settled and order != "file":
            raise DataError(f"{where}: {got} as in training; dates of another format: --dates FORMAT; or --order file")
        if order == "clock":
            raise DataError(f"{where}: --order clock: {got}; fix it, or say --order file")
        notes += [f"the order of rows was not checked, as {got}"] if order == "auto" else []
        clock = None
    rows = None if groups is None else np.argsort(groups.numbers, kind="stable")
    several: list[str] = []  # columns that seem to name several series
    if clock is not None:
        several = _telling_apart(clock.times, groups, beside) if _repeats(clock.times, groups) else []
        several = several or (_blocks_in_order(clock.times, beside) if groups is None else [])
    if clock is not None and order != "file":
        by_clock, remarks = _sorted(clock, groups, order, bool(several))
        rows = by_clock if by_clock is not None else rows
        notes += remarks
    if rows is not None and (np.diff(rows) == 1).all():
        rows = None
    arranged = Arrangement(rows, groups, clock, times=_said_of(clock, groups, beside))
    if clock is not None:
        notes += _odd_times(arranged, clock, several)
    if groups is None and not several:
        notes += _blocks(beside, rows)
    return replace(arranged, notes=tuple(notes))


def _said_of(clock: Clock | None, groups: Groups | None, beside: Beside) -> tuple[str, Written] | None:
    """The dates; without them the first column of text whose cells all differ, in each series."""
    if clock is not None and clock.written is not None:
        return clock.name, clock.written
    if beside.dates:
        return beside.dates[0].name, beside.dates[0].written
    series = [] if groups is None else [groups.numbers]
    for name, written in beside.texts.items():
        if written.all_differ or (series and _distinct(written.numbers, *series) == len(written)):
            return name, written
    return None


def _sorted(clock: Clock, groups: Groups | None, order: str, several: bool) -> tuple[Array | None, list[str]]:
    """(the places of the rows by the clock, None where they stay; the notes on it)."""
    steps, within = _steps(clock.times, groups)
    back = np.flatnonzero(within & (steps < 0))
    by_clock = (
        np.lexsort((clock.times, groups.numbers)) if groups is not None else np.argsort(clock.times, kind="stable")
    )
    note = f" ({clock.note})" if clock.note else ""
    if order == "clock":
        return by_clock, [clock.note] if clock.note else []
    if not len(back):
        return None, []
    how = _disorder(clock, groups, steps, within, back)
    if groups is None and (several or _share_repeated(clock.times) > MANY_REPEATS):
        return None, []  # reported with the repeated times
    each = f" in each of {len(groups.names):,} series" if groups is not None else ""
    return by_clock, [f"{how}: rows are sorted by it{each}, oldest first{note}; --order file takes them as they stand"]


def _disorder(clock: Clock, groups: Groups | None, steps: Array, within: Array, back: Array) -> str:
    if (steps[within] < 0).all():
        return f"column {clock.name!r} runs newest first"
    order = np.arange(len(clock.times)) if groups is None else np.argsort(groups.numbers, kind="stable")
    before, row = order[back[0]], order[back[0] + 1]
    return (
        f"column {clock.name!r} is not in order, first at row {row + 1} ({clock.cell(row)} after {clock.cell(before)})"
    )


def _steps(times: Array, groups: Groups | None) -> tuple[Array, Array]:
    """(times between rows as they stand, whether both are of one series); series one behind the other."""
    if groups is None:
        return np.diff(times), np.ones(max(0, len(times) - 1), bool)
    order = np.argsort(groups.numbers, kind="stable")
    return np.diff(times[order]), np.diff(groups.numbers[order]) == 0


def _repeats(times: Array, groups: Groups | None) -> bool:
    """Whether two rows of one series have the same time."""
    steps, within = _steps(times, groups)
    if (steps[within] > 0).all():
        return False
    return _distinct(times, *([] if groups is None else [groups.numbers])) < len(times)


def _distinct(times: Array, *numbers: Array) -> int:
    """How many different (time, numbers, …) there are."""
    return len(np.unique(_together(times, *numbers)))


def _together(times: Array, *numbers: Array) -> Array:
    """A number for each different (time, numbers, …)."""
    found = np.unique(times, return_inverse=True)[1].reshape(-1)
    for each in numbers:
        found = np.unique(found * (int(each.max()) + 1) + each, return_inverse=True)[1].reshape(-1)
    return found


def _share_repeated(times: Array) -> float:
    counts = np.unique(times, return_counts=True)[1]
    return float(counts[counts > 1].sum() / len(times))


# --- what is odd ------------------------------------------------------------------------------------------------------


def _odd_times(arranged: Arrangement, clock: Clock, several: Sequence[str]) -> Iterator[str]:
    """Repeated and skipped times, and the columns that seem to name `several` series."""
    groups = arranged.groups
    if not len(clock.times):
        return
    rows = arranged.rows
    steps = np.diff(clock.times if rows is None else clock.times[rows])
    same = np.ones(len(steps), bool)
    if groups is not None:
        same = np.diff(groups.numbers if rows is None else groups.numbers[rows]) == 0
    unsorted = bool((steps[same] < 0).any())
    if several:
        more = ",".join([*(groups.columns if groups is not None else ()), *several])
        yield (
            f"{_first_repeat(clock, groups, unsorted)}; {_listed(several)} tells the rows apart: if these are several"
            f" series, windows run across them; to cut windows within each: --group {shlex.quote(more)}"
        )
    elif _repeats(clock.times, groups):
        taken = (
            "rows are taken in the file's order (--order clock sorts them)" if unsorted else "each row is a time step"
        )
        yield (
            f"{_first_repeat(clock, groups, unsorted)}: {taken}; if the table holds several series, --group COLUMN, the"
            " column that names them, cuts windows within each"
        )
    elif same.sum() > 1 and (steps[same] > 0).all():
        on_grid = np.diff(_counted(clock, same, rows))
        wide = np.flatnonzero(same & _gaps(on_grid, same))
        if len(wide):
            places = []
            for at in wide[:NAMED].tolist():
                before, after = (at, at + 1) if rows is None else rows[[at, at + 1]]
                of = "" if groups is None else f" of {groups.called(int(groups.numbers[after]))}"
                places.append(f"rows {before + 1} and {after + 1}{of} ({clock.cell(before)}, {clock.cell(after)})")
            count = f" in {len(wide):,} places" if len(wide) > 1 else ""
            more = ", …" if len(wide) > NAMED else ""
            yield (
                f"column {clock.name!r} skips times{count}, first between {', '.join(places)}{more}: rows are taken as"
                " equally far apart; fill the gaps, or train on a part without one"
            )


def _counted(clock: Clock, same: Array, rows: Array | None) -> Array:
    """The times of the steps on the calendar that they keep: in months where all are of one day of the month, or its
    last; in working days where none is of a weekend; else as they are."""
    times = clock.times if rows is None else clock.times[rows]
    if clock.written is None or not _whole(times):
        return times
    days = times.astype(np.int64).astype("M8[D]")
    months = days.astype("M8[M]")
    of_month = (days - months).astype(np.int64)
    last = (days + 1).astype("M8[M]") > months
    if (of_month == of_month[0]).all() or last.all():
        return months.astype(np.int64).astype(np.float64)
    if (np.median(np.diff(times)[same]) == 1) and np.is_busday(days).all():
        return np.busday_count("1970-01-01", days).astype(np.float64)
    return times


def _gaps(steps: Array, same: Array) -> Array:
    """Which steps are longer than the usual one: at all where nearly all are alike, else by far."""
    usual = float(np.median(steps[same]))
    alike = np.abs(steps[same] - usual) <= 1e-3 * usual
    return np.asarray(steps > (1.5 if alike.mean() >= REGULAR else GAP) * usual)


def _first_repeat(clock: Clock, groups: Groups | None, unsorted: bool) -> str:
    """The first row, as they stand, whose time a row before it has, or that goes back in time where they stay so."""
    seen = _together(clock.times, *([] if groups is None else [groups.numbers]))
    first = np.unique(seen, return_index=True)[1]
    again = np.ones(len(seen), bool)
    again[first] = False
    steps = np.diff(clock.times)
    back = np.flatnonzero(steps < 0)
    if groups is None and unsorted and (steps <= 0).all():
        again_too = f" and repeats times, first at row {int(np.argmax(again)) + 1}" if again.any() else ""
        return f"column {clock.name!r} runs newest first{again_too} ({clock.cell(0)}, …, {clock.cell(-1)})"
    if groups is None and unsorted and (not again.any() or back[0] + 1 <= int(np.argmax(again))):
        row = int(back[0]) + 1
        repeats = " and repeats times" if again.any() else ""
        return (
            f"column {clock.name!r} is not in order, first at row {row + 1} ({clock.cell(row)} after"
            f" {clock.cell(row - 1)}){repeats}"
        )
    row = int(np.argmax(again))
    of = "" if groups is None else f" of {groups.called(int(groups.numbers[row]))}"
    within = " within a series" if of else ""
    return f"column {clock.name!r} repeats times{within}, first at row {row + 1}{of} ({clock.cell(row)})"


def _candidates(beside: Beside) -> Iterator[tuple[str, Array, int, bool]]:
    """(name, number of the value in each row, how many values, whether they are texts) of what can name series."""
    for name, written in beside.texts.items():
        if name.casefold() in CALENDAR or not 2 <= len(written.texts) <= len(written) / 2:
            continue
        letters = any(letter.isalpha() for letter in written.texts[0])  # a decimal is a quantity that happens to stay
        if letters or all(text.isdigit() for text in written.texts):
            yield name, written.numbers, len(written.texts), letters
    for name in beside.numbers:
        values = beside.numbers[name]
        if name.casefold() not in CALENDAR and _whole(values) and values.min() >= 0:
            found, numbers = numbered(values)
            if 2 <= len(found) <= len(values) / 2:
                yield name, numbers, len(found), False


def _telling_apart(times: Array, groups: Groups | None, beside: Beside) -> list[str]:
    """The column, or two, that tells rows of one time apart, the one of the fewest values first; [] where none does.

    A column of numbers must hold few more values than rows have one time: it would tell them apart by chance.
    """
    known = [] if groups is None else [groups.numbers]
    most = int(np.unique(_together(times, *known), return_counts=True)[1].max())
    found = [
        (count, name, numbers)
        for name, numbers, count, text in _candidates(beside)
        if (groups is None or name not in groups.columns) and (text or count <= 2 * most)
    ]
    found.sort(key=lambda each: each[0])
    for _, name, numbers in found:
        if _distinct(times, *known, numbers) == len(times):
            return [name]
    for (_, one, first), (_, other, second) in itertools.combinations(found[:TRIED], 2):
        if _distinct(times, *known, first, second) == len(times):
            return [one, other]
    return []


def _blocks_in_order(times: Array, beside: Beside) -> list[str]:
    """A column whose values stand in one block of rows each, in which times grow, or fall, while they do not from one
    to the next."""
    steps = np.diff(times)
    if (steps >= 0).all() or (steps <= 0).all():
        return []
    for name, numbers, count, _ in _candidates(beside):
        change = numbers[1:] != numbers[:-1]
        within = steps[~change]
        if change.sum() + 1 == count and ((within > 0).all() or (within < 0).all()):
            return [name]
    return []


def _blocks(beside: Beside, rows: Array | None) -> Iterator[str]:
    """Columns that seem to name several series that stand one after the other, in the order of `rows`: each value in
    one block of them."""
    for name, numbers, count, _ in _candidates(beside):
        values = numbers if rows is None else numbers[rows]
        changes = values[1:] != values[:-1]
        if np.count_nonzero(changes) + 1 != count:
            continue
        starts = np.concatenate([[0], np.flatnonzero(changes) + 1])
        if np.diff(starts, append=len(values)).min() < 2:
            continue
        written = beside.texts.get(name)
        first, second = (
            f"{beside.numbers[name][row]:g}" if written is None else written.texts[numbers[row]]
            for row in (starts[:2] if rows is None else rows[starts[:2]])
        )
        until = f" up to row {starts[1]}" if rows is None else ""
        yield (
            f"column {name!r} holds {count:,} values, each in one block of rows ({first}{until}, then {second}): if"
            " these are several series, windows run across them; to cut windows within each: --group"
            f" {shlex.quote(name)}"
        )


def _listed(names: Sequence[str]) -> str:
    return " with ".join(f"column {name!r}" for name in names)
