"""A long sequence's gradient is put together from portions of its steps, which changes nothing but rounding."""

from __future__ import annotations

import numpy as np
import pytest
from zoo_recurrent import unroll
from zoo_recurrent.layers import ElmanLayer, GruLayer, LstmLayer

from zoo.core.random import RandomStream
from zoo.nn import Layer, Layout, Mode, Parameters, Tiles
from zoo.nn.gradient_check import check_layer
from zoo.nn.kernels import tiled_matmul
from zoo.nn.parameters import Gradients
from zoo.parallel import blas

EACH = pytest.mark.parametrize("make", [ElmanLayer, GruLayer, LstmLayer], ids=lambda make: make.kind)
MASK = (np.arange(7) < np.array([7, 3, 1, 6])[:, None]).astype(float)


@EACH
@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("last", [False, True])
@pytest.mark.parametrize("reverse", [False, True])
def test_gradients_in_portions(
    monkeypatch: pytest.MonkeyPatch, make: type[LstmLayer], reverse: bool, last: bool, masked: bool
) -> None:
    monkeypatch.setattr(unroll, "ROWS", 8)
    assert [part.stop - part.start for part in unroll.portions(7, 4)] == [2, 2, 2, 1]
    x = np.random.default_rng(0).standard_normal((4, 7, 2))
    check_layer(make(4, reverse, last), x, mask=MASK if masked else None)


@EACH
@pytest.mark.parametrize("reverse", [False, True])
def test_gradients_in_tiles(monkeypatch: pytest.MonkeyPatch, make: type[LstmLayer], reverse: bool) -> None:
    monkeypatch.setattr(blas, "small_kernels", lambda: True)
    monkeypatch.setattr(tiled_matmul, "UNPACKED", 64 * 19)
    monkeypatch.setattr(tiled_matmul, "SIDES", ((4, 16),))
    assert tiled_matmul.Tiles.of(8, 19, 16) == tiled_matmul.Tiles(4, 16, whole=False)
    x = np.random.default_rng(0).standard_normal((8, 3, 2))
    check_layer(make(16, reverse), x, mask=np.tile(MASK[:, :3], (2, 1)))


@EACH
def test_tiles_change_nothing_but_rounding(monkeypatch: pytest.MonkeyPatch, make: type[LstmLayer]) -> None:
    """Outputs and gradients where every product of a step, forward and back, is cut into 3 × 2 tiles, or more."""
    monkeypatch.setattr(blas, "small_kernels", lambda: False)
    whole = passes(make(32))
    monkeypatch.setattr(blas, "small_kernels", lambda: True)
    monkeypatch.setattr(tiled_matmul, "UNPACKED", 4 * 128 * 16)
    monkeypatch.setattr(tiled_matmul, "SIDES", ((4, 16),))
    for inner in (32, 33, 35, 96, 128):
        assert Tiles.of(12, inner, 32) == Tiles(4, 16, whole=False)
    for one, other in zip(whole, passes(make(32)), strict=True):
        assert one.any()
        np.testing.assert_allclose(other, one, rtol=1e-10, atol=1e-13)


def passes(layer: Layer) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(y, dx, the gradient of all weights) of one batch."""
    random = np.random.default_rng(0)
    x, dy = random.standard_normal((12, 5, 2)), random.standard_normal((12, 5, 32))
    layout = Layout(layer, x.shape[1:])
    parameters, gradients = Parameters(layout, x.dtype), Gradients(layout, x.dtype)
    layout.draw(RandomStream(0), parameters.vector)
    y, pullback = layer.forward(parameters.tree, x, Mode(True))
    assert pullback is not None
    dx = pullback(dy, gradients.tree)
    assert dx is not None
    return y, dx, gradients.vector


def test_portions_cover_all_steps() -> None:
    for time, batch in ((1, 1), (7, 100), (50, 32), (1000, 64), (3, 5000)):
        parts = unroll.portions(time, batch)
        assert [t for part in parts for t in range(time)[part]] == list(range(time))
        assert all(part.stop - part.start <= parts[0].stop for part in parts)
