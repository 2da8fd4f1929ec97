"""A long sequence's gradient is put together from portions of its steps, which changes nothing but rounding."""

from __future__ import annotations

import numpy as np
import pytest
from zoo_recurrent.layers import LstmLayer, over_time

from zoo import blas
from zoo.nn import tiles
from zoo.nn.gradcheck import check_layer

MASK = (np.arange(7) < np.array([7, 3, 1, 6])[:, None]).astype(float)


@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("last", [False, True])
@pytest.mark.parametrize("reverse", [False, True])
def test_gradients_in_portions(monkeypatch: pytest.MonkeyPatch, reverse: bool, last: bool, masked: bool) -> None:
    monkeypatch.setattr(over_time, "ROWS", 8)
    assert [part.stop - part.start for part in over_time.portions(7, 4)] == [2, 2, 2, 1]
    x = np.random.default_rng(0).standard_normal((4, 7, 2))
    check_layer(LstmLayer(4, reverse, last), x, mask=MASK if masked else None)


@pytest.mark.parametrize("reverse", [False, True])
def test_gradients_in_tiles(monkeypatch: pytest.MonkeyPatch, reverse: bool) -> None:
    monkeypatch.setattr(blas, "small_kernels", lambda: True)
    monkeypatch.setattr(tiles, "UNPACKED", 64 * 19)
    monkeypatch.setattr(tiles, "SIDES", ((4, 16),))
    assert tiles.Tiles.of(8, 19, 16) == tiles.Tiles(4, 16, whole=False)
    x = np.random.default_rng(0).standard_normal((8, 3, 2))
    check_layer(LstmLayer(16, reverse), x, mask=np.tile(MASK[:, :3], (2, 1)))


def test_portions_cover_all_steps() -> None:
    for time, batch in ((1, 1), (7, 100), (50, 32), (1000, 64), (3, 5000)):
        parts = over_time.portions(time, batch)
        assert [t for part in parts for t in range(time)[part]] == list(range(time))
        assert all(part.stop - part.start <= parts[0].stop for part in parts)
