"""PyTorch's layers with the weights of ours: the reference that forward and gradients are compared with."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from zoo.core.random import RandomStream
from zoo.nn import Gradient, Layer, Layout, Mode, Parameters
from zoo.nn.parameters import nested

torch = pytest.importorskip("torch", reason="PyTorch is not installed: nothing to compare with")

TOLERANCE = {"float32": 1e-4, "float64": 1e-9}


def ours(layer: Layer, x: np.ndarray, r: np.ndarray | None = None) -> tuple[Any, Any, dict[str, Any], dict[str, Any]]:
    """(y, dx, gradients by path, parameters by path) of Σ r · y, all in x's precision; r defaults to random numbers."""
    parameters = Parameters(Layout(layer, x.shape[1:]), x.dtype)
    layout = parameters.layout
    layout.draw(RandomStream(1), parameters.vector)
    parameters.vector += 0.1 * np.random.default_rng(2).standard_normal(layout.size).astype(x.dtype)
    vector, averages = np.full_like(parameters.vector, np.nan), np.full_like(parameters.averages, np.nan)
    places = {name: place.view(vector) for name, place in layout.parameters.items()}
    sums = {name: place.view(averages) for name, place in layout.averages.items()}
    g = Gradient(nested(places | sums))
    y, pullback = layer.forward(parameters.tree, x, Mode(True, stream=RandomStream(3)))
    assert pullback is not None
    before = np.array(y)
    r = random_like(y) if r is None else r
    dx = pullback(r.copy(), g)
    g.end()
    return before, dx, places | sums, parameters.views


def random_like(y: np.ndarray) -> np.ndarray:
    return np.random.default_rng(4).standard_normal(y.shape).astype(y.dtype)


def channels_first(x: np.ndarray) -> Any:
    return torch.from_numpy(np.ascontiguousarray(np.moveaxis(x, -1, 1))).requires_grad_()


def channels_last(x: Any) -> np.ndarray:
    return np.moveaxis(x.detach().numpy(), 1, -1)


def kernel_of(W: np.ndarray) -> Any:
    """(height, width, inputs, outputs) as PyTorch has it: (outputs, inputs, height, width)."""
    return torch.from_numpy(np.ascontiguousarray(W.transpose(3, 2, 0, 1))).requires_grad_()


def assert_same(found: np.ndarray, expected: np.ndarray, what: str = "") -> None:
    """Largest difference, relative to the largest value, within the precision's tolerance."""
    expected = np.asarray(expected)
    assert found.shape == expected.shape, f"{what}: shapes {found.shape} and {expected.shape}"
    error = float(np.abs(found - expected).max(initial=0) / (np.abs(expected).max(initial=0) + 1e-30))
    limit = TOLERANCE[str(found.dtype)]
    assert error < limit, f"{what}: differs by {error:.1e} of its largest value, expected under {limit:.0e}"
