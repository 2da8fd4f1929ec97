"""A series in an array is learned and forecast as the same series in a file is."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import zoo
from zoo.types import Array

WINDOW = 4


def series(*columns: int) -> Array:
    steps = np.arange(40.0)
    every = np.stack([np.sin(steps / 5), np.cos(steps / 7), 100 + steps / 10], axis=1)
    return every[:, list(columns)]


@pytest.mark.parametrize("target", ["", "1", "2"])
def test_an_array_is_learned_as_the_file_of_it(target: str, tmp_path: Path) -> None:
    array, path = series(0, 1, 2), tmp_path / "series.csv"
    np.savetxt(path, array, delimiter=",", fmt="%.17g")
    call = {"window": WINDOW, "hidden": 3, "epochs": 1, "target": target}
    given, read = zoo.train("elman", array, **call), zoo.train("elman", path, header=False, **call)
    np.testing.assert_array_equal(zoo.predict(given, array), zoo.predict(read, path))
    assert zoo.evaluate(given, array).metrics == zoo.evaluate(read, path).metrics
    assert zoo.evaluate(given, array).part == zoo.evaluate(read, path).part


@pytest.mark.parametrize("target", ["", "1", "2"])
def test_windows_have_the_columns_in_the_order_of_the_array(target: str) -> None:
    array = series(0, 1, 2)
    model = zoo.train("elman", array, window=WINDOW, hidden=3, epochs=1, target=target)
    windows = np.stack([array[start : start + WINDOW] for start in range(5)])
    np.testing.assert_allclose(zoo.predict(model, windows), zoo.predict(model, array)[:5], rtol=1e-5)


@pytest.mark.parametrize("shape", [(-1,), (-1, 1)])
def test_a_series_of_one_column_may_be_a_vector(shape: tuple[int, ...]) -> None:
    array = series(0).reshape(shape)
    model = zoo.train("elman", array, window=WINDOW, hidden=3, epochs=1)
    assert zoo.predict(model, array).shape == (37, 1, 1)
    windows = np.stack([array.ravel()[start : start + WINDOW] for start in range(5)])
    np.testing.assert_allclose(zoo.predict(model, windows), zoo.predict(model, array)[:5], rtol=1e-5)


def test_a_run_of_an_array_goes_on(tmp_path: Path) -> None:
    array = series(0, 1)
    zoo.train("elman", array, window=WINDOW, hidden=3, epochs=1, out=tmp_path / "a.h5")
    zoo.resume(tmp_path / "a.h5", array, epochs=2)
    assert zoo.evaluate(tmp_path / "a.h5", array).part.startswith("test part")


def test_inputs_and_targets_apart_are_no_series_and_the_advice_works() -> None:
    X, y = series(0, 1), series(2)[:, 0]
    with pytest.raises(zoo.DataError, match=r"data=np\.column_stack\(\[X, y\]\)"):
        zoo.train("elman", (X, y), window=WINDOW)
    model = zoo.train("elman", np.column_stack([X, y]), window=WINDOW, hidden=3, epochs=1)
    assert model.signature.labels == ("column 3",)
    with pytest.raises(zoo.DataError, match=r"holds the targets"):
        zoo.evaluate(model, (X, y))
