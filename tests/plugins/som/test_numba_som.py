"""The online map compiled by numba equals its rule, sample by sample."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from zoo_som.grid import Grid
from zoo_som.kernels.distance import DISTANCES
from zoo_som.rules.neighbourhood import NEIGHBOURHOODS
from zoo_som.rules.online import best_matching_unit, online_step

import zoo
from zoo.errors import OptionError

pytest.importorskip("numba")


@settings(max_examples=30, deadline=None)
@given(
    seed=st.integers(0, 2**16),
    grid=st.builds(Grid, st.integers(1, 6), st.integers(2, 6), st.booleans(), st.booleans()),
    shape=st.tuples(st.integers(1, 20), st.integers(1, 12)),
    dtype=st.sampled_from([np.float32, np.float64]),
    distance=st.sampled_from(["euclidean", "cosine"]),
    neighbourhood=st.sampled_from(list(NEIGHBOURHOODS)),
    radius=st.floats(0.5, 4),
)
def test_moving_by_block(seed, grid, shape, dtype, distance, neighbourhood, radius) -> None:
    """Map and error are those of the rule with the same winners, which are winners by the rule but for rounding."""
    from zoo_som.kernels.online_numba import move_by_block, places

    (samples, values), random, rate = shape, np.random.default_rng(seed), 0.3
    kind, h = DISTANCES[distance], NEIGHBOURHOODS[neighbourhood]
    W = random.normal(size=(grid.units, values)).astype(dtype)
    x = kind.samples(random.normal(size=(samples, values)).astype(dtype))
    squared = grid.squared(slice(None))
    at = places(squared)
    assert at is not None and (at / 4 == squared).all()
    table = (rate * h(np.arange(at.max() + 1) / 4, radius)).astype(dtype)
    moved, expected, total = W.copy(), W.astype(np.float64), 0.0
    error = move_by_block(moved, x, table, at, distance == "cosine")
    for sample in x.astype(np.float64):
        c, nearest = best_matching_unit(expected, sample, kind.between)
        total += nearest
        expected = online_step(expected, sample, c, h(squared[c], radius), rate)
    tolerance = 1e-3 if dtype == np.float32 else 1e-8
    assert error == pytest.approx(total, abs=samples * tolerance)
    np.testing.assert_allclose(moved, expected, rtol=tolerance, atol=tolerance)


def test_runs() -> None:
    """A run is that of NumPy but for rounding; without effect the setting is refused."""
    x = np.random.default_rng(0).random((300, 3))
    options = {"rule": "online", "rows": 5, "columns": 6, "epochs": 2}
    auto, numba = (zoo.train("som", x, kernels=kernels, **options).weights["W"] for kernels in ("auto", "numba"))
    np.testing.assert_allclose(numba, auto, atol=1e-3)
    for changed in ({"rule": "batch"}, {"distance": "manhattan"}):
        with pytest.raises(OptionError, match="kernels has no effect"):
            zoo.train("som", x, kernels="numba", **{**options, **changed})
    with pytest.raises(OptionError, match="at most 2,048 units"):
        zoo.train("som", x, kernels="numba", rule="online", rows=60, columns=60, epochs=1)
    with pytest.raises(OptionError, match="127 cells across"):
        zoo.train("som", x, kernels="numba", rule="online", rows=1, columns=300, epochs=1)
