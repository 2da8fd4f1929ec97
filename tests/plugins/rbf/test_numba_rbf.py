"""k-means compiled by numba equals its rule but for rounding."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from zoo_rbf.rules import kmeans

import zoo

pytest.importorskip("numba")


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 2**16),
    shape=st.tuples(st.integers(1, 80), st.integers(1, 12), st.integers(1, 20)),
    dtype=st.sampled_from([np.float32, np.float64]),
)
def test_lloyd(seed, shape, dtype) -> None:
    """The nearest centre but for rounding, and the sums by centre."""
    from zoo_rbf.kernels.lloyd_numba import add_up, nearest_of

    rows, centres, inputs = shape
    random = np.random.default_rng(seed)
    x, c = random.normal(size=(rows, inputs)).astype(dtype), random.normal(size=(centres, inputs)).astype(dtype)
    nearest, distances = nearest_of(x, np.ascontiguousarray(-2 * c.T), np.einsum("ci,ci->c", c, c))
    tolerance = 1e-3 if dtype == np.float32 else 1e-9
    total = kmeans.assigned(x, c)[2]
    assert distances.sum() == pytest.approx(total, rel=tolerance, abs=tolerance)
    assert np.square(x - c[nearest]).sum() == pytest.approx(total, rel=tolerance, abs=tolerance)
    counts, sums = np.bincount(nearest, minlength=centres), np.zeros_like(c)
    add_up(x, np.argsort(nearest, kind="stable"), counts, sums)
    np.testing.assert_allclose(sums, np.eye(centres)[nearest].T @ x, atol=tolerance)


def test_the_first_of_equal_centres() -> None:
    from zoo_rbf.kernels.lloyd_numba import nearest_of

    c = np.array([[5.0], [1.0], [1.0]])
    assert nearest_of(np.array([[1.0]]), -2 * c.T, np.square(c[:, 0]))[0].tolist() == [1]


def test_a_run_on_any_number_of_threads() -> None:
    """The same bits on one and two threads, and what the rule gives."""
    x = np.random.default_rng(0).normal(size=(3000, 5))
    y = np.sin(x).sum(axis=1)
    options = {"centres": 60, "epochs": 5, "test": 0.0}
    one, two, rule = (
        zoo.train("rbf", (x, y), threads=threads, kernels=kernels, **options).weights["basis/centres"]
        for threads, kernels in ((1, "numba"), (2, "numba"), (1, "reference"))
    )
    assert one.tobytes() == two.tobytes()
    np.testing.assert_allclose(one, rule, rtol=1e-4, atol=1e-4)
