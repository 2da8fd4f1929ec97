"""The batch rule of the self-organizing map: every unit moves to the neighbourhood-weighted mean of the samples.

Samples x (rows, values), where NaN is a value that is missing; W (units, values). Source: T. Kohonen (2013), Essentials
of the self-organizing map, eq. 6.
"""

from __future__ import annotations

import numpy as np

from zoo import Array
from zoo_som.rules.online import Far, best_matching_unit


def sums_by_winner(W: Array, x: Array, far: Far) -> tuple[Array, Array, float]:
    """(S, n, Σ |x − w_c|): sum S (units, values) and number n (units, values) of the values that each unit won."""
    S, n, error = np.zeros(W.shape), np.zeros(W.shape), 0.0
    for sample in x:
        c, distance = best_matching_unit(W, sample, far)
        present = ~np.isnan(sample)
        S[c] += np.where(present, sample, 0)
        n[c] += present
        error += distance
    return S, n, error


def batch_update(W: Array, S: Array, n: Array, h: Array, eta: float = 1.0) -> Array:
    """wᵢ ← Σⱼ hᵢⱼ Sⱼ / Σⱼ hᵢⱼ nⱼ; h (units, units).

    With η below 1 a unit moves as far as its Σⱼ hᵢⱼ nⱼ samples would one after another, each by η towards their mean.
    Where h is negative, units are drawn by Σ h S − Σ h n w over Σ|h| n: no farther than their farthest sample.
    """
    hS, hn, weight = h @ S, h @ n, np.abs(h) @ n
    share = 1 - (1 - eta) ** weight
    some = weight > np.finfo(np.float64).tiny
    mean_gap = np.where(some, (hS - hn * W) / np.where(some, weight, 1), 0)
    return np.asarray(W + share * mean_gap)
