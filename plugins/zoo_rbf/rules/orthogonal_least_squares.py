"""Orthogonal least squares: choose, one after another, the basis function that explains most of what is left.

P (rows, candidates) are the candidates' basis functions of the samples, T (rows, outputs) the targets. Source: S. Chen,
C. F. N. Cowan and P. M. Grant (1991), Orthogonal least squares learning algorithm for radial basis function networks,
section III: forward selection with the classical Gram–Schmidt process.
"""

from __future__ import annotations

import numpy as np

from zoo import Array

DEPENDENT = 1e-10  # share of its length left after those chosen, under which a candidate adds nothing new


def orthogonal_to(p: Array, chosen: list[Array]) -> Array:
    """w = p − Σ_k α_k w_k, α_k = w_kᵀ p / w_kᵀ w_k, for the orthogonal w_k chosen before."""
    for_each = [(w @ p) / (w @ w) * w for w in chosen]
    return np.asarray(p - np.sum(for_each, axis=0)) if for_each else p


def error_reduction(w: Array, T: Array) -> float:
    """[err] = Σ_o (wᵀ t_o)² / (wᵀ w · Σ_o t_oᵀ t_o): the share of the targets' squares that w explains."""
    return float(np.square(w @ T).sum() / (w @ w) / np.square(T).sum())


def select(P: Array, T: Array, count: int) -> tuple[list[int], list[float]]:
    """(numbers of the chosen in their order, their error reduction ratios), of equals the first; fewer than `count`
    where no candidate adds anything new."""
    chosen: list[int] = []
    ratios: list[float] = []
    orthogonal: list[Array] = []
    for _ in range(count):
        left = {i: orthogonal_to(p, orthogonal) for i, p in enumerate(P.T) if i not in chosen}
        new = {i: w for i, w in left.items() if w @ w > DEPENDENT * (P[:, i] @ P[:, i])}
        if not new:
            break
        errors = {i: error_reduction(w, T) for i, w in new.items()}
        best = max(errors, key=errors.__getitem__)
        chosen.append(best)
        ratios.append(errors[best])
        orthogonal.append(new[best])
    return chosen, ratios
