"""Adam compiled by numba changes weights as the lines of NumPy do, to the bit."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zoo.nn.optimizers import Adam, AdamW

pytest.importorskip("numba")


@settings(max_examples=25, deadline=None)
@given(
    size=st.integers(1, 200),
    dtype=st.sampled_from([np.float32, np.float64]),
    kind=st.sampled_from([Adam(), Adam(beta1=0.5, beta2=0.9, epsilon=0.1), AdamW()]),
    count=st.integers(1, 10**6),
    scale=st.floats(1e-6, 10),
    spread=st.floats(1e-18, 1e3),
)
def test_every_bit_is_that_of_the_optimizer(size, dtype, kind, count, scale, spread):
    from zoo.nn.kernels.adam_numba import apply_adam

    random = np.random.default_rng(size)
    w, g, m = (random.normal(scale=spread, size=size).astype(dtype) for _ in range(3))
    v = random.random(size).astype(dtype)
    expected = [each.copy() for each in (w, m, v)]
    kind.apply(expected[0], g.copy(), (expected[1], expected[2]), np.empty_like(w), 0.01, count, scale)
    apply_adam(kind, w, g, (m, v), 0.01, count, scale)
    for name, got, wanted in zip(("w", "m", "v"), (w, m, v), expected, strict=True):
        assert got.tobytes() == wanted.tobytes(), name
