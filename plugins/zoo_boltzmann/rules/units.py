"""Units of 0 and 1: how likely they are on, and drawing them."""

from __future__ import annotations

import numpy as np

from zoo import Array


def sigmoid(x: Array) -> Array:
    """1 / (1 + e⁻ˣ) = ½ + ½ tanh ½x, which does not overflow."""
    return np.asarray(np.tanh(0.5 * x) * 0.5 + 0.5)


def softplus(x: Array) -> Array:
    """log(1 + eˣ)."""
    return np.asarray(np.log1p(np.exp(-np.abs(x))) + np.maximum(x, 0))


def draw(p: Array, random: np.random.Generator) -> Array:
    """1 with the probability p, else 0, in the type of p."""
    return np.asarray((random.random(p.shape, p.dtype) < p).astype(p.dtype))


def total(x: Array) -> Array:
    """Σ over the rows of x (rows, units), as a product with ones: (units,)."""
    return np.asarray(np.ones(len(x), x.dtype) @ x)
