"""The online rule with its products taken for a block of samples together; equals `rules.online.online_step`, sample by
sample.

9 to 17 times as fast as the rule on a map of 30 × 30 units and 784 values, 1.3 times on 10 × 10 and 4.
For Euclidean distances and cosines without missing values.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from zoo import Array

BLOCK = 32  # samples whose products are taken together


def move_by_block(W: Array, x: Array, moves: Callable[[int], Array], cosine: bool) -> float:
    """Moves the map W (units, values) in place by each sample of x (samples, values) in turn; the sum of their
    distances to their winners. `moves(c)` is η h(d(c, i)) of each unit i: (units,).

    After samples x₁ … x_k every unit is a sum of its weights v at the block's start and of those samples, wᵢ = aᵢ vᵢ +
    Σₗ cᵢₗ xₗ, where sample k with share g = η h multiplies aᵢ and all cᵢₗ by 1 − gᵢ and adds cᵢₖ = gᵢ. So wᵢ·x_k = aᵢ
    (vᵢ·x_k) + Σₗ cᵢₗ (xₗ·x_k) needs but the products of the block with v and with itself, and |wᵢ|² ← (1 − g)² |wᵢ|² +
    2 g (1 − g) wᵢ·x_k + g² |x_k|². Each sample still sees the last one's change.
    """
    middle = np.zeros(W.shape[1], W.dtype) if cosine else W.mean(axis=0, dtype=np.float64).astype(W.dtype)
    v, x = W - middle, x - middle  # differences do not change, and what is common would cancel
    products = x @ v.T  # (samples, units)
    among = x @ x.T  # (samples, samples)
    squares = np.einsum("ij,ij->i", v, v)
    a, c = np.ones(len(v), W.dtype), np.zeros((len(x), len(v)), W.dtype)
    error = 0.0
    for k in range(len(x)):
        inner = a * products[k]
        if k:
            inner += among[k, :k] @ c[:k]
        if cosine:
            far = 1 - inner / np.sqrt(np.maximum(squares, np.finfo(W.dtype).tiny))
            best = int(far.argmin())
            error += float(far[best])
        else:
            far = squares - 2 * inner
            best = int(far.argmin())
            error += max(0.0, float(far[best] + among[k, k])) ** 0.5
        g = moves(best)
        stay = 1 - g
        a *= stay
        c[:k] *= stay
        c[k] = g
        squares = stay * (stay * squares + 2 * g * inner) + g * g * among[k, k]
    v *= a[:, None]
    v += c.T @ x
    v += middle
    W[...] = v
    return error
