"""Long short-term memory with peepholes. F. Gers, N. Schraudolph and J. Schmidhuber (2002), Learning precise timing
with LSTM recurrent networks, equations 5 to 9."""

from __future__ import annotations

import numpy as np

from zoo import Array
from zoo.nn import sigmoid as σ
from zoo_recurrent.rules.step import Backward, Gradients


def step(
    x: Array, h_: Array, c_: Array, *, W: Array, U: Array, b: Array, P: Array
) -> tuple[tuple[Array, Array], Backward]:
    """z = x W + h₋ U + b; i, f = σ(z + c₋ ⊙ p); g = tanh z; c = f ⊙ c₋ + i ⊙ g; o = σ(z + c ⊙ p); h = o ⊙ tanh c.

    x (batch, inputs), h and c (batch, hidden); W (inputs, 4 · hidden), U (hidden, 4 · hidden) and b hold the columns of
    o, i, f and g, P (3, hidden) the peepholes p of o, i and f.
    """
    p_o, p_i, p_f = P
    o, i, f, g = np.split(x @ W + h_ @ U + b, 4, axis=1)
    i, f, g = σ(i + c_ * p_i), σ(f + c_ * p_f), np.tanh(g)
    c = f * c_ + i * g
    o = σ(o + c * p_o)
    h = o * np.tanh(c)

    def backward(dh: Array, dc: Array) -> tuple[Array, tuple[Array, Array], Gradients]:
        # Gradients of the gates' net inputs: σ' = σ (1 − σ), tanh' = 1 − tanh².
        do = dh * np.tanh(c) * o * (1 - o)
        dc = dc + dh * o * (1 - np.tanh(c) ** 2) + do * p_o
        di, df, dg = dc * g * i * (1 - i), dc * c_ * f * (1 - f), dc * i * (1 - g * g)
        dz = np.concatenate([do, di, df, dg], axis=1)
        dP = np.stack([(do * c).sum(axis=0), (di * c_).sum(axis=0), (df * c_).sum(axis=0)])
        gradients = {"W": x.T @ dz, "U": h_.T @ dz, "b": dz.sum(axis=0), "P": dP}
        return dz @ W.T, (dz @ U.T, dc * f + di * p_i + df * p_f), gradients

    return (h, c), backward
