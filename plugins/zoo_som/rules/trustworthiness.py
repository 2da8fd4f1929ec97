"""Trustworthiness: how far samples that are near on the map are near in the data.

Source: J. Venna and S. Kaski (2001), Neighborhood preservation in nonlinear projection methods, eq. 1.
"""

from __future__ import annotations

import numpy as np

from zoo import Array


def trustworthiness(data: Array, shown: Array, k: int) -> float:
    """1 − 2 / (n k (2n − 3k − 1)) Σᵢ Σⱼ (r(i, j) − k), j over those of i's k nearest as shown whose rank r in the data
    is above k: 1 wholly, about ½ by chance.

    Distances (samples, samples) in the data and where they are shown, on the map. Samples at equal distances on the map
    share the places left for them.
    """
    n = len(data)
    if k < 1 or 2 * n - 3 * k - 1 <= 0:
        return float("nan")
    penalty = 0.0
    for i in range(n):
        others = np.arange(n) != i
        far = data[i, others]
        rank = np.empty(n - 1)
        rank[np.argsort(far, kind="stable")] = np.arange(1, n)
        place = shown[i, others]
        edge = np.partition(place, k - 1)[k - 1]
        inside, at_edge = place < edge, place == edge
        beyond = np.maximum(0, rank - k)
        penalty += beyond[inside].sum() + beyond[at_edge].mean() * (k - np.count_nonzero(inside))
    return float(1 - 2 * penalty / (n * k * (2 * n - 3 * k - 1)))
