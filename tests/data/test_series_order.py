"""Time series whose dates run newest first, in no order, repeat or skip, or that are several: one line says so."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from zoo.data import open_dataset

DAYS = [f"2024-01-{day:02}" for day in range(1, 21)]


@pytest.mark.parametrize(
    ("days", "said"),
    [
        (DAYS, None),
        (DAYS[::-1], "column 'date' runs newest first"),
        ([*DAYS[:3], DAYS[4], DAYS[3], *DAYS[5:]], r"not in order, first at row 5 \(2024-01-04 after 2024-01-05\)"),
        ([*DAYS[:3], *DAYS[2:]], r"repeats times, first at row 4 \(2024-01-03\)"),
        ([*DAYS[:3], *DAYS[12:]], r"skips times, first between rows 3 and 4 \(2024-01-03, 2024-01-13\)"),
        (DAYS * 2, r"not in order, first at row 21 \(2024-01-01 after 2024-01-20\)"),
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
    ("name", "values", "told"),
    [
        ("store", ["S1"] * 20 + ["S2"] * 20, True),
        ("store", ["1"] * 20 + ["2"] * 20, True),
        ("store", ["S1", "S2"] * 20, False),
        ("store", ["S1"] * 40, False),
        ("level", ["1.5"] * 20 + ["2.5"] * 20, False),
        ("year", ["1999"] * 12 + ["2000"] * 28, False),
    ],
)
def test_several_series_in_one_table_are_told(tmp_path: Path, name: str, values: list[str], told: bool) -> None:
    path = tmp_path / "panel.csv"
    path.write_text(f"{name},sales\n" + "".join(f"{each},{n * 7 % 11}.5\n" for n, each in enumerate(values)))
    notes = open_dataset(path, window=3, target="sales").notes
    assert any(f"column {name!r} holds 2 values, each in one block of rows" in each for each in notes) is told
