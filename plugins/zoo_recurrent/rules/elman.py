"""The simple recurrent network. J. L. Elman (1990), Finding structure in time, Cognitive Science 14, 179–211."""

from __future__ import annotations

import numpy as np

from zoo import Array
from zoo_recurrent.rules.step import Backward, Gradients


def step(x: Array, h_: Array, *, W: Array, U: Array, b: Array) -> tuple[tuple[Array], Backward]:
    """h = tanh(x W + h₋ U + b).

    x (batch, inputs), h₋ and h (batch, hidden), W (inputs, hidden), U (hidden, hidden), b (hidden,).
    """
    z = x @ W + h_ @ U + b
    h = np.tanh(z)

    def backward(dh: Array) -> tuple[Array, tuple[Array], Gradients]:
        dz = dh * (1 - h * h)  # tanh' = 1 − tanh²
        return dz @ W.T, (dz @ U.T,), {"W": x.T @ dz, "U": h_.T @ dz, "b": dz.sum(axis=0)}

    return (h,), backward
