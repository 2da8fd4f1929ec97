"""Every kernel is its rule but for rounding; the rules are right by finite differences."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from test_layers_convolutional import CONVOLUTIONS, LAYERS, images
from zoo_convolutional.layers import AveragePool, BatchNorm, Convolution, MaxPool, ResponseNorm
from zoo_convolutional.rules.batch_norm import batch_norm
from zoo_convolutional.rules.convolution import convolution
from zoo_convolutional.rules.pooling import average_pool, max_pool
from zoo_convolutional.rules.response_norm import response_norm
from zoo_convolutional.sliding_window import Window

from zoo.nn import Gradient, Layer, Layout, Mode, Parameters
from zoo.nn.gradient_check import compare
from zoo.nn.parameters import nested
from zoo.types import Array

WINDOW = Window((3, 2), stride=(2, 1), padding=(1, 0), dilation=(1, 2))


def checked(value: Any, arrays: list[Array], gradients: list[Array]) -> None:
    for number, (array, gradient) in enumerate(zip(arrays, gradients, strict=True)):
        compare(value, array, gradient, str(number))


def test_backward_is_the_derivative_of_forward() -> None:
    random = np.random.default_rng(0)
    x, W, b = random.standard_normal((2, 5, 6, 2)), random.standard_normal((3, 2, 2, 3)), random.standard_normal(3)
    y, backward = convolution(x, W, b, WINDOW)
    dy = random.standard_normal(y.shape)
    checked(lambda: (dy * convolution(x, W, b, WINDOW)[0]).sum(), [x, W, b], list(backward(dy)))
    for pool in (max_pool, average_pool):
        y, pool_backward = pool(x, WINDOW)
        dy = random.standard_normal(y.shape)
        checked(lambda pool=pool, dy=dy: (dy * pool(x, WINDOW)[0]).sum(), [x], [pool_backward(dy)])
    dy = random.standard_normal(x.shape)
    checked(
        lambda: (dy * response_norm(x, 3, 0.5, 0.75, 2.0)[0]).sum(), [x], [response_norm(x, 3, 0.5, 0.75, 2.0)[1](dy)]
    )
    rows, gamma, beta = (random.standard_normal(shape) for shape in ((6, 3), 3, 3))
    dy = random.standard_normal(rows.shape)
    norm_backward = batch_norm(rows, gamma, beta, 1e-5)[3]
    checked(lambda: (dy * batch_norm(rows, gamma, beta, 1e-5)[0]).sum(), [rows, gamma, beta], list(norm_backward(dy)))


def test_known_answers() -> None:
    """The edge detector of a step, and the pooling of four pixels."""
    x = np.zeros((1, 3, 4, 1))
    x[:, :, 2:] = 1
    y, _ = convolution(x, np.array([[1.0, -1.0]])[..., None, None], np.zeros(1), Window((1, 2)))
    np.testing.assert_array_equal(y[0, :, :, 0], [[0, -1, 0]] * 3)
    four = np.array([[1.0, 5.0], [3.0, 7.0]])[None, :, :, None]
    assert max_pool(four, Window((2, 2), (2, 2)))[0].item() == 7
    assert average_pool(four, Window((2, 2), (2, 2)))[0].item() == 4


def passes(layer: Layer, x: Array, kernels: str) -> dict[str, Any]:
    layout = Layout(layer, x.shape[1:])
    parameters, random = Parameters(layout, x.dtype), np.random.default_rng(1)
    for weights in parameters.views.values():
        weights[...] = random.standard_normal(weights.shape)
    y, pullback = layer.forward(parameters.tree, x, Mode(True, kernels=kernels))
    assert pullback is not None
    outputs = y.copy()
    vector = np.empty(layout.size, x.dtype)
    places = {name: place.view(vector) for name, place in layout.parameters.items()}
    averages = {name: np.empty(each.shape, x.dtype) for name, each in layer.shapes(x.shape[1:]).averages.items()}
    dx = pullback(random.standard_normal(y.shape).astype(x.dtype), Gradient(nested({**places, **averages})))
    return {"y": outputs, "dx": dx, **places, **averages}


def assert_equal(layer: Layer, x: Array) -> None:
    rule, kernel = passes(layer, x, "reference"), passes(layer, x, "auto")
    for name, array in rule.items():
        assert kernel[name].dtype == array.dtype == x.dtype, name
        tolerance = max(1.0, float(np.abs(array).max())) * (5e-5 if x.dtype == np.float32 else 1e-11)
        np.testing.assert_allclose(kernel[name], array, rtol=0, atol=tolerance, err_msg=name)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(("layer", "shape"), [*CONVOLUTIONS, *LAYERS], ids=str)
def test_layers_by_kernel_and_by_rule(layer: Layer, shape: tuple[int, ...], dtype: str) -> None:
    assert_equal(layer, images(shape, dtype=dtype))


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_kernels_equal_their_rules(data: st.DataObject) -> None:
    """Over sizes, kernels, strides, borders, dilations, groups, precisions and strides of the array."""
    draw = data.draw
    rows, height, width, groups = (draw(st.integers(1, most)) for most in (9, 12, 12, 3))
    inputs, channels = groups * draw(st.integers(1, 6)), groups * draw(st.integers(1, 6))
    kernel, stride, border = draw(st.integers(1, 5)), draw(st.integers(1, 3)), draw(st.integers(0, 4))
    layer: Layer = draw(
        st.sampled_from(
            [
                Convolution(channels, kernel, stride, border, draw(st.integers(1, 2)), groups),
                Convolution(channels, draw(st.sampled_from([3, 5])), 1, border, groups=groups),  # as Winograd takes it
                MaxPool(kernel, stride, min(border, kernel // 2), ceil=draw(st.booleans())),
                AveragePool(kernel, stride, min(border, kernel // 2)),
                BatchNorm(),
                ResponseNorm(draw(st.sampled_from([1, 3, 5]))),
            ]
        )
    )
    x = np.random.default_rng(0).standard_normal((rows, height, width, 2 * inputs))
    x = x.astype(draw(st.sampled_from(["float32", "float64"])))[..., ::2]
    window = getattr(layer, "window", None)
    if callable(window):
        window = window(height, width)
    assume(window is None or min(window.output(height, width)) >= 1)
    assume(not isinstance(layer, BatchNorm) or rows * height * width > 8)
    assert_equal(layer, x if draw(st.booleans()) else np.ascontiguousarray(x))
