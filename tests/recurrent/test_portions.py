"""A long sequence is gone through in portions, some of the work beside the steps: that changes neither what comes out
nor, whoever does it, a bit."""

from __future__ import annotations

import numpy as np
import pytest
from zoo_recurrent.layers import LstmLayer, over_time

from zoo.nn import Layout, Mode, Parameters
from zoo.nn.gradcheck import check_layer
from zoo.nn.parameters import Gradients
from zoo.streams import Stream
from zoo.workers import Workers

MASK = (np.arange(6) < np.array([6, 3, 1])[:, None]).astype(float)


@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("last", [False, True])
@pytest.mark.parametrize("reverse", [False, True])
def test_gradients_in_portions(monkeypatch: pytest.MonkeyPatch, reverse: bool, last: bool, masked: bool) -> None:
    monkeypatch.setattr(over_time, "FEWEST", 4)
    monkeypatch.setattr(over_time, "LARGE", 1)
    assert len(over_time.portions(range(6), 3)) == 4
    x = np.random.default_rng(0).standard_normal((3, 6, 2))
    check_layer(LstmLayer(4, reverse, last), x, mask=MASK if masked else None)


@pytest.mark.parametrize("reverse", [False, True])
def test_portions_cover_all_steps_in_the_order_of_the_layer(reverse: bool) -> None:
    for time, batch in ((1, 1), (7, 100), (50, 32), (1000, 64)):
        steps = over_time.order(time, reverse)
        parts = over_time.portions(steps, batch)
        assert [t for part in parts for t in over_time.steps_of(steps, part)] == list(steps)


@pytest.mark.parametrize("reverse", [False, True])
def test_the_number_of_threads_changes_no_bit(monkeypatch: pytest.MonkeyPatch, reverse: bool) -> None:
    monkeypatch.setattr(over_time, "LARGE", 2**10)  # so that the products of a step are shared, too
    layer, shape = LstmLayer(24, reverse), (48, 40, 9)
    layout = Layout(layer, shape[1:])
    parameters = Parameters(layout, np.dtype(np.float32))
    layout.draw(Stream(0), parameters.vector)
    random = np.random.default_rng(0)
    x, dy = random.standard_normal(shape, np.float32), random.standard_normal((*shape[:2], 24), np.float32)
    found = []
    for threads in (1, 2, 3, 5):
        with Workers(threads) as workers:
            gradients = Gradients(layout, np.dtype(np.float32))
            y, pullback = layer.forward(parameters.tree, x, Mode(True, beside=workers.beside))
            assert pullback is not None
            dx = pullback(dy.copy(), gradients.tree)
            assert dx is not None
            found.append([each.tobytes() for each in (y, dx, gradients.vector)])
    assert all(each == found[0] for each in found)
