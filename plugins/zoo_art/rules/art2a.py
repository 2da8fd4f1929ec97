"""ART 2-A, one presentation: categories are directions that turn towards their members.

I (inputs,), w (inputs,) and the rows of W (categories, inputs) have length 1. Source: G. A. Carpenter, S. Grossberg and
D. B. Rosen (1991a), ART 2-A: An adaptive resonance algorithm for rapid category learning and recognition.
"""

from __future__ import annotations

import numpy as np

from zoo import Array


def normalized(x: Array) -> Array:
    """N(x) = x / ‖x‖; 0 stays 0."""
    length = np.sqrt((x * x).sum())
    return x / length if length > 0 else x


def encode(a: Array, theta: float) -> Array:
    """I = N(F(N(a))), a ≥ 0 (inputs,): F sets to 0 what is not above θ, since weak features are noise."""
    x = normalized(a)
    return normalized(np.where(x > theta, x, 0))


def choice(I: Array, w: Array) -> float:
    """T_j = I · w_j, which is the match as well."""
    return float(I @ w)


def learned(I: Array, w: Array, beta: float, theta: float) -> Array:
    """w_J ← N(β N(Ψ) + (1 − β) w_J), Ψ_i = I_i where w_Ji > θ, else 0."""
    psi = np.where(w > theta, I, 0)
    return normalized(beta * normalized(psi) + (1 - beta) * w)


def present(
    I: Array, W: Array, rho: float, alpha: float, beta: float, theta: float, competes: bool
) -> tuple[int, Array, list[int]]:
    """(J, w_J after learning, categories reset before): J resonates with I; J = len(W) is a new category.

    Choice and match are the same, so the first reset settles that no category matches. A node that is not committed
    has T = α Σ I_i; where it competes, it wins as soon as that is the largest.
    """
    T = [choice(I, w) for w in W]
    T_uncommitted = alpha * I.sum() if competes else -np.inf
    if not T or max(T) < T_uncommitted:
        return len(W), I, []
    J = T.index(max(T))
    if T[J] >= rho:
        return J, learned(I, W[J], beta, theta), []
    return len(W), I, [J]
