"""A table comes back with the same kinds and values: written by pandas, polars and R, in numbers of any locale."""

from __future__ import annotations

import csv
import datetime
import io
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from zoo.data import Dataset
from zoo.data.open import open_dataset
from zoo.data.python_data import given_dataset

pandas = pytest.importorskip("pandas")
polars = pytest.importorskip("polars")
pytestmark = pytest.mark.filterwarnings("ignore::zoo.errors.ZooWarning")

MANY = 3  # tables for each of 30 pairs
START = datetime.date(2019, 11, 5)
Columns = dict[str, list[Any]]


# --- numbers as people write them -------------------------------------------------------------------------------------


def grouped(digits: str, mark: str, first: int = 3, others: int = 3) -> str:
    """Digits with a mark between groups, counted from behind."""
    head, tail = digits[:-first], digits[-first:]
    groups = []
    while head:
        head, group = head[:-others], head[-others:]
        groups.append(group)
    return mark.join([*reversed(groups), tail])


LOCALES: dict[str, tuple[str, Callable[[str], str]]] = {
    "plain": (".", lambda digits: digits),
    "en": (".", lambda digits: grouped(digits, ",")),
    "de": (",", lambda digits: grouped(digits, ".")),
    "fr": (",", lambda digits: grouped(digits, "\u202f")),
    "ch": (".", lambda digits: grouped(digits, "\u2019")),
    "in": (".", lambda digits: grouped(digits, ",", 3, 2)),
}


def number(value: float, locale: str) -> str:
    point, group = LOCALES[locale]
    whole, _, decimals = (f"{abs(value)}" if isinstance(value, int) else f"{abs(value):.2f}").partition(".")
    return ("-" if value < 0 else "") + group(whole) + (point + decimals if decimals else "")


def in_locale(columns: Columns, locale: str) -> Columns:
    """The numbers as texts; truth values, texts and dates as they are."""
    if locale == "plain":
        return columns

    def cell(value: Any) -> Any:
        return number(value, locale) if isinstance(value, (int, float)) and not isinstance(value, bool) else value

    return {name: list(map(cell, cells)) for name, cells in columns.items()}


# --- who writes -------------------------------------------------------------------------------------------------------


def by_pandas(columns: Columns, locale: str) -> str:
    frame = pandas.DataFrame({name: pandas.Series(cells, dtype=object) for name, cells in columns.items()})
    return str(frame.to_csv(index=False, sep=";" if LOCALES[locale][0] == "," else ","))


def by_pandas_with_index(columns: Columns, locale: str) -> str:
    frame = pandas.DataFrame({name: pandas.Series(cells, dtype=object) for name, cells in columns.items()})
    return str(frame.to_csv(sep="\t"))


def by_polars(columns: Columns, locale: str) -> str:
    return polars.DataFrame(columns, strict=False).write_csv(separator=";" if LOCALES[locale][0] == "," else ",")


def by_r(columns: Columns, locale: str) -> str:
    """write.csv, and write.csv2 where decimals have a comma: names of rows, texts in quotes, NA, TRUE and FALSE."""

    def cell(value: Any) -> str:
        if value is None:
            return "NA"
        if isinstance(value, bool):
            return str(value).upper()
        return '"' + value.replace('"', '""') + '"' if isinstance(value, str) else str(value)

    separator = ";" if LOCALES[locale][0] == "," else ","
    lines = [separator.join(cell(name) for name in ("", *columns))]
    lines += [
        separator.join([cell(str(row)), *map(cell, cells)])
        for row, cells in enumerate(zip(*columns.values(), strict=True), 1)
    ]
    return "\n".join(lines) + "\n"


def by_a_spreadsheet(columns: Columns, locale: str) -> str:
    """Everything in quotes, a mark of byte order, line ends of Windows."""
    text = io.StringIO(newline="")
    rows = ([("" if cell is None else cell) for cell in row] for row in zip(*columns.values(), strict=True))
    csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\r\n").writerows([list(columns), *rows])
    return "\ufeff" + text.getvalue()


WRITERS = {
    "pandas": by_pandas,
    "pandas with its index": by_pandas_with_index,
    "polars": by_polars,
    "R": by_r,
    "a spreadsheet": by_a_spreadsheet,
}


# --- tables -----------------------------------------------------------------------------------------------------------

CELLS: dict[str, st.SearchStrategy[Any]] = {
    "real": st.integers(-(10**9), 10**9).map(lambda n: n / 100),
    "small real": st.integers(-999, 999).map(lambda n: n / 100),
    "whole": st.integers(0, 10**8),
    "few": st.integers(1, 4),
    "truth": st.booleans(),
    "category": st.sampled_from(["Bern", "Zürich", 'the "old", town', "a;b", "none of these"]),
    "date": st.integers(0, 3000).map(lambda n: START + datetime.timedelta(n)),
    "time": st.integers(0, 10**5).map(lambda n: datetime.datetime(2020, 1, 1) + datetime.timedelta(minutes=7 * n)),
}
SPECIAL: dict[str, Callable[[int], list[Any]]] = {
    "row number": lambda rows: list(range(1, rows + 1)),
    "identifier": lambda rows: [f"K-{(row * 7919) % 9973:05d}" for row in range(rows)],
    "text": lambda rows: [f"sentence {row}, which is like no other" for row in range(rows)],
    "empty": lambda rows: [None] * rows,
    "constant": lambda rows: [3] * rows,
}


@st.composite
def tables(draw: st.DrawFn) -> Columns:
    """Columns of any kinds, some with missing cells; one shows how decimals are written."""
    rows = draw(st.integers(24, 40))
    columns: Columns = {}
    for place, kind in enumerate(draw(st.lists(st.sampled_from([*CELLS, *SPECIAL]), min_size=2, max_size=6))):
        if kind in SPECIAL:
            columns[f"{kind} {place}"] = SPECIAL[kind](rows)
            continue
        cells = draw(st.lists(CELLS[kind], min_size=rows, max_size=rows))
        gaps = draw(st.sets(st.integers(0, rows - 1), max_size=4)) if draw(st.booleans()) else set()
        columns[f"{kind} {place}"] = [None if row in gaps else cell for row, cell in enumerate(cells)]
    columns["shown"] = [round(1 + math.sin(row), 2) for row in range(rows)]
    columns["class"] = ["ab"[row % 2] for row in range(rows)]
    return columns


def summary(dataset: Dataset) -> tuple[list[tuple[str, str]], list[Any], list[str]]:
    """((name, kind) of each column but the one that names the rows, categories, names of inputs)."""
    kinds = [each for each in zip(dataset.table, dataset.kinds, strict=True) if each[1] != "index"]
    categories = [
        None if column.categories is None else tuple(sorted(name.lower() for name in column.categories))
        for column in dataset.columns
    ]
    return kinds, categories, [column.name for column in dataset.columns]


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("writer", WRITERS)
@settings(max_examples=MANY, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(columns=tables())
def test_a_table_comes_back(tmp_path: Path, writer: str, locale: str, columns: Columns) -> None:
    path = tmp_path / "table.csv"
    path.write_text(WRITERS[writer](in_locale(columns, locale), locale), encoding="utf-8", newline="")
    options = {"missing": "most-frequent", "target": "class"}
    expected, found = given_dataset(columns, options), open_dataset(path, **options)
    assert summary(found) == summary(expected)
    rows = np.arange(len(expected))
    np.testing.assert_array_equal(found.inputs.take(rows), expected.inputs.take(rows))
