"""Jordan's network. M. I. Jordan (1986), Serial order: a parallel distributed processing approach, figure 3."""

from __future__ import annotations

import numpy as np

from zoo import Array
from zoo_recurrent.rules.step import Activation, Backward, Gradients


def step(
    x: Array, z_: Array, s_: Array, *, W: Array, U: Array, b: Array, V: Array, v: Array, decay: float, a: Activation
) -> tuple[tuple[Array, Array], Backward]:
    """h = tanh(x W + s₋ U + b); z = h V + v; s = decay · s₋ + a(z).

    The context s holds the outputs given before, fading; a is the feedback activation, `a(z)` its value and derivative.
    x (batch, inputs), z and s (batch, outputs), W (inputs, hidden), U (outputs, hidden), V (hidden, outputs). The
    output before, z₋, is in the context alone, so its gradient is 0.
    """
    h = np.tanh(x @ W + s_ @ U + b)
    z = h @ V + v
    fed_back, a_backward = a(z)
    s = decay * s_ + fed_back

    def backward(dz: Array, ds: Array) -> tuple[Array, tuple[Array, Array], Gradients]:
        dz = dz + a_backward(ds)
        dn = (dz @ V.T) * (1 - h * h)  # of h's net input
        gradients = {"W": x.T @ dn, "U": s_.T @ dn, "b": dn.sum(axis=0), "V": h.T @ dz, "v": dz.sum(axis=0)}
        return dn @ W.T, (np.zeros_like(z_), decay * ds + dn @ U.T), gradients

    return (z, s), backward
