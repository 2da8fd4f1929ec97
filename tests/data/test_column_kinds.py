"""What columns are taken for: numbers as people write them, dates, identifiers, indexes, headers, missing values."""

from __future__ import annotations

import csv
import random
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import zoo
from zoo.core.architecture import InputSpec
from zoo.data import Dataset, Encoded, Preprocessing, open_dataset
from zoo.data.as_trained import raw_rows
from zoo.data.spelling import Spelling, spelling_of
from zoo.errors import CheckpointError, DataError
from zoo.types import Array

NOISE = np.random.default_rng(0).normal(size=400)


def written(path: Path, rows: list[list[Any]], delimiter: str = ",") -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, delimiter=delimiter).writerows(rows)
    return path


def names(dataset: Dataset) -> list[str]:
    return [column.name for column in dataset.columns]


def values(dataset: Dataset) -> Array:
    return dataset.inputs.read(0, len(dataset))


def fitted(dataset: Dataset) -> Preprocessing:
    """A preprocessing that has been to a checkpoint and back."""
    made = Preprocessing.fit(dataset, np.arange(len(dataset)), InputSpec())
    return Preprocessing.from_manifest(made.to_manifest(), made.arrays())


STYLES = {  # decimal, thousands, before and behind
    "plain": (".", "", "", ""),
    "german": (",", ".", "", " €"),
    "french": (",", "\u202f", "", ""),
    "swiss": (".", "’", "CHF ", ""),
    "english": (".", ",", "£", ""),
    "percent": (",", "", "", "%"),
}


def spelled(value: float, style: str, decimals: int) -> str:
    decimal, thousands, before, behind = STYLES[style]
    text = f"{abs(value):,.{decimals}f}".replace(",", "\0").replace(".", decimal).replace("\0", thousands)
    return f"{'-' if value < 0 else ''}{before}{text}{behind}"


@settings(max_examples=60, deadline=None)
@given(
    numbers=st.lists(st.integers(-(10**9), 10**9), min_size=20, max_size=30, unique=True),
    style=st.sampled_from(sorted(STYLES)),
    decimals=st.sampled_from([1, 2]),
)
def test_numbers_come_back_whatever_their_spelling(
    tmp_path_factory: pytest.TempPathFactory, numbers: list[int], style: str, decimals: int
) -> None:
    numbers = [12345678, *numbers]
    expected = [number / 10**decimals for number in numbers]
    rows = [["value", "y"], *([spelled(each, style, decimals), "ab"[n % 2]] for n, each in enumerate(expected))]
    path = written(tmp_path_factory.mktemp("spelled") / "t.csv", rows, ";")
    dataset = open_dataset(path)
    np.testing.assert_allclose(values(dataset)[:, 0], expected, rtol=1e-12)
    again = raw_rows(written(path.parent / "new.csv", [rows[0], *rows[3:5]], ";"), fitted(dataset))
    np.testing.assert_allclose(values(again)[:, 0], expected[2:4], rtol=1e-12)


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (["3,5", "12,25"], [3.5, 12.25]),
        (["3,100", "1,700"], [3100, 1700]),
        (["0,125", "0,250"], [0.125, 0.25]),
        (["(1,234)", "55"], [-1234, 55]),
        (["−3.5", "2"], [-3.5, 2]),
        (["1,23,456", "99"], [123456, 99]),
        (["５", "６"], [5, 6]),
        (["'12", "'3"], [12, 3]),
        (["-$5", "$3.5"], [-5, 3.5]),
        (["1e5", "2,0e3"], [1e5, 2e3]),
        (["30%", "10 %"], [30, 10]),
    ],
)
def test_spellings(cells, expected):
    spelling = spelling_of(cells)
    assert spelling is not None and [spelling.value(cell) for cell in cells] == expected
    assert Spelling.parse(str(spelling)) == spelling


@pytest.mark.parametrize("cells", [["S1", "S2"], ["1-2", "3-4"], ["1.2.3.4"], ["$3", "€4"], ["3,5", "x"], ["12:30"]])
def test_what_is_no_number(cells):
    assert spelling_of(cells) is None


def test_another_column_shows_what_the_comma_means(tmp_path):
    rows = [["a", "b", "y"], *([f"{n},5", f"1.{n:03}", "uv"[n % 2]] for n in range(30))]
    path = written(tmp_path / "t.csv", rows, ";")
    assert values(open_dataset(path))[7].tolist() == [7.5, 1007]
    assert values(open_dataset(path, thousands="none", ignore="a"))[7].tolist() == [1.007]
    rows = [["a", "y"], *([f"1,{n:03}", "uv"[n % 2]] for n in range(30))]
    path = written(tmp_path / "u.csv", rows, ";")
    assert values(open_dataset(path))[7].tolist() == [1007]
    assert values(open_dataset(path, decimal="comma"))[7].tolist() == [1.007]
    assert any("thousands comma" in line for line in open_dataset(path).understood)


def test_rows_to_predict_are_read_as_in_training_and_not_guessed(tmp_path):
    rows = [
        ["a", "when", "y"],
        *([f"{n}.{n:03},5", f"{1 + n % 28:02}.{1 + n % 12:02}.2020", "uv"[n % 2]] for n in range(30)),
    ]
    dataset = open_dataset(written(tmp_path / "t.csv", rows, ";"))
    new = raw_rows(written(tmp_path / "n.csv", [["when", "a"], ["03.04.2021", "1.234"]], ";"), fitted(dataset))
    assert values(new).tolist() == [[1234, (date(2021, 4, 3) - date(1970, 1, 1)).days]]
    with pytest.raises(DataError, match=r"column 'a', row 1 .*got '1.5', expected a number written with decimal comma"):
        raw_rows(written(tmp_path / "m.csv", [["when", "a"], ["03.04.2021", "1.5"]], ";"), fitted(dataset))
    made = fitted(dataset)
    manifest = made.to_manifest()
    manifest["columns"][0][2] = "so/la"
    with pytest.raises(CheckpointError, match="written as 'so/la'"):
        Preprocessing.from_manifest(manifest, made.arrays())


@pytest.mark.parametrize(
    "form", ["%Y-%m-%d", "%d.%m.%Y", "%m/%d/%Y", "%b %d, %Y", "%d %B %Y", "%Y-%m-%d %H:%M:%S", "%Y/%m/%d", "%d-%b-%y"]
)
def test_dates_become_days(tmp_path, form):
    days = [date(2001, 1, 5) + timedelta(days=41 * n) for n in range(40)]
    random.Random(0).shuffle(days)
    rows = [["when", "y"], *([day.strftime(form), n * 0.5] for n, day in enumerate(days))]
    dataset = open_dataset(written(tmp_path / "t.csv", rows, ";"))
    assert values(dataset)[:, 0].tolist() == [(day - date(1970, 1, 1)).days for day in days]


def test_day_or_month_first_is_told_where_both_could_be(tmp_path):
    rows = [["when", "y"], *([f"0{1 + n % 9}/0{1 + n // 4}/2020", n * 0.5] for n in range(30))]
    path = written(tmp_path / "t.csv", rows)
    assert any("--dates month-first" in line for line in open_dataset(path).understood)
    assert values(open_dataset(path, dates="month-first"))[4, 0] == (date(2020, 5, 2) - date(1970, 1, 1)).days
    assert values(open_dataset(path))[4, 0] == (date(2020, 2, 5) - date(1970, 1, 1)).days


@pytest.mark.parametrize(
    ("name", "cell", "kind"),
    [
        ("Id", lambda n: n + 1, "row number"),
        ("", lambda n: n, "index"),
        ("", lambda n: f"car {n}", "index"),
        ("customer_id", lambda n: 1000 + n, "row number"),
        ("PassengerId", lambda n: (n * 37) % 101, "identifier"),
        ("code", lambda n: f"X{n * 37 % 101:03}", "identifier"),
        ("remark", lambda n: f"a text of {n} words and more", "text"),
        ("void", lambda n: "", "empty"),
    ],
)
def test_what_only_tells_rows_apart_is_left_out_and_told(tmp_path, name, cell, kind):
    rows = [[name, "a", "b", "y"], *([cell(n), NOISE[n], NOISE[-n], "uv"[n % 2]] for n in range(60))]
    path = written(tmp_path / "t.csv", rows)
    dataset = open_dataset(path)
    assert names(dataset) == ["a", "b"]
    (line,) = [line for line in dataset.understood if line.startswith("  leaves")]
    assert kind in line
    if kind not in ("empty", "text"):
        assert "--use" in line and len(open_dataset(path, use="1").columns) == 3
    whole = raw_rows(path, fitted(dataset))  # found by name, nothing shifted
    np.testing.assert_array_equal(values(whole), values(dataset))
    bare = raw_rows(written(tmp_path / "n.csv", [row[1:3] for row in rows]), fitted(dataset))
    np.testing.assert_array_equal(values(bare), values(dataset))


def test_what_counts_but_is_no_row_number_stays(tmp_path):
    for name in ("year", "time", "x"):
        rows = [[name, "a", "y"], *([n, NOISE[n], NOISE[-n]] for n in range(60))]
        assert names(open_dataset(written(tmp_path / "t.csv", rows))) == [name, "a"]
    alone = [["id", "y"], *([n, NOISE[n]] for n in range(60))]
    assert names(open_dataset(written(tmp_path / "t.csv", alone))) == ["id"]


def test_row_names_as_r_writes_them(tmp_path):
    lines = ['"a" "b" "kind"', *(f'"{n + 1}" {NOISE[n]} {NOISE[-n]} "type {"uv"[n % 2]}"' for n in range(40))]
    path = tmp_path / "t.dat"
    path.write_text("\n".join(lines) + "\n")
    dataset = open_dataset(path)
    assert names(dataset) == ["a", "b"] and dataset.labels == ("type u", "type v") and len(dataset) == 40
    assert "leaves   column 1 — index" in dataset.understood[-1]
    np.testing.assert_array_equal(values(dataset), np.stack([NOISE[:40], NOISE[-np.arange(40)]], axis=1))


def test_a_trailing_delimiter_makes_no_column(tmp_path):
    for header in ("a,b,y", "a,b,y,"):
        path = tmp_path / "t.csv"
        path.write_text("\n".join([header, *(f"{NOISE[n]},{NOISE[-n]},{'uv'[n % 2]}," for n in range(40))]) + "\n")
        assert names(open_dataset(path)) == ["a", "b"] and open_dataset(path).labels == ("u", "v")


@pytest.mark.parametrize(
    ("first", "named"),
    [(["0", "1", "2"], True), (["2019", "2020", "2021"], True), (["a", "2019", "2020"], True), (["1", "2", "3"], True)],
)
def test_a_header_of_numbers_is_found_by_the_column_below(tmp_path, first, named):
    rows = [first, *([f"{NOISE[n]:.3f}", f"{NOISE[-n]:.3f}", f"{NOISE[2 * n]:.3f}"] for n in range(40))]
    path = written(tmp_path / "t.csv", rows)
    dataset = open_dataset(path)
    assert dataset.named == named and len(dataset) == 40
    assert any("line 1" in remark and "--header no" in remark for remark in dataset.notes)
    if first[0] != "a":
        assert len(open_dataset(path, header="no")) == 41


def test_numbers_above_like_numbers_are_data_and_told(tmp_path):
    rows = [[1, 2, 3], *([n % 7, n % 5, n % 3] for n in range(1, 40))]
    dataset = open_dataset(written(tmp_path / "t.csv", rows))
    assert not dataset.named and len(dataset) == 40
    assert any("--header yes" in remark for remark in dataset.notes)
    ordered = [[n, n + 1, n * n % 7] for n in range(1, 40)]  # the first row of sorted data is the smallest
    assert len(open_dataset(written(tmp_path / "u.csv", ordered))) == 39


def test_rows_of_text_to_predict_are_never_taken_for_names(tmp_path):
    rng = random.Random(1)
    rows = [[rng.choice(["red", "blue", "green"]), rng.choice("SML"), rng.choice(["cat", "dog"])] for _ in range(60)]
    dataset = open_dataset(written(tmp_path / "t.csv", rows))
    assert len(dataset) == 60 and any("--header yes" in remark for remark in dataset.notes)
    new = raw_rows(written(tmp_path / "n.csv", [["red", "S"], ["blue", "M"], ["green", "L"]]), fitted(dataset))
    assert len(new) == 3
    named = open_dataset(written(tmp_path / "m.csv", [["colour", "size", "pet"], *rows]))
    for header in ([["colour", "size"]], []):
        new = raw_rows(written(tmp_path / "n.csv", [*header, ["red", "S"], ["blue", "M"]]), fitted(named))
        assert len(new) == 2


def test_words_are_categories_where_they_can_be(tmp_path):
    def rows(*words: str) -> list[list[Any]]:
        return [["a", "kind"], *([NOISE[n], words[n % len(words)]] for n in range(60))]

    for words in (("None", "scratch"), ("NA", "EU", "AS"), ("none", "low", "high"), ("-", "x")):
        path = written(tmp_path / "t.csv", rows(*words))
        dataset = open_dataset(path)
        assert dataset.labels == tuple(sorted(words))
        assert any("--missing-values" in line for line in dataset.understood)
        with pytest.raises(DataError, match=rf"got '{words[0]}' \(missing, by --missing-values\), expected a value"):
            open_dataset(path, missing_values=words[0])
    holes = [["a", "kind"], *([NOISE[n] if n % 5 else "NA", "NA" if n == 3 else "uv"[n % 2]] for n in range(60))]
    path = written(tmp_path / "u.csv", holes)
    with pytest.raises(DataError, match="column 'kind', row 4"):
        open_dataset(path, missing="mean")  # NA stands for a missing number, and so for a missing class
    with pytest.raises(DataError, match="got 'NA', expected a number"):
        open_dataset(path, missing="mean", missing_values="")


def test_a_column_of_mostly_dashes_is_one_of_numbers(tmp_path):
    rows = [["a", "b", "y"], *([NOISE[n] if n % 5 == 0 else "-", NOISE[-n], "uv"[n % 2]] for n in range(60))]
    dataset = open_dataset(written(tmp_path / "t.csv", rows), missing="mean")
    assert dataset.columns[0].categories is None and np.isnan(values(dataset)[1, 0])


def test_leading_zeros_are_codes(tmp_path):
    rows = [["zip", "a", "code"], *([("01", "1", "10")[n % 3], NOISE[n], ("007", "7")[n % 2]] for n in range(60))]
    dataset = open_dataset(written(tmp_path / "t.csv", rows))
    assert sorted(dataset.columns[0].categories or ()) == ["01", "1", "10"] and sorted(dataset.labels) == ["007", "7"]


@pytest.mark.parametrize(
    "before", ["# made by hand\n# twice\n", "sep=;\n", "Report\nof today\n\n", "Report;;\n;;\n", "\n\n"]
)
def test_what_stands_before_a_table_is_left_out(tmp_path, before):
    lines = ["a;b;kind", *(f"{NOISE[n]};{NOISE[-n]};{'uv'[n % 2]}" for n in range(40))]
    path = tmp_path / "t.csv"
    path.write_text(before + "\n".join(lines) + "\n")
    dataset = open_dataset(path)
    assert names(dataset) == ["a", "b"] and len(dataset) == 40
    assert len(dataset.notes) == (before[0] in "#R")


def test_names_in_a_comment_as_numpy_writes_them(tmp_path):
    path = tmp_path / "t.csv"
    np.savetxt(path, np.stack([NOISE[:40], NOISE[40:80]], axis=1), delimiter=",", header="size,price")
    dataset = open_dataset(path)
    assert names(dataset) == ["size"] and dataset.labels == ("price",) and len(dataset) == 40


def test_a_header_that_comes_again_is_left_out_and_told(tmp_path):
    rows = [["a", "b", "kind"], *([NOISE[n], NOISE[-n], "uv"[n % 2]] for n in range(40))]
    rows.insert(20, rows[0])
    dataset = open_dataset(written(tmp_path / "t.csv", rows))
    assert len(dataset) == 40 and "1 row holds the names of the columns again: left out" in dataset.notes


def test_foreign_files_are_refused_by_what_they_are(tmp_path):
    for text, word in (
        ("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 3\n", "git lfs pull"),
        ("<!DOCTYPE html>\n<html><body>not found</body></html>\n", "page of HTML"),
    ):
        (tmp_path / "t.csv").write_text(text)
        with pytest.raises(DataError, match=word):
            open_dataset(tmp_path / "t.csv")


def test_utf_16_is_read_by_its_first_bytes(tmp_path):
    lines = ["größe,kind", *(f"{NOISE[n]},{'uv'[n % 2]}" for n in range(40))]
    (tmp_path / "t.csv").write_bytes("\n".join(lines).encode("utf-16"))
    assert names(open_dataset(tmp_path / "t.csv")) == ["größe"]


def test_kinds_live_in_the_checkpoint(tmp_path):
    rows = [
        ["id", "price", "kind"],
        *([n, f"{NOISE[n] + 3:.2f}".replace(".", ","), "uv"[int(NOISE[n] > 0)]] for n in range(200)),
    ]
    path = written(tmp_path / "t.csv", rows, ";")
    model = zoo.train("logistic", path, epochs=30)
    zoo.save(model, tmp_path / "m.h5")
    new = written(tmp_path / "n.csv", [["price", "id"], ["1,5", 7], ["4,5", 8]], ";")
    assert list(zoo.predict(tmp_path / "m.h5", new)) == ["u", "v"]
    rows = Encoded(raw_rows(new, model.preprocessing), None, model.preprocessing).rows(np.arange(2))
    assert rows.inputs.shape == (2, 1)
