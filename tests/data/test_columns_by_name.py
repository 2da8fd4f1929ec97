"""Columns go by name: in whatever order they stand, the predictions are the same."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import zoo
from zoo.data.typed_columns import TypedTable
from zoo.errors import DataError, ZooWarning
from zoo.types import Array

NAMES = ("age", "colour", "height", "5", "a, b", "price")  # a number and a comma among them
ROWS = 40


def columns() -> dict[str, Array]:
    random = np.random.default_rng(2)
    x = {name: np.round(random.normal(size=ROWS) * 3**place, 4) for place, name in enumerate(NAMES)}
    x["colour"] = np.array(["red", "green", "blue"])[np.arange(ROWS) % 3]
    x["price"] = np.round(x["age"] + 2 * x["height"] - x["5"], 4)
    return x


COLUMNS = columns()


def write(path: Path, order: tuple[str, ...]) -> Path:
    lines = [",".join(f'"{name}"' for name in order)]
    lines += [",".join(str(COLUMNS[name][row]) for name in order) for row in range(ROWS)]
    path.write_text("\n".join(lines) + "\n")
    return path


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model of a table with names, and the table."""
    folder = tmp_path_factory.mktemp("named")
    data = write(folder / "table.csv", NAMES)
    zoo.train("mlp", data, header="yes", epochs=3, hidden=(5,), out=folder / "model.h5")
    return folder


EACH = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@EACH
@given(order=st.permutations(NAMES), target=st.booleans())
def test_a_file_may_have_its_columns_in_any_order(trained: Path, order: list[str], target: bool) -> None:
    expected = zoo.predict(trained / "model.h5", trained / "table.csv")
    kept = tuple(name for name in order if target or name != "price")
    shuffled = write(trained / "shuffled.csv", kept)
    np.testing.assert_array_equal(zoo.predict(trained / "model.h5", shuffled), expected)
    if target:
        evaluation = zoo.evaluate(trained / "model.h5", shuffled)
        assert evaluation.part.startswith("test part (held out"), "the same rows, whatever the order of their columns"
        assert evaluation.metrics == zoo.evaluate(trained / "model.h5").metrics


def as_frame(kind: str, order: tuple[str, ...]) -> Any:
    values = {name: COLUMNS[name] for name in order}
    if kind == "mapping":
        return values
    if kind == "structured array":
        made = np.empty(ROWS, [(name, values[name].dtype) for name in order])
        for name in order:
            made[name] = values[name]
        return made
    return pytest.importorskip(kind).DataFrame(values)


@pytest.mark.parametrize("kind", ["mapping", "structured array", "pandas", "polars"])
@settings(EACH, max_examples=10)
@given(order=st.permutations(NAMES))
def test_a_table_in_python_may_too(trained: Path, kind: str, order: list[str]) -> None:
    model = zoo.load(trained / "model.h5")
    expected = zoo.predict(model, trained / "table.csv")
    table = as_frame(kind, tuple(order))
    np.testing.assert_array_equal(zoo.predict(model, table), expected)
    evaluation = zoo.evaluate(model, table)
    assert evaluation.metrics == zoo.evaluate(model, trained / "table.csv").metrics
    assert evaluation.part.startswith("test part (held out")


@pytest.mark.parametrize("kind", ["mapping", "structured array", "pandas", "polars"])
def test_a_model_trained_on_a_table_in_python_knows_its_names(trained: Path, kind: str, tmp_path: Path) -> None:
    model = zoo.train("mlp", as_frame(kind, NAMES), target="price", epochs=3, hidden=(5,), out=tmp_path / "m.h5")
    for name, weights in zoo.load(trained / "model.h5").weights.items():
        np.testing.assert_array_equal(model.weights[name], weights)  # the same table, the same bits
    back = tuple(reversed(NAMES))
    np.testing.assert_array_equal(zoo.predict(model, as_frame(kind, back)), zoo.predict(model, as_frame(kind, NAMES)))
    with pytest.warns(ZooWarning, match="read with header='yes'; in training: header='auto'"):
        evaluation = zoo.evaluate(tmp_path / "m.h5", trained / "table.csv", header="yes")
    assert evaluation.part.startswith("test part (held out")
    assert zoo.resume(tmp_path / "m.h5", as_frame(kind, back), epochs=3) == model


def test_missing_and_further_columns_are_told_by_name(trained: Path) -> None:
    model = zoo.load(trained / "model.h5")
    with pytest.raises(DataError, match="there is no column 'height', which the model was trained on"):
        zoo.predict(model, as_frame("mapping", ("age", "colour", "5", "a, b")))
    with pytest.raises(DataError, match=r"there are no columns 'age', 'height'"):
        zoo.predict(model, as_frame("mapping", ("colour", "5", "a, b")))
    with pytest.raises(DataError, match=r"the target is missing.*'price'"):
        zoo.evaluate(model, as_frame("mapping", NAMES[:-1]))
    more = {**as_frame("mapping", NAMES), "weight": COLUMNS["age"]}
    with pytest.warns(ZooWarning, match="left out, as training did not have it: 'weight'"):
        predicted = zoo.predict(model, more)
    np.testing.assert_array_equal(predicted, zoo.predict(model, as_frame("mapping", NAMES)))
    unseen = {**as_frame("mapping", NAMES), "colour": np.repeat("pink", ROWS)}
    with pytest.raises(
        DataError,
        match="column 'colour', row 1 holds 'pink', unseen in training; expected one of 'blue', 'green', 'red'",
    ):
        zoo.predict(model, unseen)


def test_columns_that_are_only_counted_go_by_place() -> None:
    pandas = pytest.importorskip("pandas")
    x = np.random.default_rng(0).normal(size=(20, 2))
    model = zoo.train("mlp", (x, x[:, 0]), epochs=1, hidden=(3,))
    table = TypedTable.of(pandas.DataFrame(x), "a table")
    assert table is not None and not table.named
    np.testing.assert_array_equal(zoo.predict(model, pandas.DataFrame(x)), zoo.predict(model, x))
