"""Sigmoid, softplus and drawing into arrays that are there already; equal `rules.units`.

Bit for bit. By itself no faster at 100 × 500 values; the kernels that use it need no fresh memory.
"""

from __future__ import annotations

import numpy as np

from zoo import Array


def sigmoid(net: Array, out: Array | None = None) -> Array:
    """1 / (1 + e⁻ˣ) = ½ + ½ tanh ½x: one transcendental function, no overflow."""
    y: Array = np.multiply(net, 0.5, out=out)
    np.tanh(y, out=y)
    y *= 0.5
    y += 0.5
    return y


def softplus(net: Array) -> Array:
    """log(1 + eˣ) without overflow."""
    y: Array = np.abs(net)
    np.negative(y, out=y)
    np.exp(y, out=y)
    np.log1p(y, out=y)
    y += np.maximum(net, 0)
    return y


def draw(probability: Array, random: np.random.Generator, out: Array | None = None) -> Array:
    """1 with the given probability, else 0, in the type of the probabilities; `out` may not be `probability`."""
    u = random.random(probability.shape, probability.dtype, out=out)
    on: Array = np.less(u, probability)
    np.copyto(u, on)
    return u
