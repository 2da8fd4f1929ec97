"""Fuzzy ART, one presentation: categories are boxes that grow as far as vigilance allows.

I (2M,), w (2M,), W (categories, 2M), all in [0, 1]; ∧ is the smaller of two values, |x| = Σ x_i. Source: G. A.
Carpenter, S. Grossberg and D. B. Rosen (1991b), Fuzzy ART: Fast stable learning and categorization of analog patterns.
"""

from __future__ import annotations

import numpy as np

from zoo import Array


def complement_code(a: Array) -> Array:
    """I = (a, 1 − a), so that |I| = M whatever a (M,) is."""
    return np.concatenate([a, 1 - a])


def choice(I: Array, w: Array, alpha: float) -> float:
    """T_j = |I ∧ w_j| / (α + |w_j|)."""
    return float(np.minimum(I, w).sum() / (alpha + w.sum()))


def match(I: Array, w: Array) -> float:
    """|I ∧ w_J| / |I|, where |I| = M."""
    return float(np.minimum(I, w).sum() / (len(I) / 2))


def learned(I: Array, w: Array, beta: float) -> Array:
    """w_J ← β (I ∧ w_J) + (1 − β) w_J; with β = 1 the smallest box around all that it coded (fast learning)."""
    return beta * np.minimum(I, w) + (1 - beta) * w


def present(I: Array, W: Array, rho: float, alpha: float, beta: float, competes: bool) -> tuple[int, Array, list[int]]:
    """(J, w_J after learning, categories reset before): J resonates with I; J = len(W) is a new category.

    The category with the largest T is tried first, of equals the first. Where its match reaches the vigilance ρ it
    learns, else it is reset. What none matches founds a category, which takes I whole (fast commitment). A node that is
    not committed has w = 1 throughout; where it competes, it wins as soon as its T is the largest.
    """
    T = [choice(I, w, alpha) for w in W]
    T_uncommitted = choice(I, np.ones_like(I), alpha) if competes else -np.inf
    reset: list[int] = []
    for J in sorted(range(len(W)), key=lambda j: -T[j]):
        if T[J] < T_uncommitted:
            break
        if match(I, W[J]) >= rho:
            return J, learned(I, W[J], beta), reset
        reset.append(J)
    return len(W), I, reset
