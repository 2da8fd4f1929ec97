"""Contrastive divergence and persistent chains: W += η (⟨v p(h|v)ᵀ⟩ data − ⟨v p(h|v)ᵀ⟩ model), a and b likewise.

v (rows, visible), h and p (rows, hidden), W (visible, hidden), a (visible,), b (hidden,). `sample(net, random)` draws v
out of its net input. Sources: G. E. Hinton (2002), Training products of experts by minimizing contrastive divergence;
T. Tieleman (2008), Training restricted Boltzmann machines using approximations to the likelihood gradient.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from zoo import Array
from zoo_boltzmann.rules.units import draw, sigmoid, total

Sample = Callable[[Array, np.random.Generator], Array]


def cd_k(
    v0: Array, W: Array, a: Array, b: Array, k: int, sample: Sample, random: np.random.Generator
) -> tuple[Array, Array, Array]:
    """(p(h | v0), v, p(h | v)): a Gibbs chain of k steps that starts at the data v0."""
    v, p0 = v0, sigmoid(v0 @ W + b)
    p = p0
    for _ in range(k):
        h = draw(p, random)
        v = sample(h @ W.T + a, random)
        p = sigmoid(v @ W + b)
    return p0, v, p


def persistent(
    h: Array, W: Array, a: Array, b: Array, k: int, sample: Sample, random: np.random.Generator
) -> tuple[Array, Array, Array]:
    """(v, p(h | v), h): k ≥ 1 steps of a chain that goes on from the h of the last batch, whatever the data are."""
    for _ in range(k):
        v = sample(h @ W.T + a, random)
        p = sigmoid(v @ W + b)
        h = draw(p, random)
    return v, p, h


def difference(v0: Array, p0: Array, v: Array, p: Array) -> tuple[Array, Array, Array]:
    """(dW, da, db): statistics of the data v0, p0 minus those of the negative phase v, p, summed over the rows."""
    return v0.T @ p0 - v.T @ p, total(v0) - total(v), total(p0) - total(p)
