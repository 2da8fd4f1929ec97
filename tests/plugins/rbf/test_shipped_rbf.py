"""The family's data, recipes, checkpoint and pictures."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from zoo_rbf.datasets.mackey_glass import series

from zoo.data import open_dataset
from zoo.registry import lookup
from zoo.training import run

RECIPES = ("sinc", "grnn", "pnn", "mackey-glass-6")


@pytest.mark.parametrize("name", RECIPES)
def test_recipes_keep_their_promise(name: str) -> None:
    _, reached = run.reproduce(name)
    assert reached and all(row.held for row in reached), reached


def test_mackey_glass_gets_better_with_the_number_of_centres() -> None:
    """85 times ahead, 5,000 samples: the normalized error falls, and is under 0.05 with 500 centres."""
    errors = []
    for centres in (25, 50, 100, 200, 500):
        prepared = run.prepare("mackey-glass", options={"centres": centres}, training={"epochs": 10})
        errors.append(run.train(prepared).metrics["normalized_error"])
    assert errors == sorted(errors, reverse=True)
    assert errors[-1] < 0.05


def test_the_shipped_checkpoint() -> None:
    evaluation = run.evaluate(lookup.find_checkpoint("sinc"))
    assert evaluation.metrics["normalized_error"] <= lookup.find_recipe("sinc").expect["normalized_error"]


def test_iris_by_path(real_data: Callable[[str], Path]) -> None:
    """The data of the recipe iris do not come with zoo; here the file is named when it is trained."""
    _, reached = run.reproduce("iris", data={"name": str(real_data("iris.csv"))})
    assert all(row.held for row in reached), reached


def test_the_series_solves_its_equation() -> None:
    """dx/dt by central differences on the fine grid agrees with the right-hand side; it stays in its known range."""
    x = series(600)
    assert x[0] == 1.2 and len(x) == 600
    assert 0.2 < x[200:].min() < 0.5 and 1.2 < x[200:].max() < 1.4
    # Over one unit of time: x(t+1) − x(t−1) = ∫ of the right-hand side, by Simpson's rule.
    t = np.arange(100, 500)
    slope = [0.2 * x[t + k - 17] / (1 + x[t + k - 17] ** 10) - 0.1 * x[t + k] for k in (-1, 0, 1)]
    np.testing.assert_allclose(x[t + 1] - x[t - 1], (slope[0] + 4 * slope[1] + slope[2]) / 3, atol=2e-3)


def test_lagged_values_and_their_targets() -> None:
    for horizon in (6, 85):
        data = open_dataset("mackey-glass-lags", horizon=horizon, samples=100)
        inputs, targets = data.inputs.take(np.arange(600)), data.targets.take(np.arange(600))
        np.testing.assert_array_equal(inputs[6:, 2], inputs[:-6, 3])  # x(t−6) six samples later is x(t)
        np.testing.assert_array_equal(inputs[18:, 0], inputs[:-18, 3])
        np.testing.assert_array_equal(inputs[horizon:, 3], targets[:-horizon, 0])
        assert data.own_test == 500


@pytest.mark.parametrize(
    ("name", "data", "wanted"),
    [
        ("rbf", {}, {"surface", "predictions"}),
        ("grnn", {}, {"surface", "predictions"}),
        ("rbf", {"name": "moons"}, {"regions"}),
        ("pnn", {}, {"regions"}),
        ("mackey-glass-6", {"name": "mackey-glass-lags", "samples": 300}, {"predictions"}),
    ],
)
def test_pictures(name: str, data: dict, wanted: set[str], tmp_path: Path) -> None:
    """Each picture that applies draws ink."""
    picture = pytest.importorskip("matplotlib.figure")
    options = {"centres": 15} if name != "grnn" and name != "pnn" else {}
    prepared = run.prepare(name, options=options, data=data)
    model = run.train(prepared).model
    plots = {plot.name: plot for plot in lookup.plots_for(model)}
    assert wanted <= plots.keys()
    for each in wanted:
        drawn = picture.Figure()
        plots[each].draw(model, prepared.samples("test"), drawn)
        drawn.savefig(tmp_path / f"{each}.png")
        assert drawn.axes and (tmp_path / f"{each}.png").stat().st_size > 5000
