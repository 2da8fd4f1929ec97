"""Trustworthiness: how far samples that are near on the map are near in the data.

Source: J. Venna and S. Kaski (2001), Neighborhood preservation in nonlinear projection methods, eq. 1.
"""

from __future__ import annotations

import numpy as np

from zoo import Array


def trustworthiness(data: Array, shown: Array, k: int) -> float:
    """1 − 2 / (n k (2n − 3k − 1)) Σᵢ Σⱼ (r(i, j) − k), j over those of i's k nearest as shown whose rank r in the data
    is above k: 1 wholly, about ½ by chance; NaN of too few samples.

    Distances (samples, samples) in the data and where they are shown, on the map.
    """
    n = len(data)
    if k < 1 or 2 * n - 3 * k - 1 <= 0:
        return float("nan")
    others = [np.arange(n) != i for i in range(n)]
    total = sum(penalty(data[i, others[i]], shown[i, others[i]], k) for i in range(n))
    return float(1 - 2 * total / (n * k * (2 * n - 3 * k - 1)))


def penalty(far: Array, place: Array, k: int) -> float:
    """Σⱼ max(0, r(j) − k) over the k nearest as shown, r the rank in the data of distances `far` (others,).

    Samples at equal distances `place` (others,) on the map share the places left for them.
    """
    rank = 1 + np.argsort(np.argsort(far, kind="stable"))
    edge = np.partition(place, k - 1)[k - 1]
    inside, at_edge = place < edge, place == edge
    beyond = np.maximum(0, rank - k)
    return float(beyond[inside].sum() + beyond[at_edge].mean() * (k - np.count_nonzero(inside)))
