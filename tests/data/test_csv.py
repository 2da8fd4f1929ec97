"""What is written into a CSV file is what is read from it; what is not right is refused with row, column and remedy."""

from __future__ import annotations

import csv
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import zoo
from zoo.core.architecture import InputSpec
from zoo.data import Dataset, Encoded, Preprocessing, open_dataset, split
from zoo.data.as_trained import raw_rows
from zoo.data.options import DataOptions
from zoo.data.readers.csv.parse import read
from zoo.data.readers.csv.sniff import look_at
from zoo.errors import DataError, OptionError, ZooWarning
from zoo.types import Array

finite = st.floats(allow_nan=False, allow_infinity=False, width=64)
words = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Zs", "Zl", "Zp"]), min_size=1, max_size=6
).filter(
    lambda text: (
        not any(character.isdigit() or character in '"\ufeff' for character in text)
        and text.strip() == text
        and text.lower()
        not in ("na", "n/a", "#n/a", "nan", "null", "none", "?", "inf", "infinity", "-inf", "+inf", "-nan", "+nan")
    )
)


def written(path: Path, text: str | bytes) -> Path:
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def fitted_on(path: Path, options: dict[str, Any]) -> Preprocessing:
    dataset = open_dataset(path, **options)
    return Preprocessing.fit(dataset, split(dataset, 0).train, InputSpec())


def refused(path: Path, **options: Any) -> str:
    """The message with which a file is refused: one line that names the file."""
    with pytest.raises((DataError, OptionError)) as caught:
        fitted_on(path, options)
    message = str(caught.value)
    assert "\n" not in message and str(path) in message
    return message


def values(dataset: Dataset) -> Array:
    return dataset.inputs.read(0, len(dataset))


@settings(max_examples=40, deadline=None)
@given(
    rows=st.lists(st.tuples(finite, finite, finite), min_size=2, max_size=8),
    delimiter=st.sampled_from([",", ";", "\t", "|"]),
    header=st.booleans(),
    ending=st.sampled_from(["\n", "\r\n"]),
)
def test_numbers_come_back_exactly(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[float, ...]], delimiter: str, header: bool, ending: str
) -> None:
    path = tmp_path_factory.mktemp("csv") / "numbers.csv"
    lines = [delimiter.join(("alpha", "beta", "gamma"))] * header + [delimiter.join(map(repr, row)) for row in rows]
    written(path, ending.join(lines) + ending)
    dataset = open_dataset(path, target="none")
    assert dataset.named == header
    np.testing.assert_array_equal(values(dataset), np.array(rows))


@settings(max_examples=40, deadline=None)
@given(rows=st.lists(st.tuples(words, finite), min_size=1, max_size=12))
def test_text_comes_back_exactly(tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, float]]) -> None:
    path = tmp_path_factory.mktemp("csv") / "words.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("word", "number"), *rows])
    layout = look_at(path, DataOptions(header="yes", delimiter="comma"))
    table = read(layout, [0, 1], [True, False], DataOptions(), [0, 1])
    categories = table.columns[0].categories
    assert categories is not None and list(categories) == sorted(set(categories))
    assert [categories[int(number)] for number in table.cells[:, 0]] == [word for word, _ in rows]
    assert table.cells[:, 1].tolist() == [number for _, number in rows]


def test_both_ways_of_reading_numbers_agree(tmp_path: Path) -> None:
    rows = np.random.default_rng(0).standard_normal((6000, 3))
    plain = "\n".join(",".join(map(repr, row)) for row in rows.tolist())
    fast = open_dataset(written(tmp_path / "fast.csv", plain + "\n"), target="none")
    # A missing cell that is ignored sends the whole file the other way.
    slow = written(tmp_path / "slow.csv", "\n".join(line + "," for line in plain.split("\n")) + "\n")
    other = open_dataset(slow, target="none", ignore="4")
    np.testing.assert_array_equal(values(fast), rows)
    np.testing.assert_array_equal(values(other), rows)


@pytest.mark.parametrize(
    ("text", "named", "names"),
    [
        ("a,b\n1,2\n3,4\n", True, ("a", "b")),
        ("1,2\n3,4\n", False, ("column 1", "column 2")),
        ("M,1.5\nF,2\nM,3\n", False, ("column 1", "column 2")),  # the text is data: it occurs beside a number
        ("sex,age\nM,1.5\nF,2\n", True, ("sex", "age")),
        ("p,x\ne,x\np,s\n", False, ("column 1", "column 2")),  # all text, but not names: they come again
        ("cap,odour\np,x\ne,x\n", True, ("cap", "odour")),
        (",b\n1,2\n3,4\n", True, ("column 1", "b")),  # row names as some programs write them
        ("\ufeffa;b\n1;2\n3;4\n", True, ("a", "b")),
        ('"a, or so",b\n1,2\n3,4\n', True, ("a, or so", "b")),
        ("1 2\n3  4\n", False, ("column 1", "column 2")),
        ("\n\na\tb\n1\t2\n\n3\t4\n", True, ("a", "b")),
    ],
)
def test_header_and_delimiter_are_recognized(tmp_path: Path, text: str, named: bool, names: tuple[str, ...]) -> None:
    layout = look_at(written(tmp_path / "some.csv", text), DataOptions())
    assert (layout.named, layout.names) == (named, names)


def test_a_header_that_may_be_data_is_asked_about(tmp_path: Path) -> None:
    path = written(tmp_path / "years.csv", "x,1999,2005\n1,2,3\n4,5,6\n")
    assert "--header yes or --header no" in refused(path)
    assert open_dataset(path, header="yes").labels == ("3", "6")


def test_tasks_are_told_by_the_target(tmp_path: Path) -> None:
    rows = [f"{n / 7},{n % 3},{n % 2},{(n + 1) % 2},{n}.5,{'ab'[n % 2]}" for n in range(60)]
    path = written(tmp_path / "many.csv", "x,three,even,odd,half,letter\n" + "\n".join(rows) + "\n")
    assert (open_dataset(path).task, open_dataset(path).labels) == ("classification", ("a", "b"))
    assert open_dataset(path, target="three").labels == ("0", "1", "2")
    assert open_dataset(path, target="half").task == "regression"
    assert open_dataset(path, target="three", task="regression").task == "regression"
    assert open_dataset(path, target="even,odd").labels == ("even", "odd")
    assert open_dataset(path, target="even,odd").task == "classification"  # exactly one of them in each row
    assert open_dataset(path, target="even,odd", task="multi-label").task == "multi-label"
    assert open_dataset(path, target="three, 5", ignore="letter").labels == ("three", "half")
    assert open_dataset(path, target="none").task == "unsupervised"
    assert [column.name for column in open_dataset(path, target="2", ignore="even,6").columns] == ["x", "odd", "half"]


def test_labels_stand_in_numeric_order(tmp_path: Path) -> None:
    path = written(tmp_path / "t.csv", "\n".join(f"{n},{(n * 7) % 12}" for n in range(48)) + "\n")
    assert open_dataset(path).labels == tuple(str(n) for n in range(12))


@pytest.mark.parametrize(
    ("text", "options", "words"),
    [
        ("a,b\n1,2\n3\n5,6\n", {}, ["row 2 (line 3)", "has 1 cells, expected 2"]),
        ("a,b,y\n1,2,u\n3,x4,v\n5,6,u\n", {}, ["column 'b', row 2 (line 3): got 'x4', expected a number"]),
        ("a,b,y\n1,2,u\n,4,v\n5,6,u\n", {}, ["column 'a', row 2 (line 3): got nothing", "--missing mean"]),
        ("a,b,y\n1,2,u\nNaN,4,v\n5,6,u\n", {}, ["column 'a', row 2 (line 3): got 'NaN'", "--missing"]),
        ("a,b,y\n1,2,u\n?,4,v\n5,6,u\n", {}, ["column 'a', row 2 (line 3): got '?'"]),
        ("a,b,y\n1,2,u\n3,inf,v\n5,6,u\n", {"missing": "mean"}, ["column 'b', row 2 (line 3): got 'inf'"]),
        ("a,b,y\n1,2,u\n3,1e999,v\n5,6,u\n", {}, ["column 'b', row 2 (line 3): got '1e999'"]),
        ("a,b,y\n1,2,u\n3,4,\n5,6,u\n", {"missing": "mean"}, ["column 'y', row 2 (line 3)", "without its target"]),
        ("a,b\n1,2\n3,4\n", {"target": "c"}, ["--target names the column 'c'", "there is a, b", "from 1 to 2"]),
        ("price,size\n1,2\n3,4\n", {"target": "prise"}, ["did you mean 'price'?"]),
        ("a,b\n1,2\n3,4\n", {"target": "3"}, ["'3'", "from 1 to 2"]),
        ("a,b\n1,2\n3,4\n", {"target": "a", "ignore": "1"}, ["column 'a' is both --target and in --ignore"]),
        ("a\n1\n2\n", {}, ["no columns are left for the inputs"]),
        ("a,b\n", {}, ["no rows of data"]),
        ("", {}, ["the file is empty"]),
        ("\n \n", {}, ["blank lines"]),
        ("a,a\n1,2\n3,4\n", {}, ["line 1 names two columns 'a'"]),
        ("a,y\n1,u\n2,u\n3,u\n", {}, ["are of the class 'u'", "two classes"]),
        ('a,y\n1,u\n"2,v\n', {}, ["line 3"]),
        (b"a,y\n1,u\n2,\xe9\n", {}, ["line 3 is not utf-8 text", "--encoding"]),
        ("a,y\n1,u\n2,v\n", {"encoding": "utf-9"}, ["--encoding is 'utf-9'"]),
        (b"a,y\n1,\0u\n2,v\n", {}, ["NUL"]),
        ("a,y\n1,u\n2,v\n", {"task": "regression"}, ["target 'y' holds text such as 'u'"]),
        ("a,y\n1,1\n2,2\n3,1\n", {"task": "multi-label"}, ["other values than 0 and 1"]),
        ("\n".join(f"name{n},{n % 2}" for n in range(60)), {}, ["60 different texts in 60 rows", "--ignore"]),
        ("\n".join(f"{n % 2},name{n}" for n in range(60)), {}, ["60 different values in 60 rows", "--target"]),
        ("a,b\n1,2\n3,4\n", {"in_memory": 5}, ["--in-memory does nothing for CSV"]),
    ],
)
def test_what_is_not_right_is_named(
    tmp_path: Path, text: str | bytes, options: dict[str, Any], words: list[str]
) -> None:
    message = refused(written(tmp_path / "bad.csv", text), **options)
    for word in words:
        assert word in message


def test_an_error_far_down_names_its_row(tmp_path: Path) -> None:
    rows = [f"{n},{n % 2}" for n in range(30_000)]
    rows[25_000] = "oops,1"
    assert "row 25001 (line 25002): got 'oops'" in refused(written(tmp_path / "long.csv", "x,y\n" + "\n".join(rows)))


def test_a_file_in_another_encoding_reads_when_it_is_named(tmp_path: Path) -> None:
    path = written(tmp_path / "latin.csv", "größe;y\n1;ü\n2;ß\n3;ü\n".encode("latin-1"))
    dataset = open_dataset(path, encoding="latin-1")
    assert dataset.columns[0].name == "größe" and dataset.labels == ("ß", "ü")


def test_missing_values_are_filled_from_the_training_part(tmp_path: Path) -> None:
    path = written(tmp_path / "holes.csv", "n,t,y\n1,a,u\n,b,v\n3,,u\n8,a,v\n100,b,u\n")
    train = np.arange(4)  # the last row is not seen
    for missing, expected in (("mean", 4.0), ("median", 3.0), ("most-frequent", 1.0)):
        dataset = open_dataset(path, missing=missing)
        fitted = Preprocessing.fit(dataset, train, InputSpec("raw"))
        encoded = Encoded(dataset, None, fitted, np.float64).rows(np.arange(5)).inputs
        assert encoded[1, 0] == expected
        assert encoded[2, 1:].tolist() == [1.0, 0.0]  # the most frequent text
        assert np.isfinite(encoded).all()


def table(tmp_path: Path) -> tuple[Path, Dataset, Preprocessing]:
    rows = [f"{'mf'[n % 2]},{n / 3},{n % 5},{n * n}.5" for n in range(40)]
    path = written(tmp_path / "train.csv", "sex,length,rings,price\n" + "\n".join(rows) + "\n")
    dataset = open_dataset(path)
    return path, dataset, Preprocessing.fit(dataset, np.arange(40), InputSpec())


def test_rows_to_predict_are_found_by_name_or_by_place(tmp_path: Path) -> None:
    _, dataset, fitted = table(tmp_path)
    expected = Encoded(dataset, None, fitted).rows(np.arange(3)).inputs

    def encoded(name: str, text: str) -> Array:
        rows = raw_rows(written(tmp_path / name, text), fitted)
        return Encoded(rows, None, fitted).rows(np.arange(3)).inputs

    whole = encoded(
        "whole.csv", "sex,length,rings,price\nm,0,0,0\nf,0.3333333333333333,1,0\nm,0.6666666666666666,2,0\n"
    )
    np.testing.assert_array_equal(whole, expected)
    shuffled = encoded(
        "shuffled.csv", "rings,other,length,sex\n0,z,0,m\n1,z,0.3333333333333333,f\n2,z,0.6666666666666666,m\n"
    )
    np.testing.assert_array_equal(shuffled, expected)
    by_place = encoded("by_place.csv", "m,0,0\nf,0.3333333333333333,1\nm,0.6666666666666666,2\n")
    np.testing.assert_array_equal(by_place, expected)
    with_target = encoded("with.csv", "m,0,0,9\nf,0.3333333333333333,1,9\nm,0.6666666666666666,2,9\n")
    np.testing.assert_array_equal(with_target, expected)
    from_list = raw_rows([["m", 0, 0], ["f", 1 / 3, 1], ["m", 2 / 3, 2]], fitted)
    np.testing.assert_array_equal(Encoded(from_list, None, fitted).rows(np.arange(3)).inputs, expected)


@pytest.mark.parametrize(
    ("text", "word"),
    [
        (
            "m,0\nf,1\n",
            "the rows have 2 columns, expected the 3 inputs ('sex', 'length', 'rings'), or all 4 of the training data",
        ),
        (
            "sex,lenght,rings\nm,1,2\nf,2,3\n",
            "no column 'length', which the model was trained on; did you mean 'lenght'?",
        ),
        ("x,1,2\nm,2,3\n", "column 'sex', row 1 holds 'x', unseen in training; expected one of 'f', 'm'"),
        ("m,tall,2\nm,2,3\n", "column 'length', row 1 (line 1): got 'tall', expected a number"),
    ],
)
def test_rows_that_do_not_fit_are_refused(tmp_path: Path, text: str, word: str) -> None:
    _, _, fitted = table(tmp_path)
    path = written(tmp_path / "rows.csv", text)
    with pytest.raises(DataError) as caught:
        # The header is decided here by what is in the first line, which these files leave no doubt about.
        Encoded(raw_rows(path, fitted, header="yes" if text.startswith("sex") else "no"), None, fitted)
    assert word in str(caught.value) and "\n" not in str(caught.value)


def test_a_category_is_never_held_out_entirely(tmp_path: Path) -> None:
    rows = [f"{'rare' if n == 7 else 'ab'[n % 2]},{n},{n % 2}" for n in range(30)]
    dataset = open_dataset(written(tmp_path / "rare.csv", "\n".join(rows)))
    for seed in range(20):
        parts = split(dataset, seed, test=0.3, validation=0.3)
        fitted = Preprocessing.fit(dataset, parts.train, InputSpec())
        for part in (parts.validation, parts.test):
            with warnings.catch_warnings(action="error"):
                Encoded(dataset, part, fitted)


def test_categorical_numbers_become_categories_in_numeric_order(tmp_path: Path) -> None:
    path = written(tmp_path / "months.csv", "month,x,y\n" + "\n".join(f"{n % 12 + 1},{n},{n % 2}" for n in range(48)))
    column = open_dataset(path, categorical="month").columns[0]
    assert column.categories == tuple(str(month) for month in range(1, 13))


def test_rows_to_predict_are_refused_without_options_that_predicting_does_not_have(tmp_path: Path) -> None:
    _, _, fitted = table(tmp_path)
    cells = {
        "x": "expected a number as in training; fix it",
        "": "; a model trained with --missing mean fills it by itself",
    }
    for cell, expected in cells.items():
        with pytest.raises(DataError) as error:
            raw_rows(written(tmp_path / "raw.csv", f"sex,length,rings\nm,{cell},1\n"), fitted)
        assert str(error.value).endswith(expected)


def test_missing_cells_of_rows_to_predict_are_filled_with_what_is_known_or_refused(tmp_path: Path) -> None:
    """A model that was trained without missing values knows the mean of standardized columns, and nothing else."""
    data = open_dataset(written(tmp_path / "train.csv", "a,b,y\n1,5,u\n2,6,v\n3,10,u\n"))
    raw = written(tmp_path / "raw.csv", "a,b\n1,\n")
    fitted = Preprocessing.fit(data, np.arange(3), InputSpec())
    encoded = Encoded(raw_rows(raw, fitted, missing="mean"), None, fitted).rows(np.arange(1)).inputs
    assert encoded[0, 1] == 0  # standardized, the mean is 0
    for missing, input_spec in (("median", InputSpec()), ("keep", InputSpec()), ("mean", InputSpec("unit"))):
        fitted = Preprocessing.fit(data, np.arange(3), input_spec)
        rows = raw_rows(raw, fitted, missing=missing)
        with pytest.raises(OptionError, match="trained without missing values, so it cannot impute a value"):
            Encoded(rows, None, fitted)


def test_a_table_without_its_target_is_not_measured_and_says_so(tmp_path: Path) -> None:
    _, _, fitted = table(tmp_path)
    for text in ("sex,length,rings\nm,0.5,1\nf,0.6,2\n", "rings,sex,length\n1,m,0.5\n2,f,0.6\n", "m,1,2\nf,2,1\n"):
        rows = open_dataset(written(tmp_path / "no-price.csv", text))
        with pytest.raises(DataError, match="the target is missing: got the inputs alone, expected the column 'price'"):
            fitted.check_fits(rows)
    fitted.check_fits(open_dataset(written(tmp_path / "ok.csv", "sex,length,rings,price\nm,0.5,1,2.5\n")))


def test_what_was_taken_for_what_is_said_with_the_option_that_changes_it(tmp_path: Path) -> None:
    few = written(tmp_path / "few.csv", "a,age\n" + "".join(f"{n / 7},{20 + n % 9}\n" for n in range(60)))
    (remark,) = open_dataset(few).notes
    assert remark == (
        "target 'age' holds 9 different whole numbers, taken for classes; for a quantity: --task regression"
    )
    for task in ("regression", "classification"):
        assert open_dataset(few, task=task).notes == ()
    folder = tmp_path / "folder"
    folder.mkdir()
    for n in range(3):
        written(folder / f"{n}.csv", f"x,kind\n1,{'ab'[n % 2]}\n2,{'ab'[n % 2]}\n")
    (remark,) = open_dataset(folder).notes
    assert remark.startswith("each of the 3 CSV files is taken for one sequence; a table whose rows are learned")


@pytest.mark.parametrize("number", ["{0} {1:03d} kg", "{1} g"])
def test_numbers_that_cannot_be_read_are_told_to_be_written_plainly(tmp_path: Path, number: str) -> None:
    """In one line, whatever task is asked for: not "too many classes, name --task regression" and then "text"."""
    cells = [number.format(n % 9, n) for n in range(100, 160)]
    as_target = "a;b;price\n" + "".join(f"{n / 2};{n * n};{cell}\n" for n, cell in enumerate(cells))
    for task in ("auto", "regression"):
        with pytest.raises(DataError, match=r"target 'price' holds numbers written as .* expected plain ones"):
            open_dataset(written(tmp_path / "target.csv", as_target), target="price", task=task)


def test_names_are_not_taken_for_written_numbers(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_text("name,age\n" + "\n".join(f"n{number},{number % 50}" for number in range(60)))
    with pytest.raises(DataError, match="too many to encode; leave it out with ignore='name'"):
        zoo.train("mlp", data=str(path), target="age", epochs=1)


# --- marks of missing values that are numbers, and how numbers are written ---


@pytest.mark.parametrize("mark", ["-999", "-999.0", "NA,-999"])
@pytest.mark.parametrize("cells", [["-999", "2", "3.5"], ["-999.00", "2", "3"], ["-999", "NA", "3"]])
@pytest.mark.filterwarnings("ignore:.*named by --missing-values")
def test_a_number_can_stand_for_a_missing_value(mark: str, cells: list[str], tmp_path: Path) -> None:
    if "NA" in cells and "NA" not in mark:
        pytest.skip("NA is text then")
    path = written(tmp_path / "marks.csv", "a,b\n" + "".join(f"{cells[n % 3]},{'xy'[n % 2]}\n" for n in range(12)))
    read = open_dataset(path, missing_values=mark, missing="mean").inputs.read(0, 3)[:, 0]
    assert [bool(each) for each in np.isnan(read)] == [cell.startswith("-999") or cell == "NA" for cell in cells]
    with pytest.raises(DataError, match=r"got '-999(\.00)?' \(missing, by --missing-values\), expected a value"):
        open_dataset(path, missing_values=mark)


def test_marks_that_stand_nowhere_are_told(tmp_path: Path) -> None:
    path = written(tmp_path / "marks.csv", "a,b\n" + "".join(f"{n},{'xy'[n % 2]}\n" for n in (5, 3, 8, 1)))
    with pytest.warns(ZooWarning, match="no cell is '-1', 'none', named by --missing-values"):
        open_dataset(path, missing_values="-1,3,none", missing="mean")
    assert any("no value is missing: --missing mean" in line for line in open_dataset(path, missing="mean").notes)


@pytest.mark.parametrize("asked", [{"decimal": "comma"}, {"thousands": "point"}, {"thousands": "apostrophe"}])
def test_numbers_are_written_as_is_said_where_they_do_not_show_it(asked: dict[str, str], tmp_path: Path) -> None:
    path = written(tmp_path / "whole.csv", "a;b\n" + "".join(f"{n};{'xy'[n % 2]}\n" for n in (5, 3, 8, 1)))
    assert open_dataset(path).columns[0].spelling == ""
    said = open_dataset(path, **asked)
    assert said.columns[0].spelling in ("comma//", "comma/point/", "point/apostrophe/")
    text = written(tmp_path / "text.csv", "a;b\n" + "".join(f"{'uv'[n // 2 % 2]};{'xy'[n % 2]}\n" for n in range(8)))
    with pytest.raises(OptionError, match="has no effect: no column in use holds numbers"):
        open_dataset(text, **asked)


def test_columns_that_are_in_use_anyway_are_not_asked_for(tmp_path: Path) -> None:
    path = written(tmp_path / "a.csv", "id,a,b\n" + "".join(f"{n},{n % 5}.5,{'xy'[n % 2]}\n" for n in range(1, 31)))
    assert len(open_dataset(path, use="id,a").columns) == 2
    with pytest.raises(OptionError, match="--use a has no effect: a would not be left out"):
        open_dataset(path, use="a")


def test_it_is_said_how_many_cells_of_which_columns_are_imputed(tmp_path: Path) -> None:
    lines = [
        f"{'' if n % 5 else n},{'?' if n == 3 else n % 4},{'' if n == 4 else 'uv'[n % 2]},{n}.5" for n in range(20)
    ]
    path = written(tmp_path / "gaps.csv", "\n".join(["a,b,c,y", *lines]))
    expected = (
        "18 values are missing (a 16, b 1, c 1): filled with the mean of the training part, of text with the most"
    )
    assert any(note.startswith(expected) for note in open_dataset(path, missing="mean").notes)
    model = zoo.train("mlp", path, missing="mean", hidden=3, epochs=1)
    with pytest.warns(ZooWarning, match="18 values are missing"):
        zoo.predict(model, path)
    numbers = np.where(np.eye(4) > 0, np.nan, 1.0 + np.arange(4))
    with pytest.warns(ZooWarning, match=r"4 values are missing \(column 1 1, .*: filled with the median"):
        zoo.train("mlp", (numbers, np.arange(4.0) / 3), missing="median", epochs=1)


def test_rows_without_a_target_are_left_out_by_an_option(tmp_path: Path) -> None:
    """The rows left are learned as if the others were not there, from a file and from a table in Python."""
    rows = [(n % 7 / 4, "" if n % 6 == 5 else "uv"[n % 2]) for n in range(40)]
    whole = written(tmp_path / "whole.csv", "x,y\n" + "".join(f"{x},{y}\n" for x, y in rows))
    kept = written(tmp_path / "kept.csv", "x,y\n" + "".join(f"{x},{y}\n" for x, y in rows if y))
    columns = {"x": [x for x, _ in rows], "y": [y or None for _, y in rows]}
    models = [zoo.train("mlp", kept, hidden=3, epochs=1)]
    for data in (whole, columns):
        with pytest.warns(ZooWarning, match="6 rows have no target: left out"):
            models.append(zoo.train("mlp", data, missing_targets="skip", hidden=3, epochs=1))
    for model in models[1:]:
        np.testing.assert_array_equal(model.weights["hidden1/W"], models[0].weights["hidden1/W"])
    with pytest.warns(ZooWarning, match="6 rows have no target"):
        assert zoo.evaluate(models[1], whole).metrics == zoo.evaluate(models[0], kept).metrics
    assert len(zoo.predict(models[1], whole)) == 40
