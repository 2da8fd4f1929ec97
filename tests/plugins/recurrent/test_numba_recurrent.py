"""The kernels of LSTM and GRU compiled by numba equal their rules but for rounding."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_rules_recurrent import passes
from zoo_recurrent.layers import GruLayer, LstmLayer

pytest.importorskip("numba")


@pytest.mark.parametrize("kind", [LstmLayer, GruLayer])
@settings(max_examples=30, deadline=None)
@given(data=st.data())
def test_compiled_kernels_equal_their_rules(kind: type[LstmLayer | GruLayer], data: st.DataObject) -> None:
    """Over shapes, lengths, directions, carried state and strides; in double precision the kernels of NumPy run."""
    most = {"T": 9, "B": 5, "I": 4, "H": 20}
    time, batch, inputs, hidden = (data.draw(st.integers(1, limit), what) for what, limit in most.items())
    reverse, last, carried, strided = (data.draw(st.booleans(), what) for what in ("reverse", "last", "carried", "s"))
    lengths = data.draw(st.none() | st.lists(st.integers(1, time), min_size=batch, max_size=batch), "lengths")
    mask = None if lengths is None else (np.arange(time) < np.array(lengths)[:, None]).astype(np.float32)
    layer = kind(hidden, reverse, last)
    random = np.random.default_rng(0)
    x = random.standard_normal((batch, time, 2 * inputs)).astype(np.float32)
    x = x[:, :, ::2] if strided else np.ascontiguousarray(x[:, :, ::2])
    start = {f"net/{part}": random.standard_normal((batch, hidden)).astype(np.float32) for part in layer.parts}
    rule, kernel = (passes(layer, x, mask, start if carried else {}, each) for each in ("reference", "numba"))
    assert rule.keys() == kernel.keys()
    for name, array in rule.items():
        assert kernel[name].dtype == np.float32, name
        tolerance = 2e-4 * max(1.0, float(np.abs(array).max()))
        np.testing.assert_allclose(kernel[name], array, rtol=0, atol=tolerance, err_msg=name)


def test_the_kernel_runs_where_it_is_asked_for() -> None:
    """Its bits are not those of NumPy's kernel: of outputs that are the same, nothing could be concluded."""
    x = np.random.default_rng(0).standard_normal((4, 6, 3)).astype(np.float32)
    for layer in (LstmLayer(8), GruLayer(8)):
        auto, numpy, numba = (passes(layer, x, None, {}, kernels)["y"] for kernels in ("auto", "numpy", "numba"))
        assert auto.tobytes() == numpy.tobytes() != numba.tobytes()


def test_tanh_within_three_units_in_ten_million() -> None:
    from zoo_recurrent.kernels.tanh_numba import sigmoid, tanh

    x = np.concatenate([np.linspace(-20, 20, 4001), [0.0, 1e-30, -1e-10, np.inf, -np.inf]]).astype(np.float32)
    found = np.array([tanh(each) for each in x], np.float64)
    np.testing.assert_allclose(found, np.tanh(x.astype(np.float64)), rtol=3e-7, atol=0)
    assert (found[::-1][5:] == -found[:-5]).all() and np.abs(found).max() <= 1
    assert np.isnan(tanh(np.float32(np.nan)))
    assert sigmoid(np.float32(0)) == 0.5
