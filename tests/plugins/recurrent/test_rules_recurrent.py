"""Rules are right by finite differences, and every kernel is its rule but for rounding."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from zoo_recurrent.layers import ElmanLayer, GruLayer, JordanLayer, LstmLayer, PeepholeLstmLayer
from zoo_recurrent.layers.recurrent_layer import RecurrentLayer

from zoo.nn import Gradient, Layout, Mode, Parameters
from zoo.nn.gradient_check import compare
from zoo.nn.parameters import nested
from zoo.types import Array

LAYERS: list[RecurrentLayer] = [
    ElmanLayer(4),
    GruLayer(4),
    LstmLayer(4),
    PeepholeLstmLayer(4),
    JordanLayer(4, 3, "softmax"),
    JordanLayer(4, 4, "linear", decay=0.2),
]
EACH = pytest.mark.parametrize("layer", LAYERS, ids=lambda layer: f"{layer.kind} {layer.units}")


@EACH
def test_backward_is_the_derivative_of_forward(layer: RecurrentLayer) -> None:
    """Of one step: of a random combination of the state after it, by x, by the state before and by every weight."""
    random = np.random.default_rng(0)
    step, inputs = layer.rule(), 2
    weights = {name: random.standard_normal(each.shape) for name, each in layer.shapes((-1, inputs)).parameters.items()}
    x, state = random.standard_normal((3, inputs)), [random.standard_normal((3, layer.units)) for _ in layer.parts]
    dstate = [random.standard_normal(part.shape) for part in state]

    def value() -> float:
        return float(sum((d * part).sum() for d, part in zip(dstate, step(x, *state, **weights)[0], strict=True)))

    dx, before, gradients = step(x, *state, **weights)[1](*dstate)
    assert gradients.keys() == weights.keys()
    pairs = [(x, dx), *zip(state, before, strict=True), *((weights[name], gradients[name]) for name in weights)]
    for number, (array, gradient) in enumerate(pairs):
        compare(value, array, gradient, f"{layer.kind} {number}")


def passes(
    layer: RecurrentLayer, x: Array, mask: Array | None, start: dict[str, Array], kernels: str
) -> dict[str, Any]:
    """Outputs, carried state and gradients of one batch."""
    layout = Layout(layer, (-1, x.shape[2]))
    parameters = Parameters(layout, x.dtype)
    random = np.random.default_rng(1)
    for weights in parameters.views.values():
        weights[...] = random.standard_normal(weights.shape)
    mode = Mode(True, "net", mask=mask, carried=start, kernels=kernels)
    y, pullback = layer.forward(parameters.tree, x, mode)
    assert pullback is not None
    given = y.copy()
    vector = np.full(layout.size, np.nan, x.dtype)
    places = {name: place.view(vector) for name, place in layout.parameters.items()}
    dx = pullback(random.standard_normal(y.shape).astype(x.dtype), Gradient(nested(places)))
    return {"y": given, "dx": dx, **mode.carries, **places}


@EACH
@settings(max_examples=30, deadline=None)
@given(data=st.data())
def test_kernels_equal_their_rules(layer: RecurrentLayer, data: st.DataObject) -> None:
    """Over shapes, lengths, directions, carried state, precisions and strides."""
    time, batch, inputs = (data.draw(st.integers(1, most), what) for what, most in (("T", 9), ("B", 5), ("I", 4)))
    reverse, last, carried, strided = (data.draw(st.booleans(), what) for what in ("reverse", "last", "carried", "s"))
    dtype = data.draw(st.sampled_from(["float32", "float64"]), "dtype")
    lengths = data.draw(st.none() | st.lists(st.integers(1, time), min_size=batch, max_size=batch), "lengths")
    mask = None if lengths is None else (np.arange(time) < np.array(lengths)[:, None]).astype(dtype)
    layer = dataclasses.replace(layer, reverse=reverse, last=last)  # type: ignore[type-var]
    random = np.random.default_rng(0)
    x = random.standard_normal((batch, time, 2 * inputs)).astype(dtype)
    x = x[:, :, ::2] if strided else np.ascontiguousarray(x[:, :, ::2])
    start = {f"net/{part}": random.standard_normal((batch, layer.units)).astype(dtype) for part in layer.parts}
    rule, kernel = (passes(layer, x, mask, start if carried else {}, each) for each in ("reference", "auto"))
    assert rule.keys() == kernel.keys()
    for name, array in rule.items():
        assert kernel[name].dtype == array.dtype == dtype, name
        scale = max(1.0, float(np.abs(array).max()))
        tolerance = scale * (2e-4 if dtype == "float32" else 1e-11)
        np.testing.assert_allclose(kernel[name], array, rtol=0, atol=tolerance, err_msg=name)
