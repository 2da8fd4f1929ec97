"""The gated recurrent unit. K. Cho and others (2014), Learning phrase representations using RNN encoder–decoder,
equations 5 to 8, with r applied after the product with U, as other libraries have it."""

from __future__ import annotations

import numpy as np

from zoo import Array
from zoo.nn import sigmoid as σ
from zoo_recurrent.rules.step import Backward, Gradients


def step(x: Array, h_: Array, *, W: Array, U: Array, b: Array, d: Array) -> tuple[tuple[Array], Backward]:
    """r, z = σ(x W + h₋ U + b); q = h₋ U + d; n = tanh(x W + b + r ⊙ q); h = (1 − z) ⊙ n + z ⊙ h₋.

    x (batch, inputs), h (batch, hidden); W (inputs, 3 · hidden), U (hidden, 3 · hidden) and b hold the columns of the
    reset gate r, the update gate z and the candidate n, in this order; d (hidden,).
    """
    x_r, x_z, x_n = np.split(x @ W + b, 3, axis=1)
    h_r, h_z, h_n = np.split(h_ @ U, 3, axis=1)
    r, z, q = σ(x_r + h_r), σ(x_z + h_z), h_n + d
    n = np.tanh(x_n + r * q)
    h = (1 - z) * n + z * h_

    def backward(dh: Array) -> tuple[Array, tuple[Array], Gradients]:
        dn = dh * (1 - z) * (1 - n * n)
        dz = dh * (h_ - n) * z * (1 - z)
        dq = dn * r
        dr = dn * q * r * (1 - r)
        d_x = np.concatenate([dr, dz, dn], axis=1)  # of x W + b
        d_h = np.concatenate([dr, dz, dq], axis=1)  # of h₋ U
        gradients = {"W": x.T @ d_x, "U": h_.T @ d_h, "b": d_x.sum(axis=0), "d": dq.sum(axis=0)}
        return d_x @ W.T, (dh * z + d_h @ U.T,), gradients

    return (h,), backward
