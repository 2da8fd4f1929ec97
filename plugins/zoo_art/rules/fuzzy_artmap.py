"""Fuzzy ARTMAP, one presentation: Fuzzy ART whose categories stand for classes, with match tracking.

Source: G. A. Carpenter, S. Grossberg, N. Markuzon, J. H. Reynolds and D. B. Rosen (1992), Fuzzy ARTMAP; negative ε:
G. A. Carpenter and N. Markuzon (1998), ARTMAP-IC and medical diagnosis.
"""

from __future__ import annotations

import numpy as np

from zoo import Array
from zoo_art.rules.fuzzy_art import choice, learned, match


def present(
    I: Array, K: int, W: Array, classes: list[int], rho: float, alpha: float, beta: float, eps: float, competes: bool
) -> tuple[int | None, Array, list[int]]:
    """(J, w_J after learning, categories reset before) for the input I (2M,) of class K; classes (categories,).

    J = len(W) is a new category of class K. Where the category that would resonate stands for another class, it is
    reset and the vigilance rises to its match + ε for the rest of the search; with ε = 0 a match must then exceed it. J
    is None where the vigilance has risen above what any category, even one equal to I, can match.
    """
    T = [choice(I, w, alpha) for w in W]
    T_uncommitted = choice(I, np.ones_like(I), alpha) if competes else -np.inf
    reset: list[int] = []
    exceed = False
    for J in sorted(range(len(W)), key=lambda j: -T[j]):
        if T[J] < T_uncommitted:
            break
        m = match(I, W[J])
        if m > rho or (m == rho and not exceed):
            if classes[J] == K:
                return J, learned(I, W[J], beta), reset
            rho, exceed = m + eps, eps == 0  # match tracking
        reset.append(J)
    if rho > 1 or (rho == 1 and exceed):
        return None, I, reset
    return len(W), I, reset
