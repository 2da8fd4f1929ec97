"""A table means the same, be it text, a DataFrame, arrays by name or a binary file: columns, kinds, lines and bits."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import zoo
from zoo.core.model import Model
from zoo.data import Dataset
from zoo.data.open import open_dataset
from zoo.data.python_data import given_dataset
from zoo.types import Array

pandas = pytest.importorskip("pandas")
polars = pytest.importorskip("polars")
pyarrow = pytest.importorskip("pyarrow")
feather = pytest.importorskip("pyarrow.feather")
parquet = pytest.importorskip("pyarrow.parquet")

ROWS = 60
DAY = np.timedelta64(1, "D")
START = np.datetime64("2021-01-05")
RANDOM = np.random.default_rng(7)
pytestmark = pytest.mark.filterwarnings("ignore::zoo.errors.ZooWarning")


def some(*values: Any, count: int = ROWS) -> list[Any]:
    """Values in turn, irregularly."""
    return [values[place] for place in np.random.default_rng(len(values)).integers(0, len(values), count)]


def with_gaps(values: list[Any], gap: Any) -> list[Any]:
    return [gap if row % 11 == 3 else value for row, value in enumerate(values)]


def days(count: int = ROWS, step: int = 1) -> Array:
    return START + step * DAY * np.arange(count)


def written(dates: Array, form: str) -> list[str]:
    return [each.strftime(form) for each in dates.astype("M8[us]").tolist()]


REAL = RANDOM.normal(3, 1, ROWS).round(4).tolist()
OTHER = RANDOM.normal(size=ROWS).round(4).tolist()
SPELLED = [f"{1000 + 17 * row:,}.50 €".replace(",", " ").replace(".", ",") for row in range(ROWS)]

TABLES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "every kind": (
        {
            "id": np.arange(1, ROWS + 1),
            "code": [f"K{row * 7919 % 1000:04d}" for row in range(ROWS)],
            "age": np.array(some(*range(20, 60))),
            "size": np.array(REAL),
            "smokes": np.array(some(True, False)),
            "answer": some("yes", "no"),
            "city": some("Bern", "Basel", "Zürich"),
            "joined": days(),
            "seen": START.astype("M8[s]") + np.timedelta64(7 * 3600, "s") * np.arange(ROWS),
            "note": [f"a text of {row * row} words, and more" for row in range(ROWS)],
            "same": np.repeat(3, ROWS),
            "nothing": np.repeat(np.nan, ROWS),
            "income": np.array(OTHER),
        },
        {},
    ),
    "missing values": (
        {
            "age": np.array(with_gaps([float(each) for each in some(*range(20, 60))], np.nan)),
            "size": np.array(with_gaps(REAL, np.nan)),
            "city": with_gaps(some("Bern", "Basel", "Zürich"), None),
            "smokes": with_gaps(some(True, False), None),
            "joined": np.array(with_gaps(days().tolist(), None), "M8[D]"),
            "mark": with_gaps(some("low", "high"), "?"),
            "class": some("a", "b"),
        },
        {"missing": "most-frequent"},
    ),
    "dates as texts": (
        {
            "swiss": written(days(step=3), "%d.%m.%Y"),
            "american": written(days(step=5), "%m/%d/%Y"),
            "unsure": [f"{1 + row % 12:02d}/{1 + row % 7:02d}/2020" for row in range(ROWS)],
            "to the minute": written(
                START.astype("M8[s]") + np.timedelta64(3661, "s") * np.arange(ROWS), "%Y-%m-%d %H:%M"
            ),
            "month": written(days(step=31), "%b %Y"),
            "size": np.array(REAL),
        },
        {},
    ),
    "numbers as texts": (
        {
            "price": SPELLED,
            "share": [f"{row % 40}.{row % 7} %" for row in range(ROWS)],
            "loss": [f"({row}.5)" if row % 3 else f"{row}.5" for row in range(ROWS)],
            "code": [f"{row % 5:03d}" for row in range(ROWS)],
            "other": np.array(OTHER),
            "size": np.array(REAL),
        },
        {},
    ),
    "an index without a name": (
        {"": np.arange(ROWS), "size": np.array(REAL), "other": np.array(OTHER), "class": some("a", "b", "c")},
        {},
    ),
    "truth values to learn": ({"size": np.array(REAL), "smokes": np.array(some(True, False))}, {}),
    "whole numbers to learn": ({"size": np.array(REAL), "rings": np.array(some(1, 2, 3))}, {"target": "rings"}),
    "numbers as texts to learn": ({"size": np.array(REAL), "price": SPELLED}, {}),
    "few numbers as texts to learn": ({"size": np.array(REAL), "price": some("1,5", "2,5", "-3,0")}, {}),
    "labels": (
        {"size": np.array(REAL), "red": np.array(some(0, 1)), "round": np.array(some(0, 1, 1))},
        {"target": "red,round"},
    ),
    "columns asked for": (
        {
            "id": np.arange(1, ROWS + 1),
            "grade": np.array(some(1, 2, 3)),
            "size": np.array(REAL),
            "empty": [None] * ROWS,
            "other": np.array(OTHER),
        },
        {"use": "id", "categorical": "grade", "ignore": "size", "missing_values": "-9"},
    ),
    "a series newest first": (
        {"date": days()[::-1], "sales": np.array(REAL), "weather": some("sun", "rain"), "price": np.array(OTHER)},
        {"window": 4, "target": "sales"},
    ),
    "a series of dates as text": (
        {"date": written(days()[::-1], "%d.%m.%Y"), "price": np.array(OTHER)},
        {"window": 4, "horizon": 2},
    ),
    "several series": (
        {"shop": some("a", "b"), "date": days(), "sales": np.array(REAL)},
        {"window": 3, "group": "shop"},
    ),
    "several series that nobody named": (
        {"shop": ["a", "b"] * (ROWS // 2), "date": np.repeat(days(ROWS // 2), 2), "sales": np.array(REAL)},
        {"window": 3},
    ),
    "sequences": (
        {"run": np.repeat(np.arange(12), 5), "x": np.array(REAL), "kind": np.repeat(some("u", "v", count=12), 5)},
        {"sequence": "run"},
    ),
}
LEARNERS = {"forecast": "elman", "sequences": "elman"}


# --- the same table in every form -------------------------------------------------------------------------------------


def frame(columns: dict[str, Any]) -> Any:
    return pandas.DataFrame({name: pandas.Series(values) for name, values in columns.items()})


def file(ending: str, write: Callable[[Any, Path], Any]) -> Callable[[dict[str, Any], Path], Path]:
    def made(columns: dict[str, Any], folder: Path) -> Path:
        path = folder / f"table.{ending}"
        write(columns, path)
        return path

    return made


def structured(columns: dict[str, Any], folder: Path) -> Array:
    arrays = {name or "f0": np.asarray(values) for name, values in columns.items()}
    made = np.empty(ROWS, [(name, each.dtype) for name, each in arrays.items()])
    for name, each in arrays.items():
        made[name] = each
    if "" in columns:
        made.dtype.names = tuple(columns)
    return made


def arrow(columns: dict[str, Any], folder: Path) -> Any:
    return pyarrow.Table.from_pandas(frame(columns), preserve_index=False)


def objects(columns: dict[str, Any], folder: Path) -> dict[str, list[Any]]:
    """Python's own objects in lists."""
    return {name: np.asarray(values).tolist() for name, values in columns.items()}


def polars_frame(columns: dict[str, list[Any]]) -> Any:
    return polars.DataFrame({name: polars.Series(values) for name, values in columns.items()})


FORMS: dict[str, Callable[[dict[str, Any], Path], Any]] = {
    "CSV": file("csv", lambda columns, path: frame(columns).to_csv(path, index=False)),
    "semicolons": file("data", lambda columns, path: frame(columns).to_csv(path, index=False, sep=";")),
    "pandas": lambda columns, folder: frame(columns),
    "pandas of its own types": lambda columns, folder: frame(columns).convert_dtypes(),
    "polars": lambda columns, folder: polars_frame(objects(columns, folder)),
    "pyarrow": arrow,
    "mapping": lambda columns, folder: dict(columns),
    "lists": objects,
    "structured array": structured,
    "Parquet": file("parquet", lambda columns, path: parquet.write_table(arrow(columns, path), path)),
    "Feather": file("feather", lambda columns, path: feather.write_feather(arrow(columns, path), path)),
    "Excel": file("xlsx", lambda columns, path: frame(columns).to_excel(path, index=False)),
    "JSON lines": file("jsonl", lambda columns, path: path.write_text(json_lines(columns))),
}


def json_lines(columns: dict[str, Any]) -> str:
    made = frame(columns)
    for name in made:
        if made[name].dtype.kind == "M":
            made[name] = made[name].astype(str).where(made[name].notna(), None)
    return str(made.to_json(orient="records", lines=True, force_ascii=False))


def opened(form: Any, options: dict[str, Any]) -> Dataset:
    return open_dataset(form, **options) if isinstance(form, Path) else given_dataset(form, options)


@pytest.fixture(scope="module", params=TABLES)
def table(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[dict[str, Any], dict[str, Any]]:
    """(the table in every form, options)."""
    columns, options = TABLES[request.param]
    folder = tmp_path_factory.mktemp("one")
    return {name: form(columns, folder) for name, form in FORMS.items()}, options


def lines_of(dataset: Dataset) -> list[str]:
    """What is said of a table, but what it is called and how its first line is taken."""
    named = Path(dataset.path).name if dataset.path else "the given table"
    lines = [line.removeprefix(named) for line in dataset.understood]
    return [*lines, *(note for note in dataset.notes if "is taken for the names of the columns" not in note)]


def test_columns_kinds_and_lines_are_the_same(table: tuple[dict[str, Any], dict[str, Any]]) -> None:
    forms, options = table
    datasets = {name: opened(form, options) for name, form in forms.items()}
    first = datasets["CSV"]
    for name, dataset in datasets.items():
        assert dataset.table == first.table, name
        assert dataset.kinds == first.kinds, name
        assert [c.name for c in dataset.columns] == [c.name for c in first.columns], name
        assert [c.categories for c in dataset.columns] == [c.categories for c in first.columns], name
        assert (dataset.task, dataset.labels, dataset.left_out) == (first.task, first.labels, first.left_out), name
        assert lines_of(dataset) == lines_of(first), name
        numbers = np.arange(len(first))
        np.testing.assert_array_equal(dataset.inputs.take(numbers), first.inputs.take(numbers), name)
        if first.targets is not None:
            assert dataset.targets is not None, name
            np.testing.assert_array_equal(dataset.targets.take(numbers), first.targets.take(numbers), name)


def trained(form: Any, options: dict[str, Any]) -> Model:
    learner = "elman" if {"window", "sequence"} & options.keys() else "mlp"
    return zoo.train(learner, form, epochs=1, hidden=3 if learner == "elman" else (3,), seed=3, **options)


def answers(model: Model, form: Any) -> list[Any]:
    """Predictions, spelled: labels come back in the type that the training data had."""
    predicted = zoo.predict(model, form)
    assert isinstance(predicted, np.ndarray)
    return [str(each) if predicted.dtype.kind in "OUb" else float(each) for each in predicted.ravel().tolist()]


def test_a_model_of_each_form_predicts_from_each_other(table: tuple[dict[str, Any], dict[str, Any]]) -> None:
    forms, options = table
    models = {name: trained(form, options) for name, form in forms.items()}
    expected = answers(models["CSV"], forms["CSV"])
    for name, form in forms.items():
        for weights, values in models["CSV"].weights.items():
            np.testing.assert_array_equal(models[name].weights[weights], values, name)
        assert answers(models[name], forms["CSV"]) == expected, name
        assert answers(models["CSV"], form) == expected, name
        assert answers(models[name], form) == expected, name


def test_a_model_remembers_the_columns_in_its_checkpoint(
    table: tuple[dict[str, Any], dict[str, Any]], tmp_path: Path
) -> None:
    forms, options = table
    model = trained(forms["pandas"], options)
    zoo.save(model, tmp_path / "m.h5")
    loaded = zoo.load(tmp_path / "m.h5")
    assert answers(loaded, forms["CSV"]) == answers(model, forms["polars"])
    assert loaded.preprocessing.to_manifest() == model.preprocessing.to_manifest()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        measured = {
            name: zoo.evaluate(loaded, forms[name]).metrics for name in ("pandas", "pyarrow", "structured array")
        }
    assert len(set(map(str, measured.values()))) == 1


# --- dates are read as in training ------------------------------------------------------------------------------------


def series_csv(path: Path, dates: list[str]) -> Path:
    cells = [f"{date},{value}" for date, value in zip(dates, REAL, strict=False)]
    path.write_text("\n".join(["date,sales", *cells]) + "\n")
    return path


def test_day_and_month_of_a_clock_are_those_of_training(tmp_path: Path) -> None:
    """Rows of the first days of months alone could be read either way, and either way they are in some order."""
    month_first = written(days(), "%m/%d/%Y")  # 5 January to 5 March: no month has so many days
    model = trained(series_csv(tmp_path / "train.csv", month_first), {"window": 3, "dates": "month-first"})
    assert model.preprocessing.to_manifest()["clock"] == ["date", "date:%m/%d/%Y"]
    unsure = [f"{month:02d}/{day:02d}/2021" for day in (1, 2) for month in (1, 2, 3)]  # in order by day-first
    rows = series_csv(tmp_path / "rows.csv", unsure)
    ordered = [unsure[place] for place in (0, 3, 1, 4, 2, 5)]
    values = [REAL[place] for place in (0, 3, 1, 4, 2, 5)]
    straight = tmp_path / "straight.csv"
    straight.write_text("\n".join(["date,sales", *(f"{d},{v}" for d, v in zip(ordered, values, strict=True))]) + "\n")
    assert answers(model, rows) == answers(model, straight)
    typed = {"date": np.array([f"2021-{each[:2]}-{each[3:5]}" for each in unsure], "M8[D]"), "sales": REAL[:6]}
    assert answers(model, typed) == answers(model, straight)


@pytest.mark.parametrize("sequence", [True, False])
def test_dates_of_another_format_are_refused_and_the_advice_works(tmp_path: Path, sequence: bool) -> None:
    options = {"window": 3} if sequence else {"target": "sales"}
    swiss = series_csv(tmp_path / "train.csv", written(days(), "%d.%m.%Y"))
    model = trained(swiss, options)
    other = series_csv(tmp_path / "rows.csv", written(days(), "%d %b %Y"))
    with pytest.raises(zoo.DataError, match=r"expected a date like %d.%m.%Y as in training") as refused:
        zoo.predict(model, other)
    assert "dates" in str(refused.value)
    assert len(zoo.predict(model, other, dates="%d %b %Y")) == len(zoo.predict(model, swiss))
    np.testing.assert_array_equal(zoo.predict(model, other, dates="%d %b %Y"), zoo.predict(model, swiss))


def test_dates_of_iso_may_say_more_or_less_of_the_time(tmp_path: Path) -> None:
    model = trained(series_csv(tmp_path / "train.csv", written(days(), "%Y-%m-%d")), {"target": "sales"})
    expected = zoo.predict(model, tmp_path / "train.csv")
    for form in ("%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S.%f"):
        rows = series_csv(tmp_path / "rows.csv", written(days(), form))
        np.testing.assert_array_equal(zoo.predict(model, rows), expected)
