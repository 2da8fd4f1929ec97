"""What pictures of recurrent nets say of what they show."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from zoo.data.python_data import given_dataset
from zoo.registry import lookup
from zoo.training import run


def drawn(name: str, prepared: Any) -> list[Any]:
    """The axes of one figure of a net just trained, those of colour bars left out."""
    picture = pytest.importorskip("matplotlib.figure", reason="matplotlib is not installed").Figure()
    model = run.train(prepared).model
    plots = {plot.name: plot for plot in lookup.plots_for(model)}
    plots[name].draw(model, prepared.samples("test") or prepared.samples("train"), picture)
    picture.canvas.draw()
    return [axes for axes in picture.axes if axes.get_title(loc="left")]


def test_activity_says_how_many_units_are_shown() -> None:
    for hidden, said in ((60, "state: the first 48 of 60 units"), (48, "state")):
        (axes,) = drawn("activity", run.prepare("elman", options={"hidden": hidden}, training={"epochs": 0}))
        assert axes.get_title(loc="left") == said
        assert axes.images[0].get_array().shape[0] == 48


def test_axes_of_short_sequences_have_whole_steps() -> None:
    x = np.random.default_rng(0).normal(size=(40, 2, 1))
    data = given_dataset((x, (x.sum(axis=(1, 2)) > 0).astype(int)), {})
    prepared = run.prepare("elman", dataset=data, options={"hidden": 3}, training={"epochs": 1})
    (axes,) = drawn("activity", prepared)
    for axis, count in ((axes.xaxis, 2), (axes.yaxis, 3)):
        low, high = sorted(axis.get_view_interval())
        assert [tick for tick in axis.get_ticklocs() if low <= tick <= high] == list(range(count))
    (axes,) = drawn("memory", prepared)
    low, high = axes.get_xlim()
    assert [tick for tick in axes.get_xticks() if low <= tick <= high] == [0, 1]
    assert all((line.get_ydata() > 0).all() and len(line.get_ydata()) == 2 for line in axes.lines)
