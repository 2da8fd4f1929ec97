"""Every layer with every option: gradients against finite differences, forward and backward against PyTorch."""

from __future__ import annotations

import numpy as np
import pytest
from torch_twins import assert_same, channels_first, channels_last, kernel_of, ours, random_like, torch
from zoo_convolutional.kernels import im2col, winograd
from zoo_convolutional.layers import (
    AveragePool,
    BatchNorm,
    Channels,
    Convolution,
    GlobalAveragePool,
    MaxPool,
    ResponseNorm,
    Shortcut,
)

from zoo.core.random import RandomStream
from zoo.core.signature import Signature
from zoo.errors import ZooError
from zoo.nn.gradient_check import check_layer
from zoo.registry import lookup

DIGITS = Signature("classification", (28, 28), (10,), tuple("0123456789"))

CONVOLUTIONS = (
    (Convolution(4, 3), (7, 6, 3)),
    (Convolution(4, 3, padding=1), (6, 5, 2)),
    (Convolution(3, 3, stride=2, padding=1), (7, 8, 2)),
    (Convolution(3, 5, padding=2), (6, 6, 1)),
    (Convolution(3, 5, padding=4), (4, 4, 4)),
    (Convolution(2, 3, padding=3), (4, 5, 3)),
    (Convolution(3, (1, 3), stride=(1, 2), padding=(0, 1)), (4, 7, 3)),
    (Convolution(4, 3, dilation=2, padding=2), (7, 7, 3)),
    (Convolution(4, 3, stride=2, dilation=(2, 1), padding=1), (8, 7, 6)),
    (Convolution(6, 3, groups=2, padding=1), (5, 5, 4)),
    (Convolution(4, 3, groups=4, stride=2), (7, 7, 4)),
    (Convolution(5, 1), (4, 4, 3)),
    (Convolution(5, 1, stride=2, bias=False), (5, 4, 3)),
    (Convolution(3, 1, padding=1), (3, 3, 2)),
    (Convolution(3, 11, stride=4, padding=2), (15, 15, 3)),
)
LARGE = (  # of the sizes that fast paths are chosen for
    (Convolution(64, 3, padding=1), (3, 14, 14, 64)),
    (Convolution(96, 3, padding=1), (6, 9, 7, 64)),
    (Convolution(64, 3, padding=0), (6, 8, 11, 80)),
    (Convolution(128, 3, padding=2), (8, 5, 5, 64)),
    (Convolution(32, 3, padding=(0, 2)), (6, 9, 11, 16)),
    (Convolution(48, 3, padding=1, groups=3), (4, 12, 10, 48)),
    (Convolution(16, 5, padding=2), (3, 9, 14, 32)),
    (Convolution(32, 5), (3, 28, 28, 1)),
    (Convolution(64, 5), (40, 12, 12, 32)),
    (Convolution(64, 7, stride=2, padding=3), (2, 32, 32, 3)),
)
LAYERS = (
    (MaxPool(2), (6, 4, 3)),
    (MaxPool(2), (5, 7, 2)),
    (MaxPool(3, stride=2), (7, 9, 2)),
    (MaxPool(3, stride=2, padding=1), (7, 8, 2)),
    (MaxPool(3, stride=1, padding=1), (4, 4, 2)),
    (MaxPool(3, stride=2, ceil=True), (8, 10, 2)),
    (MaxPool(2, stride=3, ceil=True), (7, 8, 2)),
    (MaxPool((2, 3), stride=(2, 1), padding=(0, 1)), (6, 5, 2)),
    (AveragePool(2), (6, 4, 3)),
    (AveragePool(3, stride=2), (7, 8, 2)),
    (AveragePool(3, stride=2, padding=1), (6, 7, 2)),
    (AveragePool((1, 3), stride=1), (4, 6, 2)),
    (GlobalAveragePool(), (3, 4, 5)),
    (BatchNorm(), (4, 3, 5)),
    (BatchNorm(epsilon=0.1), (6,)),
    (ResponseNorm(alpha=0.3), (3, 3, 7)),
    (ResponseNorm(size=3, alpha=0.5, beta=0.5, k=1.0), (3, 2, 2)),
)
OTHERS = ((Channels(), (4, 5)), (Channels(), (4, 5, 2)), (Shortcut(5, stride=2), (5, 6, 3)), (Shortcut(3), (4, 4, 3)))


def images(shape: tuple[int, ...], rows: int = 3, dtype: str = "float64") -> np.ndarray:
    return np.random.default_rng(5).standard_normal((rows, *shape)).astype(dtype)


@pytest.mark.parametrize(("layer", "shape"), [*CONVOLUTIONS, *LAYERS, *OTHERS], ids=str)
def test_gradient_against_differences(layer, shape):
    check_layer(layer, images(shape, rows=2))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(
    ("layer", "shape"), [*((layer, (3, *shape)) for layer, shape in CONVOLUTIONS), *LARGE], ids=str
)
def test_convolution_is_that_of_pytorch(layer, shape, dtype):
    x = images(shape[1:], shape[0], dtype)
    y, dx, gradients, weights = ours(layer, x)
    x_, W_ = channels_first(x), kernel_of(weights["W"])
    b_ = torch.from_numpy(weights["b"].copy()).requires_grad_() if layer.bias else None
    window = layer.window
    y_ = torch.nn.functional.conv2d(x_, W_, b_, window.stride, window.padding, window.dilation, layer.groups)
    (y_ * channels_first(random_like(y))).sum().backward()
    assert_same(y, channels_last(y_), "y")
    assert_same(dx, channels_last(x_.grad), "dx")
    assert_same(gradients["W"], W_.grad.numpy().transpose(2, 3, 1, 0), "dW")
    if layer.bias:
        assert_same(gradients["b"], b_.grad.numpy(), "db")


@pytest.mark.parametrize(("layer", "shape"), [each for each in LARGE if each[0].window.stride == (1, 1)], ids=str)
def test_winograd_gives_what_patches_give(layer, shape):
    W, window, random = layer.shapes(shape[1:]).parameters["W"].shape, layer.window, np.random.default_rng(6)
    x, W = images(shape[1:], shape[0])[..., : W[2]].copy(), random.standard_normal(W)
    y = np.empty((shape[0], *window.output(*shape[1:3]), W.shape[3]))
    b, dy = random.standard_normal(W.shape[3]), random.standard_normal(y.shape)
    found = []
    for kernel in (im2col, winograd):
        dW, dx = np.empty_like(W), np.empty_like(x)
        kernel.gradients(x, dy, W, window, dW, dx)
        found.append((kernel.convolve(x, W, b, window, y).copy(), dW, dx))
    for fast, plain in zip(*found, strict=True):
        assert_same(fast, plain)


def in_torch(layer, x):
    """The layer as PyTorch has it, applied to x."""
    F = torch.nn.functional
    if isinstance(layer, MaxPool):
        return F.max_pool2d(x, layer.kernel, layer.stride, layer.padding, ceil_mode=layer.ceil)
    if isinstance(layer, AveragePool):
        return F.avg_pool2d(x, layer.kernel, layer.stride, layer.padding)
    if isinstance(layer, GlobalAveragePool):
        return x.mean((2, 3))
    return F.local_response_norm(x, layer.size, layer.alpha * layer.size, layer.beta, layer.k)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(("layer", "shape"), [each for each in LAYERS if not isinstance(each[0], BatchNorm)], ids=str)
def test_layer_is_that_of_pytorch(layer, shape, dtype):
    x = images(shape, 4, dtype)
    y, dx, _, _ = ours(layer, x)
    x_ = channels_first(x)
    y_ = in_torch(layer, x_)
    r = random_like(y)
    (y_ * torch.from_numpy(np.ascontiguousarray(np.moveaxis(r, -1, 1)))).sum().backward()
    assert_same(y, channels_last(y_), "y")
    assert_same(dx, channels_last(x_.grad), "dx")


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_batch_norm_is_that_of_pytorch(dtype):
    layer, x = BatchNorm(), 3 + images((5, 4, 6), 8, dtype)
    y, dx, gradients, weights = ours(layer, x)
    x_, twin = channels_first(x), torch.nn.BatchNorm2d(6, dtype=getattr(torch, dtype))
    with torch.no_grad():
        twin.weight.copy_(torch.from_numpy(weights["gamma"]))
        twin.bias.copy_(torch.from_numpy(weights["beta"]))
    y_ = twin(x_)
    (y_ * channels_first(random_like(y))).sum().backward()
    assert_same(y, channels_last(y_), "y")
    assert_same(dx, channels_last(x_.grad), "dx")
    assert_same(gradients["gamma"], twin.weight.grad.numpy(), "dγ")
    assert_same(gradients["beta"], twin.bias.grad.numpy(), "dβ")
    assert_same(0.1 * gradients["mean"] / 8, twin.running_mean.numpy(), "mean")
    assert_same(0.9 + 0.1 * gradients["variance"] / 8, twin.running_var.numpy(), "variance")


def test_of_equal_values_the_first_passes_the_gradient_on():
    for layer in (MaxPool(2), MaxPool(2, stride=2, ceil=True), MaxPool((2, 2), stride=(2, 3))):
        _, dx, _, _ = ours(layer, np.zeros((1, 4, 6, 1)), np.ones((1, *layer.shapes((4, 6, 1)).output)))
        assert dx[0, 0, 0, 0] == 1 and dx.sum() == np.prod(layer.shapes((4, 6, 1)).output)


@pytest.mark.parametrize(
    ("layer", "shape", "says"),
    [
        (Convolution(4, 5), (4, 6, 3), "4×6"),
        (Convolution(4, 3, groups=2), (6, 6, 3), "groups"),
        (Convolution(4, 3), (6, 6), "expected (height, width, channels)"),
        (MaxPool(3), (2, 2, 1), "2×2"),
        (AveragePool(3), (5,), "expected (height, width, channels)"),
        (Shortcut(2), (4, 4, 3), "3 inputs"),
        (ResponseNorm(size=4), (4, 4, 8), "odd"),
        (Channels(), (4,), "images"),
    ],
    ids=str,
)
def test_what_does_not_fit_is_refused(layer, shape, says):
    with pytest.raises(ZooError) as caught:
        layer.shapes(shape)
    assert says in str(caught.value) and "\n" not in str(caught.value)


@pytest.mark.parametrize("shape", [(2, 28, 28, 3), (2, 28, 28, 1, 1)])
def test_images_with_other_channels_get_one_clear_line(shape):
    model = lookup.find_architecture("cnn").of({"channels": (4,)}).build(DIGITS, RandomStream(0))
    with pytest.raises(ZooError, match=r"^Convolution.*got x \(2, .*expected \(rows, height, width, 1 channels\)$"):
        model.predict(np.zeros(shape, np.float32))
    assert model.predict(np.zeros((2, 28, 28), np.float32)).shape == (2, 10)
