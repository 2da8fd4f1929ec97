"""Learning curves of one epoch are points, and say so."""

from __future__ import annotations

import pytest

from zoo.plots.learning_curves import ONE_EPOCH, draw_gradients, draw_learning
from zoo.training import run

Figure = pytest.importorskip("matplotlib.figure").Figure


@pytest.mark.parametrize("epochs", [1, 2])
def test_a_single_epoch_is_said(epochs: int) -> None:
    model = run.train(run.prepare("mlp", data={"name": "moons"}, training={"epochs": epochs})).model
    learning, gradients = Figure(), Figure()
    draw_learning(model, None, learning)
    draw_gradients(model, None, gradients)
    heading = learning.get_suptitle()
    assert (heading == ONE_EPOCH, ONE_EPOCH in gradients.axes[0].get_title(loc="left")) == (epochs == 1, epochs == 1)
    for figure in (learning, gradients):
        markers = {line.get_marker() for axes in figure.axes for line in axes.lines}
        assert markers == ({"o"} if epochs == 1 else {"None"})
