"""ART 1 with fast learning, one presentation: categories are templates, the bits that all their members share.

I (inputs,), w (inputs,), W (categories, inputs), all of 0 and 1; |x| is the number of ones. The bottom-up weights of
the paper are L w_ji / (L − 1 + |w_j|) once learning is fast, so the top-down templates w are all there is to keep.
Source: G. A. Carpenter and S. Grossberg (1987a), A massively parallel architecture for a self-organizing neural pattern
recognition machine; in the form of Carpenter, Grossberg and Rosen (1991b).
"""

from __future__ import annotations

import numpy as np

from zoo import Array


def choice(I: Array, w: Array, L: float) -> float:
    """T_j = L |I ∩ w_j| / (L − 1 + |w_j|): the bottom-up weights of the ones in I, added."""
    return float(L * np.minimum(I, w).sum() / (L - 1 + w.sum()))


def match(I: Array, w: Array) -> float:
    """|I ∩ w_J| / |I|."""
    return float(np.minimum(I, w).sum() / I.sum())


def learned(I: Array, w: Array) -> Array:
    """w_J ← I ∩ w_J."""
    return np.minimum(I, w)


def present(I: Array, W: Array, rho: float, L: float, competes: bool) -> tuple[int, Array, list[int]]:
    """(J, w_J after learning, categories reset before): J resonates with I; J = len(W) is a new category.

    The category with the largest T is tried first, of equals the first. Where its match reaches the vigilance ρ it
    learns, else it is reset. What none matches founds a category. A node that is not committed has w = 1 throughout;
    where it competes, it wins as soon as its T is the largest.
    """
    T = [choice(I, w, L) for w in W]
    T_uncommitted = choice(I, np.ones_like(I), L) if competes else -np.inf
    reset: list[int] = []
    for J in sorted(range(len(W)), key=lambda j: -T[j]):
        if T[J] < T_uncommitted:
            break
        if match(I, W[J]) >= rho:
            return J, learned(I, W[J]), reset
        reset.append(J)
    return len(W), I, reset
