"""`zoo predict` of dated series and of several in one table: rows of the file, names, times that follow the clock."""

from __future__ import annotations

import csv
import datetime
import io
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

Run = Callable[..., Any]


def lines(outcome: Any) -> list[dict[str, str]]:
    assert outcome.code == 0, outcome.err
    return list(csv.DictReader(io.StringIO(outcome.out)))


def days(count: int, first: str = "2024-01-01") -> list[str]:
    return [str(np.datetime64(first) + n) for n in range(count)]


@pytest.mark.parametrize("form", ["%Y-%m-%d", "%d.%m.%Y", "%b %d, %Y"])
def test_newest_first(run: Run, folder: Any, form: str) -> None:
    times = [datetime.date.fromisoformat(day).strftime(form) for day in days(22)]
    cells = [f"{time},{n % 5}.5" for n, time in enumerate(times[:20])]
    (folder / "s.csv").write_text("\n".join(["date;price", *reversed(cells)]).replace(",", ";").replace("; ", ", "))
    options = ("--data", "s.csv", "--window", "4", "--horizon", "2", "--epochs", "1", "--hidden", "3")
    reported = run("train", "elman", *options, "--out", "m.h5").err.splitlines()
    assert reported[0] == "s.csv: learns the next 2 steps of price from 4 steps of price; leaves date (the times)"
    assert reported[1] == (
        "s: column 'date' runs newest first: rows are sorted by it, oldest first; --order file takes them as they stand"
    )
    outcome = run("predict", "m.h5", "--data", "s.csv", "--keep", "price,date")
    assert "the oldest 4 rows have none, 2 forecasts lie beyond the end (future: yes)" in outcome.err
    found = lines(outcome)
    assert list(found[0]) == ["row", "date", "ahead", "future", "price", "predicted price"]
    assert (found[0]["row"], found[0]["date"], found[0]["price"]) == ("16", times[4], "4.5")
    assert [(each["row"], each["date"], each["ahead"], each["future"]) for each in found[-3:]] == [
        ("", times[20], "2", "yes"),
        ("", times[20], "1", "yes"),
        ("", times[21], "2", "yes"),
    ]
    # As they stand: forecasts go back in time.
    found = lines(run("predict", "m.h5", "--data", "s.csv", "--order", "file"))
    assert (found[0]["row"], found[0]["date"]) == ("5", times[15])
    assert (found[-1]["row"], found[-1]["date"], found[-1]["future"]) == ("22", "", "yes")


def test_a_panel(run: Run, folder: Any) -> None:
    rows = [("north", day, n) for n, day in enumerate(days(9))]
    rows += [("south", day, 50 + n) for n, day in enumerate(days(11, "2024-03-01"))]
    rows += [("tiny", day, n) for n, day in enumerate(days(2))]
    rows = [rows[place] for place in np.random.default_rng(0).permutation(len(rows))]
    (folder / "p.csv").write_text("store,date,sold\n" + "".join(f"{s},{d},{v}.25\n" for s, d, v in rows))
    options = ("--data", "p.csv", "--window", "4", "--epochs", "1", "--hidden", "3", "--group", "store")
    reported = run("train", "elman", *options, "--out", "m.h5").err.splitlines()
    assert reported[0] == (
        "p.csv: learns sold from 4 steps of sold of each of 3 series; leaves store (names the series), date (the times)"
    )
    assert "in each of 3 series, oldest first; --order file" in reported[1]
    assert reported[2] == ("p: 1 of 3 series left out, with fewer rows than the 5 of --window and --horizon: tiny (2)")
    outcome = run("predict", "m.h5", "--data", "p.csv", "--keep", "sold,store")
    assert "22 rows, 3 series by store: a forecast after each of the 14 windows" in outcome.err
    found = lines(outcome)
    assert list(found[0]) == ["row", "store", "date", "ahead", "future", "sold", "predicted sold"]
    assert len(found) == 6 + 8
    for each in found:
        if each["future"] == "no":
            store, day, value = rows[int(each["row"]) - 1]
            assert (each["store"], each["date"], each["sold"]) == (store, day, f"{value}.25")
    future = [(each["row"], each["store"], each["date"]) for each in found if each["future"] == "yes"]
    assert future == [("", "north", "2024-01-10"), ("", "south", "2024-03-12")]
    document = run("predict", "m.h5", "--data", "p.csv", "--json").document
    assert [row[:2] for row in document["rows"] if row[4] == "yes"] == [[None, "north"], [None, "south"]]


def test_help_names_order_and_group(run: Run) -> None:
    for command in (("train", "lstm", "--help"), ("predict", "--help")):
        text = " ".join(run(*command).out.split())
        assert "--order" in text and "--group" in text
