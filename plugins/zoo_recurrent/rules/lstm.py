"""Long short-term memory. S. Hochreiter and J. Schmidhuber (1997), Neural Computation 9(8); forget gates: F. Gers,
J. Schmidhuber and F. Cummins (2000), Learning to forget, equations 3 to 9."""

from __future__ import annotations

import numpy as np

from zoo import Array
from zoo.nn import sigmoid as σ
from zoo_recurrent.rules.step import Backward, Gradients


def step(x: Array, h_: Array, c_: Array, *, W: Array, U: Array, b: Array) -> tuple[tuple[Array, Array], Backward]:
    """o, i, f = σ(x W + h₋ U + b); g = tanh(x W + h₋ U + b); c = f ⊙ c₋ + i ⊙ g; h = o ⊙ tanh c.

    x (batch, inputs), h and c (batch, hidden); W (inputs, 4 · hidden), U (hidden, 4 · hidden) and b hold the columns of
    the output, input and forget gate and of the cell's input, in this order.
    """
    o, i, f, g = np.split(x @ W + h_ @ U + b, 4, axis=1)
    o, i, f, g = σ(o), σ(i), σ(f), np.tanh(g)
    c = f * c_ + i * g
    h = o * np.tanh(c)

    def backward(dh: Array, dc: Array) -> tuple[Array, tuple[Array, Array], Gradients]:
        do = dh * np.tanh(c)
        dc = dc + dh * o * (1 - np.tanh(c) ** 2)
        df, di, dg = dc * c_, dc * g, dc * i
        # Through the nonlinearities: σ' = σ (1 − σ), tanh' = 1 − tanh².
        dz = np.concatenate([do * o * (1 - o), di * i * (1 - i), df * f * (1 - f), dg * (1 - g * g)], axis=1)
        return dz @ W.T, (dz @ U.T, dc * f), {"W": x.T @ dz, "U": h_.T @ dz, "b": dz.sum(axis=0)}

    return (h, c), backward
