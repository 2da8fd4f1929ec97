"""The order of a series' rows: sorted by the clock where necessary; oddities are reported in one line."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from zoo.data import Windows, open_dataset
from zoo.data.readers.csv import parse, sniff
from zoo.errors import DataError, OptionError
from zoo.types import Array

DAYS = [f"2024-01-{day:02}" for day in range(1, 21)]


@pytest.mark.parametrize(
    ("days", "said"),
    [
        (DAYS, None),
        (DAYS[::-1], "column 'date' runs newest first: rows are sorted by it, oldest first; --order file takes them"),
        (
            [*DAYS[:3], DAYS[4], DAYS[3], *DAYS[5:]],
            r"not in order, first at row 5 \(2024-01-04 after 2024-01-05\): rows are sorted by it",
        ),
        ([*DAYS[:3], *DAYS[2:]], r"repeats times, first at row 4 \(2024-01-03\)"),
        ([*DAYS[:3], *DAYS[12:]], r"skips times, first between rows 3 and 4 \(2024-01-03, 2024-01-13\)"),
        (
            DAYS * 2,
            r"not in order, first at row 21 \(2024-01-01 after 2024-01-20\) and repeats times: .*--group COLUMN",
        ),
    ],
)
def test_the_order_of_dates_is_told(tmp_path: Path, days: list[str], said: str | None) -> None:
    path = tmp_path / "series.csv"
    path.write_text("date,wave\n" + "".join(f"{day},{n % 7}.5\n" for n, day in enumerate(days)))
    notes = open_dataset(path, window=3).notes
    if said is None:
        assert notes == ()
    else:
        assert len(notes) == 1
        assert re.search(said, notes[0])


@pytest.mark.parametrize(
    ("name", "values", "reported"),
    [
        ("store", ["S1"] * 20 + ["S2"] * 20, True),
        ("store", ["1"] * 20 + ["2"] * 20, True),
        ("store", ["S1", "S2"] * 20, False),
        ("store", ["S1"] * 40, False),
        ("level", ["1.5"] * 20 + ["2.5"] * 20, False),
        ("year", ["1999"] * 12 + ["2000"] * 28, False),
    ],
)
def test_several_series_in_one_table_are_told(tmp_path: Path, name: str, values: list[str], reported: bool) -> None:
    path = tmp_path / "panel.csv"
    path.write_text(f"{name},sales\n" + "".join(f"{each},{n * 7 % 11}.5\n" for n, each in enumerate(values)))
    notes = open_dataset(path, window=3, target="sales").notes
    assert any(f"column {name!r} holds 2 values, each in one block of rows" in each for each in notes) is reported
    assert any(f"cut windows within each: --group {name}" in each for each in notes) is reported


def series(path: Path, times: list[str], head: str = "date") -> Path:
    """A table in which the wave of a row is the number of its time."""
    place = {time: number for number, time in enumerate(sorted(set(times)))}
    path.write_text(f"{head},wave\n" + "".join(f"{time},{place[time]}.5\n" for time in times))
    return path


def waves(path: Path, **options: Any) -> list[float]:
    """The waves of a series in the order of its time steps."""
    source = open_dataset(path, window=3, **options).inputs
    assert isinstance(source, Windows)
    return [float(value) - 0.5 for value in source.values[:, 0]]


MIXED = [DAYS[place] for place in np.random.default_rng(0).permutation(20)]


@pytest.mark.parametrize("days", [DAYS, DAYS[::-1], MIXED])
def test_rows_follow_the_clock_unless_the_file_is_asked_for(tmp_path: Path, days: list[str]) -> None:
    path = series(tmp_path / "series.csv", days)
    assert waves(path) == waves(path, order="clock") == list(range(20))
    assert waves(path, order="file") == [DAYS.index(day) for day in days]


@pytest.mark.parametrize(
    ("head", "times"),
    [
        ("date", [f"{day}.01.2024" for day in range(10, 30)]),
        ("month", [f"{1990 + n // 12}-{n % 12 + 1:02}" for n in range(30)]),
        ("at", [f"2024-01-{1 + n // 8:02}T{n % 8:02}:30" for n in range(30)]),
        ("date,time", [f"2024-01-{1 + n // 4:02},{n % 4 * 6:02}:00" for n in range(30)]),
        ("date,hour", [f"2024-01-{1 + n // 4:02},{n % 4 + 10}" for n in range(30)]),
        ("year,month", [f"{1990 + n // 12},{n % 12 + 1}" for n in range(30)]),
        ("year,month,day", [f"2023,{1 + n // 28},{n % 28 + 1}" for n in range(40)]),
        ("year", [f"{1980 + n}" for n in range(30)]),
        ("timestamp", [f"{1700000000 + 60 * n}" for n in range(30)]),
        ("t", [f"{n / 4}" for n in range(30)]),
    ],
)
def test_clocks_of_many_kinds(tmp_path: Path, head: str, times: list[str]) -> None:
    place = {time: number for number, time in enumerate(times)}
    order = np.random.default_rng(0).permutation(len(times))
    path = tmp_path / "series.csv"
    path.write_text(f"{head},wave\n" + "".join(f"{times[n]},{place[times[n]]}.5\n" for n in order))
    assert waves(path) == list(range(len(times)))
    path.write_text(f"{head},wave\n" + "".join(f"{time},{place[time]}.5\n" for time in times))
    assert not any("order" in each for each in open_dataset(path, window=3).notes)


def test_day_and_month_are_read_so_that_rows_have_an_order(tmp_path: Path) -> None:
    """The first of each month, as Americans write it, would run through January day-first and have the same order;
    the first three days of each of three months would not."""
    days = [f"{month}/{day}/2024" for month in (1, 2, 3) for day in (1, 2, 3)]
    path = tmp_path / "series.csv"
    for order, said in (
        (days, None),
        (days[::-1], "runs newest first.*dates are read %m/%d/%Y; else --dates day-first"),
    ):
        path.write_text("date,wave\n" + "".join(f"{day},{days.index(day)}.5\n" for day in order))
        dataset = open_dataset(path, window=3)
        assert waves(path) == list(range(9))
        reported = [each for each in dataset.notes if "skips" not in each]
        assert [bool(re.search(str(said), each)) for each in reported] == ([] if said is None else [True])


def test_columns_that_are_no_clock_do_not_sort(tmp_path: Path) -> None:
    """A quantity called time that repeats, a month without a year."""
    for head, cells in (("time", [5, 3, 3, 8] * 5), ("month", list(range(12, 0, -1)))):
        path = tmp_path / f"{head}.csv"
        path.write_text(f"{head},wave\n" + "".join(f"{cell},{n}.5\n" for n, cell in enumerate(cells)))
        assert waves(path, target="wave") == list(range(len(cells)))
        with pytest.raises(OptionError, match="--order clock has no effect: no column of dates"):
            open_dataset(path, window=3, order="clock")


def test_a_date_that_is_none_leaves_rows_as_they_stand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sniff, "SAMPLE", 30)
    path = tmp_path / "late.csv"
    days = [str(np.datetime64("1980-01-01") + n) for n in range(40, 0, -1)]
    days[-3] = "soon"
    path.write_text("date,wave\n" + "".join(f"{day},{n}.5\n" for n, day in enumerate(days)))
    dataset = open_dataset(path, window=3)
    assert re.search(r"order of rows was not checked, .*'date', row 38 is 'soon'", dataset.notes[0])
    with pytest.raises(DataError, match=r"--order clock: column 'date', row 38 is 'soon', expected a date like %Y"):
        open_dataset(path, window=3, order="clock")
    assert open_dataset(path, window=3, order="file").notes == ()


def test_a_missing_month_is_refused_in_any_order(tmp_path: Path) -> None:
    months = [f"{1990 + n // 12}-{n % 12 + 1:02}" for n in range(30) if n != 7]
    for order in (months, months[::-1]):
        with pytest.raises(DataError, match=r"row \d+ is of 1990-09, after 1990-07 in row \d+; put the missing months"):
            open_dataset(series(tmp_path / "series.csv", order), window=3)


def test_order_is_refused_where_it_has_no_effect(tmp_path: Path) -> None:
    path = series(tmp_path / "series.csv", DAYS)
    for options in ({"order": "file"}, {"group": "date"}):
        with pytest.raises(OptionError, match=f"--{min(options)} has no effect: it is for a time series"):
            open_dataset(path, **options)


def test_the_file_is_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All rows, besides the first ones, by which its layout is known."""
    chunks: list[int] = []
    whole = parse._chunks

    def counted(*arguments: Any) -> Any:
        chunks.append(0)
        return whole(*arguments)

    monkeypatch.setattr(parse, "_chunks", counted)
    open_dataset(series(tmp_path / "series.csv", MIXED), window=3)
    assert len(chunks) == 1


def test_a_line_names_what_is_learned_and_what_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "series.csv"
    path.write_text("date,store,x,sales\n" + "".join(f"{day},A,{n}.5,{n % 3}\n" for n, day in enumerate(DAYS)))
    reported = open_dataset(path, window=3, target="sales").understood
    assert reported == ("series.csv: learns sales from 3 steps of sales, x; leaves date (the times), store",)
    reported = open_dataset(path, window=3, horizon=2, target="sales", group="store").understood
    assert reported == (
        "series.csv: learns the next 2 steps of sales from 3 steps of sales, x of 1 series; leaves date (the"
        " times), store (names the series)",
    )


def test_small_gaps_of_a_series_are_named_with_their_places(tmp_path: Path) -> None:
    """Of days, working days and months what is left out; not weekends, nor that months have different lengths."""

    def notes(days: Array) -> list[str]:
        path = tmp_path / "gaps.csv"
        path.write_text("day,sales\n" + "".join(f"{day},{(n * 7) % 11}\n" for n, day in enumerate(days)))
        return [note for note in open_dataset(path, window=3).notes if "skips" in note]

    every = np.datetime64("2024-01-01") + np.arange(90)
    working = every[np.is_busday(every)]
    months = (np.datetime64("2020-01") + np.arange(36)).astype("M8[D]")
    ends = (np.datetime64("2020-02") + np.arange(36)).astype("M8[D]") - 1
    for whole in (every, working, months, ends):
        assert notes(whole) == []
        (note,) = notes(np.delete(whole, [10, 20, 21]))
        assert f"in 2 places, first between rows 10 and 11 ({whole[9]}, {whole[11]}), rows 19 and 20" in note
    steps = np.random.default_rng(0).integers(1, 5, 80)
    assert notes(np.datetime64("2024-01-01") + np.cumsum(steps)) == [], "times that follow no grid"


@pytest.mark.parametrize("way", ["interleaved", "one after the other"])
def test_several_series_newest_first_that_nobody_named(tmp_path: Path, way: str) -> None:
    days = [np.datetime64("2024-03-01") - n for n in range(30)]
    if way == "interleaved":
        rows = [(shop, day) for day in days for shop in "ab"]
    else:
        rows = [(shop, day + 15 * place) for place, shop in enumerate("ab") for day in days]
    path = tmp_path / "panel.csv"
    path.write_text("shop,day,sales\n" + "".join(f"{shop},{day},{n % 7}\n" for n, (shop, day) in enumerate(rows)))
    notes = " ".join(open_dataset(path, window=3).notes)
    assert ("newest first" if way == "interleaved" else "is not in order, first at row 2") in notes
    assert "--group shop" in notes
